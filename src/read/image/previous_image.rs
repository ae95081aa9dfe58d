//! An image that has run here before: whether ECR still has it, and by which name.

use super::found_manifest::{FoundManifest, detail, images};
use super::missing::missing;
use crate::aws::{Clients, ImageDetail, ImageId};
use crate::image::{Digest, EcrRepository, ImageReference, Platform, images_of_index};
use crate::plan::{Fact, Image, NOT_LOOKED_FOR};
use crate::problem::Problem;
use crate::version::{KeepTag, VersionName};

#[derive(Debug)]
pub(crate) struct PreviousImage {
    found: FoundManifest,
    detail: Fact<ImageDetail>,
    /// As it stood in the definition that it ran by.
    spelled: ImageReference,
    /// Whether the tag that it ran by still names it.
    tag_holds: bool,
    version: Option<VersionName>,
}

/// Asks for an image by its digest, and whether the tag that it was `spelled` with still
/// names it.
pub(crate) async fn look_again(
    clients: &Clients,
    repository: &EcrRepository,
    digest: &Digest,
    spelled: ImageReference,
    version: Option<VersionName>,
    keep: Option<&KeepTag>,
) -> Result<PreviousImage, Problem> {
    let tag = spelled.tag();
    let by_digest = ImageId::Digest(digest.clone());
    let ids: Vec<ImageId> =
        [Some(by_digest.clone()), tag.cloned().map(ImageId::Tag)].into_iter().flatten().collect();
    let (found, detail) =
        tokio::join!(images(clients, repository, &ids), detail(clients, repository, digest));
    let found = found?;
    let tag_holds =
        tag.is_some() && found.iter().any(|it| it.tag.as_ref() == tag && it.holds(digest));
    let Some(image) = found.into_iter().find(|it| it.digest == *digest) else {
        return Err(missing(clients, repository, &[by_digest], keep).await);
    };
    let found = FoundManifest::of(repository, image);
    Ok(PreviousImage { found, detail, spelled, tag_holds, version })
}

impl PreviousImage {
    /// By its tag, or by its digest where that names another image by now.
    fn reference(&self) -> ImageReference {
        if self.tag_holds {
            self.spelled.clone()
        } else {
            self.spelled.with_digest(self.found.digest().clone())
        }
    }

    /// Whether a definition that has `reference` brings it back.
    pub(crate) fn is_named_by(&self, reference: &ImageReference) -> bool {
        match reference.digest() {
            Some(digest) => digest == self.found.digest(),
            None => self.tag_holds && reference.tag() == self.spelled.tag(),
        }
    }

    /// As part of the revision that it ran by, which spells it as `own`: that it fits the
    /// platform was proved then.
    pub(crate) fn unaltered(self, own: Option<ImageReference>) -> Result<Image, Problem> {
        let reference = own.unwrap_or_else(|| self.reference());
        self.image(reference, Ok(Vec::new()), true)
    }

    /// For another definition, whose platform may be another one; or as part of one that
    /// spells it as `own` and of which it is not certain that it ran this image.
    pub(crate) async fn elsewhere(
        self,
        clients: &Clients,
        own: Option<ImageReference>,
    ) -> Result<Image, Problem> {
        let platforms = self.found.platforms(clients).await;
        let reference = own.unwrap_or_else(|| self.reference());
        self.image(reference, platforms, false)
    }

    fn image(
        self,
        reference: ImageReference,
        platforms: Result<Vec<Platform>, String>,
        has_run_here: bool,
    ) -> Result<Image, Problem> {
        let notices = self.found.can_be_pulled(&self.detail)?;
        Ok(Image {
            tag: reference.tag().cloned(),
            reference,
            ran_as: self.spelled.tag().cloned(),
            commit: Err(NOT_LOOKED_FOR.to_owned()),
            listed: images_of_index(&self.found.image.manifest),
            digest: self.found.image.digest,
            version: self.version,
            platforms,
            has_run_here,
            warnings: Vec::new(),
            notices,
        })
    }
}
