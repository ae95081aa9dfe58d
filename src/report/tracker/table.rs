//! The table of all services.

use std::cmp::Reverse;

use super::row::Row;
use crate::report::markdown::{Document, Inline};

/// The table of all services, each with the id of its comment, in so many characters. Where not
/// all fit, those go first that have run the same for the longest time.
pub(crate) fn table(rows: &[(Row, u64)], room: usize) -> String {
    let mut newest_first: Vec<&(Row, u64)> = rows.iter().collect();
    newest_first.sort_by_key(|(row, _)| Reverse((row.since.is_none(), row.since.as_deref())));
    let of = |shown: usize| overview(&newest_first[..shown], rows.len() - shown).to_string();
    let fits = |table: &String| table.chars().count() <= room;
    // Only the whole of it needs no line about what is left out.
    let table = Some(of(rows.len())).filter(fits).unwrap_or_else(|| {
        let counts: Vec<usize> = (1..rows.len()).collect();
        of(counts.partition_point(|shown| fits(&of(*shown))))
    });
    if fits(&table) { table.trim_end().to_owned() } else { String::new() }
}

fn overview(rows: &[&(Row, u64)], left_out: usize) -> Document {
    let mut page = Document::default();
    let mut rows = rows.to_vec();
    rows.sort_by(|(a, _), (b, _)| a.place().cmp(&b.place()));
    let shown: Vec<&(&str, Cell)> = COLUMNS
        .iter()
        .filter(|(_, cell)| rows.iter().any(|(row, _)| cell(row).is_some()))
        .collect();
    let cells = |(row, comment): &(Row, u64)| -> Vec<Inline> {
        let texts = shown.iter().map(|(_, cell)| cell(row).unwrap_or_default());
        let link = Inline::link("Versions", &format!("#issuecomment-{comment}"));
        texts.chain([link]).collect()
    };
    let titles: Vec<Inline> =
        shown.iter().map(|(title, _)| Inline::text(title)).chain([Inline::text("")]).collect();
    let lines: Vec<Vec<Inline>> = rows.into_iter().map(cells).collect();
    if !lines.is_empty() {
        page.table(&titles, &lines);
    }
    if left_out > 0 {
        page.paragraph(&Inline::text(&format!(
            "Services that do not fit here: {left_out}, those unchanged for the longest time. Their comments are below."
        )));
    }
    page.paragraph(&Inline::text(
        "Times are in UTC. Each row is made from its comment: after you delete the comment, the next deployment removes the row.",
    ));
    page
}

type Cell = fn(&Row) -> Option<Inline>;

/// A column without any cell is left out.
const COLUMNS: [(&str, Cell); 9] = [
    ("app", |row| row.app.as_deref().map(Inline::text)),
    ("environment", |row| row.environment.as_deref().map(Inline::text)),
    ("service", |row| Some(Inline::text(&row.service))),
    ("cluster", |row| Some(Inline::text(&row.cluster))),
    ("region", |row| Some(Inline::text(&row.region))),
    ("runs", |row| row.runs.as_deref().map(Inline::code)),
    ("since", |row| row.since.as_deref().map(Inline::text)),
    ("requested by", |row| row.by.as_deref().map(Inline::text)),
    ("newest deployment", |row| row.newest.as_deref().map(Inline::text)),
];
