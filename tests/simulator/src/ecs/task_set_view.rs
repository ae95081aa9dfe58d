//! Task sets as `DescribeServices` shows them.

use serde_json::{Map, Value, json};

use crate::clock::Calendar;
use crate::ecs::model::Service;
use crate::ecs::task_sets::{Balancer, SetStanding, TaskSet};
use crate::wire::{double, put};

impl SetStanding {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "PRIMARY",
            Self::Active => "ACTIVE",
            Self::Draining => "DRAINING",
        }
    }
}

/// `taskSets[]`, the primary first.
pub(crate) fn task_sets(service: &Service, calendar: Calendar) -> Value {
    let (primary, others): (Vec<_>, Vec<_>) =
        service.task_sets.iter().rev().partition(|set| set.standing == SetStanding::Primary);
    primary.into_iter().chain(others).map(|set| task_set(service, set, calendar)).collect()
}

/// `TaskSet`.
fn task_set(service: &Service, set: &TaskSet, calendar: Calendar) -> Value {
    let key = &service.key;
    let counts = service.counts(&set.number);
    let revision = service.revision(&set.number);
    let arn = format!(
        "arn:aws:ecs:{}:{}:task-set/{}/{}/{}",
        key.region,
        service.account,
        key.cluster,
        key.name,
        set.id()
    );
    let mut view = Map::new();
    view.insert("id".into(), json!(set.id()));
    view.insert("taskSetArn".into(), json!(arn));
    view.insert("serviceArn".into(), json!(service.arn()));
    view.insert("clusterArn".into(), json!(service.cluster_arn()));
    view.insert("startedBy".into(), json!("CODE_DEPLOY"));
    put(&mut view, "externalId", set.external_id.clone());
    view.insert("status".into(), json!(set.standing.as_str()));
    put(&mut view, "taskDefinition", revision.map(|it| it.task_definition.clone()));
    view.insert("computedDesiredCount".into(), json!(service.wanted_by(set)));
    view.insert("pendingCount".into(), json!(counts.pending));
    view.insert("runningCount".into(), json!(counts.running));
    view.insert("createdAt".into(), calendar.stamp(set.created));
    view.insert("updatedAt".into(), calendar.stamp(set.updated));
    for name in ["launchType", "platformVersion", "networkConfiguration"] {
        put(&mut view, name, service.settings.get(name).cloned());
    }
    view.insert("loadBalancers".into(), json!([balancer(&set.balancer)]));
    view.insert("serviceRegistries".into(), json!([]));
    view.insert("scale".into(), json!({ "value": double(set.scale.into()), "unit": "PERCENT" }));
    let stability = if set.steady { "STEADY_STATE" } else { "STABILIZING" };
    view.insert("stabilityStatus".into(), json!(stability));
    view.insert("stabilityStatusAt".into(), calendar.stamp(set.steady_at));
    view.insert("tags".into(), json!([]));
    view.extend(set.settings.clone());
    Value::Object(view)
}

/// An entry of `loadBalancers`.
pub(crate) fn balancer(balancer: &Balancer) -> Value {
    json!({
        "targetGroupArn": balancer.target_group,
        "containerName": balancer.container,
        "containerPort": balancer.port,
    })
}
