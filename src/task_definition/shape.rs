//! Takes a definition out of its wrapping and checks the parts of its shape that
//! the rest of the folder relies on.
//!
//! Everything else is passed on unseen: what ECS is known to refuse of it is for `check`.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::document::Step::{self, Index, Key};

/// Why something is not a task definition.
#[derive(Debug)]
pub(super) struct Misfit {
    /// Where, from the root of what was read.
    pub(super) path: Vec<Step>,
    pub(super) message: String,
    pub(super) hint: Option<&'static str>,
}

impl Misfit {
    fn new(message: impl Into<String>) -> Self {
        Self { path: Vec::new(), message: message.into(), hint: None }
    }

    fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Says where the value lies that the misfit was found in.
    fn within(mut self, steps: &[Step]) -> Self {
        self.path.splice(0..0, steps.iter().cloned());
        self
    }
}

const HOW_TO_GET_ONE: &str = "`aws ecs describe-task-definition --task-definition FAMILY` prints one that can be used as it is.";

/// Members that only CloudFormation's spelling of a definition has, or what is around it.
const CLOUDFORMATION: [&str; 5] =
    ["AWSTemplateFormatVersion", "Resources", "Properties", "Family", "ContainerDefinitions"];

/// A definition out of its wrapping, and what that was.
pub(super) struct Unwrapped {
    pub(super) definition: Map<String, Value>,
    /// Whether it stood below `taskDefinition`.
    pub(super) was_wrapped: bool,
    /// Whether its tags stood next to it.
    pub(super) had_tags_beside: bool,
}

/// The definition that `root` is or wraps.
pub(super) fn definition(root: Value) -> Result<Unwrapped, Misfit> {
    let mut root = match root {
        Value::Object(root) => root,
        Value::Null => {
            return Err(Misfit::new("the task definition is empty").hint(HOW_TO_GET_ONE));
        }
        Value::Array(list) if list.iter().any(|it| it.get("image").is_some()) => {
            return Err(Misfit::new(
                "this is a list of containers, as in Terraform's `container_definitions`, not a task definition",
            )
            .hint("Put it into an object: {\"family\": \"…\", \"containerDefinitions\": […]}, together with the other settings from Terraform."));
        }
        _ => {
            return Err(Misfit::new("a task definition is an object, and this is not one")
                .hint(HOW_TO_GET_ONE));
        }
    };
    if let Some(key) = CLOUDFORMATION.into_iter().find(|key| root.contains_key(*key)) {
        return Err(Misfit::new(format!(
            "this is spelled as in CloudFormation (`{key}`), but members of the ECS API begin in lower case (`family`, `containerDefinitions`)"
        ))
        .hint(HOW_TO_GET_ONE)
        .within(&[Key(key)]));
    }
    let Some(inner) = root.shift_remove("taskDefinition") else {
        check(&root)?;
        return Ok(Unwrapped { definition: root, was_wrapped: false, had_tags_beside: false });
    };
    let wrapping = [Key("taskDefinition")];
    let Value::Object(mut definition) = inner else {
        return Err(Misfit::new("`taskDefinition` is not an object").within(&wrapping));
    };
    // DescribeTaskDefinition answers with the tags next to the definition;
    // RegisterTaskDefinition takes them inside.
    let tags = root.shift_remove("tags");
    let had_tags_beside = tags.is_some();
    if let Some(tags) = tags {
        if definition.contains_key("tags") {
            let message = "`tags` are both inside `taskDefinition` and next to it";
            return Err(Misfit::new(message).within(&[Key("tags")]));
        }
        definition.insert("tags".to_owned(), tags);
    }
    check(&definition).map_err(|misfit| misfit.within(&wrapping))?;
    Ok(Unwrapped { definition, was_wrapped: true, had_tags_beside })
}

fn check(definition: &Map<String, Value>) -> Result<(), Misfit> {
    match definition.get("family") {
        Some(Value::String(family)) if !family.is_empty() => {}
        Some(Value::Null) | None => {
            return Err(Misfit::new("`family` is missing")
                .hint("Add the name under which ECS numbers the revisions."));
        }
        Some(_) => {
            let misfit = Misfit::new("`family` is not text, or is empty");
            let hint = "ECS expects text here; put quotes around the value.";
            return Err(misfit.hint(hint).within(&[Key("family")]));
        }
    }
    check_containers(definition.get("containerDefinitions"))
        .map_err(|misfit| misfit.within(&[Key("containerDefinitions")]))
}

fn check_containers(containers: Option<&Value>) -> Result<(), Misfit> {
    let containers = match containers {
        Some(Value::Array(containers)) if !containers.is_empty() => containers,
        Some(Value::Array(_) | Value::Null) | None => {
            return Err(Misfit::new("`containerDefinitions` has no container"));
        }
        Some(_) => return Err(Misfit::new("`containerDefinitions` is not a list")),
    };
    let mut names = HashSet::new();
    for (index, container) in containers.iter().enumerate() {
        let number = index + 1;
        let here = |misfit: Misfit| misfit.within(&[Index(index)]);
        let Some(container) = container.as_object() else {
            return Err(here(Misfit::new(format!("container {number} is not an object"))));
        };
        let Some(name) =
            container.get("name").and_then(Value::as_str).filter(|name| !name.is_empty())
        else {
            return Err(here(Misfit::new(format!("container {number} has no `name`"))));
        };
        if !names.insert(name) {
            return Err(here(Misfit::new(format!("two containers are called {name:?}"))));
        }
    }
    Ok(())
}
