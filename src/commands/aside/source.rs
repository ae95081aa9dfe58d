//! Of which commits the two images of a plan were built, and what lies between them.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use crate::commands::Run;
use crate::decide::Side;
use crate::gather::source_of;
use crate::github::{Commit, Comparison, GitHub};
use crate::image::{EcrRepository, ImageReference};
use crate::request::AppRequest;

/// Of which commit an image was built: what it says itself, what a git tag of its
/// version says (`package` is its `{name}`), what an earlier GitHub Deployment of it says. Or, in words, why
/// that is not known.
pub(super) async fn commit_of(
    run: &Run<'_>,
    github: &GitHub,
    app: &AppRequest,
    package: Option<&str>,
    side: &Side,
) -> Result<String, String> {
    let name = side.name();
    let image: Option<ImageReference> = side.image.as_ref().and_then(|it| it.parse().ok());
    let repository = image.as_ref().and_then(EcrRepository::of_image);
    let (Some(repository), Some(digest)) = (repository, &side.digest) else {
        return Err(format!("the commit of {name} is not known"));
    };
    let source = source_of(run.clients, &repository, digest).await;
    let own = github.workflow().repository.to_string();
    if source.is_elsewhere(&own) {
        let elsewhere = source.repository.unwrap_or_default();
        return Err(format!("the image of {name} was built of {elsewhere}, not of {own}"));
    }
    if let Some(commit) = source.commit {
        return Ok(commit);
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
    let environment = run.request.record.as_ref().map(|record| record.environment.as_str());
    match github.deployed_commit(environment, digest.as_str()).await {
        Ok(Some(commit)) => return Ok(commit),
        Ok(None) => {}
        // The reading of deployments is one more permission, and the last resort.
        Err(error) => unread = unread.or(Some(error)),
    }
    let tags = match tags.into_iter().collect::<Vec<_>>().join(" or ") {
        tags if tags.is_empty() => String::new(),
        tags => format!(" and there is no git tag {tags}"),
    };
    let unread = unread.map(|error| format!(" ({error})")).unwrap_or_default();
    Err(format!(
        "the commit of {name} is not known: its image has no label `org.opencontainers.image.revision`{tags}{unread}"
    ))
}

/// The git tags that may mark a version.
fn git_tags(app: &AppRequest, package: Option<&str>, side: &Side) -> BTreeSet<String> {
    let mut tags = BTreeSet::new();
    let version = side.version.as_deref().and_then(|it| semver::Version::parse(it).ok());
    if let Some(version) = &version {
        match &app.git_tag {
            Some(template) => tags.extend(template.render(version, package)),
            None => tags.extend([format!("v{version}"), version.to_string()]),
        }
    }
    // A template of image tags is often that of git tags as well.
    if version.is_some() && app.git_tag.is_none() {
        tags.extend(side.tag.clone());
    }
    tags
}

pub(super) async fn compare(
    github: &GitHub,
    app: &AppRequest,
    from: &str,
    to: &str,
) -> Result<Comparison, String> {
    let folder = github.workflow().in_repository(&app.folder).unwrap_or_default();
    github.compare(from, to, &folder).await.map_err(|error| {
        let problem = error.problem("contents: read");
        let hint = problem.hint.map(|hint| format!(". {hint}")).unwrap_or_default();
        format!("{}{hint}", problem.message)
    })
}

/// For the log.
pub(super) fn in_words(comparison: &Comparison) -> (String, Vec<String>) {
    let Comparison { added, removed, more, page, folder } = comparison;
    let of = folder.as_ref().map(|folder| format!(" in {folder}")).unwrap_or_default();
    let mut title = match (added.len(), removed.len()) {
        (0, 0) => format!("What changes{of}: no commit"),
        (added, 0) => format!("What changes{of}: commits that come: {added}"),
        (0, removed) => format!("What changes{of}: commits that go: {removed}"),
        (added, removed) => {
            format!("What changes{of}: commits that come: {added}, that go: {removed}")
        }
    };
    if *more > 0 {
        title.push_str(&format!(", and {more} more"));
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
