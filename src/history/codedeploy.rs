//! What CodeDeploy has on record: the deployments of a group.
//!
//! CodeDeploy has no service revisions: what a deployment brought is named by the
//! deployment. A rollback is no deployment of its own here but the end of the one that it
//! undoes, as with ECS's own.

use std::collections::HashMap;

use super::past_deployment::{
    Coverage, DeploymentName, DeploymentRecord, PastDeployment, PastRevision, PastStatus,
    RevisionId,
};
use crate::codedeploy::{CodeDeployStatus, Deployment, Served};
use crate::ecs::{Controller, Deployment as TaskSet, Service, TaskDefinitionArn, TaskSetId};

/// One deployment of a group, with what it deployed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GroupDeployment {
    pub deployment: Deployment,
    /// What its AppSpec names, where that could be read.
    pub definition: Option<TaskDefinitionArn>,
    /// Whether it has [succeeded](Deployment::succeeded).
    pub succeeded: Served,
}

/// By the revision that they came with, the task sets that are still there.
pub(crate) type TaskSets = HashMap<RevisionId, TaskSetId>;

/// The record of `service`, of whose group `all`, in any order, are the newest deployments;
/// `is_cut` where there are older ones. Which images its revisions have is not known here.
pub(crate) fn record_of_group(
    service: &Service,
    all: &[GroupDeployment],
    is_cut: bool,
) -> (DeploymentRecord, TaskSets) {
    let mut own: Vec<&GroupDeployment> =
        all.iter().filter(|it| it.deployment.rolls_back.is_none()).collect();
    own.sort_by_key(|it| std::cmp::Reverse(it.deployment.created_at));
    let revision = |id: RevisionId, definition: &Option<TaskDefinitionArn>| PastRevision {
        id,
        definition: definition.clone(),
        images: Vec::new(),
    };
    let named = own.iter().filter(|it| it.definition.is_some());
    let mut revisions: Vec<PastRevision> =
        named.map(|it| revision(it.revision_id(), &it.definition)).collect();
    // A task set of no deployment was there before all of them.
    let mut unexplained = service.deployments.iter().filter(|set| maker(set, &own).is_none());
    let before = unexplained.next_back();
    let before =
        before.map(|set| revision(RevisionId::TaskSet(set.id.clone()), &set.task_definition));
    let sources: Vec<RevisionId> = before.iter().map(|it| it.id.clone()).collect();
    revisions.extend(before);

    let primary = service.primary();
    let running = primary.map(|set| brought(set, &own));
    let under_way = own.first().filter(|it| it.deployment.is_under_way());
    let set_to = running.clone().map(|id| under_way.map_or(id, |it| it.revision_id()));
    let record = DeploymentRecord {
        controller: Controller::CodeDeploy,
        deployments: own.iter().map(|it| it.on_record(all)).collect(),
        revisions,
        coverage: if is_cut { Coverage::Newest } else { Coverage::End { sources } },
        primary: set_to,
        primary_has_tasks: primary.is_some_and(|it| it.counts.running > 0 || it.counts.pending > 0),
        running,
        newest: None,
    };
    (record, task_sets(service, &own))
}

/// The same definition may have been deployed twice, with two images: a set belongs to the
/// deployment that made it. One that a rollback made counts for what it brought back, if
/// that has no task set of its own.
fn task_sets(service: &Service, own: &[&GroupDeployment]) -> TaskSets {
    let (made, others): (Vec<&TaskSet>, Vec<&TaskSet>) = service
        .deployments
        .iter()
        .partition(|set| own.iter().any(|it| Some(&it.deployment.id) == set.made_by.as_ref()));
    let mut sets = TaskSets::new();
    for set in made.into_iter().chain(others) {
        sets.entry(brought(set, own)).or_insert_with(|| set.id.clone());
    }
    sets
}

/// What a task set came with.
fn brought(set: &TaskSet, own: &[&GroupDeployment]) -> RevisionId {
    maker(set, own).map_or(RevisionId::TaskSet(set.id.clone()), GroupDeployment::revision_id)
}

/// The deployment that brought a task set, or what it brought again.
fn maker<'a>(set: &TaskSet, own: &[&'a GroupDeployment]) -> Option<&'a GroupDeployment> {
    let made = own.iter().find(|it| Some(&it.deployment.id) == set.made_by.as_ref());
    let same =
        |it: &&&GroupDeployment| it.definition.is_some() && it.definition == set.task_definition;
    made.or_else(|| own.iter().filter(same).find(|it| it.has_succeeded()))
        .or_else(|| own.iter().find(same))
        .copied()
}

impl GroupDeployment {
    fn has_succeeded(&self) -> bool {
        self.succeeded == Served::Yes
    }

    fn revision_id(&self) -> RevisionId {
        RevisionId::CodeDeploy(self.deployment.id.clone())
    }

    fn on_record(&self, all: &[Self]) -> PastDeployment {
        let deployment = &self.deployment;
        let rollback = deployment.rolled_back_by.as_ref();
        let rollback = rollback.and_then(|id| all.iter().find(|it| it.deployment.id == *id));
        PastDeployment {
            name: DeploymentName::CodeDeploy(deployment.id.clone()),
            revision: Some(self.revision_id()),
            created_at: deployment.created_at,
            finished_at: rollback.map_or(deployment, |it| &it.deployment).finished_at,
            status: self.status(rollback),
            // That it started tasks is all that the record has of them.
            started_tasks: self.has_succeeded(),
            returned_to: None,
        }
    }

    fn status(&self, rollback: Option<&Self>) -> PastStatus {
        let status = &self.deployment.status;
        match (status, rollback) {
            _ if self.has_succeeded() => PastStatus::Succeeded,
            (_, Some(rollback)) if status.has_ended_badly() => {
                match rollback.deployment.status.has_ended_badly() {
                    _ if rollback.has_succeeded() => PastStatus::RolledBack,
                    true => PastStatus::RollbackFailed,
                    false => PastStatus::RollingBack,
                }
            }
            (_, None) if status.has_ended_badly() => match &self.succeeded {
                Served::Unknown(why) => PastStatus::Unknown(format!(
                    "Stopped (it is not known whether all traffic had moved: {why})"
                )),
                Served::Yes | Served::No => PastStatus::Failed,
            },
            (CodeDeployStatus::Other(_) | CodeDeployStatus::Succeeded, _) => {
                PastStatus::Unknown(status.to_string())
            }
            (_, _) => PastStatus::UnderWay,
        }
    }
}

#[cfg(test)]
mod tests;
