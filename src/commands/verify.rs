//! `verify`: the check on a pull request. Whether a version can be deployed now, by
//! everything that `deploy` decides before its first write; or whether its tag is
//! still free. Reads only, and says all that is wrong at once.

mod absent;
mod offline;

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::timeout;

use super::Run;
use super::aside::Aside;
use crate::checkout::{self, Checkout};
use crate::decide::{Decision, Found, Side, decide, in_ecr, named_repository};
use crate::gather::{REQUIRED, denied_beside, denied_by_found, gather, gather_image};
use crate::github::Comment;
use crate::image::EcrRepository;
use crate::problem::Problem;
use crate::report::{self, AppReport, Outcome, Subject};
use crate::request::{AppRequest, Expect, ImageRequest, Wanted};

/// So long GitHub is waited for.
const COMMENT_WITHIN: Duration = Duration::from_secs(20);

/// Checks a version for a service. Never fails: what is wrong stands in the report.
pub(super) async fn verify(run: &Run<'_>, app: &AppRequest) -> AppReport {
    let subject = Subject::Service(app.target.clone());
    let mut report = AppReport::new(subject, run.request.reason.clone());
    let checking = async {
        match &app.expect {
            Expect::Present => present(run, app, &mut report).await,
            Expect::Absent { built } => {
                let asked = absent::Asked {
                    wanted: &app.wanted,
                    built: built.as_ref(),
                    region: &app.target.region,
                    service: Some(app),
                };
                asked.check(run, &mut report).await;
            }
        }
    };
    let is_done = tokio::select! {
        biased;
        () = run.shutdown.requested() => false,
        () = Box::pin(checking) => true,
    };
    let target = &app.target;
    let about = format!("{}/{}/{}", target.region, target.cluster, target.service);
    conclude(run, report, is_done, &app.expect, &about).await
}

/// Checks an image by itself.
pub(super) async fn verify_image(run: &Run<'_>, asked: &ImageRequest) -> AppReport {
    let repository = repository_of(asked);
    let name = repository.as_ref().map_or_else(|_| String::new(), |it| it.name.clone());
    let subject = Subject::Image { repository: name.clone(), region: asked.region.clone() };
    let mut report = AppReport::new(subject, run.request.reason.clone());
    let checking = async {
        match (&asked.expect, repository) {
            (_, Err(problem)) => report.findings.push(problem),
            (Expect::Present, Ok(repository)) => {
                image_present(run, asked, &repository, &mut report).await;
            }
            (Expect::Absent { built }, Ok(_)) => {
                let asked = absent::Asked {
                    wanted: &asked.wanted,
                    built: built.as_ref(),
                    region: &asked.region,
                    service: None,
                };
                asked.check(run, &mut report).await;
            }
        }
    };
    let is_done = tokio::select! {
        biased;
        () = run.shutdown.requested() => false,
        () = Box::pin(checking) => true,
    };
    let package = asked.wanted.package().map(|it| it.display().to_string()).unwrap_or_default();
    let about = format!("{}/{name} {package}", asked.region);
    conclude(run, report, is_done, &asked.expect, &about).await
}

fn repository_of(asked: &ImageRequest) -> Result<EcrRepository, Problem> {
    let named = named_repository(&asked.wanted, &asked.region)?;
    let built = match &asked.expect {
        Expect::Absent { built: Some(built) } => Some(in_ecr(built)?),
        Expect::Absent { built: None } | Expect::Present => None,
    };
    // The inputs have been checked for one of the two.
    named.or(built).ok_or_else(|| Problem::new("no `repository` says where the image lies"))
}

/// What deploying would need, and what it would do.
async fn present(run: &Run<'_>, app: &AppRequest, report: &mut AppReport) {
    let checkout = match checkout::read(app) {
        Ok(checkout) => checkout,
        Err(problem) => {
            report.findings.push(problem);
            return;
        }
    };
    report.to = offline_side(&app.wanted, &checkout);
    if has_no_credentials(run).await {
        offline::check_file(app, &checkout, report);
        return unverified(report);
    }
    let (found, denied) = tokio::join!(
        Box::pin(gather(run.clients, app, &checkout)),
        Box::pin(async {
            let named = named_repository(&app.wanted, &app.target.region).ok().flatten();
            denied_beside(run.clients, &app.target, named.as_ref()).await
        }),
    );
    match found {
        Err(problem) => {
            report.findings.push(problem);
            offline::check_file(app, &checkout, report);
            say_denied(&denied, report);
        }
        Ok(found) => {
            let further = denied_by_found(run.clients, &app.target, &found);
            let (further, ()) = tokio::join!(further, plan(run, app, &checkout, &found, report));
            say_denied(&(&denied | &further), report);
        }
    }
}

/// Decides as `deploy` does, and stops there.
async fn plan(
    run: &Run<'_>,
    app: &AppRequest,
    checkout: &Checkout,
    found: &Found,
    report: &mut AppReport,
) {
    let service = &app.target.service;
    report.account = Some(found.service.arn.account().clone());
    report.partition = Some(found.service.arn.partition().to_owned());
    let to = found.image.version.clone().unwrap_or_else(|| found.image.reference.to_string());
    match decide(app, found) {
        Err(problem) => report.findings.push(problem),
        Ok(Decision::WaitFor(id)) => {
            report.notices.push(Problem::new(format!(
                "another deployment of {service} is under way ({id}); a deployment would wait for its end, and what it changes is not known before"
            )));
            report.verdict = Some(format!("{to} can be deployed to {service} after {id}"));
        }
        Ok(Decision::Go(plan)) => {
            super::deploy::planned(report, &plan);
            offline::check_patched(app, &plan.definition, report);
            run.voice.group(&plan.title(), &plan.lines());
            let aside = Aside::of(checkout.package.as_ref());
            aside.commits(run, app, &plan).await;
            aside.close(run, app, report).await;
            let (from, to) = (plan.from.name(), plan.to.name());
            report.verdict = Some(if plan.is_unchanged() {
                format!("{service} already runs {to}; a deployment would change nothing")
            } else if from == to {
                format!("{to} can be deployed to {service} anew")
            } else {
                format!("{to} can be deployed to {service}, which runs {from}")
            });
        }
    }
}

async fn image_present(
    run: &Run<'_>,
    asked: &ImageRequest,
    repository: &EcrRepository,
    report: &mut AppReport,
) {
    let package = match checkout::package(&asked.wanted, false) {
        Ok(package) => package,
        Err(problem) => {
            report.findings.push(problem);
            return;
        }
    };
    let checkout = Checkout { package, task_definition: None };
    report.to = offline_side(&asked.wanted, &checkout);
    if has_no_credentials(run).await {
        return unverified(report);
    }
    match gather_image(run.clients, asked, repository, checkout.package.as_ref()).await {
        Err(problem) => report.findings.push(problem),
        Ok(image) => {
            report.warnings.extend(image.warnings);
            report.notices.extend(image.notices);
            let to = Side {
                version: image.version,
                image: Some(image.reference.to_string()),
                tag: image.tag.map(|tag| tag.to_string()),
                digest: Some(image.digest),
                task_definition: None,
            };
            report.verdict =
                Some(format!("{} is in {} and can be pulled", to.name(), repository.name));
            report.to = Some(to);
        }
    }
}

/// What is asked for, as far as nobody has to be asked.
fn offline_side(wanted: &Wanted, checkout: &Checkout) -> Option<Side> {
    let version = match wanted {
        Wanted::Version { version: Some(version), .. } => Some(version.to_string()),
        Wanted::Version { version: None, .. } => {
            checkout.package.as_ref().map(|package| package.version.to_string())
        }
        Wanted::Image(reference) => {
            return Some(Side {
                image: Some(reference.to_string()),
                tag: reference.tag().map(ToString::to_string),
                digest: reference.digest().cloned(),
                ..Side::default()
            });
        }
        Wanted::Past { .. } => None,
    };
    version.map(|version| Side { version: Some(version), ..Side::default() })
}

/// Whether this is somebody's code from outside that gets no credentials; anywhere
/// else, that there are none is a mistake and said as one.
async fn has_no_credentials(run: &Run<'_>) -> bool {
    let workflow = run.request.workflow.as_ref();
    let is_from_outside = workflow.is_some_and(|workflow| workflow.is_from_outside());
    is_from_outside && !run.clients.have_credentials().await
}

fn unverified(report: &mut AppReport) {
    report.outcome = Outcome::Unverified;
    report.notices.push(
        Problem::new("a pull request from a fork or from Dependabot gets no AWS credentials: only what needs none was checked")
            .hint("The merge queue, or the next push to the base branch, runs the whole check."),
    );
}

fn say_denied(denied: &BTreeSet<&'static str>, report: &mut AppReport) {
    let list = |is_wanted: &dyn Fn(&&&str) -> bool| {
        denied.iter().filter(is_wanted).copied().collect::<Vec<_>>().join(", ")
    };
    let required = list(&|action| REQUIRED.contains(*action));
    if !required.is_empty() {
        report.findings.push(
            Problem::new(format!(
                "these credentials may not do what every deployment needs: {required}"
            ))
            .hint("Allow it in the IAM policy of the role that this step uses."),
        );
    }
    let optional = list(&|action| !REQUIRED.contains(*action));
    if !optional.is_empty() {
        report.warnings.push(
            Problem::new(format!("a deployment by these credentials would go without: {optional}"))
                .hint("README.md says under Permissions what is lost without each."),
        );
    }
}

/// Settles the outcome, says what is to be said, and keeps the comment up to date.
async fn conclude(
    run: &Run<'_>,
    mut report: AppReport,
    is_done: bool,
    expect: &Expect,
    about: &str,
) -> AppReport {
    if !is_done {
        report.outcome = Outcome::Cancelled;
        report.verdict = None;
        report.failure = Some(Problem::new("the workflow was cancelled; nothing was changed"));
        report.duration = run.begun.elapsed();
        return report;
    }
    for warning in &report.warnings {
        run.voice.warning(warning);
    }
    for notice in &report.notices {
        run.voice.notice(notice);
    }
    let to = report.to.as_ref().map_or_else(|| "the version".to_owned(), Side::name);
    let name = report.subject.name().to_owned();
    if !report.findings.is_empty() {
        let against = match report.findings.len() {
            1 => String::new(),
            many => format!(": {many} things stand against it"),
        };
        report.outcome = Outcome::Refused;
        report.verdict = Some(match expect {
            Expect::Present => format!("{to} can not be deployed to {name}{against}"),
            Expect::Absent { .. } => format!("{to} is not free to be released{against}"),
        });
    } else if report.outcome == Outcome::Unverified {
        report.verdict = Some(format!("{to} was not verified: there are no AWS credentials here"));
    } else {
        report.outcome = Outcome::Verified;
    }
    report.duration = run.begun.elapsed();
    let kind = match expect {
        Expect::Present => "present",
        Expect::Absent { .. } => "absent",
    };
    Box::pin(keep_comment(run, &mut report, &format!("verify {kind} {about}"))).await;
    report
}

/// That the comment can't be written is never a reason to fail.
async fn keep_comment(run: &Run<'_>, report: &mut AppReport, about: &str) {
    let Some(github) = run.github.as_ref().filter(|_| run.request.comment) else { return };
    let Some(pull_request) = github.workflow().pull_request() else { return };
    let comment = Comment {
        about: about.to_owned(),
        body: report::comment(report, &github.workflow().run_page()),
    };
    let writing = timeout(COMMENT_WITHIN, github.comment(pull_request.number, &comment));
    let problem = tokio::select! {
        () = run.shutdown.requested() => return,
        written = writing => match written {
            Ok(Ok(_)) => return,
            Ok(Err(error)) => error.problem("pull-requests: write"),
            Err(_) => Problem::new("GitHub did not take the comment in time"),
        },
    };
    run.notice(report, problem);
}
