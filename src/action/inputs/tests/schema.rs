//! `ecs-release.schema.json`, which editors use, is made of the table of keys and of what is
//! said of a wrong value: `UPDATE_EXPECT=1 cargo test --lib schema` writes it anew.

use expect_test::expect_file;
use serde_json::{Map, Value, json};

use super::*;
use crate::release_file::{Form, KEYS, Key, Level};

/// What only the file has; the others are inputs, which action.yml describes.
const DESCRIPTIONS: [(&str, &str); 7] = [
    (
        "environments",
        "Where the apps are deployed to: the settings of each environment, which the input `environment` picks.",
    ),
    ("apps", "The apps by their names, each with its own settings."),
    ("requires", "The versions that other apps must run: a range for each, such as '>=2.3.0'."),
    ("shared", "Files and folders that concern every app, or this one."),
    ("services", "The ECS services of the app. Default is a service with the name of the app."),
    (
        "github-environment",
        "The name of the environment in GitHub's record; if an app has several services, `-` and the name of each is added. Default is `{environment}-{name}`, with several services `{environment}`.",
    ),
    (
        "version-file",
        "The file that has the version, if no package.json has it: pyproject.toml, Cargo.toml, .release-please-manifest.json or a file with nothing but the version.",
    ),
];

/// What the name of an app or an environment is made of.
const LABEL: &str = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";

#[test]
fn the_schema_is_that_of_the_code() {
    let schema = serde_json::to_string_pretty(&schema()).expect("it is JSON");
    expect_file!["../../../../ecs-release.schema.json"].assert_eq(&format!("{schema}\n"));
}

#[test]
fn every_key_is_an_input_or_described_here_and_its_default_is_no_input() {
    let inputs = action_yml::entries("inputs");
    for key in KEYS {
        let input = inputs.iter().find(|(name, _)| name == key.name);
        let is_described = DESCRIPTIONS.iter().any(|(name, _)| *name == key.name);
        assert!(input.is_some() || is_described, "{}", key.name);
        // The runner sends a default as it sends what a person wrote, which would hide the file's.
        let default = input.and_then(|(_, input)| input.get("default"));
        assert_eq!(default, None, "{}", key.name);
    }
}

fn schema() -> Value {
    let settings = KEYS
        .iter()
        .filter(|key| matches!(key.form, Form::One(_) | Form::Lines(_) | Form::Arguments));
    let settings: Map<String, Value> =
        settings.map(|key| (key.name.to_owned(), setting(key))).collect();
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    schema.insert("title".to_owned(), json!("ecs-release"));
    let description = "The apps of a repository, and how each is deployed in each environment.";
    schema.insert("description".to_owned(), json!(description));
    schema.extend(object(Level::Top));
    schema.insert("required".to_owned(), json!(["apps"]));
    schema.insert("definitions".to_owned(), settings.into());
    schema.into()
}

/// An object with the keys of this level and no others.
fn object(level: Level) -> Map<String, Value> {
    let keys = KEYS.iter().filter(|key| key.levels.contains(&level));
    let member = |key: &Key| match key.form {
        Form::One(_) | Form::Lines(_) | Form::Arguments => {
            json!({ "$ref": format!("#/definitions/{}", key.name) })
        }
        Form::Environments => labelled(key, &object_or_nothing(Level::Environment)),
        Form::Apps => {
            let mut apps = labelled(key, &object_or_nothing(Level::App));
            (apps["minProperties"], apps["maxProperties"]) = (json!(1), json!(500));
            apps
        }
        Form::Requires => labelled(key, &json!({ "type": ["string", "number"] })),
    };
    let members: Map<String, Value> = keys.map(|key| (key.name.to_owned(), member(key))).collect();
    let object = json!({ "type": "object", "additionalProperties": false, "properties": members });
    object.as_object().cloned().unwrap_or_default()
}

fn object_or_nothing(level: Level) -> Value {
    let mut object = object(level);
    object["type"] = json!(["object", "null"]);
    object.into()
}

fn labelled(key: &Key, value: &Value) -> Value {
    json!({
        "description": description(key.name),
        "type": "object",
        "propertyNames": { "pattern": LABEL },
        "additionalProperties": value,
    })
}

fn setting(key: &Key) -> Value {
    let mut setting = match key.form {
        Form::Lines(_) | Form::Arguments => json!({
            "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
        }),
        _ => value(key.name),
    };
    setting["description"] = json!(description(key.name));
    setting
}

/// What a value may be, as it is said of a wrong one.
fn value(key: &str) -> Value {
    let file = format!("apps: {{ a: {{ package: a, cluster: c, {key}: '?' }} }}\n");
    let file = if key == "cluster" || key == "package" { String::new() } else { file };
    let said = with_file(file.as_bytes(), &[("apps", "all")]).err().unwrap_or_default();
    let said = said.first().map(|problem| problem.message.clone()).unwrap_or_default();
    let behind = |words: &str| said.split_once(words).map(|(_, rest)| rest.to_owned());
    if behind("use true or false").is_some() {
        json!({ "type": "boolean" })
    } else if let Some(words) = behind("is not accepted; use one of ") {
        json!({ "enum": words.split(", ").collect::<Vec<_>>() })
    } else if let Some(range) = behind("is not a whole number from ") {
        let (least, most) = range.split_once(" to ").expect("from one number to another");
        let number = |text: &str| text.parse::<u64>().expect("a number");
        json!({ "type": "integer", "minimum": number(least), "maximum": number(most) })
    } else if key == "account" {
        json!({ "type": ["string", "integer"] })
    } else {
        json!({ "type": "string" })
    }
}

fn description(key: &str) -> String {
    let own = DESCRIPTIONS.iter().find(|(name, _)| *name == key).map(|(_, it)| (*it).to_owned());
    own.unwrap_or_else(|| {
        let inputs = action_yml::entries("inputs");
        let (_, input) = inputs.iter().find(|(name, _)| name == key).expect("it is an input");
        input["description"].as_str().expect("it is described").to_owned()
    })
}
