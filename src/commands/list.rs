//! `list`: the versions that one can go back to.

use std::collections::{HashMap, HashSet};

use crate::aws::ImageDetail;
use crate::deploy::context::Run;
use crate::ecs::{Controller, Deployment, Service, TaskDefinitionArn};
use crate::history::{Entry, History, PastStatus};
use crate::image::{Digest, Manifest};
use crate::plan::{Fact, VersionInfo};
use crate::problem::Problem;
use crate::read::{Versions, read_versions};
use crate::report::listing::{self, Period, Version};
use crate::report::{AppReport, Outcome, ServiceReport, Subject};
use crate::reporter::OutputName;
use crate::request::AppRequest;
use crate::version::{ImageTag, VersionName, version_of};

/// Lists the versions of one app. Never fails: how it ended stands in the report.
pub(super) async fn list(run: &Run<'_>, app: &AppRequest) -> AppReport {
    let mut report =
        AppReport::new(Subject::Service(app.target.clone()), run.request.reason.clone());
    let gathered = tokio::select! {
        biased;
        () = run.shutdown.requested() => None,
        found = read_versions(run.clients, app) => Some(found),
    };
    match gathered {
        Some(Ok(found)) => show(run, app, &found, &mut report),
        None => {
            report.outcome = Outcome::Cancelled;
            report.failure.problem =
                Some(Problem::new("the workflow was cancelled; nothing was changed"));
        }
        Some(Err(problem)) => {
            report.outcome = Outcome::Refused;
            report.failure.problem = Some(problem);
        }
    }
    report.duration = run.begun.elapsed();
    report
}

fn show(run: &Run<'_>, app: &AppRequest, found: &Versions, report: &mut AppReport) {
    report.outcome = Outcome::Listed;
    report.service = ServiceReport::of(&found.service);
    if let Some(problem) = &found.unread {
        let message = format!("what ran when is not known: {}", problem.message);
        run.notice(report, Problem { message, ..problem.clone() });
    }
    if let Fact::Denied(permission) = found.history {
        let notice = format!("what ran when is not known: {permission} is not allowed");
        run.notice(report, Problem::new(notice));
    }
    if found.is_cut {
        run.notice(report, Problem::new("the repository has more images than were read"));
    }
    let all = versions(app, found);
    stands(app, found, &all, report);
    let title = format!("Versions of {}", app.target);
    run.reporter.line(&title);
    for line in listing::lines(&all) {
        run.reporter.line(&line);
    }
    if run.is_alone() {
        run.reporter.output(OutputName::Versions, &listing::versions(&all));
    }
    report.listing = Some(all);
}

/// What runs, and what the service is set to where that is something else.
fn stands(app: &AppRequest, found: &Versions, all: &[Version], report: &mut AppReport) {
    let Some(history) = found.history.known() else { return };
    let service = &found.service;
    let side = |digest: &Digest, definition: Option<&TaskDefinitionArn>| {
        let version = all.iter().find(|version| version.digest == *digest)?;
        Some(VersionInfo {
            version: Some(version.name.clone()),
            digest: Some(digest.clone()),
            task_definition: definition.cloned(),
            ..VersionInfo::default()
        })
    };
    let of = |deployment: &Deployment| {
        let entry = history.brought_by(&deployment.id)?;
        let tag = || {
            let tag: ImageTag = entry.tag()?.parse().ok()?;
            let version = Some(VersionName::of(&tag, app.wanted.tag_template(), None));
            let task_definition = deployment.task_definition.clone();
            Some(VersionInfo { version, task_definition, ..VersionInfo::default() })
        };
        let digest = entry.digests.iter().flatten().next();
        digest.and_then(|it| side(it, deployment.task_definition.as_ref())).or_else(tag)
    };
    report.versions.tasks = service.primary_counts();
    let running = service.running();
    if service.controller == Controller::CodeDeploy && running.is_some() {
        let entry = history.entries().find(|it| it.running);
        let digest = entry.and_then(|it| it.digests.iter().flatten().next());
        report.versions.running = digest.and_then(|it| side(it, service.task_definition.as_ref()));
        return;
    }
    report.versions.running = running.and_then(of);
    if running.map(|it| &it.id) != service.primary().map(|it| &it.id) {
        report.versions.from_in_flight = service.primary().and_then(of);
    }
}

/// The newest images of the repository; what ran, if its image is gone, after
/// them.
fn versions(app: &AppRequest, found: &Versions) -> Vec<Version> {
    let limit = app.list_limit as usize;
    let history = found.history.known();
    let entries = by_digest(history);
    let set = set_and_not_running(history, &found.service);
    let mut all: Vec<Version> = found
        .images
        .iter()
        .enumerate()
        .filter_map(|(place, image)| {
            let version = of_digest(&image.digest, &entries, history);
            let set = set.is_some_and(|set| is_of(image, set));
            // What runs is worth a row, however old its image is.
            if place >= limit && !version.running && !set {
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
                ..version
            })
        })
        .collect();
    let stored = found.images.iter().map(|image| &image.digest).collect();
    let gone = gone(app, history, &entries, stored);
    all.extend(gone.into_iter().take(limit));
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
        name: VersionName::Other(String::new()),
        tags: Vec::new(),
        digest: digest.clone(),
        pushed_at: None,
        runs: entries.iter().map(|entry| period(entry)).collect(),
        platforms: Vec::new(),
        size: None,
        running: entries.iter().any(|entry| entry.running),
        set: false,
        rolled_back_from: history.is_some_and(|it| it.rolled_back_from(digest).is_some()),
        unusable: None,
    }
}

/// What ran here and is no longer in the repository, or never had a tag there.
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
            if !known.insert(digest) {
                continue;
            }
            let tags: Vec<ImageTag> =
                entry.tag().and_then(|tag| tag.parse().ok()).into_iter().collect();
            gone.push(Version {
                name: name(app, &tags, digest),
                unusable: Some("no tagged image of this digest is in the repository".to_owned()),
                ..of_digest(digest, entries, history)
            });
        }
    }
    gone
}

fn period(entry: &Entry) -> Period {
    let ended = match entry.status() {
        None => "ran before",
        Some(PastStatus::Succeeded) if entry.rolled_back_from.is_some() => "rolled back from",
        Some(PastStatus::Succeeded) => "succeeded",
        Some(PastStatus::RolledBack) if entry.controller == Controller::CodeDeploy => {
            "rolled back by CodeDeploy"
        }
        Some(PastStatus::RolledBack) => "rolled back by ECS",
        Some(PastStatus::RollbackFailed) => "rollback failed",
        Some(PastStatus::Superseded) => "superseded",
        Some(PastStatus::Failed) => "failed",
        Some(PastStatus::UnderWay) => "under way",
        Some(PastStatus::RollingBack) => "rolling back",
        Some(PastStatus::Unknown(status)) => status,
    };
    Period { from: entry.from(), until: entry.until, ended: ended.to_owned() }
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
