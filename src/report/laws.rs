//! Whatever somebody wrote, every rendering of a report is what this program made of it: no
//! element, no link and no mention comes from a text.

use std::time::{Duration, UNIX_EPOCH};

use pulldown_cmark::{Event, Parser, Tag};
use serde_json::Value;

use super::app::AppReport;
use super::listing::{Brought, Period, Version};
use super::markdown::laws::{GITHUB, is_linked};
use super::message::laws::{asked, is_harmless};
use super::samples::hostile_by;
use super::{Message, comment, json, page, summary};
use crate::diagnosis::{diagnose, laws::evidence};
use crate::request::Command;
use crate::version::VersionName;

pub(crate) use super::markdown::laws::markdown;
pub(crate) use super::page::laws::html;

/// Where the links of the samples lead.
const OURS: [&str; 2] = ["https://github.example/", "https://eu-central-1.console.aws.amazon.com/"];

pub(crate) fn report(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let said = hostile_by(&text);
    let mut diagnosed = said.clone();
    diagnosed.failure.diagnosis = Some(diagnose(&evidence(&text)));
    let apps = [said, diagnosed];
    for apps in [&apps[..1], &apps[..]] {
        is_page(&summary(apps));
        is_page(&comment(apps, "https://github.example/octo-org/shop/actions/runs/4711"));
        let json: Value = serde_json::from_str(&json(apps)).expect("it is JSON");
        assert_eq!(json.as_array().map(Vec::len), Some(apps.len()));
        assert_eq!(json[0]["slow"], *text, "programs get what was written");
        for command in [Command::Deploy, Command::Rollback] {
            // The text is the title of a commit, too.
            is_harmless(&Message::at_start(&asked(command, &text), apps), &text);
            is_harmless(&Message::at_end(&asked(command, &text), apps), &text);
        }
    }
    if !text.trim().is_empty() {
        let page = |text: &str| page(&[listed(text)], None, None, Some(UNIX_EPOCH));
        assert_eq!(elements(&page(&text)), elements(&page("x")));
    }
}

/// Markdown that has nothing but what this program makes.
pub(crate) fn is_page(markdown: &str) {
    let (mut text, mut is_code) = (String::new(), false);
    for event in Parser::new_ext(markdown, GITHUB) {
        if let Event::Text(part) = event {
            text.push_str(&part);
            continue;
        }
        assert!(is_code || !is_linked(&text), "GitHub makes something of {text:?}: {markdown}");
        text.clear();
        is_code = matches!(event, Event::Start(Tag::CodeBlock(_)));
        let is_ours = match &event {
            Event::Start(Tag::Link { dest_url, .. }) => {
                OURS.iter().any(|ours| dest_url.starts_with(ours))
            }
            Event::Start(tag) => {
                !matches!(tag, Tag::Image { .. } | Tag::FootnoteDefinition(_) | Tag::BlockQuote(_))
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                let html = html.trim();
                let title = html.strip_prefix("<details><summary>");
                let title = title.and_then(|it| it.strip_suffix("</summary>"));
                html == "</details>" || title.is_some_and(|it| !it.contains(['<', '&']))
            }
            Event::End(_) | Event::Code(_) => true,
            _ => false,
        };
        assert!(is_ours, "{event:?} is in {markdown}");
    }
}

/// With the text wherever a version that is listed has one.
fn listed(text: &str) -> AppReport {
    let mut report = hostile_by(text);
    let some = || Some(text.to_owned());
    let commits = report.github.commits.take().expect("it has some");
    let name = VersionName::Other(text.to_owned());
    let digest = format!("sha256:{:064}", 7).parse().expect("a digest");
    let run = Period {
        from: Some(UNIX_EPOCH),
        until: Some(UNIX_EPOCH + Duration::from_secs(60)),
        ended: text.to_owned(),
        by: some(),
        reason: some(),
        run: some(),
        ..Period::default()
    };
    report.listing = Some(vec![Version {
        tags: vec![text.to_owned()],
        pushed_at: Some(UNIX_EPOCH),
        runs: vec![run],
        platforms: vec![text.to_owned()],
        unusable: some(),
        brought: Some(Brought { since: name.clone(), commits }),
        ..Version::new(name, digest)
    }]);
    report
}

/// The elements of a page and the names of their attributes.
fn elements(html: &str) -> Vec<String> {
    // It keeps the direction in which a text is written to itself.
    let html = html.replace("<bdi>", "").replace("</bdi>", "");
    let tags = html.split('<').skip(1).filter_map(|it| it.split_once('>'));
    let names = |(tag, _): (&str, &str)| tag.split('"').step_by(2).collect();
    tags.map(names).collect()
}
