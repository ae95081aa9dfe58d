//! How tasks start and die, and what is told of it.

use serde_json::json;

use super::{
    crashing, deploy, described, ecs, messages, newest, pages, secs, stopped_tasks, two_versions,
    until_over, wait,
};
use crate::{Act, Behaviour, Image, Service};

#[tokio::test(start_paused = true)]
async fn an_image_that_is_gone_fails_to_start_with_growing_gaps() {
    let (sim, _) = two_versions();
    sim.repository("web1").delete("1.4.2");
    sim.service("prod", "web1").running("web1:1").circuit_breaker(true).start();
    deploy(&sim, "web1:2");
    let seconds = until_over(&sim).await;
    assert!((180..1200).contains(&seconds), "{seconds}");
    let told = messages(&described(&sim));
    let stuck = "is unable to consistently start tasks successfully";
    assert_eq!(told.iter().filter(|message| message.contains(stuck)).count(), 1, "told once");
    let mut starts: Vec<f64> =
        stopped_tasks(&sim).iter().filter_map(|task| task["createdAt"].as_f64()).collect();
    starts.sort_by(f64::total_cmp);
    assert!(starts[2] - starts[1] > 1.3 * (starts[1] - starts[0]), "{starts:?}");
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>
#[tokio::test(start_paused = true)]
async fn a_container_that_is_not_essential_exits_without_its_task() {
    for (essential, status) in [(true, "ROLLBACK_SUCCESSFUL"), (false, "SUCCESSFUL")] {
        let (sim, digests) = two_versions();
        let migration = sim.repository("migration").push("1", Image::linux_amd64().content("m"));
        sim.behaves(&migration, crashing());
        let container = json!({ "name": "migration", "image": sim.image("migration:1"),
            "essential": essential });
        let definition = sim.task_definition("web1").container("web1", &sim.image("web1:1.4.2"));
        definition.container_with(&container).register();
        sim.service("prod", "web1").running("web1:1").circuit_breaker(true).start();
        deploy(&sim, "web1:3");
        until_over(&sim).await;
        let truth = sim.truth("prod", "web1");
        assert_eq!(truth.newest().status, status);
        let runs = if essential { &digests.old } else { &digests.new };
        assert_eq!(truth.running[0].digests["web1"], *runs);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stopped_task_is_forgotten_after_an_hour() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").start();
    sim.act(Act::kill_tasks("prod", "web1", 1));
    wait(3599).await;
    assert_eq!(stopped_tasks(&sim).len(), 1);
    wait(1).await;
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
async fn a_tag_moved_before_the_first_pull_deploys_the_other_image() {
    let (sim, digests) = two_versions();
    sim.service("prod", "web1").running("web1:1").start();
    deploy(&sim, "web1:2");
    sim.act(Act::move_tag("web1", "1.4.2", &digests.old));
    until_over(&sim).await;
    assert_eq!(sim.truth("prod", "web1").newest().digests["web1"], digests.old);
}

#[tokio::test(start_paused = true)]
async fn tasks_are_listed_in_pages_of_a_hundred_in_no_order() {
    let (sim, digests) = two_versions();
    sim.service("prod", "web1").running("web1:1").desired(150).start();
    sim.behaves(&digests.new, crashing());
    deploy(&sim, "web1:2");
    wait(120).await;
    let ask = json!({ "cluster": "prod", "serviceName": "web1", "desiredStatus": "STOPPED" });
    let listed = pages(&sim, Service::Ecs, ("ListTasks", "taskArns"), ask);
    assert!(listed.len() > 1 && listed.iter().rev().skip(1).all(|page| page.len() == 100));
    let tasks = ecs(&sim, "DescribeTasks", &json!({ "cluster": "prod", "tasks": listed[0] }));
    let tasks = tasks["tasks"].as_array().expect("a list");
    let created: Vec<f64> = tasks.iter().filter_map(|task| task["createdAt"].as_f64()).collect();
    assert!(!created.is_sorted(), "the oldest first would be an order");
    assert!(!created.iter().rev().is_sorted(), "so would the newest first");
}
