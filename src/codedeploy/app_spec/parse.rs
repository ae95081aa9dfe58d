//! Bytes to an AppSpec, from JSON or YAML, its shape checked as far as everything else
//! relies on it. What CodeDeploy thinks of the rest is for `check`.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

use serde_json::Value;

use super::node::Node;
use super::{AppSpec, ECS_SERVICE, Origin};
use crate::document::{self, Fault, Step};
use crate::problem::Problem;

const LAMBDA_FUNCTION: &str = "AWS::Lambda::Function";

/// What only an AppSpec for servers has, by AWS's guide.
const OF_SERVERS: [&str; 3] = ["os", "files", "permissions"];

const ANOTHER: &str = "Name the AppSpec of an ECS service in `codedeploy-appspec`, or leave that out to have one made.";

const CHECK: &str = "Check the file that `codedeploy-appspec` names.";

/// A shape that no AppSpec for ECS has.
struct Misfit {
    path: Vec<Step>,
    message: String,
    hint: &'static str,
}

impl Misfit {
    fn new(at: &Node<'_>, message: impl Into<String>, hint: &'static str) -> Self {
        Self { path: at.path.clone(), message: message.into(), hint }
    }

    /// Adds the path of the value that the misfit was found in.
    fn within(mut self, step: Step) -> Self {
        self.path.insert(0, step);
        self
    }
}

impl AppSpec {
    /// Reads a file of the checkout, `file` as the user gave it: JSON or YAML,
    /// whatever its name.
    ///
    /// # Errors
    /// With the place in the file: more than 1 MiB, not UTF-8, a syntax error, keys of
    /// one object that are equal or differ only in case, or a shape that is not that of
    /// an AppSpec for ECS.
    pub(crate) fn from_file(file: &str, bytes: &[u8]) -> Result<Self, Problem> {
        let told =
            |message: &dyn Display, line| Problem::new(format!("{file}: {message}")).at(file, line);
        let fault =
            |Fault { message, hint, line, .. }| told(&message, line).hint(hint.unwrap_or(CHECK));
        let text = document::text(bytes, "an AppSpec").map_err(fault)?;
        let value = document::json_or_yaml(text).map_err(fault)?;
        check(&value).map_err(|Misfit { path, message, hint }| {
            told(&message, document::line_of(text, &path)).hint(hint)
        })?;
        let origin = Origin { file: file.to_owned(), text: text.to_owned() };
        Ok(Self { value, origin: Some(Arc::new(origin)) })
    }

    /// Reads the content of a revision as CodeDeploy has it: JSON or YAML.
    ///
    /// # Errors
    /// As [`AppSpec::from_file`], without a place.
    pub(crate) fn from_revision(content: &str) -> Result<Self, Problem> {
        // The reader did not write that, and so can't change it.
        let told = |message: String| {
            Problem::new(format!("the AppSpec of the revision: {message}"))
                .hint("Name an AppSpec for the service in `codedeploy-appspec`.")
        };
        let text =
            document::text(content.as_bytes(), "an AppSpec").map_err(|it| told(it.message))?;
        let value = document::json_or_yaml(text).map_err(|fault| told(fault.message))?;
        check(&value).map_err(|misfit| told(misfit.message))?;
        Ok(Self { value, origin: None })
    }
}

fn check(value: &Value) -> Result<(), Misfit> {
    let root = Node::root(value);
    match value {
        Value::Object(_) => {}
        Value::Null => return Err(Misfit::new(&root, "the AppSpec is empty", ANOTHER)),
        _ => {
            let message = "an AppSpec is a mapping of keys to values, and this is not one";
            return Err(Misfit::new(&root, message, ANOTHER));
        }
    }
    check_keys(value)?;
    let Some(resources) = root.member("Resources") else {
        return Err(without_resources(&root));
    };
    let entries = resources.items();
    if !resources.value.is_array() {
        let message = format!("`{}` is not a list", resources.key());
        let hint = "Write each resource as an entry of a list, as in `- TargetService:`.";
        return Err(Misfit::new(&resources, message, hint));
    }
    if entries.is_empty() {
        let message = format!("`{}` has no resource", resources.key());
        return Err(Misfit::new(&resources, message, ANOTHER));
    }
    for (index, entry) in entries.iter().enumerate() {
        let members = entry.members();
        if members.is_empty() {
            let message =
                format!("entry {} of `{}` is not a named resource", index + 1, resources.key());
            let hint = "Give it a name with the resource below it, as in `- TargetService:`.";
            return Err(Misfit::new(entry, message, hint));
        }
        members.iter().try_for_each(|(_, resource)| check_resource(resource))?;
    }
    Ok(())
}

/// Case makes no difference to a key, so that of two only one would count.
fn check_keys(value: &Value) -> Result<(), Misfit> {
    match value {
        Value::Object(members) => {
            let mut seen = HashMap::new();
            for (key, member) in members {
                let here = || Step::Named(key.clone());
                if let Some(other) = seen.insert(key.to_lowercase(), key) {
                    let message = format!("the keys {other:?} and {key:?} differ only in case");
                    let hint = "Keep one of the two.";
                    return Err(Misfit { path: vec![here()], message, hint });
                }
                check_keys(member).map_err(|misfit| misfit.within(here()))?;
            }
            Ok(())
        }
        Value::Array(items) => items.iter().enumerate().try_for_each(|(index, item)| {
            check_keys(item).map_err(|misfit| misfit.within(Step::Index(index)))
        }),
        _ => Ok(()),
    }
}

fn without_resources(root: &Node<'_>) -> Misfit {
    let of_servers = OF_SERVERS.iter().find_map(|key| root.member(key));
    match of_servers {
        Some(member) => {
            let message =
                format!("`{}` belongs in an AppSpec for servers, not for ECS", member.key());
            Misfit::new(&member, message, ANOTHER)
        }
        None => Misfit::new(root, "`Resources` is missing", ANOTHER),
    }
}

fn check_resource(resource: &Node<'_>) -> Result<(), Misfit> {
    let name = resource.key();
    if !resource.value.is_object() {
        let message = format!("the resource {name:?} is empty");
        let hint = "Indent its `Type` and `Properties` so that they are below it.";
        return Err(Misfit::new(resource, message, hint));
    }
    let Some(kind) = resource.member("Type") else {
        let message = format!("the resource {name:?} has no `Type`");
        return Err(Misfit::new(resource, message, "For ECS it is `Type: AWS::ECS::Service`."));
    };
    match kind.value.as_str() {
        Some(text) if text.eq_ignore_ascii_case(ECS_SERVICE) => {}
        Some(text) if text.eq_ignore_ascii_case(LAMBDA_FUNCTION) => {
            let message = format!("the resource {name:?} is a Lambda function, not an ECS service");
            return Err(Misfit::new(&kind, message, ANOTHER));
        }
        _ => {
            let message = format!("the type of the resource {name:?} is not {ECS_SERVICE}");
            return Err(Misfit::new(&kind, message, ANOTHER));
        }
    }
    let properties = resource.member("Properties");
    match properties {
        Some(properties) if properties.value.is_object() => Ok(()),
        _ => {
            let message = format!("the resource {name:?} has no `Properties`");
            let hint =
                "They hold `LoadBalancerInfo`, with a `ContainerName` and a `ContainerPort`.";
            Err(Misfit::new(&properties.unwrap_or_else(|| resource.clone()), message, hint))
        }
    }
}
