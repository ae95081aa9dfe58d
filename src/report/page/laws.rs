//! What a browser makes of any text in a page: that text, and nothing else.

use super::html::{Html, LONGEST};
use crate::report::markdown::line;
use crate::reporter::is_invisible;

pub(crate) fn html(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    text_stays_text(&text);
    let home = "https://github.example/octo-org/shop/";
    let link = Html::link(Some(home), &format!("{home}{text}"), "x").into_string();
    assert_eq!(link.matches(['<', '>', '"', '\'']).count(), 6, "{link}");
}

pub(super) fn text_stays_text(text: &str) {
    let html = Html::text(text).into_string();
    // An ARN is not for everybody.
    if !text.contains("arn:aws") && text.chars().count() <= LONGEST {
        assert_eq!(shown(&html), line(text, LONGEST));
    }
    assert!(!html.chars().any(is_invisible), "{html}");
    let value = Html::element("p", &[("title", text)], Html::default()).into_string();
    assert_eq!(value.matches(['"', '\'']).count(), 2, "{value}");
    assert_eq!(value.matches(['<', '>']).count(), 4, "{value}");
}

/// What a browser shows of it.
fn shown(html: &str) -> String {
    let html = html.strip_prefix("<bdi>").and_then(|it| it.strip_suffix("</bdi>")).unwrap_or(html);
    assert!(!html.contains(['<', '>', '"', '\'']), "{html}");
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(html.to_owned(), |text, (entity, c)| text.replace(entity, c))
}
