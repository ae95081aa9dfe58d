//! BLUE_GREEN, LINEAR and CANARY: stages, traffic and bake times.
//!
//! A deployment is a list of stages, made when it begins. A stage ends when its
//! time is up and no hook holds it; SCALE_UP ends when all new tasks are healthy
//! and CLEAN_UP when the old ones are gone.

pub(crate) mod hooks;

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::clock::Calendar;
use crate::ecs::model::{Rollout, Service};
use crate::ecs::native::hooks::Hooks;
use crate::ecs::scene::Scene;
use crate::ecs::{rollout, scheduler};
use crate::timers::Step;
use crate::wire::double;
use crate::words::words;

words! {
    /// `lifecycleStage`. `PRE_PRODUCTION_TRAFFIC_SHIFT` is documented, and missing in the
    /// models of the SDKs.
    pub(crate) enum Stage {
        ReconcileService = "RECONCILE_SERVICE",
        PreScaleUp = "PRE_SCALE_UP",
        ScaleUp = "SCALE_UP",
        PostScaleUp = "POST_SCALE_UP",
        TestTrafficShift = "TEST_TRAFFIC_SHIFT",
        PostTestTrafficShift = "POST_TEST_TRAFFIC_SHIFT",
        PreProductionTrafficShift = "PRE_PRODUCTION_TRAFFIC_SHIFT",
        ProductionTrafficShift = "PRODUCTION_TRAFFIC_SHIFT",
        PostProductionTrafficShift = "POST_PRODUCTION_TRAFFIC_SHIFT",
        BakeTime = "BAKE_TIME",
        CleanUp = "CLEAN_UP",
    }
}

/// One entry of a deployment's list.
#[derive(Debug, Clone, Copy)]
struct Planned {
    stage: Stage,
    /// The share of production traffic on the new revision from here on.
    production: f64,
    /// How long the traffic stays so, in minutes of the configuration.
    bake_minutes: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Native {
    plan: Vec<Planned>,
    at: usize,
    /// Whether the stage's own time is up.
    ripe: bool,
    rolling_back: bool,
    hooks: Hooks,
}

impl Native {
    /// `None` for a rolling update.
    pub(crate) fn from_configuration(configuration: &Map<String, Value>) -> Option<Self> {
        let steps = match configuration.get("strategy").and_then(Value::as_str) {
            Some("BLUE_GREEN") => vec![(100.0, 0)],
            Some("LINEAR") => linear_steps(configuration.get("linearConfiguration")),
            Some("CANARY") => canary_steps(configuration.get("canaryConfiguration")),
            _ => return None,
        };
        let bake = configuration.get("bakeTimeInMinutes").and_then(Value::as_u64).unwrap_or(0);
        let plain = |stage| Planned { stage, production: 0.0, bake_minutes: 0 };
        let mut plan: Vec<Planned> = [
            Stage::ReconcileService,
            Stage::PreScaleUp,
            Stage::ScaleUp,
            Stage::PostScaleUp,
            Stage::TestTrafficShift,
            Stage::PostTestTrafficShift,
        ]
        .map(plain)
        .to_vec();
        let mut before = 0.0;
        for (production, bake_minutes) in steps {
            let stage = Stage::PreProductionTrafficShift;
            plan.push(Planned { stage, production: before, bake_minutes: 0 });
            let stage = Stage::ProductionTrafficShift;
            plan.push(Planned { stage, production, bake_minutes });
            before = production;
        }
        let all = |stage, bake_minutes| Planned { stage, production: 100.0, bake_minutes };
        plan.push(all(Stage::PostProductionTrafficShift, 0));
        plan.push(all(Stage::BakeTime, bake));
        plan.push(all(Stage::CleanUp, 0));
        let hooks = Hooks::from_configuration(configuration);
        Some(Self { plan, at: 0, ripe: false, rolling_back: false, hooks })
    }

    fn stage(&self) -> Stage {
        self.plan[self.at].stage
    }

    fn production(&self) -> f64 {
        if self.rolling_back { 0.0 } else { self.plan[self.at].production }
    }

    /// Test traffic moves as a whole.
    fn test(&self) -> f64 {
        let shifted = !self.rolling_back && self.stage() >= Stage::TestTrafficShift;
        if shifted { 100.0 } else { 0.0 }
    }
}

/// Shares of traffic, each with the minutes until the next.
fn linear_steps(configuration: Option<&Value>) -> Vec<(f64, u64)> {
    let read = |name: &str| configuration.and_then(|it| it.get(name));
    let step = read("stepPercent").and_then(Value::as_f64).unwrap_or(10.0).clamp(3.0, 100.0);
    let bake = read("stepBakeTimeInMinutes").and_then(Value::as_u64).unwrap_or(6);
    let mut steps = Vec::new();
    let mut share = step;
    while share < 100.0 {
        steps.push((share, bake));
        share += step;
    }
    steps.push((100.0, 0));
    steps
}

fn canary_steps(configuration: Option<&Value>) -> Vec<(f64, u64)> {
    let read = |name: &str| configuration.and_then(|it| it.get(name));
    let share = read("canaryPercent").and_then(Value::as_f64).unwrap_or(5.0);
    let bake = read("canaryBakeTimeInMinutes").and_then(Value::as_u64).unwrap_or(10);
    vec![(share, bake), (100.0, 0)]
}

fn active(service: &Service) -> Option<&Native> {
    service.active_rollout()?.native.as_ref()
}

fn active_mut(service: &mut Service) -> Option<&mut Native> {
    service.active_rollout_mut()?.native.as_mut()
}

/// Whether tasks of other revisions than the goal may be stopped.
pub(crate) fn lets_old_tasks_go(service: &Service) -> bool {
    active(service).is_none_or(|native| native.rolling_back || native.stage() == Stage::CleanUp)
}

pub(crate) fn lets_new_tasks_start(service: &Service) -> bool {
    active(service).is_none_or(|native| native.rolling_back || native.stage() >= Stage::ScaleUp)
}

/// The strategies run both revisions in full; no maximum percent applies.
pub(crate) fn task_limit(service: &Service) -> Option<u32> {
    active(service).map(|_| u32::MAX)
}

pub(crate) fn start(service: &mut Service, scene: &mut Scene<'_>) {
    if active(service).is_some() {
        enter(service, scene);
    }
}

/// Does what the stage begins with.
fn enter(service: &mut Service, scene: &mut Scene<'_>) {
    let Some(native) = active_mut(service) else { return };
    native.ripe = false;
    let planned = native.plan[native.at];
    let turn = native.at;
    let own = match planned.stage {
        Stage::ScaleUp | Stage::CleanUp => None,
        Stage::TestTrafficShift => Some(scene.pace.shift),
        Stage::ProductionTrafficShift => {
            Some(scene.pace.shift + minutes(scene, planned.bake_minutes))
        }
        Stage::BakeTime => Some(minutes(scene, planned.bake_minutes)),
        _ => Some(scene.pace.stage),
    };
    let Some(id) = service.active_rollout_mut().map(|rollout| {
        rollout.updated = scene.now;
        rollout.id.clone()
    }) else {
        return;
    };
    hooks::raise(service, scene, &id, planned.stage);
    match own {
        Some(delay) => scene.after(delay, service, Step::Stage { rollout: id, turn }),
        None => scheduler::reconcile(service, scene),
    }
}

fn minutes(scene: &Scene<'_>, count: u64) -> Duration {
    scene.pace.minute * u32::try_from(count).unwrap_or(u32::MAX)
}

/// A stage's own time is up.
pub(crate) fn stage_over(service: &mut Service, scene: &mut Scene<'_>, id: &str, turn: usize) {
    let current = service.active_rollout().is_some_and(|rollout| rollout.id == id);
    let Some(native) = active_mut(service) else { return };
    if current && native.at == turn && !native.rolling_back {
        native.ripe = true;
        go_on(service, scene);
    }
}

/// Enters the next stage, if nothing holds this one.
fn go_on(service: &mut Service, scene: &mut Scene<'_>) {
    let Some(native) = active_mut(service) else { return };
    if native.rolling_back || !native.ripe || native.hooks.hold() {
        return;
    }
    if let Some((stage, target)) = native.hooks.failed() {
        let reason = format!(
            "Service deployment rolled back because {} lifecycle hook(s) failed. Lifecycle hook \
             target {target} returned FAILED status.",
            stage.as_str()
        );
        return rollout::fail(service, scene, &reason);
    }
    if native.at + 1 < native.plan.len() {
        native.at += 1;
        enter(service, scene);
    }
}

/// Every task of the goal is healthy.
pub(crate) fn scaled_up(service: &mut Service, scene: &mut Scene<'_>) {
    let target = service.active_rollout().map(|rollout| rollout.target.clone());
    let others = service.revisions_with_tasks().into_iter().any(|it| Some(it) != target);
    let Some(native) = active_mut(service) else { return };
    match native.stage() {
        Stage::ScaleUp if !native.ripe => {
            native.ripe = true;
            go_on(service, scene);
        }
        Stage::CleanUp if !others => rollout::succeed(service, scene),
        _ => {}
    }
}

/// All traffic returns at once.
pub(crate) fn return_traffic(rollout: &mut Rollout) {
    if let Some(native) = &mut rollout.native {
        native.rolling_back = true;
        native.hooks.cancel();
    }
}

/// The deployment ends where it stands.
pub(crate) fn abandon(rollout: &mut Rollout) {
    if let Some(native) = &mut rollout.native {
        native.hooks.cancel();
    }
}

/// Adds the traffic weights to a summary of a source or of the target.
pub(crate) fn add_weights(view: &mut Value, rollout: &Rollout, is_target: bool) {
    let Some(native) = &rollout.native else { return };
    let share = |target: f64| double(if is_target { target } else { 100.0 - target });
    view["requestedTestTrafficWeight"] = share(native.test());
    view["requestedProductionTrafficWeight"] = share(native.production());
}

pub(crate) fn add_stage(view: &mut Value, rollout: &Rollout, calendar: Calendar) {
    let Some(native) = &rollout.native else { return };
    if rollout.started.is_some() {
        view["lifecycleStage"] = json!(native.stage().as_str());
    }
    let hooks = native.hooks.view(calendar);
    if !hooks.is_empty() {
        view["lifecycleHookDetails"] = Value::Array(hooks);
    }
}
