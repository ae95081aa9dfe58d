//! The commands: each reads like its row in the README's table.
//!
//! A command strings the rooms together for every app of the request and turns
//! what came of it into a report. It must not speak AWS's or the runner's language
//! itself.

mod github_updates;
mod deploy;
mod list;
pub(crate) mod post;
mod verify;

use std::sync::Mutex;

use tokio::time::Instant;

use crate::aws::Clients;
use crate::deploy::apply::Written;
use crate::deploy::context::Run;
use crate::deploy::watch::Poller;
use crate::github::GitHub;
use crate::problem::Problem;
use crate::report::{AppReport, Outcome, json, summary};
use crate::reporter::{OutputName, Reporter};
use crate::request::{Command, Request};
use crate::shutdown::Shutdown;

/// Carries out a request to its end and gives the exit code of the step. What it writes to
/// AWS stands in `written`, whatever becomes of it.
pub async fn run(
    request: &Request,
    clients: &Clients,
    github: Option<GitHub>,
    written: &Written,
    shutdown: &Shutdown,
    reporter: &dyn Reporter,
) -> u8 {
    let run = Run {
        clients,
        github,
        shutdown,
        reporter,
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
            Command::Verify => verify::verify(&run, app).await,
            Command::List => list::list(&run, app).await,
        });
    }
    for image in &request.images {
        reports.push(verify::verify_image(&run, image).await);
    }
    conclude(&run, &reports)
}

/// Refuses a request that could not even be understood.
pub fn refuse_inputs(problems: &[Problem], reporter: &dyn Reporter) -> u8 {
    for problem in problems {
        reporter.error(problem);
    }
    reporter.output(OutputName::Result, Outcome::Refused.as_str());
    let reasons: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    reporter.output(OutputName::FailureReason, &reasons.join("; "));
    reporter.summary(&crate::report::wrong_inputs(problems));
    2
}

fn conclude(run: &Run<'_>, reports: &[AppReport]) -> u8 {
    for report in reports {
        match &report.failure.problem {
            Some(problem) => {
                run.reporter.error(&Problem {
                    message: format!("{}: {}", report.headline(), problem.message),
                    ..problem.clone()
                });
                for finding in &report.failure.findings {
                    run.reporter.error(finding);
                }
            }
            None => run.reporter.line(&report.headline()),
        }
        run.publish(report);
        run.take_back(report);
    }
    let worst = reports.iter().map(|report| report.outcome).max().unwrap_or(Outcome::Failed);
    run.reporter.output(OutputName::Result, worst.as_str());
    run.reporter.output(OutputName::Report, &json(reports));
    run.reporter.summary(&summary(reports));
    worst.exit_code()
}
