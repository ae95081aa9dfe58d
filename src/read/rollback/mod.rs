//! The reads of a rollback: the history of the service, what it goes back to,
//! and whether that is still there.
//!
//! One after another: the service beside the list of its deployments; the
//! revisions beside the running definition; the image; what ECR says of it.

mod definition;
mod target;

use self::definition::TargetFinder;
use self::target::{NamedRevision, RollbackTarget};
use super::checkout::Checkout;
use super::codedeploy::{self, CodeDeployRead, with_codedeploy};
use super::definitions::{definition, named_base, newest, registered};
use super::image::{ImageQuery, look, with_commits};
use super::optional::fact;
use super::running::{last_good, running_images, serving};
use super::service::{current, running_definition, service};
use super::service_deployments::{self, DeploymentList, unseen};
use super::service_reads::ServiceReads;
use super::service_record;
use crate::aws::{Answer, Clients};
use crate::ecs::{DeploymentId, Service};
use crate::history::{DeploymentRecord, History};
use crate::plan::{Base, CurrentState, Fact, Images, ServiceState, choose, in_ecr};
use crate::problem::Problem;
use crate::request::{AppRequest, Past, Wanted};
use crate::task_definition::TaskDefinition;

/// What was read for a rollback.
#[derive(Debug)]
pub(crate) enum RollbackRead {
    All(Box<CurrentState>),
    /// ECS is returning from a deployment by itself: until that has ended nothing
    /// that could be read would still hold.
    RollingBack(Box<Service>, DeploymentId),
}

pub(crate) async fn read_rollback(
    clients: &Clients,
    request: &AppRequest,
    checkout: &Checkout,
) -> Result<RollbackRead, Problem> {
    let ecs = clients.ecs(&request.target.region);
    let mut reads = ServiceReads::new(&ecs, &request.target);
    let (service, listed, given, named) = tokio::join!(
        service(clients, request),
        service_deployments::list(&ecs, &request.target),
        registered(&reads, &request.task_definition),
        named_definition(&reads, request),
    );
    let mut service = service?;
    let given = named_base(given.transpose()?, checkout);
    let arn = running_definition(request, &service)?;
    let known = fact(listed.clone().map(Some));
    reads.expect(&service, &known, known.known());
    let (asked_for, past, newest, current, images, serving) = tokio::join!(
        asked_for(clients, request, checkout, (&service, &reads), given, named),
        past(clients, request, checkout, (&service, &reads), listed),
        newest(&ecs, &arn),
        current(&reads, &service),
        running_images(&reads, &service),
        serving(&reads, &service),
    );
    let (codedeploy, record) = past?;
    let state = codedeploy.as_ref().map(|it| &it.state);
    if let ServiceState::RollingBack(id) = ServiceState::of(&service, current.known(), state) {
        return Ok(RollbackRead::RollingBack(Box::new(service), id));
    }
    let (finder, asked_for) = asked_for?;
    let history = record.map(|record| History::new(&record, finder.containers()));
    let target = RollbackTarget::by_history(asked_for, &history)?;
    let (found, last_good) = tokio::join!(
        finder.find(target, &history, current.known()),
        last_good(&reads, &service, &known, &images),
    );
    let found = found?;
    let images_back = Images::only(found.containers, found.image);
    let images_back = with_commits(clients, request, images_back).await;
    let (codedeploy, last_good) = with_codedeploy(codedeploy, &mut service, last_good, &images);
    Ok(RollbackRead::All(Box::new(CurrentState {
        service,
        codedeploy,
        running: finder.running,
        serving,
        running_images: images,
        unseen: unseen(&known, &current),
        current,
        last_good,
        base: found.base,
        images: images_back,
        rolled_back: Fact::Absent,
        rollback_source: Some(found.source),
        package_name: None,
        version_at: None,
        newest,
        newest_was_left: false,
    })))
}

/// What was asked for, as far as it can be read without the history, with what is needed to
/// find it; `None` for `previous`.
async fn asked_for<'a>(
    clients: &'a Clients,
    request: &'a AppRequest,
    checkout: &Checkout,
    (service, reads): (&Service, &'a ServiceReads<'a>),
    given: Option<Base>,
    named: Option<Result<TaskDefinition, Problem>>,
) -> Result<(TargetFinder<'a>, Option<RollbackTarget>), Problem> {
    let arn = running_definition(request, service)?;
    let (running, revision) = tokio::join!(definition(reads, arn.as_str()), async {
        match named {
            Some(named) => {
                NamedRevision::look(clients, request, named?, &service.arn).await.map(Some)
            }
            None => Ok(None),
        }
    });
    let running = running?;
    let base = given.as_ref().map_or(&running, |given| &given.definition);
    let choice = choose(request, base, &service.arn.place())?;
    let target = match (&request.wanted, revision?) {
        (_, Some(revision)) => Some(RollbackTarget::Revision(Box::new(revision))),
        (Wanted::Past { past: Past::Digest(digest), .. }, None) => {
            Some(RollbackTarget::Digest(digest.clone()))
        }
        (Wanted::Past { .. }, None) => None,
        (Wanted::Version { .. } | Wanted::Image(_) | Wanted::From { .. }, None) => {
            let query = ImageQuery::of(request, checkout.package.as_ref())?;
            let found = look(clients, &in_ecr(&choice.repository)?, &query).await?;
            Some(RollbackTarget::Image(Box::new(found), Box::new(query)))
        }
    };
    let service = service.arn.clone();
    Ok((TargetFinder { clients, request, reads, service, running, choice, given }, target))
}

/// The revision that the request names to go back to.
async fn named_definition(
    reads: &ServiceReads<'_>,
    request: &AppRequest,
) -> Option<Result<TaskDefinition, Problem>> {
    match &request.wanted {
        Wanted::Past { past: Past::Revision(name), .. } => Some(definition(reads, name).await),
        Wanted::Past { .. } | Wanted::Version { .. } | Wanted::From { .. } | Wanted::Image(_) => {
            None
        }
    }
}

/// What CodeDeploy has of the service, where it makes the deployments, and the record of
/// whoever makes them.
async fn past(
    clients: &Clients,
    request: &AppRequest,
    checkout: &Checkout,
    (service, reads): (&Service, &ServiceReads<'_>),
    listed: Answer<DeploymentList>,
) -> Result<(Option<CodeDeployRead>, Answer<DeploymentRecord>), Problem> {
    let found = codedeploy::read(clients, request, checkout, (service, reads), async |group| {
        codedeploy::record(clients, reads, service, group).await
    });
    if let Some((read, record)) = found.await? {
        return Ok((Some(read), record));
    }
    Ok((None, service_record::describe(reads, service, listed).await))
}
