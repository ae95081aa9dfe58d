//! A deployment by CodeDeploy: what is asked for, and what that says of it. A rollback is a
//! deployment of its own, asked for as soon as it is named.

use std::collections::HashMap;

use crate::aws::{CallError, Cause};
use crate::codedeploy::{Deployment, EcsTarget, StepStatus};
use crate::deploy::watch::answers::Answers;
use crate::deploy::watch::call::Call;
use crate::ecs::{CodeDeployId, Service};
use crate::request::Target;
use crate::rollout::{DeploymentView, Followed, Snapshot, Until, codedeploy};

#[derive(Debug)]
pub(super) struct CodeDeployAccess {
    id: CodeDeployId,
    /// The deployment that undoes it, once there is one.
    rollback: Option<CodeDeployId>,
    /// Whether its steps may be read.
    reads_steps: bool,
    /// What was last read of them, by the deployment: CodeDeploy's word for the end
    /// does not wait for a read that fails.
    steps: HashMap<CodeDeployId, EcsTarget>,
    /// What was last read of the deployments themselves.
    deployments: HashMap<CodeDeployId, Deployment>,
    /// Whether its steps could not be read the last time.
    lacks_steps: bool,
}

/// Whether the steps can't be read at the next look either. Right after the start there is
/// no target yet.
fn is_for_good(error: &CallError) -> bool {
    matches!(error.cause, Cause::Denied | Cause::Refused)
        && !error.is("DeploymentTargetDoesNotExistException")
}

impl CodeDeployAccess {
    pub(super) fn new(id: &CodeDeployId) -> Self {
        Self {
            id: id.clone(),
            rollback: None,
            reads_steps: true,
            steps: HashMap::new(),
            deployments: HashMap::new(),
            lacks_steps: false,
        }
    }

    /// The deployments to ask CodeDeploy for.
    fn ids(&self) -> impl Iterator<Item = &CodeDeployId> {
        [&self.id].into_iter().chain(&self.rollback)
    }

    /// Whether each of them was read.
    pub(super) fn is_read(&self) -> bool {
        self.ids().all(|id| self.deployments.contains_key(id))
    }

    /// The calls of a quick look at the deployment that is at work: its steps alone while
    /// one is being carried out.
    pub(super) fn quick_look(&self, followed: &Followed, target: &Target) -> Vec<Call> {
        let (steps, deployment) = self.asks_quickly(followed);
        self.calls(target, |id| (steps && id == self.current(), deployment && id == self.current()))
    }

    /// What a whole look takes besides.
    pub(super) fn rest_of_look(&self, followed: &Followed, target: &Target) -> Vec<Call> {
        let (steps, deployment) = self.asks_quickly(followed);
        self.calls(target, |id| {
            let is_current = id == self.current();
            (self.reads_steps && !(steps && is_current), !(deployment && is_current))
        })
    }

    /// Whether a quick look asks for the steps, and whether for the deployment.
    fn asks_quickly(&self, followed: &Followed) -> (bool, bool) {
        let steps = self.reads_steps && followed.until != Until::GroupIsFree;
        (steps, !(steps && self.shows_steps()))
    }

    /// The calls for each deployment whose steps, and which itself, are asked for.
    fn calls(&self, target: &Target, asked: impl Fn(&CodeDeployId) -> (bool, bool)) -> Vec<Call> {
        let mut calls = Vec::new();
        for id in self.ids() {
            let (steps, deployment) = asked(id);
            if steps {
                calls.push(Call::Steps(target.clone(), id.clone()));
            }
            if deployment {
                calls.push(Call::CodeDeploy(target.clone(), id.clone()));
            }
        }
        calls
    }

    /// The deployment that is at work.
    fn current(&self) -> &CodeDeployId {
        self.rollback.as_ref().unwrap_or(&self.id)
    }

    /// Whether it carries out a step that could be read.
    fn shows_steps(&self) -> bool {
        let steps = self.steps.get(self.current()).filter(|_| !self.lacks_steps);
        steps.is_some_and(|it| it.events.iter().any(|it| it.status == StepStatus::InProgress))
    }

    /// Whether the answers to a quick look are not those of the last whole one.
    pub(super) fn has_changed(&mut self, answers: &Answers) -> Result<bool, CallError> {
        let id = self.current().clone();
        let deployment = match answers.codedeploy.get(&id) {
            Some(Err(error)) => return Err(error.clone()),
            Some(Ok(now)) => Some(now) != self.deployments.get(&id),
            None => false,
        };
        let steps = match answers.targets.get(&id) {
            Some(Err(error)) => {
                // The deployment itself is asked for at the next look.
                self.lacks_steps = true;
                is_for_good(error)
            }
            Some(Ok(now)) => {
                self.lacks_steps = false;
                now.as_ref() != self.steps.get(&id)
            }
            None => false,
        };
        Ok(deployment || steps)
    }

    /// What this cycle's answers say of it; `None` where they are no whole look.
    pub(super) fn look(
        &mut self,
        followed: &Followed,
        service: &Service,
        answers: &Answers,
        say: impl Fn(String),
    ) -> Result<Option<Snapshot>, CallError> {
        let Some(deployment) = answers.codedeploy.get(&self.id) else { return Ok(None) };
        let deployment = deployment.as_ref().map_err(Clone::clone)?;
        let ids: Vec<CodeDeployId> = self.ids().cloned().collect();
        for id in ids {
            if let Some(Ok(deployment)) = answers.codedeploy.get(&id) {
                self.deployments.insert(id.clone(), deployment.clone());
            }
            match answers.targets.get(&id) {
                Some(Ok(Some(target))) => {
                    self.steps.insert(id, target.clone());
                }
                Some(Err(error)) if is_for_good(error) => {
                    self.reads_steps = false;
                    say(format!(
                        "the steps of the deployment can't be read ({error}): whether all traffic is on the new tasks is known only once CodeDeploy has removed the old ones"
                    ));
                }
                // The next look reads them again.
                Some(Ok(None) | Err(_)) | None => {}
            }
        }
        self.lacks_steps = matches!(answers.targets.get(self.current()), Some(Err(_)));
        let undoing = self.rollback.as_ref().and_then(|id| answers.codedeploy.get(id));
        let undoing = undoing.map(|answer| answer.as_ref().map_err(Clone::clone)).transpose()?;
        let view =
            |deployment| DeploymentView { deployment, target: self.steps.get(&deployment.id) };
        let snapshot = codedeploy(followed, service, view(deployment), undoing.map(view));
        if self.rollback.is_none() {
            self.rollback.clone_from(&deployment.rolled_back_by);
        }
        Ok(Some(snapshot))
    }
}
