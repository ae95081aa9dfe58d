//! What is told of one app: the answer, and what shows it.

use super::facts::facts;
use super::lists::{list, problem, titled_list};
use super::spans::where_the_time_went;
use super::timeline::{shown_of, timeline};
use super::versions::versions;
use super::{commits, diagnosis};
use crate::report::app::{AppReport, OneOffReport};
use crate::report::listing;
use crate::report::markdown::{Document, Inline};
use crate::report::outcome::Outcome;
use crate::text::duration;

/// Characters of a cause that a heading takes.
const LONGEST_CAUSE: usize = 200;

/// The answer at a glance, from good to bad.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    Passes,
    PassesWithWarnings,
    Fails,
}

impl Mark {
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Passes => "✅",
            Self::PassesWithWarnings => "⚠️",
            Self::Fails => "❌",
        }
    }
}

pub(crate) fn mark(app: &AppReport) -> Mark {
    let is_in_part = matches!(app.outcome, Outcome::Unverified | Outcome::Blocked);
    let is_whole = app.warnings.is_empty() && !is_in_part;
    match (app.outcome.is_ok(), is_whole) {
        (true, true) => Mark::Passes,
        (true, false) => Mark::PassesWithWarnings,
        (false, _) => Mark::Fails,
    }
}

const WHY: &str = "**Why:** ";

/// What is so, why, what to do, and what was done already. The cause of a refusal stands
/// in the heading, where it is short enough for one.
pub(super) fn answer(app: &AppReport, level: usize) -> Document {
    let mut answer = Document::default();
    let mut headline = format!("{} {}", mark(app).sign(), app.headline());
    let failure = app.failure.problem.as_ref();
    let mut why = failure.map(|problem| problem.message.as_str());
    if app.outcome == Outcome::Refused
        && let Some(cause) = why.take_if(|it| it.chars().count() <= LONGEST_CAUSE)
    {
        headline = format!("{headline}: {cause}");
    }
    answer.heading(level, &Inline::text(&headline));
    let lines = [
        (WHY, why),
        ("**Next:** ", failure.and_then(|problem| problem.hint.as_deref())),
        ("**Undo:** ", app.failure.undo.as_deref()),
    ];
    let last_words = app.failure.diagnosis.as_ref().and_then(|it| it.last_words.as_deref());
    for (title, text) in lines {
        let Some(text) = text else { continue };
        let said = last_words.filter(|_| title == WHY);
        let text = if said.is_some() { text.trim_end_matches('.') } else { text };
        let line = Inline::markup(title).then(Inline::prose(text));
        answer.paragraph(&match said {
            Some(last) => line.then(Inline::text(". Its log ends with ")).then(Inline::code(last)),
            None => line,
        });
    }
    list(&mut answer, app.failure.findings.iter().map(problem));
    answer
}

/// What ran before the service was touched, and how it ended.
fn one_off(task: &OneOffReport) -> Inline {
    let ended = match task.ended {
        Some((took, Some(code))) => format!(", exit code {code} after {}", duration(took)),
        Some((took, None)) => format!(", no exit code after {}", duration(took)),
        None => ", which goes on".to_owned(),
    };
    let container = Inline::text(" in ").then(Inline::code(&task.container));
    let line = Inline::markup("**One-off task:** ").then(Inline::code(&task.command));
    line.then(container).then(Inline::text(&ended))
}

/// What shows it; with a picture where it is the only one of its page.
pub(super) fn details(page: &mut Document, app: &AppReport, is_alone: bool) {
    versions(page, app);
    if let Some(versions) = &app.listing {
        listing::table(page, versions);
        commits::of_versions(page, versions);
    }
    if let Some(reason) = &app.asked.reason {
        page.paragraph(&Inline::markup("**Reason given:** ").then(Inline::text(reason)));
    }
    if let Some(task) = &app.one_off {
        page.paragraph(&one_off(task));
    }
    page.paragraph(&Inline::joined(facts(app), " · "));
    // How long it did take is known behind it.
    if let Some(times) = app.versions.expected.filter(|_| app.rollout.spans.is_empty()) {
        let title = Inline::markup("**Will probably take:** ");
        page.paragraph(&title.then(Inline::text(&times.to_string())));
    }
    if let Some(diagnosis) = &app.failure.diagnosis {
        diagnosis::evidence(page, diagnosis);
    }
    where_the_time_went(page, &app.rollout, is_alone);
    titled_list(page, "**Warnings**", app.warnings.iter().map(problem));
    titled_list(page, "**Notes**", app.notices.iter().map(problem));
    let changes = app.versions.changes.iter().map(|change| Inline::text(change));
    titled_list(page, "**Changes of the task definition**", changes);
    commits::section(page, app);
    if let Some(diagnosis) = &app.failure.diagnosis {
        let told =
            shown_of(&app.rollout.timeline).into_iter().flatten().map(|(_, text)| text.as_str());
        diagnosis::events(page, &diagnosis.events_beside(told));
    }
    timeline(page, &app.rollout.timeline);
}
