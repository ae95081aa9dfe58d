//! What could be read about a deployment that failed.

use crate::codedeploy::LifecycleEvent;
use crate::ecs::{BreakerCount, Controller, Event, LogTail, TargetHealth, Task};
use crate::task_definition::TaskDefinition;

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Evidence {
    pub status_reason: Option<String>,
    /// Names of the alarms that went off.
    pub alarms: Vec<String>,
    pub breaker: Option<BreakerCount>,
    /// Events of this deployment, oldest first.
    pub events: Vec<Event>,
    /// What [`newest_matching_older`](super::newest_matching_older) found.
    pub older_event: Option<Event>,
    /// Stopped tasks of this deployment, in any order.
    pub tasks: Vec<Task>,
    /// Tasks of this deployment that have been on their way for too long.
    pub waiting: Vec<Task>,
    pub logs: Vec<LogTail>,
    pub failed_steps: Vec<LifecycleEvent>,
    pub targets: Vec<TargetHealth>,
    /// What could not be read for want of a permission.
    pub denied: Vec<Denied>,
    /// Who made the deployment, and gave the reason.
    pub controller: Controller,
}

impl Evidence {
    /// The same with `***` in the place of each value of a variable of `definition` that
    /// AWS quotes: in why a task or container stopped, and in events.
    #[must_use]
    pub(crate) fn masked(mut self, definition: &TaskDefinition) -> Self {
        let tasks = self.tasks.iter_mut().chain(&mut self.waiting);
        let events = self.events.iter_mut().chain(&mut self.older_event);
        let sentences = tasks.flat_map(Task::sentences_mut);
        for text in sentences.chain(events.map(|event| &mut event.message)) {
            *text = definition.masked(text);
        }
        self
    }
}

/// A part of the evidence that this run may not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Denied {
    /// What it would have been, in the plural and in lower case: `stopped tasks`.
    pub what: String,
    /// The IAM action that would have helped: `ecs:DescribeTasks`.
    pub permission: String,
}
