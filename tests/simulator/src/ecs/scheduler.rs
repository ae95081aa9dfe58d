//! Which tasks a service starts and stops: the deployment's goal, the minimum
//! and maximum percent, and the gaps between attempts.

use crate::behaviour::Behaviour;
use crate::clock::Time;
use crate::ecr::reference::Reference;
use crate::ecs::model::{Controller, RolloutState, Service, ServiceStatus, Status};
use crate::ecs::scene::Scene;
use crate::ecs::service::Counts;
use crate::ecs::task::Task;
use crate::ecs::{lifecycle, native, rollout, task_sets};
use crate::timers::Step;

/// Starts and stops the tasks that a service should. Safe to call at any time.
pub(crate) fn reconcile(service: &mut Service, scene: &mut Scene<'_>) {
    if service.status == ServiceStatus::Draining {
        return empty(service, scene);
    }
    if service.status == ServiceStatus::Active && service.controller == Controller::CodeDeploy {
        return task_sets::reconcile(service, scene);
    }
    if service.status != ServiceStatus::Active
        || !matches!(service.controller, Controller::Absent | Controller::Ecs)
        || service.active_rollout().is_some_and(|rollout| rollout.status == Status::Pending)
    {
        return;
    }
    let Some(primary) = service.primary() else { return };
    let goal = primary.number.clone();
    let halted = primary.state == RolloutState::Failed;
    if !halted {
        let stopped = stop_what_is_over(service, scene, &goal);
        let started = start_what_is_missing(service, scene, &goal);
        report_deadlock(service, scene, &goal, stopped + started);
    }
    rollout::complete(service, scene);
}

/// A deleted service: no task stays.
fn empty(service: &mut Service, scene: &mut Scene<'_>) {
    let live: Vec<String> = live_tasks(service, |_| true);
    for id in live {
        lifecycle::stop(service, scene, &id, "Service was deleted");
    }
    if service.revisions_with_tasks().is_empty() {
        service.status = ServiceStatus::Inactive;
        service.task_sets.clear();
    }
}

fn live_tasks(service: &Service, which: impl Fn(&Task) -> bool) -> Vec<String> {
    let live = service.tasks.iter().filter(|task| task.is_live() && which(task));
    live.map(|task| task.id.clone()).collect()
}

fn totals(service: &Service) -> Counts {
    let mut totals = Counts::default();
    for revision in &service.revisions {
        let counts = service.counts(&revision.number);
        totals.live += counts.live;
        totals.healthy += counts.healthy;
        totals.unfinished += counts.unfinished;
    }
    totals
}

/// How many healthy tasks must stay.
fn lower_bound(service: &Service) -> u32 {
    let percent = service.percent("minimumHealthyPercent", 100);
    u32::try_from((u64::from(service.desired) * percent).div_ceil(100)).unwrap_or(u32::MAX)
}

/// How many tasks there may be.
fn upper_bound(service: &Service) -> u32 {
    let percent = service.percent("maximumPercent", 200);
    u32::try_from(u64::from(service.desired) * percent / 100).unwrap_or(u32::MAX)
}

/// Stops tasks that are too many or of another revision; returns how many.
fn stop_what_is_over(service: &mut Service, scene: &mut Scene<'_>, goal: &str) -> usize {
    let mut victims = Vec::new();
    let surplus = surplus(service, goal, service.desired);
    let lost = surplus.iter().filter(|task| task.is_healthy()).count();
    victims.extend(surplus.into_iter().map(|task| task.id.clone()));

    if native::lets_old_tasks_go(service) {
        // Unhealthy tasks of other revisions are of no use to anybody.
        victims.extend(live_tasks(service, |task| task.revision != goal && !task.is_healthy()));
        let healthy = (totals(service).healthy as usize).saturating_sub(lost);
        let spare = healthy.saturating_sub(lower_bound(service) as usize);
        let old = live_tasks(service, |task| task.revision != goal && task.is_healthy());
        victims.extend(old.into_iter().take(spare));
    }
    if victims.is_empty() {
        return 0;
    }
    let reason = format!("Scaling activity initiated by (deployment ecs-svc/{goal})");
    for id in &victims {
        lifecycle::stop(service, scene, id, &reason);
    }
    if service.has_load_balancer() {
        let count = victims.len();
        scene.add_event(service, &format!("has begun draining connections on {count} tasks."));
    }
    scene.add_event(
        service,
        &format!("has stopped {} running tasks: {}.", victims.len(), listed(&victims)),
    );
    victims.len()
}

/// The live tasks of a revision that are too many: unhealthy ones first, then the newest.
pub(super) fn surplus<'a>(service: &'a Service, revision: &str, wanted: u32) -> Vec<&'a Task> {
    let mut own: Vec<&Task> =
        service.tasks.iter().filter(|task| task.is_live() && task.revision == revision).collect();
    own.sort_by_key(|task| (task.is_healthy(), std::cmp::Reverse(task.created)));
    own.truncate(own.len().saturating_sub(wanted as usize));
    own
}

/// Starts tasks of the goal as far as the maximum allows; returns how many.
fn start_what_is_missing(service: &mut Service, scene: &mut Scene<'_>, goal: &str) -> usize {
    if scene.now < service.retry.not_before || !native::lets_new_tasks_start(service) {
        return 0;
    }
    let missing = service.desired.saturating_sub(service.counts(goal).live);
    let room = native::task_limit(service)
        .unwrap_or_else(|| upper_bound(service))
        .saturating_sub(totals(service).live);
    let count = missing.min(room);
    if count == 0 {
        return 0;
    }
    if !finds_a_place(service, scene, goal) {
        return 0;
    }
    let started: Vec<String> = (0..count).map(|_| lifecycle::start(service, scene, goal)).collect();
    scene
        .add_event(service, &format!("has started {} tasks: {}.", started.len(), listed(&started)));
    started.len()
}

pub(super) fn listed(ids: &[String]) -> String {
    ids.iter().map(|id| format!("(task {id})")).collect::<Vec<_>>().join(" ")
}

/// Whether tasks of a revision find a place. Where they don't, the service says so.
pub(super) fn finds_a_place(service: &mut Service, scene: &mut Scene<'_>, revision: &str) -> bool {
    let Some(reason) = no_place(service, scene, revision) else { return true };
    scene.add_event_once(service, &format!("was unable to place a task. Reason: {reason}"));
    back_off(service, scene, scene.now);
    false
}

fn no_place(service: &Service, scene: &Scene<'_>, revision: &str) -> Option<String> {
    service.revision(revision)?.images.iter().find_map(|image| {
        let pulled = Reference::parse(&image.image)
            .and_then(|reference| Some(reference.pull(scene.registry)?.digest.clone()));
        let name = image.digest.clone().or(pulled).unwrap_or_else(|| image.image.clone());
        match scene.behaviours.of(&name) {
            Some(Behaviour::CannotBePlaced { reason }) => Some(reason.clone()),
            _ => None,
        }
    })
}

/// Says so when the percentages allow neither a start nor a stop.
fn report_deadlock(service: &mut Service, scene: &mut Scene<'_>, goal: &str, done: usize) {
    let goal_live = service.counts(goal).live;
    let totals = totals(service);
    let waiting = totals.unfinished > totals.live || scene.now < service.retry.not_before;
    if done == 0
        && !waiting
        && goal_live < service.desired
        && totals.live == totals.healthy
        && native::lets_new_tasks_start(service)
        && native::task_limit(service).is_none()
        && upper_bound(service) <= totals.live
    {
        scene.add_event_once(
            service,
            "was unable to stop or start tasks during a deployment because of the service \
             deployment configuration. Update the minimumHealthyPercent or maximumPercent value \
             and try again.",
        );
    }
}

/// A task created at this time failed to start: the gap to the next attempt
/// grows, once for all tasks that were started together.
pub(crate) fn back_off(service: &mut Service, scene: &mut Scene<'_>, created: Time) {
    if created < service.retry.wave {
        return;
    }
    let first = service.retry.gap.is_zero();
    let gap = if first { scene.pace.retry } else { service.retry.gap * 2 };
    service.retry.gap = gap.min(scene.pace.retry_max);
    service.retry.not_before = scene.now + service.retry.gap;
    service.retry.wave = service.retry.not_before;
    scene.after(service.retry.gap, service, Step::Reconcile);
    if !first {
        scene.add_event_once(
            service,
            "is unable to consistently start tasks successfully. For more information, see the \
             Troubleshooting section of the Amazon ECS Developer Guide.",
        );
    }
}

/// A task that had run died: a short pause, which doesn't grow.
pub(crate) fn pause_before_restart(service: &mut Service, scene: &mut Scene<'_>) {
    let until = scene.now + scene.pace.restart;
    service.retry.not_before = service.retry.not_before.max(until);
    scene.after(service.retry.not_before - scene.now, service, Step::Reconcile);
}
