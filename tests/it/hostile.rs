//! Whether hostile text has come alive in a page of Markdown.

use pulldown_cmark::{Event, Options, Parser, Tag};

/// What became HTML that says `pwned`, or a link or an image that leads to `evil`.
pub(crate) fn active(markdown: &str) -> Vec<Event<'_>> {
    Parser::new_ext(markdown, Options::ENABLE_TABLES)
        .filter(|event| match event {
            Event::Html(html) | Event::InlineHtml(html) => html.contains("pwned"),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                dest_url.contains("evil")
            }
            _ => false,
        })
        .collect()
}
