//! How ECS brings a deployment about, as both of its views show it.
//!
//! Written from what ECS does and without a look at how this tool reads it: a
//! history is played once, and every moment of it says what each of the two
//! answers proves. Nothing here may use `views.rs` or `tracker.rs`.

mod plots;

use super::answers::{OLDER, OURS, PREVIOUS, definition, deployment, id, ours, service};
use crate::ecs::{Deployment, DeploymentId, Event, Service, ServiceDeployment, ServiceStatus};
use crate::rollout::Followed;

/// The ends of a deployment, without their details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Succeeded,
    RolledBack,
    RollbackFailed,
    Failed,
    Superseded,
    Gone,
}

/// What one answer proves by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// Nothing: the deployment is, or may be, on its way.
    Nothing,
    Of(Kind),
    /// STOPPED and no more: nothing but the service can say why.
    BareStop,
    /// Failed, and a rollback that was to begin has not.
    Stalled,
}

/// A stretch of time in which neither answer changes.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    /// Seconds since the update.
    pub(super) from: u64,
    pub(super) service: Service,
    /// `None`: the update has not reached the readers.
    pub(super) deployment: Option<ServiceDeployment>,
    pub(super) by_service: Proof,
    pub(super) by_deployment: Proof,
}

/// How service deployments can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Denied,
    NeverListed,
    Listed(u64),
}

/// One deployment from its first moment to long after its end.
#[derive(Debug)]
pub(super) struct History {
    pub(super) followed: Followed,
    pub(super) reading: Reading,
    pub(super) moments: Vec<Moment>,
    /// What first happened to the deployment, in either view.
    pub(super) truth: Option<Kind>,
    pub(super) was_interrupted: bool,
}

/// Something from outside ends the plot.
struct Interrupted;

type Played = Result<(), Interrupted>;

struct Play<'a> {
    rng: &'a mut fastrand::Rng,
    now: u64,
    service: Service,
    ours: ServiceDeployment,
    by_service: Proof,
    by_deployment: Proof,
    moments: Vec<Moment>,
    truth: Option<Kind>,
    events: usize,
    has_begun: bool,
    /// Moments until somebody interrupts.
    until_interrupted: usize,
    /// Behind a Classic Load Balancer, where ECS gives no rollout state.
    is_classic: bool,
    /// What ECS would return to is not in `deployments[]`: its tasks are gone.
    has_drained: bool,
}

pub(super) fn history(rng: &mut fastrand::Rng) -> History {
    let is_first = rng.u8(..10) == 0;
    let is_classic = rng.u8(..8) == 0;
    let desired = if !is_first && rng.u8(..8) == 0 { 0 } else { rng.i32(1..5) };
    let mut play = Play {
        now: 0,
        service: service(desired),
        ours: ours(desired),
        by_service: Proof::Nothing,
        by_deployment: Proof::Nothing,
        moments: Vec::new(),
        truth: None,
        events: 0,
        has_begun: false,
        until_interrupted: if rng.bool() { rng.usize(1..10) } else { usize::MAX },
        is_classic,
        has_drained: false,
        rng,
    };
    if !is_first {
        play.as_it_was_before();
    }
    play.service.circuit_breaker.enabled = !is_classic && play.rng.bool();
    play.service.circuit_breaker.rollback = play.service.circuit_breaker.enabled && play.rng.bool();
    let followed = play.begin();
    let was_interrupted = play.plot().is_err();
    if was_interrupted {
        play.interruption();
    }
    // However strange the answers were, they end as plain ones.
    play.moments.push(play.moment_now());
    let last = play.now;
    let reading = match play.rng.u8(..6) {
        0 | 1 => Reading::Denied,
        2 => Reading::NeverListed,
        _ => Reading::Listed(play.rng.u64(..last.max(2)).min(play.rng.u64(1..80))),
    };
    History { followed, reading, moments: play.moments, truth: play.truth, was_interrupted }
}

impl Play<'_> {
    fn chance(&mut self, percent: u8) -> bool {
        self.rng.u8(..100) < percent
    }

    /// A deployment at rest, still on its way, or failed; an older one may drain.
    fn as_it_was_before(&mut self) {
        let desired = self.service.counts.desired;
        let state = match self.rng.u8(..6) {
            0 => "IN_PROGRESS",
            1 => "FAILED",
            _ => "COMPLETED",
        };
        let mut all = vec![deployment(PREVIOUS, "PRIMARY", state, desired)];
        if state != "COMPLETED" || self.chance(20) {
            all.push(deployment(OLDER, "ACTIVE", "COMPLETED", desired));
        }
        if self.is_classic {
            all.iter_mut().for_each(|it| it.rollout_state = None);
        }
        self.service.deployments = all;
        self.event(&format!(
            "(service web1) (deployment ecs-svc/{PREVIOUS}) deployment completed."
        ));
        self.event("(service web1) has reached a steady state.");
    }

    /// The update, and perhaps a reader who still sees what was before it.
    fn begin(&mut self) -> Followed {
        let before = self.service.clone();
        if self.chance(30) {
            self.moments.push(self.moment_now());
            self.now += self.rng.u64(1..5);
        }
        self.has_begun = true;
        self.make_primary(OURS, "IN_PROGRESS");
        if !self.chance(20) {
            return Followed::started(DeploymentId::Ecs(id(OURS)), &before);
        }
        // Somebody else's update, adopted after a while; what ran before may
        // have drained by then.
        self.moments.clear();
        self.event("(service web1) has started 1 tasks: (task adopted).");
        let all = &mut self.service.deployments;
        if all.len() > 1 && !self.is_classic && self.rng.bool() {
            all.truncate(1);
            self.has_drained = true;
        }
        Followed::adopted(DeploymentId::Ecs(id(OURS)), &self.service)
    }

    /// The two views change at the same time, or one shortly after the other. What
    /// the service says first, its service deployment says before anything else
    /// happens.
    fn in_some_order(
        &mut self,
        by_service: impl FnOnce(&mut Self),
        by_deployment: impl FnOnce(&mut Self),
    ) -> Played {
        let at_once = self.chance(30);
        if self.rng.bool() {
            by_service(self);
            if !at_once {
                let until_interrupted = std::mem::replace(&mut self.until_interrupted, usize::MAX);
                self.moment()?;
                self.until_interrupted = until_interrupted;
            }
            by_deployment(self);
        } else {
            by_deployment(self);
            if !at_once {
                self.moment()?;
            }
            by_service(self);
        }
        self.moment()
    }

    fn deployment_says(&mut self, status: &str, proof: Proof, truth: Kind) {
        self.ours.status = status.into();
        self.by_deployment = proof;
        self.truth = self.truth.or(Some(truth));
    }

    fn own(&mut self) -> &mut Deployment {
        let own = self.service.deployments.iter_mut().find(|it| it.id == id(OURS));
        own.expect("the plot changes it only while it is listed")
    }

    fn own_fails(&mut self) {
        if !self.is_classic {
            self.own().rollout_state = Some("FAILED".into());
            self.own().rollout_reason = Some("ECS deployment circuit breaker".to_owned());
        }
        self.event(&format!(
            "(service web1) (deployment ecs-svc/{OURS}) deployment failed: tasks failed."
        ));
    }

    /// The deployment by this id comes first; those that were before drain.
    fn make_primary(&mut self, which: u32, state: &str) {
        let desired = self.service.counts.desired;
        let state = if self.is_classic { None } else { Some(state.into()) };
        let all = &mut self.service.deployments;
        all.retain(|it| it.id != id(which));
        all.iter_mut().for_each(|it| it.status = "ACTIVE".into());
        let mut primary = deployment(which, "PRIMARY", "IN_PROGRESS", desired);
        primary.counts.running = 0;
        primary.rollout_state = state;
        all.insert(0, primary);
        self.service.task_definition = Some(definition(which));
    }

    fn event(&mut self, message: &str) {
        self.events += 1;
        let event = Event {
            id: format!("event-{}", self.events),
            at: None,
            message: format!("{message} #{}", self.events),
        };
        self.service.events.insert(0, event);
    }

    fn moment_now(&self) -> Moment {
        Moment {
            from: self.now,
            service: self.service.clone(),
            deployment: self.has_begun.then(|| self.ours.clone()),
            by_service: self.by_service,
            by_deployment: self.by_deployment,
        }
    }

    /// Time goes by; perhaps the service's answer is a strange one meanwhile.
    fn moment(&mut self) -> Played {
        let mut moment = self.moment_now();
        if self.chance(5) && self.service.status == ServiceStatus::Active {
            moment.service.status = "PONDERING".into();
        }
        if self.chance(3) && self.service.status == ServiceStatus::Active {
            moment.service.deployments.clear();
            moment.by_service = Proof::Nothing;
        }
        self.moments.push(moment);
        self.now += self.rng.u64(1..25);
        self.until_interrupted -= 1;
        if self.until_interrupted == 0 { Err(Interrupted) } else { Ok(()) }
    }
}
