//! `service.events`: what ECS tells about a service.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::{Calendar, Time};
use crate::ids::Ids;

/// How many events `DescribeServices` shows.
const SHOWN: usize = 100;

/// How long a message about the same trouble is not repeated.
const SILENCE: Duration = Duration::from_secs(6 * 60 * 60);

#[derive(Debug, Default)]
pub(crate) struct Events {
    /// Oldest first.
    told: Vec<Event>,
    /// Trouble by its sentence, and when it was told.
    suppressed: BTreeMap<String, Time>,
}

#[derive(Debug)]
struct Event {
    id: String,
    at: Time,
    message: String,
}

impl Events {
    pub(crate) fn tell(&mut self, ids: &mut Ids, now: Time, message: String) {
        self.told.push(Event { id: ids.uuid(), at: now, message });
        if self.told.len() > 2 * SHOWN {
            self.told.drain(..SHOWN);
        }
    }

    /// Tells about trouble, unless the same sentence was told within six hours
    /// and its cause was not resolved since.
    pub(crate) fn complain(&mut self, ids: &mut Ids, now: Time, message: String) {
        match self.suppressed.get(&message) {
            Some(told) if now < *told + SILENCE => {}
            _ => {
                self.suppressed.insert(message.clone(), now);
                self.tell(ids, now, message);
            }
        }
    }

    /// The cause of every complaint is gone.
    pub(crate) fn resolved(&mut self) {
        self.suppressed.clear();
    }

    /// Newest first.
    pub(crate) fn view(&self, calendar: Calendar) -> Vec<Value> {
        let newest = self.told.iter().rev().take(SHOWN);
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
