//! How long a step under CodeDeploy thinks before it writes.

use std::time::Duration;

use super::{after, ready, stage};
use crate::scene::{Scene, Step};

const LATENCY: Duration = Duration::from_millis(100);

/// How many round trips come one after another up to and with this write.
fn up_to(step: &Step, write: &str) -> (u128, Vec<String>) {
    let begun = step.requests[0].at;
    let before = (step.only(write).at - begun).as_millis() / LATENCY.as_millis();
    let road = step.requests.iter().map(|it| {
        format!("{} {}", (it.at - begun).as_millis() / LATENCY.as_millis(), it.operation)
    });
    (before + 1, road.collect())
}

async fn step(scene: &Scene, with: &[(&str, &str)]) -> Step {
    scene.sim.latency(LATENCY);
    let step = scene.deploy(&[with, &[("wait", "false")]].concat()).await;
    step.is("started");
    step
}

#[tokio::test(start_paused = true)]
async fn a_deployment_reads_its_past_first_unless_the_version_was_typed() {
    for (with, most) in [(&[][..], 8), (&[("version", "1.5.0")], 7)] {
        let scene = after(ready(), &["1.4.2"]).await;
        scene.file("package.json", r#"{"name": "@org/web1", "version": "1.5.0"}"#);
        let (round_trips, road) = up_to(&step(&scene, with).await, "CreateDeployment");
        assert_eq!(round_trips, most, "{with:?} {road:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_reads_the_past_and_then_what_is_left_of_it() {
    let scene = after(ready(), &["1.4.2", "1.5.0"]).await;
    let rolled = step(&scene, &[("command", "rollback")]).await;
    let (round_trips, road) = up_to(&rolled, "CreateDeployment");
    assert_eq!(round_trips, 13, "{road:?}");

    let scene = after(stage(|group| group.terminates_after(60)), &[]).await;
    scene.deploy(&[]).await;
    let rolled = step(&scene, &[("command", "rollback")]).await;
    let (round_trips, road) = up_to(&rolled, "StopDeployment");
    assert_eq!(round_trips, 12, "{road:?}");
}
