//! Commits: one, many, what lies between two, and the pull requests they came by.

use serde_json::{Value, json};

use crate::github::answers::page_of;
use crate::github::history::{Commit, DEFAULT_BRANCH};
use crate::github::operation::OWNER;
use crate::github::state::PullRequest;
use crate::github::views;
use crate::github::wire::{Answer, Page, Refusal, param};
use crate::github::world::{Call, World};

/// "When calling this endpoint without any paging parameter, the returned list is
/// limited to 250 commits".
const UNPAGED: usize = 250;

/// "It includes up to 300 changed files for the entire comparison."
const FILES: usize = 300;

pub(super) fn compare(world: &World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (base, head) = call.argument.split_once("...").ok_or_else(Refusal::not_found)?;
    let resolve = |name: &str| {
        let name = name.strip_prefix(OWNER).and_then(|it| it.strip_prefix(':')).unwrap_or(name);
        world.history.resolve(name).ok_or_else(Refusal::not_found)
    };
    let (base_commit, head_commit) = (resolve(base)?, resolve(head)?);
    let between = world.history.between(&base_commit.sha, &head_commit.sha).ok_or_else(|| {
        Refusal::new(404, format!("No common ancestor between {base} and {head}."))
    })?;

    let query = &call.incoming.query;
    let paged = ["page", "per_page"].iter().any(|name| param(query, name).is_some());
    let page = Page::of(query);
    let commits = if paged {
        page.cut(&between.ahead)
    } else {
        // "The last commit in the list is the most recent of the entire comparison."
        between.ahead[between.ahead.len().saturating_sub(UNPAGED)..].to_vec()
    };
    let files = if paged && page.number > 1 {
        Vec::new()
    } else {
        views::files(call, &head_commit.sha, between.ahead.iter(), FILES)
    };
    let commits: Vec<_> = commits.iter().map(|it| views::commit(world, &call.links, it)).collect();
    let name = |kind: &str| format!("compare/{base}...{head}{kind}");
    let permanent = format!("compare/{OWNER}:{}...{OWNER}:{}", base_commit.sha, head_commit.sha);
    let answer = Answer::json(
        200,
        &json!({
            "url": call.links.repo(&name("")),
            "html_url": call.links.page(&name("")),
            "permalink_url": call.links.page(&permanent),
            "diff_url": call.links.page(&name(".diff")),
            "patch_url": call.links.page(&name(".patch")),
            "base_commit": views::commit(world, &call.links, base_commit),
            "merge_base_commit": views::commit(world, &call.links, &between.merge_base),
            "status": between.status(),
            "ahead_by": between.ahead.len(),
            "behind_by": between.behind,
            "total_commits": between.ahead.len(),
            "commits": commits,
            "files": files,
        }),
    );
    let links = page.links(call.incoming, between.ahead.len()).filter(|_| paged);
    Ok(match links {
        Some(links) => answer.with("link", links),
        None => answer,
    })
}

pub(super) fn list(world: &World, call: &Call<'_>) -> Result<Answer, Refusal> {
    not_empty(world)?;
    let query = &call.incoming.query;
    let from = param(query, "sha").unwrap_or_else(|| DEFAULT_BRANCH.to_owned());
    let head = world.history.resolve(&from).ok_or_else(Refusal::not_found)?;
    let path = param(query, "path").filter(|path| !path.is_empty());
    let newest_first: Vec<_> = world
        .history
        .up_to(&head.sha)
        .into_iter()
        .rev()
        .filter(|commit| path.as_deref().is_none_or(|path| touches(commit, path)))
        .collect();
    Ok(page_of(call, &newest_first, |it| views::commit(world, &call.links, it)))
}

/// Whether it changed a file, or one below a folder.
fn touches(commit: &Commit, path: &str) -> bool {
    let path = path.trim_matches('/');
    commit.touched.iter().any(|touched| {
        touched.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

pub(super) fn get(world: &World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let commit = named(world, call)?;
    let mut view = views::commit(world, &call.links, commit);
    let files = views::files(call, &commit.sha, [commit].into_iter(), FILES);
    let changes = files.len();
    view["stats"] = json!({ "total": changes, "additions": changes, "deletions": 0 });
    view["files"] = Value::Array(files);
    Ok(Answer::json(200, &view))
}

/// "Lists the merged pull request that introduced the commit to the repository.
/// If the commit is not present in the default branch, it will return merged and
/// open pull requests associated with the commit."
pub(super) fn pulls(world: &World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let commit = named(world, call)?;
    let history = &world.history;
    let on_main = history
        .branches
        .get(DEFAULT_BRANCH)
        .is_some_and(|main| history.contains(main, &commit.sha));
    let belongs = |pull: &&PullRequest| {
        pull.merged_as.contains(&commit.sha)
            || !on_main && history.contains(pull.head_sha(history), &commit.sha)
    };
    let pulls: Vec<_> = world.state.pull_requests.values().filter(belongs).cloned().collect();
    Ok(page_of(call, &pulls, |it| views::pull_request(world, &call.links, it)))
}

fn named<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a Commit, Refusal> {
    not_empty(world)?;
    let name = &call.argument;
    let unknown = || Refusal::new(422, format!("No commit found for SHA: {name}"));
    world.history.resolve(name).ok_or_else(unknown)
}

fn not_empty(world: &World) -> Result<(), Refusal> {
    if world.history.is_empty() {
        return Err(Refusal::new(409, "Git Repository is empty."));
    }
    Ok(())
}
