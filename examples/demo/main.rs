//! The main job, to be watched: `cargo run --example demo`.
//!
//! A simulated AWS listens on loopback, and the action runs against it six
//! times as a step of a workflow: its JavaScript entry under node, its inputs in
//! the environment, its outputs and its summary in files. Nothing is installed and
//! nothing leaves the machine.
//!
//! Cargo builds an example without the package's binary, so this executable is
//! both: under its own name it is the demo, and copied into the action's folder
//! under the name that a release gives the binary it is the action.
//!
//! It fails where a step doesn't end as its title says.
//!
//! `cargo run --example demo -- try` asks for the inputs of each step instead.
#![allow(clippy::print_stdout, reason = "a demo is there to be read")]
#![allow(clippy::disallowed_methods, reason = "it plays the runner, who owns the environment")]

#[allow(dead_code, reason = "the demo cancels nothing and fakes nothing")]
#[path = "../../tests/it/action/mod.rs"]
mod action;
mod screen;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;
use simulator::{Behaviour, Image, OneOff, Pace, REGION, Reply, Simulator, Web};

use action::{Action, Run};
use screen::Screen;

/// ECS takes about 100 s for what is shown here; nobody wants to watch that.
const TIMES_FASTER: f64 = 12.0;

const PACKAGE: &str = r#"{
  "name": "@octo-org/shop",
  "version": "1.4.2"
}
"#;

/// One use of the action, and how it is to end.
struct Step {
    title: &'static str,
    with: &'static [(&'static str, &'static str)],
    result: &'static str,
    code: i32,
}

const STEPS: [Step; 6] = [
    Step {
        title: "Run a migration, deploy the version in package.json, and check that it answers",
        with: &[
            ("cluster", "prod"),
            ("service", "shop"),
            ("before", r#"["bin/migrate"]"#),
            ("check-url", "https://shop.example/health"),
            ("check-body", "v{version}"),
        ],
        result: "deployed",
        code: 0,
    },
    Step {
        title: "Deploy a version that crashes",
        with: &[("cluster", "prod"), ("service", "shop"), ("version", "1.4.3")],
        result: "undone",
        code: 1,
    },
    Step {
        title: "Roll back to an earlier version",
        with: &[
            ("command", "rollback"),
            ("cluster", "prod"),
            ("service", "shop"),
            ("version", "1.4.1"),
            ("reason", "the checkout is slow since 1.4.2"),
        ],
        result: "rolled-back",
        code: 0,
    },
    Step {
        title: "The pipeline deploys the version in package.json again",
        with: &[("cluster", "prod"), ("service", "shop")],
        result: "refused",
        code: 1,
    },
    Step {
        title: "Deploy a version that was never built",
        with: &[("cluster", "prod"), ("service", "shop"), ("version", "1.5.0")],
        result: "refused",
        code: 1,
    },
    Step {
        title: "Deploy the version that already runs",
        with: &[("cluster", "prod"), ("service", "shop"), ("version", "1.4.1")],
        result: "unchanged",
        code: 0,
    },
];

fn main() -> ExitCode {
    let executable = std::env::current_exe().expect("a process has an executable");
    let name = executable.file_name().expect("an executable has a name");
    if name.to_string_lossy().starts_with("ecs-release") {
        return ecs_release::main();
    }
    let is_by_hand = match std::env::args().nth(1).as_deref() {
        None => false,
        Some("try") => true,
        Some(other) => {
            println!("{other:?} is not known: leave it out to watch the demo, or use `try`");
            return ExitCode::from(2);
        }
    };
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be started")
        .block_on(async {
            tokio::select! {
                code = show(&executable), if !is_by_hand => code,
                code = by_hand(&executable), if is_by_hand => code,
                // Dropping a step ends what it started, which would go on asking
                // an AWS that is gone.
                _ = tokio::signal::ctrl_c() => ExitCode::from(130),
            }
        })
}

/// Where steps run: the simulated AWS behind `url`, and this executable as the action.
struct Stage<'a> {
    executable: &'a Path,
    aws: Simulator,
    url: String,
    screen: Screen,
}

impl Stage<'_> {
    /// Runs one step, and says what it left behind and how many writes it sent.
    async fn run(&mut self, number: u32, title: &str, with: &[(&str, String)]) -> (Run, usize) {
        self.screen.step(number, title, with);
        let before = self.aws.writes().len();
        let mut action =
            Action::released(self.executable).aws(&self.url, REGION).file("package.json", PACKAGE);
        for (name, value) in with {
            action = action.input(name, value);
        }
        let run = action.start().finish_aloud(|line| self.screen.log(line)).await;
        let writes: Vec<_> =
            self.aws.writes().into_iter().skip(before).map(|write| write.operation).collect();
        self.screen.left_behind(&run, &writes);
        (run, writes.len())
    }
}

/// Runs steps with the inputs that somebody types, until there are no more.
async fn by_hand(executable: &Path) -> ExitCode {
    let aws = shop_in_production();
    let server = aws.serve().await.expect("a port of 127.0.0.1 is free");
    let url = server.url().to_owned();
    let mut stage = Stage { executable, aws, url, screen: Screen::new() };
    stage.screen.opening_by_hand();
    // A thread of its own: whoever waits for a key does not hear of Ctrl-C.
    let (typed, mut lines) = tokio::sync::mpsc::channel(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if typed.blocking_send(line).is_err() {
                break;
            }
        }
    });
    for number in 1.. {
        stage.screen.prompt();
        let Some(line) = lines.recv().await else { break };
        let mut with = vec![("cluster", "prod".to_owned()), ("service", "shop".to_owned())];
        for word in line.split_whitespace() {
            match (word.split_once('='), with.last_mut()) {
                (Some((name, value)), _) => {
                    with.retain(|(other, _)| *other != name);
                    with.push((name, value.to_owned()));
                }
                // The next word of a reason.
                (None, Some((_, value))) => *value = format!("{value} {word}"),
                (None, None) => {}
            }
        }
        stage.run(number, "A step of your own", &with).await;
    }
    ExitCode::SUCCESS
}

async fn show(executable: &Path) -> ExitCode {
    let aws = shop_in_production();
    let server = aws.serve().await.expect("a port of 127.0.0.1 is free");
    let shop = answering(&aws).serve().await.expect("another port is free, too");
    let url = server.url().to_owned();
    let mut stage = Stage { executable, aws, url, screen: Screen::new() };
    stage.screen.opening(&stage.url, PACKAGE);

    let mut all_well = true;
    let mut recap = Vec::new();
    for (number, step) in (1..).zip(&STEPS) {
        let with: Vec<(&str, String)> = step
            .with
            .iter()
            .map(|(name, value)| (*name, value.replace("https://shop.example", shop.url())))
            .collect();
        let (run, writes) = stage.run(number, step.title, &with).await;
        recap.push(screen::recapped(number, &run, writes));
        let result = run.outputs.get("result").map_or("none", String::as_str);
        if (result, run.code) != (step.result, step.code) {
            stage.screen.wrong(&format!(
                "the result is {result} with exit code {}, not {} with {}",
                run.code, step.result, step.code
            ));
            all_well = false;
        }
    }
    stage.screen.recap(&recap);
    if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The address of the shop, which answers with the version that runs.
fn answering(aws: &Simulator) -> Web {
    let (web, aws) = (Web::new(), aws.clone());
    let new = aws.repository("shop").digest("1.4.2");
    web.answers("", move |_| {
        let running = aws.truth("prod", "shop").running;
        let is_new = running.iter().all(|tasks| tasks.digests.get("shop") == new.as_ref());
        Reply::ok(if is_new { "shop v1.4.2" } else { "shop v1.4.1" })
    });
    web
}

/// The service `shop`: two tasks of 1.4.1 behind a circuit breaker, with what a
/// registry holds after some months. 1.4.3 does not survive its start.
fn shop_in_production() -> Simulator {
    let aws = Simulator::in_real_time();
    aws.pace(Pace::real().faster(TIMES_FASTER));
    let repository = aws.repository("shop");
    let push = |days, version: &str| {
        let image = Image::multi_arch(&["linux/amd64", "linux/arm64"]).content(version);
        repository.push_days_ago(days, version, image)
    };
    for (days, version) in [(90, "1.3.0"), (41, "1.4.0"), (12, "1.4.1"), (1, "1.4.2")] {
        push(days, version);
    }
    let bad = push(0, "1.4.3");
    aws.behaves(&bad, Behaviour::Crashes { after: Duration::from_millis(200), exit_code: 1 });
    aws.logs(&bad, &["shop 1.4.3 is starting", "error: DATABASE_URL is not set", "giving up"]);
    let migrates = OneOff::Exits { after: Duration::from_millis(600), code: 0 };
    aws.one_off(migrates, &["applying 0042_orders.sql", "the schema is up to date"]);
    let definition = aws
        .task_definition("shop")
        .container_with(&json!({
            "name": "shop",
            "image": aws.image("shop:1.4.1"),
            "essential": true,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "/ecs/shop",
                    "awslogs-region": REGION,
                    "awslogs-stream-prefix": "ecs",
                },
            },
        }))
        .register();
    aws.service("prod", "shop").running(&definition).desired(2).circuit_breaker(true).start();
    aws
}
