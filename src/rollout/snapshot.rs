//! One look at a deployment, the same for every controller.

use std::time::Duration;

use super::activity::Activity;
use crate::codedeploy::LifecycleEvent;
use crate::ecs::{
    BreakerCount, CodeDeployId, Counts, DeploymentId, Event, LogTail, Pause, Service,
    ServiceDeploymentArn, ServiceRevisionArn, TargetHealth, Task, TaskDefinitionArn, TaskSetId,
};
use crate::names::Region;
use crate::request::{Stage, WaitUntil};

/// The deployment that is followed, and what was there before it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Followed {
    pub id: DeploymentId,
    /// The deployments that were there before. If one of them is primary again,
    /// ECS has rolled back; any other primary is somebody else's deployment.
    pub before: Vec<TaskSetId>,
    /// The service deployment that was current before. Right after an update
    /// ECS may still name it, so it is never taken for ours.
    pub service_deployment_before: Option<ServiceDeploymentArn>,
    /// The newest event of the service before the deployment.
    pub newest_event_before: Option<String>,
    /// It was in progress before this run: what it did until then does not count
    /// against it.
    pub adopted: bool,
    /// Hooks that were answered: AWS may show them waiting a moment longer.
    pub answered: Vec<String>,
    /// What is waited for where CodeDeploy deploys.
    pub until: Until,
}

/// When a deployment by CodeDeploy has done what it is followed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// All traffic is on it and the last hook has passed; or what it replaces is back.
    Served,
    /// It was asked to return. That all traffic was on it before is no end.
    Returned,
    /// Its group takes another deployment, which may be long after all traffic is on it.
    GroupIsFree,
    /// It can be told whether all traffic is on it, or its group takes another deployment.
    TrafficIsKnown,
}

impl Followed {
    /// A deployment that `service` has just been asked for; `before` is the
    /// service as it was.
    pub(crate) fn started(id: DeploymentId, before: &Service) -> Self {
        Self {
            before: before
                .deployments
                .iter()
                .map(|it| it.id.clone())
                .filter(|it| *it != id)
                .collect(),
            service_deployment_before: before.current_service_deployment.clone(),
            newest_event_before: before.events.first().map(|event| event.id.clone()),
            adopted: false,
            answered: Vec::new(),
            until: Until::Served,
            id,
        }
    }

    /// A deployment that is already in progress in `service`.
    pub(crate) fn adopted(id: DeploymentId, service: &Service) -> Self {
        Self { service_deployment_before: None, adopted: true, ..Self::started(id, service) }
    }
}

impl Snapshot {
    /// Whether the deployment continues only when somebody tells it to.
    pub(crate) fn waits_for_a_person(&self) -> bool {
        self.pause.is_some() || self.gate.is_some()
    }

    /// Whether a deployment that goes on has come to this point, however short that was.
    pub(crate) fn has_reached(&self, until: WaitUntil) -> bool {
        match until {
            WaitUntil::Done => false,
            WaitUntil::Traffic => self.has_all_traffic,
            WaitUntil::Paused => self.waits_for_a_person(),
            WaitUntil::Stage(stage) => self.is_at_or_past(stage),
        }
    }

    /// Before each further step of a linear or canary deployment the shift comes again, so
    /// that the stage before it may follow the one behind it.
    fn is_at_or_past(&self, stage: Stage) -> bool {
        let Some(now) = self.stage.as_deref().and_then(Stage::of) else { return false };
        let has_shifted = now == Stage::PreProductionTrafficShift
            && self.traffic.is_some_and(|percent| percent > 0.0);
        now >= stage || has_shifted && stage == Stage::ProductionTrafficShift
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Snapshot {
    pub phase: Phase,
    /// What it waits for.
    pub activity: Activity,
    /// Whether an answer names the deployment. If none does, they may be older
    /// than it, and the phase is then not its own.
    pub is_named: bool,
    pub reason: Option<String>,
    pub counts: Counts,
    /// The stage of a native blue/green, linear or canary deployment.
    pub stage: Option<String>,
    /// The production traffic that goes to it, in percent, where traffic is shifted.
    pub traffic: Option<f64>,
    /// Whether all production traffic has been shifted to it, for good.
    pub has_all_traffic: bool,
    /// Whether it may have, by CodeDeploy, whose steps could not be read.
    pub may_have_all_traffic: bool,
    /// A hook that waits for somebody.
    pub pause: Option<Pause>,
    /// CodeDeploy waits for somebody before it shifts traffic.
    pub gate: Option<PendingApproval>,
    pub tasks: TasksSeen,
    /// Whether CodeDeploy has only the tasks of before left to remove.
    pub keeps_old_tasks: bool,
    /// Steps of CodeDeploy's that failed, with what it tells of them.
    pub failed_steps: Vec<LifecycleEvent>,
    pub breaker: Option<BreakerCount>,
    pub alarms: Vec<String>,
    /// Alarms are configured, and ECS watches none of them.
    pub alarms_are_off: bool,
    /// Events since the deployment began that do not name another deployment,
    /// oldest first.
    pub events: Vec<Event>,
    /// Its service deployment, once ECS lists it.
    pub service_deployment: Option<ServiceDeploymentArn>,
    /// The revision that ECS returns or has returned to, where it says so.
    pub returns_to: Option<ServiceRevisionArn>,
    /// What the primary deployment of the service runs.
    pub primary: Option<TaskDefinitionArn>,
    /// What its tasks are started by, where that is not the deployment itself: the task
    /// set that CodeDeploy made for it.
    pub task_set: Option<TaskSetId>,
}

impl Snapshot {
    /// A look of which nothing is known besides.
    pub(crate) fn nothing_but(phase: Phase) -> Self {
        Self { phase, ..Self::default() }
    }
}

/// What is seen of the tasks of a deployment.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct TasksSeen {
    /// Those that have stopped since the last look.
    pub stopped: Vec<Task>,
    /// Ids of those that are healthy; read only once tasks have died, and `None` where
    /// that is not known.
    pub healthy: Option<Vec<String>>,
    /// What the load balancer finds wrong with them, read likewise.
    pub unhealthy: Vec<TargetHealth>,
    /// The last words of those that died, of the first few.
    pub last_words: Vec<LogTail>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Phase {
    /// Accepted; ECS does not list it yet.
    #[default]
    Starting,
    /// ECS is at work, in this state of its own.
    InProgress(String),
    /// ECS is on its way back.
    RollingBack,
    /// It failed, and ECS is configured to roll back but has not begun.
    Failing,
    Succeeded,
    /// ECS has returned to what was there before.
    RolledBack,
    /// ECS tried to return and could not.
    RollbackFailed,
    /// It failed, and ECS leaves it at that.
    Failed,
    /// It was stopped, and nothing yet says what became of the service.
    Stopped,
    /// Another deployment took its place.
    Superseded(Successor),
    /// The service itself is going, in this state.
    Gone(String),
}

/// A deployment by CodeDeploy that waits for somebody before it shifts traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PendingApproval {
    pub deployment: CodeDeployId,
    pub region: Region,
    /// After that long without a word CodeDeploy stops it.
    pub within: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Successor {
    /// Its id, where ECS shows it.
    pub id: Option<TaskSetId>,
    /// What it deploys.
    pub task_definition: Option<TaskDefinitionArn>,
}
