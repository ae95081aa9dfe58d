//! Commits, and what lies between them.

use serde_json::{Value, json};

use super::{get, path, refusal};
use crate::GitHub;

/// The title of each commit, in one line.
fn titles(commits: &Value) -> String {
    let commits = commits.as_array().into_iter().flatten();
    let titles = commits.map(|it| it["commit"]["message"].as_str().unwrap_or_default());
    titles.collect::<Vec<_>>().join(" ")
}

#[tokio::test(start_paused = true)]
async fn commits_are_found_by_every_name_they_have() {
    let github = GitHub::new();
    let one = github.commit_touching("One", &["apps/web/a", "b"]);
    github.commit_touching("Two", &["apps/website"]);
    github.commit_on("feature/x", "Three", &["apps/web"]);
    github.tag("v1", &one);
    let object = github.annotated_tag("web@1", &one);
    for (title, names) in [
        ("One", &[&one, &one[..7], "v1", "tags/v1", "web%401", "tags/web@1"][..]),
        ("Two", &["main", "heads/main"]),
        ("Three", &["feature/x", "feature%2Fx", "heads/feature/x"]),
    ] {
        for name in names {
            let commit = get(&github, &format!("commits/{name}"));
            assert_eq!(commit["commit"]["message"], title, "{name}");
        }
    }
    let unknown = github.call("GET", &path("commits/v9"), &Value::Null);
    assert_eq!(refusal(unknown), (422, "No commit found for SHA: v9".to_owned()));
    assert_eq!(titles(&get(&github, "commits?sha=feature/x")), "Three Two One");
    assert_eq!(titles(&get(&github, "commits?sha=feature/x&path=apps/web")), "Three One");

    let of = |name: &str| get(&github, &format!("git/ref/{name}"))["object"].clone();
    assert_eq!((&of("tags/v1")["type"], &of("tags/v1")["sha"]), (&json!("commit"), &json!(one)));
    assert_eq!(
        (&of("tags/web@1")["type"], &of("tags/web@1")["sha"]),
        (&json!("tag"), &json!(object))
    );
    let partly = github.call("GET", &path("git/ref/heads/feature"), &Value::Null);
    assert_eq!(refusal(partly), (404, "Not Found".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_comparison_counts_from_the_merge_base_and_is_cut_at_its_older_end() {
    let github = GitHub::new();
    github.commit("One");
    github.tag("v1", "main");
    github.commit_on("topic", "Three", &["c"]);
    github.commit_touching("Two", &["b", "a"]);
    let told = |basehead: &str| {
        let it = get(&github, &format!("compare/{basehead}"));
        let base = it["merge_base_commit"]["commit"]["message"].as_str().unwrap_or_default();
        let (status, commits) = (it["status"].as_str().unwrap_or_default(), titles(&it["commits"]));
        format!("{status} {} {} from {base}: {commits}", it["ahead_by"], it["behind_by"])
    };
    assert_eq!(told("v1...main"), "ahead 1 0 from One: Two");
    assert_eq!(told("main...v1"), "behind 0 1 from One: ");
    assert_eq!(told("main...octo-org:topic"), "diverged 1 1 from One: Three");
    assert_eq!(told("main...main"), "identical 0 0 from Two: ");
    github.merge("topic", "Four");
    assert_eq!(told("v1...main"), "ahead 3 0 from One: Three Two Four");

    github.tag("v2", "main");
    for number in 1..=260 {
        github.commit_touching(&number.to_string(), &[&format!("file{number}")]);
    }
    let whole = get(&github, "compare/v2...main");
    let commits = titles(&whole["commits"]);
    assert!(commits.starts_with("11 12 ") && commits.ends_with(" 260"), "{commits}");
    let page = get(&github, "compare/v2...main?per_page=100&page=3");
    assert!(titles(&page["commits"]).starts_with("201 "));
    assert_eq!((&page["total_commits"], &page["files"]), (&json!(260), &json!([])));
}
