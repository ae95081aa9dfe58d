//! `list`: the versions that one can go back to, and what each of them brought.

mod brought;
mod versions;

use crate::deploy::context::Run;
use crate::ecs::{Controller, Deployment, TaskDefinitionArn};
use crate::image::Digest;
use crate::plan::{Fact, VersionInfo};
use crate::problem::Problem;
use crate::read::{Versions, read_versions};
use crate::report::listing::{self, Version};
use crate::report::{AppReport, Outcome, ServiceReport, Subject};
use crate::reporter::OutputName;
use crate::request::AppRequest;
use crate::version::{ImageTag, VersionName};

/// Lists the versions of one app. Never fails: the report says how it ended.
pub(super) async fn list(run: &Run<'_>, app: &AppRequest) -> AppReport {
    let report = listed(run, app).await;
    if let Some(all) = &report.listing {
        show(run, app, all);
    }
    report
}

/// The same, and shows none of them.
pub(super) async fn listed(run: &Run<'_>, app: &AppRequest) -> AppReport {
    let mut report =
        AppReport::new(Subject::Service(app.target.clone()), run.request.reason.clone());
    let gathered = tokio::select! {
        biased;
        () = run.shutdown.requested() => None,
        found = gather(run, app) => Some(found),
    };
    match gathered {
        Some(Ok((found, all, why))) => {
            if let Some(why) = why {
                let notice = format!("it is not known who requested the versions: {why}");
                run.reporter.line(&notice);
                report.notices.push(Problem::new(notice));
            }
            tell(run, app, &found, all, &mut report);
        }
        None => {
            report.outcome = Outcome::Cancelled;
            report.failure.problem =
                Some(Problem::new("the workflow was cancelled; nothing was changed"));
        }
        Some(Err(problem)) => {
            report.outcome = Outcome::Refused;
            report.failure.problem = Some(problem);
        }
    }
    report.duration = run.begun.elapsed();
    report
}

/// What was read, the versions in it with what GitHub knows of them, and why it is not known
/// who asked for them.
pub(super) async fn gather(
    run: &Run<'_>,
    app: &AppRequest,
) -> Result<(Versions, Vec<Version>, Option<String>), Problem> {
    let (found, (recorded, why)) =
        tokio::join!(gather_without_commits(run, app), brought::recorded(run));
    let (found, mut all) = found?;
    brought::learn(run, app, &found, recorded, &mut all).await;
    let why = why.filter(|_| found.history.known().is_some()).map(str::to_owned);
    Ok((found, all, why))
}

/// The same as far as AWS knows.
pub(super) async fn gather_without_commits(
    run: &Run<'_>,
    app: &AppRequest,
) -> Result<(Versions, Vec<Version>), Problem> {
    let found = read_versions(run.clients, app).await?;
    let all = versions::versions(app, &found);
    Ok((found, all))
}

fn tell(
    run: &Run<'_>,
    app: &AppRequest,
    found: &Versions,
    all: Vec<Version>,
    report: &mut AppReport,
) {
    report.outcome = Outcome::Listed;
    report.service = ServiceReport::of(&found.service);
    if let Some(problem) = &found.unread {
        let message = format!("the history of the service is not known: {}", problem.message);
        run.notice(report, Problem { message, ..problem.clone() });
    }
    if let Fact::Denied(permission) = found.history {
        let notice =
            format!("the history of the service is not known: {permission} is not allowed");
        run.notice(report, Problem::new(notice));
    }
    if let Some(Err(problem)) = &found.runs {
        let message = format!("it is not known what runs: {}", problem.message);
        run.notice(report, Problem { message, ..problem.clone() });
    }
    if found.is_cut {
        run.notice(report, Problem::new("the repository has more images than were read"));
    }
    stands(app, found, &all, report);
    report.listing = Some(all);
}

fn show(run: &Run<'_>, app: &AppRequest, all: &[Version]) {
    run.reporter.line(&format!("Versions of {}", app.target));
    for line in listing::lines(all) {
        run.reporter.line(&line);
    }
    for (title, lines) in listing::brought_lines(all) {
        run.reporter.group(&title, &lines);
    }
    if run.is_alone() {
        run.reporter.output(OutputName::Versions, &listing::versions(all));
    }
}

/// What runs, and what the service is set to where that is something else.
fn stands(app: &AppRequest, found: &Versions, all: &[Version], report: &mut AppReport) {
    let service = &found.service;
    let runs = found.runs_unrecorded();
    let Some(history) = found.history.known() else {
        report.versions.running = runs.cloned();
        let is_primary = service.running().is_some_and(Deployment::is_primary);
        report.versions.tasks = service.primary_counts().filter(|_| is_primary);
        return;
    };
    let side = |digest: &Digest, definition: Option<&TaskDefinitionArn>| {
        let version = all.iter().find(|version| version.digest == *digest)?;
        Some(VersionInfo {
            version: Some(version.name.clone()),
            digest: Some(digest.clone()),
            task_definition: definition.cloned(),
            ..VersionInfo::default()
        })
    };
    let of = |deployment: &Deployment| {
        let entry = history.brought_by(&deployment.id)?;
        let tag = || {
            let tag: ImageTag = entry.tag()?.parse().ok()?;
            let version = Some(VersionName::of(&tag, app.wanted.tag_template(), None));
            let task_definition = deployment.task_definition.clone();
            Some(VersionInfo { version, task_definition, ..VersionInfo::default() })
        };
        let digest = entry.digests.iter().flatten().next();
        digest.and_then(|it| side(it, deployment.task_definition.as_ref())).or_else(tag)
    };
    report.versions.tasks = service.primary_counts();
    let running = service.running();
    if service.controller == Controller::CodeDeploy && running.is_some() {
        let entry = history.entries().find(|it| it.running);
        let digest = entry.and_then(|it| it.digests.iter().flatten().next());
        report.versions.running = digest.and_then(|it| side(it, service.task_definition.as_ref()));
        return;
    }
    report.versions.running = running.and_then(of).or_else(|| runs.cloned());
    if running.map(|it| &it.id) != service.primary().map(|it| &it.id) {
        report.versions.from_in_flight = service.primary().and_then(of);
    }
}
