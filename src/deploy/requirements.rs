//! What an app needs of other apps, held against what runs and what this run brings.

use futures_util::future::join_all;
use tokio::sync::OnceCell;

use super::context::Run;
use super::there::There;
use crate::names::AppName;
use crate::problem::{Problem, ProblemKind};
use crate::read::what_runs;
use crate::request::{AppRequest, Requirement};
use crate::version::VersionName;

/// Holds what a service is to run against what its app requires. Gives warnings: of what is not
/// known, and of what a rollback takes from others.
///
/// # Errors
/// The requirement that is not met.
pub(crate) async fn check(
    run: &Run<'_>,
    app: &AppRequest,
    to: Option<&VersionName>,
) -> Result<Vec<Problem>, Problem> {
    let Some(name) = &app.app else { return Ok(Vec::new()) };
    // On the heap, because most apps require nothing.
    let mut warnings = Box::pin(taken_from_others(run, name, to)).await;
    if run.request.command.goes_back() {
        return Ok(warnings);
    }
    let subject = match to {
        Some(version) => format!("{name} {version}"),
        None => name.to_string(),
    };
    for requirement in &app.requires {
        for there in Box::pin(there(run, &requirement.app)).await {
            warnings.extend(judge(app, &subject, requirement, there)?);
        }
    }
    Ok(warnings)
}

/// Waits until the apps of this run that it requires are decided.
pub(crate) async fn decided(run: &Run<'_>, app: &AppRequest) {
    if !run.request.command.goes_back() {
        let needed = app.requires.iter().flat_map(|it| in_run(run, &it.app));
        join_all(needed.map(|(at, _)| run.member.decision_of(at))).await;
    }
}

/// The services of an app that are part of the run.
fn in_run<'a>(run: &'a Run<'_>, app: &AppName) -> impl Iterator<Item = (usize, &'a AppRequest)> {
    let all = run.request.apps.iter().enumerate();
    all.filter(move |(_, it)| it.app.as_ref() == Some(app))
}

/// Whether it is met; a warning where that is not known.
fn judge(
    app: &AppRequest,
    subject: &str,
    requirement: &Requirement,
    there: There,
) -> Result<Option<Problem>, Problem> {
    let Requirement { app: needed, range } = requirement;
    let place = place(app);
    let needs = format!("{subject} needs {needed} {range}");
    let is_met = |version: &VersionName| version.semver().map(|it| range.matches(it));
    let refused = |what: String, hint: String| {
        let problem = Problem::new(format!("{needs}, {what}")).hint(hint);
        Err(Problem { kind: ProblemKind::Blocked, ..problem })
    };
    let unknown = |why: String| {
        let message = format!("{needs}, which could not be checked: {why}");
        Ok(Some(Problem::new(message)))
    };
    let first =
        || format!("Deploy {needed} first, or name both in `apps`: {needed} then goes first.");
    match there {
        There::Brought(version) | There::Runs(version) if is_met(&version) == Some(true) => {
            Ok(None)
        }
        There::Brought(version) if is_met(&version).is_some() => refused(
            format!("but this run deploys {version}"),
            format!("Raise the version of {needed}, or leave {subject} for later."),
        ),
        There::Runs(version) if is_met(&version).is_some() => {
            let is_pre_release = version.semver().is_some_and(|it| !it.pre.is_empty());
            let hint = match is_pre_release {
                true => {
                    "A range matches a pre-release only if it names a pre-release of the same version."
                        .to_owned()
                }
                false => first(),
            };
            refused(format!("but {place} runs {version}"), hint)
        }
        There::Unproved(version) => refused(
            format!("but the deployment of {version} on {place} has not succeeded yet"),
            format!("Wait for it, or see why it has not: `command: status` with `apps: {needed}`."),
        ),
        There::Nothing => refused(format!("but no task of it runs on {place}"), first()),
        There::Brought(version) | There::Runs(version) => {
            unknown(format!("{version} is not a semantic version"))
        }
        There::Unknown(why) => unknown(why),
    }
}

/// What is there of an app, for each of its services.
async fn there(run: &Run<'_>, needed: &AppName) -> Vec<There> {
    let in_run: Vec<There> = join_all(in_run(run, needed).map(async |(at, app)| {
        match run.member.decision_of(at).await {
            Some(version) => There::Brought(version),
            // It is not brought: what runs counts.
            None => running(run, app).await,
        }
    }))
    .await;
    let is_it = |(app, _): &(&AppRequest, _)| app.app.as_ref() == Some(needed);
    let beside = run.request.beside.iter().zip(run.beside).filter(is_it);
    let once = async |(app, known): (&AppRequest, &OnceCell<There>)| {
        known.get_or_init(|| running(run, app)).await.clone()
    };
    let beside = join_all(beside.map(once)).await;
    in_run.into_iter().chain(beside).collect()
}

async fn running(run: &Run<'_>, app: &AppRequest) -> There {
    let found = match what_runs(run.clients, app).await {
        Ok(found) => found,
        Err(problem) if problem.kind == ProblemKind::Missing => return There::Nothing,
        Err(problem) => return There::Unknown(problem.message),
    };
    let Some(runs) = found.runs else { return There::Nothing };
    match (runs.version, found.has_succeeded) {
        (Some(version), Some(false)) => There::Unproved(version),
        (Some(version), Some(true) | None) => There::Runs(version),
        (None, _) => There::Unknown(format!("the version that {} runs is not known", app.target)),
    }
}

/// Apps that run and need a newer version of this one than what is to run. They get a notice, and
/// the run goes ahead: somebody needs it now. In a rollback of several all of them go back.
async fn taken_from_others(
    run: &Run<'_>,
    name: &AppName,
    to: Option<&VersionName>,
) -> Vec<Problem> {
    let is_rollback = run.request.command.goes_back();
    let others = || {
        let in_run = run.request.apps.iter().filter(|_| !is_rollback);
        let all = run.request.beside.iter().chain(in_run);
        all.filter(|it| it.requires.iter().any(|it| it.app == *name))
    };
    let Some(version) = to.and_then(VersionName::semver) else {
        let unknown = |app: &AppRequest| {
            let other = app.app.as_ref()?;
            let what = to.map_or_else(|| "the version".to_owned(), ToString::to_string);
            Some(Problem::new(format!(
                "{other} needs {name}, and it is not known whether {what}, to which {name} is rolled back, is enough"
            )))
        };
        return others().filter(|_| is_rollback).filter_map(unknown).collect();
    };
    let needs_more = |app: &&AppRequest| {
        app.requires.iter().any(|it| it.app == *name && !it.range.matches(version))
    };
    let told = others().filter(needs_more).map(async |app| {
        let needed = app.requires.iter().find(|it| it.app == *name)?;
        let other = app.app.as_ref()?;
        let runs = match running(run, app).await {
            There::Runs(version) | There::Unproved(version) | There::Brought(version) => {
                format!("{other}, of which {version} runs on {},", place(app))
            }
            There::Nothing => return None,
            There::Unknown(_) => other.to_string(),
        };
        let goes = if is_rollback { "is rolled back to" } else { "changes to" };
        let message = format!("{runs} needs {name} {}, but {name} {goes} {version}", needed.range);
        let hint = format!("Roll {other} back as well if it fails with that version.");
        Some(Problem::new(message).hint(hint))
    });
    join_all(told).await.into_iter().flatten().collect()
}

/// Where it runs, as the file or the inputs call it.
fn place(app: &AppRequest) -> String {
    let environment = app.in_environment.as_ref().map(ToString::to_string);
    environment.unwrap_or_else(|| app.target.cluster.to_string())
}
