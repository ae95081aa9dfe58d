//! Rollbacks: deployments of their own.

use serde_json::json;

use super::{WAY_BACK, app_spec, cd, cd_error, count, create_with, info, request, service};
use super::{task_sets, truth, until, until_at, until_over, until_served, wait};

#[tokio::test(start_paused = true)]
async fn a_failed_function_brings_the_old_task_set_back() {
    let (sim, digests, group) = service();
    group.auto_rollback(WAY_BACK).create();
    sim.hook_fails("check");
    let before = task_sets(&sim)[0]["id"].clone();
    let id = create_with(&sim, "web1:2", &json!([{ "AfterAllowTraffic": "check" }]));
    until(&sim, "failed", |sim| info(sim, &id)["status"] == "Failed").await;
    // What it was rolled back by is told a little later, and nobody gets in between.
    assert!(info(&sim, &id).get("rollbackInfo").is_none());
    assert_eq!(truth(&sim).serving()[0].digests["web1"], digests.new);
    let body = request(&app_spec("web1:1", &json!([])).to_string());
    assert_eq!(cd_error(&sim, "CreateDeployment", &body), "DeploymentLimitExceededException");
    let ended = until_over(&sim, &id).await;
    let rollback = ended["rollbackInfo"]["rollbackDeploymentId"].as_str().expect("an id");
    let told = format!(
        "Deployment {id} terminated. Automatic rollback is triggered with a DeploymentId {rollback}."
    );
    assert_eq!(ended["rollbackInfo"]["rollbackMessage"], told);
    let info = info(&sim, rollback);
    assert_eq!(info["status"], "Succeeded");
    assert_eq!(info["creator"], "codeDeployRollback");
    assert_eq!(info["deploymentConfigName"], "CodeDeployDefault.ECSAllAtOnce");
    assert_eq!(info["rollbackInfo"]["rollbackTriggeringDeploymentId"], json!(id));
    let truth = truth(&sim);
    assert_eq!(truth.serving()[0].digests["web1"], digests.old);
    assert_eq!(json!(truth.serving()[0].task_set), before);
    wait(60).await;
    assert_eq!(count(&task_sets(&sim)), 1);
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
                8 => until_served(&sim, &id).await,
                event => until_at(&sim, &id, event).await,
            }
            let body = json!({ "deploymentId": id, "autoRollbackEnabled": asked });
            cd(&sim, "StopDeployment", &body);
            let ended = until_over(&sim, &id).await;
            assert_eq!(ended["status"], "Stopped");
            // Before there is a replacement, there is nothing to roll back.
            let rolled_back = asked.unwrap_or(configured) && event != 0;
            assert_eq!(ended.get("rollbackInfo").is_some(), rolled_back, "{event} {asked:?}");
            let old = rolled_back || event != 8;
            let serving = truth(&sim).serving()[0].digests["web1"].clone();
            assert_eq!(serving, if old { digests.old } else { digests.new }, "{event} {asked:?}");
            wait(120).await;
            let alone = rolled_back || event == 0;
            assert_eq!(count(&task_sets(&sim)), if alone { 1 } else { 2 }, "{event} {asked:?}");
        }
    }
}
