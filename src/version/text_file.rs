//! What every file that a version is read from has in common: it is text, and the
//! version in it is a semantic one.

use semver::Version;

use crate::document;
use crate::problem::Problem;
use crate::text::cut;

/// The text that the content of `file` is.
pub(super) fn text<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, Problem> {
    document::text(bytes, "a file with a version").map_err(|fault| {
        let problem = Problem::new(format!("{file}: {}", fault.message)).at(file, fault.line);
        match fault.hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    })
}

/// The version that `text` is; `what` says where it stands, such as `"version" in package.json`.
///
/// # Errors
/// It is not a version, or only nearly one; without a place.
pub(super) fn semantic(what: &str, text: &str) -> Result<Version, Problem> {
    Version::parse(text).map_err(|error| {
        let problem = Problem::new(format!(
            "{what} is {:?}, which is not a semantic version: {error}",
            cut(text, 60)
        ));
        let cleaned = text.trim();
        match Version::parse(cleaned.strip_prefix(['v', '=']).unwrap_or(cleaned)) {
            Ok(version) => problem.hint(format!("Write {version}")),
            Err(_) => problem.hint("Write three numbers, such as 1.4.2"),
        }
    })
}
