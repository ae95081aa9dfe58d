//! BLUE_GREEN, LINEAR and CANARY: stages, traffic and hooks.

use serde_json::{Value, json};

use super::{deploy, described, ecs, ecs_error, messages, newest, secs, two_versions, until_over};
use crate::{Act, Behaviour, Simulator};

fn service(sim: &Simulator, strategy: &str) -> crate::ServiceBuilder {
    sim.service("prod", "web1").running("web1:1").configured("strategy", json!(strategy))
}

/// Every stage and production weight of the target, in order, without repeats.
async fn observed(sim: &Simulator) -> Vec<(String, f64)> {
    let mut seen: Vec<(String, f64)> = Vec::new();
    loop {
        let now = newest(sim);
        if let Some(stage) = now["lifecycleStage"].as_str() {
            let weight = &now["targetServiceRevision"]["requestedProductionTrafficWeight"];
            let entry = (stage.to_owned(), weight.as_f64().expect("a weight"));
            if seen.last() != Some(&entry) {
                seen.push(entry);
            }
        }
        if !["PENDING", "IN_PROGRESS"].contains(&now["status"].as_str().expect("a status")) {
            return seen;
        }
        tokio::time::sleep(secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn blue_green_shifts_bakes_and_cleans_up() {
    let (sim, digests) = two_versions();
    service(&sim, "BLUE_GREEN").configured("bakeTimeInMinutes", json!(5)).desired(2).start();
    deploy(&sim, "web1:2");
    let seen = observed(&sim).await;
    let stages: Vec<&str> = seen.iter().map(|(stage, _)| stage.as_str()).collect();
    assert_eq!(
        stages,
        [
            "RECONCILE_SERVICE",
            "PRE_SCALE_UP",
            "SCALE_UP",
            "POST_SCALE_UP",
            "TEST_TRAFFIC_SHIFT",
            "POST_TEST_TRAFFIC_SHIFT",
            "PRE_PRODUCTION_TRAFFIC_SHIFT",
            "PRODUCTION_TRAFFIC_SHIFT",
            "POST_PRODUCTION_TRAFFIC_SHIFT",
            "BAKE_TIME",
            "CLEAN_UP",
        ]
    );
    let truth = sim.truth("prod", "web1");
    assert_eq!(truth.newest().status, "SUCCESSFUL");
    assert!(truth.newest().finished.expect("it is over") > secs(300 + 70));
    assert_eq!(truth.running.len(), 1);
    assert_eq!(truth.running[0].digests["web1"], digests.new);
    assert_eq!(described(&sim)["deployments"][0]["rolloutState"], "COMPLETED");
}

#[tokio::test(start_paused = true)]
async fn linear_and_canary_shift_in_steps() {
    let linear = json!({ "stepPercent": 40.0, "stepBakeTimeInMinutes": 1 });
    let canary = json!({ "canaryPercent": 5.0, "canaryBakeTimeInMinutes": 1 });
    let cases = [
        ("LINEAR", "linearConfiguration", linear, vec![40.0, 80.0, 100.0]),
        ("CANARY", "canaryConfiguration", canary, vec![5.0, 100.0]),
    ];
    for (strategy, name, configuration, weights) in cases {
        let (sim, _) = two_versions();
        service(&sim, strategy).configured(name, configuration).start();
        deploy(&sim, "web1:2");
        let seen = observed(&sim).await;
        let shifts = seen.iter().filter(|(stage, _)| stage == "PRODUCTION_TRAFFIC_SHIFT");
        assert_eq!(shifts.map(|(_, weight)| *weight).collect::<Vec<_>>(), weights, "{strategy}");
        assert_eq!(newest(&sim)["status"], "SUCCESSFUL");
    }
}

fn pause(action: &str) -> Value {
    json!([{ "targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
             "timeoutConfiguration": { "timeoutInMinutes": 10, "action": action } }])
}

async fn paused(sim: &Simulator) -> Value {
    for _ in 0..1000 {
        let now = newest(sim);
        if now["lifecycleHookDetails"][0]["status"] == "AWAITING_ACTION" {
            return now;
        }
        tokio::time::sleep(secs(1)).await;
    }
    panic!("it never paused");
}

#[tokio::test(start_paused = true)]
async fn a_pause_waits_for_a_person() {
    for (action, end) in [("CONTINUE", "SUCCESSFUL"), ("ROLLBACK", "ROLLBACK_SUCCESSFUL")] {
        let (sim, _) = two_versions();
        service(&sim, "BLUE_GREEN").configured("lifecycleHooks", pause("ROLLBACK")).start();
        deploy(&sim, "web1:2");
        let now = paused(&sim).await;
        tokio::time::sleep(secs(300)).await;
        assert_eq!(newest(&sim)["lifecycleStage"], "POST_TEST_TRAFFIC_SHIFT");
        let arn = &now["serviceDeploymentArn"];
        let stop = json!({ "serviceDeploymentArn": arn, "stopType": "ROLLBACK" });
        assert_eq!(ecs_error(&sim, "StopServiceDeployment", &stop), "ConflictException");
        let hook = &now["lifecycleHookDetails"][0]["hookId"];
        let answer = json!({ "serviceDeploymentArn": arn, "hookId": hook, "action": action });
        ecs(&sim, "ContinueServiceDeployment", &answer);
        until_over(&sim).await;
        assert_eq!(newest(&sim)["status"], end);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_nobody_answers_ends_as_configured() {
    for (action, end) in [("CONTINUE", "SUCCESSFUL"), ("ROLLBACK", "ROLLBACK_SUCCESSFUL")] {
        let (sim, _) = two_versions();
        service(&sim, "BLUE_GREEN").configured("lifecycleHooks", pause(action)).start();
        deploy(&sim, "web1:2");
        until_over(&sim).await;
        let over = newest(&sim);
        assert_eq!(over["status"], end);
        assert_eq!(over["lifecycleHookDetails"][0]["status"], "TIMED_OUT");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_shows_who_is_waited_for_and_until_when() {
    for timeout_action in ["CONTINUE", "ROLLBACK"] {
        let (sim, _) = two_versions();
        service(&sim, "BLUE_GREEN").configured("lifecycleHooks", pause(timeout_action)).start();
        deploy(&sim, "web1:2");
        let now = paused(&sim).await;
        let hook = &now["lifecycleHookDetails"][0];
        assert_eq!(hook["targetType"], "PAUSE");
        assert_eq!(hook["timeoutAction"], timeout_action);
        assert_eq!(hook.get("targetArn"), None);
        let seconds = |value: &Value| value.as_f64().expect("a time");
        let lasts = seconds(&hook["expiresAt"]) - seconds(&now["updatedAt"]);
        assert!((lasts - 600.0).abs() < 0.01, "{lasts}");
        assert_eq!(now["lifecycleHookDetails"].as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_continues_a_pause_or_rolls_it_back() {
    for (action, status, end) in
        [("CONTINUE", "SUCCEEDED", "SUCCESSFUL"), ("ROLLBACK", "FAILED", "ROLLBACK_SUCCESSFUL")]
    {
        let (sim, digests) = two_versions();
        let twice = json!([pause("ROLLBACK")[0], pause("ROLLBACK")[0]]);
        service(&sim, "BLUE_GREEN").configured("lifecycleHooks", twice).start();
        sim.act(Act::continue_deployment("prod", "web1", action));
        deploy(&sim, "web1:2");
        paused(&sim).await;
        // Blue is gone, so that a rollback takes its time.
        sim.behaves(&digests.old, Behaviour::Healthy { ready_after: secs(60) });
        sim.act(Act::kill_tasks("prod", "web1", 1));
        sim.after(secs(120), Act::continue_deployment("prod", "web1", action));
        tokio::time::sleep(secs(119)).await;
        assert_eq!(newest(&sim)["lifecycleHookDetails"][1]["status"], "AWAITING_ACTION");
        until_over(&sim).await;
        let over = newest(&sim);
        assert_eq!(over["status"], end);
        assert_eq!(over["lifecycleHookDetails"][0]["status"], status);
        let told = messages(&described(&sim));
        let turns = told.iter().filter(|message| message.contains("rolling back")).count();
        assert_eq!(turns, usize::from(action == "ROLLBACK"), "two answers, one rollback");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_during_a_pause_ends_the_waiting() {
    let (sim, digests) = two_versions();
    let service = service(&sim, "BLUE_GREEN").configured("lifecycleHooks", pause("ROLLBACK"));
    service.alarms(&["errors"], true).start();
    deploy(&sim, "web1:2");
    let hook = paused(&sim).await["lifecycleHookDetails"][0]["hookId"].clone();
    sim.act(Act::stop_deployment("prod", "web1"));
    assert_eq!(newest(&sim)["status"], "IN_PROGRESS", "a paused deployment is not stopped");
    // Blue has died since and does not come back before the pause would end.
    sim.behaves(&digests.old, Behaviour::Healthy { ready_after: secs(900) });
    sim.act(Act::kill_tasks("prod", "web1", 1));
    sim.act(Act::alarm("prod", "web1", "errors"));
    let back = newest(&sim);
    assert_eq!(back["status"], "ROLLBACK_IN_PROGRESS");
    assert_eq!(back["lifecycleHookDetails"][0]["status"], "FAILED");
    let answer = json!({ "serviceDeploymentArn": back["serviceDeploymentArn"], "hookId": hook });
    assert_eq!(ecs_error(&sim, "ContinueServiceDeployment", &answer), "InvalidParameterException");
    tokio::time::sleep(secs(700)).await;
    assert_eq!(newest(&sim)["rollback"], back["rollback"], "the timeout changes nothing");
    until_over(&sim).await;
    assert_eq!(newest(&sim)["status"], "ROLLBACK_SUCCESSFUL");
    assert_eq!(sim.truth("prod", "web1").running[0].digests["web1"], digests.old);
}

#[tokio::test(start_paused = true)]
async fn a_failing_function_rolls_back() {
    let (sim, digests) = two_versions();
    let arn = "arn:aws:lambda:eu-central-1:123456789012:function:check";
    sim.hook_fails(arn);
    let hooks = json!([{ "hookTargetArn": arn, "roleArn": "arn:aws:iam::123456789012:role/hook",
                         "lifecycleStages": ["POST_SCALE_UP"] }]);
    service(&sim, "BLUE_GREEN").configured("lifecycleHooks", hooks).start();
    deploy(&sim, "web1:2");
    until_over(&sim).await;
    let over = newest(&sim);
    assert_eq!(over["status"], "ROLLBACK_SUCCESSFUL");
    let reason = over["statusReason"].as_str().expect("a reason");
    assert!(reason.contains("POST_SCALE_UP lifecycle hook(s) failed"), "{reason}");
    assert_eq!(over["targetServiceRevision"]["requestedProductionTrafficWeight"], json!(0.0));
    tokio::time::sleep(secs(60)).await;
    let running = sim.truth("prod", "web1").running;
    assert_eq!(running.len(), 1);
    assert_eq!(running[0].digests["web1"], digests.old);
}

#[tokio::test(start_paused = true)]
async fn an_alarm_during_the_bake_time_brings_blue_back() {
    let (sim, digests) = two_versions();
    let service = service(&sim, "BLUE_GREEN").configured("bakeTimeInMinutes", json!(10));
    service.alarms(&["errors"], true).start();
    deploy(&sim, "web1:2");
    while newest(&sim)["lifecycleStage"] != "BAKE_TIME" {
        tokio::time::sleep(secs(1)).await;
    }
    assert_eq!(sim.truth("prod", "web1").running.len(), 2, "blue still stands by");
    sim.act(Act::alarm("prod", "web1", "errors"));
    until_over(&sim).await;
    let over = newest(&sim);
    assert_eq!(over["status"], "ROLLBACK_SUCCESSFUL");
    assert_eq!(over["targetServiceRevision"]["requestedProductionTrafficWeight"], json!(0.0));
    let blue = &over["sourceServiceRevisions"][0]["requestedProductionTrafficWeight"];
    assert_eq!(*blue, json!(100.0));
    assert_eq!(sim.truth("prod", "web1").running[0].digests["web1"], digests.old);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_is_replaced_while_green_bakes_and_before_green_starts() {
    for seconds in [12, 200] {
        let (sim, digests) = two_versions();
        service(&sim, "BLUE_GREEN").configured("bakeTimeInMinutes", json!(10)).start();
        deploy(&sim, "web1:2");
        tokio::time::sleep(secs(seconds)).await;
        sim.act(Act::deploy("prod", "web1", "web1:1"));
        until_over(&sim).await;
        let truth = sim.truth("prod", "web1");
        let statuses: Vec<&str> = truth.deployments.iter().map(|it| it.status.as_str()).collect();
        assert_eq!(statuses, ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]);
        assert_eq!(truth.running.len(), 1);
        assert_eq!(truth.running[0].digests["web1"], digests.old);
    }
}

#[tokio::test(start_paused = true)]
async fn green_tasks_that_die_trip_the_breaker() {
    let (sim, digests) = two_versions();
    sim.behaves(&digests.new, Behaviour::Crashes { after: secs(3), exit_code: 1 });
    service(&sim, "BLUE_GREEN").circuit_breaker(true).start();
    deploy(&sim, "web1:2");
    until_over(&sim).await;
    assert_eq!(newest(&sim)["status"], "ROLLBACK_SUCCESSFUL");
}
