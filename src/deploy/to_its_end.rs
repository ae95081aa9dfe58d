//! Following a deployment that was begun or taken up to its end, and what that means for
//! the run.

use std::sync::Arc;

use tokio::time::Instant;

use super::context::{Journals, Rollout, Run, Via, desired_count};
use super::outcome::{RolloutOutcome, Success, called_off};
use super::plan_until_clear::unless_cancelled;
use super::slow;
use super::watch::{Limits, Watched, follow};
use crate::deploy::apply::Stop;
use crate::diagnosis::{Failures, failure_limit};
use crate::ecs::Counts;
use crate::plan::{Plan, VersionInfo};
use crate::problem::Problem;
use crate::report::{AppReport, Outcome};
use crate::request::AppRequest;
use crate::rollout::{Followed, Tracker};

/// A deployment that is to be followed.
pub(crate) struct Begun {
    pub(crate) followed: Followed,
    pub(crate) via: Via,
    pub(crate) deadline: Instant,
}

/// Follows it to its end, or to the point of `wait-until`, and undoes what failed where that
/// is asked for.
pub(crate) async fn follow_to_its_end(
    run: &Run<'_>,
    app: &AppRequest,
    plan: &Plan,
    Begun { followed, via, deadline }: Begun,
    journals: &Journals,
    report: &mut AppReport,
) -> Result<Outcome, Stop> {
    let begun = Instant::now();
    let watching = watch(run, app, plan, &followed, via, Limits { begun, deadline });
    let (watched, target_groups) = slow::beside(run, plan, watching).await;
    let watched = &watched;
    let followed = &followed;
    let rollout = Rollout { run, app, plan, followed, via, watched, journals, begun };
    let outcome = ended(&rollout, report).await?;
    if matches!(outcome, Outcome::Deployed | Outcome::RolledBack) {
        report.rollout.slow = rollout.slow(&target_groups);
    }
    Ok(outcome)
}

/// What becomes of a rollout that has ended: a success is proved, a failure undone.
async fn ended(rollout: &Rollout<'_>, report: &mut AppReport) -> Result<Outcome, Stop> {
    let Rollout { run, app, plan, via, watched, .. } = *rollout;
    rollout.report_on(report);
    match rollout.outcome(report).await? {
        RolloutOutcome::Succeeded(success) => {
            report.rollout.is_done = success == Success::Deployed;
            let is_there = success != Success::Reached;
            // ECS returns to a revision whose digests are fixed.
            if via == Via::Deployment && is_there {
                report.versions.tasks = tasks(app, plan, watched);
                report.versions.running = runs(report);
                rollout.confirm(report).await?;
            }
            if let Some(failed) = rollout.check(report).await? {
                return rollout.explain_and_undo(failed, report).await;
            }
            let arrived = unless_cancelled(run, run.member.all_arrived()).await;
            if let Ok(Err(who)) = arrived {
                (report.versions.running, report.versions.tasks) = (None, None);
                return rollout.explain_and_undo(called_off(&who, report), report).await;
            }
            if !is_there {
                rollout.reached(report);
                return Ok(Outcome::Reached);
            }
            notice_what_goes_on(rollout, success, report);
            Ok(if report.asked.is_rollback { Outcome::RolledBack } else { Outcome::Deployed })
        }
        RolloutOutcome::Failed(failed) => rollout.explain_and_undo(failed, report).await,
    }
}

async fn watch(
    run: &Run<'_>,
    app: &AppRequest,
    plan: &Plan,
    followed: &Followed,
    via: Via,
    limits: Limits,
) -> Watched {
    let definition = Arc::new(plan.revision.definition.clone());
    let if_read = (app.failure.log_lines > 0).then(|| Arc::clone(&definition));
    let subscription = run.poller.follow(app.target.clone(), followed.clone(), if_read);
    let subscription = subscription.masking(definition);
    let called_off = run.member.called_off();
    follow(subscription, tracker(app, plan, via), limits, called_off, run.shutdown, run.reporter)
        .await
}

/// What AWS still does although the deployment has succeeded.
fn notice_what_goes_on(rollout: &Rollout<'_>, success: Success, report: &mut AppReport) {
    let Rollout { run, plan, watched, .. } = rollout;
    let by = plan.by();
    if let Some(kept) = kept_old_tasks(plan, watched) {
        run.reporter.line(&kept);
        report.notices.push(Problem::new(kept));
    }
    if let Some(Counts { desired, running, .. }) = report.versions.tasks
        && success == Success::Deployed
        && running < desired
    {
        run.notice(report, Problem::new(format!(
            "{by} calls the deployment successful with {running} of {desired} tasks; it continues \
             with the rest, and until then tasks of the earlier version may run beside them"
        )));
    }
    match success {
        Success::Traffic => run.notice(report, Problem::new(format!(
            "all traffic is on the new version; {by} continues the deployment and may still roll back"
        ))),
        Success::Deployed if rollout.via == Via::Deployment => rollout.passed_unseen(report),
        Success::Deployed | Success::Reached => {}
    }
}

/// The tasks of a deployment at its end, as they were last seen; none where an answer had
/// no counts.
fn tasks(app: &AppRequest, plan: &Plan, watched: &Watched) -> Option<Counts> {
    let desired = desired_count(app, plan);
    let counts = watched.last.as_ref()?.counts;
    (counts.desired > 0 || desired == 0).then_some(counts)
}

/// What was asked for, if tasks of it run.
pub(crate) fn runs(report: &AppReport) -> Option<VersionInfo> {
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
             and an alarm of the deployment group can still trigger one"
        )
    })
}

fn tracker(app: &AppRequest, plan: &Plan, via: Via) -> Tracker {
    // Failed tasks don't count here: the deployment is being replaced because they fail.
    if via == Via::Rollback {
        return Tracker::default();
    }
    let breaker = plan.service.circuit_breaker.enabled;
    let limit = failure_limit(app.failure.max_failed_tasks, breaker, desired_count(app, plan));
    Tracker::default().giving_up(Failures::new(limit)).until(app.wait.until)
}
