//! What really happened, for tests to compare a report with.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::since_made;
use crate::ecs::model::{Revision, Rollout, Service};
use crate::ecs::task::Phase;

/// A service as it is, without lag or views.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// The ARN of the task definition of the primary revision.
    pub task_definition: Option<String>,
    /// `ecs-svc/…` of the primary revision.
    pub primary: Option<String>,
    pub desired: u32,
    /// Every service deployment, oldest first.
    pub deployments: Vec<DeploymentTruth>,
    /// What runs: healthy tasks, by revision.
    pub running: Vec<RunningTruth>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct DeploymentTruth {
    pub service_deployment_arn: String,
    /// `ecs-svc/…`.
    pub deployment_id: String,
    /// Such as `ROLLBACK_SUCCESSFUL`.
    pub status: String,
    pub reason: Option<String>,
    pub task_definition: String,
    /// By container; without those that no task has pulled yet.
    pub digests: BTreeMap<String, String>,
    /// Since the simulator was made; zero for what happened before.
    pub created: Duration,
    /// When it became terminal, likewise.
    pub finished: Option<Duration>,
}

/// The healthy tasks of a revision.
#[derive(Debug, Clone, PartialEq)]
pub struct RunningTruth {
    /// `ecs-svc/…`.
    pub deployment_id: String,
    pub task_definition: String,
    /// By container, as the tasks pulled them.
    pub digests: BTreeMap<String, String>,
    pub tasks: usize,
}

impl Truth {
    /// The newest service deployment.
    pub fn newest(&self) -> &DeploymentTruth {
        self.deployments.last().expect("the service was deployed at least once")
    }
}

pub(crate) fn of(service: &Service) -> Truth {
    let primary = service.primary();
    let deployed = service.rollouts.iter().filter_map(|rollout| {
        service.revision(&rollout.target).map(|revision| deployment(service, rollout, revision))
    });
    let running = service.revisions.iter().filter_map(|revision| running(service, revision));
    Truth {
        task_definition: primary.map(|primary| primary.task_definition.clone()),
        primary: primary.map(|primary| format!("ecs-svc/{}", primary.number)),
        desired: service.desired,
        deployments: deployed.collect(),
        running: running.collect(),
    }
}

fn deployment(service: &Service, rollout: &Rollout, revision: &Revision) -> DeploymentTruth {
    let digests = revision.images.iter().filter_map(|image| {
        image.digest.as_ref().map(|digest| (image.container.clone(), digest.clone()))
    });
    DeploymentTruth {
        service_deployment_arn: service.rollout_arn(rollout),
        deployment_id: format!("ecs-svc/{}", rollout.target),
        status: rollout.status.as_str().to_owned(),
        reason: rollout.status_reason.clone(),
        task_definition: revision.task_definition.clone(),
        digests: digests.collect(),
        created: since_made(rollout.created),
        finished: rollout.finished.map(since_made),
    }
}

fn running(service: &Service, revision: &Revision) -> Option<RunningTruth> {
    let own = |task: &&crate::ecs::task::Task| {
        task.revision == revision.number && task.is_healthy() && task.phase == Phase::Running
    };
    let tasks: Vec<_> = service.tasks.iter().filter(own).collect();
    let digests = tasks.first()?.containers.iter().filter_map(|container| {
        container.digest.as_ref().map(|digest| (container.name.clone(), digest.clone()))
    });
    Some(RunningTruth {
        deployment_id: format!("ecs-svc/{}", revision.number),
        task_definition: revision.task_definition.clone(),
        digests: digests.collect(),
        tasks: tasks.len(),
    })
}
