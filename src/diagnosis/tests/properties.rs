//! What holds for whatever ECS, a load balancer or a container may say.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::codedeploy::{Diagnostics, LifecycleEvent};
use crate::diagnosis::laws::single_lines;
use crate::diagnosis::{Denied, Failures, StopKind};
use crate::ecs::{BreakerCount, Controller};

/// Any text, or one with the beginnings of what is looked for in it.
fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        2 => any::<String>(),
        3 => select(vec![
            "CannotPullContainerError: ", "failed to resolve ref ", "not found", "platform '",
            "arn:aws:secretsmanager:r:1:secret:", "arn:aws:ssm:r:1:parameter", "log group '",
            "AccessDenied", "exec: \"", "exec format error", "is unhealthy in", "codes: [",
            "(reason ", "(port ", "targetgroup/", "Task failed ELB health checks in ",
            "lifecycle hook", "assumed-role/", "Scaling activity initiated by ", "{image|", "}",
            "\u{1b}[31m", "\n", "ä", "::error::",
        ])
        .prop_map(str::to_owned),
    ];
    vec(word, 0..6).prop_map(|words| words.concat())
}

fn container() -> impl Strategy<Value = TaskContainer> {
    (text(), option::of(any::<i32>()), option::of(text()), option::of(text())).prop_map(
        |(name, exit_code, reason, image)| TaskContainer {
            name,
            exit_code,
            reason,
            image,
            ..TaskContainer::default()
        },
    )
}

fn task() -> impl Strategy<Value = Task> {
    let stop_code = select(vec![
        "TaskFailedToStart",
        "EssentialContainerExited",
        "ServiceSchedulerInitiated",
        "UserInitiated",
        "New\u{7}Code",
    ]);
    (any::<u32>(), option::of(stop_code), option::of(text()), 0..9_u64, vec(container(), 0..3))
        .prop_map(|(id, stop_code, stopped_reason, second, containers)| Task {
            id: id.to_string(),
            stop_code: stop_code.map(str::to_owned),
            stopped_reason,
            stopped_at: Some(at(second)),
            containers,
            ..Task::default()
        })
}

/// Tasks as ECS lists them: no id twice.
fn tasks() -> impl Strategy<Value = Vec<Task>> {
    vec(task(), 0..6).prop_map(|mut tasks| {
        let mut ids = BTreeSet::new();
        tasks.retain(|task| ids.insert(task.id.clone()));
        tasks
    })
}

fn evidence() -> impl Strategy<Value = Evidence> {
    let around = (text(), text(), text(), text(), vec(text(), 0..4), any::<(i32, i32)>());
    (tasks(), tasks(), around).prop_map(|(tasks, waiting, around)| {
        let (one, two, three, four, many, (failures, threshold)) = around;
        let events: Vec<Event> =
            many.iter().zip(0..).map(|(text, second)| event(text, second, text)).collect();
        Evidence {
            status_reason: Some(one.clone()),
            alarms: many.clone(),
            breaker: Some(BreakerCount { failures, threshold }),
            older_event: events.first().cloned(),
            events,
            tasks,
            waiting,
            logs: vec![LogTail { lines: many.clone(), container: two.clone(), ..tail(&one, &[]) }],
            failed_steps: vec![LifecycleEvent {
                name: one.clone(),
                status: two.as_str().into(),
                diagnostics: Some(Diagnostics {
                    code: three.clone(),
                    function: Some(four.clone()),
                    message: Some(two.clone()),
                    log: vec![three.clone(), four.clone()],
                }),
            }],
            targets: vec![TargetHealth { target_group: three.clone(), ..unhealthy(&four, &two) }],
            denied: vec![Denied { what: three, permission: four }],
            controller: if failures > threshold { Controller::CodeDeploy } else { Controller::Ecs },
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_is_said_becomes_single_lines_that_can_be_printed(evidence in evidence()) {
        single_lines(&evidence);
    }

    #[test]
    fn the_order_in_which_ecs_lists_things_changes_nothing_that_is_told(
        (evidence, shuffled) in evidence().prop_flat_map(|evidence| {
            let tasks = Just(evidence.tasks.clone()).prop_shuffle();
            let waiting = Just(evidence.waiting.clone()).prop_shuffle();
            let others = (tasks, waiting);
            (Just(evidence), others)
        })
    ) {
        let (tasks, waiting) = shuffled;
        let other = Evidence { tasks, waiting, ..evidence.clone() };
        prop_assert_eq!(diagnose(&evidence), diagnose(&other));
    }

    #[test]
    fn every_task_that_is_told_of_is_counted_once(tasks in tasks()) {
        let twice: Vec<Task> = tasks.iter().chain(&tasks).cloned().collect();
        let diagnosis = diagnose(&Evidence { tasks: twice.clone(), ..Evidence::default() });
        let told: usize = diagnosis.groups.iter().map(|group| group.count).sum();
        let failed = tasks.iter().filter(|task| StopKind::of(task) != StopKind::Ordinary).count();
        prop_assert!((failed..=tasks.len()).contains(&told), "{told} of {failed}");

        let mut failures = Failures::new(None);
        failures.observe(&twice, Some(&[]));
        failures.observe(&tasks, Some(&[]));
        prop_assert_eq!(usize::try_from(failures.in_a_row).expect("a few"), failed);
    }
}
