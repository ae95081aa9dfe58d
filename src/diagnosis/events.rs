//! Which events are worth showing.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use crate::ecs::Event;

use super::Diagnosis;
use super::context::Context;
use super::row::{Rank, Signal, find};
use super::rows;
use super::text::plain;

/// ECS leaves out a repeated message until its cause is gone or this has passed
/// (Developer Guide, "Service event messages").
const REPEATS_AFTER: Duration = Duration::from_secs(6 * 60 * 60);

/// More would be a log of their own.
const SHOWN: usize = 10;

/// The newest event from before `since` that reports trouble ECS may not have
/// repeated since: the cause of a deployment that gets nowhere can be older
/// than the deployment. Events that name a deployment are about another one.
pub(crate) fn newest_matching_older(events: &[Event], since: SystemTime) -> Option<Event> {
    events
        .iter()
        .filter_map(|event| Some((event.at?, event)))
        .filter(|(at, event)| {
            since.duration_since(*at).is_ok_and(|age| !age.is_zero() && age <= REPEATS_AFTER)
                && !event.message.contains("(deployment ecs-svc/")
                && tells_a_cause(event)
        })
        .max_by(|(at, event), (other_at, other)| (at, &event.id).cmp(&(other_at, &other.id)))
        .map(|(_, event)| event.clone())
}

impl Diagnosis {
    /// The events of this deployment that are not among what was `told` of it.
    pub(crate) fn events_beside<'a>(&self, told: impl IntoIterator<Item = &'a str>) -> Vec<&Event> {
        let told: HashSet<String> = told.into_iter().map(plain).collect();
        self.events.iter().filter(|event| !told.contains(&event.message)).collect()
    }
}

/// The newest events, each message once, oldest first.
pub(super) fn shown(events: &[Event]) -> Vec<Event> {
    let mut messages = HashSet::new();
    let mut shown: Vec<Event> = events
        .iter()
        .rev()
        .filter(|event| messages.insert(&event.message))
        .take(SHOWN)
        .map(plain_event)
        .collect();
    shown.reverse();
    shown
}

pub(super) fn plain_event(event: &Event) -> Event {
    Event { id: plain(&event.id), at: event.at, message: plain(&event.message) }
}

/// The words of an event behind the name of its service: that is chosen by people,
/// and may sound like a cause.
pub(super) fn words(message: &str) -> &str {
    let behind = message.strip_prefix("(service ").and_then(|rest| rest.split_once(") "));
    behind.map_or(message, |(_, words)| words)
}

fn tells_a_cause(event: &Event) -> bool {
    find(rows::EVENT, &[(Signal::Text(words(&event.message)), Context::default())])
        .is_some_and(|finding| finding.row.rank < Rank::General)
}
