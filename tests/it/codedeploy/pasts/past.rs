//! A deployment group whose past is made up as it goes, and what is true of it.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Act, Behaviour, CodeDeployTruth, Image, Service, Simulator};

use super::super::{APPLICATION, GROUP, minutes};
use super::judge::{Answer, TaskSet, Version, previous};
use crate::bad_day::{crashes, secs};
use crate::scene::Scene;

const TAGS: [&str; 5] = ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"];

pub(super) struct Past {
    pub(super) scene: Scene,
    pub(super) random: fastrand::Rng,
    /// Usable revisions, as the ARNs that ECS gave them.
    revisions: Vec<String>,
    /// The images that came later, with when they did.
    pushed: Vec<(String, Duration)>,
    /// Minutes that the old tasks are kept; `None`: for ever.
    keeps: Option<u32>,
}

impl Past {
    pub(super) fn begin(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let scene = Scene::empty();
        for tag in TAGS {
            let image = Image::linux_amd64().content(tag);
            scene.sim.repository("web1").push_days_ago(400, tag, image);
        }
        let keeps = [Some(0), Some(5), Some(60), None][random.usize(..4)];
        let mut past =
            Self { scene, random: random.fork(), revisions: Vec::new(), pushed: Vec::new(), keeps };
        let first = past.revision();
        let service = past.sim().service("prod", "web1").desired(1).running(&first);
        service.code_deploy().start();
        let mut group = past.sim().deployment_group(APPLICATION, GROUP).service("prod", "web1");
        group = match keeps {
            Some(minutes) => group.terminates_after(minutes),
            None => group.keeps_blue(),
        };
        if random.bool() {
            group = group.auto_rollback(&["DEPLOYMENT_FAILURE"]);
        }
        // Before the simulator was made; what runs came last.
        let before = match random.u8(0..8) {
            0..3 => 0,
            3 => random.usize(40..60),
            _ => random.usize(1..5),
        };
        for _ in 0..before {
            let revision = past.any_revision();
            group = match random.u8(0..6) {
                0 => group.then_failed(&revision),
                1 => group.then_stopped(&revision),
                _ => group.deployed(&revision),
            };
        }
        if before > 0 {
            group = group.deployed(&first);
        }
        group.create();
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
        self.sim().act(Act::create_deployment(APPLICATION, GROUP, &revision));
    }

    async fn pause(&mut self, seconds: std::ops::Range<u64>) {
        let seconds = self.random.u64(seconds);
        tokio::time::sleep(secs(seconds)).await;
    }

    /// Until the group is free.
    async fn settle(&self) {
        minutes(10 + u64::from(self.keeps.unwrap_or(0))).await;
    }

    /// Something that happens to a group.
    pub(super) async fn go_on(&mut self) {
        match self.random.u8(0..8) {
            0..=2 => self.deploy(),
            3 => {
                let tag = self.tag();
                let digest = self.digest(tag);
                if let Some(bad) = digest {
                    self.sim().behaves(&bad, crashes());
                    self.deploy();
                    // Longer than CodeDeploy waits for tasks.
                    minutes(75).await;
                    self.sim().behaves(&bad, Behaviour::Healthy { ready_after: secs(1) });
                }
            }
            4 | 5 => {
                self.deploy();
                // In every phase, that of the old tasks' last minutes too.
                self.pause(0..200).await;
                let said = [Some(true), Some(false), None][self.random.usize(..3)];
                self.sim().act(Act::stop_code_deploy(APPLICATION, GROUP, said));
            }
            6 => {
                self.deploy();
                self.pause(100..200).await;
                let end = Act::continue_code_deploy(APPLICATION, GROUP, "TERMINATION_WAIT");
                self.sim().act(end);
            }
            _ => {
                // Back to what ran before, as people do it.
                let truth = self.truth();
                let before = truth.deployments.iter().rev().filter(|it| it.status == "Succeeded");
                if let Some(before) = before.map(|it| it.task_definition.clone()).nth(1) {
                    self.sim().act(Act::create_deployment(APPLICATION, GROUP, &before));
                }
            }
        }
        self.settle().await;
        self.age();
    }

    /// What time does to revisions and images.
    fn age(&mut self) {
        match self.random.u8(0..16) {
            0 if self.revisions.len() > 1 => {
                let gone = self.revisions.remove(self.random.usize(..self.revisions.len()));
                self.sim().act(Act::deregister(&gone));
            }
            1 => {
                let (tag, other) = (self.tag(), self.tag());
                if let Some(other) = self.digest(other) {
                    self.sim().act(Act::move_tag("web1", tag, &other));
                }
            }
            2 => {
                let tag = self.tag();
                self.sim().act(Act::delete_image("web1", tag));
            }
            3 | 4 => {
                let (tag, now) = (self.tag(), self.sim().elapsed());
                let image = Image::linux_amd64().content(&format!("{tag} {}", now.as_secs()));
                let digest = self.sim().repository("web1").push(tag, image);
                self.pushed.push((digest, now));
            }
            _ => {}
        }
    }

    fn digest(&self, tag: &str) -> Option<String> {
        self.sim().repository("web1").digest(tag)
    }

    pub(super) fn truth(&self) -> CodeDeployTruth {
        self.sim().codedeploy_truth(APPLICATION, GROUP)
    }

    pub(super) fn answer(&self) -> Answer {
        let sets = self.task_sets();
        previous(&self.truth(), &sets, |definition, set, then| self.version(definition, set, then))
    }

    fn task_sets(&self) -> Vec<TaskSet> {
        let body = json!({ "cluster": "prod", "services": ["web1"] });
        let answer = self.sim().call(Service::Ecs, "DescribeServices", &body).expect("it is there");
        let sets = answer["services"][0]["taskSets"].as_array().cloned().unwrap_or_default();
        let running = self.sim().truth("prod", "web1").running;
        let digest = |set: &Value| {
            let runs = running.iter().find(|it| set["id"] == it.deployment_id.as_str())?;
            runs.digests.get("web1").cloned()
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let read = |set: &Value| TaskSet {
            is_primary: set["status"] == "PRIMARY",
            definition: text(&set["taskDefinition"]).unwrap_or_default(),
            made_by: text(&set["externalId"]),
            digest: digest(set),
        };
        sets.iter().map(read).collect()
    }

    /// What the tasks of a set run, where it has any; else what the tag of its definition
    /// names, if that is not younger than its deployment.
    fn version(&self, definition: &str, set: Option<&TaskSet>, deployed: Duration) -> Version {
        let revision = self.scene.revision(number(definition));
        let reference = revision["containerDefinitions"][0]["image"].as_str().unwrap_or_default();
        let (_, tag) = reference.rsplit_once(':').expect("a tag");
        let runs = set.and_then(|set| set.digest.clone());
        let now = self.digest(tag).filter(|_| runs.is_none());
        let is_later =
            |it: &String| self.pushed.iter().any(|(own, at)| own == it && *at > deployed);
        let (moved_to, assumed) = match now {
            Some(now) if is_later(&now) => (Some(now), None),
            now => (None, now),
        };
        let digest = runs.or(assumed);
        let later = self.pushed.iter().find(|(own, _)| digest.as_ref() == Some(own));
        let is_there = |digest: &&String| self.is_stored(digest);
        let pushed = digest.as_ref().filter(is_there).and(later).map(|it| it.1);
        Version {
            definition: definition.to_owned(),
            reference: reference.to_owned(),
            digest,
            moved_to,
            pushed: pushed.unwrap_or_default(),
        }
    }

    /// The digests that get traffic.
    pub(super) fn serving(&self) -> Vec<String> {
        let truth = self.truth();
        truth.serving().iter().filter_map(|it| it.digests.get("web1").cloned()).collect()
    }

    /// Whether ECR has it, with a tag or without.
    fn is_stored(&self, digest: &str) -> bool {
        let body = json!({ "repositoryName": "web1", "imageIds": [{ "imageDigest": digest }] });
        self.sim().call(Service::Ecr, "DescribeImages", &body).is_ok()
    }

    pub(super) fn is_in_ecr(&self, digest: &str) -> bool {
        TAGS.iter().any(|tag| self.digest(tag).as_deref() == Some(digest))
    }

    /// Whether a revision is ACTIVE, and its tag still names this image.
    pub(super) fn can_be_used(&self, it: &Version) -> bool {
        let revision = self.scene.revision(number(&it.definition));
        let (_, tag) = it.reference.rsplit_once(':').expect("a tag");
        revision["status"] == "ACTIVE" && it.digest.is_some() && self.digest(tag) == it.digest
    }
}

/// The number of a revision, by its ARN.
fn number(arn: &str) -> u32 {
    arn.rsplit_once(':').and_then(|(_, number)| number.parse().ok()).expect("an ARN of a revision")
}

/// Longer than a deployment takes to move all traffic.
pub(super) const SERVED: Duration = Duration::from_secs(200);
