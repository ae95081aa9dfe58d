//! From ECS's two views of a deployment to a [`Snapshot`].
//!
//! Service deployments say how a deployment ended. The classic
//! `service.deployments[]` is all there is where they are denied or unknown;
//! there a rollback shows only as an earlier deployment that is primary again.
//! Neither view is judged by its texts where it has a state.

use super::snapshot::{Followed, Phase, Snapshot, Successor};
use super::waits_for::{Beside, activity};
use crate::ecs::{
    Counts, Deployment, Event, Pause, RolloutState, Service, ServiceDeployment,
    ServiceDeploymentStatus as Status,
};

/// What is known of the service deployment that belongs to the followed one.
#[derive(Debug, Clone, Copy)]
pub(crate) enum View<'a> {
    Described(&'a ServiceDeployment),
    /// ECS does not list it yet, which it may do late.
    NotListedYet,
    /// It can't be read: `deployments[]` decides.
    Classic,
}

/// One look at `followed`.
pub(crate) fn snapshot(followed: &Followed, service: &Service, view: View<'_>) -> Snapshot {
    let own = service.deployments.iter().find(|it| it.id == followed.id);
    let primary = service.primary();
    let (phase, reason) = match view {
        // Any other status is no end, not even one that is younger than this tool.
        _ if service.status.is_gone() => (Phase::Gone(service.status.to_string()), None),
        View::Described(deployment) => described(followed, service, deployment),
        View::NotListedYet => (not_listed(followed, service), None),
        View::Classic => classic(followed, service),
    };
    let deployment = match view {
        View::Described(deployment) => Some(deployment),
        View::NotListedYet | View::Classic => None,
    };
    let events = events(followed, followed.id.as_str(), service);
    let is_answered = |pause: &Pause| followed.answered.contains(&pause.hook);
    let has_event = events.iter().any(|it| owner(it) == Some(followed.id.as_str()));
    let look = Snapshot {
        is_named: deployment.is_some() || own.is_some() || has_event,
        reason,
        counts: counts(own, deployment),
        stage: deployment.and_then(|it| it.lifecycle_stage.clone()),
        traffic: deployment.and_then(|it| it.production_traffic),
        has_all_traffic: deployment.is_some_and(has_all_traffic),
        pause: deployment.and_then(|it| it.pauses.iter().find(|it| !is_answered(it)).cloned()),
        breaker: deployment.and_then(|it| it.breaker),
        alarms: deployment.map(|it| it.triggered_alarms.clone()).unwrap_or_default(),
        alarms_are_off: deployment.is_some_and(|it| it.alarms_are_off),
        events,
        service_deployment: deployment.map(|it| it.arn.clone()),
        returns_to: deployment.and_then(|it| it.rollback.as_ref()?.to.clone()),
        primary: primary.and_then(|it| it.task_definition.clone()),
        // What tasks have done is read elsewhere.
        ..Snapshot::nothing_but(phase)
    };
    let beside = Beside::of(followed, service, |it| it.id == followed.id);
    Snapshot { activity: activity(&look, beside), ..look }
}

/// LINEAR and CANARY pass the stages of the shift once for each step, so the
/// stage alone proves nothing.
fn has_all_traffic(deployment: &ServiceDeployment) -> bool {
    let is_behind = matches!(
        deployment.lifecycle_stage.as_deref(),
        Some("POST_PRODUCTION_TRAFFIC_SHIFT" | "BAKE_TIME" | "CLEAN_UP")
    );
    is_behind && deployment.production_traffic.is_some_and(|percent| percent >= 100.0)
}

fn described(
    followed: &Followed,
    service: &Service,
    deployment: &ServiceDeployment,
) -> (Phase, Option<String>) {
    let rollback_reason = || deployment.rollback.as_ref().and_then(|it| it.reason.clone());
    let reason = deployment.status_reason.clone().or_else(rollback_reason);
    let phase = match &deployment.status {
        Status::Successful => Phase::Succeeded,
        Status::RollbackRequested | Status::RollbackInProgress => Phase::RollingBack,
        Status::RollbackSuccessful => Phase::RolledBack,
        Status::RollbackFailed => Phase::RollbackFailed,
        Status::Stopped => stopped(followed, service, deployment),
        state @ (Status::Pending
        | Status::InProgress
        | Status::StopRequested
        | Status::Other(_)) => Phase::InProgress(state.to_string()),
    };
    (phase, reason)
}

/// What the primary deployment is to the followed one.
enum Role {
    Own,
    /// One that was there before, so ECS has turned back.
    Earlier,
    /// One that somebody else has started since.
    Newcomer,
}

impl Role {
    fn of(primary: &Deployment, followed: &Followed, service: &Service) -> Self {
        if primary.id == followed.id {
            Self::Own
        } else if followed.before.contains(&primary.id)
            || is_returned_to(primary, followed, service)
        {
            Self::Earlier
        } else {
            Self::Newcomer
        }
    }
}

/// ECS can return to a deployment that `deployments[]` no longer showed before,
/// because its tasks were gone; then its reason or an event is all that tells it from a
/// new one.
fn is_returned_to(primary: &Deployment, followed: &Followed, service: &Service) -> bool {
    // Its reason names no other than itself.
    let has_failed = |it: &Deployment| it.id == followed.id && it.has_failed();
    if primary.returns() && service.deployments.iter().any(has_failed) {
        return true;
    }
    let named = format!("rolling back to deployment {}", primary.id);
    events(followed, followed.id.as_str(), service).iter().any(|event| {
        event.message.split_once(&named).is_some_and(|(_, rest)| {
            // Not one whose number merely begins like this one's.
            !rest.starts_with(|next: char| next.is_ascii_alphanumeric())
        })
    })
}

/// STOPPED is three different ends. The two answers were read at the same time,
/// so the service's may be the older one and still show what was before.
fn stopped(followed: &Followed, service: &Service, deployment: &ServiceDeployment) -> Phase {
    let Some(primary) = service.primary() else {
        return if says_replaced(deployment) {
            Phase::Superseded(Successor::default())
        } else {
            Phase::InProgress(deployment.status.to_string())
        };
    };
    // Where ECS is to roll back, FAILED may be a moment on the way.
    let is_final_failure =
        primary.has_failed() && !service.rolls_back(primary.rollout_reason.as_deref());
    match Role::of(primary, followed, service) {
        Role::Newcomer => Phase::Superseded(successor(primary)),
        Role::Own | Role::Earlier if says_replaced(deployment) => {
            Phase::Superseded(Successor::default())
        }
        Role::Own if is_final_failure => Phase::Failed,
        Role::Own | Role::Earlier => Phase::Stopped,
    }
}

/// The one end that ECS tells by its text alone while the service's answer is
/// still the older one: "Replaced by a new service deployment."
fn says_replaced(deployment: &ServiceDeployment) -> bool {
    deployment.status_reason.as_deref().is_some_and(|reason| reason.starts_with("Replaced by"))
}

fn not_listed(followed: &Followed, service: &Service) -> Phase {
    match service.primary().map(|it| (Role::of(it, followed, service), it)) {
        Some((Role::Newcomer, newcomer)) => Phase::Superseded(successor(newcomer)),
        Some((Role::Own | Role::Earlier, _)) | None => Phase::Starting,
    }
}

fn classic(followed: &Followed, service: &Service) -> (Phase, Option<String>) {
    let own = service.deployments.iter().find(|it| it.id == followed.id);
    let reason =
        own.and_then(|it| it.rollout_reason.clone()).or_else(|| failure_event(followed, service));
    let Some(primary) = service.primary() else {
        return (Phase::InProgress("no primary deployment".to_owned()), None);
    };
    let phase = match (Role::of(primary, followed, service), rollout_state(service, primary)) {
        (Role::Own, RolloutState::Completed) => Phase::Succeeded,
        (Role::Own, RolloutState::Failed)
            if service.rolls_back(primary.rollout_reason.as_deref()) =>
        {
            Phase::Failing
        }
        (Role::Own, RolloutState::Failed) => Phase::Failed,
        (Role::Own, state) => Phase::InProgress(state.to_string()),
        // That it had completed before is not taken from an entry that drains.
        (Role::Newcomer, _) => Phase::Superseded(successor(primary)),
        (Role::Earlier, RolloutState::Completed) => Phase::RolledBack,
        (Role::Earlier, RolloutState::Failed) => Phase::RollbackFailed,
        (Role::Earlier, _) => Phase::RollingBack,
    };
    (phase, reason)
}

/// Behind a Classic Load Balancer ECS gives no rollout state; then the primary
/// deployment is done when it is the only one and all its tasks run.
fn rollout_state(service: &Service, primary: &Deployment) -> RolloutState {
    let counts = primary.counts;
    // The deployment's own count may be 0 before ECS has set it.
    let is_none_wanted = service.counts.desired == 0;
    let is_settled = service.deployments.len() == 1
        && (counts.desired > 0 || is_none_wanted)
        && counts.running == counts.desired
        && counts.pending == 0;
    let inferred = if is_settled { RolloutState::Completed } else { RolloutState::InProgress };
    primary.rollout_state.clone().unwrap_or(inferred)
}

fn successor(primary: &Deployment) -> Successor {
    Successor { id: Some(primary.id.clone()), task_definition: primary.task_definition.clone() }
}

fn counts(own: Option<&Deployment>, deployment: Option<&ServiceDeployment>) -> Counts {
    match (own, deployment) {
        (Some(own), Some(deployment)) => {
            Counts { failed: deployment.counts.failed.max(own.counts.failed), ..own.counts }
        }
        (Some(own), None) => own.counts,
        (None, Some(deployment)) => deployment.counts,
        (None, None) => Counts::default(),
    }
}

fn failure_event(followed: &Followed, service: &Service) -> Option<String> {
    let named = format!("(deployment {}) deployment failed", followed.id);
    service
        .events
        .iter()
        .find(|event| event.message.contains(&named))
        .map(|event| event.message.clone())
}

/// Events since the deployment began that are its own or the whole service's,
/// oldest first. `own` is what they call it: a deployment or a task set.
pub(super) fn events(followed: &Followed, own: &str, service: &Service) -> Vec<Event> {
    let mut news: Vec<Event> = service
        .events
        .iter()
        .take_while(|event| Some(&event.id) != followed.newest_event_before.as_ref())
        .filter(|event| owner(event).is_none_or(|owner| owner == own))
        .cloned()
        .collect();
    news.reverse();
    news
}

/// The deployment that an event is about: `(service web) (deployment ecs-svc/1) …`
/// or `(service web, taskSet ecs-svc/1) …`.
fn owner(event: &Event) -> Option<&str> {
    let message = event.message.as_str();
    let (_, rest) =
        message.split_once("(deployment ").or_else(|| message.split_once(", taskSet "))?;
    let (owner, _) = rest.split_once(')')?;
    owner.starts_with("ecs-svc/").then_some(owner)
}
