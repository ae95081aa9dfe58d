//! One deployment by CodeDeploy that is followed: what it is asked for, and what that
//! says of it. A rollback is a deployment of its own, asked for as soon as it is named.

use super::{Access, Answers, FollowedDeployment, PollEvent};
use crate::aws::{Answer, CallError, Cause};
use crate::ecs::{DeploymentId, Service};
use crate::rollout::{DeploymentView, Snapshot, codedeploy};

/// Whether the steps can't be read at the next look either. Right after the start there is
/// no target yet.
fn is_for_good(error: &CallError) -> bool {
    matches!(error.cause, Cause::Denied | Cause::Refused)
        && !error.is("DeploymentTargetDoesNotExistException")
}

impl FollowedDeployment {
    /// The deployments to ask CodeDeploy for.
    pub(in crate::deploy::watch) fn codedeploy(&self) -> Vec<DeploymentId> {
        match &self.access {
            Access::CodeDeployState { rollback, .. } => {
                [self.followed.id.clone()].into_iter().chain(rollback.clone()).collect()
            }
            Access::Looking(_) | Access::Known(_) | Access::Classic => Vec::new(),
        }
    }

    /// Whether their steps may be read.
    pub(in crate::deploy::watch) fn reads_steps(&self) -> bool {
        matches!(self.access, Access::CodeDeployState { reads_steps: true, .. })
    }

    /// What this cycle's answers say of a deployment by CodeDeploy; `None` where they are
    /// no whole look.
    pub(super) fn look_at_codedeploy(
        &mut self,
        service: Option<&Answer<Option<Service>>>,
        answers: &Answers,
    ) -> Result<Option<Snapshot>, CallError> {
        let service = match service {
            None => return Ok(None),
            Some(Err(error)) => return Err(error.clone()),
            Some(Ok(None)) => return Ok(self.missing()),
            Some(Ok(Some(service))) => service,
        };
        self.absences = 0;
        let Some(deployment) = answers.codedeploy.get(&self.followed.id) else { return Ok(None) };
        let deployment = deployment.as_ref().map_err(Clone::clone)?;
        let Access::CodeDeployState { rollback, mut reads_steps, mut steps } = self.access.clone()
        else {
            return Ok(None);
        };
        for id in self.codedeploy() {
            match answers.targets.get(&id) {
                Some(Ok(Some(target))) => {
                    steps.insert(id, target.clone());
                }
                Some(Err(error)) if is_for_good(error) => {
                    reads_steps = false;
                    let why = match error.cause {
                        Cause::Denied => format!("{} is not allowed", error.action),
                        _ => error.to_string(),
                    };
                    self.say(Ok(PollEvent::Trouble(format!(
                        "the steps of the deployment can't be read ({why}): that all traffic is on the new tasks shows only once CodeDeploy has removed the old ones"
                    ))));
                }
                // The next look reads them again.
                Some(Ok(None) | Err(_)) | None => {}
            }
        }
        let own = DeploymentView { deployment, target: steps.get(&deployment.id) };
        let undoing = rollback.as_ref().and_then(|id| answers.codedeploy.get(id));
        let undoing = undoing.map(|answer| answer.as_ref().map_err(Clone::clone)).transpose()?;
        let undoing = undoing
            .map(|deployment| DeploymentView { deployment, target: steps.get(&deployment.id) });
        let snapshot = codedeploy(&self.followed, service, own, undoing);
        let rollback = rollback.or_else(|| deployment.rolled_back_by.clone());
        self.access = Access::CodeDeployState { rollback, reads_steps, steps };
        if self.started_by.is_none() {
            self.started_by.clone_from(&snapshot.task_set);
        }
        Ok(Some(snapshot))
    }
}
