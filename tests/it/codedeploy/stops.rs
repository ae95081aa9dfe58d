//! A stop that is not heard, or whose answer got lost: what is said is what is so.

use std::time::Duration;

use simulator::{Act, Behaviour, Fault, When};

use super::{APPLICATION, GROUP, ROLLBACK, assert_serves, minutes, ready, stage};
use crate::scene::{Scene, Step};

/// A group that keeps the old tasks for an hour, with 1.4.2 deployed a moment ago.
async fn deployed() -> Scene {
    let scene = stage(|group| group.terminates_after(60));
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    scene
}

/// 1.4.2 dies on its way, with a tenth of the traffic.
fn dying() -> Scene {
    let scene = stage(|group| group.config("CodeDeployDefault.ECSCanary10Percent5Minutes"));
    let dies = Behaviour::Crashes { after: Duration::from_secs(100), exit_code: 1 };
    scene.sim.behaves(&scene.digest("1.4.2"), dies);
    scene
}

fn assert_once(step: &Step, operation: &str) {
    let count = step.writes().into_iter().filter(|it| *it == operation).count();
    assert_eq!(count, 1, "{operation} is sent once: {:?}", step.writes());
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_stopped_is_not_undone_and_the_permission_is_named() {
    let scene = ready();
    scene.sim.fault("StopDeployment", When::Always, Fault::AccessDenied);
    let step = scene.deploy(&[("timeout", "60s"), ("on-timeout", "undo")]).await;
    step.is("undo-failed");
    assert_eq!(step.output("running-version"), "");
    step.says("error", "Allow codedeploy:StopDeployment");
    step.says("error", "aws deploy stop-deployment");
    let writes = ["RegisterTaskDefinition", "CreateDeployment", "StopDeployment"];
    assert_eq!(step.writes(), writes, "the revision is in use");
    minutes(10).await;
    assert_serves(&scene, "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_codedeploy_declines_is_told_in_its_words() {
    let scene = ready();
    let declines = Fault::Error { code: "InvalidDeploymentIdException", message: "Not today." };
    scene.sim.fault("StopDeployment", When::Always, declines);
    let step = scene.deploy(&[("timeout", "60s"), ("on-timeout", "undo")]).await;
    step.is("undo-failed");
    step.says("summary", "Not today.");
    step.says("summary", "the deployment continues");
    minutes(10).await;
    assert_serves(&scene, "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_cannot_be_read_is_stopped_and_not_called_undone() {
    let scene = ready();
    let from = Duration::from_secs(60);
    scene.sim.fault("GetDeployment", When::From(from), Fault::Status(500));
    let step = scene.deploy(&[("timeout", "60s"), ("on-timeout", "undo")]).await;
    step.is("unknown");
    assert_once(&step, "StopDeployment");
    minutes(10).await;
    assert_serves(&scene, "1.4.1");
}

#[tokio::test(start_paused = true)]
async fn an_undo_whose_stop_got_no_answer_is_followed() {
    let scene = dying();
    scene.sim.fault("StopDeployment", When::Nth(1), Fault::Reset { applied: true });
    let step = scene.deploy(&[("max-failed-tasks", "2")]).await;
    assert_eq!((step.result(), step.output("running-version")), ("undone", "1.4.1"));
    step.says("summary", "by CodeDeploy's own rollback");
    assert_once(&step, "StopDeployment");
    assert_serves(&scene, "1.4.1");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_whose_stop_got_no_answer_is_followed() {
    let scene = deployed().await;
    scene.sim.fault("StopDeployment", When::Nth(1), Fault::Reset { applied: true });
    let step = scene.deploy(&[ROLLBACK]).await;
    step.is("rolled-back");
    assert_eq!(step.writes(), ["StopDeployment"]);
    assert_serves(&scene, "1.4.1");
}

#[tokio::test(start_paused = true)]
async fn whether_a_stop_was_heard_that_never_shows_is_not_known() {
    let lost = Fault::Reset { applied: false };
    let (undone, rolled_back) = (dying(), deployed().await);
    undone.sim.fault("StopDeployment", When::Always, lost.clone());
    let step = undone.deploy(&[("max-failed-tasks", "2")]).await;
    assert_eq!((step.result(), step.output("running-version")), ("unknown", ""));
    step.says("summary", "it is not known whether CodeDeploy stops it");
    step.says("error", "aws deploy stop-deployment");
    assert_once(&step, "StopDeployment");
    rolled_back.sim.fault("StopDeployment", When::Always, lost);
    let step = rolled_back.deploy(&[ROLLBACK]).await;
    assert_eq!((step.result(), step.writes()), ("unknown", vec!["StopDeployment"]));
    step.says("error", "it is not known whether CodeDeploy stops it");
    assert_serves(&rolled_back, "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_may_not_stop_names_the_permission_and_deploys_nothing() {
    let scene = deployed().await;
    scene.sim.fault("StopDeployment", When::Always, Fault::AccessDenied);
    let step = scene.deploy(&[ROLLBACK]).await;
    assert_eq!((step.result(), step.writes()), ("failed", vec!["StopDeployment"]));
    let error = step.said("error");
    assert!(error.contains("codedeploy:StopDeployment on the deployment d-"), "{error}");
    assert!(error.contains("Allow codedeploy:StopDeployment"), "{error}");
    assert!(!error.contains("somebody else"), "{error}");
    assert_serves(&scene, "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_of_what_ended_by_itself_meanwhile_deploys() {
    let scene = deployed().await;
    scene.sim.fault("StopDeployment", When::Always, Fault::Reset { applied: false });
    let (step, ()) = tokio::join!(scene.deploy(&[ROLLBACK]), async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        scene.sim.act(Act::continue_code_deploy(APPLICATION, GROUP, "TERMINATION_WAIT"));
    });
    step.is("rolled-back");
    assert_eq!(step.writes(), ["StopDeployment", "CreateDeployment"]);
    assert_serves(&scene, "1.4.1");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_of_what_had_not_begun_leaves_what_ran_where_it_was() {
    let scene = stage(|group| group.queues_for(Duration::from_secs(600)));
    scene.deploy(&[("wait", "false")]).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let step = scene.deploy(&[ROLLBACK]).await;
    step.is("rolled-back");
    assert_eq!(step.writes(), ["StopDeployment"]);
    assert_eq!(step.output("running-version"), "1.4.1");
    assert_serves(&scene, "1.4.1");
}
