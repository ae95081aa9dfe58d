//! What there is to read about a deployment that failed.
//!
//! Every part is optional: a permission that is missing removes that part and is
//! named; a part that is slow is left out, because the answer is wanted now.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use tokio::time::{Instant, timeout};

use super::context::{Rollout, Run};
use crate::aws::{Answer, CallError, Cause, side_by_side};
use crate::deploy::watch::Watched;
use crate::diagnosis::{Denied, Evidence, StopKind, newest_matching_older};
use crate::ecs::{Event, LogTail, Service, TargetHealth, Task, TaskContainer, TaskSetId};
use crate::plan::Plan;
use crate::read::log_tail;
use crate::request::AppRequest;
use crate::rollout::Followed;

const LOGS_OF_FAILED: &str = "logs of the failed container";

/// For each part that is read anew.
const PART: Duration = Duration::from_secs(8);
/// Logs of so many containers are shown.
const LOGS: usize = 3;
/// A task that is on its way for so long is worth a word.
const LONG: Duration = Duration::from_secs(120);

/// Reads what explains the end of `rollout`.
pub(crate) async fn collect(rollout: &Rollout<'_>) -> Evidence {
    let Rollout { run, app, plan, followed, watched, begun, .. } = *rollout;
    let look = Look { run, app, started_by: rollout.started_by() };
    let mut evidence = seen(plan, watched, app.failure.log_lines);
    let (service, stopped, waiting) =
        tokio::join!(part(look.service()), part(look.stopped()), part(look.waiting(begun)),);
    if let Some(Ok(Some(service))) = &service {
        evidence.older_event = older_event(service, followed);
    }
    if let Some(tasks) = allowed(&mut evidence.denied, "stopped tasks", stopped) {
        let known: HashSet<String> = evidence.tasks.iter().map(|task| task.id.clone()).collect();
        evidence.tasks.extend(tasks.into_iter().filter(|task| !known.contains(&task.id)));
    }
    evidence.waiting = allowed(&mut evidence.denied, "waiting tasks", waiting).unwrap_or_default();
    let target_groups = plan.service.target_groups.as_slice();
    let (logs, targets) = tokio::join!(
        look.logs(plan, &evidence.tasks),
        part(look.targets(target_groups, &evidence.tasks, &evidence.waiting)),
    );
    for tail in logs {
        evidence.logs.extend(allowed(&mut evidence.denied, LOGS_OF_FAILED, tail));
    }
    // By now the targets of tasks that were stopped are draining; then what the
    // watch has seen of them says more.
    let targets = allowed(&mut evidence.denied, "health checks of the load balancer", targets);
    if let Some(targets) = targets.filter(|it| it.iter().any(|it| it.state.is_unhealthy())) {
        evidence.targets = targets;
    }
    evidence
}

/// What the watch itself has seen, with at most so many lines of a hook's log.
pub(crate) fn seen(plan: &Plan, watched: &Watched, log_lines: u32) -> Evidence {
    let mut evidence = Evidence {
        controller: plan.service.controller.clone(),
        tasks: watched.stopped.clone(),
        targets: watched.unhealthy.clone(),
        ..Evidence::default()
    };
    if let Some(last) = &watched.last {
        evidence.status_reason.clone_from(&last.reason);
        evidence.alarms.clone_from(&last.alarms);
        evidence.failed_steps.clone_from(&last.failed_steps);
        for told in evidence.failed_steps.iter_mut().filter_map(|it| it.diagnostics.as_mut()) {
            let shown = usize::try_from(log_lines).unwrap_or(usize::MAX);
            let older = told.log.len().saturating_sub(shown);
            told.log.drain(..older);
        }
        evidence.breaker = last.breaker;
        evidence.events.clone_from(&last.events);
    }
    evidence
}

/// `None` where it took too long.
async fn part<T>(reading: impl Future<Output = Answer<T>>) -> Option<Answer<T>> {
    timeout(PART, reading).await.ok()
}

/// The value, where it could be read; notes the permission that is missing.
fn allowed<T>(denied: &mut Vec<Denied>, what: &str, answer: Option<Answer<T>>) -> Option<T> {
    match answer? {
        Ok(value) => Some(value),
        Err(CallError { cause: Cause::Denied, action, .. }) => {
            let denial = Denied { what: what.to_owned(), permission: action.to_owned() };
            if !denied.contains(&denial) {
                denied.push(denial);
            }
            None
        }
        Err(_) => None,
    }
}

/// ECS repeats a message only hours later, so the cause may be an event from
/// before this deployment.
fn older_event(service: &Service, followed: &Followed) -> Option<Event> {
    let before = |event: &&Event| Some(&event.id) == followed.newest_event_before.as_ref();
    let since = service.events.iter().find(before)?.at?;
    // That newest event itself is from before, too.
    newest_matching_older(&service.events, since + Duration::from_millis(1))
}

/// Adds the last log lines of one container, or what that takes.
pub(crate) async fn tail_of(
    run: &Run<'_>,
    app: &AppRequest,
    plan: &Plan,
    of: (&Task, &TaskContainer),
    evidence: &mut Evidence,
) {
    let (region, lines) = (&app.target.region, app.failure.log_lines);
    let tail = part(log_tail(run.clients, region, &plan.revision.definition, of, lines)).await;
    evidence.logs.extend(allowed(&mut evidence.denied, LOGS_OF_FAILED, tail));
}

struct Look<'a> {
    run: &'a Run<'a>,
    app: &'a AppRequest,
    started_by: Option<&'a TaskSetId>,
}

impl Look<'_> {
    async fn service(&self) -> Answer<Option<Service>> {
        let target = &self.app.target;
        self.run.clients.ecs(&target.region).service(target).await
    }

    /// Tasks may have stopped after the watch's last look.
    async fn stopped(&self) -> Answer<Vec<Task>> {
        let target = &self.app.target;
        let ecs = self.run.clients.ecs(&target.region);
        let arns = ecs.stopped_tasks(target).await?;
        if arns.is_empty() {
            return Ok(Vec::new());
        }
        let mut tasks = ecs.tasks(&target.cluster, &arns).await?;
        let started_by = self.started_by.map(TaskSetId::as_str);
        tasks.retain(|task| started_by.is_some() && task.started_by.as_deref() == started_by);
        Ok(tasks)
    }

    async fn waiting(&self, begun: Instant) -> Answer<Vec<Task>> {
        let Some(started_by) = self.started_by.filter(|_| begun.elapsed() >= LONG) else {
            return Ok(Vec::new());
        };
        let target = &self.app.target;
        let ecs = self.run.clients.ecs(&target.region);
        let arns = ecs.tasks_started_by(&target.cluster, started_by).await?;
        if arns.is_empty() {
            return Ok(Vec::new());
        }
        let mut tasks = ecs.tasks(&target.cluster, &arns).await?;
        tasks.retain(|task| task.started_at.is_none() && task.stopped_at.is_none());
        Ok(tasks)
    }

    async fn targets(
        &self,
        target_groups: &[String],
        stopped: &[Task],
        waiting: &[Task],
    ) -> Answer<Vec<TargetHealth>> {
        let elb = self.run.clients.elb(&self.app.target.region);
        let is_ours =
            |target: &TargetHealth| stopped.iter().chain(waiting).any(|task| task.may_be(target));
        let groups = target_groups.iter().map(|group| elb.target_health(group));
        let mut targets = side_by_side(groups).try_concat().await?;
        // Where none can be matched, all are shown.
        if targets.iter().any(is_ours) {
            targets.retain(is_ours);
        }
        Ok(targets)
    }

    /// One tail for each container that failed, of the task that failed last.
    async fn logs(&self, plan: &Plan, stopped: &[Task]) -> Vec<Option<Answer<LogTail>>> {
        let lines = self.app.failure.log_lines;
        if lines == 0 {
            return Vec::new();
        }
        let mut failed: Vec<(&Task, &TaskContainer)> = Vec::new();
        let mut newest_first: Vec<&Task> = stopped
            .iter()
            .filter(|task| matches!(StopKind::of(task), StopKind::Failure(_)))
            .collect();
        newest_first.sort_by_key(|task| std::cmp::Reverse(task.stopped_at));
        for task in newest_first {
            for container in &task.containers {
                let is_new = failed.iter().all(|(_, it)| it.name != container.name);
                if is_new && container.exit_code != Some(0) && failed.len() < LOGS {
                    failed.push((task, container));
                }
            }
        }
        let (clients, region) = (self.run.clients, &self.app.target.region);
        let tail = |of| part(log_tail(clients, region, &plan.revision.definition, of, lines));
        side_by_side(failed.into_iter().map(tail)).collect().await
    }
}
