//! What is drawn for a story.

use std::time::Duration;

use simulator::{Behaviour, Fault, HealthCheck, Hook};

use super::story::{Deed, WATCHED};

pub(super) struct Random(fastrand::Rng);

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

    /// None in most stories.
    pub(super) fn lag(&mut self, seconds: u64) -> Duration {
        if self.sometimes(4) { self.time(seconds) } else { Duration::ZERO }
    }

    pub(super) fn hook(&mut self) -> Hook {
        match self.0.u8(..5) {
            0..3 => Hook::Succeeds,
            3 => Hook::Fails { log_tail: "AssertionError: 503".to_owned() },
            _ => Hook::Hangs,
        }
    }

    pub(super) fn behaviour(&mut self) -> Behaviour {
        let after = self.time(90);
        match self.0.u8(..14) {
            0..7 => Behaviour::Healthy { ready_after: after },
            7 | 8 => Behaviour::Crashes { after, exit_code: 1 },
            9 => Behaviour::RunsOutOfMemory { after },
            10 => Behaviour::CannotPull,
            11 => Behaviour::FailsHealthChecks {
                after,
                check: self.one_of(&[HealthCheck::LoadBalancer, HealthCheck::Container]),
            },
            12 => Behaviour::Hangs,
            _ => Behaviour::CannotBePlaced { reason: "no container instance met all of it".into() },
        }
    }

    pub(super) fn deed(&mut self) -> (Duration, Deed) {
        let at = WATCHED + self.time(200);
        let deed = match self.0.u8(..20) {
            0..4 => Deed::Stops(self.one_of(&[None, Some(true), Some(false)])),
            4 | 5 => Deed::LetsTrafficMove,
            6 => Deed::RemovesTheOldTasks,
            7 | 8 => Deed::DeploysAnother,
            9 | 10 => Deed::SetsOffTheAlarm,
            11 => Deed::TurnsOffTheAlarm,
            12 => Deed::DeletesTheService,
            13 => Deed::Scales(self.0.u32(1..5)),
            14 => Deed::KillsTasks,
            15 => Deed::BreaksTheOldImage,
            16 => Deed::RepairsTheNewImage,
            17 | 18 => Deed::MovesTheOldTag,
            _ => Deed::MovesTheNewTag,
        };
        (at, deed)
    }

    pub(super) fn outage(&mut self) -> (&'static str, Duration, Duration, Fault) {
        let operation = self.one_of(&[
            "*",
            "DescribeServices",
            "GetDeployment",
            "GetDeploymentTarget",
            "StopDeployment",
            "ListTasks",
        ]);
        let begin = WATCHED + self.time(150);
        let end = begin + self.time(90);
        let applied = self.0.bool();
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
