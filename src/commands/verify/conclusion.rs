//! How a check ends: its outcome, what is said of it, and the comment on the pull
//! request.

use std::collections::BTreeSet;

use crate::commands::comment;
use crate::deploy::context::Run;
use crate::plan::VersionInfo;
use crate::problem::Problem;
use crate::read::REQUIRED;
use crate::report::{AppReport, Outcome, Subject};
use crate::request::Expect;

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
            (Expect::Present, Subject::Service(_) | Subject::Family { .. }) => {
                format!("{to} cannot be deployed to {name}{against}")
            }
            (Expect::Present, Subject::Image { .. }) => {
                format!("{to} cannot be deployed from the repository {name}{against}")
            }
            (Expect::Absent { .. }, _) => format!("{to} cannot be released{against}"),
            (Expect::Raised { .. }, _) => match &report.touched {
                Some(_) => format!("{name} has changed, and no higher version was found{against}"),
                None => format!("it is not known whether {name} has changed{against}"),
            },
        });
    } else if report.outcome == Outcome::Unverified {
        report.verdict = Some(format!(
            "{to} was only partly checked: this pull request gets no AWS credentials"
        ));
    } else {
        report.outcome = Outcome::Verified;
    }
    report.duration = run.begun.elapsed();
    let kind = match expect {
        Expect::Present => "present",
        Expect::Absent { .. } => "absent",
        Expect::Raised { .. } => "changed",
    };
    if run.is_alone() {
        let about = format!("verify {kind} {about}");
        let notice = comment::keep(run, std::slice::from_ref(&report), about).await;
        report.notices.extend(notice);
    }
    report
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
                "these credentials lack permissions that every deployment needs: {required}"
            ))
            .hint("Allow it in the IAM policy of the role that this step uses."),
        );
    }
    let optional = list(&|action| !REQUIRED.contains(*action));
    if !optional.is_empty() {
        report.warnings.push(
            Problem::new(format!(
                "these credentials lack optional permissions of a deployment: {optional}"
            ))
            .hint("docs/permissions.md of ecs-release says what is lost without each."),
        );
    }
}
