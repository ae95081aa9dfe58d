//! `verify`: the check on a pull request. Whether a version can be deployed now, by
//! everything that `deploy` decides before its first write; or whether its tag is
//! still free. Reads only, and says all that is wrong at once.

mod absent;
mod conclusion;
mod offline;
mod outside;
mod raised;
mod touched;

use super::comment;
use super::github_updates::GitHubUpdates;
use crate::deploy::context::Run;
use crate::deploy::plan_until_clear::unless_cancelled;
use crate::deploy::{known, requirements};
use crate::image::EcrRepository;
use crate::plan::{
    CurrentState, Decision, Fact, VersionInfo, check_definition_file, decide, in_ecr,
    named_repository, needs, versions,
};
use crate::problem::{Problem, ProblemKind};
use crate::read::checkout::{self, Checkout};
use crate::read::{
    Preflight, REQUIRED, check_needs, check_wanted, denied_beside, denied_by_found, denied_reads,
    read, read_image,
};
use crate::report::{AppReport, ServiceReport, Subject};
use crate::request::{AppRequest, Expect, ImageRequest, Request, Wanted};
use crate::version::VersionName;
use conclusion::{conclude, say_denied};
use outside::{has_no_credentials, unverified};

/// Checks a version for a service. Never fails: the report says what is wrong.
pub(super) async fn verify(run: &Run<'_>, app: &AppRequest) -> AppReport {
    let subject = Subject::Service(app.target.clone());
    let mut report = AppReport::new(subject, run.request.reason.clone());
    let checking = async {
        match &app.expect {
            Expect::Present => present(run, app, &mut report).await,
            Expect::Absent { built } => {
                let asked = absent::Asked {
                    wanted: &app.wanted,
                    built: built.as_ref(),
                    region: &app.target.region,
                    service: Some(app),
                };
                asked.check(run, &mut report).await;
            }
            Expect::Raised { pending } => touched::check(run, app, pending, &mut report).await,
        }
    };
    let is_done = unless_cancelled(run, checking).await.is_ok();
    conclude(run, report, is_done, &app.expect, &comment::target(app)).await
}

pub(super) async fn verify_image(run: &Run<'_>, asked: &ImageRequest) -> AppReport {
    let repository = repository_of(asked);
    let name = repository.as_ref().map_or_else(|_| String::new(), |it| it.name.clone());
    let subject = Subject::Image { repository: name, region: asked.region.clone() };
    let mut report = AppReport::new(subject, run.request.reason.clone());
    let checking = async {
        match (&asked.expect, repository) {
            (_, Err(problem)) => report.failure.findings.push(problem),
            // Only of apps a higher version is expected.
            (Expect::Present | Expect::Raised { .. }, Ok(repository)) => {
                image_present(run, asked, &repository, &mut report).await;
            }
            (Expect::Absent { built }, Ok(_)) => {
                let asked = absent::Asked {
                    wanted: &asked.wanted,
                    built: built.as_ref(),
                    region: &asked.region,
                    service: None,
                };
                asked.check(run, &mut report).await;
            }
        }
    };
    let is_done = unless_cancelled(run, checking).await.is_ok();
    let package = asked.wanted.package().map(|it| it.display().to_string()).unwrap_or_default();
    let about = format!("{}/{} {package}", asked.region, place_of(asked).unwrap_or_default());
    conclude(run, report, is_done, &asked.expect, &about).await
}

/// What several services are checked for, as their comment is known by.
pub(super) fn kind_of_several(request: &Request) -> &'static str {
    match request.apps.first().map(|app| &app.expect) {
        Some(Expect::Raised { .. }) => "changed",
        _ => "several",
    }
}

fn repository_of(asked: &ImageRequest) -> Result<EcrRepository, Problem> {
    let named = named_repository(&asked.wanted, &asked.region)?;
    let built = match &asked.expect {
        Expect::Absent { built: Some(built) } => Some(in_ecr(built)?),
        Expect::Absent { built: None } | Expect::Present | Expect::Raised { .. } => None,
    };
    // The inputs have been checked for one of the two.
    named
        .or(built)
        .ok_or_else(|| Problem::new("`repository` is missing: it says where the image is"))
}

/// Where the image lies, as the inputs spell it.
fn place_of(asked: &ImageRequest) -> Option<String> {
    match (&asked.wanted, &asked.expect) {
        (Wanted::Image(reference), _) => Some(reference.repository_uri()),
        (Wanted::Version { repository: Some(repository), .. }, _) => Some(repository.to_string()),
        (_, Expect::Absent { built: Some(built) }) => Some(built.repository_uri()),
        (Wanted::Version { .. } | Wanted::From { .. } | Wanted::Past { .. }, _) => None,
    }
}

/// What deploying would need, and what it would do.
async fn present(run: &Run<'_>, app: &AppRequest, report: &mut AppReport) {
    let (checkout, problems) = checkout::read_all(app);
    let is_whole = problems.is_empty();
    report.failure.findings.extend(problems);
    report.versions.to = known::asked_for_by(app, &checkout);
    if has_no_credentials(run).await {
        if is_whole || checkout.package.is_some() {
            let wrong = check_wanted(&app.wanted, checkout.package.as_ref()).err();
            report.failure.findings.extend(wrong);
        }
        offline::check(app, &checkout, false, report);
        return unverified(report);
    }
    let named = named_repository(&app.wanted, &app.target.region).ok().flatten();
    let read = async {
        match is_whole {
            true => Some(read(run.clients, app, &checkout, run.sources).await),
            // Of a part of what is asked for nothing can be decided.
            false => None,
        }
    };
    let (found, mut denied) = tokio::join!(read, denied_beside(run.clients, &app.target));
    if !matches!(found, Some(Ok(_))) {
        denied.extend(denied_reads(run.clients, &app.target, named.as_ref()).await);
    }
    match found {
        None => {
            offline::check(app, &checkout, false, report);
            say_denied(&denied, report);
        }
        Some(Err(problems)) => {
            offline::check(app, &checkout, true, report);
            say_denied(&denied, report);
            // It is said already, with all others that are missing.
            let is_said = |action| REQUIRED.contains(&action) && denied.contains(action);
            let is_news = |problem: &Problem| !matches!(problem.kind, ProblemKind::Denied(action) if is_said(action));
            report.failure.findings.extend(problems.into_iter().filter(is_news));
            // Whatever is wrong with the service says nothing of the images.
            for asked in images_of(app) {
                let Ok(Some(repository)) = named_repository(&asked.wanted, &asked.region) else {
                    continue;
                };
                let package = checkout.package.as_ref();
                let image = read_image(run.clients, &asked, &repository, package);
                if let Err(problem) = image.await {
                    let is_said =
                        report.failure.findings.iter().any(|it| it.message == problem.message);
                    let is_denied = matches!(problem.kind, ProblemKind::Denied(_));
                    if !is_said && !is_denied {
                        report.failure.findings.push(problem);
                    }
                }
            }
        }
        Some(Ok(found)) => {
            let all = denied_by_found(run.clients, &app.target, &found, &denied);
            let planning = plan(run, app, &checkout, &found, report);
            let looking = preflight(run, app, &found);
            let (all, (), preflight) = tokio::join!(all, planning, looking);
            say_denied(&all, report);
            take_in(preflight, report);
        }
    }
}

/// Whether everything is there that the tasks would need.
async fn preflight(run: &Run<'_>, app: &AppRequest, found: &CurrentState) -> Preflight {
    match needs(app, found).filter(|_| app.preflight) {
        Some(needs) => check_needs(run.clients, &found.service.arn.place(), &needs).await,
        None => Preflight::default(),
    }
}

fn take_in(preflight: Preflight, report: &mut AppReport) {
    let Preflight { missing, not_checked } = preflight;
    report.failure.findings.extend(missing);
    let not_checked = not_checked.iter();
    report.notices.extend(
        not_checked.map(|what| Problem::new(format!("could not check that these exist: {what}"))),
    );
}

/// Each image that is asked for, by itself.
fn images_of(app: &AppRequest) -> impl Iterator<Item = ImageRequest> {
    let further = app.further_images.iter().map(|(_, image)| Wanted::Image(image.clone()));
    let all = std::iter::once(app.wanted.clone()).chain(further);
    // Which image another service runs is known only with that service.
    let all = all.filter(|wanted| !matches!(wanted, Wanted::From { .. }));
    all.map(|wanted| ImageRequest {
        region: app.target.region.clone(),
        wanted,
        expect: app.expect.clone(),
        fail_on: app.fail_on,
    })
}

/// Decides as `deploy` does, and stops there.
async fn plan(
    run: &Run<'_>,
    app: &AppRequest,
    checkout: &Checkout,
    found: &CurrentState,
    report: &mut AppReport,
) {
    let service = &app.target.service;
    report.service = ServiceReport::of(&found.service);
    let to = versions(app, found).1.name();
    match decide(app, found) {
        Err(problems) => {
            report.failure.findings.extend(problems);
            // What was rolled back from may be wrong in other ways, too.
            let otherwise = CurrentState { rolled_back: Fact::Absent, ..found.clone() };
            if let (Fact::Known(_), Err(more)) = (&found.rolled_back, decide(app, &otherwise)) {
                let new = |problem: &Problem| !report.failure.findings.contains(problem);
                let more: Vec<_> = more.into_iter().filter(new).collect();
                report.failure.findings.extend(more);
            }
            report.warnings.extend(check_definition_file(app, found).warnings);
            offline::warn_of_app_spec(checkout, report);
        }
        Ok(Decision::WaitFor(id)) => {
            let to_version = found.images.first.image.version.clone();
            met(run, app, to_version, report).await;
            report.warnings.extend(check_definition_file(app, found).warnings);
            offline::warn_of_app_spec(checkout, report);
            report.warnings.extend(found.images.warnings());
            report.notices.extend(found.images.notices());
            report.notices.push(Problem::new(format!(
                "another deployment of {service} is in progress ({id}); a deployment would wait for it to finish, and what it would change is not known yet"
            )));
            report.verdict = Some(format!(
                "{to} can be deployed to {service} once the deployment in progress has finished"
            ));
        }
        Ok(Decision::Go(plan)) => {
            crate::deploy::plan_until_clear::planned(report, &plan);
            if !plan.is_unchanged() {
                met(run, app, plan.versions.to.version.clone(), report).await;
            }
            run.reporter.group(&plan.title(), &plan.lines());
            let github_updates = GitHubUpdates::of(checkout.package.as_ref());
            github_updates.look(run, app, &plan, report).await;
            let (from, to) = (plan.versions.from.name(), plan.versions.to.name());
            report.verdict = Some(if plan.is_unchanged() {
                format!("{service} already runs {to}; a deployment would change nothing")
            } else if from == to {
                format!("{to} can be deployed to {service} again")
            } else {
                format!("{to} can be deployed to {service}, which runs {from}")
            });
        }
    }
}

/// Whether what the app requires of others is met.
async fn met(run: &Run<'_>, app: &AppRequest, to: Option<VersionName>, report: &mut AppReport) {
    match requirements::check(run, app, to.as_ref()).await {
        Ok(warnings) => {
            report.warnings.extend(warnings);
            run.member.decides_on(to);
        }
        Err(problem) => report.failure.findings.push(problem),
    }
}

async fn image_present(
    run: &Run<'_>,
    asked: &ImageRequest,
    repository: &EcrRepository,
    report: &mut AppReport,
) {
    let package = match checkout::package(&asked.wanted) {
        Ok(package) => package,
        Err(problem) => {
            report.failure.findings.push(problem);
            return;
        }
    };
    let checkout = Checkout { package, ..Checkout::default() };
    report.versions.to = known::asked_for(&asked.wanted, &checkout);
    if has_no_credentials(run).await {
        report
            .failure
            .findings
            .extend(check_wanted(&asked.wanted, checkout.package.as_ref()).err());
        return unverified(report);
    }
    match read_image(run.clients, asked, repository, checkout.package.as_ref()).await {
        Err(problem) => report.failure.findings.push(problem),
        Ok(image) => {
            report.warnings.extend(image.warnings);
            report.notices.extend(image.notices);
            let to = VersionInfo {
                version: image.version,
                // Without its registry it would be the name of another image.
                image: repository.account.is_some().then(|| image.reference.to_string()),
                tag: image.tag.map(|tag| tag.to_string()),
                digest: Some(image.digest),
                ..VersionInfo::default()
            };
            report.verdict =
                Some(format!("{} is in {} and can be pulled", to.name(), repository.name));
            report.versions.to = Some(to);
        }
    }
}
