//! When a deployment is given up.

use super::*;
use crate::diagnosis::{Failures, GiveUp, failure_limit};

const TWICE: &str = "CannotStartContainerError: exec /serve: exec format error";
const NEVER: &str = "CannotPullContainerError: manifest for web:2 not found";

fn crash(id: &str) -> Task {
    exited(id, Some(1), None)
}

fn too_many(failed: u32, limit: u32) -> Option<GiveUp> {
    Some(GiveUp::TooMany { failed, limit })
}

#[test]
fn the_limit_is_the_input_or_ecs_or_half_the_desired_count() {
    for (given, has_breaker, desired, limit) in [
        (None, true, 10, None),
        (Some(5), true, 10, Some(5)),
        (Some(5), false, 100, Some(5)),
        (Some(0), false, 1, Some(1)),
        (None, false, -1, Some(3)),
        (None, false, 0, Some(3)),
        (None, false, 6, Some(3)),
        (None, false, 7, Some(4)),
        (None, false, 400, Some(200)),
        (None, false, 401, Some(200)),
        (None, false, i32::MAX, Some(200)),
    ] {
        assert_eq!(failure_limit(given, has_breaker, desired), limit, "{given:?} {desired}");
    }
}

#[test]
fn each_failed_task_counts_once_until_they_are_too_many() {
    let mut failures = Failures::new(Some(3));
    assert_eq!(failures.observe(&[crash("a"), crash("b"), crash("a")], Some(&[])), None);
    assert_eq!(failures.observe(&[crash("a"), crash("b")], Some(&[])), None);
    assert_eq!(failures.in_a_row, 2);
    let replaced = stopped("r", "ServiceSchedulerInitiated", "Scaling activity initiated by (x)");
    let spot = stopped("s", "SpotInterruption", "");
    assert_eq!(failures.observe(&[replaced, spot], Some(&[])), None);
    assert_eq!(failures.observe(&[crash("c"), crash("b"), crash("a")], Some(&[])), too_many(3, 3));
    assert_eq!(failures.observe(&[], Some(&[])), too_many(3, 3));
}

#[test]
fn a_task_that_becomes_healthy_starts_the_count_again_but_only_once() {
    let mut failures = Failures::new(Some(2));
    assert_eq!(failures.observe(&[crash("a")], Some(&[])), None);
    assert_eq!(failures.observe(&[crash("b")], Some(&["h", "i"].map(str::to_owned))), None);
    assert_eq!(failures.in_a_row, 0);
    assert_eq!(failures.observe(&[crash("c")], Some(&["i", "h"].map(str::to_owned))), None);
    assert_eq!(failures.observe(&[crash("d")], Some(&["h"].map(str::to_owned))), too_many(2, 2));
}

#[test]
fn their_number_ends_nothing_as_long_as_nobody_knows_which_tasks_are_healthy() {
    let mut failures = Failures::new(Some(2));
    assert_eq!(failures.observe(&[crash("a"), crash("b"), crash("c")], None), None);
    assert_eq!(failures.in_a_row, 3);
    assert_eq!(failures.observe(&[], Some(&[])), too_many(3, 2));
    let hopeless = failures.observe(&[stopped("d", "TaskFailedToStart", NEVER)], None);
    assert!(matches!(hopeless, Some(GiveUp::CannotSucceed { .. })), "{hopeless:?}");
}

#[test]
fn with_a_circuit_breaker_ecs_counts() {
    let mut failures = Failures::new(failure_limit(None, true, 1));
    for id in 0..50 {
        assert_eq!(failures.observe(&[crash(&id.to_string())], Some(&[])), None);
    }
    assert_eq!(failures.in_a_row, 50);
}

#[test]
fn what_cannot_heal_ends_it_at_once_with_or_without_a_limit() {
    for limit in [None, Some(200)] {
        let mut failures = Failures::new(limit);
        let given_up = failures.observe(
            &[stopped("a", "TaskFailedToStart", NEVER)],
            Some(&["healthy"].map(str::to_owned)),
        );
        let cannot_heal = GiveUp::CannotSucceed {
            task: "a".to_owned(),
            cause: "The image web:2 is not in its registry".to_owned(),
        };
        assert_eq!(
            cannot_heal.to_string(),
            "no further attempt can succeed (task a): The image web:2 is not in its registry"
        );
        assert_eq!(given_up, Some(cannot_heal.clone()));
        assert_eq!(failures.observe(&[], Some(&[])), Some(cannot_heal));
    }
}

#[test]
fn what_may_be_an_accident_ends_it_when_a_second_task_shows_it() {
    let suspect = |id| stopped(id, "TaskFailedToStart", TWICE);
    let mut failures = Failures::new(None);
    assert_eq!(failures.observe(&[suspect("a")], Some(&[])), None);
    assert_eq!(failures.observe(&[suspect("a")], Some(&[])), None);
    let given_up = failures.observe(&[suspect("b")], Some(&[]));
    assert!(matches!(given_up, Some(GiveUp::CannotSucceed { task, .. }) if task == "b"));
}

#[test]
fn a_log_shows_it_too_and_counts_with_the_deaths_of_other_tasks() {
    let line = "standard_init_linux.go:228: exec user process caused: exec format error";
    let mut failures = Failures::new(None);
    assert_eq!(failures.observe(&[stopped("a", "TaskFailedToStart", TWICE)], Some(&[])), None);
    assert_eq!(failures.observe_log(&tail("a", &[line])), None);
    assert_eq!(failures.observe_log(&tail("b", &["starting", "started"])), None);
    assert!(matches!(
        failures.observe_log(&tail("b", &["starting", line])),
        Some(GiveUp::CannotSucceed { task, .. }) if task == "b"
    ));
}
