//! What ECS knows about a service: its revisions, service deployments, tasks.
//!
//! There is one state and two views of it. A [`Revision`] is a service revision
//! in the newer view and the deployment with the same number in
//! `service.deployments[]`; a [`Rollout`] is a service deployment, which only the
//! newer view has.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::clock::Time;
use crate::ecs::definitions::Definition;
use crate::ecs::events::Events;
use crate::ecs::monitors::{Alarms, Breaker};
use crate::ecs::native::Native;
use crate::ecs::task::Task;
use crate::ecs::task_sets::{TaskSet, Traffic};
use crate::elb::TargetGroup;
use crate::words::words;

/// Where a service lives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ServiceKey {
    pub(crate) region: String,
    pub(crate) cluster: String,
    pub(crate) name: String,
}

impl ServiceKey {
    pub(crate) fn new(region: &str, cluster: &str, name: &str) -> Self {
        Self { region: region.to_owned(), cluster: cluster.to_owned(), name: name.to_owned() }
    }
}

#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) key: ServiceKey,
    pub(crate) status: ServiceStatus,
    pub(crate) controller: Controller,
    /// `ECS` for an Express service; absent in old services.
    pub(crate) resource_management: Option<&'static str>,
    /// The task definition of a service that has no deployments of its own.
    pub(crate) own_task_definition: Option<String>,
    pub(crate) desired: u32,
    pub(crate) created: Time,
    /// Members that are shown as they were given: launchType, loadBalancers,
    /// networkConfiguration, taskSets, …
    pub(crate) settings: Map<String, Value>,
    /// `deploymentConfiguration`.
    pub(crate) configuration: Map<String, Value>,
    /// Oldest first.
    pub(crate) revisions: Vec<Revision>,
    /// Oldest first.
    pub(crate) rollouts: Vec<Rollout>,
    /// Oldest first; only under CodeDeploy.
    pub(crate) task_sets: Vec<TaskSet>,
    /// Who served production, oldest first; only under CodeDeploy.
    pub(crate) traffic: Vec<Traffic>,
    /// The ARNs of the two target groups between which CodeDeploy changes.
    pub(crate) target_group_pair: Vec<String>,
    /// How its target groups are set, where that decides how long things take.
    pub(crate) target_group_settings: Option<TargetGroup>,
    /// Whether its subnets and target groups have IPv6 only.
    pub(crate) is_ipv6: bool,
    /// Oldest first.
    pub(crate) tasks: Vec<Task>,
    pub(crate) events: Events,
    pub(crate) retry: Retry,
    pub(crate) alarms: BTreeSet<String>,
    /// The service as `DescribeServices` still shows it, and until when.
    pub(crate) stale: Option<(Time, Value)>,
}

words! {
    pub(crate) enum ServiceStatus {
        Active = "ACTIVE",
        Draining = "DRAINING",
        Inactive = "INACTIVE",
    }
}

/// `deploymentController`; ECS's own is what an absent one means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Controller {
    Absent,
    Ecs,
    CodeDeploy,
    External,
}

#[derive(Debug, Clone)]
pub(crate) struct Revision {
    /// 19 digits.
    pub(crate) number: String,
    /// An ARN.
    pub(crate) task_definition: String,
    pub(crate) images: Vec<RevisionImage>,
    pub(crate) created: Time,
    /// `createdAt` of the deployment: ECS gives the one that it rolls back to the time of
    /// the rollback.
    pub(crate) deployed: Time,
    pub(crate) updated: Time,
    pub(crate) status: DeploymentStatus,
    pub(crate) state: RolloutState,
    pub(crate) state_reason: String,
    /// In a row; a task that runs sets it back.
    pub(crate) failed_tasks: u32,
}

/// One container's image in a revision.
#[derive(Debug, Clone)]
pub(crate) struct RevisionImage {
    pub(crate) container: String,
    pub(crate) image: String,
    /// Filled in by the first task that pulls the image.
    pub(crate) digest: Option<String>,
    /// `versionConsistency`: whether later tasks use the same digest.
    pub(crate) pinned: bool,
    /// Whether the container has a health check of its own.
    pub(crate) checked: bool,
}

words! {
    /// `status` of a revision in `service.deployments[]`, which lists no inactive ones.
    pub(crate) enum DeploymentStatus {
        Primary = "PRIMARY",
        Active = "ACTIVE",
        Inactive = "INACTIVE",
    }
}

words! {
    /// `rolloutState`.
    pub(crate) enum RolloutState {
        InProgress = "IN_PROGRESS",
        Completed = "COMPLETED",
        Failed = "FAILED",
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Rollout {
    /// 21 characters.
    pub(crate) id: String,
    /// Numbers of revisions.
    pub(crate) sources: Vec<String>,
    /// The number of the revision that is rolled out.
    pub(crate) target: String,
    /// The revision to return to, fixed when the deployment starts.
    pub(crate) rollback_target: Option<String>,
    pub(crate) status: Status,
    pub(crate) status_reason: Option<String>,
    pub(crate) created: Time,
    pub(crate) started: Option<Time>,
    pub(crate) finished: Option<Time>,
    pub(crate) stopped: Option<Time>,
    pub(crate) updated: Time,
    pub(crate) configuration: Map<String, Value>,
    pub(crate) rollback: Option<Rollback>,
    pub(crate) breaker: Breaker,
    pub(crate) alarms: Alarms,
    /// Stages, traffic and hooks, where the strategy is not ROLLING.
    pub(crate) native: Option<Native>,
}

#[derive(Debug, Clone)]
pub(crate) struct Rollback {
    pub(crate) reason: String,
    pub(crate) started: Time,
    pub(crate) revision: String,
}

words! {
    /// `ServiceDeploymentStatus`.
    pub(crate) enum Status {
        Pending = "PENDING",
        InProgress = "IN_PROGRESS",
        Successful = "SUCCESSFUL",
        Stopped = "STOPPED",
        RollbackRequested = "ROLLBACK_REQUESTED",
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        RollbackSuccessful = "ROLLBACK_SUCCESSFUL",
        RollbackFailed = "ROLLBACK_FAILED",
    }
}

impl Status {
    pub(crate) fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Successful | Self::Stopped | Self::RollbackSuccessful | Self::RollbackFailed
        )
    }
}

/// The gaps between attempts to start tasks.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Retry {
    pub(crate) gap: Duration,
    /// No task starts before.
    pub(crate) not_before: Time,
    /// Failures of tasks created earlier belong to a wave already counted.
    pub(crate) wave: Time,
}

impl Revision {
    /// A revision that is about to be rolled out.
    pub(crate) fn new(number: String, definition: &Definition, now: Time) -> Self {
        Self {
            task_definition: definition.arn.clone(),
            images: definition.images(),
            created: now,
            deployed: now,
            updated: now,
            status: DeploymentStatus::Primary,
            state: RolloutState::InProgress,
            state_reason: format!("ECS deployment ecs-svc/{number} in progress."),
            failed_tasks: 0,
            number,
        }
    }
}

impl Rollout {
    /// A service deployment of `target`, not started yet.
    pub(crate) fn new(id: String, target: String, service: &Service, now: Time) -> Self {
        let configuration = &service.configuration;
        Self {
            id,
            sources: Vec::new(),
            target,
            rollback_target: None,
            status: Status::Pending,
            status_reason: None,
            created: now,
            started: None,
            finished: None,
            stopped: None,
            updated: now,
            configuration: configuration.clone(),
            rollback: None,
            breaker: Breaker::from_configuration(configuration, service.desired),
            alarms: Alarms::from_configuration(configuration, &service.alarms),
            native: Native::from_configuration(configuration),
        }
    }
}
