//! The service as a deployment sees it: its steps, and its task sets with their traffic.

use super::served::Served;
use super::status::StepStatus;
use crate::ecs::{Counts, TaskSetId};

/// The step that moves the traffic, and the one behind it.
const ALLOW_TRAFFIC: &str = "AllowTraffic";
const AFTER_ALLOW_TRAFFIC: &str = "AfterAllowTraffic";

/// One answer of `GetDeploymentTarget`: the service, as a deployment sees it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EcsTarget {
    pub status: StepStatus,
    /// The steps of the deployment, in their order. Whether those that have not begun are
    /// among them is not documented.
    pub events: Vec<LifecycleEvent>,
    /// The task sets that take part.
    pub task_sets: Vec<TaskSet>,
}

impl EcsTarget {
    /// The tasks that the deployment brings.
    pub fn green(&self) -> Option<&TaskSet> {
        self.task_sets.iter().find(|set| set.label == "Green")
    }

    fn has_passed(&self, name: &str) -> bool {
        self.step(name).is_some_and(|step| step.status == StepStatus::Succeeded)
    }

    /// The task set with this id; one without a label is known by that alone.
    pub fn task_set(&self, id: &TaskSetId) -> Option<&TaskSet> {
        self.task_sets.iter().find(|set| set.id.as_ref() == Some(id))
    }

    pub fn has_all_traffic(&self) -> bool {
        self.has_passed(ALLOW_TRAFFIC)
    }

    /// Whether all traffic has moved and nothing is left to check, of a deployment that is
    /// in progress. The last step has to be listed: one that is not may be still to come.
    pub fn traffic_complete(&self) -> bool {
        let is_done =
            |it: &LifecycleEvent| matches!(it.status, StepStatus::Succeeded | StepStatus::Skipped);
        let by_steps = self.has_all_traffic()
            && self.step(AFTER_ALLOW_TRAFFIC).is_some()
            && self.events.iter().all(is_done);
        self.status == StepStatus::Succeeded || by_steps
    }

    /// The same of a deployment that was stopped: a step that was skipped, or is not listed,
    /// proves nothing then.
    pub(super) fn served_before_it_stopped(&self) -> Served {
        let status = |name| self.step(name).map(|step| &step.status);
        match (status(ALLOW_TRAFFIC), status(AFTER_ALLOW_TRAFFIC)) {
            _ if self.status == StepStatus::Succeeded => Served::Yes,
            (Some(StepStatus::Succeeded), Some(StepStatus::Succeeded)) => Served::Yes,
            (Some(StepStatus::Succeeded), Some(StepStatus::Failed)) => Served::No,
            (Some(StepStatus::Succeeded), _) => Served::Unknown(
                "it was stopped between the shift of the traffic and the last hook".to_owned(),
            ),
            (None, _) if self.events.is_empty() => Served::unseen(),
            _ => Served::No,
        }
    }

    fn step(&self, name: &str) -> Option<&LifecycleEvent> {
        self.events.iter().find(|event| event.name == name)
    }

    /// The step that it is at.
    pub fn now(&self) -> Option<&LifecycleEvent> {
        self.events.iter().find(|event| event.status == StepStatus::InProgress)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct LifecycleEvent {
    /// `BeforeInstall`, `Install`, `AllowTraffic`, …
    pub name: String,
    pub status: StepStatus,
    /// What CodeDeploy says of it, which it does only after a hook.
    pub diagnostics: Option<Diagnostics>,
}

/// What CodeDeploy says of a step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diagnostics {
    /// `ScriptFailed`, `ScriptTimedOut`, `UnknownError`, … or `Success`.
    pub code: String,
    /// The Lambda function that was the hook.
    pub function: Option<String>,
    pub message: Option<String>,
    /// The last lines of what it wrote, oldest first.
    pub log: Vec<String>,
}

/// `ecsTarget.taskSetsInfo[]`.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskSet {
    pub id: Option<TaskSetId>,
    /// `Blue` for what was there before, `Green` for what is to come; empty where CodeDeploy
    /// does not say it.
    pub label: String,
    /// How much of the production traffic it gets, in percent.
    pub traffic: f64,
    pub counts: Counts,
}
