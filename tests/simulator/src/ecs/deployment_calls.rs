//! The operations on service deployments and service revisions.

use serde_json::{Map, Value, json};

use crate::ecs::model::Rollout;
use crate::ecs::names::{required_service, within_service};
use crate::ecs::native::hooks;
use crate::ecs::{rollout, views};
use crate::wire::{AwsError, Params, page, put};
use crate::world::{Caller, World};

/// The newest first, unless a test asks for another order: ECS promises none.
pub(super) fn list(world: &World, caller: &Caller, params: Params<'_>) -> Result<Value, AwsError> {
    let key = required_service(world, caller, params)?;
    let service = &world.services[&key];
    let statuses = params.texts("status")?.unwrap_or_default();
    if let Some(unknown) = statuses.iter().find(|status| !views::status_is_known(status)) {
        return Err(AwsError::invalid(format!("status {unknown:?}")));
    }
    let created = params.object("createdAt")?;
    let bound = |name: &str| {
        let seconds = created.and_then(|created| created.0.get(name)?.as_f64());
        seconds.map(|seconds| world.calendar.instant(seconds))
    };
    let (before, after) = (bound("before"), bound("after"));
    let light = world.light();
    let chosen = service.rollouts.iter().rev().filter(|rollout| {
        views::is_listed(rollout, light)
            && (statuses.is_empty() || statuses.contains(&rollout.status.as_str()))
            && before.is_none_or(|before| rollout.created < before)
            && after.is_none_or(|after| rollout.created > after)
    });
    let mut chosen: Vec<&Rollout> = chosen.collect();
    if world.lists_oldest_first {
        chosen.reverse();
    }
    let (chosen, next) = page(&chosen, params, params.page_size(100, 20)?)?;
    let briefs: Vec<_> =
        chosen.into_iter().map(|it| views::rollout_brief(service, it, light)).collect();
    let mut answer = Map::new();
    answer.insert("serviceDeployments".into(), Value::Array(briefs));
    put(&mut answer, "nextToken", next);
    Ok(Value::Object(answer))
}

fn arns<'a>(params: Params<'a>, name: &str) -> Result<Vec<&'a str>, AwsError> {
    let arns = params.required_texts(name)?;
    if arns.len() > 20 {
        return Err(AwsError::invalid(format!("{name} cannot be more than 20.")));
    }
    Ok(arns)
}

pub(super) fn describe(
    world: &World,
    caller: &Caller,
    params: Params<'_>,
) -> Result<Value, AwsError> {
    let light = world.light();
    let mut found = Vec::new();
    let mut failures = Vec::new();
    for arn in arns(params, "serviceDeploymentArns")? {
        let there = within_service(world, caller, "service-deployment", arn)?;
        let visible = there.and_then(|(service, id)| {
            let rollout = service.rollouts.iter().find(|rollout| rollout.id == id)?;
            let known = light.has_shown(rollout.created, light.lag.describe);
            known.then(|| views::rollout(service, rollout, light))
        });
        match visible {
            Some(view) => found.push(view),
            None => failures.push(json!({ "arn": arn, "reason": "MISSING" })),
        }
    }
    Ok(json!({ "serviceDeployments": found, "failures": failures }))
}

pub(super) fn describe_revisions(
    world: &World,
    caller: &Caller,
    params: Params<'_>,
) -> Result<Value, AwsError> {
    let light = world.light();
    let mut found = Vec::new();
    let mut failures = Vec::new();
    for arn in arns(params, "serviceRevisionArns")? {
        let there = within_service(world, caller, "service-revision", arn)?;
        let visible = there.and_then(|(service, number)| {
            let revision = service.revision(number)?;
            let known = light.has_shown(revision.created, light.lag.describe);
            known.then(|| views::revision(service, revision, light))
        });
        match visible {
            Some(view) => found.push(view),
            None => failures.push(json!({ "arn": arn, "reason": "MISSING" })),
        }
    }
    Ok(json!({ "serviceRevisions": found, "failures": failures }))
}

/// Rolls back; the other stop type is in the model, and not offered.
pub(super) fn stop(
    world: &mut World,
    caller: &Caller,
    params: Params<'_>,
) -> Result<Value, AwsError> {
    let arn = params.required_text("serviceDeploymentArn")?;
    if params.text("stopType")?.is_some_and(|kind| kind != "ROLLBACK") {
        return Err(AwsError::invalid("Only the stop type ROLLBACK is supported."));
    }
    let not_found =
        || AwsError::new("ServiceDeploymentNotFoundException", "Service deployment not found.");
    let (service, id) =
        within_service(world, caller, "service-deployment", arn)?.ok_or_else(not_found)?;
    let found = service.rollouts.iter().find(|it| it.id == id).ok_or_else(not_found)?;
    if found.status.is_terminal() {
        return Err(AwsError::new(
            "ConflictException",
            format!("The service deployment is {} and cannot be stopped.", found.status.as_str()),
        ));
    }
    if hooks::any_awaits(found) {
        return Err(AwsError::new(
            "ConflictException",
            "A lifecycle hook awaits an action: use ContinueServiceDeployment.",
        ));
    }
    let key = service.key.clone();
    world.with_service(&key, rollout::request_rollback);
    Ok(json!({ "serviceDeploymentArn": arn }))
}

/// Answers a hook that waits for a person.
pub(super) fn resume(
    world: &mut World,
    caller: &Caller,
    params: Params<'_>,
) -> Result<Value, AwsError> {
    let arn = params.required_text("serviceDeploymentArn")?;
    let hook = params.required_text("hookId")?;
    let go_on = match params.text("action")?.unwrap_or("CONTINUE") {
        "CONTINUE" => true,
        "ROLLBACK" => false,
        other => return Err(AwsError::invalid(format!("action {other:?}"))),
    };
    let not_found =
        || AwsError::new("ServiceDeploymentNotFoundException", "Service deployment not found.");
    let (service, id) =
        within_service(world, caller, "service-deployment", arn)?.ok_or_else(not_found)?;
    let active = service.active_rollout().filter(|rollout| rollout.id == id);
    if !active.is_some_and(|rollout| hooks::awaits(rollout, hook)) {
        return Err(AwsError::invalid(format!("No lifecycle hook {hook} awaits an action.")));
    }
    let key = service.key.clone();
    world.with_service(&key, |service, scene| hooks::answered(service, scene, hook, go_on));
    Ok(json!({ "serviceDeploymentArn": arn }))
}
