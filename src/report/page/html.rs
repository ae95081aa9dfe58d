//! HTML in which what was read from anywhere is text: the one place that escapes.

use crate::report::markdown::line;

/// Characters of one text; what is longer is cut.
pub(super) const LONGEST: usize = 300;
/// The same of a value.
const LONGEST_VALUE: usize = 2_000;

/// A piece of HTML. There is no way to hand in HTML that was read from somewhere: names of
/// elements and attributes are static, and every value is escaped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Html(String);

/// The name of an attribute, and its value as it is meant.
pub(super) type Attribute<'a> = (&'static str, &'a str);

impl Html {
    /// Shows `text` as it is, on one line. Its direction of writing ends with it.
    pub(super) fn text(text: &str) -> Self {
        let mut shown = line(text, LONGEST);
        // The digits at a cut may be the first ones of an account.
        if text.chars().count() > LONGEST {
            let kept = shown.trim_end_matches(|c: char| c == '…' || c.is_ascii_digit()).len();
            shown.truncate(kept);
            shown.push('…');
        }
        let shown = escaped(&without_arns(&shown));
        if shown.is_ascii() { Self(shown) } else { Self(format!("<bdi>{shown}</bdi>")) }
    }

    /// HTML of this program, written as it is.
    pub(super) fn markup(html: &'static str) -> Self {
        Self(html.to_owned())
    }

    pub(super) fn element(name: &'static str, attributes: &[Attribute<'_>], inside: Self) -> Self {
        let mut html = format!("<{name}");
        for (attribute, value) in attributes {
            html.push_str(&format!(" {attribute}=\"{}\"", escaped(&line(value, LONGEST_VALUE))));
        }
        Self(format!("{html}>{}</{name}>", inside.0))
    }

    /// A text in an element.
    pub(super) fn of(name: &'static str, class: &'static str, text: &str) -> Self {
        Self::element(name, &[("class", class)], Self::text(text))
    }

    /// `text` as a link to a page below `home`; as text, where it is none.
    pub(super) fn link(home: Option<&str>, address: &str, text: &str) -> Self {
        let is_below = home.is_some_and(|home| address.starts_with(home));
        if is_below {
            Self::element("a", &[("href", &in_address(address))], Self::text(text))
        } else {
            Self::text(text)
        }
    }

    #[must_use]
    pub(super) fn then(mut self, next: Self) -> Self {
        self.0.push_str(&next.0);
        self
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

impl FromIterator<Self> for Html {
    fn from_iter<I: IntoIterator<Item = Self>>(parts: I) -> Self {
        parts.into_iter().fold(Self::default(), Self::then)
    }
}

/// These five make text of everything, within an element and within quotes (HTML, "Escaping a
/// string").
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// With whatever has no place in an address encoded.
fn in_address(address: &str) -> String {
    let mut safe = String::with_capacity(address.len());
    for byte in address.bytes() {
        match byte {
            b if b.is_ascii_alphanumeric() || b"-._~:/?#@!$&'*+,;=%".contains(&b) => {
                safe.push(char::from(b));
            }
            b => safe.push_str(&format!("%{b:02X}")),
        }
    }
    safe
}

/// A page may be anybody's to read.
fn without_arns(text: &str) -> String {
    let mut pieces = text.split("arn:aws");
    let mut shown = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(char::is_whitespace).unwrap_or(piece.len());
        shown.push_str("an ARN");
        shown.push_str(&piece[end..]);
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::page::laws::text_stays_text;

    #[test]
    fn a_text_ends_no_element_and_a_value_no_attribute() {
        let html = Html::element("p", &[("title", "\"><script>")], Html::text("</p><b>&amp;"));
        let expected = "<p title=\"&quot;&gt;&lt;script&gt;\">&lt;/p&gt;&lt;b&gt;&amp;amp;</p>";
        assert_eq!(html.into_string(), expected);
    }

    #[test]
    fn a_link_leads_to_the_repository_or_is_none() {
        let home = Some("https://github.example/octo-org/shop/");
        let link = |address| Html::link(home, address, "x").into_string();
        let own = "https://github.example/octo-org/shop/commit/1?a=\"><b>";
        let expected =
            "<a href=\"https://github.example/octo-org/shop/commit/1?a=%22%3E%3Cb%3E\">x</a>";
        assert_eq!(link(own), expected);
        for other in ["https://github.example/evil/", "javascript:alert(1)", "//evil.example", ""] {
            assert_eq!(link(other), "x");
        }
        assert_eq!(Html::link(None, own, "x").into_string(), "x");
    }

    #[test]
    fn an_arn_is_not_for_everybody() {
        let text = Html::text("no arn:aws-cn:iam::1:role/a, and (arn:aws:ecs:x).");
        assert_eq!(text.into_string(), "no an ARN and (an ARN");
    }

    proptest! {
        #[test]
        fn whatever_is_read_stays_text(
            text in "(</?[a-z]{1,8}>|<!--|-->|&[a-z#0-9]{1,5};|[\"'<>&]|\u{202e}|\\PC|.){0,40}"
        ) {
            text_stays_text(&text);
        }
    }
}
