//! Where deployments and their steps stand, in CodeDeploy's words.

use crate::names::words;

words! {
    /// Of a deployment.
    CodeDeployStatus {
        Created = "Created",
        Queued = "Queued",
        InProgress = "InProgress",
        Baking = "Baking",
        Ready = "Ready",
        Succeeded = "Succeeded",
        Failed = "Failed",
        Stopped = "Stopped",
    }

    /// Of a lifecycle event, and of the target that goes through them.
    StepStatus {
        Pending = "Pending",
        InProgress = "InProgress",
        Succeeded = "Succeeded",
        Failed = "Failed",
        Skipped = "Skipped",
        Ready = "Ready",
        Unknown = "Unknown",
    }
}

impl CodeDeployStatus {
    /// Whether CodeDeploy is still at work on the deployment. A status that is not known is
    /// taken for work.
    pub fn is_under_way(&self) -> bool {
        *self != Self::Succeeded && !self.has_ended_badly()
    }

    pub fn has_ended_badly(&self) -> bool {
        matches!(self, Self::Failed | Self::Stopped)
    }

    /// Whether CodeDeploy has not begun with it.
    pub fn is_new(&self) -> bool {
        matches!(self, Self::Created | Self::Queued)
    }
}
