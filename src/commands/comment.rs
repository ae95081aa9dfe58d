//! The comment on the pull request, one for all that a run was asked.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::timeout;

use crate::deploy::context::Run;
use crate::github::{Cause, Comment};
use crate::problem::Problem;
use crate::report::{self, AppReport};
use crate::request::{AppRequest, Request};

/// So long GitHub is waited for.
const COMMENT_WITHIN: Duration = Duration::from_secs(20);

/// Keeps it up to date, and says why it is not; that is never a reason to fail. `about` tells it
/// from this action's other comments.
pub(super) async fn keep(run: &Run<'_>, reports: &[AppReport], about: String) -> Option<Problem> {
    let github = run.github.filter(|_| run.request.comment)?;
    let pull_request = github.workflow().pull_request()?;
    let body = report::comment(reports, &github.workflow().run_page());
    let comment = Comment { about, body };
    let writing = timeout(COMMENT_WITHIN, github.comment(pull_request.number, &comment));
    let problem = tokio::select! {
        () = run.shutdown.requested() => return None,
        written = writing => match written {
            Ok(Ok(_)) => return None,
            Ok(Err(error)) if error.cause == Cause::Denied && pull_request.is_from_outside => {
                Problem::new("no comment was written: the token of a pull request from a fork or from Dependabot is read-only")
            }
            Ok(Err(error)) => error.problem("pull-requests: write"),
            Err(_) => Problem::new("GitHub did not accept the comment in time"),
        },
    };
    run.reporter.notice(&problem);
    Some(problem)
}

/// What several services are known by, so that two runs about others have two comments.
pub(super) fn targets(request: &Request) -> String {
    let names: BTreeSet<String> = request.apps.iter().map(target).collect();
    names.into_iter().collect::<Vec<_>>().join(" ")
}

/// What one service is known by: only what the workflow says, so that the comment is found
/// whatever else is known.
pub(super) fn target(app: &AppRequest) -> String {
    let AppRequest { account, target, .. } = app;
    let account = account.as_ref().map(|it| format!("{it}/")).unwrap_or_default();
    format!("{account}{}/{}/{}", target.region, target.cluster, target.service)
}
