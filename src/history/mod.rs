//! What ran before on a service, what one can go back to, and what `previous`
//! means.
//!
//! Computed from the service deployments that ECS lists and the service revisions
//! that they name, never from revision numbers. Nothing here reads, and nothing
//! guesses: where the record does not show the answer, there is none.
//!
//! # The model
//!
//! The deployments are replayed, oldest first, on a stack. What an entry *is* is
//! its task definition and its digests: those of the containers that get the
//! image, because the tag of a sidecar may move by itself and would make every
//! return look like something new. A revision without these containers is known by
//! the digests of all it has.
//!
//! - The stack starts with the revision that the oldest listed deployment
//!   replaced. Where it replaced several, or that one can't be read, the stack starts
//!   empty, and a success of what may have been it ends all knowledge.
//! - A success of what is on top changes nothing. If something else was tried
//!   since and did not succeed, it is an undo.
//! - A success of the same definition and digests as a lower entry, or of other
//!   digests than the top's and the same as a lower entry's, is a return: the
//!   stack is popped to that entry, which from then on stands for the revision that
//!   brought it back, whatever its definition.
//! - Every other success is pushed. The same digests by another definition are an
//!   entry of their own: "configuration only".
//! - A rollback by ECS returns to the revision it names, or else to the top, and
//!   is an undo.
//! - A deployment that failed, was superseded or started no task is never pushed.
//! - What a return or an undo goes back from, which is what ran and what was tried
//!   since, has been *rolled back from* until it succeeds again. What lies between it and
//!   where it goes back to has only been skipped.
//!
//! What runs is the revision of the service's primary deployment. If that is the
//! top, `previous` is the entry below it. If it is something that has not
//! succeeded, yet or at all, `previous` is the top. It is refused where the last
//! change was, or is about to be, a return or an undo: two people who press the
//! button at once end on the same version.
//!
//! That a deployment started no task is not recorded. It shows in the digests: ECS
//! takes them from the first task that it starts. Without a digest and without a
//! task in any count a success is left out. A success whose tasks do show while its
//! digests do not (version consistency is off) can't be placed, and ends all
//! knowledge of what came before.
//!
//! CodeDeploy keeps no digests. Those of what its tasks still show are known; all others
//! are assumed to be what the tag names now, unless that was pushed after the deployment
//! began: then the digest is not known, but for what it is not. While one of two is not
//! known, they are of the same images if their references are spelled alike.
//!
//! A list that was not read to its end shows no `previous` at all: whatever looks
//! new in it may have been a return to something older. Past ECS's own 90 days this
//! can't be known, and the stack starts there by definition. Of CodeDeploy's list, which
//! has no such end, only the newest are read. There a success is new if ECR shows that its
//! image was pushed after the list begins; any other starts the stack over, as what lies
//! below it is not known.

mod entry;
mod last_good;
mod previous;
mod refusal;
mod replay;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet};

pub(crate) use entry::{By, End, Entry, RolledBack};
pub(crate) use last_good::last_good;
pub(crate) use previous::Unknown;

use crate::ecs::{
    DeploymentId, Service, ServiceDeployment, ServiceDeploymentArn, ServiceRevision,
    ServiceRevisionArn,
};
use crate::image::Digest;
use crate::names::ContainerName;
use replay::{Replay, Uncertainty};

/// Most candidates that a message names.
const CANDIDATES: usize = 5;

/// What was read of a service's past.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    /// As `ListServiceDeployments` or `DescribeServiceDeployments` gives them,
    /// newest first. Only the latter names where a rollback led; without it, it
    /// led to what succeeded last. One that is there twice, as pages may have it,
    /// counts once.
    pub deployments: &'a [ServiceDeployment],
    /// The revisions of [`revisions_named`] that ECS still knows, and the primary
    /// deployment's, in any order.
    pub revisions: &'a [ServiceRevision],
    pub coverage: Coverage<'a>,
    /// What the service is set to or on its way to, where the record has another name for
    /// it than the service has.
    pub primary: Option<&'a DeploymentId>,
    pub source: RecordSource,
}

/// Who keeps the record of a service's past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum RecordSource {
    /// ECS, with what each tag was resolved to.
    #[default]
    Ecs,
    /// CodeDeploy, which names definitions only: an image is known by its reference, and
    /// by a digest where somebody has looked.
    CodeDeploy,
}

impl RecordSource {
    /// In words.
    pub(crate) fn controller_name(self) -> &'static str {
        match self {
            Self::Ecs => "ECS",
            Self::CodeDeploy => "CodeDeploy",
        }
    }
}

/// How far back a list of service deployments goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coverage<'a> {
    End {
        /// The revisions that the oldest deployment replaced. Only
        /// `DescribeServiceDeployments` names them; none if it created the service.
        sources: &'a [ServiceRevisionArn],
    },
    /// To the newest, and there are older ones. What an image brought that was pushed after
    /// the oldest of these began did not run before.
    Newest,
    /// There may be older ones. Enough for [`History::rolled_back_from`].
    Cut,
}

/// The revisions that `deployments` name and that must be described for a
/// [`Record`], each once.
pub(crate) fn revisions_named(
    deployments: &[ServiceDeployment],
    coverage: Coverage<'_>,
) -> Vec<ServiceRevisionArn> {
    let sources = match coverage {
        Coverage::End { sources } => sources,
        Coverage::Newest | Coverage::Cut => &[],
    };
    let mut seen = HashSet::new();
    deployments
        .iter()
        .flat_map(|it| it.target.iter().chain(it.rollback.as_ref().and_then(|it| it.to.as_ref())))
        .chain(sources)
        .filter(|revision| seen.insert(*revision))
        .cloned()
        .collect()
}

#[derive(Debug, Clone)]
pub(crate) struct History {
    /// Oldest first.
    entries: Vec<Entry>,
    replay: Replay,
    primary: Option<DeploymentId>,
    /// The digests of the primary deployment's revision.
    primary_digests: Option<BTreeSet<Digest>>,
    /// The service deployment that the service names as its current one.
    current: Option<ServiceDeploymentArn>,
    /// Why it is not known what lies below the lowest level, if it isn't nothing.
    floor: Option<Unknown>,
    source: RecordSource,
}

impl History {
    /// Replays `record` for `service`. `containers` are those that get the image.
    pub(crate) fn new(record: Record<'_>, service: &Service, containers: &[ContainerName]) -> Self {
        let own = || service.primary().map(|it| DeploymentId::Ecs(it.id.clone()));
        let primary = record.primary.cloned().or_else(own);
        let reader = entry::Reader {
            primary: primary.as_ref(),
            revisions: record.revisions,
            service,
            containers,
            source: record.source,
        };
        let mut seen = HashSet::new();
        let mut deployments: Vec<&ServiceDeployment> =
            record.deployments.iter().filter(|it| seen.insert(&it.arn)).collect();
        // Stable: what was made in the same moment stays in ECS's order.
        deployments.sort_by_key(|it| std::cmp::Reverse(it.created_at));
        deployments.reverse();

        let base = base(record.coverage, deployments.first().copied(), &reader);
        let mut entries: Vec<Entry> = base.ran_before.into_iter().collect();
        entries.extend(deployments.into_iter().map(|it| reader.deployment(it)));
        complete_rollback(&mut entries);
        let replay = Replay::of(&mut entries, base.doubt);
        let primary_digests = primary.as_ref().and_then(|id| {
            let brought = |it: &&Entry| it.target.as_ref().is_some_and(|it| it.belongs_to(id));
            match entries.iter().find(brought) {
                Some(entry) => entry.digests.clone(),
                None => reader.digests(&service.arn.revision(id)),
            }
        });
        Self {
            entries,
            replay,
            primary_digests,
            primary,
            current: service.current_service_deployment.clone(),
            floor: base.gap,
            source: record.source,
        }
    }

    /// The same where something else runs than what the primary deployment brings: what
    /// these have brought.
    #[must_use]
    pub(crate) fn running(mut self, deployments: &[DeploymentId]) -> Self {
        for entry in &mut self.entries {
            let brought = |it: &DeploymentId| {
                entry.target.as_ref().is_some_and(|target| target.belongs_to(it))
            };
            entry.running = deployments.iter().any(brought);
        }
        self
    }

    /// The newest entry of what the primary deployment brings.
    pub(crate) fn primary(&self) -> Option<&Entry> {
        let primary = self.primary.as_ref()?;
        self.entries().find(|it| it.target.as_ref().is_some_and(|it| it.belongs_to(primary)))
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
        let is_it = |entry: &&Entry| {
            entry.rolled_back_from.is_some()
                && entry.is_likely()
                && entry.digests.as_ref().is_some_and(|it| it.contains(digest))
        };
        self.entries().find(is_it)?;
        self.replay.left.get(digest)
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
    let running = entries.iter().find(|it| it.running).and_then(|it| it.target.clone());
    if let Some(newest) = entries.last_mut()
        && newest.end == End::RolledBack
        && newest.returned_to.is_none()
    {
        newest.returned_to = running;
    }
}

/// What lies below the oldest deployment.
#[derive(Default)]
struct Base {
    /// What ran when the list begins.
    ran_before: Option<Entry>,
    /// Why that is not known well enough to start with, if anything ran.
    gap: Option<Unknown>,
    /// What it may have been.
    doubt: Option<Uncertainty>,
}

fn base(
    coverage: Coverage<'_>,
    oldest: Option<&ServiceDeployment>,
    reader: &entry::Reader<'_>,
) -> Base {
    if coverage == Coverage::Newest {
        let since = oldest.and_then(|it| it.created_at);
        let doubt = Uncertainty { entries: Vec::new(), gap: Unknown::OnlyNewest, since };
        return Base { gap: Some(Unknown::OnlyNewest), doubt: Some(doubt), ran_before: None };
    }
    let (Coverage::End { sources }, Some(oldest)) = (coverage, oldest) else {
        return Base { gap: Some(Unknown::OlderNotRead), ..Base::default() };
    };
    let doubtful = |gap: Unknown, entries: Vec<Entry>, ran_before| Base {
        ran_before,
        gap: Some(gap.clone()),
        doubt: Some(Uncertainty { entries, gap, since: None }),
    };
    let returned_to = oldest.rollback.as_ref().and_then(|it| it.to.as_ref());
    let source = match (sources, returned_to) {
        // Of several sources, the one that ECS held to be good.
        (_, Some(to)) => to,
        ([], None) => return Base::default(),
        ([source], None) => source,
        (several, None) => {
            let entries = several.iter().map(|it| reader.before(it)).collect();
            return doubtful(Unknown::SeveralSources, entries, None);
        }
    };
    let entry = reader.before(source);
    match (entry.definition(), &entry.digests) {
        (Some(_), None) if reader.source == RecordSource::CodeDeploy => {
            Base { ran_before: Some(entry), ..Base::default() }
        }
        (None, _) => doubtful(Unknown::Unread(source.clone()), vec![entry.clone()], Some(entry)),
        (_, None) => doubtful(Unknown::Unpinned(source.clone()), vec![entry.clone()], Some(entry)),
        (Some(_), Some(_)) => Base { ran_before: Some(entry), ..Base::default() },
    }
}
