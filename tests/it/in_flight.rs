//! Sentences about another deployment that is under way: followed, waited for,
//! replaced or a reason to stop.

use std::time::Duration;

use expect_test::expect;
use serde_json::json;
use simulator::{Act, Behaviour};

use crate::scene::{Scene, Step, definition};

/// The service runs 1.4.1 and 1.4.0 is on its way to it.
fn another_deployment_is_under_way() -> Scene {
    let scene = Scene::with_images(&["1.4.0", "1.4.1", "1.4.2"]);
    let image = |tag: &str| scene.sim.image(&format!("web1:{tag}"));
    let service = scene.sim.service("prod", "web1").running_version("1.4.1");
    let other = scene.sim.task_definition("web1").container("web1", &image("1.4.0")).register();
    service.circuit_breaker(true).deploying(&other).desired(2).start();
    scene
}

fn deployed(step: &Step) {
    step.is("deployed");
}

/// When the revision was registered, since the simulator was made.
fn registered_at(step: &Step) -> Duration {
    step.only("RegisterTaskDefinition").at
}

#[tokio::test(start_paused = true)]
async fn the_same_deployment_under_way_is_followed_and_not_repeated() {
    for in_flight in ["wait", "replace", "refuse"] {
        let scene = Scene::ready();
        let first = scene.deploy(&[("wait", "false")]).await;
        first.is("started");
        let second = scene.deploy(&[("in-flight", in_flight)]).await;
        deployed(&second);
        assert_eq!(second.writes(), [""; 0], "{in_flight}");
        assert_eq!(second.output("task-definition-arn"), definition("web1:2"));
        assert_eq!(scene.sim.truth("prod", "web1").deployments.len(), 2, "{in_flight}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_count_that_is_asked_for_is_set_while_the_deployment_is_followed() {
    let scene = Scene::ready();
    assert_eq!(scene.deploy(&[("wait", "false")]).await.result(), "started");
    let step = scene.deploy(&[("desired-count", "3")]).await;
    deployed(&step);
    let body = json!({ "cluster": "prod", "service": "web1", "desiredCount": 3 });
    assert_eq!(step.only("UpdateService").body, body);
    assert_eq!(step.writes(), ["UpdateService"]);
    let truth = scene.sim.truth("prod", "web1");
    assert_eq!((truth.desired, truth.running[0].tasks), (3, 3));
    assert_eq!(truth.deployments.len(), 2, "no other deployment was started");
}

#[tokio::test(start_paused = true)]
async fn another_deployment_under_way_is_waited_for_and_then_decided_anew() {
    let scene = another_deployment_is_under_way();
    let step = scene.deploy(&[]).await;
    deployed(&step);
    let truth = scene.sim.truth("prod", "web1");
    let [.., other, own] = &truth.deployments[..] else { panic!("two deployments: {truth:?}") };
    assert_eq!((other.status.as_str(), own.status.as_str()), ("SUCCESSFUL", "SUCCESSFUL"));
    assert!(registered_at(&step) >= other.finished.expect("it ended"));
    // The plan stands on what the other one left behind.
    step.says("log", "now:  1.4.0");
    let line = format!("({})", other.deployment_id);
    assert!(step.lines.iter().any(|it| it.contains(&line)), "{}", step.log());
}

#[tokio::test(start_paused = true)]
async fn another_deployment_that_fails_meanwhile_does_not_stop_this_one() {
    let scene = another_deployment_is_under_way();
    let digest = scene.digest("1.4.0");
    scene.sim.behaves(&digest, Behaviour::CannotPull);
    let step = scene.deploy(&[]).await;
    deployed(&step);
    let truth = scene.sim.truth("prod", "web1");
    let [.., other, own] = &truth.deployments[..] else { panic!("two deployments: {truth:?}") };
    assert_eq!(other.status, "ROLLBACK_SUCCESSFUL");
    assert_eq!(own.status, "SUCCESSFUL");
    step.says("log", "now:  1.4.1");
}

#[tokio::test(start_paused = true)]
async fn somebody_elses_deployment_of_the_same_is_followed() {
    let scene = Scene::ready();
    let image = scene.sim.image("web1:1.4.2");
    let other = scene.sim.task_definition("web1").container("web1", &image);
    let other = other.member("memory", json!("1024")).register();
    scene.sim.act(Act::deploy("prod", "web1", &other));
    let step = scene.deploy(&[]).await;
    deployed(&step);
    assert_eq!(step.writes(), [""; 0]);
    assert_eq!(step.output("task-definition-arn"), other);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_another_deployment_counts_against_the_timeout() {
    let scene = another_deployment_is_under_way();
    let step = scene.deploy(&[("timeout", "30s")]).await;
    assert_eq!((step.result(), step.code), ("timed-out", 1));
    assert_eq!(step.writes(), [""; 0]);
    assert_eq!(step.took.as_secs(), 30);
    let other = scene.sim.truth("prod", "web1").newest().deployment_id.clone();
    expect![[r#"
        nothing was deployed to web1 in time: the deployment OTHER, which was already in progress, did not finish in time; nothing was written
        Look at it in the ECS console. `in-flight: replace` replaces it instead of waiting."#]].assert_eq(&step.said("error").replace(&other, "OTHER"));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_begun_once_the_time_is_up() {
    let mut in_vain = 0;
    for timeout in (50..80).map(Duration::from_secs) {
        let scene = another_deployment_is_under_way();
        let step = scene.deploy(&[("timeout", &format!("{}s", timeout.as_secs()))]).await;
        let late: Vec<_> =
            step.requests.iter().filter(|it| it.is_write() && it.at >= timeout).collect();
        assert!(late.is_empty(), "{timeout:?}: {late:?}");
        in_vain += usize::from(step.writes().is_empty());
    }
    assert!((1..30).contains(&in_vain), "some of these times are long enough: {in_vain}");
}

/// The default is as long as the strategy takes, for each of the two.
#[tokio::test(start_paused = true)]
async fn the_bake_time_of_another_deployment_does_not_use_up_the_default_timeout() {
    let scene = Scene::with_images(&["1.4.0", "1.4.1", "1.4.2"]);
    let image = scene.sim.image("web1:1.4.0");
    let service = scene.sim.service("prod", "web1").running_version("1.4.1").load_balancer();
    let service = service.configured("strategy", json!("BLUE_GREEN"));
    service.configured("bakeTimeInMinutes", json!(40)).desired(2).start();
    let other = scene.sim.task_definition("web1").container("web1", &image).register();
    scene.sim.act(Act::deploy("prod", "web1", &other));
    let step = scene.deploy(&[]).await;
    deployed(&step);
    assert!(step.took > Duration::from_secs(2 * 40 * 60), "{:?}", step.took);
}

#[tokio::test(start_paused = true)]
async fn another_deployment_under_way_is_replaced_when_asked_for() {
    let scene = another_deployment_is_under_way();
    let step = scene.deploy(&[("in-flight", "replace")]).await;
    deployed(&step);
    assert_eq!(step.only("UpdateService").body["taskDefinition"], definition("web1:3"));
    let truth = scene.sim.truth("prod", "web1");
    let [.., other, own] = &truth.deployments[..] else { panic!("two deployments: {truth:?}") };
    assert_eq!((other.status.as_str(), own.status.as_str()), ("STOPPED", "SUCCESSFUL"));
    expect!["the deployment OTHER, which is in progress, will be replaced"]
        .assert_eq(&step.said("notice").replace(&other.deployment_id, "OTHER"));
}

#[tokio::test(start_paused = true)]
async fn another_deployment_under_way_is_a_refusal_when_asked_for() {
    let scene = another_deployment_is_under_way();
    let other = scene.sim.truth("prod", "web1").newest().deployment_id.clone();
    let said = scene.refusal(&[("in-flight", "refuse")]).await;
    expect![[r#"
        another deployment of service web1 (cluster prod, eu-central-1) is in progress: OTHER
        Wait for it to end, or let `in-flight: wait` do that, or replace it with `in-flight: replace`."#]].assert_eq(&said.replace(&other, "OTHER"));
}

#[tokio::test(start_paused = true)]
async fn a_rollback_by_ecs_is_always_waited_for() {
    for in_flight in ["wait", "replace", "refuse"] {
        let scene = another_deployment_is_under_way();
        tokio::time::sleep(Duration::from_secs(30)).await;
        scene.sim.act(Act::stop_deployment("prod", "web1"));
        let step = scene.deploy(&[("in-flight", in_flight)]).await;
        deployed(&step);
        let truth = scene.sim.truth("prod", "web1");
        let [.., other, _] = &truth.deployments[..] else { panic!("two deployments: {truth:?}") };
        assert_eq!(other.status, "ROLLBACK_SUCCESSFUL", "{in_flight}");
        assert!(registered_at(&step) >= other.finished.expect("it ended"));
        step.says("log", "now:  1.4.1");
    }
}
