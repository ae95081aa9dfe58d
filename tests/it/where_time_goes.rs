//! Sentences about where the time of a rollout went: as a picture and in words in the
//! summary, as numbers in the report; what made it slow; and how long one will take.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use simulator::{Behaviour, Fault, Pace, Reply, ServiceBuilder, TargetGroup, When};

use crate::codedeploy;
use crate::points::{blue_green, pause};
use crate::scene::{Scene, Step, crashes, secs, when_it, when_it_on};

/// For so many seconds something may be seen late.
const SEEN_WITHIN: u64 = 3;

fn spans(step: &Step) -> Vec<Value> {
    let report: Value = serde_json::from_str(step.output("report")).expect("it is JSON");
    report[0]["spans"].as_array().cloned().unwrap_or_default()
}

/// The seconds of each activity.
fn went(step: &Step) -> BTreeMap<String, u64> {
    let mut went = BTreeMap::new();
    for span in spans(step) {
        let name = span["name"].as_str().expect("it has a name").to_owned();
        *went.entry(name).or_default() += span["seconds"].as_u64().expect("it has a length");
    }
    went
}

/// Asserts that its time went so, all of it, and that picture and words say the same.
fn assert_went(step: &Step, expected: &[(&str, u64)]) {
    let went = went(step);
    let names: Vec<&str> = went.keys().map(String::as_str).collect();
    let mut expected_names: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
    expected_names.sort_unstable();
    assert_eq!(names, expected_names, "{went:?}\n{}", step.log());
    for (name, seconds) in expected {
        let off = went[*name].abs_diff(*seconds);
        assert!(off <= SEEN_WITHIN, "{name} took {seconds} s: {went:?}\n{}", step.log());
    }
    let whole: u64 = went.values().sum();
    assert!(step.took.as_secs().abs_diff(whole) <= SEEN_WITHIN, "{went:?}: {:?}", step.took);
    step.says("summary", "**Where the time went:** ");
    let chart = chart(step);
    for span in spans(step) {
        let bar = format!(", {}s", span["seconds"]);
        let name = span["name"].as_str().unwrap_or_default();
        assert!(chart.iter().any(|it| it.contains(name) && it.ends_with(&bar)), "{chart:#?}");
    }
}

/// The lines of the picture.
fn chart(step: &Step) -> Vec<&str> {
    let (_, rest) = step.summary.split_once("```mermaid\n").expect("there is a picture");
    let (chart, _) = rest.split_once("\n```\n").expect("it ends");
    chart.lines().collect()
}

fn ready_after(seconds: u64) -> Behaviour {
    Behaviour::Healthy { ready_after: secs(seconds) }
}

#[tokio::test(start_paused = true)]
async fn a_rolling_update_with_slow_health_checks() {
    let step = when_it(ready_after(90)).deploy(&[]).await;
    step.ended("deployed", &[]);
    assert_went(&step, &[("pending", 3), ("tasks starting", 25), ("health checks", 90)]);
    let [gantt, format, axis, marker, pending, ..] = chart(&step)[..] else { panic!() };
    assert_eq!(
        [gantt, format, axis, marker].map(str::trim),
        ["gantt", "dateFormat HH:mm:ss", "axisFormat %M:%S", "todayMarker off"]
    );
    assert!(pending.starts_with("    pending :00:00:00, "), "{pending}");
}

/// Where service deployments may not be read, the old tasks are waited for.
#[tokio::test(start_paused = true)]
async fn a_rolling_update_with_slow_draining() {
    let scene = Scene::ready();
    scene.sim.pace(Pace { drain: secs(300), ..Pace::real() });
    for operation in ["ListServiceDeployments", "DescribeServiceDeployments"] {
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
    }
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    assert_went(
        &step,
        &[("pending", 3), ("tasks starting", 25), ("health checks", 40), ("draining", 300)],
    );
}

#[tokio::test(start_paused = true)]
async fn blue_green_with_a_bake_time() {
    let scene = when_it_on(ready_after(20), |service| {
        let service = service.configured("strategy", json!("BLUE_GREEN"));
        service.configured("bakeTimeInMinutes", json!(5)).load_balancer()
    });
    let step = scene.deploy(&[]).await;
    step.ended("deployed", &[]);
    // Two shifts of 30 s, the stages between them, and the bake time.
    let traffic = 2 * 30 + 4 * 5 + 300;
    assert_went(
        &step,
        &[
            ("pending", 3 + 2 * 5),
            ("tasks starting", 25),
            ("health checks", 20),
            ("traffic and bake", traffic),
            ("draining", 35),
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn a_deployment_by_codedeploy() {
    let scene = codedeploy::ready();
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    let went = went(&step);
    for (name, at_least) in
        [("tasks starting", 20), ("health checks", 35), ("traffic and bake", 27)]
    {
        assert!(went.get(name).is_some_and(|it| *it >= at_least), "{name}: {went:?}");
    }
    step.says("summary", "```mermaid\n");
}

#[tokio::test(start_paused = true)]
async fn an_undo_is_a_part_of_it() {
    let step = when_it(crashes()).deploy(&[]).await;
    step.is("undone");
    let went = went(&step);
    assert!(went.get("rolling back").is_some_and(|it| *it > 3), "{went:?}\n{}", step.log());
    let whole: u64 = went.values().sum();
    assert!(step.took.as_secs().abs_diff(whole) <= 10, "{went:?}: {:?}", step.took);
}

#[tokio::test(start_paused = true)]
async fn of_what_was_short_there_is_nothing_to_see() {
    let scene = Scene::ready();
    scene.sim.pace(Pace::real().faster(20.0));
    let step = scene.deploy(&[]).await;
    step.ended("deployed", &[]);
    assert!(!step.summary.contains("mermaid"), "{}", step.summary);
    assert!(!step.summary.contains("Where the time went"), "{}", step.summary);
}

/// Of several services each gets its line, and none a picture.
#[tokio::test(start_paused = true)]
async fn several_services_get_a_line_each() {
    let scene = Scene::ready();
    let service = scene.sim.service("prod", "web2").running("web1:1").desired(1);
    service.start();
    let step = scene.deploy(&[("service", "web1\nweb2")]).await;
    step.is("deployed");
    assert_eq!(step.summary.matches("**Where the time went:** pending ").count(), 2);
    assert!(!step.summary.contains("mermaid"), "{}", step.summary);
}

/// `web1` behind a target group that is set so, from 1.4.1 to 1.4.2.
fn behind(
    interval: u32,
    healthy_threshold: u32,
    deregistration_delay: u32,
    made: impl FnOnce(ServiceBuilder) -> ServiceBuilder,
) -> Scene {
    let scene = Scene::with_images(&["1.4.1", "1.4.2"]);
    let service = scene.sim.service("prod", "web1").running_version("1.4.1").desired(2);
    let set = TargetGroup { interval, healthy_threshold, deregistration_delay };
    made(service.target_group(set)).start();
    scene
}

/// Only its own list of deployments, which waits for the old tasks.
fn by_its_own_list(scene: Scene) -> Scene {
    for operation in ["ListServiceDeployments", "DescribeServiceDeployments"] {
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
    }
    scene
}

/// The calls to Elastic Load Balancing.
fn asked(step: &Step) -> Vec<&str> {
    let operations = step.requests.iter().map(|it| it.operation.as_str());
    let mut asked: Vec<&str> = operations.filter(|it| it.starts_with("DescribeTarget")).collect();
    asked.sort_unstable();
    asked
}

const SETTINGS: [&str; 2] = ["DescribeTargetGroupAttributes", "DescribeTargetGroups"];

/// The sentence behind the line of numbers, the times left out.
fn slow(step: &Step) -> String {
    let report: Value = serde_json::from_str(step.output("report")).expect("it is JSON");
    let slow = report[0]["slow"].as_str().unwrap_or_default();
    assert!(step.summary.contains(slow), "{}", step.summary);
    slow.split_once(": ").map_or("", |(_, why)| why).to_owned()
}

#[tokio::test(start_paused = true)]
async fn the_settings_of_the_target_group_are_told_where_they_are_what_took_so_long() {
    let step = behind(30, 5, 30, |service| service).deploy(&[]).await;
    step.ended("deployed", &[]);
    assert_eq!(
        slow(&step),
        "target group web1 marks a target healthy after 5 checks, one every 30 s. Lower the \
         interval or the healthy threshold if the app is ready sooner."
    );
    assert_eq!(asked(&step), SETTINGS);
    let step = by_its_own_list(behind(5, 2, 300, |service| service)).deploy(&[]).await;
    step.is("deployed");
    assert_eq!(
        slow(&step),
        "the deregistration delay of target group web1 is 300 s. Lower it if requests end sooner."
    );
    assert_eq!(asked(&step), SETTINGS);
    let blue_green = behind(5, 2, 20, |service| {
        let service = service.configured("strategy", json!("BLUE_GREEN"));
        service.configured("bakeTimeInMinutes", json!(10))
    });
    let step = blue_green.deploy(&[]).await;
    step.ended("deployed", &[]);
    assert_eq!(
        slow(&step),
        "the steps and bake times of the deployment configuration are up to 10 m in all. Shorten \
         them if problems show sooner."
    );
    assert_eq!(asked(&step), SETTINGS);
}

#[tokio::test(start_paused = true)]
async fn batches_are_told_by_the_percentages_that_made_them() {
    let scene = when_it_on(ready_after(5), |service| service.desired(4).percentages(100, 125));
    let step = scene.deploy(&[]).await;
    step.ended("deployed", &[]);
    assert_eq!(
        slow(&step),
        "in 4 batches, because the minimum healthy percent is 100 and the maximum percent 125. A \
         higher maximum starts more tasks at once."
    );
    assert_eq!(asked(&step), [""; 0], "it has no target group");
}

/// Of one whose beginning nobody saw, and of one that was undone after all.
#[tokio::test(start_paused = true)]
async fn what_is_not_the_whole_or_does_not_stay_gets_no_advice() {
    let scene = behind(30, 5, 30, |service| service);
    scene.deploy(&[("wait", "false")]).await.is("started");
    tokio::time::sleep(secs(20)).await;
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    assert_eq!(step.writes(), [""; 0]);
    step.says("summary", "**Where the time went since this run began to follow it:** ");
    assert_eq!((slow(&step).as_str(), step.took > secs(60)), ("", true));

    let scene = behind(30, 5, 30, |service| service);
    let health = "https://shop.example.com/health";
    scene.web.answers(health, |_| Reply::status(500));
    let step = scene.deploy(&[("check-url", health)]).await;
    step.is("undone");
    assert_eq!(slow(&step), "");
}

#[tokio::test(start_paused = true)]
async fn without_the_permission_nothing_is_said_but_that() {
    for denied in SETTINGS {
        let scene = behind(30, 5, 30, |service| service);
        scene.sim.fault(denied, When::Always, Fault::AccessDenied);
        let step = scene.deploy(&[]).await;
        step.is("deployed");
        assert_eq!((slow(&step).as_str(), step.said("warning").as_str()), ("", ""));
        let lines = step.lines.iter().filter(|line| line.contains(denied));
        assert_eq!(lines.count(), 1, "{}", step.log());
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollout_of_less_than_a_minute_asks_for_no_settings() {
    let step = behind(5, 2, 30, |service| service).deploy(&[]).await;
    step.ended("deployed", &[]);
    assert!(step.took < secs(60), "{:?}", step.took);
    assert_eq!((asked(&step), slow(&step).as_str()), (Vec::new(), ""));
}

#[tokio::test(start_paused = true)]
async fn the_plan_of_a_rollback_says_how_long_it_will_probably_take() {
    let scene = Scene::ready();
    scene.deploy(&[]).await.is("deployed");
    let with = [("command", "rollback"), ("dry-run", "true")];
    let step = scene.deploy(&with).await;
    step.is("planned");
    step.says("log", "it will probably take about ");
    step.says("summary", "**Will probably take:** about ");
    let report: Value = serde_json::from_str(step.output("report")).expect("it is JSON");
    assert!(report[0]["expected-seconds"].as_u64().is_some_and(|it| it > 30), "{report}");
    // It is not said of a deployment, and what it took stands in place of it afterwards.
    let step = scene.deploy(&[("command", "rollback")]).await;
    step.is("rolled-back");
    assert!(!step.summary.contains("Will probably take"), "{}", step.summary);
    let step = scene.deploy(&[("dry-run", "true"), ("allow-rolled-back", "true")]).await;
    assert!(!step.log().contains("will probably take"), "{}", step.log());
    let step = by_its_own_list(Scene::ready());
    let step = step.deploy(&[("command", "rollback"), ("version", "1.4.2"), ("dry-run", "true")]);
    assert!(!step.await.log().contains("will probably take"));
}

/// The times on record have in them what no rollback waits for.
#[tokio::test(start_paused = true)]
async fn where_persons_answer_or_codedeploy_keeps_old_tasks_no_time_is_foretold() {
    let paused = blue_green(0, &[pause("POST_SCALE_UP", "CONTINUE")]);
    paused.deploy(&[]).await.is("deployed");
    let by_codedeploy = codedeploy::after(codedeploy::ready(), &["1.4.2", "1.5.0"]).await;
    for scene in [paused, by_codedeploy] {
        let step = scene.deploy(&[("command", "rollback"), ("dry-run", "true")]).await;
        step.is("planned");
        assert!(!step.log().contains("will probably take"), "{}", step.log());
    }
}
