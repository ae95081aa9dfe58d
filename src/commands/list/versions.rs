//! The versions of a service: the images that its repository has, and what ran on it.

use std::collections::{HashMap, HashSet};

use crate::aws::ImageDetail;
use crate::ecs::{Controller, Service};
use crate::history::{Entry, History, PastStatus};
use crate::image::{Digest, Manifest};
use crate::read::Versions;
use crate::report::listing::{Period, Version, Went};
use crate::request::AppRequest;
use crate::version::{ImageTag, VersionName, version_of};

/// The newest images of the repository; what ran, if its image is gone, after
/// them.
pub(super) fn versions(app: &AppRequest, found: &Versions) -> Vec<Version> {
    let limit = app.list_limit as usize;
    let history = found.history.known();
    let entries = by_digest(history);
    let set = set_and_not_running(history, &found.service);
    let mut all: Vec<Version> = found
        .images
        .iter()
        .enumerate()
        .filter_map(|(place, image)| {
            let set = set.is_some_and(|set| is_of(image, set));
            let version = of_digest(&image.digest, &entries, history);
            let runs = found.runs_unrecorded().and_then(|it| it.digest.as_ref());
            let running = version.running || runs == Some(&image.digest);
            // What runs is worth a row, however old its image is.
            if place >= limit && !set && !running {
                return None;
            }
            let manifest = found.manifests.get(&image.digest);
            Some(Version {
                name: name(app, &image.tags, &image.digest),
                tags: image.tags.iter().map(ToString::to_string).collect(),
                pushed_at: image.pushed_at,
                platforms: manifest.map(platforms).unwrap_or_default(),
                size: image.size,
                unusable: unusable(image, manifest),
                set,
                running,
                ..version
            })
        })
        .collect();
    let stored = found.images.iter().map(|image| &image.digest).collect();
    all.extend(gone(app, history, &entries, stored));
    all
}

/// The entries of each digest, newest first.
fn by_digest(history: Option<&History>) -> HashMap<&Digest, Vec<&Entry>> {
    let mut entries: HashMap<&Digest, Vec<&Entry>> = HashMap::new();
    for entry in history.into_iter().flat_map(History::entries) {
        for digest in entry.digests.iter().flatten() {
            entries.entry(digest).or_default().push(entry);
        }
    }
    entries
}

fn of_digest(
    digest: &Digest,
    entries: &HashMap<&Digest, Vec<&Entry>>,
    history: Option<&History>,
) -> Version {
    let entries = entries.get(digest).map(Vec::as_slice).unwrap_or_default();
    // What has no entry was not rolled back from.
    let history = history.filter(|_| !entries.is_empty());
    Version {
        runs: entries.iter().map(|entry| period(entry)).collect(),
        running: entries.iter().any(|entry| entry.running),
        rolled_back_from: history.is_some_and(|it| it.rolled_back_from(digest).is_some()),
        ..Version::new(VersionName::Other(String::new()), digest.clone())
    }
}

/// The newest of what ran here and is no longer in the repository, or never had a tag there.
fn gone<'a>(
    app: &AppRequest,
    history: Option<&'a History>,
    entries: &HashMap<&Digest, Vec<&Entry>>,
    mut known: HashSet<&'a Digest>,
) -> Vec<Version> {
    let mut gone: Vec<Version> = Vec::new();
    let all = history.into_iter().flat_map(History::entries);
    for entry in all.filter(|entry| entry.ran_well()) {
        for digest in entry.digests.iter().flatten() {
            if gone.len() == app.list_limit as usize {
                return gone;
            }
            if !known.insert(digest) {
                continue;
            }
            let tags: Vec<ImageTag> =
                entry.tag().and_then(|tag| tag.parse().ok()).into_iter().collect();
            gone.push(Version {
                name: name(app, &tags, digest),
                unusable: Some("the repository has no tagged image with this digest".to_owned()),
                ..of_digest(digest, entries, history)
            });
        }
    }
    gone
}

fn period(entry: &Entry) -> Period {
    let ended = match entry.status() {
        None => "ran before",
        Some(PastStatus::Succeeded) if entry.rolled_back_from.is_some() => "rolled back",
        Some(PastStatus::Succeeded) => "succeeded",
        Some(PastStatus::RolledBack) if entry.controller == Controller::CodeDeploy => {
            "rolled back by CodeDeploy"
        }
        Some(PastStatus::RolledBack) => "rolled back by ECS",
        Some(PastStatus::RollbackFailed) => "rollback failed",
        Some(PastStatus::Superseded) => "superseded",
        Some(PastStatus::Failed) => "failed",
        Some(PastStatus::UnderWay) => "in progress",
        Some(PastStatus::RollingBack) => "rolling back",
        Some(PastStatus::Unknown(status)) => status,
    };
    let went = match entry.status() {
        Some(PastStatus::Succeeded) if entry.rolled_back_from.is_some() => Went::Back,
        None | Some(PastStatus::Succeeded) => Went::Well,
        Some(PastStatus::RolledBack | PastStatus::RollbackFailed | PastStatus::Failed) => {
            Went::Wrong
        }
        Some(
            PastStatus::Superseded
            | PastStatus::UnderWay
            | PastStatus::RollingBack
            | PastStatus::Unknown(_),
        ) => Went::Open,
    };
    let (from, until, ended) = (entry.from(), entry.until, ended.to_owned());
    Period { from, until, ended, went, ..Period::default() }
}

/// What the service is set to and runs no task of.
fn set_and_not_running<'a>(history: Option<&'a History>, service: &Service) -> Option<&'a Entry> {
    let runs = service.primary().is_none_or(|it| it.counts.running > 0);
    history.filter(|_| !runs)?.primary()
}

/// Whether an image is what an entry brings. Before the first task is started only the tag
/// is known.
fn is_of(image: &ImageDetail, entry: &Entry) -> bool {
    match &entry.digests {
        Some(digests) => digests.contains(&image.digest),
        None => entry.tag().is_some_and(|tag| image.tags.iter().any(|it| it.as_str() == tag)),
    }
}

/// Those of an index: of a single image it is not known.
fn platforms(manifest: &Manifest) -> Vec<String> {
    match manifest {
        Manifest::Index(platforms) => platforms.iter().map(ToString::to_string).collect(),
        Manifest::Single { .. } | Manifest::NotAnImage { .. } => Vec::new(),
    }
}

fn unusable(image: &ImageDetail, manifest: Option<&Manifest>) -> Option<String> {
    if let Some(Manifest::NotAnImage { why }) = manifest {
        return Some(format!("it is not a container image: {why}"));
    }
    let status = image.status.as_deref().unwrap_or_default();
    (!image.can_be_pulled()).then(|| format!("the image is {status}"))
}

/// By the first tag that is a version, else by the first one, else by the digest.
fn name(app: &AppRequest, tags: &[ImageTag], digest: &Digest) -> VersionName {
    let template = app.wanted.tag_template();
    let is_version = |tag: &&ImageTag| {
        version_of(tag, template, None).is_some()
            || template.is_some_and(|it| it.version_under_any_name(tag).is_some())
    };
    let version = tags.iter().find(is_version);
    let tag = version.or(tags.first()).map(|tag| VersionName::of(tag, template, None));
    tag.unwrap_or_else(|| VersionName::Other(digest.short().to_owned()))
}
