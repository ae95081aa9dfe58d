use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What `spans` are, by name, beginning and end.
fn shown(spans: &[Span]) -> Vec<(&'static str, u64, u64)> {
    spans.iter().map(|it| (it.activity.as_str(), it.from.as_secs(), it.until.as_secs())).collect()
}

const ALL: [Activity; 9] = [
    Activity::Pending,
    Activity::Starting,
    Activity::HealthChecks,
    Activity::Hooks,
    Activity::Person,
    Activity::Traffic,
    Activity::Draining,
    Activity::RollingBack,
    Activity::NotKnown,
];

proptest! {
    /// Whatever was seen when: no gap, nothing twice, and seconds that add up to the whole.
    #[test]
    fn spans_are_the_whole_time_and_no_more(
        looks in vec((select(&ALL[..]), 0_u64..40_000, any::<bool>()), 0..60),
        rest in 0_u64..40_000,
        way_back in proptest::option::of(0_u64..90_000),
    ) {
        let mut spans = Spans::default();
        let mut at = Duration::ZERO;
        for (activity, millis, is_still) in looks {
            at += Duration::from_millis(millis);
            if is_still { spans.still(at) } else { spans.see(activity, at) }
        }
        at += Duration::from_millis(rest);
        let mut spans = spans.finish(at);
        if let Some(millis) = way_back {
            at += Duration::from_millis(millis);
            spans = and_back(spans, at);
        }
        prop_assert_eq!(spans.first().map(|it| it.from), Some(Duration::ZERO));
        prop_assert_eq!(spans.last().map(|it| it.until), Some(at));
        for pair in spans.windows(2) {
            prop_assert_eq!(pair[0].until, pair[1].from);
            prop_assert_ne!(pair[0].activity, pair[1].activity);
        }
        if spans.len() > 1 {
            prop_assert!(spans.iter().all(|it| it.length() >= SHORT), "{:?}", spans);
        }
        prop_assert_eq!(spans.iter().map(Span::seconds).sum::<u64>(), at.as_secs());
    }
}

#[test]
fn what_one_look_alone_has_seen_counts_to_what_was_before() {
    let mut spans = Spans::default();
    for (at, activity) in [
        (0, Activity::NotKnown),
        (1, Activity::Pending),
        (5, Activity::Starting),
        (20, Activity::Pending),
        (21, Activity::Starting),
        (30, Activity::HealthChecks),
    ] {
        spans.see(activity, secs(at));
        (at + 1..at + 4).take_while(|_| at > 21).for_each(|at| spans.still(secs(at)));
    }
    spans.still(secs(44));
    let expected = [("pending", 0, 5), ("tasks starting", 5, 30), ("health checks", 30, 50)];
    assert_eq!(shown(&spans.finish(secs(50))), expected);
}

/// Also where it is the same on both sides of an outage.
#[test]
fn what_went_on_while_aws_did_not_answer_is_not_known() {
    let mut spans = Spans::default();
    spans.see(Activity::Starting, secs(0));
    spans.see(Activity::Starting, secs(15));
    spans.still(secs(60));
    spans.still(secs(70));
    spans.see(Activity::HealthChecks, secs(100));
    spans.see(Activity::Draining, secs(110));
    let expected = [
        ("tasks starting", 0, 15),
        ("not known", 15, 60),
        ("tasks starting", 60, 70),
        ("not known", 70, 100),
        ("health checks", 100, 110),
        ("not known", 110, 200),
    ];
    assert_eq!(shown(&spans.finish(secs(200))), expected);
    assert_eq!(shown(&Spans::default().finish(secs(30))), [("not known", 0, 30)]);
}

#[test]
fn the_way_back_lasts_until_its_end() {
    let mut spans = Spans::default();
    spans.see(Activity::Starting, secs(0));
    let spans = spans.finish(secs(10));
    let expected = [("tasks starting", 0, 10), ("rolling back", 10, 45)];
    assert_eq!(shown(&and_back(spans, secs(45))), expected);
}

/// What ends a name in a chart, begins a comment or another statement in it.
#[test]
fn no_name_means_something_to_mermaid() {
    for activity in ALL {
        let name = activity.as_str();
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == ' '), "{name}");
        let first = name.split(' ').next().unwrap_or_default();
        let statements = ["section", "title", "click", "call", "href", "excludes", "includes"];
        assert!(!statements.contains(&first), "{name}");
    }
}
