//! What this run has written, or may have: the only thing that cleaning up and
//! cancelling look at.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::ecs::{CodeDeployId, DeploymentId, TaskDefinitionArn};
use crate::plan::Blocker;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Write<T> {
    /// Not sent.
    #[default]
    None,
    /// Sent; no answer yet, or one that says nothing.
    Sent,
    Done(T),
    /// Declined by AWS, or proved by a read not to have happened.
    Undone,
}

/// The writes of one app's run. Clones are the same journal.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    entries: Arc<Mutex<Entries>>,
    queue: Queue,
}

/// Held by the one app of a run that tries on with a write that AWS refuses for its rate: the
/// others would only keep it from its turn.
pub(super) type Queue = Arc<tokio::sync::Mutex<()>>;

/// The journals of all apps of a run, for whoever has to say what was written when the run
/// itself no longer can. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Written {
    journals: Arc<Mutex<Vec<(String, Journal)>>>,
    queue: Queue,
}

impl Written {
    /// A new journal of what is written for the sake of `on`.
    pub fn journal(&self, on: &impl ToString) -> Journal {
        let journal = Journal { queue: Arc::clone(&self.queue), ..Journal::default() };
        let mut all = self.journals.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((on.to_string(), journal.clone()));
        journal
    }

    /// What was sent, a clause each; `None` where somebody is writing it down right now.
    pub fn lines(&self) -> Option<Vec<String>> {
        let mut lines = Vec::new();
        for (on, journal) in self.journals.try_lock().ok()?.iter() {
            lines.extend(journal.entries.try_lock().ok()?.lines(on));
        }
        Some(lines)
    }
}

/// What stands in a [`Journal`] at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entries {
    pub register: Write<TaskDefinitionArn>,
    /// The update of the service, or the creation of a deployment by CodeDeploy, with the
    /// deployment that it started.
    pub update: Write<Option<DeploymentId>>,
    /// The desired count that was set, ahead of a deployment by CodeDeploy.
    pub scaled: Option<i32>,
    /// The one-off task before the update: its ARN.
    pub one_off: Write<String>,
    /// How it ended; `None`: it may run on.
    pub one_off_ended: Option<OneOffEnd>,
    /// The request to roll the deployment back.
    pub roll_back: Write<()>,
    /// The last answer that a deployment may go on which waits for a person.
    pub go_on: Write<()>,
    /// The hooks that no longer wait since they were answered, until all are and the
    /// deployment is followed.
    pub answered: Vec<String>,
    /// The end of the deployment that was in the way, and how it came.
    pub blocker: Write<(CodeDeployId, Blocker)>,
}

/// The end of a one-off task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OneOffEnd {
    /// Of the container whose command was given.
    pub exit_code: Option<i32>,
    /// From the start to the end.
    pub took: Duration,
}

impl Journal {
    pub fn note(&self, change: impl FnOnce(&mut Entries)) {
        change(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub fn entries(&self) -> Entries {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn queue(&self) -> &Queue {
        &self.queue
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
        let blocker = match &self.blocker {
            Write::Done((id, Blocker::Stop)) => Some(format!("the deployment {id} was stopped")),
            Write::Done((id, Blocker::EndWait)) => {
                Some(format!("the old tasks that the deployment {id} kept were removed"))
            }
            Write::Sent => Some("the blocking deployment was asked to end".to_owned()),
            Write::None | Write::Undone => None,
        };
        let scaled = self.scaled.map(|count| format!("the desired count was set to {count}"));
        let has_run = self.one_off_ended.is_some_and(|it| it.exit_code == Some(0));
        let one_off = has_run.then(|| "the one-off task succeeded".to_owned());
        let answered =
            self.answered.iter().map(|hook| format!("the hook {hook} is no longer waiting"));
        let changed = blocker.into_iter().chain(one_off).chain(scaled).chain(answered);
        changed.reduce(|before, then| format!("{before}, and {then}"))
    }

    /// How long the one-off task took, where there was one.
    pub fn one_off_took(&self) -> Duration {
        self.one_off_ended.map(|it| it.took).unwrap_or_default()
    }

    /// The one-off task that may still run: its ARN, where ECS has named it.
    pub fn running_one_off(&self) -> Option<Option<&str>> {
        match &self.one_off {
            Write::Done(arn) if self.one_off_ended.is_none() => Some(Some(arn)),
            Write::Sent => Some(None),
            Write::Done(_) | Write::None | Write::Undone => None,
        }
    }

    /// Whether the service may have been changed.
    pub fn may_have_updated(&self) -> bool {
        matches!(self.update, Write::Sent | Write::Done(_))
            || matches!(self.go_on, Write::Sent | Write::Done(()))
            || !self.answered.is_empty()
    }

    /// Everything that was sent, a clause each, in the order of the road.
    fn lines(&self, on: &str) -> Vec<String> {
        let register = match &self.register {
            Write::Done(arn) => Some(format!("{} was registered", arn.short())),
            Write::Sent => Some("a task definition was being registered".to_owned()),
            Write::None | Write::Undone => None,
        };
        let one_off = match &self.one_off {
            Write::Done(arn) => Some(format!("the one-off task {arn} was started")),
            Write::Sent => Some("a one-off task was being started".to_owned()),
            Write::None | Write::Undone => None,
        };
        let update = match &self.update {
            Write::Done(Some(id)) => Some(format!("the deployment {id} of {on} was started")),
            Write::Done(None) => Some(format!("{on} was updated")),
            Write::Sent => Some(format!("a deployment of {on} was being requested")),
            Write::None | Write::Undone => None,
        };
        let roll_back = match &self.roll_back {
            Write::Done(()) => Some(format!("a rollback of {on} was started")),
            Write::Sent => Some(format!("a rollback of {on} was being requested")),
            Write::None | Write::Undone => None,
        };
        let go_on = match &self.go_on {
            Write::Done(()) => Some(format!("the deployment of {on} was told to continue")),
            Write::Sent => Some(format!("the deployment of {on} was being told to continue")),
            Write::None | Write::Undone => None,
        };
        let before = self.changed_before().into_iter().chain(register).chain(one_off);
        before.chain(update).chain(roll_back).chain(go_on).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Target;

    fn target() -> Target {
        Target {
            region: "eu-central-1".parse().expect("a Region"),
            cluster: "prod".parse().expect("a cluster"),
            service: "web1".parse().expect("a service"),
        }
    }

    #[test]
    fn what_was_written_is_told_of_all_journals_and_what_did_not_happen_is_not() {
        let written = Written::default();
        let (there, back) = (written.journal(&target()), written.journal(&target()));
        assert_eq!(written.lines(), Some(Vec::new()));
        let arn = "arn:aws:ecs:eu-central-1:123456789012:task-definition/web1:2";
        there.note(|it| it.register = Write::Done(arn.parse().expect("an ARN")));
        there.note(|it| it.update = Write::Sent);
        back.note(|it| it.register = Write::Undone);
        back.note(|it| it.roll_back = Write::Sent);
        let on = target();
        let expected = [
            "web1:2 was registered".to_owned(),
            format!("a deployment of {on} was being requested"),
            format!("a rollback of {on} was being requested"),
        ];
        assert_eq!(written.lines(), Some(expected.to_vec()));
    }

    #[test]
    fn a_journal_that_is_being_written_is_not_waited_for() {
        let written = Written::default();
        let journal = written.journal(&target());
        journal.note(|_| assert_eq!(written.lines(), None));
    }
}
