//! Whatever fails where around a one-off task: it is started once at most, the service gets
//! the new version only behind one that ended well, and the report says what is so.

use std::collections::BTreeSet;

use fastrand::Rng;
use simulator::{Fault, OneOff, When};

use super::{play, seeds};
use crate::scene::{Scene, Step, crashes, secs};

/// Stories that are played in every run of the tests.
const STORIES: u64 = 120;

/// The ends that must be among them.
const ENDS: [&str; 6] = ["deployed", "failed", "undone", "cancelled", "timed-out", "unknown"];

const OPERATIONS: [&str; 9] = [
    "RegisterTaskDefinition",
    "RunTask",
    "UpdateService",
    "DeregisterTaskDefinition",
    "DescribeTasks",
    "ListTasks",
    "DescribeServices",
    "ListServiceDeployments",
    "GetLogEvents",
];

fn fault(rng: &mut Rng) -> Fault {
    let applied = rng.bool();
    match rng.u8(..5) {
        0 => Fault::Throttle,
        1 => Fault::AccessDenied,
        2 => Fault::Reset { applied },
        3 => Fault::Timeout { applied },
        _ => Fault::Status(500),
    }
}

fn ends(rng: &mut Rng) -> OneOff {
    match rng.u8(..8) {
        0 => OneOff::Exits { after: secs(4), code: 1 },
        1 => OneOff::LosesItsExitCode { after: secs(4), reason: "CannotInspect".to_owned() },
        2 => OneOff::FailsToStart { reason: "ResourceInitializationError".to_owned() },
        3 => OneOff::CannotBePlaced { reason: "RESOURCE:MEMORY".to_owned() },
        4 => OneOff::RunsForEver,
        _ => OneOff::default(),
    }
}

#[test]
fn whatever_fails_around_a_migration_the_service_is_what_the_report_says() {
    let ends = play(&seeds("one-off", STORIES), async |seed| deploy(seed.number).await);
    if let Some(ends) = ends {
        let ends: BTreeSet<String> = ends.into_iter().collect();
        assert!(ENDS.iter().all(|end| ends.contains(*end)), "{ends:?}");
    }
}

/// Plays it and gives its result, which is what the report says.
async fn deploy(seed: u64) -> String {
    let rng = &mut Rng::with_seed(seed);
    let scene = Scene::ready();
    let ends = ends(rng);
    scene.sim.one_off(ends.clone(), &["applying 0042"]);
    if rng.u8(..4) == 0 {
        scene.sim.behaves(&scene.digest("1.4.2"), crashes());
    }
    let mut told = format!("seed {seed}: {ends:?}");
    for _ in 0..rng.u8(..3) {
        let operation = OPERATIONS[rng.usize(..OPERATIONS.len())];
        let when = match rng.u8(..3) {
            0 => When::Always,
            1 => When::Nth(rng.u32(1..4)),
            _ => When::Times(rng.u32(1..4)),
        };
        let fault = fault(rng);
        told += &format!(", {operation} {when:?} {fault:?}");
        scene.sim.fault(operation, when, fault);
    }
    let inputs = [
        ("before", r#"["bin/migrate"]"#),
        ("before-timeout", "3m"),
        ("timeout", "10m"),
        ("max-failed-tasks", "2"),
    ];
    let cancelled_after = if rng.u8(..4) == 0 { secs(rng.u64(1..120)) } else { secs(100_000) };
    let deploying = Box::pin(scene.deploy(&inputs));
    let step = tokio::select! {
        step = deploying => step,
        // A cancel ends the step, which is waited for beside it.
        () = async { scene.cancel_after(cancelled_after).await; std::future::pending().await } => unreachable!(),
    };
    scene.sim.clear_faults();
    tokio::time::sleep(secs(3600)).await;
    judge(&scene, &step, &ends, &told);
    step.result().to_owned()
}

fn judge(scene: &Scene, step: &Step, ends: &OneOff, told: &str) {
    let carried_out = |operation: &str| {
        step.requests.iter().filter(|it| it.operation == operation && it.carried_out).count()
    };
    let result = step.result();
    let log = || format!("{told}\n{result}\n{}\n{}", step.log(), step.said("error"));
    assert!(scene.sim.one_off_tasks() <= 1, "started twice: {}", log());
    let truth = scene.sim.truth("prod", "web1");
    let was_updated = carried_out("UpdateService") > 0;
    let is_well = matches!(ends, OneOff::Exits { code: 0, .. });
    assert!(!was_updated || is_well, "updated without a migration: {}", log());
    let runs = truth.running.iter().map(|it| it.digests["web1"].clone()).collect::<Vec<_>>();
    match result {
        "deployed" => assert_eq!(runs, [scene.digest("1.4.2")], "{}", log()),
        "undone" => assert_eq!(runs, [scene.digest("1.4.1")], "{}", log()),
        "refused" => assert!(!was_updated, "{}", log()),
        _ => {}
    }
    if step.said("error").contains("the service was not touched") {
        assert!(!was_updated, "{}", log());
        assert_eq!(runs, [scene.digest("1.4.1")], "{}", log());
    }
    // A revision that nothing uses is gone, or said to stay.
    let registered = carried_out("RegisterTaskDefinition");
    let deregistered = carried_out("DeregisterTaskDefinition");
    let is_used = was_updated && result != "undone";
    if registered > deregistered && !is_used {
        let said = format!("{}{}{}", step.said("error"), step.log(), step.summary);
        let reasons = [
            "stays registered",
            "goes on",
            "not known",
            "may have a new revision",
            "it is not known whether there is a new revision",
        ];
        assert!(reasons.iter().any(|it| said.contains(it)), "an orphan: {}", log());
    }
}
