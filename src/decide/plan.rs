//! The plan: a value that says everything that is about to happen.

use crate::image::Digest;
use crate::names::{AccountId, ContainerName};
use crate::problem::Problem;
use crate::request::Target;
use crate::service::{
    DeploymentId, Service, ServiceDeploymentArn, ServiceRevision, ServiceRevisionArn,
    TaskDefinitionArn,
};
use crate::task_definition::{Change, TaskDefinition};

/// What a run is going to do to one service.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Whose plan.
    pub target: Target,
    /// The account that owns the service.
    pub account: AccountId,
    /// What runs now.
    pub from: Side,
    /// What will run.
    pub to: Side,
    /// How the definition changes.
    pub changes: Vec<Change>,
    /// What the user should look at before going on.
    pub warnings: Vec<Problem>,
    /// What is worth knowing.
    pub notices: Vec<Problem>,
    /// The definition that will run.
    pub definition: TaskDefinition,
    /// The writes, in their order. None: nothing to do.
    pub steps: Vec<Step>,
    /// A deployment already under way that brings exactly this.
    pub adopt: Option<DeploymentId>,
    /// The containers that get the image, and the digest they must end up with.
    pub containers: Vec<ContainerName>,
    /// What a failed deployment is undone to.
    pub return_to: Option<ServiceRevision>,
    /// The newest ACTIVE revision of the running family, where it could be read.
    pub newest: Option<TaskDefinitionArn>,
    /// The service as the plan found it.
    pub service: Service,
}

/// One side of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Side {
    /// A semver, or the tag itself.
    pub version: Option<String>,
    /// The image reference.
    pub image: Option<String>,
    /// The image's tag.
    pub tag: Option<String>,
    /// The image's digest.
    pub digest: Option<Digest>,
    /// The revision, once there is one.
    pub task_definition: Option<TaskDefinitionArn>,
}

/// One write.
#[derive(Debug, Clone)]
pub enum Step {
    /// Register this definition.
    Register(TaskDefinition),
    /// Stop the deployment under way and let ECS return to what it replaces,
    /// which is what is wanted. Where it doesn't, the steps after this one bring it;
    /// else they are not needed.
    RollBack {
        /// What `StopServiceDeployment` takes.
        deployment: ServiceDeploymentArn,
        /// The id of the same.
        id: DeploymentId,
        /// The revision that it replaces, and ECS returns to.
        to: ServiceRevisionArn,
    },
    /// Update the service.
    Update {
        /// What it shall run.
        definition: UpdateTo,
        /// Start a deployment although the definition stays the same.
        force: bool,
        /// Sent only when asked for.
        desired_count: Option<i32>,
    },
}

/// The definition that an update names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpdateTo {
    /// The one that the step before registered.
    Registered,
    /// One that exists.
    Existing(TaskDefinitionArn),
    /// None: the service keeps its own, and no deployment starts.
    Unchanged,
}

impl Side {
    /// The version, tag, image or revision: the best name there is for people.
    pub fn name(&self) -> String {
        self.version
            .clone()
            .or_else(|| self.tag.clone())
            .or_else(|| self.digest.as_ref().map(|it| it.short().to_owned()))
            .or_else(|| self.image.clone())
            .or_else(|| self.task_definition.as_ref().map(TaskDefinitionArn::short))
            .unwrap_or_else(|| "unknown".to_owned())
    }

    /// Name, digest and revision, as far as they are known.
    pub fn line(&self) -> String {
        let mut parts = vec![self.name()];
        parts.extend(self.digest.as_ref().map(|it| it.short().to_owned()));
        parts.extend(self.task_definition.as_ref().map(TaskDefinitionArn::short));
        parts.dedup();
        parts.join("  ")
    }
}

impl Plan {
    /// Whether nothing has to be done, because exactly this runs already.
    pub fn is_unchanged(&self) -> bool {
        self.steps.is_empty() && self.adopt.is_none()
    }

    /// The plan in one line, account and Region included.
    pub fn title(&self) -> String {
        let target = &self.target;
        let (from, to) = (self.from.name(), self.to.name());
        let change = if from == to { to } else { format!("{from} → {to}") };
        format!(
            "Plan: {change} for service {} in cluster {}, account {}, {}",
            target.service, target.cluster, self.account, target.region
        )
    }

    /// What stands under the title.
    pub fn lines(&self) -> Vec<String> {
        let mut lines =
            vec![format!("now:  {}", self.from.line()), format!("then: {}", self.then())];
        lines.extend(self.changes.iter().map(|change| format!("  {change}")));
        let mut otherwise = "";
        for step in &self.steps {
            lines.push(format!("- {otherwise}{}", step.line()));
            if matches!(step, Step::RollBack { .. }) {
                otherwise = "if ECS does not: ";
            }
        }
        if let Some(deployment) = &self.adopt {
            lines.push(format!("- follow {deployment}, which is already bringing this"));
        }
        if self.is_unchanged() {
            lines.push("- nothing: it already runs, healthy".to_owned());
        }
        lines
    }

    fn then(&self) -> String {
        let registers = self.steps.iter().find_map(|step| match step {
            Step::Register(definition) => Some(definition.family().to_owned()),
            Step::Update { .. } | Step::RollBack { .. } => None,
        });
        match registers {
            Some(family) => format!("{}  (a new revision of {family})", self.to.line()),
            None => self.to.line(),
        }
    }
}

impl Step {
    fn line(&self) -> String {
        match self {
            Self::Register(definition) => {
                format!("register a new revision of {}", definition.family())
            }
            Self::RollBack { id, .. } => {
                format!("stop the deployment {id}, which is under way, and let ECS return from it")
            }
            Self::Update { definition, force, desired_count } => {
                let mut line = match definition {
                    UpdateTo::Registered => "update the service to it".to_owned(),
                    UpdateTo::Existing(arn) if *force => {
                        format!("start a new deployment of {}", arn.short())
                    }
                    UpdateTo::Existing(arn) => format!("update the service to {}", arn.short()),
                    UpdateTo::Unchanged => "update the service".to_owned(),
                };
                if let Some(count) = desired_count {
                    line.push_str(&format!(", desired count {count}"));
                }
                line
            }
        }
    }
}
