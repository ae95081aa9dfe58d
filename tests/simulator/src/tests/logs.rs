//! What containers write, and `GetLogEvents`.

use serde_json::{Value, json};

use super::{crashing, first_death, refusal, stopped_tasks, two_versions, wait};
use crate::{Behaviour, Service, Simulator};

fn read(sim: &Simulator, request: &Value) -> Value {
    sim.call(Service::Logs, "GetLogEvents", request).expect("the stream is there")
}

fn lines(answer: &Value) -> Vec<&str> {
    let events = answer["events"].as_array().expect("a list");
    events.iter().map(|event| event["message"].as_str().expect("a message")).collect()
}

/// Asks for the stream of the only container of a task.
fn request(task: &Value) -> Value {
    let id = task["taskArn"].as_str().and_then(|arn| arn.rsplit('/').next()).expect("an id");
    json!({ "logGroupName": "/ecs/web1", "logStreamName": format!("ecs/web1/{id}") })
}

#[tokio::test(start_paused = true)]
async fn the_newest_lines_come_first_and_older_ones_page_by_page() {
    let (sim, digests) = two_versions();
    sim.behaves(&digests.new, crashing());
    sim.logs(&digests.new, &["0", "1", "2", "", "3", "4", "5", "6", "7", "8", "9"]);
    let task = first_death(&sim).await;
    assert_eq!(lines(&read(&sim, &request(&task))).len(), 10, "an empty line is no event");
    for (empty, expected) in [(0, "6789 2345 01 "), (2, "  6789 2345 01 ")] {
        sim.empty_log_pages(empty);
        let mut request = request(&task);
        request["limit"] = json!(4);
        let mut pages = Vec::new();
        loop {
            let page = read(&sim, &request);
            let next = page["nextBackwardToken"].clone();
            pages.push(lines(&page).concat());
            if next == request["nextToken"] {
                break;
            }
            request["nextToken"] = next;
        }
        assert_eq!(pages.join(" "), expected, "after {empty} empty pages");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_named_by_the_task_definition() {
    let (sim, digests) = two_versions();
    sim.behaves(&digests.new, crashing());
    sim.logs(&digests.new, &["panic"]);
    let container = |driver: &str, options: Value| {
        json!({ "name": "web1", "image": sim.image("web1:1.4.2"),
                "logConfiguration": { "logDriver": driver, "options": options } })
    };
    let here = json!({ "awslogs-group": "g" });
    let there = json!({ "awslogs-group": "g", "awslogs-region": "eu-west-1" });
    for (driver, options, region, found) in [
        ("awslogs", &here, "eu-central-1", true),
        ("awslogs", &there, "eu-west-1", true),
        ("awslogs", &there, "eu-central-1", false),
        ("splunk", &here, "eu-central-1", false),
    ] {
        let definition = sim.task_definition("web1");
        let arn = definition.container_with(&container(driver, options.clone())).register();
        sim.service("prod", "web1").deploying(&arn).start();
        wait(60).await;
        // Without a prefix a stream bears the container engine's id.
        let id = stopped_tasks(&sim)[0]["containers"][0]["runtimeId"].clone();
        let world = sim.world();
        let there = world.logs.stream(region, "g", id.as_str().expect("it ran"));
        assert_eq!(there.is_ok(), found, "{driver} {options} in {region}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_container_that_never_ran_has_no_stream_and_a_silent_one_an_empty_one() {
    let never = Behaviour::FailsToStart { reason: "ResourceInitializationError: no".to_owned() };
    for (behaviour, ran) in [(never, false), (crashing(), true)] {
        let (sim, digests) = two_versions();
        sim.behaves(&digests.new, behaviour);
        let task = first_death(&sim).await;
        if ran {
            assert_eq!(lines(&read(&sim, &request(&task))), [""; 0]);
        } else {
            let error = refusal(&sim, Service::Logs, "GetLogEvents", &request(&task));
            assert_eq!(error, "ResourceNotFoundException");
        }
    }
}
