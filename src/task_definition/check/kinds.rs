//! Members of another kind than the API's model has, and those that it requires.
//!
//! ECS refuses what it can't read, before it looks at anything else: "Unrecognized
//! collection type class …" where an object stands for a list
//! (aws-actions/amazon-ecs-deploy-task-definition#587, #610), "STRING_VALUE can not be
//! converted to an Integer", "NUMBER_VALUE can not be converted to a String": the
//! `SerializationException` of every AWS JSON service. What a member must not be is
//! never quoted: it may be a secret.

use serde_json::Value;

use super::findings::Findings;
use super::model::Kind;
use super::node::Node;
use super::task::Task;

pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    for (object, shape) in &task.objects {
        for (kind, name) in shape.members() {
            check_kind(&object.member(name), kind, found);
        }
    }
}

/// What the model requires ("Required: Yes" in the ECS API reference), and no rule has
/// missed before.
pub(super) fn check_required(task: &Task<'_>, found: &mut Findings) {
    for (object, shape) in &task.objects {
        for member in shape.required().map(|name| object.member(name)) {
            if !member.exists() && !found.are_there_of(&member) {
                found.error(&member, "is missing", "Add it: ECS's API requires it here.");
            }
        }
    }
}

fn check_kind(node: &Node<'_>, kind: Kind, found: &mut Findings) {
    let Some(value) = node.value() else { return };
    match (kind, value) {
        (Kind::List(element), Value::Array(_)) => {
            for item in node.items() {
                check_kind(&item, *element, found);
            }
        }
        (Kind::Map, Value::Object(_)) => {
            for key in node.keys() {
                check_kind(&node.named(key), Kind::Text, found);
            }
        }
        (Kind::Text | Kind::Choice, Value::String(_))
        | (Kind::Number, Value::Number(_))
        | (Kind::Flag, Value::Bool(_))
        | (Kind::Object(_), Value::Object(_)) => {}
        _ => {
            let what = format!("is {}, but ECS expects {} here", called(value), wanted(kind));
            found.other_kind(node, what, how(kind, value));
        }
    }
}

fn called(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Choice => "text",
        Kind::Number => "a number",
        Kind::Flag => "true or false",
        Kind::List(_) => "a list",
        Kind::Map | Kind::Object(_) => "an object",
    }
}

fn how(kind: Kind, value: &Value) -> &'static str {
    match (kind, value) {
        (Kind::Text | Kind::Choice, Value::Number(_) | Value::Bool(_)) => {
            "Put quotes around the value."
        }
        (Kind::Text | Kind::Choice, _) => "Write text, in quotes.",
        (Kind::Number, Value::String(_)) => "Write it without quotes.",
        (Kind::Number, _) => "Write a number.",
        (Kind::Flag, _) => "Write true or false, without quotes.",
        (Kind::List(Kind::Object(_)), _) => "Put it into a list: [{…}].",
        (Kind::List(Kind::Number), _) => "Put it into a list: [0, …].",
        (Kind::List(_), _) => "Write a list, each word in quotes: [\"…\", \"…\"].",
        (Kind::Map | Kind::Object(_), _) => "Write an object: {\"…\": …}.",
    }
}
