//! A deployment that goes well.

use std::time::Duration;

use serde_json::json;
use simulator::Act;

use super::{APPLICATION, GROUP, app_spec, assert_serves, minutes, ready, stage};

#[tokio::test(start_paused = true)]
async fn a_new_version_is_done_when_all_traffic_is_on_it_and_not_when_the_old_tasks_are_gone() {
    let scene = ready();
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "CreateDeployment"]);
    let create = &step.only("CreateDeployment").body;
    assert_eq!(create["applicationName"], APPLICATION);
    assert_eq!(create["deploymentGroupName"], GROUP);
    for unasked in ["deploymentConfigName", "description", "autoRollbackConfiguration"] {
        assert!(create.get(unasked).is_none(), "{unasked} was not asked for");
    }
    assert_eq!(
        app_spec(&step),
        json!({ "version": 0.0, "Resources": [{ "TargetService": {
            "Type": "AWS::ECS::Service",
            "Properties": {
                "TaskDefinition": step.output("task-definition-arn"),
                "LoadBalancerInfo": { "ContainerName": "web1", "ContainerPort": 8080 },
            },
        } }] })
    );
    let truth = scene.sim.codedeploy_truth(APPLICATION, GROUP);
    let id = &truth.newest().id;
    assert_eq!(step.output("codedeploy-deployment-id"), id);
    assert_eq!(step.output("deployment-id"), id);
    assert_eq!(truth.newest().status, "InProgress", "the old tasks are still there");
    assert_serves(&scene, "1.4.2");
    assert!(step.took < Duration::from_secs(120), "{:?}", step.took);
    step.says("log", "CodeDeploy removes the old tasks 5 min later");
    step.says("log", "CodeDeploy keeps the old tasks for 5 min");
    step.says("summary", "web1 runs 1.4.2 (before: 1.4.1)");
}

#[tokio::test(start_paused = true)]
async fn the_second_time_nothing_is_done_also_while_the_old_tasks_are_there() {
    let scene = ready();
    scene.deploy(&[]).await;
    for _ in 0..2 {
        let step = scene.deploy(&[]).await;
        assert_eq!((step.result(), step.writes().len()), ("unchanged", 0), "{}", step.log());
        minutes(10).await;
    }
}

#[tokio::test(start_paused = true)]
async fn traffic_is_waited_for_step_by_step_and_longer_than_the_default_timeout() {
    let scene = stage(|group| group.config("CodeDeployDefault.ECSLinear10PercentEvery3Minutes"));
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    assert!(step.took > Duration::from_secs(27 * 60), "{:?}", step.took);
    step.says("log", "stage AllowTraffic, 40 % of traffic");
    assert_serves(&scene, "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn a_configuration_and_a_description_are_sent_where_they_are_asked_for() {
    let scene = stage(|group| group.config("CodeDeployDefault.ECSLinear10PercentEvery3Minutes"));
    let config = "CodeDeployDefault.ECSAllAtOnce";
    let step = scene
        .deploy(&[
            ("codedeploy-deployment-config", config),
            ("codedeploy-description", "Fix the basket"),
        ])
        .await;
    step.is("deployed");
    let create = &step.only("CreateDeployment").body;
    assert_eq!(create["deploymentConfigName"], config);
    assert_eq!(create["description"], "Fix the basket");
    assert!(step.took < Duration::from_secs(120), "{:?}", step.took);
}

#[tokio::test(start_paused = true)]
async fn a_person_who_has_to_let_traffic_move_is_told_how_and_costs_no_time() {
    let scene = stage(|group| group.waits_for_a_person(60));
    let (step, ()) = tokio::join!(scene.deploy(&[("timeout", "10m")]), async {
        minutes(45).await;
        scene.sim.act(Act::continue_code_deploy(APPLICATION, GROUP, "READY_WAIT"));
    });
    step.is("deployed");
    let id = step.output("deployment-id");
    let go_on = format!(
        "aws deploy continue-deployment --region eu-central-1 --deployment-id {id} \
         --deployment-wait-type READY_WAIT"
    );
    step.says("notice", &go_on);
    step.says("log", "a person has to let the traffic move within 60 min");
    assert_serves(&scene, "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn until_traffic_does_not_wait_for_the_last_hook() {
    let scene = ready();
    scene.sim.hook("checks", simulator::Hook::Hangs);
    let path = super::with_a_hook(&scene, "AfterAllowTraffic");
    let step = scene.deploy(&[("codedeploy-appspec", &path), ("wait-until", "traffic")]).await;
    step.is("deployed");
    step.says("notice", "CodeDeploy continues the deployment");
    assert_serves(&scene, "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn a_desired_count_is_set_before_the_deployment() {
    let scene = ready();
    let step = scene.deploy(&[("desired-count", "3")]).await;
    step.is("deployed");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "UpdateService", "CreateDeployment"]);
    let update = &step.only("UpdateService").body;
    assert_eq!(update, &json!({ "cluster": "prod", "service": "web1", "desiredCount": 3 }));
    step.says("log", "3 of 3 tasks run");
}

#[tokio::test(start_paused = true)]
async fn the_same_version_is_deployed_anew_where_that_is_asked_for() {
    let scene = ready();
    let step = scene.deploy(&[("version", "1.4.1"), ("force-new-deployment", "true")]).await;
    step.is("deployed");
    assert_eq!(step.writes(), ["CreateDeployment"]);
    assert_eq!(step.output("task-definition-revision"), "1");
}

#[tokio::test(start_paused = true)]
async fn a_group_with_names_of_its_own_is_found_by_the_service() {
    let scene = super::without_group();
    scene.sim.service("prod", "web2").running_version("1.4.1").code_deploy().start();
    scene.sim.application("functions", "Lambda");
    scene.sim.deployment_group("shop", "web2").service("prod", "web2").create();
    scene.sim.deployment_group("shop", "web1").service("prod", "web1").create();
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    let create = &step.only("CreateDeployment").body;
    assert_eq!(
        (&create["applicationName"], &create["deploymentGroupName"]),
        (&json!("shop"), &json!("web1"))
    );
    let half = [("codedeploy-deployment-group", "web1"), ("version", "1.4.1")];
    minutes(10).await;
    assert_eq!(scene.deploy(&half).await.result(), "deployed");
}

#[tokio::test(start_paused = true)]
async fn a_step_that_does_not_wait_ends_with_the_deployment_created() {
    let scene = ready();
    let step = scene.deploy(&[("wait", "false")]).await;
    assert_eq!((step.result(), step.code), ("started", 0));
    let truth = scene.sim.codedeploy_truth(APPLICATION, GROUP);
    assert_eq!(step.output("codedeploy-deployment-id"), truth.newest().id);
}
