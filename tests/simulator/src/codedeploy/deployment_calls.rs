//! The operations on deployments, except for the one that makes them.

use serde_json::{Map, Value, json};

use crate::codedeploy::deployment::{At, Deployment, Status};
use crate::codedeploy::group_calls::named_group;
use crate::codedeploy::model::GroupKey;
use crate::codedeploy::{batch, endings, life, listing, required, views};
use crate::wire::{AwsError, Params};
use crate::world::{Caller, World};

const STATUSES: [&str; 8] =
    ["Created", "Queued", "InProgress", "Baking", "Succeeded", "Failed", "Stopped", "Ready"];

/// `d-` and nine capital letters or digits.
fn is_id(id: &str) -> bool {
    id.strip_prefix("d-").is_some_and(|rest| {
        rest.len() == 9 && rest.chars().all(|it| it.is_ascii_digit() || it.is_ascii_uppercase())
    })
}

/// The deployment of a request.
pub(super) fn named<'w>(
    world: &'w World,
    caller: &Caller,
    params: Params<'_>,
) -> Result<&'w Deployment, AwsError> {
    let id = required(params, "deploymentId", "DeploymentIdRequiredException")?;
    check_id(id)?;
    let found = world.codedeploy.deployment(id);
    found.filter(|it| it.group.region == caller.region).ok_or_else(|| {
        let message = format!("The deployment {id} could not be found");
        AwsError::new("DeploymentDoesNotExistException", message)
    })
}

fn check_id(id: &str) -> Result<(), AwsError> {
    if is_id(id) {
        return Ok(());
    }
    let message = format!("Specified DeploymentId is not in the valid format: {id}");
    Err(AwsError::new("InvalidDeploymentIdException", message))
}

pub(super) fn get(world: &World, caller: &Caller, params: Params<'_>) -> Result<Value, AwsError> {
    let found = named(world, caller, params)?;
    Ok(json!({ "deploymentInfo": views::deployment(found, world.calendar) }))
}

/// Those that exist.
fn batch_of(params: Params<'_>) -> Result<Vec<&str>, AwsError> {
    let errors = ("DeploymentIdRequiredException", "BatchLimitExceededException");
    let ids = batch(params, "deploymentIds", errors, 25)?;
    ids.iter().try_for_each(|id| check_id(id))?;
    Ok(ids)
}

pub(super) fn batch_get(
    world: &World,
    caller: &Caller,
    params: Params<'_>,
) -> Result<Value, AwsError> {
    let found = batch_of(params)?.into_iter().filter_map(|id| {
        let there = world.codedeploy.deployment(id)?;
        (there.group.region == caller.region).then(|| views::deployment(there, world.calendar))
    });
    Ok(json!({ "deploymentsInfo": found.collect::<Vec<_>>() }))
}

pub(super) fn list(world: &World, caller: &Caller, params: Params<'_>) -> Result<Value, AwsError> {
    let group = match (params.text("applicationName")?, params.text("deploymentGroupName")?) {
        (None, None) => None,
        (None, Some(_)) => {
            let message = "A deployment group needs its application.";
            return Err(AwsError::new("ApplicationNameRequiredException", message));
        }
        (Some(_), _) => {
            let (application, group) = named_group(world, caller, params)?;
            Some(GroupKey {
                region: caller.region.clone(),
                application: application.name.clone(),
                group: group.name.clone(),
            })
        }
    };
    let statuses = params.texts("includeOnlyStatuses")?.unwrap_or_default();
    if let Some(unknown) = statuses.iter().find(|status| !STATUSES.contains(status)) {
        let message = format!("{unknown} is no status of a deployment.");
        return Err(AwsError::new("InvalidDeploymentStatusException", message));
    }
    let range = params.object("createTimeRange")?;
    let bound = |name: &str| {
        let seconds = range.and_then(|range| range.0.get(name)?.as_f64());
        seconds.map(|seconds| world.calendar.instant(seconds))
    };
    let (start, end) = (bound("start"), bound("end"));
    if let (Some(start), Some(end)) = (start, end)
        && start > end
    {
        let message = "The start of the time range lies after its end.";
        return Err(AwsError::new("InvalidTimeRangeException", message));
    }
    let light = world.light();
    let mut chosen: Vec<&Deployment> = world
        .codedeploy
        .deployments
        .iter()
        .filter(|it| it.group.region == caller.region)
        .filter(|it| group.as_ref().is_none_or(|group| it.group == *group))
        .filter(|it| statuses.is_empty() || statuses.contains(&it.status.as_str()))
        .filter(|it| start.is_none_or(|start| it.created >= start))
        .filter(|it| end.is_none_or(|end| it.created <= end))
        .filter(|it| light.has_shown(it.created, light.lag.listing))
        .collect();
    chosen.sort_by_key(|it| it.created);
    if world.codedeploy.answers.newest_first {
        chosen.reverse();
    }
    let ids: Vec<String> = chosen.into_iter().map(|it| it.id.clone()).collect();
    Ok(Value::Object(listing(&ids, params, "deployments")?))
}

fn completed(deployment: &Deployment) -> AwsError {
    let message = format!("The deployment {} is already completed.", deployment.id);
    AwsError::new("DeploymentAlreadyCompletedException", message)
}

/// A stop takes a moment, unless nothing has begun.
pub(super) fn stop(
    world: &mut World,
    caller: &Caller,
    params: Params<'_>,
) -> Result<Value, AwsError> {
    let deployment = named(world, caller, params)?;
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
pub(super) fn resume(
    world: &mut World,
    caller: &Caller,
    params: Params<'_>,
) -> Result<Value, AwsError> {
    let deployment = named(world, caller, params)?;
    let at = match params.text("deploymentWaitType")?.unwrap_or("READY_WAIT") {
        "READY_WAIT" => At::Ready,
        "TERMINATION_WAIT" => At::Termination,
        other => {
            let message = format!("{other} is no wait type.");
            return Err(AwsError::new("InvalidDeploymentWaitTypeException", message));
        }
    };
    if deployment.at == At::Over {
        return Err(completed(deployment));
    }
    let id = deployment.id.clone();
    if life::go_on(world, &id, at) {
        return Ok(Value::Object(Map::new()));
    }
    let message = format!("The deployment {id} is not waiting for this.");
    Err(AwsError::new("DeploymentIsNotInReadyStateException", message))
}
