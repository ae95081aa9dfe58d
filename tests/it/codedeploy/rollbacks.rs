//! The way back: `rollback` to `previous` and to exact versions, while CodeDeploy is at
//! work and afterwards.

use std::time::Duration;

use super::{APPLICATION, GROUP, ROLLBACK, after, assert_serves, minutes, ready, stage};
use crate::scene::Scene;

#[tokio::test(start_paused = true)]
async fn previous_is_what_succeeded_before_and_comes_back_by_its_own_revision() {
    let scene = after(ready(), &["1.4.2", "1.5.0"]).await;
    let step = scene.deploy(&[ROLLBACK]).await;
    step.is("rolled-back");
    assert_eq!(step.writes(), ["CreateDeployment"], "nothing is registered anew");
    assert_eq!(step.output("version"), "1.4.2");
    assert_eq!(step.output("previous-version"), "1.5.0");
    assert_eq!(step.output("task-definition-revision"), "2");
    assert_serves(&scene, "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn while_the_old_tasks_are_there_codedeploy_returns_to_them_in_seconds() {
    let scene = stage(|group| group.terminates_after(60));
    scene.deploy(&[]).await;
    let step = scene.deploy(&[ROLLBACK]).await;
    step.is("rolled-back");
    assert_eq!(step.writes(), ["StopDeployment"]);
    assert_eq!(step.only("StopDeployment").body["autoRollbackEnabled"], true);
    assert!(step.took < Duration::from_secs(30), "{:?}", step.took);
    step.says("summary", "web1 is back on 1.4.1; 1.4.2 was removed");
    assert_serves(&scene, "1.4.1");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_whose_traffic_is_on_its_way_turns_round() {
    let scene = stage(|group| group.config("CodeDeployDefault.ECSCanary10Percent5Minutes"));
    let (_, step) = tokio::join!(scene.deploy(&[("wait", "false")]), async {
        tokio::time::sleep(Duration::from_secs(140)).await;
        scene.deploy(&[ROLLBACK]).await
    });
    step.is("rolled-back");
    assert_eq!(step.writes(), ["StopDeployment"]);
    assert_eq!((step.output("previous-version"), step.output("version")), ("1.4.1", "1.4.1"));
    step.says("log", "1.4.2  web1:2, which is being deployed");
    assert_serves(&scene, "1.4.1");
}

#[tokio::test(start_paused = true)]
async fn pressed_twice_it_stays_where_it_is() {
    let scene = after(ready(), &["1.4.2", "1.5.0"]).await;
    scene.deploy(&[ROLLBACK]).await;
    minutes(10).await;
    let refusal = scene.refusal(&[ROLLBACK]).await;
    assert!(refusal.starts_with("the service is already back on 1.4.2 (web1:2)"), "{refusal}");
    assert!(refusal.contains("a deployment restored it"), "{refusal}");
    assert_serves(&scene, "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn after_a_rollback_by_codedeploy_it_is_back_already() {
    let scene = after(stage(|group| group.terminates_after(60)), &[]).await;
    scene.deploy(&[]).await;
    scene.deploy(&[ROLLBACK]).await;
    let refusal = scene.refusal(&[ROLLBACK]).await;
    assert!(refusal.starts_with("the service is already back on 1.4.1"), "{refusal}");
    assert_serves(&scene, "1.4.1");
}

#[tokio::test(start_paused = true)]
async fn an_exact_version_that_ran_here_comes_by_its_revision_and_another_by_the_running_one() {
    let scene = after(ready(), &["1.4.2", "1.5.0"]).await;
    let step = scene.deploy(&[ROLLBACK, ("version", "1.4.2")]).await;
    assert_eq!((step.result(), step.writes()), ("rolled-back", vec!["CreateDeployment"]));
    assert_eq!(step.output("task-definition-revision"), "2");
    minutes(10).await;
    // CodeDeploy never deployed it: it was there when the service was created.
    let step = scene.deploy(&[ROLLBACK, ("version", "1.4.1")]).await;
    step.is("rolled-back");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "CreateDeployment"]);
    assert_serves(&scene, "1.4.1");
}

#[tokio::test(start_paused = true)]
async fn a_version_of_package_json_that_was_rolled_back_from_stays_away() {
    let scene = stage(|group| group.terminates_after(60));
    scene.deploy(&[]).await;
    scene.deploy(&[ROLLBACK]).await;
    let refusal = scene.refusal(&[]).await;
    assert!(refusal.starts_with("this service was rolled back from 1.4.2"), "{refusal}");
    let step = scene.deploy(&[("version", "1.4.2")]).await;
    step.is("deployed");
}

#[tokio::test(start_paused = true)]
async fn a_previous_image_that_is_gone_is_refused_with_what_else_there_is() {
    let scene = after(ready(), &["1.4.2", "1.5.0", "1.4.1"]).await;
    scene.sim.repository("web1").delete("1.5.0");
    let refusal = scene.refusal(&[ROLLBACK]).await;
    assert!(refusal.contains("1.5.0"), "{refusal}");
}

#[tokio::test(start_paused = true)]
async fn the_versions_are_listed_with_what_became_of_them() {
    let scene = after(stage(|group| group.terminates_after(0)), &["1.4.2", "1.5.0"]).await;
    scene.deploy(&[ROLLBACK]).await;
    let step = scene.deploy(&[("command", "list")]).await;
    assert_eq!((step.result(), step.writes().len()), ("listed", 0));
    let row = |version: &str| {
        let mut rows = step.lines.iter().filter(|line| line.starts_with(version));
        rows.next().cloned().unwrap_or_default()
    };
    assert!(row("1.4.2").contains("runs now"), "{}", step.log());
    assert!(row("1.5.0").contains("rolled back"), "{}", step.log());
    assert!(!row("1.5.0").contains("rolled back by"), "{}", step.log());
}

/// A group that has deployed these revisions of `web1`: 1.4.1, 1.4.2 and 1.5.0.
fn with_a_past(revisions: impl IntoIterator<Item = u32>) -> Scene {
    let scene = super::without_group();
    for version in ["1.4.2", "1.5.0"] {
        let image = scene.sim.image(&format!("web1:{version}"));
        scene.sim.task_definition("web1").container("web1", &image).register();
    }
    let mut group = scene.sim.deployment_group(APPLICATION, GROUP).service("prod", "web1");
    for revision in revisions {
        group = group.deployed(&format!("web1:{revision}"));
    }
    group.create();
    scene
}

#[tokio::test(start_paused = true)]
async fn previous_is_not_guessed_from_a_list_that_was_cut() {
    // 1.4.2 was bad, and somebody went back to 1.4.1.
    for (others, why) in [(10, "already back on 1.4.1"), (48, "only its newest deployments")] {
        let past = std::iter::once(1).chain(std::iter::repeat_n(3, others)).chain([2, 1]);
        let refusal = with_a_past(past).refusal(&[ROLLBACK]).await;
        assert!(refusal.contains(why), "{others} others: {refusal}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_pushed_after_a_cut_list_begins_is_no_return() {
    let scene = with_a_past([1; 60]);
    for version in ["1.6.0", "1.7.0"] {
        scene.push(version);
    }
    let scene = after(scene, &["1.6.0", "1.7.0"]).await;
    let step = scene.deploy(&[ROLLBACK, ("dry-run", "true")]).await;
    assert_eq!((step.result(), step.output("version")), ("planned", "1.6.0"), "{}", step.log());
}

#[tokio::test(start_paused = true)]
async fn no_app_spec_is_read_twice() {
    let scene = after(stage(|group| group.terminates_after(10)), &["1.4.2"]).await;
    minutes(5).await;
    scene.deploy(&[("version", "1.5.0")]).await;
    let step = scene.deploy(&[ROLLBACK, ("dry-run", "true")]).await;
    let read = step.requests.iter().filter(|it| it.operation == "GetApplicationRevision");
    let mut read: Vec<String> = read.map(|it| it.body.to_string()).collect();
    let count = read.len();
    read.sort();
    read.dedup();
    assert_eq!((read.len(), count), (2, 2));
}
