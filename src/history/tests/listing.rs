//! Lists that end too early or come too late, and what is said then.

use super::*;

#[test]
fn a_list_that_was_not_read_to_its_end_shows_no_previous() {
    // Without its first deployment the last one looks like a new version, and
    // `previous` like the one that was just rolled back.
    let whole = Story::of("A1 B2 C3 A1");
    assert_eq!(whole.previous(), "already back on A1");
    assert_eq!(whole.cut_to(2).previous(), "older not read");
    assert_eq!(Story::of("A1 B2 C3~").cut_to(2).previous(), "older not read");
}

#[test]
fn a_refusal_is_certain_without_the_older_ones() {
    assert_eq!(Story::of("Z1 A2 B3 A2").cut_to(3).previous(), "already back on A2");
    assert_eq!(Story::of("Z1 A2 B3<").cut_to(2).previous(), "already back on A2");
    assert_eq!(Story::of("Z1 A2 B3<").cut_to(1).previous(), "older not read");
}

#[test]
fn a_deployment_that_is_not_listed_yet_is_waited_for() {
    for line in ["A1 B2 C3", "A1 B2 C3~", "A1 B2 C3<", "A1 B2 A1", "A1 B2 C3!"] {
        let mut story = Story::of(line);
        story.0.deployments.pop();
        assert_eq!(story.previous(), "lagging", "{line}");
    }
    // The service can be the one that is late, too.
    let mut story = Story::of("A1 B2 C3~");
    story.runs(1);
    assert_eq!(story.previous(), "lagging");
    // Without the name of the current deployment the primary one shows it.
    let mut story = Story::of("A1 B2 C3");
    story.0.deployments.pop();
    story.0.newest = None;
    assert_eq!(story.previous(), "lagging");
}

#[test]
fn a_current_deployment_named_late_is_no_contradiction() {
    let mut story = Story::of("A1 B2 C3");
    story.0.newest = Some(name_of(1));
    assert_eq!(story.previous(), "B2");
}

#[test]
fn a_status_that_is_late_does_not_hide_that_ecs_is_back() {
    let mut story = Story::of("A1 B2 C3!");
    story.runs(1);
    assert_eq!(story.previous(), "already back on B2");
}

#[test]
fn a_refusal_names_what_one_can_go_back_to() {
    let problem = |line: &str| {
        let history = Story::of(line).history();
        let refused = history.previous().expect_err("it is refused");
        refused.problem(&history).to_string()
    };
    assert_eq!(
        problem("Z1 A2 B3 A2"),
        "the service is already back on A (web1:2): a deployment restored it at \
         1970-01-01T00:00:03Z\nGive an exact `version`. Succeeded here: Z (web1:1)."
    );
    assert_eq!(
        problem("A1 B2<"),
        "the service is already back on A (web1:1): ECS rolled the last deployment back at \
         1970-01-01T00:00:01Z\nGive an exact `version`; `list` shows what is in the repository."
    );
    assert_eq!(
        problem("A1"),
        "there is no previous version: only A (web1:1) has succeeded on this service\n\
         Give an exact `version`; `list` shows what is in the repository."
    );
    assert_eq!(
        problem("A1 B2 C3*"),
        "it is not known which version is `previous`: service revision 2 ran without image digests\n\
         Give an exact `version`. Succeeded here: B (web1:2), A (web1:1)."
    );
}
