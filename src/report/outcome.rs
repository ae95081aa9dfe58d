//! The outcome of a run: what it means for the step, its headline and its outputs.

mod going_back;
mod standing;

use std::fmt;

use serde_json::Value;

use super::app::AppReport;
use crate::plan::VersionInfo;
use crate::reporter::OutputName;
use standing::ServiceState;

/// How the run for one app ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// It already runs, healthy, by the same definition and digest.
    Unchanged,
    /// Decided and shown, nothing written.
    Planned,
    /// ECS has accepted the deployment and nobody waits for it.
    Started,
    Listed,
    Verified,
    /// Only what needs no credentials was looked at, and that is as expected.
    Unverified,
    Deployed,
    RolledBack,
    /// The deployment failed and the earlier version is back.
    Undone,
    /// Somebody else's deployment took its place.
    Superseded,
    Cancelled,
    /// Decided against before the service was touched.
    Refused,
    /// Not finished in time.
    TimedOut,
    /// The deployment failed and nothing was undone.
    Failed,
    /// AWS could no longer be asked: how it ended is not known.
    Unknown,
    /// The deployment failed and the earlier version is not back.
    UndoFailed,
}

impl Outcome {
    /// The output `result`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Planned => "planned",
            Self::Started => "started",
            Self::Listed => "listed",
            Self::Verified => "verified",
            Self::Unverified => "unverified",
            Self::Deployed => "deployed",
            Self::RolledBack => "rolled-back",
            Self::Undone => "undone",
            Self::Superseded => "superseded",
            Self::Cancelled => "cancelled",
            Self::Refused => "refused",
            Self::TimedOut => "timed-out",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::UndoFailed => "undo-failed",
        }
    }

    pub(crate) fn is_ok(self) -> bool {
        matches!(
            self,
            Self::Unchanged
                | Self::Planned
                | Self::Started
                | Self::Listed
                | Self::Verified
                | Self::Unverified
                | Self::Deployed
                | Self::RolledBack
        )
    }

    /// The exit code of the step.
    pub(crate) fn exit_code(self) -> u8 {
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

impl AppReport {
    /// The answer in one sentence, without a full stop: what runs now. It holds
    /// untrusted names as they are.
    pub(crate) fn headline(&self) -> String {
        if let Some(verdict) = &self.verdict {
            return verdict.clone();
        }
        if self.asked.is_rollback {
            return self.headline_back();
        }
        let (service, by) = (self.asked.subject.name(), self.service.by);
        let to = self
            .versions
            .to
            .as_ref()
            .map_or_else(|| "the new version".to_owned(), VersionInfo::name);
        // Two definitions of one version have the same name: then it says nothing.
        let other = |side: &Option<VersionInfo>| {
            side.as_ref().map(VersionInfo::name).filter(|it| *it != to)
        };
        let from = other(&self.versions.from);
        let running = other(&self.versions.running);
        match self.outcome {
            Outcome::Deployed => match (self.stands_on("runs", &to), from) {
                (ServiceState::Idle(so), _) => so,
                (ServiceState::Runs(so), Some(from)) => format!("{so} (before: {from})"),
                (ServiceState::Runs(so), None) if self.versions.from.is_some() => {
                    format!("{so}, deployed anew")
                }
                (ServiceState::Runs(so), None) => so,
            },
            Outcome::RolledBack => self.headline_back(),
            Outcome::Listed => self.listed(),
            // A check has a verdict.
            Outcome::Verified | Outcome::Unverified => format!("{to} was checked for {service}"),
            Outcome::Unchanged => {
                format!("{}; nothing was deployed", self.stands_on("already runs", &to).words())
            }
            Outcome::Planned => match from {
                Some(from) => {
                    format!("{service} would go from {from} to {to}; nothing was written")
                }
                None => format!("{service} would get {to}; nothing was written"),
            },
            Outcome::Started => {
                format!("{to} is being deployed to {service}; this run does not wait for the end")
            }
            // The same whether ECS or this run did it: the lines below say who.
            Outcome::Undone => match running.or(from) {
                Some(back) => format!("{to} failed on {service}, which is back on {back}"),
                None => format!("{to} failed on {service}, which is back on what ran before"),
            },
            Outcome::UndoFailed => match other(&self.failure.back_to).or(from) {
                Some(back) => {
                    format!("{to} failed on {service}, and so did the way back to {back}")
                }
                None => format!("{to} failed on {service}, and so did the way back"),
            },
            Outcome::Failed => match self.rollout.deployment {
                Some(_) => format!("{to} failed on {service}; nothing was undone"),
                None => format!("{to} could not be deployed to {service}"),
            },
            Outcome::Unknown => match (&self.rollout.deployment, other(&self.failure.back_to)) {
                (Some(_), None) if self.failure.back_to.is_none() => {
                    format!("what became of {to} on {service} is not known; {by} goes on with it")
                }
                (Some(_), back) => {
                    let back = back.unwrap_or_else(|| "what ran before".to_owned());
                    format!("{to} failed on {service}; whether {back} is back is not known")
                }
                (None, _) => {
                    format!("how far the deployment of {to} to {service} got is not known")
                }
            },
            Outcome::Superseded => match running {
                Some(running) => {
                    format!("another deployment, of {running}, took the place of {to} on {service}")
                }
                None => format!("another deployment took the place of {to} on {service}"),
            },
            Outcome::TimedOut => match self.rollout.deployment {
                Some(_) if self.failure.undo.is_none() => {
                    format!("{to} was not up on {service} in time; {by} goes on with it")
                }
                Some(_) => format!("{to} was not up on {service} in time"),
                None => format!("nothing was deployed to {service} in time"),
            },
            Outcome::Cancelled => match self.rollout.deployment {
                Some(_) if self.rollout.is_rolling_back => {
                    format!("the run was cancelled; {by} is taking {to} back from {service}")
                }
                Some(_) if self.failure.back_to.is_some() => {
                    format!("the run was cancelled after {to} had failed on {service}")
                }
                Some(_) => {
                    format!("the run was cancelled; {by} goes on bringing {to} to {service}")
                }
                None => format!("the run for {service} was cancelled"),
            },
            Outcome::Refused => match (&self.versions.to, running) {
                (Some(_), Some(running)) => {
                    format!("{to} was not deployed to {service}, which runs {running}")
                }
                (Some(_), None) => format!("{to} was not deployed to {service}"),
                (None, _) => format!("nothing was changed on {service}"),
            },
        }
    }

    /// The outputs that are known so far, in their documented order; all but
    /// [`OutputName::Report`], which is for all apps together.
    pub(crate) fn outputs(&self) -> Vec<(OutputName, String)> {
        let text = |value| match value {
            Value::String(text) => text,
            number => number.to_string(),
        };
        self.values().into_iter().map(|(name, value)| (name, text(value))).collect()
    }

    /// Why it failed, in one sentence.
    fn failure_reason(&self) -> Option<String> {
        let all = self.failure.problem.iter().chain(&self.failure.findings);
        let messages: Vec<&str> = all.map(|problem| problem.message.as_str()).collect();
        (!messages.is_empty()).then(|| messages.join("; "))
    }

    /// The one table behind the outputs and the JSON report.
    pub(super) fn values(&self) -> Vec<(OutputName, Value)> {
        let from = self.versions.from.as_ref();
        let to = self.versions.to.as_ref();
        let definition = to.and_then(|to| to.task_definition.as_ref());
        let previous = from.and_then(|from| from.task_definition.as_ref());
        let version = |side: Option<&VersionInfo>| side.and_then(|side| side.version.clone());
        let duration = (!self.duration.is_zero()).then_some(self.duration.as_secs());
        let deployment = self.rollout.deployment.as_ref();
        let by_codedeploy = deployment.filter(|it| it.is_codedeploys());
        let table: [(OutputName, Option<Value>); 17] = [
            (OutputName::Result, Some(self.outcome.as_str().into())),
            (OutputName::Version, version(to).map(Value::from)),
            (OutputName::PreviousVersion, version(from).map(Value::from)),
            (OutputName::RunningVersion, version(self.versions.running.as_ref()).map(Value::from)),
            (OutputName::Image, to.and_then(|to| to.image.as_deref()).map(Value::from)),
            (OutputName::ImageTag, to.and_then(|to| to.tag.as_deref()).map(Value::from)),
            (
                OutputName::ImageDigest,
                to.and_then(|to| to.digest.as_ref()).map(|it| it.as_str().into()),
            ),
            (OutputName::TaskDefinitionArn, definition.map(|it| it.as_str().into())),
            (OutputName::TaskDefinitionFamily, definition.map(|it| it.family().into())),
            (OutputName::TaskDefinitionRevision, definition.map(|it| it.revision().into())),
            (OutputName::PreviousTaskDefinitionArn, previous.map(|it| it.as_str().into())),
            (OutputName::DeploymentId, deployment.map(|it| it.as_str().into())),
            (
                OutputName::ServiceDeploymentArn,
                self.rollout.service_deployment.as_ref().map(|it| it.as_str().into()),
            ),
            (OutputName::CodedeployDeploymentId, by_codedeploy.map(|it| it.as_str().into())),
            (OutputName::GithubDeploymentId, self.github.deployment.map(Value::from)),
            (OutputName::DurationSeconds, duration.map(Value::from)),
            (OutputName::FailureReason, self.failure_reason().map(Value::from)),
        ];
        table.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

#[cfg(test)]
mod tests;
