//! Asking ECS to return from a deployment by itself: faster than an update, above
//! all for blue/green, and it restores a whole revision.
//!
//! ECS is asked only where it would return to the wanted revision and no other,
//! and never twice: after an answer that says nothing, what the deployment does
//! says whether it was heard.

use std::time::Duration;

use tokio::time::sleep;

use super::journal::{Journal, Write};
use crate::aws::{Cause, Ecs};
use crate::effects::Voice;
use crate::service::{ServiceDeployment, ServiceDeploymentArn, ServiceRevisionArn};

/// After an answer that says nothing: so many looks, a second apart, before the
/// request is taken not to have been heard.
const LOOKS: usize = 4;
const BETWEEN: Duration = Duration::from_secs(1);

/// Lets ECS return from `deployment` to the revision `to`; `false` where it would
/// not return there, or does not return at all.
pub async fn roll_back(
    ecs: &Ecs,
    deployment: &ServiceDeploymentArn,
    to: &ServiceRevisionArn,
    journal: &Journal,
    voice: &dyn Voice,
) -> bool {
    let Some(found) = look_at(ecs, deployment).await else { return false };
    if found.status.starts_with("ROLLBACK") {
        voice.line("ECS is rolling it back already; following that");
        note(journal, Write::Done(()));
        return true;
    }
    if !found.is_under_way() || found.sources != [to.clone()] {
        return false;
    }
    note(journal, Write::Sent);
    let asked = match &found.pause {
        Some(pause) => ecs.roll_back_paused(deployment, pause).await,
        None => ecs.roll_back(deployment).await,
    };
    match asked {
        Ok(()) => {
            voice.line("asked ECS to stop the deployment and roll it back");
            note(journal, Write::Done(()));
            true
        }
        Err(error) if error.cause == Cause::Unclear => {
            voice.line(&format!(
                "ECS gave no clear answer ({error}); looking whether it rolls back"
            ));
            let heard = has_heard(ecs, deployment).await;
            note(journal, if heard { Write::Done(()) } else { Write::Undone });
            heard
        }
        Err(error) => {
            voice.line(&format!("ECS does not roll it back ({error})"));
            note(journal, Write::Undone);
            false
        }
    }
}

fn note(journal: &Journal, roll_back: Write<()>) {
    journal.note(|entries| entries.roll_back = roll_back);
}

async fn look_at(ecs: &Ecs, arn: &ServiceDeploymentArn) -> Option<ServiceDeployment> {
    let found = ecs.service_deployments(std::slice::from_ref(arn)).await;
    found.ok()?.into_iter().next()
}

/// Whether the deployment is no longer what ECS goes on with.
async fn has_heard(ecs: &Ecs, arn: &ServiceDeploymentArn) -> bool {
    for look in 0..LOOKS {
        if look > 0 {
            sleep(BETWEEN).await;
        }
        let status = look_at(ecs, arn).await.map(|deployment| deployment.status);
        if status.is_some_and(|status| status != "PENDING" && status != "IN_PROGRESS") {
            return true;
        }
    }
    false
}
