//! How fast the simulated AWS does things, and how late it shows them.

use std::time::Duration;

/// The durations of everything that takes time. [`Pace::real`] is about what
/// ECS on Fargate does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// From a new service deployment (PENDING) to its first task (IN_PROGRESS); in
    /// CodeDeploy from Created on.
    pub begin: Duration,
    /// From a task's creation to the start of its image pull.
    pub provision: Duration,
    /// The image pull, whether it succeeds or not.
    pub pull: Duration,
    /// From RUNNING to counting as healthy where nothing checks the health.
    pub settle: Duration,
    /// From SIGTERM (or a deregistration from a load balancer) to STOPPED.
    pub drain: Duration,
    /// Between the death of a task that ran and its replacement.
    pub restart: Duration,
    /// The first gap after a task that failed to start; doubles each time.
    pub retry: Duration,
    pub retry_max: Duration,
    /// From a request to stop a deployment to the start of its rollback; in CodeDeploy
    /// from the request or an alarm to Stopped, and from there to the rollback.
    pub rollback_delay: Duration,
    /// How long alarms are watched after the steady state.
    pub alarm_bake: Duration,
    /// A stage of a native blue/green deployment that does nothing but pass, and a
    /// function that CodeDeploy asks. An event without one takes a tenth of it.
    pub stage: Duration,
    /// A shift of traffic from one revision to the other.
    pub shift: Duration,
    /// One of the minutes that a deployment configuration speaks of.
    pub minute: Duration,
}

impl Pace {
    /// About what ECS on Fargate does.
    pub const fn real() -> Self {
        Self {
            begin: Duration::from_secs(3),
            provision: Duration::from_secs(10),
            pull: Duration::from_secs(15),
            settle: Duration::from_secs(40),
            drain: Duration::from_secs(35),
            restart: Duration::from_secs(5),
            retry: Duration::from_secs(60),
            retry_max: Duration::from_secs(15 * 60),
            rollback_delay: Duration::from_secs(4),
            alarm_bake: Duration::from_secs(5 * 60),
            stage: Duration::from_secs(5),
            shift: Duration::from_secs(30),
            minute: Duration::from_secs(60),
        }
    }

    /// The same, so many times faster: for demonstrations in real time.
    #[must_use]
    pub fn faster(self, times: f64) -> Self {
        let scaled = |d: Duration| d.div_f64(times);
        Self {
            begin: scaled(self.begin),
            provision: scaled(self.provision),
            pull: scaled(self.pull),
            settle: scaled(self.settle),
            drain: scaled(self.drain),
            restart: scaled(self.restart),
            retry: scaled(self.retry),
            retry_max: scaled(self.retry_max),
            rollback_delay: scaled(self.rollback_delay),
            alarm_bake: scaled(self.alarm_bake),
            stage: scaled(self.stage),
            shift: scaled(self.shift),
            minute: scaled(self.minute),
        }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::real()
    }
}

/// How late a change becomes visible; `Duration::MAX` is never. All zero unless
/// a test asks for it; the lag of the listing was measured on AWS.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Lag {
    /// Until `ListServiceDeployments` shows a new service deployment, and CodeDeploy's
    /// `ListDeployments` a new deployment.
    pub listing: Duration,
    /// Until `service.currentServiceDeployment` names it.
    pub current_service_deployment: Duration,
    /// Until `DescribeServiceDeployments` and `DescribeServiceRevisions` know
    /// it; before that they answer MISSING.
    pub describe: Duration,
    /// Until `ListTasks` and `DescribeTasks` know a task of `RunTask`.
    pub tasks: Duration,
    /// How long after an update `DescribeServices` still shows the service as
    /// it was before it.
    pub describe_services: Duration,
}
