//! How a deployment ended that ECS was asked to roll back, because what it replaces
//! is what is wanted: here a rollback is the success.

use super::context::Run;
use super::outcome::{FailedRollout, RolloutOutcome, Success, ending};
use super::undo::has_stayed;
use crate::deploy::apply::Stop;
use crate::deploy::watch::{Ended, Watched};
use crate::ecs::{DeploymentId, ServiceRevisionArn};
use crate::plan::{Plan, Step};
use crate::problem::Problem;
use crate::report::{AppReport, Outcome};
use crate::rollout::{End, Snapshot};

/// What `watched` means; fills in what runs now.
pub(crate) async fn rollback_outcome(
    run: &Run<'_>,
    report: &mut AppReport,
    plan: &Plan,
    watched: &Watched,
) -> Result<RolloutOutcome, Stop> {
    report.versions.running = None;
    let by = plan.by();
    let end = match &watched.end {
        Ended::Deployment(end) => end,
        Ended::Cancelled => return ending(run, report, plan, watched).await,
        Ended::Unreadable(problem) => {
            let message = format!(
                "{by} was asked to roll the deployment back, and that can no longer be followed: {}",
                problem.message
            );
            let goes_on =
                format!("{by} goes on with that. Run the rollback again to see how it ended.");
            let hints = problem.hint.iter().map(String::as_str).chain([goes_on.as_str()]);
            let hint = hints.collect::<Vec<_>>().join(" ");
            return Ok(bad(Outcome::Unknown, Problem::new(message).hint(hint)));
        }
        Ended::TimedOut => {
            let problem = Problem::new(match watched.is_stale {
                false => format!("{by} had not rolled the deployment back when the time was up"),
                true => format!(
                    "{by} was asked to roll the deployment back, and AWS did not answer any more before the time was up"
                ),
            })
            .hint(format!("{by} goes on with that; its console shows when it is done."));
            return Ok(bad(Outcome::TimedOut, problem));
        }
    };
    let problem = match end {
        End::RolledBack { .. } if is_there(plan, watched.last.as_ref()) => {
            report.versions.running.clone_from(&report.versions.to);
            return Ok(RolloutOutcome::Succeeded(Success::Deployed));
        }
        End::RolledBack { .. } => {
            let to = plan.versions.to.line();
            Problem::new(format!("{by} rolled the deployment back to something else than {to}"))
                .hint("Run the rollback again: it now starts from what runs.")
        }
        End::Succeeded | End::TrafficShifted => {
            Problem::new(format!("the deployment had ended before {by} could roll it back"))
                .hint("Run the rollback again: it now starts from what runs.")
        }
        End::RollbackFailed { reason } => {
            let why = reason.clone().unwrap_or_else(|| format!("{by} gives no reason"));
            Problem::new(format!("{by} could not roll the deployment back: {why}"))
                .hint("Look at its tasks in the ECS console, or roll back to another version.")
        }
        // It was stopped before there was anything to return from.
        End::Failed { .. } if never_left(run, plan).await => {
            report.versions.running.clone_from(&report.versions.to);
            return Ok(RolloutOutcome::Succeeded(Success::Deployed));
        }
        End::Failed { reason } => {
            let why = reason.clone().unwrap_or_else(|| format!("{by} gives no reason"));
            Problem::new(format!("the deployment was stopped and {by} went back to nothing: {why}"))
                .hint("Run the rollback again: it now deploys.")
        }
        End::GivenUp(_) | End::Superseded(_) | End::Gone { .. } => {
            return ending(run, report, plan, watched).await;
        }
    };
    Ok(bad(Outcome::Failed, problem))
}

/// Nothing is undone: the way back has failed. Nor is it explained, because what
/// could be read are the tasks of what is left.
fn bad(outcome: Outcome, problem: Problem) -> RolloutOutcome {
    RolloutOutcome::Failed(FailedRollout { outcome, problem, undoable: false, explicable: false })
}

/// Whether what is wanted never lost any traffic to the deployment that was stopped.
async fn never_left(run: &Run<'_>, plan: &Plan) -> bool {
    match asked_for(plan) {
        Some((id, to)) if id.is_codedeploys() => has_stayed(run, &plan.target, id, to).await,
        Some(_) | None => false,
    }
}

/// Whether ECS is back where it was to go. The classic view names no revision;
/// there the definition must do.
fn is_there(plan: &Plan, last: Option<&Snapshot>) -> bool {
    match last.and_then(|last| last.returns_to.as_ref()) {
        Some(revision) => Some(revision) == asked_for(plan).map(|(_, to)| to),
        None => last.is_some_and(|last| last.primary == plan.versions.to.task_definition),
    }
}

/// Which deployment was to return, and to what.
fn asked_for(plan: &Plan) -> Option<(&DeploymentId, &ServiceRevisionArn)> {
    plan.steps.iter().find_map(|step| match step {
        Step::RollBack { id, to, .. } => Some((id, to)),
        Step::Register(_)
        | Step::Update { .. }
        | Step::ClearBlocker { .. }
        | Step::CreateDeployment(_) => None,
    })
}
