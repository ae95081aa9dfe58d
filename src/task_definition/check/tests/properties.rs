//! What holds for every definition, tried on generated ones: the members that rules
//! look at, with values that fit and values that don't.

use std::collections::HashMap;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;
use proptest::test_runner::Config;
use serde_json::{Map, Value, json};

use super::{all, line, path, read};
use crate::task_definition::TaskDefinition;

/// Stands in every generated value that must never be printed, and nowhere else.
const SECRET: &str = "hush";

/// Members below which any text may be one.
const HIDDEN: [&str; 6] =
    ["value", "valueFrom", "command", "options", "credentialsParameter", "dockerLabels"];

const TOP: [&str; 10] = [
    "ephemeralStorage",
    "ipcMode",
    "networkMode",
    "pidMode",
    "placementConstraints",
    "requiresCompatibilities",
    "runtimePlatform",
    "volumes",
    "cpu",
    "memory",
];

const MEMBERS: [&str; 40] = [
    "appProtocol",
    "awslogs-group",
    "command",
    "condition",
    "containerName",
    "containerPort",
    "containerPortRange",
    "cpu",
    "cpuArchitecture",
    "dependsOn",
    "devices",
    "dockerVolumeConfiguration",
    "essential",
    "firelensConfiguration",
    "hardLimit",
    "healthCheck",
    "host",
    "hostPort",
    "hostname",
    "image",
    "interval",
    "linuxParameters",
    "links",
    "logConfiguration",
    "logDriver",
    "maxSwap",
    "memory",
    "memoryReservation",
    "mountPoints",
    "operatingSystemFamily",
    "options",
    "portMappings",
    "privileged",
    "protocol",
    "sizeInGiB",
    "softLimit",
    "sourcePath",
    "sourceVolume",
    "stopTimeout",
    "ulimits",
];

const TEXTS: [&str; 24] = [
    "",
    "FARGATE",
    "EC2",
    "WINDOWS_SERVER_2022_CORE",
    "awsvpc",
    "bridge",
    "host",
    "none",
    "256",
    "0.5 GB",
    "2 vCPU",
    "-1 vCPU",
    "1e999 GB",
    "${X}",
    "web:1",
    "<<{{",
    "8000-8010",
    "9-8",
    "-",
    "web",
    "log",
    "HEALTHY",
    "awsfirelens",
    "é\n\"`",
];

const NUMBERS: [&str; 9] =
    ["0", "1", "-1", "80", "65536", "1e3", "1.5", "9223372036854775807", "1e400"];

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        select(&NUMBERS[..]).prop_map(|spelling| spelling.parse().expect("a JSON number")),
        select(&TEXTS[..]).prop_map(Value::from),
    ]
}

fn object(
    keys: &'static [&'static str],
    member: impl Strategy<Value = Value>,
) -> impl Strategy<Value = Map<String, Value>> {
    vec((select(keys).prop_map(str::to_owned), member), 0..6).prop_map(Map::from_iter)
}

fn tree() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            object(&MEMBERS, inner).prop_map(Value::Object),
        ]
    })
}

/// As reading wants it: the entries have names.
fn named(name: &'static str, value: &'static str) -> impl Strategy<Value = Value> {
    let names = vec((select(&["A", "B", "aws:C"][..]), any::<bool>()), 0..4);
    names.prop_map(move |names| {
        let entry = |(text, has_value)| match has_value {
            true => json!({name: text, value: SECRET}),
            false => json!({name: text}),
        };
        names.into_iter().map(entry).collect()
    })
}

fn container(name: &'static str) -> impl Strategy<Value = Value> {
    (object(&MEMBERS, tree()), named("name", "value"), named("name", "valueFrom")).prop_map(
        move |(mut members, environment, secrets)| {
            if !members.get("image").is_none_or(|image| image.is_string() || image.is_null()) {
                members.remove("image");
            }
            members.insert("name".to_owned(), name.into());
            members.insert("environment".to_owned(), environment);
            members.insert("secrets".to_owned(), secrets);
            Value::Object(members)
        },
    )
}

fn definition() -> impl Strategy<Value = Value> {
    let text = select(&TEXTS[..]).prop_map(Value::from);
    let containers = (container("web"), container("log"));
    let texts = (text.clone(), text.clone(), text);
    (object(&TOP, tree()), texts, containers, named("key", "value")).prop_map(
        |(mut top, (cpu, memory, mode), (web, log), tags)| {
            for (key, value) in [("cpu", cpu), ("memory", memory), ("networkMode", mode)] {
                top.insert(key.to_owned(), value);
            }
            top.insert("family".to_owned(), "shop".into());
            top.insert("containerDefinitions".to_owned(), json!([web, log]));
            top.insert("tags".to_owned(), tags);
            let mut whole = Value::Object(top);
            hide(&mut whole, false);
            whole
        },
    )
}

/// Puts the secret into the places where one may be.
fn hide(value: &mut Value, is_hidden: bool) {
    match value {
        Value::String(text) if is_hidden => *text = SECRET.to_owned(),
        Value::Array(list) => list.iter_mut().for_each(|element| hide(element, is_hidden)),
        Value::Object(object) => {
            for (key, member) in object {
                hide(member, is_hidden || HIDDEN.contains(&key.as_str()));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// JSON with every member and element on a line of its own, and these lines by path.
#[derive(Default)]
struct Printed {
    text: String,
    lines: HashMap<String, usize>,
}

impl Printed {
    fn of(value: &Value) -> Self {
        let mut printed = Self { text: "\n".to_owned(), ..Self::default() };
        printed.value("", value);
        printed
    }

    fn value(&mut self, path: &str, value: &Value) {
        match value {
            Value::Array(list) => {
                self.text.push('[');
                for (index, element) in list.iter().enumerate() {
                    self.begin(index, &format!("{path}[{index}]"));
                    self.value(&format!("{path}[{index}]"), element);
                }
                self.text.push(']');
            }
            Value::Object(object) => {
                self.text.push('{');
                for (index, (key, member)) in object.iter().enumerate() {
                    let dot = if path.is_empty() { "" } else { "." };
                    let path = format!("{path}{dot}{key}");
                    self.begin(index, &path);
                    self.text.push_str(&format!("{}:", json!(key)));
                    self.value(&path, member);
                }
                self.text.push('}');
            }
            _ => self.text.push_str(&value.to_string()),
        }
    }

    fn begin(&mut self, index: usize, path: &str) {
        self.text.push_str(if index == 0 { "\n" } else { ",\n" });
        let line = 1 + self.text.matches('\n').count();
        self.lines.insert(path.to_owned(), line);
    }

    /// The line of a path, or of the nearest one around it.
    fn line_of(&self, path: &str) -> usize {
        let around = path.rfind(['.', '[']).map_or("", |end| &path[..end]);
        match self.lines.get(path) {
            Some(line) => *line,
            None if path.is_empty() => 2,
            None => self.line_of(around),
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: 256, failure_persistence: None, ..Config::default() })]

    #[test]
    fn a_check_says_no_secret_and_says_it_in_the_order_and_on_the_lines_of_the_file(
        definition in definition(),
    ) {
        // Tags of AWS are taken out when a definition is read: the lines stay, the
        // paths don't.
        let printed = Printed::of(&definition);
        let definition = read("td.json", &printed.text);
        let checked = definition.check();
        let shown = format!("{checked:?}");
        prop_assert!(!shown.contains(SECRET), "{}", shown);
        for problem in all(&checked) {
            let path = path(problem);
            if !path.starts_with("tags[") {
                prop_assert_eq!(line(problem), printed.line_of(path), "{}\n{}", path, printed.text);
            }
        }
        for problems in [&checked.errors, &checked.warnings] {
            prop_assert!(problems.is_sorted_by_key(line), "{:?}", problems);
        }
        prop_assert_eq!(&checked, &definition.check());
    }

    #[test]
    fn what_is_said_does_not_depend_on_how_a_file_is_laid_out(definition in definition()) {
        let laid_out = read("td.json", &Printed::of(&definition).text).check();
        let on_one_line = read("td.json", &definition.to_string()).check();
        let messages = |checked: &super::Checked| {
            all(checked).map(|problem| problem.message.clone()).collect::<Vec<_>>()
        };
        prop_assert_eq!(messages(&laid_out), messages(&on_one_line));
        prop_assert!(all(&on_one_line).all(|problem| line(problem) == 1));
    }

    #[test]
    fn any_json_that_is_a_definition_can_be_checked(
        members in vec((select(&TOP[..]).prop_map(str::to_owned), tree()), 0..6),
        container in object(&MEMBERS, tree()),
    ) {
        let mut whole = Map::from_iter(members);
        let mut container = container;
        container.insert("name".to_owned(), "web".into());
        whole.insert("family".to_owned(), "shop".into());
        whole.insert("containerDefinitions".to_owned(), json!([container]));
        let text = Value::Object(whole).to_string();
        if let Ok(definition) = TaskDefinition::from_file("td.json", text.as_bytes()) {
            definition.check();
        }
    }
}
