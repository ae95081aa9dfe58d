//! Which calls each command sends, which of them one after another, and how many at once.

use std::collections::BTreeMap;
use std::time::Duration;

use simulator::{Fault, Image, Pace, When};

use crate::codedeploy::{self, minutes};
use crate::scene::{Scene, Step};

const ROUND_TRIP: Duration = Duration::from_millis(100);

/// The calls of each round trip, by name.
fn road(step: &Step) -> Vec<String> {
    let begun = step.requests[0].at;
    let mut rounds: BTreeMap<u128, Vec<&str>> = BTreeMap::new();
    for it in &step.requests {
        let round = (it.at - begun).as_millis() / ROUND_TRIP.as_millis();
        rounds.entry(round).or_default().push(&it.operation);
    }
    let rounds = rounds.into_values().map(|mut calls| {
        calls.sort_unstable();
        calls.join(" ")
    });
    rounds.collect()
}

/// How many calls of an operation were on their way at the same time.
fn most_at_once(step: &Step, operation: &str) -> usize {
    let sent = || step.requests.iter().filter(|it| it.operation == operation).map(|it| it.at);
    let beside = |at| sent().filter(move |&it| it <= at && at < it + ROUND_TRIP).count();
    sent().map(beside).max().unwrap_or_default()
}

/// 1.4.1 runs, and 1.4.2 lies in ECR; rollouts are over at once.
fn production() -> Scene {
    let scene = Scene::empty();
    scene.sim.pace(Pace::real().faster(1e6));
    scene.sim.latency(ROUND_TRIP);
    for version in ["1.4.1", "1.4.2"] {
        let platforms = ["linux/amd64", "linux/arm64"];
        scene.sim.repository("web1").push(version, Image::multi_arch(&platforms).content(version));
    }
    scene.sim.service("prod", "web1").running_version("1.4.1").desired(2).start();
    scene
}

/// After 1.4.2 was deployed.
async fn with_a_past() -> Scene {
    let scene = production();
    scene.deploy(&[]).await.is("deployed");
    scene
}

const NO_WAIT: (&str, &str) = ("wait", "false");
const ROLLBACK: (&str, &str) = ("command", "rollback");
const LIST: &[(&str, &str)] = &[("command", "list")];

#[tokio::test(start_paused = true)]
async fn a_deployment_asks_for_nothing_twice() {
    let of_package = &[NO_WAIT][..];
    for (scene, with) in
        [(production(), of_package), (with_a_past().await, &[NO_WAIT, ("version", "1.4.1")])]
    {
        let step = scene.deploy(with).await;
        step.is("started");
        assert_eq!(
            road(&step),
            [
                "DescribeServices ListServiceDeployments",
                "DescribeServiceDeployments DescribeServiceRevisions DescribeTaskDefinition \
                 ListTaskDefinitions",
                "BatchGetImage",
                "DescribeImages",
                "DescribeServices RegisterTaskDefinition",
                "UpdateService",
            ]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_asks_for_nothing_twice() {
    let step = with_a_past().await.deploy(&[ROLLBACK, NO_WAIT]).await;
    step.is("started");
    let past = "DescribeServiceDeployments DescribeServiceRevisions DescribeTaskDefinition \
                ListTaskDefinitions";
    let target = "BatchGetImage DescribeImages DescribeTaskDefinition GetLifecyclePolicyPreview";
    let listed = "DescribeServices ListServiceDeployments";
    let write = ["DescribeServices", "UpdateService"];
    assert_eq!(road(&step), [&[listed, past, target][..], &write].concat());

    let typed = [ROLLBACK, NO_WAIT, ("version", "1.4.1")];
    let step = with_a_past().await.deploy(&typed).await;
    step.is("started");
    assert_eq!(road(&step), [&[listed, past, "BatchGetImage", target][..], &write].concat());
}

#[tokio::test(start_paused = true)]
async fn a_list_takes_seven_calls() {
    let step = with_a_past().await.deploy(LIST).await;
    step.is("listed");
    assert_eq!(
        road(&step),
        [
            "DescribeServices ListServiceDeployments",
            "DescribeServiceDeployments DescribeServiceRevisions DescribeTaskDefinition",
            "DescribeImages",
            "BatchGetImage",
        ]
    );
}

/// What a later deployment, or its failure, would ask for is tried, too.
#[tokio::test(start_paused = true)]
async fn a_check_tries_what_its_reads_do_not_show() {
    let step = production().deploy(&[("command", "verify")]).await;
    step.is("verified");
    assert_eq!(
        road(&step),
        [
            "DescribeServices DescribeTasks ListServiceDeployments ListServiceDeployments ListTasks",
            "DescribeServiceDeployments DescribeServiceRevisions DescribeTaskDefinition \
             ListTaskDefinitions",
            "BatchGetImage",
            "DescribeImages",
            "DescribeImages DescribeLogGroups DescribeServiceRevisions GetDownloadUrlForLayer GetRole",
        ]
    );
}

/// The rollout as such is left out.
#[tokio::test(start_paused = true)]
async fn a_success_is_confirmed_by_one_call() {
    let step = production().deploy(&[]).await;
    step.is("deployed");
    assert_eq!(road(&step).last().map(String::as_str), Some("DescribeServiceRevisions"));
}

#[tokio::test(start_paused = true)]
async fn the_documents_say_how_many_calls_there_are() {
    let page = crate::readme::read("docs/performance.md");
    let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
    let scene = production();
    let deployed = scene.deploy(&[]).await;
    deployed.is("deployed");
    let back = scene.deploy(&[ROLLBACK]).await;
    back.is("rolled-back");
    let until_updated = |step: &Step| {
        let round_trips = step.only("UpdateService").at - step.requests[0].at;
        round_trips.as_millis() / ROUND_TRIP.as_millis() + 1
    };
    for (which, step) in [("a deployment", &deployed), ("a rollback", &back)] {
        let (calls, round_trips) = (step.requests.len(), until_updated(step));
        let said = format!("{which} makes {calls}");
        let and_then = format!(", of which {round_trips} one after another");
        let after = words.split_once(&said).map(|(_, after)| after).unwrap_or_default();
        assert!(after.trim_start_matches(" AWS calls").starts_with(&and_then), "{said}{and_then}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_allowed_is_not_asked_again() {
    let scene = with_a_past().await;
    for operation in ["DescribeServiceRevisions", "DescribeServiceDeployments"] {
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
    }
    let step = scene.deploy(&[("version", "1.4.1"), NO_WAIT]).await;
    step.is("started");
    assert_eq!(step.count("DescribeServiceRevisions"), 1);
    assert_eq!(step.count("DescribeServiceDeployments"), 1);
}

/// The warning that it may bring is worth no wait.
#[tokio::test(start_paused = true)]
async fn the_preview_of_a_lifecycle_policy_is_asked_for_once() {
    let scene = with_a_past().await;
    scene.sim.fault("GetLifecyclePolicyPreview", When::Always, Fault::Status(500));
    let step = scene.deploy(&[ROLLBACK]).await;
    step.is("rolled-back");
    assert_eq!(step.count("GetLifecyclePolicyPreview"), 1);
}

#[tokio::test(start_paused = true)]
async fn under_codedeploy_what_runs_is_read_once() {
    let scene = codedeploy::after(codedeploy::ready(), &["1.4.2", "1.5.0"]).await;
    scene.sim.latency(ROUND_TRIP);
    let step = scene.deploy(LIST).await;
    step.is("listed");
    assert_eq!(
        road(&step),
        [
            "DescribeServices ListServiceDeployments",
            "DescribeTaskDefinition GetDeploymentGroup",
            "DescribeImages ListDeployments ListTasks",
            "BatchGetDeployments BatchGetImage DescribeTasks",
            "GetApplicationRevision GetApplicationRevision",
            "DescribeTaskDefinition",
            "BatchGetImage",
            "DescribeImages",
        ]
    );
    let step = scene.deploy(&[ROLLBACK, NO_WAIT]).await;
    step.is("started");
    assert_eq!(
        road(&step),
        [
            "DescribeServices ListServiceDeployments",
            "DescribeTaskDefinition GetDeploymentGroup ListTaskDefinitions ListTasks",
            "DescribeTasks GetDeployment GetDeploymentConfig ListDeployments ListDeployments",
            "BatchGetDeployments GetApplicationRevision",
            "GetApplicationRevision",
            "DescribeTaskDefinition",
            "BatchGetImage",
            "DescribeImages",
            "BatchGetImage DescribeImages GetLifecyclePolicyPreview",
            "GetDownloadUrlForLayer",
            "GetBlob",
            "DescribeServices",
            "CreateDeployment",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_record_of_a_group_is_read_by_a_few_calls_at_a_time() {
    let mut scene = codedeploy::ready();
    for _ in 0..6 {
        scene = codedeploy::after(scene, &["1.4.2", "1.5.0", "1.4.1"]).await;
    }
    minutes(1).await;
    scene.sim.latency(ROUND_TRIP);
    let step = scene.deploy(LIST).await;
    step.is("listed");
    for operation in ["GetApplicationRevision", "DescribeTaskDefinition"] {
        assert!(step.count(operation) > 16, "{operation}: {:?}", road(&step));
        assert_eq!(most_at_once(&step, operation), 8, "{operation}");
    }
}

/// An index may list as many as it likes.
#[tokio::test(start_paused = true)]
async fn the_scans_of_an_index_are_read_by_a_few_calls_at_a_time() {
    let scene = production();
    let platforms: Vec<String> = (0..30).map(|number| format!("linux/arm/v{number}")).collect();
    let platforms: Vec<&str> = platforms.iter().map(String::as_str).collect();
    scene.sim.repository("web1").push("1.4.3", Image::multi_arch(&platforms));
    let with = [("version", "1.4.3"), ("fail-on-severity", "high"), NO_WAIT];
    let step = scene.deploy(&with).await;
    assert_eq!(step.count("DescribeImageScanFindings"), 31, "{}", step.said("error"));
    // One is of the index itself.
    assert_eq!(most_at_once(&step, "DescribeImageScanFindings"), 9);
}
