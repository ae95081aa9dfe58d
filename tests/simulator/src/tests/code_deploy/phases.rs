//! Deployments that go well, from phase to phase.

use serde_json::json;

use super::super::{described, ecs, messages, secs};
use super::{app_spec, cd, cd_error, create, create_with, events, info, request, service, target};
use super::{has_served, truth, until, until_at, until_over};
use crate::Behaviour;

#[tokio::test(start_paused = true)]
async fn traffic_moves_at_once_and_the_old_task_set_goes_later() {
    let (sim, digests, group) = service();
    group.create();
    let id = create(&sim, "web1:2");
    assert_eq!(info(&sim, &id)["status"], "Created");
    let target_id = json!({ "deploymentId": id, "targetId": "prod:web1" });
    assert_eq!(cd_error(&sim, "GetDeploymentTarget", &target_id), "DeploymentNotStartedException");
    until_at(&sim, &id, 1).await;
    let sets = described(&sim)["taskSets"].clone();
    assert_eq!(sets.as_array().map(Vec::len), Some(2));
    assert_eq!((&sets[0]["status"], &sets[1]["status"]), (&json!("PRIMARY"), &json!("ACTIVE")));
    assert_eq!(sets[1]["externalId"], json!(id));
    assert_eq!(sets[1]["stabilityStatus"], "STABILIZING");
    assert_eq!(truth(&sim).serving()[0].digests["web1"], digests.old);

    until(&sim, "shifted", |sim| has_served(sim, &id)).await;
    assert_eq!(info(&sim, &id)["status"], "InProgress");
    assert_eq!(info(&sim, &id)["instanceTerminationWaitTimeStarted"], false);
    assert_eq!(target(&sim, &id)["status"], "Succeeded");
    assert_eq!(events(&sim, &id), ["Succeeded"; 8]);
    assert!(info(&sim, &id).get("deploymentOverview").is_none());
    let service = described(&sim);
    assert_eq!(service["taskSets"][0]["externalId"], json!(id));
    assert_eq!(service["taskSets"][1]["status"], "ACTIVE");
    assert_eq!(service["runningCount"], 4);
    assert!(
        service["loadBalancers"][0]["targetGroupArn"]
            .as_str()
            .is_some_and(|it| it.contains("web1-2/"))
    );
    assert!(service["taskDefinition"].as_str().is_some_and(|it| it.ends_with("web1:2")));
    let sets = target(&sim, &id)["taskSetsInfo"].clone();
    assert_eq!(
        (&sets[0]["taskSetLabel"], &sets[0]["trafficWeight"]),
        (&json!("Blue"), &json!(0.0))
    );
    assert_eq!(
        (&sets[1]["taskSetLabel"], &sets[1]["trafficWeight"]),
        (&json!("Green"), &json!(100.0))
    );
    let shifted = sim.elapsed();

    let ended = until_over(&sim, &id).await;
    assert_eq!(ended["status"], "Succeeded");
    assert_eq!(ended["deploymentOverview"]["Succeeded"], 1);
    let truth = truth(&sim);
    let newest = truth.newest();
    assert!(newest.finished.is_some_and(|at| at >= shifted + secs(295)));
    assert!(newest.served.is_some_and(|at| at < shifted + secs(5)), "it served before that");
    assert_eq!(truth.serving()[0].digests["web1"], digests.new);
    tokio::time::sleep(secs(60)).await;
    let sets = described(&sim)["taskSets"].clone();
    assert_eq!(sets.as_array().map(Vec::len), Some(1));
    assert_eq!(sets[0]["stabilityStatus"], "STEADY_STATE");
    let tasks = ecs(&sim, "ListTasks", &json!({ "cluster": "prod", "startedBy": sets[0]["id"] }));
    assert_eq!(tasks["taskArns"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(start_paused = true)]
async fn without_a_test_listener_there_are_no_events_about_it() {
    let (sim, _, group) = service();
    group.without_test_listener().waits_for_a_person(5).create();
    let id = create_with(&sim, "web1:2", &json!([{ "AfterAllowTestTraffic": "check" }]));
    sim.hook_fails("check");
    until(&sim, "ready", |sim| info(sim, &id)["status"] == "Ready").await;
    assert_eq!(
        events(&sim, &id),
        ["Succeeded", "Succeeded", "Succeeded", "Pending", "Pending", "Pending"]
    );
    cd(&sim, "ContinueDeployment", &json!({ "deploymentId": id }));
    assert_eq!(until_over(&sim, &id).await["status"], "Succeeded");
    assert_eq!(events(&sim, &id), ["Succeeded"; 6]);
}

#[tokio::test(start_paused = true)]
async fn ecs_tells_of_the_task_sets() {
    let (sim, _, group) = service();
    group.terminates_after(0).create();
    let id = create(&sim, "web1:2");
    until_over(&sim, &id).await;
    let green = described(&sim)["taskSets"][0]["id"].clone();
    let green = green.as_str().expect("an id");
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
        let new = |serving: &crate::ServingTruth| {
            let green = serving.shares.iter().find(|it| it.task_definition.ends_with("web1:2"));
            green.map(|it| it.percent)
        };
        let moved: Vec<u32> = truth.traffic.iter().filter_map(new).collect();
        assert_eq!(moved, shares, "{config}");
        let first = truth.traffic[1].since;
        assert_eq!(truth.serving_at(first)[0].percent, 100 - shares[0].min(50));
        assert!(
            truth
                .traffic
                .iter()
                .all(|it| it.shares.iter().map(|it| it.percent).sum::<u32>() == 100)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_may_keep_the_old_task_set() {
    let (sim, _, group) = service();
    group.keeps_blue().create();
    let id = create(&sim, "web1:2");
    let ended = until_over(&sim, &id).await;
    assert_eq!(
        (&ended["status"], &ended["instanceTerminationWaitTimeStarted"]),
        (&json!("Succeeded"), &json!(false))
    );
    tokio::time::sleep(secs(600)).await;
    assert_eq!(described(&sim)["taskSets"].as_array().map(Vec::len), Some(2));
    // The next deployment takes it away.
    let id = create(&sim, "web1:1");
    assert_eq!(until_over(&sim, &id).await["status"], "Succeeded");
    assert_eq!(described(&sim)["taskSets"].as_array().map(Vec::len), Some(2));
    assert!(truth(&sim).serving()[0].task_definition.ends_with("web1:1"));
}

#[tokio::test(start_paused = true)]
async fn a_person_lets_the_traffic_go() {
    let (sim, _, group) = service();
    group.waits_for_a_person(30).terminates_after(60).create();
    let id = create(&sim, "web1:2");
    let go_on = |kind: &str| json!({ "deploymentId": id, "deploymentWaitType": kind });
    let early = cd_error(&sim, "ContinueDeployment", &go_on("READY_WAIT"));
    assert_eq!(early, "DeploymentIsNotInReadyStateException");
    until(&sim, "ready", |sim| info(sim, &id)["status"] == "Ready").await;
    assert_eq!(target(&sim, &id)["status"], "Ready");
    assert_eq!(events(&sim, &id)[4..6], ["Succeeded", "Pending"]);
    tokio::time::sleep(secs(600)).await;
    assert_eq!(info(&sim, &id)["status"], "Ready");
    cd(&sim, "ContinueDeployment", &go_on("READY_WAIT"));
    until(&sim, "shifted", |sim| has_served(sim, &id)).await;
    cd(&sim, "ContinueDeployment", &go_on("TERMINATION_WAIT"));
    assert_eq!(info(&sim, &id)["status"], "Succeeded");
    let late = cd_error(&sim, "ContinueDeployment", &go_on("TERMINATION_WAIT"));
    assert_eq!(late, "DeploymentAlreadyCompletedException");
}

#[tokio::test(start_paused = true)]
async fn functions_are_asked_in_their_order() {
    let (sim, _, group) = service();
    group.create();
    let hooks = json!([{ "BeforeInstall": "first" }, { "AfterAllowTraffic": "last" }]);
    let id = create_with(&sim, "web1:2", &hooks);
    until_at(&sim, &id, 0).await;
    assert_eq!(until_over(&sim, &id).await["status"], "Succeeded");
    let told = target(&sim, &id)["lifecycleEvents"].clone();
    assert_eq!(told[0]["diagnostics"]["scriptName"], "first");
    assert_eq!(told[7]["diagnostics"]["errorCode"], "Success");
    assert!(told[2].get("diagnostics").is_none());
}

#[tokio::test(start_paused = true)]
async fn yaml_says_the_same_and_more() {
    let (sim, _, group) = service();
    group.create();
    let yaml = format!(
        "version: 0.0\nResources:\n  - TargetService:\n      Type: AWS::ECS::Service\n      \
         Properties:\n        TaskDefinition: \"{}\"\n        LoadBalancerInfo:\n          \
         ContainerName: \"web1\"\n          ContainerPort: 8080\n        PlatformVersion: \
         \"1.4.0\"\n",
        super::arn("web1:2")
    );
    let id = cd(&sim, "CreateDeployment", &request(&yaml))["deploymentId"].clone();
    let id = id.as_str().expect("an id");
    assert_eq!(until_over(&sim, id).await["status"], "Succeeded");
    assert_eq!(described(&sim)["taskSets"][0]["platformVersion"], "1.4.0");
    let revision = info(&sim, id)["revision"].clone();
    assert!(revision["appSpecContent"].get("content").is_none());
    let asked = json!({ "applicationName": "shop", "revision": revision });
    let told = cd(&sim, "GetApplicationRevision", &asked);
    assert_eq!(told["revision"]["appSpecContent"]["content"], json!(yaml));
    assert_eq!(told["revisionInfo"]["deploymentGroups"], json!(["web1"]));
    let other = app_spec("web1:1", &json!([])).to_string();
    let asked = json!({ "applicationName": "shop", "revision": { "revisionType": "AppSpecContent",
        "appSpecContent": { "content": other } } });
    assert_eq!(cd_error(&sim, "GetApplicationRevision", &asked), "RevisionDoesNotExistException");
}

#[tokio::test(start_paused = true)]
async fn a_count_that_changes_on_the_way_changes_both_task_sets() {
    let (sim, digests, group) = service();
    group.create();
    sim.behaves(&digests.new, Behaviour::Healthy { ready_after: secs(300) });
    let id = create(&sim, "web1:2");
    until_at(&sim, &id, 1).await;
    sim.act(crate::Act::desired_count("prod", "web1", 3));
    until(&sim, "shifted", |sim| has_served(sim, &id)).await;
    assert_eq!(described(&sim)["runningCount"], 6);
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
