//! The repository, as pull requests name it.

use serde_json::{Value, json};

use crate::github::access::{Author, Kind};
use crate::github::history::DEFAULT_BRANCH;
use crate::github::links::Links;
use crate::github::operation::{NAME, OWNER};
use crate::github::wire::REPOSITORY_ID;

/// Addresses of the API below the repository, by the members that hold them.
const BELOW: &[(&str, &str)] = &[
    ("archive_url", "{archive_format}{/ref}"),
    ("assignees_url", "assignees{/user}"),
    ("blobs_url", "git/blobs{/sha}"),
    ("branches_url", "branches{/branch}"),
    ("collaborators_url", "collaborators{/collaborator}"),
    ("comments_url", "comments{/number}"),
    ("commits_url", "commits{/sha}"),
    ("compare_url", "compare/{base}...{head}"),
    ("contents_url", "contents/{+path}"),
    ("contributors_url", "contributors"),
    ("deployments_url", "deployments"),
    ("downloads_url", "downloads"),
    ("events_url", "events"),
    ("forks_url", "forks"),
    ("git_commits_url", "git/commits{/sha}"),
    ("git_refs_url", "git/refs{/sha}"),
    ("git_tags_url", "git/tags{/sha}"),
    ("hooks_url", "hooks"),
    ("issue_comment_url", "issues/comments{/number}"),
    ("issue_events_url", "issues/events{/number}"),
    ("issues_url", "issues{/number}"),
    ("keys_url", "keys{/key_id}"),
    ("labels_url", "labels{/name}"),
    ("languages_url", "languages"),
    ("merges_url", "merges"),
    ("milestones_url", "milestones{/number}"),
    ("notifications_url", "notifications{?since,all,participating}"),
    ("pulls_url", "pulls{/number}"),
    ("releases_url", "releases{/id}"),
    ("stargazers_url", "stargazers"),
    ("statuses_url", "statuses/{sha}"),
    ("subscribers_url", "subscribers"),
    ("subscription_url", "subscription"),
    ("tags_url", "tags"),
    ("teams_url", "teams"),
    ("trees_url", "git/trees{/sha}"),
];

/// A `repository`.
pub(super) fn repository(links: &Links) -> Value {
    let page = links.web(&format!("{OWNER}/{NAME}"));
    let mut repository = json!({
        "id": REPOSITORY_ID,
        "node_id": "R_kgDOABPHaA",
        "name": NAME,
        "full_name": format!("{OWNER}/{NAME}"),
        "private": true,
        "owner": Author::new(OWNER, Kind::Organization).view(links),
        "html_url": page,
        "description": null,
        "fork": false,
        "url": links.repository(),
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "pushed_at": "2026-01-01T00:00:00Z",
        "git_url": format!("git://github.com/{OWNER}/{NAME}.git"),
        "ssh_url": format!("git@github.com:{OWNER}/{NAME}.git"),
        "clone_url": format!("{page}.git"),
        "svn_url": page,
        "homepage": null,
        "mirror_url": null,
        "language": null,
        "license": null,
        "size": 108,
        "visibility": "private",
        "default_branch": DEFAULT_BRANCH,
        "is_template": false,
        "allow_forking": false,
        "web_commit_signoff_required": false,
        "topics": [],
    });
    for flag in ["issues", "projects", "downloads", "wiki", "pages", "discussions"] {
        repository[format!("has_{flag}")] = false.into();
    }
    for flag in ["archived", "disabled"] {
        repository[flag] = false.into();
    }
    for count in ["stargazers", "watchers", "forks", "open_issues"] {
        repository[format!("{count}_count")] = 0.into();
    }
    for count in ["forks", "open_issues", "watchers"] {
        repository[count] = 0.into();
    }
    for (member, path) in BELOW {
        repository[*member] = format!("{}/{path}", links.repository()).into();
    }
    repository
}
