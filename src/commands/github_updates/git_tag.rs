//! The git tag of a version that was deployed.

use super::learned::GitHubUpdates;
use super::source::commit_of;
use crate::deploy::context::Run;
use crate::github::{GitHub, Tagged};
use crate::problem::Problem;
use crate::report::{AppReport, Outcome};
use crate::request::AppRequest;
use crate::version::VersionName;

/// How a tag that is missing comes to be.
pub(super) const TAG_AGAIN: &str = "Run the step again: what is unchanged is tagged, too.";

impl GitHubUpdates {
    /// Tags the commit of what was deployed.
    pub(super) async fn tag(
        &self,
        run: &Run<'_>,
        github: &GitHub,
        app: &AppRequest,
        report: &AppReport,
    ) {
        let Some(template) = &app.git_tag else { return };
        // Unchanged, too: an earlier run may have been cut off before this.
        if !matches!(report.outcome, Outcome::Deployed | Outcome::Unchanged) {
            return;
        }
        let Some(to) = &report.versions.to else { return };
        let untagged = |why: &str| Problem::new(format!("no git tag was created: {why}"));
        let Some(version) = to.version.as_ref().and_then(VersionName::semver) else {
            let version = to.version.as_ref().map(ToString::to_string).unwrap_or_default();
            return self.warn(run, untagged(&format!("{version:?} is not a semantic version")));
        };
        let Some(tag) = template.render(version, self.name()) else {
            return self.warn(run, untagged(&format!("{template} needs the name in package.json")));
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
        }
    }
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
            "the git tag {tag} is on {other}, and the image was built of {commit}; the tag was left alone"
        ))),
        Err(error) => {
            let problem = error.problem("contents: write");
            let message = format!("the git tag {tag} was not created: {}", problem.message);
            let hint = problem.hint.map(|it| format!("{it} {TAG_AGAIN}"));
            Some(Problem::new(message).hint(hint.unwrap_or_else(|| TAG_AGAIN.to_owned())))
        }
    }
}
