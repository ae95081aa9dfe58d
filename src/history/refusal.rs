//! Why `previous` is refused, in words, with what to type instead.

use super::entry::{By, Entry};
use super::previous::{HowReturned, NoPrevious, Unknown};
use super::{History, RecordSource};
use crate::problem::{Problem, utc};
use std::fmt;

impl NoPrevious<'_> {
    /// The refusal by `history` for people.
    pub(crate) fn problem(&self, history: &History) -> Problem {
        let message = match self {
            Self::AlreadyBack { on, way } => already_back(on, way),
            Self::ReturnFailed { to } => format!(
                "which version is `previous` is not clear: a deployment that was to bring {to} \
                 back has failed"
            ),
            Self::OnlyOne(entry) => {
                format!("there is no previous version: only {entry} has succeeded on this service")
            }
            Self::Lagging => format!(
                "which version is `previous` can't be said yet: {} does not list the newest \
                 deployment of this service",
                history.source.controller_name()
            ),
            Self::Unknown(gap) => {
                let why = gap.to_problem(history.source);
                format!("which version is `previous` is not known: {why}")
            }
        };
        Problem::new(message).hint(self.next_move(&history.candidates()))
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

fn already_back(on: &Entry, way: &HowReturned<'_>) -> String {
    match way {
        HowReturned::Done { at, by } => {
            let by = match by {
                By::Itself(source) => {
                    format!("{} rolled the last deployment back", source.controller_name())
                }
                By::Deployment(_) => "a deployment brought it back".to_owned(),
            };
            let since = at.and_then(utc).map(|at| format!(" at {at}")).unwrap_or_default();
            format!("the service is already back on {on}: {by}{since}")
        }
        HowReturned::UnderWay => format!("the service is already on its way back to {on}"),
        HowReturned::Idle => {
            format!("the service is already back on {on}, and has not started a task of it")
        }
        HowReturned::Stayed => format!(
            "the service still runs {on}: the last deployment failed and does not have all of \
             the traffic"
        ),
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

impl Unknown {
    /// What is missing in the record of `source`, in words.
    fn to_problem(&self, source: RecordSource) -> String {
        let controller_name = source.controller_name();
        match (self, source) {
            (Self::NothingListed, RecordSource::Ecs) => {
                "ECS lists no deployment of this service, it keeps them for 90 days".to_owned()
            }
            (Self::NothingListed, RecordSource::CodeDeploy) => {
                "CodeDeploy lists no deployment of this service".to_owned()
            }
            (Self::OnlyNewest, _) => "only its newest deployments were looked at, and which came \
                                      before does not show in them"
                .to_owned(),
            (Self::OlderNotRead, _) => "its older deployments were not read".to_owned(),
            (Self::NothingSucceeded, _) => "no listed deployment of it succeeded".to_owned(),
            (Self::NoPrimary, _) => "the service has no deployment of its own".to_owned(),
            (Self::SeveralSources, _) => {
                "the oldest listed deployment replaced several revisions at once".to_owned()
            }
            (Self::Unread(revision), RecordSource::Ecs) => {
                format!("{} can't be read", revision.name())
            }
            (Self::Unread(revision), RecordSource::CodeDeploy) => {
                format!("what the deployment {} brought can't be read", revision.number())
            }
            (Self::Unpinned(revision), _) => {
                format!("{} ran without image digests", revision.name())
            }
            (Self::NotResolved, RecordSource::Ecs) => {
                "the newest deployment has the same tag as the one before, and ECS has not \
                 started a task of it yet"
                    .to_owned()
            }
            (Self::NotResolved, RecordSource::CodeDeploy) => {
                "the newest deployment has the same tag as the one before, and which images they \
                 brought is not on record"
                    .to_owned()
            }
            (Self::Strayed(revision), _) => format!(
                "{controller_name} returned to {}, which is not known to have succeeded",
                revision.name()
            ),
            (Self::NewStatus(status), _) => {
                format!("a deployment of it has the unknown status {status}")
            }
            (Self::Incomplete, _) => {
                format!("{controller_name} left out the time or the revision of a deployment")
            }
        }
    }
}
