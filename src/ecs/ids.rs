//! The ids of deployments, and of what their tasks are started by.

use std::fmt;

use crate::names::name;

name!(
    /// `ecs-svc/<number>`: a deployment in `service.deployments[]`, or under CodeDeploy a
    /// task set. Its tasks name it in `startedBy`.
    TaskSetId,
    "the id of an ECS deployment or task set (ecs-svc/ and a number)",
    |text| text.strip_prefix("ecs-svc/").is_some_and(|number| !number.is_empty())
);

name!(
    /// `d-` and then letters and digits (`DeploymentId`, CodeDeploy API).
    CodeDeployId,
    "the id of a deployment by CodeDeploy (d- and letters and digits)",
    |text| text.strip_prefix("d-").is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
);

/// A deployment of a service, by whoever makes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DeploymentId {
    /// To ECS a deployment is the set of tasks that it starts.
    Ecs(TaskSetId),
    CodeDeploy(CodeDeployId),
}

impl DeploymentId {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Ecs(id) => id.as_str(),
            Self::CodeDeploy(id) => id.as_str(),
        }
    }

    /// The id by which CodeDeploy knows it.
    pub fn codedeploy(&self) -> Option<&CodeDeployId> {
        match self {
            Self::Ecs(_) => None,
            Self::CodeDeploy(id) => Some(id),
        }
    }

    /// The set of tasks that it starts, where its id tells.
    pub fn task_set(&self) -> Option<&TaskSetId> {
        match self {
            Self::Ecs(id) => Some(id),
            Self::CodeDeploy(_) => None,
        }
    }
}

impl fmt::Display for DeploymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq<DeploymentId> for TaskSetId {
    fn eq(&self, other: &DeploymentId) -> bool {
        other.task_set() == Some(self)
    }
}

/// What a revision is numbered by.
pub trait Numbered {
    /// What stands behind the slash; the whole id where CodeDeploy gave it.
    fn number(&self) -> &str;
}

impl Numbered for TaskSetId {
    fn number(&self) -> &str {
        self.as_str().rsplit('/').next().unwrap_or_default()
    }
}

impl Numbered for CodeDeployId {
    fn number(&self) -> &str {
        self.as_str()
    }
}

impl Numbered for DeploymentId {
    fn number(&self) -> &str {
        match self {
            Self::Ecs(id) => id.number(),
            Self::CodeDeploy(id) => id.number(),
        }
    }
}
