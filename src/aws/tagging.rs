//! A tag for an image that ECR has.

use aws_sdk_ecr::config::Builder;
use aws_sdk_ecr::operation::put_image::PutImageError;

use super::call::{Answer, send};
use super::ecr::{Ecr, FoundImage};
use super::write::OnlyWhenThrottled;
use crate::image::EcrRepository;
use crate::version::ImageTag;

impl Ecr {
    /// Lets `tag` name an image of the repository, as it was read: with other bytes it would
    /// be another image, which ECR refuses by the digest.
    pub async fn tag(
        &self,
        repository: &EcrRepository,
        image: &FoundImage,
        tag: &ImageTag,
    ) -> Answer<()> {
        let call = self
            .client
            .put_image()
            .set_registry_id(repository.account.as_ref().map(ToString::to_string))
            .repository_name(&repository.name)
            .image_manifest(&image.manifest)
            .set_image_manifest_media_type(image.media_type.clone())
            .image_digest(image.digest.as_str())
            .image_tag(tag.as_str())
            .customize()
            .config_override(
                Builder::new().retry_classifier(OnlyWhenThrottled::<PutImageError>::new()),
            )
            .send();
        match send("ecr:PutImage", call).await {
            Ok(_) => Ok(()),
            // It names this image already.
            Err(error) if error.is("ImageAlreadyExistsException") => Ok(()),
            Err(error) => Err(error),
        }
    }
}
