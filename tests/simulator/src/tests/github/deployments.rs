//! Deployments and their statuses.

use serde_json::json;

use super::{post, to};
use crate::GitHub;

#[tokio::test(start_paused = true)]
async fn a_success_makes_what_came_before_inactive_unless_it_is_production() {
    let github = GitHub::new();
    github.commit("One");
    for (environment, member) in [
        ("test", "task"),
        ("test", "transient_environment"),
        ("test", "production_environment"),
        ("production", "task"),
        ("other", "task"),
        ("test", "task"),
    ] {
        let mut body = to(environment, "main");
        body[member] = if member == "task" { json!("deploy") } else { json!(true) };
        let id = post(&github, "deployments", &body)["id"].clone();
        for state in ["in_progress", "success"] {
            post(&github, &format!("deployments/{id}/statuses"), &json!({ "state": state }));
        }
    }
    let states: Vec<Vec<String>> = github
        .deployments()
        .iter()
        .map(|it| it.statuses.iter().map(|it| it.state.clone()).collect())
        .collect();
    assert_eq!(states[0], ["in_progress", "success", "inactive"]);
    assert!(states[1..].iter().all(|it| *it == ["in_progress", "success"]), "{states:?}");
}
