//! One cycle: one look at each deployment that is followed.
//!
//! A quick look takes the one call that tells whether anything has changed. Only if it
//! has, or if the last whole look is too long ago, the others are made as well. All calls
//! that need no answer of another are sent side by side.

use std::collections::{HashMap, HashSet};

use tokio::task::JoinSet;

use super::answers::Answers;
use super::call::{Call, send};
use super::deployment::FollowedDeployment;
use crate::aws::{Clients, TASKS};
use crate::ecs::ServiceDeploymentArn;
use crate::names::{ClusterName, Region, ServiceName};

/// `DescribeServices` takes so many names.
const SERVICES: usize = 10;
/// `DescribeServiceDeployments` takes so many ARNs.
const SERVICE_DEPLOYMENTS: usize = 20;

/// Looks at all of them once; `true` where AWS throttled.
pub(super) async fn run(clients: &Clients, followees: &mut [FollowedDeployment]) -> bool {
    let mut answers = Answers::default();
    let (mut whole, quick): (Vec<_>, Vec<_>) = followees.iter_mut().partition(|it| it.is_due());
    let calls = whole.iter_mut().flat_map(|it| it.whole_look());
    let calls = calls.chain(quick.iter().flat_map(|it| it.quick_look())).collect();
    ask(clients, batched(calls), &mut answers).await;
    let mut changed: Vec<_> =
        quick.into_iter().filter_map(|it| it.take_in_quick_look(&answers)).collect();
    let calls = changed.iter_mut().flat_map(|it| it.rest_of_look(&answers)).collect();
    ask(clients, batched(calls), &mut answers).await;
    whole.extend(changed);
    // Only stopped tasks that were not looked at before cost a call more.
    ask(clients, calls_for_tasks(&whole, &answers), &mut answers).await;
    // Only where the first have died it begins to matter which of the others are healthy.
    let calls = whole.iter_mut().filter_map(|it| it.take_in_tasks(&answers)).collect();
    ask(clients, calls, &mut answers).await;
    for followed_deployment in whole {
        followed_deployment.take_in(&mut answers);
    }
    answers.throttled
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

/// The same calls, with what one call can ask for together.
fn batched(calls: Vec<Call>) -> Vec<Call> {
    let mut services: HashMap<(Region, ClusterName), HashSet<ServiceName>> = HashMap::new();
    let mut described: HashMap<Region, Vec<ServiceDeploymentArn>> = HashMap::new();
    let mut batched = Vec::new();
    for call in calls {
        match call {
            Call::Services(region, cluster, names) => {
                services.entry((region, cluster)).or_default().extend(names);
            }
            Call::Described(region, arns) => described.entry(region).or_default().extend(arns),
            call => batched.push(call),
        }
    }
    for ((region, cluster), names) in services {
        let names: Vec<ServiceName> = names.into_iter().collect();
        let parts = names.chunks(SERVICES);
        batched.extend(
            parts.map(|some| Call::Services(region.clone(), cluster.clone(), some.to_vec())),
        );
    }
    for (region, arns) in described {
        let parts = arns.chunks(SERVICE_DEPLOYMENTS);
        batched.extend(parts.map(|some| Call::Described(region.clone(), some.to_vec())));
    }
    batched
}

fn calls_for_tasks(followees: &[&mut FollowedDeployment], answers: &Answers) -> Vec<Call> {
    let mut wanted: HashMap<(Region, ClusterName), HashSet<String>> = HashMap::new();
    for followed_deployment in followees {
        if let Some(Ok(arns)) = answers.stopped.get(followed_deployment.target()) {
            wanted
                .entry(followed_deployment.cluster())
                .or_default()
                .extend(followed_deployment.tasks().unknown(arns));
        }
    }
    let mut calls = Vec::new();
    for ((region, cluster), arns) in wanted {
        let arns: Vec<String> = arns.into_iter().collect();
        let parts = arns.chunks(TASKS);
        calls.extend(parts.map(|some| Call::Tasks(region.clone(), cluster.clone(), some.to_vec())));
    }
    calls
}
