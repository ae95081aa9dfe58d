//! From what CodeDeploy answers about a deployment to a [`Snapshot`].
//!
//! It counts as done once all traffic is on the new tasks and the last hook has passed.
//! CodeDeploy itself calls it Succeeded only when the old tasks are gone, which may be
//! days later and is nobody's waiting time. A rollback is a deployment of its own, whose
//! end is the end.

use super::snapshot::{Followed, PendingApproval, Phase, Snapshot, Until};
use super::views::events;
use super::waits_for::{Beside, activity};
use crate::codedeploy::{
    CodeDeployStatus, Deployment, EcsTarget, LifecycleEvent, Served, StepStatus,
};
use crate::ecs::{Counts, Service, TaskSetId};

/// A deployment, and the service as it sees it, where that could be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeploymentView<'a> {
    pub deployment: &'a Deployment,
    pub target: Option<&'a EcsTarget>,
}

impl DeploymentView<'_> {
    /// All traffic is where it is to go, and nothing is left to check.
    fn traffic_complete(&self) -> bool {
        self.deployment.served(self.target) == Served::Yes
    }

    /// Whether only its steps could tell that, and they are not there.
    fn may_have_served(&self) -> bool {
        matches!(self.deployment.served(self.target), Served::Unknown(_))
    }

    fn is_over(&self) -> bool {
        self.deployment.status == CodeDeployStatus::Succeeded
    }
}

/// One look at `followed`. `rollback` is the deployment that undoes it, once there is one
/// that can be read.
pub(crate) fn codedeploy(
    followed: &Followed,
    service: &Service,
    own: DeploymentView<'_>,
    rollback: Option<DeploymentView<'_>>,
) -> Snapshot {
    let DeploymentView { deployment, target } = own;
    let phase = match service.status.is_gone() {
        true => Phase::Gone(service.status.to_string()),
        false => phase(followed, own, rollback),
    };
    let green = target.and_then(EcsTarget::green);
    let task_set = green
        .and_then(|set| set.id.clone())
        .or_else(|| service.made_by(&deployment.id).map(|set| set.id.clone()));
    // Without a label it is known by its id.
    let green = green.or_else(|| target?.task_set(task_set.as_ref()?));
    let counts = task_set
        .as_ref()
        .and_then(|id| service.deployments.iter().find(|set| set.id == *id))
        .map(|set| set.counts)
        .or_else(|| green.map(|set| set.counts))
        .unwrap_or(Counts { desired: service.counts.desired, ..Counts::default() });
    let is_waiting = deployment.status == CodeDeployStatus::Ready && !own.traffic_complete();
    let gate = deployment.gate.filter(|_| is_waiting).map(|gate| PendingApproval {
        deployment: deployment.id.clone(),
        region: service.arn.region().clone(),
        within: gate.within,
    });
    let look = Snapshot {
        is_named: true,
        keeps_old_tasks: deployment.is_under_way() && own.traffic_complete(),
        reason: deployment.error.as_ref().map(ToString::to_string),
        counts,
        stage: stage(own),
        traffic: green.map(|set| set.traffic),
        has_all_traffic: own.traffic_complete() || target.is_some_and(EcsTarget::has_all_traffic),
        may_have_all_traffic: own.may_have_served(),
        gate,
        alarms: alarms(deployment),
        failed_steps: failed_steps(target),
        // Without a task set there are no tasks yet, and no events of them.
        events: events(
            followed,
            task_set.as_ref().map_or(followed.id.as_str(), TaskSetId::as_str),
            service,
        ),
        primary: service.primary().and_then(|set| set.task_definition.clone()),
        task_set,
        ..Snapshot::nothing_but(phase)
    };
    let beside = Beside::of(followed, service, |it| look.task_set.as_ref() == Some(&it.id));
    Snapshot { activity: activity(&look, beside), ..look }
}

fn phase(
    followed: &Followed,
    own: DeploymentView<'_>,
    rollback: Option<DeploymentView<'_>>,
) -> Phase {
    let is_done = match followed.until {
        Until::Served => own.traffic_complete(),
        Until::Returned | Until::GroupIsFree => own.is_over(),
        Until::TrafficIsKnown => own.is_over() || !own.may_have_served(),
    };
    if is_done {
        return Phase::Succeeded;
    }
    match &own.deployment.status {
        status if status.has_ended_badly() => ended_badly(followed, own.deployment, rollback),
        // As ECS spells it.
        CodeDeployStatus::InProgress => Phase::InProgress("IN_PROGRESS".to_owned()),
        // Any state younger than this tool is no end.
        CodeDeployStatus::Other(state) => Phase::InProgress(state.clone()),
        status => Phase::InProgress(status.to_string().to_ascii_uppercase()),
    }
}

fn ended_badly(
    followed: &Followed,
    deployment: &Deployment,
    rollback: Option<DeploymentView<'_>>,
) -> Phase {
    let is_back = |rollback: DeploymentView<'_>| match followed.until {
        Until::Served | Until::Returned => rollback.traffic_complete(),
        Until::GroupIsFree | Until::TrafficIsKnown => rollback.is_over(),
    };
    match rollback {
        Some(rollback) if is_back(rollback) => Phase::RolledBack,
        Some(rollback) if !rollback.deployment.is_under_way() => Phase::RollbackFailed,
        Some(_) => Phase::RollingBack,
        None if deployment.rolled_back_by.is_some() => Phase::RollingBack,
        // CodeDeploy names the rollback a moment after the end.
        None if deployment.may_be_rolled_back() => Phase::Failing,
        None => Phase::Failed,
    }
}

fn stage(own: DeploymentView<'_>) -> Option<String> {
    if own.deployment.is_under_way() && own.traffic_complete() {
        return Some("waiting to remove the old tasks".to_owned());
    }
    if own.deployment.status == CodeDeployStatus::Ready {
        return Some("Ready".to_owned());
    }
    own.target.and_then(EcsTarget::now).map(|step| step.name.clone())
}

/// Of steps that were only interrupted there is nothing to tell.
fn failed_steps(target: Option<&EcsTarget>) -> Vec<LifecycleEvent> {
    let steps = target.map(|target| target.events.as_slice()).unwrap_or_default();
    let failed = |it: &&LifecycleEvent| it.status == StepStatus::Failed && it.diagnostics.is_some();
    steps.iter().filter(failed).cloned().collect()
}

/// CodeDeploy names them in its message alone: `… Activated alarms: <one, two>`.
fn alarms(deployment: &Deployment) -> Vec<String> {
    let Some(error) = deployment.error.as_ref().filter(|it| it.code == "ALARM_ACTIVE") else {
        return Vec::new();
    };
    let named = error.message.split_once('<').and_then(|(_, rest)| rest.rsplit_once('>'));
    let names = named.map(|(names, _)| names).unwrap_or_default();
    names.split(',').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
