//! What ECS has on record: service deployments, and the service revisions that they name.

use super::past_deployment::{
    Coverage, DeploymentName, DeploymentRecord, PastDeployment, PastRevision, PastStatus,
    RevisionId,
};
use crate::ecs::{
    Controller, Service, ServiceDeployment, ServiceDeploymentStatus as Status, ServiceRevision,
};

/// The record of `service`. `deployments` are as `ListServiceDeployments` or
/// `DescribeServiceDeployments` gives them, newest first; only the latter names where a
/// rollback led.
pub(crate) fn record_of_service(
    service: &Service,
    deployments: &[ServiceDeployment],
    revisions: Vec<ServiceRevision>,
    coverage: Coverage,
) -> DeploymentRecord {
    let primary = service.primary();
    let id = primary.map(|it| RevisionId::of(&Controller::Ecs, &it.id));
    DeploymentRecord {
        controller: Controller::Ecs,
        deployments: deployments.iter().map(PastDeployment::from).collect(),
        revisions: revisions.into_iter().map(PastRevision::from).collect(),
        coverage,
        primary: id.clone(),
        primary_has_tasks: primary.is_some_and(|it| it.counts.running > 0 || it.counts.pending > 0),
        running: id,
        newest: service.current_service_deployment.clone().map(DeploymentName::Ecs),
    }
}

impl From<&ServiceDeployment> for PastDeployment {
    fn from(of: &ServiceDeployment) -> Self {
        Self {
            name: DeploymentName::Ecs(of.arn.clone()),
            revision: of.target.as_ref().map(RevisionId::from),
            created_at: of.created_at,
            finished_at: of.finished_at,
            status: status(of),
            started_tasks: of.counts.running > 0 || of.counts.pending > 0,
            returned_to: of.rollback.as_ref().and_then(|it| it.to.as_ref()).map(RevisionId::from),
        }
    }
}

impl From<ServiceRevision> for PastRevision {
    fn from(of: ServiceRevision) -> Self {
        Self { id: RevisionId::from(&of.arn), definition: of.task_definition, images: of.images }
    }
}

fn status(deployment: &ServiceDeployment) -> PastStatus {
    match &deployment.status {
        Status::Successful => PastStatus::Succeeded,
        Status::RollbackSuccessful => PastStatus::RolledBack,
        Status::RollbackFailed => PastStatus::RollbackFailed,
        // ECS has no status of its own for it. Only what is shown depends on it.
        Status::Stopped => match &deployment.status_reason {
            Some(reason) if reason.starts_with("Replaced by") => PastStatus::Superseded,
            Some(_) | None => PastStatus::Failed,
        },
        Status::Pending | Status::InProgress | Status::StopRequested => PastStatus::UnderWay,
        Status::RollbackRequested | Status::RollbackInProgress => PastStatus::RollingBack,
        Status::Other(other) => PastStatus::Unknown(other.clone()),
    }
}
