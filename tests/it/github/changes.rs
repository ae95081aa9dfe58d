//! What changes: the commits between what runs and what was asked for.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::github::{Fault, Grants, May, TOKEN};
use simulator::{Fault as AwsFault, Image, When};

use super::{REVISION, Shop, conforms, pull_request, shop};
use crate::hostile::active;
use crate::scene::{Scene, Step};

/// The titles of the commits in the report: those added, and those removed.
fn titles(step: &Step) -> [Vec<String>; 2] {
    let report: Value = serde_json::from_str(step.output("report")).expect("JSON");
    ["added", "removed"].map(|way| {
        let commits = report[0]["commits"][way].as_array().cloned().unwrap_or_default();
        commits.iter().map(|it| it["title"].as_str().expect("a title").to_owned()).collect()
    })
}

/// Why there are none, as the summary says it.
fn left_out(step: &Step) -> &str {
    let folded = step.summary.split_once("<summary>Commits are not listed</summary>");
    let (_, why) = folded.unwrap_or_else(|| panic!("{}", step.summary));
    why.split("</details>").next().unwrap_or_default().trim()
}

/// Pushes a version that was built of `commit`.
fn push(scene: &Scene, version: &str, commit: &str) {
    let image = Image::linux_amd64().content(version).label(REVISION, commit);
    scene.sim.repository("web1").push(version, image);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_shows_the_commits_added_and_a_rollback_those_removed() {
    let Shop { scene, commits } = shop();
    let step = scene.deploy(&[]).await;
    assert_eq!(titles(&step), [vec!["Release 1.4.2", "Add to 1.4.2"], vec![]]);
    step.says("log", "What changes: commits added: 2");
    step.says("summary", "**Commits added**");
    let link = format!(
        "[`{}`](https://github.example/octo-org/shop/commit/{})",
        &commits[1][..7],
        commits[1]
    );
    step.says("summary", &link);
    conforms(&step);
    let step = scene.deploy(&[("command", "rollback")]).await;
    assert_eq!(titles(&step), [vec![], vec!["Release 1.4.2", "Add to 1.4.2"]]);
    step.says("summary", "**Commits removed**");
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn what_was_branched_off_shows_both_ways() {
    let Shop { scene, commits } = shop();
    scene.github.branch("release/1.4", &commits[0]);
    let hotfix = scene.github.commit_on("release/1.4", "Mend 1.4.1", &[]);
    push(&scene, "1.4.1-hotfix.1", &hotfix);
    assert_eq!(scene.deploy(&[]).await.result(), "deployed");
    let step = scene.deploy(&[("version", "1.4.1-hotfix.1"), ("dry-run", "true")]).await;
    assert_eq!(titles(&step), [vec!["Mend 1.4.1"], vec!["Release 1.4.2", "Add to 1.4.2"]]);
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn in_a_monorepo_only_the_commits_that_touch_the_folder_are_shown() {
    let scene = Scene::empty().on("push", &json!({}));
    let first = scene.github.commit_touching("Begin", &["apps/web1/a"]);
    scene.github.commit_touching("Another app", &["apps/api/a"]);
    scene.github.commit_touching("Ours", &["apps/web1/b", "README.md"]);
    let second = scene.github.commit_touching("A third one", &["apps/web10/b"]);
    for (version, commit) in [("1.4.1", &first), ("1.4.2", &second)] {
        push(&scene, version, commit);
    }
    scene.sim.service("prod", "web1").running_version("1.4.1").desired(2).start();
    let folder = [("package", "apps/web1"), ("dry-run", "true"), ("command", "rollback")];
    let step = scene.deploy(&[&folder[..], &[("version", "sha256:0")]].concat()).await;
    step.is("refused");
    let digest = scene.digest("1.4.2");
    let step = scene.deploy(&[&folder[..], &[("version", &digest)]].concat()).await;
    assert_eq!(titles(&step), [vec!["Ours"], vec![]], "{}", step.summary);
    step.says("summary", "`apps/web1`");
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn a_commit_is_found_by_the_label_else_by_a_git_tag_else_by_an_earlier_record() {
    let scene = Scene::ready().on("push", &json!({}));
    let first = scene.github.commit("Release 1.4.1");
    let second = scene.github.commit("Release 1.4.2");
    let step = scene.deploy(&[("dry-run", "true")]).await;
    let why = left_out(&step);
    assert!(why.contains("the commit of 1.4.1 is not known"), "{why}");
    assert!(why.contains("`org.opencontainers.image.revision`"), "{why}");
    conforms(&step);

    scene.github.annotated_tag("v1.4.1", &first);
    let digest = scene.digest("1.4.2");
    scene.github.deployment("staging", &second, json!({ "digest": digest }));
    let step = scene.deploy(&[("dry-run", "true")]).await;
    assert_eq!(titles(&step), [vec!["Release 1.4.2"], vec![]], "{}", step.summary);
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn the_git_tags_of_a_monorepo_are_found_by_their_own_template() {
    let scene = Scene::ready().on("push", &json!({}));
    for version in ["1.4.1", "1.4.2"] {
        let commit = scene.github.commit(&format!("Release {version}"));
        scene.github.tag(&format!("web1@{version}"), &commit);
    }
    let step = scene.deploy(&[("git-tag", "{name}@{version}"), ("dry-run", "true")]).await;
    assert_eq!(titles(&step), [vec!["Release 1.4.2"], vec![]], "{}", step.summary);
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn the_label_is_found_behind_an_index_too() {
    let Shop { scene, commits } = shop();
    let index = Image::multi_arch(&["linux/arm64", "linux/amd64"]).attested();
    scene.sim.repository("web1").push("1.4.3", index.label(REVISION, &commits[1]));
    let step = scene.deploy(&[("version", "1.4.3"), ("dry-run", "true")]).await;
    assert_eq!(titles(&step)[0], ["Release 1.4.2", "Add to 1.4.2"], "{}", step.summary);
}

#[tokio::test(start_paused = true)]
async fn an_image_of_another_repository_has_no_commits_here() {
    let Shop { scene, commits } = shop();
    let image = Image::linux_amd64().label(REVISION, &commits[1]);
    let image = image.label("org.opencontainers.image.source", "https://github.com/else/where");
    scene.sim.repository("web1").push("1.4.3", image);
    let step = scene.deploy(&[("version", "1.4.3"), ("dry-run", "true")]).await;
    assert!(left_out(&step).contains("else/where"), "{}", step.summary);
    let compare = "repos/compare-commits-with-basehead";
    assert!(step.github.iter().all(|it| it.operation != compare));
}

#[tokio::test(start_paused = true)]
async fn a_label_that_was_inherited_from_the_base_image_is_no_reason_to_give_up() {
    for labels in [
        [(REVISION, "0123456789abcdef0123456789abcdef01234567"), ("unrelated", "x")],
        [
            (REVISION, "0123456789abcdef0123456789abcdef01234567"),
            ("org.opencontainers.image.source", "https://github.com/else/where"),
        ],
    ] {
        let Shop { scene, commits } = shop();
        let image =
            labels.iter().fold(Image::linux_amd64(), |it, (name, value)| it.label(name, value));
        scene.sim.repository("web1").push("1.4.3", image);
        scene.github.tag("v1.4.3", &commits[1]);
        let step = scene.deploy(&[("version", "1.4.3"), ("dry-run", "true")]).await;
        assert_eq!(titles(&step)[0], ["Release 1.4.2", "Add to 1.4.2"], "{}", step.summary);
        conforms(&step);
    }
}

#[tokio::test(start_paused = true)]
async fn in_a_monorepo_a_tag_without_the_apps_name_is_another_apps() {
    let scene = Scene::empty().on("push", &json!({}));
    let first = scene.github.commit("Release 1.4.1 of web1");
    let other = scene.github.commit("Release 1.4.2 of another app");
    let second = scene.github.commit("Release 1.4.2 of web1");
    for (tag, commit) in
        [("web1-v1.4.1", &first), ("1.4.2", &other), ("v1.4.2", &other), ("web1-v1.4.2", &second)]
    {
        scene.github.tag(tag, commit);
    }
    for version in ["1.4.1", "1.4.2"] {
        let image = Image::linux_amd64().content(version);
        scene.sim.repository("web1").push(&format!("web1-v{version}"), image);
    }
    scene.sim.service("prod", "web1").running_version("web1-v1.4.1").desired(2).start();
    let with = [("tag-template", "{name}-v{version}"), ("dry-run", "true")];
    let step = scene.deploy(&with).await;
    assert_eq!(titles(&step)[0][0], "Release 1.4.2 of web1", "{}", step.summary);
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn the_pull_requests_of_a_long_list_are_not_all_asked_for() {
    let scene = Scene::empty().on("push", &json!({}));
    let first = scene.github.commit("Begin");
    push(&scene, "1.4.1", &first);
    let mut last = first;
    for number in 1..=40 {
        last = scene.github.commit(&format!("Commit {number}"));
    }
    push(&scene, "1.4.2", &last);
    scene.sim.service("prod", "web1").running_version("1.4.1").desired(2).start();
    let asked = |step: &Step| {
        let operation = "repos/list-pull-requests-associated-with-commit";
        step.github.iter().filter(|it| it.operation == operation).count()
    };
    assert_eq!(asked(&scene.deploy(&[("dry-run", "true")]).await), 10);
    scene.github.token(TOKEN, Grants::all().pull_requests(May::Nothing));
    let step = scene.deploy(&[("dry-run", "true")]).await;
    assert_eq!((asked(&step), titles(&step)[0].len()), (5, 30), "a few, and no more once denied");
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_the_repository_has_not_hides_nothing() {
    let Shop { scene, .. } = shop();
    let digest = scene.digest("1.4.2");
    let with = [("command", "rollback"), ("version", &digest), ("dry-run", "true")];
    // As with `path: app` of actions/checkout.
    let step = scene.deploy(&[&with[..], &[("package", "app")]].concat()).await;
    assert_eq!(titles(&step)[0].len(), 2, "{}", step.summary);
    assert!(!step.summary.contains("`app`"), "{}", step.summary);
}

#[tokio::test(start_paused = true)]
async fn pull_requests_are_linked_by_their_number_or_by_asking_where_that_is_allowed() {
    for (grants, asked) in
        [(Grants::all(), true), (Grants::all().pull_requests(May::Nothing), false)]
    {
        let scene = Scene::empty().on("push", &json!({}));
        scene.github.token(TOKEN, grants);
        let first = scene.github.commit("Begin");
        scene.github.commit("Squashed (#12)");
        let merged = scene.github.commit("Rebased");
        scene.github.merged_by(&merged, 34, "A pull request");
        push(&scene, "1.4.1", &first);
        push(&scene, "1.4.2", &merged);
        scene.sim.service("prod", "web1").running_version("1.4.1").desired(2).start();
        let step = scene.deploy(&[("dry-run", "true")]).await;
        step.says("summary", "[`#12`](https://github.example/octo-org/shop/pull/12)");
        assert_eq!(step.summary.contains("[`#34`]"), asked, "{}", step.summary);
        assert_eq!(titles(&step)[0], ["Rebased", "Squashed (#12)"]);
        conforms(&step);
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_list_is_cut_at_its_older_end_and_says_by_how_much() {
    for (count, pages, unread) in [(40, 1, 0), (130, 2, 0), (250, 3, 100), (301, 3, 200)] {
        let scene = Scene::empty().on("push", &json!({}));
        let first = scene.github.commit("Begin");
        push(&scene, "1.4.1", &first);
        let mut last = first;
        for number in 1..=count {
            last = scene.github.commit(&format!("Commit {number} (#{number})"));
        }
        push(&scene, "1.4.2", &last);
        scene.sim.service("prod", "web1").running_version("1.4.1").desired(2).start();
        let step = scene.deploy(&[("dry-run", "true")]).await;
        let [added, _] = titles(&step);
        let newest = |title: &str| title.starts_with(&format!("Commit {count} "));
        assert!(added.len() <= 30 && newest(&added[0]), "{added:?}");
        let more = format!("and {} more", count - added.len() - unread);
        assert!(step.summary.contains(&more), "{more}: {}", step.summary);
        let older = format!("{unread} older ones were not read");
        assert_eq!(step.summary.contains(&older), unread > 0, "{}", step.summary);
        // The other way there is nothing, which is one call.
        let asked = step
            .github
            .iter()
            .filter(|it| it.operation == "repos/compare-commits-with-basehead")
            .count();
        assert_eq!(asked, pages + 1);
        conforms(&step);
    }
}

#[tokio::test(start_paused = true)]
async fn without_rights_or_history_one_line_says_why() {
    for (grants, fault, words) in [
        (Grants::all().contents(May::Nothing), None, "contents: read"),
        (Grants::all(), Some(Fault::BadGateway { applied: false }), "HTTP status 502"),
        (Grants::all(), Some(Fault::RateLimit { reset: Duration::from_secs(3_000) }), "rate limit"),
        (Grants::all(), Some(Fault::Garbage), "can&#39;t be read"),
    ] {
        let Shop { scene, .. } = shop();
        scene.github.token(TOKEN, grants);
        if let Some(fault) = &fault {
            scene.github.fault("repos/compare-commits-with-basehead", When::Always, fault.clone());
        }
        let step = scene.deploy(&[]).await;
        assert_eq!((step.result(), step.said("warning")), ("deployed", String::new()));
        let why = left_out(&step).replace('\'', "&#39;");
        assert!(why.contains(words), "{fault:?}: {why}");
        assert_eq!(step.summary.matches("are not listed").count(), 1);
        conforms(&step);
    }
}

#[tokio::test(start_paused = true)]
async fn titles_of_commits_stay_text_in_the_log_the_summary_and_the_comment() {
    let hostile = "::error::pwned <img src=x onerror=pwned> [pwned](https://evil.example) @octocat `x` | #1 --> \
                   ##[error]pwned";
    let scene = Scene::empty().on("pull_request", &pull_request(7));
    let first = scene.github.commit("Begin");
    let second = scene.github.commit(hostile);
    scene.github.branch("fix", &second);
    scene.github.pull_request(7, hostile, "fix", "main");
    push(&scene, "1.4.1", &first);
    push(&scene, "1.4.2", &second);
    scene.sim.service("prod", "web1").running_version("1.4.1").desired(2).start();
    let step = scene.deploy(&[("command", "verify")]).await;
    step.is("verified");
    let comment = scene.github.comments(7).remove(0).body;
    // The mark is the one comment in HTML that is meant.
    let (_, comment) = comment.split_once("-->\n").expect("it begins with its mark");
    for markdown in [step.summary.as_str(), comment] {
        assert!(markdown.contains("pwned"), "it is shown: {markdown}");
        assert_eq!(active(markdown), [], "{markdown}");
        assert!(markdown.contains("`@octocat`"), "nobody is notified: {markdown}");
    }
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_one_side_never_had_narrows_both() {
    let scene = Scene::empty().on("push", &json!({}));
    let old = scene.github.commit_touching("Begin", &["README.md"]);
    scene.github.branch("old", &old);
    let before = scene.github.commit_on("old", "Mend the old one", &["README.md"]);
    let after = scene.github.commit_touching("Begin the shop", &["apps/web1/a"]);
    for (version, commit) in [("1.4.1", &before), ("1.4.2", &after)] {
        push(&scene, version, commit);
    }
    scene.sim.service("prod", "web1").running_version("1.4.1").desired(2).start();
    let digest = scene.digest("1.4.2");
    let with = [("package", "apps/web1"), ("dry-run", "true"), ("command", "rollback")];
    let step = scene.deploy(&[&with[..], &[("version", &digest)]].concat()).await;
    assert_eq!(titles(&step), [vec!["Begin the shop"], vec![]], "{}", step.summary);
    step.says("summary", "`apps/web1`");
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn an_ecr_that_hangs_leaves_the_other_ways_to_a_commit() {
    let Shop { scene, commits } = shop();
    scene.github.tag("v1.4.1", &commits[0]);
    scene.github.tag("v1.4.2", &commits[1]);
    scene.sim.fault("GetBlob", When::Always, AwsFault::Timeout { applied: false });
    let step = scene.deploy(&[]).await;
    assert_eq!(titles(&step)[0], ["Release 1.4.2", "Add to 1.4.2"], "{}", step.summary);
}
