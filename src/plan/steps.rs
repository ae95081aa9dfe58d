//! The plan: a value that says everything that is about to happen.

use std::time::Duration;

use super::check::PlannedCheck;
use super::images::Images;
use super::version_info::VersionInfo;
use crate::codedeploy::app_spec::AppSpec;
use crate::codedeploy::{GroupName, ManualApproval};
use crate::ecs::{
    CodeDeployId, Controller, DeploymentId, Service, ServiceDeploymentArn, ServiceRevision,
    ServiceRevisionArn, TaskDefinitionArn, TaskSetId,
};
use crate::history::Times;
use crate::problem::Problem;
use crate::request::{OneOff, Target};
use crate::task_definition::{Change, Need, TaskDefinition};

/// What a run is going to do to one service.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub target: Target,
    /// The service as the plan found it.
    pub service: Service,
    pub versions: PlannedVersions,
    pub revision: Revision,
    /// What must run in the end; `None` where another run has chosen it.
    pub images: Option<Images>,
    /// The writes, in their order. None: nothing to do.
    pub steps: Vec<Step>,
    /// A deployment already in progress that brings exactly this.
    pub adopt: Option<DeploymentId>,
    /// What is asked of the new version once it is there.
    pub check: Option<PlannedCheck>,
    /// What becomes of scheduled tasks then, a line each.
    pub scheduled: Vec<String>,
    /// How long a rollback will probably take, where it is known.
    pub expected: Option<Times>,
    /// What a failed deployment is undone to.
    pub return_to: Option<ServiceRevision>,
    /// What every deployment by CodeDeploy has in common, also that of the way back.
    pub by_codedeploy: Option<NewDeployment>,
    pub remarks: Remarks,
}

#[derive(Debug, Clone)]
pub(crate) struct PlannedVersions {
    /// What runs now; where no task runs, what the service is set to.
    pub from: VersionInfo,
    pub to: VersionInfo,
    /// What is left without being what runs: the service is set to it while most tasks are
    /// still those of before, or a deployment by CodeDeploy that is to return brings it.
    pub from_in_flight: Option<VersionInfo>,
}

/// The task definition that will run.
#[derive(Debug, Clone)]
pub(crate) struct Revision {
    pub definition: TaskDefinition,
    /// What its tasks need that those of the one that runs don't.
    pub new_needs: Vec<Need>,
    /// How it differs from the one that runs.
    pub changes: Vec<Change>,
    /// The newest ACTIVE revision of the running family, where it could be read.
    pub newest: Option<TaskDefinitionArn>,
}

/// What a plan says beside its steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Remarks {
    /// What the user should look at before going on.
    pub warnings: Vec<Problem>,
    pub notices: Vec<Problem>,
}

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Register(TaskDefinition),
    /// Stop the deployment in progress and let ECS or CodeDeploy return to what it replaces,
    /// which is what is wanted. Where it doesn't, the steps after this one bring it;
    /// else they are not needed.
    RollBack(RollBack),
    /// End the deployment by CodeDeploy that is in progress: its group takes no other.
    /// Afterwards everything is read and decided again.
    ClearBlocker {
        id: CodeDeployId,
        by: Blocker,
    },
    /// Run a task once and wait for its end; what comes after it depends on that.
    RunTask(Box<OneOffStep>),
    CreateDeployment(Box<NewDeployment>),
    Update {
        /// What it shall run.
        definition: UpdateTo,
        /// Start a deployment although the definition stays the same.
        force: bool,
        /// Sent only when asked for.
        desired_count: Option<i32>,
    },
}

/// Which deployment is to return, and to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RollBack {
    Ecs {
        id: TaskSetId,
        /// The same: what `StopServiceDeployment` takes.
        deployment: ServiceDeploymentArn,
        to: ServiceRevisionArn,
    },
    CodeDeploy {
        id: CodeDeployId,
        to: TaskSetId,
    },
}

/// One `CreateDeployment`, but for the definition that it names.
#[derive(Debug, Clone)]
pub(crate) struct NewDeployment {
    pub group: GroupName,
    /// The AppSpec; whatever definition stands in it is replaced.
    pub app_spec: AppSpec,
    /// That of the last deployment that succeeded, where it is known.
    pub last_app_spec: Option<AppSpec>,
    /// What the service shall run; never [`UpdateTo::Unchanged`].
    pub definition: UpdateTo,
    /// How traffic moves, where it is not to be the group's way.
    pub config: Option<String>,
    /// For CodeDeploy's own record.
    pub description: Option<String>,
    /// The wait for a person before traffic moves.
    pub gate: Option<ManualApproval>,
    /// How long CodeDeploy keeps the tasks of before; `None`: until somebody removes them.
    pub keeps_old_tasks: Option<Duration>,
}

/// How the deployment in the way is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocker {
    /// It is stopped, and CodeDeploy returns to what it replaces.
    Stop,
    /// It is done but for removing the tasks of before, which is not waited for.
    EndWait,
}

/// One `RunTask` that is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OneOffStep {
    pub task: OneOff,
    /// The container whose command and exit code count.
    pub container: String,
    /// Never [`UpdateTo::Unchanged`].
    pub definition: UpdateTo,
}

impl OneOffStep {
    fn line(&self) -> String {
        let on = match &self.definition {
            UpdateTo::Registered | UpdateTo::Unchanged => "it".to_owned(),
            UpdateTo::Existing(arn) => arn.short(),
        };
        let command = self.task.in_words();
        format!(
            "run a one-off task of {on} and wait for it to finish: {command} in {}",
            self.container
        )
    }
}

/// The definition that an update names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UpdateTo {
    /// The one that the step before registered.
    Registered,
    Existing(TaskDefinitionArn),
    /// None: the service keeps its own, and no deployment starts.
    Unchanged,
}

impl Plan {
    /// Whether nothing has to be done, because exactly this runs already.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.steps.is_empty() && self.adopt.is_none()
    }

    /// The one-off task that it runs before the service is touched.
    pub(crate) fn one_off(&self) -> Option<&OneOffStep> {
        self.steps.iter().find_map(|step| match step {
            Step::RunTask(step) => Some(&**step),
            Step::Register(_)
            | Step::RollBack(_)
            | Step::ClearBlocker { .. }
            | Step::CreateDeployment(_)
            | Step::Update { .. } => None,
        })
    }

    /// Whether it touches no service.
    pub(crate) fn is_of_one_off_alone(&self) -> bool {
        matches!(self.steps.last(), Some(Step::RunTask(_)))
    }

    /// The deployment by CodeDeploy that has to end before anything else.
    pub(crate) fn blocking_deployment(&self) -> Option<&CodeDeployId> {
        self.steps.iter().find_map(|step| match step {
            Step::ClearBlocker { id, .. } => Some(id),
            Step::Register(_)
            | Step::RollBack(_)
            | Step::RunTask(_)
            | Step::CreateDeployment(_)
            | Step::Update { .. } => None,
        })
    }

    /// Which deployment is to return, where that is how the wanted version comes.
    pub(crate) fn roll_back(&self) -> Option<&RollBack> {
        self.steps.iter().find_map(|step| match step {
            Step::RollBack(roll_back) => Some(roll_back),
            Step::Register(_)
            | Step::RunTask(_)
            | Step::Update { .. }
            | Step::ClearBlocker { .. }
            | Step::CreateDeployment(_) => None,
        })
    }

    /// Who makes the deployments of the service.
    pub(crate) fn by(&self) -> &Controller {
        &self.service.controller
    }

    /// The plan in one line, account and Region included.
    pub(crate) fn title(&self) -> String {
        let target = &self.target;
        let (from, to) = (self.versions.from.name(), self.versions.to.name());
        // What runs stays: then what goes says more.
        let from_in_flight = self.versions.from_in_flight.as_ref().filter(|_| from == to);
        let from = from_in_flight.map_or(from, VersionInfo::name);
        let change = if from == to { to } else { format!("{from} → {to}") };
        format!(
            "Plan: {change} for service {} in cluster {}, account {}, {}",
            target.service,
            target.cluster,
            self.service.arn.account(),
            target.region
        )
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let PlannedVersions { from, to, from_in_flight } = &self.versions;
        let mut lines = vec![format!("now:  {}", from.line())];
        lines.extend(of_others(from));
        if let Some(from_in_flight) = from_in_flight {
            let how = match self.service.controller {
                Controller::CodeDeploy => "which is being deployed",
                Controller::Ecs | Controller::External | Controller::Unknown(_) => {
                    "which the service is set to"
                }
            };
            lines.push(format!("      {}, {how}", from_in_flight.line()));
            lines.extend(of_others(from_in_flight));
        }
        lines.push(format!("then: {}", self.then()));
        lines.extend(of_others(to));
        lines.extend(self.revision.changes.iter().map(|change| format!("  {change}")));
        let mut otherwise = "";
        for step in &self.steps {
            lines.push(format!("- {otherwise}{}", step.line()));
            match step {
                Step::RollBack(RollBack::CodeDeploy { .. }) => {
                    otherwise = "if CodeDeploy does not: ";
                }
                Step::RollBack(RollBack::Ecs { .. }) => otherwise = "if ECS does not: ",
                Step::ClearBlocker { .. } => otherwise = "then, after deciding again: ",
                Step::Register(_)
                | Step::RunTask(_)
                | Step::Update { .. }
                | Step::CreateDeployment(_) => {}
            }
        }
        if let Some(deployment) = &self.adopt {
            lines.push(format!("- follow {deployment}, which already deploys this"));
        }
        lines.extend(self.check.iter().map(|check| format!("- {}", check.line())));
        if self.is_unchanged() {
            let counts = self.service.counts;
            lines.push(format!(
                "- nothing: {}",
                match counts.desired {
                    0 => "the service is set to it already".to_owned(),
                    desired if counts.running < desired => {
                        format!("it already runs, and {} of its tasks are starting", counts.pending)
                    }
                    _ => "it already runs, healthy".to_owned(),
                }
            ));
        }
        lines.extend(self.scheduled.iter().map(|line| format!("- {line}")));
        lines.extend(self.expected().map(|times| format!("it will probably take {times}")));
        lines
    }

    /// How long it will probably take, where there is something to wait for.
    pub(crate) fn expected(&self) -> Option<Times> {
        // What is in progress has a part of it behind it.
        let is_whole = self.adopt.is_none() && self.roll_back().is_none();
        // The times on record have in them how long persons took to answer, and how long
        // CodeDeploy kept the old tasks.
        let waits = !self.service.lifecycle.pauses_at.is_empty() || self.by_codedeploy.is_some();
        self.expected.filter(|_| is_whole && !waits && !self.is_unchanged())
    }

    fn then(&self) -> String {
        let to = self.versions.to.line();
        match self.steps.iter().find_map(Step::registers) {
            Some(definition) => format!("{to}  (a new revision of {})", definition.family()),
            None => to,
        }
    }
}

/// The other containers of a side.
pub(super) fn of_others(side: &VersionInfo) -> impl Iterator<Item = String> {
    side.others.iter().map(|other| format!("      {}", other.line()))
}

impl UpdateTo {
    /// The revision, given what the step before has `registered`.
    pub(crate) fn arn<'a>(
        &'a self,
        registered: Option<&'a TaskDefinitionArn>,
    ) -> Option<&'a TaskDefinitionArn> {
        match self {
            Self::Registered => registered,
            Self::Existing(arn) => Some(arn),
            Self::Unchanged => None,
        }
    }
}

impl Step {
    /// The definition that it registers.
    pub(crate) fn registers(&self) -> Option<&TaskDefinition> {
        match self {
            Self::Register(definition) => Some(definition),
            Self::Update { .. }
            | Self::RunTask(_)
            | Self::RollBack(_)
            | Self::ClearBlocker { .. }
            | Self::CreateDeployment(_) => None,
        }
    }

    /// Sets the desired count and nothing else, which starts no deployment.
    pub(super) fn scale(count: i32) -> Self {
        Self::Update { definition: UpdateTo::Unchanged, force: false, desired_count: Some(count) }
    }

    fn line(&self) -> String {
        match self {
            Self::Register(definition) => {
                format!("register a new revision of {}", definition.family())
            }
            Self::RollBack(RollBack::CodeDeploy { id, .. }) => format!(
                "stop the deployment {id}, which is in progress, and let CodeDeploy roll it back"
            ),
            Self::ClearBlocker { id, by: Blocker::Stop } => format!(
                "stop the deployment {id}, which blocks this one, and let CodeDeploy roll it back"
            ),
            Self::ClearBlocker { id, by: Blocker::EndWait } => {
                format!("remove the old tasks that the deployment {id} keeps: they block this one")
            }
            Self::RunTask(step) => step.line(),
            Self::CreateDeployment(new) => new.line(),
            Self::RollBack(RollBack::Ecs { id, .. }) => {
                format!("stop the deployment {id}, which is in progress, and let ECS roll it back")
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

impl NewDeployment {
    /// What is done, and when it counts as done: CodeDeploy itself calls a deployment
    /// Succeeded only once the tasks of before are gone.
    fn line(&self) -> String {
        let mut line = match &self.definition {
            UpdateTo::Registered => "let CodeDeploy deploy it".to_owned(),
            UpdateTo::Existing(arn) => format!("let CodeDeploy deploy {}", arn.short()),
            UpdateTo::Unchanged => "let CodeDeploy deploy".to_owned(),
        };
        line.push_str(&format!(" in the group {}", self.group));
        if let Some(config) = &self.config {
            line.push_str(&format!(" with {config}"));
        }
        if let Some(gate) = self.gate {
            let minutes = gate.within.as_secs() / 60;
            line.push_str(&format!("; a person has to let the traffic move within {minutes} min"));
        }
        line.push_str("; done when all traffic is on the new tasks and the last hook has passed");
        match self.keeps_old_tasks.map(|it| it.as_secs() / 60) {
            Some(0) => {}
            Some(minutes) => {
                line.push_str(&format!(" (CodeDeploy removes the old tasks {minutes} min later)"));
            }
            None => line.push_str(" (CodeDeploy leaves the old tasks where they are)"),
        }
        line
    }
}
