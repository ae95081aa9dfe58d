//! An image that has run here before: whether ECR still has it, and by which name.

use super::{FoundManifest, detail, images, missing};
use crate::aws::{Clients, ImageDetail, ImageId};
use crate::image::{Digest, EcrRepository, ImageReference, Manifest, Platform, images_of_index};
use crate::plan::{Fact, Image};
use crate::problem::Problem;
use crate::version::{ImageTag, VersionName};

#[derive(Debug)]
pub(in crate::read) struct PreviousImage {
    looked: FoundManifest,
    detail: Fact<ImageDetail>,
    /// Whether the tag that it ran by still names it.
    pub(in crate::read) tag_holds: bool,
}

/// Asks for an image by its digest, and whether `tag` still names it.
pub(in crate::read) async fn look_again(
    clients: &Clients,
    repository: &EcrRepository,
    digest: &Digest,
    tag: Option<&ImageTag>,
) -> Result<PreviousImage, Problem> {
    let by_digest = ImageId::Digest(digest.clone());
    let ids: Vec<ImageId> =
        [Some(by_digest.clone()), tag.cloned().map(ImageId::Tag)].into_iter().flatten().collect();
    let (found, detail) =
        tokio::join!(images(clients, repository, &ids), detail(clients, repository, digest));
    let found = found?;
    let tag_holds =
        tag.is_some() && found.iter().any(|it| it.tag.as_ref() == tag && it.holds(digest));
    let Some(image) = found.into_iter().find(|it| it.digest == *digest) else {
        return Err(missing(clients, repository, &[by_digest]).await);
    };
    let manifest = Manifest::read(image.media_type.as_deref(), &image.manifest);
    let looked = FoundManifest { repository: repository.clone(), image, manifest };
    Ok(PreviousImage { looked, detail, tag_holds })
}

impl PreviousImage {
    /// As part of the revision that it ran by: that it fits the platform was
    /// proved then.
    pub(in crate::read) fn unaltered(
        self,
        reference: ImageReference,
        version: Option<VersionName>,
    ) -> Result<Image, Problem> {
        self.image(reference, version, Ok(Vec::new()), true)
    }

    /// For another definition, whose platform may be another one.
    pub(in crate::read) async fn elsewhere(
        self,
        clients: &Clients,
        reference: ImageReference,
        version: Option<VersionName>,
    ) -> Result<Image, Problem> {
        let platforms = self.looked.platforms(clients).await;
        self.image(reference, version, platforms, false)
    }

    fn image(
        self,
        reference: ImageReference,
        version: Option<VersionName>,
        platforms: Result<Vec<Platform>, String>,
        has_run_here: bool,
    ) -> Result<Image, Problem> {
        let notices = self.looked.can_be_pulled(&self.detail)?;
        Ok(Image {
            tag: reference.tag().cloned(),
            reference,
            listed: images_of_index(&self.looked.image.manifest),
            digest: self.looked.image.digest,
            version,
            platforms,
            has_run_here,
            warnings: Vec::new(),
            notices,
        })
    }
}
