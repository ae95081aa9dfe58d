//! Bytes of a file or an answer to a JSON value, from JSON or YAML, and the line on
//! which a member of it stands; a YAML text as a tree of which every node has its place.
//!
//! `serde_json` and many YAML readers keep the last of two equal keys without a
//! word; here that is an error. Messages never quote the text: what stands next
//! to a syntax error may be a secret.

#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod laws;
mod locate;
mod strict;
mod tree;

use serde_json::Value;

pub(crate) use self::locate::{Step, line_of, value_at};
use self::strict::{INEXACT, Strict, twice};
use self::tree::tree_of;
pub(crate) use self::tree::{Content, Node, Place};

/// ECS takes 64 KiB; what is sixteen times as long was meant to be another file.
const MAX_BYTES: usize = 1024 * 1024;

/// What is read here has a few hundred nodes; an alias bomb has millions.
const MAX_ALIASED_NODES: usize = 50_000;

/// Why bytes could not be read.
#[derive(Debug)]
pub(crate) struct Fault {
    /// What is wrong, without a word of the text.
    pub message: String,
    /// The next move for whoever wrote the text.
    pub hint: Option<&'static str>,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1.
    pub column: usize,
}

/// The text that `bytes` are, which should hold `what`.
pub(crate) fn text<'a>(bytes: &'a [u8], what: &str) -> Result<&'a str, Fault> {
    if bytes.len() > MAX_BYTES {
        let message =
            format!("{} bytes are too many for {what} (at most {MAX_BYTES})", bytes.len());
        return Err(Fault { message, hint: None, line: 1, column: 1 });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        Fault {
            message: format!("not UTF-8 from byte {} on", error.valid_up_to()),
            hint: Some("Save it as UTF-8."),
            line: 1 + before.iter().filter(|byte| **byte == b'\n').count(),
            column: 1,
        }
    })?;
    // Editors on Windows put a byte order mark in front.
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The value that `text` is in JSON; `otherwise` is the hint where it is no JSON.
pub(crate) fn json(text: &str, otherwise: Option<&'static str>) -> Result<Value, Fault> {
    serde_json::from_str(text).map(|Strict(value)| value).map_err(|error| {
        let (line, column) = (error.line().max(1), error.column().max(1));
        if begins_comment(text, line, error.column()) {
            return Fault {
                message: format!("a comment at line {line} column {}, which JSON does not allow", error.column()),
                hint: Some("Remove the comments, or use YAML, whose comments start with #: a file whose name ends in .yml or .yaml is read as YAML."),
                line,
                column,
            };
        }
        let hint = otherwise.filter(|_| error.is_syntax());
        Fault { message: error.to_string(), hint, line, column }
    })
}

/// Whether what stands there is a comment in the manner of JavaScript or of a shell.
/// Columns are counted in bytes, from 1.
fn begins_comment(text: &str, line: usize, column: usize) -> bool {
    let rest = text.lines().nth(line - 1).and_then(|it| it.get(column.saturating_sub(1)..));
    rest.is_some_and(|rest| ["//", "/*", "#"].iter().any(|sign| rest.starts_with(sign)))
}

/// The line near the one where reading stopped that a tab indents.
fn tabbed(text: &str, stopped: usize) -> Option<usize> {
    let is_tabbed = |line: &str| line.trim_start_matches(' ').starts_with('\t');
    let lines =
        text.lines().enumerate().take(stopped.saturating_add(1)).skip(stopped.saturating_sub(3));
    lines.filter(|(_, line)| is_tabbed(line)).map(|(at, _)| at + 1).next()
}

/// The value that `text` is in YAML, its aliases and merges resolved.
pub(crate) fn yaml(text: &str) -> Result<Value, Fault> {
    let options = serde_saphyr::options! {
        // Only YAML 1.1 takes `yes` and `on` for booleans: here they are text.
        strict_booleans: true,
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MAX_ALIASED_NODES,
        },
    };
    serde_saphyr::from_str_with_options(text, options).map(|Strict(value)| value).map_err(|error| {
        let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
        if let Some(line) = tabbed(text, usize::try_from(line).unwrap_or(usize::MAX)) {
            return Fault {
                message: format!("a tab indents line {line}, and YAML allows only spaces"),
                hint: Some("Replace the tabs with spaces."),
                line,
                column: 1,
            };
        }
        // The reader's own words may quote a scalar or the name of an alias.
        let (what, hint) = match error.without_snippet() {
            serde_saphyr::Error::DuplicateMappingKey { key: Some(key), .. } => (twice(key), None),
            serde_saphyr::Error::DuplicateMappingKey { key: None, .. } => {
                ("a key appears twice".to_owned(), None)
            }
            serde_saphyr::Error::MultipleDocuments { .. } => {
                ("a second YAML document begins".to_owned(), Some("Keep one document in the file."))
            }
            serde_saphyr::Error::Message { msg, .. } if msg == INEXACT => {
                (INEXACT.to_owned(), Some("Put quotes around it if it is meant as text."))
            }
            _ => (
                "invalid YAML".to_owned(),
                Some("Text that begins with one of * & ! % @ ` or contains a colon needs quotes."),
            ),
        };
        Fault {
            message: format!("{what} at line {line} column {column}"),
            hint,
            line: usize::try_from(line).unwrap_or(1).max(1),
            column: usize::try_from(column).unwrap_or(1).max(1),
        }
    })
}

/// The tree that `text` is in YAML, its aliases resolved.
pub(crate) fn tree(text: &str) -> Result<Node, Fault> {
    // What is wrong with it is found and said in one way.
    yaml(text).map(|_| tree_of(text))
}

/// The value that `text` is in either: JSON keeps the spelling of its numbers, and some
/// JSON is no YAML. What was meant as JSON is told in JSON's words.
pub(crate) fn json_or_yaml(text: &str) -> Result<Value, Fault> {
    json(text, None).or_else(|fault| {
        let is_meant_as_json = text.trim_start().starts_with('{');
        yaml(text).map_err(|other| if is_meant_as_json { fault } else { other })
    })
}
