//! Why the record does not show what `previous` is.

use super::past_deployment::RevisionId;
use crate::ecs::Controller;

/// What is missing in the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// ECS lists no deployment: it forgets them after 90 days.
    NothingListed,
    /// Older deployments were not read, and are not needed where newer ones tell enough.
    OnlyNewest,
    /// Older deployments were not read.
    OlderNotRead,
    /// None of the listed deployments succeeded, and nothing shows what ran before.
    NothingSucceeded,
    /// The service has no primary deployment: ECS does not deploy it.
    NoPrimary,
    /// The oldest deployment replaced several revisions at once.
    SeveralSources,
    /// A revision that ECS no longer describes.
    Unread(RevisionId),
    /// A revision that ran without its images being pinned to digests.
    Unpinned(RevisionId),
    /// What is being deployed has the tag of what ran before, and ECS has not started
    /// a task of it: whether the tag has moved is not known.
    NotResolved,
    /// ECS returned to a revision that is not known to have succeeded.
    Strayed(RevisionId),
    /// A deployment in a status that this tool does not know.
    NewStatus(String),
    /// A deployment without its time or its revision, which ECS always gives.
    Incomplete,
}

impl Unknown {
    /// What is missing in the record of `controller`, in words.
    pub(super) fn in_words(&self, controller: &Controller) -> String {
        let is_codedeploys = *controller == Controller::CodeDeploy;
        match self {
            Self::NothingListed if is_codedeploys => {
                "CodeDeploy lists no deployment of this service".to_owned()
            }
            Self::NothingListed => {
                "ECS lists no deployment of this service (it keeps them for 90 days)".to_owned()
            }
            Self::OnlyNewest => {
                "only its newest deployments were read, and they do not show what came before"
                    .to_owned()
            }
            Self::OlderNotRead => "its older deployments were not read".to_owned(),
            Self::NothingSucceeded => "no listed deployment of it succeeded".to_owned(),
            Self::NoPrimary => "the service has no deployment of its own".to_owned(),
            Self::SeveralSources => {
                "the oldest listed deployment replaced several revisions at once".to_owned()
            }
            Self::Unread(revision) => format!("{revision} can't be read"),
            Self::Unpinned(revision) => format!("{revision} ran without image digests"),
            Self::NotResolved if is_codedeploys => {
                "the newest deployment has the same tag as the one before, and it is not recorded which images they deployed"
                    .to_owned()
            }
            Self::NotResolved => {
                "the newest deployment has the same tag as the one before, and ECS has not \
                 started a task of it yet"
                    .to_owned()
            }
            Self::Strayed(revision) => {
                format!("{controller} returned to {revision}, which is not known to have succeeded")
            }
            Self::NewStatus(status) => {
                format!("a deployment of it has the unknown status {status}")
            }
            Self::Incomplete => {
                format!("{controller} left out the time or the revision of a deployment")
            }
        }
    }
}
