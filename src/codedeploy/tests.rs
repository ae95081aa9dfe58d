//! Deployments by CodeDeploy for the tests of the rooms around.

use super::{Deployment, EcsTarget, LifecycleEvent, Served};
use crate::ecs::CodeDeployId;

/// One that nothing is known of but its status.
pub(crate) fn deployment(id: CodeDeployId, status: &str) -> Deployment {
    Deployment {
        id,
        group: None,
        status: status.into(),
        error: None,
        rolled_back_by: None,
        rolls_back: None,
        rolls_back_on: Vec::new(),
        revision: None,
        description: None,
        gate: None,
        created_at: None,
        finished_at: None,
    }
}

/// What these two steps say of a deployment that was stopped and left as it was.
fn stopped_at(allow: Option<&str>, after: Option<&str>) -> Served {
    let step = |name: &str, status: Option<&str>| {
        let status = status?.into();
        Some(LifecycleEvent { name: name.to_owned(), status, diagnostics: None })
    };
    let events = [step("AllowTraffic", allow), step("AfterAllowTraffic", after)];
    let install = step("Install", Some("Succeeded"));
    let events = install.into_iter().chain(events.into_iter().flatten()).collect();
    let target = EcsTarget { status: "Failed".into(), events, ..EcsTarget::default() };
    let id = "d-ABCDEF123".parse().expect("an id");
    deployment(id, "Stopped").succeeded(Some(&target))
}

#[test]
fn what_was_stopped_behind_its_last_step_had_served_and_a_skipped_step_proves_nothing() {
    let passed = Some("Succeeded");
    assert_eq!(stopped_at(passed, passed), Served::Yes);
    for not_moved in [None, Some("Failed"), Some("Skipped"), Some("Pending")] {
        assert_eq!(stopped_at(not_moved, None), Served::No, "{not_moved:?}");
    }
    assert_eq!(stopped_at(passed, Some("Failed")), Served::No);
    for unclear in [None, Some("Skipped"), Some("Unknown")] {
        assert!(matches!(stopped_at(passed, unclear), Served::Unknown(_)), "{unclear:?}");
    }
}
