//! The operations on targets, of which a deployment to ECS has one.

use serde_json::{Value, json};

use crate::codedeploy::deployment::Deployment;
use crate::codedeploy::deployment_calls::named;
use crate::codedeploy::{batch, listing, required, target_view};
use crate::wire::{Answered, Params, bail};
use crate::world::World;

/// A deployment that has begun: before that it has no target.
fn begun<'w>(world: &'w World, params: Params<'_>) -> Answered<&'w Deployment> {
    let deployment = named(world, params)?;
    if deployment.started.is_none() {
        bail!(
            "DeploymentNotStartedException",
            "The deployment {} has not started yet.",
            deployment.id
        );
    }
    Ok(deployment)
}

fn target(world: &World, deployment: &Deployment, id: &str) -> Answered {
    if id != target_view::id(deployment) {
        bail!(
            "DeploymentTargetDoesNotExistException",
            "The deployment target {id} does not exist."
        );
    }
    Ok(target_view::target(world, deployment))
}

pub(super) fn get(world: &World, params: Params<'_>) -> Answered {
    let deployment = begun(world, params)?;
    let id = required(params, "targetId", "DeploymentTargetIdRequiredException")?;
    Ok(json!({ "deploymentTarget": target(world, deployment, id)? }))
}

pub(super) fn batch_get(world: &World, params: Params<'_>) -> Answered {
    let deployment = begun(world, params)?;
    let errors =
        ("DeploymentTargetIdRequiredException", "DeploymentTargetListSizeExceededException");
    let ids = batch(params, "targetIds", errors, 25)?;
    let targets: Vec<Value> =
        ids.into_iter().map(|id| target(world, deployment, id)).collect::<Result<_, _>>()?;
    Ok(json!({ "deploymentTargets": targets }))
}

pub(super) fn list(world: &World, params: Params<'_>) -> Answered {
    let deployment = begun(world, params)?;
    if let Some(filters) = params.object("targetFilters")?
        && !filters.members.is_empty()
    {
        bail!("InvalidTargetFilterNameException", "Filters of targets are not played.");
    }
    listing(&[target_view::id(deployment)], params, "targetIds")
}
