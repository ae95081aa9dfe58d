//! BLUE_GREEN, LINEAR and CANARY: stages, traffic, bake times and hooks.

use serde_json::{Map, Value};

use crate::clock::Calendar;
use crate::ecs::model::{Rollout, Service};
use crate::ecs::scene::Scene;

#[derive(Debug, Clone)]
pub(crate) struct Native {}

impl Native {
    pub(crate) fn from_configuration(_: &Map<String, Value>) -> Option<Self> {
        None
    }
}

pub(crate) fn lets_old_tasks_go(_: &Service) -> bool {
    true
}

pub(crate) fn lets_new_tasks_start(_: &Service) -> bool {
    true
}

pub(crate) fn task_limit(_: &Service) -> Option<u32> {
    None
}

pub(crate) fn start(_: &mut Service, _: &mut Scene<'_>) {}

pub(crate) fn turn_back(_: &mut Rollout) {}

pub(crate) fn scaled_up(_: &mut Service, _: &mut Scene<'_>) {}

pub(crate) fn add_weights(_: &mut Map<String, Value>, _: &Rollout, _: bool) {}

pub(crate) fn add_stage(_: &mut Map<String, Value>, _: &Rollout, _: Calendar) {}

pub(crate) fn awaits(_: &Rollout, _: &str) -> bool {
    false
}

pub(crate) fn answered(_: &mut Service, _: &mut Scene<'_>, _: &str, _: &str, _: bool) {}

pub(crate) fn stage_over(_: &mut Service, _: &mut Scene<'_>, _: &str, _: u32) {}

pub(crate) fn hook_timed_out(_: &mut Service, _: &mut Scene<'_>, _: &str, _: &str) {}
