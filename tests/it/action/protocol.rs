//! Ports of the runner's parsers: what it makes of the files and of the log.
//!
//! They follow actions/runner 2.336.0 to the letter, its leniencies included,
//! because a test that reads outputs more kindly than the runner proves nothing.

use std::collections::BTreeMap;

/// A message that the runner shows on the page of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Annotation {
    /// `error`, `warning` or `notice`.
    pub(crate) level: String,
    /// `title`, `file`, `line` and so on.
    pub(crate) properties: BTreeMap<String, String>,
    /// The text, unescaped.
    pub(crate) message: String,
}

/// Reads a file of outputs or of state (`FileCommandManager.cs`): lines of
/// `name=value`, or `name<<delimiter`, the value's lines and the delimiter.
pub(super) fn file_commands(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut pairs = BTreeMap::new();
    // Split like its `ReadLine`: no empty line after the last newline.
    let mut lines = text.split_inclusive('\n');
    while let Some(line) = lines.next() {
        let line = line.strip_suffix('\n').unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        let (equals, heredoc) = (line.find('='), line.find("<<"));
        match (equals, heredoc) {
            (Some(equals), None) => {
                pairs.insert(line[..equals].to_owned(), line[equals + 1..].to_owned());
            }
            (Some(equals), Some(heredoc)) if equals < heredoc => {
                pairs.insert(line[..equals].to_owned(), line[equals + 1..].to_owned());
            }
            (_, Some(heredoc)) => {
                let (name, delimiter) = (&line[..heredoc], &line[heredoc + 2..]);
                if name.is_empty() || delimiter.is_empty() {
                    return Err(format!("neither name nor delimiter may be empty in {line:?}"));
                }
                let mut value = String::new();
                loop {
                    let Some(next) = lines.next() else {
                        return Err(format!("no line {delimiter:?} ends the value of {name}"));
                    };
                    if next.strip_suffix('\n').unwrap_or(next) == delimiter {
                        break;
                    }
                    value.push_str(next);
                }
                if value.ends_with('\n') {
                    value.pop();
                }
                pairs.insert(name.to_owned(), value);
            }
            (None, None) => return Err(format!("{line:?} is neither name=value nor name<<end")),
        }
    }
    Ok(pairs)
}

/// The commands that are known by name; others are text (`ActionCommandManager.cs`).
const COMMANDS: [&str; 16] = [
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "internal-set-repo-path",
    "notice",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "stop-commands",
    "warning",
];

/// Reads the annotations out of a log, `stop-commands` respected.
pub(super) fn annotations(log: &str) -> Vec<Annotation> {
    let mut stopped_until: Option<String> = None;
    let mut annotations = Vec::new();
    for line in log.lines() {
        let Some(command) = command(line, stopped_until.as_deref()) else { continue };
        match &stopped_until {
            Some(token) if command.level.eq_ignore_ascii_case(token) => stopped_until = None,
            Some(_) => {}
            None if command.level == "stop-commands" => stopped_until = Some(command.message),
            None if ["error", "warning", "notice"].contains(&command.level.as_str()) => {
                annotations.push(command);
            }
            None => {}
        }
    }
    annotations
}

/// One line as a workflow command (`ActionCommand.cs`): `::name key=value,…::data`
/// at its start, or the older `##[name key=value;…]data` anywhere in it.
fn command(line: &str, token: Option<&str>) -> Option<Annotation> {
    let known = |name: &str| {
        let same = |other: &str| name.eq_ignore_ascii_case(other);
        COMMANDS.into_iter().any(same) || token.is_some_and(same)
    };
    let parse = |info: &str, data: &str, separator, unescape: fn(&str, bool) -> String| {
        let (name, properties) = info.split_once(' ').unwrap_or((info, ""));
        known(name).then(|| Annotation {
            level: name.to_ascii_lowercase(),
            properties: properties
                .trim()
                .split(separator)
                .filter_map(|pair| pair.split_once('='))
                .filter(|(key, value)| !key.is_empty() && !value.is_empty())
                .map(|(key, value)| (key.to_owned(), unescape(value, true)))
                .collect(),
            message: unescape(data, false),
        })
    };
    let newer = || {
        let (info, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
        parse(info, data, ',', unescape)
    };
    let older = || {
        let (info, data) = line.split_once("##[")?.1.split_once(']')?;
        parse(info, data, ';', unescape_older)
    };
    newer().or_else(older)
}

fn unescape(text: &str, property: bool) -> String {
    let text = text.replace("%0D", "\r").replace("%0A", "\n");
    let text = if property { text.replace("%3A", ":").replace("%2C", ",") } else { text };
    text.replace("%25", "%")
}

fn unescape_older(text: &str, _property: bool) -> String {
    text.replace("%3B", ";")
        .replace("%0D", "\r")
        .replace("%0A", "\n")
        .replace("%5D", "]")
        .replace("%25", "%")
}

#[test]
fn a_file_of_outputs_is_read_as_the_runner_reads_it() {
    let cases: [(&str, &[(&str, &str)]); 7] = [
        ("", &[]),
        ("a=1\n\nb=x=y\n", &[("a", "1"), ("b", "x=y")]),
        ("a=x<<y", &[("a", "x<<y")]),
        ("a<<E\none\ntwo\nE\nb=2", &[("a", "one\ntwo"), ("b", "2")]),
        ("a<<E\nE\n", &[("a", "")]),
        ("a<<E\n\n\nE\n", &[("a", "\n")]),
        // The reason for delimiters: a newline in a plain value is a new output.
        ("version=1.2.3\nimage=evil\n", &[("image", "evil"), ("version", "1.2.3")]),
    ];
    for (text, expected) in cases {
        let pairs = file_commands(text).expect("the runner accepts it");
        let pairs: Vec<_> = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(pairs, expected, "{text:?}");
    }
}

#[test]
fn a_file_of_outputs_that_the_runner_refuses_is_refused() {
    for text in ["words\n", "a<<E\nno end\n", "<<E\nE\n", "a<<\n\n"] {
        assert!(file_commands(text).is_err(), "{text:?}");
    }
}

#[test]
fn annotations_are_found_where_the_runner_finds_them() {
    let cases: [(&str, &[(&str, &str)]); 7] = [
        ("::error title=a::50%25%0Amore", &[("error", "50%\nmore")]),
        ("  ::warning::indented", &[("warning", "indented")]),
        ("say ::error::in the middle", &[]),
        ("::errors::unknown", &[]),
        ("say ##[error]in the middle", &[("error", "in the middle")]),
        ("::stop-commands::k\n::error::quoted\n::k::\n::notice::b", &[("notice", "b")]),
        ("::group::a\n::endgroup::\n::debug::b", &[]),
    ];
    for (log, expected) in cases {
        let found = annotations(log);
        let found: Vec<_> = found.iter().map(|a| (a.level.as_str(), a.message.as_str())).collect();
        assert_eq!(found, expected, "{log:?}");
    }
    let located = annotations("::error file=a%3Ab.json,line=3::x");
    let properties = [("file", "a:b.json"), ("line", "3")];
    assert_eq!(located[0].properties, properties.map(|(k, v)| (k.into(), v.into())).into());
}
