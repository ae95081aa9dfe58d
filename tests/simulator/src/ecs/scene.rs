//! What a service needs of the world around it when it changes.

use std::time::Duration;

use crate::behaviour::Behaviours;
use crate::clock::Time;
use crate::ecr::registry::Registry;
use crate::ecs::definitions::{Definition, Definitions};
use crate::ecs::model::Service;
use crate::ids::Ids;
use crate::logs::Logs;
use crate::pace::Pace;
use crate::timers::{Step, Timer, Timers};

pub(crate) struct Scene<'a> {
    pub(crate) now: Time,
    pub(crate) pace: &'a Pace,
    pub(crate) timers: &'a mut Timers,
    pub(crate) ids: &'a mut Ids,
    pub(crate) registry: &'a Registry,
    pub(crate) behaviours: &'a Behaviours,
    pub(crate) logs: &'a mut Logs,
    pub(crate) definitions: &'a Definitions,
}

impl Scene<'_> {
    /// Plans a step of this service.
    pub(crate) fn after(&mut self, delay: Duration, service: &Service, step: Step) {
        self.timers.at(self.now + delay, Timer::Service(service.key.clone(), step));
    }

    pub(crate) fn definition(&self, service: &Service, arn: &str) -> &Definition {
        self.definitions
            .find(&service.key.region, arn)
            .expect("a revision's task definition was registered")
    }

    /// Adds an event `(service NAME) …`.
    pub(crate) fn add_event(&mut self, service: &mut Service, what: &str) {
        let message = format!("(service {}) {what}", service.key.name);
        service.events.add(self.ids, self.now, message);
    }

    /// The same about a problem, which ECS does not repeat.
    pub(crate) fn add_event_once(&mut self, service: &mut Service, what: &str) {
        let message = format!("(service {}) {what}", service.key.name);
        service.events.add_once(self.ids, self.now, message);
    }
}
