//! What a service has returned to, as a side of the report.

use crate::decide::{Plan, Side, version_name};
use crate::image::ImageReference;
use crate::rollout::Snapshot;
use crate::service::{ServiceRevision, ServiceRevisionArn};

/// What `revision` runs. What ran before is known best by the plan's own words.
pub(super) fn side_of(plan: &Plan, revision: &ServiceRevision) -> Side {
    if ran_before(plan, &revision.arn) {
        return plan.from.clone();
    }
    let is_ours = |container: &str| plan.containers.iter().any(|it| it.as_str() == container);
    let image = revision.images.iter().find(|image| is_ours(&image.container));
    let reference: Option<ImageReference> = image.and_then(|it| it.image.parse().ok());
    let tag = reference.as_ref().and_then(ImageReference::tag);
    Side {
        version: tag.map(|tag| version_name(tag, None, None)),
        tag: tag.map(ToString::to_string),
        digest: image.and_then(|it| it.digest.clone()),
        image: image.map(|it| it.image.clone()),
        task_definition: revision.task_definition.clone(),
    }
}

/// What ECS has brought back by itself, by its last answer.
pub(super) fn by_ecs(plan: &Plan, last: Option<&Snapshot>) -> Side {
    let Some(arn) = last.and_then(|last| last.returns_to.as_ref()) else {
        return plan.from.clone();
    };
    match &plan.return_to {
        _ if ran_before(plan, arn) => plan.from.clone(),
        Some(point) if point.arn == *arn => side_of(plan, point),
        Some(_) | None => {
            Side { task_definition: last.and_then(|last| last.primary.clone()), ..Side::default() }
        }
    }
}

/// Whether it is the revision that the plan found running.
fn ran_before(plan: &Plan, revision: &ServiceRevisionArn) -> bool {
    plan.service.primary().is_some_and(|primary| revision.belongs_to(&primary.id))
}
