//! Sentences about containers that each get an image of their own, in one rollout: `web1` and
//! `nginx` in one definition, from two repositories.

use serde_json::{Value, json};
use simulator::{Act, Image, ServiceBuilder};

use crate::codedeploy::{APPLICATION, GROUP, minutes};
use crate::scene::{DEPLOYED, Scene, Step, crashes, definition, secs};

/// `web1` 1.4.1 and `nginx` 3 run; 1.4.2 and 4 lie in ECR.
fn shop() -> Scene {
    shop_of(|service| service)
}

fn shop_of(made: impl FnOnce(ServiceBuilder) -> ServiceBuilder) -> Scene {
    let scene = Scene::with_images(&["1.4.1", "1.4.2"]);
    for tag in ["3", "4"] {
        push_nginx(&scene, tag, Image::linux_amd64().content(&format!("nginx {tag}")));
    }
    let image = |short: &str| scene.sim.image(short);
    let definition = scene.sim.task_definition("web1").container("web1", &image("web1:1.4.1"));
    let definition = definition.container("nginx", &image("nginx:3")).register();
    made(scene.sim.service("prod", "web1").running(&definition).desired(2)).start();
    scene
}

fn push_nginx(scene: &Scene, tag: &str, image: Image) -> String {
    scene.sim.repository("nginx").push(tag, image)
}

fn nginx(scene: &Scene, tag: &str) -> String {
    scene.sim.repository("nginx").digest(tag).expect("it was pushed")
}

/// The lines for `images`.
fn lines(scene: &Scene, web1: &str, nginx: &str) -> String {
    let image = |short: String| scene.sim.image(&short);
    format!("web1={}\nnginx={}\n", image(format!("web1{web1}")), image(format!("nginx{nginx}")))
}

async fn deploy(scene: &Scene, images: &str, with: &[(&str, &str)]) -> Step {
    let inputs: Vec<_> = [("images", images)].into_iter().chain(with.iter().copied()).collect();
    scene.deploy(&inputs).await
}

/// Proves what healthy tasks run once everything has come to its end.
#[track_caller]
fn assert_runs(scene: &Scene, web1: &str, nginx_tag: &str) {
    let truth = scene.sim.truth("prod", "web1");
    let [running] = &truth.running[..] else { panic!("one thing runs: {:?}", truth.running) };
    let expected = [scene.digest(web1), nginx(scene, nginx_tag)];
    assert_eq!(["web1", "nginx"].map(|it| running.digests[it].clone()), expected);
}

fn report(step: &Step) -> Value {
    serde_json::from_str::<Value>(step.output("report")).expect("JSON")[0].clone()
}

#[tokio::test(start_paused = true)]
async fn two_containers_get_their_images_in_one_rollout() {
    let scene = shop();
    let images = lines(&scene, ":1.4.2", &format!("@{}", nginx(&scene, "4")));
    let step = deploy(&scene, &images, &[]).await;
    step.ended("deployed", &[]);
    let pinned = format!("nginx@{}", nginx(&scene, "4"));
    assert_eq!(step.registered_images(), ["web1:1.4.2", &pinned]);
    assert_runs(&scene, "1.4.2", "4");
    // One version is told, that of the first line; the report and the summary tell of all.
    assert_eq!((step.output("version"), step.output("previous-version")), ("1.4.2", "1.4.1"));
    assert_eq!(step.output("image-digest"), scene.digest("1.4.2"));
    assert_eq!(
        report(&step)["images"],
        json!([
            { "container": "web1", "image": scene.sim.image("web1:1.4.2"), "image-tag": "1.4.2",
              "image-digest": scene.digest("1.4.2") },
            { "container": "nginx", "image": scene.sim.image(&pinned),
              "image-digest": nginx(&scene, "4") },
        ])
    );
    let short = nginx(&scene, "4")[7..19].to_owned();
    step.says("log", &format!("1.4.1 (nginx 3) → 1.4.2 (nginx {short}) for service web1"));
    step.says("summary", &format!("| image of nginx | `nginx:3` | `{pinned}` |"));
    step.says("summary", "| digest of nginx |");

    let again = deploy(&scene, &images, &[]).await;
    again.is("unchanged");
    assert_eq!(again.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn both_images_of_a_file_are_replaced_and_neither_is_taken_back() {
    let scene = shop();
    let image = |short: &str| scene.sim.image(short);
    let file = json!({
        "family": "web1", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
        "cpu": "256", "memory": "512", "executionRoleArn": "arn:aws:iam::123456789012:role/exec",
        "containerDefinitions": [
            { "name": "web1", "image": image("web1:1.4.1"), "essential": true },
            { "name": "nginx", "image": image("nginx:3"), "essential": false },
        ],
    });
    let file = scene.file("td.json", file.to_string());
    let with = [("task-definition", file.as_str()), ("environment-variables", "MODE=on")];
    let step = deploy(&scene, &lines(&scene, ":1.4.2", ":4"), &with).await;
    step.ended("deployed", &[]);
    assert_eq!(step.registered_images(), ["web1:1.4.2", "nginx:4"]);
    let containers = &step.only("RegisterTaskDefinition").body["containerDefinitions"];
    for at in [0, 1] {
        assert_eq!(containers[at]["environment"], json!([{ "name": "MODE", "value": "on" }]));
    }
    assert_eq!(step.said("warning"), "");
    let again = deploy(&scene, &lines(&scene, ":1.4.2", ":4"), &with).await;
    again.is("unchanged");
    assert_eq!(again.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn one_that_has_changed_is_enough_for_a_deployment() {
    for (web1, nginx) in [(":1.4.2", ":3"), (":1.4.1", ":4")] {
        let scene = shop();
        let step = deploy(&scene, &lines(&scene, web1, nginx), &[]).await;
        step.ended("deployed", &[]);
        assert_runs(&scene, &web1[1..], &nginx[1..]);
    }
    let scene = shop();
    push_nginx(&scene, "3", Image::linux_amd64().content("another 3"));
    let step = deploy(&scene, &lines(&scene, ":1.4.1", ":3"), &[]).await;
    step.is("deployed");
    assert_eq!(step.writes(), ["UpdateService"]);
    step.says("warning", "nginx:3 has moved: the service runs");
    assert_runs(&scene, "1.4.1", "3");
}

#[tokio::test(start_paused = true)]
async fn all_that_is_wrong_with_any_image_is_said_before_anything_is_written() {
    let scene = shop();
    push_nginx(&scene, "arm", Image::linux_arm64());
    scene.sim.repository("web1").push("arm", Image::linux_arm64());
    push_nginx(&scene, "old", Image::linux_amd64().content("old"));
    scene.sim.repository("nginx").archive("old");
    scene.sim.repository("nginx").scanned("4", "COMPLETE", &[("CRITICAL", 1)]);
    scene.sim.repository("web1").scanned("1.4.2", "COMPLETE", &[]);
    let misspelt = lines(&scene, ":1.5.0", ":4").replace("nginx=", "ngnix=");
    let scan = [("fail-on-severity", "critical")];
    for (images, with, expected) in [
        (
            lines(&scene, ":1.5.0", ":5"),
            &[][..],
            &[
                "there is no image 1.5.0 in the ECR repository web1",
                "there is no image 5 in the ECR repository nginx",
            ][..],
        ),
        (
            misspelt,
            &[],
            &[
                "there is no image 1.5.0 in the ECR repository web1",
                "the task definition web1 has no container ngnix",
            ],
        ),
        (
            lines(&scene, ":arm", ":arm"),
            &[],
            &["web1:arm is built for linux/arm64", "nginx:arm is built for linux/arm64"],
        ),
        (lines(&scene, ":1.4.2", ":arm"), &[], &["nginx:arm is built for linux/arm64"]),
        (lines(&scene, ":1.4.2", ":old"), &[], &["the image old in nginx is ARCHIVED"]),
        (lines(&scene, ":1.4.2", ":4"), &scan, &["in nginx found 1 critical"]),
    ] {
        for command in ["deploy", "verify"] {
            let with: Vec<_> = [("command", command)].iter().chain(with).copied().collect();
            let step = deploy(&scene, &images, &with).await;
            step.is("refused");
            assert_eq!(step.writes(), [""; 0]);
            let reason = step.output("failure-reason");
            assert_eq!(reason.split("; ").count(), expected.len(), "{command}: {reason}");
            for said in expected {
                assert!(reason.contains(said), "{command}: {said:?} is not in {reason:?}");
                step.says("error", said);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_and_a_dry_run_know_all_images_and_write_nothing() {
    let scene = shop();
    for (web1, nginx, verdict) in [
        (":1.4.2", ":4", "1.4.2 (nginx 4) can be deployed to web1, which runs 1.4.1 (nginx 3)"),
        (":1.4.1", ":4", "1.4.1 (nginx 4) can be deployed to web1, which runs 1.4.1 (nginx 3)"),
        (":1.4.1", ":3", "web1 already runs 1.4.1 (nginx 3); a deployment would change nothing"),
    ] {
        let images = lines(&scene, web1, nginx);
        let step = deploy(&scene, &images, &[("command", "verify")]).await;
        step.is("verified");
        step.says("summary", verdict);
        let dry = deploy(&scene, &images, &[("dry-run", "true")]).await;
        dry.is("planned");
        dry.says("log", &format!("      nginx {}", &nginx[1..]));
        assert_eq!((step.writes(), dry.writes()), (Vec::new(), Vec::new()));
    }
}

#[tokio::test(start_paused = true)]
async fn where_one_crashes_all_go_back() {
    for (breaker, further) in [
        (None, &["StopServiceDeployment", "DeregisterTaskDefinition"][..]),
        (Some(true), &["DeregisterTaskDefinition"]),
        (Some(false), &["UpdateService", "DeregisterTaskDefinition"]),
    ] {
        let scene = shop_of(|service| match breaker {
            Some(rollback) => service.circuit_breaker(rollback),
            None => service,
        });
        scene.sim.behaves(&nginx(&scene, "4"), crashes());
        let step = deploy(&scene, &lines(&scene, ":1.4.2", ":4"), &[]).await;
        step.ended("undone", further);
        step.says("error", "1.4.2 (nginx 4) failed on web1, which is back on 1.4.1 (nginx 3)");
        assert_eq!(step.output("running-version"), "1.4.1");
        tokio::time::sleep(secs(600)).await;
        assert_runs(&scene, "1.4.1", "3");
    }
}

/// A revision comes back with all its images, whichever container says which one that is.
#[tokio::test(start_paused = true)]
async fn a_rollback_of_one_container_returns_to_the_images_of_its_revision() {
    for (web1, nginx_tag) in [(":1.4.2", ":4"), (":1.4.1", ":4")] {
        let scene = shop();
        deploy(&scene, &lines(&scene, web1, nginx_tag), &[]).await.is("deployed");
        let step = scene.deploy(&[("command", "rollback"), ("container", "web1")]).await;
        step.is("rolled-back");
        assert_eq!(step.writes(), ["UpdateService"]);
        assert_eq!(step.updates()[0]["taskDefinition"], definition("web1:1"));
        assert_runs(&scene, "1.4.1", "3");
    }
}

/// The tag of the second image moves while the deployment is under way.
#[tokio::test(start_paused = true)]
async fn an_image_whose_tag_has_moved_comes_back_by_its_digest() {
    let scene = shop_of(|service| service.circuit_breaker(false));
    let old = nginx(&scene, "3");
    scene.sim.behaves(&nginx(&scene, "4"), crashes());
    let moved = Act::push("nginx", "3", Image::linux_amd64().content("another 3"));
    scene.sim.at(secs(20), moved);
    let step = deploy(&scene, &lines(&scene, ":1.4.2", ":4"), &[]).await;
    let way_back = ["RegisterTaskDefinition", "UpdateService", "DeregisterTaskDefinition"];
    step.ended("undone", &way_back);
    assert_eq!(step.updates()[1]["taskDefinition"], definition("web1:3"));
    let back = scene.revision(3);
    let images = [0, 1].map(|at| back["containerDefinitions"][at]["image"].clone());
    let pinned = scene.sim.image(&format!("nginx@{old}"));
    assert_eq!(images, [json!(scene.sim.image("web1:1.4.1")), json!(pinned)]);
    tokio::time::sleep(secs(600)).await;
    let running = scene.sim.truth("prod", "web1").running;
    assert_eq!((running.len(), &running[0].digests["nginx"]), (1, &old));
}

#[tokio::test(start_paused = true)]
async fn a_success_in_which_one_container_runs_another_image_is_none() {
    let scene = shop();
    let wanted = nginx(&scene, "4");
    // Between the last read and the first pull.
    let moved = Act::push("nginx", "4", Image::linux_amd64().content("another 4"));
    scene.sim.at(secs(1), moved);
    let step = deploy(&scene, &lines(&scene, ":1.4.2", ":4"), &[]).await;
    step.is("failed");
    assert_eq!(step.writes(), DEPLOYED);
    let (runs, wanted) = (&nginx(&scene, "4")[7..19], &wanted[7..19]);
    step.says("error", &format!("the container nginx runs {runs} instead of {wanted}"));
    assert_eq!(step.output("running-version"), "");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_brings_the_same_images_is_adopted_and_no_other() {
    for (nginx, is_adopted) in [(":4", true), (":3", false)] {
        let scene = shop();
        let images = lines(&scene, ":1.4.2", ":4");
        deploy(&scene, &images, &[("wait", "false")]).await.is("started");
        let with = [("in-flight", "replace")];
        let step = deploy(&scene, &lines(&scene, ":1.4.2", nginx), &with).await;
        step.is("deployed");
        let writes = if is_adopted { &[][..] } else { &DEPLOYED[..] };
        assert_eq!(step.writes(), writes);
        assert_runs(&scene, "1.4.2", &nginx[1..]);
    }
}

#[tokio::test(start_paused = true)]
async fn codedeploy_brings_all_and_takes_all_back() {
    let scene = shop_of(ServiceBuilder::code_deploy);
    let group = scene.sim.deployment_group(APPLICATION, GROUP).service("prod", "web1");
    group.auto_rollback(&["DEPLOYMENT_FAILURE"]).create();
    let images = lines(&scene, ":1.4.2", ":4");
    let step = deploy(&scene, &images, &[]).await;
    step.is("deployed");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "CreateDeployment"]);
    assert_eq!(step.registered_images(), ["web1:1.4.2", "nginx:4"]);
    minutes(90).await;
    let again = deploy(&scene, &images, &[]).await;
    again.is("unchanged");
    assert_eq!(again.writes(), [""; 0]);

    let bad = push_nginx(&scene, "5", Image::linux_amd64().content("nginx 5"));
    scene.sim.behaves(&bad, crashes());
    let step = deploy(&scene, &lines(&scene, ":1.4.2", ":5"), &[]).await;
    step.is("undone");
    step.says("error", "1.4.2 (nginx 5) failed on web1, which is back on 1.4.2 (nginx 4)");
    let truth = scene.sim.codedeploy_truth(APPLICATION, GROUP);
    let [serving] = truth.serving() else { panic!("all traffic goes one way") };
    let expected = [scene.digest("1.4.2"), nginx(&scene, "4")];
    assert_eq!(["web1", "nginx"].map(|it| serving.digests[it].clone()), expected);
}
