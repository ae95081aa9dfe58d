//! The reads of a deployment.

use futures_util::StreamExt as _;

use super::asked::{Asked, settle_all};
use super::checkout::Checkout;
use super::codedeploy::with_codedeploy;
use super::definitions::{definition, named_base, newest, registered};
use super::image::FoundManifest;
use super::promoted::Sources;
use super::rolled_back;
use super::running::{last_good, running_images, serving};
use super::service::{current, running_definition, service};
use super::service_deployments::{newest_page, unseen, with_the_newest};
use super::service_reads::ServiceReads;
use super::service_record::was_left;
use crate::aws::{Clients, side_by_side};
use crate::ecs::Service;
use crate::plan::{Base, CurrentState, Fact, Images};
use crate::problem::Problem;
use crate::request::AppRequest;
use crate::task_definition::TaskDefinition;

/// Everything that deciding about one app needs.
///
/// # Errors
/// Why it is not available; of several images, what is wrong with each.
pub(crate) async fn read(
    clients: &Clients,
    request: &AppRequest,
    checkout: &Checkout,
    sources: &Sources,
) -> Result<CurrentState, Vec<Problem>> {
    let ecs = clients.ecs(&request.target.region);
    let asked = Asked::all(clients, request, &request.target.region, checkout, sources).await?;
    let package_name = asked.iter().find_map(|it| it.query.name().map(str::to_owned));
    let version_at = asked.iter().find_map(|it| it.query.at.clone());
    let mut reads = ServiceReads::new(&ecs, &request.target);
    let (service, page, registered, found) = tokio::join!(
        service(clients, request),
        newest_page(&ecs, &request.target),
        registered(&reads, &request.task_definition),
        side_by_side(asked.iter().map(|it| it.look(clients))).collect::<Vec<_>>(),
    );
    let mut service = service?;
    let listed = with_the_newest(&ecs, &request.target, &service, page).await;
    let base = named_base(registered.transpose()?, checkout);
    let arn = running_definition(request, &service)?;
    let past = rolled_back::list(request, &listed);
    reads.expect(&service, &listed, past.as_ref().and_then(Fact::known));
    let (to_deploy, (newest, newest_was_left), current, (running_images, last_good), serving, past) = tokio::join!(
        to_deploy(
            clients,
            request,
            (&service, &reads),
            base,
            asked.into_iter().zip(found).collect()
        ),
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
    let ToDeploy { running, base, images } = to_deploy?;
    let rolled_back = rolled_back::of_image(&record, &images.first);
    let (codedeploy, last_good) =
        with_codedeploy(codedeploy, &mut service, last_good, &running_images);
    Ok(CurrentState {
        service,
        codedeploy,
        running,
        serving,
        running_images,
        unseen: unseen(&listed, &current),
        current,
        last_good,
        base,
        images,
        package_name,
        version_at,
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
    images: Images,
}

/// The definition and, where its repository was not named in the request, after
/// it the image: the longest chain of reads, so the others go on beside it.
async fn to_deploy(
    clients: &Clients,
    request: &AppRequest,
    (service, reads): (&Service, &ServiceReads<'_>),
    base: Option<Base>,
    looked: Vec<(Asked, Option<Result<FoundManifest, Problem>>)>,
) -> Result<ToDeploy, Vec<Problem>> {
    let arn = running_definition(request, service)?;
    let details = looked.iter().map(|(_, found)| async {
        match found {
            Some(Ok(found)) => Some(found.details(clients, request.fail_on).await),
            Some(Err(_)) | None => None,
        }
    });
    let details = side_by_side(details).collect::<Vec<_>>();
    let (running, details) = tokio::join!(definition(reads, arn.as_str()), details);
    let running = running?;
    let base = base.unwrap_or_else(|| Base { arn: Some(arn.clone()), definition: running.clone() });
    let looked = looked.into_iter().zip(details);
    let looked = looked.map(|((asked, found), details)| (asked, found.map(|it| (it, details))));
    let of = (&base.definition, &service.arn.place());
    let images = settle_all(clients, request, of, looked.collect()).await?;
    Ok(ToDeploy { running, base, images })
}
