//! Tests from what ECS answers to what a person reads.

mod codedeploy_words;
mod counting;
mod documented;
mod event_words;
mod image_words;
mod properties;
mod reading;
mod service_sentences;
mod setup_words;
mod start_sentences;
mod stop_sentences;

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::row::{Row, Signal, When, find};
use super::{Evidence, context, diagnose, rows, stopped_task};
use crate::ecs::{Event, LogSource, LogTail, TargetHealth, Task, TaskContainer};

const IMAGE: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2";
const TARGET_GROUP: &str =
    "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web-blue/0a1b2c3d4e5f6071";

fn at(second: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_788_000_000 + second)
}

/// A stopped task with the one container `web`.
fn stopped(id: &str, stop_code: &str, reason: &str) -> Task {
    Task {
        id: id.to_owned(),
        last_status: Some("STOPPED".into()),
        stop_code: Some(stop_code.to_owned()).filter(|code| !code.is_empty()),
        stopped_reason: Some(reason.to_owned()),
        stopped_at: Some(at(0)),
        containers: vec![TaskContainer {
            name: "web".to_owned(),
            image: Some(IMAGE.to_owned()),
            ..TaskContainer::default()
        }],
        ..Task::default()
    }
}

/// A task that stopped because its container `web` ended.
fn exited(id: &str, exit_code: Option<i32>, container_reason: Option<&str>) -> Task {
    let mut task = stopped(id, "EssentialContainerExited", "Essential container in task exited");
    for container in &mut task.containers {
        container.exit_code = exit_code;
        container.reason = container_reason.map(str::to_owned);
    }
    task
}

fn event(id: &str, second: u64, message: &str) -> Event {
    Event { id: id.to_owned(), at: Some(at(second)), message: message.to_owned() }
}

fn unhealthy(reason: &str, description: &str) -> TargetHealth {
    TargetHealth {
        target_group: TARGET_GROUP.to_owned(),
        target: "10.0.1.17".to_owned(),
        port: Some(8080),
        state: "unhealthy".into(),
        reason: Some(reason.to_owned()),
        description: Some(description.to_owned()),
    }
}

fn tail(task: &str, lines: &[&str]) -> LogTail {
    LogTail {
        container: "web".to_owned(),
        task: task.to_owned(),
        source: LogSource::CloudWatch {
            group: "/ecs/web".to_owned(),
            stream: format!("web/web/{task}"),
        },
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
    }
}

fn with_task(task: Task) -> Evidence {
    Evidence { tasks: vec![task], ..Evidence::default() }
}

/// The cause that is told, and the move after it.
fn told(evidence: &Evidence) -> (String, String) {
    let diagnosis = diagnose(evidence);
    (diagnosis.cause, diagnosis.next.unwrap_or_default())
}

fn every_row() -> impl Iterator<Item = &'static Row> {
    [rows::TASK, rows::EVENT, rows::TARGET, rows::DEPLOYMENT, rows::LOG]
        .into_iter()
        .flatten()
        .flat_map(|table| table.iter())
}

#[test]
fn templates_name_only_what_can_be_known() {
    for row in every_row() {
        for template in [row.cause, row.next] {
            let named: Vec<&str> = template
                .split('{')
                .skip(1)
                .map(|part| part.split_once('}').expect("a placeholder is closed").0)
                .collect();
            for placeholder in named {
                let name = placeholder.split('|').next().unwrap_or_default();
                let is_known = context::PHRASES.iter().any(|(known, _)| *known == name);
                assert!(is_known, "{name} in {template}");
            }
            assert!(!template.ends_with('.'), "{template}");
        }
    }
}

#[test]
fn patterns_are_in_lower_case_like_the_texts_they_are_looked_up_in() {
    for row in every_row() {
        if let When::Says(all) = &row.when {
            for pattern in all.iter().copied().flatten() {
                assert_eq!(*pattern, pattern.to_ascii_lowercase());
            }
        }
    }
}

#[test]
fn every_row_has_a_sentence_in_these_tests() {
    let mut reached = BTreeSet::new();
    let mut coverage = |row: &Row| reached.insert(format!("{row:?}"));
    let stopped = stop_sentences::cases().into_iter().map(|(task, ..)| task);
    for task in start_sentences::cases().into_iter().map(|(task, ..)| task).chain(stopped) {
        let finding = stopped_task::explain(&task, context::Context::default());
        coverage(finding.expect("every one of these tasks is explained").row);
    }
    for (evidence, ..) in service_sentences::cases() {
        let context = context::Context::default();
        let texts = evidence
            .events
            .iter()
            .map(|it| (rows::EVENT, it.message.clone()))
            .chain(evidence.status_reason.iter().map(|it| (rows::DEPLOYMENT, it.clone())));
        let targets = evidence.targets.iter().map(|it| {
            (
                rows::TARGET,
                format!("{} {:?}", it.reason.clone().unwrap_or_default(), it.description),
            )
        });
        for (tables, text) in texts.chain(targets) {
            if let Some(finding) = find(tables, &[(Signal::Text(&text), context)]) {
                coverage(finding.row);
            }
        }
    }
    for row in every_row() {
        assert!(reached.contains(&format!("{row:?}")), "no test reaches {row:?}");
    }
}
