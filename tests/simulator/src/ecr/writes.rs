//! `PutImage`, as far as it gives an image that is there another tag.

use serde_json::json;

use crate::ecr::image::digest_of;
use crate::ecr::reads::{is_tag, place};
use crate::wire::{Answered, AwsError, Params, bail};
use crate::world::World;

/// ECR counts a manifest by its very bytes: one that was written anew is another image, whose
/// layers are not there by its name.
pub(super) fn put_image(world: &mut World, params: Params<'_>) -> Answered {
    let place = place(params)?;
    let manifest = params.required_text("imageManifest")?;
    let media_type = params.text("imageManifestMediaType")?;
    let digest = digest_of(manifest.as_bytes());
    if params.text("imageDigest")?.is_some_and(|given| given != digest) {
        bail!(
            "ImageDigestDoesNotMatchException",
            "The calculated image digest does not match the digest in the request"
        );
    }
    let Some(repository) = world.registry.repository_mut(&place) else {
        bail!("RepositoryNotFoundException", "The repository does not exist");
    };
    let Some(stored) = repository.find(&digest) else {
        bail!("LayersNotFoundException", "The image {digest} has layers that were not uploaded");
    };
    if media_type.is_some_and(|given| given != stored.manifest.media_type) {
        bail!("InvalidParameterException", "The media type is not that of the manifest");
    }
    let answer = json!({ "image": {
        "registryId": place.account,
        "repositoryName": place.repository,
        "imageId": { "imageDigest": digest, "imageTag": params.text("imageTag")? },
        "imageManifest": manifest,
        "imageManifestMediaType": stored.manifest.media_type,
    }});
    let Some(tag) = params.text("imageTag")? else {
        bail!("ImageAlreadyExistsException", "Image with digest '{digest}' already exists");
    };
    if !is_tag(tag) {
        return Err(AwsError::invalid("imageTag is no tag"));
    }
    match repository.resolve(tag) {
        Some(there) if there == digest => bail!(
            "ImageAlreadyExistsException",
            "Image with digest '{digest}' and tag '{tag}' already exists"
        ),
        Some(_) if !repository.is_mutable(tag) => bail!(
            "ImageTagAlreadyExistsException",
            "The image tag '{tag}' already exists and cannot be overwritten because the \
             repository is immutable"
        ),
        Some(_) | None => repository.tag(tag, &digest),
    };
    Ok(answer)
}
