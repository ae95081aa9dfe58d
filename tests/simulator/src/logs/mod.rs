//! Amazon CloudWatch Logs: what containers wrote, and how it is read.

mod reads;

use std::collections::BTreeMap;

use crate::clock::Time;
use crate::wire::{Answered, AwsError, Params};
use crate::world::World;

/// Carries an operation out; `None` if there is no such operation here.
pub(crate) fn answer(operation: &str, world: &World, params: Params<'_>) -> Option<Answered> {
    Some(match operation {
        "GetLogEvents" => reads::get_log_events(world, params),
        "DescribeLogGroups" => reads::describe_log_groups(world, params),
        _ => return None,
    })
}

/// Every log group. A group and a stream come to be with the first container
/// that starts to write there.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    /// By Region and name.
    groups: BTreeMap<(String, String), Group>,
    /// How many pages come empty before the first one with events.
    pub(crate) empty_pages: u16,
}

/// Streams by name; the lines oldest first.
type Group = BTreeMap<String, Vec<Line>>;

#[derive(Debug)]
pub(crate) struct Line {
    at: Time,
    text: String,
}

/// Where a stream is.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) region: String,
    pub(crate) group: String,
    pub(crate) stream: String,
}

impl Logs {
    /// Writes to a stream, which is there from now on even without a line.
    /// CloudWatch Logs has no empty events.
    pub(crate) fn write(&mut self, place: Place, lines: &[String], now: Time) {
        let group = self.groups.entry((place.region, place.group)).or_default();
        let stream = group.entry(place.stream).or_default();
        let lines = lines.iter().filter(|text| !text.is_empty());
        stream.extend(lines.map(|text| Line { at: now, text: text.clone() }));
    }

    pub(crate) fn stream(&self, region: &str, group: &str, stream: &str) -> Answered<&[Line]> {
        let missing = |what: &str| {
            let message = format!("The specified log {what} does not exist.");
            AwsError::new("ResourceNotFoundException", message)
        };
        let group = self.groups.get(&(region.to_owned(), group.to_owned()));
        let group = group.ok_or_else(|| missing("group"))?;
        group.get(stream).map(Vec::as_slice).ok_or_else(|| missing("stream"))
    }
}
