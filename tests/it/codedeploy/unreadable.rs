//! What CodeDeploy does not tell, or nobody may read: it is not known, and said to be.

use std::time::Duration;

use simulator::{Act, Behaviour, CodeDeployAnswers, Fault, When};

use super::{
    APPLICATION, GROUP, ROLLBACK, after, assert_serves, minutes, ready, refuses, stage,
    with_a_hook, without_group,
};
use crate::scene::{Scene, Step};

const NOT_ALLOWED: &str = "codedeploy:GetDeploymentTarget is not allowed";

fn deny_steps(scene: &Scene) {
    scene.sim.fault("GetDeploymentTarget", When::Always, Fault::AccessDenied);
}

fn said(step: &Step) -> String {
    format!("{}{}{}{}", step.log(), step.said("notice"), step.said("error"), step.summary)
}

#[tokio::test(start_paused = true)]
async fn what_may_have_all_traffic_is_waited_for_also_where_it_was_to_be_replaced() {
    // Once all traffic is on it, and while its tasks still start.
    for time in [120, 10] {
        let scene = ready();
        scene.deploy(&[("wait", "false")]).await;
        tokio::time::sleep(Duration::from_secs(time)).await;
        deny_steps(&scene);
        let step = scene.deploy(&[("version", "1.5.0"), ("in-flight", "replace")]).await;
        step.is("deployed");
        assert_eq!(step.writes(), ["RegisterTaskDefinition", "CreateDeployment"]);
        let words = format!(
            "it is not known whether all traffic is on its new tasks already ({NOT_ALLOWED})"
        );
        step.says("log", &words);
        let truth = scene.sim.codedeploy_truth(APPLICATION, GROUP);
        assert!(truth.deployments.iter().all(|it| it.status == "Succeeded"), "{truth:?}");
        assert_serves(&scene, "1.5.0");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_in_the_way_and_may_have_all_traffic_is_refused_with_the_command_that_stops_it() {
    let scene = stage(|group| group.terminates_after(60));
    scene.deploy(&[]).await;
    deny_steps(&scene);
    let step = scene.deploy(&[("version", "1.5.0"), ("in-flight", "refuse")]).await;
    assert_eq!((step.result(), step.writes().len()), ("refused", 0));
    step.says("error", NOT_ALLOWED);
    step.says("error", "aws deploy stop-deployment");
}

#[tokio::test(start_paused = true)]
async fn what_it_replaces_comes_back_in_seconds_all_the_same() {
    let scene = stage(|group| group.terminates_after(60));
    scene.deploy(&[]).await;
    deny_steps(&scene);
    let step = scene.deploy(&[ROLLBACK]).await;
    assert_eq!((step.result(), step.writes()), ("rolled-back", vec!["StopDeployment"]));
    assert_serves(&scene, "1.4.1");
}

#[tokio::test(start_paused = true)]
async fn steps_that_could_not_be_read_for_a_while_are_looked_at_again() {
    let scene = stage(|group| group.terminates_after(60));
    scene.deploy(&[]).await;
    let now = scene.sim.elapsed();
    let outage = When::Between(now, now + Duration::from_secs(40));
    scene.sim.fault("GetDeploymentTarget", outage, Fault::Status(500));
    let step = scene.deploy(&[("version", "1.5.0"), ("in-flight", "replace")]).await;
    step.is("deployed");
    let writes = ["ContinueDeployment", "RegisterTaskDefinition", "CreateDeployment"];
    assert_eq!(step.writes(), writes);
    assert!(step.took < Duration::from_secs(10 * 60), "it took {:?}", step.took);
    assert_serves(&scene, "1.5.0");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_whose_steps_may_not_be_read_is_done_when_the_old_tasks_are_gone() {
    let scene = ready();
    deny_steps(&scene);
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    assert_eq!(scene.sim.codedeploy_truth(APPLICATION, GROUP).newest().status, "Succeeded");
    let words = "is known only once CodeDeploy has removed the old ones";
    step.says("log", words);
    step.says("log", NOT_ALLOWED);
}

#[tokio::test(start_paused = true)]
async fn what_may_have_all_traffic_when_the_time_is_up_is_not_undone() {
    let scene = stage(|group| group.terminates_after(60));
    deny_steps(&scene);
    let step = scene.deploy(&[("timeout", "5m"), ("on-timeout", "undo")]).await;
    step.is("timed-out");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "CreateDeployment"]);
    step.says("error", "it is not known whether all traffic is on the new tasks");
    step.says("error", "Allow codedeploy:GetDeploymentTarget");
    step.says("error", "aws deploy stop-deployment");
    assert_serves(&scene, "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn what_was_stopped_is_no_success_where_nobody_can_tell_how_far_it_was() {
    let scene = stage(|group| group.auto_rollback(&[]).terminates_after(60).deployed("web1:1"));
    assert_eq!(scene.deploy(&[]).await.result(), "deployed");
    scene.sim.act(Act::stop_code_deploy(APPLICATION, GROUP, Some(false)));
    minutes(5).await;
    deny_steps(&scene);
    let step = scene.deploy(&[("dry-run", "true")]).await;
    step.is("planned");
    step.says("notice", "it does not count as a success");
    step.says("notice", NOT_ALLOWED);
    let refusal = scene.refusal(&[ROLLBACK]).await;
    assert!(refusal.contains("it is not known whether all traffic had moved"), "{refusal}");
}

#[tokio::test(start_paused = true)]
async fn an_undo_is_true_whether_or_not_steps_are_listed_and_task_sets_have_labels() {
    for pending_events in [true, false] {
        for task_set_labels in [true, false] {
            let answers =
                CodeDeployAnswers { pending_events, task_set_labels, ..Default::default() };
            let run = async |event: &str, back: &str, creates: usize| {
                let scene = stage(|group| group.auto_rollback(&[]).deployed("web1:1"));
                scene.sim.codedeploy_answers(answers);
                refuses(&scene);
                scene.sim.after(
                    Duration::from_secs(130),
                    Act::hook("checks", simulator::Hook::Succeeds),
                );
                let path = with_a_hook(&scene, event);
                let step = scene.deploy(&[("codedeploy-appspec", &path)]).await;
                step.is("undone");
                assert!(said(&step).contains(back), "{event} {answers:?}: {}", step.summary);
                let created = step.writes().iter().filter(|it| **it == "CreateDeployment").count();
                assert_eq!(created, creates, "{event} {answers:?}");
                assert_serves(&scene, "1.4.1");
            };
            run("AfterAllowTestTraffic", "kept all the traffic throughout", 1).await;
            run("AfterAllowTraffic", "was restored by a new deployment", 2).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_deployment_is_done_at_the_same_moment_whether_or_not_its_steps_are_listed() {
    let mut took = Vec::new();
    for pending_events in [true, false] {
        let scene = ready();
        scene.sim.codedeploy_answers(CodeDeployAnswers { pending_events, ..Default::default() });
        let path = with_a_hook(&scene, "AfterAllowTraffic");
        let step = scene.deploy(&[("codedeploy-appspec", &path)]).await;
        step.is("deployed");
        let truth = scene.sim.codedeploy_truth(APPLICATION, GROUP);
        assert!(truth.newest().served.is_some(), "the last hook had passed");
        took.push(step.took.as_secs() / 10);
    }
    assert_eq!(took[0], took[1]);
}

#[tokio::test(start_paused = true)]
async fn previous_is_the_same_whichever_end_of_the_record_is_listed_first() {
    for (revisions, newest_first) in [(10, true), (10, false), (120, true), (120, false)] {
        let scene = without_group();
        let image = scene.sim.image("web1:1.4.2");
        scene.sim.task_definition("web1").container("web1", &image).register();
        let mut group = scene.sim.deployment_group(APPLICATION, GROUP).service("prod", "web1");
        for _ in 0..revisions {
            group = group.deployed("web1:2");
        }
        group.deployed("web1:1").create();
        scene.sim.codedeploy_answers(CodeDeployAnswers { newest_first, ..Default::default() });
        for version in ["1.6.0", "1.7.0"] {
            let image = simulator::Image::linux_amd64().content(version);
            scene.sim.repository("web1").push(version, image);
        }
        let scene = after(scene, &["1.6.0", "1.7.0"]).await;
        let step = scene.deploy(&[ROLLBACK, ("dry-run", "true")]).await;
        assert_eq!(
            (step.result(), step.output("version")),
            ("planned", "1.6.0"),
            "{revisions} {newest_first}: {}",
            step.log()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_that_do_not_name_their_task_set_are_known_by_its_definition() {
    let run = async |started_by: bool| {
        let scene = stage(|group| group.config("CodeDeployDefault.ECSCanary10Percent5Minutes"));
        let dies = Behaviour::Crashes { after: Duration::from_secs(100), exit_code: 1 };
        scene.sim.behaves(&scene.digest("1.4.2"), dies);
        scene.sim.codedeploy_answers(CodeDeployAnswers { started_by, ..Default::default() });
        let step = scene.deploy(&[("max-failed-tasks", "2")]).await;
        step.is("undone");
        assert!(said(&step).contains("the deployment counts as failed"), "{}", step.log());
        assert_serves(&scene, "1.4.1");
    };
    run(true).await;
    run(false).await;
}

#[tokio::test(start_paused = true)]
async fn which_digest_runs_is_not_known_where_no_task_names_its_task_set() {
    let scene = ready();
    scene.sim.codedeploy_answers(CodeDeployAnswers { started_by: false, ..Default::default() });
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    step.says("notice", "which digest runs could not be confirmed");
}

#[tokio::test(start_paused = true)]
async fn while_the_steps_are_throttled_codedeploy_is_asked_less_often() {
    let scene = ready();
    let outage = Duration::from_secs(20)..Duration::from_secs(80);
    let between = When::Between(outage.start, outage.end);
    scene.sim.fault("GetDeploymentTarget", between, Fault::Throttle);
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    let asked = || step.requests.iter().filter(|it| outage.contains(&it.at));
    let steps = asked().filter(|it| it.operation == "GetDeploymentTarget").count();
    assert!((3..=10).contains(&steps), "{steps} looks at the steps in the minute");
    assert!(asked().count() <= 30, "{} calls in the minute", asked().count());
}
