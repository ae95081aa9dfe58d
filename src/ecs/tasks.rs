//! What is known of single tasks: by ECS, by the load balancer in front of
//! them, and by what they logged.
//!
//! All text in it is untrusted.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use super::arns::TaskDefinitionArn;
use super::status::{HealthStatus, TargetState, TaskStatus};

/// One answer of `DescribeTasks` for one task.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Task {
    /// The last part of the ARN, by which people and log streams name it.
    pub id: String,
    pub arn: String,
    /// What it was started from.
    pub definition: Option<TaskDefinitionArn>,
    /// `ecs-svc/<number>` where a deployment started it.
    pub started_by: Option<String>,
    pub last_status: Option<TaskStatus>,
    /// `TaskFailedToStart`, `EssentialContainerExited`, …
    pub stop_code: Option<String>,
    /// Why it stopped, in ECS's words.
    pub stopped_reason: Option<String>,
    /// When ECS accepted it, by AWS's clock.
    pub created_at: Option<SystemTime>,
    /// When all its containers ran, by AWS's clock; absent if they never did.
    pub started_at: Option<SystemTime>,
    /// When it stopped, by AWS's clock.
    pub stopped_at: Option<SystemTime>,
    /// By its containers' health checks.
    pub health: Option<HealthStatus>,
    /// Its containers, in no particular order.
    pub containers: Vec<TaskContainer>,
    /// Addresses of its own network interfaces.
    pub addresses: Vec<IpAddr>,
    /// Ports of its instance that lead to its containers, where it shares the network.
    pub host_ports: Vec<i32>,
    /// `statusReason` of its attachments: network interfaces and EBS volumes.
    pub attachment_reasons: Vec<String>,
}

impl Task {
    /// The sentences of ECS in it, which may quote what stands in the definition.
    pub fn sentences_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let containers = self.containers.iter_mut().filter_map(|it| it.reason.as_mut());
        self.stopped_reason.iter_mut().chain(&mut self.attachment_reasons).chain(containers)
    }

    /// Whether a target of a load balancer may be this task: by its own address, or by
    /// the port of an instance. On which instance it runs ECS says only to those who may
    /// describe those, so that tasks with the same fixed port can't be told apart.
    pub fn may_be(&self, target: &TargetHealth) -> bool {
        match target.target.parse::<IpAddr>() {
            Ok(address) => self.addresses.contains(&address),
            Err(_) => target.port.is_some_and(|port| self.host_ports.contains(&port)),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskContainer {
    /// Its name in the task definition.
    pub name: String,
    /// What its process ended with; 128 + n where signal n ended it.
    pub exit_code: Option<i32>,
    /// What went wrong with it, in the words of ECS's agent (at most 1024 characters).
    pub reason: Option<String>,
    /// By its own health check.
    pub health: Option<HealthStatus>,
    /// The container runtime's id, which names the log stream where no prefix is set.
    pub runtime_id: Option<String>,
    /// The image as the runtime was given it.
    pub image: Option<String>,
    /// What the image was resolved to.
    pub digest: Option<String>,
}

/// One answer of `DescribeTargetHealth` for one target.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TargetHealth {
    /// The target group's ARN, or its name.
    pub target_group: String,
    /// An IP address or the id of an instance.
    pub target: String,
    /// The port that gets the traffic.
    pub port: Option<i32>,
    pub state: TargetState,
    /// `Target.ResponseCodeMismatch`, `Target.Timeout`, …; absent when healthy.
    pub reason: Option<String>,
    /// The reason in words, with the codes that the health check got.
    pub description: Option<String>,
}

/// How a target group is set, by `DescribeTargetGroups` and `DescribeTargetGroupAttributes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetGroup {
    pub name: String,
    /// Between two health checks of a target.
    pub interval: Duration,
    /// So many of them have to pass, one after the other.
    pub healthy_threshold: u32,
    /// How long a target that leaves may still answer what it was asked.
    pub deregistration_delay: Option<Duration>,
}

/// The last log lines of one container of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogTail {
    pub container: String,
    pub task: String,
    pub source: LogSource,
    /// Oldest first; none where nothing was logged or the log can't be read.
    pub lines: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LogSource {
    /// CloudWatch Logs, by the driver `awslogs`.
    CloudWatch { group: String, stream: String },
    /// Somewhere else, where this tool does not read.
    Elsewhere {
        /// The log driver: `awsfirelens`, `splunk`, …
        driver: String,
        /// Where the driver sends the log, in words.
        place: String,
    },
}
