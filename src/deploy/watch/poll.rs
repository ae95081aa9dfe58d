//! One cycle: every call it takes to look at all followed deployments once,
//! sent side by side.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::deployment::FollowedDeployment;
use super::healthy::{self, Running};
use crate::aws::{Answer, CallError, Clients, Services, TASKS};
use crate::codedeploy::{Deployment, EcsTarget};
use crate::ecs::{DeploymentId, LogTail, Service, ServiceDeployment, ServiceDeploymentArn, Task};
use crate::names::{ClusterName, Region, ServiceName};
use crate::read::log_tail;
use crate::request::Target;
use crate::task_definition::TaskDefinition;

/// `DescribeServices` takes so many names.
const SERVICES: usize = 10;
/// `DescribeServiceDeployments` takes so many ARNs.
const SERVICE_DEPLOYMENTS: usize = 20;
/// How long a look waits for what it can do without.
const ASIDE: Duration = Duration::from_secs(2);
/// So many log lines say what a process died of at its start.
const LINES: u32 = 5;
/// Ours is among the newest so many, however many others are started meanwhile.
const LISTED: i32 = 20;

enum Call {
    Services(Region, ClusterName, Vec<ServiceName>),
    Described(Region, Vec<ServiceDeploymentArn>),
    Listed(Target),
    CodeDeployState(Target, DeploymentId, bool),
    Stopped(Target),
    Tasks(Region, ClusterName, Vec<String>),
    Healthy(Target, DeploymentId, Vec<String>),
    LastWords(Target, DeploymentId, Arc<TaskDefinition>, Vec<Task>),
}

enum Reply {
    Services(Region, ClusterName, Vec<ServiceName>, Answer<Services>),
    Described(Vec<ServiceDeploymentArn>, Answer<Vec<ServiceDeployment>>),
    Listed(Target, Answer<Vec<ServiceDeployment>>),
    CodeDeployState(DeploymentId, Box<Answer<Deployment>>, Option<Answer<Option<EcsTarget>>>),
    Stopped(Target, Answer<Vec<String>>),
    Tasks(Vec<String>, Answer<Vec<Task>>),
    Healthy(DeploymentId, Running),
    LastWords(DeploymentId, Vec<LogTail>),
}

/// The answers of one cycle, by what was asked for.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) services: HashMap<Target, Answer<Option<Service>>>,
    pub(super) described: HashMap<ServiceDeploymentArn, Answer<Option<ServiceDeployment>>>,
    pub(super) listed: HashMap<Target, Answer<Vec<ServiceDeployment>>>,
    pub(super) codedeploy: HashMap<DeploymentId, Answer<Deployment>>,
    pub(super) targets: HashMap<DeploymentId, Answer<Option<EcsTarget>>>,
    pub(super) stopped: HashMap<Target, Answer<Vec<String>>>,
    pub(super) tasks: HashMap<String, Answer<Option<Task>>>,
    pub(super) running: HashMap<DeploymentId, Running>,
    pub(super) last_words: HashMap<DeploymentId, Vec<LogTail>>,
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
    while let Some(Ok(brought)) = running.join_next().await {
        match brought {
            Reply::Services(region, cluster, names, answer) => {
                for service in names {
                    let found = match &answer {
                        Ok(all) => all.find(&service),
                        Err(error) => Err(error.clone()),
                    };
                    let target =
                        Target { region: region.clone(), cluster: cluster.clone(), service };
                    answers.services.insert(target, found);
                }
            }
            Reply::Described(arns, answer) => {
                for arn in arns {
                    let found = answer.clone().map(|all| all.into_iter().find(|it| it.arn == arn));
                    answers.described.insert(arn, found);
                }
            }
            Reply::Listed(target, answer) => {
                answers.listed.insert(target, answer);
            }
            Reply::CodeDeployState(id, deployment, target) => {
                answers.targets.extend(target.map(|target| (id.clone(), target)));
                answers.codedeploy.insert(id, *deployment);
            }
            Reply::Stopped(target, answer) => {
                answers.stopped.insert(target, answer);
            }
            Reply::Healthy(deployment, running) => {
                answers.running.insert(deployment, running);
            }
            Reply::LastWords(deployment, tails) => {
                answers.last_words.insert(deployment, tails);
            }
            Reply::Tasks(arns, answer) => {
                for arn in arns {
                    let found = answer.clone().map(|all| all.into_iter().find(|it| it.arn == arn));
                    answers.tasks.insert(arn, found);
                }
            }
        }
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
                .extend(followed_deployment.unknown_tasks(arns));
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
        let last_words = followed_deployment.take_unheard();
        let target = followed_deployment.target();
        if let Some((definition, tasks)) = last_words {
            let deployment = followed_deployment.started_by().clone();
            calls.push(Call::LastWords(target.clone(), deployment, definition, tasks));
        }
        let names = services.entry(followed_deployment.cluster()).or_default();
        if !names.contains(&target.service) {
            names.push(target.service.clone());
        }
        if let Some(arn) = followed_deployment.service_deployment() {
            described.entry(target.region.clone()).or_default().push(arn.clone());
        }
        calls.extend(followed_deployment.codedeploy().into_iter().map(|id| {
            Call::CodeDeployState(target.clone(), id, followed_deployment.reads_steps())
        }));
        if followed_deployment.is_looking() {
            calls.push(Call::Listed(target.clone()));
        }
        if followed_deployment.counts_tasks() {
            calls.push(Call::Stopped(target.clone()));
        }
        if let Some(target_groups) = followed_deployment.asks_for_health() {
            calls.push(Call::Healthy(
                target.clone(),
                followed_deployment.started_by().clone(),
                target_groups,
            ));
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
        Call::CodeDeployState(target, id, reads_steps) => {
            let codedeploy = clients.codedeploy(&target.region);
            let (deployment, steps) = tokio::join!(codedeploy.deployment(&id), async {
                let steps =
                    aside("codedeploy:GetDeploymentTarget", codedeploy.target(&id, &target));
                if reads_steps { Some(steps.await) } else { None }
            });
            Reply::CodeDeployState(id, Box::new(deployment), steps)
        }
        Call::Stopped(target) => {
            let ecs = clients.ecs(&target.region);
            let answer = aside("ecs:ListTasks", ecs.stopped_tasks(&target)).await;
            Reply::Stopped(target, answer)
        }
        Call::Healthy(target, deployment, target_groups) => {
            let look = healthy::look(clients, &target, &deployment, &target_groups);
            let running = timeout(ASIDE, look).await.unwrap_or_default();
            Reply::Healthy(deployment, running)
        }
        Call::LastWords(target, deployment, definition, tasks) => {
            let failed = tasks.iter().flat_map(|task| {
                let failed = task.containers.iter().filter(|it| it.exit_code != Some(0));
                failed.map(move |container| (task, container))
            });
            // Each for itself: one that is slow or may not be read takes no other away.
            let tails = join_all(failed.map(|of| {
                timeout(ASIDE, log_tail(clients, &target.region, &definition, of, LINES))
            }));
            let tails = tails.await.into_iter().flatten().flatten().collect();
            Reply::LastWords(deployment, tails)
        }
        Call::Tasks(region, cluster, arns) => {
            let ecs = clients.ecs(&region);
            let answer = aside("ecs:DescribeTasks", ecs.tasks(&cluster, &arns)).await;
            Reply::Tasks(arns, answer)
        }
    }
}

/// A call that the verdict can do without; the next cycle sends it again.
async fn aside<T>(action: &'static str, call: impl Future<Output = Answer<T>>) -> Answer<T> {
    timeout(ASIDE, call).await.unwrap_or_else(|_elapsed| Err(CallError::unanswered(action)))
}
