//! The commands: each reads like its row in the README's table.
//!
//! A command strings the rooms together for every app of the request and turns
//! what came of it into a report. It must not speak AWS's or the runner's language
//! itself.

mod aside;
mod confirm;
mod deploy;
mod ending;
mod evidence;
mod failed;
mod known;
mod left;
mod list;
pub mod post;
mod returned;
mod stayed;
mod turning;
mod undo;
mod verify;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::apply::Written;
use crate::aws::Clients;
use crate::effects::{OutputName, Voice};
use crate::github::GitHub;
use crate::problem::Problem;
use crate::report::{AppReport, Outcome, json, summary};
use crate::request::{Command, Request};
use crate::shutdown::Shutdown;
use crate::watch::Poller;

/// What every command is given.
pub struct Run<'a> {
    /// Clients for AWS.
    pub clients: &'a Clients,
    /// GitHub, where there is a run of a workflow and a token for it.
    pub github: Option<GitHub>,
    /// Told when the workflow is cancelled.
    pub shutdown: &'a Shutdown,
    /// Where to speak.
    pub voice: &'a dyn Voice,
    poller: Poller,
    written: &'a Written,
    request: &'a Request,
    begun: Instant,
    published: Mutex<BTreeMap<OutputName, String>>,
}

/// Carries out a request to its end and gives the exit code of the step. What it writes to
/// AWS stands in `written`, whatever becomes of it.
pub async fn run(
    request: &Request,
    clients: &Clients,
    github: Option<GitHub>,
    written: &Written,
    shutdown: &Shutdown,
    voice: &dyn Voice,
) -> u8 {
    let run = Run {
        clients,
        github,
        shutdown,
        voice,
        poller: Poller::start(clients.for_watching()),
        written,
        request,
        begun: Instant::now(),
        published: Mutex::default(),
    };
    let mut reports = Vec::with_capacity(request.apps.len());
    for app in &request.apps {
        reports.push(match request.command {
            Command::Deploy | Command::Rollback => deploy::deploy(&run, app).await,
            Command::Verify => Box::pin(verify::verify(&run, app)).await,
            Command::List => list::list(&run, app).await,
        });
    }
    for image in &request.images {
        reports.push(Box::pin(verify::verify_image(&run, image)).await);
    }
    run.conclude(&reports)
}

/// Refuses a request that could not even be understood.
pub fn refuse_inputs(problems: &[Problem], voice: &dyn Voice) -> u8 {
    for problem in problems {
        voice.error(problem);
    }
    voice.output(OutputName::Result, Outcome::Refused.as_str());
    let reasons: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    voice.output(OutputName::FailureReason, &reasons.join("; "));
    voice.summary(&crate::report::wrong_inputs(problems));
    2
}

impl Run<'_> {
    /// Sets what is known of a single app, once for each value.
    fn publish(&self, report: &AppReport) {
        for (name, value) in report.outputs() {
            self.set(name, &value);
        }
    }

    /// The same on the way, without what only the end tells: it would stay where the
    /// process is killed.
    fn publish_so_far(&self, report: &AppReport) {
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

    /// Sets one output of a single app, if it has another value.
    fn set(&self, name: OutputName, value: &str) {
        if self.request.apps.len() > 1 {
            return;
        }
        let mut published = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        if published.get(&name).is_none_or(|known| known != value) {
            self.voice.output(name, value);
            published.insert(name, value.to_owned());
        }
    }

    /// Says something worth knowing that came up after the plan was shown.
    fn notice(&self, report: &mut AppReport, notice: Problem) {
        self.voice.notice(&notice);
        report.notices.push(notice);
    }

    fn conclude(&self, reports: &[AppReport]) -> u8 {
        for report in reports {
            match &report.failure {
                Some(problem) => {
                    self.voice.error(&Problem {
                        message: format!("{}: {}", report.headline(), problem.message),
                        ..problem.clone()
                    });
                    for finding in &report.findings {
                        self.voice.error(finding);
                    }
                }
                None => self.voice.line(&report.headline()),
            }
            self.publish(report);
            self.take_back(report);
        }
        let worst = reports.iter().map(|report| report.outcome).max().unwrap_or(Outcome::Failed);
        self.voice.output(OutputName::Result, worst.as_str());
        self.voice.output(OutputName::Report, &json(reports));
        self.voice.summary(&summary(reports));
        worst.exit_code()
    }
}
