//! Markdown as GitHub reads it, in which what is untrusted stays text.
//!
//! A [`Document`] is built of blocks and a line of [`Inline`]s. Both take text
//! and give Markdown; there is no way to hand in Markdown that was read from
//! somewhere. Nothing here knows what a report is.

mod inline;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod laws;
mod linked;
mod plain;

use std::fmt;

use crate::text::cut;

pub(crate) use inline::Inline;
pub(super) use plain::line;

/// Characters of a line in a block of code; what is longer is cut.
const LONGEST_LINE: usize = 500;
/// Backticks in a line of nothing else in a block of code. cmark counts those of
/// a fence in one byte, so that no fence can be longer than every such line.
const LONGEST_FENCE: usize = 100;

/// A piece of Markdown that stands by itself: blocks with blank lines between.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Document(String);

impl Document {
    /// Adds a heading; `level` counts from 1, the largest, to 6.
    pub(crate) fn heading(&mut self, level: usize, text: &Inline) {
        self.block(&format!("{} {text}", "#".repeat(level)));
    }

    /// Adds a paragraph of one line.
    pub(crate) fn paragraph(&mut self, text: &Inline) {
        self.block(&text.to_string());
    }

    /// Adds a list with dots; none where there are no items.
    pub(crate) fn list(&mut self, items: impl IntoIterator<Item = Inline>) {
        let items: Vec<String> = items.into_iter().map(|item| format!("- {item}")).collect();
        self.block(&items.join("\n"));
    }

    /// Adds a table; every row has as many cells as there are `titles`.
    pub(crate) fn table(&mut self, titles: &[Inline], rows: &[Vec<Inline>]) {
        let mut lines = vec![row(titles), format!("|{}", " --- |".repeat(titles.len()))];
        lines.extend(rows.iter().map(|cells| row(cells)));
        self.block(&lines.join("\n"));
    }

    /// Adds text in which every line and space counts.
    pub(crate) fn code(&mut self, text: &str) {
        let lines: Vec<String> = plain::lines(text, LONGEST_LINE)
            .map(|line| if is_fence(&line) { cut(&line, LONGEST_FENCE) } else { line })
            .collect();
        let longest = lines.iter().filter(|line| is_fence(line)).map(|line| line.trim().len());
        let fence = "`".repeat(longest.max().unwrap_or(0).max(2) + 1);
        self.block(&format!("{fence}text\n{}\n{fence}", lines.join("\n")));
    }

    /// Adds a chart of `bars`, each with its beginning and its length in seconds, of a time of
    /// less than a day. GitHub draws it with Mermaid. Their names are those of this program, so
    /// that nothing that was read from anywhere can get in.
    pub(crate) fn gantt(&mut self, bars: &[(&'static str, u64, u64)]) {
        let at = |second: u64| (second / 3_600, second / 60 % 60, second % 60);
        let end = bars.iter().map(|(_, from, length)| from + length).max().unwrap_or_default();
        // A time of the day, and no time stamp: that would be shown in the reader's time zone.
        let axis = if end < 3_600 { "%M:%S" } else { "%H:%M" };
        let mut chart =
            format!("gantt\n    dateFormat HH:mm:ss\n    axisFormat {axis}\n    todayMarker off\n");
        for (name, from, length) in bars {
            let (hours, minutes, seconds) = at(*from);
            chart += &format!("    {name} :{hours:02}:{minutes:02}:{seconds:02}, {length}s\n");
        }
        self.block(&format!("```mermaid\n{chart}```"));
    }

    /// Adds `inside` under a title that unfolds it.
    pub(crate) fn folded(&mut self, title: &'static str, inside: &Self) {
        // Markdown inside HTML is Markdown again after a blank line.
        self.block(&format!("<details><summary>{title}</summary>"));
        self.append(inside);
        self.block("</details>");
    }

    /// Adds the blocks of `other`.
    pub(crate) fn append(&mut self, other: &Self) {
        self.block(&other.0);
    }

    /// The length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    fn block(&mut self, markdown: &str) {
        if markdown.is_empty() {
            return;
        }
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(markdown.trim_end_matches('\n'));
        self.0.push('\n');
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn row(cells: &[Inline]) -> String {
    let cells: Vec<String> = cells.iter().map(ToString::to_string).collect();
    format!("| {} |", cells.join(" | "))
}

/// Whether the line could close a block of code, if only it were long enough.
fn is_fence(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && line.bytes().all(|b| b == b'`')
}

#[cfg(test)]
mod tests;
