//! A service asked about itself: its names, its parts and its counts.

use serde_json::Value;

use crate::ecs::model::{DeploymentStatus, Revision, Rollout, Service, ServiceKey};
use crate::ecs::task::{Phase, Task};
use crate::world::ACCOUNT;

/// The tasks of one revision, counted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) live: u32,
    pub(crate) running: u32,
    pub(crate) pending: u32,
    pub(crate) healthy: u32,
    /// Not STOPPED yet, wanted or not.
    pub(crate) unfinished: u32,
}

impl Service {
    pub(crate) fn arn(&self) -> String {
        let ServiceKey { region, cluster, name } = &self.key;
        format!("arn:aws:ecs:{region}:{ACCOUNT}:service/{cluster}/{name}")
    }

    /// `arn:…:kind/CLUSTER/SERVICE/ID`.
    pub(crate) fn arn_of(&self, kind: &str, id: &str) -> String {
        let ServiceKey { region, cluster, name } = &self.key;
        format!("arn:aws:ecs:{region}:{ACCOUNT}:{kind}/{cluster}/{name}/{id}")
    }

    pub(crate) fn cluster_arn(&self) -> String {
        let ServiceKey { region, cluster, .. } = &self.key;
        format!("arn:aws:ecs:{region}:{ACCOUNT}:cluster/{cluster}")
    }

    pub(crate) fn revision_arn(&self, number: &str) -> String {
        self.arn_of("service-revision", number)
    }

    pub(crate) fn rollout_arn(&self, rollout: &Rollout) -> String {
        self.arn_of("service-deployment", &rollout.id)
    }

    pub(crate) fn task_arn(&self, task: &Task) -> String {
        let ServiceKey { region, cluster, .. } = &self.key;
        format!("arn:aws:ecs:{region}:{ACCOUNT}:task/{cluster}/{}", task.id)
    }

    pub(crate) fn has_load_balancer(&self) -> bool {
        self.target_group().is_some()
    }

    /// The target group of a revision's tasks.
    pub(crate) fn target_group_of(&self, revision: &str) -> Option<&str> {
        let own = self.task_set(revision).map(|set| set.balancer.target_group.as_str());
        own.or_else(|| self.target_group())
    }

    fn target_group(&self) -> Option<&str> {
        self.settings.get("loadBalancers")?.get(0)?.get("targetGroupArn")?.as_str()
    }

    pub(crate) fn primary(&self) -> Option<&Revision> {
        self.revisions.iter().find(|revision| revision.status == DeploymentStatus::Primary)
    }

    pub(crate) fn revision(&self, number: &str) -> Option<&Revision> {
        self.revisions.iter().find(|revision| revision.number == number)
    }

    pub(crate) fn revision_mut(&mut self, number: &str) -> Option<&mut Revision> {
        self.revisions.iter_mut().find(|revision| revision.number == number)
    }

    pub(crate) fn rollout(&self) -> Option<&Rollout> {
        self.rollouts.last()
    }

    pub(crate) fn active_rollout(&self) -> Option<&Rollout> {
        self.rollouts.last().filter(|rollout| !rollout.status.is_terminal())
    }

    pub(crate) fn active_rollout_mut(&mut self) -> Option<&mut Rollout> {
        self.rollouts.last_mut().filter(|rollout| !rollout.status.is_terminal())
    }

    pub(crate) fn counts(&self, revision: &str) -> Counts {
        let mut counts = Counts::default();
        for task in self.tasks.iter().filter(|task| task.revision == revision) {
            counts.unfinished += u32::from(task.phase != Phase::Stopped);
            counts.live += u32::from(task.is_live());
            counts.healthy += u32::from(task.is_healthy());
            if task.is_live() {
                let running = task.phase == Phase::Running;
                counts.running += u32::from(running);
                counts.pending += u32::from(!running);
            }
        }
        counts
    }

    /// Numbers of the revisions that still have tasks.
    pub(crate) fn revisions_with_tasks(&self) -> Vec<String> {
        let unfinished = |r: &&Revision| self.counts(&r.number).unfinished > 0;
        self.revisions.iter().filter(unfinished).map(|r| r.number.clone()).collect()
    }

    /// A number out of `deploymentConfiguration`.
    pub(crate) fn percent(&self, name: &str, default: u64) -> u64 {
        self.configuration.get(name).and_then(Value::as_u64).unwrap_or(default)
    }
}
