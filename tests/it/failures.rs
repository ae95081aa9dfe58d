//! Sentences about deployments that fail: what is said, what is undone, and
//! what runs in the end.

use std::time::Duration;

use simulator::Behaviour;

use crate::scene::Scene;

#[tokio::test(start_paused = true)]
async fn a_version_that_crashes_is_given_up_and_undone() {
    let scene = Scene::ready();
    let digest = scene.sim.repository("web1").digest("1.4.2").expect("it was pushed");
    scene.sim.behaves(&digest, Behaviour::Crashes { after: Duration::from_secs(2), exit_code: 1 });
    let told = scene.deploy(&[]).await;
    assert_eq!((told.result(), told.code), ("undone", 1));
}

#[tokio::test(start_paused = true)]
async fn what_the_circuit_breaker_rolled_back_is_undone() {
    let scene = Scene::empty();
    use simulator::Image;
    scene.sim.repository("web1").push("1.4.1", Image::linux_amd64().content("1.4.1"));
    let digest = scene.sim.repository("web1").push("1.4.2", Image::linux_amd64().content("1.4.2"));
    scene
        .sim
        .service("prod", "web1")
        .running_version("1.4.1")
        .desired(2)
        .circuit_breaker(true)
        .start();
    scene.sim.behaves(&digest, Behaviour::Crashes { after: Duration::from_secs(2), exit_code: 1 });
    let told = scene.deploy(&[]).await;
    assert_eq!((told.result(), told.code), ("undone", 1));
}
