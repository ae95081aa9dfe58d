//! The past of a service: the deployments on record, replayed.

use std::collections::{BTreeSet, HashSet};

use super::entry::{Entry, Read, RolledBack};
use super::past_deployment::{
    Coverage, DeploymentName, DeploymentRecord, PastDeployment, PastStatus, RevisionId,
};
use super::replay::{Replay, Uncertainty};
use super::unknown::Unknown;
use crate::ecs::{Controller, DeploymentId, TaskSetId};
use crate::image::Digest;
use crate::names::ContainerName;

/// Most candidates that a message names.
const CANDIDATES: usize = 5;

#[derive(Debug, Clone)]
pub(crate) struct History {
    /// Oldest first.
    pub(super) entries: Vec<Entry>,
    pub(super) replay: Replay,
    pub(super) primary: Option<RevisionId>,
    /// The digests of the primary deployment's revision.
    primary_digests: Option<BTreeSet<Digest>>,
    /// The deployment that the service names as its newest.
    pub(super) newest: Option<DeploymentName>,
    /// Why it is not known what is below the lowest level, unless there is nothing.
    pub(super) floor: Option<Unknown>,
    pub(super) controller: Controller,
}

impl History {
    /// Replays `record`. `containers` are those that get the image.
    pub(crate) fn new(record: &DeploymentRecord, containers: &[ContainerName]) -> Self {
        let mut seen = HashSet::new();
        let mut deployments: Vec<&PastDeployment> =
            record.deployments.iter().filter(|it| seen.insert(&it.name)).collect();
        // Stable: what was made in the same moment stays in the order of the list.
        deployments.sort_by_key(|it| std::cmp::Reverse(it.created_at));
        deployments.reverse();

        let read = Read::new(record, containers);
        let floor = Floor::of(record, deployments.first().copied(), &read);
        let mut entries: Vec<Entry> = floor.ran_before.into_iter().collect();
        entries.extend(deployments.into_iter().map(|it| Entry::of(it, &read)));
        complete_rollback(&mut entries);
        let replay = Replay::of(&mut entries, floor.doubt);
        let primary_digests = record.primary.as_ref().and_then(|primary| {
            let entry = entries.iter().find(|it| it.brought.as_ref() == Some(primary));
            match entry {
                Some(entry) => entry.digests.clone(),
                None => Entry::before(primary, &read).digests,
            }
        });
        Self {
            entries,
            replay,
            primary: record.primary.clone(),
            primary_digests,
            newest: record.newest.clone(),
            floor: floor.gap,
            controller: record.controller.clone(),
        }
    }

    /// The same where something else runs than what the primary deployment brings: what
    /// these have brought.
    #[must_use]
    pub(crate) fn running(mut self, deployments: &[&TaskSetId]) -> Self {
        let running: Vec<RevisionId> =
            deployments.iter().map(|it| RevisionId::of(&self.controller, it)).collect();
        for entry in &mut self.entries {
            entry.running = entry.brought.as_ref().is_some_and(|it| running.contains(it));
        }
        self
    }

    /// The newest entry of what one of ECS's deployments, or a task set, brought.
    pub(crate) fn brought_by(&self, deployment: &TaskSetId) -> Option<&Entry> {
        let brought = RevisionId::of(&self.controller, deployment);
        self.entries().find(|it| it.brought.as_ref() == Some(&brought))
    }

    /// The same of a deployment, by whoever makes it.
    pub(crate) fn brought_in(&self, deployment: &DeploymentId) -> Option<&Entry> {
        let brought = match deployment {
            DeploymentId::Ecs(id) => return self.brought_by(id),
            DeploymentId::CodeDeploy(id) => RevisionId::CodeDeploy(id.clone()),
        };
        self.entries().find(|it| it.brought.as_ref() == Some(&brought))
    }

    /// The newest entry of what the primary deployment brings.
    pub(crate) fn primary(&self) -> Option<&Entry> {
        let primary = self.primary.as_ref()?;
        self.entries().find(|it| it.brought.as_ref() == Some(primary))
    }

    /// Everything that ran or was to run, newest first; the last one may be what
    /// ran when the list begins.
    pub(crate) fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter().rev()
    }

    /// When this service was rolled back from an image of this digest, by whatever
    /// means, if it has not succeeded with it since. `None` also where the record
    /// does not show it: a rule on it must not refuse on a guess.
    pub(crate) fn rolled_back_from(&self, digest: &Digest) -> Option<&RolledBack> {
        let running = match self.replay.top() {
            Some(top) => self.entries[top].digests.as_ref(),
            None => self.primary_digests.as_ref(),
        };
        // A configuration was left, not this image.
        if running?.contains(digest) {
            return None;
        }
        let left = self.replay.left.get(digest)?;
        let is_it = |entry: &&Entry| {
            entry.rolled_back_from.is_some()
                && entry.is_likely()
                && entry.digests.as_ref().is_some_and(|it| it.contains(digest))
        };
        self.entries().any(|entry| is_it(&entry)).then_some(left)
    }

    /// The entries that succeeded on this very service with this digest and no
    /// other in the containers that get it, newest first: their revisions may be
    /// used again as they are. Of some that is assumed only.
    pub(crate) fn reusable(&self, digest: &Digest) -> impl Iterator<Item = &Entry> {
        self.entries().filter(move |entry| {
            entry.ran_well()
                && entry.digests.as_ref().is_some_and(|it| it.len() == 1 && it.contains(digest))
        })
    }

    /// The versions that one can go back to, newest first, each once, at most 5:
    /// those that succeeded, do not run and were not rolled back from since.
    pub(crate) fn candidates(&self) -> Vec<&Entry> {
        let mut seen: HashSet<&BTreeSet<Digest>> = HashSet::new();
        seen.extend(&self.primary_digests);
        let is_left = |digests: &BTreeSet<Digest>| {
            digests.iter().any(|digest| self.replay.left.contains_key(digest))
        };
        self.entries()
            .filter(|entry| entry.ran_well())
            .filter(|entry| {
                entry.digests.as_ref().is_some_and(|it| !is_left(it) && seen.insert(it))
            })
            .take(CANDIDATES)
            .collect()
    }
}

/// Where the newest deployment was rolled back to shows in what runs now, too.
fn complete_rollback(entries: &mut [Entry]) {
    let running = entries.iter().find(|it| it.running).and_then(|it| it.brought.clone());
    if let Some(newest) = entries.last_mut().and_then(|it| it.deployment.as_mut())
        && newest.status == PastStatus::RolledBack
        && newest.returned_to.is_none()
    {
        newest.returned_to = running;
    }
}

/// What is below the oldest deployment.
#[derive(Default)]
struct Floor {
    /// What ran when the list begins.
    ran_before: Option<Entry>,
    /// Why that is not known well enough to start with, if anything ran.
    gap: Option<Unknown>,
    /// What it may have been.
    doubt: Option<Uncertainty>,
}

impl Floor {
    fn of(record: &DeploymentRecord, oldest: Option<&PastDeployment>, read: &Read<'_>) -> Self {
        let doubtful = |gap: Unknown, entries: Vec<Entry>, ran_before| Self {
            ran_before,
            gap: Some(gap.clone()),
            doubt: Some(Uncertainty { entries, gap, since: None }),
        };
        let (sources, oldest) = match (&record.coverage, oldest) {
            (Coverage::End { sources }, Some(oldest)) => (sources, oldest),
            (Coverage::Newest, oldest) => {
                let gap = Unknown::OnlyNewest;
                let since = oldest.and_then(|it| it.created_at);
                let doubt = Uncertainty { entries: Vec::new(), gap: gap.clone(), since };
                return Self { gap: Some(gap), doubt: Some(doubt), ran_before: None };
            }
            (Coverage::End { .. } | Coverage::Cut, _) => {
                return Self { gap: Some(Unknown::OlderNotRead), ..Self::default() };
            }
        };
        let source = match (sources.as_slice(), &oldest.returned_to) {
            // Of several sources, the one that ECS held to be good.
            (_, Some(to)) => to,
            ([], None) => return Self::default(),
            ([source], None) => source,
            (several, None) => {
                let entries = several.iter().map(|it| Entry::before(it, read));
                return doubtful(Unknown::SeveralSources, entries.collect(), None);
            }
        };
        let entry = Entry::before(source, read);
        let gap = match (entry.definition(), &entry.digests) {
            (None, _) => Unknown::Unread(source.clone()),
            (Some(_), None) if record.controller != Controller::CodeDeploy => {
                Unknown::Unpinned(source.clone())
            }
            (Some(_), _) => return Self { ran_before: Some(entry), ..Self::default() },
        };
        doubtful(gap, vec![entry.clone()], Some(entry))
    }
}
