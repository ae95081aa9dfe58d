//! Sentences about the list of versions that one can go back to.

use serde_json::Value;
use simulator::{Act, Fault, Image, When};

use crate::scene::{Scene, Step};

const LIST: &[(&str, &str)] = &[("command", "list")];

/// 1.4.2 was deployed over 1.4.1 and rolled back; 1.4.0 is archived, 1.3.9 never ran.
async fn with_a_past() -> Scene {
    let scene = Scene::empty();
    let repository = scene.sim.repository("web1");
    for (days, tag) in [(9, "1.3.9"), (8, "1.4.0"), (7, "1.4.1"), (6, "1.4.2")] {
        repository.push_days_ago(days, tag, Image::linux_amd64().content(tag));
    }
    repository.archive("1.4.0");
    scene.sim.service("prod", "web1").running_version("1.4.1").desired(1).start();
    assert_eq!(scene.deploy(&[]).await.result(), "deployed");
    assert_eq!(scene.deploy(&[("command", "rollback")]).await.result(), "rolled-back");
    scene
}

fn listed(step: &Step) -> Vec<Value> {
    step.is("listed");
    assert_eq!(step.writes(), [""; 0]);
    let versions: Value = serde_json::from_str(step.output("versions")).expect("JSON");
    versions.as_array().expect("a list").clone()
}

#[tokio::test(start_paused = true)]
async fn every_version_says_whether_one_can_go_back_to_it() {
    let step = with_a_past().await.deploy(LIST).await;
    let versions = listed(&step);
    let column =
        |name: &str| -> Vec<Value> { versions.iter().map(|it| it[name].clone()).collect() };
    assert_eq!(column("version"), ["1.4.2", "1.4.1", "1.4.0", "1.3.9"]);
    assert_eq!(column("running"), [false, true, false, false]);
    assert_eq!(column("rolled-back-from"), [true, false, false, false]);
    assert_eq!(column("usable"), [true, true, false, true]);
    assert_eq!(versions[2]["unusable-because"], "the image is ARCHIVED");
    assert_eq!(versions[1]["runs"].as_array().map(Vec::len), Some(2), "{step:?}");
    assert_eq!(versions[3]["runs"], Value::Array(Vec::new()));
    let first = step.summary.lines().next().unwrap_or_default();
    assert!(first.contains("web1 runs 1.4.1"), "{first}");
    step.says("summary", "rolled back");
    assert_eq!(step.output("running-version"), "1.4.1");
    // What runs is not what ran before.
    for before in ["previous-version", "previous-task-definition-arn"] {
        assert!(!step.outputs.iter().any(|(name, _)| *name == before), "{:?}", step.outputs);
    }
}

#[tokio::test(start_paused = true)]
async fn the_limit_holds_and_what_runs_is_always_there() {
    let scene = Scene::empty();
    for number in 0..30 {
        let tag = format!("1.0.{number}");
        let image = Image::multi_arch(&["linux/amd64", "linux/arm64"]).content(&tag);
        scene.sim.repository("web1").push_days_ago(40 - number, &tag, image);
    }
    scene.sim.service("prod", "web1").running_version("1.0.2").desired(1).start();
    let step = scene.deploy(&[("command", "list"), ("list-limit", "3")]).await;
    let versions = listed(&step);
    let names: Vec<&str> = versions.iter().filter_map(|it| it["version"].as_str()).collect();
    assert_eq!(names, ["1.0.29", "1.0.28", "1.0.27", "1.0.2"]);
    assert_eq!(versions[0]["platforms"], serde_json::json!(["linux/amd64", "linux/arm64"]));
    let calls = step.requests.iter().filter(|it| it.service == simulator::Service::Ecr).count();
    assert_eq!(calls, 2, "one for the images, one for their platforms");
}

#[tokio::test(start_paused = true)]
async fn without_the_history_the_images_are_listed_all_the_same() {
    let scene = with_a_past().await;
    scene.sim.fault("ListServiceDeployments", When::Always, Fault::AccessDenied);
    let step = scene.deploy(LIST).await;
    assert_eq!(listed(&step).len(), 4);
    step.says("notice", "ecs:ListServiceDeployments is not allowed");
}

/// ECS keeps deployments for 90 days, and a service may run longer than that.
#[tokio::test(start_paused = true)]
async fn what_runs_is_known_although_no_deployment_is_on_record() {
    let scene = with_a_past().await;
    let nothing = Fault::Empty { applied: false, body: r#"{ "serviceDeployments": [] }"# };
    for fault in [nothing, Fault::AccessDenied] {
        let is_denied = matches!(fault, Fault::AccessDenied);
        scene.sim.clear_faults();
        scene.sim.fault("ListServiceDeployments", When::Always, fault);
        let step = scene.deploy(LIST).await;
        let running = listed(&step).into_iter().filter(|it| it["running"] == true);
        let running: Vec<Value> = running.map(|it| it["version"].clone()).collect();
        assert_eq!(running, ["1.4.1"]);
        assert!(step.headline().contains("web1 runs 1.4.1"), "{}", step.headline());
        assert_eq!(step.output("running-version"), "1.4.1");
        let notice = step.said("notice");
        assert_eq!(notice.contains("ecs:ListServiceDeployments is not allowed"), is_denied);
    }
}

#[tokio::test(start_paused = true)]
async fn what_runs_is_said_as_far_as_its_tasks_run() {
    let scene = with_a_past().await;
    scene.sim.act(Act::desired_count("prod", "web1", 6));
    scene.sim.fault("ListServiceDeployments", When::Always, Fault::AccessDenied);
    let step = scene.deploy(LIST).await;
    assert!(
        step.headline().contains("web1 runs 1.4.1 with 1 of 6 tasks so far"),
        "{}",
        step.headline()
    );
}

#[tokio::test(start_paused = true)]
async fn what_ran_and_is_gone_is_said_to_be_gone() {
    let scene = with_a_past().await;
    scene.sim.repository("web1").delete("1.4.2");
    let versions = listed(&scene.deploy(LIST).await);
    let gone = versions.last().expect("a version");
    assert_eq!((&gone["version"], &gone["usable"]), (&"1.4.2".into(), &false.into()));
}

#[tokio::test(start_paused = true)]
async fn a_version_is_named_by_the_tag_that_has_it_whatever_the_package_is_called() {
    let scene = Scene::empty();
    let repository = scene.sim.repository("web1");
    repository.push("shop-v1.4.1", Image::linux_amd64());
    let digest = repository.digest("shop-v1.4.1").expect("it was pushed");
    repository.tag("latest", &digest);
    repository.tag("a-first-one", &digest);
    scene.sim.service("prod", "web1").running_version("shop-v1.4.1").start();
    let with = [LIST, &[("tag-template", "{name}-v{version}")]].concat();
    assert_eq!(listed(&scene.deploy(&with).await)[0]["version"], "1.4.1");
}

#[tokio::test(start_paused = true)]
async fn signatures_and_attestations_are_no_versions() {
    let scene = with_a_past().await;
    let repository = scene.sim.repository("web1");
    let signed = repository.digest("1.4.1").expect("it was pushed").replace(':', "-");
    for suffix in ["", ".sig", ".att", ".sbom"] {
        repository.push(&format!("{signed}{suffix}"), Image::signature());
    }
    repository.tag(&format!("{}.sig", "sha256-".to_owned() + &"a".repeat(64)), &{
        repository.digest("1.3.9").expect("it was pushed")
    });
    repository.push("signature-of-it", Image::signature());
    let versions = listed(&scene.deploy(LIST).await);
    let names: Vec<&str> = versions.iter().filter_map(|it| it["version"].as_str()).collect();
    assert_eq!(names, ["signature-of-it", "1.4.2", "1.4.1", "1.4.0", "1.3.9"]);
    assert_eq!(versions[4]["tags"], serde_json::json!(["1.3.9"]));
    assert_eq!(versions[0]["usable"], false);
    assert_eq!(
        versions[0]["unusable-because"],
        "it is not a container image: its layers are of the type \
         \"application/vnd.dev.cosign.simplesigning.v1+json\""
    );
    let refused = scene.refusal(&[("version", "1.4.9")]).await;
    assert!(refused.contains("Newest: signature-of-it, 1.4.2, 1.4.1, 1.3.9."), "{refused}");
    let refused = scene.refusal(&[("version", "signature-of-it")]).await;
    assert!(refused.contains("is not a container image: its layers are of the type"), "{refused}");
}
