//! What docs/codedeploy.md shows of services under CodeDeploy, against what a step does.

use std::time::Duration;

use serde_json::Value;
use simulator::{Act, DeploymentGroupBuilder, Image};

use super::markdown::code;
use super::read;
use crate::scene::{Scene, Step};

const PAGE: &str = "docs/codedeploy.md";
const APPLICATION: &str = "AppECS-prod-shop";
const GROUP: &str = "DgpECS-prod-shop";

/// The service of the examples on 1.4.1.
fn shop(group: impl FnOnce(DeploymentGroupBuilder) -> DeploymentGroupBuilder) -> Scene {
    let scene = Scene::empty();
    for version in ["1.4.1", "1.4.2"] {
        scene.sim.repository("shop").push(version, Image::linux_amd64().content(version));
    }
    scene.sim.service("prod", "shop").running_version("1.4.1").code_deploy().desired(2).start();
    group(scene.sim.deployment_group(APPLICATION, GROUP).service("prod", "shop")).create();
    scene
}

async fn deploy(scene: &Scene, with: &[(&str, &str)]) -> Step {
    let step = scene.deploy(&[&[("service", "shop")], with].concat()).await;
    step.is("deployed");
    step
}

#[tokio::test(start_paused = true)]
async fn the_app_spec_that_it_shows_can_be_deployed_and_its_hook_stays() {
    let mut blocks = code(&read(PAGE)).into_iter();
    let shown = blocks.find(|(_, text)| text.starts_with("version: 0.0")).expect("it is shown").1;
    let scene = shop(|group| group);
    let file = scene.file("appspec.yml", &shown);
    for with in [&[("codedeploy-appspec", file.as_str())][..], &[("version", "1.4.1")]] {
        let step = deploy(&scene, with).await;
        let sent = &step.only("CreateDeployment").body["revision"]["appSpecContent"]["content"];
        let sent: Value = serde_json::from_str(sent.as_str().expect("it is text")).expect("JSON");
        assert_eq!(sent["Hooks"][0]["AfterAllowTestTraffic"], "smoke-test");
    }
}

#[tokio::test(start_paused = true)]
async fn the_notice_that_it_shows_is_what_a_step_says_at_the_gate() {
    let scene = shop(|group| group.waits_for_a_person(60));
    let goes_on = Act::continue_code_deploy(APPLICATION, GROUP, "READY_WAIT");
    scene.sim.after(Duration::from_secs(3600), goes_on);
    // The clock stands still: 30 minutes are enough.
    let said = deploy(&scene, &[]).await.said("notice");
    let of = |text: &str| text.split(['`', ' ']).find(|it| it.starts_with("d-")).map(str::to_owned);
    let page = read(PAGE);
    let shown = page.split_once("\nNotice: ").and_then(|(_, rest)| rest.split_once("\n```"));
    let (shown, _) = shown.expect("it is shown");
    let [id, example] = [of(&said), of(shown)].map(|id| id.expect("it names the deployment"));
    assert_eq!(said.replace(&id, &example), shown);
}

#[tokio::test(start_paused = true)]
async fn a_group_that_keeps_the_old_tasks_for_an_hour_is_waited_for_no_longer_than_it_says() {
    let scene = shop(|group| group.terminates_after(60));
    deploy(&scene, &[]).await;
    let with = [("service", "shop"), ("version", "1.4.1")];
    let step = scene.deploy(&with).await;
    step.is("timed-out");
    let step = deploy(&scene, &[("version", "1.4.1"), ("in-flight", "replace")]).await;
    assert_eq!(step.writes()[0], "ContinueDeployment");
}
