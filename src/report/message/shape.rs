//! A message as its receiver takes it.
//!
//! - Slack: "Incoming webhooks" and "Formatting message text" on docs.slack.dev
//! - Discord: "Execute Webhook" and "Allowed Mentions Object" in its developer documentation
//! - Teams: "When a Teams webhook request is received", which posts the adaptive cards that are
//!   attached; `RichTextBlock` in the schema of Adaptive Cards

use serde_json::{Value, json};

use super::content::Message;
use crate::report::object::object;
use crate::url::Url;

/// Characters of a text object of Slack.
const ROOM_OF_SLACK: usize = 3000;
/// Characters of a message of Discord.
const ROOM_OF_DISCORD: usize = 2000;
/// Of Discord's flags the one that shows no preview of addresses.
const SUPPRESS_EMBEDS: u8 = 1 << 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Slack,
    Discord,
    Teams,
    Json,
}

impl Shape {
    pub(crate) fn of(url: &Url) -> Self {
        let host = url.host().to_ascii_lowercase();
        let is = |domains: &[&str]| {
            domains.iter().any(|domain| match host.strip_suffix(domain) {
                Some(before) => before.is_empty() || before.ends_with('.'),
                None => false,
            })
        };
        if is(&["hooks.slack.com", "hooks.slack-gov.com"]) {
            Self::Slack
        } else if is(&["discord.com", "discordapp.com"]) {
            Self::Discord
        } else if is(&["logic.azure.com", "api.powerplatform.com", "webhook.office.com"]) {
            Self::Teams
        } else {
            Self::Json
        }
    }
}

impl Message {
    pub(crate) fn body(&self, shape: Shape) -> Value {
        match shape {
            Shape::Slack => self.for_slack(),
            Shape::Discord => self.for_discord(),
            Shape::Teams => self.for_teams(),
            Shape::Json => self.for_programs(),
        }
    }

    /// In plain text nothing is formatted; the text beside it is what a phone shows.
    fn for_slack(&self) -> Value {
        let text = self.fitted(ROOM_OF_SLACK, slack);
        let mut blocks = vec![json!({
            "type": "section",
            "text": { "type": "plain_text", "text": text, "emoji": false },
        })];
        blocks.extend(self.run.as_ref().map(|run| {
            let link = format!("<{}|Details of this run>", slack(run));
            let link = json!({ "type": "mrkdwn", "text": link, "verbatim": true });
            json!({ "type": "context", "elements": [link] })
        }));
        json!({ "text": self.lines.first().map(|it| slack(it)), "blocks": blocks })
    }

    fn for_discord(&self) -> Value {
        let run = self.run.as_ref().map(|run| format!("\n<{run}>")).unwrap_or_default();
        let text = self.fitted(ROOM_OF_DISCORD.saturating_sub(length(&run)), discord);
        json!({
            "content": text + &run,
            "allowed_mentions": { "parse": [] },
            "flags": SUPPRESS_EMBEDS,
        })
    }

    /// Runs of text, because a block of text would read Markdown.
    fn for_teams(&self) -> Value {
        let block = |(number, line): (usize, &String)| {
            let weight = if number == 0 { "Bolder" } else { "Default" };
            let run = json!({ "type": "TextRun", "text": line, "weight": weight });
            json!({ "type": "RichTextBlock", "inlines": [run] })
        };
        let body: Vec<Value> = self.lines.iter().enumerate().map(block).collect();
        let open =
            |run: &String| json!({ "type": "Action.OpenUrl", "title": "Details", "url": run });
        let card = json!({
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": body,
            "actions": self.run.iter().map(open).collect::<Vec<_>>(),
        });
        json!({
            "type": "message",
            "attachments": [
                { "contentType": "application/vnd.microsoft.card.adaptive", "content": card },
            ],
        })
    }

    fn for_programs(&self) -> Value {
        let text: Vec<&str> = self.lines.iter().chain(&self.run).map(String::as_str).collect();
        let run = ("run", self.run.as_deref().map(Value::from));
        let text = ("text", Some(text.join("\n").into()));
        object([text, run].into_iter().chain(self.fields.iter().cloned()))
    }

    /// The lines, as far as there is room for them.
    fn fitted(&self, room: usize, escaped: fn(&str) -> String) -> String {
        const REST: &str = "\n…";
        let mut text = String::new();
        for line in &self.lines {
            let line = escaped(line);
            if length(&text) + length(&line) + length(REST) + 1 > room {
                return text + REST;
            }
            if !text.is_empty() {
                text.push('\n');
            }
            text += &line;
        }
        text
    }
}

/// As JavaScript counts, which is never less than what others count.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

fn slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Without what Discord takes for Markdown.
fn discord(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    for c in line.chars() {
        if r"\*_~`|#[]()<>".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
