//! What was read of a service whose deployments CodeDeploy makes.

use crate::codedeploy::app_spec::AppSpec;
use crate::codedeploy::{Deployment, DeploymentGroup, Served};
use crate::ecs::{
    CodeDeployId, ContainerImage, Service, ServiceRevision, TaskDefinitionArn, TaskSetId,
};
use crate::plan::fact::Fact;
use crate::plan::steps::{NewDeployment, Step, UpdateTo};
use crate::problem::Problem;
use crate::request::AppRequest;
use crate::task_definition::TaskDefinition;

/// What CodeDeploy has of a service.
#[derive(Debug, Clone)]
pub(crate) struct CodeDeployState {
    /// The group that deploys to it.
    pub group: DeploymentGroup,
    /// What the next deployment says beside its definition.
    pub app_spec: AppSpec,
    /// The AppSpec of the last deployment that succeeded, where it could be read.
    pub last_app_spec: Option<AppSpec>,
    /// The definition of the last deployment that succeeded.
    pub last_succeeded: Option<TaskDefinitionArn>,
    /// The deployment that is in progress: a group takes no other beside it.
    pub active: Option<Active>,
    /// The deployment that made what runs, if it ended badly.
    pub failed: Option<CodeDeployId>,
    /// The newest deployment, if it ended badly and was left with a part of the traffic.
    pub split: Option<CodeDeployId>,
    /// What could not be read, and what that means.
    pub notices: Vec<Problem>,
}

/// A deployment that is in progress.
#[derive(Debug, Clone)]
pub(crate) struct Active {
    pub deployment: Deployment,
    /// Whether all traffic is on it, and only the tasks of before are left to remove.
    pub served: Served,
    /// What it is to bring.
    pub definition: Fact<TaskDefinition>,
    /// What its tasks were started from, as far as there are some.
    pub images: Vec<ContainerImage>,
    /// What it replaces, as long as that is still there.
    pub replaces: Option<Replaced>,
}

impl Active {
    /// Whether it is done but for removing the tasks of before.
    pub(crate) fn traffic_complete(&self) -> bool {
        self.served == Served::Yes
    }

    /// Whether nobody can tell if that is so. A rollback is waited for in any case.
    pub(crate) fn is_in_doubt(&self) -> bool {
        matches!(self.served, Served::Unknown(_)) && self.deployment.rolls_back.is_none()
    }
}

/// What a deployment that is in progress replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Replaced {
    /// The task set that is still there.
    pub task_set: TaskSetId,
    pub made_by: Option<CodeDeployId>,
    pub definition: TaskDefinitionArn,
    /// What its tasks were started from.
    pub images: Vec<ContainerImage>,
}

impl CodeDeployState {
    /// What a deployment that fails is undone to; `running` are the images that run.
    pub(crate) fn last_good(
        &self,
        service: &Service,
        running: Vec<ContainerImage>,
    ) -> Option<ServiceRevision> {
        let primary = service.primary()?;
        let made_it = |id: &CodeDeployId| primary.made_by.as_ref() == Some(id);
        let active = self.active.as_ref().filter(|it| made_it(&it.deployment.id));
        if let Some(active) = active.filter(|it| !it.traffic_complete()) {
            let replaced = active.replaces.as_ref()?;
            return Some(ServiceRevision {
                arn: service.arn.revision(&replaced.task_set),
                task_definition: Some(replaced.definition.clone()),
                images: replaced.images.clone(),
            });
        }
        if self.failed.is_some() {
            return Some(ServiceRevision {
                arn: service.arn.revision(self.group.last_successful.as_ref()?),
                task_definition: Some(self.last_succeeded.clone()?),
                images: Vec::new(),
            });
        }
        Some(ServiceRevision {
            arn: service.arn.revision(&primary.id),
            task_definition: primary.task_definition.clone(),
            images: running,
        })
    }

    /// Whether CodeDeploy would return to that: it goes by what succeeded last, and what was
    /// stopped while its old tasks were kept did not, by its own account.
    pub(super) fn returns_to(&self, replaced: &Replaced) -> bool {
        let by_other = replaced.made_by.is_some() && self.group.last_successful.is_some();
        !by_other
            || replaced.made_by == self.group.last_successful
            || self.last_succeeded.as_ref() == Some(&replaced.definition)
    }

    /// A deployment of whatever the step before has registered.
    pub(crate) fn deployment(&self, request: &AppRequest) -> NewDeployment {
        let options = &request.codedeploy;
        NewDeployment {
            group: self.group.name.clone(),
            app_spec: self.app_spec.clone(),
            last_app_spec: self.last_app_spec.clone(),
            definition: UpdateTo::Registered,
            config: options.config.clone(),
            description: options.description.clone(),
            gate: self.group.gate,
            keeps_old_tasks: self.group.keeps_old_tasks,
        }
    }

    /// The steps that deploy `definition`.
    pub(crate) fn create(&self, request: &AppRequest, definition: UpdateTo) -> Vec<Step> {
        // The count is the service's, and no matter of a deployment.
        let scale = request.desired_count.map(Step::scale);
        let new = NewDeployment { definition, ..self.deployment(request) };
        scale.into_iter().chain([Step::CreateDeployment(Box::new(new))]).collect()
    }
}
