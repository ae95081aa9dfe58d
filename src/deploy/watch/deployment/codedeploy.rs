//! A deployment by CodeDeploy: what is asked for, and what that says of it. A rollback is a
//! deployment of its own, asked for as soon as it is named.

use std::collections::HashMap;

use crate::aws::{CallError, Cause};
use crate::codedeploy::EcsTarget;
use crate::deploy::watch::answers::Answers;
use crate::ecs::{CodeDeployId, Service};
use crate::rollout::{DeploymentView, Followed, Snapshot, codedeploy};

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
}

/// Whether the steps can't be read at the next look either. Right after the start there is
/// no target yet.
fn is_for_good(error: &CallError) -> bool {
    matches!(error.cause, Cause::Denied | Cause::Refused)
        && !error.is("DeploymentTargetDoesNotExistException")
}

impl CodeDeployAccess {
    pub(super) fn new(id: &CodeDeployId) -> Self {
        Self { id: id.clone(), rollback: None, reads_steps: true, steps: HashMap::new() }
    }

    /// The deployments to ask CodeDeploy for.
    pub(super) fn ids(&self) -> Vec<CodeDeployId> {
        [self.id.clone()].into_iter().chain(self.rollback.clone()).collect()
    }

    pub(super) fn reads_steps(&self) -> bool {
        self.reads_steps
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
        for id in self.ids() {
            match answers.targets.get(&id) {
                Some(Ok(Some(target))) => {
                    self.steps.insert(id, target.clone());
                }
                Some(Err(error)) if is_for_good(error) => {
                    self.reads_steps = false;
                    say(format!(
                        "the steps of the deployment can't be read ({error}): that all traffic is on the new tasks shows only once CodeDeploy has removed the old ones"
                    ));
                }
                // The next look reads them again.
                Some(Ok(None) | Err(_)) | None => {}
            }
        }
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
