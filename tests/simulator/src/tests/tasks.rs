//! How tasks start and die, and what is told of it.

use serde_json::json;

use super::{
    crashing, deploy, described, ecs, messages, newest, secs, stopped_tasks, two_versions,
    until_over,
};
use crate::{Act, Behaviour, HealthCheck, Image};

#[tokio::test(start_paused = true)]
async fn an_image_that_is_gone_fails_to_start_with_growing_gaps() {
    let (sim, _) = two_versions();
    sim.repository("web1").delete("1.4.2");
    sim.service("prod", "web1").running("web1:1").circuit_breaker(true).start();
    deploy(&sim, "web1:2");
    let seconds = until_over(&sim).await;
    assert!((180..1200).contains(&seconds), "{seconds}");
    assert_eq!(newest(&sim)["status"], "ROLLBACK_SUCCESSFUL");
    let told = messages(&described(&sim));
    let stuck = "is unable to consistently start tasks successfully";
    assert_eq!(told.iter().filter(|message| message.contains(stuck)).count(), 1, "told once");
    let mut starts: Vec<f64> =
        stopped_tasks(&sim).iter().filter_map(|task| task["createdAt"].as_f64()).collect();
    starts.sort_by(f64::total_cmp);
    assert!(starts[2] - starts[1] > 1.3 * (starts[1] - starts[0]), "{starts:?}");
}

#[tokio::test(start_paused = true)]
async fn an_image_for_another_processor_does_not_start() {
    let cases = [
        (Image::linux_arm64(), "EssentialContainerExited", "Essential container in task exited"),
        (
            Image::multi_arch(&["linux/arm64"]),
            "TaskFailedToStart",
            "descriptor matching platform 'linux/amd64'",
        ),
    ];
    for (image, code, reason) in cases {
        let (sim, _) = two_versions();
        sim.repository("web1").push("1.4.2", image);
        sim.service("prod", "web1").running("web1:1").start();
        deploy(&sim, "web1:2");
        tokio::time::sleep(secs(60)).await;
        let task = stopped_tasks(&sim).remove(0);
        assert_eq!(task["stopCode"], code);
        assert!(task["stoppedReason"].as_str().is_some_and(|told| told.contains(reason)), "{task}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stopped_task_is_forgotten_after_an_hour() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").start();
    sim.act(Act::kill_tasks("prod", "web1", 1));
    tokio::time::sleep(secs(3599)).await;
    assert_eq!(stopped_tasks(&sim).len(), 1);
    tokio::time::sleep(secs(1)).await;
    let stopped = json!({ "cluster": "prod", "serviceName": "web1", "desiredStatus": "STOPPED" });
    assert_eq!(ecs(&sim, "ListTasks", &stopped)["taskArns"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_crash_after_the_task_settled_comes_too_late() {
    let (sim, digests) = two_versions();
    sim.behaves(&digests.new, Behaviour::Crashes { after: secs(60), exit_code: 1 });
    sim.service("prod", "web1").running("web1:1").circuit_breaker(true).start();
    deploy(&sim, "web1:2");
    until_over(&sim).await;
    assert_eq!(newest(&sim)["status"], "SUCCESSFUL");
}

#[tokio::test(start_paused = true)]
async fn failed_health_checks_trip_the_breaker() {
    for check in [HealthCheck::LoadBalancer, HealthCheck::Container] {
        let (sim, digests) = two_versions();
        sim.behaves(&digests.new, Behaviour::FailsHealthChecks { after: secs(90), check });
        let service = sim.service("prod", "web1").running("web1:1").load_balancer();
        service.circuit_breaker(true).start();
        deploy(&sim, "web1:2");
        until_over(&sim).await;
        assert_eq!(newest(&sim)["status"], "ROLLBACK_SUCCESSFUL", "{check:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_circuit_breaker_tasks_die_for_ever() {
    let (sim, digests) = two_versions();
    sim.behaves(&digests.new, crashing());
    sim.service("prod", "web1").running("web1:1").start();
    deploy(&sim, "web1:2");
    tokio::time::sleep(secs(3600)).await;
    assert_eq!(newest(&sim)["status"], "IN_PROGRESS");
    assert_eq!(newest(&sim)["deploymentCircuitBreaker"]["status"], "DISABLED");
    let task = stopped_tasks(&sim).remove(0);
    assert_eq!(task["stopCode"], "EssentialContainerExited");
    assert_eq!(task["containers"][0]["exitCode"], 1);
    assert_eq!(task["startedBy"], described(&sim)["deployments"][0]["id"]);
}

#[tokio::test(start_paused = true)]
async fn a_tag_moved_before_the_first_pull_deploys_the_other_image() {
    let (sim, digests) = two_versions();
    sim.service("prod", "web1").running("web1:1").start();
    deploy(&sim, "web1:2");
    sim.act(Act::move_tag("web1", "1.4.2", &digests.old));
    until_over(&sim).await;
    assert_eq!(sim.truth("prod", "web1").newest().digests["web1"], digests.old);
}

#[tokio::test(start_paused = true)]
async fn the_container_that_fails_is_named() {
    let (sim, digests) = two_versions();
    sim.behaves(&digests.new, Behaviour::RunsOutOfMemory { after: secs(5) });
    sim.behaves("nginx:1", Behaviour::Healthy { ready_after: secs(1) });
    let definition = sim.task_definition("pair").container("proxy", "nginx:1");
    definition.container("app", &sim.image("web1:1.4.2")).register();
    sim.service("prod", "web1").running("web1:1").start();
    deploy(&sim, "pair");
    tokio::time::sleep(secs(60)).await;
    let task = stopped_tasks(&sim).remove(0);
    assert_eq!(task["containers"][0]["exitCode"], 143);
    assert_eq!(task["containers"][1]["exitCode"], 137);
    let reason = task["containers"][1]["reason"].as_str();
    assert!(reason.is_some_and(|told| told.starts_with("OutOfMemoryError")), "{task}");
}

#[tokio::test(start_paused = true)]
async fn tasks_are_listed_in_pages_of_a_hundred_in_no_order() {
    let (sim, digests) = two_versions();
    sim.service("prod", "web1").running("web1:1").desired(150).start();
    sim.behaves(&digests.new, crashing());
    deploy(&sim, "web1:2");
    tokio::time::sleep(secs(120)).await;
    let mut ask = json!({ "cluster": "prod", "serviceName": "web1", "desiredStatus": "STOPPED" });
    let (mut listed, mut pages) = (Vec::new(), Vec::new());
    loop {
        let page = ecs(&sim, "ListTasks", &ask);
        let arns = page["taskArns"].as_array().expect("a list").clone();
        pages.push(arns.len());
        let described = ecs(&sim, "DescribeTasks", &json!({ "cluster": "prod", "tasks": arns }));
        let tasks = described["tasks"].as_array().expect("a list").clone();
        listed.extend(tasks.iter().filter_map(|task| task["createdAt"].as_f64()));
        match page.get("nextToken") {
            Some(token) => ask["nextToken"] = token.clone(),
            None => break,
        }
    }
    assert!(pages.len() > 1 && pages.iter().rev().skip(1).all(|size| *size == 100), "{pages:?}");
    assert!(!listed.is_sorted(), "the oldest first would be an order");
    assert!(!listed.iter().rev().is_sorted(), "so would the newest first");
}
