//! Services under CodeDeploy, before CodeDeploy does anything.

use serde_json::json;

use super::{described, ecs, secs, two_versions};
use crate::{Act, Service};

#[tokio::test(start_paused = true)]
async fn a_service_under_code_deploy_has_a_task_set_and_no_deployments() {
    let (sim, digests) = two_versions();
    sim.service("prod", "web1").running("web1:1").desired(2).code_deploy().start();
    let service = described(&sim);
    assert_eq!(service["deployments"], json!([]));
    assert!(service.get("currentServiceDeployment").is_none());
    assert_eq!(service["runningCount"], 2);
    let sets = service["taskSets"].as_array().expect("a list");
    assert_eq!(sets.len(), 1);
    assert_eq!(sets[0]["status"], "PRIMARY");
    assert_eq!(sets[0]["stabilityStatus"], "STEADY_STATE");
    assert_eq!(sets[0]["taskDefinition"], service["taskDefinition"]);
    assert_eq!(sets[0]["loadBalancers"], service["loadBalancers"]);
    assert_eq!(sets[0]["loadBalancers"][0]["containerPort"], 8080);
    let started = json!({ "cluster": "prod", "startedBy": sets[0]["id"] });
    let tasks = ecs(&sim, "ListTasks", &started)["taskArns"].clone();
    assert_eq!(tasks.as_array().map(Vec::len), Some(2));
    let running = &sim.truth("prod", "web1").running;
    assert_eq!(running[0].digests["web1"], digests.old);
}

#[tokio::test(start_paused = true)]
async fn only_the_count_of_its_tasks_can_be_updated() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").code_deploy().start();
    let with = |members: serde_json::Value| {
        let mut body = json!({ "cluster": "prod", "service": "web1" });
        body.as_object_mut().expect("it is one").extend(members.as_object().cloned().expect("too"));
        body
    };
    for (members, words) in [
        (json!({ "taskDefinition": "web1:2" }), "Unable to update task definition on services"),
        (json!({ "forceNewDeployment": true }), "Cannot force a new deployment on services"),
        (json!({ "platformVersion": "1.4.0" }), "Unable to update network parameters on services"),
    ] {
        let error = sim.call(Service::Ecs, "UpdateService", &with(members)).expect_err("refused");
        assert!(error["message"].as_str().is_some_and(|it| it.starts_with(words)), "{error}");
    }
    ecs(&sim, "UpdateService", &with(json!({ "desiredCount": 3 })));
    assert_eq!(described(&sim)["taskSets"][0]["stabilityStatus"], "STABILIZING");
    tokio::time::sleep(secs(120)).await;
    assert_eq!(described(&sim)["taskSets"][0]["stabilityStatus"], "STEADY_STATE");
    assert_eq!(described(&sim)["runningCount"], 3);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_dies_is_replaced_in_its_set() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").desired(2).code_deploy().start();
    sim.act(Act::kill_tasks("prod", "web1", 1));
    assert_eq!(described(&sim)["runningCount"], 0);
    tokio::time::sleep(secs(120)).await;
    assert_eq!(described(&sim)["taskSets"][0]["runningCount"], 2);
}

#[tokio::test(start_paused = true)]
async fn its_targets_are_in_the_first_of_two_groups() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").code_deploy().start();
    let first = described(&sim)["loadBalancers"][0]["targetGroupArn"].clone();
    let second = first
        .as_str()
        .expect("an ARN")
        .replace("web1-1/0000000000000001", "web1-2/0000000000000002");
    for (group, targets) in [(first, 1), (json!(second), 0)] {
        let asked = json!({ "TargetGroupArn": group });
        let answer = sim.call(Service::Elb, "DescribeTargetHealth", &asked).expect("it exists");
        let there = answer["TargetHealthDescriptions"].as_array().map_or(0, Vec::len);
        assert_eq!(there, targets, "{answer}");
    }
}
