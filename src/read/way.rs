//! By which definition an earlier image comes back.
//!
//! A revision that succeeded here with it is used again as it is. Where ECS or ECR
//! no longer have it as it was, the running definition gets the image; one that the
//! request names gets it in any case.

use super::aim::{Aim, Novelty, Return, Want};
use super::image::{self, FoundManifest, PreviousImage};
use super::named::{Named, image_of};

use super::query::ImageQuery;
use crate::aws::{Cause, Clients};
use crate::ecs::{ServiceArn, TaskDefinitionArn};
use crate::history::Entry;
use crate::image::{Digest, EcrRepository, ImageReference};
use crate::plan::{Base, Choice, Image, choose, in_ecr};
use crate::problem::Problem;
use crate::request::{AppRequest, Wanted};
use crate::task_definition::TaskDefinition;
use crate::version::{ImageTag, TagTemplate, VersionName};

/// What is known before the way back is looked for.
pub(super) struct Resolver<'a> {
    pub(super) clients: &'a Clients,
    pub(super) request: &'a AppRequest,
    /// The definition that the request names to be patched.
    pub(super) given: Option<Base>,
    pub(super) running: &'a TaskDefinition,
    pub(super) choice: &'a Choice,
    pub(super) service: &'a ServiceArn,
}

#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) base: Base,
    pub(super) choice: Choice,
    pub(super) image: Image,
    pub(super) how: String,
}

/// The revision that an image ran by, as ECS has it now.
enum Old {
    /// It can be read; one that was deregistered can't be started any more.
    There(TaskDefinitionArn, Box<TaskDefinition>),
    Gone(String),
}

impl Resolver<'_> {
    pub(super) async fn settle(&self, aim: Aim) -> Result<Resolved, Problem> {
        match aim {
            Aim::Entry(back) => self.back(*back).await,
            Aim::Found(looked, query, novelty) => self.found(*looked, &query, &novelty).await,
            Aim::Digest(digest, novelty) => {
                let image = self.reference(&self.choice.repository.with_digest(digest)).await?;
                Ok(self.by_image(image, &novelty.to_string()))
            }
            Aim::Revision { named, succeeded_here } => self.revision(*named, succeeded_here).await,
        }
    }

    async fn found(
        &self,
        looked: FoundManifest,
        query: &ImageQuery,
        novelty: &Novelty,
    ) -> Result<Resolved, Problem> {
        let details = looked.details(self.clients, None).await;
        let image = looked.settle(&self.choice.repository, query, details)?;
        Ok(self.by_image(image, &novelty.to_string()))
    }

    async fn back(&self, back: Return) -> Result<Resolved, Problem> {
        let Return { entry, digest, for_its, others, warning } = back;
        let spelled = self.spelled(&entry);
        let repository = in_ecr(&spelled)?;
        let (again, old) = tokio::join!(
            image::look_again(self.clients, &repository, &digest, spelled.tag()),
            self.old(&entry),
        );
        let again = again.map_err(|problem| gone(&entry, &others, problem))?;
        let version = spelled.tag().map(|tag| self.version(tag));
        let it = Earlier { again, spelled, digest, version, is_assumed: entry.is_assumed() };
        let mut settled = match (old?, for_its) {
            _ if self.given.is_some() => self.in_another(it, "").await?,
            (Old::There(arn, old), _) => {
                let obstacle = it.obstacle(&arn, &old, &choose(self.request, &old, self.service)?);
                match (obstacle, for_its) {
                    (None, _) => self.as_it_was(arn, *old, it).await?,
                    (Some(why), Want::Image) => self.in_another(it, &why).await?,
                    (Some(why), Want::Revision) => self.in_a_copy(arn, *old, it, &why)?,
                    (Some(why), Want::Configuration) => return Err(lost(&entry, &why)),
                }
            }
            (Old::Gone(why), Want::Image) => self.in_another(it, &why).await?,
            (Old::Gone(why), Want::Revision | Want::Configuration) => {
                return Err(lost(&entry, &why));
            }
        };
        settled.image.warnings.extend(warning);
        Ok(settled)
    }

    /// Where the image of `aim` lies, which need not be where the running one does.
    pub(super) fn repository(&self, aim: &Aim) -> Result<EcrRepository, Problem> {
        match aim {
            Aim::Entry(back) => in_ecr(&self.spelled(&back.entry)),
            Aim::Found(looked, ..) => Ok(looked.repository.clone()),
            Aim::Digest(..) => in_ecr(&self.choice.repository),
            Aim::Revision { named, .. } => Ok(named.looked.repository.clone()),
        }
    }

    /// How the image stood in the definition that it ran by; its repository may have
    /// been another one then.
    fn spelled(&self, entry: &Entry) -> ImageReference {
        let images = entry.revision.iter().flat_map(|revision| &revision.images);
        let is_chosen =
            |container: &str| self.choice.containers.iter().any(|it| it.as_str() == container);
        let own = images.clone().find(|image| is_chosen(&image.container));
        let own = own.or_else(|| images.clone().find(|image| image.digest.is_some()));
        let own: Option<ImageReference> = own.and_then(|image| image.image.parse().ok());
        own.unwrap_or_else(|| self.choice.repository.clone())
    }

    async fn old(&self, entry: &Entry) -> Result<Old, Problem> {
        let Some(arn) = entry.definition() else {
            return Ok(Old::Gone("its task definition is not known any more".to_owned()));
        };
        let ecs = self.clients.ecs(&self.request.target.region);
        let raw = match ecs.task_definition(arn.as_str()).await {
            Ok(raw) => raw,
            Err(error) if error.cause == Cause::Refused => {
                return Ok(Old::Gone(format!("there is no {} any more", arn.short())));
            }
            Err(error) => return Err(error.problem(&format!("task definition {}", arn.short()))),
        };
        let definition = TaskDefinition::from_describe(&raw)?;
        Ok(Old::There(arn.clone(), Box::new(definition)))
    }

    /// The revision as it is, but for what the request merges into it.
    async fn as_it_was(
        &self,
        arn: TaskDefinitionArn,
        old: TaskDefinition,
        it: Earlier,
    ) -> Result<Resolved, Problem> {
        let choice = choose(self.request, &old, self.service)?;
        let own = choice.containers.first().and_then(|first| image_of(&old, first));
        let merges = !self.request.environment.is_empty() || !self.request.secrets.is_empty();
        let with = if merges { "with what is merged into it" } else { "as it is" };
        let (short, reference) = (arn.short(), own.unwrap_or(it.spelled));
        let (how, image) = if it.is_assumed {
            let how = format!(
                "{short} succeeded here and is used again {with}; which image its tag named then \
                 is not on record"
            );
            (how, it.again.elsewhere(self.clients, reference, it.version).await?)
        } else {
            let how =
                format!("{short} succeeded here with this very image and is used again {with}");
            (how, it.again.unaltered(reference, it.version)?)
        };
        Ok(Resolved { base: Base { definition: old, arn: Some(arn) }, choice, image, how })
    }

    /// The revision again, with the image that it ran.
    fn in_a_copy(
        &self,
        arn: TaskDefinitionArn,
        old: TaskDefinition,
        it: Earlier,
        why: &str,
    ) -> Result<Resolved, Problem> {
        let choice = choose(self.request, &old, self.service)?;
        let how = format!("{why}: a copy of it is registered");
        let reference = it.reference();
        let image = it.again.unaltered(reference, it.version)?;
        Ok(Resolved { base: Base { definition: old, arn: Some(arn) }, choice, image, how })
    }

    /// The image in the definition that is given, else in the running one.
    async fn in_another(&self, it: Earlier, why: &str) -> Result<Resolved, Problem> {
        let reference = it.reference();
        let image = it.again.elsewhere(self.clients, reference, it.version).await?;
        Ok(self.by_image(image, why))
    }

    fn by_image(&self, image: Image, why: &str) -> Resolved {
        let (base, how) = match &self.given {
            Some(base) => {
                (base.clone(), "the task definition that was given gets the image".to_owned())
            }
            None => {
                let arn = self.running.arn().and_then(|arn| arn.parse().ok());
                let base = Base { definition: self.running.clone(), arn };
                (base, format!("{why}: the running task definition gets it"))
            }
        };
        Resolved { base, choice: self.choice.clone(), image, how }
    }

    /// A revision that was named: with the image that stands in it.
    async fn revision(&self, named: Named, succeeded_here: bool) -> Result<Resolved, Problem> {
        let Named { definition, arn, containers, own, looked, query } = named;
        let image = if succeeded_here && self.given.is_none() {
            let details = looked.details_of_what_ran(self.clients).await;
            Image { has_run_here: true, ..looked.settle(&own, &query, details)? }
        } else {
            let details = looked.details(self.clients, None).await;
            looked.settle(&own, &query, details)?
        };
        if self.given.is_some() {
            return Ok(self.by_image(image, ""));
        }
        let how = format!("{} was named and is used as it is", arn.short());
        let choice = Choice { containers, repository: own };
        Ok(Resolved { base: Base { definition, arn: Some(arn) }, choice, image, how })
    }

    /// An image by its full reference.
    async fn reference(&self, reference: &ImageReference) -> Result<Image, Problem> {
        let query = ImageQuery::reference(reference)?;
        let looked = image::look(self.clients, &in_ecr(reference)?, &query).await?;
        let details = looked.details(self.clients, None).await;
        looked.settle(reference, &query, details)
    }

    fn version(&self, tag: &ImageTag) -> VersionName {
        let template: Option<&TagTemplate> = match &self.request.wanted {
            Wanted::Past { tag_template, .. } | Wanted::Version { tag_template, .. } => {
                tag_template.as_ref()
            }
            Wanted::Image(_) => None,
        };
        VersionName::of(tag, template, None)
    }
}

/// An image that has run here, as ECR has it now.
struct Earlier {
    again: PreviousImage,
    /// As it stood in its definition.
    spelled: ImageReference,
    digest: Digest,
    version: Option<VersionName>,
    /// Whether that it ran is not certain.
    is_assumed: bool,
}

impl Earlier {
    /// By its tag, or by its digest where that names another image by now.
    fn reference(&self) -> ImageReference {
        if self.again.tag_holds {
            self.spelled.clone()
        } else {
            self.spelled.with_digest(self.digest.clone())
        }
    }

    /// Why `definition` does not bring it back as it was.
    fn obstacle(
        &self,
        arn: &TaskDefinitionArn,
        definition: &TaskDefinition,
        choice: &Choice,
    ) -> Option<String> {
        let short = arn.short();
        if !definition.can_be_started() {
            return Some(format!("{short} is {}", definition.status().unwrap_or_default()));
        }
        let own = choice.containers.first().and_then(|first| image_of(definition, first));
        let names_it = own.is_some_and(|own| match own.digest() {
            Some(digest) => *digest == self.digest,
            None => self.again.tag_holds && own.tag() == self.spelled.tag(),
        });
        (!names_it).then(|| format!("the tag in {short} now names another image"))
    }
}

/// A definition that nothing else can stand for.
fn lost(entry: &Entry, why: &str) -> Problem {
    Problem::new(format!("{entry} can't come back as it was: {why}"))
        .hint("Give an exact `version`, or a definition in `task-definition`.")
}

fn gone(entry: &Entry, others: &[String], problem: Problem) -> Problem {
    let message = format!("{entry} can't come back: {}", problem.message);
    let mut hints = Vec::new();
    if !others.is_empty() {
        hints.push(format!("Also succeeded here: {}.", others.join(", ")));
    }
    hints.extend(problem.hint.clone());
    let hint = (!hints.is_empty()).then(|| hints.join(" "));
    Problem { message, hint, ..problem }
}

impl std::fmt::Display for Novelty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::New => f.write_str("this image has not run on this service before"),
            Self::Unknown(why) => {
                write!(f, "whether this image has run on this service before is not known ({why})")
            }
        }
    }
}
