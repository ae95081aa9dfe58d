//! `expect: absent`: whether a version can still be given to an image.
//!
//! Its tag is free, or names the very image that this workflow has built; and it is
//! higher than what the base branch has.

use std::path::PathBuf;

use super::{has_no_credentials, unverified};
use crate::commands::Run;
use crate::deploy::known;
use crate::github::CallError;
use crate::image::{Digest, EcrRepository, ImageReference};
use crate::names::Region;
use crate::plan::{VersionInfo, in_ecr, named_repository};
use crate::problem::{Location, Problem};
use crate::read::checkout::{self, Checkout};
use crate::read::{check_free, in_use, repository_of_service};
use crate::report::AppReport;
use crate::request::{AppRequest, Wanted};
use crate::version::{Package, VersionInput};
use crate::workflow::Base;

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
        let package = match checkout::package(self.wanted) {
            Ok(package) => package,
            Err(problem) => {
                report.failure.findings.push(problem);
                return;
            }
        };
        let checkout = Checkout { package, ..Checkout::default() };
        report.versions.to = known::asked_for(self.wanted, &checkout);
        let package = checkout.package.as_ref();
        let (raised, used) = tokio::join!(self.is_raised(run, package), async {
            if has_no_credentials(run).await {
                None
            } else {
                Some(self.is_used(run, package).await)
            }
        });
        let higher = match raised {
            Ok(Raised::From(base)) => format!("higher than {base}, and "),
            Ok(Raised::NotCompared(None)) => String::new(),
            Ok(Raised::NotCompared(Some(why))) => {
                report.notices.push(Problem::new(format!(
                    "whether the version is higher than before was not checked: {why}"
                )));
                String::new()
            }
            Err(problem) => {
                report.failure.findings.push(problem);
                String::new()
            }
        };
        match used {
            None => {
                report.failure.findings.extend(check_free(self.wanted, package).err());
                unverified(report);
            }
            Some(Ok(free)) => {
                report.warnings.extend(free.warning);
                let to = report.versions.to.as_ref().map(VersionInfo::name).unwrap_or_default();
                report.verdict = Some(format!("{to} can be released: {higher}{}", free.words));
            }
            Some(Err(problem)) => report.failure.findings.push(problem),
        }
    }

    /// Whether the version is higher than that of package.json on the base branch.
    async fn is_raised(&self, run: &Run<'_>, package: Option<&Package>) -> Result<Raised, Problem> {
        let Wanted::Version { version, package: named, package_given, .. } = self.wanted else {
            return Ok(Raised::NotCompared(None));
        };
        let (now, file) = match (version, package) {
            (None, Some(package)) => (&package.version, PathBuf::from(&package.file)),
            (Some(VersionInput::Semver { .. }), None) if !package_given => {
                let why = "the version was typed, and no `package` says which package.json is its";
                return Ok(Raised::NotCompared(Some(why.to_owned())));
            }
            (Some(VersionInput::Semver { version, .. }), _) => {
                let is_file = named.extension().is_some_and(|it| it == "json");
                (version, if is_file { named.clone() } else { named.join("package.json") })
            }
            _ => return Ok(Raised::NotCompared(None)),
        };
        let Some(workflow) = &run.request.workflow else { return Ok(Raised::NotCompared(None)) };
        let not_compared = |why: String| Ok(Raised::NotCompared(Some(why)));
        let Some(Base { at, commit, name }) = workflow.base() else {
            return not_compared("this run is not of a pull request or a merge queue".to_owned());
        };
        // From here on there is something to compare with, and who can't tell that it
        // is lower has not verified anything.
        let unknown = |why: String| {
            Problem::new(format!(
                "whether the version is higher than on {name} can't be told: {why}"
            ))
        };
        let Some(github) = &run.github else {
            return Err(unknown("there is no `github-token`".to_owned()));
        };
        let Some(path) = workflow.in_repository(&file) else {
            return not_compared(format!("{} is not in the checkout", file.display()));
        };
        let unread = |error: CallError| {
            let problem = error.problem("contents: read");
            let unknown = unknown(problem.message);
            Problem { hint: problem.hint, ..unknown }
        };
        let before = match github.file(&path, &at).await.map_err(unread)? {
            Some(before) => before,
            // Where a token may not read, GitHub knows of nothing either.
            None if github.has_commit(&commit).await.map_err(unread)? => {
                return not_compared(format!("there is no {path} on {name}"));
            }
            None => {
                let why = format!("GitHub shows no {name} to this token");
                let hint = "Give the job `permissions: contents: read`.";
                return Err(unknown(why).hint(hint));
            }
        };
        let before = match Package::parse(&path, &before) {
            Ok(before) => before.version,
            Err(problem) => return not_compared(format!("on {name}, {}", problem.message)),
        };
        let problem = match now.cmp_precedence(&before) {
            std::cmp::Ordering::Greater => {
                return Ok(Raised::From(format!("{before} on {name}")));
            }
            std::cmp::Ordering::Equal if *now == before => {
                Problem::new(format!("the version is {now}, as it is on {name} already"))
            }
            std::cmp::Ordering::Equal => Problem::new(format!(
                "the version is {now}, which is no higher than {before} on {name}: what stands behind the + does not count"
            )),
            std::cmp::Ordering::Less => Problem::new(format!(
                "the version is {now}, which is lower than {before} on {name}"
            )),
        };
        let problem =
            problem.hint(format!("Raise \"version\" above {before}: one version is one image."));
        Err(Problem { location: self.version_at(package), ..problem })
    }

    /// Whether the tags of the version are free.
    async fn is_used(&self, run: &Run<'_>, package: Option<&Package>) -> Result<Free, Problem> {
        let repository = self.repository(run).await?;
        let found = in_use(run.clients, &repository, self.wanted, package).await?;
        let warning = found.unseen.map(|action| {
            Problem::new(format!(
                "whether an archived image has the tag could not be seen: {action} is not allowed"
            ))
        });
        let tags = found.tags.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
        let built: Option<&Digest> = self.built.and_then(ImageReference::digest);
        let Some((tag, digest)) = found.used.iter().find(|(_, digest)| Some(digest) != built)
        else {
            let words = match found.used.first() {
                None => format!("no image in {} is tagged {tags}", repository.name),
                Some(_) => "its tag is on the image of this build".to_owned(),
            };
            return Ok(Free { words, warning });
        };
        let problem = Problem::new(format!(
            "the tag {tag} in {} names an image already: {}",
            repository.name,
            digest.short()
        ));
        let problem = match built {
            Some(built) => problem.hint(format!(
                "This build made another one, {}. Raise the version: one version is one image.",
                built.short()
            )),
            None => problem.hint("Raise the version: one version is one image."),
        };
        Err(Problem { location: self.version_at(package), ..problem })
    }

    /// Where the version stands; one that was typed stands in no file.
    fn version_at(&self, package: Option<&Package>) -> Option<Location> {
        match self.wanted {
            Wanted::Version { version: None, .. } => package.map(Package::version_at),
            Wanted::Version { .. } | Wanted::Image(_) | Wanted::Past { .. } => None,
        }
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

/// The tags are free, but for the image of this build.
struct Free {
    words: String,
    warning: Option<Problem>,
}

enum Raised {
    /// It has a lower one: `1.4.1 on main`.
    From(String),
    /// Nothing, and why, where that is worth a word.
    NotCompared(Option<String>),
}
