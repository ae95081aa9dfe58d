//! What there is to find in a Markdown document.

use std::collections::BTreeSet;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// Something in a document that has to exist.
#[derive(Debug)]
pub(super) enum Named {
    /// What stands between backticks in a line of prose.
    Code(String),
    /// Where a link leads.
    Link(String),
}

/// Everything that a document names, in its order.
pub(super) fn named(text: &str) -> impl Iterator<Item = Named> {
    Parser::new_ext(text, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Code(code) => Some(Named::Code(code.to_string())),
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some(Named::Link(dest_url.to_string()))
        }
        _ => None,
    })
}

/// The fenced blocks of a document with their languages.
pub(super) fn code(text: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                inside = true;
                blocks.push((language.to_string(), String::new()));
            }
            Event::End(TagEnd::CodeBlock) => inside = false,
            Event::Text(text) if inside => {
                blocks.last_mut().expect("a block was opened").1.push_str(&text);
            }
            _ => {}
        }
    }
    blocks
}

/// From a heading of the second level to the next one.
pub(super) fn part<'a>(document: &'a str, heading: &str) -> &'a str {
    let from = document.find(&format!("\n{heading}\n")).expect("the heading is there") + 1;
    let rest = &document[from..];
    rest.find("\n## ").map_or(rest, |to| &rest[..to])
}

/// The document with this between the comments that have its name.
pub(super) fn with_part(document: &str, name: &str, part: &str) -> String {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let from = document.find(&open).expect("it has a begin") + open.len();
    let to = from + document[from..].find(&close).expect("it has an end");
    format!("{}{part}{}", &document[..from], &document[to..])
}

/// The anchors of all headings.
pub(super) fn anchors(document: &str) -> BTreeSet<String> {
    headings(document).into_iter().map(|(_, anchor)| anchor).collect()
}

/// The anchors of the headings of the second level.
pub(super) fn sections(document: &str) -> Vec<String> {
    let headings = headings(document).into_iter();
    headings.filter(|(level, _)| *level == HeadingLevel::H2).map(|(_, anchor)| anchor).collect()
}

/// What GitHub makes of a heading: lower case, hyphens for spaces, and nothing else
/// but letters, digits, hyphens and underscores.
pub(super) fn anchor(heading: &str) -> String {
    let heading = heading.to_lowercase().replace(' ', "-");
    heading.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
}

fn headings(document: &str) -> Vec<(HeadingLevel, String)> {
    let mut headings: Vec<(HeadingLevel, String)> = Vec::new();
    let mut inside = false;
    for event in Parser::new(document) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                inside = true;
                headings.push((level, String::new()));
            }
            Event::End(TagEnd::Heading(_)) => inside = false,
            Event::Text(text) | Event::Code(text) if inside => {
                headings.last_mut().expect("a heading was opened").1 += &anchor(&text);
            }
            _ => {}
        }
    }
    headings
}
