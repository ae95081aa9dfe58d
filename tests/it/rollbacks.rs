//! Sentences about going back: what comes back, by which means, and when it is
//! refused.

mod comes_back;
mod ends;
mod in_flight;
mod long;
mod refused;
mod released;
mod round_trips;

use serde_json::{Value, json};
use simulator::{Image, ServiceBuilder};

use crate::scene::{Scene, Step, definition};

/// Versions 1.4.0, 1.4.1 and 1.4.2 succeeded one after another; the last one runs.
fn with_a_past() -> Scene {
    with_a_past_of(|service| service)
}

/// The same on a service that is `made` otherwise.
fn with_a_past_of(made: impl FnOnce(ServiceBuilder) -> ServiceBuilder) -> Scene {
    let scene = Scene::with_images(&["1.4.0", "1.4.1", "1.4.2"]);
    let [first, second, third] = ["1.4.0", "1.4.1", "1.4.2"].map(|tag| scene.register(tag));
    let service = made(scene.sim.service("prod", "web1").desired(2));
    service.running(&first).running(&second).running(&third).start();
    scene
}

/// Proves that a rollback succeeded, and exactly what it wrote.
#[track_caller]
fn back(step: &Step, writes: &[&str]) {
    let said = format!("{}\n{}", step.log(), step.said("error"));
    assert_eq!((step.result(), step.code), ("rolled-back", 0), "{said}");
    assert_eq!(step.writes(), writes, "{said}");
}

/// The whole `UpdateService` to this revision: nothing else is ever in it.
fn update(revision: &str) -> Value {
    json!({ "cluster": "prod", "service": "web1", "taskDefinition": definition(revision) })
}

const PREVIOUS: &[(&str, &str)] = &[("command", "rollback")];

fn to(version: &str) -> Vec<(&str, &str)> {
    vec![("command", "rollback"), ("version", version)]
}

#[tokio::test(start_paused = true)]
async fn previous_is_the_last_that_succeeded_and_comes_back_as_it_was() {
    let scene = with_a_past();
    let step = scene.deploy(PREVIOUS).await;
    back(&step, &["UpdateService"]);
    assert_eq!(step.only("UpdateService").body, update("web1:2"));
    assert_eq!(step.output("running-version"), "1.4.1");
    assert_eq!(step.output("previous-version"), "1.4.2");
    assert_eq!(
        step.headline(),
        "✅ web1 is back on 1.4.1; 1.4.2 was removed (it ran since `2025-12-31T00:00:00Z`)"
    );
}

#[tokio::test(start_paused = true)]
async fn two_people_who_press_the_button_end_on_the_same_version() {
    let scene = with_a_past();
    assert_eq!(scene.deploy(PREVIOUS).await.result(), "rolled-back");
    let again = scene.deploy(PREVIOUS).await;
    assert_eq!((again.result(), again.code), ("refused", 1));
    again.says("error", "already back on 1.4.1");
    assert_eq!(again.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_exact_version_is_found_by_its_tag_and_its_revision_used_again() {
    for version in ["1.4.0", "v1.4.0", "web1:1"] {
        let scene = with_a_past();
        let step = scene.deploy(&to(version)).await;
        step.is("rolled-back");
        assert_eq!(step.writes(), ["UpdateService"], "{version}");
        assert_eq!(step.only("UpdateService").body["taskDefinition"], definition("web1:1"));
    }
    let scene = with_a_past();
    let digest = scene.digest("1.4.0");
    let step = scene.deploy(&to(&digest)).await;
    step.is("rolled-back");
    assert_eq!(step.only("UpdateService").body["taskDefinition"], definition("web1:1"));
}

#[tokio::test(start_paused = true)]
async fn a_version_that_never_ran_here_gets_into_the_running_definition() {
    let scene = with_a_past();
    scene.push("1.3.9");
    let step = scene.deploy(&to("1.3.9")).await;
    step.is("rolled-back");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "UpdateService"]);
    step.says("notice", "no deployment on record succeeded on this service with only this image");
}

#[tokio::test(start_paused = true)]
async fn where_the_tag_has_moved_the_image_is_pinned_by_its_digest() {
    let scene = with_a_past();
    let repository = scene.sim.repository("web1");
    let was = repository.digest("1.4.1").expect("it was pushed");
    repository.push("1.4.1", Image::linux_amd64().content("another"));
    let step = scene.deploy(PREVIOUS).await;
    step.is("rolled-back");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "UpdateService"]);
    let image = &step.only("RegisterTaskDefinition").body["containerDefinitions"][0]["image"];
    assert_eq!(image, &json!(scene.sim.image(&format!("web1@{was}"))));
}

#[tokio::test(start_paused = true)]
async fn an_image_that_a_lifecycle_policy_is_about_to_delete_comes_with_a_warning() {
    let scene = with_a_past();
    scene.sim.repository("web1").preview_expires("1.4.1");
    let step = scene.deploy(PREVIOUS).await;
    step.is("rolled-back");
    step.says("warning", "deletes this image soon");

    let other = with_a_past();
    other.sim.repository("web1").preview_expires("1.4.0");
    assert_eq!(other.deploy(PREVIOUS).await.said("warning"), "");
}

/// The preview is that of the repository which the image lies in.
#[tokio::test(start_paused = true)]
async fn the_lifecycle_policy_that_counts_is_that_of_the_repository_it_comes_from() {
    let scene = Scene::empty();
    scene.sim.repository("before").push("1.4.1", Image::linux_amd64().content("1.4.1"));
    scene.push("1.4.2");
    scene.sim.repository("before").preview_expires("1.4.1");
    let task = |image: &str| {
        scene.sim.task_definition("web1").container("web1", &scene.sim.image(image)).register()
    };
    let (old, new) = (task("before:1.4.1"), task("web1:1.4.2"));
    scene.sim.service("prod", "web1").running(&old).running(&new).desired(2).start();
    let step = scene.deploy(PREVIOUS).await;
    back(&step, &["UpdateService"]);
    assert_eq!(step.only("UpdateService").body, update("web1:1"));
    step.says("warning", "the ECR repository before (");
    step.says("warning", "deletes this image soon");
    assert_eq!(step.count("GetLifecyclePolicyPreview"), 1);
}
