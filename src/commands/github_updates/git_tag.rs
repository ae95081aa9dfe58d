//! The git tag of a version that was deployed, and the GitHub Release of that tag.

use super::learned::GitHubUpdates;
use super::source::commit_of;
use crate::deploy::context::Run;
use crate::github::{GitHub, Released, Tagged};
use crate::problem::Problem;
use crate::report::{AppReport, Outcome, release_notes};
use crate::request::AppRequest;
use crate::version::VersionName;

/// How a missing tag is created.
pub(super) const TAG_AGAIN: &str =
    "Run the step again: it tags even if there is nothing to deploy.";

/// A tag that names the commit of what was deployed.
#[derive(Debug, Clone)]
pub(super) struct GitTag {
    pub(super) name: String,
    is_pre_release: bool,
}

impl GitHubUpdates {
    /// Tags the commit of what was deployed; gives the tag, where that is to have a release.
    pub(super) async fn tag(
        &self,
        run: &Run<'_>,
        github: &GitHub,
        app: &AppRequest,
        report: &AppReport,
    ) -> Option<GitTag> {
        let template = app.git_tag.as_ref()?;
        // Unchanged, too: an earlier run may have been cut off before this.
        if !matches!(report.outcome, Outcome::Deployed | Outcome::Unchanged) {
            return None;
        }
        let to = report.versions.to.as_ref()?;
        let untagged = |why: &str| Problem::new(format!("no git tag was created: {why}"));
        let Some(version) = to.version.as_ref().and_then(VersionName::semver) else {
            let version = to.version.as_ref().map(ToString::to_string).unwrap_or_default();
            self.warn(run, untagged(&format!("{version:?} is not a semantic version")));
            return None;
        };
        let Some(tag) = template.render(version, self.name()) else {
            self.warn(run, untagged(&format!("{template} needs the name in package.json")));
            return None;
        };
        self.learn(|it| it.tagging = Some(tag.clone()));
        let known = match self.begun.get() {
            Some(_) => self.commit.wait().await.clone(),
            None => commit_of(run, github, app, self.name(), to, false).await,
        };
        let warning = match known {
            Ok(commit) => create_tag(run, github, &tag, &commit).await,
            Err(why) => Some(untagged(&why)),
        };
        self.learn(|it| it.tagging = None);
        if let Some(warning) = warning {
            self.warn(run, warning);
            return None;
        }
        let tag = GitTag { name: tag, is_pre_release: !version.pre.is_empty() };
        self.learn(|it| it.releasing = app.github_release.then(|| tag.name.clone()));
        Some(tag).filter(|_| app.github_release)
    }

    /// Makes the GitHub Release of a tag, with the commits as the summary lists them.
    pub(super) async fn release(&self, run: &Run<'_>, github: &GitHub, tag: &GitTag) {
        let notes = self.learned(|it| release_notes(it.commits.as_ref()));
        let GitTag { name, is_pre_release } = tag;
        let released = github.release(name, &notes, *is_pre_release).await;
        self.learn(|it| it.releasing = None);
        match released {
            Ok(Released::Created) => {
                run.reporter.line(&format!("created the GitHub Release {name}"))
            }
            Ok(Released::There) => {}
            Ok(Released::Drafted) => {
                let message = format!(
                    "the GitHub Release {name} was not created: a draft of it exists and was left unchanged"
                );
                let hint = "Publish the draft, or delete it and run the step again.";
                self.notice(run, Problem::new(message).hint(hint));
            }
            Err(error) => {
                let problem = error.problem("contents: write");
                let message =
                    format!("the GitHub Release {name} was not created: {}", problem.message);
                self.notice(run, Problem::new(message).hint(hint(problem.hint)));
            }
        }
    }
}

fn hint(hint: Option<String>) -> String {
    hint.map_or_else(|| TAG_AGAIN.to_owned(), |it| format!("{it} {TAG_AGAIN}"))
}

/// Creates a git tag; gives what there is to warn of.
async fn create_tag(run: &Run<'_>, github: &GitHub, tag: &str, commit: &str) -> Option<Problem> {
    match github.tag(tag, commit).await {
        Ok(Tagged::Created) => {
            run.reporter.line(&format!("created the git tag {tag} on {commit}"));
            None
        }
        Ok(Tagged::There) => None,
        Ok(Tagged::Elsewhere(other)) => Some(Problem::new(format!(
            "the git tag {tag} points to {other}, but the image was built from {commit}; the tag was left unchanged"
        ))),
        Err(error) => {
            let problem = error.problem("contents: write");
            let message = format!("the git tag {tag} was not created: {}", problem.message);
            Some(Problem::new(message).hint(hint(problem.hint)))
        }
    }
}
