//! What a deployment that fails can be undone to, and what is said beforehand
//! where that is nothing.

use super::fact::Fact;
use super::state::CurrentState;
use super::steps::{Plan, Step, UpdateTo};
use crate::ecs::{ContainerImage, ServiceRevision};
use crate::problem::Problem;
use crate::request::AppRequest;

/// The revision that a failed deployment is undone to, or why there is none.
pub(crate) fn undo_target(plan: &Plan) -> Result<&ServiceRevision, &'static str> {
    let Some(point) = &plan.return_to else {
        return Err("no earlier revision is known to have succeeded here");
    };
    if is_the_same(plan, point) {
        return Err("what ran before is the same definition and image");
    }
    Ok(point)
}

/// Whether returning would bring nothing else than what failed.
fn is_the_same(plan: &Plan, point: &ServiceRevision) -> bool {
    let to = &plan.versions.to.task_definition;
    let same_definition = to.is_some() && *to == point.task_definition;
    let of_container = |name: &str| plan.images.as_ref()?.of_container(name);
    let is_same = |image: &ContainerImage| match of_container(&image.container) {
        Some(failed) => image.digest.as_ref().is_some_and(|it| failed.is(it)),
        None => true,
    };
    same_definition && point.images.iter().all(is_same)
}

/// Says beforehand that nothing could be undone, where that is what was asked for.
pub(super) fn warn_of_none(
    request: &AppRequest,
    found: &CurrentState,
    plan: &Plan,
) -> Option<Problem> {
    let failure = &request.failure;
    let undoes = failure.on_failure.undoes() || failure.on_timeout.undoes();
    let deploys = plan.adopt.is_some()
        || plan.steps.iter().any(|step| match step {
            Step::Register(_) => true,
            Step::CreateDeployment(_) => true,
            // The step after it counts.
            Step::RollBack(_) | Step::RunTask(_) | Step::ClearBlocker { .. } => false,
            Step::Update { definition, .. } => *definition != UpdateTo::Unchanged,
        });
    if !undoes || !deploys || !request.wait.enabled {
        return None;
    }
    let why = undo_target(plan).err()?;
    let why = match found.last_good {
        Fact::Denied(permission) => format!("{why} ({permission} is not allowed)"),
        Fact::Known(_) | Fact::Absent => why.to_owned(),
    };
    Some(Problem::new(format!("if this deployment fails, nothing will be undone: {why}")))
}
