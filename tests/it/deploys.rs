//! Sentences about a deployment: from the version in package.json to what the
//! service runs, over the simulated AWS.

use std::time::Duration;

use serde_json::json;

use crate::scene::{Scene, definition};

#[tokio::test(start_paused = true)]
async fn the_version_of_package_json_is_deployed() {
    let scene = Scene::ready();
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "UpdateService"]);
    assert_eq!(
        step.only("UpdateService").body,
        json!({ "cluster": "prod", "service": "web1", "taskDefinition": definition("web1:2") })
    );
    let truth = scene.sim.truth("prod", "web1");
    assert_eq!(truth.newest().status, "SUCCESSFUL");
    assert!(step.took < truth.newest().finished.expect("it ended") + Duration::from_millis(3_500));
}

#[tokio::test(start_paused = true)]
async fn a_version_that_was_rolled_back_from_stays_away_until_a_person_says_otherwise() {
    let rolled_back = || async {
        let scene = Scene::ready();
        assert_eq!(scene.deploy(&[]).await.result(), "deployed");
        assert_eq!(scene.deploy(&[("command", "rollback")]).await.result(), "rolled-back");
        scene
    };
    let scene = rolled_back().await;
    let step = scene.deploy(&[]).await;
    step.is("refused");
    assert_eq!(step.writes(), [""; 0]);
    step.says("error", "this service was rolled back from 1.4.2 at 2026-01-01T");

    for inputs in [[("version", "1.4.2")], [("allow-rolled-back", "true")]] {
        let step = rolled_back().await.deploy(&inputs).await;
        step.is("deployed");
    }
}

#[tokio::test(start_paused = true)]
async fn a_history_that_may_not_be_read_is_a_notice_and_no_refusal() {
    let scene = Scene::ready();
    scene.sim.fault(
        "ListServiceDeployments",
        simulator::When::Always,
        simulator::Fault::AccessDenied,
    );
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    step.says("notice", "rolled back from this version: ecs:ListServiceDeployments");
}

#[tokio::test(start_paused = true)]
async fn a_controller_that_is_spelled_out_is_the_same_as_none() {
    let scene = Scene::ready();
    let service = scene.sim.service("prod", "web2").running_version("1.4.1");
    service.controller_spelled_out().start();
    let with = [("service", "web2"), ("repository", "web1")];
    assert_eq!(scene.deploy(&with).await.result(), "deployed");
}

/// What was set last stays where the process is killed.
#[tokio::test(start_paused = true)]
async fn a_step_that_is_killed_has_no_result_and_does_not_say_what_runs() {
    let outputs = Scene::ready().killed_after(Duration::from_secs(30), &[]).await;
    assert_eq!((outputs.get("result"), outputs.get("running-version")), (None, None));
    assert_eq!(outputs.get("version").map(String::as_str), Some("1.4.2"));
    assert!(outputs.contains_key("deployment-id"), "{outputs:?}");
}
