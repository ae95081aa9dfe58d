//! What a service has returned to, as a side of the report.

use crate::deploy::context::Run;
use crate::ecs::{ServiceRevision, ServiceRevisionArn, TaskDefinitionArn};
use crate::image::ImageReference;
use crate::plan::{ChosenImage, Plan, VersionInfo};
use crate::rollout::Snapshot;
use crate::task_definition::TaskDefinition;
use crate::version::VersionName;

/// What `revision` runs. What ran before is known best by the plan's own words.
pub(crate) fn side_of(plan: &Plan, revision: &ServiceRevision) -> VersionInfo {
    if ran_before(plan, &revision.arn) {
        return plan.versions.from.clone();
    }
    let side = |chosen: &ChosenImage| {
        let image = revision.images.iter().find(|image| chosen.is_for(&image.container));
        let digest = image.and_then(|it| it.digest.clone());
        VersionInfo { digest, ..side(image.map(|it| it.image.clone())) }
    };
    told(plan, revision.task_definition.clone(), side)
}

/// What ECS or CodeDeploy has brought back by itself, by the last answer.
pub(crate) async fn by_itself(run: &Run<'_>, plan: &Plan, last: Option<&Snapshot>) -> VersionInfo {
    let primary = last.and_then(|last| last.primary.clone());
    let point = plan.return_to.as_ref();
    let Some(arn) = last.and_then(|last| last.returns_to.as_ref()) else {
        // Then its definition is all that is known of it.
        if primary.is_none() || primary == plan.versions.from.task_definition {
            return plan.versions.from.clone();
        }
        return match point.filter(|it| it.task_definition == primary) {
            Some(point) if !point.images.is_empty() => side_of(plan, point),
            Some(_) | None => of_definition(run, plan, primary).await,
        };
    };
    match point {
        _ if ran_before(plan, arn) => plan.versions.from.clone(),
        Some(point) if point.arn == *arn => side_of(plan, point),
        Some(_) | None => VersionInfo { task_definition: primary, ..VersionInfo::default() },
    }
}

/// What a definition names; what its tag has meant is not known.
async fn of_definition(run: &Run<'_>, plan: &Plan, arn: Option<TaskDefinitionArn>) -> VersionInfo {
    let ecs = run.clients.ecs(&plan.target.region);
    let raw = match &arn {
        Some(arn) => ecs.task_definition(arn.as_str()).await.ok(),
        None => None,
    };
    let definition = raw.and_then(|raw| TaskDefinition::from_describe(&raw).ok());
    let image = |chosen: &ChosenImage| {
        let mut containers = definition.as_ref()?.containers();
        containers.find(|container| chosen.is_for(container.name))?.image.map(str::to_owned)
    };
    told(plan, arn, |chosen| side(image(chosen)))
}

/// Where another run has chosen the images, the definition alone.
fn told(
    plan: &Plan,
    arn: Option<TaskDefinitionArn>,
    of: impl Fn(&ChosenImage) -> VersionInfo,
) -> VersionInfo {
    match &plan.images {
        Some(images) => images.told(arn, of),
        None => VersionInfo { task_definition: arn, ..VersionInfo::default() },
    }
}

fn side(image: Option<String>) -> VersionInfo {
    let reference: Option<ImageReference> = image.as_ref().and_then(|it| it.parse().ok());
    let tag = reference.as_ref().and_then(ImageReference::tag);
    VersionInfo {
        version: tag.map(|tag| VersionName::of(tag, None, None)),
        tag: tag.map(ToString::to_string),
        image,
        ..VersionInfo::default()
    }
}

/// Whether it is the revision that the plan found running.
fn ran_before(plan: &Plan, revision: &ServiceRevisionArn) -> bool {
    let service = &plan.service;
    let ran = service.running().or_else(|| service.primary());
    ran.is_some_and(|ran| revision.belongs_to(&ran.id))
}
