//! What a package.json says about the version to deploy.
//!
//! The bytes are read by somebody else. A file that could mean two versions, or
//! whose version is only nearly one, is a problem with its line, never a guess.

use std::fmt;

use semver::Version;
use serde::Deserialize;
use serde::Deserializer as _;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::input::candidates;
use super::tag::{ImageTag, is_tag_character};
use super::template::TagTemplate;
use crate::problem::{Location, Problem};

/// The name and version in a package.json.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    /// As written, with its scope: `@org/web1`.
    pub name: Option<String>,
    pub version: Version,
    /// The path as the user gave it.
    pub file: String,
    /// The line of `version`, counted from 1.
    pub version_line: usize,
}

impl Package {
    /// A package.json beyond this many bytes is refused: it is some other file.
    pub(crate) const MAX_BYTES: usize = 1 << 20;

    /// Reads the content of `file`, UTF-8 with or without a byte order mark.
    ///
    /// # Errors
    /// Every problem is located in `file`: at the member that is wrong, at the
    /// place where the JSON ends being JSON, or at the first line.
    pub(crate) fn parse(file: &str, bytes: &[u8]) -> Result<Self, Problem> {
        let text = text_of(file, bytes)?;
        let members: Members =
            serde_json::from_str(text).map_err(|error| malformed(file, &error))?;

        let Some((version, version_line)) = only_string(file, text, "version", members.versions)?
        else {
            let hint = match members.is_workspaces_root {
                true => {
                    "It is the root of workspaces: name the package.json of the app in the input \
                     package, or the version to deploy in the input version"
                }
                false => "Add it, or name the version to deploy in the input version",
            };
            return Err(Problem::new(format!("{file} has no \"version\"")).hint(hint).at(file, 1));
        };
        let version = Version::parse(&version)
            .map_err(|error| no_semver(file, &version, &error).at(file, version_line))?;
        let name = only_string(file, text, "name", members.names)?.map(|(name, _)| name);
        Ok(Self { name, version, file: file.to_owned(), version_line })
    }

    /// The place of `version`.
    pub(crate) fn version_at(&self) -> Location {
        Location { file: self.file.clone(), line: self.version_line }
    }

    /// The name without its scope, for `{name}` in a tag: `@org/web1` is `web1`.
    ///
    /// # Errors
    /// There is no name, or it holds a character that no tag can hold.
    pub(crate) fn short_name(&self) -> Result<&str, Problem> {
        let name = self.name.as_deref().ok_or_else(|| {
            Problem::new(format!("{} has no \"name\"", self.file))
                .hint("Add it, or write a fixed name in place of {name} in the input tag-template")
                .at(&self.file, 1)
        })?;
        let short = match name.strip_prefix('@').and_then(|scoped| scoped.split_once('/')) {
            Some((_scope, short)) => short,
            None => name,
        };
        if short.is_empty() || !short.chars().all(is_tag_character) {
            return Err(Problem::new(format!(
                "the name {name:?} in {} can't be part of a tag",
                self.file
            ))
            .hint("Write a fixed name in place of {name} in the input tag-template"));
        }
        Ok(short)
    }

    /// The tags to look for, most wanted first, each once and at least one: by
    /// `template`, without one `v{version}`, then `{version}`.
    ///
    /// # Errors
    /// Those of [`TagTemplate::render`] and, where the template asks for the name,
    /// of [`short_name`](Self::short_name); the version is a placeholder.
    pub(crate) fn candidates(
        &self,
        template: Option<&TagTemplate>,
    ) -> Result<Vec<ImageTag>, Problem> {
        if is_placeholder(&self.version) {
            return Err(Problem::new(format!(
                "\"version\" in {} is {}, a placeholder for the version of a release",
                self.file, self.version
            ))
            .hint("Give the released version in the input version")
            .at(&self.file, self.version_line));
        }
        let name = match template {
            Some(template) if template.needs_name() => Some(self.short_name()?),
            _ => None,
        };
        candidates(&self.version, template, name)
    }
}

/// What release tools keep in package.json while the version is only set on publishing,
/// semantic-release first of all. 0.0.0 alone may be a version, if it has an image.
fn is_placeholder(version: &Version) -> bool {
    let words = ["development", "dev", "semantically-released", "semantic-release", "placeholder"];
    (version.major, version.minor, version.patch) == (0, 0, 0)
        && words.contains(&version.pre.as_str())
}

fn text_of<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, Problem> {
    if bytes.len() > Package::MAX_BYTES {
        return Err(Problem::new(format!(
            "{file} has {} bytes: more than 1 MiB is not taken for a package.json",
            bytes.len()
        ))
        .at(file, 1));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|&&b| b == b'\n').count();
        Problem::new(format!("{file} is not UTF-8 text"))
            .hint("Save the file as UTF-8")
            .at(file, line)
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The one string that the member `key` is, with its line; `None` without it.
fn only_string(
    file: &str,
    text: &str,
    key: &'static str,
    values: Vec<Value>,
) -> Result<Option<(String, usize)>, Problem> {
    if values.len() > 1 {
        return Err(Problem::new(format!("{file} has {} members \"{key}\"", values.len()))
            .hint("Keep one of them: which one counts is up to each tool that reads the file")
            .at(file, line_of(text, key, 1)));
    }
    let Some(value) = values.into_iter().next() else { return Ok(None) };
    let line = line_of(text, key, 0);
    let kind = match value {
        Value::String(string) => return Ok(Some((string, line))),
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    Err(Problem::new(format!("\"{key}\" in {file} is {kind}, not a string")).at(file, line))
}

fn malformed(file: &str, error: &serde_json::Error) -> Problem {
    // The parser counts from 1, and says 0 for an error that has no place.
    let line = error.line().max(1);
    if error.is_data() {
        Problem::new(format!("{file} is not a JSON object")).at(file, line)
    } else {
        Problem::new(format!("{file} is not JSON: {error}")).at(file, line)
    }
}

fn no_semver(file: &str, text: &str, error: &semver::Error) -> Problem {
    let problem = Problem::new(format!(
        "\"version\" in {file} is {text:?}, which is not a semantic version: {error}"
    ));
    let cleaned = text.trim();
    match Version::parse(cleaned.strip_prefix(['v', '=']).unwrap_or(cleaned)) {
        Ok(version) => problem.hint(format!("Write {version}")),
        Err(_) => problem.hint("Write three numbers, such as 1.4.2"),
    }
}

/// All values of the members that count, in a way that shows duplicates: a map
/// would silently keep the last.
struct Members {
    names: Vec<Value>,
    versions: Vec<Value>,
    is_workspaces_root: bool,
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(CollectMembers)
    }
}

struct CollectMembers;

impl<'de> Visitor<'de> for CollectMembers {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members =
            Members { names: Vec::new(), versions: Vec::new(), is_workspaces_root: false };
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "name" => members.names.push(map.next_value()?),
                "version" => members.versions.push(map.next_value()?),
                other => {
                    members.is_workspaces_root |= other == "workspaces";
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(members)
    }
}

/// The line of the member `key`, the one after `skip` others of that name.
///
/// serde_json tells a position only with an error, so the parser is stopped by one
/// when it has read the key. `text` has been parsed before.
fn line_of(text: &str, key: &'static str, skip: usize) -> usize {
    match serde_json::Deserializer::from_str(text).deserialize_map(StopAtKey { key, skip }) {
        Err(stopped) => stopped.line().max(1),
        Ok(()) => 1,
    }
}

struct StopAtKey {
    key: &'static str,
    skip: usize,
}

impl<'de> Visitor<'de> for StopAtKey {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == self.key {
                if self.skip == 0 {
                    return Err(A::Error::custom("reached the key"));
                }
                self.skip -= 1;
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
