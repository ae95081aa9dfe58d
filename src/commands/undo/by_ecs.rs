//! The way back by ECS's own rollback.

use tokio::time::{Duration, sleep};

use super::Undo;
use crate::apply::Write;
use crate::aws::Cause;
use crate::service::{ServiceDeployment, ServiceDeploymentArn, ServiceRevision};

/// After an answer that says nothing: so many looks, a second apart, before the
/// request is taken not to have been heard.
const LOOKS: usize = 4;
const BETWEEN: Duration = Duration::from_secs(1);

impl Undo<'_> {
    /// Lets ECS return by itself; `false` where it would not return to the right
    /// revision or cannot.
    pub(super) async fn ask_ecs(
        &self,
        point: &ServiceRevision,
        service_deployment: Option<&ServiceDeploymentArn>,
    ) -> bool {
        let Some(arn) = service_deployment else { return false };
        let Some(deployment) = self.look_at(arn).await else { return false };
        if deployment.status.starts_with("ROLLBACK") {
            self.run.voice.line("ECS is rolling it back already; following that");
            self.note(Write::Done(()));
            return true;
        }
        if !deployment.is_under_way() || deployment.sources != [point.arn.clone()] {
            return false;
        }
        self.note(Write::Sent);
        let asked = match &deployment.pause {
            Some(pause) => self.ecs().roll_back_paused(arn, pause).await,
            None => self.ecs().roll_back(arn).await,
        };
        match asked {
            Ok(()) => {
                self.run.voice.line("asked ECS to stop the deployment and roll it back");
                self.note(Write::Done(()));
                true
            }
            // Never asked twice: what ECS does now says whether it has heard.
            Err(error) if error.cause == Cause::Unclear => {
                self.run.voice.line(&format!(
                    "ECS gave no clear answer ({error}); looking whether it rolls back"
                ));
                let heard = self.has_heard(arn).await;
                self.note(if heard { Write::Done(()) } else { Write::Undone });
                heard
            }
            Err(error) => {
                self.run.voice.line(&format!("ECS does not roll it back ({error})"));
                self.note(Write::Undone);
                false
            }
        }
    }

    fn note(&self, roll_back: Write<()>) {
        self.journal.note(|entries| entries.roll_back = roll_back);
    }

    async fn look_at(&self, arn: &ServiceDeploymentArn) -> Option<ServiceDeployment> {
        let found = self.ecs().service_deployments(std::slice::from_ref(arn)).await;
        found.ok()?.into_iter().next()
    }

    /// Whether the deployment is no longer what ECS goes on with.
    async fn has_heard(&self, arn: &ServiceDeploymentArn) -> bool {
        for look in 0..LOOKS {
            if look > 0 {
                sleep(BETWEEN).await;
            }
            let status = self.look_at(arn).await.map(|deployment| deployment.status);
            if status.is_some_and(|status| status != "PENDING" && status != "IN_PROGRESS") {
                return true;
            }
        }
        false
    }
}
