//! `ListTasks` and `DescribeTasks`.

use serde_json::{Map, Value, json};

use crate::ecs::model::{Controller, Service};
use crate::ecs::names::{cluster, service_key, short};
use crate::ecs::task::Task;
use crate::ecs::task_view;
use crate::wire::{AwsError, Params, page, put};
use crate::world::{Caller, World};

/// The tasks of a cluster, oldest first, with their services.
fn tasks<'a>(
    world: &'a World,
    caller: &'a Caller,
    cluster: &'a str,
) -> impl Iterator<Item = (&'a Service, &'a Task)> {
    let there = world.services.values().filter(move |service| {
        service.key.region == caller.region && service.key.cluster == cluster
    });
    there
        .flat_map(|service| service.tasks.iter().map(move |task| (service, task)))
        .filter(|(_, task)| task_view::is_remembered(task, world.now))
}

/// `startedBy`.
fn starter(world: &World, service: &Service, task: &Task) -> Option<String> {
    let by_codedeploy = service.controller == Controller::CodeDeploy;
    let is_told = !by_codedeploy || world.codedeploy.answers.started_by;
    is_told.then(|| format!("ecs-svc/{}", task.revision))
}

pub(super) fn list(world: &World, caller: &Caller, params: Params<'_>) -> Result<Value, AwsError> {
    let cluster = cluster(world, caller, params)?;
    let started_by = params.text("startedBy")?;
    let alone = ["serviceName", "desiredStatus", "family", "launchType", "containerInstance"];
    if started_by.is_some() && alone.iter().any(|name| params.0.contains_key(*name)) {
        return Err(AwsError::invalid(
            "startedBy cannot be combined with other filters: it must be the only one.",
        ));
    }
    let service = match params.text("serviceName")? {
        None => None,
        Some(name) => {
            let key = service_key(caller, &cluster, name);
            if !world.services.contains_key(&key) {
                return Err(AwsError::new("ServiceNotFoundException", "Service not found."));
            }
            Some(key)
        }
    };
    let wanted = match params.text("desiredStatus")?.unwrap_or("RUNNING") {
        "RUNNING" => Some(true),
        "STOPPED" => Some(false),
        // Legal, and never the desired status of any task.
        "PENDING" => None,
        other => return Err(AwsError::invalid(format!("desiredStatus {other:?}"))),
    };
    let family = params.text("family")?;
    let mut arns = Vec::new();
    for (there, task) in tasks(world, caller, &cluster) {
        let matches = service.as_ref().is_none_or(|key| there.key == *key)
            && started_by.is_none_or(|by| starter(world, there, task).as_deref() == Some(by))
            && family.is_none_or(|family| short(&task.task_definition).starts_with(family));
        if matches && (started_by.is_some() && task.wanted || wanted == Some(task.wanted)) {
            arns.push(there.task_arn(task));
        }
    }
    // ECS promises no order; ids are random.
    arns.sort();
    let (arns, next) = page(&arns, params, params.page_size(100, 100)?)?;
    let mut answer = Map::new();
    answer.insert("taskArns".into(), json!(arns));
    put(&mut answer, "nextToken", next);
    Ok(Value::Object(answer))
}

pub(super) fn describe(
    world: &World,
    caller: &Caller,
    params: Params<'_>,
) -> Result<Value, AwsError> {
    let references = params.required_texts("tasks")?;
    if references.len() > 100 {
        return Err(AwsError::invalid("Tasks cannot be more than 100."));
    }
    let cluster = cluster(world, caller, params)?;
    let mut found = Vec::new();
    let mut failures = Vec::new();
    for reference in references {
        let id = short(reference);
        match tasks(world, caller, &cluster).find(|(_, task)| task.id == id) {
            Some((service, task)) => {
                let starter = starter(world, service, task);
                found.push(task_view::task(service, task, starter, world.calendar));
            }
            None => {
                let (region, account) = (&caller.region, &caller.account);
                let arn = format!("arn:aws:ecs:{region}:{account}:task/{cluster}/{id}");
                failures.push(json!({ "arn": arn, "reason": "MISSING" }));
            }
        }
    }
    Ok(json!({ "tasks": found, "failures": failures }))
}
