//! `status`: what runs where, beside what the tree asks for. Reads only.

use crate::deploy::context::Run;
use crate::deploy::known;
use crate::ecs::ServiceDeploymentStatus;
use crate::plan::VersionInfo;
use crate::problem::Problem;
use crate::read::checkout::{self, Checkout};
use crate::read::{WhatRuns, what_runs};
use crate::report::{AppReport, Outcome, ServiceReport, Standing, Subject};
use crate::request::{AppRequest, Request};

/// Looks at one service. Never fails: how it ended stands in the report.
pub(super) async fn status(run: &Run<'_>, app: &AppRequest) -> AppReport {
    let subject = Subject::Service(app.target.clone());
    let mut report = AppReport::new(subject, run.request.reason.clone());
    let checkout = checkout::read(app).unwrap_or_else(|problem| {
        let message = format!("what the tree asks for is not known: {}", problem.message);
        run.notice(&mut report, Problem { message, ..problem });
        Checkout::default()
    });
    report.versions.to = known::asked_for_by(app, &checkout);
    let found = tokio::select! {
        biased;
        () = run.shutdown.requested() => None,
        found = what_runs(run.clients, app) => Some(found),
    };
    match found {
        Some(Ok(found)) => tell(app, &found, &mut report),
        Some(Err(problem)) => {
            report.outcome = Outcome::Refused;
            let service = &app.target.service;
            report.verdict = Some(format!("what {service} runs{} could not be read", place(app)));
            report.failure.problem = Some(problem);
        }
        None => {
            report.outcome = Outcome::Cancelled;
            report.failure.problem =
                Some(Problem::new("the workflow was cancelled; nothing was changed"));
        }
    }
    report.duration = run.begun.elapsed();
    report
}

fn tell(app: &AppRequest, found: &WhatRuns, report: &mut AppReport) {
    report.outcome = Outcome::Listed;
    report.service = ServiceReport::of(&found.service);
    report.versions.running.clone_from(&found.runs);
    report.versions.from_in_flight.clone_from(&found.set_to);
    report.versions.tasks = found.service.primary_counts();
    let stands = stands(found);
    let of = place(app);
    let runs = match (&found.runs, &found.set_to) {
        (Some(runs), _) => format!("runs {}", runs.name()),
        (None, Some(set_to)) => format!("is set to {}, and no task of it runs", set_to.name()),
        (None, None) => "runs nothing".to_owned(),
    };
    let asked = match (&report.versions.to, report.runs_what_is_asked()) {
        (Some(to), Some(false)) => format!("; the tree asks for {}", to.name()),
        _ => String::new(),
    };
    let name = report.asked.subject.name();
    report.verdict = Some(format!("{name}{of} {runs}{asked} ({stands})"));
    report.standing = Some(Standing {
        since: found.since,
        stands,
        is_settled: is_settled(found),
        is_under_way: found.newest.as_ref().is_some_and(ServiceDeploymentStatus::is_under_way),
    });
}

/// ` in prod`, where the file has environments.
fn place(app: &AppRequest) -> String {
    app.in_environment.as_ref().map(|it| format!(" in {it}")).unwrap_or_default()
}

/// How its newest deployment stands, in words.
fn stands(found: &WhatRuns) -> String {
    let set_to = found.set_to.as_ref().map(VersionInfo::name);
    match (&found.newest, set_to) {
        (Some(status), Some(set_to)) => format!("{set_to} is {}", in_words(&status.to_string())),
        (Some(status), None) => in_words(&status.to_string()),
        (None, Some(set_to)) => format!("it is set to {set_to}"),
        (None, None) => "how its last deployment ended is not known".to_owned(),
    }
}

fn in_words(status: &str) -> String {
    status.to_lowercase().replace('_', " ")
}

/// Whether it is where its newest deployment was to bring it.
fn is_settled(found: &WhatRuns) -> bool {
    let is_idle = found.service.counts.desired == 0;
    (found.set_to.is_none() || is_idle) && found.has_succeeded != Some(false)
}

/// An environment is mixed where some of its services run what the tree asks for and others
/// don't, or where one is not settled: then those that hold it up are told.
pub(super) fn settle(request: &Request, reports: &mut [AppReport]) {
    let is_unsettled =
        |report: &AppReport| report.standing.as_ref().is_some_and(|it| !it.is_settled);
    let there: Vec<bool> = reports
        .iter()
        .map(|report| report.runs_what_is_asked() == Some(true) && !is_unsettled(report))
        .collect();
    for (at, report) in reports.iter_mut().enumerate() {
        let environment = &request.apps[at].in_environment;
        let is_beside = |other: &AppRequest| other.in_environment == *environment;
        let mut others = request.apps.iter().zip(&there);
        let others_are_there = others.any(|(other, is_there)| is_beside(other) && *is_there);
        let why = match report.runs_what_is_asked() {
            _ if report.outcome != Outcome::Listed => continue,
            _ if is_unsettled(report) => "its newest deployment has not come to a good end",
            Some(false) if others_are_there => {
                "it does not run what the tree asks for, and others of its environment do"
            }
            _ => continue,
        };
        report.outcome = Outcome::Mixed;
        report.failure.problem =
            Some(Problem::new(why).hint("`command: plan` says what a deployment would do now."));
    }
}
