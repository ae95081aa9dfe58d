//! The operations that are played, by the names that GitHub's OpenAPI
//! description gives them, and how a path leads to one.

use crate::github::access::{Grants, May};
use crate::github::wire::{REPOSITORY_ID, Refusal};
use crate::query::decode;

pub const OWNER: &str = "octo-org";
pub const NAME: &str = "shop";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    AuthenticatedUser,
    Content,
    ListIssues,
    CreateIssue,
    Issue,
    UpdateIssue,
    ListComments,
    CreateComment,
    UpdateComment,
    CreateDeployment,
    ListDeployments,
    CreateStatus,
    ListStatuses,
    Compare,
    ListCommits,
    PullsOfCommit,
    Commit,
    Ref,
    CreateRef,
    Release,
    ListReleases,
    CreateRelease,
}

/// Method, path below the repository, operation. `{}` is one segment, `{*}` as
/// many as there are: names of branches and files have slashes. The first one
/// that fits wins.
const ROUTES: &[(&str, &str, Operation)] = &[
    ("GET", "contents/{*}", Operation::Content),
    ("GET", "issues", Operation::ListIssues),
    ("POST", "issues", Operation::CreateIssue),
    ("GET", "issues/{}", Operation::Issue),
    ("PATCH", "issues/{}", Operation::UpdateIssue),
    ("PATCH", "issues/comments/{}", Operation::UpdateComment),
    ("GET", "issues/{}/comments", Operation::ListComments),
    ("POST", "issues/{}/comments", Operation::CreateComment),
    ("GET", "deployments", Operation::ListDeployments),
    ("POST", "deployments", Operation::CreateDeployment),
    ("GET", "deployments/{}/statuses", Operation::ListStatuses),
    ("POST", "deployments/{}/statuses", Operation::CreateStatus),
    ("GET", "compare/{*}", Operation::Compare),
    ("GET", "commits", Operation::ListCommits),
    ("GET", "commits/{*}/pulls", Operation::PullsOfCommit),
    ("GET", "commits/{*}", Operation::Commit),
    ("GET", "git/ref/{*}", Operation::Ref),
    ("POST", "git/refs", Operation::CreateRef),
    ("GET", "releases/tags/{*}", Operation::Release),
    ("GET", "releases", Operation::ListReleases),
    ("POST", "releases", Operation::CreateRelease),
];

impl Operation {
    /// As the OpenAPI description calls it.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::AuthenticatedUser => "users/get-authenticated",
            Self::Content => "repos/get-content",
            Self::ListIssues => "issues/list-for-repo",
            Self::CreateIssue => "issues/create",
            Self::Issue => "issues/get",
            Self::UpdateIssue => "issues/update",
            Self::ListComments => "issues/list-comments",
            Self::CreateComment => "issues/create-comment",
            Self::UpdateComment => "issues/update-comment",
            Self::CreateDeployment => "repos/create-deployment",
            Self::ListDeployments => "repos/list-deployments",
            Self::CreateStatus => "repos/create-deployment-status",
            Self::ListStatuses => "repos/list-deployment-statuses",
            Self::Compare => "repos/compare-commits-with-basehead",
            Self::ListCommits => "repos/list-commits",
            Self::PullsOfCommit => "repos/list-pull-requests-associated-with-commit",
            Self::Commit => "repos/get-commit",
            Self::Ref => "git/get-ref",
            Self::CreateRef => "git/create-ref",
            Self::Release => "repos/get-release-by-tag",
            Self::ListReleases => "repos/list-releases",
            Self::CreateRelease => "repos/create-release",
        }
    }

    /// Below `https://docs.github.com/rest`.
    pub(crate) fn documentation(self) -> &'static str {
        match self {
            Self::AuthenticatedUser => "/users/users#get-the-authenticated-user",
            Self::Content => "/repos/contents#get-repository-content",
            Self::ListIssues => "/issues/issues#list-repository-issues",
            Self::CreateIssue => "/issues/issues#create-an-issue",
            Self::Issue => "/issues/issues#get-an-issue",
            Self::UpdateIssue => "/issues/issues#update-an-issue",
            Self::ListComments => "/issues/comments#list-issue-comments",
            Self::CreateComment => "/issues/comments#create-an-issue-comment",
            Self::UpdateComment => "/issues/comments#update-an-issue-comment",
            Self::CreateDeployment => "/deployments/deployments#create-a-deployment",
            Self::ListDeployments => "/deployments/deployments#list-deployments",
            Self::CreateStatus => "/deployments/statuses#create-a-deployment-status",
            Self::ListStatuses => "/deployments/statuses#list-deployment-statuses",
            Self::Compare => "/commits/commits#compare-two-commits",
            Self::ListCommits => "/commits/commits#list-commits",
            Self::PullsOfCommit => "/commits/commits#list-pull-requests-associated-with-a-commit",
            Self::Commit => "/commits/commits#get-a-commit",
            Self::Ref => "/git/refs#get-a-reference",
            Self::CreateRef => "/git/refs#create-a-reference",
            Self::Release => "/releases/releases#get-a-release-by-tag-name",
            Self::ListReleases => "/releases/releases#list-releases",
            Self::CreateRelease => "/releases/releases#create-a-release",
        }
    }

    /// Whether a token may do it, by the permissions that the documentation of
    /// each operation names.
    pub(crate) fn permitted(self, grants: &Grants, hidden: bool) -> Result<(), Refusal> {
        let comments = grants.issues.max(grants.pull_requests);
        let (has, needs) = match self {
            Self::AuthenticatedUser if grants.is_person() => return Ok(()),
            Self::AuthenticatedUser => return Err(Refusal::not_accessible()),
            Self::Content
            | Self::Compare
            | Self::ListCommits
            | Self::Commit
            | Self::Ref
            | Self::Release
            | Self::ListReleases => {
                if grants.contents == May::Nothing && hidden {
                    return Err(Refusal::not_found());
                }
                (grants.contents, May::Read)
            }
            Self::CreateRef | Self::CreateRelease => (grants.contents, May::Write),
            Self::ListIssues | Self::Issue => (grants.issues, May::Read),
            Self::CreateIssue | Self::UpdateIssue => (grants.issues, May::Write),
            Self::ListComments => (comments, May::Read),
            Self::CreateComment | Self::UpdateComment => (comments, May::Write),
            Self::ListDeployments | Self::ListStatuses => (grants.deployments, May::Read),
            Self::CreateDeployment | Self::CreateStatus => (grants.deployments, May::Write),
            Self::PullsOfCommit => (grants.pull_requests, May::Read),
        };
        if has >= needs { Ok(()) } else { Err(Refusal::not_accessible()) }
    }
}

/// The operation of a path below the API's base, and what stands for the
/// placeholder in it, decoded.
pub(crate) fn route(method: &str, path: &str) -> Option<(Operation, String)> {
    if (method, path) == ("GET", "/user") {
        return Some((Operation::AuthenticatedUser, String::new()));
    }
    let segments: Vec<_> = path.strip_prefix('/')?.split('/').collect();
    let rest = match segments.as_slice() {
        ["repos", owner, name, rest @ ..] => {
            let here = owner.eq_ignore_ascii_case(OWNER) && name.eq_ignore_ascii_case(NAME);
            here.then_some(rest)?
        }
        ["repositories", id, rest @ ..] => (*id == REPOSITORY_ID.to_string()).then_some(rest)?,
        _ => return None,
    };
    ROUTES.iter().filter(|(verb, ..)| *verb == method).find_map(|(_, template, operation)| {
        let argument = fits(template, rest)?;
        // A plus is no space in a path.
        Some((*operation, decode(&argument.replace('+', "%2B"))?))
    })
}

/// What stands for the placeholder of a template, if the path fits it.
fn fits(template: &str, path: &[&str]) -> Option<String> {
    let parts: Vec<_> = template.split('/').collect();
    let Some(at) = parts.iter().position(|part| part.starts_with('{')) else {
        return (parts == path).then(String::new);
    };
    let (before, after) = (&parts[..at], &parts[at + 1..]);
    let inner = path.strip_prefix(before)?.strip_suffix(after)?;
    let enough = if parts[at] == "{}" { inner.len() == 1 } else { !inner.is_empty() };
    enough.then(|| inner.join("/"))
}
