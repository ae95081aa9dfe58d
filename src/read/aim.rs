//! Where a rollback goes: from what was asked for and what has run here to one image,
//! before it is known whether that is still there. Reads nothing.

use super::image::FoundManifest;
use super::named::Named;
use super::query::ImageQuery;
use crate::aws::{CallError, Cause};
use crate::history::{Entry, History};
use crate::image::Digest;
use crate::problem::Problem;
use crate::request::{AppRequest, Past, Wanted};

type Unread = CallError;

/// What can be seen of the wanted image before the history is known.
pub(super) enum Seen {
    /// Nothing: the history says which it is, or only its digest is known.
    Nothing,
    /// The image of a version, tag or `latest`.
    Version(Box<FoundManifest>, Box<ImageQuery>),
    /// The named revision, with its own image.
    Revision(Box<Named>),
}

/// What a rollback goes back to, before it is known whether it is still there.
#[derive(Debug)]
pub(super) enum Aim {
    /// An image that has run here, and the deployment that it ran by.
    Entry(Box<Return>),
    /// A version that was found in ECR.
    Found(Box<FoundManifest>, Box<ImageQuery>, Novelty),
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
    pub(super) for_its: Want,
    /// What else one can go back to, in words.
    pub(super) others: Vec<String>,
    /// What was odd on the way to it.
    pub(super) warning: Option<Problem>,
}

/// What a return is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// The running definition will do where its own can't be used.
    Image,
    /// It differs from what runs in nothing else. A copy of its definition would be
    /// one more configuration, and the next `previous` what was left.
    Configuration,
    /// It was named: a copy will do.
    Revision,
}

/// Why an image comes without a revision of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Novelty {
    /// ECS lists no deployment here that succeeded with it.
    New,
    /// Nobody knows: there is no history, and why.
    Unknown(String),
}

/// Where to go, by what was asked for and what the history says.
pub(super) fn aim(
    request: &AppRequest,
    history: &Result<History, Unread>,
    seen: Seen,
) -> Result<Aim, Problem> {
    let novelty = || match history {
        Ok(_) => Novelty::New,
        Err(unread) => Novelty::Unknown(why(unread)),
    };
    let reusable = |digest: &Digest| {
        let history = history.as_ref().ok()?;
        let entry = history.reusable(digest).next()?;
        Some(Aim::Entry(Box::new(Return::new(history, entry, digest.clone()))))
    };
    match seen {
        Seen::Version(looked, query) => {
            let aim = looked.shown_as().iter().find_map(reusable);
            let aim = aim.or_else(|| before_it_moved(history, &looked, &query));
            Ok(aim.unwrap_or_else(|| Aim::Found(looked, query, novelty())))
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
    pub(super) fn digest(&self) -> &Digest {
        match self {
            Self::Entry(back) => &back.digest,
            Self::Found(looked, ..) => looked.digest(),
            Self::Digest(digest, _) => digest,
            Self::Revision { named, .. } => named.looked.digest(),
        }
    }
}

impl Return {
    fn new(history: &History, entry: &Entry, digest: Digest) -> Self {
        let candidates = history.candidates();
        let others = candidates.iter().filter(|other| other.definition() != entry.definition());
        Self {
            entry: entry.clone(),
            digest,
            for_its: Want::Image,
            others: others.map(ToString::to_string).collect(),
            warning: None,
        }
    }
}

fn previous(history: &Result<History, Unread>) -> Result<Aim, Problem> {
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
    let for_its = if previous.configuration_only { Want::Configuration } else { Want::Image };
    let back = Return::new(history, entry, digest.clone());
    Ok(Aim::Entry(Box::new(Return { for_its, ..back })))
}

/// What succeeded here under the tag of a version that names another image by now:
/// that one is known to be good.
fn before_it_moved(
    history: &Result<History, Unread>,
    looked: &FoundManifest,
    query: &ImageQuery,
) -> Option<Aim> {
    let tag = looked.tag().filter(|tag| query.version_of(tag).is_some())?;
    let by_tag = |entry: &&Entry| entry.tag().as_deref() == Some(tag.as_str());
    let back = succeeded(history, by_tag)?;
    let warning = moved(&format!("the tag {tag}"), &back, looked);
    Some(Aim::Entry(Box::new(Return { warning: Some(warning), ..back })))
}

/// The same for a revision that was named.
fn before_its_tag_moved(history: &Result<History, Unread>, named: &Named) -> Option<Aim> {
    let back = succeeded(history, |entry| entry.definition() == Some(&named.arn))?;
    let warning = moved(&format!("the tag in {}", named.arn.short()), &back, &named.looked);
    Some(Aim::Entry(Box::new(Return { warning: Some(warning), for_its: Want::Revision, ..back })))
}

/// The newest entry of this kind that succeeded, with its one image.
fn succeeded(history: &Result<History, Unread>, is_it: impl Fn(&&Entry) -> bool) -> Option<Return> {
    let history = history.as_ref().ok()?;
    let entry = history.entries().filter(|entry| entry.ran_well()).find(is_it)?;
    // A tag that names something now has not moved since by that.
    if entry.is_assumed() {
        return None;
    }
    let digests: Vec<Digest> = entry.digests.iter().flatten().cloned().collect();
    let [digest] = <[Digest; 1]>::try_from(digests).ok()?;
    Some(Return::new(history, entry, digest))
}

fn moved(tag: &str, back: &Return, looked: &FoundManifest) -> Problem {
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

/// Two revisions may differ in nothing but their numbers, as when a pipeline registers
/// one for every run: then nobody knows how much further back `previous` was to go.
pub(super) fn if_unchanged(aim: &Aim, request: &AppRequest) -> Option<Problem> {
    let is_asked_for = matches!(request.wanted, Wanted::Past { past: Past::Previous, .. });
    let Aim::Entry(back) = aim else { return None };
    if !is_asked_for {
        return None;
    }
    let problem = Problem::new(format!(
        "what ran before, {}, differs in nothing from what runs now",
        back.entry
    ));
    let others = match back.others.join(", ") {
        others if others.is_empty() => others,
        others => format!(" Succeeded here: {others}."),
    };
    Some(problem.hint(format!("Give an exact `version`.{others}")))
}
