//! The runner's own parsers, ported for the tests: what it would make of what
//! we print and of what we write into its files.
//!
//! After `ActionCommand.cs`, `ActionCommandManager.cs` and
//! `FileCommandManager.cs` of actions/runner 2.336.0. It must accept at least
//! what the runner accepts, never less.

/// The commands that the runner registers, and `stop-commands`.
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

/// A workflow command as the runner understood it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) name: String,
    pub(super) properties: Vec<(String, String)>,
    pub(super) data: String,
}

/// How the runner compares text. Its comparisons follow the machine's culture,
/// and under ICU those skip characters that have no weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    /// Code point by code point.
    Ordinal,
    /// Everything is skipped that might have no weight: wider than any culture.
    Cultural,
}

/// The commands in what a step printed, line by line.
pub(super) fn commands(log: &str, comparison: Comparison) -> Vec<Command> {
    // `StreamReader.ReadLine` ends a line at CR, LF and CRLF, and the reader
    // takes a byte order mark off the beginning of the stream.
    let log = log.strip_prefix('\u{feff}').unwrap_or(log);
    log.split(['\n', '\r']).filter_map(|line| command(line, comparison)).collect()
}

fn command(line: &str, comparison: Comparison) -> Option<Command> {
    let line: String = match comparison {
        Comparison::Ordinal => line.to_owned(),
        Comparison::Cultural => line.chars().filter(|&c| may_have_weight(c)).collect(),
    };
    double_colon(line.trim_start()).or_else(|| hashes(&line))
}

fn may_have_weight(c: char) -> bool {
    c.is_alphanumeric() || c.is_ascii_graphic() || c.is_whitespace()
}

/// `::name key=value,key=value::data`, at the beginning of a line.
fn double_colon(line: &str) -> Option<Command> {
    let (info, data) = line.strip_prefix("::")?.split_once("::")?;
    let (name, properties) = info.split_once(' ').unwrap_or((info, ""));
    let escapes = [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")];
    registered(name, properties.trim().split(','), &escapes, unescape(data, &DATA_ESCAPES))
}

/// `##[name key=value;key=value]data`, anywhere in a line.
fn hashes(line: &str) -> Option<Command> {
    let (_, rest) = line.split_once("##[")?;
    let (info, data) = rest.split_once(']')?;
    let (name, properties) = info.split_once(' ').unwrap_or((info, ""));
    let escapes = [("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%")];
    registered(name, properties.split(';'), &escapes, unescape(data, &escapes))
}

const DATA_ESCAPES: [(&str, &str); 3] = [("%0D", "\r"), ("%0A", "\n"), ("%25", "%")];

fn registered<'a>(
    name: &str,
    properties: impl Iterator<Item = &'a str>,
    escapes: &[(&str, &str)],
    data: String,
) -> Option<Command> {
    COMMANDS.iter().find(|known| known.eq_ignore_ascii_case(name))?;
    let properties = properties
        .filter_map(|property| property.split_once('='))
        .filter(|(key, value)| !key.is_empty() && !value.is_empty())
        .map(|(key, value)| (key.to_owned(), unescape(value, escapes)))
        .collect();
    Some(Command { name: name.to_ascii_lowercase(), properties, data })
}

fn unescape(text: &str, escapes: &[(&str, &str)]) -> String {
    escapes.iter().fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

/// The pairs in an output or state file.
pub(super) fn pairs(file: &str) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    let mut rest = file;
    while let Some((line, _)) = read_line(&mut rest) {
        if line.is_empty() {
            continue;
        }
        let (equals, heredoc) = (line.find('='), line.find("<<"));
        match (equals, heredoc) {
            (Some(at), _) if heredoc.is_none_or(|heredoc| at < heredoc) => {
                pairs.push((line[..at].to_owned(), line[at + 1..].to_owned()));
            }
            (_, Some(at)) if at > 0 && line.len() > at + 2 => {
                let value = heredoc_value(&mut rest, &line[at + 2..])?;
                pairs.push((line[..at].to_owned(), value));
            }
            _ => return Err(format!("invalid format: {line:?}")),
        }
    }
    Ok(pairs)
}

fn heredoc_value(rest: &mut &str, delimiter: &str) -> Result<String, String> {
    let mut lines = Vec::new();
    while let Some((line, ended)) = read_line(rest) {
        if line == delimiter {
            return Ok(lines.join("\n"));
        }
        if !ended {
            break;
        }
        lines.push(line);
    }
    Err(format!("no line is the delimiter {delimiter:?}"))
}

/// The next line, and whether a line feed ended it.
fn read_line<'a>(rest: &mut &'a str) -> Option<(&'a str, bool)> {
    if rest.is_empty() {
        return None;
    }
    let (line, remainder, ended) = match rest.split_once('\n') {
        Some((line, remainder)) => (line, remainder, true),
        None => (*rest, "", false),
    };
    *rest = remainder;
    Some((line, ended))
}

#[test]
fn the_port_sees_the_injections_that_the_runner_is_known_for() {
    let seen = |log: &str| {
        commands(log, Comparison::Ordinal).into_iter().map(|c| (c.name, c.data)).collect::<Vec<_>>()
    };
    let error = |data: &str| vec![("error".to_owned(), data.to_owned())];
    assert_eq!(seen("::error::a%0Ab"), error("a\nb"));
    assert_eq!(seen("  \u{a0}::Error file=a::b"), error("b"));
    assert_eq!(seen("text\r::error::b"), error("b"));
    assert_eq!(seen("\u{feff}::error::b"), error("b"));
    assert_eq!(seen("text ##[error]b"), error("b"));
    assert_eq!(seen("text ::error::b ##[other]c"), []);
    let one = commands(":\u{200b}:error::b", Comparison::Cultural);
    assert_eq!(one.len(), 1, "a zero-width space has no weight");

    let two = pairs("version=1.2.3\nimage=evil\n").expect("this is well-formed");
    assert_eq!(two.len(), 2, "a line feed begins a second output");
    assert!(pairs("a<<x\nvalue\n").is_err());
}
