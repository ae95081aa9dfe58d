//! `deploy` and `rollback`: version → image confirmed → definition patched →
//! registered → service updated → rollout followed → outcome. A rollback reads the
//! history first and often has nothing to register; the rest of the road is one.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::time::{Instant, sleep};

use super::github_updates::GitHubUpdates;
use crate::deploy::apply::{self, Applied, Journal, Stop, Write};
use crate::deploy::context::{Journals, Run, Via, show, started_by};
use crate::deploy::failed::Failed;
use crate::deploy::outcome::{RolloutOutcome, Success};
use crate::deploy::watch::{Limits, Watched, follow};
use crate::deploy::{confirm, outcome, rollback_outcome};
use crate::diagnosis::{Failures, failure_limit};
use crate::ecs::Counts;
use crate::plan::{Plan, VersionInfo};
use crate::problem::Problem;
use crate::read::checkout::{self, Checkout};
use crate::report::{AppReport, Outcome, Subject};
use crate::request::{AppRequest, Command, WaitUntil};
use crate::rollout::{Followed, Phase, Tracker};

use crate::deploy::plan_until_clear::{out_of_time, plan_until_clear, prolonged};

/// What a write that is on its way gets after a cancel. The runner kills 10 s
/// after its first signal; the report needs a part of that.
const GRACE: Duration = Duration::from_secs(5);

/// Takes one app down the whole road. Never fails: how it ended stands in the report.
pub(super) async fn deploy(run: &Run<'_>, app: &AppRequest) -> AppReport {
    let mut report =
        AppReport::new(Subject::Service(app.target.clone()), run.request.reason.clone());
    report.asked.is_rollback = run.request.command == Command::Rollback;
    let journal = || run.written.journal(&app.target);
    let journals = Journals { deploy: journal(), undo: journal() };
    let checkout = checkout::read(app);
    let github_updates =
        GitHubUpdates::of(checkout.as_ref().ok().and_then(|it| it.package.as_ref()));
    let working = Box::pin(github_updates.work(run, app));
    let on_the_road = Box::pin(async {
        match &checkout {
            Ok(checkout) => tokio::select! {
                // On the heap, like the other long stretches: the SDK's futures are large.
                ended = Box::pin(run_deploy(run, app, checkout, &journals, &github_updates, &mut report)) => Some(ended),
                () = too_late(run) => None,
            },
            Err(problem) => Some(Err(Stop::Refused(problem.clone()))),
        }
    });
    let (ended, working) = match select(on_the_road, working).await {
        Either::Left((ended, working)) => (ended, Some(working)),
        Either::Right(((), on_the_road)) => (on_the_road.await, None),
    };
    match ended {
        Some(Ok(outcome)) => report.outcome = outcome,
        Some(Err(Stop::Refused(problem))) => {
            stop(&mut report, Outcome::Refused, problem, &journals)
        }
        Some(Err(Stop::Failed(problem))) => stop(&mut report, Outcome::Failed, problem, &journals),
        Some(Err(Stop::Unknown(problem))) => {
            stop(&mut report, Outcome::Unknown, problem, &journals);
        }
        Some(Err(Stop::TimedOut(problem))) => {
            stop(&mut report, Outcome::TimedOut, problem, &journals);
        }
        Some(Err(Stop::Cancelled)) | None => {
            if journals.deploy.entries().may_have_updated() {
                report.versions.running = None;
            }
            let problem = outcome::cancelled(&mut report, &journals);
            fail(&mut report, Outcome::Cancelled, problem);
        }
    }
    let working = async {
        if let Some(working) = working {
            working.await;
        }
    };
    Box::pin(github_updates.close(run, app, working, &mut report)).await;
    report.duration = run.begun.elapsed();
    report
}

async fn too_late(run: &Run<'_>) {
    run.shutdown.requested().await;
    tokio::select! {
        () = sleep(GRACE) => {}
        () = run.shutdown.insisted() => {}
    }
}

/// What was changed before is said with why it stopped, and `refused` is only what changed
/// nothing.
fn stop(report: &mut AppReport, outcome: Outcome, problem: Problem, journals: &Journals) {
    let Some(changed) = journals.deploy.entries().changed_before() else {
        return fail(report, outcome, problem);
    };
    report.versions.running = None;
    let message = format!("{}; before that {changed}", problem.message);
    let outcome = if outcome == Outcome::Refused { Outcome::Failed } else { outcome };
    fail(report, outcome, Problem { message, ..problem });
}

fn fail(report: &mut AppReport, outcome: Outcome, problem: Problem) {
    if outcome == Outcome::Unknown {
        report.versions.running = None;
    }
    report.outcome = outcome;
    report.failure.problem = Some(problem);
}

async fn run_deploy(
    run: &Run<'_>,
    app: &AppRequest,
    checkout: &Checkout,
    journals: &Journals,
    github_updates: &GitHubUpdates,
    report: &mut AppReport,
) -> Result<Outcome, Stop> {
    let (plan, deadline) = plan_until_clear(run, app, checkout, journals, report).await?;
    let deadline = prolonged(deadline, app, &plan.service);
    show(run, &plan);
    run.publish_so_far(report);
    if run.request.dry_run {
        github_updates.show(&plan);
        return Ok(Outcome::Planned);
    }
    if plan.is_unchanged() {
        report.versions.tasks = plan.service.primary_counts();
        report.versions.running = runs(report);
        let Some(changed) = journals.deploy.entries().changed_before() else {
            return Ok(Outcome::Unchanged);
        };
        // What was in the way is gone, and with it what there was to leave.
        run.notice(report, Problem::new(format!("{changed}; nothing else was to be done")));
        return Ok(if report.asked.is_rollback { Outcome::RolledBack } else { Outcome::Unchanged });
    }
    if Instant::now() >= deadline {
        return Err(out_of_time(&journals.deploy));
    }
    let (followed, means) = match &plan.adopt {
        Some(id) => {
            if !plan.steps.is_empty() {
                carry_out(run, &plan, &journals.deploy, deadline, report).await?;
            }
            (Followed::adopted(id.clone(), &plan.service), Via::Deployment)
        }
        None => match carry_out(run, &plan, &journals.deploy, deadline, report).await? {
            Some(begun) => begun,
            None => {
                let desired = app.desired_count.unwrap_or(plan.service.counts.desired);
                let tasks = plan.service.primary_counts();
                report.versions.tasks = tasks.map(|tasks| Counts { desired, ..tasks });
                report.versions.running = runs(report);
                return Ok(Outcome::Unchanged);
            }
        },
    };
    report.rollout.deployment = Some(followed.id.clone());
    run.publish_so_far(report);
    if !app.wait.enabled {
        github_updates.show(&plan);
        return Ok(Outcome::Started);
    }
    let definition = Arc::new(plan.revision.definition.clone());
    let if_read = (app.failure.log_lines > 0).then(|| Arc::clone(&definition));
    let subscription = run.poller.follow(app.target.clone(), followed.clone(), if_read);
    let subscription = subscription.masking(definition);
    let limits = Limits { begun: Instant::now(), deadline };
    let tracker = tracker(app, &plan, means);
    github_updates.begin(&plan, report.versions.to.clone().unwrap_or_default());
    let watched = follow(subscription, tracker, limits, run.shutdown, run.reporter).await;
    report.rollout.service_deployment =
        watched.last.as_ref().and_then(|last| last.service_deployment.clone());
    report.rollout.is_rolling_back = means == Via::Deployment
        && watched.last.as_ref().is_some_and(|last| last.phase == Phase::RollingBack);
    report.rollout.timeline.clone_from(&watched.timeline);
    report.warnings.extend(watched.warnings.clone());
    let ending = match means {
        Via::Deployment => outcome::ending(run, report, &plan, &watched).await?,
        Via::EcsRollback => {
            Box::pin(rollback_outcome::rollback_outcome(run, report, &plan, &watched)).await?
        }
    };
    match ending {
        RolloutOutcome::Succeeded(good) => {
            // ECS returns to a revision whose digests are fixed.
            if means == Via::Deployment {
                report.versions.tasks = tasks(app, &plan, &watched);
                report.versions.running = runs(report);
                let started_by = started_by(&followed, &watched);
                Box::pin(confirm::confirm(run, app, &plan, &started_by, report)).await?;
            }
            if let Some(kept) = kept_old_tasks(&plan, &watched) {
                run.reporter.line(&kept);
                report.notices.push(Problem::new(kept));
            }
            if let Some(Counts { desired, running, .. }) = report.versions.tasks
                && good == Success::Deployed
                && running < desired
            {
                run.notice(report, Problem::new(format!(
                    "{} calls the deployment successful with {running} of {desired} tasks; it goes on \
                     with the rest, and until then tasks of before may run beside them",
                    plan.by()
                )));
            }
            if good == Success::Traffic {
                run.notice(report, Problem::new(
                    format!("all traffic is on the new version; {} goes on with the deployment and may still roll back", plan.by()),
                ));
            }
            Ok(if report.asked.is_rollback { Outcome::RolledBack } else { Outcome::Deployed })
        }
        RolloutOutcome::Failed(bad) => {
            let (followed, watched) = (&followed, &watched);
            let failed =
                Failed { run, app, plan: &plan, followed, watched, journals, begun: limits.begun };
            Box::pin(failed.explain_and_undo(bad, report)).await
        }
    }
}

/// The tasks of a deployment at its end, as they were last seen; none where an answer had
/// no counts.
fn tasks(app: &AppRequest, plan: &Plan, watched: &Watched) -> Option<Counts> {
    let desired = app.desired_count.unwrap_or(plan.service.counts.desired);
    let counts = watched.last.as_ref()?.counts;
    (counts.desired > 0 || desired == 0).then_some(counts)
}

/// What was asked for, if tasks of it run.
fn runs(report: &AppReport) -> Option<VersionInfo> {
    let no_task = report.versions.tasks.is_some_and(|tasks| tasks.running == 0);
    report.versions.to.clone().filter(|_| !no_task)
}

/// As long as the old tasks are there, CodeDeploy returns to them in seconds.
fn kept_old_tasks(plan: &Plan, watched: &Watched) -> Option<String> {
    let keeps = plan.by_codedeploy.as_ref()?.keeps_old_tasks?;
    let is_waiting = watched.last.as_ref().is_some_and(|last| last.keeps_old_tasks);
    let minutes = keeps.as_secs() / 60;
    (is_waiting && minutes > 0).then(|| {
        format!(
            "CodeDeploy keeps the old tasks for {minutes} min: until then a rollback takes seconds, \
             and an alarm of the deployment group still brings one about"
        )
    })
}

fn tracker(app: &AppRequest, plan: &Plan, means: Via) -> Tracker {
    // That its tasks die is what it is left for.
    if means == Via::EcsRollback {
        return Tracker::default();
    }
    let service = &plan.service;
    let desired = app.desired_count.unwrap_or(service.counts.desired);
    let limit =
        failure_limit(app.failure.max_failed_tasks, service.circuit_breaker.enabled, desired);
    let tracker = Tracker::default().giving_up(Failures::new(limit));
    match app.wait.until {
        WaitUntil::Done => tracker,
        WaitUntil::Traffic => tracker.until_traffic(),
    }
}

/// Writes; `None` where that started no deployment and none was meant to start.
async fn carry_out(
    run: &Run<'_>,
    plan: &Plan,
    journal: &Journal,
    deadline: Instant,
    report: &mut AppReport,
) -> Result<Option<(Followed, Via)>, Stop> {
    let applied =
        Box::pin(apply::apply(run.clients, plan, journal, deadline, run.shutdown, run.reporter))
            .await;
    let entries = journal.entries();
    if let (Some(to), Some(arn)) = (&mut report.versions.to, entries.registered()) {
        to.task_definition = Some(arn.clone());
    }
    if let Write::Done(Some(id)) = &entries.update {
        report.rollout.deployment = Some(id.clone());
    }
    match applied? {
        Applied::Started(followed) => Ok(Some((followed, Via::Deployment))),
        Applied::RollingBack(followed) => Ok(Some((followed, Via::EcsRollback))),
        Applied::Scaled => {
            run.notice(report, Problem::new(
                "only the desired count was changed; ECS starts or stops tasks of the same version",
            ));
            Ok(None)
        }
        Applied::NothingStarted => Err(Stop::Failed(
            Problem::new("ECS took the update and started no deployment")
                .hint("The service's deployments in the ECS console show what it made of it."),
        )),
    }
}
