//! What CodeDeploy really did, for tests to compare a report with.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::{LEAD, Time, since_made};
use crate::codedeploy::deployment::Deployment;
use crate::codedeploy::events::{EventStatus, Progress};
use crate::codedeploy::model::GroupKey;
use crate::ecs::model::Service;
use crate::world::World;

/// A deployment group and its service as they are, without lag or views.
#[derive(Debug, Clone, PartialEq)]
pub struct CodeDeployTruth {
    /// Every deployment, oldest first, rollbacks among them.
    pub deployments: Vec<CodeDeployDeployment>,
    /// Who served production traffic, oldest first; each until the next one's `since`.
    pub traffic: Vec<ServingTruth>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CodeDeployDeployment {
    /// `d-…`.
    pub id: String,
    /// Such as `Succeeded`.
    pub status: String,
    /// Code and message of its error.
    pub error: Option<(String, String)>,
    /// As its AppSpec names it.
    pub task_definition: String,
    /// The task set it started, or brought back: `ecs-svc/…`.
    pub task_set: Option<String>,
    pub rolls_back: Option<String>,
    pub rolled_back_by: Option<String>,
    /// Since the simulator was made; zero for what happened before.
    pub created: Duration,
    /// When its last event passed, likewise: all traffic was on its tasks, and no
    /// function had an objection.
    pub served: Option<Duration>,
    /// When it was over, likewise.
    pub finished: Option<Duration>,
}

/// Who served production for a while.
#[derive(Debug, Clone, PartialEq)]
pub struct ServingTruth {
    /// Since the simulator was made; zero for what happened before.
    pub since: Duration,
    /// The one with the most traffic first.
    pub shares: Vec<TrafficShare>,
}

/// A task set's part of production.
#[derive(Debug, Clone, PartialEq)]
pub struct TrafficShare {
    /// `ecs-svc/…`.
    pub task_set: String,
    pub task_definition: String,
    /// By container; without those that no task has pulled.
    pub digests: BTreeMap<String, String>,
    /// Of a hundred.
    pub percent: u32,
}

impl CodeDeployTruth {
    /// The newest deployment.
    pub fn newest(&self) -> &CodeDeployDeployment {
        self.deployments.last().expect("something was deployed at least once")
    }

    /// The deployment with this id.
    pub fn deployment(&self, id: &str) -> &CodeDeployDeployment {
        self.deployments.iter().find(|it| it.id == id).expect("it was deployed")
    }

    /// Who serves production now, the one with the most traffic first.
    pub fn serving(&self) -> &[TrafficShare] {
        &self.traffic.last().expect("the service has a task set").shares
    }

    /// Who served production so long after the simulator was made.
    pub fn serving_at(&self, since_made: Duration) -> &[TrafficShare] {
        let then = self.traffic.iter().rev().find(|it| it.since <= since_made);
        &then.expect("the service has a task set").shares
    }
}

pub(crate) fn of(world: &World, group: &GroupKey) -> CodeDeployTruth {
    let services = group.find(&world.codedeploy).map(|it| it.services(&group.region));
    let service = services.into_iter().flatten().find_map(|key| world.services.get(&key));
    CodeDeployTruth {
        deployments: world.codedeploy.of_group(group).map(deployment).collect(),
        traffic: service.map(serving).unwrap_or_default(),
    }
}

fn deployment(deployment: &Deployment) -> CodeDeployDeployment {
    let error = deployment.fault.as_ref();
    CodeDeployDeployment {
        id: deployment.id.clone(),
        status: deployment.status.as_str().to_owned(),
        error: error.map(|it| (it.code.to_owned(), it.message.clone())),
        task_definition: deployment.spec.resource().task_definition.clone(),
        task_set: deployment.green.as_ref().map(|number| format!("ecs-svc/{number}")),
        rolls_back: deployment.rolls_back.clone(),
        rolled_back_by: deployment.rolled_back_by.clone(),
        created: since_made(deployment.created),
        served: served(deployment).map(since_made),
        finished: deployment.completed.map(since_made),
    }
}

/// When the last event passed, if all of them have.
fn served(deployment: &Deployment) -> Option<Time> {
    let passed = |progress: &Progress| {
        (progress.status == EventStatus::Succeeded).then_some(progress.ended)?
    };
    let ends: Option<Vec<Time>> = deployment.events().map(|(_, it)| passed(it)).collect();
    ends?.into_iter().max()
}

fn serving(service: &Service) -> Vec<ServingTruth> {
    let told = service.traffic.iter().map(|traffic| {
        let mut shares: Vec<TrafficShare> = traffic
            .shares
            .iter()
            .filter_map(|(number, percent)| share(service, number, *percent))
            .collect();
        shares.sort_by_key(|share| std::cmp::Reverse(share.percent));
        ServingTruth { since: traffic.since.max(LEAD) - LEAD, shares }
    });
    told.collect()
}

fn share(service: &Service, number: &str, percent: u32) -> Option<TrafficShare> {
    let revision = service.revision(number)?;
    // Where ECS keeps to no digest, the tasks know it, as long as they are there.
    let task = service.tasks.iter().find(|task| task.revision == number && task.is_healthy());
    let digests = revision.images.iter().enumerate().filter_map(|(at, image)| {
        let pulled = || task?.containers.get(at)?.digest.clone();
        Some((image.container.clone(), image.digest.clone().or_else(pulled)?))
    });
    Some(TrafficShare {
        task_set: format!("ecs-svc/{number}"),
        task_definition: revision.task_definition.clone(),
        digests: digests.collect(),
        percent,
    })
}
