//! Target groups, and AWS's query protocol.

use std::net::Ipv6Addr;

use serde_json::{Value, json};

use super::{code_of, crashing, deploy, described, ecs, secs, two_versions};
use crate::{Behaviour, Fault, HealthCheck, Image, Recorded, Service, Simulator, When};

const GROUP: &str =
    "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web1/0123456789abcdef";

fn ask(sim: &Simulator, group: &str) -> Result<Value, Value> {
    sim.call(Service::Elb, "DescribeTargetHealth", &json!({ "TargetGroupArn": group }))
}

/// State and reason of each target, the oldest first.
fn states(sim: &Simulator) -> Vec<(String, String)> {
    let answer = ask(sim, GROUP).expect("the group is there");
    let targets = answer["TargetHealthDescriptions"].as_array().expect("a list");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let health = targets.iter().map(|target| &target["TargetHealth"]);
    health.map(|health| (text(&health["State"]), text(&health["Reason"]))).collect()
}

fn state(name: &str, reason: &str) -> (String, String) {
    (name.to_owned(), reason.to_owned())
}

fn newest_call(sim: &Simulator) -> Recorded {
    sim.requests_for("DescribeTargetHealth").pop().expect("it is recorded")
}

#[tokio::test(start_paused = true)]
async fn a_target_registers_becomes_healthy_and_drains() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").load_balancer().start();
    assert_eq!(states(&sim), [state("healthy", "")]);
    deploy(&sim, "web1:2");
    let healthy = || state("healthy", "");
    tokio::time::sleep(secs(27)).await;
    assert_eq!(states(&sim), [healthy()], "a task whose image is pulled is no target yet");
    tokio::time::sleep(secs(3)).await;
    assert_eq!(states(&sim), [healthy(), state("initial", "Elb.RegistrationInProgress")]);
    tokio::time::sleep(secs(10)).await;
    assert_eq!(states(&sim), [healthy(), state("initial", "Elb.InitialHealthChecking")]);
    tokio::time::sleep(secs(35)).await;
    let draining = state("draining", "Target.DeregistrationInProgress");
    assert_eq!(states(&sim), [draining, healthy()]);
    tokio::time::sleep(secs(60)).await;
    assert_eq!(states(&sim), [state("healthy", "")]);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_answers_500_is_unhealthy_until_ecs_drains_it() {
    let (sim, digests) = two_versions();
    let check = HealthCheck::LoadBalancer;
    sim.behaves(&digests.new, Behaviour::FailsHealthChecks { after: secs(90), check });
    sim.service("prod", "web1").running("web1:1").load_balancer().start();
    deploy(&sim, "web1:2");
    let mut seen = Vec::new();
    for _ in 0..150 {
        if let Some(newest) = states(&sim).get(1)
            && seen.last() != Some(newest)
        {
            seen.push(newest.clone());
        }
        tokio::time::sleep(secs(1)).await;
    }
    assert_eq!(
        seen,
        [
            state("initial", "Elb.RegistrationInProgress"),
            state("initial", "Elb.InitialHealthChecking"),
            state("unhealthy", "Target.ResponseCodeMismatch"),
            state("draining", "Target.DeregistrationInProgress"),
        ]
    );
    let told = described(&sim)["events"].to_string();
    assert!(told.contains("Health checks failed with these codes: [500]"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_target_is_the_private_address_of_a_task() {
    let (sim, digests) = two_versions();
    sim.behaves(&digests.new, Behaviour::Hangs);
    sim.service("prod", "web1").running("web1:1").desired(2).load_balancer().start();
    deploy(&sim, "web1:2");
    tokio::time::sleep(secs(60)).await;
    let arns = ecs(&sim, "ListTasks", &json!({ "cluster": "prod", "serviceName": "web1" }));
    let request = json!({ "cluster": "prod", "tasks": arns["taskArns"] });
    let tasks = ecs(&sim, "DescribeTasks", &request);
    let tasks = tasks["tasks"].as_array().expect("a list");
    let mut addresses: Vec<String> = tasks
        .iter()
        .flat_map(|task| task["attachments"][0]["details"].as_array().expect("details"))
        .filter(|detail| detail["name"] == "privateIPv4Address")
        .map(|detail| detail["value"].to_string())
        .collect();
    addresses.sort();
    let answer = ask(&sim, GROUP).expect("the group is there");
    let targets = answer["TargetHealthDescriptions"].as_array().expect("a list");
    let mut ids: Vec<String> =
        targets.iter().map(|target| target["Target"]["Id"].to_string()).collect();
    ids.sort();
    assert_eq!(ids.len(), 4);
    assert_eq!(ids, addresses);
    assert_eq!(targets[0]["Target"]["Port"], 8080);
}

#[tokio::test(start_paused = true)]
async fn a_task_without_a_network_interface_shows_no_address() {
    let (sim, _) = two_versions();
    let bridge = sim.task_definition("web1").member("networkMode", json!("bridge"));
    let arn = bridge.container("web1", &sim.image("web1:1.4.2")).register();
    sim.service("prod", "web1").running(&arn).start();
    let arns = ecs(&sim, "ListTasks", &json!({ "cluster": "prod" }))["taskArns"].clone();
    let tasks = ecs(&sim, "DescribeTasks", &json!({ "cluster": "prod", "tasks": arns }));
    assert_eq!(tasks["tasks"][0]["attachments"], json!([]));
    assert_eq!(tasks["tasks"][0]["containers"][0]["networkInterfaces"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_form_comes_in_and_xml_goes_out() {
    let (sim, digests) = two_versions();
    sim.behaves(&digests.new, crashing());
    sim.service("prod", "web1").load_balancer().deploying("web1:2").start();
    ask(&sim, GROUP).expect("the group is there");
    let asked = newest_call(&sim);
    assert_eq!(
        asked.raw,
        format!(
            "Action=DescribeTargetHealth&Version=2015-12-01&TargetGroupArn={}",
            GROUP.replace(':', "%3A").replace('/', "%2F")
        )
    );
    assert_eq!(asked.body, json!({ "TargetGroupArn": GROUP }));
    assert_eq!((asked.service, asked.region.as_str()), (Service::Elb, "eu-central-1"));
    assert_eq!(asked.response(), json!({ "TargetHealthDescriptions": [] }));
    tokio::time::sleep(secs(30)).await;
    ask(&sim, GROUP).expect("the group is there");
    let asked = newest_call(&sim);
    let answer = asked.response();
    let id = answer["TargetHealthDescriptions"][0]["Target"]["Id"].as_str().expect("a target");
    assert_eq!(
        asked.answer,
        format!(
            "<DescribeTargetHealthResponse \
             xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/\">\
             <DescribeTargetHealthResult><TargetHealthDescriptions><member><Target><Id>{id}</Id>\
             <Port>8080</Port><AvailabilityZone>eu-central-1a</AvailabilityZone></Target>\
             <HealthCheckPort>8080</HealthCheckPort><TargetHealth><State>initial</State>\
             <Reason>Elb.RegistrationInProgress</Reason><Description>Target registration is in \
             progress</Description></TargetHealth></member></TargetHealthDescriptions>\
             </DescribeTargetHealthResult><ResponseMetadata>\
             <RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata>\
             </DescribeTargetHealthResponse>"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn errors_have_the_names_and_statuses_of_the_query_protocol() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").load_balancer().start();
    let other = GROUP.replace("web1", "a&b");
    let refused = |group: &str| {
        let code = code_of(&ask(&sim, group).expect_err("it is refused"));
        (code, newest_call(&sim).status.expect("an answer"))
    };
    assert_eq!(refused(&other), ("TargetGroupNotFound".to_owned(), 400));
    let answer = String::from_utf8_lossy(&newest_call(&sim).answer).into_owned();
    let error = "<Error><Type>Sender</Type><Code>TargetGroupNotFound</Code><Message>Target groups \
                 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/a&amp;b/";
    assert!(answer.contains(error), "{answer}");
    assert_eq!(refused("web1"), ("ValidationError".to_owned(), 400));
    for (fault, code, status) in [
        (Fault::AccessDenied, "AccessDenied", 403),
        (Fault::ExpiredToken, "ExpiredToken", 403),
        (Fault::Throttle, "Throttling", 400),
        (Fault::Status(500), "InternalFailure", 500),
        (Fault::Status(503), "ServiceUnavailable", 503),
    ] {
        sim.clear_faults();
        sim.fault("DescribeTargetHealth", When::Always, fault);
        assert_eq!(refused(GROUP), (code.to_owned(), status));
    }
    let unknown = sim.call(Service::Elb, "DescribeRules", &json!({}));
    assert_eq!(code_of(&unknown.expect_err("it is refused")), "InvalidAction");
}

/// The targets of the group and the newest task, once it runs.
async fn targets_and_task(sim: &Simulator) -> (Vec<Value>, Value) {
    deploy(sim, "web1:2");
    tokio::time::sleep(secs(60)).await;
    let arns = ecs(sim, "ListTasks", &json!({ "cluster": "prod", "serviceName": "web1" }));
    let request = json!({ "cluster": "prod", "tasks": arns["taskArns"] });
    let tasks = ecs(sim, "DescribeTasks", &request)["tasks"].clone();
    let tasks = tasks.as_array().expect("a list");
    let newest = tasks.iter().max_by_key(|task| task["createdAt"].to_string()).expect("a task");
    let answer = ask(sim, GROUP).expect("the group is there");
    let targets = answer["TargetHealthDescriptions"].as_array().expect("a list");
    (targets.iter().map(|it| it["Target"].clone()).collect(), newest.clone())
}

#[tokio::test(start_paused = true)]
async fn a_target_on_an_instance_is_the_instance_and_its_port() {
    for (mode, ports) in [("bridge", 32_768..=60_999), ("host", 8_080..=8_080)] {
        let sim = Simulator::new();
        let repository = sim.repository("web1");
        for tag in ["1.4.1", "1.4.2"] {
            repository.push(tag, Image::linux_amd64().content(tag));
            let image = sim.image(&format!("web1:{tag}"));
            sim.task_definition("web1").container("web1", &image).on_instances(mode).register();
        }
        sim.service("prod", "web1").running("web1:1").load_balancer().on_instances().start();
        let (targets, task) = targets_and_task(&sim).await;
        let bound = &task["containers"][0]["networkBindings"][0];
        assert_eq!(bound["containerPort"], 8080);
        assert!(bound["hostPort"].as_u64().is_some_and(|port| ports.contains(&port)), "{bound}");
        assert_eq!(task["attachments"], json!([]));
        let instance = task["containerInstanceArn"].as_str().expect("it is placed");
        let own = targets.iter().find(|target| {
            let id = target["Id"].as_str().unwrap_or_default().trim_start_matches("i-");
            instance.ends_with(id) && target["Port"] == bound["hostPort"]
        });
        assert!(own.is_some(), "{targets:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_ipv6_target_is_the_same_address_in_another_spelling() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").load_balancer().ipv6().start();
    let (targets, task) = targets_and_task(&sim).await;
    let told = task["containers"][0]["networkInterfaces"][0]["ipv6Address"].as_str();
    let address: Ipv6Addr = told.and_then(|it| it.parse().ok()).expect("an address");
    let ids: Vec<&str> = targets.iter().filter_map(|target| target["Id"].as_str()).collect();
    assert!(ids.contains(&address.to_string().as_str()), "{ids:?}");
    assert!(!ids.contains(&told.unwrap_or_default()), "{ids:?}");
}
