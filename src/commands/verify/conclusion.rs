//! How a check ends: its outcome, what is said of it, and the comment on the pull
//! request.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::timeout;

use crate::deploy::context::Run;
use crate::github::{Cause, Comment};
use crate::plan::VersionInfo;
use crate::problem::Problem;
use crate::read::REQUIRED;
use crate::report::{self, AppReport, Outcome, Subject};
use crate::request::Expect;

/// So long GitHub is waited for.
const COMMENT_WITHIN: Duration = Duration::from_secs(20);

/// Settles the outcome, says what is to be said, and keeps the comment up to date.
pub(super) async fn conclude(
    run: &Run<'_>,
    mut report: AppReport,
    is_done: bool,
    expect: &Expect,
    about: &str,
) -> AppReport {
    if !is_done {
        report.outcome = Outcome::Cancelled;
        report.verdict = None;
        report.failure.problem =
            Some(Problem::new("the workflow was cancelled; nothing was changed"));
        report.duration = run.begun.elapsed();
        return report;
    }
    // First what counts: GitHub shows few of them.
    for finding in &report.failure.findings {
        run.reporter.error(finding);
    }
    for warning in &report.warnings {
        run.reporter.warning(warning);
    }
    for notice in &report.notices {
        run.reporter.notice(notice);
    }
    let to =
        report.versions.to.as_ref().map_or_else(|| "the version".to_owned(), VersionInfo::name);
    let name = report.asked.subject.name().to_owned();
    if !report.failure.findings.is_empty() {
        let against = match report.failure.findings.len() {
            1 => String::new(),
            many => format!(": {many} problems"),
        };
        report.outcome = Outcome::Refused;
        report.verdict = Some(match (expect, &report.asked.subject) {
            (Expect::Present, Subject::Service(_)) => {
                format!("{to} cannot be deployed to {name}{against}")
            }
            (Expect::Present, Subject::Image { .. }) => {
                format!("{to} cannot be deployed from the repository {name}{against}")
            }
            (Expect::Absent { .. }, _) => format!("{to} cannot be released{against}"),
        });
    } else if report.outcome == Outcome::Unverified {
        report.verdict = Some(format!(
            "{to} was checked only in part: this pull request gets no AWS credentials"
        ));
    } else {
        report.outcome = Outcome::Verified;
    }
    report.duration = run.begun.elapsed();
    let kind = match expect {
        Expect::Present => "present",
        Expect::Absent { .. } => "absent",
    };
    keep_comment(run, &mut report, &format!("verify {kind} {about}")).await;
    report
}

/// That the comment can't be written is never a reason to fail.
async fn keep_comment(run: &Run<'_>, report: &mut AppReport, about: &str) {
    let Some(github) = run.github.filter(|_| run.request.comment) else { return };
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
            Ok(Err(error)) if error.cause == Cause::Denied && pull_request.is_from_outside => {
                Problem::new("no comment is written: the token of a pull request from a fork or from Dependabot can only read")
            }
            Ok(Err(error)) => error.problem("pull-requests: write"),
            Err(_) => Problem::new("GitHub did not take the comment in time"),
        },
    };
    run.notice(report, problem);
}

/// Tells what no deployment can do without from what it would go without.
pub(super) fn say_denied(denied: &BTreeSet<&'static str>, report: &mut AppReport) {
    let list = |is_wanted: &dyn Fn(&&&str) -> bool| {
        denied.iter().filter(is_wanted).copied().collect::<Vec<_>>().join(", ")
    };
    let required = list(&|action| REQUIRED.contains(*action));
    if !required.is_empty() {
        report.failure.findings.push(
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
                .hint(
                    "The README of ecs-release says under Permissions what is lost without each.",
                ),
        );
    }
}
