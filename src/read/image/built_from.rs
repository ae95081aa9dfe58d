//! Of which commit an image was built, as far as the image says so.

use std::time::Duration;

use tokio::time::timeout;

use crate::aws::{Clients, ImageId};
use crate::image::{BuiltFrom, Digest, EcrRepository, Traced, trace};
use crate::plan::{Images, in_ecr};
use crate::read::optional::why;
use crate::request::AppRequest;
use crate::version::Placeholder;

/// An index leads to an image, and that to its configuration.
const DEEPEST: usize = 2;

/// ECR's store of configurations may be out of reach from where the runner stands.
const WITHIN: Duration = Duration::from_secs(10);

/// What the image of a digest says of where it comes from.
///
/// # Errors
/// Why that could not be read.
pub(crate) async fn built_from(
    clients: &Clients,
    repository: &EcrRepository,
    digest: &Digest,
) -> Result<BuiltFrom, String> {
    let ecr = clients.ecr(&repository.region);
    let mut digest = digest.clone();
    for _ in 0..DEEPEST {
        let by_digest = [ImageId::Digest(digest.clone())];
        let found = ecr.images(repository, &by_digest).await.map_err(|error| why(&error))?;
        let Some(image) = found.into_iter().next() else { break };
        match trace(&image.manifest) {
            Traced::Here(built_from) => return Ok(built_from),
            Traced::InManifest(inner) => digest = inner,
            Traced::InConfig(config) => {
                let address = ecr.blob_address(repository, &config).await;
                let address = address.map_err(|error| why(&error))?;
                let blob = ecr.download(&address, &config).await;
                let blob = blob.map_err(|problem| problem.message)?;
                return Ok(BuiltFrom::from_image_config(&blob));
            }
            Traced::Nowhere => break,
        }
    }
    Ok(BuiltFrom::default())
}

/// Looks for the commits of the images, where the request takes them.
///
/// Only the image itself is asked: what a git tag or the run says may be another commit the
/// next time, and then the same version would be another definition.
pub(crate) async fn with_commits<T>(
    clients: &Clients,
    request: &AppRequest<T>,
    mut images: Images,
) -> Images {
    if !request.takes(Placeholder::Commit) {
        return images;
    }
    for chosen in images.iter_mut() {
        let image = &mut chosen.image;
        image.commit = match in_ecr(&image.reference) {
            Ok(repository) => commit(clients, &repository, &image.digest).await,
            Err(problem) => Err(problem.message),
        };
    }
    images
}

async fn commit(
    clients: &Clients,
    repository: &EcrRepository,
    digest: &Digest,
) -> Result<String, String> {
    match timeout(WITHIN, built_from(clients, repository, digest)).await {
        Ok(built_from) => built_from?.commit.ok_or_else(|| {
            "its label `org.opencontainers.image.revision` is missing or not a full commit id"
                .to_owned()
        }),
        Err(_) => Err("ECR did not return the image's labels in time".to_owned()),
    }
}
