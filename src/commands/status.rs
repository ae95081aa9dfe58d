//! `status`: what runs where, beside what the checkout asks for. Reads only.

use crate::codedeploy::Served;
use crate::deploy::context::Run;
use crate::deploy::known;
use crate::ecs::{Controller, RolloutState};
use crate::plan::VersionInfo;
use crate::problem::Problem;
use crate::read::checkout::{self, Checkout};
use crate::read::{WhatRuns, newest_deployment, what_runs};
use crate::report::{AppReport, Outcome, ServiceReport, Standing, Subject};
use crate::request::{AppRequest, Request};

/// Looks at one service. Never fails: the report says how it ended.
pub(super) async fn status(run: &Run<'_>, app: &AppRequest) -> AppReport {
    let subject = Subject::Service(app.target.clone());
    let mut report = AppReport::new(subject, run.request.reason.clone());
    let checkout = checkout::read(app).unwrap_or_else(|problem| {
        let message = format!("what the checkout asks for is not known: {}", problem.message);
        run.notice(&mut report, Problem { message, ..problem });
        Checkout::default()
    });
    report.versions.to = known::asked_for_by(app, &checkout);
    let reading = async {
        let found = what_runs(run.clients, app).await?;
        let newest = Newest::of(run, app, &found).await;
        Ok((found, newest))
    };
    let found: Option<Result<_, Problem>> = tokio::select! {
        biased;
        () = run.shutdown.requested() => None,
        found = reading => Some(found),
    };
    match found {
        Some(Ok((found, newest))) => tell(app, &found, &newest, &mut report),
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

/// How the newest deployment stands.
struct Newest {
    /// In words, where that is known.
    stands: Option<String>,
    is_under_way: bool,
    /// Under ECS whether what runs was brought with success.
    has_succeeded: Option<bool>,
}

impl Newest {
    async fn of(run: &Run<'_>, app: &AppRequest, found: &WhatRuns) -> Self {
        if found.service.controller == Controller::CodeDeploy {
            return Self::by_codedeploy(run, app).await;
        }
        // Where ECS may not be asked for its list, the classic view tells that much.
        let state = found.service.primary().and_then(|it| it.rollout_state.as_ref());
        let by_classic = state.filter(|it| **it == RolloutState::InProgress);
        let stands = match (&found.newest, by_classic) {
            (Some(status), _) => Some(status.to_string()),
            (None, state) => state.map(ToString::to_string),
        };
        Self {
            stands: stands.map(|it| it.to_lowercase().replace('_', " ")),
            is_under_way: found
                .newest
                .as_ref()
                .map_or(by_classic.is_some(), |it| it.is_under_way()),
            has_succeeded: found.has_succeeded,
        }
    }

    /// One that has only old tasks to remove has succeeded.
    async fn by_codedeploy(run: &Run<'_>, app: &AppRequest) -> Self {
        let newest = newest_deployment(run.clients, app).await;
        let (stands, is_under_way, has_succeeded) = match &newest {
            None => (None, false, None),
            Some((it, succeeded)) => match (it.rolls_back.is_some(), succeeded) {
                (false, Served::Yes) => (Some("successful".to_owned()), false, Some(true)),
                (true, Served::Yes) => (Some("rolled back".to_owned()), false, Some(true)),
                (false, _) if it.is_under_way() => {
                    (Some("in progress".to_owned()), true, Some(false))
                }
                (true, _) if it.is_under_way() => {
                    (Some("rolling back".to_owned()), true, Some(false))
                }
                (_, Served::No) => (Some(it.status.to_string().to_lowercase()), false, Some(false)),
                (_, Served::Unknown(_)) => (None, false, None),
            },
        };
        Self { stands, is_under_way, has_succeeded }
    }
}

fn tell(app: &AppRequest, found: &WhatRuns, newest: &Newest, report: &mut AppReport) {
    report.outcome = Outcome::Listed;
    report.service = ServiceReport::of(&found.service);
    report.versions.running.clone_from(&found.runs);
    report.versions.from_in_flight.clone_from(&found.set_to);
    report.versions.tasks = found.service.primary_counts();
    let stands = stands(found, newest);
    let of = place(app);
    let runs = match (&found.runs, &found.set_to) {
        (Some(runs), _) => format!("runs {}", runs.name()),
        (None, Some(set_to)) => format!("is set to {}, and no task of it runs", set_to.name()),
        (None, None) => "runs nothing".to_owned(),
    };
    let asked = match (&report.versions.to, report.runs_what_is_asked()) {
        (Some(to), Some(false)) => format!("; the checkout asks for {}", to.name()),
        _ => String::new(),
    };
    let name = report.asked.subject.name();
    report.verdict = Some(format!("{name}{of} {runs}{asked} ({stands})"));
    report.standing = Some(Standing {
        since: found.since,
        stands,
        is_settled: is_settled(found, newest),
        is_under_way: newest.is_under_way,
        is_known: is_idle(found) || newest.stands.is_some() || newest.has_succeeded.is_some(),
    });
}

/// ` in prod`, where the file has environments.
fn place(app: &AppRequest) -> String {
    app.in_environment.as_ref().map(|it| format!(" in {it}")).unwrap_or_default()
}

/// How its newest deployment stands, in words.
fn stands(found: &WhatRuns, newest: &Newest) -> String {
    let set_to = found.set_to.as_ref().map(VersionInfo::name);
    match (&newest.stands, set_to) {
        (Some(stands), Some(set_to)) => format!("{set_to} is {stands}"),
        (Some(stands), None) => stands.clone(),
        (None, Some(set_to)) => format!("it is set to {set_to}"),
        (None, None) => "how its last deployment ended is not known".to_owned(),
    }
}

fn is_idle(found: &WhatRuns) -> bool {
    found.service.counts.desired == 0
}

/// Whether it is where its newest deployment was to bring it, as far as that is known.
fn is_settled(found: &WhatRuns, newest: &Newest) -> bool {
    (found.set_to.is_none() || is_idle(found)) && newest.has_succeeded != Some(false)
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
            _ if is_unsettled(report) => "its newest deployment has not succeeded",
            Some(false) if others_are_there => {
                "it does not run what the checkout asks for, and others of its environment do"
            }
            _ => continue,
        };
        report.outcome = Outcome::Mixed;
        report.failure.problem =
            Some(Problem::new(why).hint("`command: plan` shows what a deployment would do now."));
    }
}
