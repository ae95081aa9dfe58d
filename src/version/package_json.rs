//! What a package.json says about the version to deploy.

use super::json_file::JsonFile;
use super::package::Package;
use super::text_file::semantic;
use crate::problem::Problem;

impl Package {
    /// Reads the content of `file`, a package.json, UTF-8 with or without a byte order mark.
    ///
    /// # Errors
    /// Every problem is located in `file`: at the member that is wrong, at the
    /// place where the JSON ends being JSON, or at the first line.
    pub(crate) fn parse(file: &str, bytes: &[u8]) -> Result<Self, Problem> {
        Self::from_json(file, &JsonFile::parse(file, bytes)?)
    }

    /// The same, of what was read from `file` before.
    pub(crate) fn from_json(file: &str, json: &JsonFile<'_>) -> Result<Self, Problem> {
        let Some((version, version_line)) = json.string("version")? else {
            let hint = match json.get("workspaces") {
                Some(_) => {
                    "It is the root of a workspace: name the package.json of the app in the input \
                     package, or the version to deploy in the input version"
                }
                None => "Add it, or name the version to deploy in the input version",
            };
            return Err(Problem::new(format!("{file} has no \"version\"")).hint(hint).at(file, 1));
        };
        let version = semantic(&format!("\"version\" in {file}"), version)
            .map_err(|problem| problem.at(file, version_line))?;
        let name = json.string("name")?.map(|(name, _)| name.to_owned());
        Ok(Self { name, version, file: file.to_owned(), version_line })
    }
}

#[cfg(test)]
mod tests;
