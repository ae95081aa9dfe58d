//! A sentence for a person: what failed, on what, and the next move.
//!
//! Every room below the commands speaks of trouble with this one type. It must
//! not print, escape or decide an exit code: that is the runner's and the
//! commands' work.

use std::fmt;
use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// What went wrong, in words that a person can act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What failed and on what: one sentence, untrusted text included as it is.
    pub message: String,
    /// The next move, where one is known.
    pub hint: Option<String>,
    /// The place in a file of the checkout, for an annotation on its line.
    pub location: Option<Location>,
    pub kind: ProblemKind,
}

/// What the rest of a run may have to know of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProblemKind {
    /// These credentials may not do this, as IAM spells it.
    Denied(&'static str),
    /// The service is not there, as AWS says.
    Missing,
    /// It cannot be deployed now; nothing is set up wrongly.
    Blocked,
    #[default]
    Other,
}

/// A place in a file of the checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The path as the user gave it.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1; `None` where the line is all that is known.
    pub column: Option<usize>,
}

impl Problem {
    /// A problem with nothing but its sentence.
    pub fn new(message: impl Into<String>) -> Self {
        let kind = ProblemKind::Other;
        Self { message: message.into(), hint: None, location: None, kind }
    }

    /// The same of this kind.
    #[must_use]
    pub(crate) fn of_kind(self, kind: ProblemKind) -> Self {
        Self { kind, ..self }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the place in a file; `line` counts from 1.
    #[must_use]
    pub fn at(mut self, file: impl Into<String>, line: usize) -> Self {
        self.location = Some(Location { file: file.into(), line, column: None });
        self
    }

    /// Adds the column to the place; it counts from 1.
    #[must_use]
    pub fn column(mut self, column: usize) -> Self {
        if let Some(place) = &mut self.location {
            place.column = Some(column);
        }
        self
    }
}

impl Problem {
    /// Message and hint in one line, for the middle of another text.
    pub fn in_one_line(&self) -> String {
        match &self.hint {
            Some(hint) => format!("{}. {hint}", self.message.trim_end_matches('.')),
            None => self.message.clone(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n{hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

impl From<Problem> for Vec<Problem> {
    fn from(problem: Problem) -> Self {
        vec![problem]
    }
}

/// How a point in time is spelled in a sentence: UTC to the second, by RFC 3339; `None` where that has no form for it: before
/// 1970 and after the year 9999.
pub(crate) fn utc(at: SystemTime) -> Option<String> {
    // Before 1970 humantime panics; after 9999 it fails.
    at.duration_since(UNIX_EPOCH).ok()?;
    let mut text = String::new();
    write!(text, "{}", humantime::format_rfc3339_seconds(at)).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_a_time_of_four_digit_years_has_a_text() {
        let after = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        for (at, expected) in [
            (UNIX_EPOCH, Some("1970-01-01T00:00:00Z")),
            (after(1_767_225_630), Some("2026-01-01T00:00:30Z")),
            (after(253_402_300_799), Some("9999-12-31T23:59:59Z")),
            (after(253_402_300_800), None),
            (UNIX_EPOCH - Duration::from_secs(1), None),
        ] {
            assert_eq!(utc(at).as_deref(), expected);
        }
    }
}
