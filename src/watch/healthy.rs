//! Which tasks of a failing deployment are healthy all the same: one that is
//! starts the count of failures again, as in ECS's own rule.
//!
//! Asked only once tasks have died. What may not be read leaves the count as it
//! is.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use crate::aws::Clients;
use crate::request::Target;
use crate::service::{DeploymentId, TargetHealth, Task};

/// Where nothing checks its health, ECS takes a task for healthy so long after
/// it reached RUNNING.
const SETTLED: Duration = Duration::from_secs(40);

/// What one cycle found of the running tasks of a deployment.
#[derive(Debug, Default)]
pub(super) struct Running {
    tasks: Vec<Task>,
    targets: Option<Vec<TargetHealth>>,
}

/// Reads the running tasks and, behind a load balancer, how it finds them.
pub(super) async fn look(
    clients: &Clients,
    target: &Target,
    deployment: &DeploymentId,
    target_groups: &[String],
) -> Running {
    let ecs = clients.ecs(&target.region);
    let tasks = async {
        let arns = ecs.tasks_started_by(&target.cluster, deployment).await.unwrap_or_default();
        if arns.is_empty() {
            Vec::new()
        } else {
            ecs.tasks(&target.cluster, &arns).await.unwrap_or_default()
        }
    };
    let targets = async {
        if target_groups.is_empty() {
            return None;
        }
        let elb = clients.elb(&target.region);
        let groups = join_all(target_groups.iter().map(|group| elb.target_health(group))).await;
        Some(groups.into_iter().flat_map(Result::unwrap_or_default).collect())
    };
    let (tasks, targets) = tokio::join!(tasks, targets);
    Running { tasks, targets }
}

impl Running {
    /// Targets of these tasks that the load balancer does not like.
    pub(super) fn unhealthy(&self) -> Vec<TargetHealth> {
        let targets = self.targets.iter().flatten();
        targets.filter(|target| target.state.starts_with("unhealthy")).cloned().collect()
    }
}

/// Remembers since when a task is seen to run.
#[derive(Debug, Default)]
pub(super) struct Settling(HashMap<String, Instant>);

impl Settling {
    /// The ids of the tasks that are healthy by what decides about them: the
    /// load balancer, else their health checks, else time.
    pub(super) fn healthy(&mut self, running: Running) -> Vec<String> {
        let mut healthy = Vec::new();
        for task in running.tasks {
            if task.last_status.as_deref() != Some("RUNNING") {
                continue;
            }
            let since = *self.0.entry(task.id.clone()).or_insert_with(Instant::now);
            let by_itself = match task.health.as_deref() {
                Some("HEALTHY") => true,
                Some("UNHEALTHY") => false,
                _ => since.elapsed() >= SETTLED && !has_health_check(&task),
            };
            let by_balancer = running.targets.as_ref().is_none_or(|targets| {
                targets.iter().any(|target| {
                    target.state == "healthy" && task.addresses.contains(&target.target)
                })
            });
            if by_itself && by_balancer {
                healthy.push(task.id);
            }
        }
        healthy
    }
}

/// A container without a check has no health at all or is UNKNOWN for ever; one
/// with a check is UNKNOWN while its start period lasts. Both look alike, so a
/// check is taken to exist where any container of the task has a verdict.
fn has_health_check(task: &Task) -> bool {
    task.containers
        .iter()
        .any(|container| matches!(container.health.as_deref(), Some("HEALTHY" | "UNHEALTHY")))
}
