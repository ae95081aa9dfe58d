//! CodeDeploy: deployments that replace the task set of a service.

mod answers;
mod endings;
mod histories;
mod phases;
mod refusals;
mod rollbacks;

use serde_json::{Value, json};

use super::{count, described, refusal, secs, two_versions, until, wait};
use crate::{CodeDeployTruth, DeploymentGroupBuilder, Service, Simulator};

const WAY_BACK: &[&str] =
    &["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"];

/// Two tasks of `web1:1` under CodeDeploy, and a group to create.
fn service() -> (Simulator, super::Digests, DeploymentGroupBuilder) {
    let (sim, digests) = two_versions();
    sim.service("prod", "web1").running("web1:1").desired(2).code_deploy().start();
    let group = sim.deployment_group("shop", "web1").service("prod", "web1");
    (sim, digests, group)
}

fn cd(sim: &Simulator, operation: &str, body: &Value) -> Value {
    sim.call(Service::CodeDeploy, operation, body).expect("the operation is allowed")
}

fn cd_error(sim: &Simulator, operation: &str, body: &Value) -> String {
    refusal(sim, Service::CodeDeploy, operation, body)
}

fn app_spec(definition: &str, hooks: &Value) -> Value {
    let definition = format!("arn:aws:ecs:eu-central-1:123456789012:task-definition/{definition}");
    json!({
        "version": 0.0,
        "Resources": [{ "TargetService": { "Type": "AWS::ECS::Service", "Properties": {
            "TaskDefinition": definition,
            "LoadBalancerInfo": { "ContainerName": "web1", "ContainerPort": 8080 },
        } } }],
        "Hooks": hooks,
    })
}

fn request(content: &str) -> Value {
    json!({ "applicationName": "shop", "deploymentGroupName": "web1",
        "revision": { "revisionType": "AppSpecContent",
            "appSpecContent": { "content": content } } })
}

/// Deploys; the deployment's id.
fn create(sim: &Simulator, definition: &str) -> String {
    create_with(sim, definition, &json!([]))
}

fn create_with(sim: &Simulator, definition: &str, hooks: &Value) -> String {
    let body = request(&app_spec(definition, hooks).to_string());
    cd(sim, "CreateDeployment", &body)["deploymentId"].as_str().expect("an id").to_owned()
}

fn info(sim: &Simulator, id: &str) -> Value {
    cd(sim, "GetDeployment", &json!({ "deploymentId": id }))["deploymentInfo"].clone()
}

fn target(sim: &Simulator, id: &str) -> Value {
    let body = json!({ "deploymentId": id, "targetId": "prod:web1" });
    cd(sim, "GetDeploymentTarget", &body)["deploymentTarget"]["ecsTarget"].clone()
}

/// `Succeeded` and so on, of the eight events in their order.
fn events(sim: &Simulator, id: &str) -> Vec<String> {
    let target = target(sim, id);
    let events = target["lifecycleEvents"].as_array().expect("a list");
    events.iter().map(|it| it["status"].as_str().expect("a status").to_owned()).collect()
}

fn truth(sim: &Simulator) -> CodeDeployTruth {
    sim.codedeploy_truth("shop", "web1")
}

/// Whether all of its events have passed; it may still keep the old task set.
fn has_served(sim: &Simulator, id: &str) -> bool {
    let has_begun = !["Created", "Queued"].iter().any(|it| info(sim, id)["status"] == *it);
    has_begun && target(sim, id)["status"] == "Succeeded"
}

async fn until_served(sim: &Simulator, id: &str) {
    until(sim, "shifted", |sim| has_served(sim, id)).await;
}

/// Lets time pass until a deployment is over, its rollback as well.
async fn until_over(sim: &Simulator, id: &str) -> Value {
    let over = |sim: &Simulator, id: &str| {
        let status = info(sim, id)["status"].clone();
        ["Succeeded", "Failed", "Stopped"].iter().any(|it| status == *it)
    };
    until(sim, "over", |sim| over(sim, id)).await;
    wait(10).await;
    let ended = info(sim, id);
    if let Some(rollback) = ended["rollbackInfo"]["rollbackDeploymentId"].as_str() {
        until(sim, "rolled back", |sim| over(sim, rollback)).await;
    }
    ended
}

/// Lets time pass until an event of the deployment is InProgress.
async fn until_at(sim: &Simulator, id: &str, event: usize) {
    until(sim, "at the event", |sim| {
        info(sim, id)["status"] == "InProgress" && events(sim, id)[event] == "InProgress"
    })
    .await;
}

fn task_sets(sim: &Simulator) -> Value {
    described(sim)["taskSets"].clone()
}
