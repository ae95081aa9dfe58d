//! Deployments that wait for a person, and the answers to them.

use serde_json::{Value, json};

use super::{deploy, ecs, newest, refusal, two_versions, until, until_over, wait};
use crate::{Service, Simulator};

const ANSWER: &str = "ContinueServiceDeployment";

fn pause(stage: &str, action: &str) -> Value {
    json!({ "targetType": "PAUSE", "lifecycleStages": [stage],
        "timeoutConfiguration": { "timeoutInMinutes": 10, "action": action } })
}

/// A deployment of this strategy that waits at these hooks.
async fn paused(strategy: &str, hooks: &[Value]) -> Simulator {
    let (sim, _) = two_versions();
    let service = sim.service("prod", "web1").running("web1:1").load_balancer();
    let service = service.configured("strategy", json!(strategy));
    service.configured("lifecycleHooks", json!(hooks)).start();
    deploy(&sim, "web1:2");
    until_it_waits(&sim).await;
    sim
}

async fn until_it_waits(sim: &Simulator) {
    until(sim, "waiting", |sim| !waiting(sim).is_empty()).await;
}

/// The ids of the hooks that wait.
fn waiting(sim: &Simulator) -> Vec<String> {
    let newest = newest(sim);
    let hooks = newest["lifecycleHookDetails"].as_array().into_iter().flatten();
    let waiting = hooks.filter(|hook| hook["status"] == "AWAITING_ACTION");
    waiting.filter_map(|hook| hook["hookId"].as_str()).map(str::to_owned).collect()
}

fn answer(sim: &Simulator, hook: &str, action: &str) -> Value {
    let arn = newest(sim)["serviceDeploymentArn"].clone();
    json!({ "serviceDeploymentArn": arn, "hookId": hook, "action": action })
}

#[tokio::test(start_paused = true)]
async fn hooks_of_one_stage_wait_side_by_side_and_each_is_answered_once() {
    let hooks = [pause("POST_SCALE_UP", "ROLLBACK"), pause("POST_SCALE_UP", "CONTINUE")];
    let sim = paused("BLUE_GREEN", &hooks).await;
    let both = waiting(&sim);
    let [first, second] = both.as_slice() else { panic!("two hooks wait: {both:?}") };
    assert!(first.starts_with("ecs-pause-"), "{first}");
    ecs(&sim, ANSWER, &answer(&sim, first, "CONTINUE"));
    wait(120).await;
    assert_eq!(waiting(&sim), std::slice::from_ref(second), "the other one holds it");
    let again = answer(&sim, first, "CONTINUE");
    assert_eq!(refusal(&sim, Service::Ecs, ANSWER, &again), "InvalidParameterException");
    ecs(&sim, ANSWER, &answer(&sim, second, "CONTINUE"));
    until_over(&sim).await;
    assert_eq!(newest(&sim)["status"], "SUCCESSFUL");
    let late = answer(&sim, second, "ROLLBACK");
    assert_eq!(refusal(&sim, Service::Ecs, ANSWER, &late), "InvalidParameterException");
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_nobody_is_refused_and_a_pause_is_not_stopped() {
    let sim = paused("BLUE_GREEN", &[pause("POST_SCALE_UP", "ROLLBACK")]).await;
    let hook = waiting(&sim).remove(0);
    let arn = newest(&sim)["serviceDeploymentArn"].clone();
    let other = arn.as_str().map(|arn| format!("{arn}x"));
    for (body, code) in [
        (
            json!({ "serviceDeploymentArn": arn, "hookId": "ecs-pause-x" }),
            "InvalidParameterException",
        ),
        (
            json!({ "serviceDeploymentArn": other, "hookId": hook }),
            "ServiceDeploymentNotFoundException",
        ),
        (answer(&sim, &hook, "PONDER"), "InvalidParameterException"),
    ] {
        assert_eq!(refusal(&sim, Service::Ecs, ANSWER, &body), code, "{body}");
    }
    let stop = json!({ "serviceDeploymentArn": arn, "stopType": "ROLLBACK" });
    let refused = refusal(&sim, Service::Ecs, "StopServiceDeployment", &stop);
    assert_eq!(refused, "ConflictException");
    assert_eq!(newest(&sim)["status"], "IN_PROGRESS");
    ecs(&sim, ANSWER, &answer(&sim, &hook, "ROLLBACK"));
    until_over(&sim).await;
    assert_eq!(newest(&sim)["status"], "ROLLBACK_SUCCESSFUL");
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_nobody_answers_ends_as_it_was_configured_to() {
    for (action, status) in [("ROLLBACK", "ROLLBACK_SUCCESSFUL"), ("CONTINUE", "SUCCESSFUL")] {
        let sim = paused("BLUE_GREEN", &[pause("POST_TEST_TRAFFIC_SHIFT", action)]).await;
        assert_eq!(newest(&sim)["lifecycleHookDetails"][0]["timeoutAction"], action);
        until_over(&sim).await;
        assert_eq!(newest(&sim)["status"], status);
        assert_eq!(newest(&sim)["lifecycleHookDetails"][0]["status"], "TIMED_OUT");
    }
}

#[tokio::test(start_paused = true)]
async fn each_step_of_a_canary_has_a_pause_of_its_own() {
    let sim = paused("CANARY", &[pause("PRE_PRODUCTION_TRAFFIC_SHIFT", "ROLLBACK")]).await;
    let first = waiting(&sim);
    ecs(&sim, ANSWER, &answer(&sim, &first[0], "CONTINUE"));
    until_it_waits(&sim).await;
    let second = waiting(&sim);
    assert_ne!(first, second);
    assert_eq!(newest(&sim)["targetServiceRevision"]["requestedProductionTrafficWeight"], 5.0);
    ecs(&sim, ANSWER, &answer(&sim, &second[0], "CONTINUE"));
    until_over(&sim).await;
    assert_eq!(newest(&sim)["status"], "SUCCESSFUL");
}
