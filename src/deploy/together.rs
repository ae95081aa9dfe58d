//! What the services of one run know of each other: nothing is written for any before all are
//! decided, each waits for its turn, and all can be brought back together.
//!
//! Knows no AWS. A run for one service passes through without waiting.

use tokio::sync::watch;

use crate::problem::Problem;
use crate::report::Outcome;
use crate::request::{OnFailure, Request};

/// All services of a run.
pub(crate) struct Together {
    names: Vec<String>,
    /// For each service those that have to be done before it begins.
    after: Vec<Vec<usize>>,
    undoes_all: bool,
    max_parallel: usize,
    state: watch::Sender<State>,
}

#[derive(Debug)]
struct State {
    stages: Vec<Stage>,
    gate: Gate,
}

/// How far one service has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Deciding,
    Decided,
    UnderWay,
    /// It is where it was to go, and may still be brought back with the others.
    Arrived,
    Ended(Outcome),
}

impl Stage {
    fn is_bad(self) -> bool {
        matches!(self, Self::Ended(outcome) if !outcome.is_ok())
    }

    /// Whether it ended so that the others are not to stay alone. Where that is not known,
    /// or somebody has cancelled the run, nothing more is done.
    fn has_failed(self) -> bool {
        let is_left = |it| matches!(it, Outcome::Cancelled | Outcome::Unknown | Outcome::TimedOut);
        matches!(self, Self::Ended(outcome) if !outcome.is_ok() && !is_left(outcome))
    }

    fn is_done(self) -> bool {
        matches!(self, Self::Arrived | Self::Ended(_))
    }
}

/// Between the last decision and the first write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    Waiting,
    Open,
    /// One of them was decided against.
    Shut,
}

/// One service's view of the others.
#[derive(Clone, Copy)]
pub(crate) struct Member<'a> {
    together: &'a Together,
    at: usize,
}

impl Together {
    pub(crate) fn new(request: &Request) -> Self {
        let apps = &request.apps;
        let stages = vec![Stage::Deciding; apps.len()];
        let gate = if request.dry_run { Gate::Open } else { Gate::Waiting };
        Self {
            names: apps.iter().map(|app| app.target.service.to_string()).collect(),
            after: vec![Vec::new(); apps.len()],
            undoes_all: apps.iter().any(|app| app.failure.on_failure == OnFailure::UndoAll),
            max_parallel: request.max_parallel.unwrap_or(usize::MAX),
            state: watch::Sender::new(State { stages, gate }),
        }
    }

    pub(crate) fn member(&self, at: usize) -> Member<'_> {
        Member { together: self, at }
    }

    fn is(&self, at: usize, stage: Stage) {
        self.state.send_modify(|State { stages, gate }| {
            stages[at] = stage;
            if *gate == Gate::Waiting && !stages.contains(&Stage::Deciding) {
                let is_shut = stages.iter().any(|stage| stage.is_bad());
                *gate = if is_shut { Gate::Shut } else { Gate::Open };
            }
        });
    }

    /// Waits until `value` gives something.
    async fn when<T>(&self, value: impl Fn(&State) -> Option<T>) -> T {
        let mut state = self.state.subscribe();
        loop {
            if let Some(value) = value(&state.borrow_and_update()) {
                return value;
            }
            // The sender is part of `self`.
            let _ = state.changed().await;
        }
    }

    /// Whether this one is the next to begin.
    fn is_next(&self, stages: &[Stage], at: usize) -> bool {
        let may_begin = |at: usize| {
            stages[at] == Stage::Decided && self.after[at].iter().all(|it| stages[*it].is_done())
        };
        let under_way = stages.iter().filter(|it| **it == Stage::UnderWay).count();
        let waits_longer = (0..at).filter(|earlier| may_begin(*earlier)).count();
        may_begin(at) && under_way + waits_longer < self.max_parallel
    }

    /// The services of these that ended badly, in words; `None` where there are none.
    fn bad(&self, stages: &[Stage], among: impl Iterator<Item = usize>) -> Option<String> {
        let bad = among.filter(|at| stages[*at].is_bad());
        let bad: Vec<&str> = bad.map(|at| self.names[at].as_str()).collect();
        (!bad.is_empty()).then(|| bad.join(", "))
    }
}

impl Member<'_> {
    /// Its place in the request.
    pub(crate) fn at(self) -> usize {
        self.at
    }

    /// Its own decision is made: waits for those of the others.
    ///
    /// # Errors
    /// Why nothing is written: one of the others cannot go.
    pub(crate) async fn all_decided(self) -> Result<(), Problem> {
        let Self { together, at } = self;
        if together.state.borrow().stages[at] == Stage::Deciding {
            together.is(at, Stage::Decided);
        }
        let found = together.when(|State { stages, gate }| match gate {
            Gate::Waiting => None,
            Gate::Open => Some(None),
            Gate::Shut => Some(together.bad(stages, 0..stages.len())),
        });
        match found.await {
            None => Ok(()),
            Some(bad) => Err(Problem::new(format!(
                "{bad} cannot be deployed, and nothing is written for one service before all are decided"
            ))
            .hint(format!("Clear up what stands against {bad}, or leave it out, and run this step again."))),
        }
    }

    /// Waits for the services that go first, and until no more than `max-parallel` are under
    /// way; of those that wait the first of the request begins.
    ///
    /// # Errors
    /// Why it does not begin: one of those that go first did not get there.
    pub(crate) async fn turn(self) -> Result<(), Problem> {
        let Self { together, at } = self;
        loop {
            let found = together.when(|State { stages, .. }| {
                let first = together.after[at].iter().copied();
                let bad = together.bad(stages, first).map(Err);
                bad.or_else(|| together.is_next(stages, at).then_some(Ok(())))
            });
            found.await.map_err(|bad| {
                Problem::new(format!("{bad} goes first and did not get there"))
                    .hint("Run this step again once that is mended: what is deployed already stays as it is.")
            })?;
            let begins = together.state.send_if_modified(|State { stages, .. }| {
                let begins = together.is_next(stages, at);
                if begins {
                    stages[at] = Stage::UnderWay;
                }
                begins
            });
            if begins {
                return Ok(());
            }
        }
    }

    /// It is where it was to go: with `on-failure: undo-all` waits for the others.
    ///
    /// # Errors
    /// The service for which all are to be brought back.
    pub(crate) async fn all_arrived(self) -> Result<(), String> {
        let Self { together, at } = self;
        together.is(at, Stage::Arrived);
        if !together.undoes_all {
            return Ok(());
        }
        let everybody = together
            .when(|State { stages, .. }| stages.iter().all(|it| it.is_done()).then_some(()));
        tokio::select! {
            biased;
            who = self.called_off() => Err(who),
            () = everybody => Ok(()),
        }
    }

    /// The service that failed, once all are to be brought back for it; else never.
    pub(crate) async fn called_off(self) -> String {
        let Self { together, at } = self;
        if !together.undoes_all {
            return std::future::pending().await;
        }
        let failed = |State { stages, .. }: &State| {
            let mut others = stages.iter().enumerate().filter(|(other, _)| *other != at);
            others.find(|(_, stage)| stage.has_failed()).map(|(other, _)| other)
        };
        let failed = together.when(failed).await;
        together.names[failed].clone()
    }

    /// Waits until those that came after it have ended: what they need is taken away last.
    pub(crate) async fn last_to_go(self) {
        let Self { together, at } = self;
        let needs_it = |other: usize| together.after[other].contains(&at);
        let ended = |stage: Stage| matches!(stage, Stage::Ended(_));
        let all = |State { stages, .. }: &State| {
            let mut others = (0..stages.len()).filter(|other| needs_it(*other));
            others.all(|other| ended(stages[other])).then_some(())
        };
        together.when(all).await;
    }

    pub(crate) fn ended(self, outcome: Outcome) {
        self.together.is(self.at, Stage::Ended(outcome));
    }
}
