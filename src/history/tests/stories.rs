//! What `previous` means, story by story.

use super::*;

fn check(stories: &[(&str, &str, &str)]) {
    for (sentence, line, expected) in stories {
        assert_eq!(Story::of(line).previous(), *expected, "{sentence}: {line}");
    }
}

#[test]
fn previous_is_what_succeeded_before_what_runs() {
    check(&[
        ("the one before the last", "A1 B2 C3", "B2"),
        ("what ran when the list begins counts", "(A1) B2", "A1"),
        ("the same deployed again is nothing new", "A1 B2 B2 B2", "A1"),
        ("a new configuration is a version of its own", "A1 B2 B3", "B2, configuration only"),
        ("a moved tag is a new version of the same definition", "A1 B1", "A1"),
        ("one version has none before it", "A1", "only A1"),
        ("nor has one that was only deployed again", "(A1) A1", "only A1"),
    ]);
}

#[test]
fn what_did_not_succeed_is_never_previous() {
    check(&[
        ("a failure", "A1 B2! C3", "A1"),
        ("a deployment that was superseded", "A1 B2/ C3", "A1"),
        ("one that ECS rolled back", "A1 B2< C3", "A1"),
        ("one that ECS could not roll back", "A1 B2<! C3", "A1"),
        ("one that started no task", "A1 B2. C3", "A1"),
        ("the first of all", "A1! B2", "only B2"),
        ("nothing succeeded", "A1! B2!", "nothing succeeded"),
        ("nothing was deployed", "", "nothing listed"),
    ]);
}

#[test]
fn whoever_is_back_already_goes_no_further() {
    check(&[
        ("a rollback", "A1 B2 A1", "already back on A1"),
        ("over two versions", "A1 B2 C3 A1", "already back on A1"),
        ("with today's configuration", "A1 B2 A3", "already back on A3"),
        ("of the configuration alone", "A1 B2 B3 B2", "already back on B2"),
        ("two at once end on A, not on Z", "Z1 A2 B3 A2 A2", "already back on A2"),
        ("the second while the first is in progress", "Z1 A2 B3 A2~", "on its way back to A2"),
        ("… and no task of it was started", "Z1 A2 B3 A2~?", "on its way back to A2"),
        ("… by another definition", "Z1 A2 B3 A4~?", "on its way back to A2"),
        ("a rollback to no tasks", "Z1 A2 B3 A2.", "back on A2 without tasks"),
        ("ECS undid the last one", "A1 B2 C3<", "already back on B2"),
        ("ECS is undoing it", "A1 B2 C3<~", "on its way back to B2"),
        ("this tool undid it", "A1 B2 C3! B2", "already back on B2"),
        ("… or is at it", "A1 B2 C3! B2~", "on its way back to B2"),
        ("a rollback replaced what was in progress", "A1 B2 C3/ B2", "already back on B2"),
        ("an undo stays the last thing", "A1 B2 C3< B2", "already back on B2"),
        ("a rollback that failed says nothing of either", "Z1 A2 B3 A2!", "return to A2 failed"),
        ("nor does an undo that failed", "A1 B2 C3! B2!", "return to B2 failed"),
    ]);
}

#[test]
fn what_came_after_a_return_counts_from_there() {
    check(&[
        ("a new version on the one gone back to", "A1 B2 A1 C3", "A1"),
        ("one that was returned from comes again", "A1 B2 A1 B2", "A1"),
        ("what was popped is not below", "A1 B2 C3 A1 D4 E5", "D4"),
        ("a new version after an undo", "A1 B2< C3", "A1"),
        ("what came back stands for its newest definition", "A1 B2 A3 C4", "A3"),
        ("another configuration of what came back", "A1 B2 A3 A1", "A3, configuration only"),
    ]);
}

#[test]
fn away_from_what_has_not_succeeded_means_what_did() {
    check(&[
        ("it is in progress", "A1 B2 C3~", "B2"),
        ("no task of it was started", "A1 B2 C3~?", "B2"),
        ("it failed and stays", "A1 B2 C3!", "B2"),
        ("ECS could not roll it back", "A1 B2 C3<!", "B2"),
        ("it was deployed to no tasks", "A1 B2 C3.", "B2"),
        ("a configuration is in progress", "A1 B2 B3~", "B2, configuration only"),
        ("one that was rolled back is tried again", "A1 B2< B2~", "A1"),
        ("what runs is deployed again", "A1 B2 B2~", "A1"),
        ("… and fails", "A1 B2 B2!", "A1"),
        ("the tag of what ran may have moved", "A1 B2 B2~?", "not resolved"),
        ("… by another definition, too", "A1 B2 B3~?", "not resolved"),
    ]);
}

#[test]
fn what_the_record_does_not_show_is_not_guessed() {
    check(&[("images are not pinned", "A1 B2 C3*", "unpinned")]);

    let mut story = Story::of("A1 B2 C3");
    story.0.revisions.remove(1);
    assert_eq!(story.previous(), "unread");

    let mut story = Story::of("(A1) B2");
    story.0.revisions.remove(0);
    assert_eq!(story.previous(), "unread");

    let mut story = Story::of("A1 B2 C3");
    story.0.deployments[1].status = PastStatus::Unknown("PERFECT".to_owned());
    assert_eq!(story.previous(), "unknown status");

    let mut story = Story::of("A1 B2 C3");
    story.0.deployments[1].created_at = None;
    assert_eq!(story.previous(), "incomplete");

    let mut story = Story::of("(A1) B2");
    story.sources().push(id(7));
    assert_eq!(story.previous(), "several sources");

    let mut story = Story::of("(A1) B2 C3<");
    story.sources().clear();
    story.0.deployments.remove(0);
    story.0.deployments[0].returned_to = None;
    assert_eq!(story.previous(), "nothing succeeded");

    let mut story = Story::of("A1 B2 C3<");
    story.0.deployments[2].returned_to = Some(id(9));
    assert_eq!(story.previous(), "strayed");

    let mut story = Story::of("A1 B2");
    story.0.primary = None;
    assert_eq!(story.previous(), "no primary");
}

#[test]
fn a_rollback_leads_where_ecs_says() {
    let mut story = Story::of("A1 B2 C3 D4<");
    story.0.deployments[3].returned_to = Some(id(0));
    story.runs(0);
    assert_eq!(story.previous(), "already back on A1");
    let history = story.history();
    assert!(history.rolled_back_from(&digest_of("C")).is_some());
    // B was only skipped on the way.
    for stays in ["A", "B"] {
        assert!(history.rolled_back_from(&digest_of(stays)).is_none(), "{stays}");
    }

    // The short form of the list does not say it; then what runs does.
    assert_eq!(story.brief().previous(), "already back on A1");
}

#[test]
fn of_several_sources_none_is_taken_for_good() {
    let several = |line: &str| {
        let mut story = Story::of(line);
        // The first deployment replaced the base and what was on its way then.
        let first = story.0.deployments.remove(0);
        story.sources().push(first.revision.expect("it has one"));
        story.previous()
    };
    assert_eq!(several("(A1) B2! C3"), "several sources");
    assert_eq!(several("(A1) B2! C3 D4"), "C3");
    assert_eq!(several("(A1) B2! C3 D4~"), "C3");
    assert_eq!(several("(A1) B2! C3 A1"), "several sources");
    assert_eq!(several("(A1) B2! C3 A1~"), "several sources");
    assert_eq!(several("(A1) B2! C3 B2"), "several sources");
    // ECS showed which one it held to be good.
    assert_eq!(several("(A1) B2! C3< D4"), "A1");
}

#[test]
fn containers_that_do_not_get_the_image_make_no_version() {
    // The sidecar of every revision has a digest of its own.
    let story = Story::of("A1 B2 A1");
    let history = story.history();
    let digests: Vec<_> = history.entries().map(|it| it.digests.clone()).collect();
    assert_eq!(digests[0], digests[2]);
    assert_ne!(story.0.revisions[0].images[0], story.0.revisions[2].images[0]);
}

#[test]
fn a_digest_in_the_definition_is_known_before_any_task() {
    let mut story = Story::of("Z1 A2 B3 A4~?");
    story.0.revisions[3].images[1].image = format!("web@{}", digest_of("A"));
    assert_eq!(story.previous(), "on its way back to A2");
    // It proves nothing about tasks.
    story.0.deployments[3].status = PastStatus::Succeeded;
    assert_eq!(story.previous(), "back on A2 without tasks");
}

#[test]
fn tasks_show_in_a_sidecar_or_in_a_count_too() {
    let mut story = Story::of("A1 B2. C3");
    assert_eq!(story.previous(), "A1");
    story.0.revisions[1].images[0].digest = Some(digest_of("proxy"));
    assert_eq!(story.previous(), "unpinned");

    let mut story = Story::of("A1 B2. C3");
    story.0.deployments[1].started_tasks = true;
    assert_eq!(story.previous(), "unpinned");
}

#[test]
fn a_revision_without_these_containers_is_known_by_all_it_has() {
    let mut story = Story::of("A1 B2 C3");
    for image in &mut story.0.revisions[1].images {
        image.container = format!("old-{}", image.container);
    }
    assert_eq!(story.history().entries().nth(1).expect("it is there").digests, {
        Some(story.0.revisions[1].images.iter().filter_map(|it| it.digest.clone()).collect())
    });
}
