//! A definition is written as it was read, a patch changes what was asked for, and no value
//! that may be secret is said.

use serde_json::Value;

use super::definition::TaskDefinition;
use super::diff::diff;
use super::patch::Patch;
use crate::document::laws::is_placed;
use crate::request::Assignment;

/// Stands in values of the corpus that must never be printed.
const SECRET: &str = "hush";

/// Members of which any text may be one.
const HIDDEN: [&str; 2] = ["value", "valueFrom"];

pub(crate) fn task_definition(bytes: &[u8]) {
    for file in ["td.json", "td.yml"] {
        match TaskDefinition::from_file(file, bytes) {
            Ok(definition) => {
                written_as_read(&definition);
                patched_as_asked(&definition);
                silent(&definition);
            }
            Err(problem) => {
                is_placed(&problem, file, bytes);
                // A key that is there twice is told.
                let is_told = problem.message.contains("appears twice");
                assert!(is_told || !problem.to_string().contains(SECRET), "{problem:?}");
            }
        }
    }
    for answer in
        [TaskDefinition::from_describe(bytes), TaskDefinition::from_register_answer(bytes)]
    {
        assert!(answer.is_err() || answer.is_ok_and(|it| it.arn().is_some()), "it has no ARN");
    }
}

pub(super) fn text(definition: &TaskDefinition) -> String {
    String::from_utf8(definition.register_body()).expect("UTF-8")
}

pub(super) fn written_as_read(definition: &TaskDefinition) {
    let written = text(definition);
    let again = TaskDefinition::from_file("td.json", written.as_bytes()).expect("what was written");
    assert_eq!(text(&again), written);
    assert!(again.same_as(definition), "{written}");
    assert!(diff(definition, &again).is_empty(), "{written}");
}

/// Each container gets an image, a variable and a secret, and is else what it was.
fn patched_as_asked(definition: &TaskDefinition) {
    let names: Vec<_> = definition.containers().filter_map(|it| it.name.parse().ok()).collect();
    let assign = |name: &str| Assignment { name: name.to_owned(), value: SECRET.to_owned() };
    let images = names.into_iter().map(|name| (name, "web:1.4.2".to_owned()));
    let patch = Patch {
        images: images.collect(),
        environment: vec![assign("LOG_LEVEL")],
        secrets: vec![assign("PASSWORD")],
        ..Patch::default()
    };
    let patched = definition.patch(&patch).expect("its own containers");
    assert_eq!(text(&patched.patch(&patch).expect("the same")), text(&patched));
    let chosen: Vec<&str> = patch.images.iter().map(|(name, _)| name.as_str()).collect();
    for container in patched.containers().filter(|it| chosen.contains(&it.name)) {
        assert_eq!(container.image, Some("web:1.4.2"));
    }
    let [before, after] = [definition, &patched].map(|it| unasked(it, &chosen));
    assert_eq!(before, after);
    silent(&patched);
    for change in diff(definition, &patched) {
        assert!(hides(definition, &format!("{change} {change:?}")), "{change}");
    }
}

/// What the patch has no business with, as text: order and spelling are kept as well.
fn unasked(definition: &TaskDefinition, chosen: &[&str]) -> String {
    let mut body = definition.body.clone();
    let containers = body.get_mut("containerDefinitions").and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
        if !container["name"].as_str().is_some_and(|name| chosen.contains(&name)) {
            continue;
        }
        container.shift_remove("image");
        for list in ["environment", "secrets"] {
            let Some(Value::Array(entries)) = container.get_mut(list) else {
                container.shift_remove(list);
                continue;
            };
            entries.retain(|it| it["name"] != "LOG_LEVEL" && it["name"] != "PASSWORD");
            if entries.is_empty() {
                container.shift_remove(list);
            }
        }
    }
    Value::Object(body).to_string()
}

/// Nothing that is said of it holds a value.
fn silent(definition: &TaskDefinition) {
    let checked = definition.check();
    assert_eq!(checked, definition.check());
    let shown = format!("{definition:?} {checked:?}");
    assert!(hides(definition, &shown), "{shown}");
}

/// Whether the secret is not in what is `said` of a definition that has it in values alone.
fn hides(definition: &TaskDefinition, said: &str) -> bool {
    let mut body = Value::Object(definition.body.clone());
    without_values(&mut body);
    !said.contains(SECRET) || body.to_string().contains(SECRET)
}

fn without_values(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|key, _| !HIDDEN.contains(&key.as_str()));
            members.values_mut().for_each(without_values);
        }
        Value::Array(elements) => elements.iter_mut().for_each(without_values),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
