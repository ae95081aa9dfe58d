//! From the runner's variables and the event's payload to the [`Workflow`] that
//! asks.
//!
//! What is missing is left out: outside a runner, and for events that nobody has
//! thought of, there is less to say and nothing to refuse.

#![allow(clippy::disallowed_methods, reason = "the event's payload is one of the runner's files")]

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use super::environment::Environment;
use crate::workflow::{Occasion, PullRequest, RepositoryName, Token, Workflow};

/// A webhook's payload has at most 25 MB ("Webhook events and payloads").
const LARGEST_EVENT: u64 = 25 * 1024 * 1024;
/// The user in whose name Dependabot opens pull requests.
const DEPENDABOT: &str = "dependabot[bot]";

/// The run that asks; `None` outside of one.
pub(super) fn workflow(environment: &Environment, token: Option<Token>) -> Option<Workflow> {
    let text = |name| environment.text(name);
    let name = text("GITHUB_EVENT_NAME").unwrap_or_default();
    // Of the other events nothing is taken from their payloads.
    let is_read = matches!(name, "pull_request" | "pull_request_target" | "merge_group");
    let payload = environment.path("GITHUB_EVENT_PATH").filter(|_| is_read);
    let payload = payload.and_then(|path| self::payload(&path));
    let address = |name| Some(text(name)?.trim_end_matches('/').to_owned());
    Some(Workflow {
        api: address("GITHUB_API_URL")?,
        server: address("GITHUB_SERVER_URL")?,
        repository: RepositoryName::parse(text("GITHUB_REPOSITORY")?)?,
        run: text("GITHUB_RUN_ID")?.to_owned(),
        actor: text("GITHUB_ACTOR").map(str::to_owned),
        workspace: environment.path("GITHUB_WORKSPACE"),
        occasion: occasion(name, text("GITHUB_ACTOR"), &payload.unwrap_or_default()),
        token,
    })
}

fn payload(path: &Path) -> Option<Value> {
    let mut text = String::new();
    File::open(path).ok()?.take(LARGEST_EVENT).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn occasion(name: &str, actor: Option<&str>, payload: &Value) -> Occasion {
    let other = || Occasion::Other(name.to_owned());
    match name {
        "pull_request" | "pull_request_target" => {
            pull_request(actor, &payload["pull_request"]).map_or_else(other, Occasion::PullRequest)
        }
        "merge_group" => {
            let text = |name: &str| payload["merge_group"][name].as_str();
            match (text("base_sha"), text("base_ref")) {
                (Some(base), branch) => Occasion::MergeQueue {
                    base: base.to_owned(),
                    branch: branch
                        .map_or("the base branch", |it| it.trim_start_matches("refs/heads/"))
                        .to_owned(),
                },
                (None, _) => other(),
            }
        }
        _ => other(),
    }
}

fn pull_request(actor: Option<&str>, pull_request: &Value) -> Option<PullRequest> {
    let (head, base) = (&pull_request["head"], &pull_request["base"]);
    // The repository of a head may have been deleted since.
    let is_fork = base["repo"]["id"].is_null() || head["repo"]["id"] != base["repo"]["id"];
    // GitHub looks at who set the event off, as well as at who opened it.
    let is_dependabots = actor == Some(DEPENDABOT) || pull_request["user"]["login"] == DEPENDABOT;
    Some(PullRequest {
        number: pull_request["number"].as_u64()?,
        base: base["ref"].as_str()?.to_owned(),
        head: head["sha"].as_str()?.to_owned(),
        is_from_outside: is_fork || is_dependabots,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn payload(head: &Value, opened_by: &str) -> Value {
        json!({ "pull_request": {
            "number": 12,
            "user": { "login": opened_by },
            "head": { "ref": "fix", "sha": "f00d", "repo": head },
            "base": { "ref": "release/1.x", "repo": { "id": 1 } },
        }})
    }

    #[test]
    fn whether_a_pull_request_gets_credentials_is_told_by_where_it_comes_from() {
        let own = json!({ "id": 1 });
        for (head, opened_by, actor, is_from_outside) in [
            (&own, "octocat", "octocat", false),
            (&json!({ "id": 2 }), "octocat", "octocat", true),
            (&Value::Null, "octocat", "octocat", true),
            (&own, DEPENDABOT, DEPENDABOT, true),
            // Somebody pressed "Re-run": the token stays Dependabot's.
            (&own, DEPENDABOT, "octocat", true),
            (&own, "octocat", DEPENDABOT, true),
        ] {
            let occasion = occasion("pull_request", Some(actor), &payload(head, opened_by));
            let expected = PullRequest {
                number: 12,
                base: "release/1.x".to_owned(),
                head: "f00d".to_owned(),
                is_from_outside,
            };
            assert_eq!(occasion, Occasion::PullRequest(expected), "{head} {opened_by} {actor}");
        }
    }

    #[test]
    fn every_other_event_is_known_by_its_name_and_a_queue_by_what_it_merges_onto() {
        let queue = json!({ "merge_group": { "base_sha": "0123", "base_ref": "refs/heads/main" } });
        let cases = [
            (
                "merge_group",
                &queue,
                Occasion::MergeQueue { base: "0123".to_owned(), branch: "main".to_owned() },
            ),
            ("merge_group", &Value::Null, Occasion::Other("merge_group".to_owned())),
            ("push", &json!({ "before": "0000" }), Occasion::Other("push".to_owned())),
            ("workflow_dispatch", &Value::Null, Occasion::Other("workflow_dispatch".to_owned())),
            ("schedule", &Value::Null, Occasion::Other("schedule".to_owned())),
            // A payload that could not be read.
            ("pull_request", &Value::Null, Occasion::Other("pull_request".to_owned())),
        ];
        for (name, payload, expected) in cases {
            assert_eq!(occasion(name, None, payload), expected);
        }
    }
}
