//! Bytes to a checked JSON object, from JSON or YAML, losing nothing silently.
//!
//! `serde_json` and many YAML readers keep the last of two equal keys without a
//! word; here that is an error. Messages never quote the text: what stands next
//! to a syntax error may be a secret.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::locate;
use super::origin::Origin;
use super::shape::{self, Unwrapped};
use crate::problem::Problem;

/// ECS takes 64 KiB; what is sixteen times as long was meant to be another file.
const MAX_BYTES: usize = 1024 * 1024;

/// A task definition has a few hundred nodes; an alias bomb has millions.
const MAX_ALIASED_NODES: usize = 50_000;

/// The key under which `serde_json` hands out a number when it keeps its
/// spelling (feature `arbitrary_precision`). An object spelled with this one key
/// would be read as a number; no API of AWS has such a member.
const NUMBER_KEY: &str = "$serde_json::private::Number";

/// From 2⁵³ on not every integer can be told from its neighbours in an `f64`.
const EXACT_FLOATS: f64 = 9_007_199_254_740_992.0;

const INEXACT: &str = "a number that cannot be kept exactly";

/// Where the bytes come from: it decides the format and the words of a problem.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// A file of the checkout, named as the user named it.
    File(&'a str),
    /// ECS's answer to this operation.
    Answer(&'static str),
}

impl Source<'_> {
    fn is_yaml(self) -> bool {
        let Source::File(name) = self else { return false };
        let extension = Path::new(name).extension().and_then(OsStr::to_str).unwrap_or_default();
        ["yml", "yaml"].iter().any(|yaml| extension.eq_ignore_ascii_case(yaml))
    }

    fn problem(self, message: impl fmt::Display, line: usize) -> Problem {
        let problem = Problem::new(format!("{self}: {message}"));
        match self {
            Source::File(name) => problem.at(name, line),
            Source::Answer(_) => problem,
        }
    }
}

impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::File(name) => f.write_str(name),
            Source::Answer(operation) => write!(f, "the answer to {operation}"),
        }
    }
}

/// What was read.
pub(super) struct Read {
    /// The definition, out of its wrapping, its shape checked.
    pub(super) definition: Map<String, Value>,
    /// Where it stood, if that was a file.
    pub(super) origin: Option<Arc<Origin>>,
}

/// The definition in `bytes`.
pub(super) fn read(source: Source<'_>, bytes: &[u8]) -> Result<Read, Problem> {
    if bytes.len() > MAX_BYTES {
        let message = format!(
            "{} bytes are too many for a task definition (at most {MAX_BYTES})",
            bytes.len()
        );
        return Err(source.problem(message, 1));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        source
            .problem(format!("not UTF-8 from byte {} on", error.valid_up_to()), line)
            .hint("Save it as UTF-8.")
    })?;
    // Editors on Windows put a byte order mark in front.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = if source.is_yaml() { parse_yaml(text) } else { parse_json(text) }
        .map_err(|fault| fault.told_by(source))?;
    let Unwrapped { definition, was_wrapped, had_tags_beside } =
        shape::definition(root).map_err(|misfit| {
            let line = locate::line_of(text, &misfit.path);
            let problem = source.problem(misfit.message, line);
            match misfit.hint {
                Some(hint) => problem.hint(hint),
                None => problem,
            }
        })?;
    let origin = match source {
        Source::File(name) => Some(Arc::new(Origin {
            file: name.to_owned(),
            text: text.to_owned(),
            was_wrapped,
            had_tags_beside,
        })),
        Source::Answer(_) => None,
    };
    Ok(Read { definition, origin })
}

/// Why a text could not be parsed.
struct Fault {
    message: String,
    hint: Option<&'static str>,
    /// Counted from 1.
    line: usize,
}

impl Fault {
    fn told_by(self, source: Source<'_>) -> Problem {
        let problem = source.problem(self.message, self.line);
        match (source, self.hint) {
            (Source::File(_), Some(hint)) => problem.hint(hint),
            (Source::File(_) | Source::Answer(_), _) => problem,
        }
    }
}

fn parse_json(text: &str) -> Result<Value, Fault> {
    serde_json::from_str(text).map(|Strict(value)| value).map_err(|error| Fault {
        message: error.to_string(),
        hint: error.is_syntax().then_some(
            "A file whose name ends in .yml or .yaml is read as YAML, any other as JSON.",
        ),
        line: error.line().max(1),
    })
}

fn parse_yaml(text: &str) -> Result<Value, Fault> {
    let options = serde_saphyr::options! {
        // Only YAML 1.1 takes `yes` and `on` for booleans: here they are text.
        strict_booleans: true,
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MAX_ALIASED_NODES,
        },
    };
    serde_saphyr::from_str_with_options(text, options).map(|Strict(value)| value).map_err(|error| {
        let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
        // The reader's own words may quote a scalar or the name of an alias.
        let (what, hint) = match error.without_snippet() {
            serde_saphyr::Error::DuplicateMappingKey { key: Some(key), .. } => (twice(key), None),
            serde_saphyr::Error::DuplicateMappingKey { key: None, .. } => {
                ("a key appears twice".to_owned(), None)
            }
            serde_saphyr::Error::MultipleDocuments { .. } => (
                "a second YAML document begins".to_owned(),
                Some("Keep one definition in the file."),
            ),
            serde_saphyr::Error::Message { msg, .. } if msg == INEXACT => {
                (INEXACT.to_owned(), Some("Put quotes around it if it is meant as text."))
            }
            _ => (
                "not YAML that can be read".to_owned(),
                Some("Text that begins with one of * & ! % @ ` or holds a colon needs quotes."),
            ),
        };
        Fault {
            message: format!("{what} at line {line} column {column}"),
            hint,
            line: usize::try_from(line).unwrap_or(1).max(1),
        }
    })
}

fn twice(key: &str) -> String {
    format!("the key {key:?} appears twice in one object")
}

/// A JSON value in which no object had a key twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    /// Only YAML comes here, its spelling already gone: ECS has no number with a
    /// fraction, so what counts is that no digit of an integer gets lost.
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        match Number::from_f64(value) {
            Some(number) if value.abs() < EXACT_FLOATS => Ok(Value::Number(number)),
            Some(_) | None => Err(E::custom(INEXACT)),
        }
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(element)) = elements.next_element()? {
            list.push(element);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            if key == NUMBER_KEY && object.is_empty() {
                let spelling: String = members.next_value()?;
                return spelling.parse().map(Value::Number).map_err(A::Error::custom);
            }
            // Said before the value is read, so that the place is the key's.
            if object.contains_key(&key) {
                return Err(A::Error::custom(twice(&key)));
            }
            let Strict(value) = members.next_value()?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}
