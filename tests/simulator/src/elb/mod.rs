//! Elastic Load Balancing: the target groups of services, as far as
//! `DescribeTargetHealth` shows them, and how they are set.
//!
//! A group exists because a service names it as its `targetGroupArn`, and its
//! targets are that service's tasks: their addresses, or, where they share the network
//! of an EC2 instance, the instance and the port of it that leads to them. Nothing is
//! kept here.

use std::net::Ipv6Addr;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::Time;
use crate::ecs::model::Service;
use crate::ecs::task::{Phase, Task};
use crate::wire::{Answered, Params, bail};
use crate::world::World;

/// Carries an operation out; `None` if there is no such operation here.
pub(crate) fn answer(operation: &str, world: &World, params: Params<'_>) -> Option<Answered> {
    Some(match operation {
        "DescribeTargetGroups" => describe_target_groups(world, params),
        "DescribeTargetGroupAttributes" => describe_target_group_attributes(world, params),
        "DescribeTargetHealth" => describe_target_health(world, params),
        _ => return None,
    })
}

/// How a target group is set; by default as AWS sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetGroup {
    /// `HealthCheckIntervalSeconds`.
    pub interval: u32,
    /// `HealthyThresholdCount`.
    pub healthy_threshold: u32,
    /// `deregistration_delay.timeout_seconds`.
    pub deregistration_delay: u32,
}

impl Default for TargetGroup {
    fn default() -> Self {
        Self { interval: 30, healthy_threshold: 5, deregistration_delay: 300 }
    }
}

impl TargetGroup {
    /// From RUNNING until the checks have passed, of a target that answers at once.
    pub(crate) fn checks(self) -> Duration {
        Duration::from_secs(u64::from(self.interval * self.healthy_threshold))
    }

    /// With connections that stay open to the end.
    pub(crate) fn drains(self) -> Duration {
        Duration::from_secs(self.deregistration_delay.into())
    }
}

/// How a group is set that a service of the Region names.
fn settings(world: &World, region: &str, group: &str) -> Option<TargetGroup> {
    let of = |service: &&Service| {
        service.key.region == region
            && (service.target_group_pair.iter().any(|it| it == group)
                || !registrations(service, group).is_empty())
    };
    Some(world.services.values().find(of)?.target_group_settings.unwrap_or_default())
}

fn describe_target_groups(world: &World, params: Params<'_>) -> Answered {
    if let Some(other) = params.members.keys().find(|name| *name != "TargetGroupArns") {
        bail!("ValidationError", "{other} is not played");
    }
    let mut groups = Vec::new();
    for arn in params.required_texts("TargetGroupArns")? {
        let Some(group) = settings(world, params.region, arn) else {
            bail!("TargetGroupNotFound", "One or more target groups not found");
        };
        groups.push(json!({
            "TargetGroupArn": arn,
            "TargetGroupName": arn.split('/').nth(1),
            "Protocol": "HTTP",
            "Port": 80,
            "VpcId": "vpc-1",
            "TargetType": "ip",
            "HealthCheckEnabled": true,
            "HealthCheckProtocol": "HTTP",
            "HealthCheckPort": "traffic-port",
            "HealthCheckPath": "/",
            "HealthCheckIntervalSeconds": group.interval,
            "HealthCheckTimeoutSeconds": 5,
            "HealthyThresholdCount": group.healthy_threshold,
            "UnhealthyThresholdCount": 2,
        }));
    }
    Ok(json!({ "TargetGroups": groups }))
}

fn describe_target_group_attributes(world: &World, params: Params<'_>) -> Answered {
    let arn = params.required_text("TargetGroupArn")?;
    let Some(group) = settings(world, params.region, arn) else {
        bail!("TargetGroupNotFound", "Target groups '{arn}' not found");
    };
    let delay = group.deregistration_delay.to_string();
    Ok(json!({ "Attributes": [
        { "Key": "stickiness.enabled", "Value": "false" },
        { "Key": "deregistration_delay.timeout_seconds", "Value": delay },
    ] }))
}

fn describe_target_health(world: &World, params: Params<'_>) -> Answered {
    if let Some(other) = params.members.keys().find(|name| *name != "TargetGroupArn") {
        bail!("ValidationError", "{other} is not played");
    }
    let group = params.text("TargetGroupArn")?.unwrap_or_default();
    if !group.starts_with("arn:") || !group.contains(":targetgroup/") {
        bail!("ValidationError", "'{group}' is not a valid target group ARN");
    }
    let mut exists = false;
    let mut targets = Vec::new();
    for service in world.services.values().filter(|it| it.key.region == params.region) {
        exists |= service.target_group_pair.iter().any(|it| it == group);
        for (port, set) in registrations(service, group) {
            exists = true;
            let own = service.tasks.iter().filter(|it| set.is_none_or(|set| it.revision == set));
            targets.extend(own.filter_map(|task| target(world, service, task, port)));
        }
    }
    if !exists {
        bail!("TargetGroupNotFound", "Target groups '{group}' not found");
    }
    Ok(json!({ "TargetHealthDescriptions": targets }))
}

/// The ports with which a service registers its tasks in a group, and the number of
/// the task set whose tasks they are; `None` for all of them.
fn registrations<'a>(service: &'a Service, group: &str) -> Vec<(u64, Option<&'a str>)> {
    if !service.task_sets.is_empty() {
        let sets = service.task_sets.iter().filter(|set| set.balancer.target_group == group);
        return sets.map(|set| (set.balancer.port, Some(set.number.as_str()))).collect();
    }
    let balancers = service.settings.get("loadBalancers").and_then(Value::as_array);
    balancers
        .into_iter()
        .flatten()
        .filter(|balancer| balancer["targetGroupArn"] == group)
        .filter_map(|balancer| Some((balancer["containerPort"].as_u64()?, None)))
        .collect()
}

/// A task as a target, if it is registered: from RUNNING until it has stopped.
fn target(world: &World, service: &Service, task: &Task, port: u64) -> Option<Value> {
    let (id, port) = match task.instance() {
        Some(instance) => (instance.to_owned(), task.host_port(port)?),
        None if service.is_ipv6 => (short(&task.ipv6_address()?), port),
        None => (task.address()?, port),
    };
    // The first health checks come soon after RUNNING: real ones after about 5 s.
    let registration = world.pace.settle / 8;
    let (state, why) = health(task, registration, world.now)?;
    let mut health = json!({ "State": state });
    if let Some((reason, description)) = why {
        health["Reason"] = json!(reason);
        health["Description"] = json!(description);
    }
    Some(json!({
        "Target": {
            "Id": id,
            "Port": port,
            "AvailabilityZone": format!("{}a", service.key.region),
        },
        "HealthCheckPort": port.to_string(),
        "TargetHealth": health,
    }))
}

/// An IPv6 address in the form of RFC 5952; other services write out its zeros.
fn short(address: &str) -> String {
    address.parse::<Ipv6Addr>().map_or_else(|_| address.to_owned(), |it| it.to_string())
}

/// Reason and description of a state, in AWS's words.
type Why = (&'static str, &'static str);

fn health(task: &Task, registration: Duration, now: Time) -> Option<(&'static str, Option<Why>)> {
    Some(match task.phase {
        Phase::Provisioning | Phase::Pending | Phase::Stopped => return None,
        Phase::Deactivating => {
            let why = ("Target.DeregistrationInProgress", "Target deregistration is in progress");
            ("draining", Some(why))
        }
        Phase::Running if task.is_healthy() => ("healthy", None),
        Phase::Running if task.refused_from.is_some_and(|from| from <= now) => {
            let description = "Health checks failed with these codes: [500]";
            ("unhealthy", Some(("Target.ResponseCodeMismatch", description)))
        }
        Phase::Running if task.started.is_some_and(|at| now < at + registration) => {
            let why = ("Elb.RegistrationInProgress", "Target registration is in progress");
            ("initial", Some(why))
        }
        Phase::Running => {
            let why = ("Elb.InitialHealthChecking", "Initial health checks in progress");
            ("initial", Some(why))
        }
    })
}
