//! Sentences about volumes that old and new tasks write to at the same time.

use expect_test::expect;
use serde_json::{Value, json};
use simulator::ServiceBuilder;

use crate::codedeploy::{APPLICATION, GROUP};
use crate::scene::Scene;

const NEXT: (&str, &str) = ("task-definition", "next");

/// `web1` runs 1.4.1 without a volume; `next` mounts one on EFS.
fn shop(made: impl FnOnce(ServiceBuilder) -> ServiceBuilder, mount: &Value) -> Scene {
    let scene = Scene::with_images(&["1.4.1", "1.4.2", "1.4.3"]);
    made(scene.sim.service("prod", "web1").running_version("1.4.1").desired(2)).start();
    let volume = json!({ "name": "data", "efsVolumeConfiguration": { "fileSystemId": "fs-12" } });
    let container = json!({ "name": "web1", "image": scene.sim.image("web1:1.4.1"),
        "essential": true, "portMappings": [{ "containerPort": 8080 }], "mountPoints": [mount] });
    let next = scene.sim.task_definition("next").container_with(&container);
    next.member("volumes", json!([volume])).register();
    scene
}

fn writable() -> Value {
    json!({ "sourceVolume": "data", "containerPath": "/data" })
}

#[tokio::test(start_paused = true)]
async fn a_mount_that_both_versions_write_to_is_warned_of_once() {
    let scene = shop(|service| service, &writable());
    let said = expect![[r#"
        old and new tasks can write at the same time to the EFS volume data in the container web1: the service runs them side by side (minimumHealthyPercent 100, maximumPercent 200)
        Unless the app is made for that, give the service minimumHealthyPercent 0 and maximumPercent 100, so that the old tasks stop first, or mount it with `readOnly: true`."#]];
    for more in [("dry-run", "true"), ("command", "verify"), ("command", "plan")] {
        let step = scene.deploy(&[NEXT, more]).await;
        assert_eq!(step.writes(), [""; 0]);
        step.says("summary", "can write at the same time to the EFS volume data");
    }
    let step = scene.deploy(&[NEXT]).await;
    step.is("deployed");
    said.assert_eq(&step.said("warning"));
    let step = scene.deploy(&[("version", "1.4.3")]).await;
    step.is("deployed");
    assert_eq!(step.said("warning"), "");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_said_where_the_old_tasks_stop_first_or_nothing_is_written() {
    let read_only = json!({ "sourceVolume": "data", "containerPath": "/data", "readOnly": true });
    let daemon = |service: ServiceBuilder| service.with("schedulingStrategy", json!("DAEMON"));
    for scene in [
        shop(|service| service.percentages(0, 100), &writable()),
        shop(daemon, &writable()),
        shop(|service| service, &read_only),
    ] {
        let step = scene.deploy(&[NEXT, ("dry-run", "true")]).await;
        step.is("planned");
        assert_eq!(step.said("warning"), "");
    }
    // These have both for a moment.
    for (minimum, maximum) in [(0, 200), (50, 100)] {
        let scene = shop(|service| service.percentages(minimum, maximum), &writable());
        let step = scene.deploy(&[NEXT, ("dry-run", "true")]).await;
        step.says("warning", "can write at the same time");
    }
}

#[tokio::test(start_paused = true)]
async fn what_has_both_versions_for_a_while_is_said_by_its_name() {
    let by =
        |strategy| move |service: ServiceBuilder| service.configured("strategy", json!(strategy));
    for (scene, name) in [
        (shop(by("BLUE_GREEN"), &writable()), "blue/green"),
        (shop(by("CANARY"), &writable()), "canary"),
        (shop(ServiceBuilder::code_deploy, &writable()), "blue/green"),
    ] {
        scene.sim.deployment_group(APPLICATION, GROUP).service("prod", "web1").create();
        let step = scene.deploy(&[NEXT, ("dry-run", "true")]).await;
        step.is("planned");
        step.says("warning", &format!("side by side ({name})"));
        step.says("warning", "deploy by rolling update with minimumHealthyPercent 0");
    }
}
