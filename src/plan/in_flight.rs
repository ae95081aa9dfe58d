//! How the service stands before the run: at rest, being deployed to, failed.

use super::codedeploy::{Active, CodeDeployState};
use crate::ecs::{
    CodeDeployId, Deployment, DeploymentId, RolloutState, Service, ServiceDeployment,
    ServiceDeploymentStatus as Status, TaskSetId,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ServiceState {
    Settled,
    /// The last deployment ended badly, and its revision is still the primary one.
    Failed(DeploymentId),
    /// A deployment is on its way.
    UnderWay(DeploymentId),
    /// ECS is returning from this deployment to an earlier one.
    RollingBack(DeploymentId),
}

impl ServiceState {
    /// From the service and the service deployment that it names as current.
    /// Either may lag behind the other; what is not known is taken for work. Where
    /// CodeDeploy makes the deployments, from what its group says.
    pub(crate) fn of(
        service: &Service,
        current: Option<&ServiceDeployment>,
        codedeploy: Option<&CodeDeployState>,
    ) -> Self {
        if let Some(codedeploy) = codedeploy {
            return Self::under_codedeploy(codedeploy);
        }
        let primary = service.primary();
        if let Some(current) = current.filter(|it| it.status.is_under_way()) {
            let target: Option<TaskSetId> = current
                .target
                .as_ref()
                .and_then(|it| format!("ecs-svc/{}", it.number()).parse().ok());
            let rolls_back = current.status.is_rollback();
            // If the primary one is in progress too, it is the newer one.
            let newer = primary.filter(|it| {
                !rolls_back
                    && it.rollout_state == Some(RolloutState::InProgress)
                    && left_by_ecs(service, it).is_none()
            });
            let id = newer.map(|it| it.id.clone()).or(target);
            if let Some(id) = id.or_else(|| primary.map(|it| it.id.clone())) {
                let id = DeploymentId::Ecs(id);
                return if rolls_back { Self::RollingBack(id) } else { Self::UnderWay(id) };
            }
        }
        let Some(primary) = primary else { return Self::Settled };
        let by_ecs = |it: &Deployment| DeploymentId::Ecs(it.id.clone());
        let said_of = |id: &TaskSetId| {
            current
                .filter(|it| it.target.as_ref().is_some_and(|target| target.belongs_to(id)))
                .map(|it| &it.status)
        };
        match (said_of(&primary.id), &primary.rollout_state) {
            (Some(Status::Successful), _) => Self::Settled,
            (Some(Status::Stopped | Status::RollbackFailed), _)
            | (_, Some(RolloutState::Failed)) => Self::Failed(by_ecs(primary)),
            (_, Some(RolloutState::Completed)) => Self::Settled,
            // Behind a Classic Load Balancer ECS gives no state.
            (_, None) if service.deployments.len() == 1 => Self::Settled,
            _ => match left_by_ecs(service, primary) {
                None => Self::UnderWay(by_ecs(primary)),
                Some(failed) => match said_of(&failed.id) {
                    Some(Status::RollbackSuccessful) => Self::Settled,
                    Some(Status::RollbackFailed | Status::Stopped) => Self::Failed(by_ecs(primary)),
                    _ => Self::RollingBack(by_ecs(failed)),
                },
            },
        }
    }
}

impl ServiceState {
    fn under_codedeploy(codedeploy: &CodeDeployState) -> Self {
        let by_codedeploy = |id: &CodeDeployId| DeploymentId::CodeDeploy(id.clone());
        match (&codedeploy.active, &codedeploy.failed) {
            (Some(Active { deployment, .. }), _) if deployment.rolls_back.is_some() => {
                Self::RollingBack(by_codedeploy(&deployment.id))
            }
            (Some(active), _) => Self::UnderWay(by_codedeploy(&active.deployment.id)),
            (None, Some(failed)) => Self::Failed(by_codedeploy(failed)),
            (None, None) => Self::Settled,
        }
    }
}

/// The deployment that ECS is returning from, by the classic view: one that failed, beside
/// a primary one that ECS says it is returning to, or that may be it. The time at which
/// that was created tells nothing: ECS may give it the time of the rollback.
fn left_by_ecs<'a>(service: &'a Service, primary: &Deployment) -> Option<&'a Deployment> {
    // A failure that ECS leaves as it is may stand beside the next deployment.
    let may_be_left = |it: &Deployment| {
        let is_under_way = primary.rollout_state == Some(RolloutState::InProgress);
        primary.returns()
            || it.created_at > primary.created_at
            || is_under_way
                && it.task_definition != primary.task_definition
                && service.rolls_back(it.rollout_reason.as_deref())
    };
    let mut failed = service.deployments.iter().filter(|it| it.has_failed());
    failed.find(|it| it.id != primary.id && may_be_left(it))
}
