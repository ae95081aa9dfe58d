//! The summary of the run: what somebody reads who opens the page of the job.
//!
//! The first line answers, the next ones say why and what to do, and the rest is
//! for those who want to know more. It must not show a value of a variable; what
//! is in a report has none.

mod app;
mod comment;
mod commits;
mod diagnosis;
mod facts;
mod lists;
mod page;
mod spans;
mod standings;
mod timeline;
mod versions;

use super::app::AppReport;
use super::markdown::{Document, Inline};
use crate::problem::Problem;
pub(super) use app::mark;
pub(crate) use comment::comment;
pub(crate) use commits::release_notes;
use lists::{list, problem};
pub(super) use page::heading;

/// The Markdown for the page of the job.
pub(crate) fn summary(apps: &[AppReport]) -> String {
    page::whole(apps).to_string()
}

/// The page of a run whose inputs were wrong, so that it has no report.
pub(crate) fn wrong_inputs(problems: &[Problem]) -> String {
    let mut page = Document::default();
    page.heading(3, &Inline::text("❌ Nothing was done: the inputs are wrong"));
    list(&mut page, problems.iter().map(problem));
    page.to_string()
}

/// The page of a run that the program itself broke off.
pub(crate) fn broken_off(problem: &Problem) -> String {
    let mut page = Document::default();
    page.heading(3, &Inline::text("❌ ecs-release itself failed"));
    page.paragraph(&lists::problem(problem));
    page.to_string()
}

#[cfg(test)]
mod failures;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod tests;
