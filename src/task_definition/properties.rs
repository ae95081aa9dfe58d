//! What holds for every definition, tried on generated ones.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::test_runner::Config;
use serde_json::{Map, Value, json};

use super::laws::{text, written_as_read};
use super::{Patch, TaskDefinition, diff};
use crate::request::Assignment;

/// Stands in every generated value that must never be printed, and nowhere else.
const SECRET: &str = "hush";

fn number() -> impl Strategy<Value = Value> {
    let odd = prop_oneof![
        Just("1.00"),
        Just("1"),
        Just("1e+3"),
        Just("1000"),
        Just("-0"),
        Just("0.10"),
        Just("12345678901234567890123"),
        Just("1e-400"),
    ];
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        odd.prop_map(|spelling| spelling.parse().expect("a JSON number")),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,3}", "\\PC{1,4}", Just("options".to_owned()), Just("name".to_owned())]
}

fn secret() -> impl Strategy<Value = String> {
    "[a-z]{0,3}".prop_map(|tail| format!("{SECRET}{tail}"))
}

fn object(member: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    vec((key(), member), 0..4).prop_map(|members| Value::Object(Map::from_iter(members)))
}

/// A value of a field that nobody knows.
fn unknown() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        secret().prop_map(Value::from),
        Just(json!("")),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![vec(inner.clone(), 0..3).prop_map(Value::from), object(inner)]
    })
}

fn variables(value_key: &'static str) -> impl Strategy<Value = Value> {
    let variable = ("[A-C]{1,2}", secret())
        .prop_map(move |(name, value)| json!({"name": name, value_key: value}));
    prop_oneof![Just(Value::Null), vec(variable, 0..4).prop_map(Value::from)]
}

fn container(name: &'static str) -> impl Strategy<Value = Value> {
    let image = "[a-z]{1,5}:[0-9]{1,3}";
    (image, variables("value"), variables("valueFrom"), unknown(), object(unknown())).prop_map(
        move |(image, environment, secrets, command, future)| {
            json!({
                "future": future,
                "image": image,
                "name": name,
                "command": command,
                "environment": environment,
                "secrets": secrets,
                "cpu": 0,
            })
        },
    )
}

fn definition() -> impl Strategy<Value = TaskDefinition> {
    let containers = (container("web"), container("proxy"), container("log"));
    (containers, unknown(), unknown(), number()).prop_map(
        |((web, proxy, log), platform, future, odd)| {
            let whole = json!({
                "über": future,
                "containerDefinitions": [web, proxy, log],
                "family": "shop",
                "runtimePlatform": platform,
                "odd": odd,
            });
            TaskDefinition::from_file("td.json", whole.to_string().as_bytes())
                .expect("a definition")
        },
    )
}

fn images() -> impl Strategy<Value = Patch> {
    (any::<bool>(), any::<bool>(), "[a-z]{1,5}@sha256:[0-9a-f]{4}").prop_map(|(web, log, image)| {
        let chosen = [("web", web), ("log", log)].into_iter().filter(|(_, chosen)| *chosen);
        let images =
            chosen.map(|(name, _)| (name.parse().expect("a name"), image.clone())).collect();
        Patch { images, ..Patch::default() }
    })
}

fn patch() -> impl Strategy<Value = Patch> {
    let assignments = |names| vec((names, secret()), 0..3);
    // The two lists share no name: that is refused.
    (images(), assignments("A[A-C]?"), assignments("[BC]{1,2}")).prop_map(
        |(images, environment, secrets)| {
            let assign = |(name, value)| Assignment { name, value };
            Patch {
                environment: environment.into_iter().map(assign).collect(),
                secrets: secrets.into_iter().map(assign).collect(),
                ..images
            }
        },
    )
}

proptest! {
    #![proptest_config(Config { cases: 128, failure_persistence: None, ..Config::default() })]

    #[test]
    fn what_was_read_is_written_as_it_was_spelled(definition in definition()) {
        written_as_read(&definition);
    }

    #[test]
    fn a_patch_changes_the_chosen_images_and_nothing_else(
        definition in definition(),
        patch in images(),
    ) {
        let mut patched = definition.patch(&patch).expect("known containers");
        for (name, image) in &patch.images {
            let found = patched.containers().find(|container| container.name == name.as_str());
            prop_assert_eq!(found.and_then(|container| container.image), Some(image.as_str()));
        }
        let originals = definition.body["containerDefinitions"].as_array().expect("a list");
        let containers = patched.body["containerDefinitions"].as_array_mut().expect("a list");
        for (container, original) in containers.iter_mut().zip(originals) {
            container["image"] = original["image"].clone();
        }
        prop_assert_eq!(text(&patched), text(&definition));
    }

    #[test]
    fn patching_twice_is_patching_once(definition in definition(), patch in patch()) {
        let once = definition.patch(&patch).expect("known containers");
        let twice = once.patch(&patch).expect("known containers");
        prop_assert_eq!(text(&twice), text(&once));
    }

    #[test]
    fn no_name_is_both_a_variable_and_a_secret_once_it_was_patched(
        definition in definition(),
        patch in patch(),
    ) {
        let patched = definition.patch(&patch).expect("known containers");
        let containers = patched.body["containerDefinitions"].as_array().expect("a list");
        for container in containers {
            let chosen = patch.images.iter().any(|(name, _)| container["name"] == name.as_str());
            let count = |list: &str, name: &str| {
                let entries = container[list].as_array().into_iter().flatten();
                entries.filter(|entry| entry["name"] == name).count()
            };
            for Assignment { name, .. } in patch.environment.iter().filter(|_| chosen) {
                prop_assert_eq!((count("environment", name), count("secrets", name)), (1, 0));
            }
            for Assignment { name, .. } in patch.secrets.iter().filter(|_| chosen) {
                prop_assert_eq!((count("environment", name), count("secrets", name)), (0, 1));
            }
        }
    }

    #[test]
    fn sameness_is_reflexive_symmetric_and_an_empty_diff(
        one in definition(),
        other in definition(),
        patch in patch(),
    ) {
        let patched = one.patch(&patch).expect("known containers");
        for other in [&one.clone(), &patched, &other] {
            prop_assert_eq!(one.same_as(other), other.same_as(&one));
            prop_assert_eq!(one.same_as(other), diff(&one, other).is_empty());
        }
        prop_assert!(one.same_as(&one));
    }

    #[test]
    fn a_diff_never_shows_a_value_that_may_be_secret(
        one in definition(),
        other in definition(),
        patch in patch(),
    ) {
        for other in [&one.patch(&patch).expect("known containers"), &other] {
            for change in diff(&one, other) {
                let line = format!("{change} {change:?}");
                prop_assert!(!line.contains(SECRET), "{}", line);
            }
        }
    }

    #[test]
    fn no_object_with_a_key_twice_is_read(
        members in vec((key(), unknown()), 1..4),
        value in unknown(),
        depth in 0..3_usize,
    ) {
        let again = &members[0].0;
        let members: Vec<_> = members
            .iter()
            .map(|(key, value)| (key, value))
            .chain([(again, &value)])
            .map(|(key, value)| format!("{}:{value}", json!(key)))
            .collect();
        let twice = format!("{{{}}}", members.join(","));
        let nested = format!("{}{twice}{}", "[{\"x\":".repeat(depth), "}]".repeat(depth));
        let whole = format!(
            r#"{{"family":"a","containerDefinitions":[{{"name":"web"}}],"future":{nested}}}"#
        );
        let problem = TaskDefinition::from_file("td.json", whole.as_bytes()).expect_err("a key is there twice");
        prop_assert!(problem.message.contains("appears twice"), "{}", problem.message);
        let without = whole.replace(&nested, "null");
        prop_assert!(TaskDefinition::from_file("td.json", without.as_bytes()).is_ok());
    }
}
