//! Of which commit an image was built, as far as the image says so.
//!
//! For words and records only: what can't be read is not known, and nothing fails.

use crate::aws::{Clients, ImageId};
use crate::image::{BuiltFrom, Digest, EcrRepository, Traced, trace};

/// An index leads to an image, and that to its configuration.
const DEEPEST: usize = 2;

/// What the image of a digest says of where it comes from.
pub(crate) async fn built_from(
    clients: &Clients,
    repository: &EcrRepository,
    digest: &Digest,
) -> BuiltFrom {
    let ecr = clients.ecr(&repository.region);
    let mut digest = digest.clone();
    for _ in 0..DEEPEST {
        let by_digest = [ImageId::Digest(digest.clone())];
        let found = ecr.images(repository, &by_digest).await.unwrap_or_default();
        let Some(image) = found.into_iter().next() else { break };
        match trace(&image.manifest) {
            Traced::Here(built_from) => return built_from,
            Traced::InManifest(inner) => digest = inner,
            Traced::InConfig(config) => {
                let Ok(address) = ecr.blob_address(repository, &config).await else { break };
                let Ok(blob) = ecr.download(&address, &config).await else { break };
                return BuiltFrom::from_image_config(&blob);
            }
            Traced::Nowhere => break,
        }
    }
    BuiltFrom::default()
}
