//! A service whose past is made up as it goes, and what is true of it.

use std::time::Duration;

use serde_json::json;
use simulator::{Act, Behaviour, DeploymentTruth, Image, Lag, Service, Simulator};

use super::judge::{Answer, previous};
use crate::bad_day::{crashes, secs};
use crate::scene::Scene;

pub(super) const TAGS: [&str; 5] = ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"];
/// Longer than any rollout of the simulator without checks takes.
pub(super) const SETTLED: Duration = Duration::from_secs(8 * 60);

/// A service whose past is made up as it goes.
pub(super) struct Past {
    pub(super) scene: Scene,
    pub(super) random: fastrand::Rng,
    /// Usable revisions, as the ARNs that ECS gave them.
    revisions: Vec<String>,
}

impl Past {
    pub(super) fn begin(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let scene = Scene::empty();
        for tag in TAGS {
            scene.sim.repository("web1").push(tag, Image::linux_amd64().content(tag));
        }
        let mut past = Self { scene, random: random.fork(), revisions: Vec::new() };
        let service = past.scene.sim.service("prod", "web1").desired(1);
        let service = match random.u8(0..3) {
            0 => service,
            1 => service.circuit_breaker(true),
            _ => service.circuit_breaker(false),
        };
        // A day apart: once in a while more than ECS remembers.
        let before = if random.u8(0..8) == 0 { random.usize(80..130) } else { random.usize(1..4) };
        let mut service = service.running(&past.revision());
        for number in 1..before {
            let revision = past.any_revision();
            service = match random.u8(0..6) {
                0 => service.then_rolled_back(&revision),
                // By what comes after it.
                1 if number + 1 < before => service.then_superseded(&revision),
                _ => service.running(&revision),
            };
        }
        service.start();
        past
    }

    pub(super) fn sim(&self) -> &Simulator {
        &self.scene.sim
    }

    fn tag(&mut self) -> &'static str {
        TAGS[self.random.usize(..TAGS.len())]
    }

    /// A new revision with one of the images; its memory makes the configuration.
    fn revision(&mut self) -> String {
        let (tag, memory) = (self.tag(), ["512", "1024"][self.random.usize(..2)]);
        let image = self.sim().image(&format!("web1:{tag}"));
        let definition = self.sim().task_definition("web1").container("web1", &image);
        let arn = definition.member("memory", json!(memory)).register();
        self.revisions.push(arn.clone());
        arn
    }

    /// One that is there, or a new one.
    fn any_revision(&mut self) -> String {
        if self.revisions.is_empty() || self.random.u8(0..3) == 0 {
            return self.revision();
        }
        self.revisions[self.random.usize(..self.revisions.len())].clone()
    }

    pub(super) fn deploy(&mut self) {
        let revision = self.any_revision();
        self.sim().act(Act::deploy("prod", "web1", &revision));
    }

    async fn settle(&self) {
        tokio::time::sleep(SETTLED).await;
    }

    /// Something that happens to a service.
    pub(super) async fn go_on(&mut self) {
        match self.random.u8(0..9) {
            0..=3 => self.deploy(),
            4 => self.sim().act(Act::force_new_deployment("prod", "web1")),
            5 => {
                let tag = self.tag();
                let bad = self.scene.digest(tag);
                let this = if self.random.bool() { crashes() } else { Behaviour::Hangs };
                self.sim().behaves(&bad, this);
                self.deploy();
                self.settle().await;
                self.sim().behaves(&bad, Behaviour::Healthy { ready_after: secs(1) });
            }
            6 => {
                // Replaced before it is done.
                self.deploy();
                tokio::time::sleep(secs(self.random.u64(1..60))).await;
                self.deploy();
            }
            7 => {
                self.deploy();
                tokio::time::sleep(secs(self.random.u64(1..60))).await;
                self.sim().act(Act::stop_deployment("prod", "web1"));
            }
            _ => {
                // Back to what ran before, as people do it.
                let runs = self.sim().truth("prod", "web1");
                let before = runs.deployments.iter().rev().find(|it| it.status == "SUCCESSFUL");
                if let Some(before) = before {
                    let act = Act::deploy("prod", "web1", &before.task_definition.clone());
                    self.sim().act(act);
                }
            }
        }
        self.settle().await;
        self.age();
    }

    /// More deployments than ECS lists at once.
    pub(super) async fn fill_a_page(&mut self) {
        for _ in 0..self.random.u8(95..115) {
            self.deploy();
            tokio::time::sleep(secs(self.random.u64(20..200))).await;
        }
        self.settle().await;
    }

    /// What time does to revisions and images.
    fn age(&mut self) {
        match self.random.u8(0..12) {
            0 if self.revisions.len() > 1 => {
                let gone = self.revisions.remove(self.random.usize(..self.revisions.len()));
                self.sim().act(Act::deregister(&gone));
            }
            1 => {
                let (tag, other) = (self.tag(), self.tag());
                let other = self.scene.digest(other);
                self.sim().act(Act::move_tag("web1", tag, &other));
            }
            _ => {}
        }
    }
}

impl Past {
    pub(super) fn answer(&self) -> Answer {
        let truth = self.sim().truth("prod", "web1");
        previous(&truth, truth.deployments.len() - self.listed())
    }

    /// How many deployments ECS lists; it forgets them after 90 days.
    fn listed(&self) -> usize {
        self.sim().lag(Lag::default());
        let mut body = json!({ "cluster": "prod", "service": "web1", "maxResults": 100 });
        let mut count = 0;
        loop {
            let page = self.sim().call(Service::Ecs, "ListServiceDeployments", &body);
            let page = page.expect("it is listed");
            count += page["serviceDeployments"].as_array().map_or(0, Vec::len);
            match page.get("nextToken") {
                Some(next) => body["nextToken"] = next.clone(),
                None => return count,
            }
        }
    }

    /// What the service has now.
    fn now(&self) -> DeploymentTruth {
        let truth = self.sim().truth("prod", "web1");
        let is_primary = |it: &DeploymentTruth| Some(&it.deployment_id) == truth.primary.as_ref();
        truth.deployments.iter().find(|it| is_primary(it)).cloned().expect("it has a deployment")
    }

    pub(super) fn is_running(&self, digest: &str) -> bool {
        self.now().digests.get("web1").is_some_and(|it| it == digest)
    }

    /// Whether a revision is, but for its number, what the service has now.
    pub(super) fn is_what_runs(&self, definition: &str, digest: &str) -> bool {
        let content = |arn: &str| {
            let revision = self.scene.revision(number(arn));
            (revision["memory"].clone(), revision["containerDefinitions"].clone())
        };
        self.is_running(digest) && content(&self.now().task_definition) == content(definition)
    }

    /// Whether a revision is ACTIVE, and its tag still names this image.
    pub(super) fn can_be_used(&self, definition: &str, digest: &str) -> bool {
        let revision = self.scene.revision(number(definition));
        let image = revision["containerDefinitions"][0]["image"].as_str().unwrap_or_default();
        let named = match image.rsplit_once('@') {
            Some((_, digest)) => Some(digest.to_owned()),
            None => image
                .rsplit_once(':')
                .and_then(|(_, tag)| self.sim().repository("web1").digest(tag)),
        };
        revision["status"] == "ACTIVE" && named.as_deref() == Some(digest)
    }
}

/// The number of a revision, by its ARN.
fn number(arn: &str) -> u32 {
    arn.rsplit_once(':').and_then(|(_, number)| number.parse().ok()).expect("an ARN of a revision")
}
