//! Tasks and load balancer targets, as far as a diagnosis reads them.

use std::time::SystemTime;

use super::TaskDefinitionArn;

/// One task of `DescribeTasks`. Its texts are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Task {
    /// The last part of its ARN.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// What it was started from.
    pub definition: Option<TaskDefinitionArn>,
    /// `ecs-svc/…` of the deployment that started it.
    pub started_by: Option<String>,
    /// Such as `PENDING`, `RUNNING`, `STOPPED`.
    pub last_status: Option<String>,
    /// `RUNNING` or `STOPPED`.
    pub desired_status: Option<String>,
    /// Such as `TaskFailedToStart`.
    pub stop_code: Option<String>,
    /// Why it stopped, in ECS's words.
    pub stopped_reason: Option<String>,
    /// When ECS created it.
    pub created_at: Option<SystemTime>,
    /// When it reached `RUNNING`.
    pub started_at: Option<SystemTime>,
    /// When it had stopped.
    pub stopped_at: Option<SystemTime>,
    /// `HEALTHY`, `UNHEALTHY` or `UNKNOWN`.
    pub health: Option<String>,
    /// Its containers.
    pub containers: Vec<TaskContainer>,
    /// Private IPv4 addresses of its network interfaces.
    pub addresses: Vec<String>,
    /// What its attachments say of themselves.
    pub attachment_reasons: Vec<String>,
}

/// One container of a task.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskContainer {
    /// Its name in the task definition.
    pub name: String,
    /// How its process ended.
    pub exit_code: Option<i32>,
    /// Why it stopped, in ECS's or the runtime's words.
    pub reason: Option<String>,
    /// `HEALTHY`, `UNHEALTHY` or `UNKNOWN`.
    pub health: Option<String>,
    /// The container runtime's id.
    pub runtime_id: Option<String>,
    /// The reference it was started from.
    pub image: Option<String>,
    /// The digest it was started from.
    pub digest: Option<String>,
}

/// How a load balancer finds one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetHealth {
    /// The ARN of the target group.
    pub target_group: String,
    /// An IP address or an instance id.
    pub target: String,
    /// The port that is checked.
    pub port: Option<i32>,
    /// Such as `healthy`, `unhealthy`.
    pub state: String,
    /// Such as `Target.ResponseCodeMismatch`.
    pub reason: Option<String>,
    /// The load balancer's words.
    pub description: Option<String>,
}
