//! The state of ECR: repositories by account and Region, images, tags, blobs.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use crate::clock::Time;
use crate::ecr::image::{Image, Manifest};

/// Where a repository is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) repository: String,
}

impl Place {
    pub(crate) fn new(account: &str, region: &str, repository: &str) -> Self {
        let (account, region) = (account.to_owned(), region.to_owned());
        Self { account, region, repository: repository.to_owned() }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Registry {
    repositories: BTreeMap<Place, Repository>,
    /// Blobs by digest. Reading one needs an address, never only the digest.
    blobs: BTreeMap<String, Bytes>,
    pushes: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Repository {
    pub(crate) images: Vec<Stored>,
    tags: BTreeMap<String, String>,
    pub(crate) blobs: BTreeSet<String>,
    /// What the last preview of the lifecycle policy expires; none was made if absent.
    pub(crate) preview: Option<Vec<String>>,
    /// Tags of these beginnings move, and no others; all do if absent.
    pub(crate) moving: Option<Vec<String>>,
    /// The scans that were made, by the digest of what was scanned.
    pub(crate) scans: BTreeMap<String, Scan>,
}

#[derive(Debug, Clone)]
pub(crate) struct Scan {
    pub(crate) status: String,
    pub(crate) counts: Vec<(String, u64)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) manifest: Manifest,
    pub(crate) pushed: Time,
    pub(crate) archived: Option<Time>,
    pub(crate) bytes: u64,
}

impl Registry {
    pub(crate) fn create(&mut self, place: &Place) -> &mut Repository {
        self.repositories.entry(place.clone()).or_default()
    }

    pub(crate) fn repository(&self, place: &Place) -> Option<&Repository> {
        self.repositories.get(place)
    }

    pub(crate) fn repository_mut(&mut self, place: &Place) -> Option<&mut Repository> {
        self.repositories.get_mut(place)
    }

    pub(crate) fn blob(&self, digest: &str) -> Option<&Bytes> {
        self.blobs.get(digest)
    }

    /// Pushes an image under a tag, or under none, and returns its digest.
    pub(crate) fn push(
        &mut self,
        place: &Place,
        tag: Option<&str>,
        image: &Image,
        now: Time,
    ) -> String {
        self.pushes += 1;
        let built = image.build(self.pushes);
        let repository = self.repositories.entry(place.clone()).or_default();
        let digest = built.manifests.last().expect("an image has a manifest").digest.clone();
        let bytes = built.blobs.iter().map(|(_, blob)| blob.len() as u64).sum();
        for (digest, blob) in built.blobs {
            repository.blobs.insert(digest.clone());
            self.blobs.insert(digest, blob);
        }
        for manifest in built.manifests {
            if repository.find(&manifest.digest).is_none() {
                repository.images.push(Stored { manifest, pushed: now, archived: None, bytes });
            }
        }
        if let Some(tag) = tag {
            repository.tags.insert(tag.to_owned(), digest.clone());
        }
        digest
    }
}

impl Repository {
    /// Lets a tag point to an image; false where there is no such image.
    pub(crate) fn tag(&mut self, tag: &str, digest: &str) -> bool {
        let is_there = self.find(digest).is_some();
        if is_there {
            self.tags.insert(tag.to_owned(), digest.to_owned());
        }
        is_there
    }

    /// Whether a tag may be moved to another image.
    pub(crate) fn is_mutable(&self, tag: &str) -> bool {
        let moving = self.moving.as_ref();
        moving.is_none_or(|it| it.iter().any(|beginning| tag.starts_with(beginning)))
    }

    pub(crate) fn find(&self, digest: &str) -> Option<&Stored> {
        self.images.iter().find(|image| image.manifest.digest == digest)
    }

    pub(crate) fn resolve(&self, tag: &str) -> Option<&str> {
        self.tags.get(tag).map(String::as_str)
    }

    /// The digests that a tag points to.
    pub(crate) fn tagged(&self) -> BTreeSet<&str> {
        self.tags.values().map(String::as_str).collect()
    }

    pub(crate) fn tags_of(&self, digest: &str) -> Vec<&str> {
        let named = self.tags.iter().filter(|(_, there)| *there == digest);
        named.map(|(tag, _)| tag.as_str()).collect()
    }

    /// Deletes by tag or digest, as `BatchDeleteImage`: by tag only the tag,
    /// and the image with its last one.
    pub(crate) fn delete(&mut self, tag_or_digest: &str) {
        let digest = match self.tags.remove(tag_or_digest) {
            Some(digest) if !self.tags_of(&digest).is_empty() => return,
            Some(digest) => digest,
            None => tag_or_digest.to_owned(),
        };
        self.tags.retain(|_, there| *there != digest);
        self.images.retain(|image| image.manifest.digest != digest);
    }

    pub(crate) fn archive(&mut self, tag_or_digest: &str, now: Time) {
        let digest = self.resolve(tag_or_digest).unwrap_or(tag_or_digest).to_owned();
        for image in &mut self.images {
            if image.manifest.digest == digest {
                image.archived = Some(now);
            }
        }
    }
}
