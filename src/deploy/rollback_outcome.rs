//! How a deployment ended that AWS was asked to roll back, because what it replaces
//! is what is wanted: here a rollback is the success.

use super::context::Rollout;
use super::outcome::{Response, RolloutOutcome, Success};
use super::undo::has_stayed;
use crate::deploy::apply::Stop;
use crate::deploy::watch::Ended;
use crate::ecs::Controller;
use crate::plan::{Plan, RollBack};
use crate::problem::Problem;
use crate::report::{AppReport, Outcome};
use crate::rollout::{End, Snapshot};

impl Rollout<'_> {
    /// Nothing is undone: the rollback itself has failed. Nor is it explained, because what
    /// could be read are the tasks of the version that is left.
    pub(super) async fn rollback_outcome(
        &self,
        report: &mut AppReport,
    ) -> Result<RolloutOutcome, Stop> {
        let by = self.plan.by();
        let end = match &self.watched.end {
            Ended::Deployment(end) => end,
            Ended::Cancelled => return Err(Stop::Cancelled),
            Ended::CalledOff(_) => return self.deployment_outcome(report).await,
            Ended::Unreadable(problem) => {
                return Ok(failed(Outcome::Unknown, no_longer_followed(by, problem)));
            }
            Ended::TimedOut => {
                let problem = Problem::new(match self.watched.is_stale {
                    false => format!("{by} did not roll the deployment back before the timeout"),
                    true => format!(
                        "{by} was asked to roll the deployment back, but AWS stopped answering before the timeout"
                    ),
                })
                .hint(format!("{by} continues the rollback; its console shows when it is done."));
                return Ok(failed(Outcome::TimedOut, problem));
            }
        };
        if self.is_back(end).await {
            report.versions.running.clone_from(&report.versions.to);
            return Ok(RolloutOutcome::Succeeded(Success::Deployed));
        }
        let starts_again = "Run the rollback again: it now starts from what runs.";
        let problem = match end {
            End::RolledBack { .. } => {
                let to = self.plan.versions.to.line();
                Problem::new(format!(
                    "{by} rolled the deployment back to something other than {to}"
                ))
                .hint(starts_again)
            }
            End::Succeeded | End::Reached => {
                Problem::new(format!("the deployment had ended before {by} could roll it back"))
                    .hint(starts_again)
            }
            End::RollbackFailed { reason } => Problem::new(format!(
                "{by} could not roll the deployment back: {}",
                self.reason(reason.as_deref())
            ))
            .hint("Look at its tasks in the ECS console, or roll back to another version."),
            End::Failed { reason } => Problem::new(format!(
                "the deployment was stopped, but {by} rolled nothing back: {}",
                self.reason(reason.as_deref())
            ))
            .hint("Run the rollback again: it now deploys the earlier version."),
            End::GivenUp(_) | End::Superseded(_) | End::Gone { .. } => {
                return self.deployment_outcome(report).await;
            }
        };
        Ok(failed(Outcome::Failed, problem))
    }

    /// Whether what is wanted runs.
    async fn is_back(&self, end: &End) -> bool {
        match end {
            End::RolledBack { .. } => is_there(self.plan, self.watched.last.as_ref()),
            // It may have been stopped before there was anything to return from: then what is
            // wanted never lost any traffic to it.
            End::Failed { .. } => match self.plan.roll_back() {
                Some(RollBack::CodeDeploy { id, to }) => {
                    let before = self.plan.service.arn.revision(to);
                    has_stayed(self.run, &self.plan.target, id, &before).await
                }
                Some(RollBack::Ecs { .. }) | None => false,
            },
            _ => false,
        }
    }
}

fn failed(outcome: Outcome, problem: Problem) -> RolloutOutcome {
    RolloutOutcome::failed(outcome, Response::Leave, problem)
}

fn no_longer_followed(by: &Controller, problem: &Problem) -> Problem {
    let goes_on = format!("{by} continues the rollback. Run it again to see how it ended.");
    let hints = problem.hint.iter().map(String::as_str).chain([goes_on.as_str()]);
    Problem::new(format!(
        "{by} was asked to roll the deployment back, but that can no longer be followed: {}",
        problem.message
    ))
    .hint(hints.collect::<Vec<_>>().join(" "))
}

/// Whether ECS is back where it was to go. The classic view names no revision;
/// there the definition must do.
fn is_there(plan: &Plan, last: Option<&Snapshot>) -> bool {
    match (last.and_then(|last| last.returns_to.as_ref()), plan.roll_back()) {
        (Some(revision), Some(RollBack::Ecs { to, .. })) => revision == to,
        (Some(_), _) => false,
        (None, _) => last.is_some_and(|last| last.primary == plan.versions.to.task_definition),
    }
}
