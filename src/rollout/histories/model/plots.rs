//! What can become of a deployment: the plots that random histories are made of.

use super::super::answers::{NEWCOMER, OLDER, OURS, PREVIOUS, id};
use super::{Kind, Play, Played, Proof};
use crate::ecs::{Deployment, RolloutState};

impl Play<'_> {
    pub(super) fn plot(&mut self) -> Played {
        self.work()?;
        self.way_to_an_end()?;
        for _ in 0..self.rng.usize(..3) {
            self.moment()?;
        }
        Ok(())
    }

    fn way_to_an_end(&mut self) -> Played {
        let breaker = self.service.circuit_breaker;
        match self.rng.u8(..10) {
            0 | 1 if self.service.deployments.len() > 1 => {
                self.stop("ROLLBACK_REQUESTED")?;
                self.rollback()
            }
            2 => {
                self.stop("STOP_REQUESTED")?;
                self.ours.status_reason = Some("Stopped by a person.".to_owned());
                self.deployment_says("STOPPED", Proof::BareStop, Kind::Failed);
                self.moment()
            }
            3..=6 if breaker.rollback => self.rollback(),
            3..=6 if breaker.enabled => self.failure(),
            _ => self.success(),
        }
    }

    /// Tasks come up, other deployments drain, states come by that nobody knows.
    fn work(&mut self) -> Played {
        for _ in 0..self.rng.usize(1..6) {
            let states = ["PENDING", "IN_PROGRESS", "IN_PROGRESS", "PONDERING"];
            self.ours.status = states[self.rng.usize(..states.len())].into();
            if !self.is_classic && self.chance(20) {
                self.own().rollout_state = Some("PONDERING".into());
            }
            self.event("(service web1) has started 1 tasks: (task t).");
            self.moment()?;
            if !self.is_classic {
                self.own().rollout_state = Some("IN_PROGRESS".into());
            }
        }
        self.ours.status = "IN_PROGRESS".into();
        Ok(())
    }

    fn success(&mut self) -> Played {
        let by_service = |play: &mut Self| {
            let desired = play.service.counts.desired;
            if play.is_classic {
                play.service.deployments.retain(|it| it.id == id(OURS));
            } else {
                play.own().rollout_state = Some("COMPLETED".into());
            }
            play.own().counts.running = desired;
            play.event(&format!(
                "(service web1) (deployment ecs-svc/{OURS}) deployment completed."
            ));
            play.by_service = Proof::Of(Kind::Succeeded);
            play.truth = Some(Kind::Succeeded);
        };
        let by_deployment = |play: &mut Self| {
            play.deployment_says("SUCCESSFUL", Proof::Of(Kind::Succeeded), Kind::Succeeded);
        };
        self.in_some_order(by_service, by_deployment)?;
        self.service.deployments.retain(|it| it.id == id(OURS));
        self.event(&format!(
            "(service web1, taskSet ecs-svc/{PREVIOUS}) has begun draining connections."
        ));
        self.moment()
    }

    /// The circuit breaker trips and is not to roll back.
    fn failure(&mut self) -> Played {
        let by_service = |play: &mut Self| {
            play.own_fails();
            play.by_service = Proof::Of(Kind::Failed);
            play.truth = Some(Kind::Failed);
        };
        let by_deployment =
            |play: &mut Self| play.deployment_says("STOPPED", Proof::BareStop, Kind::Failed);
        self.in_some_order(by_service, by_deployment)
    }

    /// Back to the deployment that completed last, where there is one.
    fn rollback(&mut self) -> Played {
        let completed = |it: &&Deployment| {
            it.id != id(OURS) && matches!(it.rollout_state, None | Some(RolloutState::Completed))
        };
        let listed = self.service.deployments.iter().find(completed);
        let listed = listed.map(|it| if it.id == id(OLDER) { OLDER } else { PREVIOUS });
        let Some(back) = listed.or(self.has_drained.then_some(PREVIOUS)) else {
            return self.no_way_back();
        };
        self.own_fails();
        if self.service.circuit_breaker.rollback && self.chance(40) {
            self.by_service = Proof::Stalled;
            self.moment()?;
        }
        self.event(&format!("(service web1) rolling back to deployment ecs-svc/{back}."));
        self.by_service = Proof::Nothing;
        self.make_primary(back, "IN_PROGRESS");
        self.ours.status = "ROLLBACK_IN_PROGRESS".into();
        self.moment()?;
        if !self.is_classic && self.rng.bool() {
            self.service.deployments.retain(|it| it.id != id(OURS));
            self.event(&format!(
                "(service web1, taskSet ecs-svc/{OURS}) has begun draining connections."
            ));
            self.moment()?;
        }
        let (kind, status, state) = if self.is_classic || self.chance(75) {
            (Kind::RolledBack, "ROLLBACK_SUCCESSFUL", "COMPLETED")
        } else {
            (Kind::RollbackFailed, "ROLLBACK_FAILED", "FAILED")
        };
        let by_service = |play: &mut Self| {
            let primary = &mut play.service.deployments[0];
            if play.is_classic {
                primary.counts.running = primary.counts.desired;
                play.service.deployments.truncate(1);
            } else {
                primary.rollout_state = Some(state.into());
            }
            play.event(&format!("(service web1) (deployment ecs-svc/{back}) deployment {state}."));
            play.by_service = Proof::Of(kind);
            play.truth = Some(kind);
        };
        let by_deployment = |play: &mut Self| play.deployment_says(status, Proof::Of(kind), kind);
        self.in_some_order(by_service, by_deployment)
    }

    /// ECS was to roll back and has nothing to return to.
    fn no_way_back(&mut self) -> Played {
        let by_service = |play: &mut Self| {
            play.own_fails();
            let may_turn_back = play.service.circuit_breaker.rollback;
            play.by_service = if may_turn_back { Proof::Stalled } else { Proof::Of(Kind::Failed) };
        };
        let by_deployment = |play: &mut Self| {
            play.ours.status_reason =
                Some("No rollback candidate was found to run the rollback.".to_owned());
            let kind = Kind::RollbackFailed;
            play.deployment_says("ROLLBACK_FAILED", Proof::Of(kind), kind);
        };
        self.in_some_order(by_service, by_deployment)
    }

    fn stop(&mut self, state: &str) -> Played {
        self.ours.status = state.into();
        self.moment()
    }

    /// Somebody else's update, or the service is deleted.
    pub(super) fn interruption(&mut self) {
        self.until_interrupted = usize::MAX;
        if self.chance(30) {
            for status in ["DRAINING", "INACTIVE"] {
                self.service.status = status.into();
                self.by_service = Proof::Of(Kind::Gone);
                self.truth = self.truth.or(Some(Kind::Gone));
                let _ = self.moment();
                self.service.deployments.clear();
            }
            return;
        }
        let is_over = self.by_deployment != Proof::Nothing;
        let says_why = self.chance(70);
        let by_deployment = |play: &mut Self| {
            if is_over {
                return;
            }
            let kind = Kind::Superseded;
            if says_why {
                play.ours.status_reason = Some("Replaced by a new service deployment.".to_owned());
                play.deployment_says("STOPPED", Proof::Of(kind), kind);
            } else {
                play.deployment_says("STOPPED", Proof::BareStop, kind);
            }
        };
        let by_service = |play: &mut Self| {
            play.make_primary(NEWCOMER, "IN_PROGRESS");
            play.by_service = Proof::Of(Kind::Superseded);
            play.truth = play.truth.or(Some(Kind::Superseded));
        };
        if says_why {
            let _ = self.in_some_order(by_service, by_deployment);
        } else {
            by_service(self);
            by_deployment(self);
            let _ = self.moment();
        }
        self.service.deployments.truncate(1);
        self.service.deployments[0].rollout_state = Some("COMPLETED".into());
        self.event(&format!(
            "(service web1) (deployment ecs-svc/{NEWCOMER}) deployment completed."
        ));
        self.by_service = Proof::Of(Kind::Superseded);
        let _ = self.moment();
    }
}
