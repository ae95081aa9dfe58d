//! GitHub Deployments: begun, ended, and never more than a record.

mod trouble;

use std::time::Duration;

use serde_json::json;
use simulator::Behaviour;
use simulator::github::Deployment;

use super::{Shop, conforms, shop};
use crate::scene::{Scene, Step};

const RECORDED: [(&str, &str); 3] = [
    ("github-deployment", "true"),
    ("environment", "production"),
    ("environment-url", "https://shop.example"),
];

async fn deploy(scene: &Scene, with: &[(&str, &str)]) -> Step {
    scene.deploy(&[&RECORDED[..], with].concat()).await
}

/// The states of a deployment, in their order.
fn states(deployment: &Deployment) -> Vec<&str> {
    deployment.statuses.iter().map(|it| it.state.as_str()).collect()
}

/// The only deployment that there is.
fn only(scene: &Scene) -> Deployment {
    let mut all = scene.github.deployments();
    assert_eq!(all.len(), 1, "one deployment is recorded: {all:?}");
    all.remove(0)
}

#[tokio::test(start_paused = true)]
async fn a_deployment_is_recorded_from_its_beginning_to_its_end() {
    let Shop { scene, commits } = shop();
    let step = deploy(&scene, &[("reason", "Because")]).await;
    step.is("deployed");
    let recorded = only(&scene);
    assert_eq!(recorded.sha, commits[1], "the commit of the image");
    assert_eq!(
        recorded.payload,
        json!({
            "service": "web1", "cluster": "prod", "region": "eu-central-1",
            "account": recorded.payload["account"],
            "version": "1.4.2",
            "digest": step.output("image-digest"),
            "revision": "web1:2",
            "previous": "1.4.1",
            "reason": "Because",
            "by": "octocat",
            "run": "https://github.example/octo-org/shop/actions/runs/4711",
            "key": recorded.payload["key"],
        })
    );
    let account = recorded.payload["account"].as_str().expect("a text");
    assert_eq!(account.len(), 2, "it is no account: {account}");
    assert_eq!(states(&recorded), ["in_progress", "success"]);
    let last = recorded.statuses.last().expect("it has ended");
    assert_eq!(last.description, "web1 runs 1.4.2 (before: 1.4.1)");
    assert_eq!(last.environment_url, "https://shop.example");
    assert_eq!(last.log_url, "https://github.example/octo-org/shop/actions/runs/4711");
    let id = recorded.id.to_string();
    assert_eq!(step.output("github-deployment-id"), id);
    // Its key, its id, how it ended, and nothing at last.
    let left: Vec<&str> = step.states.iter().map(|(_, value)| value.as_str()).collect();
    let parts = [&recorded.payload["key"], &json!(recorded.id), &json!("success")];
    for part in parts.map(ToString::to_string) {
        assert!(left.iter().any(|it| it.contains(&part)), "{part}: {left:?}");
    }
    assert_eq!(left.last(), Some(&""));
    let create = step.github.iter().find(|it| it.operation == "repos/create-deployment");
    let create = &create.expect("it was created").body;
    assert_eq!((&create["auto_merge"], &create["required_contexts"]), (&json!(false), &json!([])));
    assert_eq!(
        step.github_writes(),
        [
            "repos/create-deployment",
            "repos/create-deployment-status",
            "repos/create-deployment-status"
        ]
    );
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_fails_is_a_failure_in_one_line_of_140_characters() {
    let Shop { scene, .. } = shop();
    let digest = scene.digest("1.4.2");
    scene.sim.behaves(&digest, Behaviour::Crashes { after: Duration::from_secs(5), exit_code: 1 });
    let step = deploy(&scene, &[]).await;
    step.is("undone");
    let recorded = only(&scene);
    assert_eq!(states(&recorded), ["in_progress", "failure"]);
    let description = &recorded.statuses[1].description;
    assert_eq!(description, "1.4.2 failed on web1, which is back on 1.4.1");
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_is_recorded_for_the_commit_that_comes_back() {
    let Shop { scene, commits } = shop();
    assert_eq!(deploy(&scene, &[]).await.result(), "deployed");
    let step = deploy(&scene, &[("command", "rollback")]).await;
    step.is("rolled-back");
    let all = scene.github.deployments();
    let back = all.iter().find(|it| it.sha == commits[0]).expect("it is recorded");
    assert_eq!(back.state(), Some("success"));
    assert_eq!(back.payload["version"], "1.4.1");
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn without_the_commit_of_the_image_nothing_is_recorded_and_that_is_said() {
    let scene = Scene::ready().on("push", &json!({}));
    scene.github.commit("Begin");
    let step = deploy(&scene, &[]).await;
    assert_eq!(step.result(), "deployed");
    step.says("notice", "no GitHub Deployment is recorded: the commit of 1.4.2 is not known");
    step.says("notice", "org.opencontainers.image.revision");
    assert_eq!(step.github_writes(), [""; 0]);
    assert_eq!(step.states, []);
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn what_changes_nothing_records_nothing() {
    let Shop { scene, .. } = shop();
    let step = deploy(&scene, &[("dry-run", "true")]).await;
    assert_eq!((step.result(), step.github_writes()), ("planned", vec![]));
    assert_eq!(deploy(&scene, &[]).await.result(), "deployed");
    let step = deploy(&scene, &[]).await;
    assert_eq!((step.result(), step.github_writes()), ("unchanged", vec![]));
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_run_leaves_no_deployment_open() {
    for seconds in [1, 3, 20, 60] {
        let Shop { scene, .. } = shop();
        let delay = Duration::from_secs(seconds);
        let (step, ()) = tokio::join!(deploy(&scene, &[]), scene.cancel_after(delay));
        assert_eq!((step.result(), step.code), ("cancelled", 130), "{seconds} s");
        assert!(step.took < delay + Duration::from_secs(7), "{seconds} s: {:?}", step.took);
        assert_eq!(only(&scene).state(), Some("error"), "{seconds} s");
        assert_eq!(step.states.last().map(|(_, value)| value.as_str()), Some(""), "{seconds} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_somebody_else_replaces_says_nothing_of_the_version() {
    let Shop { scene, .. } = shop();
    scene.push("1.4.3");
    let delay = Duration::from_secs(10);
    scene.sim.at(delay, simulator::Act::force_new_deployment("prod", "web1"));
    let step = deploy(&scene, &[]).await;
    step.is("superseded");
    assert_eq!(states(&only(&scene)), ["in_progress", "error"]);
}

#[tokio::test(start_paused = true)]
async fn a_record_needs_an_environment_a_token_and_somebody_who_waits() {
    let Shop { scene, .. } = shop();
    for (with, expected) in [
        (vec![("github-deployment", "true")], "input `environment` is missing"),
        (
            vec![("github-deployment", "true"), ("environment", "e"), ("wait", "false")],
            "input `github-deployment` and `wait: false` can't be used together",
        ),
        (
            vec![("github-deployment", "true"), ("environment", "e"), ("github-token", "")],
            "input `github-deployment` needs `github-token`",
        ),
        (vec![("environment-url", "shop")], "is not the address of a page"),
    ] {
        let step = scene.deploy(&with).await;
        assert_eq!((step.result(), step.code), ("refused", 2), "{with:?}");
        step.says("error", expected);
        assert_eq!((step.requests.len(), step.github.len()), (0, 0));
    }
}
