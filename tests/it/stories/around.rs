//! Whatever fails where around a deployment: what the service, its schedules and its tags are
//! in the end is what they were or what was asked for, and the report says which.

mod judge;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use fastrand::Rng;
use serde_json::Value;
use simulator::{Fault, Reply, Simulator, When};

use super::{play, seeds};
use crate::scene::{Scene, Step, crashes, secs};
use crate::schedules::scheduled;

/// Stories that are played in every run of the tests.
const STORIES: u64 = 100;

/// The ends that must be among them.
const ENDS: [&str; 6] = ["deployed", "rolled-back", "undone", "failed", "cancelled", "refused"];

const HEALTH: &str = "https://shop.example.com/health";
const VERSIONS: [&str; 3] = ["1.4.0", "1.4.1", "1.4.2"];
const RUNNING: &str = "keep-production-web1";
const PREVIOUS: &str = "keep-production-web1-previous";

const OPERATIONS: [&str; 16] = [
    "RegisterTaskDefinition",
    "UpdateService",
    "DescribeServices",
    "DescribeServiceRevisions",
    "DescribeServiceDeployments",
    "StopServiceDeployment",
    "DeregisterTaskDefinition",
    "BatchGetImage",
    "PutImage",
    "PutImage",
    "ListRuleNamesByTarget",
    "ListTargetsByRule",
    "PutTargets",
    "ListSchedules",
    "GetSchedule",
    "UpdateSchedule",
];

/// What answers at the address of the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Site {
    /// The tasks in turn, each with its version.
    Right,
    /// The same, after so many errors.
    Later(usize),
    Wrong,
    /// Nobody, from the rollout on.
    Silent,
    NoSuchHost,
}

/// Whether each answer was one of the version that is wanted, in their order.
type Answers = Arc<Mutex<Vec<bool>>>;

/// What is there, whatever the step does to it.
struct Around {
    rule: Value,
    schedule: Value,
    /// What each tag of the repository names.
    tags: Vec<(&'static str, Option<String>)>,
}

impl Around {
    fn of(scene: &Scene) -> Self {
        let tags = VERSIONS.into_iter().chain([RUNNING, PREVIOUS]);
        let digest = |tag| (tag, scene.sim.repository("web1").digest(tag));
        Self {
            rule: scene.sim.targets_of("nightly")[0].clone(),
            schedule: scene.sim.schedule_of("reports", "weekly"),
            tags: tags.map(digest).collect(),
        }
    }

    fn tag(&self, tag: &str) -> Option<&String> {
        self.tags.iter().find(|(name, _)| *name == tag)?.1.as_ref()
    }
}

/// A step that was played.
struct Played {
    scene: Scene,
    step: Step,
    /// In words.
    told: String,
    site: Option<Site>,
    answers: Vec<bool>,
    wanted: &'static str,
    before: Around,
    after: Around,
}

#[test]
fn whatever_fails_around_a_deployment_all_is_what_it_was_or_what_was_asked_for() {
    let ends = play(&seeds("around", STORIES), async |seed| {
        let played = Box::pin(story(seed.number)).await;
        played.judge();
        let end = played.step.result().to_owned();
        Box::pin(played.converge()).await;
        end
    });
    if let Some(ends) = ends {
        let ends: BTreeSet<String> = ends.into_iter().collect();
        assert!(ENDS.iter().all(|end| ends.contains(*end)), "{ends:?}");
    }
}

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

fn site(rng: &mut Rng) -> Option<Site> {
    match rng.u8(..8) {
        0 | 1 => None,
        2 => Some(Site::Later(rng.usize(2..20))),
        3 => Some(Site::Wrong),
        4 => Some(Site::Silent),
        5 => Some(Site::NoSuchHost),
        _ => Some(Site::Right),
    }
}

/// Has `site` answer as it is to.
fn answering(scene: &Scene, site: Site, wanted: &'static str) -> Answers {
    let answers = Answers::default();
    let (told, asked) = (Arc::clone(&answers), AtomicUsize::new(0));
    let versions = VERSIONS.map(|version| (scene.digest(version), version));
    let sim: Simulator = scene.sim.clone();
    scene.web.answers(HEALTH, move |_| {
        let at = asked.fetch_add(1, Ordering::Relaxed);
        let running = sim.truth("prod", "web1").running;
        let task = running.get(at % running.len().max(1));
        let version = task.and_then(|task| {
            let runs = versions.iter().find(|(digest, _)| *digest == task.digests["web1"]);
            runs.map(|(_, version)| *version)
        });
        let reply = match (site, version) {
            (Site::NoSuchHost, _) => Reply::NoSuchHost,
            (Site::Silent, _) if at > 0 => Reply::Silence,
            (Site::Later(errors), _) if at < errors => Reply::status(503),
            (Site::Wrong, _) | (_, None) => Reply::status(500),
            (_, Some(version)) => Reply::ok(format!("v{version}")),
        };
        let is_right =
            matches!(&reply, Reply::Answer { body, .. } if *body == format!("v{wanted}"));
        told.lock().unwrap_or_else(PoisonError::into_inner).push(is_right);
        reply
    });
    answers
}

const INPUTS: [(&str, &str); 5] = [
    ("keep-tag", "keep-{environment}-{name}"),
    ("environment", "production"),
    ("schedules", "update"),
    ("timeout", "10m"),
    ("max-failed-tasks", "2"),
];
const CHECK: [(&str, &str); 4] = [
    ("check-url", HEALTH),
    ("check-body", "v{version}"),
    ("check-timeout", "30s"),
    ("check-on-rollback", "true"),
];

async fn story(seed: u64) -> Played {
    let rng = &mut Rng::with_seed(seed);
    fastrand::seed(seed);
    let scene = Scene::with_images(&VERSIONS);
    let service = scene.sim.service("prod", "web1").running_version("1.4.1").desired(2);
    service.circuit_breaker(rng.bool()).start();
    scheduled(&scene, "web1:1");
    if rng.bool() {
        for (tag, version) in [(RUNNING, "1.4.1"), (PREVIOUS, "1.4.0")] {
            scene.sim.repository("web1").tag(tag, &scene.digest(version));
        }
    }
    let is_rollback = rng.u8(..4) == 0;
    let mut told = format!("seed {seed}:");
    if is_rollback {
        scene.deploy(&INPUTS).await.is("deployed");
        told += " rollback";
    } else if rng.u8(..5) == 0 {
        scene.sim.behaves(&scene.digest("1.4.2"), crashes());
        told += " crashes";
    }
    let wanted = if is_rollback { "1.4.1" } else { "1.4.2" };
    let site = site(rng);
    let answers = site.map(|site| answering(&scene, site, wanted)).unwrap_or_default();
    told += &format!(" {site:?}");
    for _ in 0..rng.u8(..4) {
        let operation = OPERATIONS[rng.usize(..OPERATIONS.len())];
        let when = match rng.u8(..4) {
            0 => When::Always,
            1 => When::Nth(rng.u32(1..4)),
            2 => When::FromNth(rng.u32(2..6)),
            _ => When::Times(rng.u32(1..4)),
        };
        let fault = fault(rng);
        told += &format!(", {operation} {when:?} {fault:?}");
        scene.sim.fault(operation, when, fault);
    }
    let mut with = INPUTS.to_vec();
    with.extend(site.iter().flat_map(|_| CHECK));
    with.extend(is_rollback.then_some(("command", "rollback")));
    with.extend((rng.u8(..5) == 0).then_some(("on-failure", "keep")));
    let cancelled_after = if rng.u8(..5) == 0 { secs(rng.u64(1..90)) } else { secs(100_000) };
    told += &format!(", cancelled after {cancelled_after:?}, {:?}", &with[INPUTS.len()..]);
    let before = Around::of(&scene);
    let step = tokio::select! {
        step = Box::pin(scene.deploy(&with)) => step,
        // A cancel ends the step, which is waited for beside it.
        () = async { scene.cancel_after(cancelled_after).await; std::future::pending().await } => unreachable!(),
    };
    scene.sim.clear_faults();
    tokio::time::sleep(secs(3600)).await;
    let after = Around::of(&scene);
    let answers = answers.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Played { scene, step, told, site, answers, wanted, before, after }
}
