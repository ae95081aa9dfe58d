//! How a service stands that CodeDeploy has had its hands on, and what is made of it.

use std::time::Duration;

use simulator::{Act, Behaviour, DeploymentGroupBuilder, Fault, Image, Pace, When};

use super::{
    APPLICATION, GROUP, ROLLBACK, after, assert_serves, based, minutes, ready, refuses, stage,
    with_a_hook,
};
use crate::scene::Step;

fn sent(step: &Step, operation: &str) -> Vec<String> {
    let all = step.requests.iter().filter(|it| it.operation == operation);
    all.map(|it| it.body.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn what_failed_is_not_unchanged_because_another_failed_later() {
    let scene = based(stage(|group| group.auto_rollback(&[]))).await;
    refuses(&scene);
    let late = with_a_hook(&scene, "AfterAllowTraffic");
    let step = scene
        .deploy(&[("codedeploy-appspec", &late), ("on-failure", "keep"), ("version", "1.4.2")])
        .await;
    step.is("failed");
    assert_serves(&scene, "1.4.2");
    let early = with_a_hook(&scene, "AfterAllowTestTraffic");
    let step = scene
        .deploy(&[("codedeploy-appspec", &early), ("on-failure", "keep"), ("version", "1.5.0")])
        .await;
    step.is("failed");
    assert_serves(&scene, "1.4.2");
    minutes(2).await;
    // Deployed again, it fails again, and what succeeded last comes back.
    let step = scene.deploy(&[("codedeploy-appspec", &late), ("version", "1.4.2")]).await;
    step.is("undone");
    assert_eq!(step.writes(), ["CreateDeployment", "CreateDeployment"]);
    assert_serves(&scene, "1.4.1");
}

#[tokio::test(start_paused = true)]
async fn what_failed_is_not_unchanged_because_its_rollback_failed() {
    let scene = ready();
    refuses(&scene);
    let late = with_a_hook(&scene, "AfterAllowTraffic");
    let with = [("codedeploy-appspec", late.as_str()), ("version", "1.4.2")];
    let (step, ()) = tokio::join!(scene.deploy(&with), async {
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let truth = scene.sim.codedeploy_truth(APPLICATION, GROUP);
            if truth.deployments.len() == 2 {
                scene.sim.act(Act::stop_code_deploy(APPLICATION, GROUP, Some(false)));
                break;
            }
        }
    });
    step.is("undo-failed");
    assert_serves(&scene, "1.4.2");
    minutes(2).await;
    let step = scene.deploy(&with).await;
    // CodeDeploy returns to what it found, which is the one that failed before.
    assert_eq!((step.result(), step.writes()), ("undone", vec!["CreateDeployment"]));
    assert_eq!(step.output("running-version"), "1.4.2");
    assert_serves(&scene, "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn tasks_of_the_old_set_do_not_make_the_new_one_healthy() {
    let scene = stage(DeploymentGroupBuilder::keeps_blue);
    let step = scene.deploy(&[("version", "1.4.2")]).await;
    assert_eq!(step.result(), "deployed");
    let dies = Behaviour::Crashes { after: Duration::from_secs(1), exit_code: 1 };
    scene.sim.behaves(&scene.digest("1.4.2"), dies);
    scene.sim.act(Act::kill_tasks("prod", "web1", 1));
    minutes(5).await;
    let step = scene.deploy(&[("version", "1.4.2")]).await;
    assert_eq!((step.result(), step.writes()), ("failed", vec!["CreateDeployment"]));
    let reason = step.output("failure-reason");
    assert!(reason.starts_with("The container web1 exited with code 1"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_served_deployment_whose_tasks_are_dead_is_not_deployed() {
    let scene = stage(|group| group.terminates_after(120));
    let step = scene.deploy(&[("version", "1.4.2")]).await;
    assert_eq!(step.result(), "deployed");
    let dies = Behaviour::Crashes { after: Duration::from_secs(1), exit_code: 1 };
    scene.sim.behaves(&scene.digest("1.4.2"), dies);
    scene.sim.act(Act::kill_tasks("prod", "web1", 1));
    minutes(5).await;
    let step = scene.deploy(&[("version", "1.4.2")]).await;
    // It is no success to wait for; the next deployment has to wait for its end.
    assert_eq!((step.result(), step.writes().len()), ("timed-out", 0), "{}", step.log());
}

#[tokio::test(start_paused = true)]
async fn a_moved_tag_is_deployed_and_not_adopted_from_before() {
    let scene = stage(|group| group.terminates_after(120));
    let step = scene.deploy(&[("version", "1.4.2")]).await;
    assert_eq!(step.result(), "deployed");
    scene.sim.repository("web1").push("1.4.2", Image::linux_amd64().content("1.4.2 anew"));
    let step = scene.deploy(&[("version", "1.4.2"), ("in-flight", "replace")]).await;
    assert_eq!(step.result(), "deployed", "{}\n{}", step.said("error"), step.log());
}

#[tokio::test(start_paused = true)]
async fn a_rollback_does_not_kill_what_it_wants_because_tasks_may_not_be_listed() {
    let scene = stage(|group| group.terminates_after(60));
    scene.deploy(&[]).await;
    scene.sim.fault("ListTasks", When::Always, Fault::AccessDenied);
    let step = scene.deploy(&[ROLLBACK]).await;
    assert_eq!((step.result(), step.writes()), ("rolled-back", vec!["StopDeployment"]));
    assert!(step.took < Duration::from_secs(30), "{:?}", step.took);
}

#[tokio::test(start_paused = true)]
async fn a_pending_old_task_does_not_have_the_old_tasks_killed() {
    let scene = stage(|group| group.terminates_after(60));
    scene.deploy(&[]).await;
    // Autoscaling, or a task that was retired: one of the old ones starts anew.
    scene.sim.act(Act::desired_count("prod", "web1", 3));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let step = scene.deploy(&[ROLLBACK]).await;
    assert_eq!((step.result(), step.writes()), ("rolled-back", vec!["StopDeployment"]));
}

#[tokio::test(start_paused = true)]
async fn what_is_replaced_is_not_a_set_that_drains() {
    let scene = stage(|group| group.auto_rollback(&[]).terminates_after(60));
    let scene = after(scene, &[]).await;
    scene.sim.pace(Pace { drain: Duration::from_secs(1200), ..Pace::real() });
    refuses(&scene);
    let early = with_a_hook(&scene, "AfterAllowTestTraffic");
    let step = scene
        .deploy(&[("codedeploy-appspec", &early), ("on-failure", "keep"), ("version", "1.5.0")])
        .await;
    assert_eq!(step.result(), "failed");
    // 1.5.0's tasks are left; the next deployment takes them away, which takes a while.
    let plain = scene.file(
        "plain.yaml",
        "version: 0.0\nResources:\n- TargetService:\n    Type: AWS::ECS::Service\n    Properties:\n      \
         LoadBalancerInfo: { ContainerName: web1, ContainerPort: 8080 }\n",
    );
    let step = scene.deploy(&[("codedeploy-appspec", &plain), ("version", "1.4.2")]).await;
    step.is("deployed");
    let step =
        scene.deploy(&[ROLLBACK, ("codedeploy-appspec", &plain), ("version", "1.4.1")]).await;
    assert_eq!(step.writes(), ["StopDeployment"], "{}\n{}", step.result(), step.log());
}

#[tokio::test(start_paused = true)]
async fn an_undo_does_not_take_the_hooks_from_the_next_deployment() {
    let scene = stage(|group| group.auto_rollback(&[]));
    let path = with_a_hook(&scene, "AfterAllowTraffic");
    let step = scene.deploy(&[("codedeploy-appspec", &path), ("version", "1.4.2")]).await;
    step.is("deployed");
    minutes(10).await;
    refuses(&scene);
    // Carried over: the hook is asked.
    let step = scene.deploy(&[("version", "1.5.0")]).await;
    step.is("undone");
    minutes(10).await;
    assert_serves(&scene, "1.4.2");
    // The same again: it must be stopped by the same hook.
    let step = scene.deploy(&[("version", "1.5.0")]).await;
    let create = sent(&step, "CreateDeployment");
    assert!(create[0].contains("checks"), "{} without its hook: {}", step.result(), create[0]);
}

#[tokio::test(start_paused = true)]
async fn steps_that_cannot_be_read_do_not_hold_up_the_end() {
    for fault in [Fault::Status(500), Fault::Timeout { applied: false }] {
        let scene = ready();
        scene.sim.fault("GetDeploymentTarget", When::Always, fault.clone());
        let step = scene.deploy(&[]).await;
        step.is("deployed");
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_app_spec_is_not_waited_for_where_one_is_given() {
    let scene = after(ready(), &["1.4.2"]).await;
    let path = with_a_hook(&scene, "AfterAllowTraffic");
    let plain = [("codedeploy-appspec", path.as_str()), ("version", "1.5.0"), ("dry-run", "true")];
    scene.sim.fault("GetApplicationRevision", When::Always, Fault::Timeout { applied: false });
    let step = scene.deploy(&plain).await;
    step.is("planned");
    assert!(step.took < Duration::from_secs(8), "{:?}", step.took);
}

#[tokio::test(start_paused = true)]
async fn a_rule_that_could_not_be_checked_is_said() {
    let scene = stage(|group| group.terminates_after(60));
    scene.deploy(&[]).await;
    scene.deploy(&[ROLLBACK]).await;
    minutes(5).await;
    scene.sim.fault("BatchGetDeployments", When::Always, Fault::Slow(Duration::from_secs(6)));
    let step = scene.deploy(&[("dry-run", "true")]).await;
    let said = step.said("notice");
    let unchecked = "could not check whether this service was rolled back from this version";
    assert!(said.contains(unchecked), "{} {said}", step.result());
}

#[tokio::test(start_paused = true)]
async fn that_it_may_still_return_after_done_is_said() {
    let scene = stage(|group| group.terminates_after(60).alarms(&["errors"]));
    let step = scene.deploy(&[]).await;
    assert_eq!(step.result(), "deployed");
    minutes(5).await;
    scene.sim.act(Act::alarm("prod", "web1", "errors"));
    minutes(10).await;
    assert_serves(&scene, "1.4.1");
    let said = format!("{}{}{}", step.log(), step.said("notice"), step.summary);
    assert!(said.contains("an alarm of the deployment group can still trigger one"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_configuration_that_cannot_be_read_is_named() {
    let scene = stage(|group| group.config("slow"));
    scene.sim.linear_deployment_config("slow", 10, 5);
    scene.sim.fault("GetDeploymentConfig", When::Always, Fault::AccessDenied);
    let step = scene.deploy(&[]).await;
    assert_eq!(step.result(), "timed-out", "45 min are longer than the default");
    step.says("notice", "codedeploy:GetDeploymentConfig is not allowed");
    step.says("notice", "Set `timeout`");
}

#[tokio::test(start_paused = true)]
async fn permissions_that_codedeploy_never_needs_are_not_missed() {
    let scene = ready();
    for operation in ["ListServiceDeployments", "DescribeServiceRevisions"] {
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
    }
    let step = scene.deploy(&[("command", "verify")]).await;
    let said = format!("{}{}{}", step.said("notice"), step.said("warning"), step.summary);
    assert!(
        !said.contains("ServiceRevisions") && !said.contains("ListServiceDeployments"),
        "{said}"
    );
}

#[tokio::test(start_paused = true)]
async fn where_nothing_but_a_way_back_has_succeeded_the_next_deployment_is_like_it() {
    let scene = stage(|group| group.auto_rollback(&[]));
    refuses(&scene);
    let path = with_a_hook(&scene, "AfterAllowTraffic");
    let step = scene.deploy(&[("codedeploy-appspec", &path)]).await;
    step.is("undone");
    minutes(10).await;
    let step = scene.deploy(&[("version", "1.5.0")]).await;
    step.is("deployed");
}

#[tokio::test(start_paused = true)]
async fn previous_is_known_where_what_failed_runs_and_another_failed_later() {
    let scene = based(stage(|group| group.auto_rollback(&[]))).await;
    refuses(&scene);
    let late = with_a_hook(&scene, "AfterAllowTraffic");
    let keep = ("on-failure", "keep");
    scene.deploy(&[("codedeploy-appspec", &late), keep, ("version", "1.4.2")]).await;
    let early = with_a_hook(&scene, "AfterAllowTestTraffic");
    scene.deploy(&[("codedeploy-appspec", &early), keep, ("version", "1.5.0")]).await;
    minutes(120).await;
    assert_serves(&scene, "1.4.2");
    let step = scene.deploy(&[ROLLBACK, ("codedeploy-appspec", &late), ("dry-run", "true")]).await;
    assert_eq!((step.result(), step.output("version")), ("planned", "1.4.1"), "{}", step.log());
}

#[tokio::test(start_paused = true)]
async fn what_was_stopped_while_its_old_tasks_were_kept_has_succeeded() {
    let scene = stage(|group| group.auto_rollback(&[]).terminates_after(60));
    let step = scene.deploy(&[("version", "1.4.2")]).await;
    assert_eq!(step.result(), "deployed");
    scene.sim.act(Act::stop_code_deploy(APPLICATION, GROUP, Some(false)));
    minutes(5).await;
    assert_serves(&scene, "1.4.2");
    let step = scene.deploy(&[("version", "1.4.2")]).await;
    step.is("unchanged");
    let step = scene.deploy(&[("version", "1.5.0")]).await;
    step.is("deployed");
    let step = scene.deploy(&[ROLLBACK, ("dry-run", "true")]).await;
    assert_eq!((step.result(), step.output("version")), ("planned", "1.4.2"), "{}", step.log());
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_nobody_made_is_not_told() {
    let scene = after(based(stage(|group| group.auto_rollback(&[]))).await, &["1.4.2"]).await;
    refuses(&scene);
    let early = with_a_hook(&scene, "AfterAllowTestTraffic");
    let step = scene.deploy(&[("codedeploy-appspec", &early), ("version", "1.5.0")]).await;
    assert_eq!(step.result(), "undone");
    minutes(5).await;
    let refusal = scene.refusal(&[ROLLBACK, ("codedeploy-appspec", &early)]).await;
    assert!(refusal.starts_with("the service still runs 1.4.2 (web1:2): "), "{refusal}");
}

#[tokio::test(start_paused = true)]
async fn the_status_tells_how_the_newest_deployment_stands() {
    let scene = ready();
    let status = async |result: &str, says: &str| {
        let step = scene.deploy(&[("command", "status")]).await;
        step.is(result);
        step.says("summary", says);
    };
    status("listed", "(how its last deployment ended is not known)").await;
    scene.deploy(&[("wait", "false")]).await.is("started");
    status("mixed", "(in progress)").await;
    minutes(20).await;
    status("listed", "(successful)").await;
    let late = with_a_hook(&scene, "AfterAllowTraffic");
    refuses(&scene);
    scene.deploy(&[("codedeploy-appspec", &late), ("version", "1.5.0")]).await.is("undone");
    minutes(20).await;
    status("listed", "(rolled back)").await;
    scene.sim.fault("GetDeploymentGroup", When::Always, Fault::AccessDenied);
    status("listed", "(how its last deployment ended is not known)").await;
}
