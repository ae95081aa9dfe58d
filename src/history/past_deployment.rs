//! What is on record of a service's deployments, whoever carried them out.

use std::fmt;
use std::time::SystemTime;

use crate::ecs::{
    CodeDeployId, ContainerImage, Controller, Numbered, ServiceDeploymentArn, ServiceRevisionArn,
    TaskDefinitionArn, TaskSetId,
};

/// What was read of a service's past.
#[derive(Debug, Clone)]
pub(crate) struct DeploymentRecord {
    /// Whose record it is. CodeDeploy's names definitions only: an image is known by its
    /// reference, and by a digest where somebody has looked.
    pub controller: Controller,
    /// In any order; of those that were created in the same moment the newest first. One
    /// that is there twice, as pages may have it, counts once.
    pub deployments: Vec<PastDeployment>,
    /// What they brought, what ran before them and what the service is set to, as far as
    /// it can be read; in any order.
    pub revisions: Vec<PastRevision>,
    pub coverage: Coverage,
    /// What the service is set to, or is on its way to.
    pub primary: Option<RevisionId>,
    /// Whether tasks of the primary deployment run, or are about to.
    pub primary_has_tasks: bool,
    pub running: Option<RevisionId>,
    /// The deployment that the service names as its newest.
    pub newest: Option<DeploymentName>,
}

/// How far back the record goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Coverage {
    End {
        /// The revisions that the oldest deployment replaced; none if it created the
        /// service.
        sources: Vec<RevisionId>,
    },
    /// To the newest, and there are older ones. An image that was pushed after the oldest
    /// of these began did not run before.
    Newest,
    /// There may be older ones. Enough for
    /// [`History::rolled_back_from`](super::History::rolled_back_from).
    Cut,
}

/// One deployment of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PastDeployment {
    pub name: DeploymentName,
    /// What it brought, or was to bring; ECS and CodeDeploy always say it.
    pub revision: Option<RevisionId>,
    /// By AWS's clock.
    pub created_at: Option<SystemTime>,
    /// By AWS's clock.
    pub finished_at: Option<SystemTime>,
    pub status: PastStatus,
    /// Whether a task of it is known to have been started. More may show in its revision.
    pub started_tasks: bool,
    /// What a rollback of it led to. Where the record does not say it, that is what
    /// succeeded last.
    pub returned_to: Option<RevisionId>,
}

/// How a deployment ended, or that it has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PastStatus {
    /// With success, even where it started no task.
    Succeeded,
    /// ECS or CodeDeploy brought an earlier revision back.
    RolledBack,
    /// That was tried, and failed.
    RollbackFailed,
    /// Another deployment took its place before it ended.
    Superseded,
    /// It failed or was stopped, and nothing came back.
    Failed,
    UnderWay,
    /// ECS or CodeDeploy is bringing an earlier revision back.
    RollingBack,
    /// A status younger than this tool, as AWS spells it, or why it is not known.
    Unknown(String),
}

/// A deployment by the name that people find it by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum DeploymentName {
    Ecs(ServiceDeploymentArn),
    CodeDeploy(CodeDeployId),
}

/// What a deployment brought, by the name that its record gives it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum RevisionId {
    /// The number of a service revision, which is also that of its deployment.
    Ecs(String),
    /// CodeDeploy has no revisions: what this deployment brought.
    CodeDeploy(CodeDeployId),
    /// A task set that no deployment on record brought.
    TaskSet(TaskSetId),
}

/// What there is to know of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PastRevision {
    pub id: RevisionId,
    pub definition: Option<TaskDefinitionArn>,
    /// Of each container.
    pub images: Vec<ContainerImage>,
}

impl PastStatus {
    /// Whether it has ended, and not with success.
    pub(super) fn is_bad(&self) -> bool {
        match self {
            Self::RolledBack | Self::RollbackFailed | Self::Superseded | Self::Failed => true,
            Self::Succeeded | Self::UnderWay | Self::RollingBack | Self::Unknown(_) => false,
        }
    }
}

impl RevisionId {
    /// What one of the `deployments` that ECS shows of a service, or a task set, brought.
    pub(super) fn of(controller: &Controller, deployment: &TaskSetId) -> Self {
        match controller {
            Controller::CodeDeploy => Self::TaskSet(deployment.clone()),
            Controller::Ecs | Controller::External | Controller::Unknown(_) => {
                Self::Ecs(deployment.number().to_owned())
            }
        }
    }
}

impl From<&ServiceRevisionArn> for RevisionId {
    fn from(arn: &ServiceRevisionArn) -> Self {
        Self::Ecs(arn.number().to_owned())
    }
}

impl fmt::Display for DeploymentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ecs(arn) => write!(f, "the service deployment {arn}"),
            Self::CodeDeploy(id) => write!(f, "the CodeDeploy deployment {id}"),
        }
    }
}

impl fmt::Display for RevisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ecs(number) => write!(f, "service revision {number}"),
            Self::CodeDeploy(id) => write!(f, "what the CodeDeploy deployment {id} deployed"),
            Self::TaskSet(id) => write!(f, "the task set {id}"),
        }
    }
}
