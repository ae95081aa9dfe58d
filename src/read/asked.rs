//! The images that a request asks for, as they are looked for and found in ECR.

use futures_util::StreamExt as _;

use super::checkout::Checkout;
use super::image::{Details, FoundManifest, ImageQuery, look, with_commits};
use super::promoted::{Sources, promoted};
use crate::aws::{Clients, side_by_side};
use crate::ecs::Place;
use crate::image::EcrRepository;
use crate::names::Region;
use crate::plan::{Choice, ChosenImage, Images, choose_all, in_ecr, named_repository};
use crate::problem::Problem;
use crate::request::AppRequest;
use crate::task_definition::TaskDefinition;

/// What a look has found, and what ECR says of it where that was asked, too.
pub(super) type Looked = (Result<FoundManifest, Problem>, Option<Details>);

/// One image that is asked for.
pub(super) struct Asked {
    pub(super) query: ImageQuery,
    /// Its repository, where the request names it.
    named: Option<EcrRepository>,
}

impl Asked {
    /// All of a request in this Region.
    pub(super) async fn all<T>(
        clients: &Clients,
        request: &AppRequest<T>,
        region: &Region,
        checkout: &Checkout,
        sources: &Sources,
    ) -> Result<Vec<Self>, Problem> {
        let query = match &request.source {
            // On the heap, because few deployments have one.
            Some(source) => {
                let found = Box::pin(promoted(clients, sources, source, request.from_stable_for));
                ImageQuery::promoted(found.await?, request.keep_tag.clone())
            }
            None => ImageQuery::of(request, checkout.package.as_ref())?,
        };
        let named = named_repository(&request.wanted, region)?;
        let further = request.further_images.iter().map(|(_, image)| {
            Ok(Self { query: ImageQuery::reference(image)?, named: Some(in_ecr(image)?) })
        });
        std::iter::once(Ok(Self { query, named })).chain(further).collect()
    }

    /// Looks for it, where it is known by now in which repository.
    pub(super) async fn look(&self, clients: &Clients) -> Option<Result<FoundManifest, Problem>> {
        Some(look(clients, self.named.as_ref()?, &self.query).await)
    }

    /// The image as it goes into the plan; it is looked for now where that was not done
    /// before.
    async fn settle<T>(
        &self,
        clients: &Clients,
        request: &AppRequest<T>,
        choice: Choice,
        looked: Option<Looked>,
    ) -> Result<ChosenImage, Problem> {
        let Choice { containers, repository } = choice;
        let (found, details) = match looked {
            Some((found, details)) => (found?, details),
            None => (look(clients, &in_ecr(&repository)?, &self.query).await?, None),
        };
        let details = match details {
            Some(details) => details,
            None => found.details(clients, request.fail_on).await,
        };
        let image = found.settle(&repository, &self.query, details);
        let image = image.map_err(|problem| self.query.located(problem))?;
        Ok(ChosenImage { containers, image })
    }
}

/// The images for the containers of a definition. The names are settled before what was
/// looked for under them is judged.
pub(super) async fn settle_all<T>(
    clients: &Clients,
    request: &AppRequest<T>,
    (definition, place): (&TaskDefinition, &Place),
    looked: Vec<(Asked, Option<Looked>)>,
) -> Result<Images, Vec<Problem>> {
    let choices = choose_all(request, definition, place);
    let settled = looked.into_iter().zip(choices);
    let settled = settled.map(|((asked, looked), choice)| async move {
        asked.settle(clients, request, choice?, looked).await
    });
    let images = all_or_problems(side_by_side(settled).collect().await)?;
    Ok(with_commits(clients, request, images).await)
}

fn all_or_problems(settled: Vec<Result<ChosenImage, Problem>>) -> Result<Images, Vec<Problem>> {
    let (mut images, mut problems) = (Vec::new(), Vec::new());
    for it in settled {
        match it {
            Ok(image) => images.push(image),
            Err(problem) => problems.push(problem),
        }
    }
    Images::of(images).filter(|_| problems.is_empty()).ok_or(problems)
}
