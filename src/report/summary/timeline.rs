//! What happened when, from the start of the rollout.

use std::time::Duration;

use crate::report::markdown::Document;
use crate::text::{clock, one_line};

/// Lines of the timeline shown from its beginning and from its end.
const TIMELINE: (usize, usize) = (20, 180);

/// Its beginning and its end, where it is too long.
pub(super) fn shown_of(timeline: &[(Duration, String)]) -> [&[(Duration, String)]; 2] {
    let (first, last) = TIMELINE;
    let beginning = timeline.len().min(first);
    let end = timeline.len().saturating_sub(last).max(beginning);
    [&timeline[..beginning], &timeline[end..]]
}

pub(super) fn timeline(page: &mut Document, timeline: &[(Duration, String)]) {
    let line = |(at, text): &(Duration, String)| format!("{}  {}", clock(*at), one_line(text));
    let [beginning, end] = shown_of(timeline);
    let cut = timeline.len() - beginning.len() - end.len();
    let between = (cut > 0).then(|| format!("       … {cut} lines left out …"));
    let beginning = beginning.iter().map(line);
    let lines: Vec<String> = beginning.chain(between).chain(end.iter().map(line)).collect();
    if !lines.is_empty() {
        let mut inside = Document::default();
        inside.code(&lines.join("\n"));
        page.folded("Timeline", &inside);
    }
}
