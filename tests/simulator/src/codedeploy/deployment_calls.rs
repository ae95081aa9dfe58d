//! The operations on deployments, except for the one that makes them.

use serde_json::json;

use crate::codedeploy::deployment::{At, Deployment, Status};
use crate::codedeploy::group_calls::named_group;
use crate::codedeploy::model::GroupKey;
use crate::codedeploy::{batch, endings, life, listing, required, views};
use crate::wire::{Answered, AwsError, Params, bail};
use crate::world::World;

/// `d-` and nine capital letters or digits.
fn is_id(id: &str) -> bool {
    id.strip_prefix("d-").is_some_and(|rest| {
        rest.len() == 9 && rest.chars().all(|it| it.is_ascii_digit() || it.is_ascii_uppercase())
    })
}

pub(super) fn named<'w>(world: &'w World, params: Params<'_>) -> Answered<&'w Deployment> {
    let id = required(params, "deploymentId", "DeploymentIdRequiredException")?;
    check_id(id)?;
    let found = world.codedeploy.deployment(id);
    found.filter(|it| it.group.region == params.region).ok_or_else(|| {
        let message = format!("The deployment {id} could not be found");
        AwsError::new("DeploymentDoesNotExistException", message)
    })
}

fn check_id(id: &str) -> Answered<()> {
    if is_id(id) {
        return Ok(());
    }
    let message = format!("Specified DeploymentId is not in the valid format: {id}");
    Err(AwsError::new("InvalidDeploymentIdException", message))
}

pub(super) fn get(world: &World, params: Params<'_>) -> Answered {
    let found = named(world, params)?;
    Ok(json!({ "deploymentInfo": views::deployment(found, world.calendar) }))
}

/// Those that exist.
pub(super) fn batch_get(world: &World, params: Params<'_>) -> Answered {
    let errors = ("DeploymentIdRequiredException", "BatchLimitExceededException");
    let ids = batch(params, "deploymentIds", errors, 25)?;
    ids.iter().try_for_each(|id| check_id(id))?;
    let found = ids.into_iter().filter_map(|id| {
        let there = world.codedeploy.deployment(id)?;
        (there.group.region == params.region).then(|| views::deployment(there, world.calendar))
    });
    Ok(json!({ "deploymentsInfo": found.collect::<Vec<_>>() }))
}

pub(super) fn list(world: &World, params: Params<'_>) -> Answered {
    let group = match (params.text("applicationName")?, params.text("deploymentGroupName")?) {
        (None, None) => None,
        (None, Some(_)) => {
            bail!("ApplicationNameRequiredException", "A deployment group needs its application.");
        }
        (Some(_), _) => {
            let (application, group) = named_group(world, params)?;
            Some(GroupKey::new(params.region, &application.name, &group.name))
        }
    };
    let statuses = params.texts("includeOnlyStatuses")?.unwrap_or_default();
    let is_known = |name: &str| Status::ALL.iter().any(|status| status.as_str() == name);
    if let Some(unknown) = statuses.iter().find(|name| **name != "Baking" && !is_known(name)) {
        bail!("InvalidDeploymentStatusException", "{unknown} is no status of a deployment.");
    }
    if params.has("createTimeRange") {
        bail!("InvalidTimeRangeException", "createTimeRange is not played.");
    }
    let viewpoint = world.viewpoint();
    let mut chosen: Vec<&Deployment> = world
        .codedeploy
        .deployments
        .iter()
        .filter(|it| it.group.region == params.region)
        .filter(|it| group.as_ref().is_none_or(|group| it.group == *group))
        .filter(|it| statuses.is_empty() || statuses.contains(&it.status.as_str()))
        .filter(|it| viewpoint.has_shown(it.created, viewpoint.lag.listing))
        .collect();
    chosen.sort_by_key(|it| it.created);
    if world.codedeploy.answers.newest_first {
        chosen.reverse();
    }
    let ids: Vec<String> = chosen.into_iter().map(|it| it.id.clone()).collect();
    listing(&ids, params, "deployments")
}

fn completed(deployment: &Deployment) -> AwsError {
    let message = format!("The deployment {} is already completed.", deployment.id);
    AwsError::new("DeploymentAlreadyCompletedException", message)
}

/// A stop takes a moment, unless nothing has begun.
pub(super) fn stop(world: &mut World, params: Params<'_>) -> Answered {
    let deployment = named(world, params)?;
    let said = params.flag("autoRollbackEnabled")?;
    let done = match deployment.status {
        Status::Succeeded | Status::Failed => return Err(completed(deployment)),
        Status::Stopped => true,
        _ => {
            let id = deployment.id.clone();
            endings::request_stop(world, &id, said)
        }
    };
    Ok(if done {
        json!({ "status": "Succeeded",
            "statusMessage": "No more commands will be scheduled for execution in the deployment \
                              instances" })
    } else {
        json!({ "status": "Pending", "statusMessage": "The deployment is being stopped." })
    })
}

/// Ends a wait: for the traffic or, said so, for the end of the old task set.
pub(super) fn resume(world: &mut World, params: Params<'_>) -> Answered {
    let deployment = named(world, params)?;
    let at = match params.text("deploymentWaitType")?.unwrap_or("READY_WAIT") {
        "READY_WAIT" => At::Ready,
        "TERMINATION_WAIT" => At::Termination,
        other => {
            bail!("InvalidDeploymentWaitTypeException", "{other} is no wait type.");
        }
    };
    if deployment.at == At::Over {
        return Err(completed(deployment));
    }
    let id = deployment.id.clone();
    if life::go_on(world, &id, at) {
        return Ok(json!({}));
    }
    let message = format!("The deployment {id} is not waiting for this.");
    Err(AwsError::new("DeploymentIsNotInReadyStateException", message))
}
