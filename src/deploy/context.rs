//! What every command is given, and what its parts share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::aws::Clients;
use crate::deploy::apply::{Journal, Written};
use crate::deploy::notifier::Notifier;
use crate::deploy::there::There;
use crate::deploy::together::Member;
use crate::deploy::watch::{Ended, Poller, Watched};
use crate::ecs::TaskSetId;
use crate::github::{GitHub, Recorded};
use crate::http::HttpClient;
use crate::plan::{Plan, Remarks};
use crate::problem::Problem;
use crate::read::Sources;
use crate::report::AppReport;
use crate::reporter::{OutputName, Reporter};
use crate::request::{AppRequest, Request, Target};
use crate::rollout::{End, Followed};
use crate::shutdown::Shutdown;

/// `timeout` where the input is empty.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30 * 60);

pub(crate) struct Run<'a> {
    pub(crate) clients: &'a Clients,
    /// GitHub, where there is a run of a workflow and a token for it.
    pub(crate) github: Option<&'a GitHub>,
    /// Told when the workflow is cancelled.
    pub(crate) shutdown: &'a Shutdown,
    pub(crate) reporter: &'a dyn Reporter,
    pub(crate) poller: &'a Poller,
    /// The other services of the run.
    pub(crate) member: Member<'a>,
    pub(crate) notifier: &'a Notifier<'a>,
    /// All hosts but those of AWS and GitHub.
    pub(crate) web: &'a HttpClient,
    pub(crate) written: &'a Written,
    pub(crate) request: &'a Request,
    /// What runs of the services that are only read, each read once.
    pub(crate) beside: &'a [OnceCell<There>],
    /// What runs where versions are taken from.
    pub(crate) sources: &'a Sources,
    /// What this action recorded at GitHub of all services, read once; or why it is not known.
    pub(crate) recorded: &'a OnceCell<(Vec<Recorded>, Option<String>)>,
    /// Whose scheduled tasks a service of the run has taken up.
    pub(crate) scheduled: &'a Mutex<BTreeSet<String>>,
    pub(crate) begun: Instant,
    pub(crate) published: Mutex<BTreeMap<OutputName, String>>,
}

impl Run<'_> {
    /// New journals of what is written for the sake of `on`.
    pub(crate) fn journals(&self, on: &impl ToString) -> Journals {
        let journal = || self.written.journal(on);
        Journals { deploy: journal(), undo: journal() }
    }

    /// Sets what is known of a single app, once for each value.
    fn publish(&self, report: &AppReport) {
        for (name, value) in report.outputs() {
            self.set(name, &value);
        }
    }

    /// The same at the end.
    pub(crate) fn finish(&self, report: &AppReport) {
        self.publish(report);
        self.take_back(report);
    }

    /// The same on the way, without what only the end tells: it would stay where the
    /// process is killed.
    pub(crate) fn publish_so_far(&self, report: &AppReport) {
        let is_of_the_end =
            |name: OutputName| matches!(name, OutputName::Result | OutputName::RunningVersion);
        for (name, value) in report.outputs().into_iter().filter(|(name, _)| !is_of_the_end(*name))
        {
            self.set(name, &value);
        }
    }

    /// Empties outputs that were set on the way and are not known in the end.
    fn take_back(&self, report: &AppReport) {
        let known: Vec<OutputName> = report.outputs().into_iter().map(|(name, _)| name).collect();
        let published = self.published.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (name, _) in published.iter().filter(|(name, _)| !known.contains(*name)) {
            self.set(*name, "");
        }
    }

    /// Whether outputs can tell of one app.
    pub(crate) fn is_alone(&self) -> bool {
        let Request { apps, images, family, .. } = self.request;
        apps.len() + images.len() + usize::from(family.is_some()) == 1
    }

    /// Whether this is the first service of the run that the scheduled tasks of a family are
    /// to follow.
    pub(crate) fn claims_scheduled(&self, target: &Target, family: &str) -> bool {
        let of = format!("{} {} {family}", target.region, target.cluster);
        self.scheduled.lock().unwrap_or_else(PoisonError::into_inner).insert(of)
    }

    /// Sets one output of a single app, if it has another value.
    pub(crate) fn set(&self, name: OutputName, value: &str) {
        if !self.is_alone() {
            return;
        }
        let mut published = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        if published.get(&name).is_none_or(|known| known != value) {
            self.reporter.output(name, value);
            published.insert(name, value.to_owned());
        }
    }

    /// Says something worth knowing that came up after the plan was shown.
    pub(crate) fn notice(&self, report: &mut AppReport, notice: Problem) {
        self.reporter.notice(&notice);
        report.notices.push(notice);
    }

    /// Says what should be looked at although the run continues.
    pub(crate) fn warn(&self, report: &mut AppReport, warning: Problem) {
        self.reporter.warning(&warning);
        report.warnings.push(warning);
    }
}

/// The writes of a run, as far as a cancel has to know them.
#[derive(Debug)]
pub(crate) struct Journals {
    pub(crate) deploy: Journal,
    pub(crate) undo: Journal,
}

/// By what the wanted version comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    /// The deployment that is followed brings it.
    Deployment,
    /// ECS or CodeDeploy rolls the deployment that is followed back to it.
    Rollback,
}

/// A rollout that was followed to its end, or for as long as it could be.
pub(crate) struct Rollout<'a> {
    pub(crate) run: &'a Run<'a>,
    pub(crate) app: &'a AppRequest,
    pub(crate) plan: &'a Plan,
    pub(crate) followed: &'a Followed,
    pub(crate) via: Via,
    pub(crate) watched: &'a Watched,
    pub(crate) journals: &'a Journals,
    /// When following began.
    pub(crate) begun: Instant,
}

impl Rollout<'_> {
    /// What its tasks are started by. Under CodeDeploy a task set, which shows only once there
    /// is one.
    pub(crate) fn started_by(&self) -> Option<&TaskSetId> {
        let task_set = self.watched.last.as_ref().and_then(|last| last.task_set.as_ref());
        task_set.or(self.followed.id.task_set())
    }

    /// Whether it had succeeded by AWS's word: then what has failed came after it.
    pub(crate) fn has_succeeded(&self) -> bool {
        matches!(self.watched.end, Ended::Deployment(End::Succeeded | End::Reached))
    }

    /// Whether its failure was seen: then a rollback of CodeDeploy's own had its time to begin.
    pub(crate) fn has_failed(&self) -> bool {
        matches!(self.watched.end, Ended::Deployment(End::Failed { .. }))
    }
}

/// How many tasks the service is to have in the end; an undo sends no count.
pub(crate) fn desired_count(app: &AppRequest, plan: &Plan) -> i32 {
    app.desired_count.unwrap_or(plan.service.counts.desired)
}

/// Shows the plan before it is carried out.
pub(crate) fn show(run: &Run<'_>, plan: &Plan) {
    show_all(run, (&plan.title(), &plan.lines()), &plan.remarks);
}

/// The same of any plan.
pub(crate) fn show_all(run: &Run<'_>, (title, lines): (&str, &[String]), remarks: &Remarks) {
    run.reporter.group(title, lines);
    remarks.warnings.iter().for_each(|warning| run.reporter.warning(warning));
    remarks.notices.iter().for_each(|notice| run.reporter.notice(notice));
}
