//! One deployment that is followed: what the answers of a cycle say of it.

mod codedeploy;
mod ecs;
mod tasks;

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::answers::Answers;
use super::poll_event::PollEvent;
use crate::aws::{CallError, Cause};
use crate::ecs::{CodeDeployId, DeploymentId, ServiceDeploymentArn};
use crate::names::{ClusterName, Region};
use crate::problem::Problem;
use crate::request::Target;
use crate::rollout::{Followed, Phase, Snapshot};
use crate::task_definition::TaskDefinition;
use codedeploy::CodeDeployAccess;
use ecs::EcsAccess;
use tasks::FollowedTasks;

/// One failed look is no news; so many in a row are.
const TROUBLE: u32 = 3;
/// So often in a row a service has to be missing before it is taken to be gone.
const ABSENCES: u32 = 2;
/// So often credentials may fail to be renewed before they are taken for gone.
const RENEWALS: u32 = 10;

#[derive(Debug)]
pub(super) struct FollowedDeployment {
    target: Target,
    followed: Followed,
    sender: mpsc::UnboundedSender<Result<PollEvent, Problem>>,
    since: Instant,
    access: Access,
    tasks: FollowedTasks,
    failures: u32,
    /// How often in a row the service was missing.
    absences: u32,
}

/// How it is read.
#[derive(Debug)]
enum Access {
    Ecs(EcsAccess),
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
                DeploymentId::Ecs(_) => Access::Ecs(EcsAccess::default()),
                DeploymentId::CodeDeploy(id) => Access::CodeDeploy(CodeDeployAccess::new(id)),
            },
            tasks: FollowedTasks::new(&followed, definition),
            followed,
            failures: 0,
            absences: 0,
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

    pub(super) fn id(&self) -> &DeploymentId {
        &self.followed.id
    }

    /// Where its service is: services of one cluster are described together.
    pub(super) fn cluster(&self) -> (Region, ClusterName) {
        (self.target.region.clone(), self.target.cluster.clone())
    }

    /// The service deployment that is or may be its own.
    pub(super) fn service_deployment(&self) -> Option<&ServiceDeploymentArn> {
        match &self.access {
            Access::Ecs(access) => access.service_deployment(),
            Access::CodeDeploy(_) => None,
        }
    }

    /// Whether its service deployment is still to be found.
    pub(super) fn is_looking(&self) -> bool {
        matches!(&self.access, Access::Ecs(access) if access.is_looking())
    }

    /// The deployments to ask CodeDeploy for, and whether their steps may be read.
    pub(super) fn codedeploy(&self) -> (Vec<CodeDeployId>, bool) {
        match &self.access {
            Access::Ecs(_) => (Vec::new(), false),
            Access::CodeDeploy(access) => (access.ids(), access.reads_steps()),
        }
    }

    pub(super) fn tasks(&self) -> &FollowedTasks {
        &self.tasks
    }

    pub(super) fn tasks_mut(&mut self) -> &mut FollowedTasks {
        &mut self.tasks
    }

    /// Takes what a cycle brought and says what it means; `true` where AWS
    /// throttled.
    pub(super) fn take_in(&mut self, answers: &mut Answers) -> bool {
        let service = match answers.services.get(&self.target) {
            Some(Ok(service)) => service.clone(),
            Some(Err(_)) | None => None,
        };
        let stopped = answers.stopped.get(&self.target);
        if let Some(trouble) = self.tasks.take(stopped, &answers.tasks, service.as_ref()) {
            self.say(Ok(PollEvent::Trouble(trouble)));
        }
        let running = answers.running.remove(&self.followed.id).unwrap_or_default();
        let health = self.tasks.health(running);
        match self.look(answers) {
            Ok(Some(snapshot)) => {
                self.failures = 0;
                let last_words = answers.last_words.remove(&self.followed.id).unwrap_or_default();
                let tasks = self.tasks.seen(health, last_words, service.as_ref());
                self.say(Ok(PollEvent::Seen(Box::new(Snapshot { tasks, ..snapshot }))));
                false
            }
            Ok(None) => false,
            Err(error) => {
                self.failed(&error);
                error.cause == Cause::Throttled
            }
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
        self.absences = 0;
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

    fn failed(&mut self, error: &CallError) {
        match error.cause {
            // Without a word of AWS it is a provider of credentials that did not
            // answer, which may pass.
            Cause::Credentials if error.code.is_none() && self.failures < RENEWALS => {
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

    /// The service is not there any more, once that was seen twice: one answer may be older
    /// than the service, or come of a fault of AWS.
    fn missing(&mut self) -> Option<Snapshot> {
        self.absences += 1;
        let gone = || Snapshot::nothing_but(Phase::Gone("MISSING".to_owned()));
        (self.absences >= ABSENCES).then(gone)
    }

    fn trouble(&mut self, error: &CallError) {
        self.failures += 1;
        if self.failures == TROUBLE {
            let text = format!("AWS does not answer as it should ({error}); trying on");
            self.say(Ok(PollEvent::Trouble(text)));
        }
    }
}
