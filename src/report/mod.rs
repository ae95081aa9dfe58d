//! What came of a run: one value, from which the summary, the comment on the pull
//! request, the JSON report and the last lines of the log are rendered.
//!
//! Pure. Everything in it may be somebody else's text; each rendering escapes it
//! for where it goes.

mod json;
pub mod listing;
mod markdown;
mod outcome;
mod summary;

pub use json::json;
pub use outcome::{AppReport, Outcome, Subject};
pub use summary::{comment, summary, wrong_inputs};

#[cfg(test)]
mod samples;
