//! Which parts of the evidence are shown, and how: in single lines without control
//! characters.

use std::collections::HashSet;

use super::text::{log_line, plain};
use crate::ecs::{Event, LogSource, LogTail, TargetHealth};

/// More would be a log of their own.
const EVENTS: usize = 10;

/// The newest events, each message once, oldest first.
pub(super) fn newest_events(events: &[Event]) -> Vec<Event> {
    let mut messages = HashSet::new();
    let mut shown: Vec<Event> = events
        .iter()
        .rev()
        .filter(|event| messages.insert(&event.message))
        .take(EVENTS)
        .map(event)
        .collect();
    shown.reverse();
    shown
}

pub(super) fn event(event: &Event) -> Event {
    Event { id: plain(&event.id), at: event.at, message: plain(&event.message) }
}

pub(super) fn tail(tail: &LogTail) -> LogTail {
    LogTail {
        container: plain(&tail.container),
        task: plain(&tail.task),
        source: match &tail.source {
            LogSource::CloudWatch { group, stream } => {
                LogSource::CloudWatch { group: plain(group), stream: plain(stream) }
            }
            LogSource::Elsewhere { driver, place } => {
                LogSource::Elsewhere { driver: plain(driver), place: plain(place) }
            }
        },
        lines: tail.lines.iter().flat_map(|line| line.lines()).map(log_line).collect(),
    }
}

pub(super) fn target(target: &TargetHealth) -> TargetHealth {
    TargetHealth {
        target_group: plain(&target.target_group),
        target: plain(&target.target),
        port: target.port,
        state: plain(&target.state.to_string()).as_str().into(),
        reason: target.reason.as_deref().map(plain),
        description: target.description.as_deref().map(plain),
    }
}
