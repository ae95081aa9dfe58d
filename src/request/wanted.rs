//! What is to run: a version, an image, or what ran before.

use std::path::{Path, PathBuf};

use crate::image::{Digest, ImageReference, RepositoryReference};
use crate::names::AppName;
use crate::version::{TagTemplate, VersionInput};

#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// A version, found by its tag in a repository.
    Version {
        /// The version; `None`: the one in package.json.
        version: Option<VersionInput>,
        /// A package.json or its folder, as given.
        package: PathBuf,
        /// Whether `package` was named in the inputs, so that a missing file is
        /// an error even where `version` makes it unnecessary.
        package_given: bool,
        /// Where the version is, if no package.json has it.
        version_file: Option<VersionFile>,
        /// How the version becomes a tag; `None`: the default candidates.
        tag_template: Option<TagTemplate>,
        /// The repository; `None`: the container's.
        repository: Option<RepositoryReference>,
    },
    /// A full reference in place of repository and version.
    Image(ImageReference),
    /// What the source of the request runs, if that has proved to be good.
    From {
        /// How a tag is read as a version; `None`: by the default candidates.
        tag_template: Option<TagTemplate>,
        /// The repository; `None`: the container's.
        repository: Option<RepositoryReference>,
    },
    /// What ran here before; only for a rollback.
    Past {
        past: Past,
        /// How a tag is read as a version; `None`: by the default candidates.
        tag_template: Option<TagTemplate>,
        /// The repository; `None`: the container's.
        repository: Option<RepositoryReference>,
    },
}

/// Where the version of an app is, if the app has no package.json with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionFile {
    /// The folder of the checkout.
    pub root: PathBuf,
    /// Relative to it.
    pub file: PathBuf,
    /// The folder of the app, relative to it.
    pub folder: PathBuf,
    /// Its name, for a file that names no package.
    pub app: AppName,
}

impl Wanted {
    /// How a version becomes a tag; `None`: by the default candidates.
    pub fn tag_template(&self) -> Option<&TagTemplate> {
        match self {
            Self::Version { tag_template, .. }
            | Self::From { tag_template, .. }
            | Self::Past { tag_template, .. } => tag_template.as_ref(),
            Self::Image(_) => None,
        }
    }

    /// The package.json or its folder, as given.
    pub fn package(&self) -> Option<&Path> {
        match self {
            Self::Version { package, .. } => Some(package),
            Self::Past { .. } | Self::From { .. } | Self::Image(_) => None,
        }
    }
}

/// What a rollback goes back to, other than a version or tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Past {
    /// The last version that really succeeded before the one running.
    Previous,
    Digest(Digest),
    /// This revision, `family:revision`, as it is.
    Revision(String),
}
