//! Which cause is told, and how the whole of it reads.

use expect_test::expect;

use super::*;
use crate::diagnosis::{Denied, newest_matching_older};

const HOOK: &str = "Service deployment rolled back because PRE_SCALE_UP lifecycle hook(s) failed. \
                    Lifecycle hook target smoke returned FAILED status.";

#[test]
fn the_cause_that_explains_most_is_told() {
    // From the weakest on: each step adds one piece of evidence that outweighs
    // all those before it.
    type Step = (fn(&mut Evidence), &'static str);
    let steps: [Step; 12] = [
        (|_| {}, "What failed is not known"),
        (
            |it| it.status_reason = Some("the circuit breaker threshold was exceeded".to_owned()),
            "ECS's circuit breaker gave up",
        ),
        (|it| it.status_reason = Some("Something new".to_owned()), "ECS says: Something new"),
        (|it| it.tasks.push(stopped("u", "UserInitiated", "")), "Somebody stopped the tasks"),
        (
            |it| it.older_event = Some(event("o", 0, "Capacity is unavailable at this time.")),
            "AWS has no capacity for the task in its Availability Zones at this time (according to an event from before this deployment)",
        ),
        (|it| it.waiting.push(stopped("w", "", "")), "A task does not reach RUNNING"),
        (
            |it| it.events.push(event("e", 1, "unable to place a task. Reason: RESOURCE:CPU.")),
            "No container instance has enough free CPU",
        ),
        (|it| it.alarms.push("5xx".to_owned()), "The alarm 5xx went off"),
        (|it| it.tasks.push(exited("1", Some(1), None)), "The container web exited with code 1"),
        (
            |it| {
                let said = "Task failed ELB health checks in (target-group targetgroup/web/0a)";
                it.tasks.push(stopped("2", "ServiceSchedulerInitiated", said));
            },
            "The tasks fail the load balancer's health checks in the target group web",
        ),
        (
            |it| it.targets.push(unhealthy("Target.Timeout", "Request timed out")),
            "The health check of the target group web-blue on port 8080 gets no answer",
        ),
        (
            |it| {
                let said = "CannotPullContainerError: manifest for web:2 not found";
                it.tasks.push(stopped("3", "TaskFailedToStart", said));
            },
            "The image web:2 is not in its registry",
        ),
    ];
    let mut evidence = Evidence::default();
    for (step, cause) in steps {
        step(&mut evidence);
        let (told, _) = told(&evidence);
        assert!(told.starts_with(cause), "{told} instead of {cause}");
    }
    evidence.status_reason = Some(HOOK.to_owned());
    assert_eq!(told(&evidence).0, "The lifecycle hook smoke failed at PRE_SCALE_UP");
}

#[test]
fn a_crash_is_told_and_not_the_health_check_that_it_fails() {
    let evidence = Evidence {
        targets: vec![unhealthy("Target.FailedHealthChecks", "Health checks failed")],
        events: vec![event(
            "e",
            0,
            "(port 80) is unhealthy in (target-group x) due to (reason Health checks failed)",
        )],
        ..with_task(exited("a", Some(1), None))
    };
    assert_eq!(told(&evidence).0, "The container web exited with code 1");
}

#[test]
fn among_equals_what_cannot_heal_is_told_and_then_what_most_tasks_died_of() {
    let failed = |id, reason| stopped(id, "TaskFailedToStart", reason);
    let full = "CannotPullContainerError: no space left on device";
    let no_route = "CannotPullContainerError: dial tcp: i/o timeout";
    let mut evidence = Evidence {
        tasks: vec![failed("a", full), failed("b", no_route), failed("c", no_route)],
        ..Evidence::default()
    };
    assert!(told(&evidence).0.starts_with("The task can't reach the registry"));
    evidence.tasks.push(failed("d", "CannotPullContainerError: web:2: not found"));
    assert!(told(&evidence).0.ends_with("is not in its registry"));
}

#[test]
fn a_text_from_outside_is_never_a_template() {
    let mut task = exited("a", Some(3), None);
    task.containers[0].name = "{image|x}{log}".to_owned();
    assert_eq!(told(&with_task(task)).0, "The container {image|x}{log} exited with code 3");
}

#[test]
fn what_could_not_be_read_names_its_permission() {
    let denied =
        Denied { what: "stopped tasks".to_owned(), permission: "ecs:DescribeTasks".to_owned() };
    let diagnosis = diagnose(&Evidence { denied: vec![denied], ..Evidence::default() });
    expect![[r#"
        What failed is not known, because not everything could be read
        Next: Grant ecs:DescribeTasks: it shows the stopped tasks
        The stopped tasks could not be read: that needs ecs:DescribeTasks"#]]
    .assert_eq(&diagnosis.lines([]).join("\n"));
}

#[test]
fn the_first_lines_are_enough_and_the_others_show_why() {
    let died =
        |id: &str, second| Task { stopped_at: Some(at(second)), ..exited(id, Some(1), None) };
    let evidence = Evidence {
        status_reason: Some("the circuit breaker threshold was exceeded.".to_owned()),
        events: vec![
            event("e1", 1, "(service web) has started 2 tasks: (task a)."),
            event("e2", 30, "(service web) (deployment ecs-svc/1) deployment failed."),
            event("e3", 31, "(service web) (deployment ecs-svc/1) deployment failed."),
        ],
        older_event: Some(event("e0", 0, "(service web) operations are being throttled on elb.")),
        tasks: vec![
            died("d4", 40),
            died("a1", 10),
            died("c3", 30),
            died("b2", 20),
            stopped(
                "z",
                "ServiceSchedulerInitiated",
                "Scaling activity initiated by (deployment x)",
            ),
            stopped("u", "UserInitiated", "Task stopped by user"),
        ],
        logs: vec![tail("d4", &["\u{1b}[31mError: no database\u{1b}[0m", "::error::gotcha"])],
        targets: vec![
            unhealthy("Target.Timeout", "Request timed out"),
            TargetHealth { state: "healthy".into(), ..TargetHealth::default() },
        ],
        ..Evidence::default()
    };
    expect![[r#"
        The container web exited with code 1
        Its log ends with: ::error::gotcha
        Next: Read its last log lines
        4 tasks stopped (EssentialContainerExited, container web, exit code 1) from 2026-08-29T10:40:10Z to 2026-08-29T10:40:40Z: Essential container in task exited [a1, b2, c3 and 1 more]
        1 task stopped (UserInitiated, container web) at 2026-08-29T10:40:00Z: Task stopped by user [u]
        Last log lines of the container web of task d4 (/ecs/web/web/web/d4):
          | Error: no database
          | ::error::gotcha
        Target 10.0.1.17:8080 of the target group web-blue is unhealthy: Target.Timeout, Request timed out
        Events of this deployment:
          2026-08-29T10:40:01Z (service web) has started 2 tasks: (task a).
          2026-08-29T10:40:31Z (service web) (deployment ecs-svc/1) deployment failed.
        Event from before this deployment (ECS repeats an event only after hours):
          2026-08-29T10:40:00Z (service web) operations are being throttled on elb."#]]
    .assert_eq(&diagnose(&evidence).lines([]).join("\n"));
}

#[test]
fn the_newest_older_event_that_tells_a_cause_is_found() {
    const HOUR: u64 = 3_600;
    let cause = "(service web) was unable to place a task. Reason: RESOURCE:CPU.";
    let since = at(10 * HOUR);
    let events = [
        event("after", 10 * HOUR, cause),
        event("steady", 9 * HOUR + 3, "(service web) has reached a steady state."),
        event(
            "general",
            9 * HOUR + 2,
            "(service web) is unable to consistently start tasks successfully.",
        ),
        event(
            "other",
            9 * HOUR + 1,
            "(service web) (deployment ecs-svc/7) alarm detected, RESOURCE:CPU",
        ),
        event("newest", 9 * HOUR, cause),
        event("older", 8 * HOUR, cause),
        Event { at: None, ..event("undated", 0, cause) },
    ];
    let found = |events: &[Event]| newest_matching_older(events, since).map(|event| event.id);
    assert_eq!(found(&events).as_deref(), Some("newest"));
    let backwards: Vec<Event> = events.iter().rev().cloned().collect();
    assert_eq!(found(&backwards).as_deref(), Some("newest"));
    assert_eq!(found(&[event("expired", 4 * HOUR - 1, cause)]), None);
    assert_eq!(found(&events[..4]), None);
}

#[test]
fn an_event_tells_how_the_health_check_failed_that_killed_tasks() {
    let said = "Task failed ELB health checks in (target-group targetgroup/web/0a1b)";
    let evidence = Evidence {
        tasks: vec![
            stopped("a", "ServiceSchedulerInitiated", said),
            exited("b", Some(1), None),
            exited("c", Some(1), None),
        ],
        events: vec![event(
            "e",
            0,
            "(service web) (port 80) is unhealthy in (target-group targetgroup/web/0a1b) due to \
             (reason Health checks failed with these codes: [502]).",
        )],
        ..Evidence::default()
    };
    assert_eq!(
        told(&evidence).0,
        "The health check of the target group web on port 80 is answered with 502"
    );
}

#[test]
fn one_cause_with_two_moves_is_told_with_the_same_one_in_any_order() {
    let denied = |id, action| {
        let said = format!(
            "unable to pull secrets or registry auth: AccessDeniedException: not authorized to \
             perform: {action} on resource: x"
        );
        stopped(id, "TaskFailedToStart", &said)
    };
    let mut tasks = vec![denied("a", "ssm:GetParameters"), denied("b", "secretsmanager:Get")];
    let there = told(&Evidence { tasks: tasks.clone(), ..Evidence::default() });
    tasks.reverse();
    assert_eq!(told(&Evidence { tasks, ..Evidence::default() }), there);
    assert!(there.1.starts_with("Grant it secretsmanager:Get,"), "{}", there.1);
}
