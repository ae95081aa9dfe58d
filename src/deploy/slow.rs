//! Beside a rollout that takes long: how the target groups of the service are set, which may
//! be what makes it slow. Asked once, and optional.

use std::future::pending;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::context::{Rollout, Run, desired_count};
use crate::aws::Cause;
use crate::ecs::TargetGroup;
use crate::plan::Plan;
use crate::rollout::{SLOW, Settings, slowest};

/// The rollout does not wait for it.
const WITHIN: Duration = Duration::from_secs(10);

/// The outcome of `watching`, and the target groups where it took long enough to ask for them.
pub(super) async fn beside<T>(
    run: &Run<'_>,
    plan: &Plan,
    watching: impl Future<Output = T>,
) -> (T, Vec<TargetGroup>) {
    let mut groups = Vec::new();
    let asking = async {
        sleep(SLOW).await;
        groups = target_groups(run, plan).await;
        pending().await
    };
    let watched = tokio::select! {
        watched = watching => watched,
        never = asking => never,
    };
    (watched, groups)
}

async fn target_groups(run: &Run<'_>, plan: &Plan) -> Vec<TargetGroup> {
    let arns = &plan.service.target_groups;
    if arns.is_empty() {
        return Vec::new();
    }
    let elb = run.clients.elb(&plan.target.region);
    match timeout(WITHIN, elb.target_groups(arns)).await {
        Ok(Ok(groups)) => groups,
        Ok(Err(error)) => {
            if error.cause == Cause::Denied {
                run.reporter.line(&format!(
                    "{error}: not checked whether the target groups slow the rollout down"
                ));
            }
            Vec::new()
        }
        Err(_elapsed) => Vec::new(),
    }
}

impl Rollout<'_> {
    /// What made it slow, in one sentence. Not asked of one that failed or that lost tasks, nor
    /// of one whose beginning was not seen.
    pub(super) fn slow(&self, target_groups: &[TargetGroup]) -> Option<String> {
        let settings = Settings {
            service: &self.plan.service,
            definition: &self.plan.revision.definition,
            target_groups,
            desired: desired_count(self.app, self.plan),
        };
        let is_whole = !self.followed.adopted && self.watched.stopped.is_empty();
        (self.has_succeeded() && is_whole)
            .then(|| slowest(&self.watched.spans, &settings))
            .flatten()
    }
}
