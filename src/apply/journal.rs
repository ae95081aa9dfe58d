//! What this run has written, or may have: the only thing that cleaning up and
//! cancelling look at.

use std::sync::{Mutex, PoisonError};

use crate::decide::Room;
use crate::service::{DeploymentId, TaskDefinitionArn};

/// One kind of write.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Write<T> {
    /// Not sent.
    #[default]
    None,
    /// Sent; no answer yet, or one that says nothing.
    Sent,
    /// Done.
    Done(T),
    /// Declined by AWS, or proved by a read not to have happened.
    Undone,
}

/// The writes of one app's run.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Entries>);

/// What stands in a [`Journal`] at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entries {
    /// The revision.
    pub register: Write<TaskDefinitionArn>,
    /// The update of the service, or the creation of a deployment by CodeDeploy, with the
    /// deployment that it started.
    pub update: Write<Option<DeploymentId>>,
    /// The desired count that was set, ahead of a deployment by CodeDeploy.
    pub scaled: Option<i32>,
    /// The request to roll the deployment back.
    pub roll_back: Write<()>,
    /// The end of the deployment that was in the way, and how it came.
    pub room: Write<(DeploymentId, Room)>,
}

impl Journal {
    /// Writes an entry.
    pub fn note(&self, change: impl FnOnce(&mut Entries)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What stands in it now.
    pub fn entries(&self) -> Entries {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Entries {
    /// The revision of this run, where there is one.
    pub fn registered(&self) -> Option<&TaskDefinitionArn> {
        match &self.register {
            Write::Done(arn) => Some(arn),
            Write::None | Write::Sent | Write::Undone => None,
        }
    }

    /// What was changed for the sake of a deployment, before that itself: it stays so,
    /// whatever becomes of the deployment.
    pub fn changed_before(&self) -> Option<String> {
        let room = match &self.room {
            Write::Done((id, Room::Stop)) => Some(format!("the deployment {id} was stopped")),
            Write::Done((id, Room::EndWait)) => {
                Some(format!("the old tasks that the deployment {id} kept were removed"))
            }
            Write::Sent => Some("the deployment in the way was asked to end".to_owned()),
            Write::None | Write::Undone => None,
        };
        let scaled = self.scaled.map(|count| format!("the desired count was set to {count}"));
        room.into_iter().chain(scaled).reduce(|room, scaled| format!("{room}, and {scaled}"))
    }

    /// Whether the service may have been changed.
    pub fn may_have_updated(&self) -> bool {
        matches!(self.update, Write::Sent | Write::Done(_))
    }
}
