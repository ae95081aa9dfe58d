//! One cycle: every call it takes to look at all followed deployments once,
//! sent side by side.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Look;
use crate::aws::{Answer, CallError, Cause, Clients};
use crate::names::{ClusterName, Region, ServiceName};
use crate::problem::Problem;
use crate::request::Target;
use crate::rollout::{Followed, Phase, Snapshot, View, snapshot};
use crate::service::{Service, ServiceDeployment, ServiceDeploymentArn};

/// `DescribeServices` takes so many names.
const SERVICES: usize = 10;
/// `DescribeServiceDeployments` takes so many ARNs.
const SERVICE_DEPLOYMENTS: usize = 20;
/// Ours is among the newest so many, however many others are started meanwhile.
const LISTED: i32 = 20;
/// A service deployment that is not listed by then is not going to be.
const LISTED_WITHIN: Duration = Duration::from_secs(90);
/// One failed look is no news; so many in a row are.
const TROUBLE: u32 = 3;

/// One deployment that is followed.
#[derive(Debug)]
pub(super) struct Followee {
    target: Target,
    followed: Followed,
    sender: mpsc::UnboundedSender<Result<Look, Problem>>,
    since: Instant,
    access: Access,
    failures: u32,
}

/// How the service deployment that belongs to it is read.
#[derive(Debug, Clone, PartialEq)]
enum Access {
    /// ECS does not list it yet. A candidate is what the service names as its
    /// current one; only its target says whether it is ours.
    Looking(Option<ServiceDeploymentArn>),
    /// Found.
    Known(ServiceDeploymentArn),
    /// Denied, or never listed.
    Classic,
}

impl Followee {
    pub(super) fn new(
        target: Target,
        followed: Followed,
        sender: mpsc::UnboundedSender<Result<Look, Problem>>,
    ) -> Self {
        Self {
            target,
            followed,
            sender,
            since: Instant::now(),
            access: Access::Looking(None),
            failures: 0,
        }
    }

    pub(super) fn is_wanted(&self) -> bool {
        !self.sender.is_closed()
    }

    fn say(&self, look: Result<Look, Problem>) {
        // Nobody listening any more is noticed at the next cycle.
        let _ = self.sender.send(look);
    }

    fn key(&self) -> (Region, ClusterName) {
        (self.target.region.clone(), self.target.cluster.clone())
    }
}

enum Call {
    Services(Region, ClusterName, Vec<ServiceName>),
    Described(Region, Vec<ServiceDeploymentArn>),
    Listed(Target),
}

enum Brought {
    Services(Region, ClusterName, Vec<ServiceName>, Answer<Vec<Service>>),
    Described(Vec<ServiceDeploymentArn>, Answer<Vec<ServiceDeployment>>),
    Listed(Target, Answer<Vec<ServiceDeployment>>),
}

/// Looks at all of them once; `true` where AWS throttled.
pub(super) async fn run(clients: &Clients, followees: &mut [Followee]) -> bool {
    let mut calls = JoinSet::new();
    for call in calls_for(followees) {
        let clients = clients.clone();
        calls.spawn(async move { send(&clients, call).await });
    }
    let mut services: HashMap<Target, Answer<Option<Service>>> = HashMap::new();
    let mut described: HashMap<ServiceDeploymentArn, Answer<Option<ServiceDeployment>>> =
        HashMap::new();
    let mut listed: HashMap<Target, Answer<Vec<ServiceDeployment>>> = HashMap::new();
    while let Some(Ok(brought)) = calls.join_next().await {
        match brought {
            Brought::Services(region, cluster, names, answer) => {
                for service in names {
                    let found = answer.clone().map(|all| {
                        all.into_iter().find(|it| it.arn.as_str().ends_with(&format!("/{service}")))
                    });
                    services.insert(
                        Target { region: region.clone(), cluster: cluster.clone(), service },
                        found,
                    );
                }
            }
            Brought::Described(arns, answer) => {
                for arn in arns {
                    let found = answer.clone().map(|all| all.into_iter().find(|it| it.arn == arn));
                    described.insert(arn, found);
                }
            }
            Brought::Listed(target, answer) => {
                listed.insert(target, answer);
            }
        }
    }
    let mut throttled = false;
    for followee in followees {
        let service = services.get(&followee.target);
        let own = match &followee.access {
            Access::Known(arn) | Access::Looking(Some(arn)) => described.get(arn),
            Access::Looking(None) | Access::Classic => None,
        };
        let look = followee.look(service, own, listed.get(&followee.target));
        match look {
            Ok(Some(snapshot)) => {
                followee.failures = 0;
                followee.say(Ok(Look::Seen(snapshot)));
            }
            Ok(None) => {}
            Err(error) => {
                throttled |= error.cause == Cause::Throttled;
                followee.failed(&error);
            }
        }
    }
    throttled
}

fn calls_for(followees: &[Followee]) -> Vec<Call> {
    let mut services: HashMap<(Region, ClusterName), Vec<ServiceName>> = HashMap::new();
    let mut described: HashMap<Region, Vec<ServiceDeploymentArn>> = HashMap::new();
    let mut calls = Vec::new();
    for followee in followees {
        let names = services.entry(followee.key()).or_default();
        if !names.contains(&followee.target.service) {
            names.push(followee.target.service.clone());
        }
        if let Access::Known(arn) | Access::Looking(Some(arn)) = &followee.access {
            described.entry(followee.target.region.clone()).or_default().push(arn.clone());
        }
        if matches!(followee.access, Access::Looking(_)) {
            calls.push(Call::Listed(followee.target.clone()));
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

async fn send(clients: &Clients, call: Call) -> Brought {
    match call {
        Call::Services(region, cluster, names) => {
            let answer = clients.ecs(&region).services(&cluster, &names).await;
            Brought::Services(region, cluster, names, answer)
        }
        Call::Described(region, arns) => {
            let answer = clients.ecs(&region).service_deployments(&arns).await;
            Brought::Described(arns, answer)
        }
        Call::Listed(target) => {
            let answer =
                clients.ecs(&target.region).list_service_deployments(&target, LISTED).await;
            Brought::Listed(target, answer)
        }
    }
}

impl Followee {
    /// What this cycle's answers say of it; `None` where they are no whole look.
    fn look(
        &mut self,
        service: Option<&Answer<Option<Service>>>,
        described: Option<&Answer<Option<ServiceDeployment>>>,
        listed: Option<&Answer<Vec<ServiceDeployment>>>,
    ) -> Result<Option<Snapshot>, CallError> {
        let service = match service {
            None => return Ok(None),
            Some(Err(error)) => return Err(error.clone()),
            Some(Ok(None)) => return Ok(Some(missing())),
            Some(Ok(Some(service))) => service,
        };
        let own = match self.own(described, listed) {
            Ok(own) => own,
            Err(error) if error.cause == Cause::Denied => {
                self.say(Ok(Look::Trouble(format!(
                    "{} is not allowed: following the service's own list of deployments instead",
                    error.action
                ))));
                self.access = Access::Classic;
                None
            }
            Err(error) => return Err(error),
        };
        if matches!(self.access, Access::Looking(_)) {
            if self.since.elapsed() >= LISTED_WITHIN {
                self.access = Access::Classic;
            } else if own.is_none() {
                let named = service.current_service_deployment.clone();
                self.access =
                    Access::Looking(named.filter(|arn| {
                        Some(arn) != self.followed.service_deployment_before.as_ref()
                    }));
            }
        }
        let view = match (&self.access, own) {
            (Access::Classic, _) => View::Classic,
            (_, Some(deployment)) => View::Described(deployment),
            (Access::Known(_), None) => View::Classic,
            (Access::Looking(_), None) => View::NotListedYet,
        };
        Ok(Some(snapshot(&self.followed, service, view)))
    }

    /// The service deployment that is ours, once an answer proves it. One that
    /// was only listed is described from the next cycle on.
    fn own<'a>(
        &mut self,
        described: Option<&'a Answer<Option<ServiceDeployment>>>,
        listed: Option<&'a Answer<Vec<ServiceDeployment>>>,
    ) -> Result<Option<&'a ServiceDeployment>, CallError> {
        let is_ours = |deployment: &&ServiceDeployment| {
            deployment.target.as_ref().is_some_and(|target| target.belongs_to(&self.followed.id))
        };
        let mut found = match described {
            Some(Ok(deployment)) => deployment.as_ref().filter(is_ours),
            Some(Err(error)) => return Err(error.clone()),
            None => None,
        };
        if found.is_none() {
            found = match listed {
                Some(Ok(all)) => all.iter().find(is_ours),
                Some(Err(error)) => return Err(error.clone()),
                None => None,
            };
        }
        if let Some(found) = found {
            self.access = Access::Known(found.arn.clone());
        }
        Ok(found)
    }

    fn failed(&mut self, error: &CallError) {
        match error.cause {
            Cause::Denied | Cause::Credentials => {
                self.say(Err(error.problem(&self.target.to_string())))
            }
            Cause::Refused if error.is("ClusterNotFoundException") => {
                self.say(Ok(Look::Seen(missing())))
            }
            Cause::Refused | Cause::Throttled | Cause::Unclear => {
                self.failures += 1;
                if self.failures == TROUBLE {
                    self.say(Ok(Look::Trouble(format!(
                        "AWS does not answer as it should ({error}); trying on"
                    ))));
                }
            }
        }
    }
}

/// The service is not there any more.
fn missing() -> Snapshot {
    Snapshot {
        phase: Phase::Gone("MISSING".to_owned()),
        is_named: false,
        reason: None,
        counts: crate::service::Counts::default(),
        stage: None,
        traffic: None,
        breaker: None,
        alarms: Vec::new(),
        events: Vec::new(),
        service_deployment: None,
        primary: None,
    }
}
