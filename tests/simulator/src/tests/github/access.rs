//! Tokens and what they may do.

use serde_json::{Value, json};

use super::{path, refusal, to};
use crate::GitHub;
use crate::github::{Grants, Kind, May};

#[tokio::test(start_paused = true)]
async fn each_operation_needs_its_permission_and_no_more() {
    let github = GitHub::new();
    let sha = github.commit_touching("One", &["README.md"]);
    github.branch("topic", "main");
    github.pull_request(7, "A change", "topic", "main");
    let comment = github.comment(7, "github-actions[bot]", Kind::Bot, "Hello");
    let deployment = github.deployment("prod", "main", json!({}));
    let contents = |may| vec![Grants::none().contents(may)];
    let deployments = |may| vec![Grants::none().deployments(may)];
    let comments = |may| vec![Grants::none().pull_requests(may), Grants::none().issues(may)];
    let issues = |may| vec![Grants::none().issues(may)];
    let pull_requests = vec![Grants::none().pull_requests(May::Read)];
    let (comment, statuses) =
        (format!("issues/comments/{comment}"), format!("deployments/{deployment}/statuses"));
    let (none, hi) = (Value::Null, json!({ "body": "Hi" }));
    let title = json!({ "title": "What" });
    let (success, tag) =
        (json!({ "state": "success" }), json!({ "ref": "refs/tags/a", "sha": sha }));
    let (reads, writes) = (May::Read, May::Write);
    let table = [
        ("GET", "contents/README.md", &none, contents(reads)),
        ("GET", "compare/main...topic", &none, contents(reads)),
        ("GET", "commits", &none, contents(reads)),
        ("GET", "commits/main", &none, contents(reads)),
        ("GET", "git/ref/heads/main", &none, contents(reads)),
        ("GET", "commits/main/pulls", &none, pull_requests),
        ("GET", "deployments", &none, deployments(reads)),
        ("GET", &statuses, &none, deployments(reads)),
        ("GET", "issues/7/comments", &none, comments(reads)),
        ("GET", "issues", &none, issues(reads)),
        ("GET", "issues/7", &none, issues(reads)),
        ("POST", "issues", &title, issues(writes)),
        ("PATCH", "issues/8", &hi, issues(writes)),
        ("POST", "issues/7/comments", &hi, comments(writes)),
        ("PATCH", &comment, &hi, comments(writes)),
        ("POST", "deployments", &to("prod", "main"), deployments(writes)),
        ("POST", &statuses, &success, deployments(writes)),
        ("POST", "git/refs", &tag, contents(writes)),
    ];
    let ask = |grants: Grants, method: &str, rest: &str, body: &Value| {
        github.token("ghs_other", grants);
        github.call_as("ghs_other", method, &path(rest), body)
    };
    let not_found = refusal(ask(Grants::none(), "GET", "contents/README.md", &none));
    assert_eq!(not_found, (404, "Not Found".to_owned()), "a private repository hides itself");
    github.hides_itself(false);
    for (method, rest, body, grants) in table {
        let denied = (403, "Resource not accessible by integration".to_owned());
        assert_eq!(refusal(ask(Grants::none(), method, rest, body)), denied, "{method} {rest}");
        if method != "GET" {
            let read_only = refusal(ask(Grants::read_only(), method, rest, body));
            assert_eq!(read_only, denied, "{method} {rest}");
        }
        for grants in grants {
            let answer = ask(grants, method, rest, body);
            assert!(answer.is_ok(), "{method} {rest}: {answer:?}");
        }
    }
}
