//! The member `commits` of the output `report`.

use serde_json::{Value, json};

use crate::github::{Commit, Comparison};

/// `added` and `removed` (lists, newest first, of `id`, `title` and, where it is
/// known, `pull-request`), `more` (how many are in neither list), `unread` (how many
/// older ones were not looked at), `page`, and `folder` where they are those of a folder.
pub(super) fn commits(comparison: &Comparison) -> Value {
    let list = |commits: &[Commit]| commits.iter().map(commit).collect::<Value>();
    let mut object = json!({
        "added": list(&comparison.added),
        "removed": list(&comparison.removed),
        "more": comparison.more,
        "unread": comparison.unread,
        "page": comparison.page,
    });
    if let Some(folder) = &comparison.folder {
        object["folder"] = folder.as_str().into();
    }
    object
}

fn commit(commit: &Commit) -> Value {
    let mut object = json!({ "id": commit.id, "title": commit.title });
    if let Some(pull_request) = &commit.pull_request {
        object["pull-request"] = pull_request.number.into();
    }
    object
}
