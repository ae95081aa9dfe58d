//! The documents say what the code says: tables, examples, policies, paths.
//!
//! After a change of `action.yml` or of the version in Cargo.toml,
//! `UPDATE_EXPECT=1 cargo test --test it readme` writes what is made of them anew.

mod codedeploy;
mod links;
mod markdown;
mod messages;
pub(crate) mod permissions;
mod pictures;
mod pins;
mod set_up;
mod shown;
mod tables;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{env, fs};

use ecs_release::internals::{Environment, inputs};
use serde_json::{Map, Value};

use self::markdown::{code, part};
use crate::{python, rooms};

/// The text of a workflow, as a document shows it.
pub(crate) fn shown_workflow(document: &str, name: &str) -> String {
    let begin = format!("name: {name}\n");
    let mut blocks = code(&read(document)).into_iter().map(|(_, text)| text);
    blocks.find(|text| text.starts_with(&begin)).expect("the document shows it")
}

#[test]
fn a_difference_is_the_lines_of_one_text_alone() {
    let cases = [
        ("a\nb\nc\n", "a\nb\nc\n", ""),
        ("a\nb\nc\n", "a\nB\nc\n", "2: -b\n2: +B\n"),
        ("a\nb\nc\nd\n", "b\nc\nx\nd\n", "1: -a\n3: +x\n"),
        ("a\nb\n", "b\na\n", "1: -a\n2: +a\n"),
    ];
    for (before, after, expected) in cases {
        assert_eq!(difference(before, after), expected);
    }
}

#[test]
fn every_example_names_inputs_and_outputs_that_exist() {
    let mut uses = 0;
    for (_, example) in examples() {
        let (found, mistakes) = check(&example);
        assert!(mistakes.is_empty(), "{mistakes:?} in\n{example}");
        uses += found;
    }
    assert!(uses > 0, "the documents show the action");
}

#[test]
fn a_mistake_in_an_example_is_seen() {
    let cases = [
        ("{cluster: c, service: s}", "", vec![]),
        ("{cluster: c, service: s, verison: '1'}", "", vec!["no input verison"]),
        ("{cluster: c}", "", vec!["service is missing"]),
        ("{command: verify, repository: r}", "", vec![]),
        ("{command: register}", "", vec!["task-definition is missing"]),
        ("{cluster: c, service: s}", "${{ steps.it.outputs.resutl }}", vec!["no output resutl"]),
    ];
    for (with, then, expected) in cases {
        let uses = format!("{}@v1", address());
        let example = format!("- uses: {uses}\n  id: it\n  with: {with}\n- run: '{then}'\n");
        assert_eq!(check(&example), (1, expected.into_iter().map(str::to_owned).collect()));
    }
}

#[test]
fn every_whole_workflow_of_the_documents_is_valid_and_safe() {
    let folder = tempfile::tempdir().expect("a scratch folder can be made");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("the scratch folder can be written");
        path
    };
    let workflows: Vec<PathBuf> = examples()
        .filter(|(value, _)| value.get("jobs").is_some())
        .enumerate()
        .map(|(number, (_, text))| write(&format!("{number}.yml"), &text))
        .collect();
    assert!(!workflows.is_empty(), "the documents show whole workflows");
    // The tag of a release never moves; those of others may.
    let policies = format!("{{ '{}': ref-pin, '*': hash-pin }}", address());
    let pins = format!("rules: {{ unpinned-uses: {{ config: {{ policies: {policies} }} }} }}\n");
    let pins = write("zizmor", &pins);

    let mut schema = python::program("check-jsonschema");
    schema.args(["--builtin-schema", "vendor.github-workflows"]);
    let mut security = python::program("zizmor");
    security.args(["--offline", "--no-progress", "--config"]).arg(pins);
    for mut judge in [schema, security] {
        let judged = judge.args(&workflows).output().expect("the packages bring it");
        let [said, erred] = [&judged.stdout, &judged.stderr].map(|it| String::from_utf8_lossy(it));
        assert!(judged.status.success(), "{said}{erred}");
    }
}

#[test]
fn architecture_has_every_room_in_the_order_of_the_map() {
    let architecture = read("ARCHITECTURE.md");
    let rooms: Vec<String> = part(&architecture, "## Rooms")
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| `")?.split('`').next()?.to_owned()))
        .collect();
    assert_eq!(rooms, rooms::order());
}

#[test]
fn the_file_of_many_apps_is_what_a_step_and_its_schema_take() {
    let (_, file) =
        examples().find(|(it, _)| it.get("apps").is_some()).expect("the documents show it");
    let checkout = tempfile::tempdir().expect("a scratch folder can be made");
    let path = checkout.path().join(".github/ecs-release.yml");
    fs::create_dir(checkout.path().join(".github")).expect("it can have a folder");
    fs::write(&path, file).expect("and a file");
    for environment in ["prod", "staging"] {
        let inputs = [("APPS", "all"), ("ENVIRONMENT", environment)];
        let inputs = inputs.map(|(name, value)| (format!("INPUT_{name}"), value));
        let workspace = checkout.path().to_str().expect("its path is text");
        let runner = [("GITHUB_WORKSPACE".to_owned(), workspace)];
        let request = inputs::parse(&Environment::new(runner.into_iter().chain(inputs)));
        let request = request.expect("the file is right");
        let services = request.apps.iter().map(|app| app.target.service.as_str());
        assert_eq!(services.collect::<Vec<_>>(), ["api", "api-worker", "web1", "mailer"]);
    }
    let mut judge = python::program("check-jsonschema");
    let judged = judge.arg("--schemafile").arg(root().join("ecs-release.schema.json")).arg(path);
    let judged = judged.output().expect("the packages bring it");
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stdout));
}

fn action(section: &str) -> Map<String, Value> {
    let action: Map<String, Value> =
        serde_saphyr::from_str(&read("action.yml")).expect("action.yml is YAML");
    action[section].as_object().expect("a section is a mapping").clone()
}

/// The workflow of this name that the documents show.
pub(crate) fn workflow(name: &str) -> Value {
    let mut found = examples().map(|(value, _)| value).filter(|value| {
        value.get("jobs").is_some() && value.get("name").is_some_and(|it| it == name)
    });
    let workflow = found.next().unwrap_or_else(|| panic!("no document shows {name}"));
    assert!(found.next().is_none(), "{name} is shown twice");
    workflow
}

/// Writes what a document should say where `UPDATE_EXPECT` is set, and else fails with
/// the lines that differ.
fn expect(document: &str, update: impl FnOnce(&str) -> String) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock();
    let text = read(document);
    let updated = update(&text);
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(root().join(document), updated).expect("a document can be written");
    } else {
        let difference = difference(&text, &updated);
        assert!(difference.is_empty(), "UPDATE_EXPECT=1 writes {document}\n{difference}");
    }
}

/// The lines that only one of two texts has, with their numbers in it.
fn difference(before: &str, after: &str) -> String {
    let [before, after] = [before, after].map(|text| text.lines().collect::<Vec<_>>());
    let (mut at, mut to) = (0, 0);
    let mut difference = String::new();
    loop {
        let (old, new) = (before.get(at), after.get(to));
        let is_gone = old.is_some_and(|old| !after[to..].contains(old));
        let is_new = new.is_some_and(|new| !before[at..].contains(new));
        match (old, new) {
            (Some(old), Some(new)) if old == new => (at, to) = (at + 1, to + 1),
            (Some(old), _) if is_gone || !is_new => {
                at += 1;
                difference += &format!("{at}: -{old}\n");
            }
            (_, Some(new)) => {
                to += 1;
                difference += &format!("{to}: +{new}\n");
            }
            _ => return difference,
        }
    }
}

/// Every YAML block of the documents, as a value and as it stands there.
fn examples() -> impl Iterator<Item = (Value, String)> {
    documents().into_iter().flat_map(|document| code(&read(&document))).filter_map(
        |(language, text)| {
            (language == "yaml")
                .then(|| (serde_saphyr::from_str(&text).expect("an example is YAML"), text))
        },
    )
}

/// How often an example uses the action, and what is wrong with that.
fn check(example: &str) -> (usize, Vec<String>) {
    let value: Value = serde_saphyr::from_str(example).expect("an example is YAML");
    let (inputs, outputs) = (action("inputs"), action("outputs"));
    let steps = steps(&value);
    let mut mistakes = Vec::new();
    for step in &steps {
        let with = step["with"].as_object().cloned().unwrap_or_default();
        let unknown = with.keys().filter(|name| !inputs.contains_key(*name));
        mistakes.extend(unknown.map(|name| format!("no input {name}")));
        let required = match with.get("command").and_then(Value::as_str) {
            // An image alone is checked without a service.
            Some("verify") => &[][..],
            Some("register") => &["task-definition"],
            _ if with.contains_key("apps") => &[],
            _ => &["cluster", "service"],
        };
        let missing = required.iter().filter(|name| !with.contains_key(**name));
        mistakes.extend(missing.map(|name| format!("{name} is missing")));
        let Some(id) = step["id"].as_str() else { continue };
        for read in example.split(&format!("steps.{id}.outputs.")).skip(1) {
            let name = read.split(|c: char| !c.is_ascii_lowercase() && c != '-').next();
            if let Some(name) = name.filter(|name| !outputs.contains_key(*name)) {
                mistakes.push(format!("no output {name}"));
            }
        }
    }
    (steps.len(), mistakes)
}

/// The steps that use this action, wherever they stand.
fn steps(value: &Value) -> Vec<&Value> {
    let uses = value.get("uses").and_then(Value::as_str).and_then(|it| it.split_once('@'));
    let is_ours = uses.is_some_and(|(action, _)| action == address());
    match value {
        _ if is_ours => vec![value],
        Value::Array(values) => values.iter().flat_map(steps).collect(),
        Value::Object(values) => values.values().flat_map(steps).collect(),
        _ => Vec::new(),
    }
}

/// What the examples call this action by.
fn address() -> &'static str {
    let address = env!("CARGO_PKG_REPOSITORY").strip_prefix("https://github.com/");
    address.expect("the repository is on GitHub")
}

/// The documents: every Markdown file at the root and in docs/, as a path from there.
fn documents() -> BTreeSet<String> {
    let below = |folder: &str| {
        let entries = fs::read_dir(root().join(folder)).expect("it is a folder");
        let names = entries.map(|entry| entry.expect("it can be listed").file_name());
        let names = names.map(|name| name.into_string().expect("its name is text"));
        let pages = names.filter(|name| Path::new(name).extension().is_some_and(|it| it == "md"));
        pages.map(|name| format!("{folder}{name}")).collect::<BTreeSet<_>>()
    };
    &below("") | &below("docs/")
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
