//! What every receiver gets of a run, whatever stands in its report.

use serde_json::Value;

use super::{Message, Shape};
use crate::names::AccountId;
use crate::request::{Command, Request};
use crate::workflow::{Occasion, RepositoryName, Workflow};

pub(super) const SHAPES: [Shape; 4] = [Shape::Slack, Shape::Discord, Shape::Teams, Shape::Json];

pub(in crate::report) fn asked(command: Command, reason: &str) -> Request {
    Request {
        command,
        apps: Vec::new(),
        only_existing: false,
        beside: Vec::new(),
        images: Vec::new(),
        family: None,
        dry_run: false,
        reason: Some(reason.to_owned()),
        workflow: Some(Workflow {
            api: "https://api.github.example".to_owned(),
            server: "https://github.example".to_owned(),
            repository: RepositoryName::parse("octo-org/shop").expect("a repository"),
            run: "4711".to_owned(),
            actor: Some("octocat".to_owned()),
            workspace: None,
            occasion: Occasion::Other("push".to_owned()),
            token: None,
        }),
        comment: true,
        max_parallel: None,
        notify: None,
        tracker: false,
        rollback_workflow: "rollback.yml".to_owned(),
        page: None,
    }
}

/// Every text of a body.
fn texts(body: &Value) -> Vec<&str> {
    match body {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// What no receiver may take for a mention or for more than text; no account is in it. A number
/// that is the app's `own`, as a commit's title has it, is none.
pub(in crate::report) fn is_harmless(message: &Message, own: &str) {
    for shape in SHAPES {
        let body = message.body(shape);
        let whole = body.to_string();
        for text in texts(&body) {
            AccountId::replaced(text, |number| {
                assert!(own.contains(number), "{shape:?}: {number} is in {whole}");
                String::new()
            });
        }
        let read = match shape {
            Shape::Slack => body["blocks"][0]["text"]["text"].as_str(),
            Shape::Discord => body["content"].as_str(),
            Shape::Json => body["text"].as_str(),
            Shape::Teams => None,
        };
        let read = read.unwrap_or_default();
        let room = if shape == Shape::Slack { 3000 } else { 2000 };
        assert!(shape == Shape::Json || read.encode_utf16().count() <= room, "{read}");
        let is_mention = |text: &str| {
            text.split('@').skip(1).any(|after| after.starts_with(char::is_alphanumeric))
                || ["<!", "<@", "<#"].iter().any(|it| text.contains(it))
        };
        let people = if shape == Shape::Json { vec![read] } else { texts(&body) };
        assert!(people.iter().all(|text| !is_mention(text)), "{shape:?}: {whole}");
    }
}
