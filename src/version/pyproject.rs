//! What a pyproject.toml says about the version to deploy.

use semver::Version;
use toml::de::DeValue;

use super::package::Package;
use super::text_file::semantic;
use super::toml_file::TomlFile;
use crate::problem::Problem;

/// Reads the content of `file`, a pyproject.toml: the version of `[project]`, as Python's own
/// standard has it, or that of `[tool.poetry]`.
///
/// # Errors
/// Every problem is located in `file`.
pub(super) fn parse(file: &str, bytes: &[u8]) -> Result<Package, Problem> {
    let toml = TomlFile::parse(file, bytes)?;
    let standard = toml.string(&["project", "version"])?;
    let poetry = toml.string(&["tool", "poetry", "version"])?;
    if let (Some((standard, _)), Some((poetry, line))) = (standard, poetry)
        && standard != poetry
    {
        return Err(Problem::new(format!(
            "{file} has two versions: in [project] and in [tool.poetry]"
        ))
        .hint("Keep the one in [project]")
        .at(file, line));
    }
    let (version, version_line) = standard.or(poetry).ok_or_else(|| absent(&toml))?;
    let version = semantic(&format!("the version in {file}"), version).map_err(|problem| {
        match pep440(version) {
            Some(same) => {
                problem.hint(format!("Write {same}: Python treats it as the same version"))
            }
            None => problem,
        }
        .at(file, version_line)
    })?;
    let name = match toml.string(&["project", "name"])? {
        Some(name) => Some(name),
        None => toml.string(&["tool", "poetry", "name"])?,
    };
    let name = name.map(|(name, _)| name.to_owned());
    Ok(Package { name, version, file: file.to_owned(), version_line })
}

fn absent(toml: &TomlFile<'_>) -> Problem {
    let file = toml.file;
    if let Some((DeValue::Array(dynamic), line)) = toml.get(&["project", "dynamic"])
        && dynamic.iter().any(|it| it.get_ref().as_str() == Some("version"))
    {
        return Problem::new(format!(
            "the version in {file} is only known when the package is built"
        ))
        .hint(
            "Name the file that it comes from in `version-file`, or write `version` into [project]",
        )
        .at(file, line);
    }
    Problem::new(format!("{file} has no version in [project] or [tool.poetry]"))
        .hint("Add it to [project], or name another file in `version-file`")
        .at(file, 1)
}

/// The semantic version which PEP 440 takes for the same as `text`, if there is one:
/// 1.4.2-rc.1 for 1.4.2rc1. Its post-releases have none, as they come after the release.
fn pep440(text: &str) -> Option<Version> {
    let end = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    let (release, suffix) = text.split_at(end);
    let mut numbers: Vec<u64> = Vec::new();
    for number in release.trim_end_matches('.').split('.') {
        numbers.push(number.parse().ok()?);
    }
    let &[major, minor, ref patch @ ..] = numbers.as_slice() else { return None };
    let patch = match patch {
        [] => 0,
        [patch] => *patch,
        _ => return None,
    };
    let release = Version::new(major, minor, patch);
    if suffix.is_empty() {
        return Some(release);
    }
    let at = suffix.find(|it: char| it.is_ascii_digit()).unwrap_or(suffix.len());
    let (word, number) = suffix.split_at(at);
    let number: u64 = if number.is_empty() { 0 } else { number.parse().ok()? };
    let known = ["a", "alpha", "b", "beta", "rc", "dev"];
    let word = known.into_iter().find(|it| *it == word)?;
    Version::parse(&format!("{release}-{word}.{number}")).ok()
}

#[cfg(test)]
mod tests;
