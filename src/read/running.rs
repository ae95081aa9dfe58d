//! What runs, by which images, and what a failed deployment is undone to.

use super::definitions::definition;
use super::optional::optional;
use super::service_deployments::DeploymentList;
use super::service_reads::ServiceReads;
use crate::ecs::{ContainerImage, Controller, Service, ServiceRevision, TaskSetId};
use crate::history::last_good as last_good_of;
use crate::plan::{Fact, Serving};

/// The revision to return to. It is described only where it is not the one that runs,
/// whose images are known already.
pub(super) async fn last_good(
    reads: &ServiceReads<'_>,
    service: &Service,
    history: &Fact<DeploymentList>,
    running_images: &Fact<Vec<ContainerImage>>,
) -> Fact<ServiceRevision> {
    let listed = history.known().map(|it| it.deployments.as_slice()).unwrap_or_default();
    let Some(arn) = last_good_of(service, listed) else {
        return match history {
            Fact::Denied(permission) => Fact::Denied(permission),
            Fact::Known(_) | Fact::Absent => Fact::Absent,
        };
    };
    match service.primary() {
        Some(primary) if arn.belongs_to(&primary.id) => Fact::Known(ServiceRevision {
            arn,
            task_definition: primary.task_definition.clone(),
            images: running_images.known().cloned().unwrap_or_default(),
        }),
        Some(_) | None => {
            optional(async { Ok(reads.revisions(&[arn]).await?.into_iter().next()) }).await
        }
    }
}

/// The digests of what runs: from the service revision, whose name follows from
/// the primary deployment's; else from the tasks themselves.
pub(super) async fn running_images(
    reads: &ServiceReads<'_>,
    service: &Service,
) -> Fact<Vec<ContainerImage>> {
    match service.primary() {
        Some(primary) => images_of(reads, service, &primary.id).await,
        None => Fact::Absent,
    }
}

/// What runs, where that is not the primary deployment.
pub(super) async fn serving(reads: &ServiceReads<'_>, service: &Service) -> Option<Serving> {
    let running = service.running().filter(|it| !it.is_primary())?;
    let arn = running.task_definition.clone();
    let (definition, images) = tokio::join!(
        async {
            match &arn {
                Some(arn) => definition(reads, arn.as_str()).await.ok(),
                None => None,
            }
        },
        images_of(reads, service, &running.id),
    );
    Some(Serving { arn, definition, images })
}

/// The digests that a deployment of the service runs.
pub(super) async fn images_of(
    reads: &ServiceReads<'_>,
    service: &Service,
    deployment: &TaskSetId,
) -> Fact<Vec<ContainerImage>> {
    let revision = service.arn.revision(deployment);
    let from_revision = optional(async {
        // Under CodeDeploy there are none.
        if service.controller == Controller::CodeDeploy {
            return Ok(None);
        }
        let found = reads.revisions(&[revision]).await?;
        Ok(found.into_iter().next().map(|it| it.images))
    })
    .await;
    match from_revision {
        Fact::Known(images) if images.iter().any(|image| image.digest.is_some()) => {
            return Fact::Known(images);
        }
        Fact::Known(_) | Fact::Denied(_) | Fact::Absent => {}
    }
    let from_tasks = async { reads.images_of_tasks(deployment).await.map(Some) };
    match optional(from_tasks).await {
        Fact::Known(images) if !images.is_empty() => Fact::Known(images),
        Fact::Known(_) | Fact::Absent => match from_revision {
            Fact::Denied(permission) => Fact::Denied(permission),
            Fact::Known(_) | Fact::Absent => Fact::Absent,
        },
        Fact::Denied(permission) => Fact::Denied(permission),
    }
}
