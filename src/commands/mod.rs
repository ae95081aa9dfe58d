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

use std::pin::Pin;
use std::sync::Mutex;

use futures_util::future::join_all;
use tokio::time::Instant;

use crate::aws::Clients;
use crate::deploy::apply::Written;
use crate::deploy::context::Run;
use crate::deploy::together::Together;
use crate::deploy::watch::Poller;
use crate::github::GitHub;
use crate::problem::Problem;
use crate::report::{AppReport, Outcome, json, summary};
use crate::reporter::{Named, OutputName, Reporter};
use crate::request::{AppRequest, Command, Request};
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
    let poller = Poller::start(clients.for_watching());
    let (together, left, begun) = (Together::new(request), Mutex::default(), Instant::now());
    let named: Vec<Named<'_>> = request
        .apps
        .iter()
        .map(|app| Named { reporter, name: app.target.service.as_str() })
        .collect();
    let one = |at, reporter| Run {
        clients,
        github: github.as_ref(),
        shutdown,
        reporter,
        poller: &poller,
        member: together.member(at),
        written,
        left: &left,
        request,
        begun,
        published: Mutex::default(),
    };
    let runs: Vec<Run<'_>> = match named.as_slice() {
        [_] => vec![one(0, reporter)],
        several => several.iter().enumerate().map(|(at, named)| one(at, named)).collect(),
    };
    let on_their_way = runs.iter().zip(&request.apps).map(|(run, app)| carry_out(run, app));
    let mut reports = join_all(on_their_way).await;
    for (at, image) in request.images.iter().enumerate() {
        let run = one(request.apps.len() + at, reporter);
        let report = verify::verify_image(&run, image).await;
        run.finish(&report);
        reports.push(report);
    }
    conclude(reporter, &reports)
}

/// On the heap, because there may be many of them.
fn carry_out<'a>(
    run: &'a Run<'_>,
    app: &'a AppRequest,
) -> Pin<Box<dyn Future<Output = AppReport> + 'a>> {
    Box::pin(async move {
        let report = match run.request.command {
            Command::Deploy | Command::Rollback => deploy::deploy(run, app).await,
            Command::Verify => verify::verify(run, app).await,
            Command::List => list::list(run, app).await,
        };
        run.finish(&report);
        report
    })
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

fn conclude(reporter: &dyn Reporter, reports: &[AppReport]) -> u8 {
    for report in reports {
        match &report.failure.problem {
            Some(problem) => {
                reporter.error(&Problem {
                    message: format!("{}: {}", report.headline(), problem.message),
                    ..problem.clone()
                });
                for finding in &report.failure.findings {
                    reporter.error(finding);
                }
            }
            None => reporter.line(&report.headline()),
        }
    }
    let worst = reports.iter().map(|report| report.outcome).max().unwrap_or(Outcome::Failed);
    if let [_, _, ..] = reports {
        let reasons = reports.iter().filter(|report| !report.outcome.is_ok());
        let reasons: Vec<String> = reasons.map(AppReport::headline).collect();
        if !reasons.is_empty() {
            reporter.output(OutputName::FailureReason, &reasons.join("; "));
        }
    }
    reporter.output(OutputName::Result, worst.as_str());
    reporter.output(OutputName::Report, &json(reports));
    reporter.summary(&summary(reports));
    worst.exit_code()
}
