//! Sentences about where the time of a rollout went: as a picture and in words in the
//! summary, as numbers in the report.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use simulator::{Behaviour, Fault, Pace, When};

use crate::codedeploy;
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
