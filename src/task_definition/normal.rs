//! The form in which two definitions are compared: ECS's own, where it is known.
//!
//! ECS writes out defaults, leaves out what is empty and gives some lists back in
//! another order; a file in a repository does none of that. Every rule here is
//! one under which both spellings mean the same to ECS. What isn't known to be
//! the same stays different: that costs a revision, the reverse a change.

use serde_json::{Map, Value};

use super::number;

/// Members where an empty text means the same as none. `value` is that of an
/// environment variable, a tag or a property: it is the empty text by default.
const EMPTY_TEXT_IS_NONE: [&str; 13] = [
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "cpu",
    "memory",
    "pidMode",
    "ipcMode",
    "image",
    "user",
    "workingDirectory",
    "hostname",
    "value",
    "rootDirectory",
];

/// Members where an empty object means the same as none. ECS itself fills in
/// `host` for a plain volume. Elsewhere an empty object may switch something on:
/// `dockerVolumeConfiguration: {}` asks for a Docker volume.
const EMPTY_OBJECT_IS_NONE: [&str; 8] = [
    "host",
    "linuxParameters",
    "capabilities",
    "runtimePlatform",
    "dockerLabels",
    "options",
    "driverOpts",
    "labels",
];

/// Objects whose keys are the user's own: an empty entry is an entry.
const FREE_MAPS: [&str; 4] = ["dockerLabels", "options", "driverOpts", "labels"];

/// Both definitions in normal form. They are taken together because the name of
/// a role can be compared with an ARN, but not turned into one.
pub(super) fn pair(
    left: &Map<String, Value>,
    right: &Map<String, Value>,
) -> (Map<String, Value>, Map<String, Value>) {
    let (left, mut right) = (normal_form(left), normal_form(right));
    for role in ["taskRoleArn", "executionRoleArn"] {
        if let (Some(Value::String(a)), Some(Value::String(b))) = (left.get(role), right.get(role))
            && (names_role(a, b) || names_role(b, a))
        {
            right.insert(role.to_owned(), a.as_str().into());
        }
    }
    (left, right)
}

fn normal_form(definition: &Map<String, Value>) -> Map<String, Value> {
    let mut form = cleaned_members(definition, false);
    default_to(&mut form, "enableFaultInjection", false);
    in_units(&mut form, "cpu", "vcpu");
    in_units(&mut form, "memory", "gb");
    for volume in objects_mut(&mut form, "volumes") {
        // The API reference on `EFSVolumeConfiguration`: "/" is the same as none.
        if let Some(Value::Object(efs)) = volume.get_mut("efsVolumeConfiguration") {
            default_to(efs, "rootDirectory", "/");
        }
    }
    for key in ["volumes", "requiresCompatibilities", "tags"] {
        sort_by_text(&mut form, key);
    }
    let network_mode = form.get("networkMode").and_then(Value::as_str).map(str::to_owned);
    for container in objects_mut(&mut form, "containerDefinitions") {
        fill_in_container(container, network_mode.as_deref());
    }
    // The API may give containers back in another order, and theirs means
    // nothing: `dependsOn` and `links` do.
    sort_by_name(&mut form, "containerDefinitions");
    form
}

/// Defaults as ECS's API reference gives them for `ContainerDefinition`,
/// `PortMapping` and `HealthCheck`.
fn fill_in_container(container: &mut Map<String, Value>, network_mode: Option<&str>) {
    default_to(container, "cpu", 0);
    default_to(container, "essential", true);
    if let Some(Value::Object(check)) = container.get_mut("healthCheck") {
        default_to(check, "interval", 30);
        default_to(check, "timeout", 5);
        default_to(check, "retries", 3);
    }
    for mapping in objects_mut(container, "portMappings") {
        default_to(mapping, "protocol", "tcp");
        let Some(container_port) = mapping.get("containerPort").cloned() else { continue };
        match network_mode {
            Some("awsvpc") => {
                if mapping.get("hostPort").is_some_and(|port| port.as_u64() == Some(0)) {
                    mapping.shift_remove("hostPort");
                }
                default_to(mapping, "hostPort", container_port);
            }
            Some("host") => default_to(mapping, "hostPort", container_port),
            // A port that Docker chooses.
            Some(_) | None => default_to(mapping, "hostPort", 0),
        }
    }
    for key in ["mountPoints", "portMappings"] {
        sort_by_text(container, key);
    }
    // By name only, so that of a name listed twice the last one stays last.
    for key in ["environment", "secrets"] {
        sort_by_name(container, key);
    }
}

/// The members that say something, with numbers in one spelling. In a free map
/// (`keep_all`) every member says something.
fn cleaned_members(object: &Map<String, Value>, keep_all: bool) -> Map<String, Value> {
    object
        .iter()
        .map(|(key, value)| {
            let keep_all = keep_all || FREE_MAPS.contains(&key.as_str());
            (key.clone(), cleaned(value, keep_all))
        })
        .filter(|(key, value)| keep_all || !is_none(key, value))
        .collect()
}

fn cleaned(value: &Value, keep_all: bool) -> Value {
    match value {
        Value::Number(number) => Value::Number(number::canonical(number)),
        Value::Object(object) => Value::Object(cleaned_members(object, keep_all)),
        // Nothing is taken out of a list: places in it have a meaning.
        Value::Array(list) => {
            Value::Array(list.iter().map(|element| cleaned(element, keep_all)).collect())
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

fn is_none(key: &str, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::String(text) => text.is_empty() && EMPTY_TEXT_IS_NONE.contains(&key),
        Value::Object(object) => object.is_empty() && EMPTY_OBJECT_IS_NONE.contains(&key),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn default_to(object: &mut Map<String, Value>, key: &str, default: impl Into<Value>) {
    object.entry(key).or_insert_with(|| default.into());
}

fn objects_mut<'a>(
    parent: &'a mut Map<String, Value>,
    key: &str,
) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    let list = parent.get_mut(key).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

fn sort_by_text(parent: &mut Map<String, Value>, key: &str) {
    if let Some(Value::Array(list)) = parent.get_mut(key) {
        list.sort_by_cached_key(|element| {
            let mut sorted = element.clone();
            sorted.sort_all_objects();
            sorted.to_string()
        });
    }
}

fn sort_by_name(parent: &mut Map<String, Value>, key: &str) {
    if let Some(Value::Array(list)) = parent.get_mut(key) {
        list.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
    }
}

/// Turns `1 vCPU` and `0.5 GB` into the `1024` and `512` that ECS keeps.
fn in_units(definition: &mut Map<String, Value>, key: &str, unit: &str) {
    let Some(Value::String(text)) = definition.get(key) else { return };
    // Anything else is left for ECS to judge.
    if let Some(units) = number::in_1024ths(text, unit) {
        definition.insert(key.to_owned(), units.to_string().into());
    }
}

/// Whether `name` is a bare name and that of the role in `arn`. Role names are
/// unique in an account, whatever path the ARN puts before them.
fn names_role(name: &str, arn: &str) -> bool {
    !name.starts_with("arn:")
        && arn.starts_with("arn:")
        && arn.strip_suffix(name).is_some_and(|before| before.ends_with('/'))
}
