//! What came back, by whom, and what is said of it.

use std::time::Duration;

use ecs_release::internals::WAY_BACK;
use serde_json::json;
use simulator::Act;

use super::{APPLICATION, GROUP, assert_serves, based, minutes, refuses, stage, with_a_hook};

#[tokio::test(start_paused = true)]
async fn what_codedeploy_brought_back_is_what_runs_and_not_what_ran() {
    let scene = based(stage(|group| {
        group
            .auto_rollback(&["DEPLOYMENT_STOP_ON_ALARM"])
            .alarms(&["errors"])
            .config("CodeDeployDefault.ECSCanary10Percent5Minutes")
    }))
    .await;
    refuses(&scene);
    let path = with_a_hook(&scene, "AfterAllowTraffic");
    let keep = [("codedeploy-appspec", path.as_str()), ("on-failure", "keep")];
    let step = scene.deploy(&[keep[0], keep[1], ("version", "1.4.2")]).await;
    step.is("failed");
    minutes(2).await;
    assert_serves(&scene, "1.4.2");
    let (step, ()) = tokio::join!(scene.deploy(&[("version", "1.5.0")]), async {
        tokio::time::sleep(Duration::from_secs(150)).await;
        scene.sim.act(Act::alarm("prod", "web1", "errors"));
    });
    assert_serves(&scene, "1.4.1");
    assert_eq!((step.result(), step.output("running-version")), ("undone", "1.4.1"));
    let summary = step.summary;
    assert!(summary.contains("1.4.1 was restored by CodeDeploy's own rollback"), "{summary}");
}

#[tokio::test(start_paused = true)]
async fn where_two_versions_share_the_traffic_none_is_what_runs() {
    let scene = stage(|group| {
        group.auto_rollback(&[]).config("CodeDeployDefault.ECSCanary10Percent5Minutes")
    });
    let (step, ()) = tokio::join!(scene.deploy(&[("on-failure", "keep")]), async {
        tokio::time::sleep(Duration::from_secs(150)).await;
        scene.sim.act(Act::stop_code_deploy(APPLICATION, GROUP, Some(false)));
    });
    step.is("failed");
    assert_eq!(scene.sim.codedeploy_truth(APPLICATION, GROUP).serving().len(), 2);
    assert_eq!(step.output("running-version"), "", "{}", step.summary);
}

#[tokio::test(start_paused = true)]
async fn what_ran_comes_back_over_a_container_that_was_renamed() {
    let scene = based(stage(|group| group.auto_rollback(&[]))).await;
    refuses(&scene);
    let definition = json!({
        "family": "web1", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
        "cpu": "256", "memory": "512", "executionRoleArn": "arn:aws:iam::123456789012:role/exec",
        "containerDefinitions": [{ "name": "app", "image": scene.sim.image("web1:1.4.1"),
            "essential": true, "portMappings": [{ "containerPort": 9090 }] }],
    });
    let file = scene.file("web1.json", definition.to_string());
    let path = scene.file(
        "appspec.yaml",
        "version: 0.0\nResources:\n- TargetService:\n    Type: AWS::ECS::Service\n    Properties:\n      \
         LoadBalancerInfo: { ContainerName: app, ContainerPort: 9090 }\nHooks:\n- AfterAllowTraffic: checks\n",
    );
    let with = [("codedeploy-appspec", path.as_str()), ("task-definition", &file)];
    let step = scene.deploy(&[with[0], with[1], ("version", "1.4.2")]).await;
    assert_eq!(step.result(), "undone", "{}", step.summary);
    assert_serves(&scene, "1.4.1");
}

#[tokio::test(start_paused = true)]
async fn a_way_back_keeps_the_platform_of_before_asks_no_hook_and_says_what_it_is() {
    let scene = stage(|group| group.auto_rollback(&[]));
    let earlier = scene.file(
        "appspec.yaml",
        "version: 0.0\nResources:\n- TargetService:\n    Type: AWS::ECS::Service\n    Properties:\n      \
         LoadBalancerInfo: { ContainerName: web1, ContainerPort: 8080 }\n      PlatformVersion: 1.4.0\n\
         Hooks:\n- AfterAllowTraffic: checks\n",
    );
    let with = [("codedeploy-appspec", earlier.as_str()), ("force-new-deployment", "true")];
    let step = scene.deploy(&[with[0], with[1], ("version", "1.4.1")]).await;
    step.is("deployed");
    minutes(10).await;
    refuses(&scene);
    let step = scene.deploy(&[("codedeploy-description", "the release of May")]).await;
    assert_eq!((step.result(), step.output("running-version")), ("undone", "1.4.1"));
    let back = step.requests.iter().rfind(|it| it.operation == "CreateDeployment");
    let back = &back.expect("it was deployed").body;
    let failed = step.output("codedeploy-deployment-id");
    assert_eq!(back["description"], format!("{WAY_BACK} {failed}"));
    let content = back["revision"]["appSpecContent"]["content"].as_str().expect("a text");
    assert!(content.contains(r#""PlatformVersion":"1.4.0""#), "{content}");
    assert!(!content.contains("checks"), "{content}");
    assert_serves(&scene, "1.4.1");
}
