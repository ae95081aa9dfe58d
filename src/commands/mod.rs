//! The commands: each reads like its entry in the documents.
//!
//! A command strings the rooms together for every app of the request and turns
//! what came of it into a report. It must not speak AWS's or the runner's language
//! itself.

mod comment;
mod continue_stop;
mod github_updates;
mod deploy;
mod drill;
mod list;
mod members;
mod page;
mod plan;
pub(crate) mod post;
mod register;
mod rollback_form;
mod run_task;
mod status;
mod tracker;
mod verify;

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Mutex;

use futures_util::future::join_all;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::aws::Clients;
use crate::deploy::apply::Written;
use crate::deploy::context::Run;
use crate::deploy::notifier::Notifier;
use crate::deploy::there::There;
use crate::deploy::together::Together;
use crate::deploy::watch::Poller;
use crate::github::GitHub;
use crate::http::HttpClient;
use crate::plan::VersionInfo;
use crate::problem::Problem;
use crate::read::Sources;
use crate::report::{AppReport, Outcome, Subject, json, not_touched, summary};
use crate::reporter::{Named, OutputName, Reporter};
use crate::request::{AppRequest, Command, Request};
use crate::shutdown::Shutdown;

/// Carries out a request to its end and gives the exit code of the step. What it writes to
/// AWS stands in `written`, whatever becomes of it.
pub async fn run(
    request: &Request,
    clients: &Clients,
    github: Option<GitHub>,
    web: &HttpClient,
    written: &Written,
    shutdown: &Shutdown,
    reporter: &dyn Reporter,
) -> u8 {
    let narrowed = members::with_a_service(request, clients, shutdown, reporter).await;
    let request = narrowed.as_ref().unwrap_or(request);
    let poller = Poller::start(clients.for_watching());
    let beside: Vec<OnceCell<There>> = request.beside.iter().map(|_| OnceCell::new()).collect();
    let sources = Sources::default();
    let (together, begun) = (Together::new(request), Instant::now());
    let notifier = Notifier::new(web, request);
    let (scheduled, recorded) = (Mutex::new(BTreeSet::new()), OnceCell::new());
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
        notifier: &notifier,
        web,
        written,
        beside: &beside,
        sources: &sources,
        request,
        scheduled: &scheduled,
        recorded: &recorded,
        begun,
        published: Mutex::default(),
    };
    let runs: Vec<Run<'_>> = match named.as_slice() {
        [_] => vec![one(0, reporter)],
        several => several.iter().enumerate().map(|(at, named)| one(at, named)).collect(),
    };
    let on_their_way = runs.iter().zip(&request.apps).map(|(run, app)| carry_out(run, app));
    let mut reports = join_all(on_their_way).await;
    runs.iter().zip(&mut reports).for_each(|(run, report)| tell_what_stays(run, report));
    for (at, image) in request.images.iter().enumerate() {
        let run = one(request.apps.len() + at, reporter);
        let report = verify::verify_image(&run, image).await;
        run.finish(&report);
        reports.push(report);
    }
    if let Some(family) = &request.family {
        let run = one(0, reporter);
        let report = Box::pin(register::register(&run, family)).await;
        run.finish(&report);
        reports.push(report);
    }
    let of_all = one(reports.len(), reporter);
    conclude_together(&of_all, &mut reports).await;
    let code = conclude(reporter, &reports);
    let told = notifier.ended(&reports, shutdown, reporter);
    tokio::join!(told, tracker::keep(&of_all, &reports));
    code
}

/// What a command says of all services together, beside their reports.
async fn conclude_together(run: &Run<'_>, reports: &mut [AppReport]) {
    let Run { request, .. } = run;
    match request.command {
        Command::Plan => plan::conclude(run, reports).await,
        Command::Status => status::settle(request, reports),
        Command::Page => page::write(run, reports).await,
        Command::Verify if !run.is_alone() => {
            let kind = verify::kind_of_several(request);
            let about = format!("verify {kind} {}", comment::targets(request));
            comment::keep(run, reports, about).await;
        }
        Command::Verify
        | Command::Deploy
        | Command::Rollback
        | Command::Continue
        | Command::Stop
        | Command::Drill
        | Command::List
        | Command::Run
        | Command::Register => {}
    }
}

type Reporting<'a> = Pin<Box<dyn Future<Output = AppReport> + 'a>>;

/// Does what was asked for one service, and reports it.
async fn carry_out(run: &Run<'_>, app: &AppRequest) -> AppReport {
    let mut report = command(run, app).await;
    run.member.ended(report.outcome);
    report.asked.app = app.app.as_ref().map(ToString::to_string);
    report.asked.environment = app.in_environment.as_ref().map(ToString::to_string);
    run.finish(&report);
    report
}

/// What was deployed before this run is not this run's to bring back.
fn tell_what_stays(run: &Run<'_>, report: &mut AppReport) {
    let Some(who) = run.member.was_called_off_for() else { return };
    if report.outcome == Outcome::Unchanged {
        let to = report.versions.to.as_ref().map(VersionInfo::name).unwrap_or_default();
        let name = report.asked.subject.name();
        let message = format!(
            "{who} failed, and {name} stays on {to}: it already ran that before this run, which undoes only what it deployed"
        );
        let hint = "Roll it back as well if it must match the others.";
        run.notice(report, Problem::new(message).hint(hint));
    }
}

/// On the heap, because there may be many of them.
fn command<'a>(run: &'a Run<'_>, app: &'a AppRequest) -> Reporting<'a> {
    match run.request.command {
        Command::Deploy | Command::Rollback => Box::pin(deploy::deploy(run, app)),
        Command::Continue | Command::Stop => Box::pin(continue_stop::continue_or_stop(run, app)),
        Command::Verify => Box::pin(verify::verify(run, app)),
        Command::List => Box::pin(list::list(run, app)),
        Command::Page => Box::pin(list::listed(run, app)),
        Command::Drill => Box::pin(drill::drill(run, app)),
        Command::Plan => Box::pin(plan::plan(run, app)),
        Command::Status => Box::pin(status::status(run, app)),
        Command::Run => Box::pin(run_task::run_task(run, app)),
        // The inputs let no service through.
        Command::Register => {
            let subject = Subject::Service(app.target.clone());
            Box::pin(std::future::ready(AppReport::new(subject, None)))
        }
    }
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
    let mut worst_first: Vec<&AppReport> = reports.iter().collect();
    worst_first.sort_by_key(|report| Reverse(report.outcome));
    let touched = worst_first.iter().filter(|report| !report.is_not_touched());
    touched.for_each(|report| say(reporter, report, reports.len() > 1));
    if let Some(line) = not_touched(reports) {
        reporter.line(&line);
    }
    let worst = worst_first.first().map_or(Outcome::Failed, |report| report.outcome);
    if let [_, _, ..] = reports {
        let is_cause = |it: &&&AppReport| !it.outcome.is_ok() && it.outcome != Outcome::Held;
        let reason = |it: &&AppReport| {
            let reason = it.failure_reason().unwrap_or_else(|| it.headline());
            format!("{}: {reason}", it.asked.subject.name())
        };
        let reasons: Vec<String> = worst_first.iter().filter(is_cause).map(reason).collect();
        if !reasons.is_empty() {
            reporter.output(OutputName::FailureReason, &reasons.join("; "));
        }
    }
    reporter.output(OutputName::Result, worst.as_str());
    reporter.output(OutputName::Report, &json(reports));
    reporter.summary(&summary(reports));
    worst.exit_code()
}

/// The end of one app. What only a plan was asked for is an answer, and who is held is no cause:
/// GitHub shows few errors.
fn say(reporter: &dyn Reporter, report: &AppReport, is_one_of_many: bool) {
    let Some(problem) = &report.failure.problem else {
        return reporter.line(&report.headline());
    };
    let say = |problem: &Problem| match report.outcome {
        Outcome::Held => reporter.line(&problem.message),
        outcome if outcome.is_ok() => reporter.warning(problem),
        _ => reporter.error(problem),
    };
    let of = |what: &str, problem: &Problem| Problem {
        message: format!("{what}: {}", problem.message),
        ..problem.clone()
    };
    say(&of(&report.headline(), problem));
    for finding in &report.failure.findings {
        match is_one_of_many {
            true => say(&of(report.asked.subject.name(), finding)),
            false => say(finding),
        }
    }
}
