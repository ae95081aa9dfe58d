//! Sentences about `command: drill`: could the service go back right now?

use serde_json::{Value, json};
use simulator::{Act, Behaviour, Fault, REGION, When};

use crate::codedeploy;
use crate::scene::{Scene, Step, secs};

const DRILL: &[(&str, &str)] = &[("command", "drill")];
const SECRET: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf";

/// 1.4.0, 1.4.1 and 1.4.2 succeeded one after another, by definitions that need a role, a
/// secret, a parameter and a log group; a preview of the lifecycle policy leaves all alone.
pub(crate) fn shop() -> Scene {
    let scene = Scene::with_images(&["1.4.0", "1.4.1", "1.4.2"]);
    let revisions = ["1.4.0", "1.4.1", "1.4.2"].map(|tag| {
        let container = json!({
            "name": "web1", "image": scene.sim.image(&format!("web1:{tag}")), "essential": true,
            "secrets": [{ "name": "A", "valueFrom": SECRET },
                        { "name": "B", "valueFrom": "/web1/key" }],
            "logConfiguration": { "logDriver": "awslogs", "options": {
                "awslogs-group": "/ecs/web1", "awslogs-region": REGION,
                "awslogs-stream-prefix": "ecs" } },
        });
        scene.sim.task_definition("web1").container_with(&container).register()
    });
    let [first, second, third] = &revisions;
    let service = scene.sim.service("prod", "web1").desired(2);
    service.running(first).running(second).running(third).start();
    scene.sim.repository("web1").preview_expires("nothing");
    scene
}

/// Runs the drill, and proves that nothing was written.
async fn drill(scene: &Scene, with: &[(&str, &str)]) -> Step {
    let step = scene.deploy(&[DRILL, with].concat()).await;
    assert_eq!(step.writes(), [""; 0], "a drill reads only");
    step
}

/// Proves that this, and nothing else, stands in the way.
#[track_caller]
fn assert_stands_in_the_way(step: &Step, what: &str) {
    step.is("refused");
    let errors = step.said("error");
    assert!(errors.contains(what), "{what:?} is not in {errors}");
    let reason = step.output("failure-reason");
    assert!(reason.contains(what), "{what:?} is not in {reason}");
    assert!(step.headline().starts_with("❌ web1 cannot be rolled back"), "{}", step.headline());
}

#[tokio::test(start_paused = true)]
async fn what_could_go_back_is_verified() {
    let scene = shop();
    let step = drill(&scene, &[]).await;
    step.is("verified");
    assert_eq!(step.headline(), "✅ web1 can be rolled back from 1.4.2 to 1.4.1 now");
    assert_eq!((step.output("version"), step.output("previous-version")), ("1.4.1", "1.4.2"));
    assert!(!step.said("notice").contains("could not check"), "{}", step.said("notice"));
    for looked in ["DescribeSecret", "DescribeParameters", "DescribeLogGroups"] {
        assert_eq!(step.count(looked), 1, "{looked}");
    }
    // And so it does.
    let back = scene.deploy(&[("command", "rollback")]).await;
    back.is("rolled-back");
    assert_eq!(back.output("version"), "1.4.1");
}

#[tokio::test(start_paused = true)]
async fn a_version_may_be_named() {
    let step = drill(&shop(), &[("version", "1.4.0")]).await;
    step.is("verified");
    assert_eq!(step.headline(), "✅ web1 can be rolled back from 1.4.2 to 1.4.0 now");
    let step = drill(&shop(), &[("version", "1.4.2")]).await;
    step.is("verified");
    assert!(step.headline().contains("already runs 1.4.2"), "{}", step.headline());
}

#[tokio::test(start_paused = true)]
async fn an_image_that_is_gone_or_archived_stands_in_the_way() {
    let scene = shop();
    scene.sim.repository("web1").delete("1.4.1");
    assert_stands_in_the_way(&drill(&scene, &[]).await, "can't be restored: there is no image");

    let scene = shop();
    scene.sim.repository("web1").archive("1.4.1");
    assert_stands_in_the_way(&drill(&scene, &[]).await, "is ARCHIVED and can't be pulled");
}

#[tokio::test(start_paused = true)]
async fn an_image_that_is_about_to_expire_stands_in_the_way() {
    let scene = shop();
    scene.sim.repository("web1").preview_expires("1.4.1");
    let step = drill(&scene, &[]).await;
    assert_stands_in_the_way(&step, "deletes this image soon");
    assert_eq!(step.said("warning"), "", "it is said once");
    assert_eq!(step.headline(), "❌ web1 cannot be rolled back to 1.4.1 now");
    assert_eq!(step.count("GetLifecyclePolicyPreview"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_is_gone_is_registered_again_unless_it_was_named() {
    let scene = shop();
    scene.sim.act(Act::deregister("web1:2"));
    let step = drill(&scene, &[]).await;
    step.is("verified");
    step.says("notice", "web1:2 is INACTIVE: the running task definition gets it");
}

#[tokio::test(start_paused = true)]
async fn what_the_tasks_need_and_is_not_there_stands_in_the_way_all_at_once() {
    let scene = shop();
    scene.sim.lacks(SECRET);
    scene.sim.lacks("/ecs/web1");
    let step = drill(&scene, &[]).await;
    assert_stands_in_the_way(&step, &format!("the secret {SECRET}"));
    assert_stands_in_the_way(&step, "the log group /ecs/web1");
    assert_eq!(step.headline(), "❌ web1 cannot be rolled back to 1.4.1 now: 2 problems");
}

#[tokio::test(start_paused = true)]
async fn without_a_previous_version_there_is_no_way_back() {
    let scene = Scene::with_images(&["1.4.1"]);
    let only = scene.register("1.4.1");
    scene.sim.service("prod", "web1").running(&only).desired(2).start();
    assert_stands_in_the_way(&drill(&scene, &[]).await, "previous");
}

#[tokio::test(start_paused = true)]
async fn while_ecs_rolls_back_by_itself_nothing_can_be_said() {
    let scene = shop();
    let bad = scene.push("1.5.0");
    scene.sim.behaves(&bad, Behaviour::Hangs);
    let new = scene.register("1.5.0");
    scene.sim.act(Act::deploy("prod", "web1", &new));
    tokio::time::sleep(secs(60)).await;
    // A rollback would take its place.
    let step = drill(&scene, &[]).await;
    step.is("verified");
    assert_eq!(step.output("version"), "1.4.2");
    scene.sim.act(Act::stop_deployment("prod", "web1"));
    tokio::time::sleep(secs(1)).await;
    assert_stands_in_the_way(&drill(&scene, &[]).await, "is in progress");
    // Who says that it is to be waited for is told so.
    let scene = shop();
    let new = scene.register("1.4.0");
    scene.sim.act(Act::deploy("prod", "web1", &new));
    tokio::time::sleep(secs(5)).await;
    let step = drill(&scene, &[("in-flight", "wait"), ("version", "1.4.1")]).await;
    assert_stands_in_the_way(&step, "a rollback would wait for it to finish");
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_looked_at_is_not_checked_and_no_pass() {
    for (operation, said) in [
        ("DescribeSecret", "secrets (grant secretsmanager:DescribeSecret)"),
        ("DescribeParameters", "parameters (grant ssm:DescribeParameters)"),
        ("DescribeLogGroups", "log groups (grant logs:DescribeLogGroups)"),
        ("DescribeImages", "could not check whether the image is archived"),
        ("GetLifecyclePolicyPreview", "ecr:GetLifecyclePolicyPreview is not allowed"),
    ] {
        let scene = shop();
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
        let step = drill(&scene, &[]).await;
        step.is("verified");
        step.says("notice", said);
        assert_eq!(
            step.headline(),
            "✅ web1 can be rolled back from 1.4.2 to 1.4.1 now, as far as could be checked"
        );
    }
    // Nobody made a preview, and what the policy does is not known.
    let scene = Scene::ready();
    scene.deploy(&[]).await.is("deployed");
    let step = drill(&scene, &[]).await;
    step.is("verified");
    step.says("notice", "could not check whether a lifecycle policy is about to delete the image");
    // Without its history there is no `previous`.
    let scene = shop();
    scene.sim.fault("ListServiceDeployments", When::Always, Fault::AccessDenied);
    assert_stands_in_the_way(
        &drill(&scene, &[]).await,
        "it is not known which version is `previous`",
    );
}

#[tokio::test(start_paused = true)]
async fn it_says_how_long_it_may_take() {
    let scene = Scene::ready();
    scene.deploy(&[]).await.is("deployed");
    let step = drill(&scene, &[]).await;
    step.says("log", "it will probably take about ");
    step.says("summary", "**Will probably take:** about ");
}

#[tokio::test(start_paused = true)]
async fn what_codedeploy_deploys_is_tried_by_its_record() {
    let scene = codedeploy::after(codedeploy::ready(), &["1.4.2", "1.5.0"]).await;
    let step = drill(&scene, &[]).await;
    step.is("verified");
    assert_eq!((step.output("version"), step.output("previous-version")), ("1.4.2", "1.5.0"));
    scene.sim.repository("web1").archive("1.4.2");
    let step = drill(&scene, &[]).await;
    assert_stands_in_the_way(&step, "1.4.2 (web1:2), is not known: its tag is not in ECR");
}

#[tokio::test(start_paused = true)]
async fn all_apps_are_tried_in_one_table() {
    let scene = shop();
    scene.sim.repository("web2").push("1.0.0", simulator::Image::linux_amd64());
    let image = scene.sim.image("web2:1.0.0");
    let only = scene.sim.task_definition("web2").container("web2", &image).register();
    scene.sim.service("prod", "web2").running(&only).desired(1).start();
    scene.file(
        ".github/ecs-release.yml",
        "cluster: prod\napps: { web1: { package: . }, web2: { package: . } }\n",
    );
    let step = drill(&scene, &[("apps", "all")]).await;
    step.is("refused");
    assert!(
        step.headline().starts_with("❌ 2 services: 1 refused, 1 verified"),
        "{}",
        step.headline()
    );
    let report: Value = serde_json::from_str(step.output("report")).expect("JSON");
    assert_eq!(
        (&report[0]["result"], &report[1]["result"]),
        (&json!("verified"), &json!("refused"))
    );
    assert!(
        step.output("failure-reason").starts_with("web2: "),
        "{}",
        step.output("failure-reason")
    );
}

#[tokio::test(start_paused = true)]
async fn a_cancel_ends_it() {
    let scene = shop();
    scene.sim.fault("DescribeServices", When::Always, Fault::Slow(secs(5)));
    let (step, ()) = tokio::join!(Box::pin(drill(&scene, &[])), scene.cancel_after(secs(1)));
    step.is("cancelled");
    assert!(step.took < secs(3), "{:?}", step.took);
}

#[tokio::test(start_paused = true)]
async fn an_image_of_a_container_beside_it_that_is_gone_stands_in_the_way() {
    let scene = Scene::with_images(&["1.4.1", "1.4.2"]);
    let nginx = scene.sim.repository("nginx");
    nginx.push("3", simulator::Image::linux_amd64().content("nginx 3"));
    let revisions = ["1.4.1", "1.4.2"].map(|tag| {
        let image = |short: &str| scene.sim.image(short);
        let definition = scene.sim.task_definition("web1");
        let definition = definition.container("web1", &image(&format!("web1:{tag}")));
        definition.container("nginx", &image("nginx:3")).register()
    });
    let service = scene.sim.service("prod", "web1").desired(2);
    service.running(&revisions[0]).running(&revisions[1]).start();
    let step = drill(&scene, &[("container", "web1")]).await;
    step.is("verified");
    scene.sim.act(Act::delete_image("nginx", "3"));
    let step = drill(&scene, &[("container", "web1")]).await;
    assert_stands_in_the_way(&step, "nginx");
}
