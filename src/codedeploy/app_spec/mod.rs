//! The AppSpec of a deployment to ECS by AWS CodeDeploy: what is deployed, where its
//! traffic goes, and which functions are asked on the way.
//!
//! An AppSpec is kept as the JSON object that a file or an earlier deployment gave,
//! with the spelling of its keys and numbers, so that a member that is not known here
//! survives; the only thing that is ever written into it is the task definition. Keys
//! are known in any case, as AWS's own command line and action know them: AWS's guide
//! itself writes both `resources` and `Resources`. This folder does no I/O.

mod check;
mod hooks;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod laws;
mod node;
mod parse;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use self::node::{Node, is_same_key, key_of};
use crate::ecs::TaskDefinitionArn;

/// The only type of a resource that is deployed to ECS.
const ECS_SERVICE: &str = "AWS::ECS::Service";

/// An AppSpec for ECS: it has at least one resource, and each has properties.
#[derive(Clone)]
pub(crate) struct AppSpec {
    /// Always an object.
    value: Value,
    /// The file that it was read from.
    origin: Option<Arc<Origin>>,
}

/// A file of the checkout with an AppSpec in it.
struct Origin {
    /// The path as the user gave it.
    file: String,
    /// Without a byte order mark.
    text: String,
}

/// An AppSpec as `CreateDeployment` takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// JSON.
    pub text: String,
    /// The SHA-256 of exactly that text, in hexadecimal digits.
    pub sha256: String,
}

impl AppSpec {
    /// One for a service that has none given, whose load balancer sends traffic to
    /// `port` of `container`.
    ///
    /// What else `earlier` says of its first resource, and its hooks, are carried over:
    /// without them a deployment would fall back to the platform version `LATEST`, to
    /// the service's own network and capacity, and skip its validations. Its
    /// `LoadBalancerInfo` is not carried over, not even a member that AWS may add to
    /// it: it described the earlier container and port.
    pub(crate) fn made_for(container: &str, port: u16, earlier: Option<&Self>) -> Self {
        let mut properties = Map::new();
        properties.insert(
            "LoadBalancerInfo".to_owned(),
            json!({ "ContainerName": container, "ContainerPort": port }),
        );
        let mut service = Map::new();
        service.insert("Type".to_owned(), ECS_SERVICE.into());
        let before = earlier.and_then(|earlier| earlier.resources().next());
        if let Some(before) = before {
            let known = ["TaskDefinition", "LoadBalancerInfo"];
            properties.extend(others(properties_of(&before).value, &known));
            service.extend(others(before.value, &["Type", "Properties"]));
        }
        service.insert("Properties".to_owned(), properties.into());
        let mut value = json!({ "version": 0.0, "Resources": [{ "TargetService": service }] });
        let hooks = earlier.and_then(|earlier| earlier.root().member("Hooks"));
        if let Some(hooks) = hooks {
            value["Hooks"] = hooks.value.clone();
        }
        Self { value, origin: None }
    }

    /// The task definition of the first resource as it is spelled, an ARN usually;
    /// `None` where it is missing or no text.
    pub(crate) fn task_definition(&self) -> Option<&str> {
        properties_of(&self.resources().next()?).member("TaskDefinition")?.value.as_str()
    }

    /// The lifecycle events at which a Lambda function validates, each with its
    /// function, in their order.
    pub(crate) fn hooks(&self) -> Vec<(String, String)> {
        let Some(hooks) = self.root().member("Hooks") else { return Vec::new() };
        // A list of objects by AWS's guide; earlier versions of AWS's constructs for the
        // CDK (cdk-ecs-codedeploy) write one object.
        let entries = if hooks.value.is_object() { vec![hooks] } else { hooks.items() };
        let members = entries.iter().flat_map(Node::members);
        members
            .filter_map(|(event, function)| {
                Some((event.to_owned(), function.value.as_str()?.to_owned()))
            })
            .collect()
    }

    /// The same without anything that could say no on the way.
    #[must_use]
    pub(crate) fn without_hooks(&self) -> Self {
        Self { value: others(&self.value, &["Hooks"]).into(), origin: self.origin.clone() }
    }

    /// What to send to CodeDeploy for `definition`, which becomes that of every
    /// resource.
    pub(crate) fn content(&self, definition: &TaskDefinitionArn) -> Content {
        let mut value = self.value.clone();
        for properties in all_properties(&mut value) {
            let arn = definition.as_str().into();
            match key_of(properties, "TaskDefinition").map(str::to_owned) {
                Some(key) => properties.insert(key, arn),
                None => properties.shift_insert(0, "TaskDefinition".to_owned(), arn),
            };
        }
        let text = value.to_string();
        let digest = Sha256::digest(text.as_bytes());
        Content { sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(), text }
    }

    fn root(&self) -> Node<'_> {
        Node::root(&self.value)
    }

    fn resources(&self) -> impl Iterator<Item = Node<'_>> {
        let entries = self.root().member("Resources").map(|list| list.items());
        entries.into_iter().flatten().flat_map(|entry| {
            entry.members().into_iter().map(|(_, resource)| resource).collect::<Vec<_>>()
        })
    }
}

/// Two are equal that say the same, wherever they were read.
impl PartialEq for AppSpec {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl fmt::Debug for AppSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppSpec")
            .field("file", &self.origin.as_ref().map(|origin| &origin.file))
            .field("resources", &self.resources().count())
            .field("hooks", &self.hooks().len())
            .finish_non_exhaustive()
    }
}

/// What was read has them: see `parse`.
fn properties_of<'a>(resource: &Node<'a>) -> Node<'a> {
    resource.member("Properties").unwrap_or_else(|| resource.clone())
}

/// The members of an object but for those with one of these keys.
fn others(object: &Value, keys: &[&str]) -> Map<String, Value> {
    let members = object.as_object().into_iter().flatten();
    let is_other = |key: &str| !keys.iter().any(|other| is_same_key(key, other));
    members
        .filter(|(key, _)| is_other(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// The properties of every resource, to write into.
fn all_properties(root: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let entries = member_mut(root, "Resources").and_then(Value::as_array_mut);
    entries
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
        .flat_map(Map::values_mut)
        .filter_map(|resource| member_mut(resource, "Properties")?.as_object_mut())
}

fn member_mut<'a>(object: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    let object = object.as_object_mut()?;
    let key = key_of(object, name)?.to_owned();
    object.get_mut(&key)
}
