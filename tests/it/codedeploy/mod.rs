//! Services whose deployments CodeDeploy makes: the same step, the same outputs, the same
//! way back.

mod app_specs;
mod checks;
mod deploys;
mod digests;
mod endings;
mod half_way;
mod in_flight;
mod refused;
mod regressions;
mod rollbacks;
mod round_trips;
mod same_everywhere;
mod service_state;
mod stops;
mod undo;
mod unreadable;

use std::time::Duration;

use serde_json::Value;
use simulator::{DeploymentGroupBuilder, Hook, Image, TrafficShare};

use crate::scene::{Scene, Step};

/// What ECS's console calls application and group of `prod/web1`.
pub(crate) const APPLICATION: &str = "AppECS-prod-web1";
pub(crate) const GROUP: &str = "DgpECS-prod-web1";

const ROLLBACK: (&str, &str) = ("command", "rollback");

/// `web1` runs 1.4.1 under CodeDeploy, 1.4.2 lies in ECR; the group is as ECS makes it.
pub(crate) fn ready() -> Scene {
    stage(|group| group)
}

/// The same with another group.
pub(crate) fn stage(group: impl FnOnce(DeploymentGroupBuilder) -> DeploymentGroupBuilder) -> Scene {
    let scene = without_group();
    let made = scene.sim.deployment_group(APPLICATION, GROUP).service("prod", "web1");
    group(made.auto_rollback(&["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"])).create();
    scene
}

/// The service alone.
pub(crate) fn without_group() -> Scene {
    let scene = Scene::empty();
    for version in ["1.4.1", "1.4.2", "1.5.0"] {
        let image = Image::linux_amd64().content(version);
        scene.sim.repository("web1").push_days_ago(400, version, image);
    }
    scene.sim.service("prod", "web1").running_version("1.4.1").code_deploy().desired(2).start();
    scene
}

/// After these versions, one after the other, each until its old tasks were gone.
pub(crate) async fn after(scene: Scene, versions: &[&str]) -> Scene {
    for version in versions {
        let step = scene.deploy(&[("version", version)]).await;
        step.is("deployed");
        minutes(10).await;
    }
    scene
}

/// 1.4.1 is what CodeDeploy deployed last with success.
async fn based(scene: Scene) -> Scene {
    let step = scene.deploy(&[("version", "1.4.1"), ("force-new-deployment", "true")]).await;
    step.is("deployed");
    minutes(10).await;
    scene
}

pub(crate) async fn minutes(minutes: u64) {
    tokio::time::sleep(Duration::from_secs(60 * minutes)).await;
}

/// Asserts that all production traffic is on a version, by what the tasks really run.
fn assert_serves(scene: &Scene, version: &str) {
    let truth = scene.sim.codedeploy_truth(APPLICATION, GROUP);
    let [TrafficShare { percent: 100, digests, .. }] = truth.serving() else {
        panic!("all traffic goes one way: {:?}", truth.serving());
    };
    assert_eq!(digests["web1"], scene.digest(version), "{version} does not serve");
}

/// The AppSpec of the one deployment that the step created.
fn app_spec(step: &Step) -> Value {
    let content = &step.only("CreateDeployment").body["revision"]["appSpecContent"]["content"];
    serde_json::from_str(content.as_str().expect("it has a text")).expect("it is JSON")
}

/// The hook `checks` says no from now on.
fn refuses(scene: &Scene) {
    scene.sim.hook("checks", Hook::Fails { log_tail: String::new() });
}

/// A file with an AppSpec that asks `checks` at this event.
fn with_a_hook(scene: &Scene, event: &str) -> String {
    scene.file(
        "appspec.yaml",
        format!(
            "version: 0.0\nResources:\n- TargetService:\n    Type: AWS::ECS::Service\n    Properties:\n      \
             LoadBalancerInfo: {{ ContainerName: web1, ContainerPort: 8080 }}\nHooks:\n- {event}: checks\n"
        ),
    )
}
