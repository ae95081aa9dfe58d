//! `expect: absent`: whether a version can still be given to an image.
//!
//! Its tag is free, or names the very image that this workflow has built; and it is
//! higher than what the base branch has.

use super::{has_no_credentials, offline_side, unverified};
use crate::checkout::{self, Checkout};
use crate::commands::Run;
use crate::decide::{in_ecr, named_repository};
use crate::gather::{in_use, repository_of_service};
use crate::image::{Digest, EcrRepository, ImageReference};
use crate::names::Region;
use crate::problem::Problem;
use crate::report::AppReport;
use crate::request::{AppRequest, Wanted};
use crate::version::Package;

/// What is asked.
pub(super) struct Asked<'a> {
    pub(super) wanted: &'a Wanted,
    /// The image that this workflow has built.
    pub(super) built: Option<&'a ImageReference>,
    pub(super) region: &'a Region,
    /// The service whose image it is, if nothing else says where that lies.
    pub(super) service: Option<&'a AppRequest>,
}

impl Asked<'_> {
    pub(super) async fn check(&self, run: &Run<'_>, report: &mut AppReport) {
        let package = match checkout::package(self.wanted, false) {
            Ok(package) => package,
            Err(problem) => {
                report.findings.push(problem);
                return;
            }
        };
        let checkout = Checkout { package, task_definition: None };
        report.to = offline_side(self.wanted, &checkout);
        let package = checkout.package.as_ref();
        let (raised, used) = tokio::join!(self.is_raised(run, package), async {
            if has_no_credentials(run).await {
                None
            } else {
                Some(self.is_used(run, package).await)
            }
        });
        match raised {
            Ok(Raised::From(base)) => report.notices.push(Problem::new(base)),
            Ok(Raised::NotCompared(None)) => {}
            Ok(Raised::NotCompared(Some(why))) => report.notices.push(Problem::new(format!(
                "whether the version is higher than before was not checked: {why}"
            ))),
            Err(problem) => report.findings.push(problem),
        }
        match used {
            None => unverified(report),
            Some(Ok(verdict)) => report.verdict = Some(verdict),
            Some(Err(problem)) => {
                let at = package.map(Package::version_at);
                report.findings.push(Problem { location: problem.location.or(at), ..problem });
            }
        }
    }

    /// Whether the version of package.json is higher than on the base branch.
    async fn is_raised(&self, run: &Run<'_>, package: Option<&Package>) -> Result<Raised, Problem> {
        let is_typed = !matches!(self.wanted, Wanted::Version { version: None, .. });
        let (Some(package), false) = (package, is_typed) else {
            return Ok(Raised::NotCompared(None));
        };
        let Some(workflow) = &run.request.workflow else { return Ok(Raised::NotCompared(None)) };
        let not_compared = |why: String| Ok(Raised::NotCompared(Some(why)));
        let Some((base, name)) = workflow.base() else {
            return not_compared("this run is not of a pull request or a merge queue".to_owned());
        };
        let Some(github) = &run.github else {
            return not_compared("there is no `github-token`".to_owned());
        };
        let Some(path) = workflow.in_repository(package.file.as_ref()) else {
            return not_compared(format!("{} is not in the checkout", package.file));
        };
        let before = match github.file(&path, &base).await {
            Ok(Some(before)) => before,
            Ok(None) => return not_compared(format!("there is no {path} on {name}")),
            Err(error) => {
                let problem = error.problem("contents: read");
                let hint = problem.hint.map(|hint| format!(". {hint}")).unwrap_or_default();
                return not_compared(format!("{}{hint}", problem.message));
            }
        };
        let before = match Package::parse(&path, &before) {
            Ok(before) => before.version,
            Err(problem) => return not_compared(format!("on {name}, {}", problem.message)),
        };
        let now = &package.version;
        let problem = match now.cmp_precedence(&before) {
            std::cmp::Ordering::Greater => {
                return Ok(Raised::From(format!("on {name} the version is {before}")));
            }
            std::cmp::Ordering::Equal => {
                Problem::new(format!("the version is {now}, as it is on {name} already"))
            }
            std::cmp::Ordering::Less => Problem::new(format!(
                "the version is {now}, which is lower than {before} on {name}"
            )),
        };
        let problem =
            problem.hint(format!("Raise \"version\" above {before}: one version is one image."));
        Err(Problem { location: Some(package.version_at()), ..problem })
    }

    /// Whether the tags of the version are free; the answer in a sentence.
    async fn is_used(&self, run: &Run<'_>, package: Option<&Package>) -> Result<String, Problem> {
        let repository = self.repository(run).await?;
        let (tags, used) = in_use(run.clients, &repository, self.wanted, package).await?;
        let tags = tags.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
        let built: Option<&Digest> = self.built.and_then(ImageReference::digest);
        let Some((tag, digest)) = used.iter().find(|(_, digest)| Some(digest) != built) else {
            return Ok(match used.first() {
                None => format!("{tags} in {} can still be given away", repository.name),
                Some((tag, _)) => {
                    format!("{tag} in {} names the image of this build", repository.name)
                }
            });
        };
        let problem = Problem::new(format!(
            "the tag {tag} in {} names an image already: {}",
            repository.name,
            digest.short()
        ));
        Err(match built {
            Some(built) => problem.hint(format!(
                "This build made another one, {}. Raise the version: one version is one image.",
                built.short()
            )),
            None => problem.hint("Raise the version: one version is one image."),
        })
    }

    async fn repository(&self, run: &Run<'_>) -> Result<EcrRepository, Problem> {
        let named = named_repository(self.wanted, self.region)?;
        match (named, self.built, self.service) {
            (Some(named), ..) => Ok(named),
            (None, Some(built), _) => in_ecr(built),
            (None, None, Some(app)) => repository_of_service(run.clients, app).await,
            (None, None, None) => Err(Problem::new("no `repository` says where the image lies")),
        }
    }
}

/// What the base branch says.
enum Raised {
    /// It has a lower one; in a sentence.
    From(String),
    /// Nothing, and why, where that is worth a word.
    NotCompared(Option<String>),
}
