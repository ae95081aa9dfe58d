//! The calls of a cycle, and how each is sent.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use super::answers::Reply;
use super::healthy;
use crate::aws::{Answer, CallError, Clients};
use crate::ecs::{CodeDeployId, DeploymentId, LogTail, ServiceDeploymentArn, Task, TaskSetId};
use crate::names::{ClusterName, Region, ServiceName};
use crate::read::log_tail;
use crate::request::Target;
use crate::task_definition::TaskDefinition;

/// How long a look waits for what it can do without.
const OPTIONAL_WITHIN: Duration = Duration::from_secs(2);
/// So many log lines say what a process died of at its start.
const LINES: u32 = 5;
/// Ours is among the newest so many, however many others are started meanwhile.
const LISTED: i32 = 20;

#[derive(Debug)]
pub(super) enum Call {
    Services(Region, ClusterName, Vec<ServiceName>),
    Described(Region, Vec<ServiceDeploymentArn>),
    Listed(Target),
    CodeDeploy(Target, CodeDeployId),
    /// The steps of a deployment by CodeDeploy.
    Steps(Target, CodeDeployId),
    Stopped(Target),
    Tasks(Region, ClusterName, Vec<String>),
    /// How the tasks and the targets of these groups are.
    Healthy(Target, DeploymentId, Option<TaskSetId>, Vec<String>),
    LastWords(Target, DeploymentId, Arc<TaskDefinition>, Vec<Task>),
}

pub(super) async fn send(clients: &Clients, call: Call) -> Reply {
    match call {
        Call::Services(region, cluster, names) => {
            let answer = clients.ecs(&region).services(&cluster, &names).await;
            Reply::Services(region, cluster, names, answer)
        }
        Call::Described(region, arns) => {
            let answer = clients.ecs(&region).service_deployments(&arns).await;
            Reply::Described(arns, answer)
        }
        Call::Listed(target) => {
            let ecs = clients.ecs(&target.region);
            let answer = ecs.list_service_deployments(&target, LISTED, None).await;
            Reply::Listed(target, answer.map(|(newest, _)| newest))
        }
        Call::CodeDeploy(target, id) => {
            let answer = clients.codedeploy(&target.region).deployment(&id).await;
            Reply::CodeDeploy(id, Box::new(answer))
        }
        Call::Steps(target, id) => {
            let codedeploy = clients.codedeploy(&target.region);
            let steps = codedeploy.target(&id, &target);
            let answer = in_time("codedeploy:GetDeploymentTarget", steps).await;
            Reply::Steps(id, answer)
        }
        Call::Stopped(target) => {
            let ecs = clients.ecs(&target.region);
            let answer = in_time("ecs:ListTasks", ecs.stopped_tasks(&target)).await;
            Reply::Stopped(target, answer)
        }
        Call::Healthy(target, deployment, started_by, target_groups) => {
            let look = healthy::look(clients, &target, started_by.as_ref(), &target_groups);
            let running = timeout(OPTIONAL_WITHIN, look).await.unwrap_or_default();
            Reply::Healthy(deployment, running)
        }
        Call::LastWords(target, deployment, definition, tasks) => {
            let tails = last_words(clients, &target.region, &definition, &tasks).await;
            Reply::LastWords(deployment, tails)
        }
        Call::Tasks(region, cluster, arns) => {
            let ecs = clients.ecs(&region);
            let answer = in_time("ecs:DescribeTasks", ecs.tasks(&cluster, &arns)).await;
            Reply::Tasks(arns, answer)
        }
    }
}

/// Each for itself: one that is slow or may not be read takes no other away.
async fn last_words(
    clients: &Clients,
    region: &Region,
    definition: &TaskDefinition,
    tasks: &[Task],
) -> Vec<LogTail> {
    let failed = tasks.iter().flat_map(|task| {
        let failed = task.containers.iter().filter(|it| it.exit_code != Some(0));
        failed.map(move |container| (task, container))
    });
    let tails =
        failed.map(|of| timeout(OPTIONAL_WITHIN, log_tail(clients, region, definition, of, LINES)));
    join_all(tails).await.into_iter().flatten().flatten().collect()
}

/// A call that the verdict can do without, and does not wait for long; the next whole look
/// sends it again.
async fn in_time<T>(action: &'static str, call: impl Future<Output = Answer<T>>) -> Answer<T> {
    timeout(OPTIONAL_WITHIN, call)
        .await
        .unwrap_or_else(|_elapsed| Err(CallError::unanswered(action)))
}
