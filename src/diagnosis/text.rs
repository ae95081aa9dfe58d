//! Makes one printable line of a text that anybody may have written.
//!
//! What a line could mean to the runner or to Markdown is not this module's
//! business: whoever prints escapes.

use crate::text::cut;

/// Longer than any reason of ECS (1,024 characters), short enough for a page.
const LONGEST: usize = 1_100;

/// One line of words with single spaces, without control characters.
pub(super) fn plain(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    cut(&words.join(" "), LONGEST)
}

/// One line of a log: its inner spaces are kept, because they may be a table or
/// the indentation of a stack trace; colours and other terminal sequences go.
pub(super) fn log_line(line: &str) -> String {
    let mut clean = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' if rest.peek() == Some(&'[') => {
                // A control sequence ends with a byte from @ to ~ (ECMA-48, 5.4).
                rest.next();
                let _ = rest.find(|end| ('@'..='~').contains(end));
            }
            '\t' => clean.push_str("    "),
            c if c.is_control() => {}
            c => clean.push(c),
        }
    }
    cut(clean.trim_end(), LONGEST)
}

/// The text with its first letter in upper case.
pub(super) fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_one_line() {
        assert_eq!(plain(" a\r\n\tb\u{0}c\u{2028}d  e "), "a b c d e");
        assert_eq!(plain(&"ä".repeat(2_000)).chars().count(), LONGEST);
    }

    #[test]
    fn a_log_line_keeps_its_shape_and_loses_its_colours() {
        assert_eq!(log_line("\u{1b}[1;31mError\u{1b}[0m:\tat x\r"), "Error:    at x");
        assert_eq!(log_line("    at main  \u{7}"), "    at main");
        assert_eq!(log_line("cut off \u{1b}[31"), "cut off");
    }
}
