//! The reads about an image by itself, without a service that would run it.

use futures_util::StreamExt as _;

use super::found_manifest::{images, look};
use super::query::{ImageQuery, What};
use crate::aws::{Cause, Clients, ImageId, side_by_side};
use crate::image::{Digest, EcrRegistry, EcrRepository, ImageReference};
use crate::plan::{Image, choose, in_ecr};
use crate::problem::Problem;
use crate::read::definitions::definition;
use crate::read::service::{running_definition, service};
use crate::read::service_reads::ServiceReads;
use crate::request::{AppRequest, ImageRequest, Wanted};
use crate::version::{ImageTag, Package};

/// The image of a version, tag or reference, as it could be deployed; which platform
/// it has to fit is not known.
pub(crate) async fn read_image(
    clients: &Clients,
    request: &ImageRequest,
    repository: &EcrRepository,
    package: Option<&Package>,
) -> Result<Image, Problem> {
    let query = ImageQuery::new(&request.wanted, package)?;
    let looked = look(clients, repository, &query).await?;
    let details = looked.details(clients, request.fail_on).await;
    let image = looked.settle(&spelled(repository)?, &query, details);
    image.map_err(|problem| query.located(problem))
}

/// A repository as the beginning of a reference; without an account only its name.
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
pub(crate) async fn repository_of_service(
    clients: &Clients,
    request: &AppRequest,
) -> Result<EcrRepository, Problem> {
    let reads = ServiceReads::new(&clients.ecs(&request.target.region), &request.target);
    let service = service(clients, request).await?;
    let arn = running_definition(request, &service)?;
    let running = definition(&reads, arn.as_str()).await?;
    in_ecr(&choose(request, &running, &service.arn.place())?.repository)
}

/// The tags that a version would get, and what they name already.
#[derive(Debug)]
pub(crate) struct InUse {
    /// Most wanted first.
    pub tags: Vec<ImageTag>,
    /// Those among them that are taken.
    pub used: Vec<(ImageTag, Digest)>,
    /// The action that is not allowed, so that archived images were not seen.
    pub unseen: Option<&'static str>,
}

/// What is wrong with the version that is asked for, as far as that shows without a call.
pub(crate) fn check_wanted(wanted: &Wanted, package: Option<&Package>) -> Result<(), Problem> {
    match wanted {
        Wanted::From { .. } => Ok(()),
        Wanted::Version { .. } | Wanted::Image(_) | Wanted::Past { .. } => {
            ImageQuery::new(wanted, package).map(drop)
        }
    }
}

/// The same where its tags shall be free.
pub(crate) fn check_free(wanted: &Wanted, package: Option<&Package>) -> Result<(), Problem> {
    to_be_free(wanted, package).map(drop)
}

fn to_be_free(wanted: &Wanted, package: Option<&Package>) -> Result<ImageQuery, Problem> {
    let query = ImageQuery::new(wanted, package)?;
    match query.what {
        What::Tags => Ok(query),
        What::Latest | What::Reference(_) | What::Promoted(_) => {
            Err(Problem::new("only a version can be absent, not `latest`")
                .hint("Leave `version` out to check the one in package.json."))
        }
    }
}

/// Looks for images under the tags of a version, archived ones included.
pub(crate) async fn in_use(
    clients: &Clients,
    repository: &EcrRepository,
    wanted: &Wanted,
    package: Option<&Package>,
) -> Result<InUse, Problem> {
    let query = to_be_free(wanted, package)?;
    let ecr = clients.ecr(&repository.region);
    // Where an image is archived, it is not among those that can be got.
    let (found, details) = tokio::join!(
        images(clients, repository, &query.ids),
        side_by_side(query.ids.iter().map(|id| ecr.detail(repository, id))).collect::<Vec<_>>(),
    );
    let mut used: Vec<(ImageTag, Digest)> =
        found?.into_iter().filter_map(|image| Some((image.tag?, image.digest))).collect();
    let mut unseen = None;
    let mut tags = Vec::new();
    for (id, detail) in query.ids.into_iter().zip(details) {
        let ImageId::Tag(tag) = id else { continue };
        match detail {
            Ok(Some(detail)) if used.iter().all(|(it, _)| *it != tag) => {
                used.push((tag.clone(), detail.digest));
            }
            Ok(_) => {}
            Err(error) if error.cause == Cause::Denied => unseen = Some(error.action),
            // Its tag is on an image, archived or not.
            Err(_) if used.iter().any(|(it, _)| *it == tag) => {}
            Err(error) => {
                return Err(error.problem(&format!("the ECR repository {repository}")));
            }
        }
        tags.push(tag);
    }
    Ok(InUse { tags, used, unseen })
}
