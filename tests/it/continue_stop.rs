//! Sentences about `continue` and `stop`: they act on the deployment that is named, and on no
//! other.

use std::time::Duration;

use serde_json::json;
use simulator::{Act, Behaviour, Fault, When};

use crate::codedeploy::{self, APPLICATION, GROUP};
use crate::points::{blue_green, pause, with};
use crate::scene::{Scene, Step, crashes, secs, when_it_on};

const CONTINUE: (&str, &str) = ("command", "continue");
const STOP: (&str, &str) = ("command", "stop");
const PAUSED: (&str, &str) = ("wait-until", "paused");
const AT: &str = "POST_TEST_TRAFFIC_SHIFT";

fn minutes(minutes: u64) -> Duration {
    secs(minutes * 60)
}

/// A deployment of 1.4.2 that waits for a person before production traffic moves, and its id.
async fn paused() -> (Scene, String) {
    let scene = blue_green(30, &[pause(AT, "ROLLBACK")]);
    let step = scene.deploy(&[PAUSED]).await;
    step.is("reached");
    let id = step.output("deployment-id").to_owned();
    (scene, id)
}

async fn answer(scene: &Scene, command: (&str, &str), id: &str) -> Step {
    scene.deploy(&[command, ("deployment", id)]).await
}

fn status(scene: &Scene) -> String {
    scene.sim.truth("prod", "web1").newest().status.clone()
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_waits_goes_on_and_is_followed_to_its_end() {
    let (scene, id) = paused().await;
    let arn = scene.sim.truth("prod", "web1").newest().service_deployment_arn.clone();
    let step = answer(&scene, CONTINUE, &id).await;
    step.is("deployed");
    assert_eq!(step.writes(), ["ContinueServiceDeployment"]);
    let body = &step.only("ContinueServiceDeployment").body;
    assert_eq!((&body["action"], &body["serviceDeploymentArn"]), (&json!("CONTINUE"), &json!(arn)));
    assert!(body["hookId"].as_str().is_some_and(|hook| !hook.is_empty()));
    assert!(step.took > minutes(30), "the bake time is waited for: {:?}", step.took);
    assert_eq!(step.output("running-version"), "1.4.2");
    assert_eq!(step.output("deployment-id"), id);
    assert_eq!(step.headline(), "✅ web1 runs 1.4.2 (before: 1.4.1)");
    assert_eq!(step.count("BatchGetImage"), 0, "no image is looked for");
    assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.2")]);
}

#[tokio::test(start_paused = true)]
async fn each_name_that_an_output_gives_is_taken() {
    let (scene, _) = paused().await;
    let arn = scene.sim.truth("prod", "web1").newest().service_deployment_arn.clone();
    let step = answer(&scene, CONTINUE, &arn).await;
    step.is("deployed");
    assert_eq!(step.writes(), ["ContinueServiceDeployment"]);
}

#[tokio::test(start_paused = true)]
async fn each_pause_of_a_canary_is_answered_by_a_step_of_its_own() {
    let canary = json!({ "lifecycleHooks": [pause("PRE_PRODUCTION_TRAFFIC_SHIFT", "ROLLBACK")],
        "canaryConfiguration": { "canaryPercent": 5.0, "canaryBakeTimeInMinutes": 2 } });
    let healthy = Behaviour::Healthy { ready_after: secs(5) };
    let scene = when_it_on(healthy, with("CANARY", &canary));
    let step = scene.deploy(&[PAUSED]).await;
    step.is("reached");
    step.says("notice", "no production traffic is on 1.4.2 yet");
    let id = step.output("deployment-id").to_owned();
    let second = scene.deploy(&[CONTINUE, ("deployment", &id), PAUSED]).await;
    second.is("reached");
    second.says("notice", "5 % of production traffic is on 1.4.2, the rest on 1.4.1");
    let third = scene.deploy(&[CONTINUE, ("deployment", &id), PAUSED]).await;
    third.is("deployed");
    third.says("notice", "the deployment finished before `paused` was seen");
    let hook = |step: &Step| step.only("ContinueServiceDeployment").body["hookId"].clone();
    assert_ne!(hook(&second), hook(&third));
}

#[tokio::test(start_paused = true)]
async fn hooks_that_wait_side_by_side_are_all_answered() {
    let scene = blue_green(30, &[pause(AT, "ROLLBACK"), pause(AT, "CONTINUE")]);
    let step = scene.deploy(&[PAUSED]).await;
    let id = step.output("deployment-id").to_owned();
    let step = answer(&scene, CONTINUE, &id).await;
    step.is("deployed");
    assert_eq!(step.writes(), ["ContinueServiceDeployment"; 2]);
}

#[tokio::test(start_paused = true)]
async fn what_goes_on_already_is_followed_and_what_is_there_is_unchanged() {
    let (scene, id) = paused().await;
    scene.sim.act(Act::continue_deployment("prod", "web1", "CONTINUE"));
    let step = answer(&scene, CONTINUE, &id).await;
    step.is("deployed");
    assert_eq!(step.writes(), [""; 0]);
    step.says("log", "which is not waiting for a person");
    let again = answer(&scene, CONTINUE, &id).await;
    again.is("unchanged");
    assert_eq!(again.writes(), [""; 0]);
    assert_eq!(again.headline(), "✅ web1 already runs 1.4.2; nothing was deployed");
    let too_late = answer(&scene, STOP, &id).await;
    too_late.is("refused");
    assert_eq!(too_late.writes(), [""; 0]);
    too_late.says("error", &format!("the deployment {id} is over: SUCCESSFUL"));
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_is_stopped_is_rolled_back() {
    for (is_paused, write) in
        [(true, "ContinueServiceDeployment"), (false, "StopServiceDeployment")]
    {
        let hooks = if is_paused { vec![pause(AT, "CONTINUE")] } else { vec![] };
        let scene = blue_green(30, &hooks);
        let until = if is_paused { "paused" } else { "bake-time" };
        let step = scene.deploy(&[("wait-until", until)]).await;
        let id = step.output("deployment-id").to_owned();
        let step = answer(&scene, STOP, &id).await;
        step.is("rolled-back");
        assert_eq!(step.writes(), [write]);
        let body = &step.only(write).body;
        assert_eq!(body[if is_paused { "action" } else { "stopType" }], "ROLLBACK");
        assert!(
            step.headline().starts_with("✅ web1 is back on 1.4.1; 1.4.2 "),
            "{}",
            step.headline()
        );
        assert_eq!(step.output("running-version"), "1.4.1");
        assert_eq!(status(&scene), "ROLLBACK_SUCCESSFUL");
        let again = answer(&scene, STOP, &id).await;
        again.is("unchanged");
        assert_eq!(again.writes(), [""; 0]);
        assert_eq!(again.output("running-version"), "1.4.1");
        let late = answer(&scene, CONTINUE, &id).await;
        late.is("refused");
        late.says("error", "is over: ROLLBACK_SUCCESSFUL");
        assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.1")]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_is_under_way_is_followed() {
    let scene = Scene::ready();
    let step = scene.deploy(&[("wait", "false")]).await;
    let id = step.output("deployment-id").to_owned();
    tokio::time::sleep(secs(60)).await;
    scene.sim.act(Act::stop_deployment("prod", "web1"));
    let step = answer(&scene, STOP, &id).await;
    step.is("rolled-back");
    assert_eq!(step.writes(), [""; 0]);
    step.says("log", "ECS is already rolling it back; following that");
}

#[tokio::test(start_paused = true)]
async fn a_rolling_update_is_stopped_too() {
    let scene = Scene::ready();
    let step = scene.deploy(&[("wait", "false")]).await;
    let id = step.output("deployment-id").to_owned();
    tokio::time::sleep(secs(30)).await;
    let step = answer(&scene, STOP, &id).await;
    step.is("rolled-back");
    assert_eq!(step.writes(), ["StopServiceDeployment"]);
    assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.1")]);
}

#[tokio::test(start_paused = true)]
async fn another_deployment_is_never_touched() {
    for command in [CONTINUE, STOP] {
        let (scene, id) = paused().await;
        let other = scene.register("1.4.1");
        scene.sim.act(Act::deploy("prod", "web1", &other));
        tokio::time::sleep(minutes(4)).await;
        let step = answer(&scene, command, &id).await;
        step.is("refused");
        assert_eq!(step.writes(), [""; 0]);
        let theirs = scene.sim.truth("prod", "web1").newest().deployment_id.clone();
        step.says(
            "error",
            &format!(
                "the deployment {id} is over: STOPPED; since then the deployment {theirs} has begun"
            ),
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_has_timed_out_into_a_rollback_does_not_go_on() {
    let (scene, id) = paused().await;
    tokio::time::sleep(minutes(60)).await;
    let step = answer(&scene, CONTINUE, &id).await;
    step.is("refused");
    assert_eq!(step.writes(), [""; 0]);
    step.says("error", "ROLLBACK");
    tokio::time::sleep(minutes(10)).await;
    let step = answer(&scene, CONTINUE, &id).await;
    step.says("error", "is over: ROLLBACK_SUCCESSFUL");
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_none_of_this_service_is_refused() {
    let (scene, _) = paused().await;
    for (name, said) in [
        ("ecs-svc/4711", "ECS has no deployment ecs-svc/4711 of service web1"),
        (
            "d-ABCDEF123",
            "d-ABCDEF123 is not a deployment of service web1 (cluster prod, eu-central-1), whose deployments ECS makes",
        ),
        (
            "arn:aws:ecs:eu-central-1:123456789012:service-deployment/prod/web1/abcDEF123",
            "ECS has no deployment arn:aws:ecs:eu-central-1:123456789012:service-deployment/prod/web1/abcDEF123",
        ),
    ] {
        let refused = scene.refusal(&[CONTINUE, ("deployment", name)]).await;
        assert!(refused.contains(said), "{refused}");
    }
    assert_eq!(status(&scene), "IN_PROGRESS");
}

#[tokio::test(start_paused = true)]
async fn a_first_deployment_cannot_be_rolled_back() {
    let scene = Scene::with_images(&["1.4.1", "1.4.2"]);
    let definition = scene.register("1.4.2");
    scene.sim.service("prod", "web1").deploying(&definition).desired(2).start();
    let id = scene.sim.truth("prod", "web1").newest().deployment_id.clone();
    let refused = scene.refusal(&[STOP, ("deployment", &id)]).await;
    assert!(refused.contains("it replaces nothing"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_is_missing_is_named_and_nothing_else_is_sent() {
    for (command, operation) in
        [(CONTINUE, "ContinueServiceDeployment"), (STOP, "ContinueServiceDeployment")]
    {
        let (scene, id) = paused().await;
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
        let step = answer(&scene, command, &id).await;
        step.is("failed");
        assert_eq!(step.writes(), [operation]);
        step.says("error", &format!("Allow ecs:{operation}"));
        step.says("error", "the deployment of web1 was not");
        assert_eq!(status(&scene), "IN_PROGRESS");
    }
    let (scene, id) = paused().await;
    scene.sim.fault("DescribeServiceDeployments", When::Always, Fault::AccessDenied);
    let refused = scene.refusal(&[CONTINUE, ("deployment", &id)]).await;
    assert!(refused.contains("Allow ecs:DescribeServiceDeployments"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn who_is_throttled_tries_on_and_answers_once() {
    let (scene, id) = paused().await;
    scene.sim.fault("ContinueServiceDeployment", When::Times(12), Fault::Throttle);
    let step = answer(&scene, CONTINUE, &id).await;
    step.is("deployed");
    let sent = step.requests.iter().filter(|it| it.operation == "ContinueServiceDeployment");
    assert_eq!(sent.filter(|it| it.carried_out).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_got_lost_is_looked_for_and_never_sent_twice() {
    for fault in
        [Fault::StatusAfter(500), Fault::Reset { applied: true }, Fault::Timeout { applied: true }]
    {
        let (scene, id) = paused().await;
        scene.sim.fault("ContinueServiceDeployment", When::Always, fault);
        let step = answer(&scene, CONTINUE, &id).await;
        step.is("deployed");
        assert_eq!(step.writes(), ["ContinueServiceDeployment"]);
    }
    for fault in [Fault::Status(500), Fault::Reset { applied: false }] {
        let (scene, id) = paused().await;
        scene.sim.fault("ContinueServiceDeployment", When::Always, fault);
        let step = answer(&scene, CONTINUE, &id).await;
        step.is("failed");
        assert_eq!(step.writes(), ["ContinueServiceDeployment"]);
        step.says("error", "the deployment is still waiting");
        assert_eq!(status(&scene), "IN_PROGRESS");
    }
    let (scene, id) = paused().await;
    scene.sim.fault("ContinueServiceDeployment", When::Always, Fault::StatusAfter(500));
    scene.sim.fault("DescribeServiceDeployments", When::FromNth(2), Fault::AccessDenied);
    let step = answer(&scene, CONTINUE, &id).await;
    step.is("unknown");
    assert_eq!(step.writes(), ["ContinueServiceDeployment"]);
    step.says("error", "a second `continue` answers whatever it waits for by then");
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_ecs_has_not_heard_says_that_the_deployment_goes_on() {
    for (until, write, by_hand) in [
        ("paused", "ContinueServiceDeployment", "--action ROLLBACK`"),
        ("bake-time", "StopServiceDeployment", "--stop-type ROLLBACK`"),
    ] {
        for fault in [Fault::Status(500), Fault::Reset { applied: false }] {
            let hooks = if until == "paused" { vec![pause(AT, "CONTINUE")] } else { vec![] };
            let scene = blue_green(30, &hooks);
            let step = scene.deploy(&[("wait-until", until)]).await;
            let id = step.output("deployment-id").to_owned();
            scene.sim.fault(write, When::Always, fault);
            let step = answer(&scene, STOP, &id).await;
            step.is("failed");
            assert_eq!(step.writes(), [write]);
            step.says("error", "the deployment of web1 was not stopped");
            step.says("error", "ECS did not receive it: the deployment continues");
            step.says("error", by_hand);
            assert_eq!(status(&scene), "IN_PROGRESS");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_hooks_the_one_that_went_on_is_told_and_a_cancel_leaves_the_other() {
    let two = || async {
        let scene = blue_green(30, &[pause(AT, "ROLLBACK"), pause(AT, "CONTINUE")]);
        let step = scene.deploy(&[PAUSED]).await;
        let id = step.output("deployment-id").to_owned();
        (scene, id)
    };
    let (scene, id) = two().await;
    scene.sim.fault("ContinueServiceDeployment", When::Nth(2), Fault::AccessDenied);
    let step = answer(&scene, CONTINUE, &id).await;
    step.is("failed");
    let hook = |step: &Step| {
        let first = step.requests.iter().find(|it| it.operation == "ContinueServiceDeployment");
        first.and_then(|it| it.body["hookId"].as_str().map(str::to_owned)).expect("a hook")
    };
    step.says("error", &format!("before that the hook {} is no longer waiting", hook(&step)));
    assert_eq!(step.output("running-version"), "");

    let (scene, id) = two().await;
    scene.sim.fault("ContinueServiceDeployment", When::Nth(1), Fault::Slow(secs(3)));
    let (step, ()) = tokio::join!(answer(&scene, CONTINUE, &id), scene.cancel_after(secs(1)));
    step.is("cancelled");
    assert_eq!(step.writes(), ["ContinueServiceDeployment"]);
    step.says("error", &format!("the hook {} is no longer waiting", hook(&step)));

    let (scene, id) = two().await;
    let step = scene.deploy(&[CONTINUE, ("deployment", &id), ("timeout", "5m")]).await;
    step.is("timed-out");
    assert_eq!(step.writes(), ["ContinueServiceDeployment"; 2]);
    assert!(!step.said("error").contains("no longer waiting"), "the deployment goes on as a whole");
}

#[tokio::test(start_paused = true)]
async fn somebody_who_answered_a_moment_earlier_is_followed() {
    for (theirs, result) in [("CONTINUE", "deployed"), ("ROLLBACK", "undone")] {
        let (scene, id) = paused().await;
        // Between the look at the deployment and the answer to its hook.
        scene.sim.fault("DescribeServiceRevisions", When::Nth(1), Fault::Slow(secs(4)));
        scene.sim.after(secs(2), Act::continue_deployment("prod", "web1", theirs));
        let step = answer(&scene, CONTINUE, &id).await;
        step.is(result);
        assert_eq!(step.writes(), ["ContinueServiceDeployment"]);
        step.says("log", "is no longer waiting");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancel_says_how_far_it_got() {
    let (scene, id) = paused().await;
    scene.sim.fault("ContinueServiceDeployment", When::Always, Fault::Timeout { applied: true });
    let (step, ()) = tokio::join!(answer(&scene, CONTINUE, &id), scene.cancel_after(secs(1)));
    step.is("cancelled");
    step.says(
        "error",
        "was being asked to continue the deployment; it is not known whether it does",
    );
    step.says("error", "a second `continue` answers whatever it waits for by then");
    assert!(step.took < secs(8), "{:?}", step.took);

    let (scene, id) = paused().await;
    let (step, ()) = tokio::join!(answer(&scene, CONTINUE, &id), scene.cancel_after(minutes(5)));
    step.is("cancelled");
    step.says("error", &format!("ECS continues deployment {id}"));
    assert_eq!(step.writes(), ["ContinueServiceDeployment"]);

    let (scene, id) = paused().await;
    scene.sim.fault("ContinueServiceDeployment", When::Always, Fault::Timeout { applied: true });
    let (step, ()) = tokio::join!(answer(&scene, STOP, &id), scene.cancel_after(secs(1)));
    step.is("cancelled");
    step.says(
        "error",
        "ECS was being asked to roll the deployment back; it is not known whether it does",
    );
}

#[tokio::test(start_paused = true)]
async fn what_dies_after_it_went_on_is_undone() {
    for (on_failure, result) in [("undo", "undone"), ("keep", "failed")] {
        let (scene, id) = paused().await;
        scene.sim.behaves(&scene.digest("1.4.2"), crashes());
        scene.sim.after(minutes(3), Act::kill_tasks("prod", "web1", 1));
        let with = [CONTINUE, ("deployment", id.as_str()), ("on-failure", on_failure)];
        let step = scene.deploy(&with).await;
        step.is(result);
        step.says("error", "The container web1 exited with code 1");
        if result == "undone" {
            assert_eq!(step.writes(), ["ContinueServiceDeployment", "StopServiceDeployment"]);
            assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.1")]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_sends_nothing_and_without_waiting_the_answer_is_all() {
    let (scene, id) = paused().await;
    for command in [CONTINUE, STOP] {
        let step = scene.deploy(&[command, ("deployment", &id), ("dry-run", "true")]).await;
        step.is("planned");
        assert_eq!(step.writes(), [""; 0]);
    }
    let step = scene.deploy(&[CONTINUE, ("deployment", &id), ("wait", "false")]).await;
    step.is("started");
    assert_eq!(step.writes(), ["ContinueServiceDeployment"]);
    assert!(step.took < secs(2), "{:?}", step.took);
}

/// CodeDeploy's deployment of 1.4.2, which waits for a person, and its id.
async fn at_the_gate() -> (Scene, String) {
    let scene = codedeploy::stage(|group| group.waits_for_a_person(60));
    let step = scene.deploy(&[PAUSED]).await;
    step.is("reached");
    let id = step.output("deployment-id").to_owned();
    (scene, id)
}

#[tokio::test(start_paused = true)]
async fn the_gate_of_codedeploy_is_opened_and_its_deployment_stopped() {
    let (scene, id) = at_the_gate().await;
    let refused = scene.refusal(&[CONTINUE, ("deployment", &id), PAUSED]).await;
    assert!(refused.contains("`continue` ends that wait"), "{refused}");
    let step = answer(&scene, CONTINUE, &id).await;
    step.is("deployed");
    assert_eq!(step.writes(), ["ContinueDeployment"]);
    assert_eq!(step.only("ContinueDeployment").body["deploymentWaitType"], "READY_WAIT");
    assert_eq!(step.output("running-version"), "1.4.2");

    let (scene, id) = at_the_gate().await;
    let step = answer(&scene, STOP, &id).await;
    step.is("rolled-back");
    assert_eq!(step.writes(), ["StopDeployment"]);
    assert_eq!(step.only("StopDeployment").body["autoRollbackEnabled"], true);
    assert_eq!(step.output("running-version"), "1.4.1");

    let (scene, id) = at_the_gate().await;
    scene.sim.act(Act::stop_code_deploy(APPLICATION, GROUP, Some(true)));
    tokio::time::sleep(minutes(20)).await;
    scene.sim.act(Act::create_deployment(APPLICATION, GROUP, "web1:1"));
    tokio::time::sleep(secs(30)).await;
    for command in [CONTINUE, STOP] {
        let step = answer(&scene, command, &id).await;
        step.is("refused");
        assert_eq!(step.writes(), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_deployment_of_another_group_is_refused() {
    // The group of the service has none yet that would be newer.
    let scene = codedeploy::ready();
    scene.sim.deployment_group("shop", "others").deployed("web1:1").create();
    let theirs = scene.sim.codedeploy_truth("shop", "others").deployments[0].id.clone();
    for command in [CONTINUE, STOP] {
        let refused = scene.refusal(&[command, ("deployment", &theirs)]).await;
        let said = format!(
            "{theirs} is not a deployment of service web1 (cluster prod, eu-central-1), whose deployments are those of the group {GROUP} of the application {APPLICATION}"
        );
        assert!(refused.contains(&said), "{refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_codedeploy_may_not_be_asked_the_permission_is_named() {
    for (command, operation) in [(CONTINUE, "ContinueDeployment"), (STOP, "StopDeployment")] {
        let (scene, id) = at_the_gate().await;
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
        let step = answer(&scene, command, &id).await;
        step.is("failed");
        assert_eq!(step.writes(), [operation]);
        step.says("error", &format!("Allow codedeploy:{operation}"));
    }
}
