//! What a step may print: log lines that stay text, and the workflow commands
//! that are meant.
//!
//! The runner reads everything that a step prints and takes two shapes for
//! commands (`ActionCommand.cs` in actions/runner): `::name …::` at the
//! beginning of a line, after white space, and `##[name …]` anywhere in one.
//! [`text`] takes that meaning from a text that anybody may have written. It
//! does so with a visible backslash, because a character that nobody sees
//! would make a log that can't be searched or copied.
//!
//! Nothing here writes; it makes strings.

use crate::problem::Problem;
use crate::reporter::is_invisible;
use crate::text::one_line;

/// What the runner keeps of an annotation is 4096 UTF-16 units
/// (`ExecutionContext.cs`); this leaves room for a masked secret that grows.
const LONGEST_MESSAGE: usize = 4000;

/// The title of every annotation: it tells this action's from other steps'.
const TITLE: &str = "ecs-release";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Notice,
    Warning,
    Error,
}

impl Level {
    fn command(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Makes an annotation, one line. The runner puts it into the log as well: all
/// of them, although it shows only ten of each level on the page of the run.
pub(super) fn annotation(level: Level, problem: &Problem) -> String {
    let mut properties = format!("title={TITLE}");
    if let Some(place) = &problem.location {
        let file = escape_property(&text(&place.file));
        properties += &format!(",file={file},line={}", place.line);
        properties.extend(place.column.map(|column| format!(",col={column}")));
    }
    let message = shortened(text(&problem.to_string()));
    format!("::{} {properties}::{}", level.command(), escape_data(&message))
}

/// Makes a mask of a text in one line. The runner takes it as it is, also where it would
/// be a command, and does not print it.
pub(super) fn mask(secret: &str) -> String {
    format!("::add-mask::{}", escape_data(secret))
}

/// Makes a group that can be folded, several lines.
pub(super) fn group(title: &str, lines: &[String]) -> String {
    let title = text(&one_line(title));
    let mut group = format!("::group::{}\n", escape_data(&title));
    for line in lines {
        group += &text(line);
        group.push('\n');
    }
    group + "::endgroup::"
}

/// Makes log lines of a text that anybody may have written: no line of the
/// result is a workflow command. What a terminal obeys or does not show is spelled out.
pub(super) fn text(untrusted: &str) -> String {
    let lines = untrusted.replace("\r\n", "\n");
    lines.split(['\n', '\r']).map(text_line).collect::<Vec<_>>().join("\n")
}

fn text_line(line: &str) -> String {
    let mut safe = String::with_capacity(line.len());
    // The last characters that count: the runner compares by the rules of the
    // machine's culture, which skip characters that have no weight. So all are
    // skipped here that might have none.
    let (mut colons, mut hashes, mut at_beginning) = (0, 0, true);
    for c in line.chars() {
        if is_invisible(c) {
            safe.extend(c.escape_unicode());
            (hashes, at_beginning) = (0, false);
            continue;
        }
        if may_have_weight(c) {
            match c {
                ':' if at_beginning => colons += 1,
                _ if c.is_whitespace() && colons == 0 => {}
                _ => at_beginning = false,
            }
            if at_beginning && colons == 2 {
                safe.push('\\');
                at_beginning = false;
            }
            if c == '[' && hashes >= 2 {
                safe.push('\\');
            }
            hashes = if c == '#' { hashes + 1 } else { 0 };
        }
        safe.push(c);
    }
    safe
}

/// Letters, digits, white space and ASCII are compared wherever the machine
/// stands; of all other characters that is not known.
fn may_have_weight(c: char) -> bool {
    c.is_alphanumeric() || c.is_ascii_graphic() || c.is_whitespace()
}

fn escape_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Cuts at [`LONGEST_MESSAGE`], counted as the runner counts.
pub(super) fn shortened(message: String) -> String {
    if message.encode_utf16().count() <= LONGEST_MESSAGE {
        return message;
    }
    let mut units = 0;
    let kept = message.chars().take_while(|c| {
        units += c.len_utf16();
        units < LONGEST_MESSAGE
    });
    kept.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::action::laws::{
        annotation_is_one_command, group_is_two_commands, text_is_no_command,
    };
    use crate::action::ported::{Command, Comparison, commands};

    #[test]
    fn untrusted_text_loses_the_power_of_a_command_and_nothing_else() {
        let table = [
            ("steady state", "steady state"),
            ("", ""),
            ("a: b :: c", "a: b :: c"),
            ("::error::x", ":\\:error::x"),
            (" \t\u{a0}::error::x", " \t\u{a0}:\\:error::x"),
            (":::error::x", ":\\::error::x"),
            (": :error::x", ": :error::x"),
            ("a\n::error::x", "a\n:\\:error::x"),
            ("a\r::error::x", "a\n:\\:error::x"),
            ("a\r\nb", "a\nb"),
            (":\u{200b}:error::x", ":\\u{200b}:error::x"),
            ("\u{301}::error::x", "\u{301}:\\:error::x"),
            ("a ##[error]x", "a ##\\[error]x"),
            ("###[error]##[group]", "###\\[error]##\\[group]"),
            ("#\u{ad}#\u{ad}[error]", "#\u{ad}#\u{ad}\\[error]"),
            ("a\u{200e}b\u{200f}c\u{61c}d\u{2060}", "a\\u{200e}b\\u{200f}c\\u{61c}d\\u{2060}"),
            ("## [1.4.2] #[x]", "## [1.4.2] #[x]"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\0b\tc", "a\\u{0}b\tc"),
            ("\u{feff}::error::x", "\\u{feff}::error::x"),
            ("ab\u{202e}dc", "ab\\u{202e}dc"),
            ("größer 版 👍🏽", "größer 版 👍🏽"),
        ];
        for (untrusted, expected) in table {
            assert_eq!(text(untrusted), expected, "{untrusted:?}");
        }
    }

    #[test]
    fn an_annotation_carries_its_message_hint_and_place_through_the_runners_parser() {
        let problem = Problem::new("100% of\r\n\"a::b\" %0A").hint("a, b: c").at("a,b:c%.json", 3);
        let line = annotation(Level::Warning, &problem);
        assert_eq!(
            line,
            "::warning title=ecs-release,file=a%2Cb%3Ac%25.json,line=3\
             ::100%25 of%0A\"a::b\" %250A%0Aa, b: c"
        );
        let understood = Command {
            name: "warning".to_owned(),
            properties: [("title", "ecs-release"), ("file", "a,b:c%.json"), ("line", "3")]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .to_vec(),
            data: "100% of\n\"a::b\" %0A\na, b: c".to_owned(),
        };
        assert_eq!(commands(&line, Comparison::Ordinal), [understood]);
        let line = annotation(Level::Error, &Problem::new("x").at("a.yml", 3).column(5));
        assert_eq!(line, "::error title=ecs-release,file=a.yml,line=3,col=5::x");
    }

    #[test]
    fn the_three_levels_are_the_runners_three_commands() {
        let levels = [Level::Notice, Level::Warning, Level::Error];
        let lines = levels.map(|level| annotation(level, &Problem::new("x")));
        assert_eq!(
            lines,
            [
                "::notice title=ecs-release::x",
                "::warning title=ecs-release::x",
                "::error title=ecs-release::x"
            ]
        );
    }

    #[test]
    fn a_long_message_is_cut_at_4000_units_and_says_so() {
        let whole = "x".repeat(4000);
        assert_eq!(shortened(whole.clone()), whole);
        let cut = shortened(whole + "x");
        assert_eq!((cut.encode_utf16().count(), cut.ends_with("x…")), (4000, true));
        let wide = shortened("😀".repeat(2001));
        assert_eq!(wide.encode_utf16().count(), 3999, "no character is cut in two");
    }

    #[test]
    fn a_group_has_one_title_line_and_its_lines_are_text() {
        let lines = ["::endgroup::".to_owned(), "a\nb".to_owned()];
        assert_eq!(
            group("50%\n::error::x", &lines),
            "::group::50%25 ::error::x\n:\\:endgroup::\na\nb\n::endgroup::"
        );
    }

    /// Text that is full of commands, also of those that only some machines see.
    fn hostile() -> impl Strategy<Value = String> {
        let between = prop::sample::select(vec![
            "",
            "\n",
            "\r",
            "\r\n",
            " ",
            "\t",
            "\u{a0}",
            "\u{85}",
            "\u{2028}",
            "\u{feff}",
            "\u{301}",
            "\u{1b}[0m",
            ":",
            "#",
            "\\",
            "%0A",
            "text",
        ]);
        let command = prop::sample::select(vec![
            "",
            "::error::x",
            "::add-mask::x",
            "::group a=b::",
            ":\u{200b}:error::x",
            "##[error]x",
            "###[group]",
            "#\u{ad}#[set-output name=a]x",
            "##\u{301}[debug]",
            "## [1.4.2]",
        ]);
        let piece = prop_oneof![
            between.prop_map(str::to_owned),
            command.prop_map(str::to_owned),
            any::<String>(),
        ];
        prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn no_text_whatever_becomes_a_command(untrusted in hostile()) {
            text_is_no_command(&untrusted);
        }

        #[test]
        fn an_annotation_is_one_command_whatever_it_says(
            message in hostile(), hint in hostile(), file in hostile()
        ) {
            annotation_is_one_command(&Problem::new(message).hint(hint).at(file, 7));
        }

        #[test]
        fn a_group_is_two_commands_whatever_it_holds(
            title in hostile(), lines in prop::collection::vec(hostile(), 0..3)
        ) {
            group_is_two_commands(&title, &lines);
        }
    }
}
