//! Changes exactly what was asked for in the containers that were chosen.

use serde_json::{Map, Value};

use super::definition::TaskDefinition;
use crate::names::ContainerName;
use crate::problem::Problem;
use crate::request::Assignment;

/// What shall differ in a definition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patch {
    /// The containers to change, each with its new image reference. Containers
    /// that are not listed stay as they are, in every byte.
    pub images: Vec<(ContainerName, String)>,
    /// Variables to set in each of these containers.
    pub environment: Vec<Assignment>,
    /// Docker labels to set in each of these containers.
    pub labels: Vec<Assignment>,
    /// Secrets to set in each of these containers, by where they come from.
    pub secrets: Vec<Assignment>,
}

/// One of the two lists that make up a container's environment.
struct VariableList {
    key: &'static str,
    value_key: &'static str,
    other_key: &'static str,
}

const ENVIRONMENT: VariableList =
    VariableList { key: "environment", value_key: "value", other_key: "secrets" };
const SECRETS: VariableList =
    VariableList { key: "secrets", value_key: "valueFrom", other_key: "environment" };

impl TaskDefinition {
    /// The definition with `patch` carried out, as something that ECS has not
    /// registered yet: it has no ARN, even where nothing changed.
    ///
    /// A variable or label that is there keeps its place and gets the new value; a new
    /// one goes to the end. ECS refuses a name that is in both `environment` and
    /// `secrets`, so setting it in one takes it out of the other.
    ///
    /// # Errors
    /// If a container is not in the definition, or a name is given both as a
    /// variable and as a secret.
    pub fn patch(&self, patch: &Patch) -> Result<Self, Problem> {
        refuse_contradiction(patch)?;
        let mut patched = self.with_body(self.body.clone());
        for (name, image) in &patch.images {
            let Some(container) = patched.container_mut(name) else {
                return Err(self.unknown_container(name));
            };
            container.insert("image".to_owned(), image.as_str().into());
            for assignment in &patch.environment {
                ENVIRONMENT.set(container, assignment);
            }
            for assignment in &patch.secrets {
                SECRETS.set(container, assignment);
            }
            set_labels(container, &patch.labels);
        }
        Ok(patched)
    }

    fn container_mut(&mut self, name: &ContainerName) -> Option<&mut Map<String, Value>> {
        let containers = self.body.get_mut("containerDefinitions")?.as_array_mut()?;
        containers
            .iter_mut()
            .filter_map(Value::as_object_mut)
            .find(|container| is_named(container.get("name"), name.as_str()))
    }

    fn unknown_container(&self, name: &ContainerName) -> Problem {
        let known: Vec<_> = self.containers().map(|container| container.name).collect();
        Problem::new(format!("task definition {} has no container {name}", self.family()))
            .hint(format!("Its containers: {}.", known.join(", ")))
    }
}

impl VariableList {
    fn set(&self, container: &mut Map<String, Value>, Assignment { name, value }: &Assignment) {
        if let Some(other) = container.get_mut(self.other_key).and_then(Value::as_array_mut) {
            other.retain(|entry| !is_named(entry.get("name"), name));
        }
        let list = container.entry(self.key).or_insert(Value::Null);
        if list.is_null() {
            *list = Value::Array(Vec::new());
        }
        let Value::Array(entries) = list else { return };

        // A name that is listed twice would leave it open which one counts.
        let mut placed = false;
        entries.retain_mut(|entry| match entry.as_object_mut() {
            Some(entry) if is_named(entry.get("name"), name) => {
                entry.insert(self.value_key.to_owned(), value.as_str().into());
                !std::mem::replace(&mut placed, true)
            }
            Some(_) | None => true,
        });
        if !placed {
            entries.push(Value::Object(Map::from_iter([
                ("name".to_owned(), name.as_str().into()),
                (self.value_key.to_owned(), value.as_str().into()),
            ])));
        }
    }
}

fn set_labels(container: &mut Map<String, Value>, labels: &[Assignment]) {
    if labels.is_empty() {
        return;
    }
    let own = container.entry("dockerLabels").or_insert(Value::Null);
    if own.is_null() {
        *own = Value::Object(Map::new());
    }
    let Value::Object(own) = own else { return };
    for Assignment { name, value } in labels {
        own.insert(name.clone(), value.as_str().into());
    }
}

fn is_named(found: Option<&Value>, name: &str) -> bool {
    found.and_then(Value::as_str) == Some(name)
}

fn refuse_contradiction(patch: &Patch) -> Result<(), Problem> {
    let both = patch
        .environment
        .iter()
        .find(|variable| patch.secrets.iter().any(|secret| secret.name == variable.name));
    match both {
        Some(Assignment { name, .. }) => Err(Problem::new(format!(
            "{name} is given both as an environment variable and as a secret"
        ))
        .hint("ECS accepts a name only once; keep it in one of the two.")),
        None => Ok(()),
    }
}
