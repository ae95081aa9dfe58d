//! What CodeDeploy's answers mean, each by itself.

use std::time::Duration;

use super::*;
use crate::codedeploy::tests as codedeploy;
use crate::codedeploy::{Diagnostics, Failure, ManualApproval, TaskSet};
use crate::ecs::DeploymentId;
use crate::ecs::tests::{deployment as task_set, service};

const EVENTS: [&str; 4] = ["Install", "BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"];

fn deployment(status: &str) -> Deployment {
    codedeploy::deployment("d-ABCDEF123".parse().expect("an id"), status)
}

/// A target whose events have these statuses, in their order.
fn target(statuses: [&str; 4]) -> EcsTarget {
    let events = EVENTS.iter().zip(statuses).map(|(name, status)| LifecycleEvent {
        name: (*name).to_owned(),
        status: status.into(),
        diagnostics: None,
    });
    EcsTarget { events: events.collect(), ..EcsTarget::default() }
}

fn failed(code: &str) -> Deployment {
    let error = Some(Failure { code: code.to_owned(), message: String::new() });
    let status = if code == "MANUAL_STOP" { "Stopped" } else { "Failed" };
    Deployment { error, ..deployment(status) }
}

fn followed(until: Until) -> Followed {
    let before = service([task_set(1, "PRIMARY", None)]);
    Followed { until, ..Followed::started(DeploymentId::CodeDeploy(deployment("").id), &before) }
}

fn phase_of(deployment: &Deployment, target: Option<&EcsTarget>, until: Until) -> Phase {
    let service = service([task_set(1, "PRIMARY", None)]);
    codedeploy(&followed(until), &service, DeploymentView { deployment, target }, None).phase
}

#[test]
fn it_is_done_once_the_last_hook_has_passed_and_not_with_the_traffic_alone() {
    let in_progress = Phase::InProgress("IN_PROGRESS".to_owned());
    for (statuses, expected) in [
        (["Succeeded", "Succeeded", "Succeeded", "Succeeded"], Phase::Succeeded),
        (["Succeeded", "Succeeded", "Succeeded", "InProgress"], in_progress.clone()),
        (["Succeeded", "Succeeded", "Succeeded", "Pending"], in_progress.clone()),
        (["Succeeded", "Succeeded", "InProgress", "Pending"], in_progress.clone()),
        (["Succeeded", "Skipped", "Succeeded", "Skipped"], Phase::Succeeded),
        (["Succeeded", "Succeeded", "Succeeded", "Unknown"], in_progress.clone()),
        (["Skipped", "Skipped", "Skipped", "Skipped"], in_progress),
    ] {
        let seen = phase_of(&deployment("InProgress"), Some(&target(statuses)), Until::Served);
        assert_eq!(seen, expected, "{statuses:?}");
    }
}

#[test]
fn steps_that_were_passed_before_a_stop_are_no_success() {
    let passed = target(["Succeeded"; 4]);
    assert_eq!(phase_of(&failed("MANUAL_STOP"), Some(&passed), Until::Served), Phase::Failing);
    assert_eq!(phase_of(&failed("TIMEOUT"), Some(&passed), Until::Served), Phase::Failed);
}

#[test]
fn the_status_of_the_target_tells_that_it_is_done_whatever_its_steps_say() {
    let in_progress = Phase::InProgress("IN_PROGRESS".to_owned());
    let done = EcsTarget { status: "Succeeded".into(), ..EcsTarget::default() };
    let going = deployment("InProgress");
    assert_eq!(phase_of(&going, Some(&done), Until::Served), Phase::Succeeded);
    assert_eq!(phase_of(&deployment("Ready"), Some(&done), Until::Served), Phase::Succeeded);
    assert_eq!(phase_of(&failed("MANUAL_STOP"), Some(&done), Until::Served), Phase::Failing);
    for until in [Until::Returned, Until::GroupIsFree] {
        assert_eq!(phase_of(&going, Some(&done), until), in_progress);
        assert_eq!(phase_of(&deployment("Succeeded"), None, until), Phase::Succeeded);
    }
}

#[test]
fn a_last_step_that_is_not_listed_may_be_still_to_come() {
    let mut begun = target(["Succeeded"; 4]);
    begun.events.pop();
    let going = deployment("InProgress");
    let in_progress = Phase::InProgress("IN_PROGRESS".to_owned());
    assert_eq!(phase_of(&going, Some(&begun), Until::Served), in_progress);
    begun.status = "Succeeded".into();
    assert_eq!(phase_of(&going, Some(&begun), Until::Served), Phase::Succeeded);
}

#[test]
fn without_its_steps_it_is_not_known_whether_all_traffic_is_on_it() {
    let service = service([task_set(1, "PRIMARY", None)]);
    let look = |status: &str, target: Option<&EcsTarget>| {
        let own = deployment(status);
        let going = DeploymentView { deployment: &own, target };
        let snapshot = codedeploy(&followed(Until::TrafficIsKnown), &service, going, None);
        (snapshot.may_have_all_traffic, snapshot.phase == Phase::Succeeded)
    };
    for status in ["InProgress", "Ready", "Baking", "Pondering"] {
        assert_eq!(look(status, None), (true, false), "{status}");
        assert_eq!(look(status, Some(&target(["Pending"; 4]))), (false, true), "{status}");
        assert_eq!(look(status, Some(&target(["Succeeded"; 4]))), (false, true), "{status}");
    }
    for status in ["Created", "Queued", "Succeeded"] {
        assert_eq!(look(status, None), (false, true), "{status}");
    }
}

#[test]
fn task_sets_without_a_label_are_known_by_their_id() {
    let made =
        crate::ecs::Deployment { made_by: Some(deployment("").id), ..task_set(2, "ACTIVE", None) };
    let service = service([task_set(1, "PRIMARY", None), made]);
    let set = |id: &str, traffic: f64| TaskSet {
        id: id.parse().ok(),
        label: String::new(),
        traffic,
        counts: Counts::default(),
    };
    let mut seen = target(["Succeeded", "Succeeded", "InProgress", "Pending"]);
    seen.task_sets = vec![set("ecs-svc/1", 90.0), set("ecs-svc/2", 10.0)];
    let own = deployment("InProgress");
    let own = DeploymentView { deployment: &own, target: Some(&seen) };
    let snapshot = codedeploy(&followed(Until::Served), &service, own, None);
    assert_eq!((snapshot.task_set, snapshot.traffic), ("ecs-svc/2".parse().ok(), Some(10.0)));
}

#[test]
fn a_state_that_is_not_known_is_no_end() {
    for status in ["Baking", "Pondering", "", "succeeded"] {
        let seen = phase_of(&deployment(status), None, Until::Served);
        assert!(matches!(seen, Phase::InProgress(_)), "{status}: {seen:?}");
    }
}

#[test]
fn a_rollback_is_waited_for_where_one_may_come() {
    let on = |event: &str, code: &str| {
        let deployment = Deployment { rolls_back_on: vec![event.to_owned()], ..failed(code) };
        phase_of(&deployment, None, Until::Served)
    };
    assert_eq!(on("DEPLOYMENT_FAILURE", "HOOK_EXECUTION_FAILURE"), Phase::Failing);
    assert_eq!(on("DEPLOYMENT_STOP_ON_ALARM", "HOOK_EXECUTION_FAILURE"), Phase::Failed);
    assert_eq!(on("DEPLOYMENT_STOP_ON_ALARM", "ALARM_ACTIVE"), Phase::Failing);
    assert_eq!(on("DEPLOYMENT_FAILURE", "ALARM_ACTIVE"), Phase::Failed);
    // Whoever stops it says whether it returns.
    assert_eq!(on("DEPLOYMENT_FAILURE", "MANUAL_STOP"), Phase::Failing);
    let rollback = Deployment {
        rolls_back: "d-000000001".parse().ok(),
        rolls_back_on: vec!["DEPLOYMENT_FAILURE".to_owned()],
        ..failed("TIMEOUT")
    };
    assert_eq!(phase_of(&rollback, None, Until::Served), Phase::Failed);
}

#[test]
fn the_end_of_the_rollback_is_the_end() {
    let service = service([task_set(1, "PRIMARY", None)]);
    let undone = Deployment { rolled_back_by: "d-000000002".parse().ok(), ..failed("TIMEOUT") };
    let own = DeploymentView { deployment: &undone, target: None };
    let phase = |rollback: Option<&Deployment>| {
        let going = rollback.map(|deployment| DeploymentView { deployment, target: None });
        codedeploy(&followed(Until::Served), &service, own, going).phase
    };
    assert_eq!(phase(None), Phase::RollingBack);
    assert_eq!(phase(Some(&deployment("Created"))), Phase::RollingBack);
    assert_eq!(phase(Some(&deployment("Succeeded"))), Phase::RolledBack);
    assert_eq!(phase(Some(&deployment("Failed"))), Phase::RollbackFailed);
    assert_eq!(phase(Some(&deployment("Stopped"))), Phase::RollbackFailed);
}

#[test]
fn the_snapshot_tells_tasks_traffic_gate_alarms_and_the_hook() {
    let service = service([task_set(1, "PRIMARY", None), task_set(2, "ACTIVE", None)]);
    let gate = Some(ManualApproval { within: Duration::from_secs(3600) });
    let ready = Deployment { gate, ..deployment("Ready") };
    let green = TaskSet {
        id: "ecs-svc/2".parse().ok(),
        label: "Green".to_owned(),
        traffic: 10.0,
        counts: Counts::default(),
    };
    let mut seen = target(["Succeeded", "Failed", "Pending", "Pending"]);
    seen.events[1].diagnostics = Some(Diagnostics::default());
    seen.task_sets.push(green);
    let own = DeploymentView { deployment: &ready, target: Some(&seen) };
    let snapshot = codedeploy(&followed(Until::Served), &service, own, None);
    assert_eq!(snapshot.task_set, "ecs-svc/2".parse().ok());
    assert_eq!((snapshot.counts.running, snapshot.traffic), (2, Some(10.0)));
    assert_eq!(snapshot.gate.as_ref().map(|gate| gate.within), Some(Duration::from_secs(3600)));
    assert!(snapshot.waits_for_a_person());
    let failed_steps: Vec<&str> =
        snapshot.failed_steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(failed_steps, ["BeforeAllowTraffic"]);

    let message = "Activated alarms: <errors, slow answers>".to_owned();
    let error = Some(Failure { code: "ALARM_ACTIVE".to_owned(), message });
    let stopped = Deployment { error, ..deployment("Stopped") };
    assert_eq!(alarms(&stopped), ["errors", "slow answers"]);
    assert_eq!(alarms(&failed("ALARM_ACTIVE")), [""; 0]);
}
