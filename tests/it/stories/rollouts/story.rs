//! A random rollout: what the new image does, what others do meanwhile, and
//! what goes wrong on the way. The same seed tells the same story.

use std::time::Duration;

use serde_json::json;
use simulator::{Act, Behaviour, Fault, Image, Lag, When};

use super::super::random::{Conditions, Random, WATCHED};
use crate::scene::{Scene, crashes};

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
    acts: Vec<(Duration, Deed)>,
    pub(super) conditions: Conditions,
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

/// In one of so many stories neither the new version works nor the earlier one any more,
/// which chance alone brings about too rarely.
const ONE_WITH_NO_WAY_BACK_OF: u64 = 30;

/// What is read while the deployment is watched.
const READS: [&str; 5] = [
    "*",
    "DescribeServices",
    "DescribeServiceDeployments",
    "ListServiceDeployments",
    "DescribeServiceRevisions",
];

impl Story {
    pub(super) fn tell(seed: u64) -> Self {
        let story = Self::random(seed);
        if !seed.is_multiple_of(ONE_WITH_NO_WAY_BACK_OF) {
            return story;
        }
        Self {
            strategy: "ROLLING",
            behaviour: crashes(),
            breaker: Breaker::RollsBack,
            desired: 2,
            acts: vec![(WATCHED, Deed::BreaksTheOldImage)],
            percentages: (0, 100),
            ..story
        }
    }

    fn random(seed: u64) -> Self {
        let mut random = Random::with_seed(seed);
        let acts = (0..random.one_of(&[0, 0, 1, 1, 2, 3]))
            .map(|_| (random.moment(150), Deed::tell(&mut random)))
            .collect();
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
            behaviour: random.behaviour(4),
            breaker: match random.0.u8(..5) {
                0 => Breaker::Off,
                1 => Breaker::Stops,
                _ => Breaker::RollsBack,
            },
            alarm: random.sometimes(5).then(|| Alarm { rolls_back: random.sometimes(2) }),
            load_balancer: random.sometimes(3),
            percentages: random.one_of(&[(100, 200), (100, 200), (50, 100), (0, 100)]),
            acts,
            conditions: Conditions {
                times_faster: random.one_of(&[1.0, 3.0, 5.0, 10.0]),
                lag: Lag {
                    listing: random.lag(60),
                    current_service_deployment: random.lag(60),
                    describe: random.lag(30),
                    describe_services: random.lag(20),
                    ..Lag::default()
                },
                latency: Duration::from_millis(random.one_of(&[0, 20, 150, 300])),
                outages: (0..random.one_of(&[0, 0, 1, 2, 4]))
                    .map(|_| random.outage(&READS, false))
                    .collect(),
            },
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

    /// Whether for a moment no task may run: none is wanted, or a deployment may stop all
    /// of them before it starts others.
    pub(super) fn may_have_no_tasks(&self) -> bool {
        let is_scaled_in = self.acts.iter().any(|(_, deed)| *deed == Deed::Scales(0));
        self.desired == 0 || self.percentages.0 == 0 || is_scaled_in
    }

    /// Whether only `service.deployments[]` tells the end.
    pub(super) fn is_older_view(&self) -> bool {
        !self.denied.is_empty()
    }

    /// The longest time that anything is shown late.
    pub(super) fn longest_lag(&self) -> Duration {
        let Lag { listing, current_service_deployment, describe, describe_services, .. } =
            self.conditions.lag;
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
        self.conditions.begin(sim);
        for (at, deed) in &self.acts {
            sim.at(*at, deed.act(&old, &new));
        }
        for operation in self.denied {
            sim.fault(operation, When::Always, Fault::AccessDenied);
        }
        scene
    }
}

impl Deed {
    fn tell(random: &mut Random) -> Self {
        match random.0.u8(..12) {
            0 | 1 => Self::DeploysAnother,
            2 => Self::ForcesADeployment,
            3 | 4 => Self::StopsTheDeployment,
            5 | 6 => Self::SetsOffTheAlarm,
            7 => Self::DeletesTheService,
            8 => Self::Scales(random.0.u32(..5)),
            9 => Self::KillsTasks,
            10 => Self::BreaksTheOldImage,
            _ => Self::RepairsTheNewImage,
        }
    }

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
