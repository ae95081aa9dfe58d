//! Whatever is in the file, every problem has its place in it and quotes no variable; what is
//! said of the places of its parts is said of the file as it is read elsewhere.

use serde_json::Value;

use super::ReleaseFile;
use crate::document::laws::is_placed;
use crate::document::{self, Content, Node};
use crate::problem::Problem;

/// Stands in values of the corpus that must never be printed.
const SECRET: &str = "hush";

const HIDDEN: [&str; 2] = ["environment-variables", "secrets"];

pub(crate) fn release_file(bytes: &[u8]) {
    let Ok(text) = document::text(bytes, "a file") else { return };
    let tree = document::tree(text).ok();
    if let (Some(tree), Ok(value)) = (&tree, document::yaml(text))
        // Only a value has what is merged into it, and what a tag makes of it.
        && !text.contains("<<")
        && !text.contains('!')
    {
        assert!(is_same(tree, &value), "{tree:?} is no {value}");
    }
    let is_told = tree.as_ref().is_some_and(is_told);
    let said = |problem: &Problem| {
        is_placed(problem, "f.yml", bytes);
        assert!(problem.location.as_ref().is_some_and(|it| it.column.is_some()), "{problem:?}");
        // A key that is there twice is told, and that of a variable is no secret.
        let is_told = is_told || problem.message.contains("appears twice");
        assert!(is_told || !problem.to_string().contains(SECRET), "{problem:?}");
    };
    match ReleaseFile::parse("f.yml", bytes) {
        Ok(file) => {
            let environments = file.environments().map(Some).chain([None]);
            for (environment, app) in
                environments.flat_map(|it| file.apps.iter().map(move |app| (it, app)))
            {
                file.settings(app, environment).1.iter().for_each(said);
            }
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "it is refused without a word");
            problems.iter().for_each(said);
        }
    }
}

/// Whether the secret stands where it may be said: outside of values of variables.
fn is_told(node: &Node) -> bool {
    match &node.content {
        Content::Nothing => false,
        Content::Text(text) | Content::Block(text) => text.contains(SECRET),
        Content::List(items) => items.iter().any(is_told),
        Content::Mapping(members) => members.iter().any(|(key, value)| {
            let is_hidden =
                matches!(&key.content, Content::Text(key) if HIDDEN.contains(&key.as_str()));
            is_told(key) || (!is_hidden && is_told(value))
        }),
    }
}

/// Whether both readers of YAML have read the same.
fn is_same(node: &Node, value: &Value) -> bool {
    match (&node.content, value) {
        (Content::Nothing, Value::Null) => true,
        (Content::Text(text) | Content::Block(text), Value::String(value)) => text == value,
        // What it is read as is for whoever reads it.
        (Content::Text(_), Value::Bool(_) | Value::Number(_)) => true,
        (Content::List(items), Value::Array(values)) => {
            items.len() == values.len()
                && items.iter().zip(values).all(|(it, value)| is_same(it, value))
        }
        (Content::Mapping(members), Value::Object(values)) => {
            let members = members.iter().map(|(_, value)| value);
            members.len() == values.len()
                && members.zip(values.values()).all(|(it, value)| is_same(it, value))
        }
        _ => false,
    }
}
