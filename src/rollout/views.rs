//! From ECS's two views of a deployment to a [`Snapshot`].
//!
//! Service deployments say how a deployment ended. The classic
//! `service.deployments[]` is all there is where they are denied or unknown;
//! there a rollback shows only as an earlier deployment that is primary again.
//! Neither view is judged by its texts where it has a state.

use super::snapshot::{Followed, Phase, Snapshot, Successor};
use crate::service::{Counts, Deployment, Event, Service, ServiceDeployment};

/// What is known of the service deployment that belongs to the followed one.
#[derive(Debug, Clone, Copy)]
pub enum View<'a> {
    /// ECS described it.
    Described(&'a ServiceDeployment),
    /// ECS does not list it yet, which it may do late.
    NotListedYet,
    /// It can't be read: `deployments[]` decides.
    Classic,
}

/// One look at `followed`.
pub fn snapshot(followed: &Followed, service: &Service, view: View<'_>) -> Snapshot {
    let own = service.deployments.iter().find(|it| it.id == followed.id);
    let primary = service.primary();
    let (phase, reason) = if service.status == "ACTIVE" {
        match view {
            View::Described(deployment) => described(followed, service, deployment),
            View::NotListedYet => (not_listed(followed, service), None),
            View::Classic => classic(followed, service),
        }
    } else {
        (Phase::Gone(service.status.clone()), None)
    };
    let deployment = match view {
        View::Described(deployment) => Some(deployment),
        View::NotListedYet | View::Classic => None,
    };
    Snapshot {
        reason,
        counts: counts(own, deployment),
        stage: deployment.and_then(|it| it.lifecycle_stage.clone()),
        traffic: deployment.and_then(|it| it.production_traffic),
        pause: deployment.and_then(|it| it.pause.clone()),
        breaker: deployment.and_then(|it| it.breaker),
        alarms: deployment.map(|it| it.triggered_alarms.clone()).unwrap_or_default(),
        events: events(followed, service),
        service_deployment: deployment.map(|it| it.arn.clone()),
        returns_to: deployment.and_then(|it| it.rollback.as_ref()?.to.clone()),
        primary: primary.and_then(|it| it.task_definition.clone()),
        // What tasks have done is read elsewhere.
        ..Snapshot::nothing_but(phase)
    }
}

fn described(
    followed: &Followed,
    service: &Service,
    deployment: &ServiceDeployment,
) -> (Phase, Option<String>) {
    let rollback_reason = || deployment.rollback.as_ref().and_then(|it| it.reason.clone());
    let reason = deployment.status_reason.clone().or_else(rollback_reason);
    let phase = match deployment.status.as_str() {
        "SUCCESSFUL" => Phase::Succeeded,
        "ROLLBACK_REQUESTED" | "ROLLBACK_IN_PROGRESS" => Phase::RollingBack,
        "ROLLBACK_SUCCESSFUL" => Phase::RolledBack,
        "ROLLBACK_FAILED" => Phase::RollbackFailed,
        "STOPPED" => stopped(followed, service, deployment),
        // PENDING, IN_PROGRESS, STOP_REQUESTED, and any state younger than
        // this tool: not an end.
        state => Phase::InProgress(state.to_owned()),
    };
    (phase, reason)
}

/// STOPPED is three different ends. The two answers were read at the same time,
/// so the service's may be the older one and still show ours as primary.
fn stopped(followed: &Followed, service: &Service, deployment: &ServiceDeployment) -> Phase {
    match service.primary() {
        Some(primary) if primary.id == followed.id => match primary.rollout_state.as_deref() {
            Some("FAILED") => Phase::Failed,
            _ if says_replaced(deployment) => Phase::Superseded(Successor::default()),
            _ => Phase::Stopped,
        },
        Some(primary) if followed.before.contains(&primary.id) && !says_replaced(deployment) => {
            Phase::Stopped
        }
        Some(primary) => Phase::Superseded(successor(primary)),
        None => Phase::Stopped,
    }
}

/// The one end that ECS tells by its text alone while the service's answer is
/// still the older one: "Replaced by a new service deployment."
fn says_replaced(deployment: &ServiceDeployment) -> bool {
    deployment.status_reason.as_deref().is_some_and(|reason| reason.starts_with("Replaced by"))
}

fn not_listed(followed: &Followed, service: &Service) -> Phase {
    match service.primary() {
        Some(primary) if primary.id != followed.id && !followed.before.contains(&primary.id) => {
            Phase::Superseded(successor(primary))
        }
        _ => Phase::Starting,
    }
}

fn classic(followed: &Followed, service: &Service) -> (Phase, Option<String>) {
    let own = service.deployments.iter().find(|it| it.id == followed.id);
    let own_reason = own.and_then(|it| it.rollout_reason.clone());
    let Some(primary) = service.primary() else {
        return (Phase::InProgress("no primary deployment".to_owned()), None);
    };
    if primary.id == followed.id {
        let phase = match primary.rollout_state.as_deref() {
            Some("COMPLETED") => Phase::Succeeded,
            Some("FAILED") if service.circuit_breaker.rollback && !followed.before.is_empty() => {
                Phase::Failing
            }
            Some("FAILED") => Phase::Failed,
            Some(state) => Phase::InProgress(state.to_owned()),
            None if is_settled(service, primary) => Phase::Succeeded,
            None => Phase::InProgress("IN_PROGRESS".to_owned()),
        };
        return (phase, own_reason);
    }
    if !followed.before.contains(&primary.id) {
        return (Phase::Superseded(successor(primary)), own_reason);
    }
    let reason = own_reason.or_else(|| failure_event(followed, service));
    match primary.rollout_state.as_deref() {
        Some("COMPLETED") => (Phase::RolledBack, reason),
        Some("FAILED") => (Phase::RollbackFailed, reason),
        _ => (Phase::RollingBack, reason),
    }
}

/// Behind a Classic Load Balancer ECS gives no rollout state; then it is done
/// when it is the only deployment and all its tasks run.
fn is_settled(service: &Service, primary: &Deployment) -> bool {
    service.deployments.len() == 1
        && primary.counts.desired > 0
        && primary.counts.running == primary.counts.desired
        && primary.counts.pending == 0
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

fn events(followed: &Followed, service: &Service) -> Vec<Event> {
    let own = format!("(deployment {})", followed.id);
    let mut news: Vec<Event> = service
        .events
        .iter()
        .take_while(|event| Some(&event.id) != followed.newest_event_before.as_ref())
        .filter(|event| {
            !event.message.contains("(deployment ecs-svc/") || event.message.contains(&own)
        })
        .cloned()
        .collect();
    news.reverse();
    news
}
