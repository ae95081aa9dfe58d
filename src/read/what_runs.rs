//! What a service runs and how its newest deployment stands, for those who ask about a service
//! without deploying to it.

use std::time::SystemTime;

use super::definitions::definition;
use super::running::images_of;
use super::service::service;
use super::service_deployments::{DeploymentList, newest_page, with_the_newest};
use super::service_reads::ServiceReads;
use crate::aws::{Clients, ImageId};
use crate::ecs::{
    ContainerImage, Deployment, RolloutState, Service, ServiceDeployment, ServiceDeploymentStatus,
    TaskDefinitionArn,
};
use crate::image::{Digest, ImageReference};
use crate::plan::{Fact, VersionInfo, choose, in_ecr};
use crate::problem::Problem;
use crate::request::AppRequest;
use crate::task_definition::TaskDefinition;
use crate::version::{ImageTag, VersionName, version_of};

#[derive(Debug)]
pub(crate) struct WhatRuns {
    pub service: Service,
    /// What most of its tasks are of; `None` where no task runs.
    pub runs: Option<VersionInfo>,
    /// Whether the deployment that brought it succeeded; `None` where that is not known.
    pub has_succeeded: Option<bool>,
    /// When that deployment ended, by AWS's clock.
    pub since: Option<SystemTime>,
    /// What the service is set to, where that is not what runs.
    pub set_to: Option<VersionInfo>,
    /// How the newest deployment stands, where ECS lists it.
    pub newest: Option<ServiceDeploymentStatus>,
}

/// Reads it: the service and its newest deployments side by side, then what they are of.
pub(crate) async fn what_runs(clients: &Clients, app: &AppRequest) -> Result<WhatRuns, Problem> {
    let ecs = clients.ecs(&app.target.region);
    let (service, page) = tokio::join!(service(clients, app), newest_page(&ecs, &app.target));
    let service = service?;
    let listed = with_the_newest(&ecs, &app.target, &service, page).await;
    let reads = ServiceReads::new(&ecs, &app.target);
    let running = service.running();
    let set_to = service.primary().filter(|it| running.is_none_or(|other| other.id != it.id));
    let of = async |deployment: Option<&Deployment>| match deployment {
        Some(it) => version(clients, &reads, app, &service, it).await.map(Some),
        None => Ok(None),
    };
    let (runs, set_to) = tokio::join!(of(running), of(set_to));
    // Where no task need run, what the service is set to stands for it.
    let told = running.or(service.primary());
    let own = told.and_then(|it| listed_as(&listed, &service, it));
    Ok(WhatRuns {
        runs: runs?,
        has_succeeded: told.and_then(|it| has_succeeded(it, own)),
        since: own.and_then(|it| it.finished_at.or(it.created_at)),
        set_to: set_to?,
        newest: newest(&listed, &service).map(|it| it.status.clone()),
        service,
    })
}

fn listed_as<'a>(
    listed: &'a Fact<DeploymentList>,
    service: &Service,
    deployment: &Deployment,
) -> Option<&'a ServiceDeployment> {
    let revision = service.arn.revision(&deployment.id);
    let is_it = |it: &&ServiceDeployment| {
        let targets = it.rollback.as_ref().and_then(|it| it.to.as_ref()).or(it.target.as_ref());
        targets.is_some_and(|it| it.number() == revision.number())
    };
    listed.known()?.deployments.iter().find(is_it)
}

fn newest<'a>(
    listed: &'a Fact<DeploymentList>,
    service: &Service,
) -> Option<&'a ServiceDeployment> {
    let newest = service.current_service_deployment.as_ref()?;
    listed.known()?.deployments.iter().find(|it| it.arn == *newest)
}

/// By the list, else by the classic view; CodeDeploy's task sets have neither.
fn has_succeeded(deployment: &Deployment, listed: Option<&ServiceDeployment>) -> Option<bool> {
    match (listed, &deployment.rollout_state) {
        (Some(listed), _) => Some(matches!(
            listed.status,
            ServiceDeploymentStatus::Successful | ServiceDeploymentStatus::RollbackSuccessful
        )),
        (None, Some(state)) => Some(*state == RolloutState::Completed),
        (None, None) => None,
    }
}

/// What a deployment of the service runs in the containers that the request is about.
pub(super) async fn version(
    clients: &Clients,
    reads: &ServiceReads<'_>,
    app: &AppRequest,
    service: &Service,
    deployment: &Deployment,
) -> Result<VersionInfo, Problem> {
    let Some(arn) = &deployment.task_definition else { return Ok(VersionInfo::default()) };
    let (definition, images) =
        tokio::join!(definition(reads, arn.as_str()), images_of(reads, service, &deployment.id),);
    let images = images.known().map(Vec::as_slice).unwrap_or_default();
    let definition = definition?;
    version_by(clients, app, service, (arn, &definition), images).await
}

/// The same by a definition whose tags were resolved to `images`.
pub(super) async fn version_by(
    clients: &Clients,
    app: &AppRequest,
    service: &Service,
    (arn, definition): (&TaskDefinitionArn, &TaskDefinition),
    images: &[ContainerImage],
) -> Result<VersionInfo, Problem> {
    let chosen = choose(app, definition, &service.arn.place())?;
    let first = chosen.containers.first().map(ToString::to_string).unwrap_or_default();
    let image = definition.containers().find(|it| it.name == first).and_then(|it| it.image);
    let reference: Option<ImageReference> = image.and_then(|it| it.parse().ok());
    let resolved = images.iter().find(|it| it.container == first).and_then(|it| it.digest.clone());
    let digest = resolved.or_else(|| reference.as_ref()?.digest().cloned());
    let tag = match (reference.as_ref().and_then(ImageReference::tag), &digest) {
        (Some(tag), _) => Some(tag.clone()),
        (None, Some(digest)) => tag_of(clients, app, &chosen.repository, digest).await,
        (None, None) => None,
    };
    let name = |tag: &ImageTag| VersionName::of(tag, app.wanted.tag_template(), None);
    Ok(VersionInfo {
        version: tag.as_ref().map(name),
        image: reference.as_ref().map(ToString::to_string),
        tag: tag.map(|it| it.to_string()),
        digest,
        task_definition: Some(arn.clone()),
        ..VersionInfo::default()
    })
}

/// A tag of an image that is deployed by its digest: one that is a version, if there is one.
async fn tag_of(
    clients: &Clients,
    app: &AppRequest,
    repository: &ImageReference,
    digest: &Digest,
) -> Option<ImageTag> {
    let repository = in_ecr(repository).ok()?;
    let id = ImageId::Digest(digest.clone());
    let found = clients.ecr(&repository.region).detail(&repository, &id).await.ok().flatten()?;
    let template = app.wanted.tag_template();
    let is_version = |tag: &&ImageTag| version_of(tag, template, None).is_some();
    let is_name = |tag: &&ImageTag| app.keep_tag.as_ref().is_none_or(|it| !it.is_one(tag));
    let mut names = found.tags.iter().filter(is_name);
    found.tags.iter().find(is_version).or_else(|| names.next()).cloned()
}
