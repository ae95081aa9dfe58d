//! From what was asked and what was read to a plan, or to why there is none.
//!
//! Pure: every read has happened, no write has. `dry-run` prints what this room
//! returns and stops there.

mod check;
mod codedeploy;
mod comparison;
mod containers;
mod definition_file;
mod deployable;
mod fact;
mod filling;
mod images;
mod in_flight;
mod left_behind;
mod named_deployment;
mod notices;
mod one_off;
mod platform;
mod point;
mod registration;
mod rolled_back;
mod scheduled;
mod sides;
mod state;
mod steps;
#[cfg(test)]
mod tests;
mod undo_target;
mod version_info;

pub(crate) use check::{PlannedCheck, almost_taken};
pub(crate) use codedeploy::{Active, CodeDeployState, Replaced, blocking_deployment};
pub(crate) use comparison::needs;
pub(crate) use containers::{Choice, choose, choose_all, in_ecr, named_repository};
pub(crate) use definition_file::check as check_definition_file;
pub(crate) use deployable::deployable;
pub(crate) use fact::Fact;
pub(crate) use images::{ChosenImage, Image, Images, NOT_LOOKED_FOR};
pub(crate) use in_flight::ServiceState;
pub(crate) use named_deployment::{ByWhom, NamedDeployment, NextStep, Side};
pub(crate) use registration::{FamilyState, Registration, decide_family};
pub(crate) use scheduled::{Runs, line as scheduled_line};
pub(crate) use sides::versions;
pub(crate) use state::{Base, CurrentState, Expiry, RollbackSource, Serving};
pub(crate) use steps::{
    Blocker, NewDeployment, OneOffStep, Plan, Remarks, RollBack, Step, UpdateTo,
};
pub(crate) use undo_target::undo_target;
pub(crate) use version_info::VersionInfo;

use self::codedeploy::clear_blocker;
use self::comparison::Comparison;
use crate::ecs::DeploymentId;
use crate::problem::Problem;
use crate::request::{AppRequest, Before, InFlight};
use crate::task_definition::Checked;

/// What is to be done next.
#[derive(Debug, Clone)]
pub(crate) enum Decision {
    Go(Box<Plan>),
    /// Another deployment is in progress: wait for it, then read and decide again.
    WaitFor(DeploymentId),
}

/// The plan for one app.
///
/// # Errors
/// Why there is none; all that is wrong with a task definition file stands beside it.
pub(crate) fn decide(request: &AppRequest, state: &CurrentState) -> Result<Decision, Vec<Problem>> {
    let Checked { errors, warnings } = definition_file::check(request, state);
    match decision(request, state) {
        Err(problems) => Err(problems.into_iter().chain(errors).collect()),
        Ok(_) if !errors.is_empty() => Err(errors),
        Ok(Decision::Go(mut plan)) => {
            plan.remarks.warnings.extend(warnings);
            Ok(Decision::Go(plan))
        }
        Ok(Decision::WaitFor(id)) => Ok(Decision::WaitFor(id)),
    }
}

fn decision(request: &AppRequest, state: &CurrentState) -> Result<Decision, Vec<Problem>> {
    let unchecked = rolled_back::refuse_what_was_rolled_back(state)?;
    point::check_in(&request.wait, state)?;
    let wanted = Comparison::of(request, state)?;
    let mut plan = wanted.plan();
    let Remarks { warnings, notices } = &mut plan.remarks;
    notices.extend(unchecked);
    if let Some(codedeploy) = &state.codedeploy {
        notices.extend(codedeploy.notices.iter().cloned());
    }
    let base = &state.base.definition;
    let fits = platform::check(request, base, state.service.is_on_fargate, &state.images);
    notices.extend(fits?);
    if let Some(codedeploy) = &state.codedeploy {
        // What CodeDeploy would find out only when it installs.
        let wrong = codedeploy.app_spec.check(&wanted.patched);
        wrong.into_iter().next().map_or(Ok(()), Err)?;
        warnings.extend(codedeploy.app_spec.warnings());
    }
    if wanted.existing().is_none() {
        wanted.patched.check_bytes()?;
    }
    if matches!(request.before, Before::Alone(_)) {
        plan.steps = wanted.run_alone()?;
    } else if let Some(id) = take_steps(&wanted, &mut plan)? {
        return Ok(Decision::WaitFor(id));
    }
    plan.versions.to.task_definition = wanted.definition_of_target(&plan);
    notices::add(&wanted, &mut plan);
    Ok(Decision::Go(Box::new(plan)))
}

/// Chooses the steps of the plan, or gives the deployment that has to be waited for first.
fn take_steps(wanted: &Comparison<'_>, plan: &mut Plan) -> Result<Option<DeploymentId>, Problem> {
    let Comparison { request, state, .. } = wanted;
    match wanted.service_state() {
        ServiceState::RollingBack(id) => return Ok(Some(id)),
        ServiceState::UnderWay(id) if !request.force_new_deployment && wanted.is_under_way(&id) => {
            rolled_back::refuse_to_stay(state)?;
            plan.adopt = Some(id);
            plan.steps = wanted.scale_only();
        }
        ServiceState::UnderWay(id) => match request.in_flight {
            InFlight::Wait => return Ok(Some(id)),
            InFlight::Refuse => return Err(refuse_beside(wanted, &id)),
            InFlight::Replace => return replace(wanted, plan, id),
        },
        service_state @ (ServiceState::Settled | ServiceState::Failed(_)) => {
            if !wanted.is_wanted() {
                plan.steps = wanted.deploy()?;
                return Ok(None);
            }
            rolled_back::refuse_to_stay(state)?;
            plan.steps = match wanted.reason_to_force(&service_state) {
                None => wanted.scale_only(),
                Some(reason) => {
                    plan.remarks.notices.push(Problem::new(reason));
                    wanted.deploy()?
                }
            };
        }
    }
    Ok(None)
}

/// Replaces the deployment that is in progress; gives it where it has to be waited for.
fn replace(
    wanted: &Comparison<'_>,
    plan: &mut Plan,
    id: DeploymentId,
) -> Result<Option<DeploymentId>, Problem> {
    let Comparison { request, state, .. } = wanted;
    let notice = match (wanted.roll_back(&id), wanted.active()) {
        (Some(step), active) => {
            let brought = active.and_then(|it| sides::brought_by(request, state, it));
            let runs = &state.service.task_definition;
            let brought = brought.filter(|it| it.task_definition != *runs);
            plan.versions.from_in_flight = brought.or(plan.versions.from_in_flight.take());
            plan.steps.push(step);
            None
        }
        (None, Some(active)) => {
            plan.versions.from_in_flight = None;
            let Some(step) = clear_blocker(active) else { return Ok(Some(id)) };
            plan.steps.push(step);
            let blocking = blocking_deployment(&request.target, &active.deployment, &active.served);
            Some(blocking.message)
        }
        (None, None) => {
            Some(format!("the deployment {id}, which is in progress, will be replaced"))
        }
    };
    plan.remarks.notices.extend(notice.map(Problem::new));
    plan.steps.extend(wanted.deploy()?);
    Ok(None)
}

fn refuse_beside(wanted: &Comparison<'_>, id: &DeploymentId) -> Problem {
    let target = &wanted.request.target;
    if let Some(active) = wanted.active() {
        return blocking_deployment(target, &active.deployment, &active.served);
    }
    Problem::new(format!("another deployment of {target} is in progress: {id}"))
        .hint("Wait for it to end, or let `in-flight: wait` do that, or replace it with `in-flight: replace`.")
}
