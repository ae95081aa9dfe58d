//! CodeDeploy's reasons, and what its hooks said.

use super::*;
use crate::codedeploy::{Diagnostics, LifecycleEvent};
use crate::ecs::Controller;

fn of(reason: &str) -> Evidence {
    let status_reason = Some(reason.to_owned());
    Evidence { status_reason, controller: Controller::CodeDeploy, ..Evidence::default() }
}

fn hook(code: &str, log: &[&str]) -> LifecycleEvent {
    LifecycleEvent {
        name: "BeforeAllowTraffic".to_owned(),
        status: "Failed".into(),
        diagnostics: Some(Diagnostics {
            code: code.to_owned(),
            function: Some("checks".to_owned()),
            message: Some("The hook\nfailed.".to_owned()),
            log: log.iter().map(|line| (*line).to_owned()).collect(),
        }),
    }
}

#[test]
fn each_of_codedeploys_codes_has_its_sentence() {
    for (reason, cause) in [
        (
            "TIMEOUT: The deployment timed out while waiting for a notification to continue. This \
             time out period is 60 minutes.",
            "Nobody let the traffic move in time, so CodeDeploy stopped the deployment",
        ),
        (
            "TIMEOUT: The deployment timed out while waiting for the replacement task set to become \
             healthy. This time out period is 60 minutes.",
            "The new tasks were not healthy within the hour that CodeDeploy allows, and nothing that could be read \
             says why",
        ),
        (
            "MANUAL_STOP: The deployment was stopped by a user.",
            "Somebody stopped the deployment by hand or through the API",
        ),
        (
            "ECS_UPDATE_ERROR: The ECS service cannot be updated due to an unexpected error: The \
             container web does not exist.",
            "ECS refused what CodeDeploy asked for: ECS_UPDATE_ERROR: The ECS service cannot be \
             updated due to an unexpected error: The container web does not exist",
        ),
        (
            "IAM_ROLE_PERMISSIONS: The role may not.",
            "The service role of the deployment group is missing or lacks permissions: \
             IAM_ROLE_PERMISSIONS: The role may not",
        ),
        (
            "HOOK_EXECUTION_FAILURE: A function failed.",
            "A hook of the deployment failed, and its diagnostics could not be read",
        ),
        ("PONDERING: Who knows.", "CodeDeploy says: PONDERING: Who knows"),
    ] {
        assert_eq!(diagnose(&of(reason)).cause, cause);
    }
}

#[test]
fn the_hook_is_told_before_the_code_and_with_what_it_wrote() {
    let evidence = Evidence {
        failed_steps: vec![hook("ScriptFailed", &["GET /\u{1b}[31m 500", "two\nlines"])],
        ..of("HOOK_EXECUTION_FAILURE: A function failed.")
    };
    let diagnosis = diagnose(&evidence);
    assert_eq!(diagnosis.cause, "The hook checks failed at BeforeAllowTraffic");
    assert!(diagnosis.is_known);
    let lines = diagnosis.lines([]);
    let heading =
        "The hook checks failed at BeforeAllowTraffic (ScriptFailed): The hook failed.".to_owned();
    let at = lines.iter().position(|line| *line == heading).expect("it has a line");
    assert_eq!(lines[at + 1..at + 4], ["  | GET / 500", "  | two", "  | lines"]);
}

#[test]
fn a_hook_that_never_answered_is_told_what_to_call() {
    let evidence =
        Evidence { failed_steps: vec![hook("ScriptTimedOut", &[])], ..of("TIMEOUT: late") };
    let diagnosis = diagnose(&evidence);
    assert_eq!(
        diagnosis.cause,
        "The hook checks did not answer within an hour at BeforeAllowTraffic"
    );
    let next = diagnosis.next.expect("there is a next move");
    assert!(next.contains("PutLifecycleEventHookExecutionStatus"), "{next}");
}

#[test]
fn tasks_that_died_explain_more_than_an_hour_that_is_over() {
    let evidence = Evidence {
        tasks: vec![exited("1", Some(127), None)],
        ..of("TIMEOUT: waiting for the replacement task set to become healthy")
    };
    let cause = diagnose(&evidence).cause;
    assert!(cause.starts_with("The command of the container web was not found"), "{cause}");
}
