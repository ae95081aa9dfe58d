//! What came of a run: one value, from which the summary, the JSON report and
//! the last lines of the log are rendered.
//!
//! Pure. Everything in it may be somebody else's text; each rendering escapes it
//! for where it goes.

mod json;
pub mod listing;
mod markdown;
mod outcome;
mod summary;

pub use json::json;
pub use outcome::{AppReport, Outcome};
pub use summary::{summary, wrong_inputs};

#[cfg(test)]
mod samples;
