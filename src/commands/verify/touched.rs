//! `apps: changed`: whether a pull request touches an app, and whether its version is raised then.
//!
//! What is compared with is what runs: the commit that its image was built of, and its version.
//! Where these are not known it is the base of the pull request, and that is said.

use super::outside::{has_no_credentials, unverified};
use super::raised::{Raised, is_higher, is_raised, version_and_file, version_at};
use crate::commands::github_updates::commit_of;
use crate::deploy::context::Run;
use crate::deploy::known;
use crate::github::GitHub;
use crate::plan::VersionInfo;
use crate::problem::Problem;
use crate::read::checkout::{self, Checkout};
use crate::read::what_runs;
use crate::report::{AppReport, ServiceReport, Touched};
use crate::request::{AppRequest, Changeset, PartKind};
use crate::version::{Package, VersionName};
use crate::workflow::{Base, PullRequest, Workflow};

pub(super) async fn check(
    run: &Run<'_>,
    app: &AppRequest,
    pending: &[Changeset],
    report: &mut AppReport,
) {
    let package = match checkout::package(&app.wanted) {
        Ok(package) => package,
        Err(problem) => {
            report.failure.findings.push(problem);
            return;
        }
    };
    let checkout = Checkout { package, ..Checkout::default() };
    report.versions.to = known::asked_for(&app.wanted, &checkout);
    // The inputs have been checked for all of it.
    let workflow = run.request.workflow.as_ref();
    let asked = workflow.and_then(|it| Some((it, it.pull_request()?, it.base()?)));
    let (Some((workflow, pull_request, base)), Some(github)) = (asked, run.github) else {
        let problem = Problem::new("there is no pull request, or no `github-token`");
        report.failure.findings.push(problem);
        return;
    };
    let is_in_part = has_no_credentials(run).await;
    let commit = match is_in_part {
        true => Err("this pull request gets no AWS credentials".to_owned()),
        false => commit_that_runs(run, github, app, checkout.package.as_ref(), report).await,
    };
    let asked =
        Asked { run, app, workflow, pull_request, base, package: checkout.package.as_ref() };
    let by = match asked.touched_by(github, commit.as_deref().ok()).await {
        Ok(by) => by,
        Err(problem) => {
            report.failure.findings.push(problem);
            return;
        }
    };
    let name = app.app.as_ref().map_or(app.target.service.as_str(), |it| it.as_str());
    if by.is_empty() {
        report.verdict = Some(format!("{name} is not touched by this pull request"));
        report.touched = Some(Touched { by, raised: None });
    } else {
        if let (Err(why), false) = (&commit, is_in_part) {
            let base = &asked.base.name;
            let message = format!("{name} is compared with {base} instead of what runs: {why}");
            report.notices.push(Problem::new(message));
        }
        let raised = asked.is_raised(&by, pending, commit.is_ok(), report).await;
        report.touched = Some(Touched { by, raised: Some(raised) });
    }
    if is_in_part {
        unverified(report);
    }
}

/// The commit of what runs, which is put into the report; or why it is not known.
async fn commit_that_runs(
    run: &Run<'_>,
    github: &GitHub,
    app: &AppRequest,
    package: Option<&Package>,
    report: &mut AppReport,
) -> Result<String, String> {
    let found = what_runs(run.clients, app).await.map_err(|problem| problem.message)?;
    report.service = ServiceReport::of(&found.service);
    report.versions.running.clone_from(&found.runs);
    let runs = found.runs.ok_or_else(|| format!("no task of {} runs", app.target.service))?;
    let name = package.and_then(|package| package.short_name().ok());
    commit_of(run, github, app, name, &runs, false).await
}

struct Asked<'a> {
    run: &'a Run<'a>,
    app: &'a AppRequest,
    workflow: &'a Workflow,
    pull_request: &'a PullRequest,
    base: Base,
    package: Option<&'a Package>,
}

impl Asked<'_> {
    /// What of the app differs between a commit, or else the base, and the pull request.
    async fn touched_by(
        &self,
        github: &GitHub,
        commit: Option<&str>,
    ) -> Result<Vec<String>, Problem> {
        let from = commit.unwrap_or(&self.base.at);
        let files = github.changed_files(from, &self.pull_request.head).await;
        let files = files.map_err(|error| {
            let problem = error.problem("contents: read");
            let message =
                format!("it is not known what this pull request touches: {}", problem.message);
            Problem { message, ..problem }
        })?;
        let Some(files) = files else {
            return Ok(vec!["not known: GitHub lists at most 300 files".to_owned()]);
        };
        let own = (self.app.folder.as_path(), "");
        let parts = self.app.parts.iter().map(|part| {
            let what = match part.kind {
                PartKind::Dependency => " (it depends on it)",
                PartKind::Shared | PartKind::SharedByAll => " (shared)",
            };
            (part.path.as_path(), what)
        });
        let is_below = |file: &str, path: &str| {
            let rest = file.strip_prefix(path);
            path.is_empty() || rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
        };
        let by = [own].into_iter().chain(parts).filter_map(|(path, what)| {
            let path = self.workflow.in_repository(path)?;
            let is_touched = files.iter().any(|file| is_below(file, &path));
            let shown = if path.is_empty() { "the repository" } else { path.as_str() };
            is_touched.then(|| format!("{shown}{what}"))
        });
        Ok(by.collect())
    }

    /// How its version is raised, in words; that it is not becomes a finding. It is touched
    /// `by` these.
    async fn is_raised(
        &self,
        by: &[String],
        pending: &[Changeset],
        against_what_runs: bool,
        report: &mut AppReport,
    ) -> String {
        let package = self.package.and_then(|it| it.name.as_ref());
        let is_raised_by = |it: &&Changeset| package.is_some_and(|name| it.packages.contains(name));
        let name = self.app.target.service.as_str();
        if let Some(changeset) = pending.iter().find(is_raised_by) {
            let file = &changeset.file;
            report.verdict = Some(format!("{name} is raised by {file} with the next release"));
            return format!("by {file}");
        }
        let to = report.versions.to.as_ref().map(VersionInfo::name).unwrap_or_default();
        let running = report.versions.running.as_ref().filter(|_| against_what_runs);
        let raised = match self.is_above(running) {
            Some(raised) => raised,
            None => is_raised(self.run, &self.app.wanted, self.package).await,
        };
        match raised {
            Ok(Raised::From(before)) => {
                report.verdict =
                    Some(format!("{to} would be deployed to {name}: it is higher than {before}"));
                format!("from {before}")
            }
            Ok(Raised::NotCompared(why)) => {
                let why = why.unwrap_or_else(|| "it does not come from package.json".to_owned());
                report.notices.push(Problem::new(format!(
                    "could not check whether the version is higher than before: {why}"
                )));
                report.verdict = Some(format!("{to} would be deployed to {name}"));
                "not known".to_owned()
            }
            Err(problem) => {
                let message = format!("{} changed: {}", by.join(", "), problem.message);
                report.failure.findings.push(Problem { message, ..problem });
                "no".to_owned()
            }
        }
    }

    /// Whether it is above what runs; `None` where the two can't be compared.
    fn is_above(&self, running: Option<&VersionInfo>) -> Option<Result<Raised, Problem>> {
        let before = running?.version.as_ref().and_then(VersionName::semver)?;
        let (now, _) = version_and_file(&self.app.wanted, self.package).ok()?;
        let on = &self.app.target.service;
        Some(match is_higher(now, before, on.as_str()) {
            Ok(()) => Ok(Raised::From(format!("{before} on {on}"))),
            Err(problem) => {
                Err(Problem { location: version_at(&self.app.wanted, self.package), ..problem })
            }
        })
    }
}
