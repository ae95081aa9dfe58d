use serde_json::{Value, json};

use super::super::Patch;
use super::{body, definition, shop};
use crate::request::Assignment;

fn assignment((name, value): (&str, &str)) -> Assignment {
    Assignment { name: name.to_owned(), value: value.to_owned() }
}

fn patch(containers: &[&str], environment: &[(&str, &str)], secrets: &[(&str, &str)]) -> Patch {
    let image = |name: &&str| (name.parse().expect("a name"), "registry.example/new:2".to_owned());
    Patch {
        images: containers.iter().map(image).collect(),
        environment: environment.iter().copied().map(assignment).collect(),
        secrets: secrets.iter().copied().map(assignment).collect(),
        ..Patch::default()
    }
}

/// The first container after `patch`, the image left out of account.
fn patched(container: Value, patch: &Patch) -> Value {
    let mut whole = shop();
    whole["containerDefinitions"][0] = container;
    let mut after = body(&definition(&whole).patch(patch).expect("a known container"));
    after["containerDefinitions"][0].take()
}

#[test]
fn only_the_image_of_the_chosen_container_changes() {
    let original = definition(&shop());
    let patched = original.patch(&patch(&["proxy"], &[], &[])).expect("a known container");
    let mut expected = shop();
    expected["containerDefinitions"][1]["image"] = json!("registry.example/new:2");
    assert_eq!(String::from_utf8(patched.register_body()), Ok(expected.to_string()));
}

#[test]
fn a_patched_definition_is_not_the_revision_it_came_from() {
    let mut described = shop();
    described["taskDefinitionArn"] = json!("arn:aws:ecs:eu-central-1:111122223333:shop:7");
    described["revision"] = json!(7);
    let answer = json!({"taskDefinition": described}).to_string();
    let described = super::TaskDefinition::from_describe(answer.as_bytes()).expect("an answer");
    let patched = described.patch(&Patch::default()).expect("nothing to refuse");
    assert_eq!(patched.arn(), None);
    assert!(patched.same_as(&described));
}

#[test]
fn variables_and_secrets_are_merged_by_name() {
    let environment = [("MODE", "green"), ("NEW", "")];
    let secrets = [("PASSWORD", "arn:of:another"), ("TOKEN", "arn:of:the:token")];
    let whole = definition(&shop());
    let after = whole.patch(&patch(&["web"], &environment, &secrets)).expect("a known container");
    let after = body(&after);
    assert_eq!(
        after["containerDefinitions"][0]["environment"],
        json!([
            {"name": "LOG_LEVEL", "value": "info"},
            {"name": "MODE", "value": "green"},
            {"name": "NEW", "value": ""},
        ])
    );
    assert_eq!(
        after["containerDefinitions"][0]["secrets"],
        json!([
            {"name": "PASSWORD", "valueFrom": "arn:of:another"},
            {"name": "TOKEN", "valueFrom": "arn:of:the:token"},
        ])
    );
    assert_eq!(after["containerDefinitions"][1], shop()["containerDefinitions"][1]);
}

#[test]
fn a_name_that_moves_between_the_lists_is_in_one_of_them_only() {
    let container = json!({
        "name": "web",
        "image": "x",
        "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        "secrets": [{"name": "C", "valueFrom": "arn"}],
    });
    let after = patched(container, &patch(&["web"], &[("C", "3")], &[("A", "arn:of:a")]));
    assert_eq!(
        after["environment"],
        json!([{"name": "B", "value": "2"}, {"name": "C", "value": "3"}])
    );
    assert_eq!(after["secrets"], json!([{"name": "A", "valueFrom": "arn:of:a"}]));
}

#[test]
fn lists_that_are_missing_null_or_repeat_a_name_can_be_merged_into() {
    let expected = json!([{"name": "A", "value": "new"}]);
    for list in [
        None,
        Some(json!(null)),
        Some(json!([{"name": "A"}])),
        Some(json!([{"name": "A", "value": "1"}, {"name": "A", "value": "2"}])),
    ] {
        let mut container = json!({"name": "web", "image": "x"});
        if let Some(list) = &list {
            container["environment"] = list.clone();
        }
        let after = patched(container, &patch(&["web"], &[("A", "new")], &[]));
        assert_eq!(after["environment"], expected, "{list:?}");
    }
}

#[test]
fn labels_are_merged_by_name_and_made_where_there_are_none() {
    let labels: Vec<_> = [("a.b/c", "new"), ("d", "")].map(assignment).into();
    let patch = Patch { labels, ..patch(&["web"], &[], &[]) };
    for (before, expected) in [
        (None, json!({"a.b/c": "new", "d": ""})),
        (Some(json!(null)), json!({"a.b/c": "new", "d": ""})),
        (Some(json!({"x": "1", "a.b/c": "2"})), json!({"x": "1", "a.b/c": "new", "d": ""})),
    ] {
        let mut container = json!({"name": "web", "image": "x"});
        if let Some(before) = &before {
            container["dockerLabels"] = before.clone();
        }
        assert_eq!(patched(container, &patch)["dockerLabels"], expected, "{before:?}");
    }
}

#[test]
fn an_unknown_container_is_refused_with_those_that_there_are() {
    let problem =
        definition(&shop()).patch(&patch(&["wbe"], &[], &[])).expect_err("no such container");
    assert_eq!(problem.message, "task definition shop has no container wbe");
    assert_eq!(problem.hint.as_deref(), Some("Its containers: web, proxy."));
}

#[test]
fn a_name_given_as_variable_and_as_secret_is_refused_without_its_values() {
    let problem = definition(&shop())
        .patch(&patch(&["web"], &[("A", "hush")], &[("A", "hush")]))
        .expect_err("a contradiction");
    assert_eq!(problem.message, "A is given both as an environment variable and as a secret");
    assert!(!format!("{problem:?}").contains("hush"));
}
