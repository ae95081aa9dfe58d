//! Runs that stop half-way: what was changed before is said, and is no refusal.

use std::time::Duration;

use simulator::{Act, Fault, When};

use super::{APPLICATION, GROUP, after, ready, stage};
use crate::scene::{Scene, Step};

/// 1.4.2 runs, and somebody is deploying 1.4.1 again.
async fn blocking_deployment() -> Scene {
    let scene = after(ready(), &["1.4.2"]).await;
    scene.sim.act(Act::create_deployment(APPLICATION, GROUP, "web1:1"));
    tokio::time::sleep(Duration::from_secs(30)).await;
    scene
}

fn assert_says(step: &Step, what: &str) {
    let error = step.said("error");
    assert!(error.contains(what), "{error}");
    assert!(!error.contains("nothing was changed"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_desired_count_that_was_set_is_said_where_nothing_could_be_created() {
    let scene = ready();
    scene.sim.fault("RegisterTaskDefinition", When::Nth(1), Fault::Slow(Duration::from_secs(4)));
    let (step, ()) = tokio::join!(scene.deploy(&[("desired-count", "3")]), async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        scene.sim.act(Act::create_deployment(APPLICATION, GROUP, "web1:1"));
    });
    step.is("failed");
    assert_says(&step, "somebody else started a deployment at the same time");
    assert_says(&step, "before that the desired count was set to 3");
    let writes =
        ["RegisterTaskDefinition", "UpdateService", "CreateDeployment", "DeregisterTaskDefinition"];
    assert_eq!(step.writes(), writes);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_was_stopped_is_said_where_nothing_comes_in_its_place() {
    let scene = blocking_deployment().await;
    let theirs = scene.sim.codedeploy_truth(APPLICATION, GROUP).newest().id.clone();
    let (step, ()) =
        tokio::join!(scene.deploy(&[("version", "1.5.0"), ("in-flight", "replace")]), async {
            tokio::time::sleep(Duration::from_secs(4)).await;
            scene.sim.repository("web1").delete("1.5.0");
        });
    assert_eq!((step.result(), step.writes()), ("failed", vec!["StopDeployment"]));
    assert_says(&step, &format!("before that the deployment {theirs} was stopped"));
}

#[tokio::test(start_paused = true)]
async fn old_tasks_that_were_removed_are_said_where_nothing_comes_in_their_place() {
    let scene = stage(|group| group.terminates_after(120));
    scene.deploy(&[]).await;
    let id = scene.sim.codedeploy_truth(APPLICATION, GROUP).newest().id.clone();
    let with = [("version", "1.5.0"), ("in-flight", "replace")];
    let (step, ()) = tokio::join!(scene.deploy(&with), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        scene.sim.repository("web1").delete("1.5.0");
    });
    assert_eq!((step.result(), step.writes()), ("failed", vec!["ContinueDeployment"]));
    assert_says(&step, &format!("the old tasks that the deployment {id} kept were removed"));
}

#[tokio::test(start_paused = true)]
async fn out_of_time_after_a_stop_does_not_say_that_nothing_was_changed() {
    for timeout in ["5s", "15s", "20s", "25s"] {
        let scene = blocking_deployment().await;
        // Reading goes slowly from then on.
        let from = When::From(scene.sim.elapsed() + Duration::from_secs(4));
        let slow = Fault::Slow(Duration::from_secs(9));
        scene.sim.fault("DescribeTaskDefinition", from, slow.clone());
        scene.sim.fault("BatchGetImage", from, slow);
        let with = [("version", "1.5.0"), ("in-flight", "replace"), ("timeout", timeout)];
        let step = Box::pin(scene.deploy(&with)).await;
        assert_eq!((step.result(), step.writes()), ("timed-out", vec!["StopDeployment"]));
        assert_says(&step, "was stopped");
    }
}
