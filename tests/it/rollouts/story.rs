//! A random rollout: what the new image does, what others do meanwhile, and
//! what goes wrong on the way. The same seed tells the same story.

use std::time::Duration;

use serde_json::json;
use simulator::{Act, Behaviour, Fault, HealthCheck, Image, Lag, Pace, When};

use crate::scene::Scene;

/// One story; everything in it follows from the seed.
#[derive(Debug)]
pub(super) struct Story {
    desired: u32,
    strategy: &'static str,
    behaviour: Behaviour,
    breaker: Breaker,
    alarm: Option<Alarm>,
    load_balancer: bool,
    /// Minimum and maximum percent of the desired count.
    percentages: (u32, u32),
    times_faster: f64,
    acts: Vec<(Duration, Deed)>,
    lag: Lag,
    /// Of every answer.
    pub(super) latency: Duration,
    faults: Vec<(&'static str, Duration, Duration, Fault)>,
    denied: &'static [&'static str],
}

#[derive(Debug, PartialEq)]
enum Breaker {
    Off,
    Stops,
    RollsBack,
}

#[derive(Debug)]
struct Alarm {
    rolls_back: bool,
}

/// What somebody else does.
#[derive(Debug, PartialEq)]
enum Deed {
    DeploysAnother,
    ForcesADeployment,
    StopsTheDeployment,
    SetsOffTheAlarm,
    DeletesTheService,
    Scales(u32),
    KillsTasks,
    BreaksTheOldImage,
    RepairsTheNewImage,
}

/// The plan's reads and the writes are over by then, so that what is planned
/// from here on happens to a deployment that is being watched.
const WATCHED: Duration = Duration::from_secs(5);

impl Story {
    pub(super) fn tell(seed: u64) -> Self {
        let mut random = Random(fastrand::Rng::with_seed(seed));
        let acts = (0..random.one_of(&[0, 0, 1, 1, 2, 3]))
            .map(|_| (random.moment(150), random.deed()))
            .collect();
        let faults = (0..random.one_of(&[0, 0, 1, 2, 4])).map(|_| random.outage()).collect();
        Self {
            desired: random.one_of(&[0, 1, 1, 2, 2, 3, 8]),
            strategy: random.one_of(&[
                "ROLLING",
                "ROLLING",
                "ROLLING",
                "BLUE_GREEN",
                "LINEAR",
                "CANARY",
            ]),
            behaviour: random.behaviour(),
            breaker: match random.0.u8(..5) {
                0 => Breaker::Off,
                1 => Breaker::Stops,
                _ => Breaker::RollsBack,
            },
            alarm: random.sometimes(5).then(|| Alarm { rolls_back: random.sometimes(2) }),
            load_balancer: random.sometimes(3),
            percentages: random.one_of(&[(100, 200), (100, 200), (50, 100), (0, 100)]),
            times_faster: random.one_of(&[1.0, 3.0, 5.0, 10.0]),
            acts,
            lag: Lag {
                listing: random.lag(60),
                current_service_deployment: random.lag(60),
                describe: random.lag(30),
                describe_services: random.lag(20),
            },
            latency: Duration::from_millis(random.one_of(&[0, 20, 150, 300])),
            faults,
            denied: random.one_of::<&[&str]>(&[
                &[],
                &[],
                &[],
                &[],
                &[],
                &[],
                &["DescribeServiceDeployments"],
                &["ListServiceDeployments"],
                &["ListServiceDeployments", "DescribeServiceDeployments"],
                &["DescribeServiceRevisions", "DescribeServiceDeployments"],
            ]),
        }
    }

    /// Whether tasks of the new version die again and again, by themselves or by
    /// what somebody does to its image.
    pub(super) fn is_doomed(&self) -> bool {
        let works = matches!(self.behaviour, Behaviour::Healthy { .. });
        !works || self.acts.iter().any(|(_, deed)| *deed == Deed::KillsTasks)
    }

    /// Whether only `service.deployments[]` tells the end.
    pub(super) fn is_older_view(&self) -> bool {
        !self.denied.is_empty()
    }

    /// The longest time that anything is shown late.
    pub(super) fn longest_lag(&self) -> Duration {
        let Lag { listing, current_service_deployment, describe, describe_services } = self.lag;
        listing.max(current_service_deployment).max(describe).max(describe_services)
    }

    /// Puts everything in place.
    pub(super) fn scene(&self) -> Scene {
        let scene = Scene::empty();
        let sim = &scene.sim;
        let repository = sim.repository("web1");
        let old = repository.push("1.4.1", Image::linux_amd64().content("1.4.1"));
        let new = repository.push("1.4.2", Image::linux_amd64().content("1.4.2"));
        sim.task_definition("other").container("web1", &sim.image("web1:1.4.1")).register();
        let (minimum, maximum) = self.percentages;
        let service = sim.service("prod", "web1").running_version("1.4.1").desired(self.desired);
        let mut service = service.percentages(minimum, maximum);
        if self.strategy != "ROLLING" {
            service = service
                .configured("strategy", json!(self.strategy))
                .configured("bakeTimeInMinutes", json!(1))
                .configured(
                    "linearConfiguration",
                    json!({ "stepPercent": 50.0, "stepBakeTimeInMinutes": 1 }),
                )
                .configured(
                    "canaryConfiguration",
                    json!({ "canaryPercent": 20.0, "canaryBakeTimeInMinutes": 1 }),
                )
                .load_balancer();
        }
        if self.breaker != Breaker::Off {
            service = service.circuit_breaker(self.breaker == Breaker::RollsBack);
        }
        if let Some(alarm) = &self.alarm {
            service = service.alarms(&["errors"], alarm.rolls_back);
        }
        if self.load_balancer {
            service = service.load_balancer();
        }
        service.start();
        sim.behaves(&new, self.behaviour.clone());
        sim.pace(Pace::real().faster(self.times_faster));
        sim.lag(self.lag);
        sim.latency(self.latency);
        for (at, deed) in &self.acts {
            sim.at(*at, deed.act(&old, &new));
        }
        for operation in self.denied {
            sim.fault(operation, When::Always, Fault::AccessDenied);
        }
        for (operation, begin, end, fault) in &self.faults {
            sim.fault(operation, When::Between(*begin, *end), fault.clone());
        }
        scene
    }
}

impl Deed {
    fn act(&self, old: &str, new: &str) -> Act {
        let (cluster, service) = ("prod", "web1");
        let crash = Behaviour::Crashes { after: Duration::from_secs(1), exit_code: 1 };
        let healthy = Behaviour::Healthy { ready_after: Duration::from_secs(5) };
        match self {
            Self::DeploysAnother => Act::deploy(cluster, service, "other:1"),
            Self::ForcesADeployment => Act::force_new_deployment(cluster, service),
            Self::StopsTheDeployment => Act::stop_deployment(cluster, service),
            Self::SetsOffTheAlarm => Act::alarm(cluster, service, "errors"),
            Self::DeletesTheService => Act::delete_service(cluster, service),
            Self::Scales(count) => Act::desired_count(cluster, service, *count),
            Self::KillsTasks => Act::kill_tasks(cluster, service, 137),
            Self::BreaksTheOldImage => Act::behave(old, crash),
            Self::RepairsTheNewImage => Act::behave(new, healthy),
        }
    }
}

struct Random(fastrand::Rng);

impl Random {
    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.0.usize(..choices.len())]
    }

    fn sometimes(&mut self, one_in: u32) -> bool {
        self.0.u32(..one_in) == 0
    }

    /// Up to so many milliseconds.
    fn time(&mut self, most: u64) -> Duration {
        Duration::from_millis(self.0.u64(..most))
    }

    /// While the deployment is watched, up to so many seconds later.
    fn moment(&mut self, seconds: u64) -> Duration {
        WATCHED + self.time(seconds * 1_000)
    }

    /// None in most stories.
    fn lag(&mut self, seconds: u64) -> Duration {
        if self.sometimes(3) { self.time(seconds * 1_000) } else { Duration::ZERO }
    }

    fn behaviour(&mut self) -> Behaviour {
        let after = self.time(90_000);
        match self.0.u8(..12) {
            0..4 => Behaviour::Healthy { ready_after: after },
            4 | 5 => Behaviour::Crashes { after, exit_code: 1 },
            6 => Behaviour::RunsOutOfMemory { after },
            7 => Behaviour::CannotPull,
            8 => Behaviour::FailsToStart { reason: "ResourceInitializationError: no".into() },
            9 => Behaviour::FailsHealthChecks {
                after,
                check: self.one_of(&[HealthCheck::LoadBalancer, HealthCheck::Container]),
            },
            10 => Behaviour::Hangs,
            _ => Behaviour::CannotBePlaced { reason: "no container instance met all of it".into() },
        }
    }

    fn deed(&mut self) -> Deed {
        match self.0.u8(..12) {
            0 | 1 => Deed::DeploysAnother,
            2 => Deed::ForcesADeployment,
            3 | 4 => Deed::StopsTheDeployment,
            5 | 6 => Deed::SetsOffTheAlarm,
            7 => Deed::DeletesTheService,
            8 => Deed::Scales(self.0.u32(..5)),
            9 => Deed::KillsTasks,
            10 => Deed::BreaksTheOldImage,
            _ => Deed::RepairsTheNewImage,
        }
    }

    fn outage(&mut self) -> (&'static str, Duration, Duration, Fault) {
        let operation = self.one_of(&[
            "*",
            "DescribeServices",
            "DescribeServiceDeployments",
            "ListServiceDeployments",
            "DescribeServiceRevisions",
        ]);
        let begin = self.moment(120);
        let end = begin + self.time(90_000);
        let fault = match self.0.u8(..7) {
            0 => Fault::Throttle,
            1 => Fault::Status(500),
            2 => Fault::Status(503),
            3 => Fault::HtmlError,
            4 => Fault::Reset { applied: false },
            5 => Fault::Timeout { applied: false },
            _ => Fault::Slow(self.time(4_000)),
        };
        (operation, begin, end, fault)
    }
}
