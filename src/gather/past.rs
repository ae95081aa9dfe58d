//! The reads of a rollback: the history of the service, what it goes back to,
//! and whether that is still there.
//!
//! A revision that succeeded here with the wanted image is used again as it is,
//! configuration included; where it can't be, the running definition gets the
//! image. One after another: the service beside the list of its deployments; the
//! revisions beside the running definition; the image; what ECR says of it.

use std::time::SystemTime;

use super::image::{self, Looked};
use super::record::{self, Listed, Read};
use super::sought::Sought;
use super::{
    current, definition, last_good, newest, registered, running_definition, running_images, service,
};
use crate::aws::{Answer, CallError, Cause, Clients, Ecs};
use crate::checkout::Checkout;
use crate::decide::{Base, Choice, Comeback, Fact, Found, Image, choose, in_ecr, version_name};
use crate::history::{Entry, History};
use crate::image::{Digest, ImageReference};
use crate::problem::Problem;
use crate::request::{AppRequest, Past, Wanted};
use crate::service::{ServiceArn, ServiceDeployment, TaskDefinitionArn};
use crate::task_definition::TaskDefinition;
use crate::version::{ImageTag, TagTemplate};

/// Everything that deciding about a rollback needs.
pub async fn gather_past(
    clients: &Clients,
    request: &AppRequest,
    checkout: &Checkout,
) -> Result<Found, Problem> {
    let ecs = clients.ecs(&request.target.region);
    let (service, listed, given) = tokio::join!(
        service(&ecs, request),
        record::list(&ecs, &request.target),
        registered(&ecs, &request.task_definition),
    );
    let service = service?;
    let given = given_base(given.transpose()?, checkout);
    let arn = running_definition(request, &service)?;
    let recent = match &listed {
        Ok(listed) => Fact::Known(listed.clone()),
        Err(error) if error.cause == Cause::Denied => Fact::Denied(error.action),
        Err(_) => Fact::Absent,
    };
    let recent_list =
        recent.known().map(|listed| listed.deployments.as_slice()).unwrap_or_default();
    let subject = async {
        let running = definition(&ecs, arn.as_str()).await?;
        let base = given.as_ref().map_or(&running, |given| &given.definition);
        let choice = choose(request, base, &service.arn)?;
        let looked = look_for_version(clients, request, checkout, &choice).await?;
        Ok::<_, Problem>((running, choice, looked))
    };
    let (subject, read, newest, current, running_images) = tokio::join!(
        subject,
        described(&ecs, listed),
        newest(&ecs, &arn),
        current(&ecs, &service),
        running_images(&ecs, &request.target, &service),
    );
    let (running, choice, looked) = subject?;
    let history = read.map(|read| History::new(read.record(), &service, &choice.containers));
    let aim = aim(&ecs, request, &history, looked).await?;
    let road =
        Road { clients, request, given, running: &running, choice: &choice, service: &service.arn };
    let (settled, last_good) = tokio::join!(
        road.settle(aim),
        last_good(&ecs, &service, recent_list, &recent, &running_images),
    );
    let Settled { base, choice, image, how } = settled?;
    let comeback = Comeback {
        how,
        since: history.as_ref().ok().and_then(running_since),
        is_replaced_now: history
            .as_ref()
            .is_ok_and(|history| is_replaced_now(current.known(), history, &base, &image.digest)),
    };
    Ok(Found {
        service,
        running,
        running_images,
        current,
        last_good,
        base,
        containers: choice.containers,
        image,
        rolled_back: Fact::Absent,
        comeback: Some(comeback),
        package_name: None,
        newest,
    })
}

fn given_base(registered: Option<TaskDefinition>, checkout: &Checkout) -> Option<Base> {
    match (registered, &checkout.task_definition) {
        (Some(definition), _) => {
            Some(Base { arn: definition.arn().and_then(|arn| arn.parse().ok()), definition })
        }
        (None, Some(definition)) => Some(Base { definition: definition.clone(), arn: None }),
        (None, None) => None,
    }
}

async fn described(ecs: &Ecs, listed: Answer<Listed>) -> Answer<Read> {
    record::describe(ecs, listed?).await
}

/// The image of a version, tag or `latest`; nothing where something else is
/// wanted.
async fn look_for_version(
    clients: &Clients,
    request: &AppRequest,
    checkout: &Checkout,
    choice: &Choice,
) -> Result<Option<(Looked, Sought)>, Problem> {
    match &request.wanted {
        Wanted::Past { .. } => Ok(None),
        Wanted::Version { .. } | Wanted::Image(_) => {
            let sought = Sought::new(request, checkout)?;
            let looked = image::look(clients, &in_ecr(&choice.repository)?, &sought).await?;
            Ok(Some((looked, sought)))
        }
    }
}

fn running_since(history: &History) -> Option<SystemTime> {
    history.entries().find(|entry| entry.running)?.from
}

/// Whether the deployment under way replaces nothing but this definition with
/// this image: then ECS can return to it by itself, which is faster.
fn is_replaced_now(
    current: Option<&ServiceDeployment>,
    history: &History,
    base: &Base,
    digest: &Digest,
) -> bool {
    let Some([source]) = current.map(|it| it.sources.as_slice()) else { return false };
    let is_wanted = |entry: &Entry| {
        entry.target.as_ref() == Some(source)
            && entry.definition().is_some()
            && entry.definition() == base.arn.as_ref()
            && entry.digests.as_ref().is_some_and(|it| it.len() == 1 && it.contains(digest))
    };
    history.entries().any(is_wanted)
}

/// What a rollback goes back to, before it is known whether it is still there.
enum Aim {
    /// An image that has run here, with the deployment that it ran by.
    Entry(Box<Entry>, Digest),
    /// A version that was found in ECR and has not run here, as far as is known.
    Found(Box<Looked>, Sought),
    /// An image by its digest that has not run here, as far as is known.
    Digest(Digest),
    /// This revision, with its own image.
    Revision(Box<TaskDefinition>),
}

/// Why there is no history.
type Unread = CallError;

async fn aim(
    ecs: &Ecs,
    request: &AppRequest,
    history: &Result<History, Unread>,
    looked: Option<(Looked, Sought)>,
) -> Result<Aim, Problem> {
    let reusable = |digest: &Digest| {
        history.as_ref().ok().and_then(|history| history.reusable(digest).next().cloned())
    };
    if let Some((looked, sought)) = looked {
        let digest = looked.digest().clone();
        return Ok(match reusable(&digest) {
            Some(entry) => Aim::Entry(Box::new(entry), digest),
            None => Aim::Found(Box::new(looked), sought),
        });
    }
    let past = match &request.wanted {
        Wanted::Past { past, .. } => past,
        Wanted::Version { .. } | Wanted::Image(_) => &Past::Previous,
    };
    match past {
        Past::Previous => {
            let history = history.as_ref().map_err(without_history)?;
            let previous = history.previous().map_err(|why| why.problem(&history.candidates()))?;
            let entry = previous.entry.clone();
            let digest = entry.digests.iter().flatten().next().cloned().ok_or_else(|| {
                Problem::new(format!("the digest of the previous version, {entry}, is not known"))
                    .hint("Give an exact `version`.")
            })?;
            Ok(Aim::Entry(Box::new(entry), digest))
        }
        Past::Digest(digest) => Ok(match reusable(digest) {
            Some(entry) => Aim::Entry(Box::new(entry), digest.clone()),
            None => Aim::Digest(digest.clone()),
        }),
        Past::Revision(name) => definition(ecs, name).await.map(|it| Aim::Revision(Box::new(it))),
    }
}

fn without_history(unread: &Unread) -> Problem {
    let why = match unread.cause {
        Cause::Denied => format!("{} is not allowed", unread.action),
        Cause::Credentials | Cause::Throttled | Cause::Refused | Cause::Unclear => {
            unread.to_string()
        }
    };
    Problem::new(format!("which version is `previous` is not known: {why}"))
        .hint("Give an exact `version`, or allow that action in the IAM policy.")
}

/// What is read once it is known where to go.
struct Road<'a> {
    clients: &'a Clients,
    request: &'a AppRequest,
    /// The definition that the request names to be patched.
    given: Option<Base>,
    running: &'a TaskDefinition,
    choice: &'a Choice,
    service: &'a ServiceArn,
}

/// Where it leads.
struct Settled {
    base: Base,
    choice: Choice,
    image: Image,
    how: String,
}

impl Road<'_> {
    async fn settle(&self, aim: Aim) -> Result<Settled, Problem> {
        match aim {
            Aim::Entry(entry, digest) => self.entry(&entry, &digest).await,
            Aim::Found(looked, sought) => {
                let details = looked.details(self.clients).await;
                let image = looked.settle(&self.choice.repository, &sought, details)?;
                Ok(self.by_image(image, "this image has not run on this service before"))
            }
            Aim::Digest(digest) => {
                let image = self.choice.repository.with_digest(digest);
                let image = self.reference(&image).await?;
                Ok(self.by_image(image, "this image has not run on this service before"))
            }
            Aim::Revision(definition) => self.revision(*definition).await,
        }
    }

    /// A revision that succeeded here: as it is, if ECS and ECR still have it as it
    /// was.
    async fn entry(&self, entry: &Entry, digest: &Digest) -> Result<Settled, Problem> {
        let ecs = self.clients.ecs(&self.request.target.region);
        let tag: Option<ImageTag> = entry.tag().and_then(|tag| tag.parse().ok());
        let repository = in_ecr(&self.choice.repository)?;
        let (looked, old) = tokio::join!(
            image::look_again(self.clients, &repository, digest, tag.as_ref()),
            async {
                match entry.definition() {
                    Some(arn) => Some((arn.clone(), definition(&ecs, arn.as_str()).await)),
                    None => None,
                }
            }
        );
        let (looked, tag_holds) = looked?;
        let detail = looked.detail(self.clients).await;
        let version = tag.as_ref().map(|tag| self.version(tag));
        let by_digest = self.choice.repository.with_digest(digest.clone());
        let by_tag = tag.filter(|_| tag_holds).map(|tag| self.choice.repository.with_tag(tag));

        let why = match old {
            _ if self.given.is_some() => String::new(),
            Some((arn, Ok(old))) if old.status() != Some("INACTIVE") => {
                let choice = choose(self.request, &old, self.service)?;
                let own = own_reference(&old, &choice);
                let is_as_it_was = own.as_ref().is_some_and(|own| {
                    own.digest() == Some(digest) || (own.digest().is_none() && tag_holds)
                });
                if let (true, Some(own)) = (is_as_it_was, own) {
                    let how = format!(
                        "{} succeeded here with this very image and is used again as it is",
                        arn.short()
                    );
                    let image = looked.come_back(own, version, &detail)?;
                    let base = Base { definition: old, arn: Some(arn) };
                    return Ok(Settled { base, choice, image, how });
                }
                format!("the tag in {} now names another image", arn.short())
            }
            Some((arn, Ok(_))) => format!("{} is INACTIVE", arn.short()),
            Some((arn, Err(_))) => format!("{} can't be read any more", arn.short()),
            None => "its task definition is not known any more".to_owned(),
        };
        let image = looked.come_back(by_tag.unwrap_or(by_digest), version, &detail)?;
        Ok(self.by_image(image, &why))
    }

    /// The image in the definition that is given, else in the running one.
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
        let choice = choose(self.request, &definition, self.service)?;
        let own = own_reference(&definition, &choice).ok_or_else(|| {
            Problem::new(format!("{} has no image reference that can be read", arn.short()))
        })?;
        let image = self.reference(&own).await?;
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

/// The image of the first container that gets one; they share it.
fn own_reference(definition: &TaskDefinition, choice: &Choice) -> Option<ImageReference> {
    let first = choice.containers.first()?;
    let container = definition.containers().find(|it| it.name == first.as_str())?;
    container.image?.parse().ok()
}
