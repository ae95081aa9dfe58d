//! Tables in Markdown, of medians and what they lie between.

use crate::measured::Measured;

/// What a column shows of a run.
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) value: fn(&Measured) -> f64,
    pub(crate) digits: usize,
}

pub(crate) const WALL: Column = Column { title: "wall, ms", value: |it| it.wall, digits: 0 };
pub(crate) const CPU: Column = Column { title: "CPU, ms", value: |it| it.cpu, digits: 0 };
pub(crate) const PEAK: Column =
    Column { title: "peak memory, MiB", value: |it| it.peak, digits: 0 };
pub(crate) const CALLS: Column = Column { title: "AWS calls", value: |it| it.calls, digits: 0 };

/// The first row is what the others are compared with: theirs / ours.
pub(crate) fn print(title: &str, columns: &[Column], rows: &[(&str, &[Measured])]) {
    let titles: Vec<&str> = columns.iter().map(|it| it.title).collect();
    println!("\n| {title} | {} |", titles.join(" | "));
    println!("|---{}|", "|---".repeat(columns.len()));
    let ours = rows[0].1;
    for (row, runs) in rows {
        let cells = columns.iter().map(|column| {
            let (own, spread) = (Spread::of(ours, column.value), Spread::of(runs, column.value));
            let ratio = format!("; ×{:.1}", spread.median / own.median);
            let ratio = if std::ptr::eq(*runs, ours) { "" } else { &ratio };
            format!("{}{ratio}", spread.show(column.digits))
        });
        println!("| {row} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
}

pub(crate) struct Spread {
    min: f64,
    median: f64,
    max: f64,
}

impl Spread {
    pub(crate) fn of(runs: &[Measured], value: fn(&Measured) -> f64) -> Self {
        let mut values: Vec<f64> = runs.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (values[0], values[values.len() - 1]);
        Self { min, median: values[values.len() / 2], max }
    }

    pub(crate) fn show(&self, digits: usize) -> String {
        let [min, median, max] =
            [self.min, self.median, self.max].map(|it| format!("{it:.digits$}"));
        if min == max { median } else { format!("{median} ({min}–{max})") }
    }
}
