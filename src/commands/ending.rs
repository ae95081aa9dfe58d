//! From the end of a deployment to the outcome of the run, in words.

use crate::apply::{Entries, Stop, Write};
use crate::decide::{Plan, Side};
use crate::problem::Problem;
use crate::report::{AppReport, Outcome};
use crate::rollout::{End, Successor};
use crate::watch::{Ended, Watched};

/// The outcome that `watched` means; fills in what runs now and why it failed.
pub(super) fn outcome(
    report: &mut AppReport,
    plan: &Plan,
    watched: Watched,
) -> Result<Outcome, Stop> {
    let end = match watched.end {
        Ended::Deployment(end) => end,
        Ended::Cancelled => return Err(Stop::Cancelled),
        Ended::Unreadable(problem) => {
            report.running = None;
            return Err(Stop::Failed(Problem {
                message: format!(
                    "the deployment was started and can no longer be followed: {}",
                    problem.message
                ),
                ..problem
            }));
        }
        Ended::TimedOut => {
            report.running = None;
            let stands = watched
                .timeline
                .last()
                .map_or("ECS has not said anything yet", |(_, line)| line.as_str());
            return Err(Stop::TimedOut(
                Problem::new(format!(
                    "the deployment had not ended when the time was up; last seen: {stands}"
                ))
                .hint(format!("ECS goes on with it. {}", how_to_stop(report))),
            ));
        }
    };
    let ecs_says =
        |reason: Option<String>| reason.unwrap_or_else(|| "ECS gives no reason".to_owned());
    let (outcome, problem) = match end {
        End::Succeeded => {
            report.running.clone_from(&report.to);
            return Ok(Outcome::Deployed);
        }
        End::RolledBack { reason } => {
            report.running = Some(plan.from.clone());
            (
                Outcome::Undone,
                Problem::new(format!("ECS rolled the deployment back: {}", ecs_says(reason))),
            )
        }
        End::RollbackFailed { reason } => {
            report.running = None;
            (Outcome::UndoFailed, Problem::new(format!("ECS could not roll the deployment back: {}", ecs_says(reason)))
                .hint("The service needs a person: look at its tasks in the ECS console and deploy a version that is known to work."))
        }
        End::Failed { reason } => {
            report.running = None;
            (
                Outcome::Failed,
                Problem::new(format!("the deployment failed: {}", ecs_says(reason))).hint(format!(
                    "ECS does not roll back by itself here. Deploy {} to return to it.",
                    plan.from.name()
                )),
            )
        }
        End::Superseded(by) => {
            report.running =
                Some(Side { task_definition: by.task_definition.clone(), ..Side::default() });
            (Outcome::Superseded, Problem::new(superseded(&by))
                .hint("Two runs deployed the same service at the same time; a `concurrency` group in the workflow keeps them apart."))
        }
        End::Gone { status } => {
            report.running = None;
            (
                Outcome::Failed,
                Problem::new(format!(
                    "the service is {status}: it was deleted while it was deployed to"
                )),
            )
        }
    };
    report.failure = Some(problem);
    Ok(outcome)
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
pub(super) fn cancelled(report: &AppReport, entries: &Entries) -> Problem {
    match &entries.update {
        Write::Done(Some(id)) => {
            Problem::new(format!("the workflow was cancelled; ECS goes on with deployment {id}")).hint(how_to_stop(report))
        }
        Write::Sent => Problem::new("the workflow was cancelled while the service was being updated; whether ECS took the update is not known")
            .hint("Look at the service's deployments in the ECS console."),
        Write::None | Write::Undone | Write::Done(None) => match (&report.deployment, entries.registered(), &entries.register) {
            (Some(id), _, _) => Problem::new(format!("the workflow was cancelled; ECS goes on with deployment {id}"))
                .hint(how_to_stop(report)),
            (None, Some(arn), _) => Problem::new(format!(
                "the workflow was cancelled; the service was not touched, and the revision {} stays registered",
                arn.short()
            )),
            (None, None, Write::Sent) => Problem::new(
                "the workflow was cancelled while a revision was being registered; the service was not touched",
            ),
            (None, None, _) => Problem::new("the workflow was cancelled; nothing was changed"),
        },
    }
}

fn how_to_stop(report: &AppReport) -> String {
    let target = &report.target;
    if let Some(arn) = &report.service_deployment {
        return format!(
            "To stop it and go back: aws ecs stop-service-deployment --region {} --service-deployment-arn {arn} --stop-type ROLLBACK",
            target.region
        );
    }
    match report.from.as_ref().and_then(|from| from.task_definition.as_ref()) {
        Some(definition) => format!(
            "To go back: aws ecs update-service --region {} --cluster {} --service {} --task-definition {}",
            target.region,
            target.cluster,
            target.service,
            definition.short()
        ),
        None => "To go back, deploy the version that ran before.".to_owned(),
    }
}
