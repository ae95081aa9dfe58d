//! What there is to read about a deployment that failed.
//!
//! Every part is optional: a permission that is missing removes that part and is
//! named; a part that is slow is left out, because the answer is wanted now.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::timeout;

use super::Run;
use crate::aws::{Answer, CallError, Cause};
use crate::decide::{Plan, Step};
use crate::diagnosis::{Death, Denied, Evidence, newest_matching_older};
use crate::request::AppRequest;
use crate::rollout::Followed;
use crate::service::{Event, LogSource, LogTail, Service, TargetHealth, Task, TaskContainer};
use crate::task_definition::{Logging, TaskDefinition};
use crate::watch::Watched;

/// For each part that is read anew.
const PART: Duration = Duration::from_secs(8);
/// Logs of so many containers are shown.
const LOGS: usize = 3;
/// A task that is on its way for so long is worth a word.
const LONG: Duration = Duration::from_secs(120);

/// Reads what explains the end of `watched`.
pub(super) async fn collect(
    run: &Run<'_>,
    app: &AppRequest,
    plan: &Plan,
    followed: &Followed,
    watched: &Watched,
) -> Evidence {
    let look = Look { run, app, followed };
    let mut evidence = seen(watched);
    let (service, stopped, waiting) =
        tokio::join!(part(look.service()), part(look.stopped()), part(look.waiting(watched)),);
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
        evidence.logs.extend(allowed(&mut evidence.denied, "logs of the failed container", tail));
    }
    evidence.targets = allowed(&mut evidence.denied, "health checks of the load balancer", targets)
        .unwrap_or_default();
    evidence
}

/// What the watch itself has seen.
pub(super) fn seen(watched: &Watched) -> Evidence {
    let mut evidence = Evidence { tasks: watched.stopped.clone(), ..Evidence::default() };
    if let Some(last) = &watched.last {
        evidence.status_reason.clone_from(&last.reason);
        evidence.alarms.clone_from(&last.alarms);
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

struct Look<'a> {
    run: &'a Run<'a>,
    app: &'a AppRequest,
    followed: &'a Followed,
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
        tasks.retain(|task| task.started_by.as_deref() == Some(self.followed.id.as_str()));
        Ok(tasks)
    }

    async fn waiting(&self, watched: &Watched) -> Answer<Vec<Task>> {
        let took = watched.timeline.last().map_or(Duration::ZERO, |(at, _)| *at);
        let target = &self.app.target;
        let ecs = self.run.clients.ecs(&target.region);
        let arns = ecs.tasks_started_by(&target.cluster, &self.followed.id).await?;
        if arns.is_empty() || took < LONG {
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
        let addresses: HashSet<&String> =
            stopped.iter().chain(waiting).flat_map(|task| &task.addresses).collect();
        let mut targets = Vec::new();
        for group in target_groups {
            targets.extend(elb.target_health(group).await?);
        }
        // With instances as targets no address can be matched: all are shown.
        if targets.iter().any(|target| addresses.contains(&target.target)) {
            targets.retain(|target| addresses.contains(&target.target));
        }
        Ok(targets)
    }

    /// One tail for each container that failed, of the task that failed last.
    async fn logs(&self, plan: &Plan, stopped: &[Task]) -> Vec<Option<Answer<LogTail>>> {
        let lines = self.app.failure.log_lines;
        let Some(definition) = self.definition(plan, stopped).await else { return Vec::new() };
        let mut failed: Vec<(&Task, &TaskContainer)> = Vec::new();
        let mut newest_first: Vec<&Task> =
            stopped.iter().filter(|task| matches!(Death::of(task), Death::Failure(_))).collect();
        newest_first.sort_by_key(|task| std::cmp::Reverse(task.stopped_at));
        for task in newest_first {
            for container in &task.containers {
                let is_new = failed.iter().all(|(_, it)| it.name != container.name);
                if is_new && container.exit_code != Some(0) && failed.len() < LOGS {
                    failed.push((task, container));
                }
            }
        }
        let mut tails = Vec::new();
        for (task, container) in failed {
            tails.push(part(self.tail(&definition, task, container, lines)).await);
        }
        tails
    }

    /// What the deployment's tasks were started from.
    async fn definition(&self, plan: &Plan, stopped: &[Task]) -> Option<TaskDefinition> {
        let registered = plan.steps.iter().find_map(|step| match step {
            Step::Register(definition) => Some(definition.clone()),
            Step::Update { .. } => None,
        });
        if registered.is_some() {
            return registered;
        }
        let arn = stopped.iter().find_map(|task| task.definition.as_ref())?;
        let ecs = self.run.clients.ecs(&self.app.target.region);
        let raw = part(ecs.task_definition(arn.as_str())).await?.ok()?;
        TaskDefinition::from_describe(&raw).ok()
    }

    async fn tail(
        &self,
        definition: &TaskDefinition,
        task: &Task,
        container: &TaskContainer,
        lines: u32,
    ) -> Answer<LogTail> {
        let tail = |source, lines| LogTail {
            container: container.name.clone(),
            task: task.id.clone(),
            source,
            lines,
        };
        let elsewhere = |driver: &str, place: &str| LogSource::Elsewhere {
            driver: driver.to_owned(),
            place: place.to_owned(),
        };
        let (group, region, prefix) = match definition.logging(&container.name) {
            None => {
                return Ok(tail(
                    elsewhere("none", "nowhere: the container has no logConfiguration"),
                    Vec::new(),
                ));
            }
            Some(Logging::Other(driver)) => {
                let place = place_of(&driver);
                return Ok(tail(elsewhere(&driver, place), Vec::new()));
            }
            Some(Logging::AwsLogs { group, region, prefix }) => (group, region, prefix),
        };
        let stream = match prefix {
            Some(prefix) => format!("{prefix}/{}/{}", container.name, task.id),
            None => container.runtime_id.clone().unwrap_or_default(),
        };
        let own = &self.app.target.region;
        let region = region.and_then(|region| region.parse().ok()).unwrap_or_else(|| own.clone());
        let found = if lines == 0 {
            None
        } else {
            self.run.clients.logs(&region).tail(&group, &stream, lines).await?
        };
        Ok(tail(LogSource::CloudWatch { group, stream }, found.unwrap_or_default()))
    }
}

fn place_of(driver: &str) -> &'static str {
    match driver {
        "awsfirelens" => "wherever the task's log router (FireLens) sends it",
        "splunk" => "Splunk",
        "fluentd" => "the fluentd host of the container instance",
        "gelf" => "the GELF endpoint in its options",
        "syslog" => "the syslog of its options",
        "json-file" | "local" | "journald" => "the container instance",
        _ => "where that driver sends it",
    }
}
