//! Repositories, images and tags.

use std::time::Duration;

use serde_json::Value;

use crate::Simulator;
use crate::ecr::image::Image;
use crate::ecr::registry::{Place, Scan};
use crate::world::{ACCOUNT, REGION};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Simulator {
    /// A repository in the default account and Region, made if need be.
    pub fn repository(&self, name: &str) -> Repository {
        self.repository_in(ACCOUNT, REGION, name)
    }

    pub fn repository_in(&self, account: &str, region: &str, name: &str) -> Repository {
        let place = Place::new(account, region, name);
        self.world().registry.create(&place);
        Repository { sim: self.clone(), place }
    }

    /// The full reference of `repository:tag` or `repository@digest` in the
    /// default account and Region.
    pub fn image(&self, short: &str) -> String {
        format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{short}")
    }
}

#[derive(Debug, Clone)]
pub struct Repository {
    sim: Simulator,
    place: Place,
}

impl Repository {
    /// Pushes an image under a tag, now; returns its digest.
    pub fn push(&self, tag: &str, image: Image) -> String {
        self.push_days_ago(0, tag, image)
    }

    /// The same, so many days before the simulator was made.
    pub fn push_days_ago(&self, days: u32, tag: &str, image: Image) -> String {
        let mut world = self.sim.world();
        let now = world.now.saturating_sub(DAY * days);
        world.registry.push(&self.place, Some(tag), &image, now)
    }

    /// Pushes an image without a tag; returns its digest.
    pub fn push_untagged(&self, image: Image) -> String {
        let mut world = self.sim.world();
        let now = world.now;
        world.registry.push(&self.place, None, &image, now)
    }

    /// Lets a tag point to a digest.
    pub fn tag(&self, tag: &str, digest: &str) {
        let is_there = self.sim.world().registry.create(&self.place).tag(tag, digest);
        assert!(is_there, "{digest} was pushed");
    }

    /// Tags are immutable (`IMMUTABLE_WITH_EXCLUSION`), but for those that begin so.
    pub fn immutable_but_for(&self, beginnings: &[&str]) {
        let moving = beginnings.iter().map(|it| (*it).to_owned()).collect();
        self.sim.world().registry.create(&self.place).moving = Some(moving);
    }

    /// The tags of an image, by tag or digest.
    pub fn tags(&self, which: &str) -> Vec<String> {
        let world = self.sim.world();
        let Some(repository) = world.registry.repository(&self.place) else { return Vec::new() };
        let digest = repository.resolve(which).unwrap_or(which);
        repository.tags_of(digest).into_iter().map(str::to_owned).collect()
    }

    /// A preview of the lifecycle policy was made, and expires the image of this tag.
    pub fn preview_expires(&self, tag: &str) {
        let digest = self.digest(tag).into_iter().collect();
        let mut world = self.sim.world();
        world.registry.create(&self.place).preview = Some(digest);
    }

    /// An image was scanned, with this status and so many findings of each severity;
    /// of an index, every image in it, and not the index.
    pub fn scanned(&self, tag: &str, status: &str, counts: &[(&str, u64)]) {
        let digest = self.digest(tag).expect("the tag was pushed");
        let mut world = self.sim.world();
        let repository = world.registry.create(&self.place);
        let counts = counts.iter().map(|(severity, count)| ((*severity).to_owned(), *count));
        let scan = Scan { status: status.to_owned(), counts: counts.collect() };
        let stored = repository.images.iter().find(|it| it.manifest.digest == digest);
        let text = &stored.expect("the tag names it").manifest.text;
        let manifest: Value = serde_json::from_str(text).expect("a manifest is JSON");
        let inner = manifest["manifests"].as_array().cloned().unwrap_or_default();
        let inner = inner.iter().filter_map(|it| it["digest"].as_str().map(str::to_owned));
        let mut scanned: Vec<String> = inner.collect();
        if scanned.is_empty() {
            scanned.push(digest);
        }
        repository.scans.extend(scanned.into_iter().map(|digest| (digest, scan.clone())));
    }

    /// Archives an image, by tag or digest.
    pub fn archive(&self, which: &str) {
        let mut world = self.sim.world();
        let now = world.now;
        world.registry.create(&self.place).archive(which, now);
    }

    /// Deletes an image, by tag or digest.
    pub fn delete(&self, which: &str) {
        self.sim.world().registry.create(&self.place).delete(which);
    }

    pub fn digest(&self, tag: &str) -> Option<String> {
        let world = self.sim.world();
        world.registry.repository(&self.place)?.resolve(tag).map(str::to_owned)
    }

    /// `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME`.
    pub fn uri(&self) -> String {
        let Place { account, region, repository } = &self.place;
        format!("{account}.dkr.ecr.{region}.amazonaws.com/{repository}")
    }
}
