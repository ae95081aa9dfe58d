//! The object in a JSON file, with the lines of its members.

use std::fmt;

use serde::Deserialize;
use serde::Deserializer as _;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::text_file;
use crate::problem::Problem;

/// An object as it is in a file. Members that appear twice are all in it: a map would
/// silently keep the last.
pub(crate) struct JsonFile<'a> {
    /// The path as the user gave it.
    file: &'a str,
    text: &'a str,
    members: Vec<(String, Value)>,
}

impl<'a> JsonFile<'a> {
    /// Reads the content of `file`, UTF-8 with or without a byte order mark.
    ///
    /// # Errors
    /// Located where the JSON ends being JSON, or at the first line.
    pub(crate) fn parse(file: &'a str, bytes: &'a [u8]) -> Result<Self, Problem> {
        let text = text_file::text(file, bytes)?;
        let Members(members) =
            serde_json::from_str(text).map_err(|error| malformed(file, &error))?;
        Ok(Self { file, text, members })
    }

    /// The member `key`, the last one as for every tool of JavaScript.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.members.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(key, _)| key.as_str())
    }

    /// The one string that the member `key` is, with its line; `None` without it.
    ///
    /// # Errors
    /// There are two of them, or it is something else; at its line.
    pub(super) fn string(&self, key: &str) -> Result<Option<(&str, usize)>, Problem> {
        let file = self.file;
        let mut values = self.members.iter().filter(|(name, _)| name == key);
        let Some((_, value)) = values.next() else { return Ok(None) };
        let more = values.count();
        if more > 0 {
            return Err(Problem::new(format!("{file} has {} members named \"{key}\"", 1 + more))
                .hint("Keep only one: tools differ in which one they read")
                .at(file, self.nth_line_of(key, 1)));
        }
        let line = self.line_of(key);
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

    /// The line of the member `key`, counted from 1, or the first.
    pub(crate) fn line_of(&self, key: &str) -> usize {
        self.nth_line_of(key, 0)
    }

    /// The line of the member `key` that follows `skip` others of that name.
    ///
    /// serde_json tells a position only with an error, so the parser is stopped by one
    /// when it has read the key.
    fn nth_line_of(&self, key: &str, skip: usize) -> usize {
        let mut parser = serde_json::Deserializer::from_str(self.text);
        match parser.deserialize_map(StopAtKey { key, skip }) {
            Err(stopped) => stopped.line().max(1),
            Ok(()) => 1,
        }
    }
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

struct Members(Vec<(String, Value)>);

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
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

struct StopAtKey<'a> {
    key: &'a str,
    skip: usize,
}

impl<'de> Visitor<'de> for StopAtKey<'_> {
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
