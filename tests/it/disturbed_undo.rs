//! Sentences about a way back that is disturbed: by somebody else's deployment,
//! by an earlier version that is broken as well, by a cancel.

use std::time::Duration;

use simulator::{Act, Behaviour, Image, ServiceBuilder};

use crate::scene::{DEPLOYED, Scene, Step, crashes, millis, secs, when_it, when_it_on};

/// The service, and when its second task and its fourth have died.
type Service = fn(ServiceBuilder) -> ServiceBuilder;
const UNDONE_BY_ECS: Service = |service| service;
const UNDONE_BY_UPDATE: Service = |service| service.circuit_breaker(false);
const ROLLED_BACK_BY_ECS: Service = |service| service.circuit_breaker(true);

/// A scene with an image and a definition of somebody else's; gives its digest.
fn with_somebody_else(made: Service) -> (Scene, String) {
    let scene = when_it_on(crashes(), made);
    let other = scene.sim.repository("web1").push("hotfix", Image::linux_amd64().content("fix"));
    scene
        .sim
        .task_definition("other")
        .container("web1", &scene.sim.image("web1:hotfix"))
        .register();
    (scene, other)
}

/// Between a last look at the service and the update that follows it ECS gives no
/// way to notice anybody.
const UNSEEN: Duration = Duration::from_millis(200);

/// When somebody deploys a hotfix, that is what runs in the end, and this run
/// writes nothing to the service any more.
async fn hotfix_wins(made: Service, at: Duration) -> Step {
    let (scene, hotfix) = with_somebody_else(made);
    scene.sim.latency(millis(100));
    scene.sim.at(at, Act::deploy("prod", "web1", "other:1"));
    let step = scene.deploy(&[]).await;
    let late: Vec<_> = step
        .requests
        .iter()
        .filter(|it| it.at > at + UNSEEN && it.operation != "DeregisterTaskDefinition")
        .filter(|it| it.is_write())
        .map(|it| (it.at, &it.operation))
        .collect();
    assert_eq!(late, [], "{at:?}: {}", step.log());
    let is_unseen = step
        .requests
        .iter()
        .any(|it| it.operation == "UpdateService" && (at..at + UNSEEN).contains(&it.at));
    if is_unseen {
        return step;
    }
    assert_ne!(step.code, 0, "{at:?}: {}", step.log());
    assert_eq!(scene.runs_in_the_end().await, [hotfix], "{at:?}: {}", step.log());
    step
}

#[tokio::test(start_paused = true)]
async fn whenever_somebody_else_deploys_theirs_is_what_stays() {
    // 30 s: ours still runs. 62 s: it fails. 66 s: ECS rolls back. 67 to 137 s:
    // the update back is under way.
    for (made, results) in [
        (UNDONE_BY_ECS, ["superseded", "failed", "undone"].as_slice()),
        (UNDONE_BY_UPDATE, &["superseded", "failed", "undone"]),
        (ROLLED_BACK_BY_ECS, &["superseded", "undone"]),
    ] {
        let mut seen = std::collections::BTreeSet::new();
        for at in [30_000, 90_000].into_iter().chain((61_000..=71_000).step_by(390)) {
            let step = hotfix_wins(made, millis(at)).await;
            seen.insert(step.result().to_owned());
        }
        assert!(seen.iter().all(|it| results.contains(&it.as_str())), "{seen:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_replaces_the_way_back_is_named() {
    let step = hotfix_wins(UNDONE_BY_UPDATE, secs(90)).await;
    step.ended("failed", &["UpdateService"]);
    step.says("summary", "nothing was undone: ");
    step.says("summary", "has replaced the undo");
}

/// A person stops it at the moment at which this run gives it up.
#[tokio::test(start_paused = true)]
async fn a_rollback_that_somebody_else_began_is_followed() {
    for at in (60_000..=68_000).step_by(250) {
        let scene = when_it(crashes());
        scene.sim.latency(millis(100));
        scene.sim.at(millis(at), Act::stop_deployment("prod", "web1"));
        let step = scene.deploy(&[]).await;
        step.is("undone");
        let writes = step.writes();
        let further: Vec<_> = writes.into_iter().filter(|it| !DEPLOYED.contains(it)).collect();
        let alone = ["DeregisterTaskDefinition"];
        let asked = ["StopServiceDeployment", "DeregisterTaskDefinition"];
        assert!(further == alone || further == asked, "{at}: {further:?}");
        assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.1")], "{at}");
    }
}

/// Old tasks go before new ones come, and by then the old image is broken.
fn with_a_broken_past(made: Service) -> Scene {
    let scene = when_it_on(crashes(), made);
    scene.sim.at(secs(20), Act::behave(&scene.digest("1.4.1"), crashes()));
    scene
}

#[tokio::test(start_paused = true)]
async fn a_way_back_that_fails_too_is_told_with_both_ends() {
    let cases: [(Service, &[&str], &str); 3] = [
        (|it| it.percentages(0, 100).circuit_breaker(true), &[], "ECS could not roll"),
        (|it| it.circuit_breaker(false), &["UpdateService"], "its deployment failed as well: "),
        (
            |it| it.percentages(0, 100),
            &["StopServiceDeployment"],
            "did not finish before its timeout",
        ),
    ];
    for (made, writes, second) in cases {
        let scene = with_a_broken_past(made);
        let step = scene.deploy(&[]).await;
        step.ended("undo-failed", writes);
        let error = step.said("error");
        let headline = "1.4.2 failed on web1, and so did the undo to 1.4.1: ";
        assert!(error.starts_with(headline), "{error}");
        assert!(error.contains("The container web1 exited with code 1"), "{error}");
        assert!(error.contains("needs your attention"), "{error}");
        assert!(step.summary.contains(second), "{second}: {}", step.summary);
        assert_eq!(scene.state_of(2), "ACTIVE", "nothing is cleared away");
    }
}

#[tokio::test(start_paused = true)]
async fn a_way_back_by_update_is_given_up_like_any_deployment() {
    let scene = with_a_broken_past(|service| service);
    let denied = simulator::Fault::AccessDenied;
    scene.sim.fault("StopServiceDeployment", simulator::When::Always, denied);
    let step = scene.deploy(&[]).await;
    step.ended("undo-failed", &["StopServiceDeployment", "UpdateService"]);
    step.says("summary", "its tasks fail as well: 4 tasks failed");
    assert!(step.took < secs(200), "{:?}", step.took);
}

/// What a cancel at this time says; it always ends the step in time.
async fn cancelled(made: Service, at: Duration) -> (Scene, Step) {
    let scene = when_it_on(crashes(), made);
    // The way back takes its time.
    scene.sim.at(secs(20), Act::behave(&scene.digest("1.4.1"), Behaviour::Hangs));
    scene.sim.latency(millis(400));
    let (step, ()) = tokio::join!(Box::pin(scene.deploy(&[])), scene.cancel_after(at));
    assert_eq!((step.result(), step.code), ("cancelled", 130), "{at:?}: {}", step.log());
    assert!(step.took <= at + secs(7), "cancelled at {at:?}, ended at {:?}", step.took);
    (scene, step)
}

#[tokio::test(start_paused = true)]
async fn a_cancel_says_that_the_way_back_goes_on() {
    let (scene, step) = cancelled(UNDONE_BY_UPDATE, secs(90)).await;
    step.ended("cancelled", &["UpdateService"]);
    let back = scene.sim.truth("prod", "web1").newest().deployment_id.clone();
    let error = step.said("error");
    let going_on = format!(
        "the workflow was cancelled while 1.4.1 was being restored; ECS continues in \
         deployment {back}"
    );
    assert!(error.contains(&going_on), "{error}");
    assert!(error.contains("Before that 1.4.2 failed: The container web1 exited"), "{error}");
    assert!(!error.contains("stop-service-deployment"), "nobody wants it stopped: {error}");

    let (_, step) = cancelled(|it| it.percentages(0, 100), secs(80)).await;
    step.ended("cancelled", &["StopServiceDeployment"]);
    step.says("error", "ECS continues with its own rollback");
    step.says("error", "the run was cancelled; ECS is rolling 1.4.2 back");
}

/// From the failure to the way back, whatever is being asked or written.
#[tokio::test(start_paused = true)]
async fn a_cancel_at_any_moment_of_the_undo_tells_the_truth() {
    for made in [UNDONE_BY_UPDATE as Service, |it| it.percentages(0, 100)] {
        for at in (64_000..=76_000).step_by(450) {
            let (scene, step) = cancelled(made, millis(at)).await;
            let error = step.said("error");
            let truth = scene.sim.truth("prod", "web1");
            let further = step.writes().split_off(DEPLOYED.len());
            let is_on_its_way =
                truth.deployments.len() > 2 || truth.newest().status.starts_with("ROLLBACK");
            let says_so = error.contains("was being restored; ECS continues");
            assert_eq!(says_so, is_on_its_way, "{at}: {further:?} {truth:#?}\n{error}");
            assert!(further.len() <= 1, "{at}: {further:?}");
            assert_eq!(scene.state_of(2), "ACTIVE", "its tasks may still run");
        }
    }
}
