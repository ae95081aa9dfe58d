//! Every key of the file: the one table that reading, the schema and the suggestions for
//! misspelt ones are made of.

use std::fmt;

use crate::names::{AppName, EnvironmentName};

/// Where in the file a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Top,
    Environment,
    App,
}

/// Whose settings these are. What is nearer to an app goes before the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    All,
    Environment(EnvironmentName),
    App(AppName),
}

impl Owner {
    pub(super) fn level(&self) -> Level {
        match self {
            Self::All => Level::Top,
            Self::Environment(_) => Level::Environment,
            Self::App(_) => Level::App,
        }
    }
}

/// What stands behind the name of a key in a message.
impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => Ok(()),
            Self::Environment(name) => write!(f, " of environment {name}"),
            Self::App(name) => write!(f, " of app {name}"),
        }
    }
}

/// What the value of a key looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    One(Kind),
    /// A list, or text with one item per line.
    Lines(Kind),
    /// A list of arguments, or the same as JSON text.
    Arguments,
    Environments,
    Apps,
    Requires,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// With `{name}` and `{environment}` in it.
    Name,
    /// The same, of a file or folder of the checkout.
    Path,
}

#[derive(Debug)]
pub(crate) struct Key {
    pub name: &'static str,
    pub form: Form,
    pub levels: &'static [Level],
}

const TOP: &[Level] = &[Level::Top];
const APP: &[Level] = &[Level::App];
const TOP_AND_APP: &[Level] = &[Level::Top, Level::App];
const EVERYWHERE: &[Level] = &[Level::Top, Level::Environment, Level::App];

/// `package` and those from `cluster` on are inputs, by the same names and with the same meaning.
#[rustfmt::skip]
pub(crate) const KEYS: &[Key] = &[
    Key { name: "environments", form: Form::Environments, levels: TOP },
    Key { name: "apps", form: Form::Apps, levels: TOP },
    Key { name: "requires", form: Form::Requires, levels: APP },
    Key { name: "shared", form: Form::Lines(Kind::Path), levels: TOP_AND_APP },
    Key { name: "services", form: Form::Lines(Kind::Name), levels: EVERYWHERE },
    Key { name: "github-environment", form: Form::One(Kind::Name), levels: EVERYWHERE },
    Key { name: "package", form: Form::One(Kind::Path), levels: TOP_AND_APP },
    Key { name: "version-file", form: Form::One(Kind::Path), levels: TOP_AND_APP },
    Key { name: "cluster", form: Form::One(Kind::Name), levels: EVERYWHERE },
    Key { name: "region", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "account", form: Form::One(Kind::Name), levels: EVERYWHERE },
    Key { name: "container", form: Form::Lines(Kind::Name), levels: EVERYWHERE },
    Key { name: "repository", form: Form::One(Kind::Name), levels: EVERYWHERE },
    Key { name: "task-definition", form: Form::One(Kind::Path), levels: EVERYWHERE },
    Key { name: "tag-template", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "from-stable-for", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "environment-variables", form: Form::Lines(Kind::Text), levels: EVERYWHERE },
    Key { name: "docker-labels", form: Form::Lines(Kind::Text), levels: EVERYWHERE },
    Key { name: "secrets", form: Form::Lines(Kind::Text), levels: EVERYWHERE },
    Key { name: "keep-tag", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "before", form: Form::Arguments, levels: EVERYWHERE },
    Key { name: "before-container", form: Form::One(Kind::Name), levels: EVERYWHERE },
    Key { name: "before-timeout", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "timeout", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "wait-until", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "in-flight", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "max-failed-tasks", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "on-failure", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "on-timeout", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "logs", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "preflight", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "platform-check", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "fail-on-severity", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "environment-url", form: Form::One(Kind::Name), levels: EVERYWHERE },
    Key { name: "check-url", form: Form::One(Kind::Name), levels: EVERYWHERE },
    Key { name: "check-status", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "check-body", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "check-header", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "check-count", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "check-timeout", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "check-on-rollback", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "schedules", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "git-tag", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "github-release", form: Form::One(Kind::Text), levels: EVERYWHERE },
    Key { name: "codedeploy-application", form: Form::One(Kind::Name), levels: EVERYWHERE },
    Key { name: "codedeploy-deployment-group", form: Form::One(Kind::Name), levels: EVERYWHERE },
    Key { name: "codedeploy-appspec", form: Form::One(Kind::Path), levels: EVERYWHERE },
    Key { name: "codedeploy-deployment-config", form: Form::One(Kind::Name), levels: EVERYWHERE },
];
