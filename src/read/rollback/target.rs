//! What a rollback goes back to: from what was asked for and what has run here to one image,
//! before it is known whether that is still there.

use crate::aws::{Answer, CallError, Clients};
use crate::ecs::{ServiceArn, TaskDefinitionArn};
use crate::history::{Entry, History};
use crate::image::{Digest, ImageReference};
use crate::names::ContainerName;
use crate::plan::{Choice, choose, in_ecr};
use crate::problem::Problem;
use crate::read::image::{FoundManifest, ImageQuery, look};
use crate::read::optional::why;
use crate::request::{AppRequest, Past, Wanted};
use crate::task_definition::TaskDefinition;

/// What a rollback goes back to.
#[derive(Debug)]
pub(super) enum RollbackTarget {
    /// An image that has run here, and the deployment that it ran by.
    Success(Box<PastSuccess>),
    /// The image of a version, a tag or `latest`.
    Image(Box<FoundManifest>, Box<ImageQuery>),
    Digest(Digest),
    /// A revision that was named, with the image in it.
    Revision(Box<NamedRevision>),
}

/// What succeeded here.
#[derive(Debug)]
pub(super) struct PastSuccess {
    pub(super) entry: Entry,
    pub(super) digest: Digest,
    pub(super) otherwise: Otherwise,
    /// What else one can go back to, in words.
    pub(super) others: Vec<String>,
    /// What was odd on the way to it.
    pub(super) warning: Option<Problem>,
}

/// What happens where its own definition can't be used as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Otherwise {
    /// The running definition gets the image.
    UseAnother,
    /// A copy of its own gets the image.
    Copy,
    /// The rollback is refused: it differs from what runs in nothing but its definition.
    Refuse,
}

/// A revision that was named, and the image in it.
#[derive(Debug)]
pub(super) struct NamedRevision {
    pub(super) definition: TaskDefinition,
    pub(super) arn: TaskDefinitionArn,
    pub(super) containers: Vec<ContainerName>,
    pub(super) reference: ImageReference,
    pub(super) found: FoundManifest,
    pub(super) query: ImageQuery,
}

impl RollbackTarget {
    /// What has succeeded here with the image that was `asked_for`, else that itself; for
    /// `previous`, where nothing is, what `previous` means.
    pub(super) fn by_history(
        asked_for: Option<Self>,
        history: &Answer<History>,
    ) -> Result<Self, Problem> {
        let Some(asked_for) = asked_for else { return previous(history) };
        let Ok(history) = history else { return Ok(asked_for) };
        let success = match &asked_for {
            Self::Success(_) => None,
            Self::Image(found, query) => {
                let reusable = found.shown_as();
                let reusable = reusable.iter().find_map(|it| PastSuccess::with(history, it));
                reusable.or_else(|| before_it_moved(history, found, query))
            }
            Self::Digest(digest) => PastSuccess::with(history, digest),
            Self::Revision(named) if named.succeeded_here(history) => None,
            Self::Revision(named) => before_its_tag_moved(history, named),
        };
        Ok(success.map_or(asked_for, |it| Self::Success(Box::new(it))))
    }

    /// The image that it leads to.
    pub(super) fn digest(&self) -> &Digest {
        match self {
            Self::Success(success) => &success.digest,
            Self::Image(found, _) => found.digest(),
            Self::Digest(digest) => digest,
            Self::Revision(named) => named.found.digest(),
        }
    }

    /// Two revisions may differ in nothing but their numbers, as when a pipeline registers
    /// one for every run: then it is not known how much further back `previous` should go.
    pub(super) fn if_unchanged(&self, request: &AppRequest) -> Option<Problem> {
        let is_asked_for = matches!(request.wanted, Wanted::Past { past: Past::Previous, .. });
        let Self::Success(success) = self else { return None };
        if !is_asked_for {
            return None;
        }
        let entry = &success.entry;
        let problem =
            Problem::new(format!("what ran before, {entry}, is identical to what runs now"));
        let others = match success.others.join(", ") {
            others if others.is_empty() => others,
            others => format!(" Succeeded here: {others}."),
        };
        Some(problem.hint(format!("Give an exact `version`.{others}")))
    }
}

impl PastSuccess {
    fn new(history: &History, entry: &Entry, digest: Digest) -> Self {
        let candidates = history.candidates();
        let others = candidates.iter().filter(|other| other.definition() != entry.definition());
        Self {
            entry: entry.clone(),
            digest,
            otherwise: Otherwise::UseAnother,
            others: others.map(ToString::to_string).collect(),
            warning: None,
        }
    }

    /// The newest success with this image.
    fn with(history: &History, digest: &Digest) -> Option<Self> {
        let entry = history.reusable(digest).next()?;
        Some(Self::new(history, entry, digest.clone()))
    }

    /// The newest success of this kind, with its one image.
    fn newest(history: &History, is_it: impl Fn(&&Entry) -> bool) -> Option<Self> {
        let entry = history.entries().filter(|entry| entry.ran_well()).find(is_it)?;
        // A tag that names something now has not moved since by that.
        if entry.is_assumed() {
            return None;
        }
        let digests: Vec<Digest> = entry.digests.iter().flatten().cloned().collect();
        let [digest] = <[Digest; 1]>::try_from(digests).ok()?;
        Some(Self::new(history, entry, digest))
    }
}

impl NamedRevision {
    /// Looks for the image in `definition`.
    pub(super) async fn look(
        clients: &Clients,
        request: &AppRequest,
        definition: TaskDefinition,
        service: &ServiceArn,
    ) -> Result<Self, Problem> {
        let arn: TaskDefinitionArn = definition.arn().unwrap_or_default().parse()?;
        let Choice { mut containers, .. } = choose(request, &definition, &service.place())?;
        let reference = containers.first().and_then(|first| image_of(&definition, first));
        let reference = reference.ok_or_else(|| {
            Problem::new(format!("the image reference in {} is not valid", arn.short()))
                .hint("Give an exact `version` in place of a revision.")
        })?;
        // Nothing in it is to change, whatever the other containers run.
        containers.retain(|name| image_of(&definition, name).as_ref() == Some(&reference));
        let query = ImageQuery::reference(&reference)?;
        let found = look(clients, &in_ecr(&reference)?, &query).await?;
        Ok(Self { definition, arn, containers, reference, found, query })
    }

    /// Whether it has succeeded here with this very image.
    pub(super) fn succeeded_here(&self, history: &History) -> bool {
        self.found.shown_as().iter().any(|digest| {
            let mut entries = history.reusable(digest).filter(|it| !it.is_assumed());
            entries.any(|entry| entry.definition() == Some(&self.arn))
        })
    }
}

/// The image of a container, where it can be read.
pub(super) fn image_of(
    definition: &TaskDefinition,
    name: &ContainerName,
) -> Option<ImageReference> {
    let container = definition.containers().find(|it| it.name == name.as_str())?;
    container.image?.parse().ok()
}

fn previous(history: &Answer<History>) -> Result<RollbackTarget, Problem> {
    let history = history.as_ref().map_err(without_history)?;
    let previous = history.previous().map_err(|why| why.problem(history))?;
    let entry = previous.entry;
    let digests: Vec<&Digest> = entry.digests.iter().flatten().collect();
    // Where nothing but tags is on record, as under CodeDeploy.
    if digests.is_empty() {
        let others: Vec<String> = history.candidates().iter().map(ToString::to_string).collect();
        let hint = match others.as_slice() {
            [] => "Give an exact `version`; `list` shows what is in the repository.".to_owned(),
            some => format!("Give an exact `version`. Succeeded here: {}.", some.join(", ")),
        };
        let why = entry.why_unknown().unwrap_or_default();
        return Err(Problem::new(format!(
            "the image of the previous version, {entry}, is not known: {why}"
        ))
        .hint(hint));
    }
    let [digest] = digests[..] else {
        let revision = entry.definition().map_or_else(String::new, |it| it.short());
        return Err(Problem::new(format!(
            "the containers of the previous version, {entry}, ran {} different images",
            digests.len()
        ))
        .hint(format!("Name its revision: `version: {revision}`.")));
    };
    let back = PastSuccess::new(history, entry, digest.clone());
    // A copy of its definition would be one more configuration, and the next `previous`
    // what was left.
    let otherwise =
        if previous.configuration_only { Otherwise::Refuse } else { Otherwise::UseAnother };
    Ok(RollbackTarget::Success(Box::new(PastSuccess { otherwise, ..back })))
}

/// What succeeded here under the tag of a version that names another image by now:
/// that one is known to be good.
fn before_it_moved(
    history: &History,
    found: &FoundManifest,
    query: &ImageQuery,
) -> Option<PastSuccess> {
    let tag = found.tag().filter(|tag| query.version_of(tag).is_some())?;
    let by_tag = |entry: &&Entry| entry.tag().as_deref() == Some(tag.as_str());
    let success = PastSuccess::newest(history, by_tag)?;
    let warning = moved(&format!("the tag {tag}"), &success, found);
    Some(PastSuccess { warning: Some(warning), ..success })
}

/// The same for a revision that was named.
fn before_its_tag_moved(history: &History, named: &NamedRevision) -> Option<PastSuccess> {
    let success = PastSuccess::newest(history, |entry| entry.definition() == Some(&named.arn))?;
    let warning = moved(&format!("the tag in {}", named.arn.short()), &success, &named.found);
    Some(PastSuccess { warning: Some(warning), otherwise: Otherwise::Copy, ..success })
}

fn moved(tag: &str, back: &PastSuccess, found: &FoundManifest) -> Problem {
    Problem::new(format!(
        "{tag} has moved since {} succeeded here with {}: it now names {}",
        back.entry,
        back.digest.short(),
        found.digest().short()
    ))
    .hint("The image that succeeded here is restored. To get the other image, deploy it.")
}

fn without_history(unread: &CallError) -> Problem {
    Problem::new(format!("it is not known which version is `previous`: {}", why(unread)))
        .hint("Give an exact `version`, or allow that action in the IAM policy.")
}
