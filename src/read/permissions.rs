//! Which reads these credentials may not do, found by doing them: so that a pull
//! request hears of all that is missing at once, and not a release of one a day.
//!
//! Whether they may write can't be known without writing. Log lines are not tried: the role of
//! a pull request should not have them.

use std::collections::BTreeSet;

use futures_util::StreamExt as _;
use tokio::time::timeout;

use crate::aws::{Answer, Cause, Clients, ImageId, side_by_side};
use crate::codedeploy::{GroupName, Revision};
use crate::ecs::CodeDeployId;
use crate::image::{Digest, EcrRepository};
use crate::plan::{CurrentState, Fact};
use crate::request::Target;

use super::optional::OPTIONAL_WITHIN;
use super::service_deployments::PAGE;

/// Without these there is no deployment.
pub(crate) const REQUIRED: [&str; 6] = [
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecr:BatchGetImage",
    "codedeploy:GetDeploymentGroup",
    "codedeploy:GetDeployment",
    // CodeDeploy asks for it when a deployment is created.
    "codedeploy:GetDeploymentConfig",
];

/// What is read of services that ECS deploys, and of no others.
const OF_ECS: [&str; 3] = [
    "ecs:ListServiceDeployments",
    "ecs:DescribeServiceDeployments",
    "ecs:DescribeServiceRevisions",
];

/// A task or target that does not exist: AWS checks permissions before it looks
/// anything up.
const NOBODYS: &str = "00000000000000000000000000000000";

/// A checksum that no AppSpec has.
const NO_SHA256: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const CONFIG: &str = "CodeDeployDefault.ECSAllAtOnce";

/// The actions among those that need no more than names, and of which the reads would not
/// say that they are denied.
pub(crate) async fn denied_beside(clients: &Clients, target: &Target) -> BTreeSet<&'static str> {
    let ecs = clients.ecs(&target.region);
    let tasks = [NOBODYS.to_owned()];
    let (deployments, listed, described) = tokio::join!(
        denied(ecs.list_service_deployments(target, PAGE, None)),
        denied(ecs.stopped_tasks(target)),
        denied(ecs.tasks(&target.cluster, &tasks)),
    );
    [deployments, listed, described].into_iter().flatten().collect()
}

/// Those that the reads begin with, where they have found nothing.
pub(crate) async fn denied_reads(
    clients: &Clients,
    target: &Target,
    repository: Option<&EcrRepository>,
) -> BTreeSet<&'static str> {
    let ecs = clients.ecs(&target.region);
    let no_image = no_digest().map(ImageId::Digest);
    let (service, definition, newest, image, of_image) = tokio::join!(
        denied(ecs.service(target)),
        denied(ecs.task_definition(target.service.as_str())),
        denied(ecs.newest_revision(target.service.as_str())),
        async {
            let (repository, id) = repository.zip(no_image.as_ref())?;
            let ecr = clients.ecr(&repository.region);
            denied(ecr.images(repository, std::slice::from_ref(id))).await
        },
        of_image(clients, repository),
    );
    [service, definition, newest, image].into_iter().flatten().chain(of_image).collect()
}

/// Those that need to know what was found, and those that the finding has shown; with the
/// ones `beside`, but for what is never read of such a service.
pub(crate) async fn denied_by_found(
    clients: &Clients,
    target: &Target,
    found: &CurrentState,
    beside: &BTreeSet<&'static str>,
) -> BTreeSet<&'static str> {
    let repositories = found.images.iter();
    let repositories = repositories.map(|it| EcrRepository::of_image(&it.image.reference));
    let repositories: Vec<_> = repositories.collect();
    let mut all: BTreeSet<&'static str> = [
        of_fact(&found.running_images),
        of_fact(&found.current),
        of_fact(&found.last_good),
        of_fact(&found.rolled_back),
        of_fact(&found.newest),
    ]
    .into_iter()
    .flatten()
    .collect();
    let (ecs, elb) = (clients.ecs(&target.region), clients.elb(&target.region));
    let group = found.service.target_groups.first();
    let revisions = found.service.primary().map(|it| [found.service.arn.revision(&it.id)]);
    let of_images = repositories.iter().map(|it| of_image(clients, it.as_ref()));
    let (images, revisions, health) = tokio::join!(
        side_by_side(of_images).collect::<Vec<_>>(),
        async { denied(ecs.service_revisions(revisions.as_ref()?)).await },
        async { denied(elb.target_health(group?)).await },
    );
    all.extend(images.into_iter().flatten());
    all.extend(revisions);
    all.extend(health);
    if let Some(codedeploy) = &found.codedeploy {
        all.extend(denied_by_group(clients, target, &codedeploy.group.name).await);
    }
    all.extend(beside);
    all.retain(|action| found.codedeploy.is_none() || !OF_ECS.contains(action));
    all
}

/// What following, listing and going back take under CodeDeploy.
async fn denied_by_group(
    clients: &Clients,
    target: &Target,
    group: &GroupName,
) -> BTreeSet<&'static str> {
    let codedeploy = clients.codedeploy(&target.region);
    let Ok(nobodys) = "d-000000000".parse::<CodeDeployId>() else { return BTreeSet::new() };
    let ids = [nobodys.clone()];
    let nothing = Revision::Content { sha256: NO_SHA256.to_owned() };
    let (one, several, listed, steps, app_spec, config) = tokio::join!(
        denied(codedeploy.deployment(&nobodys)),
        denied(codedeploy.deployments(&ids)),
        denied(codedeploy.deployment_ids(group, None)),
        denied(codedeploy.target(&nobodys, target)),
        denied(codedeploy.app_spec(&group.application, &nothing)),
        denied(codedeploy.time_to_shift(CONFIG)),
    );
    [one, several, listed, steps, app_spec, config].into_iter().flatten().collect()
}

/// What is read of an image beside its manifest; none where there is no repository to ask
/// for.
async fn of_image(clients: &Clients, repository: Option<&EcrRepository>) -> BTreeSet<&'static str> {
    let Some((repository, digest)) = repository.zip(no_digest()) else { return BTreeSet::new() };
    let ecr = clients.ecr(&repository.region);
    let id = ImageId::Digest(digest.clone());
    let (detail, blob) = tokio::join!(
        denied(ecr.detail(repository, &id)),
        denied(ecr.blob_address(repository, &digest)),
    );
    [detail, blob].into_iter().flatten().collect()
}

/// Of no image.
fn no_digest() -> Option<Digest> {
    format!("sha256:{NOBODYS}{NOBODYS}").parse().ok()
}

/// Anything but a plain "no" is no answer to the question.
async fn denied<T>(asking: impl Future<Output = Answer<T>>) -> Option<&'static str> {
    match timeout(OPTIONAL_WITHIN, asking).await {
        Ok(Err(error)) if error.cause == Cause::Denied => Some(error.action),
        Ok(_) | Err(_) => None,
    }
}

fn of_fact<T>(fact: &Fact<T>) -> Option<&'static str> {
    match fact {
        Fact::Denied(action) => Some(action),
        Fact::Known(_) | Fact::Absent => None,
    }
}
