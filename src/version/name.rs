//! What people call an image.

use std::fmt;

use semver::Version;

use super::tag::ImageTag;
use super::template::{TagTemplate, version_of};

/// The version of an image, or else its tag or digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum VersionName {
    Semver(Version),
    Other(String),
}

impl VersionName {
    /// A tag as people call it: its version, where it is made of one. A tag that was
    /// typed, or pushed before there was a template, may have a default spelling.
    pub(crate) fn of(tag: &ImageTag, template: Option<&TagTemplate>, name: Option<&str>) -> Self {
        let under_any_name = || template.filter(|_| name.is_none())?.version_under_any_name(tag);
        version_of(tag, template, name)
            .or_else(|| version_of(tag, None, None))
            .or_else(under_any_name)
            .map_or_else(|| Self::Other(tag.to_string()), Self::Semver)
    }

    pub(crate) fn semver(&self) -> Option<&Version> {
        match self {
            Self::Semver(version) => Some(version),
            Self::Other(_) => None,
        }
    }
}

impl fmt::Display for VersionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Semver(version) => version.fmt(f),
            Self::Other(name) => f.write_str(name),
        }
    }
}
