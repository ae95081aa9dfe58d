//! By which definition an earlier image comes back.
//!
//! A revision that succeeded here with it is used again as it is. Where ECS or ECR
//! no longer have it as it was, the running definition gets the image; one that the
//! request names gets it in any case.

use std::time::SystemTime;

use super::target::{NamedRevision, Otherwise, PastSuccess, RollbackTarget, image_of};
use crate::aws::{Answer, Cause, Clients};
use crate::ecs::{ServiceArn, ServiceDeployment, ServiceRevisionArn, TaskDefinitionArn};
use crate::history::{Entry, History, RevisionId};
use crate::image::{EcrRepository, ImageReference};
use crate::names::ContainerName;
use crate::plan::{Base, Choice, Expiry, Image, RollbackSource, choose, in_ecr};
use crate::problem::Problem;
use crate::read::definitions::registered_base;
use crate::read::image::{FoundManifest, ImageQuery, PreviousImage, expiry, look, look_again};
use crate::read::optional::why;
use crate::read::service_reads::ServiceReads;
use crate::request::AppRequest;
use crate::task_definition::TaskDefinition;
use crate::version::VersionName;

/// What is known before the target is looked for.
pub(super) struct TargetFinder<'a> {
    pub(super) clients: &'a Clients,
    pub(super) request: &'a AppRequest,
    pub(super) reads: &'a ServiceReads<'a>,
    pub(super) service: ServiceArn,
    pub(super) running: TaskDefinition,
    pub(super) choice: Choice,
    /// The definition that the request names to be patched.
    pub(super) given: Option<Base>,
}

/// The target as it is now.
#[derive(Debug)]
pub(super) struct FoundTarget {
    pub(super) base: Base,
    pub(super) containers: Vec<ContainerName>,
    pub(super) image: Image,
    pub(super) source: RollbackSource,
}

/// A definition, the containers that get the image, the image, and why this definition.
type Settled = (Base, Vec<ContainerName>, Image, String);

impl TargetFinder<'_> {
    /// The containers that get the image.
    pub(super) fn containers(&self) -> &[ContainerName] {
        &self.choice.containers
    }

    /// Looks for the target. `current` is the deployment in progress, or the last one.
    pub(super) async fn find(
        &self,
        target: RollbackTarget,
        history: &Answer<History>,
        current: Option<&ServiceDeployment>,
    ) -> Result<FoundTarget, Problem> {
        let if_unchanged = target.if_unchanged(self.request);
        let (repository, digest) = (self.repository(&target)?, target.digest().clone());
        let (settled, expiry) =
            tokio::join!(self.settle(target, history), expiry(self.clients, &repository, &digest),);
        let (base, containers, mut image, how) = settled?;
        if let Expiry::Goes(problem) = &expiry {
            image.warnings.push(problem.clone());
        }
        let history = history.as_ref().ok();
        let source = RollbackSource {
            how,
            if_unchanged,
            since: history.and_then(running_since),
            times: history.and_then(History::times),
            expiry,
            native_rollback_to: history
                .and_then(|history| native_rollback_to(current, history, &base, &image)),
        };
        Ok(FoundTarget { base, containers, image, source })
    }

    /// The repository of the target's image, which need not be that of the running one.
    fn repository(&self, target: &RollbackTarget) -> Result<EcrRepository, Problem> {
        match target {
            RollbackTarget::Success(success) => in_ecr(&self.spelled(&success.entry)),
            RollbackTarget::Image(found, _) => Ok(found.repository.clone()),
            RollbackTarget::Digest(_) => in_ecr(&self.choice.repository),
            RollbackTarget::Revision(named) => Ok(named.found.repository.clone()),
        }
    }

    async fn settle(
        &self,
        target: RollbackTarget,
        history: &Answer<History>,
    ) -> Result<Settled, Problem> {
        match target {
            RollbackTarget::Success(success) => self.success(*success).await,
            RollbackTarget::Image(found, query) => self.first_use(*found, &query, history).await,
            RollbackTarget::Digest(digest) => {
                let reference = self.choice.repository.with_digest(digest);
                let query = ImageQuery::reference(&reference)?;
                let found = look(self.clients, &in_ecr(&reference)?, &query).await?;
                self.first_use(found, &query, history).await
            }
            RollbackTarget::Revision(named) => self.revision(*named, history).await,
        }
    }

    /// An image that is not known to have run here.
    async fn first_use(
        &self,
        found: FoundManifest,
        query: &ImageQuery,
        history: &Answer<History>,
    ) -> Result<Settled, Problem> {
        let details = found.details(self.clients, None).await;
        let image = found.settle(&self.choice.repository, query, details)?;
        let why_new = match history {
            Ok(_) => {
                "no deployment on record succeeded on this service with only this image".to_owned()
            }
            Err(unread) => format!(
                "it is not known whether this image has run on this service before ({})",
                why(unread)
            ),
        };
        Ok(self.in_another(image, &why_new))
    }

    /// An image that has run here: by the definition that it ran by, if that brings it back.
    async fn success(&self, success: PastSuccess) -> Result<Settled, Problem> {
        let PastSuccess { entry, digest, otherwise, others, warning } = success;
        let spelled = self.spelled(&entry);
        let template = self.request.wanted.tag_template();
        let version = spelled.tag().map(|tag| VersionName::of(tag, template, None));
        let repository = in_ecr(&spelled)?;
        let keep = self.request.keep_tag.as_ref();
        let (image, own) = tokio::join!(
            look_again(self.clients, &repository, &digest, spelled, version, keep),
            self.own_definition(&entry),
        );
        let image = image.map_err(|problem| gone(&entry, &others, problem))?;
        let (base, containers, mut image, how) = match (own?, otherwise) {
            _ if self.given.is_some() => self.for_another(image, "").await?,
            (Ok((arn, definition)), _) => {
                let containers =
                    choose(self.request, &definition, &self.service.place())?.containers;
                let own = containers.first().and_then(|first| image_of(&definition, first));
                let is_named = own.as_ref().is_some_and(|own| image.is_named_by(own));
                match (obstacle(&arn, &definition, is_named), otherwise) {
                    (None, _) => {
                        let (image, how) = self.as_it_was(image, own, &arn, &entry).await?;
                        (Base { definition, arn: Some(arn) }, containers, image, how)
                    }
                    (Some(why), Otherwise::UseAnother) => self.for_another(image, &why).await?,
                    (Some(why), Otherwise::Copy) => {
                        let how = format!("{why}: a copy of it is registered");
                        let base = Base { definition, arn: Some(arn) };
                        (base, containers, image.unaltered(None)?, how)
                    }
                    (Some(why), Otherwise::Refuse) => return Err(lost(&entry, &why)),
                }
            }
            (Err(why), Otherwise::UseAnother) => self.for_another(image, &why).await?,
            (Err(why), Otherwise::Copy | Otherwise::Refuse) => return Err(lost(&entry, &why)),
        };
        image.warnings.extend(warning);
        Ok((base, containers, image, how))
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

    /// The definition that an image ran by, as ECS has it now; or why it is gone.
    async fn own_definition(
        &self,
        entry: &Entry,
    ) -> Result<Result<(TaskDefinitionArn, TaskDefinition), String>, Problem> {
        let Some(arn) = entry.definition() else {
            return Ok(Err("its task definition is no longer known".to_owned()));
        };
        match self.reads.task_definition(arn.as_str()).await {
            Ok(raw) => Ok(Ok((arn.clone(), TaskDefinition::from_describe(&raw)?))),
            Err(error) if error.cause == Cause::Refused => {
                Ok(Err(format!("{} no longer exists", arn.short())))
            }
            Err(error) => Err(error.problem(&format!("task definition {}", arn.short()))),
        }
    }

    /// The image as part of the revision as it is, but for what the request merges into it.
    async fn as_it_was(
        &self,
        image: PreviousImage,
        own: Option<ImageReference>,
        arn: &TaskDefinitionArn,
        entry: &Entry,
    ) -> Result<(Image, String), Problem> {
        let with =
            if self.request.merges() { "with the inputs merged into it" } else { "as it is" };
        let short = arn.short();
        if entry.is_assumed() {
            let how = format!(
                "{short} succeeded here and is used again {with}; which image its tag named then \
                 is not on record"
            );
            return Ok((image.elsewhere(self.clients, own).await?, how));
        }
        let how = format!("{short} succeeded here with this very image and is used again {with}");
        Ok((image.unaltered(own)?, how))
    }

    /// A revision that was named, with the image in it.
    async fn revision(
        &self,
        named: NamedRevision,
        history: &Answer<History>,
    ) -> Result<Settled, Problem> {
        let succeeded_here = history.as_ref().is_ok_and(|it| named.succeeded_here(it));
        let NamedRevision { definition, arn, containers, reference, found, query } = named;
        let image = if succeeded_here && self.given.is_none() {
            let details = found.details_of_what_ran(self.clients).await;
            Image { has_run_here: true, ..found.settle(&reference, &query, details)? }
        } else {
            let details = found.details(self.clients, None).await;
            found.settle(&reference, &query, details)?
        };
        if self.given.is_some() {
            return Ok(self.in_another(image, ""));
        }
        let how = format!("{} was named and is used as it is", arn.short());
        Ok((Base { definition, arn: Some(arn) }, containers, image, how))
    }

    /// An image that has run here in another definition than its own.
    async fn for_another(&self, image: PreviousImage, why: &str) -> Result<Settled, Problem> {
        Ok(self.in_another(image.elsewhere(self.clients, None).await?, why))
    }

    /// The image in the definition that is given, else in the running one.
    fn in_another(&self, image: Image, why: &str) -> Settled {
        let (base, how) = match &self.given {
            Some(base) => {
                (base.clone(), "the task definition that was given gets the image".to_owned())
            }
            None => {
                let base = registered_base(self.running.clone());
                (base, format!("{why}: the running task definition gets it"))
            }
        };
        (base, self.choice.containers.clone(), image, how)
    }
}

/// Why a definition does not bring an image back as it was; `is_named` if the image in it
/// still is that one.
fn obstacle(
    arn: &TaskDefinitionArn,
    definition: &TaskDefinition,
    is_named: bool,
) -> Option<String> {
    let short = arn.short();
    if !definition.can_be_started() {
        return Some(format!("{short} is {}", definition.status().unwrap_or_default()));
    }
    (!is_named).then(|| format!("the tag in {short} now names another image"))
}

/// A definition that nothing else can stand for.
fn lost(entry: &Entry, why: &str) -> Problem {
    Problem::new(format!("{entry} can't be restored as it was: {why}"))
        .hint("Give an exact `version`, or a definition in `task-definition`.")
}

fn gone(entry: &Entry, others: &[String], problem: Problem) -> Problem {
    let message = format!("{entry} can't be restored: {}", problem.message);
    let mut hints = Vec::new();
    if !others.is_empty() {
        hints.push(format!("Also succeeded here: {}.", others.join(", ")));
    }
    hints.extend(problem.hint.clone());
    let hint = (!hints.is_empty()).then(|| hints.join(" "));
    Problem { message, hint, ..problem }
}

fn running_since(history: &History) -> Option<SystemTime> {
    history.entries().find(|entry| entry.running)?.from()
}

/// What the deployment in progress replaces, if that is nothing but this definition
/// with this image: then ECS can return to it by itself, which is faster.
fn native_rollback_to(
    current: Option<&ServiceDeployment>,
    history: &History,
    base: &Base,
    image: &Image,
) -> Option<ServiceRevisionArn> {
    let [source] = current?.sources.as_slice() else { return None };
    let id = RevisionId::from(source);
    let is_wanted = |entry: &Entry| {
        entry.brought.as_ref() == Some(&id)
            && entry.definition().is_some()
            && entry.definition() == base.arn.as_ref()
            && entry
                .digests
                .as_ref()
                .is_some_and(|it| it.len() == 1 && it.iter().all(|it| image.is(it)))
    };
    history.entries().any(is_wanted).then(|| source.clone())
}
