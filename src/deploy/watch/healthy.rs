//! Which tasks of a failing deployment are healthy all the same: one that is
//! starts the count of failures again, as in ECS's own rule.
//!
//! Asked only once tasks have died. Where it can't be told, nothing is given up for the
//! number of those that did.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use crate::aws::Clients;
use crate::ecs::{
    HealthStatus, TargetHealth, TargetState, Task, TaskContainer, TaskSetId, TaskStatus,
};
use crate::request::Target;

/// Where nothing checks its health, ECS takes a task for healthy so long after
/// it reached RUNNING.
const SETTLED: Duration = Duration::from_secs(40);

/// What one cycle found of the running tasks of a deployment.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// `None` where they could not be read.
    tasks: Option<Vec<Task>>,
    balancer: Balancer,
}

/// What load balancers say of a service.
#[derive(Debug, Default)]
enum Balancer {
    /// There is none.
    #[default]
    None,
    /// The targets of those groups that could be read.
    Partly(Vec<TargetHealth>),
    Wholly(Vec<TargetHealth>),
}

/// Reads the running tasks and, behind a load balancer, how it finds them.
pub(super) async fn look(
    clients: &Clients,
    target: &Target,
    started_by: Option<&TaskSetId>,
    target_groups: &[String],
) -> Running {
    let ecs = clients.ecs(&target.region);
    let tasks = async {
        let arns = ecs.tasks_started_by(&target.cluster, started_by?).await.ok()?;
        ecs.tasks(&target.cluster, &arns).await.ok()
    };
    let balancer = async {
        if target_groups.is_empty() {
            return Balancer::None;
        }
        let elb = clients.elb(&target.region);
        let groups = join_all(target_groups.iter().map(|group| elb.target_health(group))).await;
        let all_read = groups.iter().all(Result::is_ok);
        let targets = groups.into_iter().flatten().flatten().collect();
        if all_read { Balancer::Wholly(targets) } else { Balancer::Partly(targets) }
    };
    let (tasks, balancer) = tokio::join!(tasks, balancer);
    Running { tasks, balancer }
}

impl Running {
    /// Targets of these tasks that the load balancer does not like.
    pub(super) fn unhealthy(&self) -> Vec<TargetHealth> {
        let targets = match &self.balancer {
            Balancer::None => &[],
            Balancer::Partly(targets) | Balancer::Wholly(targets) => targets.as_slice(),
        };
        targets.iter().filter(|it| it.state.is_unhealthy()).cloned().collect()
    }
}

/// Remembers what earlier cycles saw of tasks and targets.
#[derive(Debug, Default)]
pub(super) struct Settling {
    /// Since when a task is seen to run.
    since: HashMap<String, Instant>,
    /// The targets that were healthy at the last look; none before the first one.
    healthy_targets: Option<HashSet<(String, Option<i32>)>>,
    /// Tasks that a target was taken for.
    credited: HashSet<String>,
}

impl Settling {
    /// The ids of the tasks that are healthy by what decides about them: the load
    /// balancer alone, else their health checks, else time. `None` where what decides
    /// could not be read.
    pub(super) fn healthy(&mut self, running: Running) -> Option<Vec<String>> {
        let mut tasks = running.tasks?;
        tasks.retain(|task| task.last_status == Some(TaskStatus::Running));
        match running.balancer {
            Balancer::None => Some(self.by_themselves(tasks)),
            Balancer::Partly(_) => None,
            Balancer::Wholly(targets) => Some(self.by_targets(tasks, &targets)),
        }
    }

    fn by_themselves(&mut self, tasks: Vec<Task>) -> Vec<String> {
        let mut healthy = Vec::new();
        for task in tasks {
            let since = *self.since.entry(task.id.clone()).or_insert_with(Instant::now);
            let is_healthy = match task.health {
                Some(HealthStatus::Healthy) => true,
                Some(HealthStatus::Unhealthy) => false,
                _ => since.elapsed() >= SETTLED && !has_health_check(&task),
            };
            if is_healthy {
                healthy.push(task.id);
            }
        }
        healthy
    }

    fn by_targets(&mut self, tasks: Vec<Task>, targets: &[TargetHealth]) -> Vec<String> {
        let mut newly = self.newly_healthy(targets);
        let (mut healthy, mut unknown) = (Vec::new(), Vec::new());
        for task in tasks {
            match is_healthy(&task, targets) {
                Some(true) => healthy.push(task.id),
                Some(false) => {}
                None => unknown.push(task.id),
            }
        }
        // Which of them it is makes no difference to the count.
        for task in unknown {
            if newly > 0 && self.credited.insert(task.clone()) {
                newly -= 1;
                healthy.push(task);
            }
        }
        healthy
    }

    /// How many targets are healthy that were not at the last look.
    fn newly_healthy(&mut self, targets: &[TargetHealth]) -> usize {
        let healthy = targets.iter().filter(|target| target.state == TargetState::Healthy);
        let now: HashSet<_> = healthy.map(|it| (it.target.clone(), it.port)).collect();
        let before = self.healthy_targets.replace(now.clone());
        before.map_or(0, |before| now.difference(&before).count())
    }
}

/// By the targets that may be the task; `None` where they don't agree or there are none
/// to be told from those of other tasks.
fn is_healthy(task: &Task, targets: &[TargetHealth]) -> Option<bool> {
    let (healthy, others): (Vec<_>, Vec<_>) = targets
        .iter()
        .filter(|it| task.may_be(it))
        .partition(|it| it.state == TargetState::Healthy);
    match (healthy.is_empty(), others.is_empty()) {
        // An address is the task's own, in whichever group.
        _ if !task.addresses.is_empty() => Some(!healthy.is_empty()),
        (false, true) => Some(true),
        (true, false) => Some(false),
        (true, true) | (false, false) => None,
    }
}

/// A container without a check has no health at all or is UNKNOWN for ever; one
/// with a check is UNKNOWN while its start period lasts. Both look alike, so a
/// check is taken to exist where any container of the task has a verdict.
fn has_health_check(task: &Task) -> bool {
    let has_verdict = |container: &TaskContainer| {
        matches!(container.health, Some(HealthStatus::Healthy | HealthStatus::Unhealthy))
    };
    task.containers.iter().any(has_verdict)
}
