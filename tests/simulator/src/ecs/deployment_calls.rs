//! The operations on service deployments and service revisions.

use serde_json::{Value, json};

use crate::ecs::model::{Rollout, Service};
use crate::ecs::names::{required_service, within_service};
use crate::ecs::native::hooks;
use crate::ecs::{rollout, views};
use crate::wire::{Answered, AwsError, Params, bail, page, present};
use crate::world::World;

/// The newest first, unless a test asks for another order: ECS promises none.
pub(super) fn list(world: &World, params: Params<'_>) -> Answered {
    let key = required_service(world, params)?;
    let service = &world.services[&key];
    if let Some(other) = ["status", "createdAt"].iter().find(|it| params.has(it)) {
        bail!("InvalidParameterException", "{other} is not played");
    }
    let viewpoint = world.viewpoint();
    let mut chosen: Vec<&Rollout> =
        service.rollouts.iter().rev().filter(|it| views::is_listed(it, viewpoint)).collect();
    if world.lists_oldest_first {
        chosen.reverse();
    }
    let (chosen, next) = page(&chosen, params, params.page_size(100, 20)?)?;
    let briefs = chosen.into_iter().map(|it| views::rollout_brief(service, it, viewpoint));
    let briefs = briefs.collect::<Vec<_>>();
    Ok(present(json!({ "serviceDeployments": briefs, "nextToken": next })))
}

/// Views of what is behind up to 20 ARNs, and a failure for each that is not visible.
fn describe_each(
    (params, name): (Params<'_>, &str),
    view: impl Fn(&str) -> Answered<Option<Value>>,
) -> Answered<(Vec<Value>, Vec<Value>)> {
    let arns = params.required_texts(name)?;
    if arns.len() > 20 {
        bail!("InvalidParameterException", "{name} cannot be more than 20.");
    }
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in arns {
        match view(arn)? {
            Some(view) => found.push(view),
            None => failures.push(json!({ "arn": arn, "reason": "MISSING" })),
        }
    }
    Ok((found, failures))
}

pub(super) fn describe(world: &World, params: Params<'_>) -> Answered {
    let viewpoint = world.viewpoint();
    let (found, failures) = describe_each((params, "serviceDeploymentArns"), |arn| {
        let there = within_service(world, params.region, "service-deployment", arn)?;
        Ok(there.and_then(|(service, id)| {
            let rollout = service.rollouts.iter().find(|rollout| rollout.id == id)?;
            let known = viewpoint.has_shown(rollout.created, viewpoint.lag.describe);
            known.then(|| views::rollout(service, rollout, viewpoint))
        }))
    })?;
    Ok(json!({ "serviceDeployments": found, "failures": failures }))
}

pub(super) fn describe_revisions(world: &World, params: Params<'_>) -> Answered {
    let viewpoint = world.viewpoint();
    let (found, failures) = describe_each((params, "serviceRevisionArns"), |arn| {
        let there = within_service(world, params.region, "service-revision", arn)?;
        Ok(there.and_then(|(service, number)| {
            let revision = service.revision(number)?;
            let known = viewpoint.has_shown(revision.created, viewpoint.lag.describe);
            known.then(|| views::revision(service, revision, viewpoint))
        }))
    })?;
    Ok(json!({ "serviceRevisions": found, "failures": failures }))
}

/// The service and the id of the deployment that a request names.
fn named<'w, 'a>(world: &'w World, region: &str, arn: &'a str) -> Answered<(&'w Service, &'a str)> {
    within_service(world, region, "service-deployment", arn)?.ok_or_else(not_found)
}

fn not_found() -> AwsError {
    AwsError::new("ServiceDeploymentNotFoundException", "Service deployment not found.")
}

/// Rolls back; the other stop type is in the model, and not offered.
pub(super) fn stop(world: &mut World, params: Params<'_>) -> Answered {
    let arn = params.required_text("serviceDeploymentArn")?;
    if params.text("stopType")?.is_some_and(|kind| kind != "ROLLBACK") {
        bail!("InvalidParameterException", "Only the stop type ROLLBACK is supported.");
    }
    let (service, id) = named(world, params.region, arn)?;
    let found = service.rollouts.iter().find(|it| it.id == id).ok_or_else(not_found)?;
    let conflict = |why: String| Err(AwsError::new("ConflictException", why));
    if found.status.is_terminal() {
        let status = found.status.as_str();
        return conflict(format!("The service deployment is {status} and cannot be stopped."));
    }
    if hooks::any_awaits(found) {
        let why = "A lifecycle hook awaits an action: use ContinueServiceDeployment.";
        return conflict(why.to_owned());
    }
    let key = service.key.clone();
    world.with_service(&key, rollout::request_rollback);
    Ok(json!({ "serviceDeploymentArn": arn }))
}

/// Answers a hook that waits for a person.
pub(super) fn resume(world: &mut World, params: Params<'_>) -> Answered {
    let arn = params.required_text("serviceDeploymentArn")?;
    let hook = params.required_text("hookId")?;
    let go_on = match params.text("action")?.unwrap_or("CONTINUE") {
        "CONTINUE" => true,
        "ROLLBACK" => false,
        other => return Err(AwsError::invalid(format!("action {other:?}"))),
    };
    let (service, id) = named(world, params.region, arn)?;
    if !service.rollouts.iter().any(|it| it.id == id) {
        return Err(not_found());
    }
    let active = service.active_rollout().filter(|rollout| rollout.id == id);
    if !active.is_some_and(|rollout| hooks::awaits(rollout, hook)) {
        bail!("InvalidParameterException", "No lifecycle hook {hook} awaits an action.");
    }
    let key = service.key.clone();
    world.with_service(&key, |service, scene| hooks::answered(service, scene, hook, go_on));
    Ok(json!({ "serviceDeploymentArn": arn }))
}
