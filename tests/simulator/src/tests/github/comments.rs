//! Comments and the pages they come in.

use serde_json::{Value, json};

use super::{each, get, path, post, refusal};
use crate::GitHub;
use crate::github::Kind;

fn with_pull_request() -> GitHub {
    let github = GitHub::new();
    github.commit("One");
    github.commit_on("topic", "Two", &[]);
    github.pull_request(7, "A change", "topic", "main");
    github
}

#[tokio::test(start_paused = true)]
async fn a_comment_is_made_found_and_edited() {
    let github = with_pull_request();
    github.comment(7, "mona", Kind::User, "First");
    let made = post(&github, "issues/7/comments", &json!({ "body": "Second" }));
    assert_eq!(made["user"]["type"], "Bot");
    tokio::time::sleep(super::super::secs(90)).await;
    let at = path(&format!("issues/comments/{}", made["id"]));
    let edited = github.call("PATCH", &at, &json!({ "body": "Third" })).expect("its own");
    assert_eq!(edited["created_at"], "2026-01-01T00:00:00Z");
    assert_eq!(edited["updated_at"], "2026-01-01T00:01:30Z");
    let listed = get(&github, "issues/7/comments");
    assert_eq!(each(&listed, "body"), ["First", "Third"]);
    assert_eq!(listed[0]["user"]["login"], "mona");
    assert_eq!(github.writes().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_no_comment_can_be_is_refused() {
    let github = with_pull_request();
    let comment = |body: Value| {
        let (status, answer) =
            github.call("POST", &path("issues/7/comments"), &body).expect_err("it is refused");
        let errors = answer["errors"][0]["message"].as_str().map(str::to_owned);
        (status, errors.unwrap_or_else(|| answer["message"].as_str().expect("words").to_owned()))
    };
    let too_long = "Body is too long (maximum is 65536 characters)".to_owned();
    assert_eq!(comment(json!({ "body": "ä".repeat(65_537) })), (422, too_long));
    assert_eq!(comment(json!({ "body": " " })), (422, "Body cannot be blank".to_owned()));
    let missing = "Invalid request.\n\n\"body\" wasn't supplied.".to_owned();
    assert_eq!(comment(json!({ "bdoy": "Hi" })), (422, missing));
    let number = "Invalid request.\n\nFor 'properties/body', 7 is not a string.".to_owned();
    assert_eq!(comment(json!({ "body": 7 })), (422, number));
    assert_eq!(comment(Value::Null), (400, "Problems parsing JSON".to_owned()));
    post(&github, "issues/7/comments", &json!({ "body": "ä".repeat(65_536) }));
    let nowhere = github.call("GET", &path("issues/8/comments"), &Value::Null);
    assert_eq!(refusal(nowhere), (404, "Not Found".to_owned()));
}
