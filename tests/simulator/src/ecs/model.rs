//! What ECS knows about a service: its revisions, service deployments, tasks.
//!
//! There is one state and two views of it. A [`Revision`] is a service revision
//! in the newer view and the deployment with the same number in
//! `service.deployments[]`; a [`Rollout`] is a service deployment, which only the
//! newer view has.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value};

use crate::clock::Time;
use crate::ecs::events::Events;
use crate::ecs::native::Native;

/// Where a service lives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ServiceKey {
    pub(crate) region: String,
    pub(crate) cluster: String,
    pub(crate) name: String,
}

#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) key: ServiceKey,
    pub(crate) account: String,
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
    /// Oldest first.
    pub(crate) tasks: Vec<Task>,
    pub(crate) events: Events,
    pub(crate) retry: Retry,
    pub(crate) alarms: BTreeSet<String>,
    /// The service as `DescribeServices` still shows it, and until when.
    pub(crate) stale: Option<(Time, Value)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServiceStatus {
    Active,
    Draining,
    Inactive,
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
    pub(crate) updated: Time,
    pub(crate) standing: Standing,
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
}

/// The place of a revision in `service.deployments[]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Primary,
    Active,
    /// Without tasks, and no longer listed.
    Gone,
}

/// `rolloutState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RolloutState {
    InProgress,
    Completed,
    Failed,
}

/// A service deployment.
#[derive(Debug, Clone)]
pub(crate) struct Rollout {
    /// 21 characters.
    pub(crate) id: String,
    /// Numbers of revisions.
    pub(crate) sources: Vec<String>,
    /// The number of the revision that is rolled out.
    pub(crate) target: String,
    /// The revision to return to, fixed when the deployment starts.
    pub(crate) way_back: Option<String>,
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

/// The circuit breaker of one service deployment.
#[derive(Debug, Clone)]
pub(crate) struct Breaker {
    pub(crate) status: Watch,
    pub(crate) rollback: bool,
    pub(crate) reset_on_healthy: bool,
    pub(crate) failures: u32,
    pub(crate) threshold: u32,
}

/// The alarms of one service deployment.
#[derive(Debug, Clone)]
pub(crate) struct Alarms {
    pub(crate) status: Watch,
    pub(crate) rollback: bool,
    pub(crate) names: Vec<String>,
    /// In ALARM when the deployment started, and therefore ignored.
    pub(crate) ignored: BTreeSet<String>,
    pub(crate) triggered: Vec<String>,
    /// The end of the time they are watched after the steady state.
    pub(crate) bake_until: Option<Time>,
}

/// `ServiceDeploymentRollbackMonitorsStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watch {
    Disabled,
    Monitoring,
    Triggered,
    Complete,
}

/// `ServiceDeploymentStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Pending,
    InProgress,
    Successful,
    Stopped,
    RollbackRequested,
    RollbackInProgress,
    RollbackSuccessful,
    RollbackFailed,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::InProgress => "IN_PROGRESS",
            Self::Successful => "SUCCESSFUL",
            Self::Stopped => "STOPPED",
            Self::RollbackRequested => "ROLLBACK_REQUESTED",
            Self::RollbackInProgress => "ROLLBACK_IN_PROGRESS",
            Self::RollbackSuccessful => "ROLLBACK_SUCCESSFUL",
            Self::RollbackFailed => "ROLLBACK_FAILED",
        }
    }

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

#[derive(Debug, Clone)]
pub(crate) struct Task {
    /// 32 hexadecimal digits.
    pub(crate) id: String,
    pub(crate) revision: String,
    pub(crate) task_definition: String,
    pub(crate) phase: Phase,
    /// Whether ECS wants it to run: `desiredStatus`.
    pub(crate) wanted: bool,
    pub(crate) health: Health,
    pub(crate) created: Time,
    pub(crate) pull_started: Option<Time>,
    pub(crate) pull_stopped: Option<Time>,
    pub(crate) started: Option<Time>,
    pub(crate) stopping: Option<Time>,
    pub(crate) stopped: Option<Time>,
    pub(crate) stop_code: Option<&'static str>,
    pub(crate) stopped_reason: Option<String>,
    pub(crate) containers: Vec<Container>,
}

/// `lastStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Provisioning,
    Pending,
    Running,
    Deactivating,
    Stopped,
}

impl Phase {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Provisioning => "PROVISIONING",
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Deactivating => "DEACTIVATING",
            Self::Stopped => "STOPPED",
        }
    }
}

/// What ECS believes about a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    Unknown,
    Healthy,
    Unhealthy,
}

#[derive(Debug, Clone)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) image: String,
    /// Known once the image is pulled.
    pub(crate) digest: Option<String>,
    /// Known once it ran: the container engine's id.
    pub(crate) runtime_id: Option<String>,
    pub(crate) exit_code: Option<i32>,
    pub(crate) reason: Option<String>,
}

impl Task {
    /// Counts as part of its revision: neither stopped nor told to.
    pub(crate) fn is_live(&self) -> bool {
        self.wanted && self.phase != Phase::Stopped
    }

    pub(crate) fn is_healthy(&self) -> bool {
        self.is_live() && self.phase == Phase::Running && self.health == Health::Healthy
    }
}

/// The tasks of one revision, counted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) live: u32,
    pub(crate) running: u32,
    pub(crate) pending: u32,
    pub(crate) healthy: u32,
    /// Not STOPPED yet, wanted or not.
    pub(crate) unfinished: u32,
}

impl Service {
    pub(crate) fn arn(&self) -> String {
        let ServiceKey { region, cluster, name } = &self.key;
        format!("arn:aws:ecs:{region}:{}:service/{cluster}/{name}", self.account)
    }

    pub(crate) fn cluster_arn(&self) -> String {
        let ServiceKey { region, cluster, .. } = &self.key;
        format!("arn:aws:ecs:{region}:{}:cluster/{cluster}", self.account)
    }

    pub(crate) fn revision_arn(&self, number: &str) -> String {
        let ServiceKey { region, cluster, name } = &self.key;
        format!("arn:aws:ecs:{region}:{}:service-revision/{cluster}/{name}/{number}", self.account)
    }

    pub(crate) fn rollout_arn(&self, rollout: &Rollout) -> String {
        let ServiceKey { region, cluster, name } = &self.key;
        let id = &rollout.id;
        format!("arn:aws:ecs:{region}:{}:service-deployment/{cluster}/{name}/{id}", self.account)
    }

    pub(crate) fn task_arn(&self, task: &Task) -> String {
        let ServiceKey { region, cluster, .. } = &self.key;
        format!("arn:aws:ecs:{region}:{}:task/{cluster}/{}", self.account, task.id)
    }

    pub(crate) fn has_load_balancer(&self) -> bool {
        self.target_group().is_some()
    }

    pub(crate) fn target_group(&self) -> Option<&str> {
        self.settings.get("loadBalancers")?.get(0)?.get("targetGroupArn")?.as_str()
    }

    pub(crate) fn primary(&self) -> Option<&Revision> {
        self.revisions.iter().find(|revision| revision.standing == Standing::Primary)
    }

    pub(crate) fn revision(&self, number: &str) -> Option<&Revision> {
        self.revisions.iter().find(|revision| revision.number == number)
    }

    pub(crate) fn revision_mut(&mut self, number: &str) -> Option<&mut Revision> {
        self.revisions.iter_mut().find(|revision| revision.number == number)
    }

    pub(crate) fn rollout(&self) -> Option<&Rollout> {
        self.rollouts.last()
    }

    /// The service deployment under way.
    pub(crate) fn active_rollout(&self) -> Option<&Rollout> {
        self.rollouts.last().filter(|rollout| !rollout.status.is_terminal())
    }

    pub(crate) fn active_rollout_mut(&mut self) -> Option<&mut Rollout> {
        self.rollouts.last_mut().filter(|rollout| !rollout.status.is_terminal())
    }

    pub(crate) fn counts(&self, revision: &str) -> Counts {
        let mut counts = Counts::default();
        for task in self.tasks.iter().filter(|task| task.revision == revision) {
            counts.unfinished += u32::from(task.phase != Phase::Stopped);
            counts.live += u32::from(task.is_live());
            counts.healthy += u32::from(task.is_healthy());
            if task.is_live() {
                let running = task.phase == Phase::Running;
                counts.running += u32::from(running);
                counts.pending += u32::from(!running);
            }
        }
        counts
    }

    /// Numbers of the revisions that still have tasks.
    pub(crate) fn revisions_with_tasks(&self) -> Vec<String> {
        let unfinished = |r: &&Revision| self.counts(&r.number).unfinished > 0;
        self.revisions.iter().filter(unfinished).map(|r| r.number.clone()).collect()
    }

    /// A number out of `deploymentConfiguration`.
    pub(crate) fn percent(&self, name: &str, default: u64) -> u64 {
        self.configuration.get(name).and_then(Value::as_u64).unwrap_or(default)
    }
}

impl Breaker {
    /// Half of the desired count, rounded up, from 3 to 200, unless
    /// `thresholdConfiguration` says otherwise.
    pub(crate) fn from_configuration(configuration: &Map<String, Value>, desired: u32) -> Self {
        let breaker = configuration.get("deploymentCircuitBreaker");
        let flag = |name: &str| breaker?.get(name)?.as_bool();
        let custom = breaker.and_then(|breaker| breaker.get("thresholdConfiguration"));
        let value = custom.and_then(|it| it.get("value")?.as_u64()).unwrap_or(50);
        let share = (u64::from(desired) * value).div_ceil(100);
        let threshold = match custom.and_then(|it| it.get("type")?.as_str()) {
            Some("COUNT") => value,
            Some("UNBOUNDED_PERCENT") => share.max(1),
            _ => share.clamp(3, 200),
        };
        let enabled = flag("enable").unwrap_or(false);
        Self {
            status: if enabled { Watch::Monitoring } else { Watch::Disabled },
            rollback: flag("rollback").unwrap_or(false),
            reset_on_healthy: flag("resetOnHealthyTask").unwrap_or(true),
            failures: 0,
            threshold: u32::try_from(threshold).unwrap_or(u32::MAX),
        }
    }
}

impl Alarms {
    pub(crate) fn from_configuration(
        configuration: &Map<String, Value>,
        ringing: &BTreeSet<String>,
    ) -> Self {
        let alarms = configuration.get("alarms");
        let flag = |name: &str| alarms.and_then(|it| it.get(name)?.as_bool()).unwrap_or(false);
        let names = alarms.and_then(|it| it.get("alarmNames")?.as_array());
        let names = names.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        Self {
            status: if flag("enable") { Watch::Monitoring } else { Watch::Disabled },
            rollback: flag("rollback"),
            names: names.collect(),
            ignored: ringing.clone(),
            triggered: Vec::new(),
            bake_until: None,
        }
    }
}

/// Trouble that ECS tells once and then keeps to itself, and since when.
pub(crate) type Suppressed = BTreeMap<String, Time>;
