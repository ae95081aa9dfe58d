//! The AppSpecs of earlier deployments. A deployment has only the checksum of its own;
//! CodeDeploy keeps the text with the application.

use std::fmt;

use crate::aws::{CallError, CodeDeploy};
use crate::codedeploy::app_spec::AppSpec;
use crate::codedeploy::{Deployment, Revision};
use crate::read::optional::why;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Unread {
    /// CodeDeploy did not answer, or the call is not allowed.
    Call(CallError),
    /// It is in S3 or somewhere else.
    Elsewhere(String),
    Gone,
    /// The newest deployments that succeeded were all ways back, which ask no hooks.
    OnlyWayBack,
    /// This tool does not understand it.
    Illegible(String),
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => f.write_str(&why(error)),
            Self::Elsewhere(place) => write!(f, "its AppSpec is in {place}"),
            Self::Gone => f.write_str("CodeDeploy no longer has its AppSpec"),
            Self::OnlyWayBack => f.write_str(
                "the newest successful deployments restored earlier versions, without hooks",
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
