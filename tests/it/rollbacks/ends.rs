//! How a rollback ends where it does not simply succeed, and what is read for it.

use std::time::Duration;

use expect_test::expect;
use simulator::{Act, Behaviour, Fault, Lag, When};

use super::{PREVIOUS, back, to, with_a_past, with_a_past_of};
use crate::scene::{crashes, secs};

#[tokio::test(start_paused = true)]
async fn a_rollback_that_fails_does_not_bring_the_bad_release_back() {
    // Without a circuit breaker, and with one that only stops.
    for breaker in [None, Some(false)] {
        let scene = with_a_past_of(|service| match breaker {
            Some(rollback) => service.circuit_breaker(rollback),
            None => service,
        });
        scene.sim.behaves(&scene.digest("1.4.1"), crashes());
        let step = scene.deploy(PREVIOUS).await;
        step.is("failed");
        assert_eq!(step.writes(), ["UpdateService"], "{}", step.log());
        let headline = step.headline();
        assert!(headline.starts_with("❌ the rollback of web1 to 1.4.1 failed"), "{headline}");
        assert!(headline.contains("2 tasks run 1.4.2"), "what runs: {headline}");
    }
}

/// That it returns is how the service is configured, and ECS's own decision.
#[tokio::test(start_paused = true)]
async fn where_ecs_itself_undoes_the_rollback_that_is_said() {
    let scene = with_a_past_of(|service| service.circuit_breaker(true));
    scene.sim.behaves(&scene.digest("1.4.1"), crashes());
    let step = scene.deploy(PREVIOUS).await;
    step.is("undone");
    assert_eq!(step.writes(), ["UpdateService"]);
    assert_eq!(step.output("running-version"), "1.4.2");
    assert_eq!(step.headline(), "❌ the rollback of web1 to 1.4.1 failed; it is back on 1.4.2");
}

#[tokio::test(start_paused = true)]
async fn undo_can_be_asked_for() {
    let scene = with_a_past();
    scene.sim.behaves(&scene.digest("1.4.1"), crashes());
    let step = scene.deploy(&[PREVIOUS, &[("on-failure", "undo")]].concat()).await;
    step.is("undone");
    assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.2")]);
}

/// ECS was asked to turn round, and what it returns to is broken by now.
#[tokio::test(start_paused = true)]
async fn where_ecs_can_not_return_either_a_person_is_told() {
    let scene = with_a_past_of(|service| service.circuit_breaker(true).percentages(0, 100));
    scene.push("1.5.0");
    scene.sim.behaves(&scene.digest("1.5.0"), Behaviour::Hangs);
    scene.sim.behaves(&scene.digest("1.4.2"), crashes());
    let new = scene.register("1.5.0");
    scene.sim.act(Act::deploy("prod", "web1", &new));
    tokio::time::sleep(secs(60)).await;
    let step = scene.deploy(PREVIOUS).await;
    step.is("failed");
    assert_eq!(step.writes(), ["StopServiceDeployment"]);
    step.says("error", "ECS could not roll the deployment back");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_shows_the_way_back_and_writes_nothing() {
    let scene = with_a_past();
    let step = scene.deploy(&[PREVIOUS, &[("dry-run", "true")]].concat()).await;
    step.is("planned");
    assert_eq!(step.writes(), [""; 0]);
    let mut log = step.log();
    for tag in ["1.4.1", "1.4.2"] {
        log = log.replace(&scene.digest(tag)["sha256:".len()..][..12], &format!("DIGEST-OF-{tag}"));
    }
    expect![[r#"
        Plan: 1.4.2 → 1.4.1 for service web1 in cluster prod, account 123456789012, eu-central-1
        now:  1.4.2  DIGEST-OF-1.4.2  web1:3
        then: 1.4.1  DIGEST-OF-1.4.1  web1:2
          web1: image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.4.2 → 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.4.1
        - update the service to web1:2
        it will probably take about 3 min (the last 3 took 2:30 each)
        web1 would be rolled back from 1.4.2 to 1.4.1; nothing was written"#]].assert_eq(&log);
}

#[tokio::test(start_paused = true)]
async fn without_waiting_it_is_on_its_way() {
    let scene = with_a_past();
    let step = scene.deploy(&[PREVIOUS, &[("wait", "false")]].concat()).await;
    step.is("started");
    assert_eq!(step.writes(), ["UpdateService"]);
    assert_eq!(
        step.headline(),
        "✅ web1 is being rolled back to 1.4.1; this run does not wait for it to finish"
    );
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_rollback_says_what_ecs_goes_on_with() {
    let scene = with_a_past();
    let (step, ()) = tokio::join!(Box::pin(scene.deploy(PREVIOUS)), scene.cancel_after(secs(20)));
    step.is("cancelled");
    assert_eq!(step.writes(), ["UpdateService"]);
    assert_eq!(
        step.headline(),
        "❌ the run was cancelled; ECS continues rolling web1 back to 1.4.1"
    );
    step.says("error", "ECS continues deployment");
    assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.1")]);
}

#[tokio::test(start_paused = true)]
async fn cancelled_while_ecs_turns_round_it_does_not_name_the_bad_deployment_as_going_on() {
    let scene = with_a_past();
    scene.push("1.5.0");
    scene.sim.behaves(&scene.digest("1.5.0"), Behaviour::Hangs);
    let new = scene.register("1.5.0");
    scene.sim.act(Act::deploy("prod", "web1", &new));
    tokio::time::sleep(secs(60)).await;
    let (step, ()) = tokio::join!(Box::pin(scene.deploy(PREVIOUS)), scene.cancel_after(secs(3)));
    step.is("cancelled");
    assert_eq!(step.writes(), ["StopServiceDeployment"]);
    assert_eq!(
        step.headline(),
        "❌ the run was cancelled; ECS continues rolling web1 back to 1.4.2"
    );
    let error = step.said("error");
    assert!(error.contains("ECS is rolling back deployment"), "{error}");
    assert!(!error.contains("stop-service-deployment"), "nothing is left to stop: {error}");
    assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.2")]);
}

#[tokio::test(start_paused = true)]
async fn without_the_history_an_exact_version_works_and_previous_names_the_permission() {
    for operation in
        ["ListServiceDeployments", "DescribeServiceDeployments", "DescribeServiceRevisions"]
    {
        let scene = with_a_past();
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
        let said = scene.refusal(PREVIOUS).await;
        assert!(said.contains(&format!("ecs:{operation} is not allowed")), "{said}");
        assert!(said.contains("Give an exact `version`, or allow that action"), "{said}");

        let step = scene.deploy(&to("1.4.1")).await;
        step.is("rolled-back");
        // It is not known to have run here by web1:2.
        assert_eq!(step.writes(), ["RegisterTaskDefinition", "UpdateService"], "{operation}");
        step.says(
            "notice",
            &format!("has run on this service before (ecs:{operation} is not allowed)"),
        );

        let scene = with_a_past();
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
        let step = scene.deploy(&to("web1:2")).await;
        back(&step, &["UpdateService"]);
    }
}

/// ECS forgets after 90 days.
#[tokio::test(start_paused = true)]
async fn a_service_that_was_not_deployed_for_long_goes_back_to_an_exact_version() {
    let scene = with_a_past();
    scene.sim.lag(Lag { listing: Duration::MAX, ..Lag::default() });
    expect![[r#"
        it is not known which version is `previous`: ECS lists no deployment of this service (it keeps them for 90 days)
        Give an exact `version`; `list` shows what is in the repository."#]].assert_eq(&scene.refusal(PREVIOUS).await);
    let step = scene.deploy(&to("1.4.1")).await;
    back(&step, &["RegisterTaskDefinition", "UpdateService"]);
    assert_eq!(step.headline(), "✅ web1 is back on 1.4.1; 1.4.2 was removed");
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_deploys_at_the_same_moment_is_not_overrun() {
    let scene = with_a_past();
    scene.push("1.5.0");
    let new = scene.register("1.5.0");
    scene.sim.latency(Duration::from_millis(200));
    // After the first look, before the last one.
    scene.sim.after(Duration::from_millis(300), Act::deploy("prod", "web1", &new));
    let said = scene.refusal(PREVIOUS).await;
    assert!(said.contains("changed while this run was deciding"), "{said}");
}
