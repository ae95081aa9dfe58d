//! Files that hold a version, told apart by their names.

use std::path::Path;

use super::cargo_toml::{self, FoundVersion};
use super::json_file::JsonFile;
use super::package::Package;
use super::pyproject;
use super::text_file::{semantic, text};
use crate::problem::Problem;

const RELEASE_PLEASE: &str = ".release-please-manifest.json";

const KINDS: &str = "Name a package.json, pyproject.toml, Cargo.toml, .release-please-manifest.json \
                     or a file with nothing but the version";

/// The version that `file`, named as the user did, has for the app in `folder`. The folder
/// matters to release-please alone, whose manifest is for all apps; it is `.` for the root.
///
/// # Errors
/// Every problem is located in `file`. A version that is only nearly one is a problem,
/// never a guess.
pub(crate) fn version_in(file: &str, bytes: &[u8], folder: &str) -> Result<FoundVersion, Problem> {
    let name = Path::new(file).file_name().and_then(|name| name.to_str()).unwrap_or(file);
    match name {
        "Cargo.toml" => return cargo_toml::parse(file, bytes),
        "pyproject.toml" => pyproject::parse(file, bytes),
        RELEASE_PLEASE => release_please(file, bytes, folder),
        _ if name.ends_with(".json") => Package::parse(file, bytes),
        _ if name.ends_with(".toml") => {
            Err(Problem::new(format!("{file} is neither pyproject.toml nor Cargo.toml"))
                .hint(KINDS)
                .at(file, 1))
        }
        _ => plain(file, bytes),
    }
    .map(FoundVersion::Here)
}

fn release_please(file: &str, bytes: &[u8], folder: &str) -> Result<Package, Problem> {
    let json = JsonFile::parse(file, bytes)?;
    // Every spelling of one folder: `./apps/api`, `apps/api/`.
    let parts = |path: &str| {
        let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
        parts.map(str::to_owned).collect::<Vec<_>>()
    };
    let key = json.keys().find(|key| parts(key) == parts(folder)).unwrap_or(folder);
    let Some((version, version_line)) = json.string(key)? else {
        return Err(Problem::new(format!("{file} has no version for {folder:?}"))
            .hint("Add the folder of the app, as release-please-config.json spells it")
            .at(file, 1));
    };
    let version = semantic(&format!("{key:?} in {file}"), version)
        .map_err(|problem| problem.at(file, version_line))?;
    Ok(Package { name: None, version, file: file.to_owned(), version_line })
}

/// One line with a version, blank lines around it or not.
fn plain(file: &str, bytes: &[u8]) -> Result<Package, Problem> {
    let text = text(file, bytes)?;
    let mut lines = text.lines().map(str::trim).zip(1..).filter(|(line, _)| !line.is_empty());
    let Some((version, version_line)) = lines.next() else {
        return Err(Problem::new(format!("{file} is empty")).hint(KINDS).at(file, 1));
    };
    if let Some((_, line)) = lines.next() {
        return Err(Problem::new(format!("{file} contains more than the version"))
            .hint(KINDS)
            .at(file, line));
    }
    let version = semantic(&format!("the version in {file}"), version)
        .map_err(|problem| problem.at(file, version_line))?;
    Ok(Package { name: None, version, file: file.to_owned(), version_line })
}

#[cfg(test)]
mod tests;
