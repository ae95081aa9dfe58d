//! The stack: what succeeded and was not returned from, and how it came about.

use std::collections::{BTreeMap, HashSet};
use std::time::SystemTime;

use super::entry::{By, Entry, RolledBack};
use super::past_deployment::PastStatus;
use super::unknown::Unknown;
use crate::ecs::Controller;
use crate::image::Digest;

/// The deployments of a service, replayed. Entries are named by their index,
/// oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Replay {
    /// The stack, its top last. No two levels are of the same definition and images,
    /// and levels with the same images are neighbours.
    pub(super) levels: Vec<Level>,
    /// Every digest that was on it, and whether something was whose digests are not known.
    seen: Seen,
    /// The last change of what runs was a return or an undo.
    pub(super) back: Option<Return>,
    /// What can't be placed, so that nothing is known any more.
    pub(super) lost: Option<Unknown>,
    /// What the service was brought back from and has not succeeded with since.
    pub(super) left: BTreeMap<Digest, RolledBack>,
    /// What was tried since the last success or rollback, without success.
    attempts: Vec<usize>,
    /// What may lie below the lowest level.
    doubt: Option<Uncertainty>,
}

/// What may have run when the list begins, where that is not known.
#[derive(Debug, Clone)]
pub(super) struct Uncertainty {
    pub(super) entries: Vec<Entry>,
    /// Why it is not known.
    pub(super) gap: Unknown,
    /// Where the list is known to have been cut: when it begins. An image that was pushed
    /// later did not run before.
    pub(super) since: Option<SystemTime>,
}

/// One level of the stack: the deployments that brought it, the newest last.
#[derive(Debug, Clone)]
pub(super) struct Level(Vec<usize>);

/// A return to what had run before.
#[derive(Debug, Clone)]
pub(super) struct Return {
    pub(super) at: Option<SystemTime>,
    pub(super) by: By,
}

/// What has been on the stack. A thousand deployments, each of something new, are not each held
/// against all before.
#[derive(Debug, Clone, Default)]
struct Seen {
    digests: HashSet<Digest>,
    is_unknown: bool,
}

impl Seen {
    fn note(&mut self, entry: &Entry) {
        self.digests.extend(entry.digests.iter().flatten().cloned());
        self.is_unknown |= entry.digests.is_none();
    }

    /// Whether nothing of the same images can be on the stack.
    fn has_nothing_of(&self, entry: &Entry) -> bool {
        !self.is_unknown
            && entry.digests.is_some()
            && entry.digests.iter().flatten().all(|it| !self.digests.contains(it))
    }
}

/// Where an entry belongs on the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It is on top.
    Top,
    Below(usize),
    /// It has not been there, or not since it was returned from.
    New,
}

impl Level {
    /// The deployment that brought it last.
    pub(super) fn newest(&self) -> Option<usize> {
        self.0.last().copied()
    }

    pub(super) fn entries(&self) -> &[usize] {
        &self.0
    }
}

impl Replay {
    /// Replays `entries`, oldest first, and notes in them what became of each.
    pub(super) fn of(entries: &mut [Entry], doubt: Option<Uncertainty>) -> Self {
        let mut replay = Self { doubt, ..Self::default() };
        for index in 0..entries.len() {
            replay.step(entries, index);
        }
        replay
    }

    /// The entry on top of the stack.
    pub(super) fn top(&self) -> Option<usize> {
        self.levels.last().and_then(Level::newest)
    }

    /// Where entry `index` belongs.
    pub(super) fn place(&self, entries: &[Entry], index: usize) -> Place {
        let entry = &entries[index];
        let at = |level: &Level, is: fn(&Entry, &Entry) -> bool| {
            level.newest().is_some_and(|it| is(&entries[it], entry))
        };
        let Some((top, lower)) = self.levels.split_last() else { return Place::New };
        if self.seen.has_nothing_of(entry) {
            return Place::New;
        }
        if at(top, Entry::is_same) {
            return Place::Top;
        }
        let exact = lower.iter().rposition(|level| at(level, Entry::is_same));
        let alike = || lower.iter().rposition(|level| at(level, Entry::has_same_images));
        match exact {
            Some(level) => Place::Below(level),
            // The same images by another definition: a new configuration.
            None if at(top, Entry::has_same_images) => Place::New,
            None => alike().map_or(Place::New, Place::Below),
        }
    }

    /// Why it is not known whether `entry`, which is not on the stack, is what ran
    /// when the list begins, or before.
    pub(super) fn doubts(&self, entry: &Entry) -> Option<Unknown> {
        let doubt = self.doubt.as_ref()?;
        let may_be = |it: &Entry| it.revision.is_none() || it.has_same_images(entry);
        let is_older = doubt.since.is_some_and(|since| !entry.is_pushed_after(since));
        (is_older || doubt.entries.iter().any(may_be)).then(|| doubt.gap.clone())
    }

    /// Whether entry `index` is new or a return to what came before the list, it is on top
    /// now, and nothing is known of what is below. What was on the stack may be there.
    fn start_over(&mut self, entries: &[Entry], index: usize) {
        let below = std::mem::take(&mut self.levels);
        self.push(entries, index);
        if let Some(doubt) = &mut self.doubt {
            let below = below.into_iter().flat_map(|it| it.0);
            doubt.entries.extend(below.map(|it| entries[it].clone()));
        }
        self.back = None;
    }

    /// Whether something else than entry `index` was tried since the last success or
    /// rollback.
    pub(super) fn tried_another(&self, entries: &[Entry], index: usize) -> bool {
        let earlier = self.attempts.iter().filter(|it| **it <= index);
        earlier.copied().any(|it| !entries[it].is_same(&entries[index]))
    }

    /// What was tried since the last success or rollback, without success.
    pub(super) fn attempts(&self) -> &[usize] {
        &self.attempts
    }

    fn step(&mut self, entries: &mut [Entry], index: usize) {
        let Some(deployment) = &entries[index].deployment else {
            // It ran when the list begins.
            if self.doubt.is_none() && self.lost.is_none() {
                self.push(entries, index);
            }
            return;
        };
        // Without its time its place among the others is not known.
        if deployment.created_at.is_none() {
            self.lose(Unknown::Incomplete);
        }
        if self.lost.is_some() {
            return;
        }
        match deployment.status.clone() {
            // What was not read may have started some.
            PastStatus::Succeeded
                if entries[index].started_tasks || entries[index].revision.is_none() =>
            {
                self.succeeded(entries, index);
            }
            PastStatus::Succeeded => {
                entries[index].until = entries.get(index + 1).and_then(Entry::from);
            }
            PastStatus::RolledBack => self.rolled_back(entries, index),
            PastStatus::RollbackFailed
            | PastStatus::Superseded
            | PastStatus::Failed
            | PastStatus::UnderWay
            | PastStatus::RollingBack => self.attempts.push(index),
            PastStatus::Unknown(status) => self.lose(Unknown::NewStatus(status)),
        }
    }

    fn succeeded(&mut self, entries: &mut [Entry], index: usize) {
        let entry = &entries[index];
        let gap = match &entry.brought {
            None => Some(Unknown::Incomplete),
            Some(id) if entry.definition().is_none() => Some(Unknown::Unread(id.clone())),
            Some(id) if entry.digests.is_none() && entry.controller != Controller::CodeDeploy => {
                Some(Unknown::Unpinned(id.clone()))
            }
            Some(_) => None,
        };
        if let Some(gap) = gap {
            return self.lose(gap);
        }
        let finished = entry.finished();
        let by = match &entry.deployment {
            Some(deployment) => By::Deployment(deployment.name.clone()),
            None => By::Itself(entry.controller.clone()),
        };
        let was_on_top = self.top();
        match self.place(entries, index) {
            Place::Top => {
                self.push_onto(self.levels.len() - 1, entries, index);
                if self.tried_another(entries, index) {
                    self.came_back(entries, Vec::new(), finished, by);
                }
            }
            Place::Below(level) => {
                let left = self.pop_to(level);
                self.push_onto(level, entries, index);
                self.came_back(entries, left, finished, by);
            }
            Place::New => {
                let is_cut = self.doubt.as_ref().is_some_and(|it| it.since.is_some());
                match self.doubts(entry) {
                    Some(_) if is_cut => self.start_over(entries, index),
                    Some(gap) => return self.lose(gap),
                    None => {
                        self.push(entries, index);
                        self.back = None;
                    }
                }
            }
        }
        if let Some(before) = was_on_top {
            entries[before].until = finished;
        }
        for digest in entries[index].digests.iter().flatten() {
            self.left.remove(digest);
        }
        self.attempts.clear();
    }

    fn rolled_back(&mut self, entries: &mut [Entry], index: usize) {
        let mut left = Vec::new();
        let returned_to = entries[index].deployment.as_ref().and_then(|it| it.returned_to.clone());
        if let (Some(top), Some(to)) = (self.levels.last(), returned_to)
            && !top.entries().iter().any(|it| entries[*it].brought.as_ref() == Some(&to))
        {
            let Some(named) = entries.iter().position(|it| it.brought.as_ref() == Some(&to)) else {
                return self.lose(Unknown::Strayed(to));
            };
            let level = match self.place(entries, named) {
                Place::Top => self.levels.len() - 1,
                Place::Below(level) => level,
                Place::New => return self.lose(Unknown::Strayed(to)),
            };
            if let Some(before) = self.top() {
                entries[before].until = entries[index].finished();
            }
            left = self.pop_to(level);
            self.push_onto(level, entries, named);
            entries[named].until = None;
        }
        let finished = entries[index].finished();
        self.attempts.push(index);
        let by = By::Itself(entries[index].controller.clone());
        self.came_back(entries, left, finished, by);
        self.attempts.clear();
    }

    /// Notes in `left`, and in what was tried, that the service was brought back from it
    /// to the top.
    fn came_back(
        &mut self,
        entries: &mut [Entry],
        left: Vec<usize>,
        at: Option<SystemTime>,
        by: By,
    ) {
        let top = self.top();
        let back_on = top.and_then(|top| entries[top].digests.clone()).unwrap_or_default();
        let rolled_back = RolledBack { at, by: by.clone() };
        for index in left.into_iter().chain(self.attempts.iter().copied()) {
            if top.is_some_and(|top| entries[top].is_same(&entries[index])) {
                continue;
            }
            let entry = &mut entries[index];
            entry.rolled_back_from = Some(rolled_back.clone());
            let left = entry.digests.iter().flatten().filter(|it| !back_on.contains(it));
            self.left.extend(left.map(|digest| (digest.clone(), rolled_back.clone())));
        }
        self.back = Some(Return { at, by });
    }

    /// Takes everything above `level` off; the entries of what lay on top, which is what
    /// the service goes back from. What lay between is only skipped: it was replaced
    /// before, by something newer.
    fn pop_to(&mut self, level: usize) -> Vec<usize> {
        self.levels.drain(level + 1..).next_back().map(|top| top.0).unwrap_or_default()
    }

    fn push(&mut self, entries: &[Entry], index: usize) {
        self.levels.push(Level(vec![index]));
        self.seen.note(&entries[index]);
    }

    fn push_onto(&mut self, level: usize, entries: &[Entry], index: usize) {
        self.seen.note(&entries[index]);
        if let Some(level) = self.levels.get_mut(level) {
            level.0.push(index);
        }
    }

    fn lose(&mut self, gap: Unknown) {
        self.lost.get_or_insert(gap);
        self.left.clear();
    }
}
