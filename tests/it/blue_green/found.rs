//! What random stories brought to light, each as its shortest scene.

use std::time::Duration;

use simulator::{Act, Fault, Lag, When};

use super::{APPLICATION, GROUP, assert_serves, ready};

#[tokio::test(start_paused = true)]
async fn a_deployment_that_is_not_listed_yet_is_in_the_way_all_the_same() {
    let scene = ready();
    scene.sim.lag(Lag { listing: Duration::from_secs(60), ..Lag::default() });
    scene.sim.act(Act::create_deployment(APPLICATION, GROUP, "web1:1"));
    let error = scene.refusal(&[("in-flight", "refuse")]).await;
    let theirs = scene.sim.codedeploy_truth(APPLICATION, GROUP).newest().id.clone();
    assert!(error.contains(&theirs), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_whose_answer_got_lost_is_found_before_it_is_listed() {
    let scene = ready();
    scene.sim.lag(Lag { listing: Duration::from_secs(60), ..Lag::default() });
    scene.sim.fault("CreateDeployment", When::Always, Fault::Reset { applied: true });
    let told = scene.deploy(&[]).await;
    assert_eq!(told.result(), "deployed", "{}", told.log());
    assert_serves(&scene, "1.4.2");
}
