//! Tokens and what they may do.

use serde_json::{Value, json};

use super::{path, refusal, to};
use crate::GitHub;
use crate::github::{Grants, Kind, May};

/// A repository where every operation has something to work on.
fn furnished() -> (GitHub, u64, u64) {
    let github = GitHub::new();
    github.commit_touching("One", &["README.md"]);
    github.branch("topic", "main");
    github.pull_request(7, "A change", "topic", "main");
    let comment = github.comment(7, "github-actions[bot]", Kind::Bot, "Hello");
    let deployment = github.deployment("prod", "main", json!({}));
    (github, comment, deployment)
}

#[tokio::test(start_paused = true)]
async fn each_operation_needs_its_permission_and_no_more() {
    let (github, comment, deployment) = furnished();
    let sha = github.commit("Two");
    let (none, tag) = (Value::Null, json!({ "ref": "refs/tags/a", "sha": sha }));
    let contents = |may| [Grants::none().contents(may)].to_vec();
    let deployments = |may| [Grants::none().deployments(may)].to_vec();
    let pull_requests = |may| [Grants::none().pull_requests(may)].to_vec();
    let comments = |may| [Grants::none().pull_requests(may), Grants::none().issues(may)].to_vec();
    let (statuses, of_pull) = (format!("deployments/{deployment}/statuses"), "issues/7/comments");
    let (reads, writes) = (May::Read, May::Write);
    let table = [
        ("GET", "contents/README.md".to_owned(), none.clone(), contents(reads)),
        ("GET", "compare/main...topic".to_owned(), none.clone(), contents(reads)),
        ("GET", "commits".to_owned(), none.clone(), contents(reads)),
        ("GET", "commits/main".to_owned(), none.clone(), contents(reads)),
        ("GET", "git/ref/heads/main".to_owned(), none.clone(), contents(reads)),
        ("GET", "commits/main/pulls".to_owned(), none.clone(), pull_requests(reads)),
        ("GET", "deployments".to_owned(), none.clone(), deployments(reads)),
        ("GET", statuses.clone(), none.clone(), deployments(reads)),
        ("GET", of_pull.to_owned(), none.clone(), comments(reads)),
        ("POST", of_pull.to_owned(), json!({ "body": "Hi" }), comments(writes)),
        ("PATCH", format!("issues/comments/{comment}"), json!({ "body": "Ha" }), comments(writes)),
        ("POST", "deployments".to_owned(), to("prod", "main"), deployments(writes)),
        ("POST", statuses, json!({ "state": "success" }), deployments(writes)),
        ("POST", "git/refs".to_owned(), tag, contents(writes)),
    ];
    github.hides_itself(false);
    for (method, rest, body, grants) in table {
        let ask = |grants: Grants| {
            github.token("ghs_other", grants);
            github.call_as("ghs_other", method, &path(&rest), &body)
        };
        let denied = (403, "Resource not accessible by integration".to_owned());
        assert_eq!(refusal(ask(Grants::none())), denied, "{method} {rest}");
        if method != "GET" {
            assert_eq!(refusal(ask(Grants::read_only())), denied, "{method} {rest}");
        }
        for grants in grants {
            ask(grants.clone()).unwrap_or_else(|error| panic!("{method} {rest}: {error:?}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_may_not_read_a_private_repository_does_not_find_it() {
    let (github, ..) = furnished();
    github.token("ghs_other", Grants::all().contents(May::Nothing));
    let content = github.call_as("ghs_other", "GET", &path("contents/README.md"), &Value::Null);
    assert_eq!(refusal(content), (404, "Not Found".to_owned()));
    let deployment = github.call_as("ghs_other", "POST", &path("deployments"), &to("a", "main"));
    deployment.expect("that is another permission");
}

#[tokio::test(start_paused = true)]
async fn only_people_can_ask_who_they_are() {
    let (github, comment, _) = furnished();
    let asked = github.call("GET", "/user", &Value::Null);
    assert_eq!(refusal(asked), (403, "Resource not accessible by integration".to_owned()));
    github.token("ghp_mona", Grants::all().person("mona"));
    let mona = github.call_as("ghp_mona", "GET", "/user", &Value::Null).expect("a person");
    assert_eq!((&mona["login"], &mona["type"]), (&json!("mona"), &json!("User")));

    let unknown = github.call_as("ghp_nobody", "GET", "/user", &Value::Null);
    let (status, body) = unknown.expect_err("nobody knows it");
    assert_eq!(status, 401);
    assert_eq!((&body["message"], &body["status"]), (&json!("Bad credentials"), &json!("401")));

    // People edit what others wrote; apps don't.
    let edit = |token: &str| {
        let at = path(&format!("issues/comments/{comment}"));
        github.call_as(token, "PATCH", &at, &json!({ "body": token }))
    };
    github.token("ghs_app", Grants::all().app("other[bot]"));
    let refused = refusal(edit("ghs_app"));
    assert_eq!(refused, (403, "Resource not accessible by integration".to_owned()));
    edit("ghp_mona").expect("a person may");
    assert_eq!(github.comments(7)[0].body, "ghp_mona");
    assert_eq!(github.comments(7)[0].author.login, "github-actions[bot]");
}
