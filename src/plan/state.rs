//! What was read before deciding.

use std::time::SystemTime;

use super::codedeploy::state::CodeDeployState;
use super::fact::Fact;
use super::images::Images;
use crate::ecs::{
    ContainerImage, Service, ServiceDeployment, ServiceRevision, ServiceRevisionArn,
    TaskDefinitionArn,
};
use crate::history::{RolledBack, Times};
use crate::problem::{Location, Problem};
use crate::task_definition::TaskDefinition;

/// Everything that was read for one app.
#[derive(Debug, Clone)]
pub(crate) struct CurrentState {
    /// The service, which may be deployed to.
    pub service: Service,
    /// What CodeDeploy has of it, where CodeDeploy makes its deployments.
    pub codedeploy: Option<CodeDeployState>,
    /// The definition that the service is set to run.
    pub running: TaskDefinition,
    /// What runs, where that is not what the service is set to: most tasks are still those
    /// of an earlier deployment.
    pub serving: Option<Serving>,
    /// What the running definition's tags were resolved to.
    pub running_images: Fact<Vec<ContainerImage>>,
    /// The service deployment that ECS names as the current one.
    pub current: Fact<ServiceDeployment>,
    /// The permission without which the stages of a deployment are not seen.
    pub unseen: Option<&'static str>,
    /// The last service revision that succeeded here.
    pub last_good: Fact<ServiceRevision>,
    pub base: Base,
    /// What was asked for.
    pub images: Images,
    /// When, and how, this service was rolled back from the image, if the rule
    /// about that applies.
    pub rolled_back: Fact<RolledBack>,
    /// How a rollback comes by its definition; none for a deploy.
    pub rollback_source: Option<RollbackSource>,
    /// What `{name}` stands for in the tag template.
    pub package_name: Option<String>,
    /// Where the version stands, if it was read from package.json.
    pub version_at: Option<Location>,
    /// The newest ACTIVE revision of the running family.
    pub newest: Fact<TaskDefinitionArn>,
    /// Whether that was deployed here before, so that the service has left it.
    pub newest_was_left: bool,
}

/// What an earlier deployment still runs.
#[derive(Debug, Clone)]
pub(crate) struct Serving {
    pub arn: Option<TaskDefinitionArn>,
    /// The same, where it could be read.
    pub definition: Option<TaskDefinition>,
    /// What its tags were resolved to.
    pub images: Fact<Vec<ContainerImage>>,
}

/// How a rollback comes by its definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RollbackSource {
    pub how: String,
    /// Why not, if it turns out to be what runs already; none where a person has
    /// named it, who is then told so.
    pub if_unchanged: Option<Problem>,
    /// Since when what runs now has run, by AWS's clock.
    pub since: Option<SystemTime>,
    /// How long the last deployments took that succeeded here.
    pub times: Option<Times>,
    pub expiry: Expiry,
    /// The revision that the deployment in progress replaces, if it is exactly what
    /// is wanted: ECS can return to it by itself.
    pub native_rollback_to: Option<ServiceRevisionArn>,
}

/// What a lifecycle policy is about to do with the image of a rollback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expiry {
    Stays,
    Goes(Problem),
    /// Why it is not known, for the end of a sentence.
    NotChecked(String),
}

/// The definition to patch, and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    /// Unpatched.
    pub definition: TaskDefinition,
    /// The revision that it is, where it was read from ECS.
    pub arn: Option<TaskDefinitionArn>,
}
