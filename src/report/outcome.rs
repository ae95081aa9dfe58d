//! The outcome of a run and what it means for the step.

use std::fmt;
use std::time::Duration;

use crate::decide::Side;
use crate::names::AccountId;
use crate::problem::Problem;
use crate::request::Target;
use crate::service::{DeploymentId, ServiceDeploymentArn};

/// How the run for one app ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It already runs, healthy, by the same definition and digest.
    Unchanged,
    /// Decided and shown, nothing written.
    Planned,
    /// ECS has accepted the deployment and nobody waits for it.
    Started,
    /// This deployment succeeded.
    Deployed,
    /// The deployment failed and the earlier version is back.
    Undone,
    /// Somebody else's deployment took its place.
    Superseded,
    /// By the workflow.
    Cancelled,
    /// Decided against before the service was touched.
    Refused,
    /// Not finished in time.
    TimedOut,
    /// The deployment failed and nothing was undone.
    Failed,
    /// The deployment failed and the earlier version is not back.
    UndoFailed,
}

impl Outcome {
    /// The output `result`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Planned => "planned",
            Self::Started => "started",
            Self::Deployed => "deployed",
            Self::Undone => "undone",
            Self::Superseded => "superseded",
            Self::Cancelled => "cancelled",
            Self::Refused => "refused",
            Self::TimedOut => "timed-out",
            Self::Failed => "failed",
            Self::UndoFailed => "undo-failed",
        }
    }

    /// Whether the step passes.
    pub fn is_ok(self) -> bool {
        matches!(self, Self::Unchanged | Self::Planned | Self::Started | Self::Deployed)
    }

    /// The exit code of the step.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Cancelled => 130,
            _ if self.is_ok() => 0,
            _ => 1,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What there is to say of one app.
#[derive(Debug, Clone, PartialEq)]
pub struct AppReport {
    /// Which service.
    pub target: Target,
    /// The account that owns it, once known.
    pub account: Option<AccountId>,
    /// `aws`, `aws-cn`, …: which console a link leads to.
    pub partition: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it failed, with the next move.
    pub failure: Option<Problem>,
    /// What ran before.
    pub from: Option<Side>,
    /// What was asked for.
    pub to: Option<Side>,
    /// What runs in the end, as far as it is known.
    pub running: Option<Side>,
    /// How the definition changed, one line a change.
    pub changes: Vec<String>,
    /// What the user should look at.
    pub warnings: Vec<Problem>,
    /// What is worth knowing.
    pub notices: Vec<Problem>,
    /// The deployment of this run.
    pub deployment: Option<DeploymentId>,
    /// The same, as ECS lists it.
    pub service_deployment: Option<ServiceDeploymentArn>,
    /// What happened when, counted from the start of the rollout.
    pub timeline: Vec<(Duration, String)>,
    /// How long the whole run took.
    pub duration: Duration,
    /// The input `reason`.
    pub reason: Option<String>,
}

impl AppReport {
    /// A report of which nothing is known yet but the service.
    pub fn new(target: Target, reason: Option<String>) -> Self {
        Self {
            target,
            account: None,
            partition: None,
            outcome: Outcome::Failed,
            failure: None,
            from: None,
            to: None,
            running: None,
            changes: Vec::new(),
            warnings: Vec::new(),
            notices: Vec::new(),
            deployment: None,
            service_deployment: None,
            timeline: Vec::new(),
            duration: Duration::ZERO,
            reason,
        }
    }

    /// The answer in one sentence: what runs now.
    pub fn headline(&self) -> String {
        let service = &self.target.service;
        let name = |side: &Option<Side>| {
            side.as_ref().map_or_else(|| "the new version".to_owned(), Side::name)
        };
        let to = name(&self.to);
        let from = self.from.as_ref().map(Side::name);
        match self.outcome {
            Outcome::Deployed => match from.filter(|from| *from != to) {
                Some(from) => format!("{service} runs {to} (before: {from})"),
                None => format!("{service} runs {to}"),
            },
            Outcome::Unchanged => format!("{service} already runs {to}; nothing was changed"),
            Outcome::Planned => format!("{service} would be brought to {to}; nothing was written"),
            Outcome::Started => format!("{to} is being deployed to {service}; nobody waits for it"),
            Outcome::Undone => match from {
                Some(from) => format!("{to} failed on {service}, which is back on {from}"),
                None => format!("{to} failed on {service}, which is back on what ran before"),
            },
            Outcome::UndoFailed => format!("{to} failed on {service}, and so did the way back"),
            Outcome::Failed => match self.deployment {
                Some(_) => format!("{to} failed on {service}"),
                None => format!("{to} was not deployed to {service}"),
            },
            Outcome::Superseded => {
                format!("another deployment of {service} took the place of {to}")
            }
            Outcome::TimedOut => format!("{to} was not up on {service} in time"),
            Outcome::Cancelled => format!("the run for {service} was cancelled"),
            Outcome::Refused => format!("{service} was not touched"),
        }
    }
}
