//! What differs between two definitions, one line a change, safe to print.
//!
//! A definition is full of places where people put secrets: variables, commands,
//! labels, log options. So the values shown are those on a short list of places
//! that have no room for one; everything else is named only.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};

use super::definition::TaskDefinition;
use super::normal;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// What differs: `web: image`, `web: environment variable LOG_LEVEL`,
    /// `volumes[data].efsVolumeConfiguration`. On one line, otherwise untrusted.
    pub path: String,
    pub kind: ChangeKind,
    /// Before and after, where both can be shown; `unset` stands for nothing.
    pub detail: Option<(String, String)>,
    /// Whether it decides what the tasks may do or read: a role, or where a secret
    /// comes from.
    pub is_access: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    /// Only the new definition has it.
    Added,
    /// Only the old definition has it.
    Removed,
    Changed,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((from, to)) = &self.detail {
            return write!(f, "{} {from} → {to}", self.path);
        }
        let kind = match self.kind {
            ChangeKind::Added => "added",
            ChangeKind::Removed => "removed",
            ChangeKind::Changed => "changed",
        };
        write!(f, "{} {kind}", self.path)
    }
}

/// Places at the top of a definition whose values can be shown.
const SHOWN_AT_TOP: [&str; 13] = [
    "family",
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "cpu",
    "memory",
    "pidMode",
    "ipcMode",
    "requiresCompatibilities",
    "enableFaultInjection",
    "ephemeralStorage.sizeInGiB",
    "runtimePlatform.cpuArchitecture",
    "runtimePlatform.operatingSystemFamily",
];

/// Places in a container whose values can be shown.
const SHOWN_IN_CONTAINER: [&str; 16] = [
    "image",
    "cpu",
    "memory",
    "memoryReservation",
    "essential",
    "portMappings",
    "privileged",
    "readonlyRootFilesystem",
    "startTimeout",
    "stopTimeout",
    "versionConsistency",
    "healthCheck.interval",
    "healthCheck.timeout",
    "healthCheck.retries",
    "healthCheck.startPeriod",
    "logConfiguration.logDriver",
];

/// Objects that are shown member by member even where one side has none.
const OPENED: [&str; 2] = ["runtimePlatform", "ephemeralStorage"];

/// Lists of words, which may be secret; ECS takes no objects there, whose names would
/// be shown.
const WORDS: [&str; 3] = ["command", "entryPoint", "healthCheck.command"];

/// What changes on the way from one definition to the other: containers by name
/// with the image first, then the rest.
///
/// It is empty exactly if [`TaskDefinition::same_as`] holds: both look at the
/// same normal form.
pub(crate) fn diff(from: &TaskDefinition, to: &TaskDefinition) -> Vec<Change> {
    let (from, to) = normal::pair(&from.body, &to.body);
    let mut changes = Changes::default();
    changes.containers(from.get("containerDefinitions"), to.get("containerDefinitions"));
    let top = Place { container: None, path: String::new() };
    for key in keys(&from, &to) {
        let (from, to) = (from.get(key), to.get(key));
        match key {
            "containerDefinitions" => {}
            "tags" => changes.entries(&top, key, "tag", "key", from, to),
            _ => changes.compare(&top.member(key), from, to),
        }
    }
    changes.list
}

/// Where in a definition something lies.
struct Place<'a> {
    container: Option<&'a str>,
    /// As it is printed, from the container or the top.
    path: String,
}

impl Place<'_> {
    fn member(&self, key: &str) -> Self {
        let Self { container, path } = self;
        let path = if key.contains(['.', '[']) {
            // Such as a label; quoted, so that it can't pass for another place.
            format!("{path}[{key:?}]")
        } else if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        };
        Self { container: *container, path }
    }

    fn element(&self, name: &str) -> Self {
        Self { container: self.container, path: format!("{}[{name}]", self.path) }
    }

    fn is_shown(&self) -> bool {
        match self.container {
            Some(_) => SHOWN_IN_CONTAINER.contains(&self.path.as_str()),
            None => SHOWN_AT_TOP.contains(&self.path.as_str()),
        }
    }

    /// By the place and not by its line: that holds names that people choose.
    fn is_access(&self) -> bool {
        match self.container {
            Some(_) => ["secrets", "logConfiguration.secretOptions", "repositoryCredentials"]
                .iter()
                .any(|place| self.path.starts_with(place)),
            None => ["taskRoleArn", "executionRoleArn"].contains(&self.path.as_str()),
        }
    }

    /// The place as a line says it, with `what` in the place of the path.
    fn line(&self, what: &str) -> String {
        one_line(&match self.container {
            Some(container) => format!("{container}: {what}"),
            None => what.to_owned(),
        })
    }
}

#[derive(Default)]
struct Changes {
    list: Vec<Change>,
}

impl Changes {
    fn containers(&mut self, from: Option<&Value>, to: Option<&Value>) {
        for (name, [from, to]) in by_name(from, to, "name") {
            match (from.first().copied(), to.first().copied()) {
                (Some(Value::Object(from)), Some(Value::Object(to))) => {
                    self.container(name, from, to);
                }
                (from, to) => {
                    self.push(one_line(&format!("container {name}")), false, from, to, None);
                }
            }
        }
    }

    fn container(&mut self, name: &str, from: &Map<String, Value>, to: &Map<String, Value>) {
        let place = Place { container: Some(name), path: String::new() };
        // The image first: it is what people look for.
        let others = keys(from, to).filter(|key| *key != "image");
        for key in std::iter::once("image").chain(others) {
            let (from, to) = (from.get(key), to.get(key));
            match key {
                "environment" => {
                    self.entries(&place, key, "environment variable", "name", from, to);
                }
                "secrets" => self.entries(&place, key, "secret", "name", from, to),
                _ => self.compare(&place.member(key), from, to),
            }
        }
    }

    /// Lists of which only the names of entries may be said.
    fn entries(
        &mut self,
        place: &Place<'_>,
        key: &str,
        what: &str,
        name_key: &str,
        from: Option<&Value>,
        to: Option<&Value>,
    ) {
        let before = self.list.len();
        let is_access = place.member(key).is_access();
        for (name, [from, to]) in by_name(from, to, name_key) {
            // All entries of a name together: one that is listed twice counts.
            if from != to {
                let line = place.line(&format!("{what} {name}"));
                self.push(line, is_access, from.first().copied(), to.first().copied(), None);
            }
        }
        if from != to && self.list.len() == before {
            self.push(place.line(key), is_access, from, to, None);
        }
    }

    fn compare(&mut self, place: &Place<'_>, from: Option<&Value>, to: Option<&Value>) {
        if from == to {
            return;
        }
        let before = self.list.len();
        let nothing = Value::Object(Map::new());
        let opened =
            |value: Option<&Value>| value.is_none() && OPENED.contains(&place.path.as_str());
        let from_object = if opened(from) { Some(&nothing) } else { from };
        let to_object = if opened(to) { Some(&nothing) } else { to };
        if let (Some(Value::Object(from)), Some(Value::Object(to))) = (from_object, to_object) {
            for key in keys(from, to) {
                self.compare(&place.member(key), from.get(key), to.get(key));
            }
        } else if !place.is_shown()
            && !WORDS.contains(&place.path.as_str())
            && from.is_some_and(is_named_list)
            && to.is_some_and(is_named_list)
        {
            for (name, sides) in by_name(from, to, "name") {
                let [from, to] = sides.map(|entries| entries.first().copied());
                self.compare(&place.element(name), from, to);
            }
        }
        // Nothing found within: it is a scalar, a plain list, or the order.
        if self.list.len() == before {
            let detail = place.is_shown().then(|| shown(from).zip(shown(to))).flatten();
            self.push(place.line(&place.path), place.is_access(), from, to, detail);
        }
    }

    fn push(
        &mut self,
        path: String,
        is_access: bool,
        from: Option<&Value>,
        to: Option<&Value>,
        detail: Option<(String, String)>,
    ) {
        let kind = match (from, to) {
            (None, _) => ChangeKind::Added,
            (Some(_), None) => ChangeKind::Removed,
            (Some(_), Some(_)) => ChangeKind::Changed,
        };
        // What is shown may be less than what differs: then it says nothing.
        let detail = detail.filter(|(from, to)| from != to);
        self.list.push(Change { path, kind, detail, is_access });
    }
}

/// The keys of both, the old ones first.
fn keys<'a>(
    from: &'a Map<String, Value>,
    to: &'a Map<String, Value>,
) -> impl Iterator<Item = &'a str> {
    let new = to.keys().filter(|key| !from.contains_key(*key));
    from.keys().chain(new).map(String::as_str)
}

/// The entries of both lists by their names, which are in alphabetical order.
fn by_name<'a>(
    from: Option<&'a Value>,
    to: Option<&'a Value>,
    name_key: &str,
) -> BTreeMap<&'a str, [Vec<&'a Value>; 2]> {
    let mut entries: BTreeMap<&str, [Vec<&Value>; 2]> = BTreeMap::new();
    for (side, list) in [from, to].into_iter().enumerate() {
        for entry in list.and_then(Value::as_array).into_iter().flatten() {
            if let Some(name) = entry[name_key].as_str() {
                entries.entry(name).or_default()[side].push(entry);
            }
        }
    }
    entries
}

/// Whether every element is an object with a name of its own.
fn is_named_list(value: &Value) -> bool {
    let mut seen = BTreeSet::new();
    value.as_array().is_some_and(|list| {
        list.iter().all(|element| element["name"].as_str().is_some_and(|name| seen.insert(name)))
    })
}

/// A value of a place that can be shown; `None` if it is no value of that place
/// after all.
fn shown(value: Option<&Value>) -> Option<String> {
    let text = match value {
        None => "unset".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Array(list)) => {
            let elements: Option<Vec<_>> = list.iter().map(shown_element).collect();
            elements?.join(", ")
        }
        Some(Value::Null | Value::Object(_)) => return None,
    };
    Some(one_line(&text))
}

/// A launch type, or a port mapping as Docker writes it: `8080:80/tcp`.
fn shown_element(element: &Value) -> Option<String> {
    if let Some(text) = element.as_str() {
        return Some(text.to_owned());
    }
    let container_port = element["containerPort"].as_u64()?;
    let host_port = element["hostPort"].as_u64()?;
    let protocol = element["protocol"].as_str()?;
    Some(format!("{host_port}:{container_port}/{protocol}"))
}

/// Control characters escaped, so that a change stays on its line.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}
