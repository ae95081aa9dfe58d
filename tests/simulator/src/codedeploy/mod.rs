//! AWS CodeDeploy for services on ECS: blue/green deployments.
//!
//! From the bottom: `model`, `deployment`, `events`, `app_spec` and `configs` are the
//! state, `life` moves a deployment on, `install` starts its task set and `endings`
//! ends it or rolls it back, `views` and `target_view` show all this, and `create` and
//! the `*_calls` are the API's operations. The task sets themselves are ECS's:
//! `ecs/task_sets`.
//!
//! Not here: applications and groups are given, never made by a request; revisions
//! in S3 or GitHub, Lambda and servers, CloudFormation, triggers, IAM.

pub(crate) mod app_spec;
pub(crate) mod configs;
mod create;
pub(crate) mod deployment;
mod deployment_calls;
mod endings;
pub(crate) mod events;
mod group_calls;
mod install;
pub(crate) mod life;
pub(crate) mod model;
mod target_calls;
mod target_view;
pub(crate) mod truth;
mod views;

use serde_json::json;

use crate::wire::{Answered, AwsError, Params, page, present};
use crate::world::World;

/// Carries an operation out; `None` if there is no such operation here.
pub(crate) fn answer(operation: &str, world: &mut World, params: Params<'_>) -> Option<Answered> {
    Some(match operation {
        "GetApplication" => group_calls::application(world, params),
        "ListApplications" => group_calls::list_applications(world, params),
        "BatchGetApplications" => group_calls::applications(world, params),
        "GetApplicationRevision" => group_calls::revision(world, params),
        "GetDeploymentGroup" => group_calls::group(world, params),
        "ListDeploymentGroups" => group_calls::list_groups(world, params),
        "BatchGetDeploymentGroups" => group_calls::groups(world, params),
        "GetDeploymentConfig" => group_calls::config(world, params),
        "CreateDeployment" => create::create(world, params),
        "GetDeployment" => deployment_calls::get(world, params),
        "BatchGetDeployments" => deployment_calls::batch_get(world, params),
        "ListDeployments" => deployment_calls::list(world, params),
        "StopDeployment" => deployment_calls::stop(world, params),
        "ContinueDeployment" => deployment_calls::resume(world, params),
        "GetDeploymentTarget" => target_calls::get(world, params),
        "BatchGetDeploymentTargets" => target_calls::batch_get(world, params),
        "ListDeploymentTargets" => target_calls::list(world, params),
        _ => return None,
    })
}

/// A member that must be there; the error of its absence has its own name.
fn required<'a>(params: Params<'a>, name: &str, error: &'static str) -> Answered<&'a str> {
    params
        .text(name)?
        .filter(|text| !text.is_empty())
        .ok_or_else(|| AwsError::new(error, format!("{name} is required.")))
}

/// The names or ids of a batch: some, and not too many.
fn batch<'a>(
    params: Params<'a>,
    name: &str,
    (none, many): (&'static str, &'static str),
    limit: usize,
) -> Answered<Vec<&'a str>> {
    let listed = params.texts(name)?.filter(|list| !list.is_empty());
    let listed = listed.ok_or_else(|| AwsError::new(none, format!("{name} is required.")))?;
    if listed.len() > limit {
        return Err(AwsError::new(many, format!("{name} cannot be more than {limit}.")));
    }
    Ok(listed)
}

/// A page of names under this member. Every list comes in pages of 100.
fn listing(items: &[String], params: Params<'_>, member: &str) -> Answered {
    let token = |error: AwsError| AwsError { code: "InvalidNextTokenException", ..error };
    let (items, next) = page(items, params, 100).map_err(token)?;
    Ok(present(json!({ member: items, "nextToken": next })))
}
