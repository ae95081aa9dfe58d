//! How GitHub shows what it keeps: every object with all the members that its
//! OpenAPI description requires. Nothing is decided here.

mod commit;
mod deployment;
mod issue;
mod pull_request;
mod repository;

use serde_json::{Value, json};

pub(crate) use crate::github::views::commit::{commit, files};
pub(crate) use crate::github::views::deployment::{deployment, status};
pub(crate) use crate::github::views::issue::{OPENS_PULL_REQUESTS, issue, issue_of_pull_request};
pub(crate) use crate::github::views::pull_request::pull_request;

use crate::github::access::JOB_LOGIN;
use crate::github::links::Links;
use crate::github::operation::{NAME, OWNER};
use crate::github::state::{Comment, Release};
use crate::github::wire::encode;
use crate::github::world::World;

/// An `issue-comment`.
pub(crate) fn comment(world: &World, links: &Links, comment: &Comment) -> Value {
    let Comment { id, issue, author, body, created, updated } = comment;
    let url = links.repo(&format!("issues/comments/{id}"));
    let kind = if world.state.issues.contains_key(issue) { "issues" } else { "pull" };
    let page = links.page(&format!("{kind}/{issue}#issuecomment-{id}"));
    let standing = if author.login == JOB_LOGIN { "NONE" } else { "CONTRIBUTOR" };
    json!({
        "url": url,
        "html_url": page,
        "issue_url": links.repo(&format!("issues/{issue}")),
        "id": id,
        "node_id": format!("IC_{id}"),
        "user": author.view(links),
        "created_at": world.date(*created),
        "updated_at": world.date(*updated),
        "body": body,
        "author_association": standing,
        "pin": null,
        "minimized": null,
        "reactions": reactions(&url),
        "performed_via_github_app": author.app(links),
    })
}

/// A `release`.
pub(crate) fn release(world: &World, links: &Links, release: &Release) -> Value {
    let Release { id, tag, target, name, notes, draft, prerelease, author, created } = release;
    let url = links.repo(&format!("releases/{id}"));
    let encoded = encode(tag);
    let date = world.date(*created);
    let uploads = format!("https://uploads.github.com/repos/{OWNER}/{NAME}/releases/{id}/assets");
    json!({
        "url": url,
        "html_url": links.page(&format!("releases/tag/{encoded}")),
        "assets_url": format!("{url}/assets"),
        "upload_url": format!("{uploads}{{?name,label}}"),
        "tarball_url": links.repo(&format!("tarball/{encoded}")),
        "zipball_url": links.repo(&format!("zipball/{encoded}")),
        "id": id,
        "node_id": format!("RE_{id}"),
        "tag_name": tag,
        "target_commitish": target,
        "name": name,
        "body": notes,
        "draft": draft,
        "prerelease": prerelease,
        "immutable": false,
        "created_at": date,
        "published_at": if *draft { Value::Null } else { date.clone() },
        "updated_at": date,
        "author": author.view(links),
        "assets": [],
    })
}

/// A `git-ref`, of its name without `refs/`.
pub(crate) fn reference(links: &Links, short: &str, kind: &str, sha: &str) -> Value {
    json!({
        "ref": format!("refs/{short}"),
        "node_id": format!("REF_{}", &sha[..12]),
        "url": links.repo(&format!("git/refs/{}", encode(short))),
        "object": {
            "sha": sha,
            "type": kind,
            "url": links.repo(&format!("git/{kind}s/{sha}")),
        },
    })
}

/// Nobody has reacted.
fn reactions(url: &str) -> Value {
    json!({
        "url": format!("{url}/reactions"), "total_count": 0, "+1": 0, "-1": 0, "laugh": 0,
        "hooray": 0, "confused": 0, "heart": 0, "rocket": 0, "eyes": 0,
    })
}

/// The text of a member that is one.
pub(crate) fn text(member: &Value) -> String {
    member.as_str().unwrap_or_default().to_owned()
}
