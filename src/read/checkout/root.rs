//! The folder of the checkout, for what the file of many apps names.

use std::fs;
use std::path::{Path, PathBuf};

use super::changesets::changesets;
use super::file::{contents_below, real};
use super::workspace::workspace;
use crate::problem::Problem;
use crate::request::Changeset;
use crate::workspace::Workspace;

/// The file of many apps.
const RELEASE_FILE: &str = ".github/ecs-release.yml";

pub(crate) struct Root(PathBuf);

impl Root {
    /// `workspace` is where the runner says that the checkout is; most often that is where
    /// the process is, too, and paths need nothing in front.
    pub(crate) fn new(workspace: Option<PathBuf>) -> Self {
        let workspace = workspace.unwrap_or_default();
        match (fs::canonicalize(&workspace), fs::canonicalize(".")) {
            (Ok(there), Ok(here)) if there != here => Self(workspace),
            _ => Self(PathBuf::new()),
        }
    }

    /// What the paths of the file are relative to.
    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    /// The same as a path that is never empty.
    pub(crate) fn path(&self) -> &Path {
        if self.0.as_os_str().is_empty() { Path::new(".") } else { &self.0 }
    }

    /// Whether `path` leads out of it through a link.
    pub(crate) fn is_left_by(&self, path: &Path) -> bool {
        real(self.path(), path).is_ok_and(|inside| inside.is_none())
    }

    /// The workspace that the checkout is.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn workspace(&self) -> Result<Option<Workspace>, Vec<Problem>> {
        workspace(self.path())
    }

    /// The changesets that wait in it.
    ///
    /// # Errors
    /// Those that can't be read.
    pub(crate) fn changesets(&self) -> Result<Vec<Changeset>, Vec<Problem>> {
        changesets(self.path())
    }

    /// The path of the file of many apps in the checkout, and what it holds.
    pub(crate) fn release_file(&self) -> Result<(&'static str, Vec<u8>), Problem> {
        let hint = "`apps` names apps of this file: check out the repository before this step.";
        Ok((RELEASE_FILE, contents_below(self.path(), Path::new(RELEASE_FILE), hint)?))
    }
}
