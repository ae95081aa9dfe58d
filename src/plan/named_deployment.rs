//! What `continue` and `stop` may do with the deployment that they are given, and with no
//! other.

use super::point::{self, Passes};
use super::steps::{Plan, PlannedVersions, Remarks, Revision, RollBack, Step};
use super::version_info::VersionInfo;
use crate::codedeploy::{CodeDeployStatus, Deployment, Served};
use crate::ecs::{
    CodeDeployId, DeploymentId, Pause, Service, ServiceDeployment,
    ServiceDeploymentStatus as Status, ServiceRevision, ServiceRevisionArn, TaskSetId,
};
use crate::problem::Problem;
use crate::request::{Target, Wait, WaitUntil};
use crate::task_definition::TaskDefinition;

/// The deployment that a request names.
#[derive(Debug, Clone)]
pub(crate) struct NamedDeployment {
    pub service: Service,
    pub by: ByWhom,
    pub brings: Side,
    /// What it replaces, where that is one thing and known.
    pub replaces: Option<Side>,
}

/// Who makes it, and how it stands.
#[derive(Debug, Clone)]
pub(crate) enum ByWhom {
    Ecs {
        id: TaskSetId,
        deployment: Box<ServiceDeployment>,
    },
    CodeDeploy {
        deployment: Box<Deployment>,
        /// The newest one of its group.
        newest: Option<CodeDeployId>,
        served: Served,
        /// The task set of before.
        replaced: Option<TaskSetId>,
    },
}

/// What a deployment brings, or replaces.
#[derive(Debug, Clone)]
pub(crate) struct Side {
    pub version: VersionInfo,
    /// Its definition, where it could be read.
    pub definition: Option<TaskDefinition>,
    pub revision: ServiceRevision,
}

impl Side {
    /// Of which nothing but the name is known.
    pub(crate) fn unknown(arn: ServiceRevisionArn) -> Self {
        let revision = ServiceRevision { arn, task_definition: None, images: Vec::new() };
        Self { version: VersionInfo::default(), definition: None, revision }
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NextStep {
    /// These hooks are told to continue; none: it continues already.
    GoOn(Vec<Pause>),
    /// The wait of CodeDeploy for a person is ended.
    EndWait(CodeDeployId),
    RollBack(Box<RollBack>),
    /// It has already finished.
    Nothing,
}

impl NamedDeployment {
    pub(crate) fn id(&self) -> DeploymentId {
        match &self.by {
            ByWhom::Ecs { id, .. } => DeploymentId::Ecs(id.clone()),
            ByWhom::CodeDeploy { deployment, .. } => {
                DeploymentId::CodeDeploy(deployment.id.clone())
            }
        }
    }

    /// # Errors
    /// Why nothing is sent.
    pub(crate) fn go_on(&self, wait: &Wait) -> Result<NextStep, Problem> {
        let is_by_codedeploy = matches!(self.by, ByWhom::CodeDeploy { .. });
        if is_by_codedeploy && wait.enabled && wait.until == WaitUntil::Paused {
            let message = "`wait-until: paused` can't be used with `continue` here: CodeDeploy waits for a person once, and `continue` ends that wait";
            return Err(Problem::new(message).hint("Here it can be `done` or `traffic`."));
        }
        point::check(wait, self.passes())?;
        match &self.by {
            ByWhom::Ecs { deployment, .. } => match &deployment.status {
                Status::Successful if self.is_newest() => Ok(NextStep::Nothing),
                status if !status.is_under_way() => Err(self.is_over()),
                status if status.is_rollback() || *status == Status::StopRequested => {
                    let message = format!("the deployment {} is {status}", self.id());
                    Err(Problem::new(message).hint("It is being rolled back and cannot continue."))
                }
                _ if !self.is_newest() => Err(self.is_replaced()),
                _ => Ok(NextStep::GoOn(deployment.pauses.clone())),
            },
            ByWhom::CodeDeploy { deployment, served, .. } => match &deployment.status {
                _ if !self.is_newest() => Err(self.is_replaced()),
                CodeDeployStatus::Succeeded => Ok(NextStep::Nothing),
                it if it.has_ended_badly() => Err(self.is_over()),
                CodeDeployStatus::Ready if deployment.gate.is_some() && *served != Served::Yes => {
                    Ok(NextStep::EndWait(deployment.id.clone()))
                }
                _ => Ok(NextStep::GoOn(Vec::new())),
            },
        }
    }

    /// # Errors
    /// Why nothing is sent.
    pub(crate) fn stop(&self) -> Result<NextStep, Problem> {
        match &self.by {
            ByWhom::Ecs { id, deployment } => match &deployment.status {
                Status::RollbackSuccessful if self.is_newest() => Ok(NextStep::Nothing),
                status if !status.is_under_way() => Err(self.is_over()),
                status if !status.is_rollback() && !self.is_newest() => Err(self.is_replaced()),
                _ => match deployment.sources.as_slice() {
                    [to] => Ok(NextStep::RollBack(Box::new(RollBack::Ecs {
                        id: id.clone(),
                        deployment: deployment.arn.clone(),
                        to: to.clone(),
                    }))),
                    [] => Err(self.has_no_way_back("it replaces nothing, so there is nothing to return to")),
                    [..] => Err(self.has_no_way_back("it replaces several revisions, and which of them ECS would return to is not known")),
                },
            },
            ByWhom::CodeDeploy { deployment, replaced, .. } => match (&deployment.status, replaced) {
                _ if !self.is_newest() => Err(self.is_replaced()),
                (CodeDeployStatus::Succeeded, _) => Err(self.is_over()),
                (it, _) if it.has_ended_badly() && deployment.rolled_back_by.is_none() => Err(self.is_over()),
                (_, Some(to)) => Ok(NextStep::RollBack(Box::new(RollBack::CodeDeploy {
                    id: deployment.id.clone(),
                    to: to.clone(),
                }))),
                (_, None) => Err(self.has_no_way_back("it replaces nothing, so there is nothing to return to")),
            },
        }
    }

    /// The plan that the way to its end is followed by.
    ///
    /// # Errors
    /// What is needed for that is not known.
    pub(crate) fn plan(&self, target: &Target, next: &NextStep) -> Result<Plan, Problem> {
        let definition = self
            .brings
            .definition
            .clone()
            .or(self.replaces.as_ref().and_then(|it| it.definition.clone()));
        let Some(definition) = definition else {
            let message =
                format!("the task definition of the deployment {} could not be read", self.id());
            return Err(Problem::new(message).hint("Allow ecs:DescribeTaskDefinition."));
        };
        let replaces = self.replaces.as_ref();
        let before = replaces.map(|it| it.version.clone()).unwrap_or_default();
        let brings = self.brings.version.clone();
        let (versions, steps) = match next {
            NextStep::RollBack(roll_back) => {
                let from_in_flight = Some(brings).filter(|it| *it != VersionInfo::default());
                let versions = PlannedVersions { from: before.clone(), to: before, from_in_flight };
                (versions, vec![Step::RollBack((**roll_back).clone())])
            }
            NextStep::Nothing if self.is_back() => {
                let from_in_flight = Some(brings);
                (PlannedVersions { from: before.clone(), to: before, from_in_flight }, Vec::new())
            }
            NextStep::GoOn(_) | NextStep::EndWait(_) | NextStep::Nothing => {
                (PlannedVersions { from: before, to: brings, from_in_flight: None }, Vec::new())
            }
        };
        Ok(Plan {
            target: target.clone(),
            service: self.service.clone(),
            versions,
            revision: Revision {
                definition,
                changes: Vec::new(),
                newest: None,
                new_needs: Vec::new(),
            },
            images: None,
            steps,
            adopt: Some(self.id()),
            check: None,
            scheduled: Vec::new(),
            expected: None,
            return_to: replaces.map(|it| it.revision.clone()),
            by_codedeploy: None,
            remarks: Remarks::default(),
        })
    }

    /// What it passes through on its way.
    fn passes(&self) -> Passes<'_> {
        match &self.by {
            ByWhom::Ecs { .. } => Passes::Stages(&self.service.lifecycle),
            ByWhom::CodeDeploy { deployment, .. } => {
                Passes::ByCodeDeploy { waits: deployment.gate.is_some() }
            }
        }
    }

    /// Whether it was rolled back.
    fn is_back(&self) -> bool {
        match &self.by {
            ByWhom::Ecs { deployment, .. } => deployment.status == Status::RollbackSuccessful,
            ByWhom::CodeDeploy { .. } => false,
        }
    }

    /// Whether no other has begun since.
    fn is_newest(&self) -> bool {
        match &self.by {
            ByWhom::Ecs { id, deployment } => {
                let replaced =
                    |other: &TaskSetId| deployment.sources.iter().any(|it| it.belongs_to(other));
                let primary = self.service.primary();
                primary.is_none_or(|it| it.id == *id || replaced(&it.id))
            }
            ByWhom::CodeDeploy { deployment, newest, .. } => newest.as_ref().is_none_or(|it| {
                *it == deployment.id || Some(it) == deployment.rolled_back_by.as_ref()
            }),
        }
    }

    fn status(&self) -> String {
        match &self.by {
            ByWhom::Ecs { deployment, .. } => deployment.status.to_string(),
            ByWhom::CodeDeploy { deployment, .. } => deployment.status.to_string(),
        }
    }

    fn is_over(&self) -> Problem {
        let now = match self.is_newest() {
            true => String::new(),
            false => format!("; since then {} has begun", self.newest()),
        };
        let message = format!("the deployment {} is over: {}{now}", self.id(), self.status());
        Problem::new(message).hint(
            "There is nothing left to continue or to stop. `command: status` shows what runs, `command: rollback` rolls back.",
        )
    }

    fn is_replaced(&self) -> Problem {
        let message = format!(
            "{} has replaced the deployment {} ({})",
            self.newest(),
            self.id(),
            self.status()
        );
        Problem::new(message).hint("Look at that one, and name it in `deployment` if you mean it.")
    }

    fn newest(&self) -> String {
        let named = match &self.by {
            ByWhom::Ecs { .. } => self.service.primary().map(|it| it.id.to_string()),
            ByWhom::CodeDeploy { newest, .. } => newest.as_ref().map(ToString::to_string),
        };
        named.map_or_else(|| "another deployment".to_owned(), |id| format!("the deployment {id}"))
    }

    fn has_no_way_back(&self, why: &str) -> Problem {
        Problem::new(format!("the deployment {} cannot be rolled back: {why}", self.id()))
            .hint("Deploy the version that you want.")
    }
}
