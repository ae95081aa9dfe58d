//! Deployments that go well, from phase to phase.

use serde_json::json;

use super::super::{described, ecs, messages};
use super::{cd, cd_error, count, create, create_with, events, info, secs, service, target};
use super::{task_sets, truth, until, until_at, until_over, until_served, wait};
use crate::{Behaviour, ServingTruth};

#[tokio::test(start_paused = true)]
async fn traffic_moves_at_once_and_the_old_task_set_goes_later() {
    let (sim, digests, group) = service();
    group.create();
    let id = create(&sim, "web1:2");
    assert_eq!(info(&sim, &id)["status"], "Created");
    let target_id = json!({ "deploymentId": id, "targetId": "prod:web1" });
    assert_eq!(cd_error(&sim, "GetDeploymentTarget", &target_id), "DeploymentNotStartedException");
    until_at(&sim, &id, 1).await;
    let sets = task_sets(&sim);
    assert_eq!((&sets[0]["status"], &sets[1]["status"]), (&json!("PRIMARY"), &json!("ACTIVE")));
    assert_eq!(sets[1]["externalId"], json!(id));
    assert_eq!(sets[1]["stabilityStatus"], "STABILIZING");
    assert_eq!(truth(&sim).serving()[0].digests["web1"], digests.old);

    until_served(&sim, &id).await;
    let shifted = sim.elapsed();
    assert_eq!(info(&sim, &id)["status"], "InProgress");
    assert_eq!(info(&sim, &id)["instanceTerminationWaitTimeStarted"], false);
    assert_eq!(events(&sim, &id), ["Succeeded"; 8]);
    let service = described(&sim);
    assert_eq!(service["taskSets"][0]["externalId"], json!(id));
    assert_eq!(service["taskSets"][1]["status"], "ACTIVE");
    assert_eq!(service["runningCount"], 4);
    let told = service["loadBalancers"][0]["targetGroupArn"].as_str();
    assert!(told.is_some_and(|it| it.contains("web1-2/")), "{told:?}");
    let weights = target(&sim, &id)["taskSetsInfo"].clone();
    let weights = [0, 1]
        .map(|at| (weights[at]["taskSetLabel"].clone(), weights[at]["trafficWeight"].clone()));
    assert_eq!(weights, [(json!("Blue"), json!(0.0)), (json!("Green"), json!(100.0))]);

    let ended = until_over(&sim, &id).await;
    assert_eq!(ended["status"], "Succeeded");
    assert_eq!(ended["deploymentOverview"]["Succeeded"], 1);
    let truth = truth(&sim);
    let newest = truth.newest();
    assert!(newest.finished.is_some_and(|at| at >= shifted + secs(295)));
    assert!(newest.served.is_some_and(|at| at < shifted + secs(5)), "it served before that");
    assert_eq!(truth.serving()[0].digests["web1"], digests.new);
    wait(60).await;
    let sets = task_sets(&sim);
    assert_eq!((count(&sets), &sets[0]["stabilityStatus"]), (1, &json!("STEADY_STATE")));
    let tasks = ecs(&sim, "ListTasks", &json!({ "cluster": "prod", "startedBy": sets[0]["id"] }));
    assert_eq!(count(&tasks["taskArns"]), 2);
    // What ECS told of it, the newest first.
    let green = sets[0]["id"].as_str().expect("an id");
    let told = messages(&described(&sim));
    for message in [
        format!("(service web1) updated computedDesiredCount for taskSet {green} to 2."),
        format!("(service web1, taskSet {green}) has started 2 tasks: "),
        format!("(service web1, taskSet {green}) registered 1 targets in (target-group "),
        format!("(service web1, taskSet {green}) updated state to STEADY_STATE."),
    ] {
        assert!(told.iter().any(|it| it.starts_with(&message)), "{message}: {told:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_test_listener_there_are_no_events_about_it() {
    let (sim, _, group) = service();
    group.without_test_listener().waits_for_a_person(5).create();
    let id = create_with(&sim, "web1:2", &json!([{ "AfterAllowTestTraffic": "check" }]));
    until(&sim, "ready", |sim| info(sim, &id)["status"] == "Ready").await;
    assert_eq!(events(&sim, &id), [["Succeeded"; 3], ["Pending"; 3]].concat());
    cd(&sim, "ContinueDeployment", &json!({ "deploymentId": id }));
    assert_eq!(until_over(&sim, &id).await["status"], "Succeeded");
    assert_eq!(events(&sim, &id), ["Succeeded"; 6]);
}

#[tokio::test(start_paused = true)]
async fn traffic_moves_in_steps() {
    for (config, shares) in [
        ("CodeDeployDefault.ECSLinear10PercentEvery1Minutes", (1..=10).map(|it| it * 10).collect()),
        ("CodeDeployDefault.ECSCanary10Percent5Minutes", vec![10, 100]),
        ("thirds", vec![33, 66, 99, 100]),
    ] {
        let (sim, _, group) = service();
        sim.linear_deployment_config("thirds", 33, 2);
        group.config(config).create();
        let id = create(&sim, "web1:2");
        until_over(&sim, &id).await;
        let truth = truth(&sim);
        let new = |serving: &ServingTruth| {
            let green = serving.shares.iter().find(|it| it.task_definition.ends_with("web1:2"));
            green.map(|it| it.percent)
        };
        let moved: Vec<u32> = truth.traffic.iter().filter_map(new).collect();
        assert_eq!(moved, shares, "{config}");
        let sum = |it: &ServingTruth| it.shares.iter().map(|it| it.percent).sum::<u32>();
        assert!(truth.traffic.iter().all(|it| sum(it) == 100));
    }
}

#[tokio::test(start_paused = true)]
async fn what_dies_after_the_first_checks_is_deployed_all_the_same() {
    let (sim, digests, group) = service();
    group.create();
    sim.behaves(&digests.new, Behaviour::Crashes { after: secs(100), exit_code: 1 });
    let id = create(&sim, "web1:2");
    assert_eq!(until_over(&sim, &id).await["status"], "Succeeded");
    let service = described(&sim);
    assert!(messages(&service).iter().filter(|it| it.contains("has started")).count() > 2);
}
