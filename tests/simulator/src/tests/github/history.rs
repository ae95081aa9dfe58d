//! Commits, what lies between them, pull requests, refs, and files.

use serde_json::{Value, json};

use super::{each, get, path, post, refusal};
use crate::GitHub;

/// The title of each commit, in one line.
fn titles(commits: &Value) -> String {
    let titles = each(commits, "commit");
    titles.iter().map(|it| it["message"].as_str().unwrap_or_default()).collect::<Vec<_>>().join(" ")
}

#[tokio::test(start_paused = true)]
async fn commits_are_found_by_every_name_they_have() {
    let github = GitHub::new();
    let empty = github.call("GET", &path("commits"), &Value::Null);
    assert_eq!(refusal(empty), (409, "Git Repository is empty.".to_owned()));
    let one = github.commit_touching("One", &["apps/web/a", "b"]);
    let two = github.commit_touching("Two", &["apps/website"]);
    github.commit_on("feature/x", "Three", &["apps/web"]);
    github.tag("v1", &one);
    let object = github.annotated_tag("web@1", &one);
    for name in [&one, &one[..7], "v1", "tags/v1", "web%401", "tags/web@1"] {
        assert_eq!(get(&github, &format!("commits/{name}"))["sha"], json!(one), "{name}");
    }
    for name in ["main", "heads/main"] {
        assert_eq!(get(&github, &format!("commits/{name}"))["sha"], json!(two), "{name}");
    }
    for name in ["feature/x", "feature%2Fx", "heads/feature/x"] {
        assert_eq!(titles(&json!([get(&github, &format!("commits/{name}"))])), "Three", "{name}");
    }
    let unknown = github.call("GET", &path("commits/v9"), &Value::Null);
    assert_eq!(refusal(unknown), (422, "No commit found for SHA: v9".to_owned()));

    assert_eq!(titles(&get(&github, "commits?sha=feature/x")), "Three Two One");
    assert_eq!(titles(&get(&github, "commits?sha=feature/x&path=apps/web")), "Three One");
    assert_eq!(titles(&get(&github, "commits?per_page=1&page=2")), "One");

    let of = |name: &str| get(&github, &format!("git/ref/{name}"))["object"].clone();
    assert_eq!((&of("tags/v1")["type"], &of("tags/v1")["sha"]), (&json!("commit"), &json!(one)));
    assert_eq!(of("tags/web@1")["sha"], json!(object));
    assert_eq!(of("tags/web@1")["type"], "tag");
    let partly = github.call("GET", &path("git/ref/heads/feature"), &Value::Null);
    assert_eq!(refusal(partly), (404, "Not Found".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_comparison_counts_from_the_merge_base() {
    let github = GitHub::new();
    github.commit("One");
    github.tag("v1", "main");
    github.commit_on("topic", "Three", &["c"]);
    github.commit_touching("Two", &["b", "a"]);
    let told = |basehead: &str| {
        let it = get(&github, &format!("compare/{basehead}"));
        let base = titles(&json!([it["merge_base_commit"]]));
        let count = format!("{} {} {}", it["ahead_by"], it["behind_by"], it["total_commits"]);
        (it["status"].clone(), count, base, titles(&it["commits"]))
    };
    let expect = |status: &str, count: &str, base: &str, commits: &str| {
        (json!(status), count.to_owned(), base.to_owned(), commits.to_owned())
    };
    assert_eq!(told("v1...main"), expect("ahead", "1 0 1", "One", "Two"));
    assert_eq!(told("main...v1"), expect("behind", "0 1 0", "One", ""));
    assert_eq!(told("main...octo-org:topic"), expect("diverged", "1 1 1", "One", "Three"));
    assert_eq!(told("main...main"), expect("identical", "0 0 0", "Two", ""));
    let files = get(&github, "compare/v1...main")["files"].clone();
    assert_eq!(each(&files, "filename"), ["a", "b"]);
    github.merge("topic", "Four");
    assert_eq!(told("v1...main"), expect("ahead", "3 0 3", "One", "Three Two Four"));
    let unknown = github.call("GET", &path("compare/v1...v9"), &Value::Null);
    assert_eq!(refusal(unknown), (404, "Not Found".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_long_comparison_comes_in_pages_or_with_its_newest_commits() {
    let github = GitHub::new();
    github.commit("0");
    github.tag("v1", "main");
    for number in 1..=260 {
        github.commit_touching(&number.to_string(), &[&format!("file{number}")]);
    }
    let whole = get(&github, "compare/v1...main");
    assert_eq!(each(&whole["commits"], "sha").len(), 250);
    assert!(titles(&whole["commits"]).starts_with("11 12 "));
    assert!(titles(&whole["commits"]).ends_with(" 260"));
    let page = get(&github, "compare/v1...main?per_page=100&page=3");
    assert_eq!(titles(&page["commits"]).split(' ').next(), Some("201"));
    assert_eq!((&page["total_commits"], &page["files"]), (&json!(260), &json!([])));
    let first = get(&github, "compare/v1...main?per_page=1");
    assert_eq!(each(&first["files"], "filename").len(), 260);
}

#[tokio::test(start_paused = true)]
async fn a_commit_names_the_pull_request_it_came_by() {
    let github = GitHub::new();
    let one = github.commit("One");
    let two = github.commit("Two (#7)");
    github.merged_by(&two, 7, "Two");
    let three = github.commit_on("topic", "Three", &[]);
    github.pull_request(8, "Three", "topic", "main");
    let pulls = |name: &str| get(&github, &format!("commits/{name}/pulls"));
    assert_eq!(pulls(&one), json!([]));
    let merged = pulls(&two);
    assert_eq!(each(&merged, "number"), [7]);
    assert_eq!(each(&merged, "state"), ["closed"]);
    assert_eq!(each(&merged, "merge_commit_sha"), [json!(two)]);
    assert_eq!(each(&pulls(&three), "number"), [8]);
    assert_eq!(pulls("topic")[0]["merged_at"], Value::Null);
    let later = github.commit_on("topic", "Four", &[]);
    assert_eq!(pulls("topic")[0]["head"]["sha"], json!(later));
}

#[tokio::test(start_paused = true)]
async fn a_ref_is_made_once_and_for_what_there_is() {
    let github = GitHub::new();
    let sha = github.commit("One");
    let create = |name: &str, sha: &str| {
        github.call("POST", &path("git/refs"), &json!({ "ref": name, "sha": sha }))
    };
    let made = create("refs/tags/web@1", &sha).expect("it is new");
    assert_eq!(
        made["object"],
        json!({
            "sha": sha, "type": "commit",
            "url": format!("https://api.github.com/repos/octo-org/shop/git/commits/{sha}"),
        })
    );
    let refused = |name: &str, sha: &str| refusal(create(name, sha)).1;
    assert_eq!(refused("refs/tags/web@1", &sha), "Reference already exists");
    assert_eq!(refused("refs/heads/main", &sha), "Reference already exists");
    assert_eq!(refused("refs/tags/v2", &"0".repeat(40)), "Object does not exist");
    assert!(refused("refs/tags/v2", "main").contains("exactly 40 characters"));
    assert!(refused("tags/v2", &sha).contains("must start with 'refs/'"));
    assert_eq!(github.tags().into_iter().collect::<Vec<_>>(), [("web@1".to_owned(), sha)]);
    assert_eq!(github.writes().iter().filter(|it| it.carried_out).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_file_holds_at_a_ref_what_was_last_said_of_it() {
    let github = GitHub::new();
    let one = github.commit_touching("One", &["apps/web/index.js", "README.md"]);
    github.file(&one, "package.json", "{\"version\":\"1.0.0\"}");
    github.tag("v1", &one);
    github.commit("Two");
    github.file("main", "package.json", "{\"version\":\"2.0.0\"}");
    let held = |reference: &str| {
        let file = get(&github, &format!("contents/package.json{reference}"));
        let lines = file["content"].as_str().expect("text").replace('\n', "");
        let bytes = aws_smithy_types::base64::decode(lines).expect("base64");
        String::from_utf8(bytes).expect("text")
    };
    assert_eq!(held("?ref=v1"), "{\"version\":\"1.0.0\"}");
    assert_eq!(held(""), "{\"version\":\"2.0.0\"}");
    let folder = get(&github, "contents/apps");
    assert_eq!((&folder[0]["path"], &folder[0]["type"]), (&json!("apps/web"), &json!("dir")));
    assert_eq!(each(&get(&github, "contents/"), "name"), ["README.md", "apps", "package.json"]);
    let refused = |rest: &str| refusal(github.call("GET", &path(rest), &Value::Null));
    assert_eq!(refused("contents/no.json"), (404, "Not Found".to_owned()));
    let nowhere = (404, "No commit found for the ref v9".to_owned());
    assert_eq!(refused("contents/package.json?ref=v9"), nowhere);
    post(&github, "deployments", &super::to("test", "v1"));
    github.file("main", "large.txt", &"x".repeat(2_000_000));
    assert_eq!(get(&github, "contents/large.txt")["encoding"], "none");
}
