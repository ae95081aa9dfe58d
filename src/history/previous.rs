//! What `previous` is, or why it is not said.

use std::time::SystemTime;

use super::entry::{By, End, Entry};
use super::replay::{Level, Place};
use super::{History, RecordSource};
use crate::ecs::{DeploymentId, ServiceRevision, ServiceRevisionArn};

const BY_ECS: &By = &By::Itself(RecordSource::Ecs);

/// The answer to `previous`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Previous<'a> {
    /// The last that really succeeded before what runs.
    pub entry: &'a Entry,
    /// Its revision, whose definition and digests are known.
    pub revision: &'a ServiceRevision,
    /// Its images are those that run: only the definition differs.
    pub configuration_only: bool,
}

/// Why `previous` is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoPrevious<'a> {
    /// The service has just been brought back, or is being.
    AlreadyBack { on: &'a Entry, way: HowReturned<'a> },
    /// A deployment that was to bring an earlier version back failed. What it was to
    /// leave is not wanted, and how much further to go is a person's decision.
    ReturnFailed {
        /// The version that it was to bring back.
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
    /// What was to take its place failed and did not get the traffic. Nobody brought it back.
    Stayed,
}

/// What is missing in the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// ECS lists no deployment: it forgets them after 90 days.
    NothingListed,
    /// Older deployments were not read, and are not needed where newer ones tell enough.
    OnlyNewest,
    /// Older deployments were not read.
    OlderNotRead,
    /// None of the listed deployments succeeded, and nothing shows what ran before.
    NothingSucceeded,
    /// The service has no primary deployment: ECS does not deploy it.
    NoPrimary,
    /// The oldest deployment replaced several revisions at once.
    SeveralSources,
    /// A revision that ECS no longer describes.
    Unread(ServiceRevisionArn),
    /// A revision that ran without its images being pinned to digests.
    Unpinned(ServiceRevisionArn),
    /// What is being deployed has the tag of what ran before, and ECS has not started
    /// a task of it: whether the tag has moved is not known.
    NotResolved,
    /// ECS returned to a revision that is not known to have succeeded.
    Strayed(ServiceRevisionArn),
    /// A deployment in a status that this tool does not know.
    NewStatus(String),
    /// A deployment without its time or its revision, which ECS always gives.
    Incomplete,
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
        match (&entry.end, self.replay.top()) {
            (End::RolledBack, _) => self.below_the_top(),
            (End::Succeeded, _) if entry.started_tasks => self.below_the_top(),
            (End::RollingBack, Some(top)) => self.back_on(top, HowReturned::UnderWay),
            (_, Some(top)) => match self.attempted(newest, primary) {
                Some(attempt) => self.below(attempt),
                // CodeDeploy names each of its rollbacks.
                None if self.source == RecordSource::CodeDeploy => {
                    self.back_on(top, HowReturned::Stayed)
                }
                // ECS has returned from it, whatever its status says.
                None => self.back_on(top, HowReturned::Done { at: entry.finished, by: BY_ECS }),
            },
            (_, None) => unknown(self.nothing_succeeded()),
        }
    }

    /// Whether the newest listed deployment explains what the service runs.
    fn agrees(&self, newest: &Entry, primary: &DeploymentId) -> bool {
        let lists_current = self.current.as_ref().is_none_or(|current| {
            self.entries.iter().any(|it| it.deployment.as_ref() == Some(current))
        });
        let on_newest = newest.target.as_ref().is_some_and(|it| it.belongs_to(primary));
        let explained = match newest.end {
            End::Succeeded | End::Superseded | End::UnderWay | End::Before => on_newest,
            End::RolledBack => self.is_of_the_top(primary),
            End::RollingBack | End::RollbackFailed | End::Failed | End::Unknown(_) => {
                self.is_of_the_top(primary)
                    || self.attempted(self.entries.len() - 1, primary).is_some()
            }
        };
        lists_current && explained
    }

    /// Which deployment without success since the last return or success, `newest` among
    /// them, has brought what runs: of several in a row, it may be an earlier one.
    fn attempted(&self, newest: usize, primary: &DeploymentId) -> Option<usize> {
        let mut attempts = self.replay.attempts().iter().copied().chain([newest]);
        let brought = |index: &usize| {
            let target = self.entries[*index].target.as_ref();
            target.is_some_and(|it| it.belongs_to(primary))
        };
        attempts.rfind(brought)
    }

    /// Whether `primary` is one of the deployments that brought what is on top. With
    /// an empty stack nothing can contradict it.
    fn is_of_the_top(&self, primary: &DeploymentId) -> bool {
        self.replay.levels.last().is_none_or(|level: &Level| {
            level.entries().iter().any(|index| {
                self.entries[*index].target.as_ref().is_some_and(|it| it.belongs_to(primary))
            })
        })
    }

    /// What lies below what succeeded last and runs.
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

    /// What lies below `newest`, which is primary and has not succeeded.
    fn below(&self, newest: usize) -> Result<Previous<'_>, NoPrevious<'_>> {
        let entry = &self.entries[newest];
        if let (None, Some(target)) = (&entry.revision, &entry.target) {
            return unknown(Unknown::Unread(target.clone()));
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
        match deployment.end {
            End::UnderWay => self.back_on(to, HowReturned::UnderWay),
            End::Succeeded => self.back_on(to, HowReturned::Idle),
            End::Before
            | End::RolledBack
            | End::RollbackFailed
            | End::Superseded
            | End::Failed
            | End::RollingBack
            | End::Unknown(_) => Err(NoPrevious::ReturnFailed { to: &self.entries[to] }),
        }
    }

    fn answer(&self, index: usize, running: usize) -> Result<Previous<'_>, NoPrevious<'_>> {
        let entry = &self.entries[index];
        let Some(revision) = &entry.revision else {
            return unknown(Unknown::Incomplete);
        };
        let configuration_only = entry.has_same_images(&self.entries[running]);
        Ok(Previous { entry, revision, configuration_only })
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
