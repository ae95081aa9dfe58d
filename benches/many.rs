//! What a step for 1, 10 and 50 services takes where the account takes calls at the published
//! rates of ECS and ECR, which all of them share: `cargo bench --bench many`.
//!
//! Prints a table in Markdown. The steps are played on virtual time through the real SDK clients,
//! so that nothing of it is a figure of this machine; `--profile dev` builds faster and prints the
//! same. The slowest rollout is what ECS needs for one service. The rates force 30 s on 50 of them:
//! an account registers one task definition a second, after 20 at once.
//!
//! It fails where a service is not deployed.
#![allow(clippy::print_stdout, reason = "a benchmark is there to be read")]
#![allow(clippy::disallowed_methods, reason = "it plays the workflow, who owns the checkout")]

#[allow(dead_code, unused_imports, reason = "the tests say more about a scene than its times")]
#[path = "../tests/it/scene/mod.rs"]
mod scene;

use std::time::Duration;

use scene::{Fleet, fleet};

/// Services, and the seconds that the rates force on them.
const SIZES: [(usize, u64); 3] = [(1, 0), (10, 0), (50, 30)];

fn main() {
    println!(
        "| services | the step | the slowest rollout | forced by the rates | AWS calls | of them refused for the rate |"
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    for (size, forced) in SIZES {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build().expect("a runtime");
        let Fleet { step, slowest } = runtime.block_on(Box::pin(fleet(size)));
        let refused = step.requests.iter().filter(|it| !it.carried_out).count();
        println!(
            "| {size} | {} s | {} s | {} s | {} | {refused} |",
            seconds(step.took),
            seconds(slowest),
            seconds(Duration::from_secs(forced)),
            step.requests.len(),
        );
    }
}

fn seconds(time: Duration) -> u64 {
    time.as_secs_f64().round() as u64
}
