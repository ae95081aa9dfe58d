//! How a service stands, from both views of ECS.

use super::super::ServiceState;
use crate::ecs::tests::{deployment, service, service_deployment};
use crate::ecs::{CircuitBreaker, Deployment, DeploymentId, ServiceDeployment};

fn id(number: u32) -> DeploymentId {
    DeploymentId::Ecs(format!("ecs-svc/{number}").parse().expect("an id"))
}

fn primary(number: u32, rollout_state: &str) -> Deployment {
    deployment(number, "PRIMARY", Some(rollout_state))
}

fn older(number: u32, rollout_state: &str) -> Deployment {
    deployment(number, "ACTIVE", Some(rollout_state))
}

fn standing<const N: usize>(
    deployments: [Deployment; N],
    current: Option<ServiceDeployment>,
) -> ServiceState {
    ServiceState::of(&service(deployments), current.as_ref(), None)
}

#[test]
fn the_service_deployment_of_the_primary_one_decides() {
    for (status, expected) in [
        ("PENDING", ServiceState::UnderWay(id(8))),
        ("IN_PROGRESS", ServiceState::UnderWay(id(8))),
        ("STOP_REQUESTED", ServiceState::UnderWay(id(8))),
        ("PONDERING", ServiceState::UnderWay(id(8))),
        ("SUCCESSFUL", ServiceState::Settled),
        ("STOPPED", ServiceState::Failed(id(8))),
        ("ROLLBACK_FAILED", ServiceState::Failed(id(8))),
        ("ROLLBACK_REQUESTED", ServiceState::RollingBack(id(8))),
        ("ROLLBACK_IN_PROGRESS", ServiceState::RollingBack(id(8))),
    ] {
        for rollout_state in ["IN_PROGRESS", "COMPLETED"] {
            let deployments = [primary(8, rollout_state), older(7, "COMPLETED")];
            let found = standing(deployments, Some(service_deployment(8, status)));
            assert_eq!(found, expected, "{status}, {rollout_state}");
        }
    }
}

#[test]
fn without_it_the_classic_view_decides() {
    for (rollout_state, expected) in [
        ("COMPLETED", ServiceState::Settled),
        ("FAILED", ServiceState::Failed(id(8))),
        ("IN_PROGRESS", ServiceState::UnderWay(id(8))),
        ("PONDERING", ServiceState::UnderWay(id(8))),
    ] {
        for current in [None, Some(service_deployment(7, "SUCCESSFUL"))] {
            let found = standing([primary(8, rollout_state), older(7, "COMPLETED")], current);
            assert_eq!(found, expected, "{rollout_state}");
        }
    }
}

#[test]
fn a_service_deployment_that_lags_behind_does_not_hide_the_newer_one() {
    let deployments = || [primary(8, "IN_PROGRESS"), older(7, "IN_PROGRESS")];
    for status in ["PENDING", "IN_PROGRESS", "STOP_REQUESTED", "STOPPED", "PONDERING"] {
        let found = standing(deployments(), Some(service_deployment(7, status)));
        assert_eq!(found, ServiceState::UnderWay(id(8)), "{status}");
    }
    // The other way round the classic view is the one that lags.
    let found = standing([primary(7, "COMPLETED")], Some(service_deployment(8, "PENDING")));
    assert_eq!(found, ServiceState::UnderWay(id(8)));
}

#[test]
fn an_older_deployment_under_way_beside_a_younger_failure_is_a_rollback() {
    let back = || [primary(7, "IN_PROGRESS"), older(8, "FAILED")];
    for (current, expected) in [
        (None, ServiceState::RollingBack(id(8))),
        (Some(service_deployment(8, "ROLLBACK_IN_PROGRESS")), ServiceState::RollingBack(id(8))),
        (Some(service_deployment(8, "IN_PROGRESS")), ServiceState::UnderWay(id(8))),
        // Here ECS has said how it ended; waiting for it would not change a thing.
        (Some(service_deployment(8, "ROLLBACK_SUCCESSFUL")), ServiceState::Settled),
        (Some(service_deployment(8, "ROLLBACK_FAILED")), ServiceState::Failed(id(7))),
        (Some(service_deployment(8, "STOPPED")), ServiceState::Failed(id(7))),
    ] {
        let status = current.as_ref().map(|it| it.status.clone());
        assert_eq!(standing(back(), current), expected, "{status:?}");
    }
    let after = [primary(9, "IN_PROGRESS"), older(8, "FAILED")];
    assert_eq!(
        standing(after, None),
        ServiceState::UnderWay(id(9)),
        "the failure is the older one"
    );
    let end =
        standing([primary(7, "COMPLETED")], Some(service_deployment(8, "ROLLBACK_SUCCESSFUL")));
    assert_eq!(end, ServiceState::Settled);
}

#[test]
fn what_ecs_returns_to_is_known_by_its_reason_or_by_what_failed_beside_it() {
    let reason = |text: &str| Some(text.to_owned());
    // ECS gives it the time of the rollback, so that it looks younger than what failed.
    let back =
        |says: &str| Deployment { rollout_reason: reason(says), ..primary(9, "IN_PROGRESS") };
    let says_so = "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/9.";
    let failed = || Deployment {
        rollout_reason: reason("ECS deployment circuit breaker: tasks failed to start."),
        ..older(8, "FAILED")
    };
    let of = |deployments: [Deployment; 2], rolls_back: bool| {
        let mut service = service(deployments);
        service.circuit_breaker = CircuitBreaker { enabled: true, rollback: rolls_back };
        ServiceState::of(&service, None, None)
    };
    assert_eq!(of([back(says_so), failed()], true), ServiceState::RollingBack(id(8)));
    assert_eq!(
        of([back(says_so), failed()], false),
        ServiceState::RollingBack(id(8)),
        "by a person"
    );
    // Without those words it may be a rollback only where failures are rolled back.
    let plain = || back("ECS deployment ecs-svc/9 in progress.");
    assert_eq!(of([plain(), failed()], true), ServiceState::RollingBack(id(8)));
    assert_eq!(
        of([plain(), failed()], false),
        ServiceState::UnderWay(id(9)),
        "the next deployment"
    );
    let mut again = plain();
    again.task_definition = failed().task_definition;
    assert_eq!(of([again, failed()], true), ServiceState::UnderWay(id(9)), "the same once more");
    let over = Deployment { rollout_reason: reason(says_so), ..primary(9, "COMPLETED") };
    assert_eq!(of([over, failed()], true), ServiceState::Settled, "it is back");
}

#[test]
fn behind_a_classic_load_balancer_a_second_deployment_is_one_under_way() {
    let stateless = |number, status| deployment(number, status, None);
    let alone = [stateless(8, "PRIMARY")];
    assert_eq!(standing(alone, None), ServiceState::Settled);
    let two = [stateless(8, "PRIMARY"), stateless(7, "ACTIVE")];
    assert_eq!(standing(two.clone(), None), ServiceState::UnderWay(id(8)));
    let ended = Some(service_deployment(8, "SUCCESSFUL"));
    assert_eq!(standing(two, ended), ServiceState::Settled, "ECS itself says that it ended");
}

#[test]
fn a_service_without_deployments_is_at_rest() {
    assert_eq!(standing([], None), ServiceState::Settled);
}
