//! When to give a deployment up: the rule behind `max-failed-tasks`.

use std::collections::HashSet;
use std::fmt;

use crate::ecs::{LogTail, Task};

use super::context::Context;
use super::row::{Signal, find};
use super::rows;
use super::stop_kind::{Retryable, StopKind};
use super::stopped_task;
use super::text::plain;

/// After how many tasks that failed in a row a deployment is given up; `None`
/// leaves it to ECS.
///
/// `given` is the input. Without it a circuit breaker decides by itself; where
/// there is none, this is what ECS's own would use: half the desired count,
/// rounded up, at least 3 and at most 200 (Developer Guide, "How the Amazon ECS
/// deployment circuit breaker detects failures").
pub(crate) fn failure_limit(given: Option<u32>, has_breaker: bool, desired: i32) -> Option<u32> {
    match given {
        Some(limit) => Some(limit.max(1)),
        None if has_breaker => None,
        None => Some(desired.max(0).unsigned_abs().div_ceil(2).clamp(3, 200)),
    }
}

/// Counts the tasks of one deployment that failed in a row.
#[derive(Debug, Clone, Default)]
pub(crate) struct Failures {
    limit: Option<u32>,
    pub(super) in_a_row: u32,
    seen: HashSet<String>,
    healthy: HashSet<String>,
    /// Tasks that died of what heals only if it was an accident.
    suspects: HashSet<String>,
    hopeless: Option<GiveUp>,
}

/// Why a deployment is given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GiveUp {
    /// Every further task would fail too.
    CannotSucceed {
        /// The task that shows it, by its id.
        task: String,
        /// What it died of, in one sentence without a full stop.
        cause: String,
    },
    /// Too many tasks failed, and none became healthy in between.
    TooMany { failed: u32, limit: u32 },
}

impl GiveUp {
    /// What was seen, without what the task died of.
    pub(crate) fn what(&self) -> String {
        match self {
            Self::CannotSucceed { task, .. } => {
                format!("no further attempt can succeed (task {task})")
            }
            Self::TooMany { failed, limit } => {
                format!("{failed} tasks failed in a row, which reaches the limit of {limit}")
            }
        }
    }

    /// What the task died of.
    pub(crate) fn cause(&self) -> Option<&str> {
        match self {
            Self::CannotSucceed { cause, .. } => Some(cause),
            Self::TooMany { .. } => None,
        }
    }
}

impl fmt::Display for GiveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what())?;
        self.cause().map_or(Ok(()), |cause| write!(f, ": {cause}"))
    }
}

impl Failures {
    /// Begins to count; `limit` is [`failure_limit`]'s. Causes that can't heal
    /// end a deployment also where ECS counts the others.
    pub(crate) fn new(limit: Option<u32>) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Takes one look at the deployment's own tasks: those that have stopped, and
    /// the ids of those that run and are healthy. Each task counts once, however
    /// often it is seen. A task that becomes healthy starts the count again;
    /// which came first within one look isn't known, so that its failures are
    /// forgotten too. `None` is where it is not known which are healthy: then their number
    /// ends nothing.
    pub(crate) fn observe(
        &mut self,
        stopped: &[Task],
        healthy: Option<&[String]>,
    ) -> Option<GiveUp> {
        let mut new: Vec<&Task> =
            stopped.iter().filter(|task| self.seen.insert(task.id.clone())).collect();
        new.sort_by(|a, b| (a.stopped_at, &a.id).cmp(&(b.stopped_at, &b.id)));
        for task in new {
            if let StopKind::Failure(retryable) = StopKind::of(task) {
                self.in_a_row = self.in_a_row.saturating_add(1);
                self.suspect(&task.id, retryable, || cause(task));
            }
        }
        // All are taken in: a search that stopped at the first new one would
        // find the second one new at the next look.
        let seen = healthy.unwrap_or_default().iter();
        let recovered = seen.filter(|id| self.healthy.insert((*id).clone())).count();
        if recovered > 0 {
            self.in_a_row = 0;
        }
        let limit = self.limit.filter(|limit| healthy.is_some() && self.in_a_row >= *limit);
        let too_many = || limit.map(|limit| GiveUp::TooMany { failed: self.in_a_row, limit });
        self.hopeless.clone().or_else(too_many)
    }

    /// Takes a look at what a failed container logged: often only its log says
    /// that its image is for another CPU. The task's death is not counted here.
    pub(crate) fn observe_log(&mut self, tail: &LogTail) -> Option<GiveUp> {
        let context = Context::default();
        let signals: Vec<_> = tail.lines.iter().map(|line| (Signal::Text(line), context)).collect();
        if let Some(finding) = find(rows::LOG, &signals)
            && let StopKind::Failure(retryable) = finding.row.stop_kind
        {
            self.suspect(&tail.task, retryable, || finding.cause());
        }
        self.hopeless.clone()
    }

    fn suspect(&mut self, task: &str, retryable: Retryable, cause: impl FnOnce() -> String) {
        let is_hopeless = match retryable {
            Retryable::No => true,
            Retryable::NoIfRepeated => {
                self.suspects.insert(task.to_owned());
                self.suspects.len() > 1
            }
            Retryable::Maybe => false,
        };
        if is_hopeless && self.hopeless.is_none() {
            self.hopeless = Some(GiveUp::CannotSucceed { task: plain(task), cause: cause() });
        }
    }
}

fn cause(task: &Task) -> String {
    stopped_task::explain(task, Context::default())
        .map(|finding| finding.cause())
        .unwrap_or_default()
}
