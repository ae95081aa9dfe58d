//! Services whose deployments CodeDeploy makes: the same step, the same outputs, the same
//! way back.

mod deploys;

use serde_json::Value;
use simulator::{DeploymentGroupBuilder, Image};

use crate::scene::{Scene, Told};

/// What ECS's console calls application and group of `prod/web1`.
pub(crate) const APPLICATION: &str = "AppECS-prod-web1";
pub(crate) const GROUP: &str = "DgpECS-prod-web1";

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
    scene.sim.repository("web1").push("1.4.1", Image::linux_amd64().content("1.4.1"));
    scene.sim.repository("web1").push("1.4.2", Image::linux_amd64().content("1.4.2"));
    scene.sim.service("prod", "web1").running_version("1.4.1").code_deploy().desired(2).start();
    scene
}

/// The AppSpec of the one deployment that the step created.
fn app_spec(told: &Told) -> Value {
    let create = told.requests.iter().find(|it| it.operation == "CreateDeployment");
    let body = &create.expect("a deployment was created").body;
    let content = &body["revision"]["appSpecContent"]["content"];
    serde_json::from_str(content.as_str().expect("it has a text")).expect("it is JSON")
}
