//! Service deployments from their beginning to each of their ends.

use serde_json::json;

use super::{
    crashing, deploy, described, ecs, ecs_error, messages, newest, secs, two_versions, until_over,
};
use crate::ecs::monitors::Breaker;
use crate::{Act, Behaviour};

#[tokio::test(start_paused = true)]
async fn a_healthy_version_becomes_successful_and_then_completed() {
    let (sim, digests) = two_versions();
    sim.service("prod", "web1").running("web1:1").desired(2).start();
    let before = described(&sim);
    let updated = deploy(&sim, "web1:2");
    assert_ne!(updated["deployments"][0]["id"], before["deployments"][0]["id"]);
    assert_eq!(updated["deployments"][0]["rolloutState"], "IN_PROGRESS");
    assert_eq!(updated["deployments"][1]["id"], before["deployments"][0]["id"]);
    assert_eq!(newest(&sim)["status"], "PENDING");

    let seconds = until_over(&sim).await;
    assert!((60..120).contains(&seconds), "{seconds}");
    let over = newest(&sim);
    assert_eq!(over["status"], "SUCCESSFUL");
    let number = updated["deployments"][0]["id"].as_str().expect("an id").replace("ecs-svc/", "");
    let target = over["targetServiceRevision"]["arn"].as_str().expect("an ARN");
    assert!(target.ends_with(&format!("/{number}")), "{target}");
    // The older view lags behind while old tasks drain.
    assert_eq!(described(&sim)["deployments"][0]["rolloutState"], "IN_PROGRESS");
    tokio::time::sleep(secs(60)).await;
    let after = described(&sim);
    assert_eq!(after["deployments"].as_array().map(Vec::len), Some(1));
    assert_eq!(after["deployments"][0]["rolloutState"], "COMPLETED");
    assert_eq!(after["runningCount"], 2);
    assert_eq!(messages(&after)[0], "(service web1) has reached a steady state.");
    assert_eq!(sim.truth("prod", "web1").running[0].digests["web1"], digests.new);

    let revisions =
        ecs(&sim, "DescribeServiceRevisions", &json!({ "serviceRevisionArns": [target] }));
    let image = &revisions["serviceRevisions"][0]["containerImages"][0];
    assert_eq!(image["imageDigest"], json!(digests.new));
}

#[tokio::test(start_paused = true)]
async fn the_same_definition_without_force_deploys_nothing() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").start();
    let before = described(&sim);
    assert_eq!(deploy(&sim, "web1:1")["deployments"], before["deployments"]);
    sim.act(Act::force_new_deployment("prod", "web1"));
    assert_ne!(described(&sim)["deployments"][0]["id"], before["deployments"][0]["id"]);
}

#[tokio::test(start_paused = true)]
async fn the_circuit_breaker_rolls_back_in_both_views() {
    let (sim, digests) = two_versions();
    sim.behaves(&digests.new, crashing());
    sim.service("prod", "web1").running("web1:1").desired(2).circuit_breaker(true).start();
    let old = described(&sim)["deployments"][0]["id"].clone();
    let updated = deploy(&sim, "web1:2");
    until_over(&sim).await;
    let over = newest(&sim);
    assert_eq!(over["status"], "ROLLBACK_SUCCESSFUL");
    assert_eq!(over["deploymentCircuitBreaker"]["status"], "TRIGGERED");
    let back = over["rollback"]["serviceRevisionArn"].as_str().expect("an ARN");
    assert!(back.ends_with(&old.as_str().expect("an id").replace("ecs-svc/", "")));

    tokio::time::sleep(secs(90)).await;
    let service = described(&sim);
    assert_eq!(service["deployments"][0]["id"], old);
    assert_eq!(service["deployments"][0]["rolloutState"], "COMPLETED");
    assert_eq!(service["deployments"].as_array().map(Vec::len), Some(1));
    let failed = updated["deployments"][0]["id"].as_str().expect("an id");
    let told = messages(&service);
    let position = |wanted: String| told.iter().position(|told| *told == wanted);
    let failed = position(format!(
        "(service web1) (deployment {failed}) deployment failed: tasks failed to start."
    ));
    let back = position(format!(
        "(service web1) rolling back to deployment {}.",
        old.as_str().expect("an id")
    ));
    assert!(failed > back && back.is_some(), "newest first: {told:?}");
}

#[tokio::test(start_paused = true)]
async fn the_circuit_breaker_without_rollback_stops_and_starts_nothing_more() {
    let (sim, digests) = two_versions();
    sim.behaves(&digests.new, crashing());
    sim.service("prod", "web1").running("web1:1").circuit_breaker(false).start();
    deploy(&sim, "web1:2");
    until_over(&sim).await;
    let over = newest(&sim);
    assert_eq!(over["status"], "STOPPED");
    assert!(over["stoppedAt"].is_number());
    let service = described(&sim);
    assert_eq!(service["deployments"][0]["rolloutState"], "FAILED");
    tokio::time::sleep(secs(600)).await;
    let truth = sim.truth("prod", "web1");
    assert_eq!(truth.running.len(), 1);
    assert_eq!(truth.running[0].digests["web1"], digests.old);
}

#[tokio::test(start_paused = true)]
async fn a_first_deployment_has_nothing_to_return_to() {
    let (sim, digests) = two_versions();
    sim.behaves(&digests.old, crashing());
    sim.service("prod", "web1").circuit_breaker(true).deploying("web1:1").start();
    until_over(&sim).await;
    let over = newest(&sim);
    assert_eq!(over["status"], "ROLLBACK_FAILED");
    assert_eq!(over["statusReason"], "No rollback candidate was found to run the rollback.");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_fails_where_the_old_version_fails_too() {
    let (sim, digests) = two_versions();
    sim.behaves(&digests.new, crashing());
    let service = sim.service("prod", "web1").running("web1:1").circuit_breaker(true);
    service.percentages(0, 100).start();
    sim.behaves(&digests.old, crashing());
    deploy(&sim, "web1:2");
    until_over(&sim).await;
    let over = newest(&sim);
    assert_eq!(over["status"], "ROLLBACK_FAILED");
    assert_eq!(over["deploymentCircuitBreaker"]["failureCount"], 3, "the rollback counts anew");
    assert!(sim.truth("prod", "web1").running.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_healthy_task_sets_the_count_of_failures_back() {
    let (sim, digests) = two_versions();
    sim.behaves(&digests.new, crashing());
    let service = sim.service("prod", "web1").running("web1:1").desired(2);
    service.circuit_breaker(true).start();
    deploy(&sim, "web1:2");
    let failures =
        |sim: &crate::Simulator| newest(sim)["deploymentCircuitBreaker"]["failureCount"].as_u64();
    while failures(&sim) != Some(2) {
        tokio::time::sleep(secs(1)).await;
    }
    sim.behaves(&digests.new, Behaviour::Healthy { ready_after: secs(1) });
    until_over(&sim).await;
    assert_eq!(newest(&sim)["status"], "SUCCESSFUL");
    assert_eq!(failures(&sim), Some(0));
}

#[test]
fn the_threshold_is_half_of_the_desired_count_unless_configured() {
    let configured = |kind: &str, value: u32| {
        json!({ "enable": true, "rollback": true,
                "thresholdConfiguration": { "type": kind, "value": value } })
    };
    let plain = json!({ "enable": true, "rollback": true });
    let cases = [
        (plain.clone(), 1, 3),
        (plain.clone(), 6, 3),
        (plain.clone(), 7, 4),
        (plain, 1000, 200),
        (configured("BOUNDED_PERCENT", 10), 50, 5),
        (configured("UNBOUNDED_PERCENT", 10), 5, 1),
        (configured("UNBOUNDED_PERCENT", 100), 1000, 1000),
        (configured("COUNT", 2), 1000, 2),
    ];
    for (breaker, desired, threshold) in cases {
        let configuration = json!({ "deploymentCircuitBreaker": breaker });
        let configuration = configuration.as_object().expect("an object");
        let breaker = Breaker::from_configuration(configuration, desired);
        assert_eq!(breaker.threshold, threshold, "{configuration:?} of {desired}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_newer_deployment_replaces_the_one_under_way() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").start();
    let first = deploy(&sim, "web1:2");
    sim.after(secs(20), Act::force_new_deployment("prod", "web1"));
    tokio::time::sleep(secs(20)).await;
    let truth = sim.truth("prod", "web1");
    let [.., ours, theirs] = &truth.deployments[..] else { panic!("two deployments") };
    assert_eq!(ours.status, "STOPPED");
    assert_eq!(ours.reason.as_deref(), Some("Replaced by a new service deployment."));
    assert_eq!(json!(ours.deployment_id), first["deployments"][0]["id"]);
    assert_eq!(ours.finished, Some(secs(20)));
    assert_eq!(theirs.status, "PENDING");
    until_over(&sim).await;
    tokio::time::sleep(secs(60)).await;
    assert_eq!(described(&sim)["deployments"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(start_paused = true)]
async fn nothing_can_be_returned_to_while_ecs_is_rolling_back() {
    let (sim, digests) = two_versions();
    sim.behaves(&digests.new, crashing());
    let service = sim.service("prod", "web1").running("web1:1").circuit_breaker(true);
    service.percentages(0, 100).start();
    deploy(&sim, "web1:2");
    while newest(&sim)["status"] != "ROLLBACK_IN_PROGRESS" {
        tokio::time::sleep(secs(1)).await;
    }
    deploy(&sim, "web1:2");
    until_over(&sim).await;
    assert_eq!(newest(&sim)["status"], "ROLLBACK_FAILED");
}

#[tokio::test(start_paused = true)]
async fn a_person_stops_a_deployment_and_ecs_rolls_it_back() {
    let (sim, digests) = two_versions();
    sim.behaves(&digests.new, Behaviour::Hangs);
    sim.service("prod", "web1").running("web1:1").start();
    deploy(&sim, "web1:2");
    tokio::time::sleep(secs(60)).await;
    let arn = newest(&sim)["serviceDeploymentArn"].clone();
    let request = json!({ "serviceDeploymentArn": arn, "stopType": "ROLLBACK" });
    ecs(&sim, "StopServiceDeployment", &request);
    assert_eq!(newest(&sim)["status"], "ROLLBACK_REQUESTED");
    until_over(&sim).await;
    assert_eq!(newest(&sim)["status"], "ROLLBACK_SUCCESSFUL");
    assert_eq!(ecs_error(&sim, "StopServiceDeployment", &request), "ConflictException");
}

#[tokio::test(start_paused = true)]
async fn one_alarm_that_rang_before_turns_all_of_them_off() {
    let (sim, _) = two_versions();
    let service = sim.service("prod", "web1").running("web1:1");
    service.alarms(&["errors", "latency"], true).start();
    sim.act(Act::alarm("prod", "web1", "latency"));
    deploy(&sim, "web1:2");
    tokio::time::sleep(secs(30)).await;
    sim.act(Act::alarm("prod", "web1", "errors"));
    until_over(&sim).await;
    let over = newest(&sim);
    assert_eq!(over["status"], "SUCCESSFUL");
    assert_eq!(over["alarms"]["status"], "DISABLED");
    assert_eq!(over["deploymentConfiguration"]["alarms"]["enable"], true);
}

#[tokio::test(start_paused = true)]
async fn an_alarm_rolls_back() {
    let (sim, _) = two_versions();
    let service = sim.service("prod", "web1").running("web1:1");
    service.alarms(&["errors", "latency"], true).start();
    deploy(&sim, "web1:2");
    tokio::time::sleep(secs(120)).await;
    sim.act(Act::alarm("prod", "web1", "another"));
    assert_eq!(newest(&sim)["status"], "IN_PROGRESS", "healthy, and still watched");
    sim.act(Act::alarm("prod", "web1", "errors"));
    until_over(&sim).await;
    let over = newest(&sim);
    assert_eq!(over["status"], "ROLLBACK_SUCCESSFUL");
    assert_eq!(over["alarms"]["triggeredAlarmNames"], json!(["errors"]));
}

#[tokio::test(start_paused = true)]
async fn what_ecs_returns_to_looks_younger_than_what_failed() {
    let (sim, digests) = two_versions();
    let service = sim.service("prod", "web1").running("web1:1").percentages(0, 100).desired(4);
    service.circuit_breaker(true).start();
    let before = described(&sim)["deployments"][0]["id"].clone();
    sim.behaves(&digests.new, crashing());
    deploy(&sim, "web1:2");
    for _ in 0..600 {
        if newest(&sim)["status"] == "ROLLBACK_IN_PROGRESS" {
            break;
        }
        tokio::time::sleep(secs(1)).await;
    }
    let service = described(&sim);
    let [back, failed] = [&service["deployments"][0], &service["deployments"][1]];
    assert_eq!((&back["id"], &back["rolloutState"]), (&before, &json!("IN_PROGRESS")));
    let reason = back["rolloutStateReason"].as_str().expect("a reason");
    let id = before.as_str().expect("an id");
    assert_eq!(
        reason,
        format!("ECS deployment circuit breaker: rolling back to deploymentId {id}.")
    );
    assert_eq!(failed["rolloutState"], "FAILED");
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
        assert_eq!(newest(&sim)["status"], "SUCCESSFUL");
        let counts = |at: usize| described(&sim)["deployments"][at]["runningCount"].as_u64();
        let old = counts(1).unwrap_or_default();
        assert!(counts(0) < Some(4) || cleanup == "BLOCKING", "{cleanup}: {}", described(&sim));
        assert!(old <= old_at_success, "{cleanup}: {}", described(&sim));
        tokio::time::sleep(secs(300)).await;
        assert_eq!((counts(0), counts(1)), (Some(4), None), "the rest comes, the old ones go");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_scaled_to_zero_succeeds_without_a_task() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").desired(0).start();
    deploy(&sim, "web1:2");
    until_over(&sim).await;
    let truth = sim.truth("prod", "web1");
    assert_eq!(truth.newest().status, "SUCCESSFUL");
    assert!(truth.newest().digests.is_empty());
    assert_eq!(described(&sim)["deployments"][0]["rolloutState"], "COMPLETED");
}

#[tokio::test(start_paused = true)]
async fn percentages_that_allow_nothing_are_told_and_get_stuck() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").percentages(100, 100).start();
    deploy(&sim, "web1:2");
    tokio::time::sleep(secs(1200)).await;
    assert_eq!(newest(&sim)["status"], "IN_PROGRESS");
    assert!(messages(&described(&sim))[0].contains("unable to stop or start tasks"));
}

#[tokio::test(start_paused = true)]
async fn the_sixth_deployment_at_a_time_is_refused() {
    let (sim, digests) = two_versions();
    sim.behaves(&digests.new, Behaviour::Hangs);
    sim.service("prod", "web1").running("web1:1").percentages(100, 1000).start();
    let again = json!({ "cluster": "prod", "service": "web1", "taskDefinition": "web1:2",
                        "forceNewDeployment": true });
    // Old tasks that drain for long keep their deployments listed.
    sim.pace(crate::Pace { drain: secs(3600), ..crate::Pace::real() });
    for _ in 0..4 {
        ecs(&sim, "UpdateService", &again);
        tokio::time::sleep(secs(40)).await;
    }
    assert_eq!(described(&sim)["deployments"].as_array().map(Vec::len), Some(5));
    assert_eq!(ecs_error(&sim, "UpdateService", &again), "InvalidParameterException");
}

#[tokio::test(start_paused = true)]
async fn a_deleted_service_drains_and_becomes_inactive() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").start();
    deploy(&sim, "web1:2");
    sim.act(Act::delete_service("prod", "web1"));
    assert_eq!(described(&sim)["status"], "DRAINING");
    let update = json!({ "cluster": "prod", "service": "web1", "forceNewDeployment": true });
    assert_eq!(ecs_error(&sim, "UpdateService", &update), "ServiceNotActiveException");
    tokio::time::sleep(secs(60)).await;
    assert_eq!(described(&sim)["status"], "INACTIVE");
}
