//! The operations on targets, of which a deployment to ECS has one.

use serde_json::{Value, json};

use crate::codedeploy::deployment::Deployment;
use crate::codedeploy::deployment_calls::named;
use crate::codedeploy::{batch, listing, required, target_view};
use crate::wire::{AwsError, Params};
use crate::world::{Caller, World};

/// A deployment that has begun: before that it has no target.
fn begun<'w>(
    world: &'w World,
    caller: &Caller,
    params: Params<'_>,
) -> Result<&'w Deployment, AwsError> {
    let deployment = named(world, caller, params)?;
    if deployment.started.is_none() {
        let message = format!("The deployment {} has not started yet.", deployment.id);
        return Err(AwsError::new("DeploymentNotStartedException", message));
    }
    Ok(deployment)
}

fn target(world: &World, deployment: &Deployment, id: &str) -> Result<Value, AwsError> {
    if id != target_view::id(deployment) {
        let message = format!("The deployment target {id} does not exist.");
        return Err(AwsError::new("DeploymentTargetDoesNotExistException", message));
    }
    Ok(target_view::target(world, deployment))
}

pub(super) fn get(world: &World, caller: &Caller, params: Params<'_>) -> Result<Value, AwsError> {
    let deployment = begun(world, caller, params)?;
    let id = required(params, "targetId", "DeploymentTargetIdRequiredException")?;
    Ok(json!({ "deploymentTarget": target(world, deployment, id)? }))
}

pub(super) fn batch_get(
    world: &World,
    caller: &Caller,
    params: Params<'_>,
) -> Result<Value, AwsError> {
    let deployment = begun(world, caller, params)?;
    let errors =
        ("DeploymentTargetIdRequiredException", "DeploymentTargetListSizeExceededException");
    let ids = batch(params, "targetIds", errors, 25)?;
    let targets: Vec<Value> =
        ids.into_iter().map(|id| target(world, deployment, id)).collect::<Result<_, _>>()?;
    Ok(json!({ "deploymentTargets": targets }))
}

pub(super) fn list(world: &World, caller: &Caller, params: Params<'_>) -> Result<Value, AwsError> {
    let deployment = begun(world, caller, params)?;
    if let Some(filters) = params.object("targetFilters")?
        && !filters.0.is_empty()
    {
        let message = "Filters of targets are not played.";
        return Err(AwsError::new("InvalidTargetFilterNameException", message));
    }
    Ok(Value::Object(listing(&[target_view::id(deployment)], params, "targetIds")?))
}
