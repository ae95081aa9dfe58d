//! Deployments by CodeDeploy for the tests of the rooms around.

use super::Deployment;
use crate::service::DeploymentId;

/// One that nothing is known of but its status.
pub(crate) fn deployment(id: DeploymentId, status: &str) -> Deployment {
    Deployment {
        id,
        status: status.to_owned(),
        error: None,
        rolled_back_by: None,
        rolls_back: None,
        rolls_back_on: Vec::new(),
        revision: None,
        description: None,
        waits_to_remove_old_tasks: false,
        gate: None,
        created_at: None,
        finished_at: None,
    }
}
