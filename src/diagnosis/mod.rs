//! From what ECS answers about a deployment that failed to the sentence that a
//! person reads, and the next move.
//!
//! Pure: nothing here calls, waits or prints. Whoever gathers the [`Evidence`]
//! leaves out what it may not read and says so in [`Evidence::denied`]; a part
//! that is missing makes the answer poorer, never wrong. All texts in are
//! untrusted; all texts out are single lines without control characters, and
//! whoever prints them still escapes for where they go.

mod context;
mod events;
mod evidence;
mod extract;
mod failed_step;
mod failures;
mod last_words;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod laws;
mod lines;
mod result;
mod row;
mod rows;
mod shown;
mod stop_kind;
mod stopped_task;
mod task_group;
mod text;
mod verdict;

#[cfg(test)]
mod tests;

pub(crate) use events::newest_matching_older;
pub(crate) use evidence::{Denied, Evidence};
pub(crate) use extract::target_group;
pub(crate) use failed_step::FailedStep;
pub(crate) use failures::{Failures, GiveUp, failure_limit};
pub(crate) use result::Diagnosis;
pub(crate) use stop_kind::StopKind;
pub(crate) use task_group::TaskGroup;

/// Chooses the best cause over all the evidence, and sorts the rest for reading.
pub(crate) fn diagnose(evidence: &Evidence) -> Diagnosis {
    let verdict = verdict::of(evidence);
    let container = verdict.container.as_deref();
    Diagnosis {
        last_words: container.and_then(|name| last_words::of(&evidence.logs, name)),
        cause: verdict.cause,
        next: verdict.next,
        is_known: verdict.is_known,
        groups: task_group::of(&evidence.tasks),
        events: shown::newest_events(&evidence.events),
        older_event: evidence.older_event.as_ref().map(shown::event),
        failed_steps: evidence.failed_steps.iter().filter_map(FailedStep::of).collect(),
        logs: evidence.logs.iter().map(shown::tail).collect(),
        targets: evidence
            .targets
            .iter()
            .filter(|target| verdict::is_unhealthy(target))
            .map(shown::target)
            .collect(),
        notes: evidence
            .denied
            .iter()
            .map(|denied| {
                text::plain(&format!(
                    "The {} could not be read: that needs {}",
                    denied.what, denied.permission
                ))
            })
            .collect(),
    }
}
