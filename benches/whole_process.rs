//! What a deployment costs the machine it runs on, and how often it and a rollback
//! ask AWS: `cargo bench` prints tables in Markdown, of the binary as it is shipped,
//! against the served simulator.
//!
//! Every run is a whole one: a new process deploys a new version to a service whose
//! rollout is done when it is first looked at. So the figures hold everything that
//! the product does, and nothing of ECS's own time. Node's share is what the step
//! takes more than the binary alone; its memory is its own, as the larger process.
//!
//! Processes are measured by `tests/tools/measure.py`, which needs Linux.
#![allow(clippy::print_stdout, reason = "the table is what it is for")]
#![allow(clippy::disallowed_methods, reason = "it plays the runner, who owns the environment")]

#[allow(dead_code, reason = "nothing is cancelled or faked here")]
#[path = "../tests/it/action/mod.rs"]
mod action;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Deserialize;
use simulator::{Image, Pace, REGION, Recorded, Server, Simulator};

use action::Action;

const BINARY: &str = env!("CARGO_BIN_EXE_ecs-release");
/// Of each kind; before them one that isn't counted and warms the caches.
const RUNS: usize = 20;
/// What an answer takes where round trips are counted: long beside everything else.
const ROUND_TRIP: Duration = Duration::from_millis(200);

/// What `measure.py` says of a process.
#[derive(Deserialize)]
struct Cost {
    code: i32,
    /// Seconds.
    wall: f64,
    /// Seconds.
    cpu: f64,
    /// Bytes.
    peak: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // Taken in turn, so that a busy moment of the machine hits both alike.
    let (mut alone, mut step) = (Vec::new(), Vec::new());
    for _ in 0..=RUNS {
        alone.push(cost(|_| Command::new(BINARY)).await);
        step.push(cost(Action::command).await);
    }
    let (alone, step) = (&alone[1..], &step[1..]);
    let wall = |cost: &Cost| cost.wall * 1e3;
    let cpu = |cost: &Cost| cost.cpu * 1e3;
    let peak = |cost: &Cost| cost.peak as f64 / f64::from(1 << 20);

    println!("| {RUNS} runs, median (min to max) | wall, ms | CPU, ms | peak memory, MiB |");
    println!("|---|---|---|---|");
    for (title, costs) in [("the binary", alone), ("the step: node and the binary", step)] {
        let [wall, cpu, peak] =
            [Spread::of(costs, wall), Spread::of(costs, cpu), Spread::of(costs, peak)];
        println!("| {title} | {wall} | {cpu} | {peak} |");
    }
    let share = |of: fn(&Cost) -> f64| Spread::of(step, of).median - Spread::of(alone, of).median;
    let node = Spread::of(step, peak);
    println!("| node's share | {:.1} | {:.1} | {:.1} |", share(wall), share(cpu), node.median);

    println!("\n| | AWS calls | round trips up to and with UpdateService | revisions registered |");
    println!("|---|---|---|---|");
    for (title, requests) in [("deploy", requests(false).await), ("rollback", requests(true).await)]
    {
        let calls = requests.len();
        let registered = requests.iter().filter(|it| it.operation == "RegisterTaskDefinition");
        println!("| {title} | {calls} | {} | {} |", round_trips(&requests), registered.count());
    }
}

/// A service on 1.4.1 whose rollouts are over at once, and 1.4.2 in ECR.
async fn production() -> (Simulator, Server) {
    let aws = Simulator::in_real_time();
    aws.pace(Pace::real().faster(1e6));
    for version in ["1.4.1", "1.4.2"] {
        let platforms = ["linux/amd64", "linux/arm64"];
        aws.repository("web1").push(version, Image::multi_arch(&platforms).content(version));
    }
    aws.service("prod", "web1").running_version("1.4.1").desired(2).start();
    let server = aws.serve().await.expect("a port of 127.0.0.1 is free");
    (aws, server)
}

fn deploy(server: &Server) -> Action {
    Action::released(Path::new(BINARY))
        .aws(server.url(), REGION)
        .file("package.json", "{ \"version\": \"1.4.2\" }\n")
        .input("cluster", "prod")
        .input("service", "web1")
}

/// Measures one deployment by the process that `start` gives.
async fn cost(start: impl FnOnce(&Action) -> Command) -> Cost {
    let (aws, server) = production().await;
    let action = deploy(&server);
    let mut measured = Command::new("python3");
    measured.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/measure.py"));
    let started = start(&action);
    measured.arg(started.get_program()).args(started.get_args());
    let mut measured = action.surround(measured);
    measured.stdout(Stdio::piped()).stderr(Stdio::piped());
    // In a thread, because the simulator lives on this one.
    let output = tokio::task::spawn_blocking(move || measured.output())
        .await
        .expect("nobody aborts it")
        .expect("python3 is installed");
    let log = String::from_utf8_lossy(&output.stderr);
    let cost: Cost = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("nothing was measured: {error}\n{log}"));
    assert_eq!(cost.code, 0, "{log}");
    assert_eq!(aws.truth("prod", "web1").newest().status, "SUCCESSFUL", "{log}");
    cost
}

/// Everything that a deployment, or the rollback after it, asks AWS for, each
/// answer after [`ROUND_TRIP`].
async fn requests(of_rollback: bool) -> Vec<Recorded> {
    let (aws, server) = production().await;
    let mut action = deploy(&server);
    if of_rollback {
        let run = action.run().await;
        assert_eq!(run.code, 0, "{}", run.log);
        aws.forget_requests();
        action = deploy(&server).input("command", "rollback");
    }
    aws.latency(ROUND_TRIP);
    let run = action.run().await;
    assert_eq!(run.code, 0, "{}", run.log);
    aws.requests()
}

/// How many answers had to be waited for until UpdateService was answered.
fn round_trips(requests: &[Recorded]) -> u32 {
    let first = requests.first().expect("something was asked").at;
    let update = requests.iter().find(|it| it.operation == "UpdateService");
    let begun = update.expect("the service was updated").at - first;
    // What stands between two round trips is short beside one.
    (begun.as_secs_f64() / ROUND_TRIP.as_secs_f64()) as u32 + 1
}

struct Spread {
    min: f64,
    median: f64,
    max: f64,
}

impl Spread {
    fn of(costs: &[Cost], value: impl Fn(&Cost) -> f64) -> Self {
        let mut values: Vec<f64> = costs.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (values[0], values[values.len() - 1]);
        Self { min, median: values[values.len() / 2], max }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1} ({:.1} to {:.1})", self.median, self.min, self.max)
    }
}
