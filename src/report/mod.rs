//! What came of a run: one value, from which the summary, the comment on the pull
//! request, the JSON report and the last lines of the log are rendered.
//!
//! Pure. Everything in it may be somebody else's text; each rendering escapes it
//! for where it goes.

mod accounts;
mod app;
mod headline;
mod json;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod laws;
pub(crate) mod listing;
mod markdown;
mod message;
mod object;
mod outcome;
mod outputs;
mod page;
pub(crate) mod rollback_form;
mod summary;
pub(crate) mod tracker;

pub(crate) use app::{
    AppReport, OneOffReport, PointReached, ScheduleReport, ServiceReport, Standing, Subject,
    Touched, not_touched,
};
pub(crate) use json::json;
pub(crate) use message::{Message, Shape};
pub(crate) use outcome::Outcome;
pub(crate) use page::page;
pub(crate) use summary::{broken_off, comment, release_notes, summary, wrong_inputs};

#[cfg(any(test, feature = "fuzz"))]
mod samples;
