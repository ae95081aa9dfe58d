//! What a group's deployments are on record as.

use std::time::{Duration, SystemTime};

use super::*;
use crate::codedeploy::tests::deployment;
use crate::ecs::CodeDeployId;
use crate::ecs::tests::{deployment as task_set, service};

/// `d-<number>`, created in the order of the numbers, of the definition `web1:<number>`.
fn past(number: u32, status: &str) -> GroupDeployment {
    let created_at = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(number)));
    let deployment = Deployment { created_at, ..deployment(id(number), status) };
    let succeeded = match status {
        "Succeeded" => Served::Yes,
        _ => Served::No,
    };
    GroupDeployment {
        deployment,
        definition: task_set(number, "", None).task_definition,
        succeeded,
    }
}

fn id(number: u32) -> CodeDeployId {
    format!("d-{number:09}").parse().expect("an id")
}

/// `one` was rolled back by the deployment with this number.
fn rolled_back(one: GroupDeployment, by: u32) -> GroupDeployment {
    let deployment = Deployment { rolled_back_by: Some(id(by)), ..one.deployment };
    GroupDeployment { deployment, ..one }
}

fn rollback_of(one: u32, number: u32, status: &str) -> GroupDeployment {
    let past = past(number, status);
    GroupDeployment {
        deployment: Deployment { rolls_back: Some(id(one)), ..past.deployment },
        ..past
    }
}

/// A task set of `web1:<number>` that the deployment of this number made.
fn made(number: u32, status: &str) -> TaskSet {
    TaskSet { made_by: Some(id(number)), ..task_set(number, status, None) }
}

/// Each deployment on record, with its status, newest first.
fn listed(all: &[GroupDeployment], service: &Service) -> Vec<(DeploymentName, PastStatus)> {
    let (record, _) = record_of_group(service, all, false);
    record.deployments.into_iter().map(|it| (it.name, it.status)).collect()
}

fn pair(number: u32, status: PastStatus) -> (DeploymentName, PastStatus) {
    (DeploymentName::CodeDeploy(id(number)), status)
}

fn brought_by(number: u32) -> RevisionId {
    RevisionId::CodeDeploy(id(number))
}

#[test]
fn a_rollback_is_the_end_of_what_it_undoes_and_no_entry_of_its_own() {
    let service = service([made(1, "PRIMARY")]);
    for (status, expected) in [
        ("Succeeded", PastStatus::RolledBack),
        ("InProgress", PastStatus::RollingBack),
        ("Created", PastStatus::RollingBack),
        ("Failed", PastStatus::RollbackFailed),
        ("Stopped", PastStatus::RollbackFailed),
    ] {
        let all =
            [past(1, "Succeeded"), rolled_back(past(2, "Failed"), 3), rollback_of(2, 3, status)];
        assert_eq!(listed(&all, &service), [pair(2, expected), pair(1, PastStatus::Succeeded)]);
    }
}

#[test]
fn a_state_that_is_not_known_stays_unknown() {
    let service = service([made(1, "PRIMARY")]);
    for (status, expected) in [
        ("Created", PastStatus::UnderWay),
        ("Ready", PastStatus::UnderWay),
        ("Baking", PastStatus::UnderWay),
        ("Failed", PastStatus::Failed),
        ("Stopped", PastStatus::Failed),
        ("Succeeded", PastStatus::Succeeded),
        ("Pondering", PastStatus::Unknown("Pondering".to_owned())),
    ] {
        assert_eq!(listed(&[past(2, status)], &service), [pair(2, expected)]);
    }
}

#[test]
fn what_only_keeps_old_tasks_has_succeeded_unless_something_is_brought_back() {
    let service = service([made(2, "PRIMARY"), made(1, "ACTIVE")]);
    let waiting = |status: &str| GroupDeployment { succeeded: Served::Yes, ..past(2, status) };
    assert_eq!(listed(&[waiting("InProgress")], &service), [pair(2, PastStatus::Succeeded)]);
    assert_eq!(listed(&[waiting("Stopped")], &service), [pair(2, PastStatus::Succeeded)]);
    let undone = [rolled_back(past(2, "Stopped"), 3), rollback_of(2, 3, "Succeeded")];
    assert_eq!(listed(&undone, &service), [pair(2, PastStatus::RolledBack)]);
}

#[test]
fn what_was_stopped_when_nobody_knows_has_no_end_that_history_counts_on() {
    let service = service([made(2, "PRIMARY"), made(1, "ACTIVE")]);
    let stopped =
        GroupDeployment { succeeded: Served::Unknown("no".to_owned()), ..past(2, "Stopped") };
    let told = "Stopped (it is not known whether all traffic had moved: no)".to_owned();
    assert_eq!(listed(&[stopped], &service), [pair(2, PastStatus::Unknown(told))]);
}

#[test]
fn the_service_is_on_its_way_to_the_newest_deployment_that_is_under_way() {
    let primary = |sets: Vec<TaskSet>, all: &[GroupDeployment]| {
        let (record, _) = record_of_group(&service(sets), all, false);
        (record.primary, record.running)
    };
    let sets = || vec![made(1, "PRIMARY")];
    let under_way = [past(1, "Succeeded"), past(2, "InProgress")];
    assert_eq!(primary(sets(), &under_way), (Some(brought_by(2)), Some(brought_by(1))));
    let ended = [past(1, "Succeeded"), past(2, "Failed")];
    assert_eq!(primary(sets(), &ended), (Some(brought_by(1)), Some(brought_by(1))));
    // The rollback made the task set anew; what it brought is the first one's.
    let brought_again = TaskSet {
        made_by: Some(id(3)),
        task_definition: past(1, "").definition,
        ..made(3, "PRIMARY")
    };
    let all =
        [past(1, "Succeeded"), rolled_back(past(2, "Failed"), 3), rollback_of(2, 3, "Succeeded")];
    assert_eq!(primary(vec![brought_again], &all).0, Some(brought_by(1)));
}

#[test]
fn a_task_set_that_no_deployment_explains_was_there_before_all_of_them() {
    let created = task_set(7, "PRIMARY", None);
    let before = RevisionId::TaskSet(created.id.clone());
    let (record, sets) = record_of_group(&service([created.clone()]), &[past(8, "Failed")], false);
    assert_eq!(record.coverage, Coverage::End { sources: vec![before.clone()] });
    let revision = record.revisions.iter().find(|it| it.id == before).expect("it is there");
    assert_eq!(revision.definition, created.task_definition);
    assert_eq!(record.primary, Some(before.clone()));
    assert_eq!(sets.get(&before), Some(&created.id));
    let explained = record_of_group(&service([made(8, "PRIMARY")]), &[past(8, "Succeeded")], false);
    assert_eq!(explained.0.coverage, Coverage::End { sources: Vec::new() });
}
