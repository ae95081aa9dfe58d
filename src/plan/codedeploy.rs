//! What was read of a service whose deployments CodeDeploy makes, and what it means for
//! the next one.

use super::steps::{NewDeployment, Room};
use super::{CurrentState, Fact, Step, UpdateTo};
use crate::codedeploy::app_spec::AppSpec;
use crate::codedeploy::{Deployment, DeploymentGroup, Served};
use crate::ecs::{ContainerImage, DeploymentId, Service, ServiceRevision, TaskDefinitionArn};
use crate::names::ContainerName;
use crate::problem::{Problem, utc};
use crate::request::{AppRequest, Target};
use crate::task_definition::{Patch, TaskDefinition};

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
    /// The deployment that is under way: a group takes no other beside it.
    pub active: Option<Active>,
    /// The deployment that made what runs, if it ended badly.
    pub failed: Option<DeploymentId>,
    /// The newest deployment, if it ended badly and was left with a part of the traffic.
    pub split: Option<DeploymentId>,
    /// What could not be read, and what that means.
    pub notices: Vec<Problem>,
}

/// A deployment that is under way.
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
    pub(super) fn traffic_complete(&self) -> bool {
        self.served == Served::Yes
    }

    /// Whether nobody can tell if that is so. A rollback is waited for in any case.
    pub(crate) fn is_in_doubt(&self) -> bool {
        matches!(self.served, Served::Unknown(_)) && self.deployment.rolls_back.is_none()
    }
}

/// What a deployment that is under way replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Replaced {
    /// The task set that is still there.
    pub task_set: DeploymentId,
    pub made_by: Option<DeploymentId>,
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
        let made_it = |id: &DeploymentId| primary.made_by.as_ref() == Some(id);
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
    fn returns_to(&self, replaced: &Replaced) -> bool {
        let by_other = replaced.made_by.is_some() && self.group.last_successful.is_some();
        !by_other
            || replaced.made_by == self.group.last_successful
            || self.last_succeeded.as_ref() == Some(&replaced.definition)
    }

    /// A deployment of whatever the step before has registered.
    pub(super) fn deployment(&self, request: &AppRequest) -> NewDeployment {
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
    pub(super) fn create(&self, request: &AppRequest, definition: UpdateTo) -> Vec<Step> {
        // The count is the service's, and no matter of a deployment.
        let scale = request.desired_count.map(|count| Step::Update {
            definition: UpdateTo::Unchanged,
            force: false,
            desired_count: Some(count),
        });
        let new = NewDeployment { definition, ..self.deployment(request) };
        scale.into_iter().chain([Step::CreateDeployment(Box::new(new))]).collect()
    }
}

/// Whether the deployment under way brings exactly this definition, and no other image as
/// far as its tasks tell. One that has only old tasks to remove brings nothing any more.
pub(super) fn brings(found: &CurrentState, patched: &TaskDefinition) -> bool {
    let Some(active) = found.codedeploy.as_ref().and_then(|it| it.active.as_ref()) else {
        return false;
    };
    !active.traffic_complete()
        && active.definition.known().is_some_and(|it| patched.same_as(it))
        && may_be_the_image(found, &active.images)
}

/// Whether none of the chosen containers is known to run another image.
fn may_be_the_image(found: &CurrentState, images: &[ContainerImage]) -> bool {
    let is_chosen = |image: &&ContainerImage| {
        found.containers.iter().any(|name| name.as_str() == image.container)
    };
    let is_wanted =
        |image: &ContainerImage| image.digest.as_ref().is_none_or(|digest| found.image.is(digest));
    images.iter().filter(is_chosen).all(is_wanted)
}

/// CodeDeploy's own way back from the deployment under way, where that leads exactly to
/// what is wanted: the tasks of before are still there, so that it takes seconds.
pub(super) fn turn_back(
    request: &AppRequest,
    found: &CurrentState,
    patched: &TaskDefinition,
) -> Option<Step> {
    let codedeploy = found.codedeploy.as_ref()?;
    let active = codedeploy.active.as_ref()?;
    let replaced = active.replaces.as_ref()?;
    let is_more = request.desired_count.is_some() || request.force_new_deployment;
    let is_definition = found.base.arn.as_ref() == Some(&replaced.definition);
    let is_wanted = is_definition
        && ((patched.same_as(&found.base.definition) && may_be_the_image(found, &replaced.images))
            || (is_only_the_image(request, found, patched) && runs_the_image(found, replaced)));
    let id = &active.deployment.id;
    let service = &found.service.arn;
    (is_wanted && codedeploy.returns_to(replaced) && !is_more).then(|| Step::RollBack {
        deployment: service.deployment(id),
        id: id.clone(),
        to: service.revision(&replaced.task_set),
    })
}

/// Whether nothing but the image is to change in the definition.
fn is_only_the_image(request: &AppRequest, found: &CurrentState, patched: &TaskDefinition) -> bool {
    let image = found.image.reference.to_string();
    let images = found.containers.iter().map(|name| (name.clone(), image.clone())).collect();
    let merges = !request.environment.is_empty() || !request.secrets.is_empty();
    let only = Patch { images, environment: Vec::new(), secrets: Vec::new() };
    !merges && found.base.definition.patch(&only).is_ok_and(|it| it.same_as(patched))
}

/// Whether the tasks of before are known to run the image, whatever its tag names now.
fn runs_the_image(found: &CurrentState, replaced: &Replaced) -> bool {
    let runs = |name: &ContainerName| {
        let own = replaced.images.iter().find(|it| it.container == name.as_str());
        own.and_then(|it| it.digest.as_ref()).is_some_and(|it| found.image.is(it))
    };
    found.containers.iter().all(runs)
}

/// Ends the deployment under way, because a group takes no other beside it; `None` where
/// nobody can tell how: a stop would take the traffic off one that may have all of it.
pub(super) fn clear_blocker(active: &Active) -> Option<Step> {
    let by = match active.served {
        Served::Yes => Room::EndWait,
        Served::No => Room::Stop,
        Served::Unknown(_) => return None,
    };
    Some(Step::ClearBlocker { id: active.deployment.id.clone(), by })
}

/// Which deployment is in the way, since when, and what to do.
pub(crate) fn blocking_deployment(
    target: &Target,
    deployment: &Deployment,
    served: &Served,
) -> Problem {
    let since = deployment.created_at.and_then(utc).map(|at| format!(" since {at}"));
    let since = since.unwrap_or_default();
    let id = &deployment.id;
    let is_under_way =
        format!("another deployment of {target} is under way{since}: {id} ({})", deployment.status);
    match served {
        Served::Yes => Problem::new(format!(
            "the deployment {id} of {target} has kept its group busy{since}: all traffic is on its new tasks, and CodeDeploy keeps the old ones for a while"
        ))
        .hint("`in-flight: replace` removes the old tasks at once and goes on; `in-flight: wait` waits until CodeDeploy does it."),
        Served::No => Problem::new(is_under_way)
            .hint("Wait for it to end, or let `in-flight: wait` do that, or stop it with `in-flight: replace`."),
        Served::Unknown(why) => Problem::new(format!(
            "{is_under_way}; whether all traffic is on its new tasks already is not known ({why})"
        ))
        .hint(format!(
            "Allow codedeploy:GetDeploymentTarget. What may have all the traffic is waited for, also with `in-flight: replace`; `aws deploy stop-deployment --region {} --deployment-id {id} --auto-rollback-enabled` stops it and goes back.",
            target.region
        )),
    }
}
