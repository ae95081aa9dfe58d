//! Comments of issues; pull requests are issues to this part of the API.

use crate::github::access::Kind;
use crate::github::answers::{Members, id_of, page_of};
use crate::github::views;
use crate::github::wire::{Answer, Refusal};
use crate::github::world::{Call, World};

/// The most characters a comment may have.
const LIMIT: usize = 65_536;

pub(super) fn list(world: &World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let number = issue(world, call)?;
    let comments = world.state.comments.iter().filter(|it| it.issue == number);
    let comments: Vec<_> = comments.cloned().collect();
    Ok(page_of(call, &comments, |it| views::comment(world, &call.links, it)))
}

pub(super) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let issue = issue(world, call)?;
    let body = body_of(call)?;
    let comment = world.state.comment(issue, call.author.clone(), &body, world.now);
    let view = views::comment(world, &call.links, &comment);
    Ok(Answer::json(201, &view).with("location", views::text(&view["url"])))
}

pub(super) fn update(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (id, now) = (id_of(call)?, world.now);
    let found = world.state.comments.iter_mut().find(|comment| comment.id == id);
    let comment = found.ok_or_else(Refusal::not_found)?;
    // People who may write edit the comments of others; apps may not.
    if call.author.kind == Kind::Bot && comment.author != call.author {
        return Err(Refusal::not_accessible());
    }
    comment.body = body_of(call)?;
    comment.updated = now;
    let comment = comment.clone();
    Ok(Answer::json(200, &views::comment(world, &call.links, &comment)))
}

fn issue(world: &World, call: &Call<'_>) -> Result<u64, Refusal> {
    let number = id_of(call)?;
    world.state.has_issue(number).then_some(number).ok_or_else(Refusal::not_found)
}

fn body_of(call: &Call<'_>) -> Result<String, Refusal> {
    let members = Members::of(call)?;
    let body = members.required_text("body")?;
    let unprocessable =
        |message: &str| Err(Refusal::invalid("IssueComment", "data", "unprocessable", message));
    if body.trim().is_empty() {
        return unprocessable("Body cannot be blank");
    }
    if body.chars().count() > LIMIT {
        return unprocessable("Body is too long (maximum is 65536 characters)");
    }
    Ok(body.to_owned())
}
