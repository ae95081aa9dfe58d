//! Sentences about the way back after a deployment that failed: who takes it,
//! what is written for it, and what runs in the end.

use std::time::Duration;

use serde_json::json;
use simulator::{Act, Behaviour, Fault, Image, Lag, Pace, When};

use crate::scene::{Scene, crashes, definition, secs, when_it, when_it_on};

/// Proves that nothing but version 1.4.1 runs.
async fn runs_1_4_1(scene: &Scene, old: &str) {
    assert_eq!(scene.runs_in_the_end().await, [old]);
}

#[tokio::test(start_paused = true)]
async fn what_is_given_up_is_taken_back_by_ecs_itself() {
    let scene = when_it(crashes());
    let step = scene.deploy(&[]).await;
    step.ended("undone", &["StopServiceDeployment", "DeregisterTaskDefinition"]);
    let ours = scene.sim.truth("prod", "web1").newest().clone();
    assert_eq!(ours.status, "ROLLBACK_SUCCESSFUL");
    assert_eq!(
        step.only("StopServiceDeployment").body,
        json!({ "serviceDeploymentArn": ours.service_deployment_arn, "stopType": "ROLLBACK" })
    );
    assert_eq!(step.output("running-version"), "1.4.1");
    step.says("summary", "1.4.1 was restored by ECS's own rollback");
    assert_eq!((scene.state_of(1), scene.state_of(2)), ("ACTIVE".into(), "INACTIVE".into()));
    runs_1_4_1(&scene, &scene.digest("1.4.1")).await;
}

#[tokio::test(start_paused = true)]
async fn what_ecs_rolled_back_by_itself_is_only_cleared_away() {
    let scene = when_it_on(crashes(), |service| service.circuit_breaker(true));
    let step = scene.deploy(&[]).await;
    step.ended("undone", &["DeregisterTaskDefinition"]);
    assert_eq!(step.output("running-version"), "1.4.1");
    step.says("summary", "1.4.1 was restored by ECS's own rollback");
    assert_eq!(scene.state_of(2), "INACTIVE");
    runs_1_4_1(&scene, &scene.digest("1.4.1")).await;
}

/// A Region without service deployments lists none. That a deployment has failed stands in
/// the service's own list, too.
#[tokio::test(start_paused = true)]
async fn a_failure_is_told_at_once_although_ecs_never_lists_the_deployment() {
    for rolls_back in [true, false] {
        let scene = when_it_on(crashes(), |service| service.circuit_breaker(rolls_back));
        scene.sim.pace(Pace::real().faster(5.0));
        let never = secs(7200);
        let lag = Lag { listing: never, current_service_deployment: never, ..Lag::default() };
        scene.sim.lag(lag);
        let step = scene.deploy(&[]).await;
        step.is("undone");
        let failed = scene.sim.truth("prod", "web1").deployments[1].finished.expect("it ended");
        let decided = step.decided();
        assert!(decided < failed + secs(10), "{decided:?}, failed at {failed:?}: {}", step.log());
        runs_1_4_1(&scene, &scene.digest("1.4.1")).await;
    }
}

/// A breaker without rollback: nothing is left that ECS could roll back.
#[tokio::test(start_paused = true)]
async fn what_ecs_has_stopped_is_updated_back_and_nothing_else_is_sent() {
    let scene = when_it_on(crashes(), |service| service.circuit_breaker(false));
    let step = scene.deploy(&[("desired-count", "3")]).await;
    step.ended("undone", &["UpdateService", "DeregisterTaskDefinition"]);
    let back =
        json!({ "cluster": "prod", "service": "web1", "taskDefinition": definition("web1:1") });
    assert_eq!(step.updates()[1], &back, "the desired count is never sent");
    assert_eq!(scene.sim.truth("prod", "web1").desired, 3);
    step.says("log", "restoring 1.4.1");
    step.says("summary", "1.4.1 was restored by a new deployment");
    runs_1_4_1(&scene, &scene.digest("1.4.1")).await;
}

#[tokio::test(start_paused = true)]
async fn where_ecs_does_not_roll_back_the_service_is_updated() {
    let refused = |code| Fault::Error { code, message: "it cannot be rolled back" };
    for fault in [
        Fault::AccessDenied,
        refused("ConflictException"),
        refused("UnsupportedFeatureException"),
        Fault::Reset { applied: false },
        Fault::Timeout { applied: false },
        Fault::Status(503),
    ] {
        let scene = when_it(crashes());
        scene.sim.fault("StopServiceDeployment", When::Always, fault.clone());
        let step = scene.deploy(&[]).await;
        let writes = ["StopServiceDeployment", "UpdateService", "DeregisterTaskDefinition"];
        step.ended("undone", &writes);
        assert!(step.took < secs(200), "{fault:?}: {:?}", step.took);
        runs_1_4_1(&scene, &scene.digest("1.4.1")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_answer_was_lost_is_not_sent_again() {
    for fault in
        [Fault::Reset { applied: true }, Fault::Timeout { applied: true }, Fault::StatusAfter(503)]
    {
        let scene = when_it(crashes());
        scene.sim.fault("StopServiceDeployment", When::Always, fault);
        let step = scene.deploy(&[]).await;
        step.ended("undone", &["StopServiceDeployment", "DeregisterTaskDefinition"]);
        runs_1_4_1(&scene, &scene.digest("1.4.1")).await;
    }
}

/// ECS would return to what it was replacing, which nobody knows to be good.
#[tokio::test(start_paused = true)]
async fn from_several_revisions_it_is_the_last_good_one_that_comes_back() {
    let scene = when_it(crashes());
    let odd = scene.push("odd");
    scene.sim.behaves(&odd, Behaviour::Hangs);
    scene.sim.task_definition("other").container("web1", &scene.sim.image("web1:odd")).register();
    scene.sim.act(Act::deploy("prod", "web1", "other:1"));
    tokio::time::sleep(secs(60)).await;
    let step = scene.deploy(&[("in-flight", "replace"), ("task-definition", "web1:1")]).await;
    step.ended("undone", &["UpdateService", "DeregisterTaskDefinition"]);
    assert_eq!(step.updates()[1]["taskDefinition"], definition("web1:1"));
    assert_eq!(step.output("running-version"), "1.4.1");
    step.says("error", "1.4.2 failed on web1, which is back on 1.4.1");
    runs_1_4_1(&scene, &scene.digest("1.4.1")).await;
}

#[tokio::test(start_paused = true)]
async fn an_image_whose_tag_has_moved_comes_back_by_its_digest() {
    for (breaker, by_ecs) in [(None, true), (Some(false), false)] {
        let scene = when_it_on(crashes(), |service| match breaker {
            Some(rollback) => service.circuit_breaker(rollback),
            None => service,
        });
        let old = scene.digest("1.4.1");
        let moved = Act::push("web1", "1.4.1", Image::linux_amd64().content("another 1.4.1"));
        scene.sim.at(secs(20), moved);
        let step = scene.deploy(&[]).await;
        if by_ecs {
            // ECS returns to a revision, which holds its digests.
            step.ended("undone", &["StopServiceDeployment", "DeregisterTaskDefinition"]);
        } else {
            let writes = ["RegisterTaskDefinition", "UpdateService", "DeregisterTaskDefinition"];
            step.ended("undone", &writes);
            let image = &scene.revision(3)["containerDefinitions"][0]["image"];
            assert_eq!(*image, scene.sim.image(&format!("web1@{old}")));
            assert_eq!(step.updates()[1]["taskDefinition"], definition("web1:3"));
            assert_eq!(
                (scene.state_of(2), scene.state_of(3)),
                ("INACTIVE".into(), "ACTIVE".into())
            );
        }
        assert_eq!(step.output("running-version"), "1.4.1");
        runs_1_4_1(&scene, &old).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_definition_that_was_deregistered_is_registered_again() {
    let scene = when_it_on(crashes(), |service| service.circuit_breaker(false));
    scene.sim.at(secs(20), Act::deregister("web1:1"));
    let step = scene.deploy(&[]).await;
    let writes = ["RegisterTaskDefinition", "UpdateService", "DeregisterTaskDefinition"];
    step.ended("undone", &writes);
    let images = [1, 3].map(|it| scene.revision(it)["containerDefinitions"][0]["image"].clone());
    assert_eq!(images[0], images[1], "the same tag, because it still names the same image");
    assert_eq!(scene.state_of(2), "INACTIVE");
    runs_1_4_1(&scene, &scene.digest("1.4.1")).await;
}

#[tokio::test(start_paused = true)]
async fn without_a_point_to_return_to_nothing_is_undone_and_the_plan_says_so() {
    let scene = Scene::empty();
    let repository = scene.sim.repository("web1");
    let first = repository.push("1.4.1", Image::linux_amd64().content("1.4.1"));
    let new = repository.push("1.4.2", Image::linux_amd64().content("1.4.2"));
    scene.sim.behaves(&first, Behaviour::Hangs);
    scene.sim.behaves(&new, crashes());
    scene.sim.task_definition("web1").container("web1", &scene.sim.image("web1:1.4.1")).register();
    scene.sim.service("prod", "web1").deploying("web1:1").desired(2).start();
    let step = scene.deploy(&[("in-flight", "replace")]).await;
    step.ended("failed", &[]);
    let nothing = "no earlier revision is known to have succeeded here";
    let beforehand = format!("if this deployment fails, nothing will be undone: {nothing}");
    step.says("notice", &beforehand);
    step.says("summary", &format!("nothing was undone: {nothing}"));
    let quiet =
        scene.deploy(&[("dry-run", "true"), ("on-failure", "keep"), ("in-flight", "replace")]);
    let quiet = quiet.await.said("notice");
    assert!(!quiet.contains("nothing will be undone"), "it was not asked for: {quiet}");
}

#[tokio::test(start_paused = true)]
async fn the_same_definition_and_image_are_not_returned_to() {
    let scene = Scene::ready();
    scene.sim.behaves(&scene.digest("1.4.1"), crashes());
    let step = scene.deploy(&[("version", "1.4.1"), ("force-new-deployment", "true")]).await;
    assert_eq!((step.result(), step.writes()), ("failed", vec!["UpdateService"]), "{}", step.log());
    let same = "what ran before is the same definition and image";
    step.says("notice", same);
    step.says("summary", &format!("nothing was undone: {same}"));
    assert_eq!(scene.state_of(1), "ACTIVE");
}

#[tokio::test(start_paused = true)]
async fn keep_leaves_everything_as_it_is_and_says_how_to_go_back() {
    let scene = when_it(crashes());
    let step = scene.deploy(&[("on-failure", "keep")]).await;
    step.ended("failed", &[]);
    let ours = scene.sim.truth("prod", "web1").newest().clone();
    assert_eq!(ours.status, "IN_PROGRESS");
    let command = format!(
        "aws ecs stop-service-deployment --region eu-central-1 --service-deployment-arn {}",
        ours.service_deployment_arn
    );
    step.says("error", &command);
    assert_eq!(scene.state_of(2), "ACTIVE");
}

#[tokio::test(start_paused = true)]
async fn what_is_late_is_undone_only_if_that_is_asked_for() {
    const TIMEOUT: Duration = Duration::from_secs(180);
    let scene = when_it(Behaviour::Hangs);
    let step = scene.deploy(&[("timeout", "3m")]).await;
    step.ended("timed-out", &[]);
    assert_eq!(step.took, TIMEOUT);
    assert_eq!(scene.sim.truth("prod", "web1").newest().status, "IN_PROGRESS");

    let scene = when_it(Behaviour::Hangs);
    let step = scene.deploy(&[("timeout", "3m"), ("on-timeout", "undo")]).await;
    step.ended("undone", &["StopServiceDeployment", "DeregisterTaskDefinition"]);
    assert!(step.took > TIMEOUT && step.took < TIMEOUT + secs(30), "{:?}", step.took);
    runs_1_4_1(&scene, &scene.digest("1.4.1")).await;
}

/// Nothing has moved for minutes, so the last news is no measure of the time.
#[tokio::test(start_paused = true)]
async fn tasks_that_never_get_to_running_are_why_it_was_late() {
    let scene = when_it(Behaviour::Healthy { ready_after: Duration::ZERO });
    scene.sim.pace(Pace { pull: secs(3_600), ..Pace::real() });
    let step = scene.deploy(&[("timeout", "5m"), ("on-timeout", "undo")]).await;
    step.ended("undone", &["StopServiceDeployment", "DeregisterTaskDefinition"]);
    step.says("error", "2 tasks do not reach RUNNING");
}

#[tokio::test(start_paused = true)]
async fn a_failed_revision_that_may_not_be_deregistered_is_named() {
    let scene = when_it(crashes());
    scene.sim.fault("DeregisterTaskDefinition", When::Always, Fault::AccessDenied);
    let step = scene.deploy(&[]).await;
    step.is("undone");
    let note = "the revision web1:2 stays registered: ecs:DeregisterTaskDefinition is not allowed";
    step.says("summary", note);
    assert_eq!(scene.state_of(2), "ACTIVE");
}
