//! A walk over everything that the simulated GitHub answers: each operation as it
//! succeeds, as it is refused, and with each kind of trouble.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::github::{Fault, Grants, Kind, May, Recorded, TOKEN};
use simulator::{GitHub, When};

/// All that was said on the way.
pub(super) fn all() -> Vec<Recorded> {
    let mut said = Vec::new();
    said.extend(an_empty_repository());
    said.extend(reading());
    said.extend(deploying());
    said.extend(talking());
    said.extend(opening());
    said.extend(tagging());
    said.extend(without_permission());
    said.extend(trouble());
    said
}

/// Sends requests below the repository, whatever becomes of them.
fn ask(github: &GitHub, requests: &[(&str, &str, Value)]) {
    for (method, rest, body) in requests {
        // What matters here is what was recorded.
        let _ = github.call(method, &format!("/repos/octo-org/shop/{rest}"), body);
    }
}

fn get(rest: &str) -> (&'static str, &str, Value) {
    ("GET", rest, Value::Null)
}

fn an_empty_repository() -> Vec<Recorded> {
    let github = GitHub::new();
    ask(
        &github,
        &[get("commits"), get("commits/main"), get("commits/main/pulls"), get("contents/a")],
    );
    ask(&github, &[get("deployments"), get("git/ref/heads/main"), get("compare/a...b")]);
    github.requests()
}

fn reading() -> Vec<Recorded> {
    let github = GitHub::new();
    let first = github.commit_touching("One", &["apps/web/a", "README.md"]);
    github.tag("v1", &first);
    github.annotated_tag("web@1.0.0", &first);
    for number in 0..4 {
        let sha = github.commit_touching(&format!("Change {number}"), &["apps/web/a"]);
        github.merged_by(&sha, number + 1, "A change");
    }
    github.commit_on("feature/x", "Three", &["b"]);
    github.pull_request(9, "Three", "feature/x", "main");
    github.file("main", "apps/web/package.json", "{\"version\":\"1.0.0\"}");
    github.file("main", "large", &"x".repeat(2_000_000));
    ask(
        &github,
        &[
            get("contents/apps/web/package.json?ref=main"),
            get("contents/apps%2Fweb"),
            get("contents/large"),
            get("contents/nothing"),
            get("contents/README.md?ref=v9"),
            get("commits?per_page=2&page=2"),
            get("commits?sha=feature%2Fx&path=apps/web"),
            get("commits?sha=v9"),
            get("commits/main"),
            get("commits/feature/x"),
            get("commits/tags/web@1.0.0"),
            get("commits/v9"),
            get("commits/main/pulls"),
            get("commits/feature%2Fx/pulls?per_page=1"),
            get("commits/v9/pulls"),
            get("compare/v1...main"),
            get("compare/main...v1"),
            get("compare/main...feature/x?per_page=1&page=1"),
            get("compare/v1...v1"),
            get("compare/v1...v9"),
            get("git/ref/heads/feature/x"),
            get("git/ref/tags/web@1.0.0"),
            get("git/ref/tags/v9"),
        ],
    );
    // As the addresses of following pages have it, and as GitHub Enterprise Server.
    let _ = github.call("GET", "/repositories/1296269/commits?page=2", &Value::Null);
    let _ = github.call("GET", "/api/v3/repos/octo-org/shop/commits", &Value::Null);
    github.token("ghp_mona", Grants::all().person("mona"));
    let _ = github.call_as("ghp_mona", "GET", "/user", &Value::Null);
    github.requests()
}

fn deploying() -> Vec<Recorded> {
    let github = GitHub::new();
    let old = github.commit("One");
    github.branch("topic", &old);
    let new = github.commit("Two");
    github.check(&new, "build", "pending");
    let plain = |environment: &str, reference: &str| {
        json!({
            "ref": reference, "environment": environment, "auto_merge": false,
            "required_contexts": [], "payload": { "version": "1" }, "description": null,
            "task": "deploy", "transient_environment": false, "production_environment": false,
        })
    };
    ask(
        &github,
        &[
            ("POST", "deployments", plain("test", "main")),
            ("POST", "deployments", plain("test", &old)),
            ("POST", "deployments", plain("test", "v9")),
            ("POST", "deployments", json!({ "ref": "main" })),
            ("POST", "deployments", json!({ "ref": old })),
            ("POST", "deployments", json!({ "ref": "topic", "payload": "text" })),
            get("deployments?environment=test&per_page=1"),
            get("deployments?environment=other"),
        ],
    );
    for deployment in github.deployments() {
        let statuses = format!("deployments/{}/statuses", deployment.id);
        let log = "https://github.com/octo-org/shop/actions/runs/1";
        let long = "x".repeat(141);
        ask(
            &github,
            &[
                ("POST", &statuses, json!({ "state": "in_progress", "log_url": log })),
                ("POST", &statuses, json!({ "state": "success", "environment_url": log })),
                ("POST", &statuses, json!({ "state": "failure", "description": long })),
                ("POST", &statuses, json!({ "state": "error", "log_url": "ftp://a" })),
                get(&statuses),
                get(&format!("{statuses}?per_page=1&page=2")),
            ],
        );
    }
    ask(&github, &[get("deployments/9/statuses")]);
    let nowhere = json!({ "state": "success" });
    ask(&github, &[("POST", "deployments/9/statuses", nowhere)]);
    github.requests()
}

fn talking() -> Vec<Recorded> {
    let github = GitHub::new();
    github.commit("One");
    github.commit_on("topic", "Two", &[]);
    github.pull_request(7, "Two", "topic", "main");
    let foreign = github.comment(7, "other[bot]", Kind::Bot, "Hello");
    github.comment(7, "mona", Kind::User, "Hello");
    let own = github.comment(7, "github-actions[bot]", Kind::Bot, "Hello");
    let (own, foreign) = (format!("issues/comments/{own}"), format!("issues/comments/{foreign}"));
    ask(
        &github,
        &[
            get("issues/7/comments?per_page=2"),
            get("issues/8/comments"),
            ("POST", "issues/7/comments", json!({ "body": "Hi" })),
            ("POST", "issues/8/comments", json!({ "body": "Hi" })),
            ("POST", "issues/7/comments", json!({ "body": "x".repeat(65_537) })),
            ("PATCH", &own, json!({ "body": "Hi" })),
            ("PATCH", &own, json!({ "body": " " })),
            ("PATCH", &foreign, json!({ "body": "Hi" })),
            ("PATCH", "issues/comments/9", json!({ "body": "Hi" })),
        ],
    );
    github.requests()
}

fn opening() -> Vec<Recorded> {
    let github = GitHub::new();
    github.commit("One");
    github.commit_on("topic", "Two", &[]);
    github.pull_request(7, "Two", "topic", "main");
    github.describe_pull_request(7, "Why", &["tracker"]);
    github.token("ghp_mona", Grants::all().contents(May::Read).person("mona"));
    let new = json!({ "title": "What", "body": "Where", "labels": ["tracker", "a b"] });
    let _ = github.call_as("ghp_mona", "POST", "/repos/octo-org/shop/issues", &new);
    ask(
        &github,
        &[
            ("POST", "issues", new),
            ("POST", "issues", json!({ "title": "What", "body": "x".repeat(65_537) })),
            get("issues/8"),
            get("issues/7"),
            get("issues/99"),
            get("issues?labels=tracker&state=all&sort=created&direction=asc&per_page=1"),
            get("issues?state=closed"),
            ("POST", "issues/9/comments", json!({ "body": "Hi" })),
            get("issues/9/comments"),
            ("PATCH", "issues/9", json!({ "body": "There" })),
            ("PATCH", "issues/9", json!({ "state": "closed", "state_reason": "not_planned" })),
            ("PATCH", "issues/99", json!({ "body": "There" })),
            get("issues?state=closed"),
        ],
    );
    github.requests()
}

fn tagging() -> Vec<Recorded> {
    let github = GitHub::new();
    let sha = github.commit("One");
    let object = github.annotated_tag("v1", &sha);
    let create = |name: &str, sha: &str| ("POST", "git/refs", json!({ "ref": name, "sha": sha }));
    ask(
        &github,
        &[
            create("refs/tags/web@1.0.0", &sha),
            create("refs/tags/web@1.0.0", &sha),
            create("refs/tags/v2", &object),
            create("refs/heads/topic", &sha),
            create("refs/tags/v3", &"0".repeat(40)),
            create("refs/tags/v3", "main"),
            create("tags/v3", &sha),
        ],
    );
    let release = |body: Value| ("POST", "releases", body);
    ask(
        &github,
        &[
            release(json!({ "tag_name": "v1", "body": "- a", "prerelease": true })),
            release(json!({ "tag_name": "v1" })),
            release(json!({ "tag_name": "apps/web@1.0.0", "make_latest": "legacy" })),
            release(json!({ "tag_name": "v4", "draft": true, "name": "Four" })),
            release(json!({ "tag_name": "v5", "target_commitish": "nowhere" })),
            release(json!({ "tag_name": "v5", "body": "x".repeat(125_001) })),
            get("releases/tags/v1"),
            get("releases/tags/apps/web@1.0.0"),
            get("releases/tags/v4"),
            get("releases"),
            get("releases?per_page=1&page=2"),
        ],
    );
    github.requests()
}

/// One request for each operation.
fn one_of_each(github: &GitHub, token: &str) {
    let sha = github.commit("One");
    let repository = [
        get("commits"),
        get("commits/main"),
        get("commits/main/pulls"),
        get("compare/main...main"),
        get("contents/README.md"),
        get("deployments"),
        get("deployments/1/statuses"),
        get("git/ref/heads/main"),
        get("issues"),
        get("issues/1"),
        get("issues/1/comments"),
        get("releases"),
        get("releases/tags/v0"),
        ("POST", "deployments", json!({ "ref": sha })),
        ("POST", "deployments/1/statuses", json!({ "state": "success" })),
        ("POST", "git/refs", json!({ "ref": "refs/tags/v1", "sha": sha })),
        ("POST", "releases", json!({ "tag_name": "v0" })),
        ("POST", "issues", json!({ "title": "What" })),
        ("PATCH", "issues/1", json!({ "body": "Where" })),
        ("POST", "issues/1/comments", json!({ "body": "Hi" })),
        ("PATCH", "issues/comments/1", json!({ "body": "Hi" })),
    ];
    let _ = github.call_as(token, "GET", "/user", &Value::Null);
    for (method, rest, body) in repository {
        let _ = github.call_as(token, method, &format!("/repos/octo-org/shop/{rest}"), &body);
    }
}

fn without_permission() -> Vec<Recorded> {
    let github = GitHub::new();
    github.token("ghs_none", Grants::none());
    github.token("ghs_no_contents", Grants::all().contents(May::Nothing));
    for token in ["ghs_none", "ghs_no_contents", "ghs_unknown"] {
        one_of_each(&github, token);
    }
    github.hides_itself(false);
    one_of_each(&github, "ghs_none");
    github.requests()
}

fn trouble() -> Vec<Recorded> {
    let everywhere = [
        Fault::BadCredentials,
        Fault::NotAccessible,
        Fault::RateLimit { reset: Duration::from_secs(60) },
        Fault::SecondaryRateLimit { status: 403, retry_after: Duration::from_secs(60) },
        Fault::SecondaryRateLimit { status: 429, retry_after: Duration::from_secs(60) },
        Fault::NotFound,
        Fault::Status(500),
        Fault::Status(503),
        Fault::BadGateway { applied: true },
        Fault::BadGateway { applied: false },
        Fault::Reset { applied: true },
        Fault::Reset { applied: false },
        Fault::Timeout { applied: true },
        Fault::Timeout { applied: false },
        Fault::Slow(Duration::from_secs(60)),
        Fault::Garbage,
    ];
    let mut said = Vec::new();
    for fault in everywhere {
        let github = GitHub::new();
        github.fault("*", When::Always, fault);
        one_of_each(&github, TOKEN);
        said.extend(github.requests());
    }
    // These are no answers of every operation.
    let errors = json!([{ "resource": "Deployment", "field": "ref", "code": "invalid" }]);
    for fault in [Fault::Conflict, Fault::Unprocessable(errors)] {
        let github = GitHub::new();
        for operation in ["repos/create-deployment", "git/create-ref", "repos/get-commit"] {
            github.fault(operation, When::Always, fault.clone());
        }
        one_of_each(&github, TOKEN);
        said.extend(github.requests());
    }
    said
}
