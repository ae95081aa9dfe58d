//! How a deployment is made, followed and ended.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::stage::Stage;
use crate::names::ContainerName;

/// The inputs `codedeploy-…`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CodeDeployOptions {
    /// The application; `None`: found.
    pub application: Option<String>,
    /// The deployment group; `None`: found.
    pub group: Option<String>,
    /// A file of the checkout, YAML or JSON; `None`: an AppSpec is made.
    pub app_spec: Option<PathBuf>,
    /// The deployment configuration; `None`: the group's.
    pub config: Option<String>,
    pub description: Option<String>,
}

impl CodeDeployOptions {
    /// The first input that was given.
    pub fn given(&self) -> Option<&'static str> {
        let Self { application, group, app_spec, config, description } = self;
        let all = [
            ("codedeploy-application", application.is_some()),
            ("codedeploy-deployment-group", group.is_some()),
            ("codedeploy-appspec", app_spec.is_some()),
            ("codedeploy-deployment-config", config.is_some()),
            ("codedeploy-description", description.is_some()),
        ];
        all.iter().find(|(_, is_given)| *is_given).map(|(name, _)| *name)
    }
}

/// What happens before the service is touched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Before {
    #[default]
    Nothing,
    Run(OneOff),
    /// The same, and nothing is deployed behind it.
    Alone(OneOff),
    /// The last service before this one in the request that has a task runs it for this one,
    /// too.
    RunByAnother,
}

/// A task that is run once, from the definition that is about to be deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOff {
    /// What its container runs, an argument each; at least one.
    pub command: Vec<String>,
    /// `None`: the one that gets the image.
    pub container: Option<ContainerName>,
    pub timeout: Duration,
}

impl OneOff {
    /// Its command, as it is written in an input.
    pub(crate) fn in_words(&self) -> String {
        Value::from(self.command.as_slice()).to_string()
    }
}

/// The input `in-flight`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InFlight {
    /// Wait for the other deployment, then decide again.
    Wait,
    /// Let this deployment take its place.
    Replace,
    /// Stop before anything is written.
    Refuse,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// `false`: stop once ECS has accepted the deployment.
    pub enabled: bool,
    /// The limit for waiting and following together; `None`: the default.
    pub timeout: Option<Duration>,
    /// When the wait is over for a deployment that goes well.
    pub until: WaitUntil,
}

/// The input `wait-until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WaitUntil {
    /// The deployment is successful, bake time included.
    #[default]
    Done,
    /// All production traffic is on the new version.
    Traffic,
    /// It waits for a person.
    Paused,
    /// It has come to this stage, or is past it.
    Stage(Stage),
}

impl WaitUntil {
    /// Whether it may come before the deployment has brought anything.
    pub fn is_on_the_way(self) -> bool {
        match self {
            Self::Done | Self::Traffic => false,
            Self::Paused | Self::Stage(_) => true,
        }
    }
}

/// As the input spells it.
impl fmt::Display for WaitUntil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Traffic => f.write_str("traffic"),
            Self::Paused => f.write_str("paused"),
            Self::Stage(stage) => {
                f.write_str(&stage.as_str().to_ascii_lowercase().replace('_', "-"))
            }
        }
    }
}

/// What happens when a deployment fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The input `on-failure`.
    pub on_failure: OnFailure,
    /// The input `on-timeout`.
    pub on_timeout: OnFailure,
    /// Give up once this many tasks have failed in a row; `None`: the default.
    pub max_failed_tasks: Option<u32>,
    /// How many log lines of a failed container to show.
    pub log_lines: u32,
}

/// Whether the earlier version is brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// Bring it back.
    Undo,
    /// Bring it back, and the earlier versions of all other services of the run with it.
    UndoAll,
    /// Leave everything as it is.
    Keep,
}

impl OnFailure {
    pub fn undoes(self) -> bool {
        match self {
            Self::Undo | Self::UndoAll => true,
            Self::Keep => false,
        }
    }
}
