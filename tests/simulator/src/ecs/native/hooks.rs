//! Lifecycle hooks: Lambda functions, and pauses that wait for a person.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::behaviour::Hook;
use crate::clock::{Calendar, Time};
use crate::ecs::model::{Rollout, Service};
use crate::ecs::native::{Stage, active_mut, go_on};
use crate::ecs::rollout;
use crate::ecs::scene::Scene;
use crate::timers::Step;
use crate::wire::present;
use crate::words::words;

/// How long a pause lasts unless the configuration says so.
const DEFAULT_MINUTES: u32 = 1440;

#[derive(Debug, Clone)]
pub(crate) struct Hooks {
    configured: Vec<Configured>,
    /// Those of the stages so far.
    raised: Vec<Raised>,
}

#[derive(Debug, Clone)]
struct Configured {
    pause: bool,
    target: Option<String>,
    stages: BTreeSet<String>,
    minutes: u32,
    goes_on_after: bool,
}

#[derive(Debug, Clone)]
struct Raised {
    id: String,
    stage: Stage,
    hook: Configured,
    state: State,
    /// Of a pause.
    expires: Option<Time>,
}

words! {
    enum State {
        AwaitingAction = "AWAITING_ACTION",
        InProgress = "IN_PROGRESS",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
        TimedOut = "TIMED_OUT",
    }
}

impl Hooks {
    pub(super) fn from_configuration(configuration: &Map<String, Value>) -> Self {
        let list = configuration.get("lifecycleHooks").and_then(Value::as_array);
        let configured = list.into_iter().flatten().map(|hook| {
            let stages = hook["lifecycleStages"].as_array().into_iter().flatten();
            let timeout = &hook["timeoutConfiguration"];
            Configured {
                pause: hook["targetType"] == "PAUSE",
                target: hook["hookTargetArn"].as_str().map(str::to_owned),
                stages: stages.filter_map(Value::as_str).map(str::to_owned).collect(),
                minutes: timeout["timeoutInMinutes"]
                    .as_u64()
                    .and_then(|minutes| u32::try_from(minutes).ok())
                    .unwrap_or(DEFAULT_MINUTES),
                goes_on_after: timeout["action"] == "CONTINUE",
            }
        });
        Self { configured: configured.collect(), raised: Vec::new() }
    }

    /// Whether a pause keeps the deployment in its stage.
    pub(super) fn hold(&self) -> bool {
        self.raised.iter().any(|raised| raised.state == State::AwaitingAction)
    }

    /// Nobody is waited for any more: the deployment goes another way. How a
    /// pause is shown after that is not documented.
    pub(super) fn cancel(&mut self) {
        for raised in &mut self.raised {
            if raised.state == State::AwaitingAction {
                raised.state = State::Failed;
            }
        }
    }

    /// A Lambda hook that failed: its stage and target.
    pub(super) fn failed(&self) -> Option<(Stage, String)> {
        let failed = self.raised.iter().find(|raised| raised.state == State::Failed)?;
        Some((failed.stage, failed.hook.target.clone().unwrap_or_default()))
    }

    pub(super) fn view(&self, calendar: Calendar) -> Vec<Value> {
        let shown = self.raised.iter().map(|raised| {
            present(json!({
                "hookId": raised.id,
                "targetType": if raised.hook.pause { "PAUSE" } else { "AWS_LAMBDA" },
                "targetArn": raised.hook.target,
                "status": raised.state.as_str(),
                "expiresAt": raised.expires.map(|at| calendar.stamp(at)),
                "timeoutAction": if raised.hook.goes_on_after { "CONTINUE" } else { "ROLLBACK" },
            }))
        });
        shown.collect()
    }
}

/// Raises the hooks of a stage. A Lambda function has answered by the time the
/// stage is over.
pub(super) fn raise(service: &mut Service, scene: &mut Scene<'_>, id: &str, stage: Stage) {
    let (now, minute) = (scene.now, scene.pace.minute);
    let Some(native) = active_mut(service) else { return };
    for raised in &mut native.hooks.raised {
        if raised.state == State::InProgress {
            raised.state = State::Succeeded;
        }
    }
    let due: Vec<Configured> = native
        .hooks
        .configured
        .iter()
        .filter(|hook| hook.stages.contains(stage.as_str()))
        .cloned()
        .collect();
    let mut pauses = Vec::new();
    for hook in due {
        let raised_id = match hook.pause {
            // As the developer guide shows it.
            true => format!("ecs-pause-{}", scene.ids.uuid()),
            false => scene.ids.uuid(),
        };
        let fails = hook
            .target
            .as_ref()
            .is_some_and(|arn| matches!(scene.behaviours.hook(arn), Hook::Fails { .. }));
        let expires = hook.pause.then(|| now + minute * hook.minutes);
        if let Some(expires) = expires {
            pauses.push((raised_id.clone(), expires - now));
        }
        let state = match (hook.pause, fails) {
            (true, _) => State::AwaitingAction,
            (false, true) => State::Failed,
            (false, false) => State::InProgress,
        };
        native.hooks.raised.push(Raised { id: raised_id, stage, hook, state, expires });
    }
    for (hook, delay) in pauses {
        scene.after(delay, service, Step::HookTimeout { rollout: id.to_owned(), hook });
    }
}

/// Whether this hook waits for a person.
pub(crate) fn awaits(rollout: &Rollout, hook: &str) -> bool {
    rollout.native.as_ref().is_some_and(|native| {
        native.hooks.raised.iter().any(|it| it.id == hook && it.state == State::AwaitingAction)
    })
}

/// Whether the deployment stands still for a person.
pub(crate) fn any_awaits(rollout: &Rollout) -> bool {
    rollout.native.as_ref().is_some_and(|native| native.hooks.hold())
}

/// The hooks that wait for a person.
pub(crate) fn awaiting(service: &Service) -> Vec<String> {
    let native = service.active_rollout().and_then(|rollout| rollout.native.as_ref());
    let raised = native.into_iter().flat_map(|native| &native.hooks.raised);
    raised.filter(|it| it.state == State::AwaitingAction).map(|it| it.id.clone()).collect()
}

pub(crate) fn answered(service: &mut Service, scene: &mut Scene<'_>, hook: &str, goes_on: bool) {
    let state = if goes_on { State::Succeeded } else { State::Failed };
    end(service, scene, hook, state, goes_on);
}

/// Nobody answered.
pub(crate) fn timed_out(service: &mut Service, scene: &mut Scene<'_>, id: &str, hook: &str) {
    let waiting =
        service.active_rollout().filter(|rollout| rollout.id == id && awaits(rollout, hook));
    let Some(native) = waiting.and_then(|rollout| rollout.native.as_ref()) else { return };
    let goes_on = native.hooks.raised.iter().any(|it| it.id == hook && it.hook.goes_on_after);
    end(service, scene, hook, State::TimedOut, goes_on);
}

fn end(service: &mut Service, scene: &mut Scene<'_>, hook: &str, state: State, goes_on: bool) {
    let Some(native) = active_mut(service) else { return };
    let waits = |it: &&mut Raised| it.id == hook && it.state == State::AwaitingAction;
    let Some(raised) = native.hooks.raised.iter_mut().find(waits) else { return };
    raised.state = state;
    let stage = raised.stage.as_str();
    if goes_on {
        go_on(service, scene);
    } else {
        let how = if state == State::TimedOut { "timed out" } else { "was answered with ROLLBACK" };
        let reason = format!(
            "Service deployment rolled back because {stage} lifecycle hook(s) failed. Lifecycle \
             hook {hook} {how}."
        );
        rollout::fail(service, scene, &reason);
    }
}
