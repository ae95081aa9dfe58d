//! What holds for every AppSpec, tried on generated ones.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::test_runner::Config;
use serde_json::{Map, Value, json};

use super::{ARN, arn, each_definition, parsed, with_definitions};
use crate::codedeploy::app_spec::AppSpec;
use crate::codedeploy::app_spec::laws::{made_of_it, sent_again_as_it_was};

/// A key of the guide in any case.
fn key(name: &'static str) -> impl Strategy<Value = String> {
    vec(any::<bool>(), name.len()).prop_map(move |upper| {
        let letter = |(letter, upper): (char, bool)| match upper {
            true => letter.to_ascii_uppercase(),
            false => letter.to_ascii_lowercase(),
        };
        name.chars().zip(upper).map(letter).collect()
    })
}

/// A value that nobody knows, with numbers whose spelling counts.
fn unknown() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Value::from),
        prop_oneof![Just("1.00"), Just("1e+3"), Just("-0"), Just("12345678901234567890123")]
            .prop_map(|spelling| Value::Number(spelling.parse().expect("a JSON number"))),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        "\\PC{0,6}".prop_map(Value::from),
        "[ -~\\t\\n]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            // Two such keys never differ in case alone.
            vec(("[a-zü0-9_ ]{0,4}", inner), 0..3)
                .prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    })
}

/// An object with these members and unknown ones around them.
fn object(known: Vec<(String, Value)>) -> impl Strategy<Value = Value> {
    (vec(("x-[a-zé]{1,3}", unknown()), 0..3), any::<bool>()).prop_map(move |(more, first)| {
        let known = known.clone();
        match first {
            true => Value::Object(known.into_iter().chain(more).collect()),
            false => Value::Object(more.into_iter().chain(known).collect()),
        }
    })
}

fn resource() -> impl Strategy<Value = Value> {
    let definition = prop_oneof![
        Just(None),
        unknown().prop_map(Some),
        Just(Some(json!("<TASK_DEFINITION>"))),
        Just(Some(json!("arn:aws:ecs:eu-central-1:111122223333:task-definition/shop:41"))),
    ];
    let keys = (key("TaskDefinition"), key("LoadBalancerInfo"), key("Type"), key("Properties"));
    (keys, definition, unknown()).prop_flat_map(
        |((definition_key, balancer, kind, properties), definition, info)| {
            let mut members = vec![(balancer, info)];
            members.extend(definition.map(|definition| (definition_key, definition)));
            object(members).prop_flat_map(move |value| {
                object(vec![
                    (kind.clone(), json!("AWS::ECS::Service")),
                    (properties.clone(), value),
                ])
            })
        },
    )
}

fn app_spec() -> impl Strategy<Value = Value> {
    let hook =
        ("[A-Z][a-z]{1,6}", "[a-z]{1,6}").prop_map(|(event, function)| json!({ event: function }));
    let hooks = prop_oneof![
        Just(None),
        unknown().prop_map(Some),
        vec(hook, 0..4).prop_map(|hooks| Some(hooks.into())),
    ];
    let keys = (key("version"), key("Resources"), key("Hooks"));
    let entry = vec(resource(), 1..3).prop_map(|resources| {
        let named = resources.into_iter().enumerate();
        Value::Object(named.map(|(index, it)| (format!("Ziel{index}"), it)).collect())
    });
    (keys, vec(entry, 1..4), hooks).prop_flat_map(
        |((version, resources, hooks_key), entries, hooks)| {
            let mut members = vec![(version, json!(0.0)), (resources, entries.into())];
            members.extend(hooks.map(|hooks| (hooks_key, hooks)));
            object(members)
        },
    )
}

/// Without a trace of any task definition.
fn without_definitions(value: &Value) -> Value {
    let mut value = with_definitions(value.clone(), "");
    for resource in every_resource(&mut value) {
        for properties in super::named(resource, "properties") {
            let properties = properties.as_object_mut().expect("an object");
            properties.retain(|key, _| !key.eq_ignore_ascii_case("taskdefinition"));
        }
    }
    value
}

fn every_resource(value: &mut Value) -> Vec<&mut Value> {
    let entries = super::named(value, "resources").into_iter().filter_map(Value::as_array_mut);
    entries.flatten().filter_map(Value::as_object_mut).flat_map(Map::values_mut).collect()
}

proptest! {
    #![proptest_config(Config { cases: 256, failure_persistence: None, ..Config::default() })]

    #[test]
    fn content_has_the_definition_in_every_resource_and_is_otherwise_what_was_read(
        original in app_spec(),
    ) {
        let mut original = original;
        let app_spec = AppSpec::from_file("appspec.json", original.to_string().as_bytes())
            .expect("an AppSpec");
        let mut sent = parsed(&app_spec.content(&arn()));

        let mut definitions = Vec::new();
        each_definition(&mut sent, |definition| definitions.push(definition.clone()));
        prop_assert_eq!(definitions, vec![json!(ARN); every_resource(&mut original).len()]);
        // As text: order and spelling are kept as well.
        let [sent, original] = [&sent, &original].map(|it| without_definitions(it).to_string());
        prop_assert_eq!(sent, original);
    }

    #[test]
    fn what_was_sent_is_sent_again_as_it_was(original in app_spec()) {
        let app_spec = AppSpec::from_revision(&original.to_string()).expect("an AppSpec");
        sent_again_as_it_was(&app_spec);
        let again = AppSpec::from_revision(&app_spec.content(&arn()).text).expect("what was sent");
        prop_assert_eq!(again.served(), app_spec.served());
    }

    #[test]
    fn what_is_made_of_any_serves_its_port_and_can_be_read(
        original in app_spec(),
        port in 1..=u16::MAX,
    ) {
        let earlier = AppSpec::from_revision(&original.to_string()).expect("an AppSpec");
        let made = AppSpec::made_for("web", port, Some(&earlier));
        prop_assert_eq!(made.served(), vec![("web".to_owned(), port)]);
        made_of_it(&earlier, "web", port);
    }

    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop_oneof![
            vec(any::<u8>(), 0..64),
            "([-:{}\\[\\]&*!|>'\"%@`#,?~ \n\t]|[a-c]|Resources|Type|<<|0.0){0,40}"
                .prop_map(String::into_bytes),
        ],
        cut in any::<proptest::sample::Index>(),
    ) {
        let whole = "version: 0.0\nResources:\n- A: &a {Type: AWS::ECS::Service, Properties: {}}\n";
        let at = cut.index(whole.len());
        let spliced = [&whole.as_bytes()[..at], &bytes, &whole.as_bytes()[at..]].concat();
        for bytes in [bytes, spliced] {
            let read = AppSpec::from_file("appspec.yaml", &bytes);
            match read {
                Ok(app_spec) => prop_assert_eq!(app_spec.content(&arn()).sha256.len(), 64),
                Err(problem) => prop_assert!(problem.location.is_some() && problem.hint.is_some()),
            }
        }
    }
}
