//! Commits and the files they changed.

use serde_json::{Value, json};

use crate::github::access::{Author, Kind};
use crate::github::history::{Commit, sha_of};
use crate::github::links::Links;
use crate::github::wire::encode;
use crate::github::world::{Call, World};

/// A `commit`, without its files.
pub(crate) fn commit(world: &World, links: &Links, commit: &Commit) -> Value {
    let sha = &commit.sha;
    let url = links.repo(&format!("commits/{sha}"));
    let tree = sha_of(&format!("tree {sha}"));
    let signed = json!({
        "name": "Mona Octocat", "email": "mona@example.com", "date": world.date(commit.at),
    });
    let author = Author::new("octocat", Kind::User).view(links);
    let parents: Vec<_> = commit
        .parents
        .iter()
        .map(|parent| {
            json!({
                "sha": parent,
                "url": links.repo(&format!("commits/{parent}")),
                "html_url": links.page(&format!("commit/{parent}")),
            })
        })
        .collect();
    json!({
        "sha": sha,
        "node_id": format!("C_{}", &sha[..12]),
        "commit": {
            "author": signed,
            "committer": signed,
            "message": commit.message,
            "tree": { "sha": tree, "url": links.repo(&format!("git/trees/{tree}")) },
            "url": links.repo(&format!("git/commits/{sha}")),
            "comment_count": 0,
            "verification": {
                "verified": false, "reason": "unsigned", "signature": null, "payload": null,
                "verified_at": null,
            },
        },
        "url": url,
        "html_url": links.page(&format!("commit/{sha}")),
        "comments_url": format!("{url}/comments"),
        "author": author,
        "committer": author,
        "parents": parents,
    })
}

/// A `diff-entry` for each file that commits changed, up to so many. How much of a
/// file changed is not played: one line each.
pub(crate) fn files<'a>(
    call: &Call<'_>,
    at: &str,
    commits: impl Iterator<Item = &'a Commit>,
    limit: usize,
) -> Vec<Value> {
    let paths: std::collections::BTreeSet<_> = commits.flat_map(|it| &it.touched).collect();
    let entry = |path: &String| {
        let name = encode(path);
        json!({
            "sha": sha_of(&format!("blob {at} {path}")),
            "filename": path,
            "status": "modified",
            "additions": 1,
            "deletions": 0,
            "changes": 1,
            "blob_url": call.links.page(&format!("blob/{at}/{name}")),
            "raw_url": call.links.page(&format!("raw/{at}/{name}")),
            "contents_url": call.links.repo(&format!("contents/{name}?ref={at}")),
            "patch": "@@ -1 +1,2 @@\n line\n+another",
        })
    };
    paths.into_iter().take(limit).map(entry).collect()
}
