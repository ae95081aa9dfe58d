//! Sentences about `wait-until`: a step that stops at a point of the deployment, and what it
//! says is so then.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Act, Behaviour, Fault, Pace, ServiceBuilder, When};

use crate::codedeploy;
use crate::scene::{Scene, crashes, secs, when_it_on};

fn minutes(minutes: u64) -> Duration {
    secs(minutes * 60)
}

fn healthy() -> Behaviour {
    Behaviour::Healthy { ready_after: secs(5) }
}

/// A service whose deployments are of this strategy, with these members of their
/// configuration.
pub(crate) fn with(
    strategy: &str,
    members: &Value,
) -> impl FnOnce(ServiceBuilder) -> ServiceBuilder {
    let (strategy, members) = (json!(strategy), members.clone());
    move |service| {
        let members = members.as_object().expect("members of deploymentConfiguration").clone();
        let service = service.configured("strategy", strategy);
        members.into_iter().fold(service, |service, (name, value)| service.configured(&name, value))
    }
}

/// A pause at this stage, which ends by itself after an hour in this way.
pub(crate) fn pause(stage: &str, action: &str) -> Value {
    json!({ "targetType": "PAUSE", "lifecycleStages": [stage],
        "timeoutConfiguration": { "timeoutInMinutes": 60, "action": action } })
}

/// Blue and green, with so many minutes of bake time and these hooks.
pub(crate) fn blue_green(minutes: u32, hooks: &[Value]) -> Scene {
    let members = json!({ "bakeTimeInMinutes": minutes, "lifecycleHooks": hooks });
    when_it_on(healthy(), with("BLUE_GREEN", &members))
}

#[tokio::test(start_paused = true)]
async fn at_each_stage_the_step_ends_and_the_deployment_goes_on() {
    for (stage, runs) in [
        ("pre-scale-up", "1.4.1"),
        ("scale-up", "1.4.1"),
        ("post-scale-up", "1.4.1"),
        ("test-traffic-shift", "1.4.1"),
        ("POST_TEST_TRAFFIC_SHIFT", "1.4.1"),
        ("PRE_PRODUCTION_TRAFFIC_SHIFT", "1.4.1"),
        ("production-traffic-shift", "1.4.2"),
        ("post-production-traffic-shift", "1.4.2"),
        ("bake-time", "1.4.2"),
    ] {
        let scene = blue_green(30, &[]);
        let step = scene.deploy(&[("wait-until", stage)]).await;
        step.ended("reached", &[]);
        assert!(step.took < minutes(8), "{stage}: {:?}", step.took);
        assert_eq!(step.output("running-version"), runs, "{stage}: {}", step.said("notice"));
        let truth = scene.sim.truth("prod", "web1");
        assert_eq!(truth.newest().status, "IN_PROGRESS");
        assert_eq!(step.output("service-deployment-arn"), truth.newest().service_deployment_arn);
        step.says("notice", "ECS continues it and may still roll back");
        let id = step.output("deployment-id").to_owned();
        step.says("notice", "`command: stop` rolls it back");
        step.says("summary", &format!("`deployment: {id}`"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_of_a_canary_says_who_has_how_much_of_the_traffic() {
    let canary = json!({ "bakeTimeInMinutes": 5,
        "canaryConfiguration": { "canaryPercent": 5.0, "canaryBakeTimeInMinutes": 20 } });
    let scene = when_it_on(healthy(), with("CANARY", &canary));
    let step = scene.deploy(&[("wait-until", "production-traffic-shift")]).await;
    step.ended("reached", &[]);
    step.says("notice", "5 % of production traffic is on 1.4.2, the rest on 1.4.1");
    assert_eq!(step.output("running-version"), "", "neither has all of it");
    assert_eq!(
        step.headline(),
        "✅ 1.4.2 on web1 has reached PRODUCTION_TRAFFIC_SHIFT; ECS continues it"
    );
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_success_and_says_what_is_so_and_what_comes_next() {
    for (action, then) in [("ROLLBACK", "rolls back"), ("CONTINUE", "continues")] {
        let scene = blue_green(30, &[pause("POST_TEST_TRAFFIC_SHIFT", action)]);
        let step = scene.deploy(&[("wait-until", "paused")]).await;
        step.ended("reached", &[]);
        let headline = "✅ 1.4.2 on web1 waits for a person at POST_TEST_TRAFFIC_SHIFT";
        assert_eq!(step.headline(), headline);
        step.says("notice", "no production traffic is on 1.4.2 yet");
        step.says("notice", &format!("without an answer ECS {then} at 2026-01-01T01:0"));
        let id = step.output("deployment-id");
        step.says(
            "notice",
            &format!("`command: continue` with `deployment: {id}` lets it continue"),
        );
        assert_eq!(step.output("running-version"), "1.4.1");
        assert_eq!(scene.sim.truth("prod", "web1").newest().status, "IN_PROGRESS");
    }
}

#[tokio::test(start_paused = true)]
async fn what_fails_before_the_point_is_undone_as_ever() {
    // By its tasks, which ECS or this step gives up.
    for breaker in [true, false] {
        let scene = when_it_on(crashes(), |service| {
            let hooks = json!({ "lifecycleHooks": [pause("POST_TEST_TRAFFIC_SHIFT", "ROLLBACK")] });
            let service = with("BLUE_GREEN", &hooks)(service);
            if breaker { service.circuit_breaker(true) } else { service }
        });
        let step = scene.deploy(&[("wait-until", "paused")]).await;
        step.is("undone");
        assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.1")]);
    }
    // By a hook that says no, and by a person.
    let check = "arn:aws:lambda:eu-central-1:123456789012:function:check";
    let hook = json!({ "hookTargetArn": check, "lifecycleStages": ["POST_SCALE_UP"],
        "roleArn": "arn:aws:iam::123456789012:role/hook" });
    let scene = blue_green(30, &[hook]);
    scene.sim.hook_fails(check);
    let step = scene.deploy(&[("wait-until", "bake-time")]).await;
    step.ended("undone", &["DeregisterTaskDefinition"]);
    step.says("error", "POST_SCALE_UP");

    let scene = blue_green(30, &[pause("POST_SCALE_UP", "CONTINUE")]);
    scene.sim.at(minutes(10), Act::continue_deployment("prod", "web1", "ROLLBACK"));
    let step = scene.deploy(&[("wait-until", "bake-time")]).await;
    step.ended("undone", &["DeregisterTaskDefinition"]);
    assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.1")]);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_or_a_cancel_before_the_point_is_one_as_ever() {
    let scene = blue_green(30, &[]);
    let step = scene.deploy(&[("wait-until", "bake-time"), ("timeout", "20s")]).await;
    step.ended("timed-out", &[]);
    let scene = blue_green(30, &[]);
    let (step, ()) =
        tokio::join!(scene.deploy(&[("wait-until", "bake-time")]), scene.cancel_after(secs(20)));
    step.ended("cancelled", &[]);
    step.says("error", "stop-service-deployment");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_is_over_before_anybody_sees_the_point_is_deployed() {
    let scene = when_it_on(healthy(), with("BLUE_GREEN", &json!({})));
    scene.sim.pace(Pace::real().faster(10_000.0));
    let step = scene.deploy(&[("wait-until", "post-test-traffic-shift")]).await;
    step.ended("deployed", &[]);
    step.says("notice", "the deployment finished before `post-test-traffic-shift` was seen");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_under_way_that_is_past_the_point_is_adopted_and_left() {
    let scene = blue_green(30, &[]);
    scene.deploy(&[("wait-until", "bake-time")]).await.is("reached");
    let step = scene.deploy(&[("wait-until", "post-scale-up")]).await;
    step.is("reached");
    assert_eq!(step.writes(), [""; 0]);
    step.says("notice", "all production traffic is on 1.4.2");
}

#[tokio::test(start_paused = true)]
async fn a_point_that_cannot_come_is_refused_before_the_first_write() {
    let rolling = Scene::ready().refusal(&[("wait-until", "bake-time")]).await;
    assert!(
        rolling.contains("a rolling update has no stages\nHere it can be `done`."),
        "{rolling}"
    );
    let rolling = Scene::ready().refusal(&[("wait-until", "paused")]).await;
    assert!(rolling.contains("the service has no PAUSE hook"), "{rolling}");
    let unpaused = blue_green(30, &[]).refusal(&[("wait-until", "paused")]).await;
    assert!(unpaused.contains("Here it can be `done`, `traffic` or a stage."), "{unpaused}");
    let theirs = codedeploy::ready().refusal(&[("wait-until", "bake-time")]).await;
    assert!(theirs.contains("CodeDeploy makes those of this service"), "{theirs}");
    let theirs = codedeploy::ready().refusal(&[("wait-until", "paused")]).await;
    assert!(
        theirs.contains(
            "CodeDeploy does not wait for a person here\nHere it can be `done` or `traffic`."
        ),
        "{theirs}"
    );

    for operation in ["DescribeServiceDeployments", "ListServiceDeployments"] {
        let scene = blue_green(30, &[]);
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
        let unseen = scene.refusal(&[("wait-until", "bake-time")]).await;
        assert!(unseen.contains(&format!("ecs:{operation} is not allowed")), "{unseen}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_codedeploy_waits_for_a_person_the_step_can_end() {
    let scene = codedeploy::stage(|group| group.waits_for_a_person(60));
    let step = scene.deploy(&[("wait-until", "paused")]).await;
    step.is("reached");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "CreateDeployment"]);
    step.says("notice", "no production traffic is on 1.4.2 yet; CodeDeploy stops it after 60 min");
    assert_eq!(step.output("running-version"), "1.4.1");
}
