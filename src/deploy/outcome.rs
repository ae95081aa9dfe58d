//! From the end of a deployment to the outcome of the run, in words.

pub(crate) mod remaining;
pub(crate) mod restored;

use super::context::Journals;
use super::context::Run;
use crate::deploy::apply::{self, Entries, Stop, Write};
use crate::deploy::watch::{Ended, Watched};
use crate::ecs::{DeploymentId, TaskDefinitionArn};
use crate::plan::{Plan, VersionInfo};
use crate::problem::Problem;
use crate::report::{AppReport, Outcome};
use crate::rollout::{End, Successor};

/// How a rollout ended, before anything is undone.
#[derive(Debug)]
pub(crate) enum RolloutOutcome {
    Succeeded(Success),
    /// The deployment did not succeed.
    Failed(FailedRollout),
}

/// A deployment that did not succeed.
#[derive(Debug)]
pub(crate) struct FailedRollout {
    /// What it comes to, if nothing is undone.
    pub(crate) outcome: Outcome,
    /// In ECS's words, or in ours.
    pub(crate) problem: Problem,
    /// Whether the earlier version can be brought back by us: ECS has not done
    /// it, and nobody else has taken over.
    pub(crate) undoable: bool,
    /// Whether it failed by itself, so that there is a cause to look for.
    pub(crate) explicable: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Success {
    Deployed,
    /// All traffic is on it; it goes on.
    Traffic,
}

/// What `watched` means; fills in what runs now.
pub(crate) async fn ending(
    run: &Run<'_>,
    report: &mut AppReport,
    plan: &Plan,
    watched: &Watched,
) -> Result<RolloutOutcome, Stop> {
    report.versions.running = None;
    let by = plan.by();
    let they_say =
        |reason: &Option<String>| reason.clone().unwrap_or_else(|| format!("{by} gives no reason"));
    let explicable = !matches!(
        watched.end,
        Ended::Unreadable(_) | Ended::Deployment(End::Superseded(_) | End::Gone { .. })
    );
    let bad = |outcome, undoable, problem| {
        Ok(RolloutOutcome::Failed(FailedRollout { outcome, problem, undoable, explicable }))
    };
    let end = match &watched.end {
        Ended::Deployment(end) => end,
        Ended::Cancelled => return Err(Stop::Cancelled),
        Ended::Unreadable(problem) => {
            return bad(Outcome::Unknown, false, no_longer_followed(report, problem));
        }
        Ended::TimedOut => {
            let stands = match watched.stands.as_str() {
                "" => "nothing, because AWS has not answered",
                line => line,
            };
            let what = match watched.is_stale {
                false => "the deployment had not ended when the time was up",
                true => "AWS did not answer any more before the time was up",
            };
            let problem = Problem::new(format!("{what}; last seen: {stands}"));
            let hint = format!("{by} goes on with it. {}", how_to_stop(report));
            // What may have all the traffic is not stopped.
            if watched.last.as_ref().is_some_and(|last| last.may_have_all_traffic) {
                let problem = Problem::new(format!(
                    "{}; whether all traffic is on the new tasks is not known, because the steps of the deployment could not be read",
                    problem.message
                ));
                let hint = format!("Allow codedeploy:GetDeploymentTarget. {hint}");
                return bad(Outcome::TimedOut, false, problem.hint(hint));
            }
            return bad(Outcome::TimedOut, true, problem.hint(hint));
        }
    };
    match end {
        End::Succeeded | End::TrafficShifted => {
            report.versions.running.clone_from(&report.versions.to);
            Ok(RolloutOutcome::Succeeded(if *end == End::Succeeded { Success::Deployed } else { Success::Traffic }))
        }
        End::RolledBack { reason } => {
            let back = Box::pin(restored::by_itself(run, plan, watched.last.as_ref())).await;
            report.failure.undo = Some(format!("{} is back by {by}'s own rollback", back.name()));
            report.versions.running = Some(back);
            let why = they_say(reason);
            bad(Outcome::Undone, false, Problem::new(format!("{by} rolled the deployment back: {why}")))
        }
        End::RollbackFailed { reason } => bad(
            Outcome::UndoFailed,
            false,
            Problem::new(format!("{by} could not roll the deployment back: {}", they_say(reason))).hint(
                "The service needs a person: look at its tasks in the ECS console and deploy a version that is known to work.",
            ),
        ),
        End::GivenUp(why) => bad(
            Outcome::Failed,
            true,
            Problem::new(format!("the deployment was given up: {why}"))
                .hint(format!("{by} goes on trying. {}", how_to_stop(report))),
        ),
        End::Failed { reason } => bad(
            Outcome::Failed,
            true,
            Problem::new(format!("the deployment failed: {}", they_say(reason)))
                .hint(next_after_failure(report, plan)),
        ),
        End::Superseded(by) => {
            report.versions.running =
                Some(VersionInfo { task_definition: by.task_definition.clone(), ..VersionInfo::default() });
            bad(
                Outcome::Superseded,
                false,
                Problem::new(superseded(by)).hint(
                    "Two runs deployed the same service at the same time; a `concurrency` group in the workflow keeps them apart.",
                ),
            )
        }
        End::Gone { status } => bad(
            Outcome::Failed,
            false,
            Problem::new(format!("the service is {status}: it was deleted while it was deployed to")),
        ),
    }
}

/// The deployment goes on without anybody who looks.
fn no_longer_followed(report: &AppReport, problem: &Problem) -> Problem {
    let message =
        format!("the deployment was started and can no longer be followed: {}", problem.message);
    let goes_on = format!(
        "{} goes on with it; run this step again to adopt it. {}",
        report.service.by,
        how_to_stop(report)
    );
    let hints = problem.hint.iter().map(String::as_str).chain([goes_on.as_str()]);
    Problem::new(message).hint(hints.collect::<Vec<_>>().join(" "))
}

/// After a failure that ECS leaves as it is.
fn next_after_failure(report: &AppReport, plan: &Plan) -> String {
    if report.asked.is_rollback {
        return "Roll back to another version; `command: list` shows which there are.".to_owned();
    }
    let from = plan.versions.from.name();
    format!(
        "{} does not roll back by itself here. Deploy {from} to return to it.",
        report.service.by
    )
}

fn superseded(by: &Successor) -> String {
    let id = by
        .id
        .as_ref()
        .map_or_else(|| "another deployment".to_owned(), |id| format!("deployment {id}"));
    match &by.task_definition {
        Some(definition) => format!("{id} of {} took the place of this one", definition.short()),
        None => format!("{id} took the place of this one"),
    }
}

/// What a cancelled run leaves behind, and how to stop it.
pub(crate) fn cancelled(report: &mut AppReport, journals: &Journals) -> Problem {
    match report.failure.problem.take() {
        Some(failure) => cancelled_after(&failure, report, &journals.undo.entries()),
        None => cancelled_on_the_way(report, &journals.deploy.entries()),
    }
}

/// The deployment had failed already; it may be on its way back.
fn cancelled_after(failure: &Problem, report: &mut AppReport, back: &Entries) -> Problem {
    let back_to = report.failure.back_to.as_ref().map(VersionInfo::name);
    let goes_on = match (&back.update, &back.roll_back) {
        (Write::Done(Some(id)), _) => Some(format!("in deployment {id}")),
        (Write::Sent, _) | (_, Write::Sent) => None,
        (_, Write::Done(())) => Some("by its own rollback".to_owned()),
        (Write::None | Write::Undone | Write::Done(None), Write::None | Write::Undone) => {
            let before = back_to.map(|it| format!(" before {it} was brought back"));
            let message = format!(
                "the workflow was cancelled{}: {}",
                before.unwrap_or_default(),
                failure.message
            );
            return Problem { message, ..failure.clone() };
        }
    };
    report.rollout.is_rolling_back = goes_on.is_some();
    let by = report.service.by;
    let (goes_on, hint) = match goes_on {
        Some(how) => (
            format!("{by} goes on with that {how}"),
            format!("The {by} console shows when the earlier version is back."),
        ),
        None => (
            format!("whether {by} has begun with that is not known"),
            format!(
                "Look at the service's deployments in the {by} console. {}",
                how_to_stop(report)
            ),
        ),
    };
    let known =
        report.failure.diagnosis.as_ref().filter(|it| it.is_known).map(|it| it.cause.as_str());
    Problem::new(format!(
        "the workflow was cancelled while {} was being brought back; {goes_on}. Before that {} failed: {}",
        back_to.unwrap_or_else(|| "the earlier version".to_owned()),
        report.versions.to.as_ref().map_or_else(|| "the new one".to_owned(), VersionInfo::name),
        known.unwrap_or(&failure.message)
    ))
    .hint(hint)
}

/// The deployment was not known to have failed.
fn cancelled_on_the_way(report: &AppReport, entries: &Entries) -> Problem {
    let (registered, by) = (entries.registered(), report.service.by);
    match &entries.roll_back {
        Write::Done(()) => {
            let id =
                report.rollout.deployment.as_ref().map_or_else(String::new, |id| format!(" {id}"));
            return Problem::new(format!(
                "the workflow was cancelled; {by} is rolling back deployment{id}"
            ))
            .hint(format!(
                "It returns to what was asked for; the {by} console shows when it is done."
            ));
        }
        Write::Sent => {
            return Problem::new(format!(
                "the workflow was cancelled while {by} was being asked to roll the deployment back; whether it does is not known"
            ))
            .hint(format!(
                "The service's deployments in the {by} console show it. Run the rollback again to be sure."
            ));
        }
        Write::None | Write::Undone => {}
    }
    if let (Write::Sent | Write::Done(_), Write::None) = (&entries.room, &entries.update) {
        return Problem::new(
            "the workflow was cancelled after the deployment in the way was asked to end; nothing was deployed in its place",
        )
        .hint("Run the step again to deploy.");
    }
    let changed = entries.changed_before();
    match (&entries.update, &report.rollout.deployment) {
        (Write::Sent, _) => {
            let name = registered.map_or_else(|| "this run".to_owned(), TaskDefinitionArn::short);
            let doing = if by == "ECS" {
                "the service was being updated; whether ECS took the update"
            } else {
                "the deployment was being created; whether CodeDeploy has created it"
            };
            Problem::new(format!("the workflow was cancelled while {doing} is not known")).hint(
                format!(
                    "The {by} console shows whether the service has a deployment of {name}. {}",
                    how_to_stop(report)
                ),
            )
        }
        (Write::Done(Some(id)), _) | (_, Some(id)) => {
            Problem::new(format!("the workflow was cancelled; {}", ecs_goes_on(report, id)))
                .hint(how_to_stop(report))
        }
        (Write::None | Write::Undone | Write::Done(None), None) => {
            match (registered, &entries.register) {
                (Some(arn), _) => Problem::new(format!(
                    "the workflow was cancelled; {}, and the revision {} stays registered",
                    changed.as_deref().unwrap_or("the service was not touched"),
                    arn.short()
                )),
                (None, Write::Sent) => Problem::new(
                    "the workflow was cancelled while a revision was being registered; the service was not touched",
                )
                .hint("The family may have a new revision; nothing uses it."),
                (None, _) => Problem::new(format!(
                    "the workflow was cancelled; {}",
                    changed.as_deref().unwrap_or("nothing was changed")
                )),
            }
        }
    }
}

fn ecs_goes_on(report: &AppReport, id: &DeploymentId) -> String {
    if report.rollout.is_rolling_back {
        format!("{} is rolling back deployment {id}", report.service.by)
    } else {
        format!("{} goes on with deployment {id}", report.service.by)
    }
}

/// The next move of somebody who does not want what ECS goes on with.
fn how_to_stop(report: &AppReport) -> String {
    if report.rollout.is_rolling_back {
        return format!(
            "It returns to what ran before; the {} console shows when it is done.",
            report.service.by
        );
    }
    let Some(target) = report.asked.subject.target() else { return String::new() };
    if let Some(arn) = &report.rollout.service_deployment {
        let back = match &report.versions.from {
            // Back would be where the bad release is.
            Some(from) if report.asked.is_rollback => {
                format!("To stop it and return to {}", from.name())
            }
            Some(_) | None => "To stop it and go back".to_owned(),
        };
        return format!(
            "{back}: `aws ecs stop-service-deployment --region {} --service-deployment-arn {arn} --stop-type ROLLBACK`",
            target.region
        );
    }
    if let Some(id) = report.rollout.deployment.as_ref().filter(|id| id.is_codedeploys()) {
        return apply::stop_by_hand(&target.region, id);
    }
    match report.versions.from.as_ref().and_then(|from| from.task_definition.as_ref()) {
        Some(definition) if report.service.by == "ECS" => format!(
            "To go back: `aws ecs update-service --region {} --cluster {} --service {} --task-definition {}`",
            target.region,
            target.cluster,
            target.service,
            definition.short()
        ),
        Some(_) | None => "To go back, deploy the version that ran before.".to_owned(),
    }
}
