//! What is there of an app that another one requires.

use crate::version::VersionName;

#[derive(Debug, Clone)]
pub(crate) enum There {
    /// This run brings it.
    Brought(VersionName),
    Runs(VersionName),
    /// No deployment of it has succeeded.
    Unproved(VersionName),
    Nothing,
    /// Why that is not known.
    Unknown(String),
}
