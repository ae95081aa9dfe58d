use super::*;
use crate::ecs::Counts;

fn event(message: &str) -> Event {
    Event { id: message.to_owned(), at: None, message: format!("(service web) {message}") }
}

/// How many tasks are wanted, run and start; those of others; the newest event.
#[test]
fn counts_and_events_tell_what_tasks_wait_for() {
    let drains = "has begun draining connections on 2 tasks.";
    let starts = "has started 2 tasks: (task 1) (task 2).";
    let no_place =
        "was unable to place a task because no container instance met all of its requirements.";
    for ((desired, running, pending, failed), others, newest, expected) in [
        ((0, 0, 0, 0), Some(2), "", Activity::Pending),
        ((2, 0, 0, 0), Some(2), "", Activity::Pending),
        ((2, 0, 0, 0), Some(0), "", Activity::Pending),
        ((2, 0, 2, 0), Some(2), starts, Activity::Starting),
        ((4, 2, 2, 0), Some(2), drains, Activity::Starting),
        ((4, 2, 0, 0), Some(4), starts, Activity::HealthChecks),
        ((4, 2, 0, 0), Some(2), drains, Activity::Draining),
        ((4, 2, 0, 0), Some(2), "deregistered 1 targets in (target-group web)", Activity::Draining),
        ((4, 2, 0, 0), Some(4), no_place, Activity::Pending),
        ((2, 0, 0, 0), Some(2), no_place, Activity::Pending),
        (
            (2, 2, 0, 0),
            Some(2),
            "registered 2 targets in (target-group web)",
            Activity::HealthChecks,
        ),
        ((2, 2, 0, 0), Some(2), "", Activity::HealthChecks),
        ((2, 2, 0, 0), Some(0), "", Activity::Draining),
        ((2, 2, 0, 0), Some(2), drains, Activity::Draining),
        ((2, 2, 0, 0), None, "", Activity::HealthChecks),
        ((0, 0, 0, 0), Some(0), "", Activity::Draining),
        // Its own failed; and those of before go first, of which some or none are left.
        ((2, 1, 0, 1), Some(2), drains, Activity::HealthChecks),
        ((2, 0, 0, 1), Some(2), drains, Activity::Pending),
        ((2, 0, 0, 0), Some(1), drains, Activity::Draining),
        ((2, 0, 0, 0), Some(0), drains, Activity::Draining),
        ((2, 0, 0, 0), None, drains, Activity::Pending),
    ] {
        let look = Snapshot {
            counts: Counts { desired, running, pending, failed },
            events: [event("has reached a steady state."), event(newest)].to_vec(),
            ..Snapshot::nothing_but(Phase::InProgress("IN_PROGRESS".to_owned()))
        };
        let beside = Beside { others, bakes: false, hooks_at: &[] };
        assert_eq!(activity(&look, beside), expected, "{desired} {running} {pending} {newest}");
        // Once nothing else is there, alarms are watched.
        if expected == Activity::HealthChecks && others.is_none() {
            let beside = Beside { bakes: true, ..beside };
            assert_eq!(activity(&look, beside), Activity::Traffic);
        }
    }
}

#[test]
fn a_stage_tells_what_it_is_for() {
    let hooks_at = ["POST_SCALE_UP".to_owned(), "PRODUCTION_TRAFFIC_SHIFT".to_owned()];
    let beside = Beside { others: Some(2), bakes: false, hooks_at: &hooks_at };
    for (stage, expected) in [
        ("RECONCILE_SERVICE", Activity::Starting),
        ("PRE_SCALE_UP", Activity::Starting),
        ("SCALE_UP", Activity::Starting),
        ("POST_SCALE_UP", Activity::Hooks),
        ("TEST_TRAFFIC_SHIFT", Activity::Traffic),
        ("POST_TEST_TRAFFIC_SHIFT", Activity::Traffic),
        ("PRODUCTION_TRAFFIC_SHIFT", Activity::Traffic),
        ("BAKE_TIME", Activity::Traffic),
        ("CLEAN_UP", Activity::Draining),
        ("BeforeInstall", Activity::Hooks),
        ("Install", Activity::Starting),
        ("AfterAllowTestTraffic", Activity::Hooks),
        ("AllowTraffic", Activity::Traffic),
        ("A_STAGE_OF_NEXT_YEAR", Activity::NotKnown),
    ] {
        let look = Snapshot {
            counts: Counts { desired: 2, running: 0, pending: 2, failed: 0 },
            stage: Some(stage.to_owned()),
            ..Snapshot::nothing_but(Phase::InProgress("IN_PROGRESS".to_owned()))
        };
        assert_eq!(activity(&look, beside), expected, "{stage}");
    }
    for (phase, expected) in [
        (Phase::Starting, Activity::Pending),
        (Phase::Failing, Activity::RollingBack),
        (Phase::RollingBack, Activity::RollingBack),
        (Phase::Stopped, Activity::NotKnown),
    ] {
        assert_eq!(activity(&Snapshot::nothing_but(phase.clone()), beside), expected, "{phase:?}");
    }
}
