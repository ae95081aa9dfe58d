//! The SDK's structs of ECS as the plain values of `service/`.
//!
//! Every enumeration goes through its text: a value younger than the SDK must
//! arrive as what it is, not as an error or as something else.

use std::time::SystemTime;

use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types;

use crate::service::{
    BreakerCount, CircuitBreaker, ContainerImage, Controller, Counts, Deployment, Event, Rollback, Service,
    ServiceDeployment, ServiceRevision, Strategy,
};

/// `None` where the answer names no service, which AWS's model allows and AWS
/// does not do.
pub(super) fn service(from: &types::Service) -> Option<Service> {
    let configuration = from.deployment_configuration();
    let breaker = configuration.and_then(types::DeploymentConfiguration::deployment_circuit_breaker);
    Some(Service {
        arn: parsed(from.service_arn())?,
        status: from.status().unwrap_or("UNKNOWN").to_owned(),
        controller: match from.deployment_controller().map(|controller| controller.r#type().as_str()) {
            None | Some("ECS") => Controller::Ecs,
            Some("CODE_DEPLOY") => Controller::CodeDeploy,
            Some("EXTERNAL") => Controller::External,
            Some(other) => Controller::Unknown(other.to_owned()),
        },
        express: from.resource_management_type().is_some_and(|kind| kind.as_str() == "ECS"),
        strategy: match configuration.and_then(|it| it.strategy()).map(types::DeploymentStrategy::as_str) {
            Some("BLUE_GREEN") => Strategy::BlueGreen,
            Some("LINEAR") => Strategy::Linear,
            Some("CANARY") => Strategy::Canary,
            _ => Strategy::Rolling,
        },
        circuit_breaker: breaker
            .map(|it| CircuitBreaker { enabled: it.enable(), rollback: it.rollback() })
            .unwrap_or_default(),
        counts: Counts {
            desired: from.desired_count(),
            running: from.running_count(),
            pending: from.pending_count(),
            failed: 0,
        },
        launch_type: from.launch_type().map(|it| it.as_str().to_owned()),
        task_definition: parsed(from.task_definition()),
        deployments: from.deployments().iter().filter_map(deployment).collect(),
        current_service_deployment: parsed(from.current_service_deployment()),
        events: from
            .events()
            .iter()
            .map(|event| Event {
                id: event.id().unwrap_or_default().to_owned(),
                at: event.created_at().and_then(time),
                message: event.message().unwrap_or_default().to_owned(),
            })
            .collect(),
    })
}

fn deployment(from: &types::Deployment) -> Option<Deployment> {
    Some(Deployment {
        id: parsed(from.id())?,
        status: from.status().unwrap_or_default().to_owned(),
        rollout_state: from.rollout_state().map(|it| it.as_str().to_owned()),
        rollout_reason: from.rollout_state_reason().map(str::to_owned),
        task_definition: parsed(from.task_definition()),
        counts: Counts {
            desired: from.desired_count(),
            running: from.running_count(),
            pending: from.pending_count(),
            failed: from.failed_tasks(),
        },
        created_at: from.created_at().and_then(time),
    })
}

pub(super) fn service_deployment(from: &types::ServiceDeployment) -> Option<ServiceDeployment> {
    let target = from.target_service_revision();
    let breaker = from.deployment_circuit_breaker();
    Some(ServiceDeployment {
        arn: parsed(from.service_deployment_arn())?,
        status: from.status().map_or("UNKNOWN", |it| it.as_str()).to_owned(),
        status_reason: from.status_reason().map(str::to_owned),
        target: target.and_then(|it| parsed(it.arn())),
        counts: target.map_or_else(Counts::default, |it| Counts {
            desired: it.requested_task_count(),
            running: it.running_task_count(),
            pending: it.pending_task_count(),
            failed: breaker.map_or(0, types::ServiceDeploymentCircuitBreaker::failure_count),
        }),
        production_traffic: target.and_then(|it| it.requested_production_traffic_weight()),
        lifecycle_stage: from.lifecycle_stage().map(|it| it.as_str().to_owned()),
        rollback: from.rollback().map(|it| Rollback {
            reason: it.reason().map(str::to_owned),
            to: parsed(it.service_revision_arn()),
        }),
        breaker: breaker
            .filter(|it| it.threshold() > 0)
            .map(|it| BreakerCount { failures: it.failure_count(), threshold: it.threshold() }),
        triggered_alarms: from.alarms().map(|it| it.triggered_alarm_names().to_vec()).unwrap_or_default(),
        created_at: from.created_at().and_then(time),
        finished_at: from.finished_at().or(from.stopped_at()).and_then(time),
    })
}

/// The short form that `ListServiceDeployments` gives.
pub(super) fn listed_deployment(from: &types::ServiceDeploymentBrief) -> Option<ServiceDeployment> {
    Some(ServiceDeployment {
        arn: parsed(from.service_deployment_arn())?,
        status: from.status().map_or("UNKNOWN", |it| it.as_str()).to_owned(),
        status_reason: from.status_reason().map(str::to_owned),
        target: parsed(from.target_service_revision_arn()),
        counts: Counts::default(),
        production_traffic: None,
        lifecycle_stage: None,
        rollback: None,
        breaker: None,
        triggered_alarms: Vec::new(),
        created_at: from.created_at().and_then(time),
        finished_at: from.finished_at().and_then(time),
    })
}

pub(super) fn service_revision(from: &types::ServiceRevision) -> Option<ServiceRevision> {
    Some(ServiceRevision {
        arn: parsed(from.service_revision_arn())?,
        task_definition: parsed(from.task_definition()),
        images: from
            .container_images()
            .iter()
            .map(|image| ContainerImage {
                container: image.container_name().unwrap_or_default().to_owned(),
                image: image.image().unwrap_or_default().to_owned(),
                digest: parsed(image.image_digest()),
            })
            .collect(),
    })
}

/// What the containers of one running task were started from.
pub(super) fn task_images(from: &types::Task) -> Vec<ContainerImage> {
    from.containers()
        .iter()
        .map(|container| ContainerImage {
            container: container.name().unwrap_or_default().to_owned(),
            image: container.image().unwrap_or_default().to_owned(),
            digest: parsed(container.image_digest()),
        })
        .collect()
}

pub(super) fn time(from: &DateTime) -> Option<SystemTime> {
    SystemTime::try_from(*from).ok()
}

/// A value whose text is not of its grammar is as good as absent: nothing can
/// be decided on it.
pub(super) fn parsed<T: std::str::FromStr>(text: Option<&str>) -> Option<T> {
    text?.parse().ok()
}
