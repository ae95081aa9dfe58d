//! Reports of deployments that failed, with what shows why.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{report, undone};
use crate::diagnosis::{Diagnosis, TaskGroup};
use crate::ecs::{Event, LogSource, LogTail, TargetHealth};
use crate::problem::Problem;
use crate::report::{AppReport, Outcome};

const TASKS: [&str; 3] = [
    "2de6684103929a6867270be0e5e7c2b0",
    "ef4d30e2e49a3a2b1f8c780a37b8c6e5",
    "6861016d187808e1b66c3ae0ca6d2a47",
];

/// So many seconds into the first day of 2026.
fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_767_225_600 + seconds)
}

fn event(seconds: u64, message: &str) -> Event {
    Event { id: seconds.to_string(), at: Some(at(seconds)), message: message.to_owned() }
}

fn logged(lines: &[&str]) -> LogTail {
    LogTail {
        container: "web".to_owned(),
        task: TASKS[2].to_owned(),
        source: LogSource::CloudWatch {
            group: "/ecs/web1".to_owned(),
            stream: format!("web/web/{}", TASKS[2]),
        },
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
    }
}

fn nothing_but(cause: &str, next: &str) -> Diagnosis {
    Diagnosis {
        last_words: None,
        is_known: true,
        cause: cause.to_owned(),
        next: Some(next.to_owned()),
        groups: Vec::new(),
        failed_steps: Vec::new(),
        events: Vec::new(),
        older_event: None,
        logs: Vec::new(),
        targets: Vec::new(),
        notes: Vec::new(),
    }
}

/// With the failure that follows from `diagnosis` and from what `became` of it.
fn diagnosed(mut app: AppReport, diagnosis: Diagnosis, became: &str) -> AppReport {
    let problem = Problem::new(format!("{}; {became}", diagnosis.cause))
        .hint(diagnosis.next.clone().expect("every sample has a next move"));
    app.failure.problem = Some(problem);
    app.failure.diagnosis = Some(diagnosis);
    app.asked.reason = None;
    app
}

/// From 1.4.1 to 1.4.2 by a deployment that was started.
fn started(outcome: Outcome) -> AppReport {
    let mut app = report(outcome);
    app.rollout.deployment = undone().rollout.deployment;
    app
}

/// It crashed, its log was read, and the earlier version is back.
pub(in crate::report) fn crashed() -> AppReport {
    let diagnosis = Diagnosis {
        groups: vec![TaskGroup {
            count: 4,
            stop_code: Some("EssentialContainerExited".to_owned()),
            reason: Some("Essential container in task exited".to_owned()),
            container: Some("web".to_owned()),
            exit_code: Some(1),
            tasks: TASKS.map(str::to_owned).to_vec(),
            first: Some(at(30)),
            last: Some(at(62)),
        }],
        events: vec![
            event(3, "(service web1) has started 2 tasks: (task 2de6684103929a68)."),
            event(35, "(service web1) has started 2 tasks: (task cf9f1d0752cc947c)."),
        ],
        logs: vec![logged(&[
            "node:internal/modules/cjs/loader:1215",
            "  throw err;",
            "",
            "Error: Cannot find module '/app/server.js'",
            "    at Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:154:12)",
        ])],
        last_words: Some("Error: Cannot find module '/app/server.js'".to_owned()),
        ..nothing_but("The container web exited with code 1", "Read its last log lines")
    };
    let became =
        "the deployment counts as failed: 4 tasks failed in a row, which reaches the limit of 3";
    let mut app = diagnosed(undone(), diagnosis, became);
    app.failure.undo = Some("1.4.1 was restored by ECS's own rollback".to_owned());
    app
}

/// Neither the new image nor the earlier one could be pulled, and not everything
/// about it could be read.
pub(in crate::report) fn undo_failed() -> AppReport {
    let reason = "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed \
                  to resolve ref 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:v1.4.2: not \
                  found";
    let diagnosis = Diagnosis {
        groups: vec![TaskGroup {
            count: 1,
            stop_code: Some("TaskFailedToStart".to_owned()),
            reason: Some(reason.to_owned()),
            container: None,
            exit_code: None,
            tasks: vec![TASKS[0].to_owned()],
            first: Some(at(30)),
            last: Some(at(30)),
        }],
        older_event: Some(event(
            0,
            "(service web1) was unable to place a task because no container instance met all of \
             its requirements.",
        )),
        logs: vec![logged(&[])],
        notes: vec![
            "The health checks of the load balancer could not be read: that needs elasticloadbalancing:DescribeTargetHealth"
                .to_owned(),
        ],
        ..nothing_but(
            "The image web1:v1.4.2 does not exist",
            "Push it, or deploy a version whose image is still there",
        )
    };
    let became = "the deployment failed: tasks failed to start.";
    let mut app = diagnosed(started(Outcome::UndoFailed), diagnosis, became);
    app.failure.undo =
        Some("restoring 1.4.1 failed: the undo did not finish before its timeout".to_owned());
    app
}

/// It answered its health checks wrongly and was kept.
pub(in crate::report) fn unhealthy() -> AppReport {
    let arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web1-http/0a1b2c";
    let target = |address: &str| TargetHealth {
        target_group: arn.to_owned(),
        target: address.to_owned(),
        port: Some(8080),
        state: "unhealthy".into(),
        reason: Some("Target.ResponseCodeMismatch".to_owned()),
        description: Some("Health checks failed with these codes: [502]".to_owned()),
    };
    let diagnosis = Diagnosis {
        groups: vec![TaskGroup {
            count: 3,
            stop_code: Some("ServiceSchedulerInitiated".to_owned()),
            reason: Some(format!("Task failed ELB health checks in (target-group {arn})")),
            container: Some("web".to_owned()),
            exit_code: Some(137),
            tasks: TASKS.map(str::to_owned).to_vec(),
            first: Some(at(90)),
            last: Some(at(270)),
        }],
        logs: vec![LogTail {
            source: LogSource::Elsewhere {
                driver: "splunk".to_owned(),
                place: "Splunk".to_owned(),
            },
            ..logged(&[])
        }],
        targets: vec![target("10.0.1.7"), target("10.0.2.9")],
        ..nothing_but(
            "The health check of the target group web1-http got the codes 502 on port 8080",
            "Let its path answer 200, or correct the health check",
        )
    };
    let became =
        "the deployment counts as failed: 3 tasks failed in a row, which reaches the limit of 3";
    diagnosed(started(Outcome::Failed), diagnosis, became)
}

/// Somebody wrote `evil` wherever there is a text.
pub(super) fn hostile(evil: &str) -> Diagnosis {
    let text = evil.to_owned();
    let events = vec![event(3, evil)];
    let source = LogSource::CloudWatch { group: text.clone(), stream: text.clone() };
    let log = LogTail { container: text.clone(), task: text.clone(), source, ..logged(&[]) };
    let source = LogSource::Elsewhere { driver: text.clone(), place: text.clone() };
    Diagnosis {
        groups: vec![TaskGroup {
            count: 1,
            stop_code: Some(text.clone()),
            reason: Some(text.clone()),
            container: Some(text.clone()),
            exit_code: Some(-1),
            tasks: vec![text.clone()],
            first: None,
            last: None,
        }],
        older_event: events.first().cloned(),
        events,
        logs: vec![
            LogTail {
                lines: vec![text.clone(), "```".to_owned(), "````` </details>".to_owned()],
                ..log.clone()
            },
            log.clone(),
            LogTail { source, ..log },
        ],
        targets: vec![TargetHealth {
            target_group: text.clone(),
            target: text.clone(),
            port: None,
            state: text.as_str().into(),
            reason: Some(text.clone()),
            description: Some(text.clone()),
        }],
        notes: vec![text],
        ..nothing_but(evil, evil)
    }
}
