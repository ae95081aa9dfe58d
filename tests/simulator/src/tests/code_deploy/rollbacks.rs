//! Rollbacks: deployments of their own.

use serde_json::json;

use super::super::{described, secs};
use super::{WAY_BACK, cd, cd_error, create, create_with, events, info, request, service, truth};
use super::{app_spec, has_served, until, until_at, until_over};
use crate::{Act, Behaviour};

#[tokio::test(start_paused = true)]
async fn a_failed_function_brings_the_old_task_set_back() {
    let (sim, digests, group) = service();
    group.auto_rollback(WAY_BACK).create();
    sim.hook_fails("check");
    let before = described(&sim)["taskSets"][0]["id"].clone();
    let id = create_with(&sim, "web1:2", &json!([{ "AfterAllowTraffic": "check" }]));
    until(&sim, "failed", |sim| info(sim, &id)["status"] == "Failed").await;
    // What it was rolled back by is told a little later, and nobody gets in between.
    assert!(info(&sim, &id).get("rollbackInfo").is_none());
    assert_eq!(truth(&sim).serving()[0].digests["web1"], digests.new);
    let body = request(&app_spec("web1:1", &json!([])).to_string());
    assert_eq!(cd_error(&sim, "CreateDeployment", &body), "DeploymentLimitExceededException");
    let ended = until_over(&sim, &id).await;
    let rollback = ended["rollbackInfo"]["rollbackDeploymentId"].as_str().expect("an id");
    assert_eq!(
        ended["rollbackInfo"]["rollbackMessage"],
        json!(format!(
            "Deployment {id} terminated. Automatic rollback is triggered with a DeploymentId \
             {rollback}."
        ))
    );
    let info = info(&sim, rollback);
    assert_eq!(info["status"], "Succeeded");
    assert_eq!(info["creator"], "codeDeployRollback");
    assert_eq!(info["deploymentConfigName"], "CodeDeployDefault.ECSAllAtOnce");
    assert_eq!(info["rollbackInfo"]["rollbackTriggeringDeploymentId"], json!(id));
    let truth = truth(&sim);
    assert_eq!(truth.deployment(&id).rolled_back_by.as_deref(), Some(rollback));
    assert_eq!(truth.newest().rolls_back.as_deref(), Some(id.as_str()));
    assert_eq!(truth.serving()[0].digests["web1"], digests.old);
    assert_eq!(json!(truth.serving()[0].task_set), before);
    tokio::time::sleep(secs(60)).await;
    assert_eq!(described(&sim)["taskSets"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(start_paused = true)]
async fn an_alarm_stops_and_rolls_back_on_the_way() {
    let (sim, digests, group) = service();
    let linear = "CodeDeployDefault.ECSLinear10PercentEvery1Minutes";
    group.config(linear).alarms(&["errors"]).auto_rollback(WAY_BACK).deployed("web1:1").create();
    let id = create(&sim, "web1:2");
    until(&sim, "at ten", |sim| truth(sim).serving()[0].percent == 90).await;
    sim.act(Act::alarm("prod", "web1", "others"));
    tokio::time::sleep(secs(10)).await;
    assert_eq!(info(&sim, &id)["status"], "InProgress");
    sim.act(Act::alarm("prod", "web1", "errors"));
    let ended = until_over(&sim, &id).await;
    assert_eq!(ended["status"], "Stopped");
    assert_eq!(ended["errorInformation"]["code"], "ALARM_ACTIVE");
    let message = ended["errorInformation"]["message"].as_str().expect("a message");
    assert!(message.ends_with("Activated alarms: <errors>"), "{message}");
    let mut expected = ["Succeeded"; 8];
    (expected[6], expected[7]) = ("Failed", "Skipped");
    assert_eq!(events(&sim, &id), expected);
    assert_eq!(truth(&sim).newest().status, "Succeeded");
    let rollback = info(&sim, &truth(&sim).newest().id);
    assert_eq!(rollback["deploymentConfigName"], "CodeDeployDefault.ECSAllAtOnce");
    assert_eq!(truth(&sim).serving()[0].digests["web1"], digests.old);
    assert_eq!(truth(&sim).serving()[0].percent, 100);
}

#[tokio::test(start_paused = true)]
async fn a_request_decides_about_the_rollback_in_every_phase() {
    for event in [0, 1, 3, 6, 8] {
        for (asked, configured) in [(Some(true), false), (Some(false), true), (None, true)] {
            let (sim, digests, group) = service();
            let group = if configured { group.auto_rollback(WAY_BACK) } else { group };
            group.create();
            let id = create_with(&sim, "web1:2", &json!([{ "BeforeInstall": "check" }]));
            match event {
                8 => until(&sim, "shifted", |sim| has_served(sim, &id)).await,
                event => until_at(&sim, &id, event).await,
            }
            let mut body = json!({ "deploymentId": id });
            if let Some(asked) = asked {
                body["autoRollbackEnabled"] = json!(asked);
            }
            cd(&sim, "StopDeployment", &body);
            let ended = until_over(&sim, &id).await;
            assert_eq!(ended["status"], "Stopped");
            // Before there is a replacement, there is nothing to roll back.
            let rolled_back = asked.unwrap_or(configured) && event != 0;
            assert_eq!(ended.get("rollbackInfo").is_some(), rolled_back, "{event} {asked:?}");
            let old = rolled_back || event != 8;
            let serving = truth(&sim).serving()[0].digests["web1"].clone();
            assert_eq!(serving, if old { digests.old } else { digests.new }, "{event} {asked:?}");
            tokio::time::sleep(secs(120)).await;
            let sets = described(&sim)["taskSets"].as_array().map(Vec::len);
            let alone = rolled_back || event == 0;
            assert_eq!(sets, Some(if alone { 1 } else { 2 }), "{event} {asked:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_starts_the_old_version_anew_where_nothing_is_left_of_it() {
    let (sim, digests, group) = service();
    group.auto_rollback(&["DEPLOYMENT_FAILURE"]).deployed("web1:1").create();
    let stopped = create(&sim, "web1:2");
    until(&sim, "shifted", |sim| has_served(sim, &stopped)).await;
    sim.act(Act::stop_code_deploy("shop", "web1", Some(false)));
    until_over(&sim, &stopped).await;
    sim.hook_fails("check");
    let id = create_with(&sim, "web1:2", &json!([{ "AfterInstall": "check" }]));
    let ended = until_over(&sim, &id).await;
    assert!(ended["rollbackInfo"]["rollbackDeploymentId"].is_string());
    let truth = truth(&sim);
    assert_eq!(truth.newest().status, "Succeeded");
    assert_eq!(truth.serving()[0].digests["web1"], digests.old);
    let rollback = truth.newest().id.clone();
    assert_eq!(described(&sim)["taskSets"][0]["externalId"], json!(rollback));
}

#[tokio::test(start_paused = true)]
async fn a_rollback_may_fail_as_well() {
    let (sim, digests, group) = service();
    group.auto_rollback(WAY_BACK).deployed("web1:1").create();
    let stopped = create(&sim, "web1:2");
    until(&sim, "shifted", |sim| has_served(sim, &stopped)).await;
    sim.act(Act::stop_code_deploy("shop", "web1", Some(false)));
    until_over(&sim, &stopped).await;
    sim.hook_fails("check");
    sim.behaves(&digests.old, Behaviour::CannotPull);
    let id = create_with(&sim, "web1:2", &json!([{ "AfterInstall": "check" }]));
    until_over(&sim, &id).await;
    let truth = truth(&sim);
    assert_eq!(truth.newest().status, "Failed");
    assert_eq!(truth.newest().rolls_back.as_deref(), Some(id.as_str()));
    assert!(truth.newest().rolled_back_by.is_none());
    assert_eq!(truth.serving()[0].digests["web1"], digests.new);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_to_what_is_still_there_asks_no_function() {
    let (sim, _, group) = service();
    group.auto_rollback(WAY_BACK).terminates_after(0).create();
    let hooks = json!([{ "AfterInstall": "check" }]);
    let good = create_with(&sim, "web1:1", &hooks);
    assert_eq!(until_over(&sim, &good).await["status"], "Succeeded");
    sim.hook_fails("check");
    let bad = create_with(&sim, "web1:2", &hooks);
    assert_eq!(until_over(&sim, &bad).await["status"], "Failed");
    let rollback = truth(&sim).newest().clone();
    assert_eq!(rollback.status, "Succeeded");
    assert_eq!(rollback.task_set, truth(&sim).deployment(&good).task_set);
    let revision = |id: &str| info(&sim, id)["revision"].clone();
    assert_eq!(revision(&rollback.id), revision(&good));
}
