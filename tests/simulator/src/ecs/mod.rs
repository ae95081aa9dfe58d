//! Amazon ECS: which operation is which function, and how a service lives.
//!
//! From the bottom: `model`, `task`, `service` and `monitors` are the state, `awslogs` where
//! its containers write, `lifecycle` what a task does,
//! `scheduler` which tasks a service starts and stops, `one_off` those that none does, `rollout` how a service
//! deployment begins and ends, `task_sets` what stands in their place under CodeDeploy,
//! `views` how all this is shown, and the `*_calls` what the API's operations do with it.

pub(crate) mod awslogs;
pub(crate) mod definition_calls;
pub(crate) mod definitions;
mod deployment_calls;
pub(crate) mod events;
pub(crate) mod lifecycle;
pub(crate) mod model;
pub(crate) mod monitors;
mod names;
pub(crate) mod native;
pub(crate) mod one_off;
pub(crate) mod rollout;
pub(crate) mod scene;
pub(crate) mod scheduler;
mod service;
mod service_calls;
pub(crate) mod task;
mod task_calls;
mod task_set_view;
pub(crate) mod task_sets;
mod task_view;
pub(crate) mod views;

use crate::wire::{Answered, Params};
use crate::world::World;

/// Carries an operation out; `None` if there is no such operation here.
pub(crate) fn answer(operation: &str, world: &mut World, params: Params<'_>) -> Option<Answered> {
    Some(match operation {
        "DescribeServices" => service_calls::describe(world, params),
        "UpdateService" => service_calls::update(world, params),
        "ListServiceDeployments" => deployment_calls::list(world, params),
        "DescribeServiceDeployments" => deployment_calls::describe(world, params),
        "DescribeServiceRevisions" => deployment_calls::describe_revisions(world, params),
        "StopServiceDeployment" => deployment_calls::stop(world, params),
        "ContinueServiceDeployment" => deployment_calls::resume(world, params),
        "RunTask" => one_off::run(world, params),
        "StopTask" => one_off::stop(world, params),
        "ListTasks" => task_calls::list(world, params),
        "DescribeTasks" => task_calls::describe(world, params),
        "RegisterTaskDefinition" => definition_calls::register(world, params),
        "DescribeTaskDefinition" => definition_calls::describe(world, params),
        "DeregisterTaskDefinition" => definition_calls::deregister(world, params),
        "ListTaskDefinitions" => definition_calls::list(world, params),
        _ => return None,
    })
}
