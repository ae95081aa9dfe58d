//! `plan`: for each app what the checkout asks for, what runs, and what a deployment would do now.
//! Reads only. What a deployment would refuse is an answer here, and no failure.

use serde_json::{Value, json};

use super::comment;
use crate::deploy::context::Run;
use crate::deploy::plan_until_clear::planned;
use crate::deploy::{known, requirements};
use crate::plan::{Decision, VersionInfo, decide};
use crate::problem::{Problem, ProblemKind};
use crate::read::{checkout, read};
use crate::report::{AppReport, Outcome, ServiceReport, Subject};
use crate::reporter::OutputName;
use crate::request::{AppRequest, Request};

/// Plans one service. Never fails: the report says how it ended.
pub(super) async fn plan(run: &Run<'_>, app: &AppRequest) -> AppReport {
    let subject = Subject::Service(app.target.clone());
    let mut report = AppReport::new(subject, run.request.reason.clone());
    let planned = tokio::select! {
        biased;
        () = run.shutdown.requested() => Err((Outcome::Cancelled, vec![
            Problem::new("the workflow was cancelled; nothing was changed"),
        ])),
        planned = decided(run, app, &mut report) => planned,
    };
    match planned {
        Ok(outcome) => report.outcome = outcome,
        Err((outcome, problems)) => {
            report.outcome = outcome;
            let mut problems = problems.into_iter();
            report.failure.problem = problems.next();
            report.failure.findings.extend(problems);
            let to = report.versions.to.as_ref().map(VersionInfo::name);
            let to = to.unwrap_or_else(|| "the new version".to_owned());
            let service = &app.target.service;
            report.verdict = (outcome != Outcome::Cancelled)
                .then(|| format!("{to} cannot be deployed to {service} now"));
        }
    }
    report.duration = run.begun.elapsed();
    report
}

type Answer = Result<Outcome, (Outcome, Vec<Problem>)>;

async fn decided(run: &Run<'_>, app: &AppRequest, report: &mut AppReport) -> Answer {
    let blocked = |problems: Vec<Problem>| (Outcome::Blocked, problems);
    let checkout = checkout::read(app).map_err(|problem| (Outcome::Refused, vec![problem]))?;
    report.versions.to = known::asked_for_by(app, &checkout);
    let found = match read(run.clients, app, &checkout, run.sources).await {
        Ok(found) => found,
        Err(problems) => {
            known::not_found(run, app, report).await;
            return Err((unread(&problems), problems));
        }
    };
    report.service = ServiceReport::of(&found.service);
    known::found(report, app, &found);
    let (outcome, to) = match decide(app, &found).map_err(blocked)? {
        Decision::Go(plan) => {
            planned(report, &plan);
            run.reporter.group(&plan.title(), &plan.lines());
            if plan.is_unchanged() {
                return Ok(Outcome::Unchanged);
            }
            (Outcome::Planned, plan.versions.to.version)
        }
        Decision::WaitFor(id) => {
            run.notice(report, Problem::new(format!(
                "another deployment of {} is in progress ({id}); a deployment would wait for it to finish",
                app.target.service
            )));
            (Outcome::Planned, found.images.first.image.version)
        }
    };
    let met = requirements::check(run, app, to.as_ref()).await;
    let warnings = met.map_err(|problem| blocked(vec![problem]))?;
    warnings.into_iter().for_each(|warning| run.warn(report, warning));
    run.member.decides_on(to);
    Ok(outcome)
}

/// An app that is not ready blocks nobody; what could not be read says nothing of any app.
fn unread(problems: &[Problem]) -> Outcome {
    let is_about_the_app =
        |it: &Problem| matches!(it.kind, ProblemKind::Missing | ProblemKind::Blocked);
    if problems.iter().all(is_about_the_app) { Outcome::Blocked } else { Outcome::Refused }
}

/// Sets what a matrix is made of, and tells the pull request.
pub(super) async fn conclude(run: &Run<'_>, reports: &[AppReport]) {
    let include = include(run.request, reports);
    let set = |name, value: String| run.reporter.output(name, &value);
    set(OutputName::Any, (!include.is_empty()).to_string());
    set(OutputName::Count, include.len().to_string());
    set(OutputName::Matrix, json!({ "include": include }).to_string());
    if include.len() > LEGS {
        run.reporter.warning(
            &Problem::new(format!(
                "a matrix has at most {LEGS} jobs, and this one has {}",
                include.len()
            ))
            .hint("Deploy all of them in one step with `apps: all`."),
        );
    }
    comment::keep(run, reports, format!("plan {}", comment::targets(run.request))).await;
}

/// GitHub's limit ("Usage limits" in the documentation of Actions).
const LEGS: usize = 256;

/// A leg for each app of which something is to be deployed. No account ids, because GitHub
/// drops an output that has a masked value in it.
fn include(request: &Request, reports: &[AppReport]) -> Vec<Value> {
    let mut legs: Vec<(String, Value)> = Vec::new();
    for (app, report) in request.apps.iter().zip(reports) {
        if report.outcome != Outcome::Planned {
            continue;
        }
        let service = app.target.service.as_str();
        let name = app.app.as_ref().map_or(service, |it| it.as_str());
        if let Some((_, leg)) = legs.iter_mut().find(|(known, _)| known == name) {
            let services = format!("{}\n{service}", leg["service"].as_str().unwrap_or_default());
            leg["service"] = services.into();
            continue;
        }
        let version = |side: &Option<VersionInfo>| {
            side.as_ref().and_then(|it| it.version.as_ref()).map(ToString::to_string)
        };
        let (from, to) = (version(&report.versions.from), version(&report.versions.to));
        let leg = json!({
            "app": name,
            "service": service,
            "environment": app.in_environment.as_ref().map(ToString::to_string).unwrap_or_default(),
            "package": folder(request, app),
            "from": from.clone().unwrap_or_default(),
            "to": to.clone().unwrap_or_default(),
            "stage": stage(request, app, &mut Vec::new()),
            "why": why(from.as_deref(), to.as_deref()),
        });
        legs.push((name.to_owned(), leg));
    }
    legs.into_iter().map(|(_, leg)| leg).collect()
}

/// As the repository calls it.
fn folder(request: &Request, app: &AppRequest) -> String {
    let workflow = request.workflow.as_ref();
    let relative = workflow.and_then(|it| it.in_repository(&app.folder));
    relative.unwrap_or_else(|| app.folder.display().to_string())
}

fn why(from: Option<&str>, to: Option<&str>) -> String {
    match (from, to) {
        (Some(from), Some(to)) if from == to => {
            format!("{to} runs with another image or configuration")
        }
        (Some(from), Some(to)) => format!("the checkout asks for {to}, and {from} runs"),
        (_, to) => format!("the checkout asks for {}", to.unwrap_or("another image")),
    }
}

/// How many apps of the run stand one behind another before this one.
fn stage(request: &Request, app: &AppRequest, seen: &mut Vec<usize>) -> usize {
    let mut longest = 0;
    for requirement in &app.requires {
        let needed = request
            .apps
            .iter()
            .enumerate()
            .find(|(_, it)| it.app.as_ref() == Some(&requirement.app));
        if let Some((at, needed)) = needed.filter(|(at, _)| !seen.contains(at)) {
            seen.push(at);
            longest = longest.max(1 + stage(request, needed, seen));
            seen.pop();
        }
    }
    longest
}
