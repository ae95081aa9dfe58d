//! `ListTasks` and `DescribeTasks`.

use serde_json::json;

use crate::ecs::model::{Controller, Service};
use crate::ecs::names::{cluster, service_key, short};
use crate::ecs::one_off::StandaloneTask;
use crate::ecs::task::Task;
use crate::ecs::task_view;
use crate::wire::{Answered, AwsError, Params, bail, page, present};
use crate::world::{ACCOUNT, World};

/// The tasks of a cluster, oldest first, with their services.
fn tasks<'a>(
    world: &'a World,
    region: &'a str,
    cluster: &'a str,
) -> impl Iterator<Item = (&'a Service, &'a Task)> {
    let there = world
        .services
        .values()
        .filter(move |service| service.key.region == region && service.key.cluster == cluster);
    there
        .flat_map(|service| service.tasks.iter().map(move |task| (service, task)))
        .filter(|(_, task)| task_view::is_remembered(task, world.now))
}

/// The tasks of a cluster that no service started.
fn standalone<'a>(
    world: &'a World,
    region: &'a str,
    cluster: &'a str,
) -> impl Iterator<Item = &'a StandaloneTask> {
    let there = world.one_offs.iter();
    there.filter(move |it| {
        it.region == region
            && it.cluster == cluster
            && it.is_shown(world.now, world.lag.tasks)
            && it.is_remembered(world.now)
    })
}

/// `startedBy`.
fn starter(world: &World, service: &Service, task: &Task) -> Option<String> {
    let by_codedeploy = service.controller == Controller::CodeDeploy;
    let is_told = !by_codedeploy || world.codedeploy.answers.started_by;
    is_told.then(|| format!("ecs-svc/{}", task.revision))
}

pub(super) fn list(world: &World, params: Params<'_>) -> Answered {
    let cluster = cluster(world, params)?;
    let started_by = params.text("startedBy")?;
    let alone = ["serviceName", "desiredStatus", "family", "launchType", "containerInstance"];
    if started_by.is_some() && alone.iter().any(|name| params.has(name)) {
        bail!(
            "InvalidParameterException",
            "startedBy cannot be combined with other filters: it must be the only one."
        );
    }
    let service = match params.text("serviceName")? {
        None => None,
        Some(name) => {
            let key = service_key(params.region, &cluster, name);
            if !world.services.contains_key(&key) {
                bail!("ServiceNotFoundException", "Service not found.");
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
    for (there, task) in tasks(world, params.region, &cluster) {
        let matches = service.as_ref().is_none_or(|key| there.key == *key)
            && started_by.is_none_or(|by| starter(world, there, task).as_deref() == Some(by))
            && family.is_none_or(|family| short(&task.task_definition).starts_with(family));
        if matches && (started_by.is_some() && task.wanted || wanted == Some(task.wanted)) {
            arns.push(there.task_arn(task));
        }
    }
    for task in standalone(world, params.region, &cluster) {
        let is_wanted = task.is_wanted(world.now);
        let matches = service.is_none()
            && started_by.is_none_or(|by| task.started_by.as_deref() == Some(by))
            && family.is_none_or(|family| task.family.starts_with(family));
        if matches && (started_by.is_some() && is_wanted || wanted == Some(is_wanted)) {
            arns.push(task.arn());
        }
    }
    // ECS promises no order; ids are random.
    arns.sort();
    let (arns, next) = page(&arns, params, params.page_size(100, 100)?)?;
    Ok(present(json!({ "taskArns": arns, "nextToken": next })))
}

pub(super) fn describe(world: &World, params: Params<'_>) -> Answered {
    let references = params.required_texts("tasks")?;
    if references.len() > 100 {
        bail!("InvalidParameterException", "Tasks cannot be more than 100.");
    }
    let cluster = cluster(world, params)?;
    let mut found = Vec::new();
    let mut failures = Vec::new();
    for reference in references {
        let id = short(reference);
        match tasks(world, params.region, &cluster).find(|(_, task)| task.id == id) {
            Some((service, task)) => {
                let starter = starter(world, service, task);
                found.push(task_view::task(service, task, starter, world.calendar));
            }
            None => {
                let task = standalone(world, params.region, &cluster).find(|task| task.id == id);
                if let Some(task) = task {
                    found.push(task.view(world.now, world.calendar));
                    continue;
                }
                let region = params.region;
                let arn = format!("arn:aws:ecs:{region}:{ACCOUNT}:task/{cluster}/{id}");
                failures.push(json!({ "arn": arn, "reason": "MISSING" }));
            }
        }
    }
    Ok(json!({ "tasks": found, "failures": failures }))
}
