use super::*;
use crate::ecs::tests::{deployment, service};

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// One thing after the other, each for so many seconds.
fn spans(parts: &[(Activity, u64)]) -> Vec<Span> {
    let mut at = Duration::ZERO;
    let span = |(activity, seconds): &(Activity, u64)| {
        let from = at;
        at += secs(*seconds);
        Span { activity: *activity, from, until: at }
    };
    parts.iter().map(span).collect()
}

/// A container that is checked every 30 s, and one that is not.
fn definition() -> TaskDefinition {
    let text = r#"{"family": "web1", "containerDefinitions": [
        {"name": "log", "image": "log:1"},
        {"name": "web1", "image": "web1:1", "healthCheck": {"command": ["CMD", "a"], "interval": 30}}]}"#;
    TaskDefinition::from_file("web1.json", text.as_bytes()).expect("it is one")
}

fn group(name: &str, interval: u64, healthy_threshold: u32, delay: u64) -> TargetGroup {
    let deregistration_delay = Some(secs(delay));
    TargetGroup {
        name: name.to_owned(),
        interval: secs(interval),
        healthy_threshold,
        deregistration_delay,
    }
}

/// What is said of these parts; `made` may set the service otherwise.
fn said(
    parts: &[(Activity, u64)],
    target_groups: &[TargetGroup],
    made: impl FnOnce(&mut Service),
) -> Option<String> {
    let mut service = service([deployment(1, "PRIMARY", None)]);
    made(&mut service);
    let definition = definition();
    let desired = service.counts.desired;
    let settings = Settings { service: &service, definition: &definition, target_groups, desired };
    slowest(&spans(parts), &settings)
}

use Activity::{Draining, HealthChecks, Pending, Person, Starting, Traffic};

#[test]
fn the_setting_that_explains_the_longest_part_is_named_with_its_number() {
    let shop = || group("shop", 30, 5, 300);
    let groups = [group("admin", 5, 2, 60), shop()];
    for (parts, expected) in [
        (
            &[(Starting, 31), (HealthChecks, 61), (Draining, 300)][..],
            "Draining took 5 m of 6 m 32 s: the deregistration delay of target group shop is 300 s. \
             Lower it if requests end sooner.",
        ),
        (
            &[(Starting, 20), (Draining, 310), (Starting, 20), (Draining, 300)],
            "Draining took 10 m 10 s of 10 m 50 s: the deregistration delay of target group shop is \
             300 s, 2 times. Lower it if requests end sooner.",
        ),
        (
            &[(Starting, 31), (HealthChecks, 155)],
            "Health checks took 2 m 35 s of 3 m 6 s: target group shop marks a target healthy \
             after 5 checks, one every 30 s. Lower the interval or the healthy threshold if the \
             app \
             is ready sooner.",
        ),
        // Too short for the target groups: the container's own check explains it.
        (
            &[(Starting, 31), (HealthChecks, 45)],
            "Health checks took 45 s of 1 m 16 s: the health check of container web1 runs every \
             30 s. Lower its `interval` if the app is ready sooner.",
        ),
    ] {
        assert_eq!(said(parts, &groups, |_| {}).as_deref(), Some(expected));
    }
    let baked = said(&[(Starting, 31), (Traffic, 660)], &[], |it| it.strategy_waits = secs(600));
    assert_eq!(
        baked.as_deref(),
        Some(
            "Traffic and bake took 11 m of 11 m 31 s: the steps and bake times of the deployment \
             configuration are up to 10 m in all. Shorten them if problems show sooner."
        )
    );
}

#[test]
fn nothing_is_said_where_no_setting_explains_it() {
    let groups = [group("shop", 30, 5, 300)];
    for parts in [
        // Shorter than the setting: it was not waited for.
        &[(Starting, 31), (Draining, 70)][..],
        // Less than half of it.
        &[(Starting, 31), (Draining, 700)],
        &[(Starting, 31), (HealthChecks, 400)],
        &[(Starting, 300), (HealthChecks, 40)],
        &[(Starting, 31), (Person, 3_600)],
        &[(Pending, 600), (Starting, 31)],
        &[(Starting, 31), (Traffic, 300)],
        // Quick, whatever took most of it.
        &[(Starting, 10), (HealthChecks, 40)],
        &[],
    ] {
        assert_eq!(said(parts, &groups, |_| {}), None, "{parts:?}");
    }
    assert_eq!(said(&[(Starting, 31), (Draining, 300)], &[], |_| {}), None);
}

/// Tasks in all, minimum and maximum percent, and how many batches were seen.
#[test]
fn batches_are_explained_by_the_percentages_only_where_these_make_so_many() {
    for (desired, minimum_healthy, maximum, seen, is_said) in [
        (4, 100, 125, 4, true),
        (4, 100, 150, 2, true),
        // Seen as fewer, because some followed each other at once.
        (4, 100, 125, 3, true),
        (5, 50, 100, 3, true),
        // All may start at once.
        (4, 100, 200, 3, false),
        (2, 0, 100, 2, false),
        (1, 100, 150, 2, false),
        (4, 100, 150, 3, false),
        (4, 100, 125, 1, false),
        (0, 100, 200, 2, false),
    ] {
        let parts = [(Starting, 61), (HealthChecks, 5)].repeat(seen);
        let why = said(&parts, &[], |it| {
            it.counts.desired = desired;
            it.overlap = Overlap::Rolling { minimum_healthy, maximum };
        });
        let expected = format!(
            "in {seen} batches, because the minimum healthy percent is {minimum_healthy} and the \
             maximum percent {maximum}. A higher maximum starts more tasks at once."
        );
        let why = why.as_deref().and_then(|it| it.split_once(": ")).map(|(_, why)| why);
        assert_eq!(why, is_said.then_some(expected.as_str()), "{desired}");
        assert_eq!(said(&parts, &[], |it| it.overlap = Overlap::None), None);
    }
}
