//! The tagged images of a repository that are versions of something.

use crate::aws::{Answer, Ecr, ImageDetail};
use crate::image::EcrRepository;
use crate::version::KeepTag;

/// All of them, at most `pages` of 1,000, in no order; `true` where there are more. What
/// only accompanies an image, such as its signature, is left out, and so are its tags; an image
/// that only `keep` names stays, without a tag.
pub(crate) async fn tagged(
    ecr: &Ecr,
    repository: &EcrRepository,
    keep: Option<&KeepTag>,
    pages: usize,
) -> Answer<(Vec<ImageDetail>, bool)> {
    let (mut images, is_cut) = ecr.tagged(repository, pages).await?;
    for image in &mut images {
        image.tags.retain(|tag| !tag.is_of_a_referrer());
    }
    images.retain(|image| !image.tags.is_empty());
    for image in &mut images {
        image.tags.retain(|tag| keep.is_none_or(|it| !it.is_one(tag)));
    }
    Ok((images, is_cut))
}
