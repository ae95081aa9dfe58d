//! What `previous` is, or why it is not said.

use std::time::SystemTime;

use super::entry::{By, Entry};
use super::past_deployment::{PastStatus, RevisionId};
use super::replay::{Level, Place};
use super::service_history::History;
use super::unknown::Unknown;
use crate::ecs::Controller;

const BY_ECS: &By = &By::Itself(Controller::Ecs);

/// The answer to `previous`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Previous<'a> {
    /// The last that really succeeded before what runs.
    pub entry: &'a Entry,
    /// Its images are those that run: only the definition differs.
    pub configuration_only: bool,
}

/// Why `previous` is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoPrevious<'a> {
    /// The service has just been brought back, or is being.
    AlreadyBack { on: &'a Entry, way: HowReturned<'a> },
    /// A deployment that should have brought an earlier version back failed. The version it
    /// should have replaced is not wanted, and how much further to go is a person's decision.
    ReturnFailed {
        /// The version that it should have brought back.
        to: &'a Entry,
    },
    /// Only one version has ever succeeded here.
    OnlyOne(&'a Entry),
    /// The list of deployments and the service do not tell the same story: ECS shows
    /// the newest deployment late. Read again.
    Lagging,
    /// The record does not show it.
    Unknown(Box<Unknown>),
}

/// How a service comes to be back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HowReturned<'a> {
    Done {
        /// Since when, by AWS's clock.
        at: Option<SystemTime>,
        by: &'a By,
    },
    /// A deployment or a rollback by ECS is at it.
    UnderWay,
    /// A deployment has brought it back, and started no task of it.
    Idle,
    /// It was never replaced: what should have replaced it failed and got no traffic.
    Stayed,
}

impl History {
    /// The version that `previous` means, by the model above.
    pub(crate) fn previous(&self) -> Result<Previous<'_>, NoPrevious<'_>> {
        let Some((newest, entry)) = self.entries.iter().enumerate().next_back() else {
            return unknown(Unknown::NothingListed);
        };
        let Some(primary) = &self.primary else { return unknown(Unknown::NoPrimary) };
        if let Some(gap) = &self.replay.lost {
            return unknown(gap.clone());
        }
        if !self.agrees(entry, primary) {
            return Err(NoPrevious::Lagging);
        }
        match (entry.status(), self.replay.top()) {
            (Some(PastStatus::RolledBack), _) => self.below_the_top(),
            (Some(PastStatus::Succeeded), _) if entry.started_tasks => self.below_the_top(),
            (Some(PastStatus::RollingBack), Some(top)) => self.back_on(top, HowReturned::UnderWay),
            (_, Some(top)) => match self.attempted(newest, primary) {
                Some(attempt) => self.below(attempt),
                // CodeDeploy names each of its rollbacks.
                None if self.controller == Controller::CodeDeploy => {
                    self.back_on(top, HowReturned::Stayed)
                }
                // ECS has returned from it, whatever its status says.
                None => self.back_on(top, HowReturned::Done { at: entry.finished(), by: BY_ECS }),
            },
            (_, None) => unknown(self.nothing_succeeded()),
        }
    }

    /// Whether the newest listed deployment explains what the service runs.
    fn agrees(&self, newest: &Entry, primary: &RevisionId) -> bool {
        let lists_newest = self.newest.as_ref().is_none_or(|newest| {
            let mut listed = self.entries.iter().filter_map(|it| it.deployment.as_ref());
            listed.any(|it| it.name == *newest)
        });
        let explained = match newest.status() {
            None | Some(PastStatus::Succeeded | PastStatus::Superseded | PastStatus::UnderWay) => {
                newest.brought.as_ref() == Some(primary)
            }
            Some(PastStatus::RolledBack) => self.is_of_the_top(primary),
            Some(
                PastStatus::RollingBack
                | PastStatus::RollbackFailed
                | PastStatus::Failed
                | PastStatus::Unknown(_),
            ) => {
                self.is_of_the_top(primary)
                    || self.attempted(self.entries.len() - 1, primary).is_some()
            }
        };
        lists_newest && explained
    }

    /// Which deployment without success since the last return or success, `newest` among
    /// them, has brought what runs: of several in a row, it may be an earlier one.
    fn attempted(&self, newest: usize, primary: &RevisionId) -> Option<usize> {
        let mut attempts = self.replay.attempts().iter().copied().chain([newest]);
        attempts.rfind(|index| self.entries[*index].brought.as_ref() == Some(primary))
    }

    /// Whether `primary` is one of the deployments that brought what is on top. With
    /// an empty stack nothing can contradict it.
    fn is_of_the_top(&self, primary: &RevisionId) -> bool {
        let brought = |index: &usize| self.entries[*index].brought.as_ref() == Some(primary);
        self.replay.levels.last().is_none_or(|level| level.entries().iter().any(brought))
    }

    /// What is below the last success, which runs.
    fn below_the_top(&self) -> Result<Previous<'_>, NoPrevious<'_>> {
        let Some(top) = self.replay.top() else {
            return unknown(self.nothing_succeeded());
        };
        if let Some(back) = &self.replay.back {
            return self.back_on(top, HowReturned::Done { at: back.at, by: &back.by });
        }
        let below = self.replay.levels.iter().rev().nth(1).and_then(Level::newest);
        match (below, &self.floor) {
            (_, Some(Unknown::OlderNotRead)) => unknown(Unknown::OlderNotRead),
            (Some(below), _) => self.answer(below, top),
            (None, Some(gap)) => unknown(gap.clone()),
            (None, None) => Err(NoPrevious::OnlyOne(&self.entries[top])),
        }
    }

    /// What is below `newest`, which is primary and has not succeeded.
    fn below(&self, newest: usize) -> Result<Previous<'_>, NoPrevious<'_>> {
        let entry = &self.entries[newest];
        if let (None, Some(brought)) = (&entry.revision, &entry.brought) {
            return unknown(Unknown::Unread(brought.clone()));
        }
        let place = self.replay.place(&self.entries, newest);
        let Some(top) = self.replay.top() else {
            return unknown(self.nothing_succeeded());
        };
        match place {
            Place::Below(level) => {
                let to = self.replay.levels[level].newest().unwrap_or(top);
                self.returning(to, entry)
            }
            // The tag is the top's, and what it names now is not known.
            Place::Top | Place::New
                if entry.digests.is_none() && entry.has_same_images(&self.entries[top]) =>
            {
                unknown(Unknown::NotResolved)
            }
            Place::Top if self.replay.tried_another(&self.entries, newest) => {
                self.returning(top, entry)
            }
            Place::Top => self.below_the_top(),
            Place::New if self.floor == Some(Unknown::OlderNotRead) => {
                unknown(Unknown::OlderNotRead)
            }
            Place::New => match self.replay.doubts(entry) {
                Some(gap) => unknown(gap),
                None => self.answer(top, newest),
            },
        }
    }

    /// The refusal while `deployment`, which has not succeeded, brings `to` back.
    fn returning<T>(&self, to: usize, deployment: &Entry) -> Result<T, NoPrevious<'_>> {
        match deployment.status() {
            Some(PastStatus::UnderWay) => self.back_on(to, HowReturned::UnderWay),
            Some(PastStatus::Succeeded) => self.back_on(to, HowReturned::Idle),
            None | Some(_) => Err(NoPrevious::ReturnFailed { to: &self.entries[to] }),
        }
    }

    fn answer(&self, index: usize, running: usize) -> Result<Previous<'_>, NoPrevious<'_>> {
        let entry = &self.entries[index];
        if entry.revision.is_none() {
            return unknown(Unknown::Incomplete);
        }
        let configuration_only = entry.has_same_images(&self.entries[running]);
        Ok(Previous { entry, configuration_only })
    }

    fn back_on<'a, T>(&'a self, index: usize, way: HowReturned<'a>) -> Result<T, NoPrevious<'a>> {
        Err(NoPrevious::AlreadyBack { on: &self.entries[index], way })
    }

    fn nothing_succeeded(&self) -> Unknown {
        self.floor.clone().unwrap_or(Unknown::NothingSucceeded)
    }
}

fn unknown<'a, T>(gap: Unknown) -> Result<T, NoPrevious<'a>> {
    Err(NoPrevious::Unknown(Box::new(gap)))
}
