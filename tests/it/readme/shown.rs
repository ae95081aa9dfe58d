//! What the documents show of runs, made of runs against the simulated AWS.

use serde_json::json;
use simulator::{Behaviour, Image, REGION};

use super::expect;
use super::markdown::with_part;
use crate::scene::{Scene, Step, secs};

#[tokio::test(start_paused = true)]
async fn a_deployment_and_a_rollback() {
    let scene = shop("1.4.0");
    deploy(&scene, &[("version", "1.4.1")]).await.is("deployed");
    tokio::time::sleep(secs(3600)).await;
    let step = deploy(&scene, &[("version", "1.4.2")]).await;
    step.is("deployed");
    shows("docs/deploy.md", "log", &log(&step));
    tokio::time::sleep(secs(1800)).await;
    let with = [("command", "rollback"), ("reason", "Checkout answers 500 since 1.4.2")];
    let step = deploy(&scene, &with).await;
    step.is("rolled-back");
    let page = quoted(step.summary.lines().take_while(|line| !line.contains("**Notes**")));
    let short = quoted(step.summary.lines().take_while(|line| !line.contains(" · ")));
    shows("docs/rollback.md", "log", &log(&step));
    shows("docs/rollback.md", "rolled back", &page);
    shows("README.md", "rolled back", &short);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_failed() {
    let scene = shop("1.4.1");
    let step = deploy(&scene, &[("version", "1.4.3"), ("reason", "Hotfix for the checkout")]).await;
    step.is("undone");
    let page = quoted(step.summary.lines().take_while(|line| !line.starts_with("<details>")));
    let short = quoted(step.summary.lines().take_while(|line| !line.contains("Reason given")));
    shows("docs/failures.md", "failed", &page);
    shows("README.md", "failed", &short);
}

/// The service `shop` on this version, behind a circuit breaker. 1.4.3 ends at its start.
fn shop(running: &str) -> Scene {
    let scene = Scene::empty().at_its_own_time();
    let sim = &scene.sim;
    for version in ["1.4.0", "1.4.1", "1.4.2", "1.4.3"] {
        let image = Image::multi_arch(&["linux/amd64", "linux/arm64"]).content(version);
        sim.repository("shop").push(version, image);
    }
    let bad = sim.repository("shop").digest("1.4.3").expect("it was pushed");
    sim.behaves(&bad, Behaviour::Crashes { after: secs(2), exit_code: 1 });
    let said = [
        "> shop@1.4.3 start",
        "> node server.js",
        "Error: the environment variable DATABASE_URL is not set",
        "    at Object.<anonymous> (/app/config.js:12:9)",
        "Node.js v24.11.0",
    ];
    sim.logs(&bad, &said);
    let container = json!({
        "name": "shop",
        "image": sim.image(&format!("shop:{running}")),
        "essential": true,
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": "/ecs/shop",
                "awslogs-region": REGION,
                "awslogs-stream-prefix": "ecs",
            },
        },
    });
    let definition = sim.task_definition("shop").container_with(&container).register();
    sim.service("prod", "shop").running(&definition).desired(2).circuit_breaker(true).start();
    scene
}

/// Holds that the document shows this, but for what differs from run to run.
fn shows(document: &str, name: &str, part: &str) {
    expect(document, |text| {
        let is_shown = timeless(text).contains(&timeless(part));
        if is_shown { text.to_owned() } else { with_part(text, name, part) }
    });
}

/// Without the lines that tell a rollout and where its time went, ids of tasks and deployments,
/// times and durations.
fn timeless(text: &str) -> String {
    let is_of_a_rollout =
        |line: &&str| line.starts_with(' ') && line[1..].starts_with(|c: char| c.is_ascii_digit());
    let is_of_its_time = |line: &&str| {
        let is_bar = line.contains(" :0") && line.ends_with('s');
        is_bar || line.contains("**Where the time went:**")
    };
    let is_id = |word: &str| word.split(|c: char| !c.is_ascii_hexdigit()).any(|it| it.len() == 32);
    let is_time = |word: &str| word.contains("T0") && word.contains('Z');
    let is_told = |line: &&str| !is_of_a_rollout(line) && !is_of_its_time(line);
    let lines = text.lines().filter(is_told).map(|line| {
        let line = line.split_once(" s · ").map_or(line, |(_, rest)| rest);
        let words = line
            .split(' ')
            .filter(|word| !is_id(word) && !is_time(word) && !word.starts_with("ecs-svc/"));
        words.collect::<Vec<_>>().join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

async fn deploy(scene: &Scene, with: &[(&str, &str)]) -> Step {
    scene.deploy(&[&[("service", "shop")], with].concat()).await
}

/// The log as the runner shows it.
fn log(step: &Step) -> String {
    let mut is_plan = false;
    let shown = step.lines.iter().map(|line| {
        is_plan = is_plan && !line.starts_with("registered ") && !line.starts_with("updated ");
        let indent = if is_plan { "    " } else { "" };
        is_plan = is_plan || line.starts_with("Plan: ");
        let fold = if line.starts_with("Plan: ") { "▼ " } else { "" };
        format!("{indent}{fold}{line}\n")
    });
    format!("\n```text\n{}```\n\n", shown.collect::<String>())
}

/// Markdown as a quotation.
fn quoted<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let lines: Vec<&str> = lines.collect();
    let lines = lines.join("\n");
    let quoted = lines.trim_end().lines().map(|line| format!("> {line}").trim_end().to_owned());
    format!("\n{}\n\n", quoted.collect::<Vec<_>>().join("\n"))
}
