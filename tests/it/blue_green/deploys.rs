//! A deployment that goes well.

use serde_json::json;
use std::time::Duration;

use super::{APPLICATION, GROUP, app_spec, ready};

#[tokio::test(start_paused = true)]
async fn a_new_version_is_done_when_all_traffic_is_on_it_and_not_when_the_old_tasks_are_gone() {
    let scene = ready();
    let told = scene.deploy(&[]).await;
    assert_eq!((told.result(), told.code), ("deployed", 0), "{}", told.said("error"));
    assert_eq!(told.writes(), ["RegisterTaskDefinition", "CreateDeployment"]);
    let create = &told.only("CreateDeployment").body;
    assert_eq!(create["applicationName"], APPLICATION);
    assert_eq!(create["deploymentGroupName"], GROUP);
    assert_eq!(
        app_spec(&told),
        json!({ "version": 0.0, "Resources": [{ "TargetService": {
            "Type": "AWS::ECS::Service",
            "Properties": {
                "TaskDefinition": told.output("task-definition-arn"),
                "LoadBalancerInfo": { "ContainerName": "web1", "ContainerPort": 8080 },
            },
        } }] })
    );
    let truth = scene.sim.codedeploy_truth(APPLICATION, GROUP);
    let id = &truth.newest().id;
    assert_eq!(told.output("codedeploy-deployment-id"), id);
    assert_eq!(told.output("deployment-id"), id);
    assert_eq!(truth.newest().status, "InProgress", "the old tasks are still there");
    let digest = scene.sim.repository("web1").digest("1.4.2").expect("it was pushed");
    let [serving] = truth.serving() else { panic!("all traffic goes one way: {truth:?}") };
    assert_eq!((serving.percent, &serving.digests["web1"]), (100, &digest));
    assert!(told.took < Duration::from_secs(120), "{:?}", told.took);
    assert!(told.log().contains("CodeDeploy removes the old tasks 5 min later"), "{}", told.log());
    assert!(told.summary.contains("web1 runs 1.4.2 (before: 1.4.1)"), "{}", told.summary);
}
