//! What becomes of scheduled tasks when the service runs another revision.

use crate::ecs::{ScheduledTask, TaskDefinitionArn};
use crate::request::Schedules;

/// What a scheduled task runs, held against a revision of its family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Runs {
    /// That one.
    It,
    /// Another one, `family:revision`.
    Another(String),
    /// Whichever is the newest.
    Newest,
}

impl Runs {
    /// `to` is none where the revision is yet to be registered.
    pub(crate) fn of(task: &ScheduledTask, to: Option<&TaskDefinitionArn>) -> Self {
        match task.runs() {
            None | Some((_, None)) => Self::Newest,
            Some((family, Some(revision))) => {
                let is_it = to.is_some_and(|to| to.family() == family && to.revision() == revision);
                if is_it { Self::It } else { Self::Another(format!("{family}:{revision}")) }
            }
        }
    }
}

/// The line of the plan; none where nothing is to be done.
pub(crate) fn line(
    task: &ScheduledTask,
    to: Option<&TaskDefinitionArn>,
    schedules: Schedules,
) -> Option<String> {
    let Runs::Another(from) = Runs::of(task, to) else { return None };
    let to = to.map_or_else(|| "it".to_owned(), TaskDefinitionArn::short);
    match schedules {
        Schedules::Update => Some(format!("then {task}: {from} -> {to}")),
        Schedules::Warn => Some(format!("{task} stays on {from}")),
        Schedules::Ignore => None,
    }
}
