//! The reads of a rollback: the history of the service, what it goes back to,
//! and whether that is still there.
//!
//! One after another: the service beside the list of its deployments; the
//! revisions beside the running definition; the image; what ECR says of it.

use std::time::SystemTime;

use super::image::{self, Looked};
use super::lifecycle;
use super::named::{self, Named};
use super::record::{self, Listed, Read};
use super::sought::Sought;
use super::way::{Settled, Way};
use super::{
    current, definition, last_good, newest, registered, running_definition, running_images, service,
};
use crate::aws::{Answer, CallError, Cause, Clients, Ecs};
use crate::checkout::Checkout;
use crate::decide::{Base, Choice, Comeback, Fact, Found, Standing, choose, in_ecr};
use crate::history::{Entry, History};
use crate::image::Digest;
use crate::problem::Problem;
use crate::request::{AppRequest, Past, Wanted};
use crate::service::{DeploymentId, Service, ServiceDeployment, ServiceRevisionArn};
use crate::task_definition::TaskDefinition;

/// What was read for a rollback.
#[derive(Debug)]
pub enum Gathered {
    /// Everything that deciding needs.
    All(Box<Found>),
    /// ECS is returning from a deployment by itself: until that has ended nothing
    /// that could be read would still hold.
    RollingBack(Box<Service>, DeploymentId),
}

/// Reads for a rollback.
pub async fn gather_past(
    clients: &Clients,
    request: &AppRequest,
    checkout: &Checkout,
) -> Result<Gathered, Problem> {
    let ecs = clients.ecs(&request.target.region);
    let (service, listed, given, named) = tokio::join!(
        service(&ecs, request),
        record::list(&ecs, &request.target),
        registered(&ecs, &request.task_definition),
        named::describe(&ecs, request),
    );
    let service = service?;
    let given = given_base(given.transpose()?, checkout);
    let arn = running_definition(request, &service)?;
    let recent = match &listed {
        Ok(listed) => Fact::Known(listed.clone()),
        Err(error) if error.cause == Cause::Denied => Fact::Denied(error.action),
        Err(_) => Fact::Absent,
    };
    let subject = async {
        let (running, named) = tokio::join!(definition(&ecs, arn.as_str()), async {
            match named {
                Some(named) => Named::look(clients, request, named?, &service.arn).await.map(Some),
                None => Ok(None),
            }
        });
        let running = running?;
        let base = given.as_ref().map_or(&running, |given| &given.definition);
        let choice = choose(request, base, &service.arn)?;
        let seen = match named? {
            Some(named) => Seen::Revision(Box::new(named)),
            None => look_for_version(clients, request, checkout, &choice).await?,
        };
        Ok::<_, Problem>((running, choice, seen))
    };
    let (subject, read, newest, current, running_images) = tokio::join!(
        subject,
        described(&ecs, listed),
        newest(&ecs, &arn),
        current(&ecs, &service),
        running_images(&ecs, &request.target, &service),
    );
    if let Standing::RollingBack(id) = Standing::of(&service, current.known()) {
        return Ok(Gathered::RollingBack(Box::new(service), id));
    }
    let (running, choice, seen) = subject?;
    let history = read.map(|read| History::new(read.record(), &service, &choice.containers));
    let aim = aim(request, &history, seen)?;
    let way =
        Way { clients, request, given, running: &running, choice: &choice, service: &service.arn };
    let digest = aim.digest().clone();
    let repository = in_ecr(&choice.repository)?;
    let (settled, last_good, about_to_go) = tokio::join!(
        way.settle(aim),
        last_good(&ecs, &service, &recent, &running_images),
        lifecycle::about_to_go(clients, &repository, &digest),
    );
    let Settled { base, choice, mut image, how } = settled?;
    image.warnings.extend(about_to_go);
    let comeback = Comeback {
        how,
        since: history.as_ref().ok().and_then(running_since),
        replaced_now: history
            .as_ref()
            .ok()
            .and_then(|history| replaced_now(current.known(), history, &base, &image.digest)),
    };
    Ok(Gathered::All(Box::new(Found {
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
    })))
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

/// What can be seen of the wanted image before the history is known.
enum Seen {
    /// Nothing: the history says which it is, or only its digest is known.
    Nothing,
    /// The image of a version, tag or `latest`.
    Version(Box<Looked>, Sought),
    /// The named revision, with its own image.
    Revision(Box<Named>),
}

/// The image of a version, tag or `latest`; nothing where something else is
/// wanted.
async fn look_for_version(
    clients: &Clients,
    request: &AppRequest,
    checkout: &Checkout,
    choice: &Choice,
) -> Result<Seen, Problem> {
    match &request.wanted {
        Wanted::Past { .. } => Ok(Seen::Nothing),
        Wanted::Version { .. } | Wanted::Image(_) => {
            let sought = Sought::new(request, checkout)?;
            let looked = image::look(clients, &in_ecr(&choice.repository)?, &sought).await?;
            Ok(Seen::Version(Box::new(looked), sought))
        }
    }
}

fn running_since(history: &History) -> Option<SystemTime> {
    history.entries().find(|entry| entry.running)?.from
}

/// What the deployment under way replaces, if that is nothing but this definition
/// with this image: then ECS can return to it by itself, which is faster.
fn replaced_now(
    current: Option<&ServiceDeployment>,
    history: &History,
    base: &Base,
    digest: &Digest,
) -> Option<ServiceRevisionArn> {
    let [source] = current?.sources.as_slice() else { return None };
    let is_wanted = |entry: &Entry| {
        entry.target.as_ref() == Some(source)
            && entry.definition().is_some()
            && entry.definition() == base.arn.as_ref()
            && entry.digests.as_ref().is_some_and(|it| it.len() == 1 && it.contains(digest))
    };
    history.entries().any(is_wanted).then(|| source.clone())
}

/// What a rollback goes back to, before it is known whether it is still there.
#[derive(Debug)]
pub(super) enum Aim {
    /// An image that has run here, and the deployment that it ran by.
    Entry(Box<Return>),
    /// A version that was found in ECR.
    Found(Box<Looked>, Sought, Novelty),
    /// An image by its digest.
    Digest(Digest, Novelty),
    /// This revision, with its own image.
    Revision {
        named: Box<Named>,
        /// It has succeeded here with this image.
        succeeded_here: bool,
    },
}

/// A return to what succeeded here.
#[derive(Debug)]
pub(super) struct Return {
    pub(super) entry: Entry,
    pub(super) digest: Digest,
    /// Its definition is what it is wanted for: it was named, or differs from what
    /// runs in nothing else.
    pub(super) own_definition: bool,
    /// What was odd on the way to it.
    pub(super) warning: Option<Problem>,
}

/// Why an image comes without a revision of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Novelty {
    /// ECS lists no deployment here that succeeded with it.
    New,
    /// Nobody knows: there is no history, and why.
    Unknown(String),
}

/// Why there is no history.
type Unread = CallError;

fn aim(
    request: &AppRequest,
    history: &Result<History, Unread>,
    seen: Seen,
) -> Result<Aim, Problem> {
    let novelty = || match history {
        Ok(_) => Novelty::New,
        Err(unread) => Novelty::Unknown(why(unread)),
    };
    let reusable = |digest: &Digest| {
        let entry = history.as_ref().ok()?.reusable(digest).next()?.clone();
        Some(Aim::returning(entry, digest.clone()))
    };
    match seen {
        Seen::Version(looked, sought) => {
            let aim =
                reusable(looked.digest()).or_else(|| before_it_moved(history, &looked, &sought));
            Ok(aim.unwrap_or_else(|| Aim::Found(looked, sought, novelty())))
        }
        Seen::Revision(named) => {
            let succeeded_here = history.as_ref().is_ok_and(|it| named.succeeded_here(it));
            if !succeeded_here && let Some(back) = before_its_tag_moved(history, &named) {
                return Ok(back);
            }
            Ok(Aim::Revision { named, succeeded_here })
        }
        Seen::Nothing => match &request.wanted {
            Wanted::Past { past: Past::Digest(digest), .. } => {
                Ok(reusable(digest).unwrap_or_else(|| Aim::Digest(digest.clone(), novelty())))
            }
            Wanted::Past { .. } | Wanted::Version { .. } | Wanted::Image(_) => previous(history),
        },
    }
}

impl Aim {
    /// The image that it leads to.
    fn digest(&self) -> &Digest {
        match self {
            Self::Entry(back) => &back.digest,
            Self::Found(looked, ..) => looked.digest(),
            Self::Digest(digest, _) => digest,
            Self::Revision { named, .. } => named.looked.digest(),
        }
    }

    fn returning(entry: Entry, digest: Digest) -> Self {
        Self::Entry(Box::new(Return { entry, digest, own_definition: false, warning: None }))
    }
}

fn previous(history: &Result<History, Unread>) -> Result<Aim, Problem> {
    let history = history.as_ref().map_err(without_history)?;
    let previous = history.previous().map_err(|why| why.problem(&history.candidates()))?;
    let entry = previous.entry.clone();
    let digests: Vec<&Digest> = entry.digests.iter().flatten().collect();
    let [digest] = digests[..] else {
        let revision = entry.definition().map_or_else(String::new, |it| it.short());
        return Err(Problem::new(format!(
            "the containers of the previous version, {entry}, ran {} different images",
            digests.len()
        ))
        .hint(format!("Name its revision: `version: {revision}`.")));
    };
    let digest = digest.clone();
    let own_definition = previous.configuration_only;
    Ok(Aim::Entry(Box::new(Return { entry, digest, own_definition, warning: None })))
}

/// What succeeded here under the tag of a version that names another image by now:
/// that one is known to be good.
fn before_it_moved(
    history: &Result<History, Unread>,
    looked: &Looked,
    sought: &Sought,
) -> Option<Aim> {
    let tag = looked.tag().filter(|tag| sought.version_of(tag).is_some())?;
    let by_tag = |entry: &&Entry| entry.tag().as_deref() == Some(tag.as_str());
    let back = succeeded(history, by_tag)?;
    let warning = moved(&format!("the tag {tag}"), &back, looked);
    Some(Aim::Entry(Box::new(Return { warning: Some(warning), ..back })))
}

/// The same for a revision that was named.
fn before_its_tag_moved(history: &Result<History, Unread>, named: &Named) -> Option<Aim> {
    let back = succeeded(history, |entry| entry.definition() == Some(&named.arn))?;
    let warning = moved(&format!("the tag in {}", named.arn.short()), &back, &named.looked);
    Some(Aim::Entry(Box::new(Return { warning: Some(warning), own_definition: true, ..back })))
}

/// The newest entry of this kind that succeeded, with its one image.
fn succeeded(history: &Result<History, Unread>, is_it: impl Fn(&&Entry) -> bool) -> Option<Return> {
    let mut entries = history.as_ref().ok()?.entries().filter(|entry| entry.ran_well());
    let entry = entries.find(is_it)?.clone();
    let digests: Vec<Digest> = entry.digests.iter().flatten().cloned().collect();
    let [digest] = <[Digest; 1]>::try_from(digests).ok()?;
    Some(Return { entry, digest, own_definition: false, warning: None })
}

fn moved(tag: &str, back: &Return, looked: &Looked) -> Problem {
    Problem::new(format!(
        "{tag} has moved since {} succeeded here with {}: it now names {}",
        back.entry,
        back.digest.short(),
        looked.digest().short()
    ))
    .hint("What succeeded here comes back. To get the other image, deploy it.")
}

fn without_history(unread: &Unread) -> Problem {
    Problem::new(format!("which version is `previous` is not known: {}", why(unread)))
        .hint("Give an exact `version`, or allow that action in the IAM policy.")
}

fn why(unread: &Unread) -> String {
    match unread.cause {
        Cause::Denied => format!("{} is not allowed", unread.action),
        Cause::Credentials | Cause::Throttled | Cause::Refused | Cause::Unclear => {
            unread.to_string()
        }
    }
}
