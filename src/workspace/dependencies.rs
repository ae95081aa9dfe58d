//! What a package.json depends on.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::folder::inside;
use crate::version::JsonFile;

/// All that can change what is in an image: bundlers and compilers take in what stands in
/// `devDependencies`, and a peer comes from the same repository where it has it. A package
/// too many costs a look at its commits; one too few hides a change.
const KINDS: [&str; 4] =
    ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

/// The protocols of what may be a folder.
const FOLDERS: [&str; 4] = ["file:", "link:", "portal:", "workspace:"];

pub(super) struct Dependency {
    name: String,
    /// A range, or what stands in its place: `workspace:*`, `file:../ui`.
    wanted: String,
}

pub(super) fn of(json: &JsonFile<'_>) -> Vec<Dependency> {
    let kinds = KINDS.into_iter().filter_map(|kind| json.get(kind)?.as_object());
    kinds
        .flatten()
        .map(|(name, wanted)| {
            let wanted = wanted.as_str().unwrap_or_default().to_owned();
            Dependency { name: name.clone(), wanted }
        })
        .collect()
}

impl Dependency {
    /// The folder of the checkout that the package in `folder` depends on by this; `None`
    /// where it comes from elsewhere.
    ///
    /// A member of that name counts whatever range is asked for: which of the ranges it
    /// meets is for each package manager to say.
    pub(super) fn folder(
        &self,
        folder: &Path,
        by_name: &HashMap<String, PathBuf>,
    ) -> Option<PathBuf> {
        if let Some(rest) = FOLDERS.iter().find_map(|it| self.wanted.strip_prefix(it)) {
            let is_version = self.wanted.starts_with("workspace:") && !rest.starts_with('.');
            if !is_version {
                return inside(&folder.join(rest));
            }
            // pnpm takes another name for it: `workspace:@org/ui@*`.
            if let Some((alias, _range)) = rest.rsplit_once('@')
                && !alias.is_empty()
            {
                return by_name.get(alias).cloned();
            }
        }
        by_name.get(&self.name).cloned()
    }
}
