//! An AppSpec is sent as it was read but for the task definition, and what was sent is read
//! and sent again as it was.

use serde_json::Value;

use super::AppSpec;
use crate::ecs::TaskDefinitionArn;

const ARN: &str = "arn:aws:ecs:eu-central-1:111122223333:task-definition/shop:42";

pub(crate) fn app_spec(bytes: &[u8]) {
    let app_spec = match AppSpec::from_file("appspec.yaml", bytes) {
        Ok(app_spec) => app_spec,
        Err(problem) => {
            assert!(problem.location.is_some() && problem.hint.is_some(), "{problem:?}");
            return;
        }
    };
    sent_again_as_it_was(&app_spec);
    let bare = app_spec.without_hooks();
    assert_eq!(bare.hooks(), []);
    sent_again_as_it_was(&bare);
    made_of_it(&app_spec, "web", 80);
}

fn arn() -> TaskDefinitionArn {
    ARN.parse().expect("a definition's ARN")
}

pub(super) fn sent_again_as_it_was(app_spec: &AppSpec) {
    let content = app_spec.content(&arn());
    assert_eq!(content.sha256.len(), 64);
    let again = AppSpec::from_revision(&content.text).expect("what was sent");
    assert_eq!(again.task_definition(), Some(ARN));
    assert_eq!(again.hooks(), app_spec.hooks());
    assert_eq!(again.content(&arn()), content);
    let [sent, read] =
        [&content.text, &app_spec.value.to_string()].map(|it| without_definitions(it));
    assert_eq!(sent, read);
}

pub(super) fn made_of_it(earlier: &AppSpec, container: &str, port: u16) {
    let made = AppSpec::made_for(container, port, Some(earlier));
    assert_eq!(made.hooks(), earlier.hooks());
    assert_eq!(made.task_definition(), None);
    let content = made.content(&arn());
    let again = AppSpec::from_revision(&content.text).expect("what was made");
    assert_eq!(AppSpec::made_for(container, port, Some(&again)), made);
    assert_eq!(again.content(&arn()), content);
}

/// As text: order and spelling are kept as well.
fn without_definitions(text: &str) -> String {
    let mut value: Value = serde_json::from_str(text).expect("it is sent as JSON");
    for properties in super::all_properties(&mut value) {
        properties.retain(|key, _| !key.eq_ignore_ascii_case("TaskDefinition"));
    }
    value.to_string()
}
