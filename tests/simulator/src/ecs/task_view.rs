//! A task as `DescribeTasks` shows it.

use serde_json::{Value, json};

use crate::clock::{Calendar, Time};
use crate::ecs::lifecycle::REMEMBERED;
use crate::ecs::model::Service;
use crate::ecs::task::{Container, Health, Phase, Task};
use crate::wire::present;
use crate::world::ACCOUNT;

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
    let containers = task.containers.iter().enumerate();
    let containers: Vec<Value> = containers
        .map(|(at, it)| container(service, task, it, &format!("{arn}/{}-{at}", task.id)))
        .collect();
    let checked = task.containers.iter().any(|container| container.checked);
    let instance = task.instance().map(|instance| {
        let (region, cluster) = (&service.key.region, &service.key.cluster);
        let id = &instance[2..];
        format!("arn:aws:ecs:{region}:{ACCOUNT}:container-instance/{cluster}/{id}")
    });
    let [cpu, memory] = &task.size;
    present(json!({
        "taskArn": arn,
        "clusterArn": service.cluster_arn(),
        "taskDefinitionArn": task.task_definition,
        "containers": containers,
        "attachments": attachments(service, task),
        "availabilityZone": format!("{}a", service.key.region),
        "connectivity": "CONNECTED",
        "cpu": cpu,
        "memory": memory,
        "group": format!("service:{}", service.key.name),
        "startedBy": started_by,
        "lastStatus": task.phase.as_str(),
        "desiredStatus": if task.wanted { "RUNNING" } else { "STOPPED" },
        "healthStatus": health(task, checked),
        "containerInstanceArn": instance,
        "launchType": service.settings.get("launchType"),
        "createdAt": stamp(task.created),
        "pullStartedAt": task.pull_started.map(stamp),
        "pullStoppedAt": task.pull_stopped.map(stamp),
        "startedAt": task.started.map(stamp),
        "stoppingAt": task.stopping.map(stamp),
        "stoppedAt": task.stopped.map(stamp),
        "stopCode": task.stop_code,
        "stoppedReason": task.stopped_reason,
        "overrides": { "containerOverrides": [] },
        "enableExecuteCommand": false,
        "tags": [],
        "version": 1,
    }))
}

fn container(service: &Service, task: &Task, container: &Container, arn: &str) -> Value {
    let interfaces = address(service, task)
        .map(|(kind, it)| json!({ "attachmentId": attachment_id(task), kind: it }));
    let bound = task.bindings.iter().filter(|it| it.container == container.name);
    let bindings = bound.map(|it| {
        json!({ "bindIP": "0.0.0.0", "containerPort": it.container_port,
            "hostPort": it.host_port, "protocol": "tcp" })
    });
    let (status, bindings) = match task.phase {
        Phase::Provisioning | Phase::Pending => ("PENDING", Vec::new()),
        Phase::Running | Phase::Deactivating => ("RUNNING", bindings.collect()),
        Phase::Stopped => ("STOPPED", bindings.collect()),
    };
    present(json!({
        "containerArn": arn,
        "taskArn": service.task_arn(task),
        "name": container.name,
        "image": container.image,
        "imageDigest": container.digest,
        "runtimeId": container.runtime_id,
        "lastStatus": status,
        "exitCode": container.exit_code,
        "reason": container.reason,
        "networkBindings": bindings,
        "networkInterfaces": Vec::from_iter(interfaces),
        "healthStatus": health(task, container.checked),
    }))
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
