//! The engine by itself, on virtual time and without an SDK.

mod code_deploy;
mod ecr;
mod github;
mod histories;
mod logs;
mod loopback;
mod native;
mod rollouts;
mod targets;
mod task_sets;
mod tasks;
mod trouble;

use std::time::Duration;

use serde_json::{Value, json};

use crate::{Behaviour, Image, Service, Simulator};

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn crashing() -> Behaviour {
    Behaviour::Crashes { after: secs(5), exit_code: 1 }
}

/// 1.4.1 is pushed and registered as `web1:1`, 1.4.2 as `web1:2`.
fn two_versions() -> (Simulator, Digests) {
    let sim = Simulator::new();
    let repository = sim.repository("web1");
    let old = repository.push("1.4.1", Image::linux_amd64());
    let new = repository.push("1.4.2", Image::linux_amd64());
    for tag in ["1.4.1", "1.4.2"] {
        sim.task_definition("web1")
            .container("web1", &sim.image(&format!("web1:{tag}")))
            .register();
    }
    (sim, Digests { old, new })
}

struct Digests {
    old: String,
    new: String,
}

fn ecs(sim: &Simulator, operation: &str, body: &Value) -> Value {
    sim.call(Service::Ecs, operation, body).expect("the operation is allowed")
}

fn ecs_error(sim: &Simulator, operation: &str, body: &Value) -> String {
    code_of(&sim.call(Service::Ecs, operation, body).expect_err("the operation is refused"))
}

/// The name of an error, without its namespace.
fn code_of(error: &Value) -> String {
    let kind = error["__type"].as_str().expect("an error has a type").to_owned();
    kind.rsplit('#').next().expect("a type has a name").to_owned()
}

fn deploy(sim: &Simulator, definition: &str) -> Value {
    ecs(
        sim,
        "UpdateService",
        &json!({ "cluster": "prod", "service": "web1", "taskDefinition": definition }),
    )["service"]
        .clone()
}

fn described(sim: &Simulator) -> Value {
    let answer = ecs(sim, "DescribeServices", &json!({ "cluster": "prod", "services": ["web1"] }));
    answer["services"][0].clone()
}

/// The newest service deployment, by list and describe.
fn newest(sim: &Simulator) -> Value {
    let list = ecs(sim, "ListServiceDeployments", &json!({ "cluster": "prod", "service": "web1" }));
    let arn = &list["serviceDeployments"][0]["serviceDeploymentArn"];
    let answer = ecs(sim, "DescribeServiceDeployments", &json!({ "serviceDeploymentArns": [arn] }));
    answer["serviceDeployments"][0].clone()
}

/// Lets time pass until the newest deployment is terminal; the seconds it took.
async fn until_over(sim: &Simulator) -> u64 {
    for second in 0..7200 {
        let status = sim.truth("prod", "web1").newest().status.clone();
        if ["SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"]
            .contains(&status.as_str())
        {
            return second;
        }
        tokio::time::sleep(secs(1)).await;
    }
    panic!("not over after two hours: {:?}", sim.truth("prod", "web1"));
}

fn stopped_tasks(sim: &Simulator) -> Vec<Value> {
    let stopped = json!({ "cluster": "prod", "serviceName": "web1", "desiredStatus": "STOPPED" });
    let arns = ecs(sim, "ListTasks", &stopped)["taskArns"].clone();
    let tasks = ecs(sim, "DescribeTasks", &json!({ "cluster": "prod", "tasks": arns }));
    tasks["tasks"].as_array().cloned().unwrap_or_default()
}

fn messages(service: &Value) -> Vec<String> {
    let events = service["events"].as_array().expect("a list of events");
    events.iter().map(|event| event["message"].as_str().expect("a message").to_owned()).collect()
}
