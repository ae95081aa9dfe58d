//! Where services, deployments and tasks stand, in ECS's words.

use crate::names::words;

words! {
    ServiceStatus {
        Active = "ACTIVE",
        Draining = "DRAINING",
        Inactive = "INACTIVE",
    }

    /// Of an entry of `service.deployments[]`, or of a task set.
    DeploymentStatus {
        Primary = "PRIMARY",
        Active = "ACTIVE",
        Inactive = "INACTIVE",
        Draining = "DRAINING",
    }

    RolloutState {
        InProgress = "IN_PROGRESS",
        Completed = "COMPLETED",
        Failed = "FAILED",
    }

    ServiceDeploymentStatus {
        Pending = "PENDING",
        InProgress = "IN_PROGRESS",
        Successful = "SUCCESSFUL",
        StopRequested = "STOP_REQUESTED",
        Stopped = "STOPPED",
        RollbackRequested = "ROLLBACK_REQUESTED",
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        RollbackSuccessful = "ROLLBACK_SUCCESSFUL",
        RollbackFailed = "ROLLBACK_FAILED",
    }

    TaskStatus {
        Provisioning = "PROVISIONING",
        Pending = "PENDING",
        Running = "RUNNING",
        Stopped = "STOPPED",
    }

    /// By the health checks of containers.
    HealthStatus {
        Healthy = "HEALTHY",
        Unhealthy = "UNHEALTHY",
        Unknown = "UNKNOWN",
    }

    /// By a load balancer.
    TargetState {
        Initial = "initial",
        Healthy = "healthy",
        Unhealthy = "unhealthy",
        UnhealthyDraining = "unhealthy.draining",
        Unused = "unused",
        Draining = "draining",
        Unavailable = "unavailable",
    }
}

impl ServiceStatus {
    /// Whether the service is being deleted, or was. A status that is not known is not.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Draining | Self::Inactive)
    }
}

impl ServiceDeploymentStatus {
    /// Whether ECS is still at work on it. A status that is not known is taken
    /// for work, because an unknown state is never an end.
    pub fn is_under_way(&self) -> bool {
        !matches!(
            self,
            Self::Successful | Self::Stopped | Self::RollbackSuccessful | Self::RollbackFailed
        )
    }

    /// Whether ECS rolls it back, or has, or has tried to.
    pub fn is_rollback(&self) -> bool {
        match self {
            Self::RollbackRequested
            | Self::RollbackInProgress
            | Self::RollbackSuccessful
            | Self::RollbackFailed => true,
            Self::Other(word) => word.starts_with("ROLLBACK"),
            Self::Pending
            | Self::InProgress
            | Self::Successful
            | Self::StopRequested
            | Self::Stopped => false,
        }
    }
}

impl TargetState {
    pub fn is_unhealthy(&self) -> bool {
        matches!(self, Self::Unhealthy | Self::UnhealthyDraining)
    }
}
