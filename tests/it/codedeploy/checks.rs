//! The check after a rollout, where CodeDeploy moves the traffic.

use simulator::Reply;

use super::{APPLICATION, GROUP, assert_serves, based, minutes, ready, stage};
use crate::scene::Scene;

const URL: (&str, &str) = ("check-url", "https://shop.example.com/health");
const BODY: (&str, &str) = ("check-body", "{version}");

/// The address answers with the version that has most of the traffic.
fn answering(scene: Scene) -> Scene {
    let sim = scene.sim.clone();
    let versions = ["1.4.1", "1.4.2", "1.5.0"].map(|version| (scene.digest(version), version));
    scene.web.answers(URL.1, move |_| {
        let truth = sim.codedeploy_truth(APPLICATION, GROUP);
        let serves = &truth.serving()[0].digests["web1"];
        let version = versions.iter().find(|(digest, _)| digest == serves);
        Reply::ok(version.map_or("", |(_, version)| version))
    });
    scene
}

#[tokio::test(start_paused = true)]
async fn the_new_task_set_is_asked_once_all_traffic_is_on_it() {
    let scene = answering(ready());
    let step = scene.deploy(&[URL, BODY]).await;
    step.is("deployed");
    assert_eq!(step.web.len(), 4, "once before the first write, then three times: {}", step.log());
    assert!(step.web[0].at <= step.only("CreateDeployment").at);
    let served = scene.sim.codedeploy_truth(APPLICATION, GROUP).newest().served;
    assert!(Some(step.web[1].at) >= served, "{:?}", step.web);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_answer_is_taken_back_while_the_old_tasks_are_kept_and_afterwards() {
    for keeps in [60, 0] {
        let scene = based(stage(|group| group.terminates_after(keeps))).await;
        scene.web.answers(URL.1, |_| Reply::status(500));
        let step = scene.deploy(&[URL, BODY, ("in-flight", "replace")]).await;
        step.is("undone");
        step.says(
            "error",
            "the check failed: https://shop.example.com/health did not pass 3 times",
        );
        minutes(5).await;
        assert_serves(&scene, "1.4.1");
    }
}
