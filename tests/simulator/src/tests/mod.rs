//! The rules that no scene of `tests/it` would see going wrong: how long things take, in
//! which order they come, what is refused, and details of the wire. Without an SDK, on
//! virtual time.

mod code_deploy;
mod ecr;
mod github;
mod histories;
mod logs;
mod pauses;
mod requests;
mod rollouts;
mod targets;
mod tasks;

use std::time::Duration;

use serde_json::{Value, json};

use crate::{Behaviour, Image, Service, Simulator};

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

async fn wait(seconds: u64) {
    tokio::time::sleep(secs(seconds)).await;
}

fn crashing() -> Behaviour {
    Behaviour::Crashes { after: secs(5), exit_code: 1 }
}

/// 1.4.1 is pushed and registered as `web1:1`, 1.4.2 as `web1:2`.
fn two_versions() -> (Simulator, Digests) {
    let sim = Simulator::new();
    let [old, new] = ["1.4.1", "1.4.2"].map(|tag| {
        let image = sim.image(&format!("web1:{tag}"));
        sim.task_definition("web1").container("web1", &image).register();
        sim.repository("web1").push(tag, Image::linux_amd64())
    });
    (sim, Digests { old, new })
}

struct Digests {
    old: String,
    new: String,
}

fn ecs(sim: &Simulator, operation: &str, body: &Value) -> Value {
    sim.call(Service::Ecs, operation, body).expect("the operation is allowed")
}

/// The name of the error that a call is refused with, without its namespace.
fn refusal(sim: &Simulator, service: Service, operation: &str, body: &Value) -> String {
    let error = sim.call(service, operation, body).expect_err("the operation is refused");
    let kind = error["__type"].as_str().expect("an error has a type").to_owned();
    kind.rsplit('#').next().expect("a type has a name").to_owned()
}

/// The items of each page of a list.
fn pages(
    sim: &Simulator,
    service: Service,
    (operation, member): (&str, &str),
    mut body: Value,
) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    loop {
        let page = sim.call(service, operation, &body).expect("there is a page");
        pages.push(page[member].as_array().cloned().unwrap_or_default());
        match page.get("nextToken") {
            Some(token) => body["nextToken"] = token.clone(),
            None => return pages,
        }
    }
}

fn count(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
}

fn deploy(sim: &Simulator, definition: &str) -> Value {
    let body = json!({ "cluster": "prod", "service": "web1", "taskDefinition": definition });
    ecs(sim, "UpdateService", &body)["service"].clone()
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

/// Lets time pass until this holds; the seconds it took.
async fn until(sim: &Simulator, what: &str, holds: impl Fn(&Simulator) -> bool) -> u64 {
    for second in 0..4 * 3600 {
        if holds(sim) {
            return second;
        }
        wait(1).await;
    }
    panic!("not {what} after four hours: {:#?}", sim.truth("prod", "web1"));
}

/// Lets time pass until the newest deployment is terminal; the seconds it took.
async fn until_over(sim: &Simulator) -> u64 {
    let is_over = |sim: &Simulator| sim.truth("prod", "web1").newest().finished.is_some();
    until(sim, "over", is_over).await
}

fn stopped_tasks(sim: &Simulator) -> Vec<Value> {
    let stopped = json!({ "cluster": "prod", "serviceName": "web1", "desiredStatus": "STOPPED" });
    let arns = ecs(sim, "ListTasks", &stopped)["taskArns"].clone();
    let tasks = ecs(sim, "DescribeTasks", &json!({ "cluster": "prod", "tasks": arns }));
    tasks["tasks"].as_array().cloned().unwrap_or_default()
}

/// The first task of `web1:2` that died, a minute after it was deployed.
async fn first_death(sim: &Simulator) -> Value {
    sim.service("prod", "web1").running("web1:1").start();
    deploy(sim, "web1:2");
    wait(60).await;
    stopped_tasks(sim).remove(0)
}

fn messages(service: &Value) -> Vec<String> {
    let events = service["events"].as_array().expect("a list of events");
    events.iter().map(|event| event["message"].as_str().expect("a message").to_owned()).collect()
}
