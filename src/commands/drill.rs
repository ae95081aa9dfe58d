//! `drill`: whether the service could go back right now. The road of a rollback up to its
//! first write, and what a rollback would find out only behind that. Reads only.

use std::collections::BTreeSet;

use futures_util::StreamExt as _;

use crate::aws::side_by_side;
use crate::deploy::context::Run;
use crate::deploy::plan_until_clear::{planned, unless_cancelled};
use crate::deploy::{known, requirements};
use crate::ecs::DeploymentId;
use crate::image::ImageReference;
use crate::plan::{CurrentState, Decision, Expiry, Plan, decide, in_ecr};
use crate::problem::Problem;
use crate::read::checkout;
use crate::read::{Preflight, RollbackRead, check_needs, read_image, read_rollback};
use crate::report::{AppReport, Outcome, ServiceReport, Subject};
use crate::request::{AppRequest, Expect, ImageRequest, Wanted};

/// Tries it for one service. Never fails: the report says what prevents a rollback.
pub(super) async fn drill(run: &Run<'_>, app: &AppRequest) -> AppReport {
    let subject = Subject::Service(app.target.clone());
    let mut report = AppReport::new(subject, run.request.reason.clone());
    report.asked.is_rollback = true;
    match unless_cancelled(run, try_it(run, app, &mut report)).await {
        Ok(verdict) => conclude(run, verdict, &mut report),
        Err(_) => {
            report.outcome = Outcome::Cancelled;
            report.failure.problem =
                Some(Problem::new("the workflow was cancelled; nothing was changed"));
        }
    }
    report.duration = run.begun.elapsed();
    report
}

/// Reports everything that prevents a rollback, and gives the answer.
fn conclude(run: &Run<'_>, verdict: String, report: &mut AppReport) {
    report.failure.findings.iter().for_each(|finding| run.reporter.error(finding));
    report.warnings.iter().for_each(|warning| run.reporter.warning(warning));
    report.notices.iter().for_each(|notice| run.reporter.notice(notice));
    report.outcome = match report.failure.findings.is_empty() {
        true => Outcome::Verified,
        false => Outcome::Refused,
    };
    report.verdict = Some(match report.failure.findings.len() {
        0 => verdict,
        count => {
            let service = report.asked.subject.name();
            let to = report.versions.to.as_ref().map(|it| format!(" to {}", it.name()));
            let many = if count == 1 { String::new() } else { format!(": {count} problems") };
            format!("{service} cannot be rolled back{} now{many}", to.unwrap_or_default())
        }
    });
}

/// Gives the answer where nothing prevents a rollback.
async fn try_it(run: &Run<'_>, app: &AppRequest, report: &mut AppReport) -> String {
    let service = &app.target.service;
    let state = match read(run, app, report).await {
        Ok(state) => state,
        Err(problem) => {
            known::not_found(run, app, report).await;
            report.failure.findings.push(problem);
            return String::new();
        }
    };
    known::found(report, app, &state);
    let plan = match decide(app, &state) {
        Ok(Decision::Go(plan)) => plan,
        Ok(Decision::WaitFor(id)) => {
            report.failure.findings.push(under_way(app, &id));
            return String::new();
        }
        Err(problems) => {
            report.failure.findings.extend(problems);
            return String::new();
        }
    };
    planned(report, &plan);
    run.reporter.group(&plan.title(), &plan.lines());
    let is_checked = look_behind_the_writes(run, app, (&state, &plan), report).await;
    let (from, to) = (plan.versions.from.name(), plan.versions.to.name());
    let as_far = if is_checked { "" } else { ", as far as could be checked" };
    match plan.is_unchanged() {
        true => format!("{service} already runs {to}; a rollback to it would change nothing"),
        false => format!("{service} can be rolled back from {from} to {to} now{as_far}"),
    }
}

/// What a rollback reads.
async fn read(
    run: &Run<'_>,
    app: &AppRequest,
    report: &mut AppReport,
) -> Result<CurrentState, Problem> {
    let checkout = checkout::read(app)?;
    report.versions.to = known::asked_for_by(app, &checkout);
    match read_rollback(run.clients, app, &checkout).await? {
        RollbackRead::All(state) => {
            report.service = ServiceReport::of(&state.service);
            Ok(*state)
        }
        RollbackRead::RollingBack(service, id) => {
            report.service = ServiceReport::of(&service);
            Err(under_way(app, &id))
        }
    }
}

fn under_way(app: &AppRequest, id: &DeploymentId) -> Problem {
    Problem::new(format!(
        "another deployment of {} is in progress ({id}), and a rollback would wait for it to finish",
        app.target
    ))
    .hint("Try again when it has finished.")
}

/// Looks for what a rollback would find out only by its tasks. Gives whether all of it could
/// be looked at.
async fn look_behind_the_writes(
    run: &Run<'_>,
    app: &AppRequest,
    (state, plan): (&CurrentState, &Plan),
    report: &mut AppReport,
) -> bool {
    let needs = plan.revision.definition.needs();
    let place = plan.service.arn.place();
    let (preflight, met, beside) = tokio::join!(
        check_needs(run.clients, &place, &needs),
        requirements::check(run, app, plan.versions.to.version.as_ref()),
        images_beside(run, app, plan),
    );
    match met {
        Ok(warnings) => report.warnings.extend(warnings),
        Err(problem) => report.failure.findings.push(problem),
    }
    let Preflight { missing, mut not_checked } = preflight;
    report.failure.findings.extend(missing);
    for (image, looked) in beside {
        match looked {
            Some(Ok(())) => {}
            Some(Err(problem)) => report.failure.findings.push(problem),
            None => {
                not_checked.insert(format!("images outside of ECR ({image})"));
            }
        }
    }
    let mut unchecked: Vec<Problem> = not_checked
        .into_iter()
        .map(|what| Problem::new(format!("could not check that these exist: {what}")))
        .collect();
    match state.rollback_source.as_ref().map(|it| &it.expiry) {
        Some(Expiry::Goes(problem)) => {
            // A rollback would only warn of it.
            report.warnings.retain(|it| it != problem);
            report.failure.findings.push(problem.clone());
        }
        Some(Expiry::NotChecked(why)) => unchecked.push(Problem::new(format!(
            "could not check whether a lifecycle policy is about to delete the image: {why}"
        ))),
        Some(Expiry::Stays) | None => {}
    }
    let is_checked = unchecked.is_empty() && state.images.notices().is_empty();
    report.notices.extend(unchecked);
    is_checked
}

/// Whether the images are there that the other containers of the definition name; `None` of one
/// that is not in ECR.
async fn images_beside(
    run: &Run<'_>,
    app: &AppRequest,
    plan: &Plan,
) -> Vec<(String, Option<Result<(), Problem>>)> {
    let is_beside =
        |name: &str| plan.images.as_ref().is_none_or(|images| images.of_container(name).is_none());
    let containers = plan.revision.definition.containers().filter(|it| is_beside(it.name));
    let images: BTreeSet<&str> = containers.filter_map(|it| it.image).collect();
    let looks = images.into_iter().map(async |image| {
        let reference: Option<ImageReference> = image.parse().ok();
        let place = reference.as_ref().and_then(|it| in_ecr(it).ok());
        let (Some(reference), Some(place)) = (reference, place) else {
            return (image.to_owned(), None);
        };
        let asked = ImageRequest {
            region: app.target.region.clone(),
            wanted: Wanted::Image(reference),
            expect: Expect::Present,
            fail_on: None,
        };
        let found = read_image(run.clients, &asked, &place, None).await;
        (image.to_owned(), Some(found.map(|_| ())))
    });
    side_by_side(looks).collect().await
}
