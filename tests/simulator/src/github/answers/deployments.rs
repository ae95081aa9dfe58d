//! Deployments: what GitHub asks of a ref before it makes one.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::github::answers::{Members, page_of};
use crate::github::history::DEFAULT_BRANCH;
use crate::github::state::Deployment;
use crate::github::views;
use crate::github::wire::{Answer, Refusal, param};
use crate::github::world::{Call, World};

pub(super) fn list(world: &World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let wanted = |name: &str, value: &str| {
        let asked = param(&call.incoming.query, name).filter(|asked| asked != "none");
        asked.is_none_or(|asked| asked == value)
    };
    let newest_first: Vec<_> = world
        .state
        .deployments
        .iter()
        .rev()
        .filter(|it| wanted("environment", &it.environment) && wanted("task", &it.task))
        .filter(|it| wanted("sha", &it.sha) && wanted("ref", &it.reference))
        .cloned()
        .collect();
    Ok(page_of(call, &newest_first, |it| views::deployment(world, &call.links, it)))
}

pub(super) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let members = Members::of(call)?;
    let reference = members.required_text("ref")?;
    let environment = members.text("environment")?.unwrap_or("production");
    let production = members.flag("production_environment")?;
    let transient = members.flag("transient_environment")?.unwrap_or(false);
    let auto_merge = members.flag("auto_merge")?.unwrap_or(true);
    let contexts = members.texts("required_contexts")?;
    let description = match members.0.get("description") {
        None | Some(Value::Null) => None,
        Some(_) => members.text("description")?,
    };
    let payload = match members.0.get("payload") {
        None => json!({}),
        Some(payload @ (Value::Object(_) | Value::String(_))) => payload.clone(),
        Some(other) => {
            let told = format!("For 'properties/payload', {other} is not an object or a string.");
            return Err(Refusal::invalid_request(&told));
        }
    };
    let no_ref = || Refusal::new(422, format!("No ref found for: {reference}"));
    let sha = world.history.resolve(reference).ok_or_else(no_ref)?.sha.clone();
    if auto_merge && let Some(answer) = merge(world, reference, &sha) {
        return answer;
    }
    passed(world, reference, &sha, contexts.as_deref())?;

    let (id, creator) = (world.state.next_id(), call.author.clone());
    let deployment = Deployment {
        task: members.text("task")?.unwrap_or("deploy").to_owned(),
        description: description.map(str::to_owned),
        payload,
        transient,
        production: production.unwrap_or(environment == "production"),
        ..Deployment::new(id, (reference, sha), environment, creator, world.now)
    };
    world.state.deployments.push(deployment.clone());
    let view = views::deployment(world, &call.links, &deployment);
    Ok(Answer::json(201, &view).with("location", views::text(&view["url"])))
}

/// With `auto_merge`, "if the ref is behind the default branch [...], we will
/// attempt to merge it for you": a branch is merged, and no deployment made;
/// into a tag or a commit nothing can be merged.
fn merge(world: &mut World, reference: &str, sha: &str) -> Option<Result<Answer, Refusal>> {
    let main = world.history.branches.get(DEFAULT_BRANCH)?.clone();
    if world.history.contains(sha, &main) {
        return None;
    }
    let conflict = format!("Conflict merging {DEFAULT_BRANCH} into {reference}.");
    if !world.history.branches.contains_key(reference) {
        return Some(Err(Refusal::new(409, conflict)));
    }
    let title = format!("Merge branch '{DEFAULT_BRANCH}' into {reference}");
    world.history.add(reference, &title, &[], Some(&main), world.now);
    let told = format!("Auto-merged {DEFAULT_BRANCH} into {reference} on deployment.");
    Some(Ok(Answer::json(202, &json!({ "message": told }))))
}

/// "By default, commit statuses for every submitted context must be in a
/// `success` state. The `required_contexts` parameter allows you to specify a
/// subset of contexts that must be `success`, or to specify contexts that have
/// not yet been submitted."
fn passed(
    world: &World,
    reference: &str,
    sha: &str,
    required: Option<&[&str]>,
) -> Result<(), Refusal> {
    let none = BTreeMap::new();
    let checks = world.state.checks.get(sha).unwrap_or(&none);
    let state = |name: &str| checks.get(name).map_or("pending", String::as_str);
    let contexts: Vec<&str> = match required {
        Some(required) => required.to_vec(),
        None => checks.keys().map(String::as_str).collect(),
    };
    if contexts.iter().all(|name| state(name) == "success") {
        return Ok(());
    }
    let told: Vec<_> =
        contexts.iter().map(|name| json!({ "context": name, "state": state(name) })).collect();
    let message = format!("Conflict: Commit status checks failed for {reference}.");
    Err(Refusal {
        errors: Some(json!([{
            "contexts": told, "resource": "Deployment", "field": "required_contexts",
            "code": "invalid",
        }])),
        ..Refusal::new(409, message)
    })
}
