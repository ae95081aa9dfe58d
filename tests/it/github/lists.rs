//! What each version brought, and who asked for it, in the list of versions.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::Image;
use simulator::github::{Grants, May, TOKEN};

use super::{REVISION, Shop, conforms, shop};
use crate::hostile::active;
use crate::scene::{Scene, Step, crashes};

const LIST: &[(&str, &str)] = &[("command", "list")];

const RECORDED: [(&str, &str); 2] = [("github-deployment", "true"), ("environment", "production")];

fn versions(step: &Step) -> Vec<Value> {
    step.is("listed");
    assert_eq!(step.writes(), [""; 0]);
    assert_eq!(step.github_writes(), [""; 0]);
    conforms(step);
    let versions: Value = serde_json::from_str(step.output("versions")).expect("JSON");
    versions.as_array().expect("a list").clone()
}

fn version<'a>(versions: &'a [Value], name: &str) -> &'a Value {
    versions.iter().find(|it| it["version"] == name).expect("it is listed")
}

fn titles(version: &Value) -> Vec<&str> {
    let added = version["brought"]["commits"]["added"].as_array().map_or(&[][..], Vec::as_slice);
    added.iter().map(|it| it["title"].as_str().expect("a title")).collect()
}

/// Pushes a version that was built of `commit`.
fn push(scene: &Scene, version: &str, commit: &str) {
    let image = Image::linux_amd64().content(version).label(REVISION, commit);
    scene.sim.repository("web1").push(version, image);
}

#[tokio::test(start_paused = true)]
async fn a_version_says_its_commits_and_each_run_who_asked_for_it_and_why() {
    let Shop { scene, .. } = shop();
    let because = |reason| [&RECORDED[..], &[("reason", reason)]].concat();
    scene.deploy(&because("Ship it")).await.is("deployed");
    tokio::time::advance(Duration::from_secs(600)).await;
    let back = [&because("The cart is empty")[..], &[("command", "rollback")]].concat();
    scene.deploy(&back).await.is("rolled-back");
    let step = scene.deploy(LIST).await;
    let versions = versions(&step);
    let (first, second) = (version(&versions, "1.4.1"), version(&versions, "1.4.2"));
    assert_eq!(second["brought"]["since"], "1.4.1");
    assert_eq!(titles(second), ["Release 1.4.2", "Add to 1.4.2"]);
    assert_eq!(second["brought"]["commits"]["added"][0]["author"], "octocat");
    let run = "https://github.example/octo-org/shop/actions/runs/4711";
    let asked = |run: &Value| [run["by"].clone(), run["reason"].clone(), run["run"].clone()];
    assert_eq!(asked(&second["runs"][0]), ["octocat", "Ship it", run]);
    assert_eq!(asked(&first["runs"][0]), ["octocat", "The cart is empty", run]);
    assert_eq!(asked(&first["runs"][1]), [Value::Null, Value::Null, Value::Null]);
    assert_eq!(first.get("brought"), None, "nothing is known to have run before it");
    step.says("log", "Release 1.4.2 and 1 more");
    step.says("log", "1.4.2 added 2 commits since 1.4.1");
    step.says("summary", "`1.4.2` added 2 commits since `1.4.1`; requested by `octocat`: Ship it");
    step.says("summary", "`1.4.1` was requested by `octocat`: The cart is empty");
}

#[tokio::test(start_paused = true)]
async fn the_newest_ten_are_asked_for_with_few_calls() {
    let scene = Scene::empty().on("push", &json!({}));
    scene.github.commit("Begin");
    for number in 0..14 {
        push(&scene, &format!("1.0.{number}"), &scene.github.commit(&format!("Fix {number} (#9)")));
        tokio::time::advance(Duration::from_secs(3600)).await;
    }
    scene.sim.service("prod", "web1").running_version("1.0.0").desired(1).start();
    for number in 1..14 {
        scene.deploy(&[("version", &format!("1.0.{number}"))]).await.is("deployed");
    }
    let step = scene.deploy(LIST).await;
    let versions = versions(&step);
    let brought: Vec<Vec<&str>> = versions.iter().map(titles).collect();
    assert_eq!(brought[0], ["Fix 13 (#9)"]);
    assert_eq!(brought[9], ["Fix 4 (#9)"]);
    assert_eq!(brought[10], [""; 0]);
    // The records; of eleven images that there is such a commit; ten comparisons.
    assert_eq!(step.github.len(), 1 + 11 + 10);
}

#[tokio::test(start_paused = true)]
async fn a_failed_attempt_brings_nothing_that_the_next_one_is_held_against() {
    let scene = Scene::empty().on("push", &json!({}));
    for version in ["1.4.1", "1.4.2", "1.4.3"] {
        push(&scene, version, &scene.github.commit(&format!("Release {version}")));
    }
    scene.sim.service("prod", "web1").running_version("1.4.1").desired(1).start();
    scene.sim.behaves(&scene.digest("1.4.2"), crashes());
    scene.deploy(&[("version", "1.4.2")]).await.is("undone");
    scene.deploy(&[("version", "1.4.3")]).await.is("deployed");
    let versions = versions(&scene.deploy(LIST).await);
    let third = version(&versions, "1.4.3");
    assert_eq!(third["brought"]["since"], "1.4.1");
    assert_eq!(titles(third), ["Release 1.4.3", "Release 1.4.2"]);
}

#[tokio::test(start_paused = true)]
async fn without_what_github_knows_the_versions_are_listed_and_it_is_said_once() {
    let Shop { scene, .. } = shop();
    scene.deploy(&[]).await.is("deployed");
    let step = scene.deploy(&[LIST, &[("github-token", "")]].concat()).await;
    let all = versions(&step);
    assert_eq!(version(&all, "1.4.2")["brought"]["commits-unknown"], "there is no `github-token`");
    step.says("log", "What 1.4.2 added is not known");
    assert_eq!(step.github.len(), 0);
    scene.github.token(TOKEN, Grants::all().contents(May::Nothing));
    let step = scene.deploy(LIST).await;
    let all = versions(&step);
    let why = version(&all, "1.4.2")["brought"]["commits-unknown"].as_str().expect("a reason");
    assert!(why.contains("`contents: read`"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_record_counts_for_its_own_service_and_time_alone() {
    let Shop { scene, commits } = shop();
    scene.deploy(&[]).await.is("deployed");
    let digest = scene.digest("1.4.2");
    let record = |service: &str| {
        json!({
            "service": service, "cluster": "prod", "region": "eu-central-1",
            "digest": digest, "by": "mallory", "run": "https://evil.example/actions/runs/1",
        })
    };
    scene.github.deployment("other", &commits[1], record("web2"));
    let all = versions(&scene.deploy(LIST).await);
    assert_eq!(version(&all, "1.4.2")["runs"][0].get("by"), None);
    scene.github.deployment("production", &commits[1], record("web1"));
    let all = versions(&scene.deploy(LIST).await);
    assert_eq!(version(&all, "1.4.2")["runs"][0]["by"], "mallory");
    assert_eq!(
        version(&all, "1.4.2")["runs"][0].get("run"),
        None,
        "it is no page of this repository"
    );
}

#[tokio::test(start_paused = true)]
async fn a_record_is_of_one_run_and_of_its_own_account() {
    let Shop { scene, commits } = shop();
    scene.deploy(&[]).await.is("deployed");
    tokio::time::advance(Duration::from_secs(600)).await;
    let digest = scene.digest("1.4.2");
    let record = |by: &str, account: &str| {
        json!({
            "service": "web1", "cluster": "prod", "region": "eu-central-1",
            "digest": digest, "by": by, "account": account,
        })
    };
    scene.github.deployment("staging", &commits[1], record("mallory", "of another one"));
    // The same version once more, and this time it is recorded.
    let again = [&RECORDED[..], &[("environment-variables", "A=1")]].concat();
    scene.deploy(&again).await.is("deployed");
    let all = versions(&scene.deploy(LIST).await);
    let runs = &version(&all, "1.4.2")["runs"];
    assert_eq!(runs[0]["by"], "octocat");
    assert_eq!(runs[1].get("by"), None, "{runs}");
}

#[tokio::test(start_paused = true)]
async fn what_ran_after_a_version_that_is_not_listed_is_told_against_nothing_older() {
    let scene = Scene::empty().on("push", &json!({}));
    for number in 0..4 {
        let version = format!("1.4.{number}");
        push(&scene, &version, &scene.github.commit(&format!("Release {version}")));
        tokio::time::advance(Duration::from_secs(3600)).await;
    }
    scene.sim.service("prod", "web1").running_version("1.4.0").desired(1).start();
    for version in ["1.4.1", "1.4.2", "1.4.3", "1.4.0"] {
        scene.deploy(&[("version", version)]).await.is("deployed");
    }
    let all = versions(&scene.deploy(&[LIST, &[("list-limit", "2")]].concat()).await);
    let listed: Vec<&Value> = all.iter().map(|it| &it["version"]).collect();
    assert_eq!(listed, ["1.4.3", "1.4.2", "1.4.0"]);
    assert_eq!(titles(version(&all, "1.4.3")), ["Release 1.4.3"]);
    assert_eq!(version(&all, "1.4.2").get("brought"), None, "1.4.1 ran before it");
}

#[tokio::test(start_paused = true)]
async fn that_records_can_not_be_read_is_said() {
    let Shop { scene, .. } = shop();
    scene.deploy(&[]).await.is("deployed");
    scene.github.token(TOKEN, Grants::all().deployments(May::Nothing));
    let step = scene.deploy(LIST).await;
    assert_eq!(titles(version(&versions(&step), "1.4.2")).len(), 2);
    step.says("log", "it is not known who requested the versions");
    step.says("summary", "`deployments: read`");
    assert_eq!(step.annotations.len(), 0, "it needs no action: {:?}", step.annotations);
}

#[tokio::test(start_paused = true)]
async fn of_a_folder_with_many_commits_before_it_no_count_is_claimed() {
    let scene = Scene::empty().on("push", &json!({}));
    push(&scene, "1.4.1", &scene.github.commit_touching("Begin", &["apps/web1/a"]));
    scene.github.commit_touching("Ours", &["apps/web1/b"]);
    for number in 0..320 {
        scene.github.commit_touching(&format!("Another {number}"), &["apps/api/a"]);
    }
    push(&scene, "1.4.2", &scene.github.commit_touching("Last", &["apps/api/b"]));
    scene.sim.service("prod", "web1").running_version("1.4.1").desired(1).start();
    scene.deploy(&[("version", "1.4.2")]).await.is("deployed");
    let step = scene.deploy(&[LIST, &[("package", "apps/web1")]].concat()).await;
    versions(&step);
    step.says("log", "none of the newest commits since 1.4.1");
    step.says("summary", "`1.4.2` added at least 0 commits since `1.4.1`");
}

#[tokio::test(start_paused = true)]
async fn what_others_wrote_stays_text() {
    let hostile = "::error::pwned <img src=x onerror=pwned> [pwned](https://evil.example) @octocat `x` | #1 --> \
                   \u{202e}pwned";
    let scene = Scene::empty().on("push", &json!({}));
    push(&scene, "1.4.1", &scene.github.commit("Begin"));
    push(&scene, "1.4.2", &scene.github.commit(&format!("{hostile}{}", "x".repeat(10_000))));
    scene.sim.service("prod", "web1").running_version("1.4.1").desired(1).start();
    let long = format!("{hostile}{}", "y".repeat(900));
    let with = [&RECORDED[..], &[("version", "1.4.2"), ("reason", &long)]].concat();
    scene.deploy(&with).await.is("deployed");
    let step = scene.deploy(LIST).await;
    assert_eq!(titles(version(&versions(&step), "1.4.2")).len(), 1);
    assert_eq!(active(&step.summary), [], "{}", step.summary);
    assert!(step.summary.len() < 20_000, "{}", step.summary.len());
    assert!(step.summary.contains("`@octocat`"), "nobody is notified: {}", step.summary);
}
