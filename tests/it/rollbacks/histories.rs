//! Random histories on the simulator: `previous` is always the answer of an
//! independent computation ([`judge`]), or refused for a reason that is true.

mod judge;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use simulator::{Act, Behaviour, DeploymentTruth, Image, Lag, Service, Simulator};

use super::PREVIOUS;
use crate::bad_day::crashes;
use crate::scene::{Scene, Told};
use judge::{Answer, previous};

const TAGS: [&str; 5] = ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"];
/// Longer than any rollout of the simulator without checks takes.
const SETTLED: Duration = secs(8 * 60);

/// A service whose past is made up as it goes.
struct Past {
    scene: Scene,
    random: fastrand::Rng,
    /// Usable revisions, as the ARNs that ECS gave them.
    revisions: Vec<String>,
}

impl Past {
    fn begin(seed: u64) -> Self {
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

    fn sim(&self) -> &Simulator {
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

    fn deploy(&mut self) {
        let revision = self.any_revision();
        self.sim().act(Act::deploy("prod", "web1", &revision));
    }

    async fn settle(&self) {
        tokio::time::sleep(SETTLED).await;
    }

    /// Something that happens to a service.
    async fn go_on(&mut self) {
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
    async fn fill_a_page(&mut self) {
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

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// How a history comes to its end, and `previous` is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    AtRest,
    UnderWay,
    Lagging,
    ImageDeleted,
    ImageArchived,
    RevisionDeregistered,
    TagMoved,
    ForReal,
    TwoAtOnce,
}

const ENDINGS: [Ending; 9] = [
    Ending::AtRest,
    Ending::UnderWay,
    Ending::Lagging,
    Ending::ImageDeleted,
    Ending::ImageArchived,
    Ending::RevisionDeregistered,
    Ending::TagMoved,
    Ending::ForReal,
    Ending::TwoAtOnce,
];

const DRY: &[(&str, &str)] = &[("command", "rollback"), ("dry-run", "true")];

impl Past {
    fn answer(&self) -> Answer {
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

    fn is_running(&self, digest: &str) -> bool {
        self.now().digests.get("web1").is_some_and(|it| it == digest)
    }

    /// Whether a revision is, but for its number, what the service has now.
    fn is_what_runs(&self, definition: &str, digest: &str) -> bool {
        let content = |arn: &str| {
            let revision = self.scene.revision(number(arn));
            (revision["memory"].clone(), revision["containerDefinitions"].clone())
        };
        self.is_running(digest) && content(&self.now().task_definition) == content(definition)
    }

    /// Whether a revision is ACTIVE, and its tag still names this image.
    fn can_be_used(&self, definition: &str, digest: &str) -> bool {
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

    async fn end(&mut self, ending: Ending) -> Told {
        let target = match self.answer() {
            Answer::To(target) => Some(target),
            _ => None,
        };
        match (ending, &target) {
            (Ending::UnderWay, _) => {
                self.deploy();
                tokio::time::sleep(secs(self.random.u64(30..65))).await;
            }
            (Ending::Lagging, _) => {
                self.deploy();
                tokio::time::sleep(secs(self.random.u64(1..300))).await;
                self.sim().lag(Lag { listing: SETTLED, ..Lag::default() });
            }
            (Ending::ImageDeleted, Some((_, digest))) => {
                self.sim().act(Act::delete_image("web1", digest));
            }
            (Ending::ImageArchived, Some((_, digest))) => {
                self.sim().act(Act::archive_image("web1", digest));
            }
            (Ending::RevisionDeregistered, Some((definition, _))) => {
                self.sim().act(Act::deregister(definition));
            }
            (Ending::TagMoved, Some((_, digest))) => {
                let other = TAGS.iter().map(|tag| self.scene.digest(tag)).find(|it| it != digest);
                for tag in TAGS {
                    if self.scene.digest(tag) == *digest {
                        let other = other.clone().expect("there are other images");
                        self.sim().act(Act::move_tag("web1", tag, &other));
                    }
                }
            }
            (Ending::TwoAtOnce, Some(_)) => {
                let pause = secs(self.random.u64(0..40));
                let (one, other) = tokio::join!(Box::pin(self.scene.deploy(PREVIOUS)), async {
                    tokio::time::sleep(pause).await;
                    Box::pin(self.scene.deploy(PREVIOUS)).await
                });
                return if one.result() == "rolled-back" { one } else { other };
            }
            (Ending::ForReal, _) => return Box::pin(self.scene.deploy(PREVIOUS)).await,
            _ => {}
        }
        Box::pin(self.scene.deploy(DRY)).await
    }
}

/// What the product said, held against what is so.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Verdict {
    Answered,
    Refused,
    /// A reason that no independent computation can foresee.
    Unseen,
}

fn judged(ending: Ending, answer: &Answer, told: &Told, past: &Past) -> Verdict {
    let error = told.said("error");
    let refused = |reasons: &[&str]| {
        assert_eq!(told.result(), "refused", "{answer:?}\n{}", told.log());
        assert!(reasons.iter().any(|reason| error.contains(reason)), "{answer:?}: {error}");
        assert_eq!(told.writes(), [""; 0]);
        Verdict::Refused
    };
    if ending == Ending::Lagging
        && told.result() == "refused"
        && error.contains("can't be said yet")
    {
        return Verdict::Unseen;
    }
    let (definition, digest) = match answer {
        Answer::To(target) => target,
        Answer::AlreadyBack => return refused(&["already back on", "already on its way back"]),
        Answer::ReturnFailed => return refused(&["bring", "has failed"]),
        Answer::OnlyOne => return refused(&["there is no previous version: only"]),
        Answer::Nothing => return refused(&["which version is `previous` is not known"]),
        Answer::NotPulled => return Verdict::Unseen,
    };
    match ending {
        Ending::ImageDeleted => return refused(&["there is no image"]),
        Ending::ImageArchived => return refused(&["can't be pulled"]),
        _ => {}
    }
    if told.result() == "refused" && error.contains("can't come back as it was") {
        assert!(!past.can_be_used(definition, digest) && past.is_running(digest), "{error}");
        return Verdict::Refused;
    }
    if told.result() == "refused" && past.is_what_runs(definition, digest) {
        return refused(&["differs in nothing from what runs now"]);
    }
    assert!(
        ["planned", "rolled-back"].contains(&told.result()),
        "{answer:?}\n{}\n{error}",
        told.log()
    );
    assert_eq!(told.output("image-digest"), digest, "{}", told.log());
    if past.can_be_used(definition, digest) {
        assert_eq!(told.output("task-definition-arn"), definition, "as it was: {}", told.log());
        assert!(!told.writes().contains(&"RegisterTaskDefinition"), "{}", told.log());
    }
    Verdict::Answered
}

/// The number of a revision, by its ARN.
fn number(arn: &str) -> u32 {
    arn.rsplit_once(':').and_then(|(_, number)| number.parse().ok()).expect("an ARN of a revision")
}

async fn history(seed: u64) -> (Ending, Verdict) {
    let mut past = Past::begin(seed);
    if past.random.u8(0..25) == 0 {
        past.fill_a_page().await;
    }
    for _ in 0..past.random.u8(0..8) {
        past.go_on().await;
    }
    let ending = ENDINGS[past.random.usize(..ENDINGS.len())];
    let before = past.answer();
    let told = past.end(ending).await;
    let for_real = matches!(ending, Ending::ForReal | Ending::TwoAtOnce);
    // A dry run changes nothing, but may have waited for a rollback by ECS.
    let answer = if for_real { before } else { past.answer() };
    let verdict = judged(ending, &answer, &told, &past);
    if let (true, Verdict::Answered, Answer::To((_, digest))) = (for_real, verdict, &answer) {
        assert_eq!(told.result(), "rolled-back", "{}", told.log());
        assert_eq!(past.scene.runs_in_the_end().await, [digest.clone()]);
        // Whoever presses the button after that ends on the same image.
        let again = Box::pin(past.scene.deploy(DRY)).await;
        let answer = past.answer();
        judged(Ending::AtRest, &answer, &again, &past);
        match answer {
            Answer::AlreadyBack => {}
            // By the running definition, which is a configuration of its own.
            Answer::To((_, again)) => assert_eq!(again, *digest),
            other => panic!("it was brought back: {other:?}"),
        }
    }
    (ending, verdict)
}

#[tokio::test(start_paused = true)]
async fn previous_is_what_an_independent_computation_says() {
    let mut seen = BTreeSet::new();
    let mut counts = [0; 3];
    for seed in 0..300 {
        let name = Seed(seed);
        let (ending, verdict) = Box::pin(history(seed)).await;
        drop(name);
        counts[verdict as usize] += 1;
        seen.insert((ending as usize, verdict));
    }
    let [answered, refused, unseen] = counts;
    // Nothing is proved by histories that all end alike.
    assert!(answered >= 60 && refused >= 60 && unseen <= 40, "{counts:?}");
    for ending in ENDINGS {
        let answered = [Verdict::Answered, Verdict::Refused];
        assert!(answered.iter().any(|it| seen.contains(&(ending as usize, *it))), "{ending:?}");
    }
}

/// Says which history it was when a test fails in the middle of it.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the history of seed {}", self.0);
        }
    }
}
