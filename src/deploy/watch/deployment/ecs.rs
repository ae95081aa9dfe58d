//! A deployment by ECS, read from one of its two views. Which of them to trust is settled
//! here; what a view means is `rollout`'s to say.

use std::time::Duration;

use crate::aws::{Answer, CallError, Cause};
use crate::deploy::watch::answers::Answers;
use crate::ecs::{
    RolloutState, Service, ServiceDeployment, ServiceDeploymentArn, ServiceDeploymentStatus,
};
use crate::rollout::{Followed, Snapshot, View, snapshot};

/// What ECS does not show of a deployment by then it is not going to show.
const SHOWN_WITHIN: Duration = Duration::from_secs(90);

#[derive(Debug, Default)]
pub(super) struct EcsAccess {
    found: Found,
    /// Whether the service's own list has ever held the deployment. Before that
    /// an answer may be older than the deployment, and an earlier one that is
    /// primary in it is no rollback.
    shown: bool,
    /// Whether that list has ever said how it ended. No answer from before the deployment
    /// does, so that service deployments need not be waited for, which may never be listed.
    ended: bool,
    /// The last answer that was its own.
    last: Option<ServiceDeployment>,
}

/// The service deployment that belongs to it.
#[derive(Debug)]
enum Found {
    /// ECS does not list it yet. A candidate is what the service names as its
    /// current one; only its target says whether it is ours.
    NotYet(Option<ServiceDeploymentArn>),
    Known(ServiceDeploymentArn),
    /// Denied, or never listed: the service's own list decides.
    Never,
}

impl Default for Found {
    fn default() -> Self {
        Self::NotYet(None)
    }
}

/// Not allowed, or not known here: it will not be otherwise next time.
fn is_for_good(error: &CallError) -> bool {
    matches!(error.cause, Cause::Denied | Cause::Refused)
}

impl EcsAccess {
    /// The service deployment that is or may be its own.
    pub(super) fn service_deployment(&self) -> Option<&ServiceDeploymentArn> {
        match &self.found {
            Found::Known(arn) | Found::NotYet(Some(arn)) => Some(arn),
            Found::NotYet(None) | Found::Never => None,
        }
    }

    /// Whether its service deployment shows what changes: once that has ended, only the
    /// service does.
    pub(super) fn shows_changes(&self) -> bool {
        self.last.as_ref().is_some_and(|it| it.status.is_under_way())
    }

    /// Whether the service deployment is not as it was at the last whole look.
    pub(super) fn has_changed(&self, answers: &Answers) -> Result<bool, CallError> {
        match self.described(answers) {
            Some(Err(error)) if !is_for_good(error) => Err(error.clone()),
            Some(Ok(now)) => Ok(*now != self.last),
            Some(Err(_)) | None => Ok(true),
        }
    }

    /// Whether it runs or starts fewer tasks than at the last whole look, or counts more
    /// failures; `None` where it has succeeded, so that none of them matters any more.
    pub(super) fn loses_tasks(&self, answers: &Answers) -> Option<bool> {
        let Some(Ok(Some(now))) = self.described(answers) else { return Some(false) };
        if now.status == ServiceDeploymentStatus::Successful {
            return None;
        }
        let failures = |it: &ServiceDeployment| it.breaker.map_or(0, |it| it.failures);
        Some(
            self.last.as_ref().is_some_and(|last| {
                now.counts.has_lost(last.counts) || failures(now) > failures(last)
            }),
        )
    }

    fn described<'a>(&self, answers: &'a Answers) -> Option<&'a Answer<Option<ServiceDeployment>>> {
        answers.described.get(self.service_deployment()?)
    }

    pub(super) fn is_looking(&self) -> bool {
        matches!(self.found, Found::NotYet(_))
    }

    /// What `service` and the service deployment say of it.
    pub(super) fn look(
        &mut self,
        followed: &Followed,
        elapsed: Duration,
        service: &Service,
        described: Option<&Answer<Option<ServiceDeployment>>>,
        listed: Option<&Answer<Vec<ServiceDeployment>>>,
        say: impl Fn(String),
    ) -> Result<Snapshot, CallError> {
        let own = match self.own(followed, described, listed) {
            Ok(own) => own,
            Err(error) if is_for_good(&error) => {
                say(format!("{error}: following the service's own list of deployments instead"));
                self.found = Found::Never;
                None
            }
            Err(error) => return Err(error),
        };
        self.last = own.cloned();
        let is_late = elapsed >= SHOWN_WITHIN;
        self.shown |= service.deployments.iter().any(|it| it.id == followed.id);
        if self.is_looking() {
            if is_late {
                self.found = Found::Never;
            } else if own.is_none() {
                let named = service.current_service_deployment.clone();
                self.found = Found::NotYet(
                    named.filter(|it| Some(it) != followed.service_deployment_before.as_ref()),
                );
            }
        }
        self.ended |= service.deployments.iter().any(|it| {
            it.id == followed.id
                && (it.has_failed()
                    || it.is_primary() && it.rollout_state == Some(RolloutState::Completed))
        });
        let may_be_older = (self.is_looking() || !(self.shown || is_late)) && !self.ended;
        let view = match own {
            Some(deployment) => View::Described(deployment),
            None if may_be_older => View::NotListedYet,
            None => View::Classic,
        };
        Ok(snapshot(followed, service, view))
    }

    /// The service deployment that is ours, once an answer proves it. One that
    /// was only listed is described from the next cycle on.
    fn own<'a>(
        &mut self,
        followed: &Followed,
        described: Option<&'a Answer<Option<ServiceDeployment>>>,
        listed: Option<&'a Answer<Vec<ServiceDeployment>>>,
    ) -> Result<Option<&'a ServiceDeployment>, CallError> {
        let is_ours = |deployment: &&ServiceDeployment| {
            deployment.target.as_ref().is_some_and(|target| target.belongs_to(&followed.id))
        };
        let described = described.map(|it| it.as_ref().map_err(Clone::clone)).transpose()?;
        let mut found = described.and_then(Option::as_ref).filter(is_ours);
        if found.is_none() {
            let listed = listed.map(|it| it.as_ref().map_err(Clone::clone)).transpose()?;
            found = listed.and_then(|all| all.iter().find(is_ours));
        }
        if let Some(found) = found {
            self.found = Found::Known(found.arn.clone());
        }
        Ok(found)
    }
}
