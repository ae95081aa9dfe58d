//! From the end of a rollout to the outcome of the run, in words.

mod reached;
pub(crate) mod remaining;
pub(crate) mod restored;

use super::context::{Rollout, Via};
use super::how_to_stop::how_to_stop;
use crate::deploy::apply::Stop;
use crate::deploy::watch::Ended;
use crate::plan::{Plan, VersionInfo};
use crate::problem::Problem;
use crate::report::{AppReport, Outcome};
use crate::rollout::{End, Phase, Successor};

/// How a rollout ended, before anything is undone.
#[derive(Debug)]
pub(crate) enum RolloutOutcome {
    Succeeded(Success),
    Failed(FailedRollout),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Success {
    Deployed,
    /// All traffic is on it; the deployment continues.
    Traffic,
    /// It has reached another point of `wait-until`, and continues or waits for a person.
    Reached,
}

#[derive(Debug)]
pub(crate) struct FailedRollout {
    /// The outcome if nothing is undone.
    pub(crate) outcome: Outcome,
    /// What happened.
    pub(crate) problem: Problem,
    /// Why, in AWS's words or by what tasks died of.
    pub(crate) why: Option<String>,
    pub(crate) response: Response,
}

impl FailedRollout {
    /// What happened, and why.
    pub(super) fn whole(&self) -> Problem {
        let message = match &self.why {
            Some(why) => format!("{}: {why}", self.problem.message),
            None => self.problem.message.clone(),
        };
        Problem { message, ..self.problem.clone() }
    }
}

/// What is to be done about a rollout that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Response {
    /// It did not fail by itself, so there is no cause to look for.
    Leave,
    /// AWS has brought the earlier version back, or it can't be brought back.
    Explain,
    /// AWS has not brought the earlier version back, and nobody else has taken over.
    ExplainAndUndo,
    /// It did not fail by itself, but is not to stay.
    Undo,
}

impl RolloutOutcome {
    pub(super) fn failed(outcome: Outcome, response: Response, problem: Problem) -> Self {
        Self::Failed(FailedRollout { outcome, problem, why: None, response })
    }
}

impl Rollout<'_> {
    /// What was seen of it, for the report.
    pub(crate) fn report_on(&self, report: &mut AppReport) {
        let last = self.watched.last.as_ref();
        report.rollout.service_deployment = last.and_then(|last| last.service_deployment.clone());
        report.rollout.is_rolling_back = self.via == Via::Deployment
            && last.is_some_and(|last| last.phase == Phase::RollingBack);
        report.rollout.timeline.clone_from(&self.watched.timeline);
        report.rollout.spans.clone_from(&self.watched.spans);
        report.warnings.extend(self.watched.warnings.clone());
    }

    /// How it ended; fills in what runs now.
    pub(crate) async fn outcome(&self, report: &mut AppReport) -> Result<RolloutOutcome, Stop> {
        report.versions.running = None;
        match self.via {
            Via::Deployment => self.deployment_outcome(report).await,
            Via::Rollback => self.rollback_outcome(report).await,
        }
    }

    pub(super) async fn deployment_outcome(
        &self,
        report: &mut AppReport,
    ) -> Result<RolloutOutcome, Stop> {
        match &self.watched.end {
            Ended::Cancelled => Err(Stop::Cancelled),
            Ended::CalledOff(who) => Ok(RolloutOutcome::Failed(called_off(who, report))),
            Ended::Unreadable(problem) => Ok(RolloutOutcome::failed(
                Outcome::Unknown,
                Response::Leave,
                no_longer_followed(report, problem),
            )),
            Ended::TimedOut => Ok(self.timed_out(report)),
            Ended::Deployment(end) => Ok(self.ended(end, report).await),
        }
    }

    fn timed_out(&self, report: &AppReport) -> RolloutOutcome {
        let watched = self.watched;
        let stands = match watched.stands.as_str() {
            "" => "nothing, because AWS has not answered",
            line => line,
        };
        let what = match watched.is_stale {
            false => "the deployment did not finish before the timeout",
            true => "AWS stopped answering before the timeout",
        };
        let message = format!("{what}; last seen: {stands}");
        let hint = format!("{} continues the deployment. {}", self.plan.by(), how_to_stop(report));
        // What may have all the traffic is not stopped.
        if watched.last.as_ref().is_some_and(|last| last.may_have_all_traffic) {
            let problem = Problem::new(format!(
                "{message}; it is not known whether all traffic is on the new tasks, because the steps of the deployment could not be read"
            ))
            .hint(format!("Allow codedeploy:GetDeploymentTarget. {hint}"));
            return RolloutOutcome::failed(Outcome::TimedOut, Response::Explain, problem);
        }
        let problem = Problem::new(message).hint(hint);
        RolloutOutcome::failed(Outcome::TimedOut, Response::ExplainAndUndo, problem)
    }

    async fn ended(&self, end: &End, report: &mut AppReport) -> RolloutOutcome {
        let by = self.plan.by();
        let reason = |reason: &Option<String>| self.reason(reason.as_deref());
        let mut because = None;
        let (outcome, response, problem) = match end {
            End::Succeeded => {
                report.versions.running.clone_from(&report.versions.to);
                return RolloutOutcome::Succeeded(Success::Deployed);
            }
            End::Reached if self.app.wait.until.is_on_the_way() => {
                return RolloutOutcome::Succeeded(Success::Reached);
            }
            End::Reached => {
                report.versions.running.clone_from(&report.versions.to);
                return RolloutOutcome::Succeeded(Success::Traffic);
            }
            End::RolledBack { reason: why } => {
                let last = self.watched.last.as_ref();
                let back = restored::by_itself(self.run, self.plan, last).await;
                report.failure.undo =
                    Some(format!("{} was restored by {by}'s own rollback", back.name()));
                report.versions.running = Some(back);
                because = Some(reason(why));
                let message = format!("{by} rolled the deployment back");
                (Outcome::Undone, Response::Explain, Problem::new(message))
            }
            End::RollbackFailed { reason: why } => {
                because = Some(reason(why));
                let message = format!("{by} could not roll the deployment back");
                let hint = "The service needs your attention: look at its tasks in the ECS console and deploy a version that is known to work.";
                (Outcome::UndoFailed, Response::Explain, Problem::new(message).hint(hint))
            }
            End::GivenUp(why) => {
                because = why.cause().map(str::to_owned);
                let problem =
                    Problem::new(format!("the deployment counts as failed: {}", why.what()))
                        .hint(format!("{by} keeps trying. {}", how_to_stop(report)));
                (Outcome::Failed, Response::ExplainAndUndo, problem)
            }
            End::Failed { reason: why } => {
                because = Some(reason(why));
                let problem = Problem::new("the deployment failed")
                    .hint(next_after_failure(report, self.plan));
                (Outcome::Failed, Response::ExplainAndUndo, problem)
            }
            End::Superseded(successor) => {
                let task_definition = successor.task_definition.clone();
                report.versions.running =
                    Some(VersionInfo { task_definition, ..VersionInfo::default() });
                let hint = "If that was a rollback, there is nothing to do. If it was another deployment, a `concurrency` group in the workflow keeps the two apart; a rollback needs a group of its own.";
                let problem = Problem::new(superseded(successor)).hint(hint);
                (Outcome::Superseded, Response::Leave, problem)
            }
            End::Gone { status } => {
                let message =
                    format!("the service is {status}: it was deleted during the deployment");
                (Outcome::Failed, Response::Leave, Problem::new(message))
            }
        };
        RolloutOutcome::Failed(FailedRollout { outcome, problem, why: because, response })
    }

    /// Why it ended, in the words of who deploys.
    pub(super) fn reason(&self, reason: Option<&str>) -> String {
        let none = || format!("{} gave no reason", self.plan.by());
        reason.map_or_else(none, str::to_owned)
    }
}

/// Another service of the run has failed, and all are to be brought back.
pub(crate) fn called_off(who: &str, report: &mut AppReport) -> FailedRollout {
    report.failure.called_off_for = Some(who.to_owned());
    FailedRollout {
        outcome: Outcome::Failed,
        problem: Problem::new(format!(
            "{who} failed, so `on-failure: undo-all` undoes all services"
        )),
        why: None,
        response: Response::Undo,
    }
}

/// The deployment continues, but this run can no longer follow it.
fn no_longer_followed(report: &AppReport, problem: &Problem) -> Problem {
    let message =
        format!("the deployment was started but can no longer be followed: {}", problem.message);
    let goes_on = format!(
        "{} continues the deployment; run this step again to adopt it. {}",
        report.service.controller,
        how_to_stop(report)
    );
    let hints = problem.hint.iter().map(String::as_str).chain([goes_on.as_str()]);
    Problem::new(message).hint(hints.collect::<Vec<_>>().join(" "))
}

/// After a failure that ECS leaves as it is.
pub(super) fn next_after_failure(report: &AppReport, plan: &Plan) -> String {
    if report.asked.is_rollback {
        return "Roll back to another version; `command: list` shows them.".to_owned();
    }
    let from = plan.versions.from.name();
    format!(
        "{} does not roll back by itself here. Deploy {from} to return to it.",
        report.service.controller
    )
}

fn superseded(by: &Successor) -> String {
    let id = by
        .id
        .as_ref()
        .map_or_else(|| "another deployment".to_owned(), |id| format!("deployment {id}"));
    match &by.task_definition {
        Some(definition) => format!("{id} of {} replaced this one", definition.short()),
        None => format!("{id} replaced this one"),
    }
}
