//! The page of one service, or of several: a heading, a row for each, and what shows it.

use std::collections::BTreeMap;

use super::app::{Mark, answer, details, mark};
use super::standings;
use crate::plan::VersionInfo;
use crate::problem::utc;
use crate::report::app::{AppReport, not_touched};
use crate::report::markdown::{Document, Inline};
use crate::report::outcome::Outcome;

/// Bytes up to which apps are shown in full. GitHub drops a summary of more than
/// 1 MiB altogether.
const ROOM: usize = 512 * 1024;
/// Bytes beyond that in which the other apps get their answer.
const ROOM_FOR_ANSWERS: usize = 128 * 1024;
/// Apps that get a row.
const LONGEST_OVERVIEW: usize = 500;

pub(super) fn whole(apps: &[AppReport]) -> Document {
    let mut page = Document::default();
    if let [app] = apps {
        section(&mut page, app, 3, ROOM);
        return page;
    }
    page.heading(3, &Inline::text(&count(apps)));
    if standings::table(&mut page, apps, LONGEST_OVERVIEW) {
        let mut inside = Document::default();
        overview(&mut inside, apps);
        page.folded("Details of each", &inside);
    } else {
        overview(&mut page, apps);
    }
    let (folded, open): (Vec<&AppReport>, Vec<&AppReport>) = touched(apps)
        .filter(|app| !is_a_row_alone(app))
        .partition(|app| needs_no_look(app.outcome));
    for app in open {
        section(&mut page, app, 4, ROOM);
    }
    if !folded.is_empty() {
        let mut inside = Document::default();
        let room = ROOM.saturating_sub(page.len());
        folded.into_iter().for_each(|app| section(&mut inside, app, 4, room));
        page.folded("Details of the others", &inside);
    }
    page
}

/// Those that a row of their own is about.
fn touched(apps: &[AppReport]) -> impl Iterator<Item = &AppReport> {
    apps.iter().filter(|app| !app.is_not_touched())
}

/// Without what shows each answer.
pub(super) fn answers(apps: &[AppReport]) -> Document {
    let [app] = apps else {
        let mut page = Document::default();
        page.heading(3, &Inline::text(&count(apps)));
        overview(&mut page, apps);
        return page;
    };
    answer(app, 3)
}

/// What fits anywhere.
pub(super) fn headings(apps: &[AppReport]) -> Document {
    let mut page = Document::default();
    page.heading(3, &Inline::text(&heading(apps)));
    page
}

/// In one line how they ended.
pub(crate) fn heading(apps: &[AppReport]) -> String {
    match apps {
        [app] => format!("{} {}", mark(app).sign(), app.headline()),
        several => count(several),
    }
}

/// All of one app, its answer alone, or nothing, as there is room: it stands in the overview.
fn section(page: &mut Document, app: &AppReport, level: usize, room: usize) {
    let answer = answer(app, level);
    let mut section = answer.clone();
    // Of what was not begun there is nothing to show.
    if level == 3 || app.outcome != Outcome::Held {
        details(&mut section, app, level == 3);
    }
    if page.len() + section.len() <= room {
        page.append(&section);
    } else if page.len() + answer.len() <= room + ROOM_FOR_ANSWERS {
        page.append(&answer);
    }
}

/// A row for each service: what it is called, how it ended, and its versions.
fn overview(page: &mut Document, apps: &[AppReport]) {
    let has = |named: fn(&AppReport) -> Option<String>| apps.iter().any(|app| named(app).is_some());
    let columns: Vec<Column> = COLUMNS.iter().filter(|(_, _, cell)| has(*cell)).copied().collect();
    let row = |app: &AppReport| {
        let cell = |(_, is_code, cell): &Column| {
            let text = cell(app).unwrap_or_default();
            if *is_code { Inline::code(&text) } else { Inline::text(&text) }
        };
        columns.iter().map(cell).collect()
    };
    let rows: Vec<Vec<Inline>> = touched(apps).take(LONGEST_OVERVIEW).map(row).collect();
    let titles: Vec<Inline> = columns.iter().map(|(title, ..)| Inline::text(title)).collect();
    if !rows.is_empty() {
        page.table(&titles, &rows);
    }
    if let Some(line) = not_touched(apps) {
        page.paragraph(&Inline::prose(&line));
    }
    if apps.len() > LONGEST_OVERVIEW {
        let more = apps.len() - LONGEST_OVERVIEW;
        page.paragraph(&Inline::prose(&format!(
            "… and {more} more; all are in the output `report`."
        )));
    }
}

/// Its title, whether it is code, and the cell of a service. One without any cell is left out.
type Column = (&'static str, bool, fn(&AppReport) -> Option<String>);

const COLUMNS: [Column; 11] = [
    ("app", false, |app| app.asked.app.clone()),
    ("environment", false, |app| app.asked.environment.clone()),
    ("service", false, |app| Some(app.asked.subject.name().to_owned())),
    ("result", false, |app| Some(format!("{} {}", mark(app).sign(), app.outcome))),
    ("before", true, |app| app.versions.from.as_ref().map(VersionInfo::name)),
    ("asked for", true, |app| app.versions.to.as_ref().map(VersionInfo::name)),
    ("runs now", true, |app| app.versions.running.as_ref().map(VersionInfo::name)),
    ("touched by", false, |app| Some(app.touched.as_ref()?.by.join(", "))),
    ("raised", false, |app| app.touched.as_ref()?.raised.clone()),
    ("since", false, |app| app.standing.as_ref()?.since.and_then(utc)),
    ("its newest deployment", false, |app| Some(app.standing.as_ref()?.stands.clone())),
];

/// Whether its row says all of it.
fn is_a_row_alone(app: &AppReport) -> bool {
    app.outcome == Outcome::Listed && app.standing.is_some()
}

/// Whether nobody has to read more than its row.
fn needs_no_look(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Deployed
            | Outcome::RolledBack
            | Outcome::Unchanged
            | Outcome::Started
            | Outcome::Planned
    )
}

/// `❌ 3 services: 1 failed, 2 deployed`, the worst first.
fn count(apps: &[AppReport]) -> String {
    let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
    for app in touched(apps) {
        *counts.entry(app.outcome).or_default() += 1;
    }
    let counts = counts.iter().rev().map(|(outcome, count)| format!("{count} {outcome}"));
    let others = apps.iter().filter(|app| app.is_not_touched()).count();
    let others = (others > 0).then(|| format!("{others} not touched"));
    let counts: Vec<String> = counts.chain(others).collect();
    let mark = apps.iter().map(mark).max().unwrap_or(Mark::Fails).sign();
    format!("{mark} {} services: {}", apps.len(), counts.join(", "))
}
