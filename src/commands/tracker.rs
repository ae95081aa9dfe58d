//! The tracker: the issue that says what runs where, and the comment of each service in it.
//!
//! It is written once everything else is said. That it is not is a notice.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use serde_json::Value;

use super::github_updates::patiently;
use super::list::{gather, gather_without_commits};
use super::rollback_form::rollback_form;
use crate::deploy::context::Run;
use crate::github::{CallError, Comparison, GitHub, Kept, Section, about};
use crate::problem::Problem;
use crate::report::listing::{Brought, Period, Version};
use crate::report::rollback_form::RollbackForm;
use crate::report::tracker::{self, Row};
use crate::report::{AppReport, Outcome, ServiceReport};
use crate::request::AppRequest;
use crate::workflow::Workflow;

/// So long it is worked at, and so much longer for each service.
const WITHIN: Duration = Duration::from_secs(30);
const FOR_EACH: Duration = Duration::from_secs(2);
/// Services whose versions are read side by side.
const AT_ONCE: usize = 4;
/// More services than that are not asked what each of their versions brought: a job's token
/// has a thousand calls an hour for all that a repository does.
const ASKED: usize = 5;

/// Brings the tracker up to date with what became of the services of a run.
pub(super) async fn keep(run: &Run<'_>, reports: &[AppReport]) {
    if !run.request.tracker || run.request.dry_run {
        return;
    }
    let with_news: Vec<(&AppRequest, &AppReport)> =
        run.request.apps.iter().zip(reports).filter(|(_, report)| has_news(report)).collect();
    if with_news.is_empty() {
        return;
    }
    let Some(github) = run.github else {
        let problem = Problem::new("the tracker was not updated: there is no `github-token`");
        return run.reporter.notice(&problem);
    };
    let services = u32::try_from(with_news.len()).unwrap_or(u32::MAX);
    let within = WITHIN.saturating_add(FOR_EACH.saturating_mul(services));
    match patiently(run, within, write(run, github, &with_news)).await {
        Some(Ok(())) => {}
        Some(Err(error)) => run.reporter.notice(&error.problem("issues: write")),
        None => run.reporter.notice(
            &Problem::new("the tracker was not updated in time")
                .hint("The next run updates it, or run `command: list` with `tracker: issue`."),
        ),
    }
}

/// Whether a deployment has come to something, or how the service stands was read. Where nothing
/// was to do, an earlier run may have failed to say so.
fn has_news(report: &AppReport) -> bool {
    report.rollout.deployment.is_some()
        || matches!(report.outcome, Outcome::Listed | Outcome::Unchanged)
}

async fn write(
    run: &Run<'_>,
    github: &GitHub,
    with_news: &[(&AppRequest, &AppReport)],
) -> Result<(), CallError> {
    let is_asked = with_news.len() <= ASKED;
    let reading = with_news.iter().map(|(app, report)| up_to_date(run, app, report, is_asked));
    let reading = stream::iter(reading).buffered(AT_ONCE).collect::<Vec<_>>();
    let (found, form) =
        tokio::join!(reading, rollback_form(github, &run.request.rollback_workflow));
    let mut sections = Vec::new();
    for ((app, _), found) in with_news.iter().zip(found) {
        match found {
            Ok(report) => sections.extend(section(app, &report, &form)),
            Err(problem) => {
                let service = &app.target.service;
                let message = format!("the tracker does not show {service}: {}", problem.message);
                run.reporter.notice(&Problem { message, ..problem });
            }
        }
    }
    if sections.is_empty() {
        return Ok(());
    }
    let table = |kept: &[Kept], room: usize| {
        let rows = kept.iter().filter_map(|it| Some((Row::of(&it.row)?, it.comment)));
        tracker::table(&rows.collect::<Vec<_>>(), room)
    };
    let stays = |old: &Value, new: &Value| {
        Row::of(old).zip(Row::of(new)).is_some_and(|(old, new)| old.stays(&new))
    };
    github.keep_tracker(&sections, stays, table).await
}

fn section(app: &AppRequest, report: &AppReport, form: &RollbackForm) -> Option<Section> {
    let account = report.service.arn.as_ref()?.account();
    let row = Row::new(report)?;
    let about = about(account, &app.target);
    Some(Section { about, body: tracker::section(report, &row, form), row: row.object() })
}

/// The report with the versions of its service, as far as AWS shows them and this run knows
/// better.
async fn up_to_date(
    run: &Run<'_>,
    app: &AppRequest,
    report: &AppReport,
    is_asked: bool,
) -> Result<AppReport, Problem> {
    if report.outcome == Outcome::Listed {
        return as_read(report.clone());
    }
    let (found, mut versions) = match is_asked {
        true => gather(run, app).await.map(|(found, versions, _)| (found, versions))?,
        false => gather_without_commits(run, app).await?,
    };
    if !is_asked {
        tell_what_it_brought(report, &mut versions);
    }
    let service = ServiceReport::of(&found.service);
    if report.outcome == Outcome::Unchanged {
        return as_read(AppReport { listing: Some(versions), service, ..report.clone() });
    }
    let deployment = report.rollout.deployment.as_ref();
    let entry = found.history.known().zip(deployment).and_then(|(it, id)| it.brought_in(id));
    let seen = entry.and_then(|entry| entry.digests.iter().flatten().next());
    let workflow = run.request.workflow.as_ref();
    // Who asked for a deployment that was in progress is not who followed it.
    let asker = workflow.filter(|_| !report.rollout.is_adopted);
    let asked = Period {
        by: asker.and_then(|it| it.actor.clone()),
        reason: asker.and(run.request.reason.clone()),
        run: if seen.is_none() { workflow } else { asker }.map(Workflow::run_page),
        ..Period::default()
    };
    tracker::catch_up(&mut versions, report, seen, asked);
    Ok(AppReport { listing: Some(versions), service, ..report.clone() })
}

/// The report, where it says what ran when: what an earlier run knew is worth more than nothing.
fn as_read(report: AppReport) -> Result<AppReport, Problem> {
    match report.listing.iter().flatten().any(|it| !it.runs.is_empty()) {
        true => Ok(report),
        false => Err(Problem::new("the history of the service is not known")),
    }
}

/// The commits that were asked for beside the deployment, in place of those of all versions.
fn tell_what_it_brought(report: &AppReport, versions: &mut [Version]) {
    let digest = report.versions.to.as_ref().and_then(|it| it.digest.as_ref());
    let since = report.versions.from.as_ref().and_then(|it| it.version.clone());
    let brought = versions.iter_mut().find(|it| Some(&it.digest) == digest);
    if let (Some(version), Some(since), Some(Ok(commits))) =
        (brought, since, &report.github.commits)
    {
        let commits = match commits.removed.is_empty() {
            true => commits.clone(),
            // Of both ways there is one count of the rest.
            false => Comparison { removed: Vec::new(), more: 0, unread: 0, ..commits.clone() },
        };
        version.brought = Some(Brought { since, commits: Ok(commits) });
    }
}
