//! Tasks that could not start: from ECS's words to ours.

use super::*;
use crate::diagnosis::stop_kind::{Retryable, StopKind};

/// The task, the cause, and whether a further attempt could end differently.
pub(super) fn cases() -> Vec<(Task, &'static str, Retryable)> {
    let words = image_words::WORDS.iter().chain(setup_words::WORDS);
    words
        .map(|(reason, cause, retryable)| {
            (stopped("0a1b", "TaskFailedToStart", reason), *cause, *retryable)
        })
        .collect()
}

#[test]
fn a_task_that_could_not_start_says_why() {
    for (task, cause, retryable) in cases() {
        let reason = task.stopped_reason.clone();
        assert_eq!(StopKind::of(&task), StopKind::Failure(retryable), "{reason:?}");
        let (told, next) = told(&with_task(task));
        assert_eq!(told, cause, "{reason:?}");
        assert!(!next.is_empty(), "{reason:?}");
    }
}

#[test]
fn the_reason_may_be_the_containers_or_an_attachments() {
    let words = "CannotPullContainerError: manifest for acme/web:9 not found: manifest unknown";
    let mut by_container = stopped("a", "TaskFailedToStart", "Task failed to start");
    by_container.containers[0].reason = Some(words.to_owned());
    let mut by_attachment = stopped("b", "TaskFailedToStart", "Task failed to start");
    by_attachment.attachment_reasons =
        vec!["Unable to attach the EBS volume vol-0a in time".to_owned()];
    for (task, cause) in [
        (by_container, "The image acme/web:9 is not in its registry"),
        (
            by_attachment,
            "ECS could not start a task: Unable to attach the EBS volume vol-0a in time",
        ),
    ] {
        assert_eq!(told(&with_task(task)).0, cause);
    }
}

#[test]
fn the_next_move_names_what_is_missing() {
    for (reason, next) in [
        (
            "unable to pull secrets or registry auth: from ssm: AccessDeniedException: User: \
             arn:aws:sts::1:assumed-role/x/y is not authorized to perform: ssm:GetParameters on \
             resource: z",
            "Grant it ssm:GetParameters, and kms:Decrypt if your own key encrypts it",
        ),
        (
            "CannotPullContainerError: image Manifest does not contain descriptor matching \
             platform 'linux/arm64'",
            "Build it for linux/arm64, or set runtimePlatform in the task definition to the \
             image's",
        ),
    ] {
        assert_eq!(told(&with_task(stopped("a", "TaskFailedToStart", reason))).1, next);
    }
}
