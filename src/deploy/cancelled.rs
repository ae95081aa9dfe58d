//! What a cancelled run leaves behind, and how to stop it.

use super::context::Journals;
use super::how_to_stop::how_to_stop;
use crate::deploy::apply::{Entries, LOOK_FIRST, Write};
use crate::deploy::one_off;
use crate::ecs::{Controller, DeploymentId, TaskDefinitionArn};
use crate::plan::VersionInfo;
use crate::problem::Problem;
use crate::report::{AppReport, Subject};

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
        (_, Write::Done(())) => Some("with its own rollback".to_owned()),
        (Write::None | Write::Undone | Write::Done(None), Write::None | Write::Undone) => {
            let before = back_to.map(|it| format!(" before {it} was restored"));
            let message = format!(
                "the workflow was cancelled{}: {}",
                before.unwrap_or_default(),
                failure.message
            );
            return Problem { message, ..failure.clone() };
        }
    };
    report.rollout.is_rolling_back = goes_on.is_some();
    let by = &report.service.controller;
    let (goes_on, hint) = match goes_on {
        Some(how) => (
            format!("{by} continues {how}"),
            format!("The {by} console shows when the earlier version runs again."),
        ),
        None => (
            format!("it is not known whether {by} has started"),
            format!(
                "Look at the service's deployments in the {by} console. {}",
                how_to_stop(report)
            ),
        ),
    };
    if let Some(other) = &report.failure.called_off_for {
        return Problem::new(format!(
            "the workflow was cancelled while {} was being restored, because {other} failed; {goes_on}",
            back_to.unwrap_or_else(|| "the earlier version".to_owned())
        ))
        .hint(hint);
    }
    let known =
        report.failure.diagnosis.as_ref().filter(|it| it.is_known).map(|it| it.cause.as_str());
    Problem::new(format!(
        "the workflow was cancelled while {} was being restored; {goes_on}. Before that {} failed: {}",
        back_to.unwrap_or_else(|| "the earlier version".to_owned()),
        report.versions.to.as_ref().map_or_else(|| "the new one".to_owned(), VersionInfo::name),
        known.unwrap_or(&failure.message)
    ))
    .hint(hint)
}

/// The deployment was not known to have failed.
fn cancelled_on_the_way(report: &AppReport, entries: &Entries) -> Problem {
    if report.rollout.is_done {
        return cancelled_when_done(report);
    }
    if let Some(problem) = cancelled_in_rollback(report, &entries.roll_back) {
        return problem;
    }
    if entries.go_on == Write::Sent {
        let by = &report.service.controller;
        let changed = entries.changed_before();
        let before = changed.map_or_else(String::new, |it| format!("; before that {it}"));
        return Problem::new(format!(
            "the workflow was cancelled while {by} was being asked to continue the deployment; it is not known whether it does{before}"
        ))
        .hint(format!("The service's deployments in the {by} console show whether it does. {LOOK_FIRST}"));
    }
    if let (Write::Sent | Write::Done(_), Write::None) = (&entries.blocker, &entries.update) {
        return Problem::new(
            "the workflow was cancelled after the blocking deployment was asked to end; nothing was deployed in its place",
        )
        .hint("Run the step again to deploy.");
    }
    match (&entries.update, &report.rollout.deployment) {
        (Write::Sent, _) => cancelled_in_update(report, entries),
        (Write::Done(Some(id)), _) | (_, Some(id)) => {
            Problem::new(format!("the workflow was cancelled; {}", goes_on(report, id)))
                .hint(how_to_stop(report))
        }
        (Write::None | Write::Undone | Write::Done(None), None) => {
            cancelled_before_update(report, entries)
        }
    }
}

/// What was still waited for was an answer, or the other services of the run.
fn cancelled_when_done(report: &AppReport) -> Problem {
    let name = |side: &Option<VersionInfo>| side.as_ref().map(VersionInfo::name);
    let to = name(&report.versions.to).unwrap_or_else(|| "the new version".to_owned());
    let message = format!(
        "the workflow was cancelled after {to} was rolled out; it stays, but the checks after the rollout did not finish"
    );
    Problem::new(message).hint("To roll back, run `command: rollback`.")
}

fn cancelled_in_rollback(report: &AppReport, roll_back: &Write<()>) -> Option<Problem> {
    let by = &report.service.controller;
    match roll_back {
        Write::Done(()) => {
            let id = report.rollout.deployment.as_ref();
            let id = id.map_or_else(String::new, |id| format!(" {id}"));
            Some(
                Problem::new(format!(
                    "the workflow was cancelled; {by} is rolling back deployment{id}"
                ))
                .hint(format!(
                    "It returns to what was asked for; the {by} console shows when it is done."
                )),
            )
        }
        Write::Sent => Some(
            Problem::new(format!(
                "the workflow was cancelled while {by} was being asked to roll the deployment back; it is not known whether it does"
            ))
            .hint(format!(
                "The service's deployments in the {by} console show whether it does. Run the rollback again to be sure."
            )),
        ),
        Write::None | Write::Undone => None,
    }
}

fn cancelled_in_update(report: &AppReport, entries: &Entries) -> Problem {
    let by = &report.service.controller;
    let name = entries.registered().map_or_else(|| "this run".to_owned(), TaskDefinitionArn::short);
    let doing = if *by != Controller::CodeDeploy {
        "the service was being updated; it is not known whether ECS accepted the update"
    } else {
        "the deployment was being created; it is not known whether CodeDeploy created it"
    };
    Problem::new(format!("the workflow was cancelled while {doing}")).hint(format!(
        "The {by} console shows whether the service has a deployment of {name}. {}",
        how_to_stop(report)
    ))
}

fn cancelled_before_update(report: &AppReport, entries: &Entries) -> Problem {
    if let Subject::Family { name, .. } = &report.asked.subject {
        return cancelled_alone(name, entries);
    }
    let changed = entries.changed_before();
    if let Some(task) = entries.running_one_off() {
        let target = report.asked.subject.target();
        let cancelled = Problem::new("the workflow was cancelled");
        return match target {
            Some(target) => one_off::runs_on(cancelled, task, target),
            None => cancelled,
        };
    }
    match (entries.registered(), &entries.register) {
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

/// No service was to be touched.
fn cancelled_alone(family: &str, entries: &Entries) -> Problem {
    match (entries.registered(), &entries.register) {
        (Some(arn), _) => {
            Problem::new(format!("the workflow was cancelled; {} is registered", arn.short()))
        }
        (None, Write::Sent) => Problem::new(format!(
            "the workflow was cancelled while a revision of {family} was being registered; it is not known whether it exists"
        ))
        .hint("Run the step again: it reuses the revision if there is one."),
        (None, _) => Problem::new("the workflow was cancelled; nothing was changed"),
    }
}

fn goes_on(report: &AppReport, id: &DeploymentId) -> String {
    if report.rollout.is_rolling_back {
        format!("{} is rolling back deployment {id}", report.service.controller)
    } else {
        format!("{} continues deployment {id}", report.service.controller)
    }
}
