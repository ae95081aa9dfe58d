//! All that was listed as one page of HTML, which asks for nothing from anywhere: no script, no
//! picture, no font. It may be published, so it has no account, no ARN and no line of a log.

mod html;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod laws;
mod line;
mod versions;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::time::SystemTime;

use super::accounts::masked;
use super::app::{AppReport, Subject};
use super::listing::Version;
use super::outcome::Outcome;
use crate::plan::VersionInfo;
use crate::problem::{Problem, ProblemKind};
use crate::workflow::Workflow;
use html::Html;
use line::{Scale, time};

/// Bytes of the whole page.
const LARGEST: usize = 1024 * 1024;
/// Bytes of it that are kept for what stands around the apps.
const AROUND: usize = 64 * 1024;
/// The same around the versions of a service: headings, the axis of its timeline.
const FRAME: usize = 1024;
/// Apps that are named at the top.
const LONGEST_OVERVIEW: usize = 200;
/// Notices of one service that are told.
const NOTICES: usize = 5;

const STYLE: &str = include_str!("page.css");

/// Nothing is taken from anywhere, whatever stands in the page.
const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
"#;

/// The services of one app, each where it is.
struct App<'a> {
    name: &'a str,
    /// What its ids begin with.
    id: String,
    places: Vec<&'a AppReport>,
}

/// What every part of the page is told.
struct About<'a> {
    /// Where the repository's pages begin.
    home: Option<String>,
    workflow: Option<&'a Workflow>,
    /// The address of the form that rolls back.
    form: Option<&'a str>,
    now: Option<SystemTime>,
    /// Bytes for each service.
    room: usize,
}

/// `now` is by AWS's clock.
pub(crate) fn page(
    reports: &[AppReport],
    workflow: Option<&Workflow>,
    form: Option<&str>,
    now: Option<SystemTime>,
) -> String {
    let apps = apps(reports);
    let home = workflow.map(|it| format!("{}/{}/", it.server, it.repository));
    let room = (LARGEST - AROUND) / reports.len().max(1);
    let about = About { home, workflow, form, now, room };
    let title = match workflow {
        Some(workflow) => format!("Versions of {}", workflow.repository),
        None => "Versions on Amazon ECS".to_owned(),
    };
    let (mut sections, mut kept) = (Html::default(), HashSet::new());
    for app in &apps {
        let section = section(app, &about);
        if sections.len() + section.len() <= LARGEST - AROUND {
            sections = sections.then(section);
            kept.insert(app.id.as_str());
        }
    }
    let left_out = apps.len() - kept.len();
    if left_out > 0 {
        let line = format!("{left_out} more apps are left out: the page has at most 1 MiB.");
        sections = sections.then(Html::of("p", "unknown", &line));
    }
    let heading = Html::element("h1", &[], Html::text(&title));
    let main = heading.then(introduction(&about)).then(overview(&apps, &kept)).then(sections);
    let skip = Html::markup(r##"<a class="skip" href="#main">Skip to the versions</a>"##);
    let body = skip.then(Html::element("main", &[("id", "main")], main)).then(Html::element(
        "footer",
        &[],
        foot(&about),
    ));
    let title = Html::element("title", &[], Html::text(&title)).into_string();
    let body = Html::element("body", &[], body).into_string();
    let page = format!("{HEAD}{title}<style>\n{STYLE}</style>\n</head>\n{body}\n</html>\n");
    let own = own_numbers(reports);
    masked(&page, reports, |number| own.contains(number))
}

/// In the order in which they come; an app's services stand together.
fn apps(reports: &[AppReport]) -> Vec<App<'_>> {
    let mut apps: Vec<App<'_>> = Vec::new();
    for report in reports {
        let name = report.asked.app.as_deref().unwrap_or(report.asked.subject.name());
        match apps.iter_mut().find(|it| it.name == name) {
            Some(app) => app.places.push(report),
            None => apps.push(App { name, id: format!("a{}", apps.len()), places: vec![report] }),
        }
    }
    apps
}

fn introduction(about: &About<'_>) -> Html {
    let at = about.now.map(|now| Html::text("As of ").then(time(now)).then(Html::text(". ")));
    let how = Html::markup(
        "All times are UTC. On a timeline ▶ runs now, ✓ ran, ↩ was rolled back, ✕ failed, and … \
         did not finish. Open a version to see its details. To roll back to one, give its name to ",
    );
    let form = match about.form {
        Some(form) => Html::link(about.home.as_deref(), form, "the rollback form"),
        None => Html::markup("the workflow that runs <code>command: rollback</code>"),
    };
    let how = at.unwrap_or_default().then(how).then(form).then(Html::markup("."));
    Html::element("p", &[("class", "soft")], how)
}

/// What runs where, where there is more than one app.
fn overview(apps: &[App<'_>], kept: &HashSet<&str>) -> Html {
    if apps.len() < 2 {
        return Html::default();
    }
    let item = |app: &App<'_>| {
        let name = Html::text(app.name);
        let link = match kept.contains(app.id.as_str()) {
            true => Html::element("a", &[("href", &format!("#{}", app.id))], name),
            false => name,
        };
        let places = app.places.iter().map(|report| {
            let runs = match &report.versions.running {
                Some(runs) => format!("runs {}", runs.name()),
                None => "what runs is not known".to_owned(),
            };
            Html::text(&format!("; {}: {runs}", place(app, report)))
        });
        Html::element("li", &[], places.fold(link, Html::then))
    };
    let mut items: Html = apps.iter().take(LONGEST_OVERVIEW).map(item).collect();
    if let Some(more) = apps.len().checked_sub(LONGEST_OVERVIEW).filter(|more| *more > 0) {
        items = items.then(Html::of("li", "soft", &format!("and {more} more")));
    }
    Html::element("nav", &[("aria-label", "Apps")], Html::element("ul", &[], items))
}

/// Its environment, else its cluster; and which of the app's services.
fn place(app: &App<'_>, report: &AppReport) -> String {
    let cluster = match &report.asked.subject {
        Subject::Service(target) => target.cluster.as_str(),
        Subject::Family { .. } | Subject::Image { .. } => "",
    };
    let place = report.asked.environment.as_deref().unwrap_or(cluster);
    let service = report.asked.subject.name();
    if service == app.name { place.to_owned() } else { format!("{place}, {service}") }
}

/// The timelines of an app, and the versions of each of its services.
fn section(app: &App<'_>, about: &About<'_>) -> Html {
    let listings = || app.places.iter().filter_map(|it| it.listing.as_deref());
    let scale = Scale::of(listings().flatten(), about.now);
    let (mut lanes, mut services) = (Html::default(), Html::default());
    for (at, report) in app.places.iter().enumerate() {
        let (id, place) = (format!("{}-{at}", app.id), place(app, report));
        let all = report.listing.as_deref();
        let lane = scale.as_ref().zip(all).map(|(scale, all)| scale.track(&id, all, all.len()));
        let taken = FRAME + lane.map_or(0, |it| it.len());
        let (service, shown) = service(&id, &place, report, about, taken);
        services = services.then(service);
        if let (Some(scale), Some(all)) = (&scale, &report.listing) {
            let lane = Html::of("p", "place", &place).then(scale.track(&id, all, shown));
            lanes = lanes.then(Html::element("div", &[("class", "lane")], lane));
        }
    }
    let heading = Html::element("h2", &[("id", &app.id)], Html::text(app.name));
    let line = scale.map(|scale| {
        let caption = Html::of("figcaption", "soft", "Time line");
        Html::element("figure", &[], caption.then(lanes).then(scale.axis()))
    });
    let inside = heading.then(line.unwrap_or_default()).then(services);
    Html::element("section", &[("aria-labelledby", &app.id)], inside)
}

/// One service, and how many of its versions there was room for beside what its timeline has
/// `taken`.
fn service(
    id: &str,
    place: &str,
    report: &AppReport,
    about: &About<'_>,
    taken: usize,
) -> (Html, usize) {
    let heading = Html::element("h3", &[], Html::text(place));
    let Some(all) = report.listing.as_deref() else {
        return (heading.then(unread(report, about)), 0);
    };
    let headline = Html::of("p", "headline", &format!("{}.", report.headline()));
    let notices = report.warnings.iter().chain(&report.notices).take(NOTICES);
    let notices: Html = notices.map(|it: &Problem| Html::of("p", "unknown", &it.message)).collect();
    let mut service = heading.then(headline).then(notices);
    let room = about.room.saturating_sub(service.len() + taken);
    let (versions, shown) = versions_of(id, all, about, room);
    service = service.then(versions);
    if shown < all.len() {
        let more = all.len() - shown;
        let line = format!("{more} more versions are left out: the page has at most 1 MiB.");
        service = service.then(Html::of("p", "unknown", &line));
    }
    (service, shown)
}

fn versions_of(id: &str, all: &[Version], about: &About<'_>, room: usize) -> (Html, usize) {
    let (mut versions, mut shown) = (Html::default(), 0);
    for (at, version) in all.iter().enumerate() {
        let next = versions::version(&format!("{id}-{at}"), version, about.home.as_deref());
        if versions.len() + next.len() > room {
            break;
        }
        versions = versions.then(next);
        shown += 1;
    }
    if all.is_empty() {
        return (Html::of("p", "unknown", "The repository has no versions."), 0);
    }
    (Html::element("ol", &[("class", "versions")], versions), shown)
}

/// The reason is only for the log: an error of AWS's names whose account it is, and more.
fn unread(report: &AppReport, about: &About<'_>) -> Html {
    let denied = match report.failure.problem.as_ref().map(|it| it.kind) {
        Some(ProblemKind::Denied(permission)) => format!(": {permission} is not allowed"),
        Some(ProblemKind::Missing) => ": there is no such service".to_owned(),
        _ => String::new(),
    };
    let what = match report.outcome {
        Outcome::Listed => "Nothing is listed",
        _ => "What runs here could not be read",
    };
    let line = Html::text(&format!("{what}{denied}. See ")).then(run(about));
    Html::element("p", &[("class", "unknown")], line.then(Html::text(".")))
}

fn foot(about: &About<'_>) -> Html {
    let from = "Made by ecs-release from Amazon ECS, Amazon ECR and GitHub, in ";
    Html::element(
        "p",
        &[("class", "soft")],
        Html::text(from).then(run(about)).then(Html::text(".")),
    )
}

/// A link to the run, where there is one.
fn run(about: &About<'_>) -> Html {
    let page = about.workflow.map(Workflow::run_page).unwrap_or_default();
    Html::link(about.home.as_deref(), &page, "the workflow run")
}

/// Numbers that are parts of what versions and runs are called: no accounts.
fn own_numbers(reports: &[AppReport]) -> HashSet<String> {
    let words = |text: String| {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    let running = reports.iter().filter_map(|it| it.versions.running.as_ref());
    let named = running.map(VersionInfo::name);
    let versions = reports.iter().filter_map(|it| it.listing.as_ref()).flatten();
    let of_version = |it: &Version| {
        let runs = it.runs.iter().filter_map(|it| it.run.clone());
        let texts = it.tags.iter().cloned().chain([it.name.to_string()]);
        texts.chain(runs).collect::<Vec<_>>()
    };
    named.chain(versions.flat_map(of_version)).flat_map(words).collect()
}
