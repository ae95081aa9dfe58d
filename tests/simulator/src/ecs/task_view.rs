//! A task as `DescribeTasks` shows it.

use serde_json::{Map, Value, json};

use crate::clock::{Calendar, Time};
use crate::ecs::lifecycle::REMEMBERED;
use crate::ecs::model::Service;
use crate::ecs::task::{Container, Health, Phase, Task};
use crate::wire::put;

/// Whether ECS still lists a task: stopped ones for an hour.
pub(crate) fn is_remembered(task: &Task, now: Time) -> bool {
    task.stopped.is_none_or(|at| at + REMEMBERED > now)
}

/// `Task`.
pub(crate) fn task(
    service: &Service,
    task: &Task,
    started_by: Option<String>,
    calendar: Calendar,
) -> Value {
    let stamp = |time| calendar.stamp(time);
    let arn = service.task_arn(task);
    let containers: Vec<Value> = task
        .containers
        .iter()
        .enumerate()
        .map(|(at, it)| container(service, task, it, &format!("{arn}/{}-{at}", task.id)))
        .collect();
    let checked = task.containers.iter().any(|container| container.checked);
    let mut view = Map::new();
    view.insert("taskArn".into(), json!(arn));
    view.insert("clusterArn".into(), json!(service.cluster_arn()));
    view.insert("taskDefinitionArn".into(), json!(task.task_definition));
    view.insert("containers".into(), Value::Array(containers));
    view.insert("attachments".into(), attachments(service, task));
    view.insert("availabilityZone".into(), json!(format!("{}a", service.key.region)));
    view.insert("connectivity".into(), json!("CONNECTED"));
    let [cpu, memory] = task.size.clone();
    put(&mut view, "cpu", cpu);
    put(&mut view, "memory", memory);
    view.insert("group".into(), json!(format!("service:{}", service.key.name)));
    put(&mut view, "startedBy", started_by);
    view.insert("lastStatus".into(), json!(task.phase.as_str()));
    view.insert("desiredStatus".into(), json!(if task.wanted { "RUNNING" } else { "STOPPED" }));
    view.insert("healthStatus".into(), json!(health(task, checked)));
    if let Some(instance) = task.instance() {
        let key = &service.key;
        let arn = format!(
            "arn:aws:ecs:{}:{}:container-instance/{}/{}",
            key.region,
            service.account,
            key.cluster,
            &instance[2..]
        );
        view.insert("containerInstanceArn".into(), json!(arn));
    }
    put(&mut view, "launchType", service.settings.get("launchType").cloned());
    view.insert("createdAt".into(), stamp(task.created));
    put(&mut view, "pullStartedAt", task.pull_started.map(stamp));
    put(&mut view, "pullStoppedAt", task.pull_stopped.map(stamp));
    put(&mut view, "startedAt", task.started.map(stamp));
    put(&mut view, "stoppingAt", task.stopping.map(stamp));
    put(&mut view, "stoppedAt", task.stopped.map(stamp));
    put(&mut view, "stopCode", task.stop_code);
    put(&mut view, "stoppedReason", task.stopped_reason.clone());
    view.insert("overrides".into(), json!({ "containerOverrides": [] }));
    view.insert("enableExecuteCommand".into(), json!(false));
    view.insert("tags".into(), json!([]));
    view.insert("version".into(), json!(1));
    Value::Object(view)
}

fn container(service: &Service, task: &Task, container: &Container, arn: &str) -> Value {
    let status = match task.phase {
        Phase::Provisioning | Phase::Pending => "PENDING",
        Phase::Running | Phase::Deactivating => "RUNNING",
        Phase::Stopped => "STOPPED",
    };
    let interfaces: Vec<Value> = address(service, task)
        .map(|(kind, it)| json!({ "attachmentId": attachment_id(task), kind: it }))
        .into_iter()
        .collect();
    let bound = task.bindings.iter().filter(|it| it.container == container.name);
    let bindings: Vec<Value> = match task.phase {
        Phase::Provisioning | Phase::Pending => Vec::new(),
        Phase::Running | Phase::Deactivating | Phase::Stopped => bound
            .map(|it| {
                json!({ "bindIP": "0.0.0.0", "containerPort": it.container_port,
                    "hostPort": it.host_port, "protocol": "tcp" })
            })
            .collect(),
    };
    let mut view = Map::new();
    view.insert("containerArn".into(), json!(arn));
    view.insert("taskArn".into(), json!(service.task_arn(task)));
    view.insert("name".into(), json!(container.name));
    view.insert("image".into(), json!(container.image));
    put(&mut view, "imageDigest", container.digest.clone());
    put(&mut view, "runtimeId", container.runtime_id.clone());
    view.insert("lastStatus".into(), json!(status));
    put(&mut view, "exitCode", container.exit_code);
    put(&mut view, "reason", container.reason.clone());
    view.insert("networkBindings".into(), Value::Array(bindings));
    view.insert("networkInterfaces".into(), Value::Array(interfaces));
    view.insert("healthStatus".into(), json!(health(task, container.checked)));
    Value::Object(view)
}

/// Only a container's own check is told here, never a load balancer's.
fn health(task: &Task, checked: bool) -> &'static str {
    match task.health {
        Health::Healthy if checked => "HEALTHY",
        Health::Unhealthy if checked => "UNHEALTHY",
        Health::Healthy | Health::Unhealthy | Health::Unknown => "UNKNOWN",
    }
}

/// Its address, and the member of `NetworkInterface` that holds it.
fn address(service: &Service, task: &Task) -> Option<(&'static str, String)> {
    if service.is_ipv6 {
        task.ipv6_address().map(|it| ("ipv6Address", it))
    } else {
        task.address().map(|it| ("privateIpv4Address", it))
    }
}

/// The elastic network interface of a task in an awsvpc network.
fn attachments(service: &Service, task: &Task) -> Value {
    if !task.awsvpc {
        return json!([]);
    }
    let status = match task.phase {
        Phase::Provisioning => "ATTACHING",
        Phase::Stopped => "DELETED",
        Phase::Pending | Phase::Running | Phase::Deactivating => "ATTACHED",
    };
    let mut details = vec![json!({ "name": "subnetId", "value": "subnet-1" })];
    if let Some(("privateIpv4Address", address)) = address(service, task) {
        details.push(json!({ "name": "privateIPv4Address", "value": address }));
    }
    json!([{
        "id": attachment_id(task),
        "type": "ElasticNetworkInterface",
        "status": status,
        "details": details,
    }])
}

/// A UUID made of the task's id.
fn attachment_id(task: &Task) -> String {
    let id = &task.id;
    format!("{}-{}-{}-{}-{}", &id[24..], &id[..4], &id[4..8], &id[8..12], &id[12..24])
}
