//! The reads about an image by itself, without a service that would run it.

use super::image;
use super::sought::{Sought, What};
use crate::aws::{Clients, ImageId};
use crate::decide::{Image, choose, in_ecr};
use crate::image::{Digest, EcrRegistry, EcrRepository, ImageReference};
use crate::problem::Problem;
use crate::request::{AppRequest, ImageRequest, Wanted};
use crate::version::{ImageTag, Package};

/// The image of a version, tag or reference, as it could be deployed; what platform
/// is needed nobody knows.
pub async fn gather_image(
    clients: &Clients,
    request: &ImageRequest,
    repository: &EcrRepository,
    package: Option<&Package>,
) -> Result<Image, Problem> {
    let sought = Sought::new(&request.wanted, package)?;
    let looked = image::look(clients, repository, &sought).await?;
    let details = looked.details(clients, request.fail_on).await;
    let image = looked.settle(&spelled(repository)?, &sought, details);
    image.map_err(|problem| sought.located(problem))
}

/// A repository as the beginning of a reference; without an account there is only
/// its name to show.
fn spelled(repository: &EcrRepository) -> Result<ImageReference, Problem> {
    let name: ImageReference = repository.name.parse()?;
    Ok(match &repository.account {
        Some(account) => {
            let registry = EcrRegistry::new(account.clone(), repository.region.clone());
            name.with_default_registry(&registry)
        }
        None => name,
    })
}

/// The repository that the service's image comes from.
pub async fn repository_of_service(
    clients: &Clients,
    request: &AppRequest,
) -> Result<EcrRepository, Problem> {
    let ecs = clients.ecs(&request.target.region);
    let service = super::service(&ecs, request).await?;
    let arn = super::running_definition(request, &service)?;
    let running = super::definition(&ecs, arn.as_str()).await?;
    in_ecr(&choose(request, &running, &service.arn)?.repository)
}

/// The tags that a version would get, and what they name already.
pub async fn in_use(
    clients: &Clients,
    repository: &EcrRepository,
    wanted: &Wanted,
    package: Option<&Package>,
) -> Result<(Vec<ImageTag>, Vec<(ImageTag, Digest)>), Problem> {
    let sought = Sought::new(wanted, package)?;
    if !matches!(sought.what, What::Tags) {
        return Err(Problem::new("only a version can be absent, not `latest`")
            .hint("Leave `version` out to check the one in package.json."));
    }
    let found = image::images(clients, repository, &sought.ids).await?;
    let tags = sought.ids.into_iter().filter_map(|id| match id {
        ImageId::Tag(tag) => Some(tag),
        ImageId::Digest(_) => None,
    });
    let used = found.into_iter().filter_map(|image| Some((image.tag?, image.digest)));
    Ok((tags.collect(), used.collect()))
}
