//! One row of the table of causes: what it recognises and what it says.

use super::context::Context;
use super::stop_kind::{Retryable, StopKind};
use super::text::{capitalised, plain};

/// A pattern, the sentence that a person reads, and the next move.
///
/// Sentence and move are templates: `{image|the image}` stands for "the image
/// repository:tag" where the text or the task names it, and for what follows
/// the bar where not.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) when: When,
    pub(super) cause: &'static str,
    pub(super) next: &'static str,
    pub(super) rank: Rank,
    /// What it means for a task that stopped for it.
    pub(super) stop_kind: StopKind,
}

#[derive(Debug)]
pub(super) enum When {
    /// A text that these are in. They are in lower case.
    Says(Patterns),
    Exit(i32),
    AnyExit,
    StopCode(&'static str),
}

/// How much a cause explains: the first one that is there is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// ECS itself names one concrete thing that ended the deployment.
    Decisive,
    Start,
    /// A health check failed, and how.
    HealthDetail,
    Health,
    Exit,
    /// A task died, and that is all.
    Unexplained,
    Alarm,
    /// ECS reports trouble with the service.
    Event,
    /// Tasks do not get on.
    Waiting,
    /// ECS reported trouble before this deployment began, and may not repeat it.
    Older,
    /// Tasks were stopped for reasons outside the deployment.
    Outside,
    /// A text of ECS's that the table does not know.
    Said,
    /// ECS says that it gave up, not why.
    General,
    Normal,
}

/// What is looked up in the table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Signal<'a> {
    /// A sentence, as ECS or a container wrote it.
    Text(&'a str),
    Exit(i32),
    StopCode(&'a str),
}

/// Patterns of a text: one of each list has to be in it.
type Patterns = &'static [&'static [&'static str]];

impl Row {
    const fn new(when: When, rank: Rank, cause: &'static str, next: &'static str) -> Self {
        Self { when, cause, next, rank, stop_kind: StopKind::Failure(Retryable::Maybe) }
    }

    pub(super) const fn says(
        rank: Rank,
        when: Patterns,
        cause: &'static str,
        next: &'static str,
    ) -> Self {
        Self::new(When::Says(when), rank, cause, next)
    }

    pub(super) const fn decisive(when: Patterns, cause: &'static str, next: &'static str) -> Self {
        Self::says(Rank::Decisive, when, cause, next)
    }

    pub(super) const fn start(when: Patterns, cause: &'static str, next: &'static str) -> Self {
        Self::says(Rank::Start, when, cause, next)
    }

    pub(super) const fn health_detail(
        when: Patterns,
        cause: &'static str,
        next: &'static str,
    ) -> Self {
        Self::says(Rank::HealthDetail, when, cause, next)
    }

    pub(super) const fn event(when: Patterns, cause: &'static str, next: &'static str) -> Self {
        Self::says(Rank::Event, when, cause, next)
    }

    pub(super) const fn general(when: Patterns, cause: &'static str, next: &'static str) -> Self {
        Self::says(Rank::General, when, cause, next)
    }

    pub(super) const fn exit(code: i32, cause: &'static str, next: &'static str) -> Self {
        Self::new(When::Exit(code), Rank::Exit, cause, next)
    }

    pub(super) const fn any_exit(cause: &'static str, next: &'static str) -> Self {
        Self::new(When::AnyExit, Rank::Exit, cause, next)
    }

    pub(super) const fn stop_code(
        rank: Rank,
        code: &'static str,
        cause: &'static str,
        next: &'static str,
    ) -> Self {
        Self::new(When::StopCode(code), rank, cause, next)
    }

    pub(super) const fn not_retryable(mut self) -> Self {
        self.stop_kind = StopKind::Failure(Retryable::No);
        self
    }

    /// Trying again can't help, if what was seen is no accident.
    pub(super) const fn not_retryable_if_repeated(mut self) -> Self {
        self.stop_kind = StopKind::Failure(Retryable::NoIfRepeated);
        self
    }

    /// The new version is not to blame.
    pub(super) const fn ordinary(mut self) -> Self {
        self.stop_kind = StopKind::Ordinary;
        self
    }

    /// Whether it is of a process that ended by itself, whose log then says why.
    pub(super) fn is_an_end(&self) -> bool {
        match self.when {
            When::Exit(_) | When::AnyExit => true,
            When::StopCode(code) => code == "EssentialContainerExited",
            When::Says(_) => false,
        }
    }

    /// Whether this row recognises `signal`, whose text is `lower` in lower case.
    fn matches(&self, signal: Signal<'_>, lower: &str) -> bool {
        match (&self.when, signal) {
            (When::Says(all), Signal::Text(_)) => {
                all.iter().all(|any| any.iter().any(|pattern| lower.contains(pattern)))
            }
            (When::Exit(code), Signal::Exit(exited)) => *code == exited,
            (When::AnyExit, Signal::Exit(_)) => true,
            (When::StopCode(code), Signal::StopCode(stopped_by)) => *code == stopped_by,
            _ => false,
        }
    }
}

/// A row that recognises something, and what is known around it.
#[derive(Debug)]
pub(super) struct Finding<'a> {
    pub(super) row: &'static Row,
    /// Where the row stands in the tables that were looked through.
    pub(super) place: usize,
    pub(super) context: Context<'a>,
}

impl Finding<'_> {
    /// The cause in one sentence, without a full stop.
    pub(super) fn cause(&self) -> String {
        expand(self.row.cause, &self.context)
    }

    /// The next move in one sentence, without a full stop.
    pub(super) fn next(&self) -> String {
        expand(self.row.next, &self.context)
    }
}

/// The first row that recognises any of the signals. Rows go first: a specific
/// row is better than an early signal.
pub(super) fn find<'a>(
    tables: &[&'static [Row]],
    signals: &[(Signal<'a>, Context<'a>)],
) -> Option<Finding<'a>> {
    let lower: Vec<String> = signals
        .iter()
        .map(|(signal, _)| match signal {
            Signal::Text(text) => plain(text).to_ascii_lowercase(),
            Signal::Exit(_) | Signal::StopCode(_) => String::new(),
        })
        .collect();
    tables.iter().flat_map(|table| table.iter()).enumerate().find_map(|(place, row)| {
        let ((_, context), _) =
            signals.iter().zip(&lower).find(|((signal, _), lower)| row.matches(*signal, lower))?;
        Some(Finding { row, place, context: *context })
    })
}

/// Fills a template in one pass, so that a text from outside is never itself
/// taken for a template.
fn expand(template: &str, context: &Context<'_>) -> String {
    let mut parts = template.split('{');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (placeholder, rest) = part.split_once('}').unwrap_or((part, ""));
        let (name, otherwise) = placeholder.split_once('|').unwrap_or((placeholder, ""));
        match context.named(name) {
            Some(phrase) => text.push_str(&phrase),
            None => text.push_str(otherwise),
        }
        text.push_str(rest);
    }
    capitalised(&plain(&text))
}
