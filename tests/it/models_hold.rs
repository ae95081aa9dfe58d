//! Everything that is said between the product and the simulator is legal by
//! AWS's own models: what the product sends, and what the simulator answers.
//!
//! The first is what deployments depend on; the second is why the other tests on
//! the simulator mean anything.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use simulator::{Act, Behaviour, Fault, Image, Lag, OneOff, Recorded, Service, TargetGroup, When};

use crate::codedeploy_holds;
use crate::models::{Exchange, Side, judge};
use crate::readme::permissions;
use crate::scene::Scene;
use crate::schedules;

#[tokio::test(start_paused = true)]
async fn all_that_is_sent_and_answered_is_legal_by_aws_models() {
    let mut said = Vec::new();
    said.extend(a_deployment_of_a_definition_from_next_year().await);
    said.extend(an_index_in_another_account_and_region().await);
    said.extend(refusals().await);
    said.extend(a_rollback_by_the_circuit_breaker().await);
    said.extend(an_undo_of_our_own().await);
    said.extend(other_people().await);
    said.extend(an_update_that_fails().await);
    said.extend(a_migration().await);
    said.extend(what_tasks_need().await);
    said.extend(images_that_are_kept().await);
    said.extend(what_is_scheduled().await);
    said.extend(denied_and_late_answers().await);
    said.extend(trouble_on_the_way().await);
    said.extend(back_again_and_a_list().await);
    said.extend(an_answer_to_a_pause().await);
    said.extend(checks().await);
    said.extend(a_slow_rollout().await);
    said.extend(Box::pin(codedeploy_holds::by_the_product()).await);

    let exchanges: Vec<Exchange> = said.iter().flat_map(exchanges).collect();
    assert_eq!(judge(&exchanges), [""; 0]);

    // What was never said has not been judged: every operation that the product knows.
    let heard: BTreeSet<_> =
        exchanges.iter().map(|it| (it.operation.as_str(), word(it.side))).collect();
    let called = permissions::called();
    let operations = called.iter().filter_map(|action| action.split_once(':').map(|it| it.1));
    for operation in operations {
        // An answer in XML has no types.
        let is_xml = operation.starts_with("DescribeTarget") || operation == "GetRole";
        let sides = if is_xml { "input" } else { "input output" };
        for side in sides.split(' ') {
            assert!(heard.contains(&(operation, side)), "no {side} of {operation} was judged");
        }
    }
    for operation in [
        "BatchGetImage",
        "CreateDeployment",
        "DescribeImageScanFindings",
        "DescribeParameters",
        "DescribeSecret",
        "DescribeServiceDeployments",
        "DescribeServiceRevisions",
        "DescribeServices",
        "DescribeTaskDefinition",
        "GetDeploymentGroup",
        "GetDeploymentTarget",
        "GetLifecyclePolicyPreview",
        "GetLogEvents",
        "GetSchedule",
        "ListServiceDeployments",
        "PutImage",
        "PutTargets",
        "RegisterTaskDefinition",
        "RunTask",
        "StopServiceDeployment",
        "UpdateService",
    ] {
        assert!(heard.contains(&(operation, "error")), "no error of {operation} was judged");
    }
}

/// The two bodies of a request, as far as they were JSON of an AWS API.
pub(crate) fn exchanges(recorded: &Recorded) -> Vec<Exchange> {
    // Downloads speak no JSON. A server's fault is no answer of the API: a load
    // balancer may give it.
    if recorded.body.is_null() || recorded.status.is_some_and(|it| it >= 500) {
        return Vec::new();
    }
    let is_query = matches!(recorded.service, Service::Elb | Service::Sts | Service::Iam);
    let exchange = |side, body: &serde_json::Value| Exchange {
        // Its IAM actions have another prefix than its model.
        service: match recorded.service {
            Service::Elb => "elbv2",
            other => other.prefix(),
        }
        .to_owned(),
        operation: recorded.operation.clone(),
        side,
        body: body.clone(),
    };
    // An answer in XML has lost its types by then.
    let answer = recorded.status.filter(|_| !is_query).map(|status| {
        exchange(if status < 300 { Side::Output } else { Side::Error }, &recorded.response())
    });
    [Some(exchange(Side::Input, &recorded.body)), answer].into_iter().flatten().collect()
}

fn word(side: Side) -> &'static str {
    match side {
        Side::Input => "input",
        Side::Output => "output",
        Side::Error => "error",
    }
}

/// Runs the step, which must end so, and gives everything that was said.
pub(crate) async fn step(scene: &Scene, with: &[(&str, &str)], result: &str) -> Vec<Recorded> {
    // On the heap: so deep a nest of futures is too much for the compiler.
    let step = Box::pin(scene.deploy(with)).await;
    assert_eq!(step.result(), result, "{}\n{}", step.log(), step.said("error"));
    step.requests
}

async fn a_deployment_of_a_definition_from_next_year() -> Vec<Recorded> {
    let scene = Scene::ready();
    let definition = json!({
        "family": "web1", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
        "cpu": "256", "memory": "512", "x-unknown": [1.50],
        "executionRoleArn": "arn:aws:iam::123456789012:role/web1-execution",
        "containerDefinitions": [
            { "name": "web1", "image": scene.sim.image("web1:1.0.0"), "x-unknownToo": { "a": {} },
              "environment": [{ "name": "A", "value": "1" }],
              "secrets": [{ "name": "B", "valueFrom": "/web1/b" }] },
        ],
        "tags": [{ "key": "team", "value": "shop" }],
    });
    let file = scene.file("web1.json", definition.to_string());
    let with = [("task-definition", file.as_str()), ("environment-variables", "C=3")];
    let mut said = step(&scene, &with, "deployed").await;
    said.extend(step(&scene, &[("version", "latest-of-all")], "refused").await);
    said.extend(step(&scene, &[("desired-count", "3")], "unchanged").await);
    said.extend(step(&scene, &[("force-new-deployment", "true")], "deployed").await);
    said
}

async fn what_tasks_need() -> Vec<Recorded> {
    let scene = Scene::ready();
    let secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf";
    let secrets = format!("A={secret}:password::\nB=/web1/key");
    let with = [("command", "verify"), ("secrets", secrets.as_str())];
    let mut said = step(&scene, &with, "verified").await;
    scene.sim.lacks(secret);
    said.extend(step(&scene, &with, "refused").await);
    scene.sim.fault("DescribeParameters", When::Always, Fault::AccessDenied);
    said.extend(step(&scene, &with, "refused").await);
    said
}

async fn what_is_scheduled() -> Vec<Recorded> {
    let scene = Scene::ready();
    schedules::scheduled(&scene, "web1:1");
    let update = [("schedules", "update")];
    scene.sim.fault("PutTargets", When::Nth(1), Fault::AccessDenied);
    let mut said = step(&scene, &update, "deployed").await;
    said.extend(step(&scene, &update, "unchanged").await);
    scene.sim.fault("GetSchedule", When::Always, Fault::AccessDenied);
    said.extend(step(&scene, &update, "unchanged").await);
    said
}

async fn a_migration() -> Vec<Recorded> {
    let scene = Scene::ready();
    let migrate = ("before", r#"["bin/migrate"]"#);
    scene.sim.fault("RunTask", When::Nth(1), Fault::AccessDenied);
    let mut said = step(&scene, &[migrate], "failed").await;
    scene.sim.one_off(OneOff::CannotBePlaced { reason: "RESOURCE:CPU".to_owned() }, &[]);
    said.extend(step(&scene, &[migrate], "failed").await);
    scene.sim.one_off(OneOff::default(), &["applied"]);
    said.extend(step(&scene, &[migrate], "deployed").await);
    said
}

async fn images_that_are_kept() -> Vec<Recorded> {
    let scene = Scene::ready();
    scene.sim.repository("web1").immutable_but_for(&[]);
    let keep = ("keep-tag", "keep-{name}");
    let mut said = step(&scene, &[keep], "deployed").await;
    said.extend(step(&scene, &[keep, ("command", "rollback")], "rolled-back").await);
    said
}

async fn an_index_in_another_account_and_region() -> Vec<Recorded> {
    let scene = Scene::ready();
    let elsewhere = scene.sim.repository_in("210987654321", "eu-west-1", "web1");
    let image = Image::multi_arch(&["linux/amd64", "linux/arm64/v8"]).attested();
    elsewhere.push("v1.4.2", image.docker());
    let uri = elsewhere.uri();
    step(&scene, &[("repository", uri.as_str()), ("container", "web1")], "deployed").await
}

async fn refusals() -> Vec<Recorded> {
    let scene = Scene::ready();
    let web1 = scene.sim.repository("web1");
    web1.push("1.4.3", Image::linux_arm64());
    web1.push("1.4.4", Image::linux_amd64());
    web1.archive("1.4.4");
    web1.push("1.4.5", Image::artifact("application/vnd.cncf.helm.config.v1+json"));
    scene.sim.service("prod", "old").running("web1:1").code_deploy().start();
    scene.sim.service("prod", "foreign").running("web1:1").external().start();
    scene.sim.service("prod", "express").running("web1:1").express().start();
    scene.sim.service("prod", "gone").running("web1:1").inactive().start();
    let mut said = Vec::new();
    for with in [
        [("version", "1.4.3")],
        [("version", "1.4.4")],
        [("version", "1.4.5")],
        [("version", "1.4.6")],
        [("repository", "absent")],
        [("cluster", "absent")],
        [("service", "absent")],
        [("service", "old")],
        [("service", "foreign")],
        [("service", "express")],
        [("service", "gone")],
        [("task-definition", "absent")],
        [("task-definition", "web1:77")],
    ] {
        said.extend(step(&scene, &with, "refused").await);
    }
    said
}

async fn a_rollback_by_the_circuit_breaker() -> Vec<Recorded> {
    let scene = Scene::ready();
    let service = scene.sim.service("prod", "web2").running("web1:1").desired(3);
    service.circuit_breaker(true).load_balancer().alarms(&["errors"], true).start();
    let digest = scene.digest("1.4.2");
    let after = Duration::from_secs(3);
    scene.sim.behaves(&digest, Behaviour::Crashes { after, exit_code: 3 });
    scene.sim.logs(&digest, &["starting", "panic: no configuration"]);
    // What ECS rolled back from is otherwise not tried a second time.
    let with = [("service", "web2"), ("timeout", "2h"), ("allow-rolled-back", "true")];
    let mut said = step(&scene, &with, "undone").await;
    scene.sim.fault("GetLogEvents", When::Always, Fault::AccessDenied);
    scene.sim.fault("DescribeTargetHealth", When::Always, Fault::AccessDenied);
    said.extend(step(&scene, &with, "undone").await);
    said
}

async fn a_slow_rollout() -> Vec<Recorded> {
    let scene = Scene::ready();
    let service = scene.sim.service("prod", "web2").running("web1:1");
    service.target_group(TargetGroup::default()).start();
    step(&scene, &[("service", "web2")], "deployed").await
}

async fn an_undo_of_our_own() -> Vec<Recorded> {
    let mut said = Vec::new();
    for may_stop in [true, false] {
        let scene = Scene::ready();
        let digest = scene.digest("1.4.2");
        scene.sim.behaves(&digest, Behaviour::CannotPull);
        if !may_stop {
            scene.sim.fault("StopServiceDeployment", When::Always, Fault::AccessDenied);
        }
        said.extend(step(&scene, &[], "undone").await);
    }
    said
}

async fn other_people() -> Vec<Recorded> {
    let scene = Scene::ready();
    let other = scene.sim.task_definition("other").container("web1", "nginx:1").register();
    scene.sim.at(Duration::from_secs(30), Act::deploy("prod", "web1", &other));
    let mut said = step(&scene, &[], "superseded").await;
    said.extend(step(&scene, &[("container", "web1"), ("repository", "web1")], "deployed").await);
    scene.sim.after(Duration::from_secs(20), Act::stop_deployment("prod", "web1"));
    said.extend(step(&scene, &[("force-new-deployment", "true")], "undone").await);
    let scene = Scene::ready();
    scene.sim.at(Duration::from_secs(30), Act::delete_service("prod", "web1"));
    said.extend(step(&scene, &[], "failed").await);
    said
}

async fn an_update_that_fails() -> Vec<Recorded> {
    let scene = Scene::ready();
    let fault = Fault::Error { code: "ClientException", message: "Not now." };
    scene.sim.fault("UpdateService", When::Always, fault);
    let mut said = step(&scene, &[], "failed").await;
    let fault = Fault::Error { code: "ClientException", message: "Too many." };
    scene.sim.fault("RegisterTaskDefinition", When::Always, fault);
    said.extend(step(&scene, &[], "failed").await);
    said
}

async fn denied_and_late_answers() -> Vec<Recorded> {
    let mut said = Vec::new();
    for operation in
        ["ListServiceDeployments", "DescribeServiceDeployments", "DescribeServiceRevisions"]
    {
        let scene = Scene::ready();
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
        said.extend(step(&scene, &[], "deployed").await);
    }
    for operation in ["DescribeServices", "DescribeTaskDefinition", "BatchGetImage"] {
        let scene = Scene::ready();
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
        said.extend(step(&scene, &[], "refused").await);
    }
    let scene = Scene::ready();
    let late = Duration::from_secs(20);
    scene.sim.lag(Lag {
        listing: late,
        current_service_deployment: late,
        describe: late,
        describe_services: late / 4,
        ..Lag::default()
    });
    said.extend(step(&scene, &[], "deployed").await);
    said
}

async fn trouble_on_the_way() -> Vec<Recorded> {
    let scene = Scene::ready();
    for fault in [Fault::Throttle, Fault::Status(500), Fault::HtmlError] {
        scene.sim.fault("*", When::Times(2), fault);
    }
    step(&scene, &[], "deployed").await
}

async fn back_again_and_a_list() -> Vec<Recorded> {
    let scene = Scene::ready();
    let mut said = step(&scene, &[], "deployed").await;
    let back: Vec<_> = vec![("command", "rollback"), ("version", "1.4.1")];
    said.extend(step(&scene, &back, "rolled-back").await);
    scene.sim.repository("web1").preview_expires("1.4.2");
    let forward: Vec<_> = vec![("command", "rollback"), ("version", "1.4.2")];
    said.extend(step(&scene, &forward, "rolled-back").await);
    said.extend(step(&scene, &[("command", "list")], "listed").await);
    said
}

async fn an_answer_to_a_pause() -> Vec<Recorded> {
    let scene = Scene::with_images(&["1.4.1", "1.4.2"]);
    let hook = json!([{ "targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
        "timeoutConfiguration": { "timeoutInMinutes": 600, "action": "CONTINUE" } }]);
    let service = scene.sim.service("prod", "web1").running_version("1.4.1").load_balancer();
    let service = service.configured("strategy", json!("BLUE_GREEN"));
    service.configured("lifecycleHooks", hook).desired(2).start();
    let mut said = step(&scene, &[("wait", "false")], "started").await;
    tokio::time::sleep(Duration::from_secs(300)).await;
    said.extend(
        step(&scene, &[("command", "rollback"), ("version", "1.4.1")], "rolled-back").await,
    );
    let with = [("version", "1.4.2"), ("wait-until", "paused")];
    said.extend(step(&scene, &with, "reached").await);
    let id = scene.sim.truth("prod", "web1").newest().deployment_id.clone();
    // What follows has a stage that AWS documents and its models lack.
    let with = [("command", "continue"), ("deployment", id.as_str()), ("wait", "false")];
    said.extend(step(&scene, &with, "started").await);
    said
}

async fn checks() -> Vec<Recorded> {
    let scene = Scene::ready();
    let with = [("command", "verify"), ("fail-on-severity", "high")];
    let mut said = step(&scene, &with, "refused").await;
    scene.sim.repository("web1").scanned("1.4.2", "COMPLETE", &[("LOW", 3)]);
    said.extend(step(&scene, &with, "verified").await);
    scene.sim.fault("DescribeTasks", When::Always, Fault::AccessDenied);
    said.extend(step(&scene, &with, "verified").await);
    said
}
