//! Sentences about a cancelled workflow: the step ends in time, says what ECS
//! is doing and how to stop it, and leaves nothing behind that nobody uses.

use std::time::Duration;

use serde_json::json;
use simulator::{Act, Behaviour, Fault, Image, Service, When};

use crate::scene::{Scene, Step, millis};

/// The runner kills 10 s after its first signal.
const IN_TIME: Duration = Duration::from_secs(7);

/// Runs the step and cancels it so long after its start.
async fn cancelled(scene: &Scene, after: Duration) -> Step {
    cancelled_with(scene, after, &[]).await
}

async fn cancelled_with(scene: &Scene, after: Duration, inputs: &[(&str, &str)]) -> Step {
    let (step, ()) = tokio::join!(Box::pin(scene.deploy(inputs)), scene.cancel_after(after));
    assert_eq!((step.result(), step.code), ("cancelled", 130), "{after:?}: {}", step.log());
    assert!(step.took <= after + IN_TIME, "cancelled at {after:?}, ended at {:?}", step.took);
    step.says("error", "cancelled");
    assert!(step.summary.contains("cancelled"), "a whole summary: {:?}", step.summary);
    assert!(step.output("failure-reason").contains("cancelled"), "{:?}", step.outputs);
    step
}

/// What became of a revision; empty where there is none.
fn state_of(scene: &Scene, revision: &str) -> String {
    let body = json!({ "taskDefinition": revision });
    let answer = scene.sim.call(Service::Ecs, "DescribeTaskDefinition", &body);
    let status = answer.unwrap_or_default()["taskDefinition"]["status"].clone();
    status.as_str().unwrap_or_default().to_owned()
}

/// No revision of ours is left that nothing uses, and what is said of the
/// service is true.
fn assert_tidy(scene: &Scene, step: &Step) {
    let truth = scene.sim.truth("prod", "web1");
    let error = step.said("error");
    match truth.deployments.get(1) {
        Some(ours) => {
            assert!(error.contains(&ours.deployment_id), "{error}");
            assert!(error.contains("To "), "how to stop it: {error}");
            assert_eq!(state_of(scene, "web1:2"), "ACTIVE");
        }
        None => assert_ne!(state_of(scene, "web1:2"), "ACTIVE", "{error}\n{}", step.log()),
    }
}

/// With 400 ms an answer a deployment is under way after some three seconds.
#[tokio::test(start_paused = true)]
async fn at_any_moment_a_cancel_is_honoured_in_time() {
    for moment in (0..=8_000).step_by(50) {
        let scene = Scene::ready();
        scene.sim.latency(millis(400));
        let step = cancelled(&scene, millis(moment)).await;
        assert_tidy(&scene, &step);
    }
}

#[tokio::test(start_paused = true)]
async fn before_the_first_write_nothing_was_changed() {
    for moment in [0, 1, 1_500] {
        let scene = Scene::ready();
        scene.sim.latency(millis(1_000));
        let step = cancelled(&scene, millis(moment)).await;
        assert_eq!(step.writes(), [""; 0], "{moment}: {}", step.log());
        step.says("error", "nothing was changed");
        assert!(step.took < millis(moment + 100), "{:?}", step.took);
    }
}

#[tokio::test(start_paused = true)]
async fn between_the_writes_the_revision_is_deregistered_and_the_service_left_alone() {
    let scene = Scene::ready();
    scene.sim.fault("RegisterTaskDefinition", When::Always, Fault::Slow(millis(3_000)));
    let step = cancelled(&scene, millis(1_000)).await;
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "DeregisterTaskDefinition"]);
    assert_eq!(state_of(&scene, "web1:2"), "INACTIVE");
    step.says("error", "nothing was changed");
}

#[tokio::test(start_paused = true)]
async fn a_registration_whose_answer_never_comes_is_said_to_be_open() {
    let scene = Scene::ready();
    let fault = Fault::Timeout { applied: true };
    scene.sim.fault("RegisterTaskDefinition", When::Always, fault);
    let step = cancelled(&scene, millis(1_000)).await;
    assert_eq!(step.writes(), ["RegisterTaskDefinition"]);
    step.says("error", "while a revision was being registered");
    step.says("error", "the service was not touched");
}

#[tokio::test(start_paused = true)]
async fn an_update_on_its_way_is_waited_for_and_named() {
    let scene = Scene::ready();
    scene.sim.fault("UpdateService", When::Always, Fault::Slow(millis(3_000)));
    let step = cancelled(&scene, millis(1_000)).await;
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "UpdateService"]);
    assert_tidy(&scene, &step);
}

#[tokio::test(start_paused = true)]
async fn an_update_whose_answer_never_comes_is_said_to_be_open() {
    let scene = Scene::ready();
    scene.sim.fault("UpdateService", When::Always, Fault::Timeout { applied: true });
    let step = cancelled(&scene, millis(1_000)).await;
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "UpdateService"]);
    let error = step.said("error");
    assert!(error.contains("it is not known whether ECS accepted the update"), "{error}");
    assert!(error.contains("web1:2"), "the revision that may be in use: {error}");
}

#[tokio::test(start_paused = true)]
async fn a_rollout_goes_on_and_the_command_that_stops_it_is_said() {
    let scene = Scene::ready();
    let step = cancelled(&scene, millis(20_000)).await;
    let ours = scene.sim.truth("prod", "web1").newest().clone();
    let error = step.said("error");
    assert!(error.contains(&format!("ECS continues deployment {}", ours.deployment_id)));
    assert!(error.contains("aws ecs stop-service-deployment"), "{error}");
    assert!(error.contains(&ours.service_deployment_arn), "{error}");
    assert!(step.took < millis(20_100), "{:?}", step.took);
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "UpdateService"]);
}

#[tokio::test(start_paused = true)]
async fn while_ecs_rolls_back_a_cancel_says_that_it_does() {
    let scene = Scene::empty();
    let repository = scene.sim.repository("web1");
    let old = repository.push("1.4.1", Image::linux_amd64().content("1.4.1"));
    let new = repository.push("1.4.2", Image::linux_amd64().content("1.4.2"));
    let service = scene.sim.service("prod", "web1").running_version("1.4.1").desired(4);
    service.percentages(0, 100).circuit_breaker(true).start();
    scene.sim.behaves(&new, Behaviour::CannotPull);
    let slow = Behaviour::Healthy { ready_after: millis(600_000) };
    scene.sim.at(millis(20_000), Act::behave(&old, slow));
    let step = cancelled(&scene, millis(120_000)).await;
    assert_eq!(scene.sim.truth("prod", "web1").newest().status, "ROLLBACK_IN_PROGRESS");
    let error = step.said("error");
    assert!(error.contains("ECS is rolling back deployment ecs-svc/"), "{error}");
    assert!(!error.contains("To stop it"), "there is nothing to stop: {error}");
}

#[tokio::test(start_paused = true)]
async fn while_another_deployment_is_waited_for_nothing_was_changed() {
    for moment in [500, 20_000, 62_000, 70_000] {
        let scene = Scene::ready();
        scene.sim.act(Act::force_new_deployment("prod", "web1"));
        let step = cancelled(&scene, millis(moment)).await;
        step.says("log", "another deployment is in progress");
        assert_eq!(step.writes(), [""; 0], "{moment}: {}", step.log());
        step.says("error", "nothing was changed");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_network_does_not_hold_a_cancel_up() {
    for operation in ["*", "DescribeServices", "DeregisterTaskDefinition"] {
        let mut met = 0;
        for moment in [0, 1_500, 2_000, 2_500, 3_500, 20_000] {
            let scene = Scene::ready();
            scene.sim.latency(millis(400));
            let dead = Fault::Timeout { applied: false };
            scene.sim.fault(operation, When::From(millis(moment)), dead);
            let step = cancelled(&scene, millis(moment + 100)).await;
            met += step.requests.iter().filter(|it| it.fault.is_some()).count();
        }
        assert!(met > 0, "{operation} was never met");
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_signal_ends_the_step_at_once() {
    let scene = Scene::ready();
    scene.sim.fault("UpdateService", When::Always, Fault::Timeout { applied: true });
    let (step, (), ()) = tokio::join!(
        scene.deploy(&[]),
        scene.cancel_after(millis(1_000)),
        scene.cancel_after(millis(2_000)),
    );
    step.is("cancelled");
    assert_eq!(step.took, millis(2_000));
}
