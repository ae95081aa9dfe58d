//! Issues, and pull requests where they are listed among them.

use serde_json::{Value, json};

use super::reactions;
use crate::github::access::{Author, JOB_LOGIN, Kind};
use crate::github::links::Links;
use crate::github::state::{Issue, PullRequest};
use crate::github::wire::encode;
use crate::github::world::World;

/// Whoever opens pull requests here.
pub(crate) const OPENS_PULL_REQUESTS: &str = "octocat";

/// An `issue`.
pub(crate) fn issue(world: &World, links: &Links, issue: &Issue) -> Value {
    let Issue { number, title, body, labels, closed, author, created, updated } = issue;
    let url = links.repo(&format!("issues/{number}"));
    let comments = world.state.comments.iter().filter(|it| it.issue == *number).count();
    let updated = world.date(*updated);
    json!({
        "url": url,
        "repository_url": links.repository(),
        "labels_url": format!("{url}/labels{{/name}}"),
        "comments_url": format!("{url}/comments"),
        "events_url": format!("{url}/events"),
        "timeline_url": format!("{url}/timeline"),
        "html_url": links.page(&format!("issues/{number}")),
        "id": 2_000_000 + number,
        "node_id": format!("I_{number}"),
        "number": number,
        "title": title,
        "user": author.view(links),
        "labels": labels.iter().map(|it| label(links, it)).collect::<Vec<_>>(),
        "state": if closed.is_some() { "closed" } else { "open" },
        "state_reason": closed,
        "locked": false,
        "assignee": null,
        "assignees": [],
        "milestone": null,
        "comments": comments,
        "created_at": world.date(*created),
        "updated_at": updated,
        "closed_at": closed.as_ref().map(|_| updated.clone()),
        "author_association": if author.login == JOB_LOGIN { "NONE" } else { "CONTRIBUTOR" },
        "active_lock_reason": null,
        "body": if body.is_empty() { Value::Null } else { body.as_str().into() },
        "reactions": reactions(&url),
        "performed_via_github_app": author.app(links),
    })
}

/// "You can identify pull requests by the `pull_request` key."
pub(crate) fn issue_of_pull_request(world: &World, links: &Links, pull: &PullRequest) -> Value {
    let number = pull.number;
    let as_issue = Issue {
        number,
        title: pull.title.clone(),
        body: pull.body.clone(),
        labels: pull.labels.clone(),
        closed: pull.merged.map(|_| "completed".to_owned()),
        author: Author::new(OPENS_PULL_REQUESTS, Kind::User),
        created: pull.created,
        updated: pull.merged.unwrap_or(pull.created),
    };
    let mut view = issue(world, links, &as_issue);
    let page = links.page(&format!("pull/{number}"));
    view["pull_request"] = json!({
        "url": links.repo(&format!("pulls/{number}")),
        "html_url": page,
        "diff_url": format!("{page}.diff"),
        "patch_url": format!("{page}.patch"),
        "merged_at": pull.merged.map(|at| world.date(at)),
    });
    view["html_url"] = page.into();
    view["draft"] = false.into();
    view
}

fn label(links: &Links, name: &str) -> Value {
    let id = name.bytes().fold(7_u64, |id, byte| (id * 31 + u64::from(byte)) % 90_000_000);
    json!({
        "id": id,
        "node_id": format!("LA_{id}"),
        "url": links.repo(&format!("labels/{}", encode(name))),
        "name": name,
        "description": null,
        "color": "ededed",
        "default": false,
    })
}
