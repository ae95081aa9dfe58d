//! A TOML file, with the lines of its values.

use toml::de::{DeTable, DeValue};

use super::text_file;
use crate::problem::Problem;

pub(super) struct TomlFile<'a> {
    /// The path as the user gave it.
    pub file: &'a str,
    text: &'a str,
    root: DeTable<'a>,
}

impl<'a> TomlFile<'a> {
    /// # Errors
    /// Located where the text ends being TOML, or at the first line.
    pub(super) fn parse(file: &'a str, bytes: &'a [u8]) -> Result<Self, Problem> {
        let text = text_file::text(file, bytes)?;
        match DeTable::parse(text) {
            Ok(root) => Ok(Self { file, text, root: root.into_inner() }),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                Err(Problem::new(format!("{file} is not TOML: {}", error.message()))
                    .at(file, line(text, at)))
            }
        }
    }

    /// The value at the end of `path`, with its line.
    pub(super) fn get(&self, path: &[&str]) -> Option<(&DeValue<'a>, usize)> {
        let (last, tables) = path.split_last()?;
        let table = tables.iter().try_fold(&self.root, |table, key| {
            table.get(*key).and_then(|value| value.get_ref().as_table())
        })?;
        let value = table.get(*last)?;
        Some((value.get_ref(), line(self.text, value.span().start)))
    }

    /// The string at the end of `path`, with its line; `None` without it.
    ///
    /// # Errors
    /// It is something else; at its line.
    pub(super) fn string(&self, path: &[&str]) -> Result<Option<(&str, usize)>, Problem> {
        match self.get(path) {
            None => Ok(None),
            Some((DeValue::String(string), line)) => Ok(Some((string, line))),
            Some((_, line)) => {
                let file = self.file;
                let what = path.join(".");
                Err(Problem::new(format!("{what} in {file} is not a string")).at(file, line))
            }
        }
    }
}

fn line(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}
