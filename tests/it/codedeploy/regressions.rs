//! What random stories brought to light, each as its shortest scene.

use std::time::Duration;

use simulator::{Act, Behaviour, Fault, Hook, Lag, When};

use super::{APPLICATION, GROUP, after, assert_serves, minutes, ready, stage, with_a_hook};

const CANARY: &str = "CodeDeployDefault.ECSCanary10Percent5Minutes";

#[tokio::test(start_paused = true)]
async fn a_deployment_that_nobody_could_stop_is_not_undone() {
    let scene = ready();
    scene.sim.behaves(&scene.digest("1.4.2"), Behaviour::CannotPull);
    scene.sim.fault("StopDeployment", When::Always, Fault::Throttle);
    let step = scene.deploy(&[]).await;
    let under_way = scene.sim.codedeploy_truth(APPLICATION, GROUP).newest().status.clone();
    assert_eq!((step.result(), under_way.as_str()), ("undo-failed", "InProgress"));
    step.says("error", "aws deploy stop-deployment");
    assert!(!step.writes().contains(&"DeregisterTaskDefinition"), "{:?}", step.writes());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_back_while_somebody_elses_deployment_takes_its_place() {
    let scene = stage(|group| group.auto_rollback(&[]).config(CANARY));
    let image = scene.sim.image("web1:1.5.0");
    let theirs = scene.sim.task_definition("theirs").container("web1", &image).register();
    let (step, ()) = tokio::join!(scene.deploy(&[]), async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        scene.sim.act(Act::stop_code_deploy(APPLICATION, GROUP, Some(false)));
        tokio::time::sleep(Duration::from_secs(55)).await;
        scene.sim.act(Act::create_deployment(APPLICATION, GROUP, &theirs));
    });
    step.is("failed");
    let theirs = scene.sim.codedeploy_truth(APPLICATION, GROUP).newest().id.clone();
    let nothing = format!("nothing was undone: deployment {theirs} is now in progress");
    step.says("summary", &nothing);
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "CreateDeployment"]);
}

#[tokio::test(start_paused = true)]
async fn what_has_a_part_of_the_traffic_is_not_what_runs() {
    let scene = stage(|group| group.auto_rollback(&[]).config(CANARY));
    let (step, ()) = tokio::join!(scene.deploy(&[("on-failure", "keep")]), async {
        tokio::time::sleep(Duration::from_secs(180)).await;
        scene.sim.act(Act::stop_code_deploy(APPLICATION, GROUP, Some(false)));
    });
    step.is("failed");
    let serving = scene.sim.codedeploy_truth(APPLICATION, GROUP).serving().to_vec();
    assert_eq!((serving[0].percent, serving[1].percent), (90, 10));
    assert_eq!(step.output("running-version"), "");
}

#[tokio::test(start_paused = true)]
async fn what_may_have_a_part_of_the_traffic_is_not_what_runs() {
    let scene = stage(|group| group.auto_rollback(&[]).config(CANARY));
    scene.sim.fault("GetDeploymentTarget", When::Always, Fault::AccessDenied);
    let (step, ()) = tokio::join!(scene.deploy(&[("on-failure", "keep")]), async {
        tokio::time::sleep(Duration::from_secs(180)).await;
        scene.sim.act(Act::stop_code_deploy(APPLICATION, GROUP, Some(false)));
    });
    assert_eq!((step.result(), step.output("running-version")), ("failed", ""));
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_is_not_listed_yet_is_in_the_way_all_the_same() {
    let scene = ready();
    scene.sim.lag(Lag { listing: Duration::from_secs(60), ..Lag::default() });
    scene.sim.act(Act::create_deployment(APPLICATION, GROUP, "web1:1"));
    let error = scene.refusal(&[("in-flight", "refuse")]).await;
    let theirs = scene.sim.codedeploy_truth(APPLICATION, GROUP).newest().id.clone();
    assert!(error.contains(&theirs), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_whose_answer_got_lost_is_found_before_it_is_listed() {
    let scene = ready();
    scene.sim.lag(Lag { listing: Duration::from_secs(60), ..Lag::default() });
    scene.sim.fault("CreateDeployment", When::Always, Fault::Reset { applied: true });
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    assert_serves(&scene, "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_fails_just_before_it_is_stopped_returns_by_itself() {
    let scene = ready();
    scene.sim.behaves(&scene.digest("1.4.2"), Behaviour::CannotPull);
    scene.sim.fault(
        "StopDeployment",
        When::Always,
        Fault::Error {
            code: "DeploymentAlreadyCompletedException",
            message: "The deployment is already completed.",
        },
    );
    let (step, ()) = tokio::join!(scene.deploy(&[]), async {
        while scene.sim.requests_for("StopDeployment").is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        scene.sim.act(Act::stop_code_deploy(APPLICATION, GROUP, Some(true)));
    });
    step.is("undone");
    step.says("summary", "by CodeDeploy's own rollback");
    assert_serves(&scene, "1.4.1");
}

#[tokio::test(start_paused = true)]
async fn what_is_still_being_deployed_is_not_listed_as_what_runs() {
    let scene = stage(|group| group.config(CANARY));
    scene.sim.task_definition("web1").container("web1", &scene.sim.image("web1:1.4.2")).register();
    scene.sim.act(Act::create_deployment(APPLICATION, GROUP, "web1:2"));
    tokio::time::sleep(Duration::from_secs(20)).await;
    let step = scene.deploy(&[("command", "list")]).await;
    assert_eq!(step.output("running-version"), "1.4.1", "{}", step.log());
    let row = |version: &str| {
        let mut rows = step.lines.iter().filter(|line| line.starts_with(version));
        rows.next().cloned().unwrap_or_default()
    };
    assert!(row("1.4.1").contains("runs now"), "{}", step.log());
    assert!(row("1.4.2").contains("in progress"), "{}", step.log());
    assert!(!row("1.4.2").contains("runs now"), "{}", step.log());
}

#[tokio::test(start_paused = true)]
async fn a_previous_version_whose_tag_is_gone_is_said_to_be_that() {
    let scene = after(stage(|group| group.terminates_after(0)), &["1.4.2", "1.5.0"]).await;
    scene.sim.repository("web1").delete("1.4.2");
    let refusal = scene.refusal(&[("command", "rollback")]).await;
    let why = "the image of the previous version, 1.4.2 (web1:2), is not known";
    assert!(refusal.starts_with(why), "{refusal}");
}

#[tokio::test(start_paused = true)]
async fn what_was_stopped_to_make_room_is_no_undo() {
    let scene = after(ready(), &["1.4.2", "1.5.0"]).await;
    // The same once more, so that its own rollback would not lead to 1.4.2.
    scene.sim.act(Act::create_deployment(APPLICATION, GROUP, "web1:3"));
    tokio::time::sleep(Duration::from_secs(20)).await;
    let step = scene.deploy(&[("command", "rollback")]).await;
    step.is("rolled-back");
    assert_eq!((step.output("version"), step.output("previous-version")), ("1.4.2", "1.5.0"));
    assert_eq!(step.output("task-definition-revision"), "2");
    assert_serves(&scene, "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn what_was_left_with_a_part_of_the_traffic_is_not_what_runs_alone() {
    let scene = stage(|group| group.auto_rollback(&[]).config(CANARY));
    let inputs = [("on-failure", "keep")];
    let (step, ()) = tokio::join!(scene.deploy(&inputs), async {
        tokio::time::sleep(Duration::from_secs(180)).await;
        scene.sim.act(Act::stop_code_deploy(APPLICATION, GROUP, Some(false)));
    });
    assert_eq!(step.result(), "failed");
    let refusal = scene.refusal(&[("command", "rollback")]).await;
    assert!(refusal.contains("does not have all of the traffic"), "{refusal}");
    let step = scene.deploy(&[("version", "1.4.1")]).await;
    assert_eq!((step.result(), step.writes()), ("deployed", vec!["CreateDeployment"]));
    step.says("notice", "part of the traffic is still on what the deployment");
    assert_serves(&scene, "1.4.1");
    minutes(10).await;
    let step = scene.deploy(&[("version", "1.4.1")]).await;
    step.is("unchanged");
}

#[tokio::test(start_paused = true)]
async fn where_codedeploy_returned_to_may_be_something_else_than_what_ran_before() {
    let scene = after(stage(|group| group.terminates_after(5)), &["1.4.2"]).await;
    let image = scene.sim.image("web1:1.5.0");
    let theirs = scene.sim.task_definition("theirs").container("web1", &image).register();
    scene.sim.act(Act::create_deployment(APPLICATION, GROUP, &theirs));
    tokio::time::sleep(Duration::from_secs(180)).await;
    // Serves, and counts as stopped: what succeeded last is still 1.4.2.
    scene.sim.act(Act::stop_code_deploy(APPLICATION, GROUP, Some(false)));
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_serves(&scene, "1.5.0");
    scene.sim.hook("checks", Hook::Fails { log_tail: String::new() });
    let path = with_a_hook(&scene, "AfterInstall");
    let step = scene.deploy(&[("codedeploy-appspec", &path), ("version", "1.4.1")]).await;
    step.is("undone");
    assert_serves(&scene, "1.4.2");
    assert!(["", "1.4.2"].contains(&step.output("running-version")), "{}", step.summary);
}
