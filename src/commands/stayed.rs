//! Whether a deployment by CodeDeploy that came to nothing has left the service as it was.

use super::Run;
use crate::codedeploy::{Deployment, EcsTarget};
use crate::request::Target;
use crate::service::{DeploymentId, Service, ServiceRevisionArn};

/// Whether `before` never lost any traffic: the deployment is over, nothing returns from
/// it, and `before` is still the primary task set and has all the traffic. What can't be
/// read is not so.
pub(super) async fn has_stayed(
    run: &Run<'_>,
    target: &Target,
    deployment: &DeploymentId,
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
        && seen.is_ok_and(|seen| !seen.is_some_and(|seen| has_moved(&seen)))
}

fn came_to_nothing(own: &Deployment) -> bool {
    matches!(own.status.as_str(), "Failed" | "Stopped") && own.rolled_back_by.is_none()
}

fn has_moved(seen: &EcsTarget) -> bool {
    seen.green().is_some_and(|green| green.traffic > 0.0)
        || seen.blue().is_some_and(|blue| blue.traffic < 100.0)
}
