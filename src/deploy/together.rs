//! What the services of one run know of each other: nothing is written for any before all are
//! decided, each waits for its turn, and all can be brought back together.
//!
//! Knows no AWS. A run for one service passes through without waiting.

use tokio::sync::watch;

use crate::problem::Problem;
use crate::report::Outcome;
use crate::request::{AppRequest, Before, Command, OnFailure, Request};
use crate::version::VersionName;

/// All services of a run.
pub(crate) struct Together {
    names: Vec<String>,
    /// For each service those that have to be done before it begins.
    after: Vec<Vec<usize>>,
    /// For each the one whose one-off task it waits for.
    behind: Vec<Option<usize>>,
    /// Which of them are brought back with the others, and bring the others back.
    undoes_all: Vec<bool>,
    max_parallel: usize,
    state: watch::Sender<State>,
}

#[derive(Debug)]
struct State {
    stages: Vec<Stage>,
    /// What each is to run, once it is decided.
    versions: Vec<Option<VersionName>>,
    /// Whose one-off task has ended well.
    has_run: Vec<bool>,
    gate: Gate,
    /// The service for which all are brought back: the first that failed by itself.
    culprit: Option<usize>,
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
        let is_left = |it| {
            matches!(it, Outcome::Cancelled | Outcome::Unknown | Outcome::TimedOut | Outcome::Held)
        };
        matches!(self, Self::Ended(outcome) if !outcome.is_ok() && !is_left(outcome))
    }

    fn is_done(self) -> bool {
        matches!(self, Self::Arrived | Self::Ended(_))
    }

    /// Whether it has written something that others may build on.
    fn is_there(self) -> bool {
        matches!(self, Self::UnderWay | Self::Arrived)
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

/// For each service those that have to be done before it begins: what its app requires, and for
/// a rollback what requires its app.
fn order(request: &Request) -> Vec<Vec<usize>> {
    let goes_first = |app: &AppRequest, other: &AppRequest| match request.command {
        Command::Rollback | Command::Drill => requires(other, app),
        Command::Deploy
        | Command::Continue
        | Command::Stop
        | Command::Verify
        | Command::List
        | Command::Plan
        | Command::Page
        | Command::Status
        | Command::Run
        | Command::Register => requires(app, other),
    };
    let before = |app: &AppRequest| {
        let others = request.apps.iter().enumerate();
        others.filter(|(_, other)| goes_first(app, other)).map(|(at, _)| at).collect()
    };
    request.apps.iter().map(before).collect()
}

/// Whose one-off task is run for each as well.
fn behind(apps: &[AppRequest]) -> Vec<Option<usize>> {
    let mut last = None;
    let behind = apps.iter().enumerate().map(|(at, app)| match app.before {
        Before::RunByAnother => last,
        Before::Run(_) | Before::Alone(_) => {
            last = Some(at);
            None
        }
        Before::Nothing => None,
    });
    behind.collect()
}

fn undoes_all(app: &AppRequest) -> bool {
    app.failure.on_failure == OnFailure::UndoAll
}

/// With the place where two have one name.
fn names(apps: &[AppRequest]) -> Vec<String> {
    let name = |app: &AppRequest| {
        let is_alike = |other: &&AppRequest| other.target.service == app.target.service;
        match apps.iter().filter(is_alike).count() {
            1 => app.target.service.to_string(),
            _ => format!("{}/{}", app.target.cluster, app.target.service),
        }
    };
    apps.iter().map(name).collect()
}

fn requires(app: &AppRequest, other: &AppRequest) -> bool {
    app.requires.iter().any(|it| Some(&it.app) == other.app.as_ref())
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
            names: names(apps),
            after: order(request),
            behind: behind(apps),
            undoes_all: apps.iter().map(undoes_all).collect(),
            max_parallel: request.max_parallel.unwrap_or(usize::MAX),
            state: watch::Sender::new(State {
                versions: vec![None; stages.len()],
                has_run: vec![false; stages.len()],
                stages,
                gate,
                culprit: None,
            }),
        }
    }

    pub(crate) fn member(&self, at: usize) -> Member<'_> {
        Member { together: self, at }
    }

    fn is(&self, at: usize, stage: Stage) {
        self.state.send_modify(|State { stages, gate, culprit, .. }| {
            stages[at] = stage;
            if *gate == Gate::Open && self.undoes_all[at] && stage.has_failed() {
                culprit.get_or_insert(at);
            }
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
    fn is_next(&self, State { stages, has_run, .. }: &State, at: usize) -> bool {
        let may_begin = |at: usize| {
            stages[at] == Stage::Decided
                && self.after[at].iter().all(|it| stages[*it].is_done())
                && self.behind[at].is_none_or(|it| has_run[it] || stages[it].is_done())
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

    /// What it is to run.
    pub(crate) fn decides_on(self, version: Option<VersionName>) {
        self.together.state.send_modify(|state| state.versions[self.at] = version);
    }

    /// What another service of the run is to run; `None` where it does not come that far.
    pub(crate) async fn decision_of(self, other: usize) -> Option<VersionName> {
        let decision = |State { stages, versions, .. }: &State| {
            let is_over = stages[other] != Stage::Deciding;
            versions[other].clone().map(Some).or(is_over.then_some(None))
        };
        self.together.when(decision).await
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
        let found = together.when(|State { stages, gate, .. }| match gate {
            Gate::Waiting => None,
            Gate::Open => Some(None),
            Gate::Shut => Some(together.bad(stages, 0..stages.len())),
        });
        match found.await {
            None => Ok(()),
            Some(bad) => Err(Problem::new(format!(
                "no service is changed while there is a problem with {bad}"
            ))
            .hint(format!("Fix that, or leave {bad} out, and run this step again."))),
        }
    }

    /// Waits for the services that go first, and until no more than `max-parallel` are under
    /// way; of those that wait the first of the request begins. Who has begun does not wait.
    ///
    /// # Errors
    /// Why it does not begin: one of those that go first did not get there, or all are called off.
    pub(crate) async fn turn(self) -> Result<(), Problem> {
        tokio::select! {
            biased;
            who = self.called_off() => Err(held_for(&who)),
            turn = self.next() => turn,
        }
    }

    async fn next(self) -> Result<(), Problem> {
        let Self { together, at } = self;
        loop {
            let found = together.when(|state| {
                let State { stages, has_run, .. } = state;
                let behind = together.behind[at].filter(|it| !has_run[*it]);
                let first = together.after[at].iter().copied().chain(behind);
                let bad = together.bad(stages, first).map(Err);
                let is_next = stages[at] == Stage::UnderWay || together.is_next(state, at);
                bad.or_else(|| is_next.then_some(Ok(())))
            });
            found.await.map_err(|bad| {
                Problem::new(format!("what has to go first did not succeed: {bad}"))
                    .hint(format!("Fix {bad}, and run this step again."))
            })?;
            let mut begins = false;
            together.state.send_if_modified(|state| {
                let is_next = together.is_next(state, at);
                begins = is_next || state.stages[at] == Stage::UnderWay;
                if is_next {
                    state.stages[at] = Stage::UnderWay;
                }
                is_next
            });
            if begins {
                return Ok(());
            }
        }
    }

    /// Its one-off task has ended well, if it had one: those that it was run for as well may
    /// begin.
    pub(crate) fn has_run_its_task(self) {
        self.together.state.send_modify(|state| state.has_run[self.at] = true);
    }

    /// It has failed by itself: with `on-failure: undo-all` the others are called off.
    pub(crate) fn fails(self) {
        if self.together.undoes_all[self.at] {
            self.together.state.send_modify(|state| {
                state.culprit.get_or_insert(self.at);
            });
        }
    }

    /// It is where it was to go: with `on-failure: undo-all` waits for the others.
    ///
    /// # Errors
    /// The service for which all are to be brought back.
    pub(crate) async fn all_arrived(self) -> Result<(), String> {
        let Self { together, at } = self;
        together.is(at, Stage::Arrived);
        if !together.undoes_all[at] {
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
        if !together.undoes_all[at] {
            return std::future::pending().await;
        }
        let culprit = together.when(|state| state.culprit.filter(|culprit| *culprit != at)).await;
        together.names[culprit].clone()
    }

    /// The service for which all were brought back, once that has happened.
    pub(crate) fn was_called_off_for(self) -> Option<String> {
        let Self { together, at } = self;
        let culprit = together.state.borrow().culprit.filter(|culprit| *culprit != at)?;
        together.undoes_all[at].then(|| together.names[culprit].clone())
    }

    /// Waits until those that came after it are back: what they need is taken away last.
    pub(crate) async fn last_to_go(self) {
        let Self { together, at } = self;
        let needs_it = |other: usize| together.after[other].contains(&at);
        let gone = |State { stages, .. }: &State| {
            let mut others = (0..stages.len()).filter(|other| needs_it(*other));
            others.all(|other| !stages[other].is_there()).then_some(())
        };
        together.when(gone).await;
    }

    pub(crate) fn ended(self, outcome: Outcome) {
        self.together.is(self.at, Stage::Ended(outcome));
    }
}

/// Why a service is not begun for which all are called off.
pub(crate) fn held_for(who: &str) -> Problem {
    Problem::new(format!("{who} failed, so `on-failure: undo-all` deploys no other service"))
        .hint(format!("Fix {who}, and run this step again."))
}
