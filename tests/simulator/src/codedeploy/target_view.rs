//! The one target of a deployment: the service, its lifecycle events and task sets.

use serde_json::{Map, Value, json};

use crate::clock::Calendar;
use crate::codedeploy::deployment::{At, Deployment, Status};
use crate::codedeploy::events::{Event, Progress};
use crate::ecs::model::Service;
use crate::wire::{double, put};
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
    let mut view = Map::new();
    view.insert("deploymentId".into(), json!(deployment.id));
    view.insert("targetId".into(), json!(id(deployment)));
    let arn = world.services.get(&deployment.service).map(Service::arn);
    put(&mut view, "targetArn", arn);
    view.insert("lastUpdatedAt".into(), calendar.stamp(deployment.updated));
    view.insert("lifecycleEvents".into(), Value::Array(events));
    view.insert("status".into(), json!(status));
    view.insert("taskSetsInfo".into(), sets);
    json!({ "deploymentTargetType": "ECSTarget", "ecsTarget": view })
}

fn lifecycle_event(event: Event, progress: &Progress, calendar: Calendar) -> Value {
    let mut view = Map::new();
    view.insert("lifecycleEventName".into(), json!(event.as_str()));
    if let Some(told) = &progress.diagnostics {
        let diagnostics = json!({
            "errorCode": told.code,
            "scriptName": told.function,
            "message": told.message,
            "logTail": told.log_tail,
        });
        view.insert("diagnostics".into(), diagnostics);
    }
    put(&mut view, "startTime", progress.started.map(|it| calendar.stamp(it)));
    put(&mut view, "endTime", progress.ended.map(|it| calendar.stamp(it)));
    view.insert("status".into(), json!(progress.status.as_str()));
    Value::Object(view)
}

/// `taskSetsInfo`: the two sets as they are now.
pub(super) fn task_sets(world: &World, deployment: &Deployment) -> Value {
    let Some(service) = world.services.get(&deployment.service) else { return json!([]) };
    let labelled = [(&deployment.blue, "Blue"), (&deployment.green, "Green")];
    let shown = labelled.into_iter().filter_map(|(number, label)| {
        let set = service.task_set(number.as_deref()?)?;
        let counts = service.counts(&set.number);
        let name = set.balancer.target_group.split('/').nth(1);
        let mut view = json!({
            // Amazon's spelling.
            "identifer": set.id(),
            "desiredCount": service.wanted_by(set),
            "pendingCount": counts.pending,
            "runningCount": counts.running,
            "status": set.standing.as_str(),
            "trafficWeight": double(set.traffic.into()),
            "targetGroup": { "name": name.unwrap_or_default() },
        });
        if world.codedeploy.answers.task_set_labels {
            view["taskSetLabel"] = json!(label);
        }
        Some(view)
    });
    shown.collect()
}
