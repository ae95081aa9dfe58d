//! The task that runs once before the service is touched: started at most once, followed to
//! its end with its log, and never stopped by us, because nobody knows what half of it has done.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::journal::{Journal, OneOffEnd, Write};
use super::outage::{look, patiently};
use super::patience::Patience;
use super::settle::{BETWEEN, LOOKS};
use super::stop::{FailedTask, Stop};
use crate::aws::{Answer, CallError, Cause, Clients, Ecs, Placed, RunTask};
use crate::ecs::{Task, TaskDefinitionArn, TaskStatus};
use crate::plan::{OneOffStep, Plan};
use crate::problem::Problem;
use crate::read::FollowedLog;
use crate::request::Target;

/// Between two looks at the task.
const EVERY: Duration = Duration::from_millis(1500);
/// So long one page of a log is waited for; the last one a second after the end, because
/// CloudWatch Logs shows lines a moment later.
const LAST_LINES: Duration = Duration::from_secs(3);
/// A task is stopped so soon after its container has failed, or is not waited for.
const STOPS_WITHIN: Duration = Duration::from_secs(60);
/// A task that was started is shown to readers after so long at the latest.
const SHOWN_WITHIN: Duration = Duration::from_secs(60);
/// `startedBy` takes so many characters.
const LONGEST: usize = 128;

/// What ECS lists the tasks of this service by.
fn started_by(target: &Target) -> String {
    let mut name = format!("ecs-release/{}", target.service);
    // A service's name may have twice as many; one that is cut may stop at another's.
    name.truncate(LONGEST);
    name
}

/// How a person watches or stops a task that is still running.
pub(crate) fn by_hand(target: &Target, task: &str) -> String {
    let Target { region, cluster, .. } = target;
    let of = format!("--region {region} --cluster {cluster}");
    format!(
        "To watch it: `aws ecs describe-tasks {of} --tasks {task}`. To stop it: `aws ecs stop-task {of} --task {task}`."
    )
}

/// Refuses where an earlier one-off task of the service still runs: two migrations at once
/// are what nobody wants.
///
/// # Errors
/// The task, or why it is not known, whether there is one.
pub(crate) async fn refuse_beside_another(
    ecs: &Ecs,
    target: &Target,
    deadline: Instant,
) -> Result<(), Problem> {
    let started_by = started_by(target);
    let read = || ecs.running_of(&target.cluster, &started_by);
    let running = patiently("ecs:ListTasks", deadline, read).await;
    match running.map_err(|error| error.problem("earlier one-off tasks of the service"))?.first() {
        None => Ok(()),
        Some(task) => {
            Err(Problem::new(format!("an earlier one-off task of the service still runs: {task}"))
                .hint(format!(
                    "Wait for it to finish, then run this step again. {}",
                    by_hand(target, task)
                )))
        }
    }
}

/// What it takes to run one.
pub(super) struct OneOff<'a> {
    pub(super) clients: &'a Clients,
    pub(super) ecs: &'a Ecs,
    pub(super) plan: &'a Plan,
    pub(super) step: &'a OneOffStep,
    pub(super) journal: &'a Journal,
    pub(super) patience: &'a Patience<'a>,
}

impl OneOff<'_> {
    /// Runs the task to its end, and gives how long that took.
    pub(super) async fn run(&self, definition: &TaskDefinitionArn) -> Result<Duration, Stop> {
        let Self { ecs, plan, step, patience, .. } = *self;
        let begun = Instant::now();
        let beside = refuse_beside_another(ecs, &plan.target, patience.deadline);
        beside.await.map_err(Stop::Refused)?;
        if patience.shutdown.is_requested() {
            return Err(Stop::Cancelled);
        }
        let arn = self.start(definition).await?;
        patience.reporter.line(&format!("started the one-off task {arn}"));
        let task = tokio::select! {
            biased;
            () = patience.shutdown.requested() => return Err(Stop::Cancelled),
            task = self.follow(&arn) => task?,
        };
        if exit_code(&task, &step.container) == Some(0) {
            patience.reporter.line("the one-off task succeeded");
            return Ok(begun.elapsed());
        }
        let how = how_it_failed(&task, &step.container);
        let problem = Problem::new(format!("the one-off task failed: {how}"));
        Err(Stop::OneOffFailed(Box::new(FailedTask { task, problem, left: None })))
    }

    /// Starts it, and gives its ARN.
    async fn start(&self, definition: &TaskDefinitionArn) -> Result<String, Stop> {
        let Self { ecs, plan, step, journal, patience, .. } = *self;
        let target = &plan.target;
        let (started_by, token) = (started_by(target), format!("{:032x}", fastrand::u128(..)));
        let run = RunTask {
            cluster: &target.cluster,
            definition,
            placement: &plan.service.placement,
            container: &step.container,
            command: &step.task.command,
            started_by: &started_by,
            token: &token,
        };
        let what = format!("the one-off task of {}", definition.short());
        journal.note(|it| it.one_off = Write::Sent);
        let undone = || journal.note(|it| it.one_off = Write::Undone);
        let is_first = Cell::new(true);
        // Behind a wait for AWS's rate somebody else's may have begun.
        let send = async || {
            if !is_first.replace(false)
                && let Some(other) = ecs.running_of(run.cluster, run.started_by).await?.first()
            {
                return Err(CallError::refused(
                    "ecs:RunTask",
                    format!("an earlier one-off task of the service still runs: {other}"),
                ));
            }
            ecs.run_task(run).await
        };
        let arn = match patience.send(send).await {
            Ok(Placed::Started(task)) => task.arn,
            Ok(Placed::No(reason)) => {
                undone();
                return Err(Stop::Failed(
                    Problem::new(format!("ECS could not place {what}: {reason}"))
                        .hint("The service was not touched. Add capacity to the cluster, or run the step again."),
                ));
            }
            Err(error) if error.cause == Cause::Unclear => {
                self.started_after_all(run, &what, &error).await?
            }
            Err(error) => {
                undone();
                return Err(patience.stop(&error, error.problem(&what)));
            }
        };
        journal.note(|it| it.one_off = Write::Done(arn.clone()));
        Ok(arn)
    }

    /// Looks for the task of this very definition; where none is seen it is asked for once more
    /// with the same token, for which ECS starts nothing twice.
    async fn started_after_all(
        &self,
        run: RunTask<'_>,
        what: &str,
        error: &CallError,
    ) -> Result<String, Stop> {
        let Self { ecs, patience, .. } = *self;
        let line = format!("RunTask got no clear answer ({error}); checking whether it happened");
        patience.reporter.line(&line);
        let found = async || {
            let read = || self.own_task(run);
            patiently("ecs:ListTasks", patience.deadline, read).await
        };
        let why = match look(LOOKS, BETWEEN, found).await {
            Ok(Some(arn)) => return Ok(arn),
            Ok(None) => match ecs.run_task(run).await {
                Ok(Placed::Started(task)) => return Ok(task.arn),
                Ok(Placed::No(reason)) => format!("ECS could not place it: {reason}"),
                Err(again) => format!("no such task was found, and a second attempt got: {again}"),
            },
            Err(unreadable) => format!("that could not be read ({unreadable})"),
        };
        Err(Stop::Unknown(
            Problem::new(format!("it is not known whether {what} was started: {}; {why}", error.message))
                .hint(format!(
                    "The service was not touched. Look for a task that was started by `{}` in the ECS console before you run the step again.",
                    run.started_by
                )),
        ))
    }

    /// Of the tasks that run for the service the one of this run's definition.
    async fn own_task(&self, run: RunTask<'_>) -> Answer<Option<String>> {
        let arns = self.ecs.running_of(run.cluster, run.started_by).await?;
        if arns.is_empty() {
            return Ok(None);
        }
        let tasks = self.ecs.tasks(run.cluster, &arns).await?;
        let own = tasks.into_iter().find(|it| it.definition.as_ref() == Some(run.definition));
        Ok(own.map(|task| task.arn))
    }

    /// Follows it until its container has ended, and says what it logs. Of one that failed the
    /// task itself is waited for, too, because ECS then says why.
    async fn follow(&self, arn: &str) -> Result<Task, Stop> {
        let Self { clients, plan, step, journal, patience, .. } = *self;
        let begun = Instant::now();
        let definition = &plan.revision.definition;
        let mut log = FollowedLog::new(clients, &plan.target.region, definition, &step.container);
        let mut deadline = begun + step.task.timeout;
        let mut status = String::new();
        loop {
            let task = self.look(arn, begun, deadline).await?;
            let now = task.last_status.as_ref().map(ToString::to_string).unwrap_or_default();
            if now != status {
                patience.reporter.line(&format!("one-off task: {now}"));
                status = now;
            }
            let is_over = task.last_status == Some(TaskStatus::Stopped);
            let exit_code = exit_code(&task, &step.container);
            if (is_over || exit_code.is_some()) && journal.entries().one_off_ended.is_none() {
                let end = OneOffEnd { exit_code, took: begun.elapsed() };
                journal.note(|it| it.one_off_ended = Some(end));
                deadline = Instant::now() + STOPS_WITHIN;
            }
            let _late = timeout(LAST_LINES, log.say(&task, patience.reporter)).await;
            if is_over || exit_code == Some(0) {
                sleep(BETWEEN).await;
                let _late = timeout(LAST_LINES, log.say(&task, patience.reporter)).await;
                return Ok(task);
            }
            if Instant::now() >= deadline {
                return match exit_code {
                    Some(_) => Ok(task),
                    None => Err(self.too_late(arn)),
                };
            }
            sleep(EVERY).await;
        }
    }

    /// The task as it is now. ECS may show a new one a moment late.
    async fn look(&self, arn: &str, begun: Instant, deadline: Instant) -> Result<Task, Stop> {
        let Self { ecs, plan, .. } = *self;
        let (cluster, arns) = (&plan.target.cluster, [arn.to_owned()]);
        let read = || ecs.tasks(cluster, &arns);
        loop {
            let answer = patiently("ecs:DescribeTasks", deadline, read).await;
            let error = match answer.map(|tasks| tasks.into_iter().next()) {
                Ok(Some(task)) => return Ok(task),
                Ok(None) if begun.elapsed() < SHOWN_WITHIN => {
                    sleep(EVERY).await;
                    continue;
                }
                Ok(None) => CallError::without("ecs:DescribeTasks", "the task"),
                Err(_) if Instant::now() >= deadline => return Err(self.too_late(arn)),
                Err(error) => error,
            };
            return Err(cannot_be_followed(&plan.target, arn, &error));
        }
    }

    fn too_late(&self, arn: &str) -> Stop {
        let Self { plan, step, .. } = *self;
        let within = humantime::format_duration(step.task.timeout);
        Stop::TimedOut(
            Problem::new(format!(
                "the one-off task did not end within {within} and is still running: {arn}; the service was not touched"
            ))
            .hint(by_hand(&plan.target, arn)),
        )
    }
}

fn cannot_be_followed(target: &Target, arn: &str, error: &CallError) -> Stop {
    Stop::Unknown(
        Problem::new(format!(
            "the one-off task {arn} was started, but how it ends is not known: {error}; the service was not touched"
        ))
        .hint(by_hand(target, arn)),
    )
}

fn exit_code(task: &Task, container: &str) -> Option<i32> {
    task.containers.iter().find(|it| it.name == container)?.exit_code
}

/// In words, for where nothing else shows it.
fn how_it_failed(task: &Task, container: &str) -> String {
    let reason = task.containers.iter().find(|it| it.name == container);
    let reason = reason.and_then(|it| it.reason.clone()).or(task.stopped_reason.clone());
    let reason = reason.map(|it| format!(" ({it})")).unwrap_or_default();
    match exit_code(task, container) {
        Some(code) => format!("container {container} exited with code {code}"),
        None => format!("container {container} has no exit code{reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_with_a_long_name_has_a_mark_that_ecs_takes() {
        let target = |service: &str| Target {
            region: "eu-central-1".parse().expect("a Region"),
            cluster: "prod".parse().expect("a cluster"),
            service: service.parse().expect("a service"),
        };
        assert_eq!(started_by(&target("web1")), "ecs-release/web1");
        assert_eq!(started_by(&target(&"x".repeat(255))).len(), 128);
    }
}
