//! Deployments that fail or are stopped, and nobody rolls back.

use serde_json::{Value, json};

use super::super::stopped_tasks;
use super::{WAY_BACK, app_spec, cd, cd_error, count, create, create_with, events, info, request};
use super::{secs, service, target, task_sets, truth, until, until_at, until_over, wait};
use crate::{Act, Behaviour, Hook};

#[tokio::test(start_paused = true)]
async fn a_replacement_that_never_gets_steady_fails_after_an_hour() {
    let (sim, digests, group) = service();
    group.create();
    sim.behaves(&digests.new, Behaviour::Crashes { after: secs(5), exit_code: 7 });
    let id = create(&sim, "web1:2");
    until_at(&sim, &id, 1).await;
    let began = sim.elapsed();
    wait(60).await;
    let green = task_sets(&sim)[1]["id"].clone();
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
}

#[tokio::test(start_paused = true)]
async fn what_ecs_refuses_fails_at_install() {
    for (member, value, words) in [
        ("", Value::Null, "TaskDefinition is inactive"),
        ("ContainerName", json!("sidecar"), "The container does not exist in the task definition."),
        ("ContainerPort", json!(9), "The container web1 did not have a container port 9 defined."),
    ] {
        let (sim, _, group) = service();
        group.auto_rollback(WAY_BACK).create();
        let mut spec = app_spec("web1:2", &json!([]));
        match member {
            "" => sim.act(Act::deregister("web1:2")),
            _ => {
                let properties = &mut spec["Resources"][0]["TargetService"]["Properties"];
                properties["LoadBalancerInfo"][member] = value;
            }
        }
        let id = cd(&sim, "CreateDeployment", &request(&spec.to_string()))["deploymentId"].clone();
        let ended = until_over(&sim, id.as_str().expect("an id")).await;
        assert_eq!(ended["errorInformation"]["code"], "ECS_UPDATE_ERROR");
        assert!(ended["errorInformation"]["message"].as_str().is_some_and(|it| it.contains(words)));
        // There is no replacement to roll back.
        assert_eq!((truth(&sim).deployments.len(), count(&task_sets(&sim))), (1, 1));
    }
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
        let log_tail = if seconds == 20 { "no 200" } else { "" };
        assert_eq!((&told["errorCode"], &told["logTail"]), (&json!(kind), &json!(log_tail)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_leaves_the_traffic_where_it_is() {
    let (sim, _, group) = service();
    group.config("CodeDeployDefault.ECSLinear10PercentEvery1Minutes").create();
    let body = |id: &str| json!({ "deploymentId": id, "autoRollbackEnabled": false });
    let stop = |id: &str| cd(&sim, "StopDeployment", &body(id))["status"].clone();
    // Before anything has begun it takes no time.
    let id = create(&sim, "web1:2");
    assert_eq!((stop(&id), &info(&sim, &id)["status"]), (json!("Succeeded"), &json!("Stopped")));
    assert_eq!(stop(&id), "Succeeded");

    let id = create(&sim, "web1:2");
    until(&sim, "at thirty", |sim| truth(sim).serving()[0].percent == 70).await;
    // The next step would come before the stop is done, and does not.
    wait(57).await;
    assert_eq!((stop(&id), &info(&sim, &id)["status"]), (json!("Pending"), &json!("InProgress")));
    let ended = until_over(&sim, &id).await;
    assert_eq!(ended["errorInformation"]["code"], "MANUAL_STOP");
    let mut expected = ["Succeeded"; 8];
    (expected[6], expected[7]) = ("Failed", "Skipped");
    assert_eq!(events(&sim, &id), expected);
    wait(600).await;
    let shares = || truth(&sim).serving().iter().map(|it| it.percent).collect::<Vec<_>>();
    assert_eq!(shares(), [70, 30]);

    // The next deployment clears up.
    let id = create(&sim, "web1:1");
    until_at(&sim, &id, 1).await;
    assert_eq!(shares(), [100]);
    assert_eq!(until_over(&sim, &id).await["status"], "Succeeded");
    let late = cd_error(&sim, "StopDeployment", &body(&id));
    assert_eq!(late, "DeploymentAlreadyCompletedException");
}
