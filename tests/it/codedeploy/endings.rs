//! How a deployment ends that does not go well: why, and what runs then.

use std::time::Duration;

use simulator::{Act, Behaviour, Hook};

use super::{APPLICATION, GROUP, assert_serves, minutes, ready, stage, with_a_hook};
use crate::scene::{Scene, Step};

fn refuses(scene: &Scene) {
    let log_tail = "GET /basket\n500 instead of 200".to_owned();
    scene.sim.hook("checks", Hook::Fails { log_tail });
}

fn assert_undone(step: &Step, scene: &Scene, how: &str) {
    step.is("undone");
    assert_eq!(step.output("running-version"), "1.4.1");
    step.says("summary", how);
    assert_serves(scene, "1.4.1");
}

/// Nobody's "newest revision" picks up what failed.
fn assert_cleared(step: &Step) {
    assert_eq!(step.writes().last(), Some(&"DeregisterTaskDefinition"), "{:?}", step.writes());
}

#[tokio::test(start_paused = true)]
async fn tasks_that_die_end_it_in_minutes_and_not_after_codedeploys_hour() {
    let scene = ready();
    let dies = Behaviour::Crashes { after: Duration::from_secs(5), exit_code: 1 };
    scene.sim.behaves(&scene.digest("1.4.2"), dies);
    let step = scene.deploy(&[]).await;
    assert_undone(&step, &scene, "1.4.1 was restored by CodeDeploy's own rollback");
    assert!(step.took < Duration::from_secs(180), "{:?}", step.took);
    let reason = step.output("failure-reason");
    assert!(reason.starts_with("The container web1 exited with code 1"), "{reason}");
    assert!(step.writes().contains(&"StopDeployment"), "{:?}", step.writes());
    assert_cleared(&step);
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_says_no_is_named_with_the_end_of_its_log() {
    let scene = ready();
    refuses(&scene);
    let path = with_a_hook(&scene, "AfterAllowTestTraffic");
    let step = scene.deploy(&[("codedeploy-appspec", &path)]).await;
    assert_undone(&step, &scene, "1.4.1 was restored by CodeDeploy's own rollback");
    let reason = step.output("failure-reason");
    assert!(reason.starts_with("The hook checks failed at AfterAllowTestTraffic"), "{reason}");
    step.says("log", "  | 500 instead of 200");
    step.says("summary", "500 instead of 200");
    assert!(!step.output("report").contains("500 instead of 200"), "outputs are passed on");
    assert!(step.output("report").contains("\"function\":\"checks\""), "{}", step.output("report"));
    assert_cleared(&step);
}

#[tokio::test(start_paused = true)]
async fn no_line_of_a_hooks_log_is_shown_where_none_is_wanted() {
    let scene = ready();
    refuses(&scene);
    let path = with_a_hook(&scene, "AfterAllowTestTraffic");
    let step = scene.deploy(&[("codedeploy-appspec", &path), ("logs", "0")]).await;
    step.says("log", "The hook checks failed");
    for shown in [step.log(), step.summary] {
        assert!(!shown.contains("500 instead of 200"), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_rollback_what_ran_may_have_had_all_the_traffic_all_along() {
    let scene = stage(|group| group.auto_rollback(&[]));
    refuses(&scene);
    let path = with_a_hook(&scene, "AfterAllowTestTraffic");
    let step = scene.deploy(&[("codedeploy-appspec", &path)]).await;
    assert_undone(&step, &scene, "1.4.1 kept all the traffic throughout");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "CreateDeployment"]);
    step.says("summary", "stays registered: the service uses it");
}

#[tokio::test(start_paused = true)]
async fn where_the_traffic_has_moved_what_ran_is_deployed_anew_all_at_once_and_asks_no_hook() {
    let scene = stage(|group| {
        group.auto_rollback(&[]).config("CodeDeployDefault.ECSCanary10Percent5Minutes")
    });
    refuses(&scene);
    let path = with_a_hook(&scene, "AfterAllowTraffic");
    let step = scene.deploy(&[("codedeploy-appspec", &path)]).await;
    assert_undone(&step, &scene, "1.4.1 was restored by a new deployment");
    let back = step.requests.iter().rfind(|it| it.operation == "CreateDeployment");
    let back = &back.expect("it was deployed").body;
    assert_eq!(back["deploymentConfigName"], "CodeDeployDefault.ECSAllAtOnce");
    let content = back["revision"]["appSpecContent"]["content"].as_str().expect("a text");
    assert!(!content.contains("checks"), "{content}");
    assert!(content.contains("task-definition/web1:1"), "{content}");
}

#[tokio::test(start_paused = true)]
async fn kept_what_failed_stays_and_what_runs_is_said() {
    let scene = stage(|group| group.auto_rollback(&[]));
    refuses(&scene);
    let path = with_a_hook(&scene, "AfterAllowTraffic");
    let step = scene.deploy(&[("codedeploy-appspec", &path), ("on-failure", "keep")]).await;
    step.is("failed");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "CreateDeployment"]);
    assert_eq!(step.output("running-version"), "1.4.2");
    assert_serves(&scene, "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn an_alarm_on_the_way_is_named() {
    let scene = stage(|group| {
        group.config("CodeDeployDefault.ECSCanary10Percent5Minutes").alarms(&["errors"])
    });
    let (step, ()) = tokio::join!(scene.deploy(&[]), async {
        tokio::time::sleep(Duration::from_secs(150)).await;
        scene.sim.act(Act::alarm("prod", "web1", "errors"));
    });
    assert_undone(&step, &scene, "1.4.1 was restored by CodeDeploy's own rollback");
    let reason = step.output("failure-reason");
    assert!(reason.starts_with("The alarm errors went off"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_gate_that_nobody_opens_ends_it() {
    let scene = stage(|group| group.waits_for_a_person(60));
    let step = scene.deploy(&[]).await;
    assert_undone(&step, &scene, "1.4.1 was restored by CodeDeploy's own rollback");
    let reason = step.output("failure-reason");
    assert!(reason.starts_with("Nobody let the traffic move in time"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn somebody_who_stops_it_is_no_success_whether_it_returns_or_not() {
    for rolls_back in [true, false] {
        let scene = ready();
        let (step, ()) = tokio::join!(scene.deploy(&[]), async {
            tokio::time::sleep(Duration::from_secs(30)).await;
            scene.sim.act(Act::stop_code_deploy(APPLICATION, GROUP, Some(rolls_back)));
        });
        assert_undone(&step, &scene, "1.4.1");
        let reason = step.output("failure-reason");
        assert!(reason.starts_with("Somebody stopped the deployment"), "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_run_says_in_time_how_to_stop_what_goes_on() {
    let scene = ready();
    let (step, ()) = tokio::join!(scene.deploy(&[]), scene.cancel_after(Duration::from_secs(30)));
    assert_eq!((step.result(), step.code), ("cancelled", 130));
    assert!(step.took < Duration::from_secs(37), "{:?}", step.took);
    let id = step.output("codedeploy-deployment-id");
    step.says("error", &format!("CodeDeploy continues deployment {id}"));
    step.says("error", &format!("--deployment-id {id} --auto-rollback-enabled"));
    minutes(10).await;
    assert_serves(&scene, "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn out_of_time_it_goes_on_unless_it_is_to_be_undone() {
    for (on_timeout, result, serves) in
        [("keep", "timed-out", "1.4.2"), ("undo", "undone", "1.4.1")]
    {
        let scene = ready();
        let step = scene.deploy(&[("timeout", "60s"), ("on-timeout", on_timeout)]).await;
        assert_eq!(step.result(), result, "{}", step.log());
        minutes(10).await;
        assert_serves(&scene, serves);
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_deleted_meanwhile_is_no_success() {
    let scene = ready();
    let (step, ()) = tokio::join!(scene.deploy(&[]), async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        scene.sim.act(Act::delete_service("prod", "web1"));
    });
    step.is("failed");
    assert!(step.output("failure-reason").contains("it was deleted"), "{}", step.said("error"));
}
