//! Releases: one for a tag, with notes.

use serde_json::json;

use crate::github::access::May;
use crate::github::answers::{Members, page_of};
use crate::github::history::{DEFAULT_BRANCH, Tag};
use crate::github::state::Release;
use crate::github::views;
use crate::github::wire::{Answer, Refusal};
use crate::github::world::{Call, World};

/// The most characters that notes may have.
const LIMIT: usize = 125_000;

/// "Get a published release with the specified tag": no draft.
pub(super) fn get(world: &World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let is_it = |it: &&Release| it.tag == call.argument && !it.draft;
    let release = world.state.releases.iter().find(is_it).ok_or_else(Refusal::not_found)?;
    Ok(Answer::json(200, &views::release(world, &call.links, release)))
}

/// "Users with push access to the repository will receive listings for draft releases."
pub(super) fn list(world: &World, call: &Call<'_>) -> Answer {
    let may_push = world.grants(call.incoming).is_some_and(|it| it.contents == May::Write);
    let newest_first: Vec<Release> =
        world.state.releases.iter().rev().filter(|it| may_push || !it.draft).cloned().collect();
    page_of(call, &newest_first, |it| views::release(world, &call.links, it))
}

pub(super) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let members = Members::of(call)?;
    let tag = members.required_text("tag_name")?;
    let target = members.text("target_commitish")?.unwrap_or(DEFAULT_BRANCH);
    let draft = members.flag("draft")?.unwrap_or(false);
    let notes = members.text("body")?;
    if notes.is_some_and(|it| it.chars().count() > LIMIT) {
        let told = "body is too long (maximum is 125000 characters)";
        return Err(Refusal::invalid("Release", "body", "custom", told));
    }
    if !draft && world.state.releases.iter().any(|it| it.tag == tag && !it.draft) {
        return Err(invalid("already_exists", "tag_name"));
    }
    // A tag that is not there is made, unless the release is a draft.
    if !draft && !world.history.tags.contains_key(tag) {
        let commit = world.history.resolve(target).map(|it| it.sha.clone());
        let commit = commit.ok_or_else(|| invalid("invalid", "target_commitish"))?;
        world.history.tags.insert(tag.to_owned(), Tag { commit, object: None });
    }
    let release = Release {
        id: world.state.next_id(),
        tag: tag.to_owned(),
        target: target.to_owned(),
        name: members.text("name")?.map(str::to_owned),
        notes: notes.map(str::to_owned),
        draft,
        prerelease: members.flag("prerelease")?.unwrap_or(false),
        author: call.author.clone(),
        created: world.now,
    };
    world.state.releases.push(release.clone());
    let view = views::release(world, &call.links, &release);
    Ok(Answer::json(201, &view).with("location", views::text(&view["url"])))
}

fn invalid(code: &str, field: &str) -> Refusal {
    let errors = json!([{ "resource": "Release", "code": code, "field": field }]);
    Refusal { errors: Some(errors), ..Refusal::new(422, "Validation Failed") }
}
