//! After a success: the tags that spare what runs, and what ran before it, from the lifecycle
//! rules of their repository.
//!
//! Nothing here decides about the deployment. What could not be done is a notice, and done by
//! the next run: one that changes nothing looks, too.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use super::context::Run;
use crate::aws::{CallError, Cause, Ecr, FoundImage, ImageId};
use crate::image::{Digest, EcrRepository, ImageReference};
use crate::plan::VersionInfo;
use crate::problem::Problem;
use crate::report::{AppReport, Outcome};
use crate::request::AppRequest;
use crate::version::{ImageTag, KeepTag};

/// A deployment that has succeeded does not wait longer for a tag.
const WITHIN: Duration = Duration::from_secs(30);

const AGAIN: &str = "Run the step again: it tags even if there is nothing to deploy.";

/// Puts the tags of `keep-tag` where they belong.
pub(crate) async fn keep(run: &Run<'_>, app: &AppRequest, report: &mut AppReport) {
    // A dry run may end as unchanged, too.
    let tags = app.keep_tag.as_ref().filter(|_| !run.request.dry_run);
    let Some(tags) = tags else { return };
    let is_done =
        matches!(report.outcome, Outcome::Deployed | Outcome::RolledBack | Outcome::Unchanged);
    let Some(to) = report.versions.to.as_ref().filter(|_| is_done) else { return };
    let from = report.versions.from.as_ref();
    let sides = to.all().enumerate().map(|(at, to)| (to, from.and_then(|it| it.all().nth(at))));
    let (mut images, mut notices) = (Vec::new(), Vec::new());
    for (to, from) in sides {
        match Kept::of(to, from, report.outcome, tags) {
            Some(Ok(image)) => images.push(image),
            Some(Err(notice)) => notices.push(notice),
            None => {}
        }
    }
    let tagging = join_all(images.iter().map(|image| image.tag(run, tags, &images)));
    let done = tokio::select! {
        biased;
        () = run.shutdown.requested() => Err("the workflow was cancelled"),
        done = timeout(WITHIN, tagging) => done.map_err(|_late| "ECR did not answer in time"),
    };
    match done {
        Ok(all) => notices.extend(all.into_iter().filter_map(Result::err)),
        Err(why) => {
            let message = format!("it is not known whether {} was moved: {why}", tags.running);
            notices.push(Problem::new(message).hint(AGAIN));
        }
    }
    notices.dedup();
    notices.into_iter().for_each(|notice| run.notice(report, notice));
}

/// What runs in the containers of one image.
struct Kept {
    repository: EcrRepository,
    digest: Digest,
    before: Before,
}

/// What ran there before.
enum Before {
    /// What is tagged as running, if anything is: before a run that changes nothing, that is what
    /// an earlier one left.
    Tagged,
    Known {
        digest: Digest,
        tag: Option<ImageTag>,
    },
    Unknown,
}

impl Kept {
    /// `None` where it is not in ECR.
    ///
    /// # Errors
    /// It is not known, in words.
    fn of(
        to: &VersionInfo,
        from: Option<&VersionInfo>,
        outcome: Outcome,
        tags: &KeepTag,
    ) -> Option<Result<Self, Problem>> {
        let unknown = || {
            let message = format!("{} was not moved: which image runs is not known", tags.running);
            Some(Err(Problem::new(message).hint(AGAIN)))
        };
        let reference = to.image.as_ref().and_then(|it| it.parse::<ImageReference>().ok());
        let Some(reference) = reference else { return unknown() };
        let repository = EcrRepository::of_image(&reference)?;
        let Some(digest) = to.digest.clone() else { return unknown() };
        let is_here = |from: &VersionInfo| {
            let image = from.image.as_ref().and_then(|it| it.parse::<ImageReference>().ok());
            image.is_some_and(|it| it.is_same_repository(&reference))
        };
        let before = match from {
            _ if outcome == Outcome::Unchanged => Before::Tagged,
            None => Before::Unknown,
            Some(from) => match from.digest.clone().filter(|_| is_here(from)) {
                Some(digest) => Before::Known {
                    digest,
                    tag: from.tag.as_ref().and_then(|tag| tag.parse().ok()),
                },
                None => Before::Unknown,
            },
        };
        Some(Ok(Self { repository, digest, before }))
    }

    /// Moves both tags, where they are not where they belong.
    ///
    /// # Errors
    /// What could not be done, in words.
    async fn tag(&self, run: &Run<'_>, tags: &KeepTag, all: &[Self]) -> Result<(), Problem> {
        let Self { repository, digest, .. } = self;
        if all.iter().any(|it| it.repository == *repository && it.digest != *digest) {
            let message = format!(
                "{} was not moved: several images of the ECR repository {repository} run, and a tag can be on only one",
                tags.running
            );
            return Err(Problem::new(message).hint("Give each image its own repository."));
        }
        let ecr = run.clients.ecr(&repository.region);
        let found = ecr.images(repository, &self.ids(tags)).await;
        let found = found.map_err(|error| not_tagged(&tags.running, repository, &error))?;
        let tagged = by_tag(&found, &tags.running);
        if tagged.is_some_and(|it| it.digest == *digest) {
            return Ok(());
        }
        let Some(now) = found.iter().find(|it| it.digest == *digest) else {
            let message = format!(
                "{} was not moved: the image that runs is no longer in the ECR repository {repository}",
                tags.running
            );
            return Err(Problem::new(message));
        };
        // The earlier one first: what ends between the two is found by the next run.
        let before = self.before(&found, tagged).filter(|it| it.digest != *digest);
        if let Some(before) = before
            && by_tag(&found, &tags.previous).is_none_or(|it| it.digest != before.digest)
        {
            put(run, &ecr, repository, before, &tags.previous).await?;
        }
        put(run, &ecr, repository, now, &tags.running).await?;
        if before.is_none() && !matches!(self.before, Before::Tagged) && !self.was_the_same() {
            return Err(Problem::new(format!(
                "{} was not moved: which image ran before is not known, or it is no longer in the ECR repository {repository}",
                tags.previous
            )));
        }
        Ok(())
    }

    fn was_the_same(&self) -> bool {
        matches!(&self.before, Before::Known { digest, .. } if *digest == self.digest)
    }

    /// What has to be looked for, in one call.
    fn ids(&self, tags: &KeepTag) -> Vec<ImageId> {
        let mut ids = vec![
            ImageId::Digest(self.digest.clone()),
            ImageId::Tag(tags.running.clone()),
            ImageId::Tag(tags.previous.clone()),
        ];
        if let Before::Known { digest, tag } = &self.before
            && *digest != self.digest
        {
            ids.push(ImageId::Digest(digest.clone()));
            ids.extend(tag.clone().map(ImageId::Tag));
        }
        ids
    }

    /// The image that ran before. ECS may show the one that a task took of an index, and that
    /// goes with the index.
    fn before<'a>(
        &self,
        found: &'a [FoundImage],
        tagged: Option<&'a FoundImage>,
    ) -> Option<&'a FoundImage> {
        match &self.before {
            Before::Tagged => tagged,
            Before::Unknown => None,
            Before::Known { digest, tag } => {
                let ran_as = tag.as_ref().and_then(|tag| by_tag(found, tag));
                let by_digest = || found.iter().find(|it| it.digest == *digest);
                let named = [tagged, ran_as].into_iter().flatten();
                named.into_iter().find(|it| it.holds(digest)).or_else(by_digest)
            }
        }
    }
}

fn by_tag<'a>(found: &'a [FoundImage], tag: &ImageTag) -> Option<&'a FoundImage> {
    found.iter().find(|it| it.tag.as_ref() == Some(tag))
}

/// Lets a tag name the image; where the answer is lost, looks whether it does.
async fn put(
    run: &Run<'_>,
    ecr: &Ecr,
    repository: &EcrRepository,
    image: &FoundImage,
    tag: &ImageTag,
) -> Result<(), Problem> {
    if let Err(error) = ecr.tag(repository, image, tag).await {
        if error.cause != Cause::Unclear {
            return Err(not_tagged(tag, repository, &error));
        }
        let found = ecr.images(repository, &[ImageId::Tag(tag.clone())]).await;
        let found = found.map_err(|unread| {
            let message = format!("it is not known whether {tag} was moved: {error}; {unread}");
            Problem::new(message).hint(AGAIN)
        })?;
        if !found.iter().any(|it| it.digest == image.digest) {
            return Err(not_tagged(tag, repository, &error));
        }
    }
    let short = image.digest.short();
    run.reporter.line(&format!("{tag} is on {short} in the ECR repository {repository}"));
    Ok(())
}

fn not_tagged(tag: &ImageTag, repository: &EcrRepository, error: &CallError) -> Problem {
    let EcrRepository { name, region, account } = repository;
    if error.is("ImageTagAlreadyExistsException") {
        let message =
            format!("{tag} was not moved: tags of the ECR repository {repository} are immutable");
        let registry = account.as_ref().map(|it| format!(" --registry-id {it}"));
        return Problem::new(message).hint(format!(
            "Make these tags mutable: aws ecr put-image-tag-mutability --region {region}{} \
             --repository-name {name} \
             --image-tag-mutability IMMUTABLE_WITH_EXCLUSION \
             --image-tag-mutability-exclusion-filters filterType=WILDCARD,filter={}*",
            registry.unwrap_or_default(),
            tag.as_str().trim_end_matches("-previous"),
        ));
    }
    let problem = error.problem(&format!("the ECR repository {repository}"));
    let message = format!("{tag} was not moved: {}", problem.message);
    match error.cause {
        Cause::Denied => Problem { message, ..problem }.hint(format!(
            "Allow {} in the IAM policy of the role that this step uses, and, where another account \
             owns the repository, in the repository's policy too.",
            error.action
        )),
        Cause::Refused | Cause::Credentials | Cause::Throttled | Cause::Unclear => {
            Problem { message, ..problem }.hint(AGAIN)
        }
    }
}
