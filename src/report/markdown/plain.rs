//! What is done to text before Markdown comes into it: lines, lengths, and
//! characters that are obeyed instead of shown.

use crate::reporter::is_invisible;
use crate::text::cut;

/// `text` on one line, cut to `longest` characters. Every run of white space is
/// one space, as a browser shows it anyway.
pub(crate) fn line(text: &str, longest: usize) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if !c.is_whitespace() {
            push_visible(&mut line, c);
        } else if !line.ends_with(' ') {
            line.push(' ');
        }
    }
    cut(&line, longest)
}

/// `text` line by line, each with its own spaces, not longer than `longest`
/// characters.
pub(super) fn lines(text: &str, longest: usize) -> impl Iterator<Item = String> {
    text.lines().flat_map(|line| line.split('\r')).map(move |text| {
        let mut line = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\t' => line.push('\t'),
                c => push_visible(&mut line, c),
            }
        }
        cut(&line, longest)
    })
}

/// What nobody would see is shown by its number, as in the log.
fn push_visible(text: &mut String, c: char) {
    if c == '\t' || is_invisible(c) {
        text.extend(c.escape_unicode());
    } else {
        text.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_holds_what_several_held() {
        for (text, expected) in [
            ("a\nb", "a b"),
            ("a\r\n\r\n  b\u{2028}c\u{85}d", "a b c d"),
            (" a ", " a "),
            ("a\u{1b}[31mb", "a\\u{1b}[31mb"),
            ("a\u{202e}b\0", "a\\u{202e}b\\u{0}"),
            ("a\u{200b}b\u{61c}", "a\\u{200b}b\\u{61c}"),
            ("12345", "12345"),
            ("123456", "1234…"),
        ] {
            let longest = if text.starts_with("12") { 5 } else { 100 };
            assert_eq!(line(text, longest), expected, "{text:?}");
        }
    }

    #[test]
    fn lines_keep_their_spaces() {
        let found: Vec<String> = lines("  a\tb\r\n\nc\rd\u{7}\u{2066}eee", 12).collect();
        assert_eq!(found, ["  a\tb", "", "c", "d\\u{7}\\u{20…"]);
    }
}
