//! Versions and tags (skeleton).
use crate::problem::Problem;
use std::str::FromStr;

/// The input `version`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionInput {
    /// The tag `latest`, resolved through its digest.
    Latest,
    /// A semver, with its literal spelling as typed.
    Semver {
        /// Without a leading `v`.
        version: semver::Version,
        /// As typed.
        literal: String,
    },
    /// Any other legal tag.
    Tag(ImageTag),
}
impl FromStr for VersionInput {
    type Err = Problem;
    fn from_str(t: &str) -> Result<Self, Problem> {
        Ok(Self::Tag(t.parse()?))
    }
}
/// A legal tag.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageTag(String);
impl FromStr for ImageTag {
    type Err = Problem;
    fn from_str(t: &str) -> Result<Self, Problem> {
        Ok(Self(t.to_owned()))
    }
}
/// How a version becomes a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagTemplate(String);
impl FromStr for TagTemplate {
    type Err = Problem;
    fn from_str(t: &str) -> Result<Self, Problem> {
        Ok(Self(t.to_owned()))
    }
}
