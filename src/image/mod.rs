//! Images (skeleton).
use crate::problem::Problem;
use std::str::FromStr;
/// A full image reference.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ImageReference(String);
impl FromStr for ImageReference {
    type Err = Problem;
    fn from_str(t: &str) -> Result<Self, Problem> {
        Ok(Self(t.to_owned()))
    }
}
/// The input `repository`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RepositoryReference(String);
impl FromStr for RepositoryReference {
    type Err = Problem;
    fn from_str(t: &str) -> Result<Self, Problem> {
        Ok(Self(t.to_owned()))
    }
}
/// `sha256:` and 64 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Digest(String);
