//! A task that no service starts.

use aws_sdk_ecs::operation::run_task::RunTaskError;
use aws_sdk_ecs::types;

use super::call::{Answer, send};
use super::ecs::Ecs;
use super::error::CallError;
use super::placement::placed;
use super::translate;
use super::write::OnlyWhenThrottled;
use crate::ecs::{Placement, Task, TaskDefinitionArn};
use crate::names::ClusterName;

/// One `RunTask`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RunTask<'a> {
    pub(crate) cluster: &'a ClusterName,
    pub(crate) definition: &'a TaskDefinitionArn,
    pub(crate) placement: &'a Placement,
    pub(crate) container: &'a str,
    /// What that container runs, an argument each.
    pub(crate) command: &'a [String],
    /// At most 128 letters, digits, `-`, `_` and `/`.
    pub(crate) started_by: &'a str,
    /// At most 64 characters. With the same one ECS starts nothing twice.
    pub(crate) token: &'a str,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Placed {
    Started(Box<Task>),
    /// There was no room for it, and why.
    No(String),
}

impl Ecs {
    /// Starts a task, once.
    pub(crate) async fn run_task(&self, run: RunTask<'_>) -> Answer<Placed> {
        const ACTION: &str = "ecs:RunTask";
        let command = types::ContainerOverride::builder()
            .name(run.container)
            .set_command(Some(run.command.to_vec()))
            .build();
        let call = self
            .client
            .run_task()
            .cluster(run.cluster.as_str())
            .task_definition(run.definition.as_str())
            .count(1)
            .started_by(run.started_by)
            .client_token(run.token)
            .overrides(types::TaskOverride::builder().container_overrides(command).build());
        let call = placed(call, run.placement)
            .customize()
            .config_override(
                aws_sdk_ecs::config::Builder::new()
                    .retry_classifier(OnlyWhenThrottled::<RunTaskError>::new()),
            )
            .send();
        let answer = send(ACTION, call).await?;
        if let Some(task) = answer.tasks().first() {
            return Ok(Placed::Started(Box::new(translate::task(task))));
        }
        let failure = answer.failures().first();
        let failure = failure.ok_or_else(|| CallError::without(ACTION, "the task"))?;
        let reason = failure.reason().unwrap_or("no reason given");
        Ok(Placed::No(match failure.detail() {
            Some(detail) => format!("{reason} ({detail})"),
            None => reason.to_owned(),
        }))
    }

    /// The ARNs of the tasks that this has started and that are to run.
    pub(crate) async fn running_of(
        &self,
        cluster: &ClusterName,
        started_by: &str,
    ) -> Answer<Vec<String>> {
        // ECS takes no other filter beside this one.
        let list = self.client.list_tasks().cluster(cluster.as_str());
        self.listed_tasks(list.started_by(started_by)).await
    }
}
