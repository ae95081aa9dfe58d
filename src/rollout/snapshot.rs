//! One look at a deployment, the same for every controller.

use crate::service::{
    BreakerCount, Counts, DeploymentId, Event, LogTail, Pause, Service, ServiceDeploymentArn,
    ServiceRevisionArn, TargetHealth, Task, TaskDefinitionArn,
};

/// The deployment that is followed, and what was there before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Followed {
    /// Its id.
    pub id: DeploymentId,
    /// The deployments that were there before. If one of them is primary again,
    /// ECS has rolled back; any other primary is somebody else's deployment.
    pub before: Vec<DeploymentId>,
    /// The service deployment that was current before. Right after an update
    /// ECS may still name it, so it is never taken for ours.
    pub service_deployment_before: Option<ServiceDeploymentArn>,
    /// The newest event of the service before the deployment.
    pub newest_event_before: Option<String>,
    /// It was under way before this run: what it did until then does not count
    /// against it.
    pub adopted: bool,
}

impl Followed {
    /// A deployment that `service` has just been asked for; `before` is the
    /// service as it was.
    pub fn started(id: DeploymentId, before: &Service) -> Self {
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
            id,
        }
    }

    /// A deployment that is already under way in `service`.
    pub fn adopted(id: DeploymentId, service: &Service) -> Self {
        Self { service_deployment_before: None, adopted: true, ..Self::started(id, service) }
    }
}

/// One look at a deployment.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Where it stands.
    pub phase: Phase,
    /// Whether an answer names the deployment. If none does, they may be older
    /// than it, and the phase is then not its own.
    pub is_named: bool,
    /// Why, in ECS's words.
    pub reason: Option<String>,
    /// Its tasks.
    pub counts: Counts,
    /// The stage of a native blue/green, linear or canary deployment.
    pub stage: Option<String>,
    /// The production traffic that goes to it, in percent, where ECS shifts traffic.
    pub traffic: Option<f64>,
    /// A hook that waits for somebody.
    pub pause: Option<Pause>,
    /// Tasks of this deployment that have stopped since the last look.
    pub stopped: Vec<Task>,
    /// Ids of its tasks that are healthy; read only once tasks have died.
    pub healthy: Vec<String>,
    /// What the load balancer finds wrong with its tasks, read likewise.
    pub unhealthy: Vec<TargetHealth>,
    /// The last words of tasks that died, of the first few.
    pub last_words: Vec<LogTail>,
    /// The circuit breaker's count.
    pub breaker: Option<BreakerCount>,
    /// Alarms that went off.
    pub alarms: Vec<String>,
    /// Events since the deployment began that do not name another deployment,
    /// oldest first.
    pub events: Vec<Event>,
    /// Its service deployment, once ECS lists it.
    pub service_deployment: Option<ServiceDeploymentArn>,
    /// The revision that ECS returns or has returned to, where it says so.
    pub returns_to: Option<ServiceRevisionArn>,
    /// What the primary deployment of the service runs.
    pub primary: Option<TaskDefinitionArn>,
}

impl Snapshot {
    /// A look of which nothing is known besides.
    pub fn nothing_but(phase: Phase) -> Self {
        Self {
            phase,
            is_named: false,
            reason: None,
            counts: Counts::default(),
            stage: None,
            traffic: None,
            pause: None,
            stopped: Vec::new(),
            healthy: Vec::new(),
            unhealthy: Vec::new(),
            last_words: Vec::new(),
            breaker: None,
            alarms: Vec::new(),
            events: Vec::new(),
            service_deployment: None,
            returns_to: None,
            primary: None,
        }
    }
}

/// Where a deployment stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Accepted; ECS does not list it yet.
    Starting,
    /// ECS is at work, in this state of its own.
    InProgress(String),
    /// ECS is on its way back.
    RollingBack,
    /// It failed, and ECS is configured to roll back but has not begun.
    Failing,
    /// It ended well.
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

/// What took a deployment's place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Successor {
    /// Its id, where ECS shows it.
    pub id: Option<DeploymentId>,
    /// What it deploys.
    pub task_definition: Option<TaskDefinitionArn>,
}
