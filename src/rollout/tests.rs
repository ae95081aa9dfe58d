//! Single looks and their words; what holds for every course of events is in
//! `histories.rs`.

use std::time::Duration;

use super::histories::answers::{
    NEWCOMER, OURS, PREVIOUS, definition, deployment, id, ours, service,
};
use super::{End, Followed, Phase, Snapshot, Successor, Tracker, View, snapshot};
use crate::ecs::{BreakerCount, Counts, Deployment, DeploymentId, Event, Rollback, Service};
use crate::request::WaitUntil;

/// Ours beside the one it is to replace.
fn followed() -> Followed {
    Followed::started(
        DeploymentId::Ecs(id(OURS)),
        &with([deployment(PREVIOUS, "PRIMARY", "COMPLETED", 2)]),
    )
}

fn with(deployments: impl IntoIterator<Item = Deployment>) -> Service {
    Service { deployments: deployments.into_iter().collect(), ..service(2) }
}

fn ours_is(state: &str) -> Service {
    with([deployment(OURS, "PRIMARY", state, 2), deployment(PREVIOUS, "ACTIVE", "COMPLETED", 2)])
}

fn previous_is_back(state: &str) -> Service {
    with([deployment(PREVIOUS, "PRIMARY", state, 2)])
}

/// With events as ECS gives them, newest first.
fn telling<const N: usize>(mut service: Service, messages: [&str; N]) -> Service {
    let event = |(number, message): (usize, &str)| Event {
        id: format!("event-{}", N - number),
        at: None,
        message: message.to_owned(),
    };
    service.events = messages.into_iter().enumerate().map(event).collect();
    service
}

fn classic(service: &Service) -> Snapshot {
    snapshot(&followed(), service, View::Classic)
}

fn stopped(service: &Service) -> Snapshot {
    let mut deployment = ours(2);
    deployment.status = "STOPPED".into();
    snapshot(&followed(), service, View::Described(&deployment))
}

fn after(tracker: &mut Tracker, seconds: u64, look: &Snapshot) -> Option<End> {
    tracker.observe(look, Duration::from_secs(seconds)).end
}

const FAILED: &str = "(service web1) (deployment ecs-svc/123) deployment failed: tasks failed.";

#[test]
fn what_was_there_before_is_not_taken_for_a_rollback_until_the_update_shows() {
    for (service, end) in [
        (previous_is_back("COMPLETED"), End::RolledBack { reason: None }),
        (previous_is_back("FAILED"), End::RollbackFailed { reason: None }),
    ] {
        let mut tracker = Tracker::default();
        let look = classic(&service);
        let first = tracker.observe(&look, Duration::ZERO);
        assert_eq!(first.news, ["accepted: 0 of 0 tasks run"]);
        assert_eq!(first.end, None);
        assert_eq!(after(&mut tracker, 29, &look), None);
        assert_eq!(after(&mut tracker, 30, &look), Some(end.clone()), "long enough for any lag");

        let mut tracker = Tracker::default();
        assert_eq!(after(&mut tracker, 0, &classic(&ours_is("IN_PROGRESS"))), None);
        assert_eq!(after(&mut tracker, 3, &look), Some(end), "it was there, and is gone");
    }
}

#[test]
fn an_event_of_the_deployment_proves_that_the_answer_is_younger_than_it() {
    let look = classic(&telling(previous_is_back("COMPLETED"), [FAILED]));
    let end = after(&mut Tracker::default(), 0, &look);
    assert_eq!(end, Some(End::RolledBack { reason: Some(FAILED.to_owned()) }));
}

#[test]
fn a_service_that_is_going_is_an_end_before_anything_else_is_known() {
    for status in ["DRAINING", "INACTIVE"] {
        let service = Service { status: status.into(), ..service(2) };
        let end = after(&mut Tracker::default(), 0, &classic(&service));
        assert_eq!(end, Some(End::Gone { status: status.to_owned() }));
    }
    for status in ["ACTIVE", "PONDERING", ""] {
        let service = Service { status: status.into(), ..ours_is("IN_PROGRESS") };
        assert_eq!(after(&mut Tracker::default(), 0, &classic(&service)), None, "{status:?}");
    }
}

#[test]
fn states_that_are_not_known_are_no_end() {
    for state in ["", "UNKNOWN", "PONDERING", "succeeded", "SUCCESSFUL_MOSTLY"] {
        let mut deployment = ours(2);
        deployment.status = state.into();
        let look = snapshot(&followed(), &ours_is("IN_PROGRESS"), View::Described(&deployment));
        assert_eq!(look.phase, Phase::InProgress(state.to_owned()));
        assert_eq!(classic(&ours_is(state)).phase, Phase::InProgress(state.to_owned()));
        assert_eq!(classic(&previous_is_back(state)).phase, Phase::RollingBack);
    }
}

#[test]
fn a_deployment_that_stopped_because_it_failed_has_ended_at_the_first_look() {
    let end = after(&mut Tracker::default(), 0, &stopped(&ours_is("FAILED")));
    assert_eq!(end, Some(End::Failed { reason: None }));
}

#[test]
fn a_bare_stop_is_looked_at_for_some_seconds_more() {
    let mut tracker = Tracker::default();
    let look = stopped(&ours_is("IN_PROGRESS"));
    assert_eq!(after(&mut tracker, 0, &look), None);
    assert_eq!(after(&mut tracker, 2, &look), None);
    assert_eq!(after(&mut tracker, 3, &look), Some(End::Failed { reason: None }));
}

#[test]
fn what_ecs_says_it_returns_to_is_no_newcomer() {
    // Adopted when the tasks of what it replaces were already gone.
    let alone = with([deployment(OURS, "PRIMARY", "IN_PROGRESS", 2)]);
    let followed = Followed::adopted(DeploymentId::Ecs(id(OURS)), &alone);
    for (event, phase) in [
        ("(service web1) rolling back to deployment ecs-svc/12.", Phase::RollingBack),
        ("(service web1) rolling back to deployment ecs-svc/12", Phase::RollingBack),
        (
            "(service web1) rolling back to deployment ecs-svc/1234.",
            Phase::Superseded(Successor {
                id: Some(id(PREVIOUS)),
                task_definition: Some(definition(PREVIOUS)),
            }),
        ),
    ] {
        let service = telling(previous_is_back("IN_PROGRESS"), [event]);
        assert_eq!(snapshot(&followed, &service, View::Classic).phase, phase, "{event}");
    }
}

#[test]
fn what_its_own_reason_says_it_returns_to_is_no_newcomer() {
    let alone = with([deployment(OURS, "PRIMARY", "IN_PROGRESS", 2)]);
    let followed = Followed::adopted(DeploymentId::Ecs(id(OURS)), &alone);
    let says_so =
        format!("ECS deployment circuit breaker: rolling back to deploymentId {}.", id(PREVIOUS));
    for (reason, ours, is_back) in [
        (says_so.as_str(), "FAILED", true),
        (says_so.as_str(), "IN_PROGRESS", false),
        ("ECS deployment ecs-svc/12 in progress.", "FAILED", false),
    ] {
        let mut back = deployment(PREVIOUS, "PRIMARY", "IN_PROGRESS", 2);
        back.rollout_reason = Some(reason.to_owned());
        let service = with([back, deployment(OURS, "ACTIVE", ours, 2)]);
        let phase = snapshot(&followed, &service, View::Classic).phase;
        assert_eq!(phase == Phase::RollingBack, is_back, "{reason} {ours}: {phase:?}");
    }
}

#[test]
fn that_no_alarm_is_watched_is_said_once() {
    let mut deployment = ours(2);
    let mut tracker = Tracker::default();
    let mut warning = |deployment: &_, elapsed| {
        let look = snapshot(&followed(), &ours_is("IN_PROGRESS"), View::Described(deployment));
        tracker.observe(&look, Duration::from_secs(elapsed)).warning
    };
    assert_eq!(warning(&deployment, 0), None);
    deployment.alarms_are_off = true;
    let said = warning(&deployment, 3).expect("it is said");
    assert!(said.message.starts_with("ECS watches no alarm during this deployment"), "{said}");
    assert_eq!(warning(&deployment, 6), None);
}

#[test]
fn a_failure_waits_for_its_rollback_and_starts_waiting_anew_when_it_moves() {
    let mut by_breaker = ours_is("FAILED");
    by_breaker.circuit_breaker.rollback = true;
    let mut by_alarms = ours_is("FAILED");
    by_alarms.alarms_roll_back = true;
    for service in [by_breaker, by_alarms] {
        waits_for_its_rollback(&service);
    }
}

#[test]
fn a_rollback_is_waited_for_only_from_what_is_configured_to_roll_back() {
    let breaker = "ECS deployment circuit breaker: tasks failed to start.";
    let alarm = "ECS deployment alarm: alarm detected.";
    for (by_breaker, by_alarms, reason, phase) in [
        (true, false, breaker, Phase::Failing),
        (true, false, alarm, Phase::Failed),
        (false, true, breaker, Phase::Failed),
        (false, true, alarm, Phase::Failing),
        (false, true, "another reason", Phase::Failing),
        (false, false, breaker, Phase::Failed),
    ] {
        let mut service = ours_is("FAILED");
        service.circuit_breaker.rollback = by_breaker;
        service.alarms_roll_back = by_alarms;
        service.deployments[0].rollout_reason = Some(reason.to_owned());
        assert_eq!(classic(&service).phase, phase, "{by_breaker} {by_alarms} {reason}");
    }
}

fn waits_for_its_rollback(service: &Service) {
    let (failed, moving) = (classic(service), classic(&ours_is("IN_PROGRESS")));
    let mut tracker = Tracker::default();
    for (seconds, look, is_over) in [
        (100, &failed, false),
        (159, &failed, false),
        (160, &moving, false),
        (170, &failed, false),
        (229, &failed, false),
        (230, &failed, true),
    ] {
        let end = after(&mut tracker, seconds, look);
        assert_eq!(end.is_some(), is_over, "after {seconds} s: {end:?}");
    }
}

#[test]
fn without_a_rollout_state_the_counts_of_the_only_deployment_decide() {
    let counts = |desired, running, pending| Counts { desired, running, pending, failed: 0 };
    let succeeded = Phase::Succeeded;
    let in_progress = Phase::InProgress("IN_PROGRESS".to_owned());
    for (wanted, own, is_alone, phase) in [
        (2, counts(2, 2, 0), true, &succeeded),
        (2, counts(2, 2, 0), false, &in_progress),
        (2, counts(2, 1, 0), true, &in_progress),
        (2, counts(2, 2, 1), true, &in_progress),
        (2, counts(0, 0, 0), true, &in_progress),
        (0, counts(0, 0, 0), true, &succeeded),
        (0, counts(0, 0, 0), false, &in_progress),
        (0, counts(0, 1, 0), true, &in_progress),
    ] {
        let mut service = ours_is("");
        service.counts.desired = wanted;
        service.deployments[0].rollout_state = None;
        service.deployments[0].counts = own;
        service.deployments.truncate(if is_alone { 1 } else { 2 });
        assert_eq!(classic(&service).phase, *phase, "{wanted} wanted, {own:?}, alone: {is_alone}");
    }
}

#[test]
fn events_are_told_in_the_order_in_which_they_happened() {
    let messages = [
        "(service web1) has reached a steady state.",
        "(service web1, taskSet ecs-svc/12) has begun draining connections on 1 tasks.",
        "(service web1) (deployment ecs-svc/12) deployment completed.",
        "(service web1, taskSet ecs-svc/123) has started 1 tasks: (task b).",
        "(service web1) was unable to scale because (taskSet ecs-svc/12) has tasks under protection",
        "(service web1) has started 1 tasks: (task a).",
    ];
    let look = classic(&telling(ours_is("IN_PROGRESS"), messages));
    let told: Vec<&str> = look.events.iter().map(|event| event.message.as_str()).collect();
    assert_eq!(told, [messages[5], messages[4], messages[3], messages[0]]);
}

#[test]
fn the_reason_is_the_most_telling_that_ecs_gives() {
    let mut deployment = ours(2);
    deployment.status = "ROLLBACK_SUCCESSFUL".into();
    let rollback = Rollback { reason: Some("alarm detected".to_owned()), to: None };
    deployment.rollback = Some(rollback);
    let service = previous_is_back("COMPLETED");
    let reason =
        |deployment: &_| snapshot(&followed(), &service, View::Described(deployment)).reason;
    assert_eq!(reason(&deployment).as_deref(), Some("alarm detected"));
    deployment.status_reason = Some("Service deployment rolled back.".to_owned());
    assert_eq!(reason(&deployment).as_deref(), Some("Service deployment rolled back."));

    let mut service = with([
        deployment_failed("ECS deployment circuit breaker: tasks failed to start."),
        self::deployment(PREVIOUS, "PRIMARY", "COMPLETED", 2),
    ]);
    let words = "ECS deployment circuit breaker: tasks failed to start.";
    assert_eq!(classic(&service).reason.as_deref(), Some(words));
    service.deployments.remove(0);
    assert_eq!(classic(&telling(service, [FAILED])).reason.as_deref(), Some(FAILED));
}

fn deployment_failed(reason: &str) -> Deployment {
    let rollout_reason = Some(reason.to_owned());
    Deployment { rollout_reason, ..deployment(OURS, "ACTIVE", "FAILED", 2) }
}

#[test]
fn a_line_is_written_when_something_moves_and_only_then() {
    let mut tracker = Tracker::default();
    let mut deployment = ours(2);
    let mut service = ours_is("IN_PROGRESS");
    service.deployments[0].counts = Counts { desired: 2, running: 0, pending: 2, failed: 0 };
    let mut news = |deployment: &_, service: &_| {
        let look = snapshot(&followed(), service, View::Described(deployment));
        tracker.observe(&look, Duration::ZERO).news
    };
    assert_eq!(news(&deployment, &service), ["pending: 0 of 2 tasks run, 2 starting"]);
    assert_eq!(news(&deployment, &service), [""; 0]);
    deployment.status = "IN_PROGRESS".into();
    deployment.breaker = Some(BreakerCount { failures: 2, threshold: 3 });
    service.deployments[0].counts.pending = 0;
    assert_eq!(news(&deployment, &service), ["in progress: 0 of 2 tasks run, 2 of 3 failures"]);
    deployment.breaker = None;
    deployment.counts.failed = 4;
    assert_eq!(news(&deployment, &service), ["in progress: 0 of 2 tasks run, 4 failed"]);
    deployment.counts.failed = 0;
    deployment.production_traffic = Some(12.5);
    assert_eq!(news(&deployment, &service), ["in progress: 0 of 2 tasks run"]);
    deployment.lifecycle_stage = Some("BAKE_TIME".to_owned());
    assert_eq!(
        news(&deployment, &service),
        ["in progress: 0 of 2 tasks run, stage BAKE_TIME, 12.5 % of traffic"]
    );
}

#[test]
fn all_traffic_is_an_end_only_where_asked_for_and_only_of_a_deployment_that_goes_on() {
    let look = |status: &str, stage: &str, traffic: f64| {
        let mut deployment = ours(2);
        deployment.status = status.into();
        deployment.lifecycle_stage = Some(stage.to_owned());
        deployment.production_traffic = Some(traffic);
        snapshot(&followed(), &ours_is("IN_PROGRESS"), View::Described(&deployment))
    };
    for (status, stage, traffic, is_end) in [
        ("IN_PROGRESS", "BAKE_TIME", 100.0, true),
        ("IN_PROGRESS", "POST_PRODUCTION_TRAFFIC_SHIFT", 100.0, true),
        ("IN_PROGRESS", "BAKE_TIME", 99.9, false),
        ("IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT", 100.0, false),
        ("STOP_REQUESTED", "BAKE_TIME", 100.0, false),
        ("ROLLBACK_IN_PROGRESS", "BAKE_TIME", 100.0, false),
        ("PONDERING", "BAKE_TIME", 100.0, false),
    ] {
        let look = look(status, stage, traffic);
        let end = after(&mut Tracker::default().until(WaitUntil::Traffic), 0, &look);
        assert_eq!(end, is_end.then_some(End::Reached), "{status} {stage} {traffic}");
        assert_eq!(after(&mut Tracker::default(), 0, &look), None, "{status} {stage} {traffic}");
    }
}

#[test]
fn a_newcomer_is_named_with_what_it_deploys() {
    let service = with([
        deployment(NEWCOMER, "PRIMARY", "IN_PROGRESS", 2),
        deployment(OURS, "ACTIVE", "IN_PROGRESS", 2),
    ]);
    let by = Successor { id: Some(id(NEWCOMER)), task_definition: Some(definition(NEWCOMER)) };
    for look in
        [classic(&service), stopped(&service), snapshot(&followed(), &service, View::NotListedYet)]
    {
        assert_eq!(look.phase, Phase::Superseded(by.clone()));
        assert_eq!(look.primary, Some(definition(NEWCOMER)));
    }
}
