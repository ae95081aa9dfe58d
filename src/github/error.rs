//! One failed call to GitHub, in words. What it means for the run is decided above;
//! for a deployment that ECS has done it never means anything.

use std::fmt;
use std::time::Duration;

use crate::problem::Problem;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    /// What was to be done, as the end of "GitHub did not let this run …".
    pub what: &'static str,
    pub cause: Cause,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// GitHub's words, or the transport's; may be empty.
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The token may not do this, or is none.
    Denied,
    /// There is no such thing, or the token may not know of it.
    Missing,
    /// GitHub understood and declined; nothing was done.
    Refused,
    /// Too many calls; nothing was done. How long GitHub asks to wait.
    Limited(Option<Duration>),
    /// No answer, or one that says nothing: a write may have been done or not.
    Unclear,
}

impl CallError {
    /// Whether the same write may have been done all the same.
    pub fn is_unclear(&self) -> bool {
        self.cause == Cause::Unclear
    }

    /// The failure with the next move; `permission` is what the token has to have,
    /// as a workflow spells it.
    pub fn problem(&self, permission: &str) -> Problem {
        let problem = Problem::new(self.to_string());
        match &self.cause {
            Cause::Denied if self.status == Some(401) => {
                problem.hint("The token in `github-token` is not valid, or has expired.")
            }
            Cause::Denied => {
                problem.hint(format!("Add `{permission}` to the `permissions` of the job."))
            }
            Cause::Missing => problem.hint(format!(
                "If it should be there, the `permissions` of the job may lack `{permission}`."
            )),
            Cause::Limited(_) => problem
                .hint("GitHub limits how often its API may be called; run the step again later."),
            Cause::Refused | Cause::Unclear => problem,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GitHub: {} failed", self.what)?;
        if let Cause::Limited(wait) = &self.cause {
            f.write_str(": a rate limit is used up")?;
            return match wait.map(|wait| wait.as_secs()) {
                Some(seconds @ 0..120) => write!(f, "; it resets in {seconds} s"),
                Some(seconds) => write!(f, "; it resets in {} min", seconds.div_ceil(60)),
                None => Ok(()),
            };
        }
        match (self.message.trim(), self.status) {
            ("", Some(status)) => write!(f, ": HTTP status {status}"),
            ("", None) => Ok(()),
            (message, Some(status)) => write!(f, ": {message} (HTTP status {status})"),
            (message, None) => write!(f, ": {message}"),
        }
    }
}

impl std::error::Error for CallError {}
