//! Where in the file that it was read from the members of a definition stand.

use serde_json::{Map, Value};

use super::origin::Origin;
use super::read::{self, Source};
use crate::document::{self, Step};

/// Lists out of which something may have been taken since the file was read, each
/// with the member that an entry goes by. In any other list a place stays a place.
const EDITED: [(&str, &str); 3] = [("environment", "name"), ("secrets", "name"), ("tags", "key")];

/// Where in the file the members of one definition stand.
pub(super) struct Places<'a> {
    origin: &'a Origin,
    /// The definition as the file has it.
    written: Map<String, Value>,
    /// As it is now: with other tags, or patched.
    body: &'a Map<String, Value>,
}

impl<'a> Places<'a> {
    /// For the `body` of a definition that was made of the one in the file.
    pub(super) fn of(origin: &'a Origin, body: &'a Map<String, Value>) -> Self {
        let read = read::read(Source::File(&origin.file), origin.text.as_bytes());
        let written = read.map(|read| read.definition).unwrap_or_default();
        Self { origin, written, body }
    }

    /// The line, counted from 1, on which the member at `path` begins; where the
    /// file has no such member, that of the nearest one around it.
    pub(super) fn line_of(&self, path: &[Step]) -> usize {
        let mut path = self.as_written(path);
        let is_beside = self.origin.had_tags_beside && path.first() == Some(&Step::Key("tags"));
        if self.origin.was_wrapped && !is_beside {
            path.insert(0, Step::Key("taskDefinition"));
        }
        document::line_of(&self.origin.text, &path)
    }

    /// The same place in the definition that the file has, cut off where it ends.
    fn as_written(&self, path: &[Step]) -> Vec<Step> {
        let edited = path.windows(2).enumerate().find_map(|(at, pair)| match pair {
            [Step::Key(list), Step::Index(index)] => {
                let (_, member) = EDITED.iter().find(|(edited, _)| edited == list)?;
                Some((at + 1, *index, *member))
            }
            _ => None,
        });
        let Some((at, index, member)) = edited else { return path.to_vec() };
        let [now, before] = [self.body, &self.written]
            .map(|root| document::value_at(root, &path[..at]).and_then(Value::as_array));
        let mut path = path.to_vec();
        match now.zip(before).and_then(|(now, before)| same_entry(now, index, before, member)) {
            Some(index) => path[at] = Step::Index(index),
            None => path.truncate(at),
        }
        path
    }
}

/// Where in `before` the entry stands that is `now[index]`: by its name, and of
/// several with one name the one that comes as late.
fn same_entry(now: &[Value], index: usize, before: &[Value], member: &str) -> Option<usize> {
    let name = now.get(index)?.get(member)?;
    let has_it = |entry: &Value| entry.get(member) == Some(name);
    let earlier = now[..index].iter().filter(|entry| has_it(entry)).count();
    before.iter().enumerate().filter(|(_, entry)| has_it(entry)).nth(earlier).map(|(at, _)| at)
}
