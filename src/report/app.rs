//! What there is to say of one app, as a value. It is filled in on the way, and what
//! is not known yet is absent.

use std::time::{Duration, SystemTime};

use super::listing::Version;
use super::outcome::Outcome;
use crate::diagnosis::Diagnosis;
use crate::ecs::{Counts, DeploymentId, ServiceDeploymentArn};
use crate::github::Comparison;
use crate::names::{AccountId, Region};
use crate::plan::VersionInfo;
use crate::problem::Problem;
use crate::request::Target;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    Service(Target),
    /// An image that is verified by itself.
    Image {
        repository: String,
        region: Region,
    },
}

impl Subject {
    pub(crate) fn target(&self) -> Option<&Target> {
        match self {
            Self::Service(target) => Some(target),
            Self::Image { .. } => None,
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Service(target) => target.service.as_str(),
            Self::Image { repository, .. } => repository,
        }
    }
}

/// What there is to say of one app.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AppReport {
    pub subject: Subject,
    /// The answer of a check in one sentence, without a full stop.
    pub verdict: Option<String>,
    /// Everything that a check found wrong, each with the next move.
    pub findings: Vec<Problem>,
    /// An earlier version was asked for, so that going there is no failure.
    pub is_rollback: bool,
    /// The account that owns it, once known.
    pub account: Option<AccountId>,
    /// `aws`, `aws-cn`, …: which console a link leads to.
    pub partition: Option<String>,
    /// Who makes the deployments: `ECS`, or `CodeDeploy`.
    pub by: &'static str,
    pub outcome: Outcome,
    /// Why it failed, with the next move.
    pub failure: Option<Problem>,
    pub from: Option<VersionInfo>,
    /// What the service was set to where that was not what ran, or what a deployment under
    /// way was bringing that is to return.
    pub from_in_flight: Option<VersionInfo>,
    /// When the deployment began of what is left, by AWS's clock.
    pub from_since: Option<SystemTime>,
    pub to: Option<VersionInfo>,
    /// What shows why a deployment failed.
    pub diagnosis: Option<Diagnosis>,
    /// What the service is brought back to after a failure, once that was begun.
    pub back_to: Option<VersionInfo>,
    /// What came of bringing the earlier version back, in one sentence.
    pub undo: Option<String>,
    /// What runs in the end, as far as it is known; what no task runs does not run.
    pub running: Option<VersionInfo>,
    /// The tasks of what the service is set to in the end, where they were seen.
    pub tasks: Option<Counts>,
    /// What the tasks run that a failure has left, in words; read only then.
    pub remaining: Option<String>,
    /// How the definition changed, one line a change.
    pub changes: Vec<String>,
    /// The commits between what ran and what was asked for, or why they are not
    /// known; `None` where nobody looked.
    pub commits: Option<Result<Comparison, String>>,
    /// What the user should look at.
    pub warnings: Vec<Problem>,
    pub notices: Vec<Problem>,
    pub deployment: Option<DeploymentId>,
    /// The same, as ECS lists it.
    pub service_deployment: Option<ServiceDeploymentArn>,
    /// The GitHub Deployment that was recorded.
    pub github_deployment: Option<u64>,
    /// Whether ECS was on its way back when it was last asked.
    pub rolling_back: bool,
    /// What happened when, counted from the start of the rollout.
    pub timeline: Vec<(Duration, String)>,
    /// How long the whole run took; zero while it goes on.
    pub duration: Duration,
    pub listing: Option<Vec<Version>>,
    /// The input `reason`.
    pub reason: Option<String>,
}

impl AppReport {
    /// A report of which nothing is known yet but what it is about.
    pub(crate) fn new(subject: Subject, reason: Option<String>) -> Self {
        Self {
            subject,
            verdict: None,
            findings: Vec::new(),
            is_rollback: false,
            account: None,
            partition: None,
            by: "ECS",
            outcome: Outcome::Failed,
            failure: None,
            from: None,
            from_in_flight: None,
            from_since: None,
            to: None,
            diagnosis: None,
            back_to: None,
            undo: None,
            running: None,
            tasks: None,
            remaining: None,
            changes: Vec::new(),
            commits: None,
            warnings: Vec::new(),
            notices: Vec::new(),
            deployment: None,
            service_deployment: None,
            github_deployment: None,
            rolling_back: false,
            timeline: Vec::new(),
            duration: Duration::ZERO,
            listing: None,
            reason,
        }
    }
}
