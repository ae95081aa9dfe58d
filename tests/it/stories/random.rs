//! What is drawn for a random story.

use std::time::Duration;

use simulator::{Behaviour, Fault, HealthCheck, Lag, Pace, Simulator, When};

/// The plan's reads and the first writes are over by then, so that what is planned from
/// here on happens to a deployment that is being watched.
pub(super) const WATCHED: Duration = Duration::from_secs(5);

/// An operation that fails from one time to another.
pub(super) type Outage = (&'static str, Duration, Duration, Fault);

/// How AWS is while the step runs.
#[derive(Debug)]
pub(super) struct Conditions {
    pub(super) times_faster: f64,
    pub(super) lag: Lag,
    /// Of every answer.
    pub(super) latency: Duration,
    pub(super) outages: Vec<Outage>,
}

impl Conditions {
    /// From now on; the times of outages are counted from now.
    pub(super) fn begin(&self, sim: &Simulator) {
        sim.pace(Pace::real().faster(self.times_faster));
        sim.lag(self.lag);
        sim.latency(self.latency);
        let now = sim.elapsed();
        for (operation, begin, end, fault) in &self.outages {
            sim.fault(operation, When::Between(now + *begin, now + *end), fault.clone());
        }
    }
}

pub(super) struct Random(pub(super) fastrand::Rng);

impl Random {
    pub(super) fn with_seed(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    pub(super) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.0.usize(..choices.len())]
    }

    pub(super) fn sometimes(&mut self, one_in: u32) -> bool {
        self.0.u32(..one_in) == 0
    }

    /// Up to so many seconds.
    pub(super) fn time(&mut self, seconds: u64) -> Duration {
        Duration::from_millis(self.0.u64(..seconds * 1_000))
    }

    /// While the deployment is watched, up to so many seconds later.
    pub(super) fn moment(&mut self, seconds: u64) -> Duration {
        WATCHED + self.time(seconds)
    }

    /// None in most stories.
    pub(super) fn lag(&mut self, seconds: u64) -> Duration {
        if self.sometimes(4) { self.time(seconds) } else { Duration::ZERO }
    }

    /// What the new image does; in so many of so many stories it works.
    pub(super) fn behaviour(&mut self, works: u8) -> Behaviour {
        let after = self.time(90);
        match self.0.u8(..works + 8) {
            0 | 1 => Behaviour::Crashes { after, exit_code: 1 },
            2 => Behaviour::RunsOutOfMemory { after },
            3 => Behaviour::CannotPull,
            4 => Behaviour::FailsToStart { reason: "ResourceInitializationError: no".into() },
            5 => Behaviour::FailsHealthChecks {
                after,
                check: self.one_of(&[HealthCheck::LoadBalancer, HealthCheck::Container]),
            },
            6 => Behaviour::Hangs,
            7 => Behaviour::CannotBePlaced { reason: "no container instance met all of it".into() },
            _ => Behaviour::Healthy { ready_after: after },
        }
    }

    /// Of one of these operations; `is_applied`: whether a lost answer may be one of a
    /// request that was carried out.
    pub(super) fn outage(&mut self, operations: &[&'static str], is_applied: bool) -> Outage {
        let operation = self.one_of(operations);
        let begin = self.moment(120);
        let end = begin + self.time(90);
        let applied = is_applied && self.0.bool();
        let fault = match self.0.u8(..7) {
            0 => Fault::Throttle,
            1 => Fault::Status(500),
            2 => Fault::Status(503),
            3 => Fault::HtmlError,
            4 => Fault::Reset { applied },
            5 => Fault::Timeout { applied },
            _ => Fault::Slow(self.time(4)),
        };
        (operation, begin, end, fault)
    }

    /// Nobody knows whether it was carried out.
    pub(super) fn lost_answer(&mut self) -> Fault {
        let applied = self.0.bool();
        match self.0.u8(..4) {
            0 => Fault::Throttle,
            1 => Fault::StatusAfter(503),
            2 => Fault::Reset { applied },
            _ => Fault::Timeout { applied },
        }
    }
}
