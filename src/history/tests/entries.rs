//! What `list` and the rules beside `previous` read from the record.

use super::super::entry::By;
use super::*;
use crate::ecs::{Rollback, ServiceDeployment};

#[test]
fn a_version_is_rolled_back_from_until_it_succeeds_again() {
    let cases = [
        ("it runs", "A1 B2", None),
        ("rolled back by a deployment", "A1 B2 A1", Some(2)),
        ("skipped by a rollback over it", "A1 B2 C3 A1", None),
        ("the one that a rollback over another leaves", "A1 C2 B3 A1", Some(3)),
        ("skipped, and left before", "A1 B2 A1 C3 D4 A1", Some(2)),
        ("skipped, with a configuration of its own", "A1 B2 B3 C4 A1", None),
        ("left, with an earlier configuration", "A1 B2 B3 A1", Some(3)),
        ("rolled back by ECS", "A1 B2<", Some(1)),
        ("undone by a deployment", "A1 B2! A1", Some(2)),
        ("stopped half-way by a rollback", "A1 B2/ A1", Some(2)),
        ("rolled forward from", "A1 B2 C3", None),
        ("failed and rolled forward from", "A1 B2! C3", None),
        ("succeeded since", "A1 B2 A1 B3", None),
        ("in progress again", "A1 B2 A1 B2~", Some(2)),
        ("something else came since", "A1 B2 A1 C3", Some(2)),
        ("only a configuration was left", "B1 B2 B1", None),
        ("only a configuration was undone by ECS", "B1 B2<", None),
        ("only a configuration was undone, before another version", "B1 B2< C3", None),
        ("twice", "A1 B2< B2<", Some(2)),
    ];
    for (sentence, line, expected) in cases {
        let history = Story::of(line).history();
        let found = history.rolled_back_from(&digest_of("B"));
        assert_eq!(found.and_then(|it| it.at), expected.and_then(at), "{sentence}: {line}");
    }
}

#[test]
fn one_page_is_enough_for_what_was_rolled_back_from() {
    let mut story = Story::of("A1 B2 C3<").cut_to(1).brief();
    // What runs was deployed before the page begins.
    assert!(story.history().rolled_back_from(&digest_of("C")).is_some());
    // Whether only a configuration was left is not known without what runs.
    story.0.revisions.remove(1);
    assert!(story.history().rolled_back_from(&digest_of("C")).is_none());

    let story = Story::of("C2 C3<").cut_to(1).brief();
    assert!(story.history().rolled_back_from(&digest_of("C")).is_none());
}

#[test]
fn what_cannot_be_placed_may_have_been_that_version_again() {
    let mut story = Story::of("A1 B2< B2 C3");
    story.0.revisions.remove(2);
    assert!(story.history().rolled_back_from(&digest_of("B")).is_none());
}

#[test]
fn a_return_says_by_what() {
    let history = Story::of("A1 B2 C3< A1").history();
    let by: Vec<_> =
        history.entries().map(|it| it.rolled_back_from.as_ref().map(|it| it.by.clone())).collect();
    let back = By::Deployment(name_of(3));
    assert_eq!(by, [None, Some(By::Itself(Controller::Ecs)), Some(back), None]);
}

#[test]
fn only_what_succeeded_with_this_digest_is_used_again() {
    let reused = |line: &str| -> Vec<String> {
        let history = Story::of(line).history();
        history
            .reusable(&digest_of("A"))
            .map(|it| format!("{} {:?}", name(it), it.from()))
            .collect()
    };
    let entry = |name: &str, second: u64| format!("{name} {:?}", at(second));
    assert_eq!(reused("A1 A2 B3 A4"), [entry("A4", 3), entry("A2", 1), entry("A1", 0)]);
    assert_eq!(reused("A1! A2/ A3. A4< A5~"), Vec::<String>::new());
    assert_eq!(reused("(A1) B2"), ["A1 None"]);
}

#[test]
fn what_ran_beside_another_image_is_not_used_again() {
    let mut story = Story::of("A1 B2");
    assert_eq!(story.history().reusable(&digest_of("A")).count(), 1);
    for image in &mut story.0.revisions[0].images {
        image.container = format!("old-{}", image.container);
    }
    assert_eq!(story.history().reusable(&digest_of("A")).count(), 0);
}

#[test]
fn candidates_are_distinct_good_and_not_what_runs() {
    let cases = [
        ("newest first, at most five", "A1 B1 C1 D1 E1 F1 G1", "F1 E1 D1 C1 B1"),
        ("each once, by its newest revision", "A1 B1 A2 C1", "A2"),
        ("without what failed", "A1 B1! C1", "A1"),
        ("without what was left, with what was skipped", "A1 B1 C1 A1", "B1"),
        ("with what runs below one that failed", "A1 B1 C1!", "B1 A1"),
        ("with what came again", "A1 B1 A1 B1 C1", "B1 A1"),
    ];
    for (sentence, line, expected) in cases {
        let history = Story::of(line).history();
        let names: Vec<String> = history.candidates().into_iter().map(name).collect();
        assert_eq!(names.join(" "), expected, "{sentence}: {line}");
    }
}

#[test]
fn what_ecs_says_of_a_deployment_is_put_on_record() {
    let deployed = |status: &str, reason: Option<&str>| ServiceDeployment {
        status_reason: reason.map(str::to_owned),
        rollback: Some(Rollback { reason: None, to: service_deployment(1, "").target }),
        ..service_deployment(2, status)
    };
    for (status, reason, expected) in [
        ("PENDING", None, PastStatus::UnderWay),
        ("IN_PROGRESS", None, PastStatus::UnderWay),
        ("STOP_REQUESTED", None, PastStatus::UnderWay),
        ("SUCCESSFUL", None, PastStatus::Succeeded),
        ("STOPPED", Some("Replaced by a new service deployment."), PastStatus::Superseded),
        ("STOPPED", Some("Circuit breaker"), PastStatus::Failed),
        ("STOPPED", None, PastStatus::Failed),
        ("ROLLBACK_REQUESTED", None, PastStatus::RollingBack),
        ("ROLLBACK_IN_PROGRESS", None, PastStatus::RollingBack),
        ("ROLLBACK_SUCCESSFUL", None, PastStatus::RolledBack),
        ("ROLLBACK_FAILED", None, PastStatus::RollbackFailed),
        ("PERFECT", None, PastStatus::Unknown("PERFECT".to_owned())),
    ] {
        let past = PastDeployment::from(&deployed(status, reason));
        assert_eq!(past.status, expected);
        assert_eq!((past.revision, past.returned_to), (Some(id(2)), Some(id(1))));
    }
}

#[test]
fn an_entry_ran_until_something_else_succeeded() {
    let spans = |line: &str| -> Vec<(String, Option<SystemTime>, Option<SystemTime>)> {
        let history = Story::of(line).history();
        history.entries().map(|it| (name(it), it.from(), it.until)).collect()
    };
    assert_eq!(
        spans("(A1) B2 C3< D4! E5."),
        [
            ("E5".to_owned(), at(4), None),
            ("D4".to_owned(), at(3), at(3)),
            ("C3".to_owned(), at(2), at(2)),
            ("B2".to_owned(), at(1), None),
            ("A1".to_owned(), None, at(1)),
        ]
    );
    assert_eq!(
        spans("A1 B2. A1"),
        [
            ("A1".to_owned(), at(2), None),
            ("B2".to_owned(), at(1), at(2)),
            ("A1".to_owned(), at(0), at(2)),
        ]
    );
}
