//! Answers that nothing promises, and that come otherwise where a test wants that.

use serde_json::json;

use super::super::{described, ecs};
use super::{cd, create, events, info, service, target, until_at, until_over};
use crate::CodeDeployAnswers;

#[tokio::test(start_paused = true)]
async fn events_may_be_listed_only_once_they_have_begun() {
    let (sim, _, group) = service();
    group.create();
    sim.codedeploy_answers(CodeDeployAnswers { pending_events: false, ..Default::default() });
    let id = create(&sim, "web1:2");
    super::until(&sim, "installing", |sim| {
        info(sim, &id)["status"] == "InProgress" && events(sim, &id) == ["Succeeded", "InProgress"]
    })
    .await;
    until_over(&sim, &id).await;
    assert_eq!(events(&sim, &id), ["Succeeded"; 8]);
}

#[tokio::test(start_paused = true)]
async fn task_sets_may_have_no_label() {
    let (sim, _, group) = service();
    group.create();
    sim.codedeploy_answers(CodeDeployAnswers { task_set_labels: false, ..Default::default() });
    let id = create(&sim, "web1:2");
    until_at(&sim, &id, 1).await;
    let sets = target(&sim, &id)["taskSetsInfo"].clone();
    assert_eq!(sets.as_array().map(Vec::len), Some(2));
    assert!(sets[0].get("taskSetLabel").is_none() && sets[1].get("taskSetLabel").is_none());
}

#[tokio::test(start_paused = true)]
async fn deployments_may_be_listed_with_the_oldest_first() {
    let (sim, _, group) = service();
    group.deployed("web1:1").create();
    let newest = create(&sim, "web1:2");
    let asked = json!({ "applicationName": "shop", "deploymentGroupName": "web1" });
    let listed = || cd(&sim, "ListDeployments", &asked)["deployments"].clone();
    assert_eq!(listed()[0], json!(newest));
    sim.codedeploy_answers(CodeDeployAnswers { newest_first: false, ..Default::default() });
    assert_eq!(listed()[1], json!(newest));
}

#[tokio::test(start_paused = true)]
async fn tasks_may_not_tell_what_started_them() {
    let (sim, _, group) = service();
    group.create();
    let set = described(&sim)["taskSets"][0]["id"].clone();
    let started_by = || {
        ecs(&sim, "ListTasks", &json!({ "cluster": "prod", "startedBy": set }))["taskArns"].clone()
    };
    let of_set = started_by();
    assert_eq!(of_set.as_array().map(Vec::len), Some(2));
    sim.codedeploy_answers(CodeDeployAnswers { started_by: false, ..Default::default() });
    assert_eq!(started_by(), json!([]));
    let told = ecs(&sim, "DescribeTasks", &json!({ "cluster": "prod", "tasks": of_set }));
    assert!(told["tasks"][0].get("startedBy").is_none());
}

#[tokio::test(start_paused = true)]
async fn revisions_of_the_deprecated_type_are_found_by_their_checksum_and_type() {
    let (sim, _, group) = service();
    group.deployed_as_string("web1:1").create();
    let asked = json!({ "applicationName": "shop", "deploymentGroupName": "web1" });
    let id = cd(&sim, "ListDeployments", &asked)["deployments"][0].clone();
    let revision = info(&sim, id.as_str().expect("an id"))["revision"].clone();
    assert_eq!(revision["revisionType"], "String");
    assert!(revision["string"].get("content").is_none());
    let mut asked = json!({ "applicationName": "shop", "revision": revision });
    let told = cd(&sim, "GetApplicationRevision", &asked)["revision"]["string"].clone();
    assert!(told["content"].as_str().is_some_and(|it| it.contains("web1:1")));
    let sha256 = revision["string"]["sha256"].clone();
    asked["revision"] =
        json!({ "revisionType": "AppSpecContent", "appSpecContent": { "sha256": sha256 } });
    let error = super::cd_error(&sim, "GetApplicationRevision", &asked);
    assert_eq!(error, "RevisionDoesNotExistException");
}
