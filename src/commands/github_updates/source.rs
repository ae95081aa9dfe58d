//! Of which commits the two images of a plan were built, and what lies between them.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use crate::deploy::context::Run;
use crate::github::{Cause, Commit, Comparison, GitHub};
use crate::image::{EcrRepository, ImageReference};
use crate::plan::VersionInfo;
use crate::read::built_from;
use crate::request::{AppRequest, PartKind};
use crate::version::VersionName;

/// ECR's store of configurations may be out of reach from where the runner stands. Beside
/// a rollout there is time to find out.
const IMAGE_WITHIN: Duration = Duration::from_secs(30);
/// Where the run waits for nothing else, the other sources are worth more.
const IMAGE_SOON: Duration = Duration::from_secs(4);

/// Of which commit an image was built: what it says itself, what a git tag of its
/// version says (`package` is its `{name}`), what an earlier GitHub Deployment of it
/// says. Or, in words, why that is not known. `is_beside` a rollout there is more time.
pub(crate) async fn commit_of(
    run: &Run<'_>,
    github: &GitHub,
    app: &AppRequest,
    package: Option<&str>,
    side: &VersionInfo,
    is_beside: bool,
) -> Result<String, String> {
    let mut reasons = match labelled_or_tagged(run, github, app, package, side, is_beside).await {
        Ok(commit) => return Ok(commit),
        Err(reasons) => reasons,
    };
    if let Some(digest) = &side.digest {
        let environment = app.record.as_ref().map(|record| record.environment.as_str());
        match github.deployed_commit(environment, digest.as_str()).await {
            Ok(Some(commit)) => return Ok(commit),
            Ok(None) => {}
            // One more permission, for the last resort: of that nobody need hear.
            Err(error) if error.cause == Cause::Denied => {}
            Err(error) => reasons.push(error.to_string()),
        }
    }
    Err(format!("the commit of {} is not known: {}", side.name(), reasons.join("; ")))
}

/// The same without what earlier GitHub Deployments say; or the reasons, in words, why it
/// is not known.
pub(crate) async fn labelled_or_tagged(
    run: &Run<'_>,
    github: &GitHub,
    app: &AppRequest,
    package: Option<&str>,
    side: &VersionInfo,
    is_beside: bool,
) -> Result<String, Vec<String>> {
    let mut reasons: Vec<String> = Vec::new();
    match labelled(run, github, side, is_beside).await {
        Ok(commit) => return Ok(commit),
        Err(why) => reasons.push(why),
    }
    let tags = git_tags(app, package, side);
    let found = join_all(tags.iter().map(|tag| github.tagged_commit(tag))).await;
    let mut unread = None;
    for found in found {
        match found {
            Ok(Some(commit)) => return Ok(commit),
            Ok(None) => {}
            Err(error) => unread = Some(error),
        }
    }
    if !tags.is_empty() {
        reasons.push(format!("no git tag {} was found", tags.join(" or ")));
    }
    reasons.extend(unread.map(|error| error.to_string()));
    Err(reasons)
}

/// What the image says itself. It may have inherited its labels from the image that it
/// was built upon, so that only a commit of this repository counts.
async fn labelled(
    run: &Run<'_>,
    github: &GitHub,
    side: &VersionInfo,
    is_beside: bool,
) -> Result<String, String> {
    let image: Option<ImageReference> = side.image.as_ref().and_then(|it| it.parse().ok());
    let repository = image.as_ref().and_then(EcrRepository::of_image);
    let (Some(repository), Some(digest)) = (repository, &side.digest) else {
        return Err("its image is not known".to_owned());
    };
    let within = if is_beside { IMAGE_WITHIN } else { IMAGE_SOON };
    let Ok(source) = timeout(within, built_from(run.clients, &repository, digest)).await else {
        return Err("ECR did not return the image's labels in time".to_owned());
    };
    let source = source.map_err(|why| format!("its image's labels could not be read: {why}"))?;
    let own = github.workflow().repository.to_string();
    if source.is_elsewhere(&own) {
        let elsewhere = source.repository.unwrap_or_default();
        return Err(format!("its image says that it was built from {elsewhere}, not from {own}"));
    }
    let Some(commit) = source.commit else {
        return Err("its image has no label `org.opencontainers.image.revision`".to_owned());
    };
    match github.has_commit(&commit).await {
        Ok(true) => Ok(commit),
        Ok(false) => Err(format!(
            "the token cannot see the commit {commit} that its image names (it may lack `contents: read`)"
        )),
        Err(error) => Err(error.to_string()),
    }
}

/// The git tags that may mark a version, the most certain first.
fn git_tags(app: &AppRequest, package: Option<&str>, side: &VersionInfo) -> Vec<String> {
    let Some(version) = side.version.as_ref().and_then(VersionName::semver) else {
        return Vec::new();
    };
    if let Some(template) = &app.git_tag {
        return template.render(version, package).into_iter().collect();
    }
    // A template of image tags is often that of git tags as well.
    let mut tags: Vec<String> = side.tag.iter().cloned().collect();
    // Where tags have the name of an app, those without one are of another.
    if !app.wanted.tag_template().is_some_and(|template| template.needs_name()) {
        tags.extend([format!("v{version}"), version.to_string()]);
    }
    let mut seen = HashSet::new();
    tags.retain(|tag| seen.insert(tag.clone()));
    tags
}

pub(super) async fn compare(
    github: &GitHub,
    app: &AppRequest,
    from: &str,
    to: &str,
) -> Result<Comparison, String> {
    let compared = github.compare(from, to, &folders(github, app)).await;
    compared.map_err(|error| error.problem("contents: read").in_one_line())
}

/// What `to` has and `from` has not.
pub(crate) async fn added(
    github: &GitHub,
    app: &AppRequest,
    from: &str,
    to: &str,
) -> Result<Comparison, String> {
    let added = github.added(from, to, &folders(github, app)).await;
    added.map_err(|error| error.problem("contents: read").in_one_line())
}

/// The files and folders that an app is made of, its own first.
fn folders(github: &GitHub, app: &AppRequest) -> Vec<String> {
    let in_repository = |path: &Path| github.workflow().in_repository(path);
    let own = in_repository(&app.folder).unwrap_or_default();
    // What concerns every app says nothing of this one.
    let parts = app.parts.iter().filter(|it| it.kind != PartKind::SharedByAll);
    let parts = parts.filter_map(|it| in_repository(&it.path));
    [own].into_iter().chain(parts).collect()
}

pub(super) fn in_words(comparison: &Comparison) -> (String, Vec<String>) {
    let Comparison { added, removed, more, unread, page, folders, unread_folders } = comparison;
    let of = match folders.join(", ") {
        none if none.is_empty() => none,
        folders => format!(" in {folders}"),
    };
    let mut title = match (added.len(), removed.len()) {
        (0, 0) => format!("What changes{of}: no commits"),
        (added, 0) => format!("What changes{of}: commits added: {added}"),
        (0, removed) => format!("What changes{of}: commits removed: {removed}"),
        (added, removed) => {
            format!("What changes{of}: commits added: {added}, removed: {removed}")
        }
    };
    if *more > 0 {
        title.push_str(&format!(", and {more} more"));
    }
    if *unread > 0 {
        title.push_str(&format!("; {unread} older ones were not read"));
    }
    if *unread_folders > 0 {
        title.push_str(&format!("; {unread_folders} more folders were not read"));
    }
    let line = |sign: &'static str| {
        move |commit: &Commit| {
            let id: String = commit.id.chars().take(7).collect();
            format!("{sign} {id} {}", commit.title)
        }
    };
    let mut lines: Vec<String> =
        added.iter().map(line("+")).chain(removed.iter().map(line("-"))).collect();
    lines.push(page.clone());
    (title, lines)
}
