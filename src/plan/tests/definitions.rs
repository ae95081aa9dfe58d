//! Which definition a deployment builds on, and what becomes of it.

use serde_json::json;

use super::super::{Base, Fact, Step, UpdateTo};
use super::{
    Case, NOTHING, REGISTER, RUNNING, arn, assignment, described_as, messages, steps, web1,
};
use crate::request::TaskDefinitionSource;
use crate::task_definition::TaskDefinition;

/// A revision of the family beside the running one, as the definition to patch.
fn based_on(revision: u32, status: &str, version: &str) -> Case {
    let definition = described_as(revision, status, &web1(version));
    Case::new()
        .asking(|request| {
            request.task_definition = TaskDefinitionSource::Registered(format!("web1:{revision}"));
        })
        .finding(|found| {
            found.base = Base { definition, arn: Some(arn("web1", revision)) };
        })
}

#[test]
fn a_revision_that_needs_no_change_is_deployed_as_it_is() {
    let plan = based_on(5, "ACTIVE", "1.4.2").plan();
    assert_eq!(steps(&plan), ["update the service to web1:5"]);
    assert_eq!(plan.versions.to.task_definition, Some(arn("web1", 5)));

    let plan = based_on(5, "ACTIVE", "1.4.0").plan();
    assert_eq!(steps(&plan), REGISTER, "its image differs");
    let plan = based_on(5, "INACTIVE", "1.4.2").plan();
    assert_eq!(steps(&plan), REGISTER, "ECS starts nothing from it");
}

#[test]
fn a_file_is_registered_unless_it_says_what_runs() {
    let definition = |version: &str, memory: &str| {
        json!({
            "family": "web1",
            "requiresCompatibilities": ["FARGATE"],
            "networkMode": "awsvpc",
            "executionRoleArn": "execution",
            "containerDefinitions": web1(version),
            "cpu": "256",
            "memory": memory,
        })
    };
    let of_file = |version: &str, memory: &str| {
        let mut runs = definition("1.4.1", "512");
        runs["taskDefinitionArn"] = arn("web1", RUNNING).as_str().into();
        let runs = json!({ "taskDefinition": runs }).to_string();
        let file = definition(version, memory).to_string();
        Case::of_what_runs()
            .asking(|request| {
                request.task_definition = TaskDefinitionSource::File("td.json".into())
            })
            .finding(|found| {
                found.running = TaskDefinition::from_describe(runs.as_bytes()).expect("an answer");
                let definition =
                    TaskDefinition::from_file("td.json", file.as_bytes()).expect("a file");
                found.base = Base { definition, arn: None };
            })
    };
    assert_eq!(
        steps(&of_file("0.0.0", "512").plan()),
        NOTHING,
        "its image is replaced in any case"
    );
    let plan = of_file("0.0.0", "1024").plan();
    assert_eq!(steps(&plan), REGISTER);
    let changes: Vec<String> = plan.revision.changes.iter().map(ToString::to_string).collect();
    assert_eq!(changes, ["memory 512 → 1024"]);
    let refused = of_file("0.0.0", "300").decision().expect_err("Fargate has no such size");
    assert!(messages(&refused)[0].starts_with("`memory` is 300 MiB"), "{refused:?}");
}

#[test]
fn a_deregistered_revision_that_still_runs_is_registered_again() {
    let gone = |case: Case| {
        case.finding(|found| {
            found.running = described_as(RUNNING, "INACTIVE", &web1("1.4.1"));
            found.base.definition = found.running.clone();
        })
    };
    assert_eq!(steps(&gone(Case::of_what_runs()).plan()), NOTHING, "it runs on");
    let plan =
        gone(Case::of_what_runs()).asking(|request| request.force_new_deployment = true).plan();
    assert_eq!(plan.versions.to.task_definition, None);
    assert!(
        messages(&plan.remarks.notices)
            .contains(&"web1:7 is no longer active, so the same definition is registered again")
    );
    let [Step::Register(_), Step::Update { definition: UpdateTo::Registered, .. }] =
        &plan.steps[..]
    else {
        panic!("{:?}", plan.steps)
    };
}

#[test]
fn a_newer_revision_than_the_running_one_is_pointed_out_where_it_is_not_used() {
    let said =
        ["web1:9 is newer than web1:7, which the service runs and this deployment is based on"];
    let newest = |case: Case, family: &str, revision| {
        case.finding(|found| found.newest = Fact::Known(arn(family, revision)))
    };
    assert_eq!(messages(&newest(Case::new(), "web1", 9).plan().remarks.notices), said);
    assert_eq!(messages(&newest(Case::of_what_runs(), "web1", 9).plan().remarks.notices), said);
    for (case, why) in [
        (newest(Case::new(), "web1", 7), "it runs"),
        (newest(Case::new(), "web1", 6), "it is older"),
        (newest(Case::new(), "shop", 9), "it is of another family"),
        (newest(based_on(9, "ACTIVE", "1.4.0"), "web1", 9), "it is used"),
        (newest(based_on(8, "ACTIVE", "1.4.0"), "web1", 9), "another one was asked for"),
        (Case::new().finding(|found| found.newest = Fact::Absent), "it is not known"),
        (
            Case::new().finding(|found| found.newest = Fact::Denied("ecs:ListTaskDefinitions")),
            "it may not be read",
        ),
    ] {
        assert_eq!(messages(&case.plan().remarks.notices), [""; 0], "{why}");
    }
}

#[test]
fn variables_and_secrets_are_merged_and_only_named() {
    let plan = Case::new()
        .asking(|request| {
            request.environment = vec![assignment("MODE", "hush-green"), assignment("NEW", "hush")];
            request.secrets = vec![assignment("TOKEN", "arn:hush")];
        })
        .plan();
    let lines = plan.lines();
    assert!(lines.contains(&"  web1: environment variable MODE changed".to_owned()), "{lines:?}");
    assert!(lines.contains(&"  web1: environment variable NEW added".to_owned()), "{lines:?}");
    assert!(lines.contains(&"  web1: secret TOKEN added".to_owned()), "{lines:?}");
    let shown = format!("{lines:?} {plan:?}");
    assert!(!shown.contains("hush"), "a value is shown: {shown}");

    let [Step::Register(definition), Step::Update { .. }] = &plan.steps[..] else {
        panic!("{:?}", plan.steps)
    };
    let body: serde_json::Value =
        serde_json::from_slice(&definition.register_body()).expect("JSON");
    let container = &body["containerDefinitions"][0];
    assert_eq!(
        container["environment"],
        json!([{ "name": "MODE", "value": "hush-green" }, { "name": "NEW", "value": "hush" }])
    );
    assert_eq!(container["secrets"], json!([{ "name": "TOKEN", "valueFrom": "arn:hush" }]));
}
