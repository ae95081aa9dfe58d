//! What ECS and the load balancer say of a whole service: events, targets, and
//! the reasons of its deployments.

use super::*;
use crate::ecs::BreakerCount;

pub(super) fn cases() -> Vec<(Evidence, &'static str)> {
    let mut cases = Vec::new();
    for (message, cause) in event_words::WORDS {
        let events = vec![event("e1", 0, message)];
        cases.push((Evidence { events, ..Evidence::default() }, *cause));
    }
    for (reason, description, cause) in TARGETS {
        let targets = vec![unhealthy(reason, description)];
        cases.push((Evidence { targets, ..Evidence::default() }, *cause));
    }
    for (reason, cause) in REASONS {
        let status_reason = Some((*reason).to_owned());
        cases.push((Evidence { status_reason, ..Evidence::default() }, *cause));
    }
    cases
}

const TARGETS: &[(&str, &str, &str)] = &[
    (
        "Target.Timeout",
        "Request timed out",
        "The health check of the target group web-blue on port 8080 gets no answer",
    ),
    (
        "Target.ResponseCodeMismatch",
        "Health checks failed with these codes: [404]",
        "The health check of the target group web-blue on port 8080 is answered with 404",
    ),
    (
        "Target.FailedHealthChecks",
        "Health checks failed",
        "The health check of the target group web-blue on port 8080 can't connect or gets no valid answer",
    ),
    (
        "Elb.InternalError",
        "Health checks failed due to an internal error",
        "The load balancer reports an internal error for the target group web-blue",
    ),
    (
        "Target.IpUnusable",
        "The IP address is used by a load balancer",
        "The load balancer finds the tasks unhealthy in the target group web-blue on port 8080: \
         The IP address is used by a load balancer",
    ),
];

const REASONS: &[(&str, &str)] = &[
    (
        "Service deployment rolled back because POST_SCALE_UP lifecycle hook(s) failed. ECS was \
         unable to parse the response from arn:aws:lambda:eu-central-1:123456789012:function:smoke \
         due to HookStatus must not be null",
        "ECS does not understand what the lifecycle hook smoke returned at POST_SCALE_UP",
    ),
    (
        "Service deployment rolled back because PRE_SCALE_UP lifecycle hook(s) failed. ECS was \
         unable to assume role arn:aws:iam::123456789012:role/hooks",
        "ECS can't assume the role of a lifecycle hook at PRE_SCALE_UP",
    ),
    (
        "Service deployment rolled back because PRE_SCALE_UP lifecycle hook(s) failed. ECS was \
         unable to invoke hook target arn:aws:lambda:eu-central-1:123456789012:function:smoke",
        "ECS could not invoke the lifecycle hook smoke at PRE_SCALE_UP",
    ),
    (
        "Service deployment rolled back because TEST_TRAFFIC_SHIFT lifecycle hook(s) failed. \
         Lifecycle hook target arn:aws:lambda:eu-central-1:123456789012:function:smoke timed out",
        "The lifecycle hook smoke did not finish in time at TEST_TRAFFIC_SHIFT",
    ),
    (
        "Service deployment rolled back because PRE_SCALE_UP lifecycle hook(s) failed. Lifecycle \
         hook target arn:aws:lambda:eu-central-1:123456789012:function:smoke returned FAILED \
         status.",
        "The lifecycle hook smoke failed at PRE_SCALE_UP",
    ),
    (
        "Service deployment rolled back because of invalid networking configuration. The \
         infrastructure role is not authorized to perform: elasticloadbalancing:ModifyRule.",
        "The infrastructure role is not allowed to change the load balancer: Service deployment rolled back \
         because of invalid networking configuration. The infrastructure role is not authorized to \
         perform: elasticloadbalancing:ModifyRule",
    ),
    (
        "Service deployment rolled back because of invalid networking configuration. Both \
         targetGroup and alternateTargetGroup must be associated with the productionListenerRule \
         or testListenerRule.",
        "Target groups and listener rules do not match: both target groups must be in the \
         production or the test listener rule",
    ),
    (
        "Service deployment rolled back because of invalid networking configuration. One or more \
         rules not found",
        "A listener rule that the service names does not exist",
    ),
    (
        "Service deployment rolled back because of invalid networking configuration. Something new.",
        "ECS rejects the load balancer configuration of the service: Service deployment rolled \
         back because of invalid networking configuration. Something new",
    ),
    (
        "Replaced by a new service deployment.",
        "Another deployment of the service replaced this one",
    ),
    (
        "No rollback candidate was found to run the rollback.",
        "The deployment failed, and there is no earlier revision to return to",
    ),
    (
        "Service deployment rolled back because the circuit breaker threshold was exceeded.",
        "ECS's circuit breaker gave up, and nothing that could be read says why",
    ),
    (
        "ECS deployment circuit breaker: tasks failed to start.",
        "ECS's circuit breaker gave up, and nothing that could be read says why",
    ),
    (
        "(service web) (deployment ecs-svc/1) deployment failed: alarm detected.",
        "An alarm of the service went off during the deployment",
    ),
    (
        "Service deployment was stopped for something new.",
        "ECS says: Service deployment was stopped for something new",
    ),
];

#[test]
fn what_is_said_of_a_service_becomes_a_cause() {
    for (evidence, cause) in cases() {
        assert_eq!(told(&evidence).0, cause, "{evidence:?}");
    }
}

#[test]
fn a_service_whose_name_sounds_like_a_cause_has_the_same_causes() {
    let named = |text: &str| text.replace("(service web", "(service alarm-location-port");
    for (message, cause) in event_words::WORDS {
        let events = vec![event("e1", 0, &named(message))];
        let evidence = Evidence { events, ..Evidence::default() };
        assert_eq!(told(&evidence).0, named(cause));
    }
    let started = "(service alarm-location-port) has started 2 tasks: (task 0a1b).";
    let evidence = Evidence { events: vec![event("e1", 0, started)], ..Evidence::default() };
    assert!(told(&evidence).0.starts_with("What failed is not known"), "{:?}", told(&evidence));
    let reason = "(service alarm-location-port) (deployment ecs-svc/1) deployment failed: tasks \
                  failed to start.";
    let evidence = Evidence { status_reason: Some(reason.to_owned()), ..Evidence::default() };
    assert!(!told(&evidence).0.contains("alarm of the service"), "{:?}", told(&evidence));
}

#[test]
fn the_circuit_breakers_count_is_told_where_nothing_better_is_known() {
    let evidence = Evidence {
        status_reason: Some("ECS deployment circuit breaker: tasks failed to start.".to_owned()),
        breaker: Some(BreakerCount { failures: 3, threshold: 3 }),
        ..Evidence::default()
    };
    assert_eq!(
        told(&evidence).0,
        "ECS's circuit breaker gave up after 3 of 3 failures, and nothing that could be read says \
         why"
    );
}

#[test]
fn alarms_are_named_once_and_in_order() {
    for (alarms, cause) in [
        (&["5xx"][..], "The alarm 5xx went off"),
        (&["5xx", "5xx"], "The alarm 5xx went off"),
        (&["slow", "5xx", "cpu"], "The alarms 5xx, cpu and slow went off"),
    ] {
        let alarms = alarms.iter().map(|name| (*name).to_owned()).collect();
        let evidence = Evidence {
            alarms,
            status_reason: Some("rolled back because of alarms".to_owned()),
            ..Evidence::default()
        };
        assert_eq!(told(&evidence).0, cause);
    }
}

#[test]
fn tasks_that_wait_are_a_cause_if_there_is_no_better_one() {
    let waiting = |id: &str| Task {
        last_status: Some("PENDING".into()),
        stop_code: None,
        stopped_reason: None,
        ..stopped(id, "", "")
    };
    let mut evidence = Evidence { waiting: vec![waiting("a")], ..Evidence::default() };
    assert_eq!(told(&evidence).0, "A task does not reach RUNNING");
    evidence.waiting = vec![waiting("a"), waiting("b"), waiting("b")];
    assert_eq!(told(&evidence).0, "2 tasks do not reach RUNNING");
    evidence.events = vec![event("e", 0, "was unable to place a task. Reason: RESOURCE:CPU.")];
    assert_eq!(told(&evidence).0, "No container instance has enough free CPU for the task");
}
