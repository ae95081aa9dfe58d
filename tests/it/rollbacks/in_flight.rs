//! Going back while a deployment is under way: by ECS's own rollback where that
//! leads to the same, else by taking its place.

use std::time::Duration;

use serde_json::json;
use simulator::{Act, Behaviour, Fault, ServiceBuilder, When};

use super::{PREVIOUS, back, to, update, with_a_past_of};
use crate::scene::Scene;

/// 1.4.2 ran, and since a minute 1.5.0 is being deployed and comes to nothing.
async fn during_a_bad_deploy() -> Scene {
    during_a_bad_deploy_on(|service| service).await
}

async fn during_a_bad_deploy_on(made: impl FnOnce(ServiceBuilder) -> ServiceBuilder) -> Scene {
    let scene = with_a_past_of(made);
    let bad = scene.push("1.5.0");
    scene.sim.behaves(&bad, Behaviour::Hangs);
    let new = scene.register("1.5.0");
    scene.sim.act(Act::deploy("prod", "web1", &new));
    tokio::time::sleep(Duration::from_secs(60)).await;
    scene
}

fn codedeploy(service: ServiceBuilder) -> ServiceBuilder {
    service.configured("strategy", json!("BLUE_GREEN")).configured("bakeTimeInMinutes", json!(30))
}

/// The digests of all healthy tasks, once everything has come to rest.
async fn runs(scene: &Scene) -> Vec<String> {
    scene.runs_in_the_end().await
}

#[tokio::test(start_paused = true)]
async fn ecs_is_asked_to_return_where_that_leads_to_the_same_and_nothing_else_is_written() {
    for version in ["previous", "1.4.2", "web1:3"] {
        let scene = during_a_bad_deploy().await;
        let step = scene.deploy(&to(version)).await;
        back(&step, &["StopServiceDeployment"]);
        let truth = scene.sim.truth("prod", "web1");
        assert_eq!(truth.newest().status, "ROLLBACK_SUCCESSFUL");
        assert_eq!(step.output("running-version"), "1.4.2");
        assert_eq!(
            step.only("StopServiceDeployment").body,
            json!({ "serviceDeploymentArn": truth.newest().service_deployment_arn, "stopType": "ROLLBACK" })
        );
        assert!(
            step.headline().starts_with("✅ web1 is back on 1.4.2; 1.5.0 was removed"),
            "{}",
            step.headline()
        );
        assert!(step.log().contains("let ECS roll it back"), "the plan says it: {}", step.log());
        assert_eq!(runs(&scene).await, [scene.digest("1.4.2")]);
    }
}

/// Nothing new is started from it, and a copy that ECS would not need would be left
/// behind as the newest revision.
#[tokio::test(start_paused = true)]
async fn a_revision_that_was_deregistered_comes_back_by_a_copy_and_not_by_ecs() {
    let scene = during_a_bad_deploy().await;
    scene.sim.act(Act::deregister("web1:3"));
    let step = scene.deploy(&to("web1:3")).await;
    back(&step, &["RegisterTaskDefinition", "UpdateService"]);
    assert_eq!(step.only("UpdateService").body, update("web1:5"));
    assert_eq!(step.output("task-definition-revision"), "5");
    assert_eq!(runs(&scene).await, [scene.digest("1.4.2")]);
}

#[tokio::test(start_paused = true)]
async fn cancelled_while_ecs_is_asked_the_service_is_not_updated_instead() {
    let scene = during_a_bad_deploy().await;
    scene.sim.fault("StopServiceDeployment", When::Always, Fault::Reset { applied: false });
    let (step, ()) =
        tokio::join!(Box::pin(scene.deploy(PREVIOUS)), scene.cancel_after(Duration::from_secs(1)));
    step.is("cancelled");
    assert!(step.writes().iter().all(|it| *it == "StopServiceDeployment"), "{:?}", step.writes());
    assert!(!step.writes().is_empty(), "it was cancelled too early: {}", step.log());
    assert!(!step.log().contains("updating the service instead"), "{}", step.log());
}

/// All traffic is on the new version already, and ECS waits before it removes the
/// old one.
#[tokio::test(start_paused = true)]
async fn during_the_bake_time_of_blue_green_ecs_turns_round() {
    let scene = with_a_past_of(codedeploy);
    scene.push("1.5.0");
    let new = scene.register("1.5.0");
    scene.sim.act(Act::deploy("prod", "web1", &new));
    tokio::time::sleep(Duration::from_secs(5 * 60)).await;
    let step = scene.deploy(PREVIOUS).await;
    back(&step, &["StopServiceDeployment"]);
    assert_eq!(scene.sim.truth("prod", "web1").newest().status, "ROLLBACK_SUCCESSFUL");
    assert_eq!(runs(&scene).await, [scene.digest("1.4.2")]);
}

/// ECS does not stop a deployment that waits for a person; a person's answer does.
#[tokio::test(start_paused = true)]
async fn a_deployment_that_waits_for_a_person_is_answered_with_a_rollback() {
    let hook = json!([{ "targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
        "timeoutConfiguration": { "timeoutInMinutes": 600, "action": "CONTINUE" } }]);
    let scene = with_a_past_of(|it| codedeploy(it).configured("lifecycleHooks", hook));
    scene.push("1.5.0");
    let new = scene.register("1.5.0");
    scene.sim.act(Act::deploy("prod", "web1", &new));
    tokio::time::sleep(Duration::from_secs(5 * 60)).await;
    let step = scene.deploy(PREVIOUS).await;
    back(&step, &["ContinueServiceDeployment"]);
    let sent = &step.only("ContinueServiceDeployment").body;
    let truth = scene.sim.truth("prod", "web1");
    assert_eq!(sent["serviceDeploymentArn"], truth.newest().service_deployment_arn.as_str());
    assert_eq!(sent["action"], "ROLLBACK");
    assert_eq!(runs(&scene).await, [scene.digest("1.4.2")]);
}

#[tokio::test(start_paused = true)]
async fn what_the_deployment_does_not_replace_takes_its_place_by_an_update() {
    let scene = during_a_bad_deploy().await;
    let step = scene.deploy(&to("1.4.1")).await;
    back(&step, &["UpdateService"]);
    assert_eq!(step.only("UpdateService").body, update("web1:2"));
    step.says("notice", "which is in progress, will be replaced");
    let truth = scene.sim.truth("prod", "web1");
    let [.., bad, own] = &truth.deployments[..] else { panic!("two deployments: {truth:?}") };
    assert_eq!((bad.status.as_str(), own.status.as_str()), ("STOPPED", "SUCCESSFUL"));
}

/// ECS returns to a revision as it was.
#[tokio::test(start_paused = true)]
async fn where_something_is_merged_or_a_count_is_set_ecs_can_not_bring_it_by_itself() {
    for (inputs, writes) in [
        (("environment-variables", "A=1"), &["RegisterTaskDefinition", "UpdateService"][..]),
        (("desired-count", "3"), &["UpdateService"]),
        (("force-new-deployment", "true"), &["UpdateService"]),
    ] {
        let scene = during_a_bad_deploy().await;
        let step = scene.deploy(&[PREVIOUS, &[inputs]].concat()).await;
        back(&step, writes);
        assert_eq!(runs(&scene).await, [scene.digest("1.4.2")]);
    }
}

/// At two in the morning a missing permission or a race is no reason to stay.
#[tokio::test(start_paused = true)]
async fn where_ecs_does_not_return_the_service_is_updated() {
    let conflict = Fault::Error { code: "ConflictException", message: "not now" };
    for fault in [Fault::AccessDenied, conflict] {
        let scene = during_a_bad_deploy().await;
        scene.sim.fault("StopServiceDeployment", When::Always, fault);
        let step = scene.deploy(PREVIOUS).await;
        back(&step, &["StopServiceDeployment", "UpdateService"]);
        assert_eq!(step.only("UpdateService").body, update("web1:3"));
        step.says("log", "if ECS does not: update the service to web1:3");
        step.says("log", "ECS does not roll it back");
        step.says("log", "updating the service instead");
        assert_eq!(runs(&scene).await, [scene.digest("1.4.2")]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_says_nothing_is_cleared_up_by_looking() {
    for (applied, writes) in [
        (true, &["StopServiceDeployment"][..]),
        (false, &["StopServiceDeployment", "UpdateService"]),
    ] {
        let scene = during_a_bad_deploy().await;
        scene.sim.fault("StopServiceDeployment", When::Nth(1), Fault::Reset { applied });
        let step = scene.deploy(PREVIOUS).await;
        back(&step, writes);
        assert_eq!(runs(&scene).await, [scene.digest("1.4.2")]);
    }
}

/// Between the last look and the request the circuit breaker was faster.
#[tokio::test(start_paused = true)]
async fn a_rollback_that_ecs_has_begun_itself_is_followed() {
    let scene = during_a_bad_deploy().await;
    scene.sim.latency(Duration::from_millis(200));
    // After the last look at the service, before the look at the deployment.
    scene.sim.after(Duration::from_millis(700), Act::stop_deployment("prod", "web1"));
    let step = scene.deploy(PREVIOUS).await;
    back(&step, &[]);
    step.says("log", "ECS is already rolling it back");
}

#[tokio::test(start_paused = true)]
async fn while_ecs_rolls_back_it_is_waited_for_and_then_judged_again() {
    for in_flight in ["wait", "replace", "refuse"] {
        let scene = during_a_bad_deploy().await;
        scene.sim.act(Act::stop_deployment("prod", "web1"));
        let step = scene.deploy(&[PREVIOUS, &[("in-flight", in_flight)]].concat()).await;
        assert_eq!((step.result(), step.writes()), ("refused", vec![]), "{}", step.log());
        let finished = scene.sim.truth("prod", "web1").newest().finished.expect("it ended");
        assert!(step.took >= finished - Duration::from_secs(60), "it waited: {:?}", step.took);
        step.says("error", "already back on 1.4.2 (web1:3): ECS rolled the last");
        assert_eq!(runs(&scene).await, [scene.digest("1.4.2")]);
    }
    // An exact version goes on from there.
    for (version, result) in [("1.4.2", "unchanged"), ("1.4.1", "rolled-back")] {
        let scene = during_a_bad_deploy().await;
        scene.sim.act(Act::stop_deployment("prod", "web1"));
        let step = scene.deploy(&to(version)).await;
        assert_eq!((step.result(), step.code), (result, 0), "{}", step.said("error"));
        assert_eq!(runs(&scene).await, [scene.digest(version)]);
    }
}

#[tokio::test(start_paused = true)]
async fn in_flight_wait_and_refuse_hold_for_a_rollback_too() {
    let scene = during_a_bad_deploy().await;
    let said = scene.refusal(&[PREVIOUS, &[("in-flight", "refuse")]].concat()).await;
    assert!(said.contains("another deployment of service web1"), "{said}");

    let scene = during_a_bad_deploy().await;
    let healthy = Behaviour::Healthy { ready_after: Duration::from_secs(1) };
    scene.sim.behaves(&scene.digest("1.5.0"), healthy);
    scene.sim.act(Act::force_new_deployment("prod", "web1"));
    let step = scene.deploy(&[PREVIOUS, &[("in-flight", "wait")]].concat()).await;
    back(&step, &["UpdateService"]);
    // What was waited for had succeeded: it is what is left.
    assert!(step.headline().contains("back on 1.4.2; 1.5.0 was removed"), "{}", step.headline());
}

#[tokio::test(start_paused = true)]
async fn a_rollback_of_somebody_else_under_way_is_not_repeated() {
    let scene = with_a_past_of(|service| service);
    let (first, second) = tokio::join!(Box::pin(scene.deploy(PREVIOUS)), async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        Box::pin(scene.deploy(PREVIOUS)).await
    });
    first.is("rolled-back");
    assert_eq!((second.result(), second.code), ("refused", 1));
    second.says("error", "already being rolled back to 1.4.1 (web1:2)");
    assert_eq!(scene.sim.writes().len(), 1, "one of them has written");
    // The exact version is followed to the same end.
    let scene = with_a_past_of(|service| service);
    assert_eq!(scene.deploy(&[PREVIOUS, &[("wait", "false")]].concat()).await.result(), "started");
    let step = scene.deploy(&to("1.4.1")).await;
    back(&step, &[]);
    // Since when 1.4.2 ran is not the time at which the way back began.
    assert!(!step.headline().contains("began at"), "{}", step.headline());
}
