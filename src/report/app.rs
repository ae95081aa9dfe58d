//! What there is to say of one app, as a value. It is filled in on the way, and what
//! is not known yet is absent.

use std::time::{Duration, SystemTime};

use super::listing::Version;
use super::outcome::Outcome;
use crate::diagnosis::Diagnosis;
use crate::ecs::{
    Controller, Counts, DeploymentId, ScheduledBy, Service, ServiceArn, ServiceDeploymentArn,
};
use crate::github::Comparison;
use crate::history::Times;
use crate::names::{AccountId, Region};
use crate::plan::VersionInfo;
use crate::problem::Problem;
use crate::request::Target;
use crate::rollout::Span;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AppReport {
    pub asked: Asked,
    pub service: ServiceReport,
    pub outcome: Outcome,
    /// How long the whole run took; zero while it goes on.
    pub duration: Duration,
    /// The answer of a check in one sentence, without a full stop.
    pub verdict: Option<String>,
    pub listing: Option<Vec<Version>>,
    pub standing: Option<Standing>,
    pub touched: Option<Touched>,
    pub versions: Versions,
    /// The task that ran before the service was touched, once it was started.
    pub one_off: Option<OneOffReport>,
    pub rollout: RolloutReport,
    /// Scheduled tasks that ran another revision than the service in the end.
    pub schedules: Vec<ScheduleReport>,
    pub failure: FailureReport,
    pub github: GitHubReport,
    pub warnings: Vec<Problem>,
    pub notices: Vec<Problem>,
}

impl AppReport {
    /// A report of which nothing is known yet but what it is about.
    pub(crate) fn new(subject: Subject, reason: Option<String>) -> Self {
        Self {
            asked: Asked { subject, app: None, environment: None, is_rollback: false, reason },
            service: ServiceReport::default(),
            outcome: Outcome::Failed,
            duration: Duration::ZERO,
            verdict: None,
            listing: None,
            standing: None,
            touched: None,
            versions: Versions::default(),
            one_off: None,
            rollout: RolloutReport::default(),
            schedules: Vec::new(),
            failure: FailureReport::default(),
            github: GitHubReport::default(),
            warnings: Vec::new(),
            notices: Vec::new(),
        }
    }
}

impl AppReport {
    /// The account that it is about, where that is known.
    pub(crate) fn account(&self) -> Option<&AccountId> {
        let of_family = match &self.asked.subject {
            Subject::Family { account, .. } => account.as_ref(),
            Subject::Service(_) | Subject::Image { .. } => None,
        };
        self.service.arn.as_ref().map(ServiceArn::account).or(of_family)
    }

    /// Whether it runs the version that is asked for; `None` where one of both is not known.
    pub(crate) fn runs_what_is_asked(&self) -> Option<bool> {
        let versions = &self.versions;
        // Where no task need run, it is what the service is set to.
        let is_idle = versions.tasks.is_some_and(|it| it.desired == 0);
        let set_to = versions.from_in_flight.as_ref().filter(|_| is_idle);
        let runs = versions.running.as_ref().or(set_to)?.version.as_ref()?;
        Some(versions.to.as_ref()?.version.as_ref()? == runs)
    }

    /// Whether it was asked what a pull request touches, and this is not among it.
    pub(crate) fn is_not_touched(&self) -> bool {
        self.touched.as_ref().is_some_and(|it| it.by.is_empty())
    }
}

/// The apps that a pull request does not touch, in one line.
pub(crate) fn not_touched(apps: &[AppReport]) -> Option<String> {
    let untouched = apps.iter().filter(|app| app.is_not_touched());
    let name = |app: &AppReport| {
        app.asked.app.clone().unwrap_or_else(|| app.asked.subject.name().to_owned())
    };
    let mut names: Vec<String> = untouched.map(name).collect();
    names.dedup();
    (!names.is_empty()).then(|| format!("not touched by this pull request: {}", names.join(", ")))
}

/// What the run was asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub subject: Subject,
    /// The app that the service is of, and its environment, as the file of the checkout calls them.
    pub app: Option<String>,
    pub environment: Option<String>,
    /// An earlier version was asked for, so that going there is no failure.
    pub is_rollback: bool,
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    Service(Target),
    /// An image that is verified by itself.
    Image {
        repository: String,
        region: Region,
    },
    /// A task definition that no service runs.
    Family {
        /// As it is named in the request, where it could not be read.
        name: String,
        region: Region,
        /// Once that is known.
        account: Option<AccountId>,
    },
}

impl Subject {
    pub(crate) fn target(&self) -> Option<&Target> {
        match self {
            Self::Service(target) => Some(target),
            Self::Image { .. } | Self::Family { .. } => None,
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Service(target) => target.service.as_str(),
            Self::Image { repository: name, .. } | Self::Family { name, .. } => name,
        }
    }
}

/// The service, once it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ServiceReport {
    pub arn: Option<ServiceArn>,
    pub controller: Controller,
}

impl ServiceReport {
    pub(crate) fn of(service: &Service) -> Self {
        Self { arn: Some(service.arn.clone()), controller: service.controller.clone() }
    }
}

/// How a service stands that is only looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Since when what runs has run, by AWS's clock.
    pub since: Option<SystemTime>,
    /// In words.
    pub stands: String,
    /// Whether it is where its newest deployment was to bring it.
    pub is_settled: bool,
    /// Whether that deployment is on its way, or on its way back.
    pub is_under_way: bool,
    /// Whether anything is known of how that deployment stands.
    pub is_known: bool,
}

/// What a pull request changes of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Touched {
    /// Its files and folders that are changed; none: it is not touched.
    pub by: Vec<String>,
    /// How its version was raised, in words.
    pub raised: Option<String>,
}

/// What ran, what was asked for, and what runs in the end.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Versions {
    pub from: Option<VersionInfo>,
    /// What the service was set to where that was not what ran, or what a deployment
    /// in progress was bringing before it was rolled back.
    pub from_in_flight: Option<VersionInfo>,
    /// When the deployment of the version that is replaced began, by AWS's clock.
    pub from_since: Option<SystemTime>,
    pub to: Option<VersionInfo>,
    /// What runs in the end, as far as it is known; what no task runs does not run.
    pub running: Option<VersionInfo>,
    /// The tasks of what the service is set to in the end, where they were seen.
    pub tasks: Option<Counts>,
    /// How long a rollback will probably take.
    pub expected: Option<Times>,
    /// How the definition changed, one line a change.
    pub changes: Vec<String>,
}

/// A task that runs once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OneOffReport {
    /// What its container ran, as a JSON list.
    pub command: String,
    pub container: String,
    /// Its ARN.
    pub task: String,
    /// How long it took, and its exit code where there is one; `None`: its end was not seen.
    pub ended: Option<(Duration, Option<i32>)>,
}

impl OneOffReport {
    /// Whether it did what it was to do.
    pub(crate) fn has_succeeded(&self) -> bool {
        matches!(self.ended, Some((_, Some(0))))
    }
}

/// A scheduled task that ran another revision than the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScheduleReport {
    pub by: ScheduledBy,
    pub name: String,
    /// `family:revision`.
    pub from: String,
    /// What it was set to; `None`: it was not.
    pub to: Option<String>,
}

/// The deployment that was followed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RolloutReport {
    pub deployment: Option<DeploymentId>,
    /// Whether it was in progress when the run came to it.
    pub is_adopted: bool,
    /// The same, as ECS lists it.
    pub service_deployment: Option<ServiceDeploymentArn>,
    /// Whether ECS was rolling it back when it was last asked.
    pub is_rolling_back: bool,
    /// Whether it has succeeded.
    pub is_done: bool,
    /// Where it stood when the run left it, before its end.
    pub reached: Option<PointReached>,
    /// What happened when, counted from the start of the rollout.
    pub timeline: Vec<(Duration, String)>,
    /// Where the time went, counted likewise, to the end of the way back where there was one.
    pub spans: Vec<Span>,
    /// What made it slow and which setting shortens it, in one sentence or two.
    pub slow: Option<String>,
}

/// How far a deployment had come when it was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PointReached {
    /// In AWS's words.
    pub stage: String,
    /// Whether it waits there for a person.
    pub is_paused: bool,
}

/// Why it failed, and what was done about it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct FailureReport {
    pub problem: Option<Problem>,
    /// Everything that a check found wrong, each with the next move.
    pub findings: Vec<Problem>,
    /// What shows why a deployment failed.
    pub diagnosis: Option<Diagnosis>,
    /// The service of the same run that failed, so that this one was brought back with it.
    pub called_off_for: Option<String>,
    /// What the service is brought back to, once that was begun.
    pub back_to: Option<VersionInfo>,
    /// What came of that, in one sentence.
    pub undo: Option<String>,
    /// What the tasks run where nothing was undone, in words.
    pub remaining: Option<String>,
}

/// What was learned from GitHub, and recorded there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct GitHubReport {
    /// The commits between what ran and what was asked for, or why they are not
    /// known; `None` where nobody looked.
    pub commits: Option<Result<Comparison, String>>,
    /// The GitHub Deployment.
    pub deployment: Option<u64>,
}
