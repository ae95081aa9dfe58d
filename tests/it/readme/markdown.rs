//! What there is to find in a Markdown document.

use std::collections::BTreeSet;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

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
        Event::Start(Tag::Link { dest_url, .. }) => Some(Named::Link(dest_url.to_string())),
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

/// What GitHub makes of the headings: lower case, hyphens for spaces, and nothing
/// else but letters, digits, hyphens and underscores.
pub(super) fn anchors(document: &str) -> BTreeSet<String> {
    let headings = document.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
            title.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
        })
        .collect()
}
