//! A pull request from outside, which gets no credentials.

use crate::deploy::context::Run;
use crate::problem::Problem;
use crate::report::{AppReport, Outcome};

/// Whether this is somebody's code from outside that gets no credentials; anywhere
/// else, that there are none is a mistake and said as one.
pub(super) async fn has_no_credentials(run: &Run<'_>) -> bool {
    let workflow = run.request.workflow.as_ref();
    let is_from_outside = workflow.is_some_and(|workflow| workflow.is_from_outside());
    is_from_outside && !run.clients.have_credentials().await
}

pub(super) fn unverified(report: &mut AppReport) {
    report.outcome = Outcome::Unverified;
    report.notices.push(
        Problem::new("a pull request from a fork or from Dependabot gets no AWS credentials: only what needs none was checked")
            .hint("The merge queue, or the next push to the base branch, runs the whole check."),
    );
}
