//! Sentences about ECS's own blue/green, linear and canary deployments: stages,
//! traffic and bake times, and hooks that wait for a person.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Act, Behaviour, ServiceBuilder};

use crate::scene::{INTERVAL, Scene, Step, crashes, secs, when_it_on};

fn minutes(minutes: u64) -> Duration {
    secs(minutes * 60)
}

fn healthy() -> Behaviour {
    Behaviour::Healthy { ready_after: secs(5) }
}

/// A service with this strategy and the members that belong to it.
fn with(strategy: &str, members: &Value) -> impl FnOnce(ServiceBuilder) -> ServiceBuilder {
    let (strategy, members) = (json!(strategy), members.clone());
    move |service| {
        let members = members.as_object().expect("members of deploymentConfiguration").clone();
        let service = service.configured("strategy", strategy);
        members.into_iter().fold(service, |service, (name, value)| service.configured(&name, value))
    }
}

fn stage<'a>(step: &'a Step, name: &str) -> Vec<&'a str> {
    let named = format!("stage {name}");
    step.lines.iter().map(String::as_str).filter(|line| line.contains(&named)).collect()
}

#[tokio::test(start_paused = true)]
async fn stages_traffic_and_bake_time_are_told_in_log_and_summary() {
    let cases = [
        ("BLUE_GREEN", json!({ "bakeTimeInMinutes": 5 }), vec!["100 %"]),
        (
            "LINEAR",
            json!({ "linearConfiguration": { "stepPercent": 40.0, "stepBakeTimeInMinutes": 2 } }),
            vec!["40 %", "80 %", "100 %"],
        ),
        (
            "CANARY",
            json!({ "canaryConfiguration": { "canaryPercent": 5.0, "canaryBakeTimeInMinutes": 3 },
                "bakeTimeInMinutes": 1 }),
            vec!["5 %", "100 %"],
        ),
    ];
    for (strategy, members, weights) in cases {
        let scene = when_it_on(healthy(), with(strategy, &members));
        let step = scene.deploy(&[]).await;
        step.ended("deployed", &[]);
        let shifts = stage(&step, "PRODUCTION_TRAFFIC_SHIFT");
        for weight in weights {
            let told_of = |line: &&&str| line.contains(&format!(", {weight} of traffic"));
            assert!(shifts.iter().any(|line| told_of(&line)), "{strategy} {weight}: {shifts:#?}");
            step.says("summary", &format!(", {weight} of traffic"));
        }
        if members.get("bakeTimeInMinutes").is_some() {
            assert_ne!(stage(&step, "BAKE_TIME"), [""; 0], "{}", step.log());
        }
        let ended = scene.sim.truth("prod", "web1").newest().finished.expect("it ended");
        assert!(step.took <= ended + INTERVAL, "{strategy}: {:?}, {ended:?}", step.took);
    }
}

/// The default timeout of 30 min is for what ECS does; what the configuration
/// waits for comes on top.
#[tokio::test(start_paused = true)]
async fn the_default_timeout_outlasts_steps_and_bake_times() {
    for (strategy, members, at_least) in [
        (
            "CANARY",
            json!({ "canaryConfiguration": { "canaryPercent": 10.0, "canaryBakeTimeInMinutes": 60 } }),
            minutes(60),
        ),
        ("BLUE_GREEN", json!({ "bakeTimeInMinutes": 45 }), minutes(45)),
        // Ten steps of 10 % by default, the last of them not followed by a wait.
        ("LINEAR", json!({}), minutes(9 * 6)),
    ] {
        let scene = when_it_on(healthy(), with(strategy, &members));
        let step = scene.deploy(&[]).await;
        step.ended("deployed", &[]);
        assert!(step.took > at_least, "{strategy}: {:?}", step.took);
    }
    // A timeout that was asked for is kept.
    let scene = when_it_on(healthy(), with("BLUE_GREEN", &json!({ "bakeTimeInMinutes": 45 })));
    let step = scene.deploy(&[("timeout", "20m")]).await;
    step.ended("timed-out", &[]);
    assert_eq!(step.took, minutes(20));
    step.says("error", "stage BAKE_TIME");
}

#[tokio::test(start_paused = true)]
async fn with_wait_until_traffic_the_bake_time_is_not_waited_for() {
    let bakes = json!({ "bakeTimeInMinutes": 30, "canaryConfiguration":
        { "canaryPercent": 5.0, "canaryBakeTimeInMinutes": 2 } });
    for strategy in ["BLUE_GREEN", "CANARY"] {
        let scene = when_it_on(healthy(), with(strategy, &bakes));
        let step = scene.deploy(&[("wait-until", "traffic")]).await;
        step.ended("deployed", &[]);
        // 5 % is not all traffic.
        let least = if strategy == "CANARY" { minutes(3) } else { minutes(1) };
        assert!(step.took > least && step.took < minutes(8), "{strategy}: {:?}", step.took);
        assert_eq!(scene.sim.truth("prod", "web1").newest().status, "IN_PROGRESS");
        step.says("notice", "ECS continues the deployment and may still roll back");
        step.says("summary", "may still roll back");
    }
}

#[tokio::test(start_paused = true)]
async fn a_green_that_dies_is_rolled_back_with_or_without_a_breaker() {
    for strategy in ["BLUE_GREEN", "LINEAR", "CANARY"] {
        for (breaker, asked) in [(true, false), (false, true)] {
            let scene = when_it_on(crashes(), |service| {
                let service = with(strategy, &json!({ "bakeTimeInMinutes": 5 }))(service);
                if breaker { service.circuit_breaker(true) } else { service }
            });
            let step = scene.deploy(&[]).await;
            let writes: &[&str] = if asked {
                &["StopServiceDeployment", "DeregisterTaskDefinition"]
            } else {
                &["DeregisterTaskDefinition"]
            };
            step.ended("undone", writes);
            step.says("error", "The container web1 exited with code 1");
            assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.1")]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_alarm_in_the_bake_time_and_a_hook_that_fails_are_named() {
    let scene = when_it_on(healthy(), |service| {
        with("BLUE_GREEN", &json!({ "bakeTimeInMinutes": 10 }))(service).alarms(&["errors"], true)
    });
    scene.sim.at(minutes(5), Act::alarm("prod", "web1", "errors"));
    let step = scene.deploy(&[]).await;
    step.ended("undone", &["DeregisterTaskDefinition"]);
    step.says("error", "The alarm errors went off");

    let check = "arn:aws:lambda:eu-central-1:123456789012:function:check";
    let hooks = json!({ "lifecycleHooks": [{ "hookTargetArn": check,
        "roleArn": "arn:aws:iam::123456789012:role/hook", "lifecycleStages": ["POST_SCALE_UP"] }] });
    let scene = when_it_on(healthy(), with("BLUE_GREEN", &hooks));
    scene.sim.hook_fails(check);
    let step = scene.deploy(&[]).await;
    step.ended("undone", &["DeregisterTaskDefinition"]);
    let error = step.said("error");
    assert!(error.contains("POST_SCALE_UP") && error.contains("hook"), "{error}");
    assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.1")]);
}

#[tokio::test(start_paused = true)]
async fn with_a_desired_count_of_0_nothing_runs_after_an_undo_either() {
    let scene = when_it_on(healthy(), |service| {
        let service = with("BLUE_GREEN", &json!({ "bakeTimeInMinutes": 10 }))(service);
        service.alarms(&["errors"], true).desired(0)
    });
    scene.sim.at(minutes(5), Act::alarm("prod", "web1", "errors"));
    let step = scene.deploy(&[]).await;
    step.ended("undone", &["DeregisterTaskDefinition"]);
    assert_eq!(step.output("running-version"), "");
}

/// A pause before production traffic, which ends by itself after three hours.
fn paused(action: &str) -> Scene {
    let hooks = json!({ "lifecycleHooks": [{ "targetType": "PAUSE",
        "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
        "timeoutConfiguration": { "timeoutInMinutes": 180, "action": action } }] });
    when_it_on(healthy(), with("BLUE_GREEN", &hooks))
}

#[tokio::test(start_paused = true)]
async fn a_pause_says_who_is_waited_for_until_when_and_how_to_go_on() {
    let scene = paused("ROLLBACK");
    scene.sim.at(minutes(40), Act::continue_deployment("prod", "web1", "CONTINUE"));
    let step = scene.deploy(&[("timeout", "10m")]).await;
    // The clock stood still.
    step.ended("deployed", &[]);
    assert!(step.took > minutes(40) && step.took < minutes(46), "{:?}", step.took);

    let notice = step.said("notice");
    assert_eq!(notice.matches("waits for a person").count(), 1, "said once: {notice}");
    assert!(notice.contains("POST_TEST_TRAFFIC_SHIFT, until 2026-01-01T03:0"), "{notice}");
    assert!(notice.contains("(then ROLLBACK)"), "{notice}");
    let truth = scene.sim.truth("prod", "web1");
    let arn = &truth.newest().service_deployment_arn;
    let command = format!(
        "aws ecs continue-service-deployment --region eu-central-1 --service-deployment-arn {arn}"
    );
    assert!(notice.contains(&command) && notice.contains("--action CONTINUE"), "{notice}");
    step.says("log", "still waiting for a person");
    step.says("summary", "waits for a person");
}

#[tokio::test(start_paused = true)]
async fn only_the_time_of_the_pause_is_not_counted() {
    let scene = paused("CONTINUE");
    scene.sim.at(minutes(30), Act::continue_deployment("prod", "web1", "CONTINUE"));
    // It takes about three minutes without the pause.
    let step = scene.deploy(&[("timeout", "90s")]).await;
    step.ended("timed-out", &[]);
    assert!(step.took > minutes(30) && step.took < minutes(31), "{:?}", step.took);
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_is_answered_with_rollback_or_never_ends_as_ecs_ends_it() {
    for (answer, on_timeout, result) in [
        (Some("ROLLBACK"), "CONTINUE", "undone"),
        (None, "ROLLBACK", "undone"),
        (None, "CONTINUE", "deployed"),
    ] {
        let scene = paused(on_timeout);
        if let Some(answer) = answer {
            scene.sim.at(minutes(20), Act::continue_deployment("prod", "web1", answer));
        }
        let step = scene.deploy(&[("timeout", "10m")]).await;
        let writes: &[&str] = if result == "undone" { &["DeregisterTaskDefinition"] } else { &[] };
        step.ended(result, writes);
        let paused_for = if answer.is_some() { minutes(20) } else { minutes(180) };
        assert!(step.took > paused_for && step.took < paused_for + minutes(10), "{:?}", step.took);
        if result == "undone" {
            step.says("error", "POST_TEST_TRAFFIC_SHIFT");
            let running = scene.runs_in_the_end().await;
            assert_eq!(running, [scene.digest("1.4.1")]);
        }
    }
}

/// ECS stops no deployment that is paused, and a new one would wait for a person
/// at the same place: the pause is answered.
#[tokio::test(start_paused = true)]
async fn a_green_that_dies_in_a_pause_is_rolled_back_by_answering_it() {
    let scene = paused("ROLLBACK");
    let digest = scene.digest("1.4.2");
    // After green has settled its tasks die, and those after them.
    scene.sim.at(minutes(2), Act::behave(&digest, crashes()));
    scene.sim.at(minutes(3), Act::kill_tasks("prod", "web1", 1));
    let step = scene.deploy(&[]).await;
    step.ended("undone", &["ContinueServiceDeployment", "DeregisterTaskDefinition"]);
    assert_eq!(step.only("ContinueServiceDeployment").body["action"], "ROLLBACK");
    assert!(step.took < minutes(10), "{:?}", step.took);
    assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.1")]);
}
