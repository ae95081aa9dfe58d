//! Service deployments from their beginning to each of their ends.

use serde_json::json;

use super::{
    count, crashing, deploy, described, messages, newest, secs, two_versions, until, until_over,
    wait,
};
use crate::ecs::monitors::Breaker;
use crate::{Act, Behaviour, Simulator};

async fn until_it_rolls_back(sim: &Simulator) {
    until(sim, "rolling back", |sim| newest(sim)["status"] == "ROLLBACK_IN_PROGRESS").await;
}

#[tokio::test(start_paused = true)]
async fn a_healthy_version_becomes_successful_and_then_completed() {
    let (sim, digests) = two_versions();
    sim.service("prod", "web1").running("web1:1").desired(2).start();
    let before = described(&sim)["deployments"][0]["id"].clone();
    let updated = deploy(&sim, "web1:2")["deployments"].clone();
    assert_eq!((&updated[0]["rolloutState"], &updated[1]["id"]), (&json!("IN_PROGRESS"), &before));
    assert_eq!(newest(&sim)["status"], "PENDING");

    let seconds = until_over(&sim).await;
    assert!((60..120).contains(&seconds), "{seconds}");
    // The older view lags behind while old tasks drain.
    assert_eq!(newest(&sim)["status"], "SUCCESSFUL");
    assert_eq!(described(&sim)["deployments"][0]["rolloutState"], "IN_PROGRESS");
    wait(60).await;
    let after = described(&sim);
    assert_eq!(count(&after["deployments"]), 1);
    assert_eq!(after["deployments"][0]["rolloutState"], "COMPLETED");
    assert_eq!(messages(&after)[0], "(service web1) has reached a steady state.");
    assert_eq!(sim.truth("prod", "web1").running[0].digests["web1"], digests.new);

    deploy(&sim, "web1:2");
    assert_eq!(described(&sim)["deployments"], after["deployments"], "nothing has changed");
}

#[tokio::test(start_paused = true)]
async fn the_circuit_breaker_without_rollback_stops_and_starts_nothing_more() {
    let (sim, digests) = two_versions();
    sim.behaves(&digests.new, crashing());
    sim.service("prod", "web1").running("web1:1").circuit_breaker(false).start();
    deploy(&sim, "web1:2");
    until_over(&sim).await;
    assert_eq!(newest(&sim)["status"], "STOPPED");
    assert_eq!(described(&sim)["deployments"][0]["rolloutState"], "FAILED");
    wait(600).await;
    let running = sim.truth("prod", "web1").running;
    assert_eq!((running.len(), &running[0].digests["web1"]), (1, &digests.old));
}

#[tokio::test(start_paused = true)]
async fn a_rollback_fails_where_the_old_version_fails_too_or_nothing_is_complete() {
    for deploys_again in [false, true] {
        let (sim, digests) = two_versions();
        sim.behaves(&digests.new, crashing());
        let service = sim.service("prod", "web1").running("web1:1").circuit_breaker(true);
        service.percentages(0, 100).start();
        deploy(&sim, "web1:2");
        if deploys_again {
            until_it_rolls_back(&sim).await;
            deploy(&sim, "web1:2");
        } else {
            sim.behaves(&digests.old, crashing());
        }
        until_over(&sim).await;
        let over = newest(&sim);
        assert_eq!(over["status"], "ROLLBACK_FAILED");
        let counted = over["deploymentCircuitBreaker"]["failureCount"].as_u64();
        assert_eq!(counted, Some(3), "the rollback counts anew");
    }
}

#[tokio::test(start_paused = true)]
async fn a_healthy_task_sets_the_count_of_failures_back() {
    let (sim, digests) = two_versions();
    sim.behaves(&digests.new, crashing());
    sim.service("prod", "web1").running("web1:1").desired(2).circuit_breaker(true).start();
    deploy(&sim, "web1:2");
    let failures =
        |sim: &Simulator| newest(sim)["deploymentCircuitBreaker"]["failureCount"].clone();
    until(&sim, "failing", |sim| failures(sim) == 2).await;
    sim.behaves(&digests.new, Behaviour::Healthy { ready_after: secs(1) });
    until_over(&sim).await;
    assert_eq!((&newest(&sim)["status"], failures(&sim)), (&json!("SUCCESSFUL"), json!(0)));
}

#[test]
fn the_threshold_is_half_of_the_desired_count_unless_configured() {
    let custom = |kind: &str, value: u32| json!({ "type": kind, "value": value });
    let cases = [
        (json!(null), 1, 3),
        (json!(null), 6, 3),
        (json!(null), 7, 4),
        (json!(null), 1000, 200),
        (custom("BOUNDED_PERCENT", 10), 50, 5),
        (custom("UNBOUNDED_PERCENT", 10), 5, 1),
        (custom("UNBOUNDED_PERCENT", 100), 1000, 1000),
        (custom("COUNT", 2), 1000, 2),
    ];
    for (custom, desired, threshold) in cases {
        let configuration = json!({ "deploymentCircuitBreaker": {
            "enable": true, "rollback": true, "thresholdConfiguration": custom } });
        let configuration = configuration.as_object().expect("an object");
        let breaker = Breaker::from_configuration(configuration, desired);
        assert_eq!(breaker.threshold, threshold, "{configuration:?} of {desired}");
    }
}

#[tokio::test(start_paused = true)]
async fn alarms_are_watched_for_a_while_after_all_is_healthy() {
    for (seconds, status) in [(120, "ROLLBACK_SUCCESSFUL"), (500, "SUCCESSFUL")] {
        let (sim, _) = two_versions();
        let service = sim.service("prod", "web1").running("web1:1");
        service.alarms(&["errors", "latency"], true).start();
        deploy(&sim, "web1:2");
        wait(seconds).await;
        sim.act(Act::alarm("prod", "web1", "another"));
        sim.act(Act::alarm("prod", "web1", "errors"));
        until_over(&sim).await;
        assert_eq!(newest(&sim)["status"], status);
    }
}

#[tokio::test(start_paused = true)]
async fn what_ecs_returns_to_looks_younger_than_what_failed() {
    let (sim, digests) = two_versions();
    let service = sim.service("prod", "web1").running("web1:1").percentages(0, 100).desired(4);
    service.circuit_breaker(true).start();
    let before = described(&sim)["deployments"][0]["id"].clone();
    sim.behaves(&digests.new, crashing());
    deploy(&sim, "web1:2");
    until_it_rolls_back(&sim).await;
    let service = described(&sim);
    let [back, failed] = [&service["deployments"][0], &service["deployments"][1]];
    assert_eq!((&back["id"], &failed["rolloutState"]), (&before, &json!("FAILED")));
    let id = before.as_str().expect("an id");
    let reason = format!("ECS deployment circuit breaker: rolling back to deploymentId {id}.");
    assert_eq!(back["rolloutStateReason"], reason);
    assert!(back["createdAt"].as_f64() > failed["createdAt"].as_f64(), "{service}");
}

#[tokio::test(start_paused = true)]
async fn early_success_comes_with_a_part_of_the_tasks() {
    for (cleanup, old_at_success) in [("DEFERRED", 2), ("BLOCKING", 0)] {
        let (sim, _) = two_versions();
        let criteria = json!({ "enable": true, "healthyPercent": 50,
            "sourceServiceRevisionCleanup": cleanup });
        let service = sim.service("prod", "web1").running("web1:1").desired(4);
        service.percentages(50, 100).configured("earlySuccessCriteria", criteria).start();
        deploy(&sim, "web1:2");
        until_over(&sim).await;
        let counts = |at: usize| described(&sim)["deployments"][at]["runningCount"].as_u64();
        let old = counts(1).unwrap_or_default();
        assert!(counts(0) < Some(4) || cleanup == "BLOCKING", "{cleanup}: {}", described(&sim));
        assert!(old <= old_at_success, "{cleanup}: {}", described(&sim));
        wait(300).await;
        assert_eq!((counts(0), counts(1)), (Some(4), None), "the rest comes, the old ones go");
    }
}

#[tokio::test(start_paused = true)]
async fn percentages_that_allow_nothing_are_told_and_get_stuck() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").percentages(100, 100).start();
    deploy(&sim, "web1:2");
    wait(1200).await;
    assert_eq!(newest(&sim)["status"], "IN_PROGRESS");
    assert!(messages(&described(&sim))[0].contains("unable to stop or start tasks"));
}

#[tokio::test(start_paused = true)]
async fn the_stages_of_blue_green_come_in_their_order() {
    let (sim, digests) = two_versions();
    let service = sim.service("prod", "web1").running("web1:1").desired(2);
    let service = service.configured("strategy", json!("BLUE_GREEN"));
    service.configured("bakeTimeInMinutes", json!(5)).start();
    deploy(&sim, "web1:2");
    let mut stages: Vec<String> = Vec::new();
    while sim.truth("prod", "web1").newest().finished.is_none() {
        if let Some(stage) = newest(&sim)["lifecycleStage"].as_str()
            && stages.last().is_none_or(|last| last != stage)
        {
            stages.push(stage.to_owned());
        }
        wait(1).await;
    }
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
    assert!(truth.newest().finished.expect("it is over") > secs(300 + 70));
    assert_eq!((truth.running.len(), &truth.running[0].digests["web1"]), (1, &digests.new));
    assert_eq!(described(&sim)["deployments"][0]["rolloutState"], "COMPLETED");
}
