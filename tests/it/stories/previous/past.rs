//! A service whose past is made up as it goes, and what is true of it.

use std::time::Duration;

use serde_json::json;
use simulator::{Act, Image, Simulator};

use super::super::Controller;
use crate::codedeploy::{APPLICATION, GROUP};
use crate::scene::Scene;

pub(super) const TAGS: [&str; 5] = ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"];

pub(super) struct Past {
    pub(super) scene: Scene,
    pub(super) random: fastrand::Rng,
    controller: Controller,
    /// Usable revisions, as the ARNs that ECS gave them.
    revisions: Vec<String>,
    /// The images that came later, with when they did.
    pub(super) pushed: Vec<(String, Duration)>,
}

impl Past {
    /// With nothing but images.
    pub(super) fn new(controller: Controller, seed: u64) -> Self {
        let scene = Scene::empty();
        for tag in TAGS {
            let image = Image::linux_amd64().content(tag);
            scene.sim.repository("web1").push_days_ago(400, tag, image);
        }
        // The poller's jitter and the SDK's back-off are drawn from it.
        fastrand::seed(seed);
        let random = fastrand::Rng::with_seed(seed);
        Self { scene, random, controller, revisions: Vec::new(), pushed: Vec::new() }
    }

    pub(super) fn sim(&self) -> &Simulator {
        &self.scene.sim
    }

    pub(super) fn tag(&mut self) -> &'static str {
        TAGS[self.random.usize(..TAGS.len())]
    }

    /// What a tag names now, if anything.
    pub(super) fn named(&self, tag: &str) -> Option<String> {
        self.sim().repository("web1").digest(tag)
    }

    /// A new revision with one of the images; its memory makes the configuration.
    pub(super) fn revision(&mut self) -> String {
        let (tag, memory) = (self.tag(), ["512", "1024"][self.random.usize(..2)]);
        let image = self.sim().image(&format!("web1:{tag}"));
        let definition = self.sim().task_definition("web1").container("web1", &image);
        let arn = definition.member("memory", json!(memory)).register();
        self.revisions.push(arn.clone());
        arn
    }

    /// One that is there, or a new one.
    pub(super) fn any_revision(&mut self) -> String {
        if self.revisions.is_empty() || self.random.u8(0..3) == 0 {
            return self.revision();
        }
        self.revisions[self.random.usize(..self.revisions.len())].clone()
    }

    pub(super) fn deploy(&mut self) {
        let revision = self.any_revision();
        self.deploy_this(&revision);
    }

    pub(super) fn deploy_this(&self, revision: &str) {
        self.sim().act(match self.controller {
            Controller::Ecs => Act::deploy("prod", "web1", revision),
            Controller::CodeDeploy => Act::create_deployment(APPLICATION, GROUP, revision),
        });
    }

    pub(super) async fn pause(&mut self, seconds: std::ops::Range<u64>) {
        let seconds = self.random.u64(seconds);
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    pub(super) fn deregister_one(&mut self) {
        if self.revisions.len() > 1 {
            let gone = self.revisions.remove(self.random.usize(..self.revisions.len()));
            self.sim().act(Act::deregister(&gone));
        }
    }

    pub(super) fn move_a_tag(&mut self) {
        let (tag, other) = (self.tag(), self.tag());
        if let Some(other) = self.named(other) {
            self.sim().act(Act::move_tag("web1", tag, &other));
        }
    }

    /// Whether a revision is ACTIVE, and what it names is still this image.
    pub(super) fn can_be_used(&self, definition: &str, digest: &str) -> bool {
        let revision = self.scene.revision(number(definition));
        let image = revision["containerDefinitions"][0]["image"].as_str().unwrap_or_default();
        let named = match (image.rsplit_once('@'), image.rsplit_once(':')) {
            (Some((_, digest)), _) => Some(digest.to_owned()),
            (None, tag) => tag.and_then(|(_, tag)| self.named(tag)),
        };
        revision["status"] == "ACTIVE" && named.as_deref() == Some(digest)
    }
}

/// The number of a revision, by its ARN.
pub(super) fn number(arn: &str) -> u32 {
    arn.rsplit_once(':').and_then(|(_, number)| number.parse().ok()).expect("an ARN of a revision")
}
