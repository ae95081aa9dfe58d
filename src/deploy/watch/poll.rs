//! One cycle: every call it takes to look at all followed deployments once,
//! sent side by side.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::answers::{Answers, Reply};
use super::deployment::FollowedDeployment;
use super::healthy;
use crate::aws::{Answer, CallError, Clients, TASKS};
use crate::ecs::{CodeDeployId, DeploymentId, LogTail, ServiceDeploymentArn, Task, TaskSetId};
use crate::names::{ClusterName, Region, ServiceName};
use crate::read::log_tail;
use crate::request::Target;
use crate::task_definition::TaskDefinition;

/// `DescribeServices` takes so many names.
const SERVICES: usize = 10;
/// `DescribeServiceDeployments` takes so many ARNs.
const SERVICE_DEPLOYMENTS: usize = 20;
/// How long a look waits for what it can do without.
const OPTIONAL_WITHIN: Duration = Duration::from_secs(2);
/// So many log lines say what a process died of at its start.
const LINES: u32 = 5;
/// Ours is among the newest so many, however many others are started meanwhile.
const LISTED: i32 = 20;

enum Call {
    Services(Region, ClusterName, Vec<ServiceName>),
    Described(Region, Vec<ServiceDeploymentArn>),
    Listed(Target),
    /// A deployment by CodeDeploy, and its steps if they may be read.
    CodeDeploy(Target, CodeDeployId, bool),
    Stopped(Target),
    Tasks(Region, ClusterName, Vec<String>),
    /// How the tasks and the targets of these groups are.
    Healthy(Target, DeploymentId, Option<TaskSetId>, Vec<String>),
    LastWords(Target, DeploymentId, Arc<TaskDefinition>, Vec<Task>),
}

/// Looks at all of them once; `true` where AWS throttled.
pub(super) async fn run(clients: &Clients, followees: &mut [FollowedDeployment]) -> bool {
    let mut answers = Answers::default();
    ask(clients, calls_for(followees), &mut answers).await;
    // Only stopped tasks that were not looked at before cost a call more.
    let tasks = calls_for_tasks(followees, &answers.stopped);
    ask(clients, tasks, &mut answers).await;
    let mut throttled = false;
    for followed_deployment in followees {
        throttled |= followed_deployment.take_in(&mut answers);
    }
    throttled
}

/// Sends all calls side by side and sorts in what they bring.
async fn ask(clients: &Clients, calls: Vec<Call>, answers: &mut Answers) {
    let mut running = JoinSet::new();
    for call in calls {
        let clients = clients.clone();
        running.spawn(async move { send(&clients, call).await });
    }
    while let Some(Ok(reply)) = running.join_next().await {
        answers.take(reply);
    }
}

fn calls_for_tasks(
    followees: &[FollowedDeployment],
    stopped: &HashMap<Target, Answer<Vec<String>>>,
) -> Vec<Call> {
    let mut wanted: HashMap<(Region, ClusterName), HashSet<String>> = HashMap::new();
    for followed_deployment in followees {
        if let Some(Ok(arns)) = stopped.get(followed_deployment.target()) {
            wanted
                .entry(followed_deployment.cluster())
                .or_default()
                .extend(followed_deployment.tasks().unknown(arns));
        }
    }
    let mut calls = Vec::new();
    for ((region, cluster), arns) in wanted {
        let arns: Vec<String> = arns.into_iter().collect();
        calls.extend(
            arns.chunks(TASKS)
                .map(|some| Call::Tasks(region.clone(), cluster.clone(), some.to_vec())),
        );
    }
    calls
}

fn calls_for(followees: &mut [FollowedDeployment]) -> Vec<Call> {
    let mut services: HashMap<(Region, ClusterName), Vec<ServiceName>> = HashMap::new();
    let mut described: HashMap<Region, Vec<ServiceDeploymentArn>> = HashMap::new();
    let mut calls = Vec::new();
    for followed_deployment in followees {
        calls.extend(calls_for_one(followed_deployment));
        let target = followed_deployment.target();
        let names = services.entry(followed_deployment.cluster()).or_default();
        if !names.contains(&target.service) {
            names.push(target.service.clone());
        }
        if let Some(arn) = followed_deployment.service_deployment() {
            described.entry(target.region.clone()).or_default().push(arn.clone());
        }
    }
    for ((region, cluster), names) in services {
        calls.extend(
            names
                .chunks(SERVICES)
                .map(|some| Call::Services(region.clone(), cluster.clone(), some.to_vec())),
        );
    }
    for (region, arns) in described {
        calls.extend(
            arns.chunks(SERVICE_DEPLOYMENTS)
                .map(|some| Call::Described(region.clone(), some.to_vec())),
        );
    }
    calls
}

/// The calls that no other deployment has a part in.
fn calls_for_one(followed_deployment: &mut FollowedDeployment) -> Vec<Call> {
    let mut calls = Vec::new();
    let last_words = followed_deployment.tasks_mut().take_unheard();
    let (target, id) = (followed_deployment.target(), followed_deployment.id());
    if let Some((definition, tasks)) = last_words {
        calls.push(Call::LastWords(target.clone(), id.clone(), definition, tasks));
    }
    let (ids, reads_steps) = followed_deployment.codedeploy();
    calls.extend(ids.into_iter().map(|id| Call::CodeDeploy(target.clone(), id, reads_steps)));
    if followed_deployment.is_looking() {
        calls.push(Call::Listed(target.clone()));
    }
    let tasks = followed_deployment.tasks();
    if tasks.are_counted() {
        calls.push(Call::Stopped(target.clone()));
    }
    if let Some(target_groups) = tasks.asks_for_health() {
        let started_by = tasks.started_by().cloned();
        calls.push(Call::Healthy(target.clone(), id.clone(), started_by, target_groups));
    }
    calls
}

async fn send(clients: &Clients, call: Call) -> Reply {
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
        Call::CodeDeploy(target, id, reads_steps) => {
            let codedeploy = clients.codedeploy(&target.region);
            let (deployment, steps) = tokio::join!(codedeploy.deployment(&id), async {
                let steps = once("codedeploy:GetDeploymentTarget", codedeploy.target(&id, &target));
                if reads_steps { Some(steps.await) } else { None }
            });
            Reply::CodeDeploy(id, Box::new(deployment), steps)
        }
        Call::Stopped(target) => {
            let ecs = clients.ecs(&target.region);
            let answer = once("ecs:ListTasks", ecs.stopped_tasks(&target)).await;
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
            let answer = once("ecs:DescribeTasks", ecs.tasks(&cluster, &arns)).await;
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

/// A call that the verdict can do without; the next cycle sends it again.
async fn once<T>(action: &'static str, call: impl Future<Output = Answer<T>>) -> Answer<T> {
    timeout(OPTIONAL_WITHIN, call)
        .await
        .unwrap_or_else(|_elapsed| Err(CallError::unanswered(action)))
}
