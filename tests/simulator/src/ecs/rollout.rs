//! How a service deployment begins and ends: success, the circuit breaker, alarms, a
//! person's stop, a newer deployment, and the rollback.

use crate::ecs::model::{
    DeploymentStatus, Retry, Revision, Rollback, Rollout, RolloutState, Service, Status,
};
use crate::ecs::monitors::{EarlySuccess, Watch};
use crate::ecs::scene::Scene;
use crate::ecs::scheduler;
use crate::timers::Step;

pub(crate) const BREAKER: &str =
    "Service deployment rolled back because the circuit breaker threshold was exceeded.";
pub(crate) const REPLACED: &str = "Replaced by a new service deployment.";
const NO_CANDIDATE: &str = "No rollback candidate was found to run the rollback.";

/// Starts a service deployment; one that is under way is replaced.
pub(crate) fn begin(service: &mut Service, scene: &mut Scene<'_>, task_definition: &str) {
    let rollback_target = rollback_target(service);
    let mut sources = service.revisions_with_tasks();
    if let Some(primary) = service.primary().map(|primary| primary.number.clone())
        && !sources.contains(&primary)
    {
        sources.push(primary);
    }
    replace_active(service, scene);
    for revision in &mut service.revisions {
        if revision.status == DeploymentStatus::Primary {
            revision.status = DeploymentStatus::Active;
            revision.updated = scene.now;
        }
    }
    let number = scene.ids.revision();
    let definition = scene.definition(service, task_definition);
    service.revisions.push(Revision::new(number.clone(), definition, scene.now));
    let id = scene.ids.service_deployment();
    let rollout = Rollout::new(id.clone(), number, service, scene.now);
    service.rollouts.push(Rollout { sources, rollback_target, ..rollout });
    service.retry = Retry::default();
    scene.after(scene.pace.begin, service, Step::Begin { rollout: id });
}

/// What a new deployment would roll back to. While ECS is rolling back, nothing is complete
/// and there is no such revision.
fn rollback_target(service: &Service) -> Option<String> {
    let last = service.rollout()?;
    match last.status {
        Status::Successful => Some(last.target.clone()),
        Status::RollbackSuccessful => last.rollback.as_ref().map(|it| it.revision.clone()),
        Status::Pending | Status::InProgress | Status::RollbackRequested | Status::Stopped => {
            last.rollback_target.clone()
        }
        Status::RollbackInProgress | Status::RollbackFailed => None,
    }
}

fn replace_active(service: &mut Service, scene: &mut Scene<'_>) {
    let now = scene.now;
    if let Some(rollout) = service.active_rollout_mut() {
        rollout.status_reason = Some(REPLACED.to_owned());
        stop_here(rollout, now);
    }
}

fn stop_here(rollout: &mut Rollout, now: crate::clock::Time) {
    rollout.status = Status::Stopped;
    rollout.stopped = Some(now);
    rollout.finished = Some(now);
    rollout.updated = now;
    crate::ecs::native::abandon(rollout);
}

/// PENDING becomes IN_PROGRESS.
pub(crate) fn started(service: &mut Service, scene: &mut Scene<'_>, id: &str) {
    let now = scene.now;
    let Some(rollout) = service.active_rollout_mut() else { return };
    if rollout.id != id || rollout.status != Status::Pending {
        return;
    }
    rollout.status = Status::InProgress;
    rollout.started = Some(now);
    rollout.updated = now;
    crate::ecs::native::start(service, scene);
    scheduler::reconcile(service, scene);
}

pub(crate) fn task_became_healthy(service: &mut Service, number: &str) {
    service.retry.gap = std::time::Duration::ZERO;
    let is_goal = service.primary().is_some_and(|primary| primary.number == number);
    if let Some(rollout) = service.active_rollout_mut()
        && is_goal
        && rollout.breaker.status == Watch::Monitoring
        && rollout.breaker.reset_on_healthy
    {
        rollout.breaker.failures = 0;
    }
}

/// A task of this revision died or never ran. Counts for the circuit breaker if
/// it belongs to what is being rolled out, or rolled back to.
pub(crate) fn task_failed(service: &mut Service, scene: &mut Scene<'_>, number: &str) {
    let is_goal = service.primary().is_some_and(|primary| primary.number == number);
    let Some(rollout) = service.active_rollout_mut() else { return };
    let counting = rollout.breaker.status != Watch::Disabled
        && matches!(rollout.status, Status::InProgress | Status::RollbackInProgress);
    if !is_goal || !counting {
        return;
    }
    rollout.breaker.failures += 1;
    rollout.updated = scene.now;
    if rollout.breaker.failures < rollout.breaker.threshold {
        return;
    }
    rollout.breaker.status = Watch::Triggered;
    let rolling_back = rollout.status == Status::RollbackInProgress;
    let rollback = rollout.breaker.rollback;
    fail_primary(service, scene, "ECS deployment circuit breaker: tasks failed to start.");
    scene.add_event(
        service,
        &format!("(deployment ecs-svc/{number}) deployment failed: tasks failed to start."),
    );
    if rolling_back {
        end_rollback(service, scene, Status::RollbackFailed);
    } else if rollback {
        roll_back(service, scene, BREAKER);
    } else {
        give_up(service, scene, "Service deployment failed: circuit breaker threshold exceeded.");
    }
}

/// The primary revision gets no more tasks.
fn fail_primary(service: &mut Service, scene: &Scene<'_>, reason: &str) {
    for revision in &mut service.revisions {
        if revision.status == DeploymentStatus::Primary {
            revision.state = RolloutState::Failed;
            revision.state_reason = reason.to_owned();
            revision.updated = scene.now;
        }
    }
}

/// The deployment ends where it stands: nobody asked for a rollback.
fn give_up(service: &mut Service, scene: &Scene<'_>, reason: &str) {
    let now = scene.now;
    if let Some(rollout) = service.active_rollout_mut() {
        rollout.status_reason = Some(reason.to_owned());
        stop_here(rollout, now);
    }
}

pub(crate) fn alarm(service: &mut Service, scene: &mut Scene<'_>, name: &str) {
    service.alarms.insert(name.to_owned());
    let Some(rollout) = service.active_rollout_mut() else { return };
    let alarms = &mut rollout.alarms;
    if rollout.status != Status::InProgress
        || alarms.status != Watch::Monitoring
        || !alarms.names.iter().any(|watched| watched == name)
    {
        return;
    }
    alarms.status = Watch::Triggered;
    alarms.triggered.push(name.to_owned());
    let (rollback, number) = (alarms.rollback, rollout.target.clone());
    fail_primary(service, scene, "ECS deployment failed: alarm detected.");
    scene.add_event(
        service,
        &format!("(deployment ecs-svc/{number}) deployment failed: alarm detected."),
    );
    if rollback {
        roll_back(service, scene, "Service deployment rolled back because of an alarm.");
    } else {
        give_up(service, scene, "Service deployment failed: alarm detected.");
    }
}

pub(crate) fn request_rollback(service: &mut Service, scene: &mut Scene<'_>) {
    let now = scene.now;
    let Some(rollout) = service.active_rollout_mut() else { return };
    if !matches!(rollout.status, Status::Pending | Status::InProgress) {
        return;
    }
    rollout.status = Status::RollbackRequested;
    rollout.updated = now;
    rollout.started.get_or_insert(now);
    let step = Step::StartRollback { rollout: rollout.id.clone() };
    scene.after(scene.pace.rollback_delay, service, step);
}

/// The rollback that a person asked for starts.
pub(crate) fn start_requested_rollback(service: &mut Service, scene: &mut Scene<'_>, id: &str) {
    let waiting = service
        .active_rollout()
        .is_some_and(|it| it.id == id && it.status == Status::RollbackRequested);
    if waiting {
        fail_primary(service, scene, "ECS deployment stopped: rollback requested.");
        roll_back(service, scene, "Service deployment rolled back because a user requested it.");
    }
}

/// A stage of a native strategy failed.
pub(crate) fn fail(service: &mut Service, scene: &mut Scene<'_>, reason: &str) {
    fail_primary(service, scene, "ECS deployment failed: lifecycle hook failed.");
    roll_back(service, scene, reason);
}

/// Starts the rollback, if there is anything to return to.
pub(crate) fn roll_back(service: &mut Service, scene: &mut Scene<'_>, reason: &str) {
    let now = scene.now;
    let Some(rollout) = service.active_rollout_mut() else { return };
    rollout.updated = now;
    let Some(back) = rollout.rollback_target.clone() else {
        rollout.status = Status::RollbackFailed;
        rollout.status_reason = Some(NO_CANDIDATE.to_owned());
        rollout.finished = Some(now);
        return;
    };
    rollout.status = Status::RollbackInProgress;
    rollout.status_reason = Some(reason.to_owned());
    rollout.rollback =
        Some(Rollback { reason: reason.to_owned(), started: now, revision: back.clone() });
    let by = match (rollout.breaker.status, rollout.alarms.status) {
        (Watch::Triggered, _) => "circuit breaker",
        (_, Watch::Triggered) => "alarm",
        _ => "rollback",
    };
    // The tasks of the rollback are counted separately.
    rollout.breaker.failures = 0;
    crate::ecs::native::return_traffic(rollout);
    for revision in &mut service.revisions {
        if revision.number == back {
            revision.status = DeploymentStatus::Primary;
            revision.state = RolloutState::InProgress;
            revision.state_reason =
                format!("ECS deployment {by}: rolling back to deploymentId ecs-svc/{back}.");
            revision.deployed = now;
            revision.updated = now;
        } else if revision.status == DeploymentStatus::Primary {
            revision.status = DeploymentStatus::Active;
        }
    }
    service.retry = Retry::default();
    scene.add_event(service, &format!("rolling back to deployment ecs-svc/{back}."));
    scheduler::reconcile(service, scene);
}

fn end_rollback(service: &mut Service, scene: &Scene<'_>, status: Status) {
    if let Some(rollout) = service.active_rollout_mut() {
        rollout.status = status;
        rollout.finished = Some(scene.now);
        rollout.updated = scene.now;
    }
}

/// Ends what has reached its goal, and clears away revisions without tasks.
pub(crate) fn complete(service: &mut Service, scene: &mut Scene<'_>) {
    let Some(primary) = service.primary() else { return };
    let goal = primary.number.clone();
    let counts = service.counts(&goal);
    let reached = counts.healthy == service.desired && counts.live == service.desired;
    if reached || is_enough(service, &goal) {
        match service.active_rollout().map(|rollout| rollout.status) {
            Some(Status::InProgress) => reach_goal(service, scene),
            Some(Status::RollbackInProgress) if reached => {
                end_rollback(service, scene, Status::RollbackSuccessful);
            }
            _ => {}
        }
    }
    let settled = service.active_rollout().is_none();
    let others = service.revisions_with_tasks().iter().any(|number| *number != goal);
    if reached && settled && !others {
        finish_older_view(service, scene, &goal);
    }
    let with_tasks = service.revisions_with_tasks();
    for revision in &mut service.revisions {
        if revision.status == DeploymentStatus::Active && !with_tasks.contains(&revision.number) {
            revision.status = DeploymentStatus::Inactive;
        }
    }
}

/// Whether a rolling update has met its `earlySuccessCriteria`. The rest of its tasks start
/// after its success, and, where their cleanup is deferred, the old ones go.
fn is_enough(service: &Service, goal: &str) -> bool {
    let rollout = service.active_rollout().filter(|it| it.native.is_none());
    let Some(early) = rollout.and_then(|it| EarlySuccess::from_configuration(&it.configuration))
    else {
        return false;
    };
    let others = service.revisions_with_tasks().iter().any(|number| number != goal);
    early.is_met(service.counts(goal).healthy, service.desired) && (early.is_deferred || !others)
}

/// All tasks are healthy, or enough of them: succeed, or watch the alarms or the strategy's stages
/// to their end first.
fn reach_goal(service: &mut Service, scene: &mut Scene<'_>) {
    let now = scene.now;
    let bake = scene.pace.alarm_bake;
    let Some(rollout) = service.active_rollout_mut() else { return };
    if rollout.native.is_some() {
        return crate::ecs::native::scaled_up(service, scene);
    }
    if rollout.alarms.status == Watch::Monitoring {
        match rollout.alarms.bake_until {
            None => {
                rollout.alarms.bake_until = Some(now + bake);
                return scene.after(bake, service, Step::Reconcile);
            }
            Some(end) if now < end => return,
            Some(_) => {}
        }
    }
    succeed(service, scene);
}

/// SUCCESSFUL. The older view follows when the old tasks are gone.
pub(crate) fn succeed(service: &mut Service, scene: &mut Scene<'_>) {
    let now = scene.now;
    let Some(rollout) = service.active_rollout_mut() else { return };
    rollout.status = Status::Successful;
    rollout.finished = Some(now);
    rollout.updated = now;
    for watch in [&mut rollout.breaker.status, &mut rollout.alarms.status] {
        if *watch == Watch::Monitoring {
            *watch = Watch::Complete;
        }
    }
    service.events.resolved();
}

fn finish_older_view(service: &mut Service, scene: &mut Scene<'_>, goal: &str) {
    let now = scene.now;
    let Some(revision) = service.revision_mut(goal) else { return };
    if revision.state != RolloutState::InProgress {
        return;
    }
    revision.state = RolloutState::Completed;
    revision.state_reason = format!("ECS deployment ecs-svc/{goal} completed.");
    revision.updated = now;
    scene.add_event(service, &format!("(deployment ecs-svc/{goal}) deployment completed."));
    scene.add_event(service, "has reached a steady state.");
}

/// The service is deleted; its deployment ends with it.
pub(crate) fn abandon(service: &mut Service, scene: &Scene<'_>) {
    give_up(service, scene, "Service deployment stopped because the service was deleted.");
}
