//! The AppSpec of a deployment: what is to run, and which functions are asked on
//! the way. JSON or YAML; keys in any case, as AWS's own command line reads them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::codedeploy::events::Event;

#[derive(Debug, Clone)]
pub(crate) struct AppSpec {
    /// Never empty. Only the first is deployed; all must be sound.
    pub(crate) resources: Vec<Resource>,
    /// Names or ARNs of Lambda functions.
    pub(crate) hooks: BTreeMap<Event, String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Resource {
    pub(crate) task_definition: String,
    pub(crate) container: String,
    pub(crate) port: u64,
    /// What else it says about the task set, in ECS's spelling.
    pub(crate) settings: Map<String, Value>,
}

impl AppSpec {
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(content: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(content)
            .ok()
            .or_else(|| serde_saphyr::from_str(content).ok())
            .filter(Value::is_object)
            .ok_or("The AppSpec content is neither JSON nor YAML.")?;
        let version = member(&value, "version").and_then(Value::as_f64);
        if version != Some(0.0) {
            return Err("The AppSpec version must be 0.0.".to_owned());
        }
        let resources = member(&value, "Resources").and_then(Value::as_array);
        let resources: Vec<Resource> = resources
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .flat_map(Map::values)
            .map(resource)
            .collect::<Result<_, _>>()?;
        if resources.is_empty() {
            return Err("The AppSpec names no resources.".to_owned());
        }
        let mut hooks = BTreeMap::new();
        let listed = match member(&value, "Hooks") {
            None | Some(Value::Null) => &Vec::new(),
            Some(Value::Array(listed)) => listed,
            Some(_) => return Err("The hooks of the AppSpec are no list.".to_owned()),
        };
        for (name, function) in listed.iter().filter_map(Value::as_object).flatten() {
            let event = Event::hook(name).ok_or(format!("{name} is no event with a hook."))?;
            let function = function.as_str().ok_or(format!("The hook {name} is no text."))?;
            hooks.insert(event, function.to_owned());
        }
        Ok(Self { resources, hooks })
    }

    pub(crate) fn resource(&self) -> &Resource {
        &self.resources[0]
    }
}

fn resource(value: &Value) -> Result<Resource, String> {
    if member(value, "Type").and_then(Value::as_str) != Some("AWS::ECS::Service") {
        return Err("The resource's type must be AWS::ECS::Service.".to_owned());
    }
    let properties = member(value, "Properties").and_then(Value::as_object);
    let properties = properties.ok_or("The resource has no properties.")?;
    let whole = Value::Object(properties.clone());
    let balancer = member(&whole, "LoadBalancerInfo").cloned().unwrap_or_default();
    let text = |value: &Value, name: &str| {
        let found = member(value, name).and_then(Value::as_str);
        found.map(str::to_owned).ok_or(format!("{name} is required in the AppSpec."))
    };
    let port = member(&balancer, "ContainerPort").and_then(Value::as_u64);
    let mut settings = Map::new();
    for (name, value) in properties {
        let name = camel(name);
        if ["platformVersion", "networkConfiguration", "capacityProviderStrategy"]
            .contains(&name.as_str())
            && !value.is_null()
        {
            settings.insert(name, in_camel(value));
        }
    }
    Ok(Resource {
        task_definition: text(&whole, "TaskDefinition")?,
        container: text(&balancer, "ContainerName")?,
        port: port.ok_or("ContainerPort is required in the AppSpec.")?,
        settings,
    })
}

fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let mut members = value.as_object()?.iter();
    members.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// `PlatformVersion` as ECS spells it: `platformVersion`.
fn camel(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
}

fn in_camel(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (camel(name), in_camel(value))).collect()
        }
        Value::Array(items) => items.iter().map(in_camel).collect(),
        other => other.clone(),
    }
}

/// The AppSpec of a plain deployment.
pub(crate) fn write(task_definition: &str, container: &str, port: u64) -> String {
    json!({
        "version": 0.0,
        "Resources": [{ "TargetService": {
            "Type": "AWS::ECS::Service",
            "Properties": {
                "TaskDefinition": task_definition,
                "LoadBalancerInfo": { "ContainerName": container, "ContainerPort": port },
            },
        } }],
    })
    .to_string()
}

/// In hexadecimal digits.
pub(crate) fn sha256(content: &str) -> String {
    Sha256::digest(content.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
