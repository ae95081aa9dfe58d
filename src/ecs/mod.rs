//! What ECS says of a service, as plain values.
//!
//! The AWS room translates into these types and everything above decides on
//! them. Nothing here calls, waits or judges.

mod arns;
mod ids;
mod placement;
mod scheduled;
mod status;
mod tasks;
#[cfg(test)]
pub(crate) mod tests;

use std::fmt;
use std::time::{Duration, SystemTime};

pub(crate) use arns::{
    Place, ServiceArn, ServiceDeploymentArn, ServiceRevisionArn, TaskDefinitionArn,
    is_family_and_revision, is_task_definition_arn,
};
pub(crate) use ids::{CodeDeployId, DeploymentId, Numbered, TaskSetId};
pub(crate) use placement::{CapacityProvider, Launch, Network, Placement};
pub(crate) use scheduled::{ScheduledBy, ScheduledTask};
pub(crate) use status::{
    DeploymentStatus, HealthStatus, RolloutState, ServiceDeploymentStatus, ServiceStatus,
    TargetState, TaskStatus,
};
pub(crate) use tasks::{LogSource, LogTail, TargetGroup, TargetHealth, Task, TaskContainer};

use crate::image::Digest;

/// One answer of `DescribeServices` for one service.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// Names the account and the partition too.
    pub arn: ServiceArn,
    pub status: ServiceStatus,
    /// Who carries out deployments of this service.
    pub controller: Controller,
    /// ECS Express Mode owns the service; only its own API may change it.
    pub express: bool,
    /// Whether the tasks of an update run beside those of before.
    pub overlap: Overlap,
    /// How long the strategy itself waits in its steps and bake times, all told.
    pub strategy_waits: Duration,
    /// What a deployment of it passes through, as configured now.
    pub lifecycle: Lifecycle,
    /// Target groups that its tasks are registered in.
    pub target_groups: Vec<String>,
    /// The containers and ports that its load balancers send traffic to.
    pub served: Vec<(String, u16)>,
    /// The circuit breaker, as configured now.
    pub circuit_breaker: CircuitBreaker,
    /// ECS returns to the last revision that completed when an alarm goes off.
    pub alarms_roll_back: bool,
    /// It runs one task on every container instance (`DAEMON`), and has no count to set.
    pub is_daemon: bool,
    /// How many tasks it should, and does, run.
    pub counts: Counts,
    /// Where and how its tasks are started.
    pub placement: Placement,
    /// Whether ECS says that its tasks run on Fargate, by launch type or by capacity
    /// providers.
    pub is_on_fargate: bool,
    /// The definition of the primary deployment.
    pub task_definition: Option<TaskDefinitionArn>,
    /// The classic view: at most one `PRIMARY`, older ones `ACTIVE` until drained. Under
    /// CodeDeploy the task sets, which are the same thing there.
    pub deployments: Vec<Deployment>,
    /// The newest service deployment ECS names; it can lag behind an update.
    pub current_service_deployment: Option<ServiceDeploymentArn>,
    /// Newest first, at most 100; ECS suppresses repeated messages for hours.
    pub events: Vec<Event>,
}

impl Service {
    /// The deployment that ECS is bringing about, or has.
    pub fn primary(&self) -> Option<&Deployment> {
        self.deployments.iter().find(|it| it.is_primary())
    }

    /// The deployment that runs: most of the running tasks are of it, and of two with as
    /// many the primary one. None where no task runs. Under CodeDeploy it is the primary
    /// task set, which has the traffic, whatever runs beside it.
    pub fn running(&self) -> Option<&Deployment> {
        let has_traffic =
            |it: &&Deployment| self.controller != Controller::CodeDeploy || it.is_primary();
        let running = self.deployments.iter().filter(|it| it.counts.running > 0);
        running.filter(has_traffic).max_by_key(|it| (it.counts.running, it.is_primary()))
    }

    /// The tasks of the deployment that the service is set to, of all that it should run.
    pub fn primary_counts(&self) -> Option<Counts> {
        let counts = self.primary()?.counts;
        Some(Counts { desired: self.counts.desired, ..counts })
    }

    /// Whether a load balancer without target groups decides which tasks are healthy; that
    /// is not read.
    pub fn has_classic_load_balancer(&self) -> bool {
        self.target_groups.is_empty() && !self.served.is_empty()
    }

    /// Whether ECS returns by itself from a deployment that failed for `reason`.
    /// Circuit breaker and alarms are configured apart, and only ECS's words tell
    /// which of them it was.
    pub fn rolls_back(&self, reason: Option<&str>) -> bool {
        let reason = reason.unwrap_or_default();
        let by_breaker = self.circuit_breaker.rollback && !reason.contains("alarm");
        let by_alarms = self.alarms_roll_back && !reason.contains("circuit breaker");
        by_breaker || by_alarms
    }

    /// The task set that a deployment by CodeDeploy made.
    pub fn made_by(&self, deployment: &CodeDeployId) -> Option<&Deployment> {
        self.deployments.iter().find(|set| set.made_by.as_ref() == Some(deployment))
    }

    /// The deployment or task set that started `task`. The tasks of a task set by CodeDeploy
    /// may not name it: then their definition tells, where it is that of one set alone.
    pub fn started(&self, task: &Task) -> Option<TaskSetId> {
        let by = task.started_by.as_deref().unwrap_or_default();
        let named = by.parse().ok();
        if named.is_some() || self.controller != Controller::CodeDeploy {
            return named;
        }
        if let Ok(deployment) = by.parse() {
            return self.made_by(&deployment).map(|set| set.id.clone());
        }
        let is_old_enough = |set: &Deployment| {
            set.created_at.zip(task.created_at).is_some_and(|(set, task)| set <= task)
        };
        let mut sets = self.deployments.iter().filter(|set| set.task_definition == task.definition);
        let set = sets.next().filter(|_| sets.next().is_none() && task.definition.is_some())?;
        is_old_enough(set).then(|| set.id.clone())
    }

    /// Whether ECS may start tasks of `definition`: a deployment that only drains
    /// does not.
    pub fn may_start(&self, definition: &TaskDefinitionArn) -> bool {
        self.task_definition.as_ref() == Some(definition)
            || self.deployments.iter().any(|deployment| {
                deployment.task_definition.as_ref() == Some(definition)
                    && (deployment.is_primary() || deployment.counts.desired > 0)
            })
    }
}

/// `deploymentController.type`; a missing controller means `ECS`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Controller {
    /// Rolling updates and the native blue/green, linear and canary strategies.
    #[default]
    Ecs,
    /// Blue/green by AWS CodeDeploy: `UpdateService` refuses a new definition.
    CodeDeploy,
    /// Task sets managed by somebody else.
    External,
    /// One that this version of the tool has not heard of.
    Unknown(String),
}

/// Who makes the deployments, in words.
impl fmt::Display for Controller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CodeDeploy => "CodeDeploy",
            Self::Ecs | Self::External | Self::Unknown(_) => "ECS",
        })
    }
}

/// How the tasks of an update meet those of before, by `deploymentConfiguration`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overlap {
    /// ECS may stop all old tasks first, and starts no new one beside them.
    None,
    /// A rolling update with these percentages.
    Rolling { minimum_healthy: i32, maximum: i32 },
    /// By a strategy that has both for a while: `blue/green`.
    Always(String),
}

/// What a deployment passes through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lifecycle {
    /// A rolling update has stages only where a hook is.
    pub is_rolling: bool,
    /// The stages with a hook, in AWS's words.
    pub hooks_at: Vec<String>,
    /// Those of them where it waits for somebody.
    pub pauses_at: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CircuitBreaker {
    pub enabled: bool,
    /// … and returns to the last revision that completed.
    pub rollback: bool,
}

/// Task counts of a service or of one deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub desired: i32,
    /// In state `RUNNING`.
    pub running: i32,
    /// On their way to `RUNNING`.
    pub pending: i32,
    /// Failed in a row; ECS starts again from 0 when a task runs.
    pub failed: i32,
}

impl Counts {
    /// Whether a task has stopped since `earlier`, as far as counts can tell.
    pub fn has_lost(self, earlier: Self) -> bool {
        self.running < earlier.running
            || self.running + self.pending < earlier.running + earlier.pending
            || self.failed > earlier.failed
    }
}

/// One entry of `service.deployments[]`, or of `service.taskSets[]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployment {
    pub id: TaskSetId,
    /// The deployment by CodeDeploy that made this task set.
    pub made_by: Option<CodeDeployId>,
    pub status: DeploymentStatus,
    /// Absent behind a Classic Load Balancer and of a task set.
    pub rollout_state: Option<RolloutState>,
    pub rollout_reason: Option<String>,
    /// What its tasks are started from.
    pub task_definition: Option<TaskDefinitionArn>,
    pub counts: Counts,
    /// When it was created, by AWS's clock.
    pub created_at: Option<SystemTime>,
}

impl Deployment {
    /// Whether it is this deployment, or the task set that it made.
    pub fn is_of(&self, deployment: &DeploymentId) -> bool {
        match deployment {
            DeploymentId::Ecs(id) => self.id == *id,
            DeploymentId::CodeDeploy(id) => self.made_by.as_ref() == Some(id),
        }
    }

    pub fn is_primary(&self) -> bool {
        self.status == DeploymentStatus::Primary
    }

    pub fn has_failed(&self) -> bool {
        self.rollout_state == Some(RolloutState::Failed)
    }

    /// Whether ECS says that it is what a deployment that failed is rolled back to. It has
    /// no state for that.
    pub fn returns(&self) -> bool {
        self.rollout_reason.as_deref().is_some_and(|it| it.contains("rolling back to "))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Unique within the service.
    pub id: String,
    /// By AWS's clock.
    pub at: Option<SystemTime>,
    /// Untrusted text.
    pub message: String,
}

/// One answer of `DescribeServiceDeployments`.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceDeployment {
    pub arn: ServiceDeploymentArn,
    pub status: ServiceDeploymentStatus,
    pub status_reason: Option<String>,
    pub sources: Vec<ServiceRevisionArn>,
    pub target: Option<ServiceRevisionArn>,
    /// Tasks of that revision: asked for, running, pending.
    pub counts: Counts,
    /// How much production traffic the target is to get, in percent.
    pub production_traffic: Option<f64>,
    /// The stage of a native blue/green, linear or canary deployment.
    pub lifecycle_stage: Option<String>,
    /// The PAUSE hooks that wait for somebody.
    pub pauses: Vec<Pause>,
    /// A rollback in progress or done.
    pub rollback: Option<Rollback>,
    /// Failures counted by the circuit breaker, and how many it takes.
    pub breaker: Option<BreakerCount>,
    /// Names of the alarms that went off.
    pub triggered_alarms: Vec<String>,
    /// Alarms are configured, and ECS watches none of them: one was in ALARM when the
    /// deployment began.
    pub alarms_are_off: bool,
    /// By AWS's clock.
    pub created_at: Option<SystemTime>,
    /// When it came to its end, by AWS's clock.
    pub finished_at: Option<SystemTime>,
}

/// `serviceDeployment.rollback`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollback {
    pub reason: Option<String>,
    pub to: Option<ServiceRevisionArn>,
}

/// A lifecycle hook in state `AWAITING_ACTION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// What `ContinueServiceDeployment` calls it.
    pub hook: String,
    pub expires_at: Option<SystemTime>,
    /// `ROLLBACK` or `CONTINUE`: what ECS does then.
    pub on_timeout: Option<String>,
}

/// `deploymentCircuitBreaker` of a service deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerCount {
    pub failures: i32,
    /// Failures at which ECS gives up.
    pub threshold: i32,
}

/// One answer of `DescribeServiceRevisions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRevision {
    pub arn: ServiceRevisionArn,
    pub task_definition: Option<TaskDefinitionArn>,
    /// What each container's tag was resolved to.
    pub images: Vec<ContainerImage>,
}

/// The image that ECS resolved for one container of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerImage {
    /// The container's name in the task definition.
    pub container: String,
    /// The reference as in the task definition.
    pub image: String,
    /// What ECS pinned it to; absent where version consistency is off.
    pub digest: Option<Digest>,
    pub source: DigestSource,
    /// When the image of this digest was pushed, where somebody has looked.
    pub pushed_at: Option<SystemTime>,
}

/// Who knows the digest of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DigestSource {
    /// ECS, which has pulled it; or the reference itself.
    Ecs,
    /// ECR, whose tag names it now. What it named before is not on record.
    Tag,
    /// Nobody, and why.
    Nobody(String),
}
