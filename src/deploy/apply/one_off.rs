//! The task that runs once before the service is touched: started at most once, followed to
//! its end with its log, and never stopped by us, because nobody knows what half of it has done.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::journal::{Journal, OneOffEnd, Write};
use super::outage::{look, patiently};
use super::patience::Patience;
use super::settle::{BETWEEN, LOOKS};
use super::stop::{FailedTask, Stop};
use crate::aws::{CallError, Cause, Clients, Ecs, Placed, RunTask};
use crate::ecs::{Task, TaskDefinitionArn, TaskStatus};
use crate::plan::{OneOffStep, Plan};
use crate::problem::Problem;
use crate::read::FollowedLog;
use crate::request::Target;

/// Between two looks at the task.
const EVERY: Duration = Duration::from_millis(1500);
/// So long the end of a log is waited for: CloudWatch Logs shows lines a moment later.
const LAST_LINES: Duration = Duration::from_secs(3);
/// `startedBy` takes so many characters.
const LONGEST: usize = 128;

/// What ECS lists the tasks of this service by.
fn started_by(target: &Target) -> String {
    let mut name = format!("ecs-release/{}", target.service);
    // A service's name may have twice as many; one that is cut may stop at another's.
    name.truncate(LONGEST);
    name
}

/// How a person watches or stops a task that goes on.
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
                    "Wait for its end and run this step again. {}",
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
        let Self { ecs, plan, step, journal, patience, .. } = *self;
        let begun = Instant::now();
        let beside = refuse_beside_another(ecs, &plan.target, patience.deadline);
        beside.await.map_err(Stop::Refused)?;
        if patience.shutdown.is_requested() {
            return Err(Stop::Cancelled);
        }
        let arn = self.start(definition).await?;
        patience.reporter.line(&format!("started the one-off task {arn}"));
        let deadline = begun + step.task.timeout;
        let task = tokio::select! {
            task = self.follow(&arn) => task?,
            () = tokio::time::sleep_until(deadline) => {
                let within = humantime::format_duration(step.task.timeout);
                return Err(Stop::TimedOut(Problem::new(format!(
                    "the one-off task did not end within {within} and goes on: {arn}; the service was not touched"
                ))
                .hint(by_hand(&plan.target, &arn))));
            }
            () = patience.shutdown.requested() => return Err(Stop::Cancelled),
        };
        let took = begun.elapsed();
        let exit_code = exit_code(&task, &step.container);
        journal.note(|it| it.one_off_ended = Some(OneOffEnd { exit_code, took }));
        match exit_code {
            Some(0) => {
                patience.reporter.line("the one-off task ended well");
                Ok(took)
            }
            _ => {
                let how = how_it_failed(&task, &step.container);
                let problem = Problem::new(format!("the one-off task failed: {how}"));
                Err(Stop::OneOffFailed(Box::new(FailedTask { task, problem, left: None })))
            }
        }
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
        let arn = match patience.send(async || ecs.run_task(run).await).await {
            Ok(Placed::Started(task)) => task.arn,
            Ok(Placed::No(reason)) => {
                undone();
                return Err(Stop::Failed(
                    Problem::new(format!("ECS found no place for {what}: {reason}"))
                        .hint("The service was not touched. Make room in the cluster, or run the step again."),
                ));
            }
            Err(error) if error.cause == Cause::Unclear => {
                self.started_after_all(&started_by, &what, &error).await?
            }
            Err(error) => {
                undone();
                return Err(patience.stop(&error, error.problem(&what)));
            }
        };
        journal.note(|it| it.one_off = Write::Done(arn.clone()));
        Ok(arn)
    }

    /// None ran before, so one that runs now is the one that was asked for.
    async fn started_after_all(
        &self,
        started_by: &str,
        what: &str,
        error: &CallError,
    ) -> Result<String, Stop> {
        let Self { ecs, plan, patience, .. } = *self;
        let line = format!("RunTask got no clear answer ({error}); looking whether it happened");
        patience.reporter.line(&line);
        let read = || ecs.running_of(&plan.target.cluster, started_by);
        let found = async || {
            let running = patiently("ecs:ListTasks", patience.deadline, read).await?;
            Ok(running.first().cloned())
        };
        let why = match look(LOOKS, BETWEEN, found).await {
            Ok(Some(arn)) => return Ok(arn),
            Ok(None) => "no such task is seen".to_owned(),
            Err(unreadable) => format!("that could not be read ({unreadable})"),
        };
        Err(Stop::Unknown(
            Problem::new(format!("whether {what} was started is not known: {}; {why}", error.message))
                .hint(format!(
                    "The service was not touched. Look for a task that was started by `{started_by}` in the ECS console before you run the step again."
                )),
        ))
    }

    /// Follows it until its container has stopped, and says what it logs.
    async fn follow(&self, arn: &str) -> Result<Task, Stop> {
        let Self { clients, ecs, plan, step, patience, .. } = *self;
        let Target { region, cluster, .. } = &plan.target;
        let arns = [arn.to_owned()];
        let read = || ecs.tasks(cluster, &arns);
        let definition = &plan.revision.definition;
        let mut log = FollowedLog::new(clients, region, definition, &step.container);
        let mut last = String::new();
        loop {
            let answer = patiently("ecs:DescribeTasks", Instant::now() + step.task.timeout, read);
            let task = answer.await.map(|tasks| tasks.into_iter().next()).and_then(|task| {
                task.ok_or_else(|| CallError::without("ecs:DescribeTasks", "the task"))
            });
            let task = task.map_err(|error| cannot_be_followed(&plan.target, arn, &error))?;
            let status = task.last_status.as_ref().map(ToString::to_string).unwrap_or_default();
            if status != last {
                patience.reporter.line(&format!("one-off task: {status}"));
                last = status;
            }
            log.say(&task, patience.reporter).await;
            if task.last_status == Some(TaskStatus::Stopped) {
                let until = Instant::now() + LAST_LINES;
                while Instant::now() < until && !log.is_over() {
                    sleep(Duration::from_secs(1)).await;
                    log.say(&task, patience.reporter).await;
                }
                return Ok(task);
            }
            sleep(EVERY).await;
        }
    }
}

fn cannot_be_followed(target: &Target, arn: &str, error: &CallError) -> Stop {
    Stop::Unknown(
        Problem::new(format!(
            "the one-off task {arn} was started, and how it ends is not known: {error}; the service was not touched"
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
