//! Whether a deployment by CodeDeploy that came to nothing has left the service as it was.

use crate::codedeploy::{Deployment, EcsTarget, TaskSet};
use crate::deploy::context::Run;
use crate::ecs::{CodeDeployId, Service, ServiceRevisionArn};
use crate::request::Target;

/// Whether `before` never lost any traffic: the deployment is over, nothing returns from
/// it, and `before` is still the primary task set and has all the traffic. What can't be
/// read is not so.
pub(crate) async fn has_stayed(
    run: &Run<'_>,
    target: &Target,
    deployment: &CodeDeployId,
    before: &ServiceRevisionArn,
) -> bool {
    let ecs = run.clients.ecs(&target.region);
    let codedeploy = run.clients.codedeploy(&target.region);
    let (now, own, seen) = tokio::join!(
        ecs.service(target),
        codedeploy.deployment(deployment),
        codedeploy.target(deployment, target)
    );
    let is_primary =
        |now: Service| now.primary().is_some_and(|primary| before.belongs_to(&primary.id));
    own.is_ok_and(|own| came_to_nothing(&own))
        && now.is_ok_and(|now| now.is_some_and(is_primary))
        && seen.is_ok_and(|seen| seen.is_none_or(|seen| is_all_on(&seen, before)))
}

fn came_to_nothing(own: &Deployment) -> bool {
    own.status.has_ended_badly() && own.rolled_back_by.is_none()
}

/// Whether the deployment has seen all traffic on `before`, or no task set at all: then it
/// ended before it made one. A task set is known by its id, because not every answer has
/// its label.
fn is_all_on(seen: &EcsTarget, before: &ServiceRevisionArn) -> bool {
    let is_before = |set: &TaskSet| set.id.as_ref().is_some_and(|id| before.belongs_to(id));
    let is_right = |set: &TaskSet| set.traffic == if is_before(set) { 100.0 } else { 0.0 };
    seen.task_sets.iter().all(is_right) && !(seen.task_sets.is_empty() && seen.has_all_traffic())
}
