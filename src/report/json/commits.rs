//! The commits that a version adds and removes, as JSON.

use serde_json::Value;

use crate::github::{Commit, Comparison};
use crate::report::object::object;

/// The members `commits` and `commits-unknown` of an object.
pub(crate) fn commits(
    known: Option<&Result<Comparison, String>>,
) -> (Option<Value>, Option<Value>) {
    match known {
        None => (None, None),
        Some(Ok(known)) => (Some(comparison(known)), None),
        Some(Err(why)) => (None, Some(why.as_str().into())),
    }
}

/// `added` and `removed` (lists, newest first, of `id`, `title` and, where they are
/// known, `author` and `pull-request`), `more` (how many are in neither list), `unread` (how many
/// older ones were not looked at), `page`, `folders` where they are those of these
/// alone, and `unread-folders` (how many more of them were not looked at).
fn comparison(comparison: &Comparison) -> Value {
    let list = |commits: &[Commit]| Some(commits.iter().map(commit).collect());
    let (folders, unread_folders) = (&comparison.folders, comparison.unread_folders);
    object([
        ("added", list(&comparison.added)),
        ("removed", list(&comparison.removed)),
        ("more", Some(comparison.more.into())),
        ("unread", Some(comparison.unread.into())),
        ("page", Some(comparison.page.as_str().into())),
        ("folders", (!folders.is_empty()).then(|| folders.as_slice().into())),
        ("unread-folders", (unread_folders > 0).then(|| unread_folders.into())),
    ])
}

fn commit(commit: &Commit) -> Value {
    object([
        ("id", Some(commit.id.as_str().into())),
        ("title", Some(commit.title.as_str().into())),
        ("author", commit.author.as_deref().map(Value::from)),
        ("pull-request", commit.pull_request.as_ref().map(|it| it.number.into())),
    ])
}
