//! The summary of the run: what somebody reads who opens the page of the job.
//!
//! The first line answers, the next ones say why and what to do, and the rest is
//! for those who want to know more. It must not show a value of a variable; what
//! is in a report has none.

mod comment;
mod commits;
mod diagnosis;

use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) use comment::comment;

use super::app::{AppReport, Subject};
use super::listing;
use super::markdown::{Document, Inline};
use super::outcome::Outcome;
use crate::ecs::TaskDefinitionArn;
use crate::plan::VersionInfo;
use crate::problem::Problem;
use crate::text::{clock, one_line};

/// Bytes up to which apps are shown in full. GitHub drops a summary of more than
/// 1 MiB altogether.
const ROOM: usize = 512 * 1024;
/// Bytes up to which the other apps get their answer.
const ROOM_FOR_ANSWERS: usize = 640 * 1024;
/// Characters of a cause that a heading takes.
const LONGEST_CAUSE: usize = 200;
/// Changes, warnings and notices shown of each.
const LONGEST_LIST: usize = 50;
/// Lines of the timeline shown from its beginning and from its end.
const TIMELINE: (usize, usize) = (20, 180);

/// The Markdown for the page of the job.
pub(crate) fn summary(apps: &[AppReport]) -> String {
    let mut page = Document::default();
    let several = apps.len() > 1;
    if several {
        page.heading(3, &count(apps));
    }
    let level = if several { 4 } else { 3 };
    let mut left_out = 0;
    for app in apps {
        let answer = answer(app, level);
        let mut section = answer.clone();
        details(&mut section, app);
        if page.len() + section.len() <= ROOM {
            page.append(&section);
        } else if page.len() + answer.len() <= ROOM_FOR_ANSWERS {
            page.append(&answer);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        page.paragraph(&Inline::prose(&format!(
            "There is no room for {left_out} more; all are in the output `report`."
        )));
    }
    page.to_string()
}

/// The page of a run whose inputs were wrong, so that it has no report.
pub(crate) fn wrong_inputs(problems: &[Problem]) -> String {
    let mut page = Document::default();
    page.heading(3, &Inline::text("❌ Nothing was done: the inputs are wrong"));
    list(&mut page, problems.iter().map(problem));
    page.to_string()
}

/// The page of a run that the program itself broke off.
pub(crate) fn broken_off(problem: &Problem) -> String {
    let mut page = Document::default();
    page.heading(3, &Inline::text("❌ ecs-release itself failed"));
    page.paragraph(&self::problem(problem));
    page.to_string()
}

/// `❌ 3 services: 1 failed, 2 deployed`, the worst first.
fn count(apps: &[AppReport]) -> Inline {
    let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
    for app in apps {
        *counts.entry(app.outcome).or_default() += 1;
    }
    let counts: Vec<String> =
        counts.iter().rev().map(|(outcome, count)| format!("{count} {outcome}")).collect();
    let mark = apps.iter().map(mark).max().unwrap_or(Mark::Fails).sign();
    Inline::text(&format!("{mark} {} services: {}", apps.len(), counts.join(", ")))
}

/// The answer at a glance, from good to bad.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Passes,
    PassesWithWarnings,
    Fails,
}

impl Mark {
    fn sign(self) -> &'static str {
        match self {
            Self::Passes => "✅",
            Self::PassesWithWarnings => "⚠️",
            Self::Fails => "❌",
        }
    }
}

fn mark(app: &AppReport) -> Mark {
    let is_whole = app.warnings.is_empty() && app.outcome != Outcome::Unverified;
    match (app.outcome.is_ok(), is_whole) {
        (true, true) => Mark::Passes,
        (true, false) => Mark::PassesWithWarnings,
        (false, _) => Mark::Fails,
    }
}

const WHY: &str = "**Why:** ";

/// What is so, why, what to do, and what was done already. The cause of a refusal stands
/// in the heading, where it is short enough for one.
fn answer(app: &AppReport, level: usize) -> Document {
    let mut answer = Document::default();
    let mut headline = format!("{} {}", mark(app).sign(), app.headline());
    let failure = app.failure.problem.as_ref();
    let mut why = failure.map(|problem| problem.message.as_str());
    if app.outcome == Outcome::Refused
        && let Some(cause) = why.take_if(|it| it.chars().count() <= LONGEST_CAUSE)
    {
        headline = format!("{headline}: {cause}");
    }
    answer.heading(level, &Inline::text(&headline));
    let lines = [
        (WHY, why),
        ("**Next:** ", failure.and_then(|problem| problem.hint.as_deref())),
        ("**Undo:** ", app.failure.undo.as_deref()),
    ];
    let last_words = app.failure.diagnosis.as_ref().and_then(|it| it.last_words.as_deref());
    for (title, text) in lines {
        let Some(text) = text else { continue };
        let said = last_words.filter(|_| title == WHY);
        let text = if said.is_some() { text.trim_end_matches('.') } else { text };
        let line = Inline::markup(title).then(Inline::prose(text));
        answer.paragraph(&match said {
            Some(last) => line.then(Inline::text(". Its log ends with ")).then(Inline::code(last)),
            None => line,
        });
    }
    list(&mut answer, app.failure.findings.iter().map(problem));
    answer
}

fn details(page: &mut Document, app: &AppReport) {
    sides(page, app);
    if let Some(versions) = &app.listing {
        listing::table(page, versions);
    }
    if let Some(reason) = &app.asked.reason {
        page.paragraph(&Inline::markup("**Reason given:** ").then(Inline::text(reason)));
    }
    page.paragraph(&Inline::joined(facts(app), " · "));
    if let Some(diagnosis) = &app.failure.diagnosis {
        diagnosis::evidence(page, diagnosis);
    }
    titled_list(page, "**Warnings**", app.warnings.iter().map(problem));
    titled_list(page, "**Notes**", app.notices.iter().map(problem));
    let changes = app.versions.changes.iter().map(|change| Inline::text(change));
    titled_list(page, "**Changes of the task definition**", changes);
    commits::section(page, app);
    if let Some(diagnosis) = &app.failure.diagnosis {
        let told =
            shown_of(&app.rollout.timeline).into_iter().flatten().map(|(_, text)| text.as_str());
        diagnosis::events(page, &diagnosis.events_beside(told));
    }
    timeline(page, &app.rollout.timeline);
}

/// What ran, what was asked for and, where the two don't say it, what runs now.
fn sides(page: &mut Document, app: &AppReport) {
    let (from, to, running) =
        (app.versions.from.as_ref(), app.versions.to.as_ref(), app.versions.running.as_ref());
    let columns = match app.outcome {
        Outcome::Unchanged => vec![("now", running.or(to))],
        Outcome::Planned | Outcome::Refused | Outcome::Verified | Outcome::Unverified => {
            vec![("now", from), ("then", to)]
        }
        Outcome::Deployed | Outcome::RolledBack => {
            vec![("before", from), ("now", running.or(to))]
        }
        Outcome::Listed => Vec::new(),
        // The rollout goes on: what runs is changing, or not known.
        Outcome::Started | Outcome::Cancelled | Outcome::TimedOut | Outcome::Unknown => {
            vec![("before", from), ("asked for", to)]
        }
        Outcome::Undone | Outcome::Superseded | Outcome::Failed | Outcome::UndoFailed => {
            vec![("before", from), ("asked for", to), ("now", running)]
        }
    };
    let columns: Vec<(&str, &VersionInfo)> =
        columns.into_iter().filter_map(|(title, side)| Some((title, side?))).collect();
    if columns.is_empty() {
        return;
    }
    // Without a service there is nothing that would be registered.
    let is_plan = matches!(app.outcome, Outcome::Planned | Outcome::Verified) && from.is_some();
    let registry = registry_of_all(columns.iter().filter_map(|(_, side)| side.image.as_deref()));
    let rows: Vec<Vec<Inline>> = [
        row("version", &columns, |side| side.version.clone()),
        row("digest", &columns, |side| side.digest.as_ref().map(|it| it.short().to_owned())),
        row("revision", &columns, |side| match &side.task_definition {
            None if is_plan && to == Some(side) => Some("new".to_owned()),
            definition => definition.as_ref().map(TaskDefinitionArn::short),
        }),
        row("image", &columns, |side| {
            side.image.as_ref().map(|image| image[registry.len()..].to_owned())
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    if rows.is_empty() {
        return;
    }
    let titles: Vec<Inline> = std::iter::once(Inline::default())
        .chain(columns.iter().map(|(title, _)| Inline::text(title)))
        .collect();
    page.table(&titles, &rows);
}

/// `None` where no column has the value.
fn row(
    name: &str,
    columns: &[(&str, &VersionInfo)],
    value: impl Fn(&VersionInfo) -> Option<String>,
) -> Option<Vec<Inline>> {
    let values: Vec<Option<String>> = columns.iter().map(|(_, side)| value(side)).collect();
    values.iter().any(Option::is_some).then(|| {
        let cells = values.iter().map(|value| Inline::code(value.as_deref().unwrap_or_default()));
        std::iter::once(Inline::text(name)).chain(cells).collect()
    })
}

/// The registry and its slash that all `images` begin with, else nothing: three
/// registries side by side would push the last column off the page.
fn registry_of_all<'a>(mut images: impl Iterator<Item = &'a str>) -> &'a str {
    let registry = |image: &'a str| match image.find('/') {
        Some(slash) if image[..slash].contains(['.', ':']) => &image[..=slash],
        _ => "",
    };
    let first = images.next().map_or("", registry);
    if images.all(|image| registry(image) == first) { first } else { "" }
}

/// How long it took, and where.
fn facts(app: &AppReport) -> Vec<Inline> {
    let mut facts = Vec::new();
    if !app.duration.is_zero() {
        facts.push(Inline::text(&duration(app.duration)));
    }
    let named = |name, value: &str| Inline::text(name).then(Inline::code(value));
    match &app.asked.subject {
        Subject::Service(target) => {
            facts.push(named("service ", target.service.as_str()));
            facts.push(named("cluster ", target.cluster.as_str()));
            facts.push(Inline::code(target.region.as_str()));
        }
        Subject::Image { repository, region } => {
            facts.push(named("repository ", repository));
            facts.push(Inline::code(region.as_str()));
        }
    }
    if let Some(arn) = &app.service.arn {
        facts.push(named("account ", arn.account().as_str()));
    }
    if let Some((page, address)) = console(app) {
        facts.push(Inline::link(page, &address));
    }
    facts
}

/// The page of the service's deployments in the console, or that of the one by
/// CodeDeploy, and what it is called; `None` in a partition
/// whose console is not known.
fn console(app: &AppReport) -> Option<(&'static str, String)> {
    let host = match app.service.arn.as_ref()?.partition() {
        "aws" => "console.aws.amazon.com",
        "aws-cn" => "console.amazonaws.cn",
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        _ => return None,
    };
    let target = app.asked.subject.target()?;
    if let Some(id) = app.rollout.deployment.as_ref().filter(|id| id.is_codedeploys()) {
        return Some((
            "deployment in the CodeDeploy console",
            format!(
                "https://{region}.{host}/codesuite/codedeploy/deployments/{id}?region={region}",
                region = target.region
            ),
        ));
    }
    let address = format!(
        "https://{region}.{host}/ecs/v2/clusters/{}/services/{}/deployments?region={region}",
        target.cluster,
        target.service,
        region = target.region
    );
    Some(("deployments in the ECS console", address))
}

/// `4 m 12 s`, in whole seconds.
fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    if parts.is_empty() { "under 1 s".to_owned() } else { parts.join(" ") }
}

fn problem(problem: &Problem) -> Inline {
    let place = problem.location.as_ref().map(|place| {
        Inline::text(" (")
            .then(Inline::code(&format!("{}:{}", place.file, place.line)))
            .then(Inline::text(")"))
    });
    let message = Inline::prose(&problem.message).then(place.unwrap_or_default());
    match &problem.hint {
        Some(hint) => message.then(Inline::text(" — ")).then(Inline::prose(hint)),
        None => message,
    }
}

fn titled_list(
    page: &mut Document,
    title: &'static str,
    items: impl ExactSizeIterator<Item = Inline>,
) {
    if items.len() > 0 {
        page.paragraph(&Inline::markup(title));
        list(page, items);
    }
}

fn list(page: &mut Document, items: impl ExactSizeIterator<Item = Inline>) {
    let cut = items.len().saturating_sub(LONGEST_LIST);
    let more = (cut > 0).then(|| Inline::text(&format!("… and {cut} more")));
    page.list(items.take(LONGEST_LIST).chain(more));
}

/// Its beginning and its end, where it is too long.
fn shown_of(timeline: &[(Duration, String)]) -> [&[(Duration, String)]; 2] {
    let (first, last) = TIMELINE;
    let beginning = timeline.len().min(first);
    let end = timeline.len().saturating_sub(last).max(beginning);
    [&timeline[..beginning], &timeline[end..]]
}

fn timeline(page: &mut Document, timeline: &[(Duration, String)]) {
    let line = |(at, text): &(Duration, String)| format!("{}  {}", clock(*at), one_line(text));
    let [beginning, end] = shown_of(timeline);
    let cut = timeline.len() - beginning.len() - end.len();
    let between = (cut > 0).then(|| format!("       … {cut} lines left out …"));
    let beginning = beginning.iter().map(line);
    let lines: Vec<String> = beginning.chain(between).chain(end.iter().map(line)).collect();
    if !lines.is_empty() {
        let mut inside = Document::default();
        inside.code(&lines.join("\n"));
        page.folded("Timeline", &inside);
    }
}

#[cfg(test)]
mod failures;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod tests;
