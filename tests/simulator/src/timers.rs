//! Planned steps, in order. Two steps at the same instant happen in the order in which
//! they were planned.

use std::collections::BTreeMap;

use crate::clock::Time;
use crate::codedeploy;
use crate::ecs::model::ServiceKey;
use crate::outside::Act;

/// Something that happens at an instant.
#[derive(Debug, Clone)]
pub(crate) enum Timer {
    Outside(Act),
    Service(ServiceKey, Step),
    CodeDeploy { deployment: String, step: codedeploy::life::Step },
}

/// A step of a service, or of one of its tasks. A step that has been overtaken
/// by events does nothing.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Look at the service again.
    Reconcile,
    /// PENDING becomes IN_PROGRESS.
    Begin {
        rollout: String,
    },
    /// A rollback that was asked for starts.
    StartRollback {
        rollout: String,
    },
    /// A stage of a native deployment ends; `turn` tells it from an earlier end.
    Stage {
        rollout: String,
        turn: usize,
    },
    /// A pause hook's time is up.
    HookTimeout {
        rollout: String,
        hook: String,
    },
    Pull {
        task: String,
    },
    /// The pull is over and the task cannot start.
    FailToStart {
        task: String,
        reason: String,
    },
    /// The pull is over and the containers start.
    Run {
        task: String,
    },
    /// The task counts as healthy.
    Ready {
        task: String,
    },
    /// The essential container exits.
    Exit {
        task: String,
        exit: Exit,
    },
    /// A health check has failed often enough.
    Unhealthy {
        task: String,
        by_load_balancer: bool,
    },
    Stopped {
        task: String,
    },
}

/// How a container ends.
#[derive(Debug, Clone)]
pub(crate) struct Exit {
    /// Its place in the task definition.
    pub(crate) container: usize,
    pub(crate) code: i32,
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Timers {
    planned: BTreeMap<(Time, u64), Timer>,
    serial: u64,
}

impl Timers {
    pub(crate) fn at(&mut self, time: Time, timer: Timer) {
        self.serial += 1;
        self.planned.insert((time, self.serial), timer);
    }

    /// Takes the next timer that is due.
    pub(crate) fn due(&mut self, now: Time) -> Option<(Time, Timer)> {
        let entry = self.planned.first_entry().filter(|entry| entry.key().0 <= now)?;
        let ((time, _), timer) = entry.remove_entry();
        Some((time, timer))
    }
}
