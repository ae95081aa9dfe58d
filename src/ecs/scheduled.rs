//! Tasks that EventBridge or its Scheduler starts, at a time or for an event.

use std::fmt;

use serde_json::Value;

use super::arns::{TaskDefinitionArn, family_and_revision};

/// Who starts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScheduledBy {
    /// EventBridge, by a rule of the default bus.
    Rule,
    /// EventBridge Scheduler.
    Schedule,
}

impl ScheduledBy {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Schedule => "schedule",
        }
    }
}

/// One target that runs tasks of ECS.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ScheduledTask {
    pub by: ScheduledBy,
    /// Of the rule, or of the schedule with its group: `default/nightly`.
    pub name: String,
    /// The target of a rule, or a whole schedule, as AWS answered it: what is written back
    /// may lose no field.
    pub json: Value,
}

impl ScheduledTask {
    /// The family that it runs, and the revision; none: the newest that is ACTIVE.
    pub(crate) fn runs(&self) -> Option<(&str, Option<u32>)> {
        let named = self.json.pointer(self.definition())?.as_str()?;
        let path = named.rsplit_once(":task-definition/").map_or(named, |(_, path)| path);
        family_and_revision(path)
    }

    /// The same that runs `revision`, and nothing else in it changed.
    #[must_use]
    pub(crate) fn set_to(&self, revision: &TaskDefinitionArn) -> Self {
        let mut set = self.clone();
        if let Some(named) = set.json.pointer_mut(self.definition()) {
            *named = revision.as_str().into();
        }
        set
    }

    fn definition(&self) -> &'static str {
        match self.by {
            ScheduledBy::Rule => "/EcsParameters/TaskDefinitionArn",
            ScheduledBy::Schedule => "/Target/EcsParameters/TaskDefinitionArn",
        }
    }
}

impl fmt::Display for ScheduledTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} {}", self.by.as_str(), self.name)
    }
}
