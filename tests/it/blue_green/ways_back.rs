//! What came back, by whom, and what is said of it.

use std::time::Duration;

use simulator::{Act, Hook};

use super::{APPLICATION, GROUP, assert_serves, minutes, stage, with_a_hook};
use crate::scene::Scene;

fn refuses(scene: &Scene) {
    scene.sim.hook("checks", Hook::Fails { log_tail: String::new() });
}

/// 1.4.1 is what CodeDeploy deployed last with success.
async fn based(scene: Scene) -> Scene {
    let told = scene.deploy(&[("version", "1.4.1"), ("force-new-deployment", "true")]).await;
    assert_eq!(told.result(), "deployed", "{}", told.said("error"));
    minutes(10).await;
    scene
}

#[tokio::test(start_paused = true)]
async fn what_codedeploy_brought_back_is_what_runs_and_not_what_ran() {
    let scene = based(stage(|group| {
        group
            .auto_rollback(&["DEPLOYMENT_STOP_ON_ALARM"])
            .alarms(&["errors"])
            .config("CodeDeployDefault.ECSCanary10Percent5Minutes")
    }))
    .await;
    refuses(&scene);
    let path = with_a_hook(&scene, "AfterAllowTraffic");
    let keep = [("codedeploy-appspec", path.as_str()), ("on-failure", "keep")];
    let told = scene.deploy(&[keep[0], keep[1], ("version", "1.4.2")]).await;
    assert_eq!(told.result(), "failed", "{}", told.log());
    minutes(2).await;
    assert_serves(&scene, "1.4.2");
    let (told, ()) = tokio::join!(scene.deploy(&[("version", "1.5.0")]), async {
        tokio::time::sleep(Duration::from_secs(150)).await;
        scene.sim.act(Act::alarm("prod", "web1", "errors"));
    });
    assert_serves(&scene, "1.4.1");
    assert_eq!((told.result(), told.output("running-version")), ("undone", "1.4.1"));
    let summary = told.summary;
    assert!(summary.contains("1.4.1 is back by CodeDeploy's own rollback"), "{summary}");
}

#[tokio::test(start_paused = true)]
async fn where_two_versions_share_the_traffic_none_is_what_runs() {
    let scene = stage(|group| {
        group.auto_rollback(&[]).config("CodeDeployDefault.ECSCanary10Percent5Minutes")
    });
    let (told, ()) = tokio::join!(scene.deploy(&[("on-failure", "keep")]), async {
        tokio::time::sleep(Duration::from_secs(150)).await;
        scene.sim.act(Act::stop_code_deploy(APPLICATION, GROUP, Some(false)));
    });
    assert_eq!(told.result(), "failed", "{}", told.log());
    assert_eq!(scene.sim.codedeploy_truth(APPLICATION, GROUP).serving().len(), 2);
    assert_eq!(told.output("running-version"), "", "{}", told.summary);
}
