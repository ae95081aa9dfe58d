//! Deployments that fail or are stopped, and nobody rolls back.

use serde_json::json;

use super::super::{described, secs, stopped_tasks};
use super::{cd, cd_error, create, create_with, events, info, service, target, truth, until};
use super::{until_at, until_over};
use crate::{Act, Behaviour, Hook};

#[tokio::test(start_paused = true)]
async fn a_replacement_that_never_gets_steady_fails_after_an_hour() {
    let (sim, digests, group) = service();
    group.create();
    sim.behaves(&digests.new, Behaviour::Crashes { after: secs(5), exit_code: 7 });
    let id = create(&sim, "web1:2");
    until_at(&sim, &id, 1).await;
    let began = sim.elapsed();
    tokio::time::sleep(secs(60)).await;
    let green = described(&sim)["taskSets"][1]["id"].clone();
    let died = stopped_tasks(&sim);
    assert!(died.iter().any(|it| it["startedBy"] == green && it["containers"][0]["exitCode"] == 7));
    let ended = until_over(&sim, &id).await;
    assert_eq!(ended["status"], "Failed");
    assert_eq!(ended["errorInformation"]["code"], "TIMEOUT");
    assert!(truth(&sim).newest().finished.is_some_and(|at| at >= began + secs(3590)));
    let mut expected = ["Skipped"; 8];
    (expected[0], expected[1]) = ("Succeeded", "Failed");
    assert_eq!(events(&sim, &id), expected);
    assert_eq!(truth(&sim).serving()[0].digests["web1"], digests.old);
    assert!(ended.get("rollbackInfo").is_none());
}

#[tokio::test(start_paused = true)]
async fn what_ecs_refuses_fails_at_install() {
    for (change, words) in [
        ("inactive", "TaskDefinition is inactive"),
        ("container", "The container does not exist in the task definition."),
        ("port", "The container web1 did not have a container port 9 defined."),
    ] {
        let (sim, _, group) = service();
        group.auto_rollback(super::WAY_BACK).create();
        let mut spec = super::app_spec("web1:2", &json!([]));
        let info_of = &mut spec["Resources"][0]["TargetService"]["Properties"]["LoadBalancerInfo"];
        match change {
            "container" => info_of["ContainerName"] = json!("sidecar"),
            "port" => info_of["ContainerPort"] = json!(9),
            _ => sim.act(Act::deregister("web1:2")),
        }
        let body = super::request(&spec.to_string());
        let id = cd(&sim, "CreateDeployment", &body)["deploymentId"].clone();
        let ended = until_over(&sim, id.as_str().expect("an id")).await;
        assert_eq!(ended["errorInformation"]["code"], "ECS_UPDATE_ERROR");
        assert!(ended["errorInformation"]["message"].as_str().is_some_and(|it| it.contains(words)));
        // There is no replacement to roll back.
        assert_eq!(truth(&sim).deployments.len(), 1);
        assert_eq!(described(&sim)["taskSets"].as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_may_be_broken_before_the_first_event() {
    let (sim, _, group) = service();
    let message = "The IAM role does not give you permission to perform operations.";
    group.broken("IAM_ROLE_PERMISSIONS", message).queues_for(secs(30)).create();
    let id = create(&sim, "web1:2");
    tokio::time::sleep(secs(10)).await;
    assert_eq!(info(&sim, &id)["status"], "Queued");
    let ended = until_over(&sim, &id).await;
    assert_eq!(ended["status"], "Failed");
    assert_eq!(ended["errorInformation"]["code"], "IAM_ROLE_PERMISSIONS");
    assert_eq!(events(&sim, &id), ["Skipped"; 8]);
}

#[tokio::test(start_paused = true)]
async fn a_function_fails_with_the_end_of_its_log_or_never_answers() {
    let cases = [
        (Hook::Fails { log_tail: "no 200".into() }, "HOOK_EXECUTION_FAILURE", "ScriptFailed", 20),
        (Hook::Hangs, "TIMEOUT", "ScriptTimedOut", 3600),
    ];
    for (hook, code, kind, seconds) in cases {
        let (sim, _, group) = service();
        group.create();
        sim.hook("check", hook);
        let id = create_with(&sim, "web1:2", &json!([{ "AfterAllowTestTraffic": "check" }]));
        until_at(&sim, &id, 4).await;
        let began = sim.elapsed();
        let ended = until_over(&sim, &id).await;
        assert_eq!(ended["errorInformation"]["code"], code);
        let took = truth(&sim).newest().finished.expect("it is over") - began;
        assert!(took <= secs(seconds) && took + secs(30) >= secs(seconds), "{took:?}");
        let told = target(&sim, &id)["lifecycleEvents"][4]["diagnostics"].clone();
        assert_eq!(told["errorCode"], kind);
        assert_eq!(told["logTail"], if seconds == 20 { "no 200" } else { "" });
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_lets_the_traffic_go_in_time() {
    let (sim, digests, group) = service();
    group.waits_for_a_person(20).create();
    let id = create(&sim, "web1:2");
    let ended = until_over(&sim, &id).await;
    assert_eq!(ended["status"], "Stopped");
    let message = ended["errorInformation"]["message"].as_str().expect("a message");
    assert!(message.ends_with("This time out period is 20 minutes."), "{message}");
    assert_eq!(truth(&sim).serving()[0].digests["web1"], digests.old);
}

#[tokio::test(start_paused = true)]
async fn a_stop_leaves_the_traffic_where_it_is() {
    let (sim, _, group) = service();
    group.config("CodeDeployDefault.ECSLinear10PercentEvery1Minutes").create();
    let stop = |id: &str| json!({ "deploymentId": id, "autoRollbackEnabled": false });
    // Before anything has begun it takes no time.
    let id = create(&sim, "web1:2");
    assert_eq!(cd(&sim, "StopDeployment", &stop(&id))["status"], "Succeeded");
    assert_eq!(info(&sim, &id)["status"], "Stopped");
    assert_eq!(cd(&sim, "StopDeployment", &stop(&id))["status"], "Succeeded");

    let id = create(&sim, "web1:2");
    until(&sim, "at thirty", |sim| truth(sim).serving()[0].percent == 70).await;
    // The next step would come before the stop is done, and does not.
    tokio::time::sleep(secs(57)).await;
    assert_eq!(cd(&sim, "StopDeployment", &stop(&id))["status"], "Pending");
    assert_eq!(info(&sim, &id)["status"], "InProgress");
    let ended = until_over(&sim, &id).await;
    assert_eq!(ended["errorInformation"]["code"], "MANUAL_STOP");
    let mut expected = ["Succeeded"; 8];
    (expected[6], expected[7]) = ("Failed", "Skipped");
    assert_eq!(events(&sim, &id), expected);
    tokio::time::sleep(secs(600)).await;
    let truth = truth(&sim);
    assert_eq!((truth.serving()[0].percent, truth.serving()[1].percent), (70, 30));

    // The next deployment clears up.
    let id = create(&sim, "web1:1");
    until_at(&sim, &id, 1).await;
    assert_eq!(super::truth(&sim).serving()[0].percent, 100);
    assert_eq!(until_over(&sim, &id).await["status"], "Succeeded");
    assert_eq!(cd_error(&sim, "StopDeployment", &stop(&id)), "DeploymentAlreadyCompletedException");
}

#[tokio::test(start_paused = true)]
async fn somebody_deploys_and_stops_on_the_way() {
    let (sim, _, group) = service();
    group.waits_for_a_person(60).create();
    sim.after(secs(10), Act::create_deployment("shop", "web1", "web1:2"));
    sim.after(secs(600), Act::continue_code_deploy("shop", "web1", "READY_WAIT"));
    sim.after(secs(700), Act::stop_code_deploy("shop", "web1", None));
    tokio::time::sleep(secs(800)).await;
    let truth = truth(&sim);
    assert_eq!(truth.newest().status, "Stopped");
    assert!(truth.serving()[0].task_definition.ends_with("web1:2"));
    assert!(sim.writes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_deleted_on_the_way_ends_its_deployment() {
    let (sim, _, group) = service();
    group.auto_rollback(super::WAY_BACK).create();
    let id = create(&sim, "web1:2");
    until_at(&sim, &id, 1).await;
    sim.act(Act::delete_service("prod", "web1"));
    let ended = until_over(&sim, &id).await;
    assert_eq!(ended["errorInformation"]["code"], "INVALID_ECS_SERVICE");
    tokio::time::sleep(secs(120)).await;
    assert_eq!(described(&sim)["status"], "INACTIVE");
    assert_eq!(described(&sim)["taskSets"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_second_group_does_not_get_in_between() {
    let (sim, digests, group) = service();
    group.create();
    sim.deployment_group("shop", "second").service("prod", "web1").create();
    let id = create(&sim, "web1:2");
    until_at(&sim, &id, 1).await;
    sim.act(Act::create_deployment("shop", "second", "web1:1"));
    assert_eq!(until_over(&sim, &id).await["status"], "Succeeded");
    let second = sim.codedeploy_truth("shop", "second");
    assert_eq!(second.newest().error.as_ref().map(|it| it.0.as_str()), Some("ECS_UPDATE_ERROR"));
    assert_eq!(second.serving()[0].digests["web1"], digests.new);
}

#[tokio::test(start_paused = true)]
async fn an_alarm_that_is_on_already_stops_what_it_watches() {
    let (sim, _, group) = service();
    group.alarms(&["errors"]).create();
    sim.act(Act::alarm("prod", "web1", "errors"));
    let id = create(&sim, "web1:2");
    assert_eq!(until_over(&sim, &id).await["errorInformation"]["code"], "ALARM_ACTIVE");
    // A deployment may name other alarms, or none.
    let mut body = super::request(&super::app_spec("web1:2", &json!([])).to_string());
    body["overrideAlarmConfiguration"] = json!({ "enabled": false });
    let id = cd(&sim, "CreateDeployment", &body)["deploymentId"].clone();
    assert_eq!(until_over(&sim, id.as_str().expect("an id")).await["status"], "Succeeded");
}
