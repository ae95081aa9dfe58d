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
mod timeline;
mod versions;

use std::collections::BTreeMap;

use super::app::AppReport;
use super::markdown::{Document, Inline};
use super::outcome::Outcome;
use crate::problem::Problem;
use app::{Mark, answer, details, mark};
pub(crate) use comment::comment;
use lists::{list, problem};

/// Bytes up to which apps are shown in full. GitHub drops a summary of more than
/// 1 MiB altogether.
const ROOM: usize = 512 * 1024;
/// Bytes up to which the other apps get their answer.
const ROOM_FOR_ANSWERS: usize = 640 * 1024;

/// The Markdown for the page of the job.
pub(crate) fn summary(apps: &[AppReport]) -> String {
    let mut page = Document::default();
    let several = apps.len() > 1;
    if several {
        page.heading(3, &count(apps));
    }
    let level = if several { 4 } else { 3 };
    let mut left_out = 0;
    for app in apps {
        let answer = answer(app, level);
        let mut section = answer.clone();
        details(&mut section, app);
        if page.len() + section.len() <= ROOM {
            page.append(&section);
        } else if page.len() + answer.len() <= ROOM_FOR_ANSWERS {
            page.append(&answer);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        page.paragraph(&Inline::prose(&format!(
            "There is no room for {left_out} more; all are in the output `report`."
        )));
    }
    page.to_string()
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

/// `❌ 3 services: 1 failed, 2 deployed`, the worst first.
fn count(apps: &[AppReport]) -> Inline {
    let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
    for app in apps {
        *counts.entry(app.outcome).or_default() += 1;
    }
    let counts: Vec<String> =
        counts.iter().rev().map(|(outcome, count)| format!("{count} {outcome}")).collect();
    let mark = apps.iter().map(mark).max().unwrap_or(Mark::Fails).sign();
    Inline::text(&format!("{mark} {} services: {}", apps.len(), counts.join(", ")))
}

#[cfg(test)]
mod failures;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod tests;
