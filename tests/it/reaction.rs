//! How soon the step knows what ECS knows: within one interval of the poll,
//! however long the rollout took.

use std::collections::BTreeMap;
use std::time::Duration;

use simulator::{Behaviour, Fault, Image, Lag, When};

use crate::scene::{INTERVAL, Scene, Step};

/// 30 s at ten places within an interval, 5 min, 10 min and 25 min.
fn rollouts() -> impl Iterator<Item = Duration> {
    let short = (0..10).map(|tenth| Duration::from_secs(30) + INTERVAL / 10 * tenth);
    short.chain([5, 10, 25].map(|minutes| Duration::from_secs(minutes * 60)))
}

/// A service whose new image does this, with a circuit breaker or without.
fn scene(behaviour: Behaviour, breaker: Option<bool>) -> Scene {
    let scene = Scene::empty();
    let repository = scene.sim.repository("web1");
    repository.push("1.4.1", Image::linux_amd64().content("1.4.1"));
    let digest = repository.push("1.4.2", Image::linux_amd64().content("1.4.2"));
    let mut service = scene.sim.service("prod", "web1").running_version("1.4.1").desired(2);
    if let Some(rollback) = breaker {
        service = service.circuit_breaker(rollback);
    }
    service.start();
    scene.sim.behaves(&digest, behaviour);
    scene
}

/// How often AWS is asked a minute while the rollout is followed.
fn calls_a_minute(step: &Step) -> f64 {
    let update = step.requests.iter().position(|it| it.operation == "UpdateService");
    let update = update.expect("the service was updated");
    let followed = step.took - step.requests[update].at;
    (step.requests.len() - update - 1) as f64 * 60.0 / followed.as_secs_f64()
}

/// From ECS's terminal state to the end of the step.
fn reaction(scene: &Scene, step: &Step) -> Duration {
    let finished = scene.sim.truth("prod", "web1").newest().finished.expect("it ended");
    step.decided().checked_sub(finished).expect("nothing is told before it is true")
}

#[tokio::test(start_paused = true)]
async fn a_success_is_told_within_one_interval() {
    for rollout in rollouts() {
        // Starting, placing and pulling take 28 s of it.
        let ready_after = rollout.saturating_sub(Duration::from_secs(28));
        let scene = scene(Behaviour::Healthy { ready_after }, None);
        let step = scene.deploy(&[]).await;
        step.is("deployed");
        let finished = scene.sim.truth("prod", "web1").newest().finished;
        assert_eq!(finished, Some(rollout), "the scene lasts as long as it says");
        assert!(reaction(&scene, &step) <= INTERVAL, "{rollout:?}: {:?}", step.took);
        // A short one is hardly begun.
        let most = if rollout > Duration::from_secs(60) { 52.0 } else { 70.0 };
        assert!(calls_a_minute(&step) < most, "{rollout:?}: {}", calls_a_minute(&step));
    }
}

/// Until something changes one call says that nothing does.
#[tokio::test(start_paused = true)]
async fn a_rollout_without_news_is_asked_for_by_one_call() {
    let scene = scene(Behaviour::Healthy { ready_after: Duration::from_secs(120) }, None);
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    let quiet = Duration::from_secs(40)..Duration::from_secs(100);
    let asked = step.requests.iter().filter(|it| quiet.contains(&it.at));
    let mut count: BTreeMap<&str, u32> = BTreeMap::new();
    for request in asked {
        *count.entry(request.operation.as_str()).or_insert(0) += 1;
    }
    let few = |operation| count.remove(operation).unwrap_or(0);
    let [described, services, stopped] =
        ["DescribeServiceDeployments", "DescribeServices", "ListTasks"].map(few);
    assert!((43..=46).contains(&described), "{described} in a minute");
    assert!((3..=4).contains(&services), "{services} in a minute");
    assert!((1..=2).contains(&stopped), "{stopped} in a minute");
    assert!(count.is_empty(), "nothing else is asked: {count:?}");
}

/// What is listed and not described tells no end; the service does.
#[tokio::test(start_paused = true)]
async fn without_a_description_the_end_is_told_as_soon_as_without_the_permission() {
    let mut took = Vec::new();
    for is_allowed in [true, false] {
        let scene = scene(Behaviour::Healthy { ready_after: Duration::from_secs(60) }, None);
        if is_allowed {
            scene.sim.lag(Lag { describe: Duration::MAX, ..Lag::default() });
        } else {
            let denied = Fault::AccessDenied;
            scene.sim.fault("DescribeServiceDeployments", When::Always, denied);
        }
        let step = scene.deploy(&[]).await;
        step.is("deployed");
        took.push(step.took);
    }
    assert!(took[0].abs_diff(took[1]) <= INTERVAL, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_is_told_within_one_interval() {
    for rollout in rollouts() {
        // Two tasks a round, three failures: the second round ends it.
        let after =
            (rollout / 2).saturating_sub(Duration::from_secs(30)).max(Duration::from_secs(1));
        let scene = scene(Behaviour::Crashes { after, exit_code: 1 }, Some(true));
        // A task with health checks does not count as healthy by age.
        scene.sim.pace(simulator::Pace { settle: rollout * 2, ..simulator::Pace::real() });
        let step = scene.deploy(&[]).await;
        step.is("undone");
        assert!(reaction(&scene, &step) <= INTERVAL, "{rollout:?}: {:?}", step.took);
    }
}

/// Also a failure that ECS leaves as it is ends the step, and not the timeout.
#[tokio::test(start_paused = true)]
async fn a_failure_without_rollback_is_told_within_one_interval() {
    let crash = Behaviour::Crashes { after: Duration::from_secs(5), exit_code: 1 };
    let scene = scene(crash, Some(false));
    let step = scene.deploy(&[("on-failure", "keep")]).await;
    step.is("failed");
    assert!(reaction(&scene, &step) <= INTERVAL, "{:?}", step.took);
}
