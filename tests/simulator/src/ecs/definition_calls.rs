//! The operations on task definitions.

use serde_json::{Value, json};

use crate::wire::{Answered, AwsError, Params, bail, page, present};
use crate::world::World;

/// Members of an answer that a request must not send. Whether AWS ignores them
/// is not known; here they are refused, so that nobody relies on it.
const READ_ONLY: &[&str] = &[
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
    "deleteRequestedAt",
];

/// Developer Guide, "Amazon ECS service quotas": the size of a task definition. What
/// ECS counts is not documented; here it is the request.
const LARGEST: usize = 65_536;

pub(super) fn register(world: &mut World, params: Params<'_>) -> Answered {
    let size = Value::Object(params.members.clone()).to_string().len();
    if size > LARGEST {
        return Err(AwsError::client(format!(
            "Actual length: '{size}'. Max allowed length is '{LARGEST}' bytes."
        )));
    }
    check(params)?;
    let definition =
        world.definitions.register(params.region, params.members.clone(), None, world.now);
    let tags = (!definition.tags.is_empty()).then_some(&definition.tags);
    let view = definition.view(world.calendar);
    Ok(present(json!({ "taskDefinition": view, "tags": tags })))
}

/// What ECS checks, as far as a wrong body could slip through otherwise.
fn check(params: Params<'_>) -> Answered<()> {
    let family = params
        .text("family")?
        .filter(|family| !family.is_empty())
        .ok_or_else(|| AwsError::client("Family should not be null or empty."))?;
    let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if family.len() > 255 || !family.bytes().all(legal) {
        bail!("ClientException", "Family contains invalid characters.");
    }
    if let Some(name) = READ_ONLY.iter().find(|name| params.has(name)) {
        bail!("ClientException", "{name} cannot be registered.");
    }
    for name in ["cpu", "memory", "networkMode", "taskRoleArn", "executionRoleArn"] {
        params.text(name)?;
    }
    let tags = params.list("tags")?.map(Vec::as_slice).unwrap_or_default();
    let reserved = |tag: &Value| tag["key"].as_str().is_none_or(|key| key.starts_with("aws:"));
    if params.has("tags") && (tags.is_empty() || tags.iter().any(reserved)) {
        bail!(
            "InvalidParameterException",
            "Tags can not be empty, and no key may start with aws:."
        );
    }
    let containers = params.list("containerDefinitions")?.map(Vec::as_slice).unwrap_or_default();
    if containers.is_empty() {
        bail!("ClientException", "Container list cannot be empty.");
    }
    let mut names = Vec::new();
    for container in containers {
        let container =
            container.as_object().map(|members| Params { members, ..params }).ok_or_else(|| {
                AwsError::new("SerializationException", "containerDefinitions holds something else")
            })?;
        for name in ["name", "image"] {
            if container.text(name)?.is_none_or(str::is_empty) {
                return Err(AwsError::client(format!(
                    "Container.{name} should not be null or empty."
                )));
            }
        }
        container.number("cpu")?;
        container.number("memory")?;
        container.flag("essential")?;
        container.list("environment")?;
        container.list("secrets")?;
        let name = container.required_text("name")?;
        if names.contains(&name) {
            bail!("ClientException", "Container name {name} is not unique.");
        }
        names.push(name);
    }
    Ok(())
}

pub(super) fn describe(world: &World, params: Params<'_>) -> Answered {
    let reference = params.required_text("taskDefinition")?;
    let definition = world
        .definitions
        .find(params.region, reference)
        .ok_or_else(|| AwsError::client("Unable to describe task definition."))?;
    let with_tags = params.texts("include")?.unwrap_or_default().contains(&"TAGS");
    let tags = with_tags.then_some(&definition.tags);
    let view = definition.view(world.calendar);
    Ok(present(json!({ "taskDefinition": view, "tags": tags })))
}

pub(super) fn deregister(world: &mut World, params: Params<'_>) -> Answered {
    let reference = params.required_text("taskDefinition")?;
    let name = reference.rsplit('/').next().unwrap_or(reference);
    if !name.contains(':') {
        bail!("ClientException", "Missing revision in task definition.");
    }
    let (now, calendar) = (world.now, world.calendar);
    let definition = world
        .definitions
        .find_mut(params.region, reference)
        .ok_or_else(|| AwsError::client("Unable to describe task definition."))?;
    if !definition.is_active() {
        bail!("ClientException", "The specified task definition is inactive.");
    }
    definition.deregistered = Some(now);
    Ok(json!({ "taskDefinition": definition.view(calendar) }))
}

pub(super) fn list(world: &World, params: Params<'_>) -> Answered {
    // Documented as the full name of a family, in spite of its name.
    let family = params.text("familyPrefix")?;
    let active = match params.text("status")?.unwrap_or("ACTIVE") {
        "ACTIVE" => true,
        "INACTIVE" => false,
        "DELETE_IN_PROGRESS" => return Ok(json!({ "taskDefinitionArns": [] })),
        other => return Err(AwsError::invalid(format!("status {other:?}"))),
    };
    let chosen = world.definitions.all(params.region).filter(|definition| {
        definition.is_active() == active && family.is_none_or(|family| definition.family == family)
    });
    let mut arns: Vec<&str> = chosen.map(|definition| definition.arn.as_str()).collect();
    match params.text("sort")?.unwrap_or("ASC") {
        "ASC" => {}
        "DESC" => arns.reverse(),
        other => return Err(AwsError::invalid(format!("sort {other:?}"))),
    }
    let (arns, next) = page(&arns, params, params.page_size(100, 100)?)?;
    Ok(present(json!({ "taskDefinitionArns": arns, "nextToken": next })))
}
