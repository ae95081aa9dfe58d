//! `service.events`: messages about a service.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::{Calendar, Time};
use crate::ids::Ids;

/// How many events `DescribeServices` shows.
const SHOWN: usize = 100;

/// How long a message about the same problem is not repeated.
const SILENCE: Duration = Duration::from_secs(6 * 60 * 60);

#[derive(Debug, Default)]
pub(crate) struct Events {
    /// Oldest first.
    all: Vec<Event>,
    /// When a problem was last added, by its message.
    suppressed: BTreeMap<String, Time>,
}

#[derive(Debug)]
struct Event {
    id: String,
    at: Time,
    message: String,
}

impl Events {
    pub(crate) fn add(&mut self, ids: &mut Ids, now: Time, message: String) {
        self.all.push(Event { id: ids.uuid(), at: now, message });
        if self.all.len() > 2 * SHOWN {
            self.all.drain(..SHOWN);
        }
    }

    /// Adds an event about a problem, unless the same one was added within six hours and its
    /// cause was not resolved since.
    pub(crate) fn add_once(&mut self, ids: &mut Ids, now: Time, message: String) {
        match self.suppressed.get(&message) {
            Some(told) if now < *told + SILENCE => {}
            _ => {
                self.suppressed.insert(message.clone(), now);
                self.add(ids, now, message);
            }
        }
    }

    /// The causes of all problems are gone.
    pub(crate) fn resolved(&mut self) {
        self.suppressed.clear();
    }

    /// Newest first.
    pub(crate) fn view(&self, calendar: Calendar) -> Vec<Value> {
        let newest = self.all.iter().rev().take(SHOWN);
        newest
            .map(|event| {
                json!({
                    "id": event.id,
                    "createdAt": calendar.stamp(event.at),
                    "message": event.message,
                })
            })
            .collect()
    }
}
