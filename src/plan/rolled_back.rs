//! What the past of a service forbids, and where ECS goes back by itself.

use super::codedeploy;
use super::fact::Fact;
use super::state::CurrentState;
use super::steps::{RollBack, Step};
use crate::ecs::DeploymentId;
use crate::history::By;
use crate::problem::{Problem, ProblemKind, utc};
use crate::request::AppRequest;
use crate::task_definition::TaskDefinition;

/// A version of package.json that this service was rolled back from stays away
/// until it changes; a person can say otherwise. Gives a notice where the rule
/// could not be checked, which is never a refusal.
pub(super) fn refuse_what_was_rolled_back(
    found: &CurrentState,
) -> Result<Option<Problem>, Problem> {
    let rolled_back = match &found.rolled_back {
        Fact::Known(rolled_back) => rolled_back,
        Fact::Denied(permission) => {
            return Ok(Some(Problem::new(format!(
                "could not check whether this service was rolled back from this version: \
                 {permission} is not allowed"
            ))));
        }
        Fact::Absent => return Ok(None),
    };
    let version = found.images.first.image.name();
    let when = rolled_back.at.and_then(utc).map(|at| format!(" at {at}")).unwrap_or_default();
    let by = match &rolled_back.by {
        By::Itself(controller) => format!("by {controller}"),
        By::Deployment(deployment) => format!("by {deployment}"),
    };
    let message = format!("this service was rolled back from {version}{when}, {by}");
    let (location, kind) = (found.version_at.clone(), ProblemKind::Blocked);
    let fix = match &location {
        Some(_) => "Raise the version in package.json with the fix.",
        None => "Deploy a new version with the fix.",
    };
    let problem = Problem { location, kind, ..Problem::new(message) };
    Err(problem.hint(format!(
        "{fix} To deploy this one anyway, type it into `version`, or set \
         `allow-rolled-back: true`."
    )))
}

/// `previous` that turns out to be what the service has already is no way back.
pub(super) fn refuse_to_stay(found: &CurrentState) -> Result<(), Problem> {
    let problem = found
        .rollback_source
        .as_ref()
        .and_then(|rollback_source| rollback_source.if_unchanged.clone());
    problem.map_or(Ok(()), Err)
}

/// ECS's or CodeDeploy's own way back from the deployment in progress, where that leads exactly to
/// what is wanted: faster than a deployment, above all for blue/green.
///
/// It returns to a revision as it was: nothing can be merged into that, and no
/// count be set.
pub(super) fn by_itself(
    request: &AppRequest,
    found: &CurrentState,
    patched: &TaskDefinition,
    under_way: &DeploymentId,
) -> Option<Step> {
    let DeploymentId::Ecs(id) = under_way else {
        return codedeploy::turn_back(request, found, patched);
    };
    let to = found.rollback_source.as_ref()?.native_rollback_to.clone()?;
    let is_more = request.desired_count.is_some() || request.force_new_deployment;
    if is_more || !patched.same_as(&found.base.definition) {
        return None;
    }
    let current = found.current.known()?;
    current.target.as_ref().filter(|it| it.belongs_to(id))?;
    let deployment = current.arn.clone();
    Some(Step::RollBack(RollBack::Ecs { id: id.clone(), deployment, to }))
}
