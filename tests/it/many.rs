//! Sentences about several services of one image in one step: nothing is written before all
//! are decided, they go side by side, and what becomes of one is not told of another.

use std::time::Duration;

use serde_json::Value;
use simulator::{Behaviour, Fault, Recorded, When};

use crate::scene::{Fleet, INTERVAL, Scene, Step, crashes, fleet, secs};

/// Services of the image `web1` with a container of their own name each, on version 1.4.1.
const SERVICES: [&str; 3] = ["web1", "worker", "beat"];
const ALL: (&str, &str) = ("service", "web1\nworker\nbeat");
const WITH_ONE_THAT_IS_NOT_THERE: (&str, &str) = ("service", "web1\nworker\nmissing");

fn ready() -> Scene {
    let scene = Scene::with_images(&["1.4.1", "1.4.2"]);
    let image = scene.sim.image("web1:1.4.1");
    for name in SERVICES {
        let definition = scene.sim.task_definition(name).container(name, &image).register();
        scene.sim.service("prod", name).running(&definition).desired(2).start();
    }
    scene
}

/// Where only the new tasks of this service do `this`.
fn when(service: &str, this: Behaviour) -> Scene {
    let scene = ready();
    scene.sim.container_behaves(service, &scene.digest("1.4.2"), this);
    scene
}

/// The results by service, as the report tells them.
fn results(step: &Step) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(step.output("report")).expect("JSON");
    let text = |app: &Value, name: &str| app[name].as_str().unwrap_or_default().to_owned();
    let apps = report.as_array().expect("a list");
    apps.iter().map(|app| (text(app, "service"), text(app, "result"))).collect()
}

#[track_caller]
fn are(step: &Step, expected: [&str; 3]) {
    let expected: Vec<(String, String)> = SERVICES
        .iter()
        .zip(expected)
        .map(|(name, result)| ((*name).to_owned(), result.to_owned()))
        .collect();
    assert_eq!(results(step), expected, "{}\n{}", step.log(), step.said("error"));
}

/// Proves which version each service runs in the end.
async fn run_in_the_end(scene: &Scene, expected: [&str; 3]) {
    tokio::time::sleep(secs(600)).await;
    for (name, tag) in SERVICES.iter().zip(expected) {
        let running = scene.sim.truth("prod", name).running;
        let digests: Vec<&String> = running.iter().flat_map(|it| it.digests.values()).collect();
        assert_eq!(digests, [&scene.digest(tag)], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn three_services_of_one_image_go_side_by_side() {
    let alone = ready().deploy(&[("repository", "web1")]).await;
    let scene = ready();
    let step = scene.deploy(&[ALL, ("repository", "web1")]).await;
    step.is("deployed");
    are(&step, ["deployed"; 3]);
    assert_eq!(step.count("RegisterTaskDefinition"), 3);
    assert_eq!(step.count("UpdateService"), 3);
    assert_eq!(step.writes().len(), 6);
    assert!(step.took < alone.took + secs(5), "{:?} and {:?}", step.took, alone.took);
    step.says("log", "worker: registered worker:2");
    assert_eq!(step.headline(), "✅ 3 services: 3 deployed");
    assert_eq!(step.output("version"), "", "what is of one service is not told of three");
    run_in_the_end(&scene, ["1.4.2"; 3]).await;

    let again = scene.deploy(&[ALL, ("repository", "web1")]).await;
    again.is("unchanged");
    assert_eq!(again.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_where_one_of_them_is_refused() {
    let step = ready().deploy(&[WITH_ONE_THAT_IS_NOT_THERE, ("repository", "web1")]).await;
    step.is("refused");
    assert_eq!(step.writes(), [""; 0]);
    let results: Vec<String> = results(&step).into_iter().map(|(_, result)| result).collect();
    assert_eq!(results, ["held", "held", "refused"]);
    step.says("summary", "while there is a problem with missing");
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_does_not_hide_the_plans_of_the_others_in_a_dry_run() {
    let with = [WITH_ONE_THAT_IS_NOT_THERE, ("repository", "web1"), ("dry-run", "true")];
    let step = ready().deploy(&with).await;
    step.is("refused");
    let results: Vec<String> = results(&step).into_iter().map(|(_, result)| result).collect();
    assert_eq!(results, ["planned", "planned", "refused"]);
}

#[tokio::test(start_paused = true)]
async fn of_one_that_fails_only_that_one_is_undone() {
    let scene = when("worker", crashes());
    let step = scene.deploy(&[ALL, ("repository", "web1")]).await;
    step.is("undone");
    are(&step, ["deployed", "undone", "deployed"]);
    assert_eq!(step.headline(), "❌ 3 services: 1 undone, 2 deployed");
    run_in_the_end(&scene, ["1.4.2", "1.4.1", "1.4.2"]).await;
}

#[tokio::test(start_paused = true)]
async fn undo_all_brings_back_what_had_succeeded_and_what_is_under_way() {
    let scene = when("worker", crashes());
    let step = scene.deploy(&[ALL, ("repository", "web1"), ("on-failure", "undo-all")]).await;
    step.is("undone");
    are(&step, ["undone"; 3]);
    step.says(
        "summary",
        "1.4.2 was called off on web1, because worker failed; it is back on 1.4.1",
    );
    run_in_the_end(&scene, ["1.4.1"; 3]).await;
    for name in SERVICES {
        let revision = scene.sim.call(
            simulator::Service::Ecs,
            "DescribeTaskDefinition",
            &serde_json::json!({ "taskDefinition": format!("{name}:2") }),
        );
        let status = revision.expect("it was registered")["taskDefinition"]["status"].clone();
        assert_eq!(status, "INACTIVE", "{name}:2 is left for nobody");
    }
}

/// Its tasks die only after those of the others have succeeded.
#[tokio::test(start_paused = true)]
async fn undo_all_brings_back_what_has_long_succeeded() {
    let late = Behaviour::Crashes { after: secs(20), exit_code: 1 };
    let scene = when("worker", late);
    let with = [ALL, ("repository", "web1"), ("on-failure", "undo-all"), ("max-failed-tasks", "6")];
    let step = scene.deploy(&with).await;
    are(&step, ["undone"; 3]);
    for name in ["web1", "beat"] {
        let truth = scene.sim.truth("prod", name);
        let mut brought = truth.deployments.iter().filter(|it| it.task_definition.ends_with(":2"));
        assert!(brought.any(|it| it.status == "SUCCESSFUL"), "{name} had succeeded: {truth:?}");
    }
    run_in_the_end(&scene, ["1.4.1"; 3]).await;
}

#[tokio::test(start_paused = true)]
async fn what_undo_all_does_not_bring_back_is_said() {
    let scene = when("beat", crashes());
    let worker = [("service", "worker"), ("repository", "web1")];
    scene.deploy(&worker).await.is("deployed");
    let step = scene.deploy(&[ALL, ("repository", "web1"), ("on-failure", "undo-all")]).await;
    are(&step, ["undone", "unchanged", "undone"]);
    let sentence = "beat failed, and worker stays on 1.4.2: it already ran that before this run";
    step.says("notice", sentence);
    step.says("summary", sentence);
    run_in_the_end(&scene, ["1.4.1", "1.4.2", "1.4.1"]).await;
}

#[tokio::test(start_paused = true)]
async fn undo_all_says_which_deployment_was_begun_by_somebody_else() {
    let scene = when("beat", crashes());
    let worker = [("service", "worker"), ("repository", "web1"), ("wait", "false")];
    scene.deploy(&worker).await.is("started");
    let step = scene.deploy(&[ALL, ("repository", "web1"), ("on-failure", "undo-all")]).await;
    are(&step, ["undone"; 3]);
    let undo = |at: usize| {
        let report: Value = serde_json::from_str(step.output("report")).expect("JSON");
        report[at]["undo"].as_str().unwrap_or_default().to_owned()
    };
    let whose = "; this run had only followed the failed deployment, which it did not start";
    assert_eq!([0, 1, 2].map(|at| undo(at).ends_with(whose)), [false, true, false]);
    run_in_the_end(&scene, ["1.4.1"; 3]).await;
}

#[tokio::test(start_paused = true)]
async fn one_after_another_where_only_one_may_go_at_a_time() {
    let scene = ready();
    let step = scene.deploy(&[ALL, ("repository", "web1"), ("max-parallel", "1")]).await;
    step.is("deployed");
    let updated: Vec<&Value> = step.updates().into_iter().map(|it| &it["service"]).collect();
    assert_eq!(updated, SERVICES);
    let [first, second, third] = SERVICES.map(|it| scene.sim.truth("prod", it).newest().clone());
    assert!(first.finished < Some(second.created) && second.finished < Some(third.created));
}

#[tokio::test(start_paused = true)]
async fn all_three_go_back_to_what_ran_before() {
    let scene = ready();
    assert_eq!(scene.deploy(&[ALL, ("repository", "web1")]).await.result(), "deployed");
    let step = scene.deploy(&[ALL, ("repository", "web1"), ("command", "rollback")]).await;
    step.is("rolled-back");
    are(&step, ["rolled-back"; 3]);
    run_in_the_end(&scene, ["1.4.1"; 3]).await;
}

#[tokio::test(start_paused = true)]
async fn a_cancel_is_told_of_each() {
    let scene = ready();
    let (step, ()) =
        tokio::join!(scene.deploy(&[ALL, ("repository", "web1")]), scene.cancel_after(secs(20)));
    step.is("cancelled");
    are(&step, ["cancelled"; 3]);
    assert!(step.took < secs(27), "{:?}", step.took);
    assert_eq!(step.writes().len(), 6, "nothing is undone");
}

#[tokio::test(start_paused = true)]
async fn an_update_that_is_refused_holds_nobody_else_up() {
    let scene = ready();
    scene.sim.fault("RegisterTaskDefinition", When::Nth(2), Fault::AccessDenied);
    let step = scene.deploy(&[ALL, ("repository", "web1")]).await;
    step.is("failed");
    let failed = results(&step).into_iter().filter(|(_, result)| result == "failed").count();
    let deployed = results(&step).into_iter().filter(|(_, result)| result == "deployed").count();
    assert_eq!((failed, deployed), (1, 2));
}

/// An account registers one task definition a second, after 20 at once.
#[tokio::test(start_paused = true)]
async fn fifty_services_take_what_the_slowest_takes_and_what_the_rates_force() {
    for (size, forced) in [(1, 0), (10, 0), (50, 30)] {
        let Fleet { step, slowest } = fleet(size).await;
        let bound = slowest.mul_f64(1.2) + secs(forced);
        assert!(step.took <= bound, "{size}: {:?} where {slowest:?} is the slowest", step.took);
        let a_cycle = most_within(&step, INTERVAL / 2);
        assert!(a_cycle <= 8, "{size}: {a_cycle} calls a cycle");
    }
}

/// The most looks at services and their deployments in any such time after the last write.
fn most_within(step: &Step, time: Duration) -> usize {
    let written = step.requests.iter().rposition(Recorded::is_write).expect("it writes");
    let is_look = |it: &&Recorded| {
        ["DescribeServices", "DescribeServiceDeployments"].contains(&it.operation.as_str())
    };
    let looks: Vec<&Recorded> = step.requests[written + 1..].iter().filter(is_look).collect();
    let within =
        |at: usize| looks[at..].iter().take_while(|it| it.at < looks[at].at + time).count();
    (0..looks.len()).map(within).max().unwrap_or_default()
}
