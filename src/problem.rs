//! A sentence for a person: what failed, on what, and the next move.
//!
//! Every room below the commands speaks of trouble with this one type. It must
//! not print, escape or decide an exit code: that is the runner's and the
//! commands' work.

use std::fmt;

/// What went wrong, in words that a person can act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What failed and on what: one sentence, untrusted text included as it is.
    pub message: String,
    /// The next move, where one is known.
    pub hint: Option<String>,
    /// The place in a file of the checkout, for an annotation on its line.
    pub location: Option<Location>,
}

/// A place in a file of the checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The path as the user gave it.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
}

impl Problem {
    /// A problem with nothing but its sentence.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, location: None }
    }

    /// Adds the next move.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the place in a file; `line` counts from 1.
    #[must_use]
    pub fn at(mut self, file: impl Into<String>, line: usize) -> Self {
        self.location = Some(Location { file: file.into(), line });
        self
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
