//! Sentences about what runs: that is said only of what has running tasks.

use expect_test::expect;
use serde_json::{Value, json};
use simulator::{Act, Behaviour, Fault, ServiceBuilder, When};

use crate::scene::{Scene, Step, definition, secs};

const LIST: &[(&str, &str)] = &[("command", "list")];

/// 1.4.0 ran before 1.4.1, which runs in four tasks; 1.4.2 and 1.4.3 lie in ECR.
fn scene_of(made: impl FnOnce(ServiceBuilder) -> ServiceBuilder) -> Scene {
    let scene = Scene::with_images(&["1.4.0", "1.4.1", "1.4.2", "1.4.3"]);
    let service = scene.sim.service("prod", "web1").desired(4);
    made(service.running_version("1.4.0").running_version("1.4.1")).start();
    scene
}

/// 1.4.2 is set, and no task of it finds a place; the four of 1.4.1 serve.
async fn stuck() -> Scene {
    let scene = scene_of(|service| service);
    let bad = scene.digest("1.4.2");
    let reason = "no instance has room.".to_owned();
    scene.sim.behaves(&bad, Behaviour::CannotBePlaced { reason });
    assert_eq!(scene.deploy(&[("wait", "false")]).await.result(), "started");
    tokio::time::sleep(secs(120)).await;
    scene
}

fn versions(step: &Step) -> Vec<Value> {
    let versions: Value = serde_json::from_str(step.output("versions")).expect("JSON");
    versions.as_array().expect("a list").clone()
}

/// The definition that is set is read first, then that of what runs.
#[tokio::test(start_paused = true)]
async fn a_list_says_why_it_does_not_know_what_runs() {
    let scene = stuck().await;
    scene.sim.fault("ListServiceDeployments", When::Always, Fault::AccessDenied);
    scene.sim.fault("DescribeTaskDefinition", When::Nth(2), Fault::AccessDenied);
    let step = scene.deploy(LIST).await;
    step.is("listed");
    step.says("notice", "it is not known what runs: ");
    step.says("notice", "ecs:DescribeTaskDefinition");
    assert_eq!(step.output("running-version"), "");
    assert_eq!(step.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn with_a_desired_count_of_0_a_version_is_set_and_does_not_run() {
    let scene = scene_of(|service| service.desired(0));
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    expect!["⚠️ web1 is set to 1.4.2; its desired count is 0, so no task runs"]
        .assert_eq(step.headline());
    let warning = "the desired count is 0: no task is started, so the image stays untested
\
                   `desired-count` starts tasks, unless something else sets the count.";
    assert_eq!(step.said("warning"), warning);
    assert_eq!((step.output("version"), step.output("running-version")), ("1.4.2", ""));

    let again = scene.deploy(&[]).await;
    assert_eq!((again.result(), again.writes().len()), ("unchanged", 0), "{}", again.log());
    expect![
        "⚠️ web1 is set to 1.4.2; its desired count is 0, so no task runs; nothing was deployed"
    ]
    .assert_eq(again.headline());
    assert_eq!(again.said("warning"), warning);
    assert_eq!(again.output("running-version"), "");
    again.says("log", "- nothing: the service is set to it already");

    let back = scene.deploy(&[("command", "rollback"), ("version", "1.4.1")]).await;
    back.is("rolled-back");
    expect!["⚠️ web1 is set to 1.4.1; its desired count is 0, so no task runs; 1.4.2 was removed"]
        .assert_eq(back.headline());

    let listed = scene.deploy(LIST).await;
    expect!["✅ web1 is set to 1.4.1; its desired count is 0, so no task runs"]
        .assert_eq(listed.headline());
    assert!(versions(&listed).iter().all(|it| it["running"] == json!(false)), "{listed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_list_says_what_runs_and_what_the_service_is_set_to() {
    let listed = stuck().await.deploy(LIST).await;
    expect!["✅ web1 runs 1.4.1; it is set to 1.4.2, of which 0 of 4 tasks run"]
        .assert_eq(listed.headline());
    assert_eq!(listed.output("running-version"), "1.4.1");
    let all = versions(&listed);
    let of = |version: &str| all.iter().find(|it| it["version"] == version).expect("it is there");
    assert_eq!((&of("1.4.1")["running"], &of("1.4.2")["running"]), (&json!(true), &json!(false)));
    let rows: Vec<&str> = listed.lines.iter().map(String::as_str).collect();
    let row = |version: &str| *rows.iter().find(|it| it.starts_with(version)).expect("a row");
    assert!(row("1.4.1").contains("runs now"), "{}", listed.log());
    assert!(row("1.4.2").contains("set, but no task runs"), "{}", listed.log());
    assert!(!row("1.4.2").contains("runs now"), "{}", listed.log());
}

#[tokio::test(start_paused = true)]
async fn the_version_before_is_the_one_that_served_while_the_newest_was_stuck() {
    let scene = stuck().await;
    let planned =
        scene.deploy(&[("version", "1.4.3"), ("dry-run", "true"), ("in-flight", "replace")]);
    let planned = planned.await;
    expect!["✅ web1 would go from 1.4.1 to 1.4.3; nothing was written"]
        .assert_eq(planned.headline());
    planned.says("log", "now:  1.4.1");
    planned.says("log", "web1:3, which the service is set to");
    let step = scene.deploy(&[("version", "1.4.3"), ("in-flight", "replace")]).await;
    step.is("deployed");
    expect!["✅ web1 runs 1.4.3 (before: 1.4.1)"].assert_eq(step.headline());
    assert_eq!(step.output("previous-version"), "1.4.1");
    assert_eq!(step.output("previous-task-definition-arn"), definition("web1:2"));
}

#[tokio::test(start_paused = true)]
async fn what_never_ran_is_removed_without_the_claim_that_it_ran() {
    let scene = stuck().await;
    let step = scene.deploy(&[("command", "rollback")]).await;
    step.is("rolled-back");
    expect!["✅ web1 is back on 1.4.1; 1.4.2 was removed (its deployment began at `2026-01-01T00:00:00Z`)"].assert_eq(step.headline());
    assert_eq!(step.output("previous-version"), "1.4.1");
    assert_eq!(step.output("running-version"), "1.4.1");
}

#[tokio::test(start_paused = true)]
async fn a_scale_out_is_no_reason_to_deploy() {
    let scene = scene_of(|service| service);
    scene.sim.act(Act::desired_count("prod", "web1", 6));
    let step = scene.deploy(&[("version", "1.4.1")]).await;
    assert_eq!((step.result(), step.code), ("unchanged", 0), "{}", step.said("notice"));
    assert_eq!(step.writes(), [""; 0]);
    expect!["✅ web1 already runs 1.4.1 with 4 of 6 tasks so far; nothing was deployed"]
        .assert_eq(step.headline());
    step.says("log", "it already runs, and 2 of its tasks are starting");
}

#[tokio::test(start_paused = true)]
async fn early_success_claims_no_more_than_what_runs() {
    let criteria = json!({ "enable": true, "healthyPercent": 50,
        "sourceServiceRevisionCleanup": "DEFERRED" });
    let scene = scene_of(|service| {
        service.percentages(50, 100).configured("earlySuccessCriteria", criteria)
    });
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    expect!["✅ web1 runs 1.4.2 with 2 of 4 tasks so far (before: 1.4.1)"]
        .assert_eq(step.headline());
    expect!["ECS calls the deployment successful with 2 of 4 tasks; it continues with the rest, and until then tasks of the earlier version may run beside them"].assert_eq(&step.said("notice"));
    let again = scene.deploy(&[]).await;
    assert_eq!((again.result(), again.writes().len()), ("unchanged", 0), "{}", again.log());
    expect!["✅ web1 already runs 1.4.2 with 2 of 4 tasks so far; nothing was deployed"]
        .assert_eq(again.headline());
    tokio::time::sleep(secs(300)).await;
    let later = scene.deploy(&[]).await;
    expect!["✅ web1 already runs 1.4.2; nothing was deployed"].assert_eq(later.headline());
}

#[tokio::test(start_paused = true)]
async fn after_a_rollback_what_was_left_is_not_advised() {
    let scene = scene_of(|service| service);
    assert_eq!(scene.deploy(&[]).await.result(), "deployed");
    assert_eq!(scene.deploy(&[("command", "rollback")]).await.result(), "rolled-back");
    for version in ["1.4.1", "1.4.3"] {
        let step = scene.deploy(&[("version", version), ("dry-run", "true")]).await;
        assert!(!step.said("notice").contains("is newer than"), "{}", step.said("notice"));
    }
    // One that was never deployed here is still pointed out.
    let image = scene.sim.image("web1:1.4.3");
    scene.sim.task_definition("web1").container("web1", &image).register();
    let step = scene.deploy(&[("version", "1.4.3"), ("dry-run", "true")]).await;
    step.says("notice", "web1:4 is newer than web1:2");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_changes_nothing_uses_nothing_again() {
    let scene = scene_of(|service| service);
    let with = [("command", "rollback"), ("version", "1.4.1")];
    let step = scene.deploy(&with).await;
    assert_eq!((step.result(), step.writes().len()), ("unchanged", 0), "{}", step.log());
    assert!(!step.said("notice").contains("used again"), "{}", step.said("notice"));
    let step = scene.deploy(&[("command", "rollback"), ("version", "1.4.0")]).await;
    step.is("rolled-back");
    step.says("notice", "used again");
}
