//! Deployments and their statuses.

use serde_json::{Value, json};

use super::{each, get, path, post, refusal, to};
use crate::GitHub;

#[tokio::test(start_paused = true)]
async fn a_deployment_is_made_for_a_ref_and_listed_from_the_newest() {
    let github = GitHub::new();
    let old = github.commit("One");
    let new = github.commit("Two");
    github.tag("v1", &old);
    let mut first = to("prod", "v1");
    first["payload"] = json!({ "version": "1" });
    let made = post(&github, "deployments", &first);
    assert_eq!((&made["sha"], &made["ref"]), (&json!(old), &json!("v1")));
    assert_eq!(made["payload"], json!({ "version": "1" }));
    assert_eq!(made["created_at"], "2026-01-01T00:00:00Z");
    assert_eq!(made["creator"]["login"], "github-actions[bot]");
    post(&github, "deployments", &to("prod", "main"));
    post(&github, "deployments", &to("test", &new));
    let listed = get(&github, "deployments?environment=prod");
    assert_eq!(each(&listed, "sha"), [json!(new), json!(old)]);
    let (status, message) = refusal(github.call("POST", &path("deployments"), &to("prod", "v9")));
    assert_eq!((status, message.as_str()), (422, "No ref found for: v9"));
}

#[tokio::test(start_paused = true)]
async fn by_default_the_default_branch_is_merged_and_every_check_must_have_passed() {
    let github = GitHub::new();
    let old = github.commit("One");
    github.branch("topic", &old);
    let new = github.commit("Two");
    let deploy = |body: Value| github.call("POST", &path("deployments"), &body);
    let conflict = (409, format!("Conflict merging main into {old}."));
    assert_eq!(refusal(deploy(json!({ "ref": old }))), conflict);
    let merged = deploy(json!({ "ref": "topic" })).expect("a branch is merged");
    assert_eq!(merged, json!({ "message": "Auto-merged main into topic on deployment." }));
    assert!(github.deployments().is_empty());

    github.check(&new, "build", "success");
    github.check(&new, "deploy", "pending");
    let failed = (409, format!("Conflict: Commit status checks failed for {new}."));
    assert_eq!(refusal(deploy(json!({ "ref": new }))), failed);
    assert_eq!(refusal(deploy(json!({ "ref": new, "required_contexts": ["lint"] }))), failed);
    deploy(json!({ "ref": new, "required_contexts": ["build"] })).expect("this one has passed");
    deploy(json!({ "ref": new, "required_contexts": [] })).expect("none is asked for");
    deploy(to("prod", &old)).expect("neither is asked for");
    assert_eq!(github.deployments().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_success_makes_what_came_before_inactive_unless_it_is_production() {
    let github = GitHub::new();
    github.commit("One");
    let deploy = |environment: &str, more: Value| {
        let mut body = to(environment, "main");
        body.as_object_mut()
            .expect("members")
            .extend(more.as_object().cloned().unwrap_or_default());
        let id = post(&github, "deployments", &body)["id"].clone();
        let statuses = format!("deployments/{id}/statuses");
        post(&github, &statuses, &json!({ "state": "in_progress" }));
        post(&github, &statuses, &json!({ "state": "success" }))
    };
    deploy("test", json!({}));
    deploy("test", json!({ "transient_environment": true }));
    deploy("test", json!({ "production_environment": true }));
    deploy("production", json!({}));
    deploy("other", json!({}));
    deploy("test", json!({}));
    let states: Vec<_> = github
        .deployments()
        .iter()
        .map(|it| it.statuses.iter().map(|it| it.state.clone()).collect::<Vec<_>>().join(" "))
        .collect();
    let success = "in_progress success";
    assert_eq!(
        states,
        ["in_progress success inactive", success, success, success, success, success]
    );
}
