//! Whatever is said about a failure becomes single lines that can be printed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Denied, Diagnosis, Evidence, diagnose};
use crate::codedeploy::{Diagnostics, LifecycleEvent};
use crate::ecs::{
    BreakerCount, Controller, Event, LogSource, LogTail, TargetHealth, Task, TaskContainer,
};

pub(crate) fn failure(bytes: &[u8]) {
    single_lines(&evidence(&String::from_utf8_lossy(bytes)));
}

pub(super) fn single_lines(evidence: &Evidence) -> Diagnosis {
    let diagnosis = diagnose(evidence);
    assert!(!diagnosis.cause.is_empty(), "there is no cause");
    let lines = diagnosis.lines([]);
    assert_eq!(lines[0], diagnosis.cause);
    for line in lines {
        assert!(!line.contains(char::is_control), "{line:?}");
    }
    diagnosis
}

fn at(second: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_788_000_000 + second)
}

/// A failure of which AWS says these lines, over and over, the whole of it as well.
pub(crate) fn evidence(text: &str) -> Evidence {
    let mut lines = text.lines().chain([text]).map(str::to_owned).cycle();
    let mut next = || -> String { lines.next().unwrap_or_default() };
    let mut task = |id: u64| Task {
        id: id.to_string(),
        stop_code: Some(next()),
        stopped_reason: Some(next()),
        stopped_at: Some(at(id)),
        containers: vec![TaskContainer {
            name: next(),
            exit_code: Some(1),
            reason: Some(next()),
            image: Some(next()),
            ..TaskContainer::default()
        }],
        ..Task::default()
    };
    let (tasks, waiting) = (vec![task(1), task(2)], vec![task(3)]);
    let event =
        |second: u64| Event { id: second.to_string(), at: Some(at(second)), message: next() };
    let events: Vec<Event> = (0..3).map(event).collect();
    let source = LogSource::CloudWatch { group: next(), stream: next() };
    Evidence {
        status_reason: Some(next()),
        alarms: vec![next()],
        breaker: Some(BreakerCount { failures: 3, threshold: 3 }),
        older_event: events.first().cloned(),
        events,
        tasks,
        waiting,
        logs: vec![LogTail {
            container: next(),
            task: next(),
            source,
            lines: vec![next(), next()],
        }],
        failed_steps: vec![LifecycleEvent {
            name: next(),
            status: next().as_str().into(),
            diagnostics: Some(Diagnostics {
                code: next(),
                function: Some(next()),
                message: Some(next()),
                log: vec![next()],
            }),
        }],
        targets: vec![TargetHealth {
            target_group: next(),
            target: next(),
            port: Some(80),
            state: "unhealthy".into(),
            reason: Some(next()),
            description: Some(next()),
        }],
        denied: vec![Denied { what: next(), permission: next() }],
        controller: Controller::Ecs,
    }
}
