//! AWS CodeDeploy for services on ECS: blue/green deployments.
//!
//! From the bottom: `model`, `deployment`, `events`, `app_spec` and `configs` are the
//! state, `life` moves a deployment on, `install` starts its task set and `endings`
//! ends it or rolls it back, `views` and `target_view` show all this, and `create` and
//! the `*_calls` are the API's operations; an `order` is somebody else's call. The task
//! sets themselves are ECS's: `ecs/task_sets`.
//!
//! Not here: applications and groups are given, never made by a request; revisions
//! in S3 or GitHub, Lambda and servers, CloudFormation, triggers, IAM.

mod app_spec;
mod configs;
mod create;
pub(crate) mod deployment;
mod deployment_calls;
mod endings;
mod events;
mod group_calls;
mod install;
pub(crate) mod life;
pub(crate) mod model;
pub(crate) mod order;
mod target_calls;
mod target_view;
pub(crate) mod truth;
mod views;

use serde_json::{Map, Value};

use crate::wire::{AwsError, Params, page, put};
use crate::world::{Caller, World};

pub(crate) use app_spec::{AppSpec, write as write_app_spec};
pub(crate) use configs::Routing;
pub(crate) use events::{EVENTS, EventStatus};

/// Carries an operation out; `None` if there is no such operation here.
pub(crate) fn answer(
    operation: &str,
    world: &mut World,
    caller: &Caller,
    params: Params<'_>,
) -> Option<Result<Value, AwsError>> {
    Some(match operation {
        "GetApplication" => group_calls::application(world, caller, params),
        "ListApplications" => group_calls::list_applications(world, caller, params),
        "BatchGetApplications" => group_calls::applications(world, caller, params),
        "GetApplicationRevision" => group_calls::revision(world, caller, params),
        "GetDeploymentGroup" => group_calls::group(world, caller, params),
        "ListDeploymentGroups" => group_calls::list_groups(world, caller, params),
        "BatchGetDeploymentGroups" => group_calls::groups(world, caller, params),
        "GetDeploymentConfig" => group_calls::config(world, params),
        "CreateDeployment" => create::create(world, caller, params),
        "GetDeployment" => deployment_calls::get(world, caller, params),
        "BatchGetDeployments" => deployment_calls::batch_get(world, caller, params),
        "ListDeployments" => deployment_calls::list(world, caller, params),
        "StopDeployment" => deployment_calls::stop(world, caller, params),
        "ContinueDeployment" => deployment_calls::resume(world, caller, params),
        "GetDeploymentTarget" => target_calls::get(world, caller, params),
        "BatchGetDeploymentTargets" => target_calls::batch_get(world, caller, params),
        "ListDeploymentTargets" => target_calls::list(world, caller, params),
        _ => return None,
    })
}

/// A member that must be there; the error of its absence has its own name.
fn required<'a>(params: Params<'a>, name: &str, error: &'static str) -> Result<&'a str, AwsError> {
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
) -> Result<Vec<&'a str>, AwsError> {
    let listed = params.texts(name)?.filter(|list| !list.is_empty());
    let listed = listed.ok_or_else(|| AwsError::new(none, format!("{name} is required.")))?;
    if listed.len() > limit {
        return Err(AwsError::new(many, format!("{name} cannot be more than {limit}.")));
    }
    Ok(listed)
}

/// A page of names under this member. Every list comes in pages of 100.
fn listing<T: Clone + Into<Value>>(
    items: &[T],
    params: Params<'_>,
    member: &str,
) -> Result<Map<String, Value>, AwsError> {
    let token = |error: AwsError| AwsError { code: "InvalidNextTokenException", ..error };
    let (items, next) = page(items, params, 100).map_err(token)?;
    let mut answer = Map::new();
    answer.insert(member.to_owned(), items.into_iter().map(Into::into).collect());
    put(&mut answer, "nextToken", next);
    Ok(answer)
}
