//! Pull requests of people who get no credentials.

use serde_json::json;
use simulator::github::{Grants, May, TOKEN};

use super::{DEFINITION, MISTAKEN, verify};
use crate::github::pull_request;
use crate::scene::Scene;

fn from_a_fork() -> serde_json::Value {
    let mut event = pull_request(7);
    event["pull_request"]["head"]["repo"]["id"] = json!(2);
    event
}

fn from_dependabot() -> serde_json::Value {
    let mut event = pull_request(7);
    event["pull_request"]["user"]["login"] = json!("dependabot[bot]");
    event
}

/// What such a run has: a token that can only read, and no credentials.
fn scene(event: &serde_json::Value) -> Scene {
    let scene = Scene::ready().on("pull_request", event).without_credentials();
    scene.github.token(TOKEN, Grants::read_only());
    let commit = scene.github.commit("Begin");
    scene.github.file(&commit, "package.json", "{ \"version\": \"1.4.1\" }");
    scene.github.branch("fix", "main");
    scene.github.pull_request(7, "Fix", "fix", "main");
    scene
}

#[tokio::test(start_paused = true)]
async fn a_fork_or_dependabot_gets_the_offline_checks_and_passes_unverified() {
    for event in [from_a_fork(), from_dependabot()] {
        let scene = scene(&event);
        let file = scene.file("good.json", DEFINITION);
        let step = verify(&scene, &[("task-definition", &file)]).await;
        step.is("unverified");
        assert_eq!(step.requests.len(), 0, "nothing is asked of AWS");
        step.says("notice", "gets no AWS credentials");
        step.says("notice", "no comment was written");
        assert_eq!(scene.github.comments(7).len(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_without_asking_anybody_fails_there_too() {
    let scene = scene(&from_a_fork());
    let file = scene.file("bad.json", MISTAKEN);
    let step = verify(&scene, &[("task-definition", &file)]).await;
    step.is("refused");
    scene.file("package.json", "{ \"version\": \"1.4\" }");
    let step = verify(&scene, &[]).await;
    assert_eq!(step.result(), "refused");
}

#[tokio::test(start_paused = true)]
async fn whether_the_version_was_raised_is_checked_without_credentials() {
    let scene = scene(&from_a_fork());
    assert_eq!(verify(&scene, &[("expect", "absent")]).await.result(), "unverified");
    scene.file("package.json", "{ \"version\": \"1.4.1\" }");
    let step = verify(&scene, &[("expect", "absent")]).await;
    assert_eq!((step.result(), step.code), ("refused", 1));
    step.says("error", "the same as on main");
}

#[tokio::test(start_paused = true)]
async fn anybody_else_without_credentials_has_made_a_mistake() {
    for (event, payload) in [("pull_request", pull_request(7)), ("push", json!({}))] {
        let scene = Scene::ready().on(event, &payload).without_credentials();
        scene.github.token(TOKEN, Grants::all().issues(May::Nothing));
        let step = verify(&scene, &[("comment", "false")]).await;
        assert_eq!((step.result(), step.code), ("refused", 1), "{event}");
        step.says("error", "configure-aws-credentials");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fork_that_does_get_credentials_is_verified() {
    let scene = Scene::ready().on("pull_request", &from_a_fork());
    assert_eq!(verify(&scene, &[("comment", "false")]).await.result(), "verified");
}

#[tokio::test(start_paused = true)]
async fn a_version_that_makes_no_tag_fails_there_too() {
    let named = [("tag-template", "{name}-v{version}"), ("repository", "web1")];
    for with in [
        named.to_vec(),
        [&named[..], &[("cluster", ""), ("service", "")]].concat(),
        [&named[..], &[("expect", "absent")]].concat(),
        vec![("expect", "absent"), ("version", "latest")],
    ] {
        let scene = scene(&from_a_fork());
        scene.file("package.json", "{ \"version\": \"1.4.2\" }");
        let step = verify(&scene, &with).await;
        assert_eq!((step.result(), step.code), ("refused", 1), "{with:?}: {}", step.log());
    }
    let scene = scene(&from_a_fork());
    scene.file("package.json", "{ \"version\": \"1.4.2\" }");
    let file = scene.file("broken.json", "{");
    let step = verify(&scene, &[&named[..], &[("task-definition", &file)]].concat()).await;
    let said = step.said("error");
    assert!(said.contains("broken.json") && said.contains("\"name\""), "{said}");
}

#[tokio::test(start_paused = true)]
async fn an_image_that_a_deployment_would_give_a_tag_is_no_latest() {
    let scene = scene(&from_a_fork());
    let file = scene.file(
        "good.json",
        r#"{ "family": "web1", "networkMode": "bridge", "containerDefinitions": [
            { "name": "web", "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1", "memory": 128 },
            { "name": "log", "image": "log:1", "memory": 128 } ] }"#,
    );
    let step = verify(&scene, &[("task-definition", &file)]).await;
    assert_eq!((step.result(), step.said("warning")), ("unverified", String::new()));
}
