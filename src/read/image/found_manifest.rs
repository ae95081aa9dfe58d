//! From a version to the one image in ECR that it names, or to why there is none.
//!
//! "Not found" is said only where ECR said so about this tag: a missing
//! repository, a missing permission and an archived image are each their own
//! answer.

use std::collections::BTreeSet;
use std::time::Duration;

use super::missing::{archived, missing};
use super::query::{ImageQuery, What};
use super::scan;
use crate::aws::{Cause, Clients, FoundImage, ImageDetail, ImageId};
use crate::image::{
    Digest, EcrRepository, ImageReference, Manifest, Platform, Severity, images_of_index,
};
use crate::plan::{Fact, Image, NOT_LOOKED_FOR};
use crate::problem::Problem;
use crate::read::optional::{fact, why};
use crate::read::service::saying_who_asks;
use crate::version::{ImageTag, VersionName};

/// The blob store may be out of reach from where the runner stands; the
/// platform is then not proved, which is a notice and worth no more than this.
const BLOB_WITHIN: Duration = Duration::from_secs(3);

/// What ECR holds under the ids.
#[derive(Debug)]
pub(crate) struct FoundManifest {
    pub(crate) repository: EcrRepository,
    pub(super) image: FoundImage,
    manifest: Manifest,
}

/// What ECR says of the image's digest.
#[derive(Debug)]
pub(crate) struct Details {
    detail: Fact<ImageDetail>,
    platforms: Result<Vec<Platform>, String>,
    /// What its scan comes to, where that was asked for.
    scan: Option<Result<(), Problem>>,
}

/// Asks for all candidates in one call.
pub(crate) async fn look(
    clients: &Clients,
    repository: &EcrRepository,
    query: &ImageQuery,
) -> Result<FoundManifest, Problem> {
    let found = images(clients, repository, &query.ids).await?;
    // In the order of the candidates, not of the answer.
    let mut found: Vec<FoundImage> = query
        .ids
        .iter()
        .filter_map(|id| {
            found.iter().find(|image| match id {
                ImageId::Tag(tag) => image.tag.as_ref() == Some(tag),
                ImageId::Digest(digest) => image.digest == *digest,
            })
        })
        .cloned()
        .collect();
    if let What::Promoted(promoted) = &query.what {
        found.retain(|image| image.holds(&promoted.digest));
        // Under its tag, unless that names another image here.
        found.sort_by_key(|image| image.tag.is_none());
        found.truncate(1);
        if found.is_empty() {
            let problem = missing(clients, repository, &query.ids[..1], query.keep.as_ref()).await;
            let here = format!("{}; it has to be in this repository, too.", promoted.how);
            let hint = std::iter::once(here).chain(problem.hint.clone());
            let hint = hint.collect::<Vec<_>>().join(" ");
            return Err(problem.hint(hint));
        }
    }
    if found.is_empty() {
        return Err(
            query.located(missing(clients, repository, &query.ids, query.keep.as_ref()).await)
        );
    }
    let image = found.remove(0);
    if let Some(other) = found.iter().find(|other| other.digest != image.digest) {
        let problem = Problem::new(format!(
            "{} and {} in {} are different images ({} and {})",
            name_of(&image),
            name_of(other),
            repository.name,
            image.digest.short(),
            other.digest.short()
        ));
        return Err(query
            .located(problem.hint(
                "Say which one a version means with `tag-template`, for example v{version}.",
            )));
    }
    let found = FoundManifest::of(repository, image);
    if let Manifest::NotAnImage { why } = &found.manifest {
        return Err(Problem::new(format!(
            "{} in {} is not a container image: {why}",
            name_of(&found.image),
            repository.name
        ))
        .hint("Name the repository that the app's images are pushed to in `repository`."));
    }
    Ok(found)
}

/// The images that exist among `ids`.
pub(crate) async fn images(
    clients: &Clients,
    repository: &EcrRepository,
    ids: &[ImageId],
) -> Result<Vec<FoundImage>, Problem> {
    let ecr = clients.ecr(&repository.region);
    let on = format!("the ECR repository {repository}");
    let error = match ecr.images(repository, ids).await {
        Ok(found) => return Ok(found),
        Err(error) => error,
    };
    Err(match error.cause {
        Cause::Refused if error.is("RepositoryNotFoundException") => {
            let absent = Problem::new(format!("there is no ECR repository {repository}"))
                .hint("Check `repository` (and the account and Region in it, if it is a URI).");
            saying_who_asks(clients, &repository.region, absent).await
        }
        Cause::Denied => error.problem(&on).hint(format!(
            "Allow {} in the IAM policy of the role that this step uses, and, where another account \
             owns the repository, in the repository's policy too.",
            error.action
        )),
        Cause::Refused | Cause::Credentials | Cause::Throttled | Cause::Unclear => {
            error.problem(&on)
        }
    })
}

/// What ECR says of a digest.
pub(super) async fn detail(
    clients: &Clients,
    repository: &EcrRepository,
    digest: &Digest,
) -> Fact<ImageDetail> {
    let ecr = clients.ecr(&repository.region);
    fact(ecr.detail(repository, &ImageId::Digest(digest.clone())).await)
}

impl FoundManifest {
    pub(super) fn of(repository: &EcrRepository, image: FoundImage) -> Self {
        let manifest = Manifest::read(image.media_type.as_deref(), &image.manifest);
        Self { repository: repository.clone(), image, manifest }
    }

    pub(crate) fn digest(&self) -> &Digest {
        &self.image.digest
    }

    /// The digests as which ECS may show it: its own, and those that its index lists.
    pub(crate) fn shown_as(&self) -> Vec<Digest> {
        let listed = images_of_index(&self.image.manifest);
        std::iter::once(self.image.digest.clone()).chain(listed).collect()
    }

    /// The tag it was found by.
    pub(crate) fn tag(&self) -> Option<&ImageTag> {
        self.image.tag.as_ref()
    }

    async fn detail(&self, clients: &Clients) -> Fact<ImageDetail> {
        detail(clients, &self.repository, &self.image.digest).await
    }

    /// The same beside the platform of a single manifest, and what a scan found.
    pub(crate) async fn details(&self, clients: &Clients, fail_on: Option<Severity>) -> Details {
        let (detail, platforms, scan) =
            tokio::join!(self.detail(clients), self.platforms(clients), async {
                let limit = fail_on?;
                let inner = images_of_index(&self.image.manifest);
                Some(scan::within(clients, &self.repository, self.digest(), &inner, limit).await)
            });
        Details { detail, platforms, scan }
    }

    /// The same without the platform: that it fits was proved when it ran.
    pub(crate) async fn details_of_what_ran(&self, clients: &Clients) -> Details {
        Details { detail: self.detail(clients).await, platforms: Ok(Vec::new()), scan: None }
    }

    pub(super) async fn platforms(&self, clients: &Clients) -> Result<Vec<Platform>, String> {
        match &self.manifest {
            Manifest::Index(platforms) => Ok(platforms.clone()),
            Manifest::Single { config } => {
                match tokio::time::timeout(BLOB_WITHIN, self.config(clients, config)).await {
                    Ok(platform) => platform.map(|platform| vec![platform]),
                    Err(_) => Err("the blob store of ECR did not answer within 3 s".to_owned()),
                }
            }
            Manifest::NotAnImage { why } => Err(why.clone()),
        }
    }

    async fn config(&self, clients: &Clients, config: &Digest) -> Result<Platform, String> {
        let ecr = clients.ecr(&self.repository.region);
        let address =
            ecr.blob_address(&self.repository, config).await.map_err(|error| why(&error))?;
        let bytes = ecr.download(&address, config).await.map_err(|problem| problem.message)?;
        Platform::from_image_config(&bytes).map_err(|problem| problem.message)
    }

    /// The image as it goes into the plan; `repository` spells its registry.
    pub(crate) fn settle(
        self,
        repository: &ImageReference,
        query: &ImageQuery,
        details: Details,
    ) -> Result<Image, Problem> {
        let mut warnings = Vec::new();
        let mut notices = self.can_be_pulled(&details.detail)?;
        details.scan.clone().unwrap_or(Ok(()))?;
        let tag = match &query.what {
            What::Latest => Some(self.latest(query, &details.detail, &mut warnings)?),
            What::Tags | What::Promoted(_) => self.image.tag.clone(),
            What::Reference(reference) if reference.digest().is_some() => None,
            What::Reference(reference) => reference.tag().cloned(),
        };
        let (reference, version) = match (&query.what, &tag) {
            (What::Reference(reference), Some(tag)) => {
                (reference.clone(), Some(query.version_name(tag)))
            }
            (What::Reference(reference), None) => {
                let version =
                    details.detail.known().and_then(|detail| only_version(query, &detail.tags));
                (reference.with_digest(self.image.digest.clone()), version)
            }
            (What::Promoted(promoted), tag) => {
                notices.push(Problem::new(promoted.how.clone()));
                let by_digest = || repository.with_digest(self.image.digest.clone());
                let reference = tag.clone().map_or_else(by_digest, |tag| repository.with_tag(tag));
                (reference, promoted.version.clone())
            }
            (_, Some(tag)) => (repository.with_tag(tag.clone()), Some(query.version_name(tag))),
            (_, None) => (repository.with_digest(self.image.digest.clone()), None),
        };
        Ok(Image {
            reference,
            listed: images_of_index(&self.image.manifest),
            digest: self.image.digest,
            tag,
            version,
            ran_as: None,
            commit: Err(NOT_LOOKED_FOR.to_owned()),
            platforms: details.platforms,
            has_run_here: false,
            warnings,
            notices,
        })
    }

    /// Refuses an archived image; notes where that can't be known.
    pub(super) fn can_be_pulled(
        &self,
        detail: &Fact<ImageDetail>,
    ) -> Result<Vec<Problem>, Problem> {
        match detail {
            Fact::Known(detail) if !detail.can_be_pulled() => {
                Err(archived(&name_of(&self.image), &self.repository, detail))
            }
            Fact::Denied(permission) => Ok(vec![Problem::new(format!(
                "could not check whether the image is archived: {permission} is not allowed"
            ))]),
            Fact::Known(_) | Fact::Absent => Ok(Vec::new()),
        }
    }

    /// The version tag on the image that `latest` names.
    fn latest(
        &self,
        query: &ImageQuery,
        detail: &Fact<ImageDetail>,
        warnings: &mut Vec<Problem>,
    ) -> Result<ImageTag, Problem> {
        let repository = &self.repository.name;
        let tags = detail.known().map(|detail| detail.tags.as_slice()).unwrap_or_default();
        let versions: BTreeSet<semver::Version> =
            tags.iter().filter_map(|tag| query.version_of(tag)).collect();
        if versions.len() > 1 {
            let list = versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            return Err(Problem::new(format!(
                "latest in {repository} has several versions: {list}"
            ))
            .hint("Name one of them in `version`."));
        }
        if let Some(tag) = tags.iter().find(|tag| query.version_of(tag).is_some()) {
            return Ok(tag.clone());
        }
        let why = match detail {
            Fact::Denied(permission) => {
                format!("its other tags can't be read: {permission} is not allowed")
            }
            Fact::Known(_) => "no version tag is on the same image".to_owned(),
            Fact::Absent => "ECR did not return the other tags of the same image".to_owned(),
        };
        warnings
            .push(Problem::new(format!("latest in {repository} is deployed as latest: {why}")).hint(
            "A tag that moves does not say which image it named before; push a version tag as well.",
        ));
        Ok(ImageTag::latest())
    }
}

fn only_version(query: &ImageQuery, tags: &[ImageTag]) -> Option<VersionName> {
    let versions: BTreeSet<semver::Version> =
        tags.iter().filter_map(|tag| query.version_of(tag)).collect();
    match versions.len() {
        1 => versions.into_iter().next().map(VersionName::Semver),
        _ => None,
    }
}

/// As it was asked for: by its tag, else by its digest.
fn name_of(image: &FoundImage) -> String {
    image.tag.as_ref().map_or_else(|| image.digest.to_string(), ToString::to_string)
}
