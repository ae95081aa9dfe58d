//! From what ECS answers about a deployment that failed to the sentence that a
//! person reads, and the next move.
//!
//! Pure: nothing here calls, waits or prints. Whoever gathers the [`Evidence`]
//! leaves out what it may not read and says so in [`Evidence::denied`]; a part
//! that is missing makes the answer poorer, never wrong. All texts in are
//! untrusted; all texts out are single lines without control characters, and
//! whoever prints them still escapes for where they go.

mod context;
mod stop_kind;
mod events;
mod failures;
mod groups;
mod last_words;
mod lines;
mod extract;
mod row;
mod rows;
mod steps;
mod text;
mod verdict;

#[cfg(test)]
mod tests;

use crate::codedeploy::LifecycleEvent;
use crate::ecs::{BreakerCount, Event, LogTail, TargetHealth, Task};
use crate::task_definition::TaskDefinition;

pub(crate) use events::newest_matching_older;
pub(crate) use failures::{Failures, GiveUp, failure_limit};
pub(crate) use groups::TaskGroup;
pub(crate) use steps::FailedStep;
pub(crate) use stop_kind::StopKind;

/// Everything that could be read about one deployment.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Evidence {
    pub status_reason: Option<String>,
    /// Names of the alarms that went off.
    pub alarms: Vec<String>,
    /// What the circuit breaker counted.
    pub breaker: Option<BreakerCount>,
    /// Events of this deployment, oldest first.
    pub events: Vec<Event>,
    /// What [`newest_matching_older`] found.
    pub older_event: Option<Event>,
    /// Stopped tasks of this deployment, in any order.
    pub tasks: Vec<Task>,
    /// Tasks of this deployment that have been on their way for too long.
    pub waiting: Vec<Task>,
    /// The last log lines of failed containers.
    pub logs: Vec<LogTail>,
    pub failed_steps: Vec<LifecycleEvent>,
    /// What the load balancers say of this deployment's tasks.
    pub targets: Vec<TargetHealth>,
    /// What could not be read for want of a permission.
    pub denied: Vec<Denied>,
    /// Whether CodeDeploy made the deployment, and gave the reason.
    pub is_codedeploys: bool,
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

/// Why a deployment failed, and what shows it.
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
    /// The steps of CodeDeploy's that failed.
    pub failed_steps: Vec<FailedStep>,
    /// The last log lines of failed containers; secrets may be among them.
    pub logs: Vec<LogTail>,
    /// The targets that are not healthy.
    pub targets: Vec<TargetHealth>,
    /// What could not be read, and which permission would have helped.
    pub notes: Vec<String>,
}

/// Chooses the best cause over all the evidence, and sorts the rest for reading.
pub(crate) fn diagnose(evidence: &Evidence) -> Diagnosis {
    let verdict = verdict::coverage(evidence);
    let container = verdict.container.as_deref();
    Diagnosis {
        last_words: container.and_then(|name| last_words::of(&evidence.logs, name)),
        cause: verdict.cause,
        next: verdict.next,
        is_known: verdict.is_known,
        groups: groups::of(&evidence.tasks),
        events: events::shown(&evidence.events),
        older_event: evidence.older_event.as_ref().map(events::plain_event),
        failed_steps: evidence.failed_steps.iter().filter_map(FailedStep::of).collect(),
        logs: evidence.logs.iter().map(lines::plain_tail).collect(),
        targets: evidence
            .targets
            .iter()
            .filter(|target| verdict::is_unhealthy(target))
            .map(lines::plain_target)
            .collect(),
        notes: evidence
            .denied
            .iter()
            .map(|denied| {
                text::plain(&format!(
                    "The {} could not be read: that takes {}",
                    denied.what, denied.permission
                ))
            })
            .collect(),
    }
}
