//! How the service stands before the run: at rest, being deployed to, failed.

use crate::service::{DeploymentId, Service, ServiceDeployment};

/// What the service is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The last deployment ended well.
    Settled,
    /// The last deployment ended badly, and its revision is still the primary one.
    Failed(DeploymentId),
    /// A deployment is on its way.
    UnderWay(DeploymentId),
    /// ECS is returning from this deployment to an earlier one.
    RollingBack(DeploymentId),
}

impl Standing {
    /// From the service and the service deployment that it names as current.
    /// The latter may lag behind; then the classic view decides.
    pub fn of(service: &Service, current: Option<&ServiceDeployment>) -> Self {
        let primary = service.primary();
        if let Some(current) = current.filter(|it| it.is_under_way()) {
            let target: Option<DeploymentId> =
                current.target.as_ref().and_then(|it| format!("ecs-svc/{}", it.number()).parse().ok());
            let id = target.or_else(|| primary.map(|it| it.id.clone()));
            if let Some(id) = id {
                return if current.status.starts_with("ROLLBACK") { Self::RollingBack(id) } else { Self::UnderWay(id) };
            }
        }
        let Some(primary) = primary else { return Self::Settled };
        let own = current
            .filter(|it| it.target.as_ref().is_some_and(|target| target.belongs_to(&primary.id)))
            .map(|it| it.status.as_str());
        match (own, primary.rollout_state.as_deref()) {
            (Some("SUCCESSFUL"), _) => Self::Settled,
            (Some("STOPPED" | "ROLLBACK_FAILED"), _) | (_, Some("FAILED")) => Self::Failed(primary.id.clone()),
            (_, Some("IN_PROGRESS")) => match service.deployments.iter().find(|it| Self::failed(it)) {
                // While the classic view shows an older deployment in progress
                // and a younger one failed, ECS is on its way back.
                Some(failed) if failed.created_at > primary.created_at => Self::RollingBack(failed.id.clone()),
                _ => Self::UnderWay(primary.id.clone()),
            },
            _ => Self::Settled,
        }
    }

    fn failed(deployment: &crate::service::Deployment) -> bool {
        deployment.rollout_state.as_deref() == Some("FAILED")
    }
}
