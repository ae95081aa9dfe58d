//! How soon the step knows what ECS knows, and how often it asks for that:
//! `cargo bench --bench reaction`.
//!
//! Prints a table in Markdown: the time from ECS's terminal state to the end of the
//! step, and the calls a minute from the update on, for rollouts from five seconds to 30
//! minutes. They are played on virtual time through the real SDK clients, so that nothing of it is a figure of this
//! machine; `--profile dev` builds faster and prints the same. AWS answers at once
//! in it: what the network takes comes on top, about three round trips.
//!
//! It fails where a rollout does not end as it should, or a step not in time.
#![allow(clippy::print_stdout, reason = "a benchmark is there to be read")]
#![allow(clippy::disallowed_methods, reason = "it plays the workflow, who owns the checkout")]

#[allow(dead_code, unused_imports, reason = "the tests say more about a scene than its times")]
#[path = "../tests/it/scene/mod.rs"]
mod scene;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Behaviour, Image, Pace, Service, ServiceBuilder, Simulator};

use scene::{INTERVAL, Scene, Step};

/// How often each rollout is played, with another jitter and another moment of its
/// end between two polls.
const RUNS: u64 = 25;

const ROLLOUTS: [(&str, Duration); 5] = [
    ("5 s", Duration::from_secs(5)),
    ("30 s", Duration::from_secs(30)),
    ("90 s", Duration::from_secs(90)),
    ("5 min", Duration::from_secs(5 * 60)),
    ("30 min", Duration::from_secs(30 * 60)),
];

/// From the update to the first task that runs.
const STARTED: Duration = Duration::from_secs(28);

/// A way in which a rollout ends.
struct End {
    title: &'static str,
    made: fn(ServiceBuilder) -> ServiceBuilder,
    with: &'static [(&'static str, &'static str)],
    result: &'static str,
    /// The moment at which ECS, or whoever looks at its tasks, knows it.
    known: fn(&Simulator) -> Duration,
}

const ENDS: [End; 4] = [
    End {
        title: "successful",
        made: |service| service,
        with: &[],
        result: "deployed",
        known: finished,
    },
    End {
        title: "rolled back by the circuit breaker",
        made: |service| breaker(service, true),
        with: &[],
        result: "undone",
        known: finished,
    },
    End {
        title: "failed, ECS leaves it at that",
        made: |service| breaker(service, false),
        with: &[("on-failure", "keep")],
        result: "failed",
        known: finished,
    },
    End {
        title: "ECS goes on, `max-failed-tasks: 2` have died",
        made: |service| service,
        with: &[("on-failure", "keep"), ("max-failed-tasks", "2")],
        result: "failed",
        known: second_death,
    },
];

/// One that is triggered by the first two tasks.
fn breaker(service: ServiceBuilder, rollback: bool) -> ServiceBuilder {
    let threshold = json!({ "type": "COUNT", "value": 2 });
    let breaker =
        json!({ "enable": true, "rollback": rollback, "thresholdConfiguration": threshold });
    service.configured("deploymentCircuitBreaker", breaker)
}

fn finished(aws: &Simulator) -> Duration {
    aws.truth("prod", "web1").newest().finished.expect("it has ended")
}

/// ECS would go on for ever; the tasks say that there is no use.
fn second_death(aws: &Simulator) -> Duration {
    let ask = |operation: &str, body: Value| {
        aws.call(Service::Ecs, operation, &body).expect("the simulated ECS answers")
    };
    let stopped = json!({ "cluster": "prod", "serviceName": "web1", "desiredStatus": "STOPPED" });
    let arns = ask("ListTasks", stopped)["taskArns"].clone();
    let tasks = ask("DescribeTasks", json!({ "cluster": "prod", "tasks": arns }))["tasks"].clone();
    let tasks = tasks.as_array().expect("a list of tasks");
    let mut deaths: Vec<f64> = tasks.iter().filter_map(|it| it["stoppedAt"].as_f64()).collect();
    deaths.sort_by(f64::total_cmp);
    // The simulated calendar begins with 2026.
    Duration::from_secs_f64(deaths[1] - 1_767_225_600.0)
}

fn main() {
    println!("Seconds from ECS's terminal state to the end of the step, {RUNS} runs each:\n");
    println!("| rollout | end | mean | p50 | p95 | max | calls a minute |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (end, turn) in ENDS.iter().zip(0..) {
        for (name, length) in ROLLOUTS {
            let (mut times, mut rates): (Vec<_>, Vec<_>) =
                play(end, length, turn * RUNS).into_iter().unzip();
            times.sort();
            rates.sort_by(f64::total_cmp);
            let rate = rates[rates.len() / 2];
            let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
            let mean = times.iter().sum::<Duration>() / u32::try_from(times.len()).unwrap_or(1);
            let [mean, p50, p95, max] =
                [mean, at(0.5), at(0.95), at(1.0)].map(|it| format!("{:.1} s", it.as_secs_f64()));
            println!("| {name} | {} | {mean} | {p50} | {p95} | {max} | {rate:.0} |", end.title);
            let longest = at(1.0);
            assert!(longest <= INTERVAL, "a step took {longest:?} to know what ECS knew");
        }
    }
}

/// Of each run the time from the end of the rollout to that of the step, and the calls a
/// minute.
fn play(end: &End, length: Duration, first_seed: u64) -> Vec<(Duration, f64)> {
    let next = AtomicU64::new(0);
    let runs = Mutex::new(Vec::new());
    let players = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..players {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= RUNS {
                        return;
                    }
                    let run = once(end, length, first_seed + seed);
                    runs.lock().expect("no player has failed").push(run);
                }
            });
        }
    });
    runs.into_inner().expect("no player has failed")
}

fn once(end: &End, length: Duration, seed: u64) -> (Duration, f64) {
    fastrand::seed(seed);
    // Where the end falls between two polls is part of the question.
    let length = length + INTERVAL.mul_f64(fastrand::f64());
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().expect("a runtime can be built");
    runtime.block_on(async {
        let scene = scene(end, length);
        let inputs = [end.with, &[("timeout", "45m")]].concat();
        let step = scene.deploy(&inputs).await;
        assert_eq!(step.result(), end.result, "{}, {length:?}: {}", end.title, step.log());
        (reaction(end, &scene, &step), calls_a_minute(&step))
    })
}

fn scene(end: &End, length: Duration) -> Scene {
    let scene = Scene::empty();
    let repository = scene.sim.repository("web1");
    repository.push("1.4.1", Image::linux_amd64().content("1.4.1"));
    let new = repository.push("1.4.2", Image::linux_amd64().content("1.4.2"));
    (end.made)(scene.sim.service("prod", "web1").running_version("1.4.1").desired(2)).start();
    // A short one begins sooner as well.
    let faster = (STARTED.as_secs_f64() / length.as_secs_f64() * 2.0).max(1.0);
    let pace = Pace::real().faster(faster);
    let after = length.saturating_sub(STARTED.div_f64(faster));
    let behaviour = match end.result {
        "deployed" => Behaviour::Healthy { ready_after: after },
        // Both tasks, at the same moment.
        _ => Behaviour::Crashes { after, exit_code: 1 },
    };
    scene.sim.behaves(&new, behaviour);
    // A task with health checks is not taken for healthy because of its age.
    scene.sim.pace(Pace { settle: length * 2, ..pace });
    scene
}

fn calls_a_minute(step: &Step) -> f64 {
    let update = step.requests.iter().position(|it| it.operation == "UpdateService");
    let following = &step.requests[update.expect("the service was updated") + 1..];
    let began = step.requests[update.unwrap_or_default()].at;
    following.len() as f64 * 60.0 / (step.took - began).as_secs_f64()
}

fn reaction(end: &End, scene: &Scene, step: &Step) -> Duration {
    let known = (end.known)(&scene.sim);
    step.took.checked_sub(known).expect("nothing is told before it is true")
}
