//! Sentences about AWS refusing calls for their rate, which means that nothing was done.

use std::time::Duration;

use futures_util::future::join_all;
use simulator::{Act, Fault, Image, When};

use crate::codedeploy;
use crate::scene::{DEPLOYED, Scene, secs};

/// A matrix: each leg deploys a service of its own, all in one account.
#[tokio::test(start_paused = true)]
async fn thirty_legs_of_a_matrix_wait_their_turn() {
    let scene = Scene::empty();
    let names: Vec<String> = (0..30).map(|leg| format!("leg{leg}")).collect();
    for name in &names {
        for tag in ["1.4.1", "1.4.2"] {
            let image = Image::linux_amd64().content(&format!("{name} {tag}"));
            scene.sim.repository(name).push(tag, image);
        }
        scene.sim.service("prod", name).running_version("1.4.1").start();
    }
    scene.sim.limit_rates();
    let legs = names.iter().map(|name| {
        Box::pin(async { scene.deploy(&[("service", name.as_str()), ("timeout", "10m")]).await })
    });
    let step = join_all(legs).await;
    for (name, step) in names.iter().zip(&step) {
        step.is("deployed");
        let truth = scene.sim.truth("prod", name);
        assert_eq!(truth.newest().status, "SUCCESSFUL", "{name}");
        let late = step.decided() - truth.newest().finished.expect("it has ended");
        assert!(late < secs(15), "{name} was told {late:?} late");
    }
    let all = scene.sim.requests_for("RegisterTaskDefinition");
    assert_eq!(all.iter().filter(|it| it.carried_out).count(), 30, "each registered once");
    assert!(all.len() > 30, "some were refused: the account registers one a second");
}

#[tokio::test(start_paused = true)]
async fn whatever_is_throttled_for_a_while_is_done_in_the_end_and_once() {
    for operation in [
        "DescribeServices",
        "DescribeTaskDefinition",
        "BatchGetImage",
        "DescribeImages",
        "ListServiceDeployments",
        "DescribeServiceRevisions",
        "RegisterTaskDefinition",
        "UpdateService",
        "*",
    ] {
        let scene = Scene::ready();
        scene.sim.fault(operation, When::Between(secs(0), secs(60)), Fault::Throttle);
        let step = scene.deploy(&[("timeout", "10m")]).await;
        step.is("deployed");
        let writes = step.carried_out();
        assert_eq!(writes, DEPLOYED, "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_never_gets_its_turn_ends_with_the_time() {
    for (operation, before, further) in [
        ("RegisterTaskDefinition", "", [].as_slice()),
        ("UpdateService", "RegisterTaskDefinition", &["DeregisterTaskDefinition"]),
    ] {
        let scene = Scene::ready();
        scene.sim.fault(operation, When::Always, Fault::Throttle);
        let step = scene.deploy(&[("timeout", "3m")]).await;
        step.is("timed-out");
        assert!(step.took <= secs(180), "{operation}: {:?}", step.took);
        let done = step.carried_out();
        let expected = std::iter::once(before).filter(|it| !it.is_empty());
        assert_eq!(done, expected.chain(further.iter().copied()).collect::<Vec<_>>());
        let log = step.log();
        let line = format!("AWS throttles this call (ecs:{operation}: ThrottlingException");
        assert_eq!(log.matches(&line).count(), 1, "{log}");
        step.says("error", "Rate exceeded");
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_that_waited_for_its_turn_leaves_what_came_meanwhile() {
    let scene = Scene::with_images(&["1.4.0", "1.4.1", "1.4.2"]);
    scene.sim.service("prod", "web1").running_version("1.4.1").desired(2).start();
    let theirs = scene.register("1.4.0");
    scene.sim.fault("UpdateService", When::Between(secs(0), secs(40)), Fault::Throttle);
    scene.sim.after(secs(20), Act::deploy("prod", "web1", &theirs));
    let step = scene.deploy(&[]).await;
    step.is("refused");
    step.says("error", "changed while this run was deciding");
    let done = step.carried_out();
    assert_eq!(done, ["RegisterTaskDefinition", "DeregisterTaskDefinition"]);
    assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.0")]);
}

/// Theirs has come and gone by then, so that CodeDeploy would take ours.
#[tokio::test(start_paused = true)]
async fn a_codedeploy_deployment_that_waited_for_its_turn_leaves_what_came_meanwhile() {
    let scene = codedeploy::ready();
    let image = scene.sim.image("web1:1.5.0");
    let theirs = scene.sim.task_definition("theirs").container("web1", &image).register();
    scene.sim.fault("CreateDeployment", When::Between(secs(0), secs(900)), Fault::Throttle);
    let act = Act::create_deployment(codedeploy::APPLICATION, codedeploy::GROUP, &theirs);
    scene.sim.after(secs(20), act);
    let step = scene.deploy(&[]).await;
    step.is("refused");
    step.says("error", "changed while this run was deciding");
    let done = step.carried_out();
    assert_eq!(done, ["RegisterTaskDefinition", "DeregisterTaskDefinition"]);
    let truth = scene.sim.codedeploy_truth(codedeploy::APPLICATION, codedeploy::GROUP);
    assert_eq!(truth.serving()[0].digests["web1"], scene.digest("1.5.0"));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_turn_can_be_cancelled() {
    let scene = Scene::ready();
    scene.sim.fault("RegisterTaskDefinition", When::Always, Fault::Throttle);
    let stop = Duration::from_secs(40);
    let (step, ()) = tokio::join!(scene.deploy(&[]), scene.cancel_after(stop));
    step.is("cancelled");
    assert!(step.took <= stop + secs(7), "{:?}", step.took);
    let error = step.said("error");
    assert!(error.contains("nothing was changed") || error.contains("before"), "{error}");
}

/// Only being throttled is waited out so long.
#[tokio::test(start_paused = true)]
async fn whatever_else_goes_wrong_with_a_read_is_tried_three_times() {
    for fault in [Fault::Status(500), Fault::Reset { applied: false }] {
        let scene = Scene::ready();
        scene.sim.fault("BatchGetImage", When::Always, fault.clone());
        let step = scene.deploy(&[]).await;
        assert_eq!(step.result(), "refused", "{fault:?}");
        assert_eq!(step.count("BatchGetImage"), 3, "{fault:?}");
    }
}
