//! `.github/ecs-release.yml`: the apps of a repository that has many, and how each is
//! deployed in each environment.
//!
//! Read into a tree whose nodes have places, so that all mistakes are told at once, each
//! with its line and column. Its keys are those of [`keys`]. What the value of a setting
//! means is not known here: it is text, as an input is, and is read by the reader of inputs.
//! No value is quoted here: it may be one of a variable.

mod file;
mod keys;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod laws;
mod placeholders;
mod read;
mod requirements;
mod settings;

use crate::document::{self, Fault};
use crate::problem::Problem;

pub(crate) use file::{App, ReleaseFile};
#[cfg(test)]
pub(crate) use keys::{Form, KEYS, Key, Level};
pub(crate) use settings::{AppSettings, in_words};

use read::Reading;

impl ReleaseFile {
    /// Reads the content of `path`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn parse(path: &str, bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        let tree = document::text(bytes, "this file").and_then(document::tree);
        let tree = tree.map_err(|Fault { message, hint, line, column }| {
            let problem = Problem::new(format!("{path}: {message}")).at(path, line).column(column);
            vec![Problem { hint: hint.map(str::to_owned), ..problem }]
        })?;
        let mut reading = Reading::new(path);
        let file = reading.file(&tree);
        requirements::check(&file, &mut reading);
        settings::check(&file, &mut reading);
        let problems = reading.into_problems();
        if problems.is_empty() { Ok(file) } else { Err(problems) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Pieces of which files are made, right ones and wrong ones.
    fn piece() -> impl Strategy<Value = String> {
        let keys = KEYS.iter().map(|key| format!("{}: ", key.name));
        let others = [
            "\n",
            "\n  ",
            "\n    ",
            "web1: ",
            "api: ",
            "'>=2'",
            "{ ",
            " }",
            "[",
            "]",
            ", ",
            "- ",
            "|\n  ",
            "&a ",
            "*a",
            "<<: ",
            "'{name}'",
            "{environment}",
            "~",
            "../x",
            "\t",
            "'",
            "#",
            "!!str ",
            "é",
        ];
        prop::sample::select(keys.chain(others.map(str::to_owned)).collect::<Vec<_>>())
    }

    proptest! {
        #[test]
        fn whatever_is_in_the_file_every_problem_has_its_place_in_it(
            pieces in prop::collection::vec(piece(), 0..40),
        ) {
            let text = pieces.concat();
            laws::release_file(text.as_bytes());
        }
    }
}
