//! Another deployment is in the way: a group takes one at a time.

use std::time::Duration;

use simulator::{Act, Fault, Lag, When};

use super::{APPLICATION, GROUP, after, assert_serves, minutes, ready, stage};

#[tokio::test(start_paused = true)]
async fn it_is_waited_for_until_the_group_is_free() {
    let scene = after(ready(), &["1.4.2"]).await;
    scene.sim.act(Act::create_deployment(APPLICATION, GROUP, "web1:1"));
    let step = scene.deploy(&[("version", "1.5.0")]).await;
    step.is("deployed");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "CreateDeployment"]);
    step.says("log", "waiting for it to finish before deciding");
    assert!(step.took > Duration::from_secs(300), "the old tasks are kept for 5 min");
    assert_serves(&scene, "1.5.0");
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_takes_too_long_says_what_keeps_the_group_busy() {
    let scene = stage(|group| group.terminates_after(120));
    scene.deploy(&[]).await;
    let step = scene.deploy(&[("version", "1.5.0")]).await;
    assert_eq!((step.result(), step.writes().len()), ("timed-out", 0));
    step.says("log", "all traffic is on its new tasks, and CodeDeploy keeps the old ones");
    assert_serves(&scene, "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn replaced_it_is_stopped_and_returned_from_before_anything_else() {
    let scene = after(ready(), &["1.4.2"]).await;
    scene.sim.act(Act::create_deployment(APPLICATION, GROUP, "web1:1"));
    tokio::time::sleep(Duration::from_secs(30)).await;
    let step = scene.deploy(&[("version", "1.5.0"), ("in-flight", "replace")]).await;
    step.is("deployed");
    let writes = ["StopDeployment", "RegisterTaskDefinition", "CreateDeployment"];
    assert_eq!(step.writes(), writes);
    assert_eq!(step.only("StopDeployment").body["autoRollbackEnabled"], true);
    assert_serves(&scene, "1.5.0");
}

#[tokio::test(start_paused = true)]
async fn replaced_while_it_only_keeps_old_tasks_these_are_removed_at_once() {
    let scene = stage(|group| group.terminates_after(120));
    scene.deploy(&[]).await;
    let step = scene.deploy(&[("version", "1.5.0"), ("in-flight", "replace")]).await;
    step.is("deployed");
    let writes = ["ContinueDeployment", "RegisterTaskDefinition", "CreateDeployment"];
    assert_eq!(step.writes(), writes);
    assert_eq!(step.only("ContinueDeployment").body["deploymentWaitType"], "TERMINATION_WAIT");
    assert_serves(&scene, "1.5.0");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_stops_nothing() {
    let scene = stage(|group| group.terminates_after(120));
    scene.deploy(&[]).await;
    let with = [("version", "1.5.0"), ("in-flight", "replace"), ("dry-run", "true")];
    let step = scene.deploy(&with).await;
    assert_eq!((step.result(), step.writes().len()), ("planned", 0), "{}", step.said("error"));
    step.says("log", "remove the old tasks that the deployment");
}

#[tokio::test(start_paused = true)]
async fn the_same_deployment_is_followed_and_not_made_again() {
    let scene = ready();
    scene.deploy(&[("wait", "false")]).await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    let step = scene.deploy(&[]).await;
    assert_eq!((step.result(), step.writes().len()), ("deployed", 0), "{}", step.said("error"));
    let truth = scene.sim.codedeploy_truth(APPLICATION, GROUP);
    assert_eq!(step.output("codedeploy-deployment-id"), truth.newest().id);
    assert_serves(&scene, "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_under_way_is_always_waited_for() {
    let scene = stage(|group| group.terminates_after(60));
    scene.deploy(&[]).await;
    scene.sim.act(Act::stop_code_deploy(APPLICATION, GROUP, Some(true)));
    tokio::time::sleep(Duration::from_secs(8)).await;
    let step = scene.deploy(&[("version", "1.5.0"), ("in-flight", "replace")]).await;
    step.is("deployed");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "CreateDeployment"]);
    assert_serves(&scene, "1.5.0");
}

#[tokio::test(start_paused = true)]
async fn somebody_who_was_a_moment_faster_is_named_and_nothing_is_left_behind() {
    let scene = ready();
    scene.sim.fault("RegisterTaskDefinition", When::Nth(1), Fault::Slow(Duration::from_secs(4)));
    let (step, ()) = tokio::join!(scene.deploy(&[]), async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        scene.sim.act(Act::create_deployment(APPLICATION, GROUP, "web1:1"));
    });
    step.is("refused");
    let writes = ["RegisterTaskDefinition", "CreateDeployment", "DeregisterTaskDefinition"];
    assert_eq!(step.writes(), writes);
    let theirs = scene.sim.codedeploy_truth(APPLICATION, GROUP).newest().id.clone();
    let error = step.said("error");
    assert!(error.contains("somebody else started a deployment at the same time"), "{error}");
    assert!(error.contains(&theirs) && error.contains("since 2026-01-01T00:00:0"), "{error}");
    minutes(10).await;
    assert_serves(&scene, "1.4.1");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_whose_answer_got_lost_is_found_and_followed() {
    for (applied, result) in [(true, "deployed"), (false, "failed")] {
        let scene = ready();
        scene.sim.fault("CreateDeployment", When::Always, Fault::Reset { applied });
        let step = scene.deploy(&[]).await;
        assert_eq!(step.result(), result, "{}", step.log());
        let creates = step.writes().into_iter().filter(|it| *it == "CreateDeployment").count();
        assert_eq!(creates, 1, "it is never sent twice");
        if !applied {
            assert_eq!(step.writes().last(), Some(&"DeregisterTaskDefinition"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_whose_answer_got_lost_is_found_before_it_is_listed() {
    let scene = ready();
    scene.sim.lag(Lag { listing: Duration::from_secs(20), ..Lag::default() });
    scene.sim.fault("CreateDeployment", When::Nth(1), Fault::Reset { applied: true });
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "CreateDeployment"]);
}

#[tokio::test(start_paused = true)]
async fn one_whose_answer_got_lost_is_found_although_it_has_failed_at_once() {
    let scene = stage(|group| group.broken("IAM_ROLE_MISSING", "The role is gone."));
    scene.sim.fault("CreateDeployment", When::Nth(1), Fault::Timeout { applied: true });
    let step = scene.deploy(&[]).await;
    let truth = scene.sim.codedeploy_truth(APPLICATION, GROUP);
    assert_eq!(step.output("codedeploy-deployment-id"), truth.newest().id, "{}", step.log());
    assert!(step.output("failure-reason").contains("role"), "{}", step.said("error"));
}

#[tokio::test(start_paused = true)]
async fn whether_one_was_created_is_not_known_where_the_group_cannot_be_read() {
    for applied in [true, false] {
        let scene = ready();
        scene.sim.fault("CreateDeployment", When::Nth(1), Fault::Reset { applied });
        scene.sim.fault("GetDeploymentGroup", When::FromNth(2), Fault::Status(500));
        let step = scene.deploy(&[]).await;
        step.is("unknown");
        assert_eq!(step.writes(), ["RegisterTaskDefinition", "CreateDeployment"]);
        step.says("error", "It is not known whether a deployment of");
        step.says("error", "stays registered: the service");
    }
}
