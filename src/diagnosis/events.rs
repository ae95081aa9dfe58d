//! What service events say.

use std::time::{Duration, SystemTime};

use crate::ecs::Event;

use super::context::Context;
use super::row::{Rank, Signal, find};
use super::rows;

/// ECS leaves out a repeated message until its cause is gone or this has passed
/// (Developer Guide, "Service event messages").
const REPEATS_AFTER: Duration = Duration::from_secs(6 * 60 * 60);

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
