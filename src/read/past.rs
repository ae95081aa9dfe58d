//! The reads of a rollback: the history of the service, what it goes back to,
//! and whether that is still there.
//!
//! One after another: the service beside the list of its deployments; the
//! revisions beside the running definition; the image; what ECR says of it.

use std::time::SystemTime;

use super::aim::{Seen, aim, if_unchanged};
use super::image;
use super::lifecycle;
use super::named::{self, Named};
use super::query::ImageQuery;
use super::record;
use super::way::{Resolved, Resolver};
use super::{
    codedeploy, current, definition, last_good, newest, registered, running_definition,
    running_images, service, serving, with_codedeploy,
};
use crate::aws::{Cause, Clients};
use crate::ecs::{DeploymentId, Service, ServiceDeployment, ServiceRevisionArn};
use crate::history::{Entry, History};
use crate::plan::{
    Base, Choice, CurrentState, Fact, Image, RollbackSource, ServiceState, choose, in_ecr,
};
use crate::problem::Problem;
use crate::read::checkout::Checkout;
use crate::request::{AppRequest, Wanted};
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
    let (service, listed, given, named) = tokio::join!(
        service(clients, request),
        record::list(&ecs, &request.target),
        registered(&ecs, &request.task_definition),
        named::describe(&ecs, request),
    );
    let mut service = service?;
    let given = given_base(given.transpose()?, checkout);
    let arn = running_definition(request, &service)?;
    let recent = match &listed {
        Ok(listed) => Fact::Known(listed.clone()),
        Err(error) if error.cause == Cause::Denied => Fact::Denied(error.action),
        Err(_) => Fact::Absent,
    };
    let subject = async {
        let (running, named) = tokio::join!(definition(&ecs, arn.as_str()), async {
            match named {
                Some(named) => Named::look(clients, request, named?, &service.arn).await.map(Some),
                None => Ok(None),
            }
        });
        let running = running?;
        let base = given.as_ref().map_or(&running, |given| &given.definition);
        let choice = choose(request, base, &service.arn)?;
        let seen = match named? {
            Some(named) => Seen::Revision(Box::new(named)),
            None => look_for_version(clients, request, checkout, &choice).await?,
        };
        Ok::<_, Problem>((running, choice, seen))
    };
    let past = async {
        let found = codedeploy::look(clients, request, checkout, &service, async |group| {
            codedeploy::past(clients, &request.target, &service, group).await
        });
        Ok::<_, Problem>(match found.await? {
            Some((looked, read)) => (Some(looked), read),
            None => (None, record::describe(&ecs, listed).await),
        })
    };
    let (subject, past, newest, current, running_images, serving) = tokio::join!(
        subject,
        past,
        newest(&ecs, &arn),
        current(&ecs, &service),
        running_images(&ecs, &request.target, &service),
        serving(&ecs, &request.target, &service),
    );
    let (looked, read) = past?;
    let codedeploy = looked.as_ref().map(|it| &it.codedeploy);
    if let ServiceState::RollingBack(id) = ServiceState::of(&service, current.known(), codedeploy) {
        return Ok(RollbackRead::RollingBack(Box::new(service), id));
    }
    let (running, choice, seen) = subject?;
    let history = read.map(|read| read.history(&service, &choice.containers));
    let aim = aim(request, &history, seen)?;
    let if_unchanged = if_unchanged(&aim, request);
    let way = Resolver {
        clients,
        request,
        given,
        running: &running,
        choice: &choice,
        service: &service.arn,
    };
    let digest = aim.digest().clone();
    let repository = way.repository(&aim)?;
    let (settled, last_good, about_to_go) = tokio::join!(
        way.settle(aim),
        last_good(&ecs, &service, &recent, &running_images),
        lifecycle::about_to_go(clients, &repository, &digest),
    );
    let Resolved { base, choice, mut image, how } = settled?;
    image.warnings.extend(about_to_go);
    let rollback_source = RollbackSource {
        how,
        if_unchanged,
        since: history.as_ref().ok().and_then(running_since),
        native_rollback_to: history
            .as_ref()
            .ok()
            .and_then(|history| native_rollback_to(current.known(), history, &base, &image)),
    };
    let (codedeploy, last_good) = with_codedeploy(looked, &mut service, last_good, &running_images);
    Ok(RollbackRead::All(Box::new(CurrentState {
        service,
        codedeploy,
        running,
        serving,
        running_images,
        current,
        last_good,
        base,
        containers: choice.containers,
        image,
        rolled_back: Fact::Absent,
        rollback_source: Some(rollback_source),
        package_name: None,
        version_at: None,
        newest,
        newest_was_left: false,
    })))
}

fn given_base(registered: Option<TaskDefinition>, checkout: &Checkout) -> Option<Base> {
    match (registered, &checkout.task_definition) {
        (Some(definition), _) => {
            Some(Base { arn: definition.arn().and_then(|arn| arn.parse().ok()), definition })
        }
        (None, Some(definition)) => Some(Base { definition: definition.clone(), arn: None }),
        (None, None) => None,
    }
}

/// The image of a version, tag or `latest`; nothing where something else is
/// wanted.
async fn look_for_version(
    clients: &Clients,
    request: &AppRequest,
    checkout: &Checkout,
    choice: &Choice,
) -> Result<Seen, Problem> {
    match &request.wanted {
        Wanted::Past { .. } => Ok(Seen::Nothing),
        Wanted::Version { .. } | Wanted::Image(_) => {
            let query = ImageQuery::new(&request.wanted, checkout.package.as_ref())?;
            let looked = image::look(clients, &in_ecr(&choice.repository)?, &query).await?;
            Ok(Seen::Version(Box::new(looked), Box::new(query)))
        }
    }
}

fn running_since(history: &History) -> Option<SystemTime> {
    history.entries().find(|entry| entry.running)?.from
}

/// What the deployment under way replaces, if that is nothing but this definition
/// with this image: then ECS can return to it by itself, which is faster.
fn native_rollback_to(
    current: Option<&ServiceDeployment>,
    history: &History,
    base: &Base,
    image: &Image,
) -> Option<ServiceRevisionArn> {
    let [source] = current?.sources.as_slice() else { return None };
    let is_wanted = |entry: &Entry| {
        entry.target.as_ref() == Some(source)
            && entry.definition().is_some()
            && entry.definition() == base.arn.as_ref()
            && entry
                .digests
                .as_ref()
                .is_some_and(|it| it.len() == 1 && it.iter().all(|it| image.is(it)))
    };
    history.entries().any(is_wanted).then(|| source.clone())
}
