//! What the simulator plays of CodeDeploy is legal by AWS's own models. The product
//! does not speak to CodeDeploy, so that the simulator is asked directly.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Act, Service, Simulator};

use crate::models::judge;
use crate::models_hold::exchanges;
use crate::scene::Scene;

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
async fn what_is_asked_of_codedeploy_and_answered_is_legal_by_aws_models() {
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
