//! The AppSpecs of earlier deployments. A deployment tells only the checksum of its own;
//! the text lies with the application.

use std::fmt;

use crate::aws::{CallError, Cause, CodeDeploy};
use crate::codedeploy::app_spec::AppSpec;
use crate::codedeploy::{Deployment, Revision};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Unread {
    /// CodeDeploy did not answer, or not allowed.
    Call(CallError),
    /// It lies in S3 or somewhere else.
    Elsewhere(String),
    Gone,
    /// The newest deployments that succeeded were all ways back, which ask no hooks.
    OnlyWayBack,
    /// It is none that this tool understands.
    Illegible(String),
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) if error.cause == Cause::Denied => {
                write!(f, "{} is not allowed", error.action)
            }
            Self::Call(error) => error.fmt(f),
            Self::Elsewhere(place) => write!(f, "its AppSpec lies in {place}"),
            Self::Gone => f.write_str("CodeDeploy no longer has its AppSpec"),
            Self::OnlyWayBack => f.write_str(
                "the newest deployments that succeeded brought something back, without hooks",
            ),
            Self::Illegible(why) => write!(f, "its AppSpec can't be read: {why}"),
        }
    }
}

/// The AppSpec of `deployment`.
pub(super) async fn of(
    codedeploy: &CodeDeploy,
    application: &str,
    deployment: &Deployment,
) -> Result<AppSpec, Unread> {
    let revision = match &deployment.revision {
        Some(Revision::Elsewhere(place)) => return Err(Unread::Elsewhere(place.clone())),
        Some(revision) => revision,
        None => return Err(Unread::Gone),
    };
    let text = codedeploy.app_spec(application, revision).await.map_err(Unread::Call)?;
    let text = text.ok_or(Unread::Gone)?;
    AppSpec::from_revision(&text).map_err(|problem| Unread::Illegible(problem.message))
}
