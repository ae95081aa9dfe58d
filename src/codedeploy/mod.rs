//! What AWS CodeDeploy says of a deployment group, its deployments and where they
//! stand, as plain values.
//!
//! The AWS room translates into these types, and everything above decides on them.
//! Nothing here calls, waits or judges.

pub(crate) mod app_spec;
mod served;
mod status;
mod target;
#[cfg(test)]
pub(crate) mod tests;

use std::fmt;
use std::time::{Duration, SystemTime};

pub(crate) use served::Served;
pub(crate) use status::{CodeDeployStatus, StepStatus};
pub(crate) use target::{Diagnostics, EcsTarget, LifecycleEvent, TaskSet};

use crate::ecs::CodeDeployId;
use crate::names::{ClusterName, ServiceName};
use crate::request::Target;

/// The most characters of a deployment's description (`Description`, CodeDeploy API).
pub(crate) const LONGEST_DESCRIPTION: usize = 512;

/// What the description of a way back begins with; the deployment that failed follows. It
/// asks no hooks, so what is carried over to the next deployment is not taken from it.
pub const WAY_BACK: &str = "ecs-release: way back from";

/// The longest name of an application or of a group (`ApplicationName`, CodeDeploy API).
pub(crate) const LONGEST_NAME: usize = 100;

/// What a deployment group is called: its name means something only in its application.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupName {
    pub application: String,
    pub group: String,
}

impl GroupName {
    /// What ECS's console and command line call application and group of a service:
    /// 46 characters of each name, so that none is longer than CodeDeploy takes.
    pub fn made_by_ecs(cluster: &ClusterName, service: &ServiceName) -> Self {
        let cut = |name: &str| name.chars().take(46).collect::<String>();
        let of = format!("{}-{}", cut(cluster.as_str()), cut(service.as_str()));
        Self { application: format!("AppECS-{of}"), group: format!("DgpECS-{of}") }
    }
}

impl fmt::Display for GroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of the application {}", self.group, self.application)
    }
}

/// One answer of `GetDeploymentGroup`.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploymentGroup {
    pub name: GroupName,
    /// `ECS`, `Lambda` or `Server`; absent in groups that are older than the choice.
    pub platform: Option<String>,
    /// The services that it deploys to, each with its cluster, by name or by ARN.
    pub services: Vec<(String, String)>,
    /// How traffic moves, unless a deployment says otherwise.
    pub config: Option<String>,
    /// The wait for a person before traffic moves.
    pub gate: Option<ManualApproval>,
    /// How long the tasks of before are kept once all traffic has left them; `None`:
    /// until somebody removes them.
    pub keeps_old_tasks: Option<Duration>,
    pub last_successful: Option<CodeDeployId>,
    /// The newest deployment, and its status.
    pub last_attempted: Option<(CodeDeployId, CodeDeployStatus)>,
}

impl DeploymentGroup {
    /// The newest deployment, if it has not ended. A list may show it a moment later.
    pub fn attempted_and_under_way(&self) -> Option<&CodeDeployId> {
        let (id, status) = self.last_attempted.as_ref()?;
        status.is_under_way().then_some(id)
    }

    /// Whether it deploys to `target` and to nothing else.
    pub fn is_of(&self, target: &Target) -> bool {
        let is = |named: &str, name: &str| named.rsplit('/').next() == Some(name);
        !self.services.is_empty()
            && self.services.iter().all(|(cluster, service)| {
                is(cluster, target.cluster.as_str()) && is(service, target.service.as_str())
            })
    }
}

/// `deploymentReadyOption` that stops: a person has to let the traffic move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManualApproval {
    /// After that long without a word, CodeDeploy stops the deployment.
    pub within: Duration,
}

/// One answer of `GetDeployment`.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployment {
    pub id: CodeDeployId,
    /// The group that it is of.
    pub group: Option<GroupName>,
    pub status: CodeDeployStatus,
    pub error: Option<Failure>,
    /// The deployment that brings back what was there before this one.
    pub rolled_back_by: Option<CodeDeployId>,
    /// The deployment that this one rolls back.
    pub rolls_back: Option<CodeDeployId>,
    /// On what CodeDeploy rolls it back by itself: `DEPLOYMENT_FAILURE`,
    /// `DEPLOYMENT_STOP_ON_ALARM`, `DEPLOYMENT_STOP_ON_REQUEST`.
    pub rolls_back_on: Vec<String>,
    /// What it deploys.
    pub revision: Option<Revision>,
    /// What was said of it when it was created.
    pub description: Option<String>,
    /// The wait for a person before traffic moves.
    pub gate: Option<ManualApproval>,
    /// When it was created, by AWS's clock.
    pub created_at: Option<SystemTime>,
    /// When it came to its end, by AWS's clock.
    pub finished_at: Option<SystemTime>,
}

impl Deployment {
    /// Whether CodeDeploy is still at work on it, so that its group takes no other.
    pub fn is_under_way(&self) -> bool {
        self.status.is_under_way()
    }

    /// Whether it is the way back from another one that this tool made.
    pub fn is_way_back(&self) -> bool {
        self.description.as_deref().is_some_and(|it| it.starts_with(WAY_BACK))
    }

    /// Whether it ended well, or can only still do so: all that is left is to remove the
    /// tasks of before. CodeDeploy says that of the `target` alone:
    /// `instanceTerminationWaitTimeStarted` stays false for ECS (aws/containers-roadmap#269).
    pub fn served(&self, target: Option<&EcsTarget>) -> Served {
        match (&self.status, target) {
            (CodeDeployStatus::Succeeded, _) => Served::Yes,
            (status, _) if status.is_new() || status.has_ended_badly() => Served::No,
            (_, Some(target)) if target.traffic_complete() => Served::Yes,
            (_, Some(_)) => Served::No,
            (_, None) => Served::unseen(),
        }
    }

    /// Whether what it brought is held to be good: it has [served](Self::served), or it was
    /// stopped when only the tasks of before were left to remove, and nothing came back.
    pub fn succeeded(&self, target: Option<&EcsTarget>) -> Served {
        match (self.was_left(), target) {
            (true, Some(target)) => target.served_before_it_stopped(),
            (true, None) => Served::unseen(),
            (false, target) => self.served(target),
        }
    }

    /// Whether only its target can tell if it has succeeded.
    pub fn needs_its_target(&self) -> bool {
        self.was_left() || (self.is_under_way() && !self.status.is_new())
    }

    /// Whether it was stopped, and what it brought was left where it was.
    fn was_left(&self) -> bool {
        self.status == CodeDeployStatus::Stopped && self.rolled_back_by.is_none()
    }

    /// Whether CodeDeploy may yet roll it back, now that it has ended. Whoever stops a
    /// deployment may ask for that, whatever is configured.
    pub fn may_be_rolled_back(&self) -> bool {
        let on = |event: &str| self.rolls_back_on.iter().any(|it| it == event);
        if self.rolls_back.is_some() || self.status == CodeDeployStatus::Succeeded {
            return false;
        }
        match self.error.as_ref().map(|error| error.code.as_str()) {
            Some("MANUAL_STOP") | None => true,
            Some("ALARM_ACTIVE") => on("DEPLOYMENT_STOP_ON_ALARM"),
            Some(_) => on("DEPLOYMENT_FAILURE"),
        }
    }
}

/// `errorInformation`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// `HOOK_EXECUTION_FAILURE`, `ALARM_ACTIVE`, `MANUAL_STOP`, …
    pub code: String,
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code.as_str(), self.message.as_str()) {
            (code, "") => f.write_str(code),
            ("", message) => f.write_str(message),
            (code, message) => write!(f, "{code}: {message}"),
        }
    }
}

/// Where the AppSpec of a deployment is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Revision {
    /// With CodeDeploy, under the SHA-256 of its text: `AppSpecContent`.
    Content {
        /// In hexadecimal.
        sha256: String,
    },
    /// The same as the type `String`, which is deprecated and still answered.
    String {
        /// In hexadecimal.
        sha256: String,
    },
    /// Somewhere else: `S3`, `GitHub`, …
    Elsewhere(String),
}

impl Revision {
    /// The checksum of the text, where CodeDeploy has it.
    pub fn sha256(&self) -> Option<&str> {
        match self {
            Self::Content { sha256 } | Self::String { sha256 } => Some(sha256),
            Self::Elsewhere(_) => None,
        }
    }
}
