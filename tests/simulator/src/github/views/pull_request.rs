//! Pull requests as lists show them.

use serde_json::{Value, json};

use crate::github::access::{Author, Kind};
use crate::github::links::Links;
use crate::github::operation::OWNER;
use crate::github::state::PullRequest;
use crate::github::views::repository::repository;
use crate::github::world::World;

/// A `pull-request-simple`.
pub(crate) fn pull_request(world: &World, links: &Links, pull: &PullRequest) -> Value {
    let number = pull.number;
    let url = links.repo(&format!("pulls/{number}"));
    let page = links.page(&format!("pull/{number}"));
    let issue = links.repo(&format!("issues/{number}"));
    let head_sha = pull.head_sha(&world.history);
    let base_sha = world.history.branches.get(&pull.base);
    let statuses = links.repo(&format!("statuses/{head_sha}"));
    let review_comment = links.repo("pulls/comments{/number}");
    let merged = pull.merged.map(|time| world.date(time));
    let changed = merged.clone().unwrap_or_else(|| world.date(pull.created));
    let author = Author::new("octocat", Kind::User).view(links);
    json!({
        "url": url,
        "id": 1_000_000 + number,
        "node_id": format!("PR_{number}"),
        "html_url": page,
        "diff_url": format!("{page}.diff"),
        "patch_url": format!("{page}.patch"),
        "issue_url": issue,
        "number": number,
        "state": if pull.merged.is_some() { "closed" } else { "open" },
        "locked": false,
        "title": pull.title,
        "user": author,
        "body": null,
        "created_at": world.date(pull.created),
        "updated_at": changed,
        "closed_at": merged,
        "merged_at": merged,
        "merge_commit_sha": pull.merged_as.last(),
        "assignee": null,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "labels": [],
        "milestone": null,
        "draft": false,
        "commits_url": format!("{url}/commits"),
        "review_comments_url": format!("{url}/comments"),
        "review_comment_url": review_comment,
        "comments_url": format!("{issue}/comments"),
        "statuses_url": statuses,
        "head": side(links, &pull.head, head_sha),
        "base": side(links, &pull.base, base_sha.map_or(head_sha, String::as_str)),
        "_links": {
            "self": link(&url),
            "html": link(&page),
            "issue": link(&issue),
            "comments": link(&format!("{issue}/comments")),
            "review_comments": link(&format!("{url}/comments")),
            "review_comment": link(&review_comment),
            "commits": link(&format!("{url}/commits")),
            "statuses": link(&statuses),
        },
        "author_association": "CONTRIBUTOR",
        "auto_merge": null,
        "active_lock_reason": null,
    })
}

fn link(href: &str) -> Value {
    json!({ "href": href })
}

/// The head or the base.
fn side(links: &Links, branch: &str, sha: &str) -> Value {
    json!({
        "label": format!("{OWNER}:{branch}"),
        "ref": branch,
        "sha": sha,
        "user": Author::new(OWNER, Kind::Organization).view(links),
        "repo": repository(links),
    })
}
