//! `apps: changed`: those apps of the file that a pull request touches. Which these are is found
//! out later.

use super::one::needs_token;
use super::reader::Reader;
use crate::problem::Problem;
use crate::read::Root;
use crate::request::{AppRequest, Command, Expect};
use crate::workflow::Workflow;

pub(super) const CHANGED: &str = "changed";

/// Lets `verify` expect of these apps what `changed` means, if that is asked for.
pub(super) fn expect_raised(
    inputs: &mut Reader<'_>,
    command: Command,
    workflow: Option<&Workflow>,
    root: &Root,
    apps: &mut [AppRequest],
) {
    if inputs.trimmed("apps") != Some(CHANGED) {
        return;
    }
    if command != Command::Verify {
        inputs.note(
            Problem::new("`apps: changed` is only for `command: verify`")
                .hint("use `all`: apps that are up to date are left unchanged"),
        );
    }
    match workflow {
        Some(workflow) if workflow.pull_request().is_some() => {
            if workflow.token.is_none() {
                inputs.note(needs_token("`apps: changed`"));
            }
        }
        _ => inputs.note(
            Problem::new(
                "`apps: changed` needs a pull request, and this run was not started by one",
            )
            .hint("give the step `if: github.event_name == 'pull_request'`, or use `all`"),
        ),
    }
    if inputs.trimmed("expect") == Some("absent") {
        let problem =
            Problem::new("inputs `apps: changed` and `expect: absent` can't be used together");
        inputs.note(problem.hint("remove `expect`: `changed` already requires a higher version"));
    }
    match root.changesets() {
        Ok(pending) => {
            for app in apps {
                app.expect = Expect::Raised { pending: pending.clone() };
            }
        }
        Err(problems) => inputs.take(problems),
    }
}
