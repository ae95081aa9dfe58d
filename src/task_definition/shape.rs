//! Takes a definition out of its wrapping and checks the parts of its shape that
//! the rest of the folder relies on.
//!
//! Everything else is passed on unseen: whether it is right is for ECS to say.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::document::Step::{self, Index, Key};

/// A shape that no task definition has.
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

const QUOTE: &str = "ECS takes text here; put quotes around the value.";

/// Members that hold text, at the top. ECS wants `cpu` and `memory` as text too.
const TOP_TEXTS: [&str; 5] = ["taskRoleArn", "executionRoleArn", "networkMode", "cpu", "memory"];

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
    let Value::Object(mut root) = root else {
        return Err(Misfit::new("a task definition is an object, and this is none"));
    };
    let Some(inner) = root.shift_remove("taskDefinition") else {
        check(&root)?;
        return Ok(Unwrapped { definition: root, was_wrapped: false, had_tags_beside: false });
    };
    let wrapping = [Key("taskDefinition")];
    let Value::Object(mut definition) = inner else {
        return Err(Misfit::new("`taskDefinition` is no object").within(&wrapping));
    };
    // DescribeTaskDefinition answers with the tags next to the definition;
    // RegisterTaskDefinition takes them inside.
    let tags = root.shift_remove("tags");
    let had_tags_beside = tags.is_some();
    if let Some(tags) = tags {
        if definition.contains_key("tags") {
            let message = "`tags` stand both inside `taskDefinition` and next to it";
            return Err(Misfit::new(message).within(&[Key("tags")]));
        }
        check_tags(&tags).map_err(|misfit| misfit.within(&[Key("tags")]))?;
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
            let misfit = Misfit::new("`family` is no text, or empty");
            return Err(misfit.hint(QUOTE).within(&[Key("family")]));
        }
    }
    for key in TOP_TEXTS {
        if !is_text_or_null(definition.get(key)) {
            return Err(Misfit::new(format!("`{key}` is no text")).hint(QUOTE).within(&[Key(key)]));
        }
    }
    if let Some(tags) = definition.get("tags") {
        check_tags(tags).map_err(|misfit| misfit.within(&[Key("tags")]))?;
    }
    check_containers(definition.get("containerDefinitions"))
        .map_err(|misfit| misfit.within(&[Key("containerDefinitions")]))
}

fn check_tags(tags: &Value) -> Result<(), Misfit> {
    for (index, tag) in list(Some(tags), "`tags`")?.iter().enumerate() {
        if !tag.get("key").is_some_and(Value::is_string) {
            let message = format!("entry {} of `tags` has no `key`", index + 1);
            return Err(Misfit::new(message).within(&[Index(index)]));
        }
    }
    Ok(())
}

fn check_containers(containers: Option<&Value>) -> Result<(), Misfit> {
    let containers = list(containers, "`containerDefinitions`")?;
    if containers.is_empty() {
        return Err(Misfit::new("`containerDefinitions` holds no container"));
    }
    let mut names = HashSet::new();
    for (index, container) in containers.iter().enumerate() {
        let number = index + 1;
        let here = |misfit: Misfit| misfit.within(&[Index(index)]);
        let Some(container) = container.as_object() else {
            return Err(here(Misfit::new(format!("container {number} is no object"))));
        };
        let Some(name) =
            container.get("name").and_then(Value::as_str).filter(|name| !name.is_empty())
        else {
            return Err(here(Misfit::new(format!("container {number} has no `name`"))));
        };
        if !names.insert(name) {
            return Err(here(Misfit::new(format!("two containers are called {name:?}"))));
        }
        check_container(name, container).map_err(here)?;
    }
    Ok(())
}

fn check_container(name: &str, container: &Map<String, Value>) -> Result<(), Misfit> {
    if !is_text_or_null(container.get("image")) {
        let message = format!("`image` of container {name:?} is no text");
        return Err(Misfit::new(message).within(&[Key("image")]));
    }
    for (list_key, value_key) in [("environment", "value"), ("secrets", "valueFrom")] {
        let what = format!("`{list_key}` of container {name:?}");
        let entries = list(container.get(list_key), &what)
            .map_err(|misfit| misfit.within(&[Key(list_key)]))?;
        for (index, entry) in entries.iter().enumerate() {
            let Some(variable) = entry.get("name").and_then(Value::as_str) else {
                let message = format!("entry {} of {what} has no `name`", index + 1);
                return Err(Misfit::new(message).within(&[Key(list_key), Index(index)]));
            };
            if !is_text_or_null(entry.get(value_key)) {
                // Only the name: the value may be a secret all the same.
                let message = format!("`{value_key}` of {variable} in {what} is no text");
                let path = [Key(list_key), Index(index), Key(value_key)];
                return Err(Misfit::new(message).hint(QUOTE).within(&path));
            }
        }
    }
    Ok(())
}

/// The elements of a list; none where it is absent.
fn list<'a>(value: Option<&'a Value>, what: &str) -> Result<&'a [Value], Misfit> {
    match value {
        Some(Value::Array(elements)) => Ok(elements),
        Some(Value::Null) | None => Ok(&[]),
        Some(_) => Err(Misfit::new(format!("{what} is no list"))),
    }
}

fn is_text_or_null(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.is_string() || value.is_null())
}
