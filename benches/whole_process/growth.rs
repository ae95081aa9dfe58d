//! What the binary costs where there is more of something.

use std::time::Duration;

use serde_json::json;
use simulator::{Behaviour, Image, Simulator};

use crate::contestant::Contestant;
use crate::measured::{Measured, Setting};
use crate::rollouts::at_once;
use crate::table::{CALLS, CPU, PEAK, Spread, WALL};

const RUNS: usize = 5;

struct Growth {
    /// What there is more of.
    what: &'static str,
    numbers: [usize; 3],
    /// Makes the world with so many.
    made: fn(&Simulator, usize),
    with: &'static [(&'static str, &'static str)],
    code: i32,
}

const GROWTHS: [Growth; 6] = [
    Growth {
        what: "tasks that died in a deployment that is undone",
        numbers: [10, 100, 500],
        made: dead_tasks,
        with: &[],
        code: 1,
    },
    Growth {
        what: "past deployments, at a rollback",
        // A day apart: a version that came back today would not be rolled back.
        numbers: [10, 50, 150],
        made: past_deployments,
        with: &[("command", "rollback")],
        code: 0,
    },
    Growth {
        what: "tags, at a version that has no image",
        numbers: [10, 1000, 5000],
        made: tags,
        with: &[("version", "1.4.3")],
        code: 1,
    },
    Growth {
        what: "past deployments, each of a version of its own, on a page",
        numbers: [10, 100, 1000],
        made: past_versions,
        with: &[("command", "page")],
        code: 0,
    },
    Growth {
        what: "tags, at a list",
        numbers: [10, 1000, 10_000],
        made: tags,
        with: &[("command", "list")],
        code: 0,
    },
    Growth {
        what: "bytes of variables in the task definition",
        numbers: [500, 15_000, 50_000],
        made: large_definition,
        with: &[],
        code: 0,
    },
];

fn dead_tasks(aws: &Simulator, count: usize) {
    at_once(aws);
    let breaker = json!({ "enable": true, "rollback": true });
    let tasks = u32::try_from(count).expect("so many tasks");
    aws.service("prod", "web1")
        .running_version("1.4.1")
        .desired(tasks)
        .configured("deploymentCircuitBreaker", breaker)
        .start();
    let new = aws.repository("web1").digest("1.4.2").expect("it was pushed");
    aws.behaves(&new, Behaviour::Crashes { after: Duration::ZERO, exit_code: 1 });
}

fn past_deployments(aws: &Simulator, count: usize) {
    at_once(aws);
    let definitions = ["1.4.1", "1.4.2"].map(|version| {
        let image = aws.image(&format!("web1:{version}"));
        aws.task_definition("web1").container("web1", &image).register()
    });
    let service = aws.service("prod", "web1").desired(2);
    let past = (0..count).fold(service, |service, turn| service.running(&definitions[turn % 2]));
    past.start();
}

fn past_versions(aws: &Simulator, count: usize) {
    at_once(aws);
    let service = aws.service("prod", "web1").desired(2);
    let past = (0..count).fold(service, |service, patch| {
        let version = format!("2.0.{patch}");
        aws.repository("web1").push(&version, Image::linux_amd64().content(&version));
        service.running_version(&version)
    });
    past.start();
}

fn tags(aws: &Simulator, count: usize) {
    at_once(aws);
    for patch in 0..count {
        let version = format!("2.0.{patch}");
        aws.repository("web1").push(&version, Image::linux_amd64().content(&version));
    }
}

fn large_definition(aws: &Simulator, bytes: usize) {
    at_once(aws);
    // With its quotes and names, a variable has a hundred bytes.
    let variables: Vec<_> = (0..bytes / 100)
        .map(|index| json!({ "name": format!("VARIABLE_{index:06}"), "value": "x".repeat(57) }))
        .collect();
    let container = json!({ "name": "web1", "image": aws.image("web1:1.4.1"), "essential": true,
        "environment": variables });
    let definition = aws.task_definition("web1").container_with(&container).register();
    aws.service("prod", "web1").running(&definition).desired(2).start();
}

pub(crate) async fn print(setting: &Setting, contestants: &[Contestant]) {
    let columns = [WALL, CPU, PEAK, CALLS];
    let titles = columns.each_ref().map(|it| it.title).join(" | ");
    println!("\n| HTTP, {RUNS} runs | number | | {titles} |\n|---|---|---|---|---|---|---|");
    let binaries: Vec<_> = contestants.iter().filter(|it| it.is_binary()).collect();
    for growth in &GROWTHS {
        for number in growth.numbers {
            let mut rows: Vec<Vec<Measured>> = binaries.iter().map(|_| Vec::new()).collect();
            for _ in 0..RUNS {
                for (row, contestant) in rows.iter_mut().zip(&binaries) {
                    let aws = Simulator::in_real_time();
                    (growth.made)(&aws, number);
                    let run = setting.measure(contestant, &aws, false, growth.with, growth.code);
                    row.push(run.await);
                }
            }
            for (row, contestant) in rows.iter().zip(&binaries) {
                let cells = columns.each_ref().map(|it| Spread::of(row, it.value).show(it.digits));
                let (what, title, cells) = (growth.what, &contestant.title, cells.join(" | "));
                println!("| {what} | {number} | {title} | {cells} |");
            }
        }
    }
}
