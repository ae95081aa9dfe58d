//! The packages that were found, and the graph of their dependencies.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::dependencies::{self, Dependency};
use super::folder::inside;
use crate::problem::Problem;
use crate::version::{JsonFile, Package};

/// More packages are no monorepo that anybody has, but a glob that goes too far.
pub(crate) const MOST: usize = 500;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Workspace {
    /// By their folders.
    pub members: Vec<Member>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// As written, with its scope: `@org/web1`.
    pub name: Option<String>,
    /// Relative to that of the checkout; `.` is that one itself.
    pub folder: PathBuf,
    pub is_private: bool,
    /// Its version; or what is wrong with it, which only matters where it is an app.
    pub package: Result<Package, Problem>,
    /// The folders of what it depends on, each once.
    depends_on: Vec<PathBuf>,
}

impl Workspace {
    /// Makes it of the folders of all members, each with the content of its package.json.
    ///
    /// # Errors
    /// Everything that is wrong, located: a package.json that is no JSON object, a name
    /// that two packages have.
    pub(crate) fn new(files: Vec<(PathBuf, Vec<u8>)>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut read = Vec::new();
        for (folder, bytes) in files {
            let file = inside(&folder.join("package.json")).unwrap_or_default();
            let file = file.display().to_string();
            match JsonFile::parse(&file, &bytes) {
                Ok(json) => read.push(Read::new(folder, &file, &json)),
                Err(problem) => problems.push(problem),
            }
        }
        read.sort_by(|a, b| a.folder.cmp(&b.folder));
        let by_name = by_name(&read, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let members = read.into_iter().map(|it| it.into_member(&by_name)).collect();
        Ok(Self { members })
    }

    /// The member in `folder`.
    pub(crate) fn member(&self, folder: &Path) -> Option<&Member> {
        let folder = inside(folder)?;
        let at = self.members.binary_search_by(|member| member.folder.cmp(&folder)).ok()?;
        self.members.get(at)
    }

    /// `folder` itself, then the folders of all that it depends on, however indirectly.
    /// For a folder that is no member that is all that is known.
    pub(crate) fn folders_behind<'a>(&'a self, folder: &'a Path) -> Vec<&'a Path> {
        let mut behind = vec![folder];
        let mut seen = HashSet::from([inside(folder).unwrap_or_else(|| folder.to_owned())]);
        let mut next = 0;
        while let Some(folder) = behind.get(next).copied() {
            next += 1;
            let depends_on = self.member(folder).map(|member| member.depends_on.as_slice());
            for folder in depends_on.unwrap_or_default() {
                if seen.insert(folder.clone()) {
                    behind.push(folder);
                }
            }
        }
        behind
    }
}

/// A package.json before it is known which of the names in it are members.
struct Read {
    name: Option<String>,
    name_line: usize,
    file: String,
    folder: PathBuf,
    is_private: bool,
    package: Result<Package, Problem>,
    dependencies: Vec<Dependency>,
}

impl Read {
    fn new(folder: PathBuf, file: &str, json: &JsonFile<'_>) -> Self {
        let name = json.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
        Self {
            name: name.map(str::to_owned),
            name_line: json.line_of("name"),
            file: file.to_owned(),
            folder,
            is_private: json.get("private") == Some(&Value::Bool(true)),
            package: Package::from_json(file, json),
            dependencies: dependencies::of(json),
        }
    }

    fn into_member(self, by_name: &HashMap<String, PathBuf>) -> Member {
        let folders = self.dependencies.iter().filter_map(|it| it.folder(&self.folder, by_name));
        let mut depends_on: Vec<PathBuf> = folders.filter(|it| *it != self.folder).collect();
        depends_on.sort();
        depends_on.dedup();
        let Self { name, folder, is_private, package, .. } = self;
        Member { name, folder, is_private, package, depends_on }
    }
}

/// The folder of each name; a name that another has is a problem.
fn by_name(read: &[Read], problems: &mut Vec<Problem>) -> HashMap<String, PathBuf> {
    let mut by_name: HashMap<String, PathBuf> = HashMap::new();
    for it in read {
        let Some(name) = &it.name else { continue };
        if let Some(other) = by_name.get(name) {
            let message = format!(
                "{} and {} are two packages with the same name {name:?}",
                other.display(),
                it.folder.display()
            );
            let hint = "Give one of them another name: no package manager installs both.";
            problems.push(Problem::new(message).hint(hint).at(&it.file, it.name_line));
            continue;
        }
        by_name.insert(name.clone(), it.folder.clone());
    }
    by_name
}

#[cfg(test)]
mod tests;
