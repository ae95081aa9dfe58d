//! `action.yml` and the code know the same inputs and outputs.

use serde_json::{Map, Value};

use super::*;
use crate::reporter::OutputName;

fn action() -> Map<String, Value> {
    serde_saphyr::from_str(ACTION).expect("action.yml is YAML")
}

/// The entries of a section in their order.
pub(super) fn entries(section: &str) -> Vec<(String, Map<String, Value>)> {
    let action = action();
    let entries = action[section].as_object().expect("a section is a mapping").clone();
    let entry = |(name, entry): (String, Value)| (name, entry.as_object().cloned());
    entries
        .into_iter()
        .map(entry)
        .map(|(name, entry)| (name, entry.expect("an entry is a mapping")))
        .collect()
}

fn names(section: &str) -> Vec<String> {
    entries(section).into_iter().map(|(name, _)| name).collect()
}

fn defaults() -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a default is a string").to_owned();
    entries("inputs")
        .into_iter()
        .filter_map(|(name, input)| Some((name, text(input.get("default")?))))
        .collect()
}

#[test]
fn its_inputs_are_found_without_a_parser() {
    assert_eq!(names("inputs"), super::super::names());
}

#[test]
fn it_declares_the_outputs_that_are_set() {
    let outputs: Vec<_> = OutputName::ALL.iter().map(|name| name.as_str()).collect();
    assert_eq!(names("outputs"), outputs);
}

#[test]
fn its_defaults_change_nothing() {
    // What an expression becomes is up to the run.
    let defaults: Vec<_> =
        defaults().into_iter().filter(|(_, value)| !value.contains("${{")).collect();
    let given: Vec<_> = defaults.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(parsed(&given), parsed(&[]));
}

#[test]
fn everything_is_described_and_nothing_is_required_of_every_command() {
    for section in ["inputs", "outputs"] {
        for (name, entry) in entries(section) {
            let description = entry["description"].as_str().expect("a description is a string");
            assert!(description.ends_with('.'), "{section}: {name}: {description}");
        }
    }
    let required: Vec<_> = entries("inputs")
        .into_iter()
        .filter(|(_, input)| input.get("required") == Some(&Value::Bool(true)))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(required, [""; 0]);
}

#[test]
fn it_starts_the_entry_with_node_24() {
    let expected = serde_json::json!({
        "using": "node24", "main": "dist/main.cjs", "post": "dist/post.cjs",
    });
    assert_eq!(action()["runs"], expected);
}
