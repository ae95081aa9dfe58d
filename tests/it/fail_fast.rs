//! Sentences about how soon a deployment is given up, and when it is not.

use std::time::Duration;

use simulator::{Act, Behaviour, HealthCheck, Image};

use crate::scene::{INTERVAL, Scene, Step, crashes, secs, when_it_on};

/// Beginning, placing and pulling take 3, 10 and 15 s: then the first tasks run,
/// or don't.
const STARTED: Duration = Duration::from_secs(28);
/// The tasks after those: a breath of 5 s, placing and pulling.
const AGAIN: Duration = Duration::from_secs(30);

async fn kept(scene: &Scene) -> Step {
    scene.deploy(&[("on-failure", "keep")]).await
}

fn cannot_start(reason: &str) -> Behaviour {
    Behaviour::FailsToStart { reason: reason.to_owned() }
}

/// Also where a circuit breaker would count on for many minutes.
#[tokio::test(start_paused = true)]
async fn what_cannot_heal_ends_the_step_within_one_interval() {
    for (behaviour, cause) in [
        (Behaviour::CannotPull, "is not in its registry"),
        (
            cannot_start(
                "CannotPullContainerError: image Manifest does not contain descriptor matching \
                 platform 'linux/amd64'",
            ),
            "is not built for linux/amd64",
        ),
        (
            cannot_start(
                "ResourceInitializationError: unable to pull secrets or registry auth: execution \
                 resource retrieval failed: unable to retrieve secret from asm: service call has \
                 been retried 1 time(s): failed to fetch secret \
                 arn:aws:secretsmanager:eu-central-1:123456789012:secret:web1/db-AbCdEf from \
                 secrets manager: ResourceNotFoundException: Secrets Manager can't find the \
                 specified secret.",
            ),
            "web1/db-AbCdEf does not exist",
        ),
    ] {
        for breaker in [false, true] {
            let scene = when_it_on(behaviour.clone(), |service| match breaker {
                true => service.circuit_breaker(true),
                false => service,
            });
            let step = kept(&scene).await;
            step.ended("failed", &[]);
            let error = step.said("error");
            assert_eq!(error.matches(cause).count(), 1, "said once: {error}");
            assert!(error.contains("no further attempt can succeed"), "{error}");
            assert!(step.took >= STARTED, "{:?}", step.took);
            assert!(step.took <= STARTED + INTERVAL, "{cause}: {:?}", step.took);
        }
    }
}

/// Only the log says it, so that it takes one look more.
#[tokio::test(start_paused = true)]
async fn an_exec_format_error_seen_twice_ends_the_step() {
    for (desired, seen_twice) in [(2, secs(1)), (1, secs(1) + AGAIN + secs(1))] {
        let scene = Scene::empty();
        let repository = scene.sim.repository("web1");
        repository.push("1.4.1", Image::linux_amd64().content("1.4.1"));
        repository.push("1.4.2", Image::linux_arm64().content("1.4.2"));
        let service = scene.sim.service("prod", "web1").running_version("1.4.1");
        service.desired(desired).circuit_breaker(true).start();
        let step = scene.deploy(&[("on-failure", "keep"), ("platform-check", "false")]).await;
        step.ended("failed", &[]);
        let error = step.said("error");
        assert!(error.contains("built for a different CPU"), "{error}");
        assert!(step.took <= STARTED + seen_twice + INTERVAL * 2, "{desired}: {:?}", step.took);
        step.says("summary", "exec /app: exec format error");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_circuit_breaker_the_third_failure_in_a_row_ends_the_step() {
    let fails_checks = |check| Behaviour::FailsHealthChecks { after: secs(10), check };
    for (behaviour, after, cause) in [
        (crashes(), secs(2), "The container web1 exited with code 1"),
        (Behaviour::RunsOutOfMemory { after: secs(2) }, secs(2), "ran out of memory"),
        (fails_checks(HealthCheck::Container), secs(10), "health check"),
        (fails_checks(HealthCheck::LoadBalancer), secs(10), "is answered with 500"),
    ] {
        let scene = when_it_on(behaviour.clone(), |service| service.load_balancer());
        let step = kept(&scene).await;
        step.ended("failed", &[]);
        let error = step.said("error");
        assert!(error.contains(cause), "{behaviour:?}: {error}");
        assert!(error.contains("4 tasks failed in a row, which reaches the limit of 3"), "{error}");
        let second_wave = STARTED + after + AGAIN + after;
        assert!(step.took <= second_wave + INTERVAL, "{behaviour:?}: {:?}", step.took);
    }
}

#[tokio::test(start_paused = true)]
async fn with_a_circuit_breaker_ecs_decides() {
    for rollback in [true, false] {
        let scene = when_it_on(crashes(), |service| service.circuit_breaker(rollback).desired(1));
        let step = kept(&scene).await;
        let further: &[&str] = if rollback { &["DeregisterTaskDefinition"] } else { &[] };
        step.ended(if rollback { "undone" } else { "failed" }, further);
        assert!(!step.said("error").contains("given up"), "{}", step.said("error"));
        let ended = scene.sim.truth("prod", "web1").newest().finished.expect("it ended");
        assert!(step.decided() <= ended + INTERVAL, "{:?}, {ended:?}", step.decided());
    }
}

#[tokio::test(start_paused = true)]
async fn max_failed_tasks_decides_where_it_is_given() {
    for (limit, waves) in [("1", 0), ("2", 0), ("3", 1), ("5", 2)] {
        for breaker in [false, true] {
            let scene = when_it_on(crashes(), |service| match breaker {
                // Its own threshold is never reached.
                true => service.desired(2).configured(
                    "deploymentCircuitBreaker",
                    serde_json::json!({ "enable": true, "rollback": true,
                        "thresholdConfiguration": { "type": "COUNT", "value": 50 } }),
                ),
                false => service,
            });
            let inputs = [("on-failure", "keep"), ("max-failed-tasks", limit)];
            let step = scene.deploy(&inputs).await;
            step.ended("failed", &[]);
            step.says("error", &format!("reaches the limit of {limit}"));
            let wave = STARTED + secs(2) + (AGAIN + secs(2)) * waves;
            assert!(step.took >= wave && step.took <= wave + INTERVAL, "{limit}: {:?}", step.took);
        }
    }
}

/// Tasks live long enough to count as healthy, while alarms are watched.
#[tokio::test(start_paused = true)]
async fn a_task_that_becomes_healthy_starts_the_count_again() {
    let dies_late = Behaviour::Crashes { after: secs(60), exit_code: 1 };
    let scene = when_it_on(dies_late, |service| service.alarms(&["errors"], true));
    let step = scene.deploy(&[]).await;
    step.ended("deployed", &[]);
    assert!(step.took > secs(300), "several waves have died: {:?}", step.took);
}

#[tokio::test(start_paused = true)]
async fn tasks_that_ecs_scales_in_do_not_count() {
    let scene = when_it_on(Behaviour::Hangs, |service| service.desired(9));
    scene.sim.at(secs(40), Act::desired_count("prod", "web1", 1));
    let step = scene.deploy(&[("timeout", "3m")]).await;
    step.ended("timed-out", &[]);
    step.says("log", "has stopped 16 running tasks");
}
