//! Bytes to a checked JSON object, from JSON or YAML.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::origin::Origin;
use super::shape::{self, Unwrapped};
use crate::document::{self, Fault};
use crate::problem::Problem;

/// What to say to text that is no JSON.
const FORMATS: &str = "A file whose name ends in .yml or .yaml is read as YAML, any other as JSON.";

/// Where the bytes come from: it decides the format and the words of a problem.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// A file of the checkout, named as the user named it.
    File(&'a str),
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

    fn to_problem(self, fault: Fault) -> Problem {
        let problem = self.problem(fault.message, fault.line);
        match (self, fault.hint) {
            (Source::File(_), Some(hint)) => problem.hint(hint),
            (Source::File(_) | Source::Answer(_), _) => problem,
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

pub(super) struct Read {
    /// The definition, out of its wrapping, its shape checked.
    pub(super) definition: Map<String, Value>,
    /// Where it stood, if that was a file.
    pub(super) origin: Option<Arc<Origin>>,
}

/// The definition in `bytes`.
pub(super) fn read(source: Source<'_>, bytes: &[u8]) -> Result<Read, Problem> {
    let to_problem = |fault: Fault| source.to_problem(fault);
    let text = document::text(bytes, "a task definition").map_err(to_problem)?;
    let root = match source {
        _ if text.trim().is_empty() => Ok(Value::Null),
        _ if source.is_yaml() => document::yaml(text),
        _ => document::json(text, Some(FORMATS)),
    }
    .map_err(to_problem)?;
    let Unwrapped { definition, was_wrapped, had_tags_beside } =
        shape::definition(root).map_err(|misfit| {
            let line = document::line_of(text, &misfit.path);
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
