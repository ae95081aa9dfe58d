//! One deployment that is followed: what the answers of a cycle say of it.

mod codedeploy;
mod ecs;
mod tasks;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::answers::Answers;
use super::call::Call;
use super::poll_event::PollEvent;
use crate::aws::{CallError, Cause};
use crate::ecs::DeploymentId;
use crate::names::{ClusterName, Region};
use crate::problem::Problem;
use crate::request::Target;
use crate::rollout::{Followed, Phase, Snapshot, TasksSeen};
use crate::task_definition::TaskDefinition;
use codedeploy::CodeDeployAccess;
use ecs::EcsAccess;
use tasks::FollowedTasks;

/// So many quick looks follow one another at most: what only a whole one shows, such as
/// an event, is then not much older than a quarter of a minute.
const QUICK_LOOKS: u32 = 12;
/// The same of a deployment by CodeDeploy: what its steps show of a stop is not documented.
const QUICK_LOOKS_AT_STEPS: u32 = 4;
/// The same once tasks have died, and after a change, which the other view may show later.
const FEW_QUICK_LOOKS: u32 = 2;
/// A failed look is no news; that looks fail for so long is.
const TROUBLE_AFTER: Duration = Duration::from_secs(6);
/// So long a service has to be missing before it is taken to be gone: one answer may be
/// older than the service, or come of a fault of AWS.
const GONE_AFTER: Duration = Duration::from_secs(3);
/// So long credentials may fail to be renewed before they are taken for gone.
const RENEWED_WITHIN: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct FollowedDeployment {
    target: Target,
    followed: Followed,
    sender: mpsc::UnboundedSender<Result<PollEvent, Problem>>,
    since: Instant,
    access: Access,
    tasks: FollowedTasks,
    /// Quick looks since the last whole one.
    quick_looks: u32,
    /// How many may follow that one.
    may_skip: u32,
    /// Since when all looks fail.
    failing_since: Option<Instant>,
    /// Whether that was said.
    told_trouble: bool,
    /// Since when the service is missing.
    missing_since: Option<Instant>,
}

/// How it is read.
#[derive(Debug)]
enum Access {
    Ecs(Box<EcsAccess>),
    CodeDeploy(CodeDeployAccess),
}

impl FollowedDeployment {
    pub(super) fn new(
        target: Target,
        followed: Followed,
        definition: Option<Arc<TaskDefinition>>,
        sender: mpsc::UnboundedSender<Result<PollEvent, Problem>>,
    ) -> Self {
        Self {
            target,
            sender,
            since: Instant::now(),
            access: match &followed.id {
                DeploymentId::Ecs(_) => Access::Ecs(Box::default()),
                DeploymentId::CodeDeploy(id) => Access::CodeDeploy(CodeDeployAccess::new(id)),
            },
            tasks: FollowedTasks::new(&followed, definition),
            followed,
            quick_looks: 0,
            may_skip: 0,
            failing_since: None,
            told_trouble: false,
            missing_since: None,
        }
    }

    pub(super) fn is_wanted(&self) -> bool {
        !self.sender.is_closed()
    }

    fn say(&self, look: Result<PollEvent, Problem>) {
        // Nobody listening any more is noticed at the next cycle.
        let _ = self.sender.send(look);
    }

    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// Where its service is: services of one cluster are described together.
    pub(super) fn cluster(&self) -> (Region, ClusterName) {
        (self.target.region.clone(), self.target.cluster.clone())
    }

    pub(super) fn tasks(&self) -> &FollowedTasks {
        &self.tasks
    }

    /// Whether the next look is a whole one, whatever a quick one would show.
    pub(super) fn is_due(&self) -> bool {
        self.quick_looks >= self.may_skip
    }

    /// What shows whether anything has changed.
    pub(super) fn quick_look(&self) -> Vec<Call> {
        match &self.access {
            Access::Ecs(access) => match access.service_deployment() {
                Some(arn) => vec![Call::Described(self.target.region.clone(), vec![arn.clone()])],
                None => vec![self.service()],
            },
            Access::CodeDeploy(access) => access.quick_look(&self.followed, &self.target),
        }
    }

    /// Takes in a quick look; gives itself back where a whole one is to follow.
    pub(super) fn take_in_quick_look(&mut self, answers: &Answers) -> Option<&mut Self> {
        let changed = match &mut self.access {
            Access::Ecs(access) => access.has_changed(answers),
            Access::CodeDeploy(access) => access.has_changed(answers),
        };
        match changed {
            Ok(true) => return Some(self),
            Ok(false) => {
                self.quick_looks += 1;
                self.say(Ok(PollEvent::Unchanged));
            }
            Err(error) => {
                self.may_skip = 0;
                self.failed(&error);
            }
        }
        None
    }

    /// All calls of a look that need no answer of another.
    pub(super) fn whole_look(&mut self) -> Vec<Call> {
        let mut calls = self.quick_look();
        calls.extend(self.rest_of_look(&Answers::default()));
        calls
    }

    /// What a whole look takes besides a quick one, which these are the answers to.
    pub(super) fn rest_of_look(&mut self, answers: &Answers) -> Vec<Call> {
        let target = &self.target;
        let lists_stopped = match &self.access {
            Access::Ecs(access) => match access.loses_tasks(answers) {
                Some(loses_tasks) => loses_tasks || self.tasks.are_to_be_listed(),
                None => false,
            },
            Access::CodeDeploy(_) => true,
        };
        let mut calls = match &self.access {
            Access::Ecs(access) => {
                let mut calls = Vec::new();
                if access.service_deployment().is_some() {
                    calls.push(self.service());
                }
                if access.is_looking() {
                    calls.push(Call::Listed(target.clone()));
                }
                calls
            }
            Access::CodeDeploy(access) => {
                let mut calls = access.rest_of_look(&self.followed, target);
                calls.push(self.service());
                calls
            }
        };
        if lists_stopped && self.tasks.can_be_listed() {
            calls.push(Call::Stopped(target.clone()));
        }
        calls.extend(self.health());
        if let Some((definition, tasks)) = self.tasks.take_unheard() {
            let id = self.followed.id.clone();
            calls.push(Call::LastWords(target.clone(), id, definition, tasks));
        }
        calls
    }

    /// What shows which tasks are healthy, once that matters.
    fn health(&self) -> Option<Call> {
        let target_groups = self.tasks.asks_for_health()?;
        let started_by = self.tasks.started_by().cloned();
        let id = self.followed.id.clone();
        Some(Call::Healthy(self.target.clone(), id, started_by, target_groups))
    }

    fn service(&self) -> Call {
        let Target { region, cluster, service } = self.target.clone();
        Call::Services(region, cluster, vec![service])
    }

    /// Takes in which tasks have stopped; gives what is to be asked because of them.
    pub(super) fn take_in_tasks(&mut self, answers: &Answers) -> Option<Call> {
        let service = answers.service(&self.target);
        let stopped = answers.stopped.get(&self.target);
        if let Some(trouble) = self.tasks.take(stopped, &answers.tasks, service) {
            self.say(Ok(PollEvent::Trouble(trouble)));
        }
        self.tasks.watch_health(service);
        self.health().filter(|_| !answers.running.contains_key(&self.followed.id))
    }

    /// Takes what a whole look brought and says what it means.
    pub(super) fn take_in(&mut self, answers: &mut Answers) {
        let running = answers.running.remove(&self.followed.id).unwrap_or_default();
        let health = self.tasks.health(running);
        let is_due = self.is_due();
        let own = answers
            .service(&self.target)
            .and_then(|it| it.deployments.iter().find(|it| it.is_of(&self.followed.id)));
        self.tasks.compare(own.map(|it| it.counts));
        let look = self.look(answers);
        (self.quick_looks, self.may_skip) = (0, 0);
        match look {
            Ok(Some(snapshot)) => {
                (self.failing_since, self.told_trouble) = (None, false);
                let last_words = answers.last_words.remove(&self.followed.id).unwrap_or_default();
                let tasks = self.tasks.seen(health, last_words);
                self.may_skip = self.quick_looks_after(&snapshot.phase, &tasks, is_due);
                self.say(Ok(PollEvent::Seen(Box::new(Snapshot { tasks, ..snapshot }))));
            }
            Ok(None) => {}
            Err(error) => self.failed(&error),
        }
    }

    /// What this cycle's answers say of it; `None` where they are no whole look.
    fn look(&mut self, answers: &Answers) -> Result<Option<Snapshot>, CallError> {
        let service = match answers.services.get(&self.target) {
            None => return Ok(None),
            Some(Err(error)) => return Err(error.clone()),
            Some(Ok(None)) => return Ok(self.missing()),
            Some(Ok(Some(service))) => service,
        };
        self.missing_since = None;
        let sender = &self.sender;
        let say = |trouble| {
            let _ = sender.send(Ok(PollEvent::Trouble(trouble)));
        };
        match &mut self.access {
            Access::Ecs(access) => {
                let described =
                    access.service_deployment().and_then(|it| answers.described.get(it));
                let listed = answers.listed.get(&self.target);
                let elapsed = self.since.elapsed();
                access.look(&self.followed, elapsed, service, described, listed, say).map(Some)
            }
            Access::CodeDeploy(access) => {
                let snapshot = access.look(&self.followed, service, answers, say)?;
                self.tasks.belong_to(snapshot.as_ref().and_then(|it| it.task_set.as_ref()));
                Ok(snapshot)
            }
        }
    }

    /// How many quick looks may follow one that showed this.
    fn quick_looks_after(&self, phase: &Phase, tasks: &TasksSeen, was_due: bool) -> u32 {
        let most = match &self.access {
            Access::Ecs(access) if access.shows_changes() => QUICK_LOOKS,
            Access::CodeDeploy(access) if access.is_read() => QUICK_LOOKS_AT_STEPS,
            Access::Ecs(_) | Access::CodeDeploy(_) => 0,
        };
        match phase {
            // What they have logged is still to be read.
            _ if !tasks.stopped.is_empty() || self.tasks.are_owed() => 0,
            Phase::InProgress(_) | Phase::RollingBack if self.tasks.are_watched() || !was_due => {
                most.min(FEW_QUICK_LOOKS)
            }
            Phase::InProgress(_) | Phase::RollingBack => most,
            _ => 0,
        }
    }

    /// Whether looks have failed for so long.
    fn fails_for(&mut self, time: Duration) -> bool {
        self.failing_since.get_or_insert_with(Instant::now).elapsed() >= time
    }

    fn failed(&mut self, error: &CallError) {
        match error.cause {
            // Without a word of AWS it is a provider of credentials that did not
            // answer, which may pass.
            Cause::Credentials if error.code.is_none() && !self.fails_for(RENEWED_WITHIN) => {
                self.trouble(error);
            }
            Cause::Denied | Cause::Credentials => {
                self.say(Err(error.problem(&self.target.to_string())));
            }
            Cause::Refused if error.is("ClusterNotFoundException") => {
                if let Some(gone) = self.missing() {
                    self.say(Ok(PollEvent::Seen(Box::new(gone))));
                }
            }
            Cause::Refused | Cause::Throttled | Cause::Unclear => self.trouble(error),
        }
    }

    /// The service is not there any more, once it is missing for long enough.
    fn missing(&mut self) -> Option<Snapshot> {
        let since = *self.missing_since.get_or_insert_with(Instant::now);
        let gone = || Snapshot::nothing_but(Phase::Gone("MISSING".to_owned()));
        (since.elapsed() >= GONE_AFTER).then(gone)
    }

    fn trouble(&mut self, error: &CallError) {
        if self.fails_for(TROUBLE_AFTER) && !std::mem::replace(&mut self.told_trouble, true) {
            let text = format!("AWS does not answer as expected ({error}); retrying");
            self.say(Ok(PollEvent::Trouble(text)));
        }
    }
}
