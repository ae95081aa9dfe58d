//! What came of a run: one value, from which the summary, the JSON report and
//! the last lines of the log are rendered.
//!
//! Pure. Everything in it may be somebody else's text; each rendering escapes it
//! for where it goes.

mod json;
mod outcome;

pub use json::json;
pub use outcome::{AppReport, Outcome};

#[cfg(test)]
mod samples;
