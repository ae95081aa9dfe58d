//! The tasks of a deployment that is followed: which have stopped, which are healthy, and
//! what those that died have logged.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::aws::{Answer, CallError, Cause};
use crate::deploy::watch::healthy::{Running, Settling};
use crate::ecs::{Counts, LogTail, Service, TargetHealth, Task, TaskSetId};
use crate::rollout::{Followed, TasksSeen};
use crate::task_definition::TaskDefinition;

/// Tasks that have stopped are listed so often, also where no count shows any.
const LISTED_EVERY: Duration = Duration::from_secs(30);

/// The logs of so many tasks are read while it is followed.
const HEARD: usize = 2;

#[derive(Debug)]
pub(crate) struct FollowedTasks {
    /// What they are started by. The task set of a deployment by CodeDeploy shows only when
    /// there is one.
    started_by: Option<TaskSetId>,
    /// Stopped tasks that were looked at; `None` once that is denied.
    known: Option<HashSet<String>>,
    /// Those that had stopped before it was followed are not its failures.
    ignores_earlier: bool,
    /// What the service counted at the last whole look.
    counts: Option<Counts>,
    listed_at: Instant,
    /// Whether they are to be listed at the next whole look, whatever is counted then.
    owed: bool,
    /// Whether they could not be listed, or not all be described, the last time.
    unread: bool,
    /// Those of this deployment that the next whole look is to show.
    stopped: Vec<Task>,
    /// Whether any of this deployment has.
    died: bool,
    /// The target groups of the service, once tasks have died or may not be read.
    health_of: Option<Vec<String>>,
    /// What they are started from, if their logs may be read.
    definition: Option<Arc<TaskDefinition>>,
    /// Those whose last words are still to be read.
    pending_logs: Vec<Task>,
    heard: usize,
    settling: Settling,
}

/// Which of them are healthy, if that is known, and the targets of the others.
pub(super) type Health = (Option<Vec<String>>, Vec<TargetHealth>);

impl FollowedTasks {
    pub(super) fn new(followed: &Followed, definition: Option<Arc<TaskDefinition>>) -> Self {
        Self {
            started_by: followed.id.task_set().cloned(),
            known: Some(HashSet::new()),
            ignores_earlier: followed.adopted,
            counts: None,
            listed_at: Instant::now(),
            owed: true,
            unread: false,
            stopped: Vec::new(),
            died: false,
            health_of: None,
            definition,
            pending_logs: Vec::new(),
            heard: 0,
            settling: Settling::default(),
        }
    }

    pub(crate) fn started_by(&self) -> Option<&TaskSetId> {
        self.started_by.as_ref()
    }

    /// Learns what they are started by.
    pub(super) fn belong_to(&mut self, task_set: Option<&TaskSetId>) {
        if self.started_by.is_none() {
            self.started_by = task_set.cloned();
        }
    }

    /// Whether stopped ones may be read, and can be told from those of others.
    pub(super) fn can_be_listed(&self) -> bool {
        self.known.is_some() && self.started_by.is_some()
    }

    /// Whether stopped ones are to be listed at the next whole look: because of what was seen
    /// of them, or because it is long since they were.
    pub(super) fn are_to_be_listed(&self) -> bool {
        self.owed || self.died || self.listed_at.elapsed() >= LISTED_EVERY
    }

    /// Whether the next look has to be a whole one because of them.
    pub(super) fn are_owed(&self) -> bool {
        self.owed && !self.unread && self.can_be_listed()
    }

    /// Takes what the service counts. Where that has become less, some have stopped.
    pub(super) fn compare(&mut self, counts: Option<Counts>) {
        if let (Some(last), Some(now)) = (self.counts, counts) {
            self.owed |= now.has_lost(last);
        }
        self.counts = counts.or(self.counts);
    }

    /// Whether whole looks are to be frequent because of them: some have died, or only their
    /// targets can tell, or they are to be listed again.
    pub(super) fn are_watched(&self) -> bool {
        self.died || self.unread || self.health_of.is_some()
    }

    /// Those of `arns` that were not looked at yet.
    pub(crate) fn unknown<'a>(
        &self,
        arns: &'a [String],
    ) -> impl Iterator<Item = String> + use<'a, '_> {
        let known = self.known.as_ref();
        arns.iter().filter(move |arn| known.is_some_and(|it| !it.contains(*arn))).cloned()
    }

    /// The target groups to ask about, once it matters which tasks are healthy.
    pub(crate) fn asks_for_health(&self) -> Option<Vec<String>> {
        self.health_of.clone()
    }

    /// Those whose last words are to be read now, with what they were started from.
    pub(crate) fn take_unheard(&mut self) -> Option<(Arc<TaskDefinition>, Vec<Task>)> {
        let definition = self.definition.clone()?;
        let tasks = std::mem::take(&mut self.pending_logs);
        (!tasks.is_empty()).then_some((definition, tasks))
    }

    /// Keeps those of this deployment that were not known to have stopped. One that could
    /// not be described is asked for again at the next cycle. Gives what is to be said.
    pub(super) fn take(
        &mut self,
        stopped: Option<&Answer<Vec<String>>>,
        described: &HashMap<String, Answer<Option<Task>>>,
        service: Option<&Service>,
    ) -> Option<String> {
        let started_by = self.started_by.as_ref()?;
        let known = self.known.as_mut()?;
        let arns = match stopped? {
            Ok(arns) => arns,
            Err(error) => {
                (self.owed, self.unread) = (true, true);
                return self.do_without(error);
            }
        };
        (self.owed, self.unread, self.listed_at) = (false, false, Instant::now());
        if std::mem::take(&mut self.ignores_earlier) {
            known.extend(arns.iter().cloned());
        }
        for arn in arns {
            if known.contains(arn) {
                continue;
            }
            match described.get(arn) {
                Some(Ok(task)) => {
                    known.insert(arn.clone());
                    self.stopped.extend(task.clone().filter(|it| is_by(it, started_by, service)));
                }
                Some(Err(error)) if error.cause == Cause::Denied => {
                    return self.do_without(error);
                }
                Some(Err(_)) | None => (self.owed, self.unread) = (true, true),
            }
        }
        None
    }

    fn do_without(&mut self, error: &CallError) -> Option<String> {
        if error.cause != Cause::Denied {
            return None;
        }
        self.known = None;
        Some(format!("{error}: failed tasks are neither counted nor explained"))
    }

    /// From the first death on it matters which tasks are healthy.
    pub(super) fn watch_health(&mut self, service: Option<&Service>) {
        // Without its tasks the targets are the only ones to say what is wrong.
        if (!self.stopped.is_empty() || self.known.is_none())
            && let Some(service) = service
            && !service.has_classic_load_balancer()
        {
            self.health_of = Some(service.target_groups.clone());
        }
    }

    pub(super) fn health(&mut self, running: Running) -> Health {
        let unhealthy = running.unhealthy();
        (self.settling.healthy(running), unhealthy)
    }

    /// What a whole look shows of them.
    pub(super) fn seen(
        &mut self,
        (healthy, unhealthy): Health,
        last_words: Vec<LogTail>,
    ) -> TasksSeen {
        let stopped = std::mem::take(&mut self.stopped);
        self.died |= !stopped.is_empty();
        self.listen(&stopped);
        TasksSeen { stopped, healthy, unhealthy, last_words }
    }

    /// Some causes are only in the log; the first few tasks that died by
    /// themselves are enough to see them twice.
    fn listen(&mut self, stopped: &[Task]) {
        let died = |task: &&Task| task.stop_code.as_deref() == Some("EssentialContainerExited");
        let left = HEARD.saturating_sub(self.heard);
        let tasks: Vec<Task> = stopped.iter().filter(died).take(left).cloned().collect();
        self.heard += tasks.len();
        self.pending_logs.extend(tasks);
    }
}

/// Whether `started_by` started the task.
fn is_by(task: &Task, started_by: &TaskSetId, service: Option<&Service>) -> bool {
    match service {
        Some(service) => service.started(task).as_ref() == Some(started_by),
        None => task.started_by.as_deref() == Some(started_by.as_str()),
    }
}
