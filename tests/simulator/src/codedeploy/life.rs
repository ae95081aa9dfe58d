//! The phases of a deployment, from Created until its old task set is terminated. `endings`
//! has its end.

use std::time::Duration;

use crate::behaviour::Hook;
use crate::codedeploy::configs::{self, Routing};
use crate::codedeploy::deployment::{At, Deployment, Replacement, Status, Stopping};
use crate::codedeploy::events::{Diagnostics, Event, EventStatus};
use crate::codedeploy::model::Fault;
use crate::codedeploy::{endings, install};
use crate::ecs::model::{Controller, ServiceStatus};
use crate::ecs::task_sets;
use crate::timers::Timer;
use crate::world::World;

/// How long the replacement may take to become steady, and a function to answer; both are
/// documented.
pub(super) const TIMEOUT_MINUTES: u32 = 60;

const UNUSABLE: &str = "The ECS service is not ACTIVE, or has no primary task set.";

#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// The current phase is over, unless the deployment has moved on since.
    Tick(u32),
    /// What was asked to stop it does so.
    Stop,
    /// Its rollback is made.
    RollBack,
}

pub(crate) fn take(world: &mut World, id: &str, step: Step) {
    match step {
        Step::Tick(turn) => tick(world, id, turn),
        Step::Stop => endings::stopped(world, id),
        Step::RollBack => endings::roll_back(world, id),
    }
}

/// Plans a step so long from now.
pub(super) fn after(world: &mut World, id: &str, delay: Duration, step: Step) {
    let timer = Timer::CodeDeploy { deployment: id.to_owned(), step };
    world.timers.at(world.now + delay, timer);
}

/// Plans the end of the current phase for this long from now.
pub(super) fn wait(world: &mut World, id: &str, delay: Duration) {
    if let Some(turn) = world.codedeploy.deployment(id).map(|it| it.turn) {
        after(world, id, delay, Step::Tick(turn));
    }
}

/// Moves a deployment to another phase.
fn go_to(world: &mut World, id: &str, at: At, status: Status) {
    let now = world.now;
    if let Some(deployment) = world.codedeploy.deployment_mut(id) {
        deployment.at = at;
        deployment.status = status;
        deployment.turn += 1;
        deployment.updated = now;
    }
}

/// A deployment was made.
pub(super) fn begin(world: &mut World, deployment: Deployment) {
    let id = deployment.id.clone();
    world.codedeploy.add(deployment);
    wait(world, &id, world.pace.begin);
}

fn tick(world: &mut World, id: &str, turn: u32) {
    let Some(deployment) = world.codedeploy.deployment(id) else { return };
    if deployment.turn != turn || deployment.stopping.is_some() {
        return;
    }
    match deployment.at {
        At::Created => {
            let group = deployment.group.find(&world.codedeploy);
            match group.map(|it| it.queue).filter(|it| !it.is_zero()) {
                Some(queue) => {
                    go_to(world, id, At::Queued, Status::Queued);
                    wait(world, id, queue);
                }
                None => start(world, id),
            }
        }
        At::Queued => start(world, id),
        At::Event(Event::Install) => endings::fail(world, id, Fault::not_steady()),
        At::Event(Event::AllowTraffic) => shift(world, id),
        At::Event(Event::AllowTestTraffic) => passed(world, id),
        At::Event(event) => answered(world, id, event),
        At::Ready => endings::nobody_continued(world, id),
        At::Termination => endings::succeed(world, id, true),
        At::Over => {}
    }
}

fn start(world: &mut World, id: &str) {
    let now = world.now;
    let Some(deployment) = world.codedeploy.deployment_mut(id) else { return };
    deployment.started = Some(now);
    let deployment = deployment.clone();
    let broken = deployment.group.find(&world.codedeploy).and_then(|it| it.broken.clone());
    if let Some(fault) = broken {
        return endings::fail(world, id, fault);
    }
    let usable = world.services.get(&deployment.service).filter(|service| {
        service.status == ServiceStatus::Active && service.controller == Controller::CodeDeploy
    });
    let Some(primary) = usable.and_then(|it| it.primary_set()).map(|it| it.number.clone()) else {
        return endings::fail(world, id, Fault::new("INVALID_ECS_SERVICE", UNUSABLE));
    };
    let undone = deployment.rolls_back.as_deref();
    let undone = undone.and_then(|id| world.codedeploy.deployment(id)?.green.clone());
    if let Some(it) = world.codedeploy.deployment_mut(id) {
        match &deployment.replacement {
            Replacement::New => it.blue = Some(primary),
            Replacement::Existing(set) => (it.blue, it.green) = (undone, Some(set.clone())),
        }
    }
    enter(world, id, Event::BeforeInstall);
}

fn enter(world: &mut World, id: &str, event: Event) {
    go_to(world, id, At::Event(event), Status::InProgress);
    let now = world.now;
    let Some(deployment) = world.codedeploy.deployment_mut(id) else { return };
    deployment.hung = false;
    let progress = deployment.progress(event);
    progress.status = EventStatus::InProgress;
    progress.started = Some(now);
    let deployment = deployment.clone();
    let (short, stage, shift) = (world.pace.stage / 10, world.pace.stage, world.pace.shift);
    match event {
        Event::Install => install::begin(world, &deployment),
        Event::AllowTestTraffic | Event::AllowTraffic
            if deployment.replacement != Replacement::New =>
        {
            wait(world, id, short);
        }
        Event::AllowTestTraffic => wait(world, id, stage),
        Event::AllowTraffic => wait(world, id, shift),
        _ if function(&deployment, event).is_some() => wait(world, id, stage),
        _ => wait(world, id, short),
    }
}

/// The function that is asked at an event. A rollback to a task set that is still
/// there asks nobody.
fn function(deployment: &Deployment, event: Event) -> Option<&String> {
    deployment.spec.hooks.get(&event).filter(|_| deployment.replacement == Replacement::New)
}

fn passed(world: &mut World, id: &str) {
    let now = world.now;
    let Some(deployment) = world.codedeploy.deployment_mut(id) else { return };
    let At::Event(event) = deployment.at else { return };
    let progress = deployment.progress(event);
    progress.status = EventStatus::Succeeded;
    progress.ended = Some(now);
    let deployment = deployment.clone();
    let (ready, termination) = (deployment.ready_wait(), deployment.termination_wait());
    match (deployment.next(event), ready) {
        (Some(Event::BeforeAllowTraffic), Some(minutes)) => {
            go_to(world, id, At::Ready, Status::Ready);
            wait(world, id, world.pace.minute * minutes);
        }
        (Some(next), _) => enter(world, id, next),
        (None, _) => terminate(world, id, termination),
    }
}

fn terminate(world: &mut World, id: &str, minutes: Option<u32>) {
    let Some(minutes) = minutes else { return endings::succeed(world, id, false) };
    go_to(world, id, At::Termination, Status::InProgress);
    wait(world, id, world.pace.minute * minutes);
}

/// Somebody ended a wait before its time; whether it was under way.
pub(super) fn go_on(world: &mut World, id: &str, at: At) -> bool {
    let there = world.codedeploy.deployment(id);
    if !there.is_some_and(|it| it.at == at && it.stopping.is_none()) {
        return false;
    }
    match at {
        At::Ready => enter(world, id, Event::BeforeAllowTraffic),
        _ => endings::succeed(world, id, true),
    }
    true
}

fn shift(world: &mut World, id: &str) {
    let now = world.now;
    let Some(deployment) = world.codedeploy.deployment_mut(id) else { return };
    let (turn, config) = (deployment.steps, deployment.config.clone());
    deployment.steps += 1;
    deployment.updated = now;
    let (service, green) = (deployment.service.clone(), deployment.green.clone());
    let routing = configs::routing(&world.codedeploy, &config).unwrap_or(Routing::AllAtOnce);
    let (percent, minutes) = routing.steps().get(turn).copied().unwrap_or((100, 0));
    if let Some(green) = green {
        world.with_service(&service, |service, scene| {
            task_sets::shift(service, scene.now, &green, percent);
        });
    }
    if percent == 100 {
        passed(world, id);
    } else {
        wait(world, id, world.pace.minute * minutes);
    }
}

/// A function answered, or its hour is over.
fn answered(world: &mut World, id: &str, event: Event) {
    let Some(deployment) = world.codedeploy.deployment(id) else { return };
    let hung = deployment.hung;
    let Some(function) = function(deployment, event).cloned() else { return passed(world, id) };
    let told = |code, message: &str, log_tail: &str| Diagnostics {
        code,
        function: function.clone(),
        message: message.to_owned(),
        log_tail: log_tail.to_owned(),
    };
    let failed = "The deployment failed because one or more of the lifecycle event validation \
                  functions failed.";
    let late = "The deployment timed out while waiting for a status callback. CodeDeploy expects \
                a status callback within one hour after a deployment hook is invoked.";
    let (diagnostics, fault) = match world.behaviours.hook(&function) {
        Hook::Succeeds => (told("Success", "", ""), None),
        Hook::Fails { log_tail } => {
            let diagnostics = told("ScriptFailed", failed, &log_tail);
            (diagnostics, Some(("HOOK_EXECUTION_FAILURE", failed)))
        }
        Hook::Hangs if !hung => {
            if let Some(deployment) = world.codedeploy.deployment_mut(id) {
                deployment.hung = true;
            }
            let rest = world.pace.minute * TIMEOUT_MINUTES;
            return wait(world, id, rest.saturating_sub(world.pace.stage));
        }
        Hook::Hangs => (told("ScriptTimedOut", late, ""), Some(("TIMEOUT", late))),
    };
    if let Some(deployment) = world.codedeploy.deployment_mut(id) {
        deployment.progress(event).diagnostics = Some(diagnostics);
    }
    match fault {
        None => passed(world, id),
        Some((code, message)) => endings::fail(world, id, Fault::new(code, message)),
    }
}

/// Reacts to changes of the services and alarms that deployments wait for. To be called
/// after every change.
pub(crate) fn observe(world: &mut World) {
    let under_way = world.codedeploy.deployments.iter().filter(|it| it.at != At::Over);
    let ids: Vec<String> = under_way.map(|it| it.id.clone()).collect();
    for id in ids {
        let Some(deployment) = world.codedeploy.deployment(&id) else { continue };
        let waiting = matches!(deployment.at, At::Created | At::Queued);
        if deployment.stopping.is_some() || waiting {
            continue;
        }
        let Some(service) = world.services.get(&deployment.service) else { continue };
        if service.status != ServiceStatus::Active {
            endings::fail(world, &id, Fault::new("INVALID_ECS_SERVICE", UNUSABLE));
            continue;
        }
        let alarms = deployment.alarms.iter().filter(|it| service.alarms.contains(*it));
        let alarms: Vec<String> = alarms.cloned().collect();
        let green = deployment.green.as_deref().and_then(|number| service.task_set(number));
        let steady = green.is_some_and(|set| set.steady && set.scale > 0);
        if !alarms.is_empty() {
            if let Some(it) = world.codedeploy.deployment_mut(&id) {
                it.stopping = Some(Stopping::Alarms(alarms));
            }
            after(world, &id, world.pace.rollback_delay, Step::Stop);
        } else if steady && deployment.at == At::Event(Event::Install) {
            passed(world, &id);
        }
    }
}
