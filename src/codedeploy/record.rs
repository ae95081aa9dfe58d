//! The deployments of a group, as the record that a service's history is read from.
//!
//! CodeDeploy has no service revisions: what a deployment brought is named by the
//! deployment. A rollback is no entry of its own but the end of the one that it undoes,
//! as with ECS's own. Reads nothing.

use std::collections::HashMap;
use std::time::SystemTime;

use super::{CodeDeployStatus, Deployment, Served};
use crate::ecs::{
    CodeDeployId, Counts, DeploymentId, Numbered, Rollback, Service, ServiceDeployment,
    ServiceDeploymentStatus as Status, ServiceRevision, ServiceRevisionArn, TaskDefinitionArn,
    TaskSetId,
};

/// One deployment of a group, with what it deployed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Past {
    pub deployment: Deployment,
    /// What its AppSpec names, where that could be read.
    pub definition: Option<TaskDefinitionArn>,
    /// Whether it has [succeeded](Deployment::succeeded).
    pub succeeded: Served,
}

impl Past {
    fn has_succeeded(&self) -> bool {
        self.succeeded == Served::Yes
    }
}

/// What [`record`] makes of a group's deployments.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recorded {
    /// As ECS would list them, newest first.
    pub deployments: Vec<ServiceDeployment>,
    /// What each of them, and what was there before the oldest, brought. Images are not
    /// known here.
    pub revisions: Vec<ServiceRevision>,
    /// What was there before the oldest, where that still runs.
    pub before: Option<ServiceRevision>,
    /// The deployment that brought what the service runs, or is on its way to.
    pub primary: Option<DeploymentId>,
    /// The deployment that brought what has the traffic, whatever is on its way.
    pub running: Option<DeploymentId>,
    /// Which task set each revision came with that still has one.
    pub task_sets: HashMap<ServiceRevisionArn, TaskSetId>,
}

/// Puts `all`, in any order, on record for `service`.
pub(crate) fn record(service: &Service, all: &[Past]) -> Recorded {
    let mut own: Vec<&Past> = all.iter().filter(|it| it.deployment.rolls_back.is_none()).collect();
    own.sort_by_key(|it| std::cmp::Reverse(it.deployment.created_at));
    let deployments = own.iter().map(|it| listed(service, it, all)).collect();
    let mut revisions: Vec<ServiceRevision> = own
        .iter()
        .filter(|it| it.definition.is_some())
        .map(|it| revision(service, &it.deployment.id, it.definition.clone()))
        .collect();
    // A task set of no deployment was there before all of them.
    let mut unexplained = service.deployments.iter().filter(|set| maker(set, &own).is_none());
    let before =
        unexplained.next_back().map(|set| revision(service, &set.id, set.task_definition.clone()));
    revisions.extend(before.clone());
    let running = service.primary().map(|set| brought_by(set, &own));
    let task_sets = task_sets(service, &own);
    Recorded {
        deployments,
        revisions,
        before,
        primary: moving_to(service, &own),
        running,
        task_sets,
    }
}

/// The task sets by the revision that they came with. The same definition may have been
/// deployed twice, with two images: a set belongs to the deployment that made it. One that
/// a rollback made anew stands for what it brought again, if that has none of its own.
fn task_sets(service: &Service, own: &[&Past]) -> HashMap<ServiceRevisionArn, TaskSetId> {
    let mut sets = HashMap::new();
    let (made, others): (Vec<_>, Vec<_>) = service
        .deployments
        .iter()
        .partition(|set| own.iter().any(|it| Some(&it.deployment.id) == set.made_by.as_ref()));
    for set in made.into_iter().chain(others) {
        sets.entry(service.arn.revision(&brought_by(set, own))).or_insert_with(|| set.id.clone());
    }
    sets
}

/// The deployment that brought a task set, or what it brought again.
fn maker<'a>(set: &crate::ecs::Deployment, own: &[&'a Past]) -> Option<&'a Past> {
    let made = own.iter().find(|it| Some(&it.deployment.id) == set.made_by.as_ref());
    let same = |it: &&&Past| it.definition.is_some() && it.definition == set.task_definition;
    made.or_else(|| own.iter().filter(same).find(|it| it.has_succeeded()))
        .or_else(|| own.iter().find(same))
        .copied()
}

/// The same, or the task set itself where none did.
fn brought_by(set: &crate::ecs::Deployment, own: &[&Past]) -> DeploymentId {
    match maker(set, own) {
        Some(it) => DeploymentId::CodeDeploy(it.deployment.id.clone()),
        None => DeploymentId::Ecs(set.id.clone()),
    }
}

/// What `service` runs, or is on its way to.
fn moving_to(service: &Service, own: &[&Past]) -> Option<DeploymentId> {
    let primary = service.primary()?;
    let under_way = own.first().filter(|it| it.deployment.is_under_way());
    let id = under_way.map(|it| DeploymentId::CodeDeploy(it.deployment.id.clone()));
    Some(id.unwrap_or_else(|| brought_by(primary, own)))
}

fn revision(
    service: &Service,
    id: &impl Numbered,
    definition: Option<TaskDefinitionArn>,
) -> ServiceRevision {
    ServiceRevision {
        arn: service.arn.revision(id),
        task_definition: definition,
        images: Vec::new(),
    }
}

fn listed(service: &Service, past: &Past, all: &[Past]) -> ServiceDeployment {
    let deployment = &past.deployment;
    let named = |id: &Option<CodeDeployId>| {
        let id = id.as_ref()?;
        all.iter().find(|it| it.deployment.id == *id)
    };
    let rollback = named(&deployment.rolled_back_by);
    let finished_at: Option<SystemTime> = match rollback {
        Some(rollback) => rollback.deployment.finished_at,
        None => deployment.finished_at,
    };
    ServiceDeployment {
        arn: service.arn.deployment(&deployment.id),
        status: status(past, rollback),
        status_reason: deployment.error.as_ref().map(ToString::to_string),
        sources: Vec::new(),
        target: Some(service.arn.revision(&deployment.id)),
        // That it started tasks is all that the record has of them.
        counts: Counts { running: i32::from(past.has_succeeded()), ..Counts::default() },
        production_traffic: None,
        lifecycle_stage: None,
        pause: None,
        // It leads to what succeeded last.
        rollback: rollback.map(|_| Rollback { reason: None, to: None }),
        breaker: None,
        triggered_alarms: Vec::new(),
        alarms_are_off: false,
        created_at: deployment.created_at,
        finished_at,
    }
}

fn status(past: &Past, rollback: Option<&Past>) -> Status {
    match (&past.deployment.status, rollback) {
        _ if past.has_succeeded() => Status::Successful,
        (status, Some(rollback)) if status.has_ended_badly() => {
            match rollback.deployment.status.has_ended_badly() {
                _ if rollback.has_succeeded() => Status::RollbackSuccessful,
                true => Status::RollbackFailed,
                false => Status::RollbackInProgress,
            }
        }
        (status, None) if status.has_ended_badly() => match &past.succeeded {
            Served::Unknown(why) => Status::Other(format!(
                "Stopped (whether all traffic had moved is not known: {why})"
            )),
            Served::Yes | Served::No => Status::Stopped,
        },
        (CodeDeployStatus::Other(unknown), _) => Status::Other(unknown.clone()),
        (CodeDeployStatus::Succeeded, _) => Status::Other(CodeDeployStatus::Succeeded.to_string()),
        (_, _) => Status::InProgress,
    }
}

#[cfg(test)]
mod tests;
