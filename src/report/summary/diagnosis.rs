//! What shows why a deployment failed: tasks, log lines, targets, events.
//!
//! The cause and the next move stand in the first lines of the summary and are
//! not repeated here.

use super::lists::{list, titled_list};
use crate::diagnosis::{Diagnosis, FailedStep, TaskGroup, target_group};
use crate::ecs::{Event, LogSource, LogTail, TargetHealth};
use crate::problem::utc;
use crate::report::markdown::{Document, Inline};
use crate::text::one_line;

const LONGEST_TABLE: usize = 10;
const MOST_LOGS: usize = 5;
/// Bytes of log lines shown, as they were logged, of all logs together.
const ROOM_FOR_LOGS: usize = 64 * 1024;

/// Adds all of it but the events of the deployment, most of which the timeline
/// tells as well: see [`events`].
pub(super) fn evidence(page: &mut Document, diagnosis: &Diagnosis) {
    stopped_tasks(page, &diagnosis.groups);
    failed_steps(page, &diagnosis.failed_steps);
    logs(page, &diagnosis.logs);
    targets(page, &diagnosis.targets);
    if let Some(event) = &diagnosis.older_event {
        page.paragraph(&Inline::markup(
            "**Older event**, from before this deployment (ECS repeats one only after hours):",
        ));
        list(page, std::iter::once(Inline::text(&line(event))));
    }
    let notes = diagnosis.notes.iter().map(|note| Inline::prose(note));
    titled_list(page, "**What could not be read**", notes);
}

/// Adds the events of the deployment, folded.
pub(super) fn events(page: &mut Document, events: &[&Event]) {
    if events.is_empty() {
        return;
    }
    let lines: Vec<String> = events.iter().map(|event| one_line(&line(event))).collect();
    let mut inside = Document::default();
    inside.code(&lines.join("\n"));
    page.folded("Events of this deployment", &inside);
}

fn stopped_tasks(page: &mut Document, groups: &[TaskGroup]) {
    let rows = groups.iter().map(|group| {
        [
            Inline::text(&group.count.to_string()),
            code(group.container.as_deref()),
            Inline::text(&group.exit_code.map(|code| code.to_string()).unwrap_or_default()),
            code(group.stop_code.as_deref()),
            Inline::text(group.reason.as_deref().unwrap_or_default()),
        ]
    });
    let titles = ["stopped tasks", "container", "exit code", "stop code", "reason"];
    table(page, titles, rows.collect());
}

/// What the hooks of CodeDeploy said.
fn failed_steps(page: &mut Document, steps: &[FailedStep]) {
    for step in steps.iter().take(MOST_LOGS) {
        let mut title = Inline::markup("**Hook** ");
        if let Some(function) = &step.function {
            title = title.then(Inline::code(function)).then(Inline::text(" "));
        }
        title = title
            .then(Inline::text("at "))
            .then(Inline::code(&step.step))
            .then(Inline::text(": "))
            .then(Inline::code(&step.code));
        if let Some(message) = &step.message {
            title = title.then(Inline::text(&format!(", {message}")));
        }
        page.paragraph(&title);
        log_lines(page, &step.log, ROOM_FOR_LOGS / MOST_LOGS);
    }
}

fn targets(page: &mut Document, targets: &[TargetHealth]) {
    let rows = targets.iter().map(|target| {
        let port = target.port.map(|port| format!(":{port}")).unwrap_or_default();
        let arn = &target.target_group;
        [
            Inline::code(&format!("{}{port}", target.target)),
            Inline::code(target_group(arn).unwrap_or(arn)),
            Inline::text(&target.state.to_string()),
            code(target.reason.as_deref()),
            Inline::text(target.description.as_deref().unwrap_or_default()),
        ]
    });
    let titles = ["target", "target group", "state", "reason code", "reason"];
    table(page, titles, rows.collect());
}

/// Adds the first rows, without the columns in which none of them has anything.
fn table<const N: usize>(page: &mut Document, titles: [&str; N], mut rows: Vec<[Inline; N]>) {
    let cut = rows.len().saturating_sub(LONGEST_TABLE);
    rows.truncate(LONGEST_TABLE);
    let columns: Vec<usize> =
        (0..N).filter(|column| rows.iter().any(|row| row[*column] != Inline::default())).collect();
    if columns.is_empty() {
        return;
    }
    let titles: Vec<Inline> = columns.iter().map(|column| Inline::text(titles[*column])).collect();
    let rows: Vec<Vec<Inline>> = rows
        .iter()
        .map(|row| columns.iter().map(|column| row[*column].clone()).collect())
        .collect();
    page.table(&titles, &rows);
    if cut > 0 {
        page.paragraph(&Inline::text(&format!("… and {cut} more")));
    }
}

fn logs(page: &mut Document, logs: &[LogTail]) {
    let room = ROOM_FOR_LOGS / logs.len().clamp(1, MOST_LOGS);
    for tail in logs.iter().take(MOST_LOGS) {
        page.paragraph(&title(tail));
        log_lines(page, &tail.lines, room);
    }
}

/// Adds the newest lines that have room.
fn log_lines(page: &mut Document, lines: &[String], room: usize) {
    let (cut, lines) = newest(lines, room);
    // A line break in a line would be a line that nobody logged.
    let shown = lines.iter().map(|line| one_line(line));
    let cut = (cut > 0).then(|| format!("… {cut} earlier lines left out …"));
    let lines: Vec<String> = cut.into_iter().chain(shown).collect();
    if !lines.is_empty() {
        page.code(&lines.join("\n"));
    }
}

/// The last ones of `lines` that have room, and how many come before them.
fn newest(lines: &[String], mut room: usize) -> (usize, &[String]) {
    let fit = lines.iter().rev().take_while(|line| {
        // An empty line takes a line break.
        let size = line.len() + 1;
        let fits = size <= room;
        room = room.saturating_sub(size);
        fits
    });
    let cut = lines.len() - fit.count();
    (cut, &lines[cut..])
}

fn title(tail: &LogTail) -> Inline {
    let has_lines = !tail.lines.is_empty();
    let title = Inline::markup(if has_lines { "**Last log lines**" } else { "**Log**" })
        .then(Inline::text(" of container "))
        .then(Inline::code(&tail.container))
        .then(Inline::text(", task "))
        .then(Inline::code(&tail.task));
    match &tail.source {
        // Why there are none is not known here: they may not have been asked for.
        LogSource::CloudWatch { group, stream } => title
            .then(Inline::text(if has_lines { " (log group " } else { ": no lines (log group " }))
            .then(Inline::code(group))
            .then(Inline::text(", stream "))
            .then(Inline::code(stream))
            .then(Inline::text(")")),
        LogSource::Elsewhere { driver, place } => title
            .then(Inline::text(" goes to "))
            .then(Inline::text(place))
            .then(Inline::text(" (log driver "))
            .then(Inline::code(driver))
            .then(Inline::text(")")),
    }
}

fn line(event: &Event) -> String {
    match event.at.and_then(utc) {
        Some(at) => format!("{at}  {}", event.message),
        None => event.message.clone(),
    }
}

/// Nothing where nothing is known.
fn code(text: Option<&str>) -> Inline {
    Inline::code(text.unwrap_or_default())
}

#[cfg(test)]
mod tests;
