//! The answer: why a deployment failed, and what shows it.

use std::collections::HashSet;

use super::failed_step::FailedStep;
use super::task_group::TaskGroup;
use super::text::plain;
use crate::ecs::{Event, LogTail, TargetHealth};

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Diagnosis {
    /// One plain sentence, without a full stop.
    pub cause: String,
    /// One next move, without a full stop.
    pub next: Option<String>,
    /// Where a process ended, the last line of its log that says something. A secret may be
    /// in it, so that it goes where the log goes and nowhere else.
    pub last_words: Option<String>,
    /// Whether the cause says more than ECS's own words for the end do.
    pub is_known: bool,
    /// The stopped tasks that count, by what they died of, the largest group first.
    pub groups: Vec<TaskGroup>,
    /// The newest events of this deployment, oldest first.
    pub events: Vec<Event>,
    /// An event from before this deployment that may still hold.
    pub older_event: Option<Event>,
    pub failed_steps: Vec<FailedStep>,
    /// The last log lines of failed containers; secrets may be among them.
    pub logs: Vec<LogTail>,
    /// The targets that are not healthy.
    pub targets: Vec<TargetHealth>,
    /// What could not be read, and which permission would have helped.
    pub notes: Vec<String>,
}

impl Diagnosis {
    /// The events of this deployment that are not among what was `told` of it.
    pub(crate) fn events_beside<'a>(&self, told: impl IntoIterator<Item = &'a str>) -> Vec<&Event> {
        let told: HashSet<String> = told.into_iter().map(plain).collect();
        self.events.iter().filter(|event| !told.contains(&event.message)).collect()
    }
}
