//! The pieces that ECS's answers are made of, for tests.

use crate::service::{
    CircuitBreaker, Controller, Counts, Deployment, DeploymentId, Service, ServiceDeployment,
    Strategy, TaskDefinitionArn,
};

/// Ids that begin with one another, so that no text may be compared by its start.
pub(in crate::rollout) const OLDER: &str = "ecs-svc/1";
pub(in crate::rollout) const PREVIOUS: &str = "ecs-svc/12";
pub(in crate::rollout) const OURS: &str = "ecs-svc/123";
pub(in crate::rollout) const NEWCOMER: &str = "ecs-svc/1234";

pub(in crate::rollout) fn id(text: &str) -> DeploymentId {
    text.parse().expect("a deployment's id")
}

/// Every deployment has a revision of its own, numbered like itself.
pub(in crate::rollout) fn definition(of: &str) -> TaskDefinitionArn {
    let number = of.trim_start_matches("ecs-svc/");
    format!("arn:aws:ecs:eu-central-1:123456789012:task-definition/web:{number}")
        .parse()
        .expect("the ARN of a task definition")
}

/// One entry of `deployments[]`, all of its tasks running.
pub(in crate::rollout) fn deployment(
    which: &str,
    status: &str,
    state: &str,
    desired: i32,
) -> Deployment {
    Deployment {
        id: id(which),
        status: status.to_owned(),
        rollout_state: Some(state.to_owned()),
        rollout_reason: None,
        task_definition: Some(definition(which)),
        counts: Counts { desired, running: desired, ..Counts::default() },
        created_at: None,
    }
}

/// A service without any deployment.
pub(in crate::rollout) fn service(desired: i32) -> Service {
    Service {
        arn: "arn:aws:ecs:eu-central-1:123456789012:service/prod/web"
            .parse()
            .expect("the ARN of a service"),
        status: "ACTIVE".to_owned(),
        controller: Controller::Ecs,
        express: false,
        strategy: Strategy::Rolling,
        circuit_breaker: CircuitBreaker::default(),
        counts: Counts { desired, running: desired, ..Counts::default() },
        launch_type: None,
        task_definition: None,
        deployments: Vec::new(),
        current_service_deployment: None,
        events: Vec::new(),
    }
}

/// The service deployment of [`OURS`], not begun.
pub(in crate::rollout) fn ours(desired: i32) -> ServiceDeployment {
    ServiceDeployment {
        arn: "arn:aws:ecs:eu-central-1:123456789012:service-deployment/prod/web/aBcDeFgHiJkLmNoPqRsTu"
            .parse()
            .expect("the ARN of a service deployment"),
        status: "PENDING".to_owned(),
        status_reason: None,
        target: Some(service(desired).arn.revision(&id(OURS))),
        counts: Counts { desired, ..Counts::default() },
        production_traffic: None,
        lifecycle_stage: None,
        rollback: None,
        breaker: None,
        triggered_alarms: Vec::new(),
        created_at: None,
        finished_at: None,
    }
}
