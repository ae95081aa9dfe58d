//! What a Cargo.toml says about the version to deploy.

use toml::de::DeValue;

use super::package::Package;
use super::text_file::semantic;
use super::toml_file::TomlFile;
use crate::problem::Problem;

/// Where the version of a file is.
#[derive(Debug)]
pub(crate) enum FoundVersion {
    Here(Package),
    InWorkspace(Inherited),
}

/// A package with `version.workspace = true`.
#[derive(Debug)]
pub(crate) struct Inherited {
    name: Option<String>,
    file: String,
    line: usize,
    /// The folder of the workspace's root as `package.workspace` names it, relative to that
    /// of the file. Without it Cargo looks upwards, from the file itself on.
    pub workspace: Option<String>,
}

/// Reads the content of `file`, a Cargo.toml.
///
/// # Errors
/// Every problem is located in `file`.
pub(super) fn parse(file: &str, bytes: &[u8]) -> Result<FoundVersion, Problem> {
    let toml = TomlFile::parse(file, bytes)?;
    let Some((_, package_line)) = toml.get(&["package"]) else {
        // The one version of all of its packages, if the root was named on purpose.
        return of_workspace(&toml, None)?.map(FoundVersion::Here).ok_or_else(|| {
            Problem::new(format!("{file} has no [package]"))
                .hint("Name the Cargo.toml of the app in `version-file`")
                .at(file, 1)
        });
    };
    let name = toml.string(&["package", "name"])?.map(|(name, _)| name.to_owned());
    let inherits = toml.get(&["package", "version", "workspace"]);
    if let Some((DeValue::Boolean(true), line)) = inherits {
        let workspace = toml.string(&["package", "workspace"])?;
        let workspace = workspace.map(|(folder, _)| folder.to_owned());
        let inherited = Inherited { name, file: file.to_owned(), line, workspace };
        return Ok(FoundVersion::InWorkspace(inherited));
    }
    package(&toml, &["package", "version"], name)?.map(FoundVersion::Here).ok_or_else(|| {
        Problem::new(format!("{file} has no version in [package]"))
            .hint("Add it, or name another file in `version-file`")
            .at(file, package_line)
    })
}

impl Inherited {
    /// The version that `file` gives to the packages of its workspace; `None` where it is not
    /// the root of one.
    ///
    /// # Errors
    /// Located in `file`: it is not TOML, or a root without a version.
    pub(crate) fn version_in_root(
        &self,
        file: &str,
        bytes: &[u8],
    ) -> Result<Option<Package>, Problem> {
        let toml = TomlFile::parse(file, bytes)?;
        let Some((_, line)) = toml.get(&["workspace"]) else { return Ok(None) };
        of_workspace(&toml, self.name.clone())?.map(Some).ok_or_else(|| {
            Problem::new(format!(
                "{} inherits its version from {file}, which has none in [workspace.package]",
                self.file
            ))
            .hint("Add it there, or write a version into [package]")
            .at(file, line)
        })
    }

    /// No root was found.
    pub(crate) fn without_root(&self) -> Problem {
        Problem::new(format!(
            "{} inherits its version from the root of its workspace, which is not in the checkout",
            self.file
        ))
        .hint("Check out the whole repository, or write a version into [package]")
        .at(&self.file, self.line)
    }
}

fn of_workspace(toml: &TomlFile<'_>, name: Option<String>) -> Result<Option<Package>, Problem> {
    package(toml, &["workspace", "package", "version"], name)
}

fn package(
    toml: &TomlFile<'_>,
    path: &[&str],
    name: Option<String>,
) -> Result<Option<Package>, Problem> {
    let file = toml.file;
    let Some((version, version_line)) = toml.string(path)? else { return Ok(None) };
    let version = semantic(&format!("the version in {file}"), version)
        .map_err(|problem| problem.at(file, version_line))?;
    Ok(Some(Package { name, version, file: file.to_owned(), version_line }))
}

#[cfg(test)]
mod tests;
