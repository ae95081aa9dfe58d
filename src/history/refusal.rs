//! Why `previous` is refused, in words, with what to type instead.

use super::entry::{By, Entry};
use super::previous::{Gap, NoPrevious, Way};
use crate::problem::{Problem, utc};
use std::fmt;

impl NoPrevious<'_> {
    /// The refusal for people; `candidates` as [`super::History::candidates`] has
    /// them.
    pub fn problem(&self, candidates: &[&Entry]) -> Problem {
        let message = match self {
            Self::AlreadyBack { on, way } => already_back(on, way),
            Self::ReturnFailed { to } => format!(
                "which version is `previous` is not clear: a deployment that was to bring {to} \
                 back has failed"
            ),
            Self::OnlyOne(entry) => {
                format!("there is no previous version: only {entry} has succeeded on this service")
            }
            Self::Lagging => {
                "which version is `previous` can't be said yet: ECS does not list the \
                              newest deployment of this service"
                    .to_owned()
            }
            Self::Unknown(gap) => format!("which version is `previous` is not known: {gap}"),
        };
        Problem::new(message).hint(self.next_move(candidates))
    }

    fn next_move(&self, candidates: &[&Entry]) -> String {
        if *self == Self::Lagging {
            return "Run it again in a minute, or give an exact `version`.".to_owned();
        }
        if candidates.is_empty() {
            return "Give an exact `version`; `list` shows what is in the repository.".to_owned();
        }
        let names: Vec<String> = candidates.iter().map(ToString::to_string).collect();
        format!("Give an exact `version`. Succeeded here: {}.", names.join(", "))
    }
}

fn already_back(on: &Entry, way: &Way<'_>) -> String {
    match way {
        Way::Done { at, by } => {
            let by = match by {
                By::Itself(keeper) => format!("{} rolled the last deployment back", keeper.who()),
                By::Deployment(_) => "a deployment brought it back".to_owned(),
            };
            let since = at.and_then(utc).map(|at| format!(" at {at}")).unwrap_or_default();
            format!("the service is already back on {on}: {by}{since}")
        }
        Way::UnderWay => format!("the service is already on its way back to {on}"),
        Way::Idle => {
            format!("the service is already back on {on}, and has not started a task of it")
        }
    }
}

/// What people call it: tag and definition, or what is known of them.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = self.digests.iter().flatten().next().map(|it| it.short().to_owned());
        let image = self.tag().or(digest);
        match (image, self.definition()) {
            (Some(image), Some(definition)) => write!(f, "{image} ({})", definition.short()),
            (Some(image), None) => f.write_str(&image),
            (None, Some(definition)) => f.write_str(&definition.short()),
            (None, None) => f.write_str("an unknown version"),
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingListed => {
                f.write_str("ECS lists no deployment of this service, it keeps them for 90 days")
            }
            Self::OnlyNewest => f.write_str("only its newest deployments were looked at"),
            Self::OlderNotRead => f.write_str("its older deployments were not read"),
            Self::NothingSucceeded => f.write_str("no listed deployment of it succeeded"),
            Self::NoPrimary => f.write_str("the service has no deployment of its own"),
            Self::SeveralSources => {
                f.write_str("the oldest listed deployment replaced several revisions at once")
            }
            Self::Unread(revision) => {
                write!(f, "{} can't be read", revision.name())
            }
            Self::Unpinned(revision) => {
                write!(f, "{} ran without image digests", revision.name())
            }
            Self::NotResolved => f.write_str(
                "the newest deployment has the same tag as the one before, and ECS has not \
                 started a task of it yet",
            ),
            Self::Strayed(revision) => write!(
                f,
                "ECS returned to {}, which is not known to have succeeded",
                revision.name()
            ),
            Self::UnknownStatus(status) => {
                write!(f, "a deployment of it has the unknown status {status}")
            }
            Self::Incomplete => {
                f.write_str("ECS left out the time or the revision of a deployment")
            }
        }
    }
}
