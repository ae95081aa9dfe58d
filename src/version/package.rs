//! What a file of the checkout says about the version to deploy.
//!
//! The bytes are read by somebody else. A file that could mean two versions, or
//! whose version is only nearly one, is a problem with its line, never a guess.

use semver::Version;

use super::input::candidates;
use super::tag::{ImageTag, is_tag_character};
use super::template::TagTemplate;
use crate::problem::{Location, Problem};

/// The name and version in a package.json, or in a file that another language has for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    /// As written, with its scope: `@org/web1`.
    pub name: Option<String>,
    pub version: Version,
    /// The path as the user gave it.
    pub file: String,
    /// The line of `version`, counted from 1.
    pub version_line: usize,
}

impl Package {
    /// The place of `version`.
    pub(crate) fn version_at(&self) -> Location {
        Location { file: self.file.clone(), line: self.version_line, column: None }
    }

    /// The name without its scope, for `{name}` in a tag: `@org/web1` is `web1`.
    ///
    /// # Errors
    /// There is no name, or it holds a character that no tag can hold.
    pub(crate) fn short_name(&self) -> Result<&str, Problem> {
        let name = self.name.as_deref().ok_or_else(|| {
            Problem::new(format!("{} has no \"name\"", self.file))
                .hint("Add it, or write a fixed name in place of {name} in the input tag-template")
                .at(&self.file, 1)
        })?;
        let short = match name.strip_prefix('@').and_then(|scoped| scoped.split_once('/')) {
            Some((_scope, short)) => short,
            None => name,
        };
        if short.is_empty() || !short.chars().all(is_tag_character) {
            return Err(Problem::new(format!(
                "the name {name:?} in {} can't be part of a tag",
                self.file
            ))
            .hint("Write a fixed name in place of {name} in the input tag-template"));
        }
        Ok(short)
    }

    /// The tags to look for, most wanted first, each once and at least one: by
    /// `template`, without one `v{version}`, then `{version}`.
    ///
    /// # Errors
    /// Those of [`TagTemplate::render`] and, where the template asks for the name,
    /// of [`short_name`](Self::short_name); the version is a placeholder.
    pub(crate) fn candidates(
        &self,
        template: Option<&TagTemplate>,
    ) -> Result<Vec<ImageTag>, Problem> {
        if is_placeholder(&self.version) {
            return Err(Problem::new(format!(
                "the version in {} is {}, a placeholder for the version of a release",
                self.file, self.version
            ))
            .hint("Give the released version in the input version")
            .at(&self.file, self.version_line));
        }
        let name = match template {
            Some(template) if template.needs_name() => Some(self.short_name()?),
            _ => None,
        };
        candidates(&self.version, template, name)
    }
}

/// What release tools keep in package.json while the version is only set on publishing,
/// semantic-release first of all. 0.0.0 alone may be a version, if it has an image.
fn is_placeholder(version: &Version) -> bool {
    let words = ["development", "dev", "semantically-released", "semantic-release", "placeholder"];
    (version.major, version.minor, version.patch) == (0, 0, 0)
        && words.contains(&version.pre.as_str())
}

#[cfg(test)]
mod tests;
