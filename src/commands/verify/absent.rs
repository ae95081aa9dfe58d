//! `expect: absent`: whether a version can still be given to an image.
//!
//! Its tag is free, or names the very image that this workflow has built; and it is
//! higher than what the base branch has.

use super::outside::{has_no_credentials, unverified};
use super::raised::{Raised, is_raised, version_at};
use crate::deploy::context::Run;
use crate::deploy::known;
use crate::image::{Digest, EcrRepository, ImageReference};
use crate::names::Region;
use crate::plan::{VersionInfo, in_ecr, named_repository};
use crate::problem::Problem;
use crate::read::checkout::{self, Checkout};
use crate::read::{check_free, in_use, repository_of_service};
use crate::report::AppReport;
use crate::request::{AppRequest, Wanted};
use crate::version::Package;

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
        let (raised, used) = tokio::join!(is_raised(run, self.wanted, package), async {
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
                    "could not check whether the version is higher than before: {why}"
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

    /// Whether the tags of the version are free.
    async fn is_used(&self, run: &Run<'_>, package: Option<&Package>) -> Result<Free, Problem> {
        let repository = self.repository(run).await?;
        let found = in_use(run.clients, &repository, self.wanted, package).await?;
        let warning = found.unseen.map(|action| {
            Problem::new(format!(
                "could not check whether an archived image has the tag: {action} is not allowed"
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
            "the tag {tag} in {} already names an image: {}",
            repository.name,
            digest.short()
        ));
        let problem = match built {
            Some(built) => problem.hint(format!(
                "This build made a different one, {}. Raise the version: one version is one image.",
                built.short()
            )),
            None => problem.hint("Raise the version: one version is one image."),
        };
        Err(Problem { location: version_at(self.wanted, package), ..problem })
    }

    async fn repository(&self, run: &Run<'_>) -> Result<EcrRepository, Problem> {
        let named = named_repository(self.wanted, self.region)?;
        match (named, self.built, self.service) {
            (Some(named), ..) => Ok(named),
            (None, Some(built), _) => in_ecr(built),
            (None, None, Some(app)) => repository_of_service(run.clients, app).await,
            (None, None, None) => {
                Err(Problem::new("`repository` is missing: it says where the image is"))
            }
        }
    }
}

/// The tags are free, but for the image of this build.
struct Free {
    words: String,
    warning: Option<Problem>,
}
