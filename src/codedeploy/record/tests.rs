//! What a group's deployments are on record as.

use std::time::{Duration, SystemTime};

use super::*;
use crate::codedeploy::tests::deployment;
use crate::ecs::tests::{deployment as task_set, service};

/// `d-<number>`, created in the order of the numbers, of the definition `web1:<number>`.
fn past(number: u32, status: &str) -> Past {
    let created_at = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(number)));
    let deployment = Deployment { created_at, ..deployment(id(number), status) };
    let succeeded = match status {
        "Succeeded" => Served::Yes,
        _ => Served::No,
    };
    Past { deployment, definition: task_set(number, "", None).task_definition, succeeded }
}

fn id(number: u32) -> CodeDeployId {
    format!("d-{number:09}").parse().expect("an id")
}

/// `one` was rolled back by the deployment with this number.
fn rolled_back(one: Past, by: u32) -> Past {
    let deployment = Deployment { rolled_back_by: Some(id(by)), ..one.deployment };
    Past { deployment, ..one }
}

fn rollback_of(one: u32, number: u32, status: &str) -> Past {
    let past = past(number, status);
    Past { deployment: Deployment { rolls_back: Some(id(one)), ..past.deployment }, ..past }
}

/// A task set of `web1:<number>` that the deployment of this number made.
fn made(number: u32, status: &str) -> crate::ecs::Deployment {
    crate::ecs::Deployment { made_by: Some(id(number)), ..task_set(number, status, None) }
}

/// Number and status of each, newest first.
fn listed(all: &[Past], service: &Service) -> Vec<(String, String)> {
    let recorded = record(service, all).deployments.into_iter();
    recorded
        .map(|it| {
            (it.target.map(|it| it.number().to_owned()).unwrap_or_default(), it.status.to_string())
        })
        .collect()
}

fn pair(number: u32, status: &str) -> (String, String) {
    (id(number).to_string(), status.to_owned())
}

#[test]
fn a_rollback_is_the_end_of_what_it_undoes_and_no_entry_of_its_own() {
    let service = service([made(1, "PRIMARY")]);
    for (status, expected) in [
        ("Succeeded", "ROLLBACK_SUCCESSFUL"),
        ("InProgress", "ROLLBACK_IN_PROGRESS"),
        ("Created", "ROLLBACK_IN_PROGRESS"),
        ("Failed", "ROLLBACK_FAILED"),
        ("Stopped", "ROLLBACK_FAILED"),
    ] {
        let all =
            [past(1, "Succeeded"), rolled_back(past(2, "Failed"), 3), rollback_of(2, 3, status)];
        assert_eq!(listed(&all, &service), [pair(2, expected), pair(1, "SUCCESSFUL")]);
    }
}

#[test]
fn states_are_those_of_ecs_and_one_that_is_not_known_stays_unknown() {
    let service = service([made(1, "PRIMARY")]);
    for (status, expected) in [
        ("Created", "IN_PROGRESS"),
        ("Ready", "IN_PROGRESS"),
        ("Baking", "IN_PROGRESS"),
        ("Failed", "STOPPED"),
        ("Stopped", "STOPPED"),
        ("Succeeded", "SUCCESSFUL"),
        ("Pondering", "Pondering"),
    ] {
        assert_eq!(listed(&[past(2, status)], &service), [pair(2, expected)]);
    }
}

#[test]
fn what_only_keeps_old_tasks_has_succeeded_unless_something_is_brought_back() {
    let service = service([made(2, "PRIMARY"), made(1, "ACTIVE")]);
    let waiting = |status: &str| Past { succeeded: Served::Yes, ..past(2, status) };
    assert_eq!(listed(&[waiting("InProgress")], &service), [pair(2, "SUCCESSFUL")]);
    assert_eq!(listed(&[waiting("Stopped")], &service), [pair(2, "SUCCESSFUL")]);
    let undone = [rolled_back(past(2, "Stopped"), 3), rollback_of(2, 3, "Succeeded")];
    assert_eq!(listed(&undone, &service), [pair(2, "ROLLBACK_SUCCESSFUL")]);
}

#[test]
fn what_was_stopped_when_nobody_knows_has_no_end_that_history_counts_on() {
    let service = service([made(2, "PRIMARY"), made(1, "ACTIVE")]);
    let stopped = Past { succeeded: Served::Unknown("no".to_owned()), ..past(2, "Stopped") };
    let told = "Stopped (whether all traffic had moved is not known: no)";
    assert_eq!(listed(&[stopped], &service), [pair(2, told)]);
}

#[test]
fn the_service_is_on_its_way_to_the_newest_deployment_that_is_under_way() {
    let primary = |sets: Vec<crate::ecs::Deployment>, all: &[Past]| {
        record(&service(sets), all).primary.map(|it| it.to_string())
    };
    let sets = || vec![made(1, "PRIMARY")];
    let under_way = [past(1, "Succeeded"), past(2, "InProgress")];
    assert_eq!(primary(sets(), &under_way), Some(id(2).to_string()));
    let ended = [past(1, "Succeeded"), past(2, "Failed")];
    assert_eq!(primary(sets(), &ended), Some(id(1).to_string()));
    // The rollback made the task set anew; what it brought is the first one's.
    let brought_again = crate::ecs::Deployment {
        made_by: Some(id(3)),
        task_definition: past(1, "").definition,
        ..made(3, "PRIMARY")
    };
    let all =
        [past(1, "Succeeded"), rolled_back(past(2, "Failed"), 3), rollback_of(2, 3, "Succeeded")];
    assert_eq!(primary(vec![brought_again], &all), Some(id(1).to_string()));
}

#[test]
fn a_task_set_that_no_deployment_explains_was_there_before_all_of_them() {
    let created = task_set(7, "PRIMARY", None);
    let recorded = record(&service([created.clone()]), &[past(8, "Failed")]);
    let before = recorded.before.expect("it is still there");
    assert_eq!(before.task_definition, created.task_definition);
    assert!(before.arn.belongs_to(&created.id));
    assert_eq!(recorded.primary, Some(DeploymentId::Ecs(created.id)));
    assert_eq!(record(&service([made(8, "PRIMARY")]), &[past(8, "Succeeded")]).before, None);
}
