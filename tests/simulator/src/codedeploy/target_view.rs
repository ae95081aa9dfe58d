//! The one target of a deployment: the service, its lifecycle events and task sets.

use serde_json::{Value, json};

use crate::clock::Calendar;
use crate::codedeploy::deployment::{At, Deployment, Status};
use crate::codedeploy::events::{Event, Progress};
use crate::ecs::model::Service;
use crate::wire::{double, present};
use crate::world::World;

/// `cluster:service`.
pub(super) fn id(deployment: &Deployment) -> String {
    format!("{}:{}", deployment.service.cluster, deployment.service.name)
}

/// `DeploymentTarget`.
pub(super) fn target(world: &World, deployment: &Deployment) -> Value {
    let calendar = world.calendar;
    let status = match (deployment.at, deployment.status) {
        (At::Ready, _) => "Ready",
        // All of its events are done.
        (At::Termination, _) | (_, Status::Succeeded) => "Succeeded",
        (_, Status::Failed | Status::Stopped) => "Failed",
        _ => "InProgress",
    };
    let is_listed =
        |progress: &Progress| world.codedeploy.answers.pending_events || progress.started.is_some();
    let events = deployment.events().filter(|(_, progress)| is_listed(progress));
    let events: Vec<Value> =
        events.map(|(event, progress)| lifecycle_event(event, progress, calendar)).collect();
    let sets = deployment.sets_at_end.clone().unwrap_or_else(|| task_sets(world, deployment));
    json!({ "deploymentTargetType": "ECSTarget", "ecsTarget": present(json!({
        "deploymentId": deployment.id,
        "targetId": id(deployment),
        "targetArn": world.services.get(&deployment.service).map(Service::arn),
        "lastUpdatedAt": calendar.stamp(deployment.updated),
        "lifecycleEvents": events,
        "status": status,
        "taskSetsInfo": sets,
    })) })
}

fn lifecycle_event(event: Event, progress: &Progress, calendar: Calendar) -> Value {
    let diagnostics = progress.diagnostics.as_ref().map(|told| {
        json!({
            "errorCode": told.code,
            "scriptName": told.function,
            "message": told.message,
            "logTail": told.log_tail,
        })
    });
    present(json!({
        "lifecycleEventName": event.as_str(),
        "diagnostics": diagnostics,
        "startTime": progress.started.map(|it| calendar.stamp(it)),
        "endTime": progress.ended.map(|it| calendar.stamp(it)),
        "status": progress.status.as_str(),
    }))
}

/// `taskSetsInfo`: the two sets as they are now.
pub(super) fn task_sets(world: &World, deployment: &Deployment) -> Value {
    let Some(service) = world.services.get(&deployment.service) else { return json!([]) };
    let labelled = [(&deployment.blue, "Blue"), (&deployment.green, "Green")];
    let shown = labelled.into_iter().filter_map(|(number, label)| {
        let set = service.task_set(number.as_deref()?)?;
        let counts = service.counts(&set.number);
        let name = set.balancer.target_group.split('/').nth(1);
        let labels = world.codedeploy.answers.task_set_labels;
        Some(present(json!({
            // Amazon's spelling.
            "identifer": set.id(),
            "desiredCount": service.wanted_by(set),
            "pendingCount": counts.pending,
            "runningCount": counts.running,
            "status": set.status.as_str(),
            "trafficWeight": double(set.traffic.into()),
            "targetGroup": { "name": name.unwrap_or_default() },
            "taskSetLabel": labels.then_some(label),
        })))
    });
    shown.collect()
}
