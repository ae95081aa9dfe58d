//! The diagnosis of a failed deployment for programs.
//!
//! Log lines never get in: outputs are kept and passed on, and secrets may be
//! among them. Where the lines are does.

use serde_json::Value;

use crate::diagnosis::{Diagnosis, FailedStep, TaskGroup};
use crate::ecs::{Event, LogSource, LogTail, TargetHealth};
use crate::problem::utc;
use crate::report::object::object;

/// Entries of each list. GitHub takes 1 MiB of outputs from a job.
const LONGEST_LIST: usize = 20;

/// `cause`, `next`, `stopped-tasks` (groups of those that died of the same thing),
/// `failed-steps` (of a deployment by CodeDeploy, where there are some), `logs`,
/// `unhealthy-targets`, `events`, `older-event` (from before this deployment) and `not-read`
/// (sentences). Lists are cut to 20 entries; a value that is not known is left out.
pub(super) fn diagnosis(diagnosis: &Diagnosis) -> Value {
    let Diagnosis {
        cause,
        next,
        groups,
        failed_steps,
        events,
        older_event,
        logs,
        targets,
        notes,
        last_words: _,
        is_known: _,
    } = diagnosis;
    object([
        ("cause", Some(cause.as_str().into())),
        ("next", text(next)),
        ("stopped-tasks", Some(list(groups, group))),
        ("failed-steps", Some(failed_steps).filter(|it| !it.is_empty()).map(|it| list(it, step))),
        ("logs", Some(list(logs, log))),
        ("unhealthy-targets", Some(list(targets, target))),
        ("events", Some(list(events, event))),
        ("older-event", older_event.as_ref().map(event)),
        ("not-read", Some(list(notes, |note| note.as_str().into()))),
    ])
}

fn group(group: &TaskGroup) -> Value {
    object([
        ("count", Some(group.count.into())),
        ("stop-code", text(&group.stop_code)),
        ("container", text(&group.container)),
        ("exit-code", group.exit_code.map(Value::from)),
        ("reason", text(&group.reason)),
        ("tasks", Some(list(&group.tasks, |id| id.as_str().into()))),
        ("first-stopped-at", group.first.and_then(utc).map(Value::from)),
        ("last-stopped-at", group.last.and_then(utc).map(Value::from)),
    ])
}

fn step(step: &FailedStep) -> Value {
    object([
        ("step", Some(step.step.as_str().into())),
        ("function", text(&step.function)),
        ("code", Some(step.code.as_str().into())),
        ("message", text(&step.message)),
    ])
}

fn log(tail: &LogTail) -> Value {
    let (driver, group, stream) = match &tail.source {
        LogSource::CloudWatch { group, stream } => {
            ("awslogs", Some(group.as_str()), Some(stream.as_str()))
        }
        LogSource::Elsewhere { driver, .. } => (driver.as_str(), None, None),
    };
    object([
        ("container", Some(tail.container.as_str().into())),
        ("task", Some(tail.task.as_str().into())),
        ("driver", Some(driver.into())),
        ("group", group.map(Value::from)),
        ("stream", stream.map(Value::from)),
    ])
}

fn target(target: &TargetHealth) -> Value {
    object([
        ("target-group", Some(target.target_group.as_str().into())),
        ("target", Some(target.target.as_str().into())),
        ("port", target.port.map(Value::from)),
        ("state", Some(target.state.to_string().into())),
        ("reason", text(&target.reason)),
        ("description", text(&target.description)),
    ])
}

fn event(event: &Event) -> Value {
    object([
        ("at", event.at.and_then(utc).map(Value::from)),
        ("message", Some(event.message.as_str().into())),
    ])
}

fn text(text: &Option<String>) -> Option<Value> {
    text.as_deref().map(Value::from)
}

fn list<T>(items: &[T], value: impl Fn(&T) -> Value) -> Value {
    items.iter().take(LONGEST_LIST).map(value).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::super::json;
    use super::*;
    use crate::report::samples::diagnosed::{crashed, unhealthy};

    #[test]
    fn a_failure_says_what_died_and_where_its_log_is_without_a_line_of_it() {
        let list: Value = serde_json::from_str(&json(&[crashed()])).expect("JSON");
        let found = |key: &str| serde_json::to_string_pretty(&list[0][key]).expect("JSON");
        assert_eq!(list[0]["undo"], "1.4.1 was restored by ECS's own rollback");
        expect![[r#"
            {
              "cause": "The container web exited with code 1",
              "next": "Read its last log lines",
              "stopped-tasks": [
                {
                  "count": 4,
                  "stop-code": "EssentialContainerExited",
                  "container": "web",
                  "exit-code": 1,
                  "reason": "Essential container in task exited",
                  "tasks": [
                    "2de6684103929a6867270be0e5e7c2b0",
                    "ef4d30e2e49a3a2b1f8c780a37b8c6e5",
                    "6861016d187808e1b66c3ae0ca6d2a47"
                  ],
                  "first-stopped-at": "2026-01-01T00:00:30Z",
                  "last-stopped-at": "2026-01-01T00:01:02Z"
                }
              ],
              "logs": [
                {
                  "container": "web",
                  "task": "6861016d187808e1b66c3ae0ca6d2a47",
                  "driver": "awslogs",
                  "group": "/ecs/web1",
                  "stream": "web/web/6861016d187808e1b66c3ae0ca6d2a47"
                }
              ],
              "unhealthy-targets": [],
              "events": [
                {
                  "at": "2026-01-01T00:00:03Z",
                  "message": "(service web1) has started 2 tasks: (task 2de6684103929a68)."
                },
                {
                  "at": "2026-01-01T00:00:35Z",
                  "message": "(service web1) has started 2 tasks: (task cf9f1d0752cc947c)."
                }
              ],
              "not-read": []
            }"#]]
        .assert_eq(&found("diagnosis"));
    }

    #[test]
    fn unhealthy_targets_are_named_in_full() {
        let app = unhealthy();
        let value = diagnosis(&app.failure.diagnosis.expect("it was diagnosed"));
        let text = serde_json::to_string_pretty(&value["unhealthy-targets"][0]).expect("JSON");
        expect![[r#"
            {
              "target-group": "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web1-http/0a1b2c",
              "target": "10.0.1.7",
              "port": 8080,
              "state": "unhealthy",
              "reason": "Target.ResponseCodeMismatch",
              "description": "Health checks failed with these codes: [502]"
            }"#]].assert_eq(&text);
    }

    #[test]
    fn no_list_is_longer_than_its_limit() {
        let mut long = unhealthy().failure.diagnosis.expect("it was diagnosed");
        long.targets = vec![long.targets[0].clone(); 1_000];
        let targets = diagnosis(&long)["unhealthy-targets"].as_array().map(Vec::len);
        assert_eq!(targets, Some(LONGEST_LIST));
    }
}
