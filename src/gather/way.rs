//! By which definition an earlier image comes back.
//!
//! A revision that succeeded here with it is used again as it is. Where ECS or ECR
//! no longer have it as it was, the running definition gets the image; one that the
//! request names gets it in any case.

use super::image::{self, Again, Looked};
use super::past::{Aim, Novelty, Return};
use super::sought::Sought;
use crate::aws::{Cause, Clients};
use crate::decide::{Base, Choice, Image, choose, in_ecr, version_name};
use crate::history::Entry;
use crate::image::{Digest, ImageReference};
use crate::names::ContainerName;
use crate::problem::Problem;
use crate::request::{AppRequest, Wanted};
use crate::service::{ServiceArn, TaskDefinitionArn};
use crate::task_definition::TaskDefinition;
use crate::version::{ImageTag, TagTemplate};

/// What is known before the way back is looked for.
pub(super) struct Way<'a> {
    pub(super) clients: &'a Clients,
    pub(super) request: &'a AppRequest,
    /// The definition that the request names to be patched.
    pub(super) given: Option<Base>,
    pub(super) running: &'a TaskDefinition,
    pub(super) choice: &'a Choice,
    pub(super) service: &'a ServiceArn,
}

/// Where it leads.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) base: Base,
    pub(super) choice: Choice,
    pub(super) image: Image,
    /// In a sentence.
    pub(super) how: String,
}

/// The revision that an image ran by, as ECS has it now.
enum Old {
    /// It can be used again.
    There(TaskDefinitionArn, Box<TaskDefinition>),
    /// It can't, and why.
    Gone(String),
}

impl Way<'_> {
    pub(super) async fn settle(&self, aim: Aim) -> Result<Settled, Problem> {
        match aim {
            Aim::Entry(back) => self.back(*back).await,
            Aim::Found(looked, sought, novelty) => self.found(*looked, &sought, &novelty).await,
            Aim::Digest(digest, novelty) => {
                let image = self.reference(&self.choice.repository.with_digest(digest)).await?;
                Ok(self.by_image(image, &novelty.to_string()))
            }
            Aim::Revision(definition) => self.revision(*definition).await,
        }
    }

    async fn found(
        &self,
        looked: Looked,
        sought: &Sought,
        novelty: &Novelty,
    ) -> Result<Settled, Problem> {
        let details = looked.details(self.clients).await;
        let image = looked.settle(&self.choice.repository, sought, details)?;
        Ok(self.by_image(image, &novelty.to_string()))
    }

    async fn back(&self, back: Return) -> Result<Settled, Problem> {
        let Return { entry, digest, configuration_only, warning } = back;
        let spelled = self.spelled(&entry);
        let repository = in_ecr(&spelled)?;
        let (again, old) = tokio::join!(
            image::look_again(self.clients, &repository, &digest, spelled.tag()),
            self.old(&entry),
        );
        let again = again.map_err(|problem| gone(&entry, problem))?;
        let version = spelled.tag().map(|tag| self.version(tag));
        let it = Earlier { again, spelled, digest, version };
        let mut settled = match old? {
            _ if self.given.is_some() => self.in_another(it, "").await?,
            Old::There(arn, old) => self.in_its_own(arn, *old, it, configuration_only).await?,
            Old::Gone(why) if configuration_only => {
                return Err(Problem::new(format!(
                    "{entry} differs from what runs in its configuration only, and can't come back: {why}"
                ))
                .hint("Give an exact `version`, or the definition itself in `task-definition`."));
            }
            Old::Gone(why) => self.in_another(it, &why).await?,
        };
        settled.image.warnings.extend(warning);
        Ok(settled)
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
        Ok(match definition.status() {
            None | Some("ACTIVE") => Old::There(arn.clone(), Box::new(definition)),
            Some(status) => Old::Gone(format!("{} is {status}", arn.short())),
        })
    }

    /// The revision as it is, unless its tag names another image by now.
    async fn in_its_own(
        &self,
        arn: TaskDefinitionArn,
        old: TaskDefinition,
        it: Earlier,
        configuration_only: bool,
    ) -> Result<Settled, Problem> {
        let choice = choose(self.request, &old, self.service)?;
        let short = arn.short();
        let own = own_reference(&old, &choice);
        let base = Base { definition: old, arn: Some(arn) };
        match own {
            Some(own) if it.is_still_named_by(&own) => {
                let merges =
                    !self.request.environment.is_empty() || !self.request.secrets.is_empty();
                let how = if merges { "with what is merged into it" } else { "as it is" };
                let how =
                    format!("{short} succeeded here with this very image and is used again {how}");
                let image = it.again.as_it_was(own, it.version)?;
                Ok(Settled { base, choice, image, how })
            }
            // The running definition would bring nothing back.
            Some(_) if configuration_only => {
                let how = format!(
                    "the tag in {short} now names another image, so it gets its own by the digest"
                );
                let by_digest = it.spelled.with_digest(it.digest);
                let image = it.again.elsewhere(self.clients, by_digest, it.version).await?;
                Ok(Settled { base, choice, image, how })
            }
            _ => self.in_another(it, &format!("the tag in {short} now names another image")).await,
        }
    }

    /// The image in the definition that is given, else in the running one.
    async fn in_another(&self, it: Earlier, why: &str) -> Result<Settled, Problem> {
        let reference =
            if it.again.tag_holds { it.spelled } else { it.spelled.with_digest(it.digest) };
        let image = it.again.elsewhere(self.clients, reference, it.version).await?;
        Ok(self.by_image(image, why))
    }

    fn by_image(&self, image: Image, why: &str) -> Settled {
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
        Settled { base, choice: self.choice.clone(), image, how }
    }

    /// A revision that was named: with the image that stands in it.
    async fn revision(&self, definition: TaskDefinition) -> Result<Settled, Problem> {
        let arn: TaskDefinitionArn = definition.arn().unwrap_or_default().parse()?;
        let mut choice = choose(self.request, &definition, self.service)?;
        let own = own_reference(&definition, &choice).ok_or_else(|| {
            Problem::new(format!("{} has no image reference that can be read", arn.short()))
                .hint("Give an exact `version` in place of a revision.")
        })?;
        let image = self.reference(&own).await?;
        if self.given.is_some() {
            return Ok(self.by_image(image, ""));
        }
        // Nothing in it is to change, whatever the other containers run.
        choice.containers.retain(|name| image_of(&definition, name) == Some(own.clone()));
        let how = format!("{} was named and is used as it is", arn.short());
        Ok(Settled { base: Base { definition, arn: Some(arn) }, choice, image, how })
    }

    /// An image by its full reference.
    async fn reference(&self, reference: &ImageReference) -> Result<Image, Problem> {
        let sought = Sought::reference(reference)?;
        let looked = image::look(self.clients, &in_ecr(reference)?, &sought).await?;
        let details = looked.details(self.clients).await;
        looked.settle(reference, &sought, details)
    }

    fn version(&self, tag: &ImageTag) -> String {
        let template: Option<&TagTemplate> = match &self.request.wanted {
            Wanted::Past { tag_template, .. } | Wanted::Version { tag_template, .. } => {
                tag_template.as_ref()
            }
            Wanted::Image(_) => None,
        };
        version_name(tag, template, None)
    }
}

/// An image that has run here, as ECR has it now.
struct Earlier {
    again: Again,
    /// As it stood in its definition.
    spelled: ImageReference,
    digest: Digest,
    version: Option<String>,
}

impl Earlier {
    fn is_still_named_by(&self, own: &ImageReference) -> bool {
        match own.digest() {
            Some(digest) => *digest == self.digest,
            None => self.again.tag_holds && own.tag() == self.spelled.tag(),
        }
    }
}

/// The image of the first container that gets one; they share it.
fn own_reference(definition: &TaskDefinition, choice: &Choice) -> Option<ImageReference> {
    image_of(definition, choice.containers.first()?)
}

fn image_of(definition: &TaskDefinition, name: &ContainerName) -> Option<ImageReference> {
    let container = definition.containers().find(|it| it.name == name.as_str())?;
    container.image?.parse().ok()
}

fn gone(entry: &Entry, problem: Problem) -> Problem {
    Problem { message: format!("{entry} can't come back: {}", problem.message), ..problem }
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
