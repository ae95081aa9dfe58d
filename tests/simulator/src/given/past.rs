//! The history of a service: deployments that ended before the simulator was
//! made, and the tasks that run since.

use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::{LEAD, Time};
use crate::ecr::image::digest_of;
use crate::ecr::reference::Reference;
use crate::ecs::awslogs;
use crate::ecs::definitions::Definition;
use crate::ecs::model::{
    DeploymentStatus, Revision, Rollback, Rollout, RolloutState, Service, Status,
};
use crate::ecs::monitors::Watch;
use crate::ecs::rollout;
use crate::ecs::task::{Health, Phase, Task};
use crate::ecs::task_sets::{self, Balancer, TaskSet, TaskSetStatus};
use crate::world::World;

/// How long each earlier deployment took.
const TOOK: Duration = Duration::from_secs(150);

/// How an earlier deployment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Past {
    Succeeded,
    RolledBack,
    Superseded,
}

/// When the deployments of a history began: a day apart, the last one a day
/// before the simulator was made, and all of them within its past.
pub(super) fn times(count: usize) -> Vec<Time> {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let day = Duration::from_secs(24 * 60 * 60);
    let gap = day.min(LEAD / count.saturating_add(2));
    (0..count).map(|index| LEAD.saturating_sub(gap * (count - index))).collect()
}

/// Writes one earlier deployment into the history.
pub(super) fn deployed(
    world: &mut World,
    service: &mut Service,
    definition: &Definition,
    end: Past,
    created: Time,
) {
    let finished = created + TOOK;
    let back = service.primary().map(|primary| primary.number.clone());
    let mut revision = Revision::new(world.ids.revision(), definition, created);
    let number = revision.number.clone();
    resolve(world, &mut revision, definition);
    revision.updated = finished;
    if end == Past::Succeeded {
        for earlier in &mut service.revisions {
            earlier.status = DeploymentStatus::Inactive;
        }
        revision.state = RolloutState::Completed;
        revision.state_reason = format!("ECS deployment ecs-svc/{number} completed.");
    } else {
        revision.status = DeploymentStatus::Inactive;
        revision.state = RolloutState::Failed;
    }
    service.revisions.push(revision);

    let id = world.ids.service_deployment();
    let mut rollout = Rollout::new(id, number, service, created);
    rollout.sources = back.iter().cloned().collect();
    rollout.rollback_target = back.clone();
    rollout.started = Some(created);
    rollout.finished = Some(finished);
    rollout.updated = finished;
    rollout.native = None;
    for watch in [&mut rollout.breaker.status, &mut rollout.alarms.status] {
        if *watch == Watch::Monitoring {
            *watch = Watch::Complete;
        }
    }
    match end {
        Past::Succeeded => rollout.status = Status::Successful,
        Past::RolledBack => {
            rollout.status = Status::RollbackSuccessful;
            rollout.status_reason = Some(rollout::BREAKER.to_owned());
            rollout.breaker.status = Watch::Triggered;
            rollout.breaker.failures = rollout.breaker.threshold;
            rollout.rollback = back.map(|revision| Rollback {
                reason: rollout::BREAKER.to_owned(),
                started: finished,
                revision,
            });
        }
        Past::Superseded => {
            rollout.status = Status::Stopped;
            rollout.status_reason = Some(rollout::REPLACED.to_owned());
            rollout.stopped = Some(finished);
        }
    }
    service.rollouts.push(rollout);
}

/// Fills in the digests that the tags have now.
fn resolve(world: &World, revision: &mut Revision, definition: &Definition) {
    for image in &mut revision.images {
        image.digest = match Reference::parse(&image.image) {
            Some(reference) => {
                let pulled = reference.pull(&world.registry);
                pulled.map(|it| world.behaviours.shown(it, definition.platform()))
            }
            None => Some(digest_of(image.image.as_bytes())),
        };
    }
}

/// Fills the service with healthy tasks of its primary revision.
pub(super) fn settle(world: &mut World, service: &mut Service) {
    let Some(primary) = service.primary().cloned() else { return };
    let definition = world.definitions.find(&service.key.region, &primary.task_definition);
    let definition = &definition.expect("it was deployed").clone();
    let at = primary.created + Duration::from_secs(60);
    for _ in 0..service.desired {
        let mut task = Task::new(world.ids.task(), &primary, definition, primary.created);
        task.phase = Phase::Running;
        task.health = Health::Healthy;
        task.pull_started = Some(at);
        task.pull_stopped = Some(at);
        task.started = Some(at);
        for (container, image) in task.containers.iter_mut().zip(&primary.images) {
            container.runtime_id = Some(world.ids.task());
            if let Some(digest) = &image.digest {
                container.pulled(digest, image.pinned);
            }
        }
        awslogs::carry(&mut world.logs, definition, &service.key.region, &task, at);
        service.tasks.push(task);
    }
    let name = service.key.name.clone();
    let message = format!("(service {name}) has reached a steady state.");
    service.events.add(&mut world.ids, primary.updated, message);
}

/// The task set that a service under CodeDeploy began with, and its revision.
pub(super) fn first_task_set(
    world: &mut World,
    service: &mut Service,
    definition: &Definition,
    created: Time,
) {
    let balancer = Balancer::of(definition, &service.target_group_pair[0]);
    let mut revision = Revision::new(world.ids.revision(), definition, created);
    resolve(world, &mut revision, definition);
    revision.updated = created + TOOK;
    revision.state = RolloutState::Completed;
    let mut set = TaskSet::new(revision.number.clone(), balancer, created);
    set.status = TaskSetStatus::Primary;
    set.traffic = 100;
    set.steady = true;
    set.steady_at = revision.updated;
    service.revisions.push(revision);
    service.task_sets.push(set);
    task_sets::note_traffic(service, created);
}

/// The task set that an external service runs.
pub(super) fn task_set(world: &mut World, service: &Service, arn: &str) -> Value {
    let number = world.ids.revision();
    let id = format!("ecs-svc/{number}");
    let created = world.calendar.stamp(service.created);
    json!({
        "id": id,
        "taskSetArn": service.arn_of("task-set", &id),
        "serviceArn": service.arn(),
        "clusterArn": service.cluster_arn(),
        "externalId": "build-7",
        "status": "PRIMARY",
        "taskDefinition": arn,
        "computedDesiredCount": service.desired,
        "pendingCount": 0,
        "runningCount": service.desired,
        "createdAt": created,
        "updatedAt": created,
        "launchType": "FARGATE",
        "scale": { "value": 100.0, "unit": "PERCENT" },
        "stabilityStatus": "STEADY_STATE",
        "stabilityStatusAt": created,
    })
}
