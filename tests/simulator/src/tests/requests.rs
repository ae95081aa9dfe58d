//! Requests to ECS: faults, lag, and what is refused.

use serde_json::{Value, json};

use super::{count, deploy, described, ecs, refusal, secs, two_versions, wait};
use crate::{Fault, Image, Lag, Service, Simulator, When};

#[tokio::test(start_paused = true)]
async fn faults_hit_the_calls_they_were_set_for() {
    for (when, expected) in [
        (When::Nth(2), "010000"),
        (When::Times(2), "110000"),
        (When::FromNth(3), "001111"),
        (When::Always, "111111"),
        (When::From(secs(40)), "000011"),
        (When::Between(secs(10), secs(30)), "011000"),
    ] {
        let (sim, _) = two_versions();
        sim.service("prod", "web1").running("web1:1").start();
        sim.fault("DescribeServices", when, Fault::Throttle);
        let mut hit = String::new();
        for _ in 0..6 {
            let body = json!({ "cluster": "prod", "services": ["web1"] });
            let answer = sim.call(Service::Ecs, "DescribeServices", &body);
            hit.push(if answer.is_err() { '1' } else { '0' });
            wait(10).await;
        }
        assert_eq!(hit, expected, "{when:?}");
    }
}

/// How many of so many calls at once are taken, and what the others are answered.
fn taken(sim: &Simulator, operation: &str, body: &Value, calls: usize) -> (usize, Vec<Value>) {
    let answers = (0..calls).map(|_| sim.call(Service::Ecr, operation, body));
    let refused: Vec<Value> = answers.filter_map(Result::err).collect();
    (calls - refused.len(), refused)
}

#[tokio::test(start_paused = true)]
async fn ecr_has_a_rate_for_each_of_its_operations() {
    let sim = Simulator::new();
    sim.repository("web1").push("1.4.1", Image::linux_amd64());
    let body = json!({ "repositoryName": "web1", "imageIds": [{ "imageTag": "1.4.1" }] });
    assert_eq!(taken(&sim, "BatchGetImage", &body, 2_001).0, 2_001, "until rates are limited");
    sim.limit_rates();
    let (served, refused) = taken(&sim, "BatchGetImage", &body, 2_002);
    assert_eq!((served, refused.len()), (2_000, 2));
    assert!(refused[0]["__type"].as_str().is_some_and(|it| it.ends_with("ThrottlingException")));
    let status = sim.requests_for("BatchGetImage").last().and_then(|it| it.status);
    assert_eq!(status, Some(400));
    assert_eq!(taken(&sim, "DescribeImages", &body, 1).0, 1, "no rate is published");
    wait(1).await;
    assert_eq!(taken(&sim, "BatchGetImage", &body, 2_002).0, 2_000);
}

#[tokio::test(start_paused = true)]
async fn a_new_deployment_is_shown_late_where_a_test_asks_for_it() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").start();
    let list = json!({ "cluster": "prod", "service": "web1" });
    let before = ecs(&sim, "ListServiceDeployments", &list);
    sim.lag(Lag {
        listing: secs(30),
        current_service_deployment: secs(10),
        describe: secs(20),
        tasks: secs(0),
        describe_services: secs(5),
    });
    let shown = described(&sim);
    let updated = deploy(&sim, "web1:2");
    assert_eq!(updated["currentServiceDeployment"], shown["currentServiceDeployment"]);
    assert_ne!(updated["deployments"], shown["deployments"]);
    assert_eq!(described(&sim)["deployments"], shown["deployments"]);
    wait(10).await;
    assert_eq!(described(&sim)["deployments"][0]["id"], updated["deployments"][0]["id"]);
    let arn = described(&sim)["currentServiceDeployment"].clone();
    assert_ne!(arn, shown["currentServiceDeployment"]);
    let describe = json!({ "serviceDeploymentArns": [arn] });
    let described = || ecs(&sim, "DescribeServiceDeployments", &describe);
    assert_eq!(described()["failures"][0]["reason"], "MISSING");
    assert_eq!(ecs(&sim, "ListServiceDeployments", &list), before);
    wait(20).await;
    assert_eq!(described()["failures"], json!([]));
    assert_eq!(count(&ecs(&sim, "ListServiceDeployments", &list)["serviceDeployments"]), 2);
}

#[tokio::test(start_paused = true)]
async fn wrong_requests_are_refused_by_name() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").start();
    ecs(&sim, "DeregisterTaskDefinition", &json!({ "taskDefinition": "web1:2" }));
    let update = |members: Value| {
        let mut body = json!({ "cluster": "prod", "service": "web1" });
        body.as_object_mut().expect("it is one").extend(members.as_object().cloned().expect("too"));
        ("UpdateService", body)
    };
    let register = |containers: Value| {
        let body = json!({ "family": "web1", "revision": 3, "containerDefinitions": containers });
        ("RegisterTaskDefinition", body)
    };
    let by_starter =
        json!({ "cluster": "prod", "startedBy": "ecs-svc/1", "desiredStatus": "STOPPED" });
    for ((operation, body), error) in [
        (update(json!({ "taskDefinition": "web1:2" })), "ClientException"),
        (update(json!({ "service": "nope" })), "ServiceNotFoundException"),
        (update(json!({ "cluster": "nope" })), "ClusterNotFoundException"),
        (update(json!({ "service": null })), "InvalidParameterException"),
        (update(json!({ "desiredCount": "2" })), "SerializationException"),
        (("ListTasks", by_starter), "InvalidParameterException"),
        (("DescribeTaskDefinition", json!({ "taskDefinition": "nope" })), "ClientException"),
        (register(json!([])), "ClientException"),
        (register(json!([{ "name": "a", "image": "b" }])), "ClientException"),
        (("CreateService", json!({})), "UnknownOperationException"),
    ] {
        assert_eq!(refusal(&sim, Service::Ecs, operation, &body), error, "{operation} {body}");
    }
    let missing = json!({ "cluster": "prod", "services": ["nope"] });
    assert_eq!(ecs(&sim, "DescribeServices", &missing)["failures"][0]["reason"], "MISSING");
    // Of a service under CodeDeploy only the count can be updated.
    sim.service("prod", "web1").running("web1:1").code_deploy().start();
    for (members, words) in [
        (json!({ "taskDefinition": "web1:2" }), "Unable to update task definition on services"),
        (json!({ "forceNewDeployment": true }), "Cannot force a new deployment on services"),
        (json!({ "platformVersion": "1.4.0" }), "Unable to update network parameters on services"),
    ] {
        let (operation, body) = update(members);
        let error = sim.call(Service::Ecs, operation, &body).expect_err("refused");
        assert!(error["message"].as_str().is_some_and(|it| it.starts_with(words)), "{error}");
    }
}
