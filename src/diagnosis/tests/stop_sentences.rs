//! Tasks that ended: from stop codes, exit codes and ECS's words to ours.

use super::*;
use crate::diagnosis::stop_kind::{Retryable, StopKind};

const FAILED: StopKind = StopKind::Failure(Retryable::Maybe);

/// The task, the cause, and whether it counts against the deployment.
pub(super) fn cases() -> Vec<(Task, &'static str, StopKind)> {
    let by_scheduler = |reason| stopped("0a1b", "ServiceSchedulerInitiated", reason);
    let exit = |code| exited("0a1b", Some(code), None);
    vec![
        (exit(0), "The container web exited by itself, without an error", FAILED),
        (exit(1), "The container web exited with code 1", FAILED),
        (exit(255), "The container web exited with code 255", FAILED),
        (exit(126), "The command of the container web can't be executed (exit code 126)", FAILED),
        (exit(127), "The command of the container web was not found (exit code 127)", FAILED),
        (exit(137), "The container web was killed (exit code 137, SIGKILL)", FAILED),
        (
            exited(
                "0a1b",
                Some(137),
                Some("OutOfMemoryError: Container killed due to memory usage"),
            ),
            "The container web ran out of memory and was killed",
            FAILED,
        ),
        (exit(139), "The container web crashed with a segmentation fault (exit code 139)", FAILED),
        (exit(143), "The container web was terminated by SIGTERM (exit code 143)", FAILED),
        (exited("0a1b", None, None), "The container web exited, and ECS does not say how", FAILED),
        (
            stopped("0a1b", "TaskFailedToStart", ""),
            "ECS could not start a task: it gives no reason",
            FAILED,
        ),
        (
            by_scheduler(
                "Task failed ELB health checks in (target-group \
                 arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0a1b)",
            ),
            "The tasks fail the load balancer's health checks in the target group web",
            FAILED,
        ),
        (
            by_scheduler("Task failed container health checks"),
            "The tasks fail the health check of their container",
            FAILED,
        ),
        (
            stopped("0a1b", "UserInitiated", "Task stopped by user"),
            "Somebody stopped the tasks by hand or through the API",
            StopKind::Ordinary,
        ),
        (
            stopped("0a1b", "", "Task stopped by user"),
            "Somebody stopped the tasks by hand or through the API",
            StopKind::Ordinary,
        ),
        (
            stopped("0a1b", "SpotInterruption", "Your Spot Task was interrupted."),
            "AWS took back the Spot capacity that the tasks ran on",
            StopKind::Ordinary,
        ),
        (
            stopped("0a1b", "", "Your Spot Task was interrupted."),
            "AWS took back the Spot capacity that the tasks ran on",
            StopKind::Ordinary,
        ),
        (
            stopped("0a1b", "TerminationNotice", "Host EC2 (instance i-0a1b) terminated."),
            "The host that the tasks ran on went away",
            StopKind::Ordinary,
        ),
        (
            stopped("0a1b", "", "Host EC2 (instance i-0a1b) terminated."),
            "The host that the tasks ran on went away",
            StopKind::Ordinary,
        ),
        (
            stopped("0a1b", "InfrastructureHealth", "Unhealthy infrastructure"),
            "The host that the tasks ran on went away",
            StopKind::Ordinary,
        ),
        (
            by_scheduler("ECS is performing maintenance: AWS Fargate task retirement"),
            "The host that the tasks ran on went away",
            StopKind::Ordinary,
        ),
        (
            by_scheduler("Scaling activity initiated by (deployment ecs-svc/1234567890123456789)"),
            "What failed is not known: ECS gives no reason, and no stopped task, event or target \
             shows one",
            StopKind::Ordinary,
        ),
    ]
}

#[test]
fn a_task_that_ended_says_how() {
    for (task, cause, death) in cases() {
        let shown = format!("{:?} {:?}", task.stop_code, task.stopped_reason);
        assert_eq!(StopKind::of(&task), death, "{shown}");
        assert_eq!(told(&with_task(task)).0, cause, "{shown}");
    }
}

#[test]
fn what_ecs_stops_is_not_judged_by_its_exit_codes() {
    for stop_code in ["ServiceSchedulerInitiated", "UserInitiated", "SpotInterruption"] {
        let mut task = exited("a", Some(1), Some("OutOfMemoryError"));
        task.stop_code = Some(stop_code.to_owned());
        assert_eq!(StopKind::of(&task), StopKind::Ordinary, "{stop_code}");
    }
}

#[test]
fn an_unknown_stop_code_counts_only_where_something_shows_a_failure() {
    let mut shown = exited("a", Some(1), None);
    shown.stop_code = Some("SomethingNew".to_owned());
    let unshown = stopped("a", "SomethingNew", "Something new");
    let mut init_container = exited("a", Some(0), None);
    init_container.stop_code = None;
    assert_eq!(StopKind::of(&shown), FAILED);
    assert_eq!(StopKind::of(&unshown), StopKind::Ordinary);
    assert_eq!(StopKind::of(&init_container), StopKind::Ordinary);
}

#[test]
fn the_container_that_ended_first_is_told_from_those_that_were_stopped_with_it() {
    let container = |name: &str, exit_code, reason: Option<&str>| TaskContainer {
        name: name.to_owned(),
        exit_code,
        reason: reason.map(str::to_owned),
        ..TaskContainer::default()
    };
    let agent = |exit_code| container("agent", Some(exit_code), None);
    for (web, other, cause) in [
        (container("web", Some(1), None), agent(0), "The container web exited with code 1"),
        (container("web", Some(1), None), agent(137), "The container web exited with code 1"),
        (
            container("web", Some(0), None),
            agent(143),
            "The container web exited by itself, without an error",
        ),
        (
            container("web", Some(137), Some("OutOfMemoryError: Container killed")),
            agent(1),
            "The container web ran out of memory and was killed",
        ),
    ] {
        let mut task = exited("a", None, None);
        task.containers = vec![other, web];
        assert_eq!(told(&with_task(task.clone())).0, cause);
        task.containers.reverse();
        assert_eq!(told(&with_task(task)).0, cause);
    }
}

#[test]
fn the_move_after_a_crash_is_to_read_the_log_wherever_it_is() {
    let elsewhere = LogTail {
        source: LogSource::Elsewhere { driver: "splunk".to_owned(), place: "a Splunk".to_owned() },
        ..tail("a", &[])
    };
    for (logs, next) in [
        (vec![], "Read its log"),
        (vec![tail("a", &["panic"])], "Read its last log lines"),
        (vec![tail("b", &["panic"])], "Read its last log lines"),
        (
            vec![tail("a", &[])],
            "No log lines of it were found in /ecs/web; run the image by hand to see why it fails",
        ),
        (vec![elsewhere], "Read its log, which the driver splunk sends to a Splunk"),
    ] {
        let evidence = Evidence { logs, ..with_task(exited("a", Some(1), None)) };
        assert_eq!(told(&evidence).1, next);
    }
}

#[test]
fn a_log_tells_that_the_image_is_for_another_cpu() {
    let evidence = Evidence {
        logs: vec![tail("a", &["exec /usr/local/bin/serve: exec format error"])],
        ..with_task(exited("a", Some(255), None))
    };
    assert_eq!(
        told(&evidence).0,
        "The image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2 is built for a different CPU than the task's (exec format error)"
    );
}
