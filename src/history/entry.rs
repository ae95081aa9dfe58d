//! One revision that ran, or was to run, and how that ended.

use std::collections::BTreeSet;
use std::time::SystemTime;

use super::RecordSource;
use crate::ecs::{
    ContainerImage, DeploymentId, DigestSource, Service, ServiceDeployment, ServiceDeploymentArn,
    ServiceDeploymentStatus as Status, ServiceRevision, ServiceRevisionArn, TaskDefinitionArn,
};
use crate::image::{Digest, ImageReference};
use crate::names::ContainerName;
use crate::problem::utc;

/// One deployment of the past, with what it brought or was to bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The service deployment; none for what ran when the list begins.
    pub deployment: Option<ServiceDeploymentArn>,
    /// The name of the revision; ECS always gives it.
    pub target: Option<ServiceRevisionArn>,
    /// The revision, where it could be read.
    pub revision: Option<ServiceRevision>,
    /// Of the containers that get the image; `None` where one of them is not known.
    pub digests: Option<BTreeSet<Digest>>,
    /// When the deployment was created, by AWS's clock; `None` if before the list
    /// begins.
    pub from: Option<SystemTime>,
    /// When something else had taken its place, or when it ended without success;
    /// `None` while neither has happened.
    pub until: Option<SystemTime>,
    pub end: End,
    /// Why, in ECS's words: untrusted text.
    pub reason: Option<String>,
    /// Whether a task of it is known to have been started.
    pub started_tasks: bool,
    /// Whether it is what runs: what the service's primary deployment brings about, unless
    /// the record says otherwise.
    pub running: bool,
    /// By what the service was brought back from it. It may have come again since.
    pub rolled_back_from: Option<RolledBack>,
    pub(super) finished: Option<SystemTime>,
    /// The revision that ECS returned to.
    pub(super) returned_to: Option<ServiceRevisionArn>,
    pub(super) source: RecordSource,
    /// How the definition spells the images of the containers that get them.
    references: BTreeSet<String>,
    images: Vec<ContainerImage>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// It ran when the list begins; its own deployment is not in it.
    Before,
    /// With success, if only that of starting no task.
    Succeeded,
    /// ECS brought an earlier revision back.
    RolledBack,
    /// ECS tried to, and could not.
    RollbackFailed,
    /// Another deployment took its place before it ended.
    Superseded,
    /// It was stopped, by ECS's circuit breaker or an alarm, and nothing came back.
    Failed,
    /// Not yet.
    UnderWay,
    /// ECS is bringing an earlier revision back.
    RollingBack,
    /// A status younger than this tool, as ECS spells it.
    Unknown(String),
}

/// How the service was brought back from an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RolledBack {
    /// When that was done, by AWS's clock.
    pub at: Option<SystemTime>,
    pub by: By,
    /// To which revision, where that is known.
    pub to: Option<ServiceRevisionArn>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum By {
    /// The own rollback of ECS, or of CodeDeploy, whoever asked for it.
    Itself(RecordSource),
    Deployment(ServiceDeploymentArn),
}

impl Entry {
    /// The task definition, where the revision could be read.
    pub(crate) fn definition(&self) -> Option<&TaskDefinitionArn> {
        self.revision.as_ref()?.task_definition.as_ref()
    }

    /// Whether it is known to have run here as it should.
    pub(crate) fn ran_well(&self) -> bool {
        match self.end {
            End::Before => true,
            End::Succeeded => self.started_tasks,
            End::RolledBack
            | End::RollbackFailed
            | End::Superseded
            | End::Failed
            | End::UnderWay
            | End::RollingBack
            | End::Unknown(_) => false,
        }
    }

    pub(crate) fn source(&self) -> RecordSource {
        self.source
    }

    /// The tag of its image, if all its containers have one and the same.
    pub(crate) fn tag(&self) -> Option<String> {
        let mut tags = self.references.iter().map(|reference| {
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
                || matches!((image.pushed_at, self.from), (Some(pushed), Some(from)) if pushed <= from)
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
            DigestSource::Tag if has_moved(image, self.from) => {
                let at = image.pushed_at.and_then(utc).map(|at| format!(", at {at}"));
                let at = at.unwrap_or_default();
                Some(format!("its tag names an image now that was pushed later{at}"))
            }
            DigestSource::Tag | DigestSource::Ecs => None,
        });
        Some(why.unwrap_or_else(|| "its task definition can't be read any more".to_owned()))
    }

    /// What its tags name now, which is not what they named when it was deployed.
    fn moved_to(&self) -> impl Iterator<Item = &Digest> {
        let moved = self.images.iter().filter(|image| has_moved(image, self.from));
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
                !self.references.is_empty() && self.references == other.references
            }
        }
    }
}

pub(super) struct Reader<'a> {
    pub(super) revisions: &'a [ServiceRevision],
    pub(super) service: &'a Service,
    pub(super) primary: Option<&'a DeploymentId>,
    pub(super) containers: &'a [ContainerName],
    pub(super) source: RecordSource,
}

impl Reader<'_> {
    /// What `deployment` brought or was to bring.
    pub(super) fn deployment(&self, deployment: &ServiceDeployment) -> Entry {
        let blank = self.revision(deployment.target.as_ref(), deployment.created_at);
        let end = end(deployment);
        let ended_badly = match end {
            End::RolledBack | End::RollbackFailed | End::Superseded | End::Failed => true,
            End::Before | End::Succeeded | End::UnderWay | End::RollingBack | End::Unknown(_) => {
                false
            }
        };
        let counts = deployment.counts;
        Entry {
            deployment: Some(deployment.arn.clone()),
            until: deployment.finished_at.filter(|_| ended_badly),
            end,
            reason: deployment.status_reason.clone(),
            started_tasks: blank.started_tasks || counts.running > 0 || counts.pending > 0,
            finished: deployment.finished_at.or(deployment.created_at),
            returned_to: deployment.rollback.as_ref().and_then(|it| it.to.clone()),
            ..blank
        }
    }

    /// What ran when the list begins.
    pub(super) fn before(&self, revision: &ServiceRevisionArn) -> Entry {
        self.revision(Some(revision), None)
    }

    /// The digests of a revision, where it was read and they are known.
    pub(super) fn digests(&self, revision: &ServiceRevisionArn) -> Option<BTreeSet<Digest>> {
        self.revision(Some(revision), None).digests
    }

    fn revision(&self, target: Option<&ServiceRevisionArn>, from: Option<SystemTime>) -> Entry {
        let revision = target.and_then(|arn| self.revisions.iter().find(|it| it.arn == *arn));
        let images = revision.map(|it| it.images.as_slice()).unwrap_or_default();
        let own: Vec<&ContainerImage> = self.that_matter(images);
        let digests: Option<BTreeSet<Digest>> = own.iter().map(|it| digest(it, from)).collect();
        let is_primary = self.primary.zip(target).is_some_and(|(it, target)| target.belongs_to(it));
        let primary = self.service.primary().filter(|_| is_primary);
        let has_tasks = primary.is_some_and(|it| it.counts.running > 0 || it.counts.pending > 0);
        Entry {
            deployment: None,
            target: target.cloned(),
            revision: revision.cloned(),
            digests: digests.filter(|digests| !digests.is_empty()),
            from,
            until: None,
            end: End::Before,
            reason: None,
            // ECS takes a digest from the first task that it starts.
            started_tasks: has_tasks || images.iter().any(|image| image.digest.is_some()),
            running: primary.is_some(),
            rolled_back_from: None,
            finished: None,
            returned_to: None,
            source: self.source,
            references: own.iter().map(|image| image.image.clone()).collect(),
            images: own.into_iter().cloned().collect(),
        }
    }

    /// The images of the containers that get the image; of all, where the revision
    /// has none of these.
    fn that_matter<'i>(&self, images: &'i [ContainerImage]) -> Vec<&'i ContainerImage> {
        let named: Vec<&ContainerImage> = images
            .iter()
            .filter(|image| self.containers.iter().any(|it| it.as_str() == image.container))
            .collect();
        if named.is_empty() { images.iter().collect() } else { named }
    }
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

fn end(deployment: &ServiceDeployment) -> End {
    match &deployment.status {
        Status::Successful => End::Succeeded,
        Status::RollbackSuccessful => End::RolledBack,
        Status::RollbackFailed => End::RollbackFailed,
        // ECS has no status of its own for it. Only what is shown depends on it.
        Status::Stopped => match &deployment.status_reason {
            Some(reason) if reason.starts_with("Replaced by") => End::Superseded,
            Some(_) | None => End::Failed,
        },
        Status::Pending | Status::InProgress | Status::StopRequested => End::UnderWay,
        Status::RollbackRequested | Status::RollbackInProgress => End::RollingBack,
        Status::Other(other) => End::Unknown(other.clone()),
    }
}
