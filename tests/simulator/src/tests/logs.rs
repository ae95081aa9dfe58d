//! What containers write, and `GetLogEvents`.

use serde_json::{Value, json};

use super::{code_of, crashing, deploy, secs, stopped_tasks, two_versions};
use crate::{Behaviour, Fault, Image, Service, Simulator, When};

fn read(sim: &Simulator, request: &Value) -> Value {
    sim.call(Service::Logs, "GetLogEvents", request).expect("the stream is there")
}

fn refused(sim: &Simulator, request: &Value) -> String {
    code_of(&sim.call(Service::Logs, "GetLogEvents", request).expect_err("it is refused"))
}

fn lines(answer: &Value) -> Vec<&str> {
    let events = answer["events"].as_array().expect("a list");
    events.iter().map(|event| event["message"].as_str().expect("a message")).collect()
}

/// The stream of the only container of a task.
fn stream(task: &Value) -> String {
    let id = task["taskArn"].as_str().and_then(|arn| arn.rsplit('/').next()).expect("an id");
    format!("ecs/web1/{id}")
}

fn request(task: &Value) -> Value {
    json!({ "logGroupName": "/ecs/web1", "logStreamName": stream(task) })
}

/// The first task of `web1:2` that died, after writing lines 0 to 9.
async fn a_death_with_ten_lines() -> (Simulator, Value) {
    let (sim, digests) = two_versions();
    sim.behaves(&digests.new, crashing());
    sim.logs(&digests.new, &["0", "1", "2", "", "3", "4", "5", "6", "7", "8", "9"]);
    sim.service("prod", "web1").running("web1:1").start();
    deploy(&sim, "web1:2");
    tokio::time::sleep(secs(60)).await;
    let task = stopped_tasks(&sim).remove(0);
    (sim, task)
}

#[tokio::test(start_paused = true)]
async fn the_newest_lines_come_first_and_older_ones_page_by_page() {
    let (sim, task) = a_death_with_ten_lines().await;
    let mut request = request(&task);
    assert_eq!(lines(&read(&sim, &request)).len(), 10, "an empty line is no event");
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
    assert_eq!(pages, ["6789", "2345", "01", ""]);
}

#[tokio::test(start_paused = true)]
async fn from_the_head_the_forward_token_leads_to_the_end() {
    let (sim, task) = a_death_with_ten_lines().await;
    let mut request = request(&task);
    request["limit"] = json!(6);
    request["startFromHead"] = json!(true);
    let mut pages = Vec::new();
    while pages.len() < 3 {
        let page = read(&sim, &request);
        request["nextToken"] = page["nextForwardToken"].clone();
        pages.push(lines(&page).concat());
    }
    assert_eq!(pages, ["012345", "6789", ""]);
    assert_eq!(read(&sim, &request)["nextForwardToken"], request["nextToken"]);
}

#[tokio::test(start_paused = true)]
async fn pages_may_come_empty_although_there_are_older_events() {
    let (sim, task) = a_death_with_ten_lines().await;
    sim.empty_log_pages(2);
    let mut request = request(&task);
    let mut sizes = Vec::new();
    for _ in 0..4 {
        let page = read(&sim, &request);
        sizes.push(lines(&page).len());
        if sizes.len() < 4 {
            assert_ne!(page["nextBackwardToken"], request["nextToken"], "it goes on");
        }
        request["nextToken"] = page["nextBackwardToken"].clone();
    }
    assert_eq!(sizes, [0, 0, 10, 0]);
}

#[tokio::test(start_paused = true)]
async fn events_are_found_by_time() {
    let (sim, task) = a_death_with_ten_lines().await;
    let mut request = request(&task);
    let started = (task["startedAt"].as_f64().expect("it ran") * 1000.0) as u64;
    assert_eq!(read(&sim, &request)["events"][0]["timestamp"], json!(started));
    for (name, bound, found) in [
        ("startTime", started, 10),
        ("startTime", started + 1, 0),
        ("endTime", started, 0),
        ("endTime", started + 1, 10),
    ] {
        request[name] = json!(bound);
        assert_eq!(lines(&read(&sim, &request)).len(), found, "{name} {bound}");
        request.as_object_mut().expect("an object").remove(name);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_or_not_allowed_is_refused_by_name() {
    let (sim, task) = a_death_with_ten_lines().await;
    let good = request(&task);
    let with = |name: &str, value: Value| {
        let mut request = good.clone();
        request[name] = value;
        request
    };
    for (request, error) in [
        (with("logGroupName", json!("/ecs/other")), "ResourceNotFoundException"),
        (with("logStreamName", json!("ecs/web1/none")), "ResourceNotFoundException"),
        (with("logGroupIdentifier", json!("/ecs/web1")), "InvalidParameterException"),
        (with("limit", json!(10_001)), "InvalidParameterException"),
        (with("limit", json!("10")), "SerializationException"),
        (with("nextToken", json!("b/7")), "InvalidParameterException"),
        (json!({ "logGroupName": "/ecs/web1" }), "InvalidParameterException"),
    ] {
        assert_eq!(refused(&sim, &request), error, "{request}");
    }
    let arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/web1";
    let by_arn = json!({ "logGroupIdentifier": arn, "logStreamName": good["logStreamName"] });
    assert_eq!(lines(&read(&sim, &by_arn)).len(), 10);
    sim.fault("GetLogEvents", When::Always, Fault::AccessDenied);
    assert_eq!(refused(&sim, &good), "AccessDeniedException");
    let denied = sim.requests_for("GetLogEvents").pop().expect("it is recorded");
    assert_eq!((denied.service, denied.status), (Service::Logs, Some(400)));
    assert!(denied.response()["message"].as_str().is_some_and(|it| it.contains("logs:GetLogEv")));
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
        tokio::time::sleep(secs(60)).await;
        // Without a prefix a stream bears the container engine's id.
        let id = stopped_tasks(&sim)[0]["containers"][0]["runtimeId"].clone();
        let world = sim.world();
        let id = id.as_str().expect("it ran");
        let there = world.logs.stream(region, "g", id);
        assert_eq!(there.is_ok(), found, "{driver} {options} in {region}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_container_that_never_ran_has_no_stream_and_a_silent_one_an_empty_one() {
    let reason = "ResourceInitializationError: unable to pull secrets or registry auth: \
                  AccessDeniedException: not authorized to perform: secretsmanager:GetSecretValue";
    let never = Behaviour::FailsToStart { reason: reason.to_owned() };
    for (behaviour, ran) in [(never, false), (crashing(), true)] {
        let (sim, digests) = two_versions();
        sim.behaves(&digests.new, behaviour);
        sim.service("prod", "web1").running("web1:1").start();
        deploy(&sim, "web1:2");
        tokio::time::sleep(secs(60)).await;
        let task = stopped_tasks(&sim).remove(0);
        if ran {
            assert_eq!(lines(&read(&sim, &request(&task))), [""; 0]);
        } else {
            assert_eq!(task["stoppedReason"], reason);
            assert_eq!(refused(&sim, &request(&task)), "ResourceNotFoundException");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_image_for_another_processor_says_so_in_its_log() {
    let (sim, _) = two_versions();
    sim.repository("web1").push("1.4.2", Image::linux_arm64());
    sim.service("prod", "web1").running("web1:1").start();
    deploy(&sim, "web1:2");
    tokio::time::sleep(secs(60)).await;
    let task = stopped_tasks(&sim).remove(0);
    assert_eq!(task["containers"][0]["exitCode"], 255);
    assert_eq!(lines(&read(&sim, &request(&task))), ["exec /app: exec format error"]);
}
