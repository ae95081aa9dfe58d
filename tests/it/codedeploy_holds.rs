//! What is said to CodeDeploy and answered is legal by AWS's own models: what the
//! product sends, whose scenes `models_hold.rs` has judged with all others, and what the
//! simulator is asked directly, because the product never asks it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use simulator::{Act, Fault, Hook, Recorded, Service, Simulator, When};

use crate::codedeploy::{APPLICATION, GROUP, stage, without_group};
use crate::models::judge;
use crate::models_hold::{exchanges, step};
use crate::scene::{Scene, definition};

/// All that YAML allows and people write: comments, an anchor, keys in any case, a
/// second resource, a name that is not ASCII, and members that nobody knows yet.
const ODD: &str = r#"# deployed by the pipeline – do not edit
VERSION: 0.0
resources:
  - Größe: # what it is called means nothing
      TYPE: AWS::ECS::Service
      PROPERTIES:
        TASKDEFINITION: <TASK_DEFINITION>
        loadBalancerInfo: &served
          containername: web1
          CONTAINERPORT: 8080
        PlatformVersion: "1.4.0"
        x-note: "Über 100 % – «läuft»"
  - Second:
      Type: AWS::ECS::Service
      Properties:
        LoadBalancerInfo: *served
hooks:
  - AfterAllowTestTraffic: "smoke-test"
"#;

/// Everything that steps for a service under CodeDeploy said and heard.
pub(crate) async fn by_the_product() -> Vec<Recorded> {
    let mut said = an_odd_app_spec_from_a_file().await;
    said.extend(hooks_that_are_carried_over_and_a_rollback_under_way().await);
    said.extend(a_deployment_in_the_way().await);
    said.extend(a_group_that_has_to_be_found().await);
    said.extend(refusals_and_denied_answers().await);
    said
}

async fn an_odd_app_spec_from_a_file() -> Vec<Recorded> {
    let scene = stage(|group| group);
    let file = scene.file("appspec.yml", ODD);
    let with = [
        ("codedeploy-appspec", file.as_str()),
        ("codedeploy-deployment-config", "CodeDeployDefault.ECSCanary10Percent5Minutes"),
        ("codedeploy-description", "für das neue Jahr ✓"),
    ];
    let mut said = step(&scene, &with, "deployed").await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    // Now of that revision, as CodeDeploy has it.
    said.extend(step(&scene, &[("version", "1.4.1")], "deployed").await);
    said.extend(step(&scene, &[("command", "list")], "listed").await);
    said
}

async fn hooks_that_are_carried_over_and_a_rollback_under_way() -> Vec<Recorded> {
    let linear = "CodeDeployDefault.ECSLinear10PercentEvery1Minutes";
    let scene = stage(|group| group.config(linear).deployed("web1:1"));
    scene.sim.hook("smoke-test", Hook::Fails { log_tail: "GET / answered 500".to_owned() });
    let file = scene.file("appspec.json", hooked().to_string());
    let mut said = step(&scene, &[("codedeploy-appspec", &file)], "undone").await;
    scene.sim.hook("smoke-test", Hook::Succeeds);
    let again = [("codedeploy-appspec", file.as_str()), ("version", "1.4.2"), ("wait", "false")];
    said.extend(step(&scene, &again, "started").await);
    tokio::time::sleep(Duration::from_secs(150)).await;
    said.extend(step(&scene, &[("command", "rollback")], "rolled-back").await);
    said
}

async fn a_deployment_in_the_way() -> Vec<Recorded> {
    let scene = stage(|group| group.waits_for_a_person(60).deployed("web1:1"));
    let goes_on = Act::continue_code_deploy(APPLICATION, GROUP, "READY_WAIT");
    scene.sim.after(Duration::from_secs(180), goes_on.clone());
    let mut said = step(&scene, &[], "deployed").await;
    said.extend(step(&scene, &[("version", "1.4.1"), ("in-flight", "refuse")], "refused").await);
    scene.sim.after(Duration::from_secs(180), goes_on);
    let replace = [("version", "1.4.1"), ("in-flight", "replace"), ("desired-count", "3")];
    said.extend(step(&scene, &replace, "deployed").await);
    said
}

async fn a_group_that_has_to_be_found() -> Vec<Recorded> {
    let scene = without_group();
    scene.sim.application("servers", "Server");
    scene.sim.deployment_group("app", "odd").service("prod", "web1").create();
    step(&scene, &[], "deployed").await
}

async fn refusals_and_denied_answers() -> Vec<Recorded> {
    let mut said = Vec::new();
    for operation in ["GetDeploymentTarget", "ListDeployments", "BatchGetDeployments"] {
        let scene = stage(|group| group.deployed("web1:1"));
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
        said.extend(step(&scene, &[], "deployed").await);
    }
    for operation in ["GetDeploymentGroup", "GetDeployment", "GetApplicationRevision"] {
        let scene = stage(|group| group.deployed("web1:1"));
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
        said.extend(step(&scene, &[], "refused").await);
    }
    let scene = stage(|group| group);
    let with = [("codedeploy-deployment-config", "Absent")];
    said.extend(step(&scene, &with, "failed").await);
    said.extend(step(&scene, &[("codedeploy-application", "absent")], "refused").await);
    said
}

/// A plain AppSpec with a hook.
fn hooked() -> Value {
    json!({ "version": 0.0, "Resources": [{ "TargetService": {
        "Type": "AWS::ECS::Service",
        "Properties": {
            "TaskDefinition": "<TASK_DEFINITION>",
            "LoadBalancerInfo": { "ContainerName": "web1", "ContainerPort": 8080 },
        },
    } }], "Hooks": [{ "AfterAllowTestTraffic": "smoke-test" }] })
}

#[tokio::test(start_paused = true)]
async fn every_app_spec_is_sent_with_its_hash_and_a_definition_in_every_resource() {
    let said = by_the_product().await;
    let contents: Vec<Value> = said
        .iter()
        .filter(|it| it.operation == "CreateDeployment")
        .map(|it| {
            let sent = &it.body["revision"]["appSpecContent"];
            let content = sent["content"].as_str().expect("the content is text");
            let hash = Sha256::digest(content.as_bytes());
            let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(sent["sha256"], hash, "{content}");
            serde_json::from_str(content).expect("the content is JSON")
        })
        .collect();
    assert!(contents.len() >= 10, "{}", contents.len());
    for content in &contents {
        let definitions = definitions(content);
        assert!(!definitions.is_empty(), "{content}");
        for named in definitions {
            let family = definition("web1:");
            assert!(named.is_some_and(|it| it.starts_with(&family)), "{content}");
        }
    }

    // But for the definitions it is the file, and the next one has its hooks.
    let file: Value = serde_saphyr::from_str(ODD).expect("it is YAML");
    assert_eq!(without_definitions(&contents[0]), without_definitions(&file));
    let made = &contents[1];
    assert_eq!(made["Hooks"], file["hooks"]);
    let properties = &made["Resources"][0]["TargetService"]["Properties"];
    assert_eq!(properties["PlatformVersion"], "1.4.0");
    assert_eq!(properties["x-note"], "Über 100 % – «läuft»");
    assert_eq!(properties["LoadBalancerInfo"]["ContainerPort"], 8080);
}

/// Of each resource, whatever case its keys have.
fn definitions(app_spec: &Value) -> Vec<Option<&str>> {
    let resources = member(app_spec, "resources").and_then(Value::as_array);
    let resources = resources.into_iter().flatten().filter_map(Value::as_object);
    let resources = resources.flat_map(Map::values);
    resources
        .map(|it| member(member(it, "properties")?, "taskdefinition").and_then(Value::as_str))
        .collect()
}

fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let mut members = value.as_object()?.iter();
    members.find(|(key, _)| key.to_lowercase() == name).map(|(_, value)| value)
}

fn without_definitions(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let others = members.iter().filter(|(key, _)| key.to_lowercase() != "taskdefinition");
            others.map(|(key, value)| (key.clone(), without_definitions(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_definitions).collect(),
        other => other.clone(),
    }
}

fn ask(sim: &Simulator, operation: &str, body: &Value) -> Value {
    sim.call(Service::CodeDeploy, operation, body).unwrap_or_default()
}

/// Deploys this revision of `web1`; the deployment's id.
fn deploy(sim: &Simulator, revision: &str) -> String {
    let content = json!({ "version": 0.0, "Resources": [{ "TargetService": {
        "Type": "AWS::ECS::Service",
        "Properties": {
            "TaskDefinition": format!("arn:aws:ecs:eu-central-1:123456789012:task-definition/{revision}"),
            "LoadBalancerInfo": { "ContainerName": "web1", "ContainerPort": 8080 },
        },
    } }] });
    let created = ask(
        sim,
        "CreateDeployment",
        &json!({
            "applicationName": "shop", "deploymentGroupName": "shop",
            "revision": { "revisionType": "AppSpecContent",
                "appSpecContent": { "content": content.to_string() } },
        }),
    );
    created["deploymentId"].as_str().expect("the deployment was created").to_owned()
}

/// Asks all that can be asked of a deployment.
fn look(sim: &Simulator, id: &str) -> Value {
    ask(sim, "ListDeploymentTargets", &json!({ "deploymentId": id }));
    let targets = json!({ "deploymentId": id, "targetIds": ["prod:shop"] });
    ask(sim, "BatchGetDeploymentTargets", &targets);
    ask(sim, "GetDeploymentTarget", &json!({ "deploymentId": id, "targetId": "prod:shop" }));
    ask(sim, "BatchGetDeployments", &json!({ "deploymentIds": [id] }));
    let group = json!({ "applicationName": "shop", "deploymentGroupName": "shop" });
    ask(sim, "ListDeployments", &group);
    ask(sim, "GetDeploymentGroup", &group);
    let services = json!({ "cluster": "prod", "services": ["shop"] });
    sim.call(Service::Ecs, "DescribeServices", &services).expect("the service is there");
    ask(sim, "GetDeployment", &json!({ "deploymentId": id }))["deploymentInfo"]["status"].clone()
}

/// Looks every ten seconds until it is so, or has ended.
async fn until(sim: &Simulator, id: &str, status: &str) {
    for _ in 0..1_000 {
        let is = look(sim, id);
        if is == status {
            return;
        }
        assert!(!["Succeeded", "Failed", "Stopped"].iter().any(|it| is == *it), "{is}");
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    panic!("the deployment {id} never was {status}");
}

#[tokio::test(start_paused = true)]
async fn what_only_others_ask_of_codedeploy_is_legal_by_aws_models() {
    let scene = Scene::ready();
    let sim = &scene.sim;
    sim.service("prod", "shop").running("web1:1").code_deploy().start();
    let group = sim.deployment_group("shop", "shop").service("prod", "shop");
    let group = group.auto_rollback(&["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST"]);
    group.alarms(&["errors"]).waits_for_a_person(60).create();
    let (one, group) = (json!({ "applicationName": "shop" }), "deploymentGroupNames");
    for (operation, body) in [
        ("ListApplications", json!({})),
        ("GetApplication", one.clone()),
        ("BatchGetApplications", json!({ "applicationNames": ["shop"] })),
        ("ListDeploymentGroups", one.clone()),
        ("BatchGetDeploymentGroups", json!({ "applicationName": "shop", group: ["shop", "no"] })),
        (
            "GetDeploymentConfig",
            json!({ "deploymentConfigName": "CodeDeployDefault.ECSCanary10Percent5Minutes" }),
        ),
        ("GetApplication", json!({ "applicationName": "absent" })),
        ("GetDeployment", json!({ "deploymentId": "d-ABSENT123" })),
    ] {
        ask(sim, operation, &body);
    }
    // One that waits for a person and goes well, one that is stopped and goes back.
    let goes_well = deploy(sim, "web1:1");
    until(sim, &goes_well, "Ready").await;
    ask(
        sim,
        "ContinueDeployment",
        &json!({ "deploymentId": goes_well, "deploymentWaitType": "READY_WAIT" }),
    );
    until(sim, &goes_well, "Succeeded").await;
    let is_stopped = deploy(sim, "web1:1");
    until(sim, &is_stopped, "Ready").await;
    ask(sim, "StopDeployment", &json!({ "deploymentId": is_stopped, "autoRollbackEnabled": true }));
    until(sim, &is_stopped, "Stopped").await;
    sim.act(Act::delete_service("prod", "shop"));
    look(sim, &is_stopped);

    let said: Vec<_> = sim.requests().iter().flat_map(exchanges).collect();
    assert_eq!(judge(&said), [""; 0]);
    let operations: BTreeSet<&str> = said.iter().map(|it| it.operation.as_str()).collect();
    assert!(operations.len() >= 17, "{operations:?}");
}
