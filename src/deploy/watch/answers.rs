//! What the calls of one cycle bring.

use std::collections::HashMap;

use super::healthy::Running;
use crate::aws::{Answer, Cause, Services};
use crate::codedeploy::{Deployment, EcsTarget};
use crate::ecs::{
    CodeDeployId, DeploymentId, LogTail, Service, ServiceDeployment, ServiceDeploymentArn, Task,
};
use crate::names::{ClusterName, Region, ServiceName};
use crate::request::Target;

pub(super) enum Reply {
    Services(Region, ClusterName, Vec<ServiceName>, Answer<Services>),
    Described(Vec<ServiceDeploymentArn>, Answer<Vec<ServiceDeployment>>),
    Listed(Target, Answer<Vec<ServiceDeployment>>),
    CodeDeploy(CodeDeployId, Box<Answer<Deployment>>),
    Steps(CodeDeployId, Answer<Option<EcsTarget>>),
    Stopped(Target, Answer<Vec<String>>),
    Tasks(Vec<String>, Answer<Vec<Task>>),
    Healthy(DeploymentId, Running),
    LastWords(DeploymentId, Vec<LogTail>),
}

impl Reply {
    fn is_throttled(&self) -> bool {
        let error = match self {
            Self::Services(.., answer) => answer.as_ref().err(),
            Self::Described(_, answer) => answer.as_ref().err(),
            Self::Listed(_, answer) => answer.as_ref().err(),
            Self::CodeDeploy(_, answer) => answer.as_ref().as_ref().err(),
            Self::Steps(_, answer) => answer.as_ref().err(),
            // Nothing that only explains slows the others down.
            Self::Stopped(..) | Self::Tasks(..) | Self::Healthy(..) | Self::LastWords(..) => None,
        };
        error.is_some_and(|error| error.cause == Cause::Throttled)
    }
}

/// The answers of one cycle, by what was asked for.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) services: HashMap<Target, Answer<Option<Service>>>,
    pub(super) described: HashMap<ServiceDeploymentArn, Answer<Option<ServiceDeployment>>>,
    pub(super) listed: HashMap<Target, Answer<Vec<ServiceDeployment>>>,
    pub(super) codedeploy: HashMap<CodeDeployId, Answer<Deployment>>,
    pub(super) targets: HashMap<CodeDeployId, Answer<Option<EcsTarget>>>,
    pub(super) stopped: HashMap<Target, Answer<Vec<String>>>,
    pub(super) tasks: HashMap<String, Answer<Option<Task>>>,
    pub(super) running: HashMap<DeploymentId, Running>,
    pub(super) last_words: HashMap<DeploymentId, Vec<LogTail>>,
    /// Whether AWS has throttled one of the calls that tell the end.
    pub(super) throttled: bool,
}

impl Answers {
    /// What is known of the service, if it was read and is there.
    pub(super) fn service(&self, target: &Target) -> Option<&Service> {
        self.services.get(target)?.as_ref().ok()?.as_ref()
    }

    /// Sorts in what a call has brought.
    pub(super) fn take(&mut self, reply: Reply) {
        self.throttled |= reply.is_throttled();
        match reply {
            Reply::Services(region, cluster, names, answer) => {
                for service in names {
                    let found = match &answer {
                        Ok(all) => all.find(&service),
                        Err(error) => Err(error.clone()),
                    };
                    let (region, cluster) = (region.clone(), cluster.clone());
                    self.services.insert(Target { region, cluster, service }, found);
                }
            }
            Reply::Described(arns, answer) => {
                for arn in arns {
                    let found = answer.clone().map(|all| all.into_iter().find(|it| it.arn == arn));
                    self.described.insert(arn, found);
                }
            }
            Reply::Listed(target, answer) => {
                self.listed.insert(target, answer);
            }
            Reply::CodeDeploy(id, deployment) => {
                self.codedeploy.insert(id, *deployment);
            }
            Reply::Steps(id, target) => {
                self.targets.insert(id, target);
            }
            Reply::Stopped(target, answer) => {
                self.stopped.insert(target, answer);
            }
            Reply::Healthy(deployment, running) => {
                self.running.insert(deployment, running);
            }
            Reply::LastWords(deployment, tails) => {
                self.last_words.insert(deployment, tails);
            }
            Reply::Tasks(arns, answer) => {
                for arn in arns {
                    let found = answer.clone().map(|all| all.into_iter().find(|it| it.arn == arn));
                    self.tasks.insert(arn, found);
                }
            }
        }
    }
}
