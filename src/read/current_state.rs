//! The reads of a deployment.

use super::checkout::Checkout;
use super::codedeploy::with_codedeploy;
use super::definitions::{definition, named_base, newest, registered};
use super::image::{FoundManifest, ImageQuery, look};
use super::rolled_back;
use super::running::{last_good, running_images, serving};
use super::service::{current, running_definition, service};
use super::service_deployments::{newest_page, with_the_newest};
use super::service_reads::ServiceReads;
use super::service_record::was_left;
use crate::aws::Clients;
use crate::ecs::Service;
use crate::names::ContainerName;
use crate::plan::{Base, CurrentState, Fact, Image, choose, in_ecr, named_repository};
use crate::problem::Problem;
use crate::request::AppRequest;
use crate::task_definition::TaskDefinition;

/// Everything that deciding about one app needs.
pub(crate) async fn read(
    clients: &Clients,
    request: &AppRequest,
    checkout: &Checkout,
) -> Result<CurrentState, Problem> {
    let ecs = clients.ecs(&request.target.region);
    let query = ImageQuery::new(&request.wanted, checkout.package.as_ref())?;
    let named = named_repository(&request.wanted, &request.target.region)?;
    let mut reads = ServiceReads::new(&ecs, &request.target);
    let (service, page, registered, found) = tokio::join!(
        service(clients, request),
        newest_page(&ecs, &request.target),
        registered(&reads, &request.task_definition),
        async { Some(look(clients, named.as_ref()?, &query).await) },
    );
    let mut service = service?;
    let listed = with_the_newest(&ecs, &request.target, &service, page).await;
    let base = named_base(registered.transpose()?, checkout);
    let arn = running_definition(request, &service)?;
    let past = rolled_back::list(request, &listed);
    reads.expect(&service, &listed, past.as_ref().and_then(Fact::known));
    let (to_deploy, (newest, newest_was_left), current, (running_images, last_good), serving, past) = tokio::join!(
        to_deploy(clients, request, &query, (&service, &reads), base, found),
        async {
            let newest = newest(&ecs, &arn).await;
            let was_left = was_left(&reads, &service, newest.known(), &listed).await;
            (newest, was_left)
        },
        current(&reads, &service),
        async {
            let running_images = running_images(&reads, &service).await;
            let last_good = last_good(&reads, &service, &listed, &running_images).await;
            (running_images, last_good)
        },
        serving(&reads, &service),
        rolled_back::past(clients, request, checkout, (&service, &reads), past),
    );
    // A wrong setup comes before what was looked for in it.
    let (codedeploy, record) = past?;
    let ToDeploy { running, base, containers, image } = to_deploy?;
    let rolled_back = rolled_back::of_image(&record, &containers, &image);
    let (codedeploy, last_good) =
        with_codedeploy(codedeploy, &mut service, last_good, &running_images);
    Ok(CurrentState {
        service,
        codedeploy,
        running,
        serving,
        running_images,
        current,
        last_good,
        base,
        containers,
        image,
        package_name: query.name().map(str::to_owned),
        version_at: query.at,
        rolled_back,
        rollback_source: None,
        newest,
        newest_was_left,
    })
}

/// What a deployment can't do without, beside the service.
struct ToDeploy {
    running: TaskDefinition,
    base: Base,
    containers: Vec<ContainerName>,
    image: Image,
}

/// The definition and, where its repository was not named in the request, after
/// it the image: the longest chain of reads, so the others go on beside it.
async fn to_deploy(
    clients: &Clients,
    request: &AppRequest,
    query: &ImageQuery,
    (service, reads): (&Service, &ServiceReads<'_>),
    base: Option<Base>,
    found: Option<Result<FoundManifest, Problem>>,
) -> Result<ToDeploy, Problem> {
    let arn = running_definition(request, service)?;
    let (running, details) = tokio::join!(definition(reads, arn.as_str()), async {
        match &found {
            Some(Ok(found)) => Some(found.details(clients, request.fail_on).await),
            Some(Err(_)) | None => None,
        }
    });
    let running = running?;
    let base = base.unwrap_or_else(|| Base { arn: Some(arn.clone()), definition: running.clone() });
    // The names are settled before what was looked for under them is judged.
    let choice = choose(request, &base.definition, &service.arn)?;
    let found = match found {
        Some(found) => found?,
        None => look(clients, &in_ecr(&choice.repository)?, query).await?,
    };
    let details = match details {
        Some(details) => details,
        None => found.details(clients, request.fail_on).await,
    };
    let image = found.settle(&choice.repository, query, details);
    let image = image.map_err(|problem| query.located(problem))?;
    Ok(ToDeploy { running, base, containers: choice.containers, image })
}
