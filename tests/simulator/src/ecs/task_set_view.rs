//! Task sets as `DescribeServices` shows them.

use serde_json::{Value, json};

use crate::clock::Calendar;
use crate::ecs::model::Service;
use crate::ecs::task_sets::{Balancer, TaskSet, TaskSetStatus};
use crate::wire::{double, extend, present};

/// `taskSets[]`, the primary first.
pub(crate) fn task_sets(service: &Service, calendar: Calendar) -> Value {
    let (primary, others): (Vec<_>, Vec<_>) =
        service.task_sets.iter().rev().partition(|set| set.status == TaskSetStatus::Primary);
    primary.into_iter().chain(others).map(|set| task_set(service, set, calendar)).collect()
}

/// `TaskSet`.
fn task_set(service: &Service, set: &TaskSet, calendar: Calendar) -> Value {
    let counts = service.counts(&set.number);
    let given = |name: &str| service.settings.get(name);
    let mut view = present(json!({
        "id": set.id(),
        "taskSetArn": service.arn_of("task-set", &set.id()),
        "serviceArn": service.arn(),
        "clusterArn": service.cluster_arn(),
        "startedBy": "CODE_DEPLOY",
        "externalId": set.external_id,
        "status": set.status.as_str(),
        "taskDefinition": service.revision(&set.number).map(|it| &it.task_definition),
        "computedDesiredCount": service.wanted_by(set),
        "pendingCount": counts.pending,
        "runningCount": counts.running,
        "createdAt": calendar.stamp(set.created),
        "updatedAt": calendar.stamp(set.updated),
        "launchType": given("launchType"),
        "platformVersion": given("platformVersion"),
        "networkConfiguration": given("networkConfiguration"),
        "loadBalancers": [balancer(&set.balancer)],
        "serviceRegistries": [],
        "scale": { "value": double(set.scale.into()), "unit": "PERCENT" },
        "stabilityStatus": if set.steady { "STEADY_STATE" } else { "STABILIZING" },
        "stabilityStatusAt": calendar.stamp(set.steady_at),
        "tags": [],
    }));
    extend(&mut view, &set.settings);
    view
}

/// An entry of `loadBalancers`.
pub(crate) fn balancer(balancer: &Balancer) -> Value {
    json!({
        "targetGroupArn": balancer.target_group,
        "containerName": balancer.container,
        "containerPort": balancer.port,
    })
}
