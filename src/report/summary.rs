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
use crate::plan::VersionInfo;
use crate::problem::Problem;
use app::{Mark, answer, details, mark};
pub(crate) use comment::comment;
use lists::{list, problem};

/// Bytes up to which apps are shown in full. GitHub drops a summary of more than
/// 1 MiB altogether.
const ROOM: usize = 512 * 1024;
/// Bytes beyond that in which the other apps get their answer.
const ROOM_FOR_ANSWERS: usize = 128 * 1024;
/// Apps that get a row.
const LONGEST_OVERVIEW: usize = 500;

/// The Markdown for the page of the job.
pub(crate) fn summary(apps: &[AppReport]) -> String {
    let mut page = Document::default();
    let [_, _, ..] = apps else {
        apps.iter().for_each(|app| section(&mut page, app, 3, ROOM));
        return page.to_string();
    };
    page.heading(3, &count(apps));
    overview(&mut page, apps);
    let (folded, open): (Vec<&AppReport>, Vec<&AppReport>) =
        apps.iter().partition(|app| needs_no_look(app.outcome));
    for app in open {
        section(&mut page, app, 4, ROOM);
    }
    if !folded.is_empty() {
        let mut inside = Document::default();
        let room = ROOM.saturating_sub(page.len());
        folded.into_iter().for_each(|app| section(&mut inside, app, 4, room));
        page.folded("Details of those that are where they were to go", &inside);
    }
    page.to_string()
}

/// All of one app, its answer alone, or nothing, as there is room: it stands in the overview.
fn section(page: &mut Document, app: &AppReport, level: usize, room: usize) {
    let answer = answer(app, level);
    let mut section = answer.clone();
    details(&mut section, app);
    if page.len() + section.len() <= room {
        page.append(&section);
    } else if page.len() + answer.len() <= room + ROOM_FOR_ANSWERS {
        page.append(&answer);
    }
}

/// A row for each app.
fn overview(page: &mut Document, apps: &[AppReport]) {
    let name = |side: &Option<VersionInfo>| side.as_ref().map(VersionInfo::name);
    let row = |app: &AppReport| {
        let versions = &app.versions;
        let cells = [name(&versions.from), name(&versions.to), name(&versions.running)];
        let cells = cells.map(|cell| Inline::code(&cell.unwrap_or_default()));
        let service = Inline::text(app.asked.subject.name());
        let result = Inline::text(&format!("{} {}", mark(app).sign(), app.outcome));
        [service, result].into_iter().chain(cells).collect()
    };
    let rows: Vec<Vec<Inline>> = apps.iter().take(LONGEST_OVERVIEW).map(row).collect();
    let titles = ["service", "result", "before", "asked for", "runs now"].map(Inline::text);
    page.table(&titles, &rows);
    if apps.len() > LONGEST_OVERVIEW {
        let more = apps.len() - LONGEST_OVERVIEW;
        page.paragraph(&Inline::prose(&format!(
            "… and {more} more; all are in the output `report`."
        )));
    }
}

/// Whether nobody has to read more than its row.
fn needs_no_look(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Deployed | Outcome::RolledBack | Outcome::Unchanged | Outcome::Started
    )
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
