//! Any bytes say where packages are and what they depend on, or are problems with places.

use std::path::{Path, PathBuf};

use super::globs::{Glob, Globs, Source};
use super::packages::Workspace;

pub(crate) fn workspace(bytes: &[u8]) {
    for source in Source::ALL {
        globs(source, bytes);
    }
    let files = ["apps/web", "packages/ui"].map(|folder| (folder.into(), bytes.to_vec()));
    for files in [files[..1].to_vec(), files.to_vec()] {
        packages(files);
    }
}

pub(super) fn globs(source: Source, bytes: &[u8]) {
    match Globs::read(source, bytes) {
        Ok(globs) => {
            for glob in globs.iter().flat_map(Globs::places) {
                for folder in ["apps", "apps/web", "packages/ui", "a/b/c/d"] {
                    is_within_reach(glob, folder);
                }
            }
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "it is refused without a word");
            assert!(problems.iter().all(|it| it.location.is_some()), "{problems:?}");
        }
    }
}

pub(super) fn is_within_reach(glob: &Glob, folder: &str) {
    if !glob.matches(folder) {
        return;
    }
    let (base, depth) = glob.reach();
    let below = match base.as_str() {
        "" => Some(folder),
        base => folder.strip_prefix(base).map(|it| it.trim_start_matches('/')),
    };
    let below = below.unwrap_or_else(|| panic!("{glob} names {folder}, which is not below {base}"));
    let count = below.split('/').filter(|it| !it.is_empty()).count();
    assert!(depth.is_none_or(|depth| count <= depth), "{glob} names {folder}");
}

pub(super) fn packages(files: Vec<(PathBuf, Vec<u8>)>) {
    match Workspace::new(files) {
        Ok(workspace) => {
            let behind = workspace.folders_behind(Path::new("apps/web"));
            assert_eq!(behind[0], Path::new("apps/web"), "a package is behind itself");
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "it is refused without a word");
            assert!(problems.iter().all(|it| it.location.is_some()), "{problems:?}");
        }
    }
}
