//! Faults, lag, refusals, and what is recorded of them.

use serde_json::json;

use super::{described, ecs, ecs_error, secs, two_versions};
use crate::{ACCOUNT, Fault, Lag, Recorded, Service, When};

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_recorded_and_may_have_taken_effect() {
    for applied in [true, false] {
        let (sim, _) = two_versions();
        sim.service("prod", "web1").running("web1:1").start();
        sim.fault("UpdateService", When::Nth(1), Fault::Reset { applied });
        let before = described(&sim)["deployments"][0]["id"].clone();
        let update = json!({ "cluster": "prod", "service": "web1", "taskDefinition": "web1:2" });
        assert!(sim.call(Service::Ecs, "UpdateService", &update).is_err());
        let changed = described(&sim)["deployments"][0]["id"] != before;
        assert_eq!(changed, applied);
        let writes = sim.writes();
        assert_eq!(writes.len(), 1);
        let Recorded { status, carried_out, body, .. } = &writes[0];
        assert_eq!((*status, *carried_out), (None, applied));
        assert_eq!(*body, update);
    }
}

#[tokio::test(start_paused = true)]
async fn faults_hit_the_calls_they_were_set_for() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").start();
    let describe = json!({ "cluster": "prod", "services": ["web1"] });
    sim.fault("DescribeServices", When::Nth(2), Fault::Throttle);
    sim.fault("DescribeServices", When::From(secs(60)), Fault::AccessDenied);
    ecs(&sim, "DescribeServices", &describe);
    assert_eq!(ecs_error(&sim, "DescribeServices", &describe), "ThrottlingException");
    ecs(&sim, "DescribeServices", &describe);
    tokio::time::sleep(secs(60)).await;
    assert_eq!(ecs_error(&sim, "DescribeServices", &describe), "AccessDeniedException");
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
        describe_services: secs(5),
    });
    let shown = described(&sim);
    let updated = super::deploy(&sim, "web1:2");
    assert_eq!(updated["currentServiceDeployment"], shown["currentServiceDeployment"]);
    assert_ne!(updated["deployments"], shown["deployments"]);
    assert_eq!(described(&sim)["deployments"], shown["deployments"]);
    tokio::time::sleep(secs(10)).await;
    assert_eq!(described(&sim)["deployments"][0]["id"], updated["deployments"][0]["id"]);
    let arn = described(&sim)["currentServiceDeployment"].clone();
    assert_ne!(arn, shown["currentServiceDeployment"]);
    let describe = json!({ "serviceDeploymentArns": [arn] });
    assert_eq!(
        ecs(&sim, "DescribeServiceDeployments", &describe)["failures"][0]["reason"],
        "MISSING"
    );
    assert_eq!(ecs(&sim, "ListServiceDeployments", &list), before);
    tokio::time::sleep(secs(20)).await;
    assert_eq!(ecs(&sim, "DescribeServiceDeployments", &describe)["failures"], json!([]));
    let after = ecs(&sim, "ListServiceDeployments", &list);
    assert_eq!(after["serviceDeployments"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(start_paused = true)]
async fn service_deployments_come_in_pages_and_go_after_90_days() {
    let (sim, _) = two_versions();
    let mut service = sim.service("prod", "web1");
    for round in 0..120 {
        service = match round % 3 {
            0 => service.running("web1:1"),
            1 => service.then_rolled_back("web1:2"),
            _ => service.then_superseded("web1:2"),
        };
    }
    service.start();
    let mut listed = Vec::new();
    let mut request = json!({ "cluster": "prod", "service": "web1", "maxResults": 40 });
    loop {
        let page = ecs(&sim, "ListServiceDeployments", &request);
        listed.extend(page["serviceDeployments"].as_array().cloned().unwrap_or_default());
        match page.get("nextToken") {
            Some(token) => request["nextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(listed.len(), 89);
    let created = |at: usize| listed[at]["createdAt"].as_f64();
    assert!(created(0) > created(1), "the newest first");
    request["nextToken"] = serde_json::Value::Null;
    request["status"] = json!(["SUCCESSFUL"]);
    let page = ecs(&sim, "ListServiceDeployments", &request);
    let page = page["serviceDeployments"].as_array().expect("a list");
    assert!(page.iter().all(|deployment| deployment["status"] == "SUCCESSFUL"));
    assert_eq!(page.len(), 29);
}

#[tokio::test(start_paused = true)]
async fn wrong_requests_are_refused_by_name() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").start();
    sim.service("prod", "blue").running("web1:1").code_deploy().start();
    ecs(&sim, "DeregisterTaskDefinition", &json!({ "taskDefinition": "web1:2" }));
    let cases = [
        (
            "UpdateService",
            json!({ "cluster": "prod", "service": "web1", "taskDefinition": "web1:2" }),
            "ClientException",
        ),
        (
            "UpdateService",
            json!({ "cluster": "prod", "service": "nope" }),
            "ServiceNotFoundException",
        ),
        (
            "UpdateService",
            json!({ "cluster": "nope", "service": "web1" }),
            "ClusterNotFoundException",
        ),
        ("UpdateService", json!({ "cluster": "prod" }), "InvalidParameterException"),
        (
            "UpdateService",
            json!({ "cluster": "prod", "service": "web1", "desiredCount": "2" }),
            "SerializationException",
        ),
        (
            "UpdateService",
            json!({ "cluster": "prod", "service": "blue", "taskDefinition": "web1:1" }),
            "InvalidParameterException",
        ),
        (
            "ListTasks",
            json!({ "cluster": "prod", "startedBy": "ecs-svc/1", "desiredStatus": "STOPPED" }),
            "InvalidParameterException",
        ),
        ("DescribeTaskDefinition", json!({ "taskDefinition": "nope" }), "ClientException"),
        (
            "RegisterTaskDefinition",
            json!({ "family": "web1", "containerDefinitions": [] }),
            "ClientException",
        ),
        (
            "RegisterTaskDefinition",
            json!({ "family": "web1", "revision": 3, "containerDefinitions": [{ "name": "a", "image": "b" }] }),
            "ClientException",
        ),
        ("CreateService", json!({}), "UnknownOperationException"),
    ];
    for (operation, body, error) in cases {
        assert_eq!(ecs_error(&sim, operation, &body), error, "{operation} {body}");
    }
    let missing = json!({ "cluster": "prod", "services": ["nope"] });
    assert_eq!(ecs(&sim, "DescribeServices", &missing)["failures"][0]["reason"], "MISSING");
}

#[test]
fn a_task_definition_survives_word_for_word() {
    let sim = crate::Simulator::new();
    let raw = r#"{"family":"web1","zeta":{"b":1.50,"a":1e+3},"containerDefinitions":[{"name":"web1","image":"nginx","new":{"y":null}}],"tags":[{"key":"team","value":""}]}"#;
    let body: serde_json::Value = serde_json::from_str(raw).expect("JSON");
    let answer = ecs(&sim, "RegisterTaskDefinition", &body);
    assert_eq!(answer["tags"], body["tags"]);
    let described = ecs(
        &sim,
        "DescribeTaskDefinition",
        &json!({ "taskDefinition": "web1", "include": ["TAGS"] }),
    );
    let definition = &described["taskDefinition"];
    assert_eq!(definition["zeta"].to_string(), r#"{"b":1.50,"a":1e+3}"#);
    assert_eq!(definition["containerDefinitions"][0]["new"].to_string(), r#"{"y":null}"#);
    assert_eq!(definition["containerDefinitions"][0]["essential"], true);
    assert_eq!(
        definition["taskDefinitionArn"],
        format!("arn:aws:ecs:eu-central-1:{ACCOUNT}:task-definition/web1:1")
    );
    assert_eq!(described["tags"], body["tags"]);
}
