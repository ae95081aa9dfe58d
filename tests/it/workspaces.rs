//! Sentences about `apps: workspaces`: the packages of a workspace that have a service.

use serde_json::json;
use simulator::{Fault, Image, When};

use crate::scene::{Scene, Step};

/// Packages api and web on 1.4.2, each with a service on 1.4.1, and some without a service.
fn shop() -> Scene {
    let scene = Scene::empty();
    scene.file("package.json", r#"{ "workspaces": ["apps/*", "packages/*"] }"#);
    for (folder, version) in [
        ("apps/api", "1.4.2"),
        ("apps/web", "1.4.2"),
        ("apps/admin", "0.1.0"),
        ("packages/ui", "1.0.0"),
    ] {
        package(&scene, folder, version);
    }
    for app in ["api", "web"] {
        for version in ["1.4.1", "1.4.2"] {
            let image = Image::linux_amd64().content(&format!("{app} {version}"));
            scene.sim.repository(app).push(&format!("{app}-v{version}"), image);
        }
        let tag = format!("{app}-v1.4.1");
        scene.sim.service("prod", app).running_version(&tag).desired(1).start();
    }
    scene
}

fn package(scene: &Scene, folder: &str, version: &str) {
    let name = folder.rsplit('/').next().unwrap_or_default();
    let package = json!({ "name": format!("@shop/{name}"), "version": version, "private": true });
    scene.file(&format!("{folder}/package.json"), package.to_string());
}

async fn step(scene: &Scene, with: &[(&str, &str)]) -> Step {
    let workspaces =
        [("apps", "workspaces"), ("cluster", "prod"), ("tag-template", "{name}-v{version}")];
    scene.deploy(&[&workspaces[..], with].concat()).await
}

#[tokio::test(start_paused = true)]
async fn the_packages_that_have_a_service_are_the_apps() {
    let scene = shop();
    let deployed = step(&scene, &[]).await;
    deployed.is("deployed");
    let first = &deployed.requests[0];
    assert_eq!(first.operation, "DescribeServices");
    assert_eq!(first.body["services"], json!(["admin", "api", "web", "ui"]));
    deployed.says("log", "packages left out because no service has their name: admin, ui");
    assert_eq!(deployed.updates().len(), 2);
    for app in ["api", "web"] {
        let running = scene.sim.truth("prod", app).running;
        let digest = scene.sim.repository(app).digest(&format!("{app}-v1.4.2"));
        assert!(running.iter().all(|task| task.digests.get(app) == digest.as_ref()), "{app}");
    }
    step(&scene, &[]).await.is("unchanged");
    step(&scene, &[("command", "rollback")]).await.is("rolled-back");
}

#[tokio::test(start_paused = true)]
async fn ten_names_are_asked_for_at_a_time() {
    let scene = shop();
    for number in 0..17 {
        package(&scene, &format!("packages/part{number}"), "1.0.0");
    }
    let step = step(&scene, &[("command", "plan")]).await;
    step.is("planned");
    let counts: Vec<_> = step
        .requests
        .iter()
        .filter(|it| it.operation == "DescribeServices")
        .map(|it| it.body["services"].as_array().map_or(0, Vec::len))
        .collect();
    assert_eq!(counts, [10, 10, 1, 1, 1], "21 packages, then each of the two apps");
}

#[tokio::test(start_paused = true)]
async fn an_app_without_a_version_is_refused_and_a_package_without_a_service_needs_none() {
    let scene = shop();
    scene.file("packages/ui/package.json", r#"{ "name": "@shop/ui", "private": true }"#);
    step(&scene, &[("dry-run", "true")]).await.is("planned");
    scene.file("apps/web/package.json", r#"{ "name": "@shop/web", "private": true }"#);
    let step = step(&scene, &[]).await;
    assert_eq!((step.code, step.writes()), (1, vec![]));
    step.says("error", "apps/web/package.json has no \"version\"");
}

#[tokio::test(start_paused = true)]
async fn where_no_service_is_seen_each_package_says_why_and_nothing_is_written() {
    let scene = shop();
    let elsewhere = step(&scene, &[("cluster", "staging")]).await;
    elsewhere.is("refused");
    elsewhere.says("error", "there is no cluster staging");
    scene.sim.fault("DescribeServices", When::Always, Fault::AccessDenied);
    let denied = step(&scene, &[]).await;
    denied.is("refused");
    denied.says("error", "ecs:DescribeServices");
    assert_eq!((elsewhere.writes(), denied.writes()), (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_the_workspace_is_said_before_any_call() {
    let no_workspace = Scene::empty();
    let one_name = shop();
    one_name.file("packages/web/package.json", r#"{ "name": "@parts/web" }"#);
    for (scene, with, words) in [
        (no_workspace, vec![], "the checkout is not a workspace"),
        (one_name, vec![], "apps/web and packages/web are both called web without their scope"),
        (
            shop(),
            vec![("service", "web")],
            "`apps: workspaces` and `service` can't be used together",
        ),
        (shop(), vec![("desired-count", "2")], "input `desired-count` is for one service"),
    ] {
        let step = step(&scene, &with).await;
        step.is("refused");
        assert_eq!(step.requests.len(), 0);
        step.says("error", words);
    }
}
