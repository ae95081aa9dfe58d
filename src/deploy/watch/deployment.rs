//! One deployment that is followed: what the answers of a cycle say of it.
//!
//! Which of ECS's two views to trust is settled here; what a view means is
//! `rollout`'s to say.

mod codedeploy;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::PollEvent;
use super::healthy::Settling;
use super::poll::Answers;
use crate::aws::{Answer, CallError, Cause};
use crate::codedeploy::EcsTarget;
use crate::ecs::{
    DeploymentId, RolloutState, Service, ServiceDeployment, ServiceDeploymentArn, Task,
};
use crate::names::{ClusterName, Region};
use crate::problem::Problem;
use crate::request::Target;
use crate::rollout::{Followed, Phase, Snapshot, View, snapshot};
use crate::task_definition::TaskDefinition;

/// What ECS does not show of a deployment by then it is not going to show.
const SHOWN_WITHIN: Duration = Duration::from_secs(90);
/// One failed look is no news; so many in a row are.
const TROUBLE: u32 = 3;
/// So often in a row a service has to be missing before it is taken to be gone.
const ABSENCES: u32 = 2;
/// So often credentials may fail to be renewed before they are taken for gone.
const PATIENCE: u32 = 10;

/// The logs of so many tasks are read while it is followed.
const HEARD: usize = 2;

#[derive(Debug)]
pub(super) struct FollowedDeployment {
    target: Target,
    followed: Followed,
    /// What its tasks are started by. The task set of a deployment by CodeDeploy shows
    /// only when there is one.
    started_by: Option<DeploymentId>,
    sender: mpsc::UnboundedSender<Result<PollEvent, Problem>>,
    since: Instant,
    access: Access,
    /// Whether the service's own list has ever held the deployment. Before that
    /// an answer may be older than the deployment, and an earlier one that is
    /// primary in it is no rollback.
    shown: bool,
    failures: u32,
    /// How often in a row the service was missing.
    absences: u32,
    /// Stopped tasks that were looked at; `None` once that is denied.
    known_tasks: Option<HashSet<String>>,
    /// Those that had stopped before it was followed are not its failures.
    ignores_earlier_tasks: bool,
    /// Those of this deployment that the next whole look is to show.
    stopped: Vec<Task>,
    /// The target groups of the service, once tasks have died or may not be read.
    health_of: Option<Vec<String>>,
    /// What its tasks are started from, if their logs may be read.
    definition: Option<Arc<TaskDefinition>>,
    /// Tasks whose last words are still to be read.
    pending_logs: Vec<Task>,
    heard: usize,
    settling: Settling,
}

/// How the service deployment that belongs to it is read.
#[derive(Debug, Clone, PartialEq)]
enum Access {
    /// ECS does not list it yet. A candidate is what the service names as its
    /// current one; only its target says whether it is ours.
    Looking(Option<ServiceDeploymentArn>),
    Known(ServiceDeploymentArn),
    /// Denied, or never listed.
    Classic,
    CodeDeployState {
        /// The deployment that undoes it, once there is one.
        rollback: Option<DeploymentId>,
        /// Whether its steps may be read.
        reads_steps: bool,
        /// What was last read of them, by the deployment: CodeDeploy's word for the end
        /// does not wait for a read that fails.
        steps: HashMap<DeploymentId, EcsTarget>,
    },
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
            ignores_earlier_tasks: followed.adopted,
            sender,
            since: Instant::now(),
            access: if followed.id.is_codedeploys() {
                Access::CodeDeployState { rollback: None, reads_steps: true, steps: HashMap::new() }
            } else {
                Access::Looking(None)
            },
            started_by: (!followed.id.is_codedeploys()).then(|| followed.id.clone()),
            followed,
            shown: false,
            failures: 0,
            absences: 0,
            known_tasks: Some(HashSet::new()),
            stopped: Vec::new(),
            health_of: None,
            definition,
            pending_logs: Vec::new(),
            heard: 0,
            settling: Settling::default(),
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

    /// The service deployment that is or may be its own.
    pub(super) fn service_deployment(&self) -> Option<&ServiceDeploymentArn> {
        match &self.access {
            Access::Known(arn) | Access::Looking(Some(arn)) => Some(arn),
            Access::Looking(None) | Access::Classic | Access::CodeDeployState { .. } => None,
        }
    }

    /// Whether its service deployment is still to be found.
    pub(super) fn is_looking(&self) -> bool {
        matches!(self.access, Access::Looking(_))
    }

    /// Whether stopped tasks may be read, and can be told from those of others.
    pub(super) fn counts_tasks(&self) -> bool {
        self.known_tasks.is_some() && self.started_by.is_some()
    }

    /// Those of `arns` that were not looked at yet.
    pub(super) fn unknown_tasks<'a>(
        &self,
        arns: &'a [String],
    ) -> impl Iterator<Item = String> + use<'a> {
        let unknown: Vec<&String> = match &self.known_tasks {
            Some(known) => arns.iter().filter(|arn| !known.contains(*arn)).collect(),
            None => Vec::new(),
        };
        unknown.into_iter().cloned()
    }

    /// What its tasks are started by; the deployment itself, as long as that is not known.
    pub(super) fn started_by(&self) -> &DeploymentId {
        self.started_by.as_ref().unwrap_or(&self.followed.id)
    }

    /// The target groups to ask about, once it matters which tasks are healthy.
    pub(super) fn asks_for_health(&self) -> Option<Vec<String>> {
        self.health_of.clone()
    }

    /// Tasks whose last words are to be read now, with what they were started from.
    pub(super) fn take_unheard(&mut self) -> Option<(Arc<TaskDefinition>, Vec<Task>)> {
        let definition = self.definition.clone()?;
        let tasks = std::mem::take(&mut self.pending_logs);
        (!tasks.is_empty()).then_some((definition, tasks))
    }

    /// Takes what a cycle brought and says what it means; `true` where AWS
    /// throttled.
    pub(super) fn take_in(&mut self, answers: &mut Answers) -> bool {
        self.take_tasks(answers);
        let running = answers.running.remove(self.started_by()).unwrap_or_default();
        let unhealthy = running.unhealthy();
        let healthy = self.settling.healthy(running);
        let own = self.service_deployment().and_then(|arn| answers.described.get(arn));
        let service = answers.services.get(&self.target);
        let look = match &self.access {
            Access::CodeDeployState { .. } => self.look_at_codedeploy(service, answers),
            Access::Looking(_) | Access::Known(_) | Access::Classic => {
                self.look(service, own, answers.listed.get(&self.target))
            }
        };
        match look {
            Ok(Some(snapshot)) => {
                self.failures = 0;
                let stopped = std::mem::take(&mut self.stopped);
                self.listen(&stopped);
                // Without its tasks the targets are the only ones to say what is wrong.
                if (!stopped.is_empty() || self.known_tasks.is_none())
                    && let Some(Ok(Some(service))) = service
                    && !service.has_classic_load_balancer()
                {
                    self.health_of = Some(service.target_groups.clone());
                }
                let last_words = answers.last_words.remove(self.started_by()).unwrap_or_default();
                let snapshot = Snapshot { stopped, healthy, unhealthy, last_words, ..snapshot };
                self.say(Ok(PollEvent::Seen(Box::new(snapshot))));
                false
            }
            Ok(None) => false,
            Err(error) => {
                self.failed(&error);
                error.cause == Cause::Throttled
            }
        }
    }

    /// Keeps the tasks of this deployment that were not known to have stopped.
    /// One that could not be described is asked for again at the next cycle.
    fn take_tasks(&mut self, answers: &Answers) {
        let Some(started_by) = self.started_by.clone() else { return };
        let Some(known) = &mut self.known_tasks else { return };
        let service = match answers.services.get(&self.target) {
            Some(Ok(service)) => service.as_ref(),
            Some(Err(_)) | None => None,
        };
        let arns = match answers.stopped.get(&self.target) {
            Some(Ok(arns)) => arns.as_slice(),
            Some(Err(error)) if error.cause == Cause::Denied => {
                return self.do_without_tasks(error);
            }
            Some(Err(_)) | None => return,
        };
        if std::mem::take(&mut self.ignores_earlier_tasks) {
            known.extend(arns.iter().cloned());
        }
        for arn in arns.iter().filter(|arn| !known.contains(*arn)).collect::<Vec<_>>() {
            match answers.tasks.get(arn) {
                Some(Ok(task)) => {
                    known.insert(arn.clone());
                    self.stopped.extend(task.clone().filter(|it| is_by(it, &started_by, service)));
                }
                Some(Err(error)) if error.cause == Cause::Denied => {
                    return self.do_without_tasks(error);
                }
                Some(Err(_)) | None => {}
            }
        }
    }

    /// Some causes stand only in the log; the first few tasks that died by
    /// themselves are enough to see them twice.
    fn listen(&mut self, stopped: &[Task]) {
        let died = |task: &&Task| task.stop_code.as_deref() == Some("EssentialContainerExited");
        let room = HEARD.saturating_sub(self.heard);
        let tasks: Vec<Task> = stopped.iter().filter(died).take(room).cloned().collect();
        self.heard += tasks.len();
        self.pending_logs.extend(tasks);
    }

    fn do_without_tasks(&mut self, error: &CallError) {
        self.known_tasks = None;
        self.say(Ok(PollEvent::Trouble(format!(
            "{} is not allowed: tasks that die are neither counted nor explained",
            error.action
        ))));
    }

    /// What this cycle's answers say of it; `None` where they are no whole look.
    fn look(
        &mut self,
        service: Option<&Answer<Option<Service>>>,
        described: Option<&Answer<Option<ServiceDeployment>>>,
        listed: Option<&Answer<Vec<ServiceDeployment>>>,
    ) -> Result<Option<Snapshot>, CallError> {
        let service = match service {
            None => return Ok(None),
            Some(Err(error)) => return Err(error.clone()),
            Some(Ok(None)) => return Ok(self.missing()),
            Some(Ok(Some(service))) => service,
        };
        self.absences = 0;
        let own = match self.own(described, listed) {
            Ok(own) => own,
            // Not allowed, or not known here: it will not be otherwise next time.
            Err(error) if matches!(error.cause, Cause::Denied | Cause::Refused) => {
                let why = match error.cause {
                    Cause::Denied => format!("{} is not allowed", error.action),
                    Cause::Refused | Cause::Credentials | Cause::Throttled | Cause::Unclear => {
                        error.to_string()
                    }
                };
                self.say(Ok(PollEvent::Trouble(format!(
                    "{why}: following the service's own list of deployments instead"
                ))));
                self.access = Access::Classic;
                None
            }
            Err(error) => return Err(error),
        };
        let is_late = self.since.elapsed() >= SHOWN_WITHIN;
        self.shown |= service.deployments.iter().any(|it| it.id == self.followed.id);
        if self.is_looking() {
            if is_late {
                self.access = Access::Classic;
            } else if own.is_none() {
                let named = service.current_service_deployment.clone();
                self.access =
                    Access::Looking(named.filter(|arn| {
                        Some(arn) != self.followed.service_deployment_before.as_ref()
                    }));
            }
        }
        // A list that stays empty is not waited for: no answer from before the deployment
        // calls it COMPLETED.
        let has_completed = service.primary().is_some_and(|primary| {
            primary.id == self.followed.id && primary.rollout_state == Some(RolloutState::Completed)
        });
        let may_be_older = (self.is_looking() || !(self.shown || is_late)) && !has_completed;
        let view = match own {
            Some(deployment) => View::Described(deployment),
            None if may_be_older => View::NotListedYet,
            None => View::Classic,
        };
        Ok(Some(snapshot(&self.followed, service, view)))
    }

    /// The service deployment that is ours, once an answer proves it. One that
    /// was only listed is described from the next cycle on.
    fn own<'a>(
        &mut self,
        described: Option<&'a Answer<Option<ServiceDeployment>>>,
        listed: Option<&'a Answer<Vec<ServiceDeployment>>>,
    ) -> Result<Option<&'a ServiceDeployment>, CallError> {
        let is_ours = |deployment: &&ServiceDeployment| {
            deployment.target.as_ref().is_some_and(|target| target.belongs_to(&self.followed.id))
        };
        let mut found = match described {
            Some(Ok(deployment)) => deployment.as_ref().filter(is_ours),
            Some(Err(error)) => return Err(error.clone()),
            None => None,
        };
        if found.is_none() {
            found = match listed {
                Some(Ok(all)) => all.iter().find(is_ours),
                Some(Err(error)) => return Err(error.clone()),
                None => None,
            };
        }
        if let Some(found) = found {
            self.access = Access::Known(found.arn.clone());
        }
        Ok(found)
    }

    fn failed(&mut self, error: &CallError) {
        match error.cause {
            // Without a word of AWS it is a provider of credentials that did not
            // answer, which may pass.
            Cause::Credentials if error.code.is_none() && self.failures < PATIENCE => {
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

/// Whether `started_by` started the task.
fn is_by(task: &Task, started_by: &DeploymentId, service: Option<&Service>) -> bool {
    match service {
        Some(service) => service.started(task).as_ref() == Some(started_by),
        None => task.started_by.as_deref() == Some(started_by.as_str()),
    }
}
