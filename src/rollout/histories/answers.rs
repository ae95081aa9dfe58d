//! The pieces that ECS's answers are made of, for tests.

use crate::ecs::tests as shared;
use crate::ecs::{Counts, Deployment, Service, ServiceDeployment, TaskDefinitionArn, TaskSetId};

/// Numbers that begin with one another, so that no id may be compared by its start.
pub(in crate::rollout) const OLDER: u32 = 1;
pub(in crate::rollout) const PREVIOUS: u32 = 12;
pub(in crate::rollout) const OURS: u32 = 123;
pub(in crate::rollout) const NEWCOMER: u32 = 1234;

pub(in crate::rollout) fn id(number: u32) -> TaskSetId {
    format!("ecs-svc/{number}").parse().expect("a deployment's id")
}

/// What the deployment by that number deploys.
pub(in crate::rollout) fn definition(number: u32) -> TaskDefinitionArn {
    shared::deployment(number, "PRIMARY", None).task_definition.expect("each has one")
}

/// One entry of `deployments[]`, all of its tasks running.
pub(in crate::rollout) fn deployment(
    number: u32,
    status: &str,
    state: &str,
    desired: i32,
) -> Deployment {
    Deployment {
        counts: Counts { desired, running: desired, ..Counts::default() },
        ..shared::deployment(number, status, Some(state))
    }
}

pub(in crate::rollout) fn service(desired: i32) -> Service {
    Service {
        counts: Counts { desired, running: desired, ..Counts::default() },
        ..shared::service([])
    }
}

/// The service deployment of [`OURS`], not begun.
pub(in crate::rollout) fn ours(desired: i32) -> ServiceDeployment {
    ServiceDeployment {
        counts: Counts { desired, ..Counts::default() },
        ..shared::service_deployment(OURS, "PENDING")
    }
}
