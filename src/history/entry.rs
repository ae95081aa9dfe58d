//! One revision that ran, or was to run, and how that ended.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::time::{Duration, SystemTime};

use super::past_deployment::{
    DeploymentName, DeploymentRecord, PastDeployment, PastRevision, PastStatus, RevisionId,
};
use crate::ecs::{ContainerImage, Controller, DigestSource, TaskDefinitionArn};
use crate::image::{Digest, ImageReference};
use crate::names::ContainerName;
use crate::problem::utc;

/// What entries are made of.
pub(super) struct Read<'a> {
    record: &'a DeploymentRecord,
    revisions: HashMap<&'a RevisionId, &'a PastRevision>,
    /// Those that get the image.
    containers: &'a [ContainerName],
}

impl<'a> Read<'a> {
    pub(super) fn new(record: &'a DeploymentRecord, containers: &'a [ContainerName]) -> Self {
        let revisions = record.revisions.iter().rev().map(|it| (&it.id, it)).collect();
        Self { record, revisions, containers }
    }
}

/// One deployment of the past, with what it brought or was to bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// `None` for what ran when the list begins.
    pub(super) deployment: Option<PastDeployment>,
    pub brought: Option<RevisionId>,
    /// The same, where it could be read.
    pub revision: Option<PastRevision>,
    /// Of the containers that get the image; `None` where one of them is not known.
    pub digests: Option<BTreeSet<Digest>>,
    /// When something else had taken its place, or when it ended without success;
    /// `None` while neither has happened.
    pub until: Option<SystemTime>,
    /// Whether a task of it is known to have been started.
    pub(super) started_tasks: bool,
    /// Whether it is what runs.
    pub running: bool,
    /// By what the service was brought back from it. It may have come again since.
    pub rolled_back_from: Option<RolledBack>,
    /// Whose record it is from.
    pub controller: Controller,
    /// Of the containers that get the image.
    images: Vec<ContainerImage>,
}

/// How the service was brought back from an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RolledBack {
    /// When that was done, by AWS's clock.
    pub at: Option<SystemTime>,
    pub by: By,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum By {
    /// The controller's own rollback, whoever asked for it.
    Itself(Controller),
    Deployment(DeploymentName),
}

impl Entry {
    /// What `deployment` brought or was to bring.
    pub(super) fn of(deployment: &PastDeployment, read: &Read<'_>) -> Self {
        Self::new(Some(deployment), deployment.revision.as_ref(), read)
    }

    /// What ran when the list begins.
    pub(super) fn before(revision: &RevisionId, read: &Read<'_>) -> Self {
        Self::new(None, Some(revision), read)
    }

    fn new(
        deployment: Option<&PastDeployment>,
        brought: Option<&RevisionId>,
        read: &Read<'_>,
    ) -> Self {
        let record = read.record;
        let revision = brought.and_then(|id| read.revisions.get(id).copied());
        let images = revision.map(|it| it.images.as_slice()).unwrap_or_default();
        let own = that_matter(images, read.containers);
        let from = deployment.and_then(|it| it.created_at);
        let digests: Option<BTreeSet<Digest>> = own.iter().map(|it| digest(it, from)).collect();
        let is_primary = brought.is_some() && brought == record.primary.as_ref();
        Self {
            deployment: deployment.cloned(),
            brought: brought.cloned(),
            revision: revision.cloned(),
            digests: digests.filter(|digests| !digests.is_empty()),
            until: deployment.filter(|it| it.status.is_bad()).and_then(|it| it.finished_at),
            // ECS takes a digest from the first task that it starts.
            started_tasks: deployment.is_some_and(|it| it.started_tasks)
                || (is_primary && record.primary_has_tasks)
                || images.iter().any(|image| image.digest.is_some()),
            running: brought.is_some() && brought == record.running.as_ref(),
            rolled_back_from: None,
            controller: record.controller.clone(),
            images: own,
        }
    }

    /// How its deployment ended; `None` for what ran when the list begins, whose
    /// deployment is not in it.
    pub(crate) fn status(&self) -> Option<&PastStatus> {
        self.deployment.as_ref().map(|it| &it.status)
    }

    /// How long its deployment took, where that succeeded and had tasks to start.
    pub(crate) fn took(&self) -> Option<Duration> {
        let it = self.deployment.as_ref().filter(|_| self.ran_well())?;
        it.finished_at?.duration_since(it.created_at?).ok()
    }

    /// When its deployment was created, by AWS's clock; `None` if before the list begins.
    pub(crate) fn from(&self) -> Option<SystemTime> {
        self.deployment.as_ref()?.created_at
    }

    /// When its deployment ended, else when that was created.
    pub(super) fn finished(&self) -> Option<SystemTime> {
        let deployment = self.deployment.as_ref()?;
        deployment.finished_at.or(deployment.created_at)
    }

    /// The task definition, where the revision could be read.
    pub(crate) fn definition(&self) -> Option<&TaskDefinitionArn> {
        self.revision.as_ref()?.definition.as_ref()
    }

    /// Whether it is known to have run here as it should.
    pub(crate) fn ran_well(&self) -> bool {
        match self.status() {
            None => true,
            Some(PastStatus::Succeeded) => self.started_tasks,
            Some(_) => false,
        }
    }

    /// How the definition spells the images of the containers that get them.
    fn references(&self) -> BTreeSet<&str> {
        self.images.iter().map(|image| image.image.as_str()).collect()
    }

    /// The tag of its image, if all its containers have one and the same.
    pub(crate) fn tag(&self) -> Option<String> {
        let mut tags = self.references().into_iter().map(|reference| {
            let reference: ImageReference = reference.parse().ok()?;
            reference.tag().map(ToString::to_string)
        });
        let first = tags.next()??;
        tags.all(|tag| tag.as_ref() == Some(&first)).then_some(first)
    }

    /// Whether its digests are what its tags name now, and may have named then.
    pub(crate) fn is_assumed(&self) -> bool {
        self.digests.is_some() && self.images.iter().any(|it| it.source == DigestSource::Tag)
    }

    /// Whether what it ran is known, or what its tags name now was there when it was
    /// deployed, at least.
    pub(super) fn is_likely(&self) -> bool {
        let was_there = |image: &ContainerImage| {
            image.source != DigestSource::Tag
                || matches!((image.pushed_at, self.from()), (Some(pushed), Some(from)) if pushed <= from)
        };
        self.digests.is_some() && self.images.iter().all(was_there)
    }

    /// Whether its images are known to have been pushed later than that.
    pub(super) fn is_pushed_after(&self, time: SystemTime) -> bool {
        let is_later = |image: &ContainerImage| image.pushed_at.is_some_and(|at| at > time);
        self.digests.is_some() && self.images.iter().any(is_later)
    }

    /// Why its digests are not known.
    pub(crate) fn why_unknown(&self) -> Option<String> {
        if self.digests.is_some() {
            return None;
        }
        let why = self.images.iter().find_map(|image| match &image.source {
            DigestSource::Nobody(why) => Some(why.clone()),
            DigestSource::Tag if has_moved(image, self.from()) => {
                let at = image.pushed_at.and_then(utc).map(|at| format!(", at {at}"));
                let at = at.unwrap_or_default();
                Some(format!("its tag now names an image that was pushed later{at}"))
            }
            DigestSource::Tag | DigestSource::Ecs => None,
        });
        Some(why.unwrap_or_else(|| "its task definition can no longer be read".to_owned()))
    }

    /// What its tags name now, which is not what they named when it was deployed.
    fn moved_to(&self) -> impl Iterator<Item = &Digest> {
        let moved = self.images.iter().filter(|image| has_moved(image, self.from()));
        moved.filter_map(|image| image.digest.as_ref())
    }

    /// Whether both are of one definition and the same images.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.definition().is_some()
            && self.definition() == other.definition()
            && self.has_same_images(other)
    }

    /// By digest. While ECS has not started a task of one of them, by the text of
    /// the reference: this tool brings an image back by the reference it had, or by
    /// its digest.
    pub(super) fn has_same_images(&self, other: &Self) -> bool {
        match (&self.digests, &other.digests) {
            (Some(own), Some(others)) => own == others,
            (None, Some(known)) if self.moved_to().any(|it| known.contains(it)) => false,
            (Some(known), None) if other.moved_to().any(|it| known.contains(it)) => false,
            (None, _) | (_, None) => {
                !self.images.is_empty() && self.references() == other.references()
            }
        }
    }
}

/// What people call it: tag and definition, or what is known of them.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = self.digests.iter().flatten().next().map(|it| it.short().to_owned());
        let image = self.tag().or(digest);
        match (image, self.definition()) {
            (Some(image), Some(definition)) => write!(f, "{image} ({})", definition.short()),
            (Some(image), None) => f.write_str(&image),
            (None, Some(definition)) => f.write_str(&definition.short()),
            (None, None) => f.write_str("an unknown version"),
        }
    }
}

/// The images of the containers that get the image; of all, where the revision has none of
/// these.
fn that_matter(images: &[ContainerImage], containers: &[ContainerName]) -> Vec<ContainerImage> {
    let named: Vec<ContainerImage> = images
        .iter()
        .filter(|image| containers.iter().any(|it| it.as_str() == image.container))
        .cloned()
        .collect();
    if named.is_empty() { images.to_vec() } else { named }
}

/// Whether the tag of an image names something else than when it was deployed: what was
/// pushed since.
fn has_moved(image: &ContainerImage, deployed: Option<SystemTime>) -> bool {
    let is_later = |pushed: SystemTime| deployed.is_some_and(|deployed| pushed > deployed);
    image.source == DigestSource::Tag && image.pushed_at.is_some_and(is_later)
}

/// What ECS resolved, or what the reference itself says.
fn digest(image: &ContainerImage, deployed: Option<SystemTime>) -> Option<Digest> {
    if has_moved(image, deployed) {
        return None;
    }
    image.digest.clone().or_else(|| {
        let reference: ImageReference = image.image.parse().ok()?;
        reference.digest().cloned()
    })
}
