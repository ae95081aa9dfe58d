//! `verify` with `apps: changed`: which apps a pull request touches, and whether they are raised.

use serde_json::{Value, json};
use simulator::Image;
use simulator::github::{Grants, May, TOKEN};

use super::{FILE, package, shop};
use crate::github::{conforms, pull_request};
use crate::scene::{Scene, Step};

/// A pull request that changes these files.
fn opened(scene: Scene, files: &[&str]) -> Scene {
    let head = scene.github.commit_on("fix", "Change it", files);
    scene.github.pull_request(7, "Change it", "fix", "main");
    let mut event = pull_request(7);
    event["pull_request"]["head"]["sha"] = json!(head);
    scene.on("pull_request", &event)
}

async fn changed(scene: &Scene) -> Step {
    let step = scene.deploy(&[("command", "verify"), ("apps", "changed")]).await;
    assert_eq!(step.writes(), [""; 0], "a check writes nothing to AWS");
    conforms(&step);
    step
}

/// By what each app is touched, and how it is raised.
fn touched(step: &Step) -> Vec<String> {
    let reports: Vec<Value> = serde_json::from_str(step.output("report")).expect("JSON");
    let of = |report: &Value| {
        let by: Vec<&str> = report["touched-by"]
            .as_array()
            .map(|by| by.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let raised = report["raised"].as_str().unwrap_or("-");
        format!("{}: {} | {raised}", report["app"].as_str().unwrap_or_default(), by.join(", "))
    };
    reports.iter().map(of).collect()
}

#[tokio::test(start_paused = true)]
async fn an_app_that_is_touched_through_what_it_depends_on_has_to_be_raised() {
    let scene = opened(shop(), &["packages/base/round.ts"]);
    let step = changed(&scene).await;
    step.is("refused");
    assert_eq!(touched(&step), ["api:  | -", "web: packages/base (it depends on it) | no"]);
    let words =
        "packages/base (it depends on it) changed: the version is 1.4.1, the same as on web";
    step.says("error", words);
    step.says("error", "Raise \"version\" above 1.4.1");
    step.says("log", "not touched by this pull request: api");
    step.says("summary", "2 services: 1 refused, 1 not touched");
    step.says("summary", "not touched by this pull request: api");
    assert!(!step.summary.contains("| api |"), "{}", step.summary);
    let comments = scene.github.comments(7);
    assert_eq!(comments.len(), 1);
    assert!(comments[0].body.contains("packages/base (it depends on it)"), "{}", comments[0].body);

    package(&scene, "apps/web", "1.4.2", ["ui"].into_iter());
    let step = changed(&scene).await;
    step.is("verified");
    assert_eq!(touched(&step)[1], "web: packages/base (it depends on it) | from 1.4.1 on web");
    step.says("log", "1.4.2 would be deployed to web: it is higher than 1.4.1 on web");
    // The one comment is brought up to date.
    assert_eq!(scene.github.comments(7).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_the_file_shares_touches_the_apps_that_it_is_shared_with() {
    let step = changed(&opened(shop(), &["pnpm-lock.yaml"])).await;
    let by_all = "pnpm-lock.yaml (shared) | no";
    assert_eq!(touched(&step), [format!("api: {by_all}"), format!("web: {by_all}")]);
    let step = changed(&opened(shop(), &["design/tokens.json", "apps/web/cart.ts"])).await;
    assert_eq!(touched(&step), ["api:  | -", "web: apps/web, design (shared) | no"]);
    assert_eq!((step.result(), step.code), ("refused", 1));
}

#[tokio::test(start_paused = true)]
async fn a_pull_request_that_touches_no_app_passes() {
    let step = changed(&opened(shop(), &["README.md", "apps/webshop/a.ts"])).await;
    step.is("verified");
    assert_eq!(step.said("notice") + &step.said("warning"), "");
    step.says("log", "not touched by this pull request: api, web");
    step.says("summary", "✅ 2 services: 2 not touched");
}

#[tokio::test(start_paused = true)]
async fn a_changeset_that_waits_counts_as_raised() {
    let scene = opened(shop(), &["apps/web/cart.ts", ".changeset/brave-cats.md"]);
    scene.file(".changeset/brave-cats.md", "---\n\"@shop/web\": minor\n---\n\nShow the cart\n");
    let step = changed(&scene).await;
    step.is("verified");
    assert_eq!(touched(&step)[1], "web: apps/web | by .changeset/brave-cats.md");
    // One of another package raises nothing here, and one that is none is told.
    scene.file(".changeset/brave-cats.md", "---\n\"@shop/ui\": minor\n---\n");
    assert_eq!(changed(&scene).await.result(), "refused");
    scene.file(".changeset/brave-cats.md", "Show the cart\n");
    let step = changed(&scene).await;
    assert_eq!(step.requests.len(), 0);
    step.says("error", ".changeset/brave-cats.md is not a changeset");
}

#[tokio::test(start_paused = true)]
async fn what_counts_is_the_difference_to_what_runs() {
    let scene = shop();
    // On main, and not deployed yet.
    scene.github.commit_touching("Serve faster", &["apps/api/server.ts"]);
    package(&scene, "apps/api", "1.5.0", [].into_iter());
    let scene = opened(scene, &["README.md"]);
    let step = changed(&scene).await;
    step.is("verified");
    assert_eq!(touched(&step)[0], "api: apps/api | from 1.4.1 on api");
    let compared =
        |it: &&simulator::github::Recorded| it.operation == "repos/compare-commits-with-basehead";
    assert_eq!(step.github.iter().filter(compared).count(), 2, "one for each service");
}

#[tokio::test(start_paused = true)]
async fn where_the_commit_of_what_runs_is_not_known_the_base_counts_and_that_is_said() {
    let scene = shop();
    let before = json!({ "name": "@shop/web", "version": "1.4.1" }).to_string();
    scene.github.file("main", "apps/web/package.json", &before);
    scene.sim.repository("web").push("web-v1.4.1", Image::linux_amd64().content("unlabelled"));
    let scene = opened(scene, &["apps/web/cart.ts"]);
    for (version, result, words) in [
        ("1.4.1", "refused", "the version is 1.4.1, the same as on main"),
        ("1.4.2", "verified", "1.4.2 would be deployed to web: it is higher than 1.4.1 on main"),
    ] {
        package(&scene, "apps/web", version, ["ui"].into_iter());
        scene.sim.service("prod", "web").running_version("web-v1.4.1").desired(1).start();
        let step = changed(&scene).await;
        assert_eq!(step.result(), result, "{}", step.log());
        assert!((step.log() + &step.said("error")).contains(words), "{}", step.log());
        step.says("notice", "web is compared with main instead of what runs: the commit of 1.4.1");
    }
}

#[tokio::test(start_paused = true)]
async fn more_files_than_github_names_touch_every_app() {
    let files: Vec<String> = (0..301).map(|number| format!("docs/{number:03}.md")).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let step = changed(&opened(shop(), &files)).await;
    step.is("refused");
    let unknown = "not known: GitHub lists at most 300 files | no";
    assert_eq!(touched(&step), [format!("api: {unknown}"), format!("web: {unknown}")]);
    assert_eq!(changed(&opened(shop(), &files[..299])).await.result(), "verified");
}

#[tokio::test(start_paused = true)]
async fn who_gets_no_credentials_is_compared_with_the_base() {
    let scene = shop().without_credentials();
    let scene = opened(scene, &["apps/web/cart.ts"]);
    let mut event = pull_request(7);
    event["pull_request"]["head"]["repo"]["id"] = json!(2);
    event["pull_request"]["head"]["sha"] = json!("fix");
    let scene = scene.on("pull_request", &event);
    let step = changed(&scene).await;
    step.is("unverified");
    assert_eq!(step.requests.len(), 0);
    // It is not on main yet.
    assert_eq!(touched(&step), ["api:  | -", "web: apps/web | not known"]);
    step.says("notice", "gets no AWS credentials");
}

#[tokio::test(start_paused = true)]
async fn what_github_does_not_show_is_not_verified() {
    let scene = opened(shop(), &["apps/web/cart.ts"]);
    scene.github.token(TOKEN, Grants::all().contents(May::Nothing));
    let step = changed(&scene).await;
    assert_eq!((step.result(), step.code), ("refused", 1));
    step.says("error", "it is not known what this pull request touches");
    step.says("error", "`contents: read`");
}

#[tokio::test(start_paused = true)]
async fn it_is_for_a_check_on_a_pull_request() {
    let verify = ("command", "verify");
    let of_pull_request = || opened(shop(), &["apps/web/cart.ts"]);
    for (scene, with, words) in [
        (of_pull_request(), vec![], "`apps: changed` is only for `command: verify`"),
        (shop(), vec![verify], "this run was not started by one"),
        (of_pull_request(), vec![verify, ("expect", "absent")], "can't be used together"),
        (of_pull_request(), vec![verify, ("github-token", "")], "needs `github-token`"),
        (
            of_pull_request(),
            vec![verify, ("apps", "changed\napi")],
            "`changed` must be the only entry",
        ),
    ] {
        let step = scene.deploy(&[&[("apps", "changed")][..], &with].concat()).await;
        step.is("refused");
        assert_eq!((step.requests.len(), step.github.len()), (0, 0));
        step.says("error", words);
    }
    // An app of the file can't have the name.
    let scene = of_pull_request();
    scene.file(".github/ecs-release.yml", FILE.replace("  api:", "  changed:"));
    changed(&scene).await.says("error", "an app cannot be called changed");
}
