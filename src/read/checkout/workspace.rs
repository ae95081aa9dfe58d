//! The packages of the checkout: a walk through the folders that a workspace names.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::file::{contents_below, real};
use crate::problem::Problem;
use crate::workspace::{Glob, Globs, MOST, Source, Workspace};

/// A repository whose packages are below more folders than that has a glob that goes too
/// far. Listing so many takes about a second.
const MOST_FOLDERS: usize = 50_000;

/// What was installed, which is no part of a workspace for any package manager.
const INSTALLED: [&str; 2] = ["node_modules", "bower_components"];

/// The workspace that the checkout in `root` is; `None` where no file says that it is one.
///
/// # Errors
/// Everything that is wrong with it: a file that can't be read, a glob, a folder or a file
/// that is not in the checkout, more than 500 packages, two with one name.
pub(super) fn workspace(root: &Path) -> Result<Option<Workspace>, Vec<Problem>> {
    let Some(globs) = globs(root)? else { return Ok(None) };
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for folder in folders(root, &globs, MOST_FOLDERS).map_err(|problem| vec![problem])? {
        let file = folder.join("package.json");
        let file = file.strip_prefix(".").unwrap_or(&file);
        match contents_below(
            root,
            file,
            "Check the file, or leave its folder out of the workspace.",
        ) {
            Ok(bytes) => files.push((folder, bytes)),
            Err(problem) => problems.push(problem),
        }
    }
    match Workspace::new(files) {
        Ok(workspace) if problems.is_empty() => Ok(Some(workspace)),
        Ok(_) => Err(problems),
        Err(others) => Err([problems, others].concat()),
    }
}

/// The globs of the first file that has some.
fn globs(root: &Path) -> Result<Option<Globs>, Vec<Problem>> {
    for source in Source::ALL {
        let file = Path::new(source.file());
        if fs::symlink_metadata(root.join(file)).is_err() {
            continue;
        }
        let bytes = contents_below(root, file, "It says which folders are packages: check it.")
            .map_err(|problem| vec![problem])?;
        if let Some(globs) = Globs::read(source, &bytes)? {
            return Ok(Some(globs));
        }
    }
    Ok(None)
}

/// The folders of all packages that `globs` name, relative to `root`; at most `most` are
/// looked into.
fn folders(root: &Path, globs: &Globs, most: usize) -> Result<BTreeSet<PathBuf>, Problem> {
    let mut walk = Walk { root, globs, left: most, found: BTreeSet::new() };
    for glob in globs.places() {
        walk.follow(glob).map_err(|problem| problem.at(glob.file, glob.line))?;
    }
    Ok(walk.found)
}

struct Walk<'a> {
    root: &'a Path,
    globs: &'a Globs,
    /// How many more folders are looked into.
    left: usize,
    found: BTreeSet<PathBuf>,
}

impl Walk<'_> {
    fn follow(&mut self, glob: &Glob) -> Result<(), Problem> {
        let (base, depth) = glob.reach();
        if Path::new(&base).iter().any(|part| INSTALLED.iter().any(|it| part == *it)) {
            return Ok(());
        }
        match real(self.root, &self.root.join(&base)) {
            // A glob may name what is not there, or not yet.
            Err(_) => return Ok(()),
            Ok(None) => return Err(link_out(&base)),
            Ok(Some(_)) if !self.root.join(&base).is_dir() => return Ok(()),
            Ok(Some(_)) => {}
        }
        let mut pending = vec![(base, depth)];
        while let Some((folder, depth)) = pending.pop() {
            self.take(glob, &folder)?;
            if depth == Some(0) || self.globs.leave_out_all_of(&folder) {
                continue;
            }
            if self.left == 0 {
                return Err(too_many_folders(glob));
            }
            self.left -= 1;
            let inside = subfolders(&self.root.join(&folder))
                .map_err(|error| Problem::new(format!("{folder:?} can't be read: {error}")))?;
            for (name, is_link) in inside {
                let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                match is_link {
                    // It may be a package, but what is below it has a place of its own.
                    true => self.take(glob, &path)?,
                    false => pending.push((path, depth.map(|depth| depth - 1))),
                }
            }
        }
        Ok(())
    }

    /// Adds `folder` if it is a package that is wanted.
    fn take(&mut self, glob: &Glob, folder: &str) -> Result<(), Problem> {
        let path = self.root.join(folder);
        let is_package = glob.matches(folder)
            && !self.globs.leave_out(folder)
            && fs::symlink_metadata(path.join("package.json")).is_ok();
        if !is_package {
            return Ok(());
        }
        let real = real(self.root, &path)
            .map_err(|error| Problem::new(format!("{folder} can't be read: {error}")))?;
        let folder = real.ok_or_else(|| link_out(folder))?;
        if !folder.iter().any(|part| INSTALLED.iter().any(|it| part == *it)) {
            self.found.insert(folder);
        }
        if self.found.len() > MOST {
            return Err(Problem::new(format!("the workspace has more than {MOST} packages"))
                .hint("Exclude folders that are not packages with a glob that begins with `!`, such as !**/fixtures/**."));
        }
        Ok(())
    }
}

/// The names of the folders in `folder` that can hold packages, and which are links. No
/// package manager has `*` stand for a name that begins with a dot.
fn subfolders(folder: &Path) -> io::Result<Vec<(String, bool)>> {
    #[allow(clippy::disallowed_methods, reason = "the room that reads the checkout")]
    let entries = fs::read_dir(folder)?;
    let mut folders = Vec::new();
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let is_hidden = name.starts_with('.') || INSTALLED.contains(&name.as_str());
        if !is_hidden && (kind.is_dir() || kind.is_symlink()) {
            folders.push((name, kind.is_symlink()));
        }
    }
    Ok(folders)
}

fn link_out(folder: &str) -> Problem {
    Problem::new(format!("the folder {folder} of the workspace is a link out of the checkout"))
        .hint(format!("Put the folder itself into the repository, or leave it out: !{folder}"))
}

fn too_many_folders(glob: &Glob) -> Problem {
    Problem::new(format!(
        "the glob {glob} searches more than {MOST_FOLDERS} folders"
    ))
    .hint("Use a narrower glob, such as packages/*, or exclude folders without packages: !**/fixtures/**.")
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
