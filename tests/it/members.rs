//! What the product knows of the members of a task definition, held against the API's
//! model as AWS publishes it: every member, at every depth.

use ecs_release::internals::{Checked, TaskDefinition};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::python;

/// A member: its path, its kind, whether it is required.
#[derive(Debug, Deserialize)]
struct Member(String, String, bool);

fn members() -> Vec<Member> {
    let tool = python::tool("members.py").output().expect("the model can be read");
    assert!(tool.status.success(), "{}", String::from_utf8_lossy(&tool.stderr));
    serde_json::from_slice(&tool.stdout).expect("a list of members")
}

/// A definition with this value at the path, and nothing that it does not need; the
/// container that it has stands first.
fn with(path: &str, value: Value) -> Value {
    let mut definition = json!({
        "family": "web", "memory": "512",
        "containerDefinitions": [{ "name": "web", "image": "web:1" }],
    });
    let mut at = &mut definition;
    for step in path.split('.') {
        let name = step.trim_end_matches(['[', ']', '{', '}']);
        if at.is_null() {
            *at = json!({});
        }
        at = &mut at[name];
        for bracket in step[name.len()..].chars() {
            match bracket {
                '[' => {
                    if !at.is_array() {
                        *at = json!([null]);
                    }
                    at = &mut at[0];
                }
                '{' => {
                    if at.is_null() {
                        *at = json!({});
                    }
                    at = &mut at["key"];
                }
                _ => {}
            }
        }
    }
    *at = value;
    definition
}

/// The path as a message has it.
fn spelled(path: &str) -> String {
    path.replace("[]", "[0]").replace("{}", ".key")
}

fn check(definition: &Value) -> Option<Checked> {
    let text = definition.to_string();
    TaskDefinition::from_file("td.json", text.as_bytes()).ok().map(|it| it.check())
}

/// What is said of exactly this path.
fn said_of<'a>(checked: &'a Checked, path: &str) -> Vec<&'a str> {
    let begins = format!("`{}`", spelled(path));
    let errors = checked.errors.iter().map(|it| it.message.as_str());
    errors.filter(|message| message.starts_with(&begins)).collect()
}

fn is_of_another_kind(message: &str) -> bool {
    message.contains(", but ECS expects ") && message.ends_with(" here")
}

#[test]
fn every_member_of_the_model_is_known_by_its_kind() {
    let members = members();
    assert!(members.len() > 200, "{} members", members.len());
    // Reading needs these, and refuses them itself.
    let read =
        ["family", "containerDefinitions", "containerDefinitions[]", "containerDefinitions[].name"];
    let values = [
        ("text", json!("x")),
        ("number", json!(70)),
        ("flag", json!(true)),
        ("list", json!([])),
        ("object", json!({})),
    ];
    for Member(path, kind, _) in members.iter().filter(|it| !read.contains(&it.0.as_str())) {
        for (name, value) in &values {
            let checked = check(&with(path, value.clone())).unwrap_or_else(|| panic!("{path}"));
            let said = said_of(&checked, path);
            let refused = said.iter().any(|message| is_of_another_kind(message));
            let fits = match kind.as_str() {
                "choice" => *name == "text",
                "map" => *name == "object",
                kind => *name == kind,
            };
            // A number may be too low, and text no name: that is another matter.
            assert_eq!(refused, !fits, "{path} as {name}: {said:?}");
        }
        let nothing = check(&with(path, Value::Null)).unwrap_or_else(|| panic!("{path}"));
        assert!(!said_of(&nothing, path).into_iter().any(is_of_another_kind), "{path} as null");
    }
}

#[test]
fn every_member_that_the_model_requires_is_missed_and_no_other_where_the_api_does_not() {
    let members = members();
    let read = ["family", "containerDefinitions"];
    for Member(path, _, is_required) in members.iter().filter(|it| !read.contains(&it.0.as_str())) {
        let Some((around, _)) = path.rsplit_once('.') else { continue };
        if around == "containerDefinitions[]" {
            continue;
        }
        let checked = check(&with(around, json!({}))).unwrap_or_else(|| panic!("{path}"));
        let said = said_of(&checked, path);
        let is_missed = said.iter().any(|message| message.contains(" is missing"));
        // Rules of their own miss these: ECS refuses what the model leaves open.
        let by_rule = ["portMappings[].containerPort", "environment[].name", "tags[].key"]
            .iter()
            .any(|rule| path.ends_with(rule));
        assert_eq!(is_missed, *is_required || by_rule, "{path}: {said:?}");
    }
}

#[test]
fn a_member_that_the_model_does_not_know_is_left_alone_at_every_depth() {
    for Member(path, kind, _) in members() {
        if kind != "object" || path == "containerDefinitions[]" {
            continue;
        }
        let unknown = format!("{path}.zzzFromTheFuture");
        for value in [json!("x"), json!([1]), json!({ "a": [] })] {
            let definition = with(&unknown, value);
            let text = definition.to_string();
            let read = TaskDefinition::from_file("td.json", text.as_bytes()).expect("a definition");
            let checked = read.check();
            let all = checked.errors.iter().chain(&checked.warnings);
            assert!(!all.into_iter().any(|it| it.message.contains("zzz")), "{path}");
            let sent: Value = serde_json::from_slice(&read.register_body()).expect("JSON");
            assert_eq!(sent, definition, "{path}");
        }
    }
}
