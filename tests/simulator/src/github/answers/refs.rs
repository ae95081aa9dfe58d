//! Refs: branches and tags as git has them.

use crate::github::answers::Members;
use crate::github::history::Tag;
use crate::github::views;
use crate::github::wire::{Answer, Refusal};
use crate::github::world::{Call, World};

pub(super) fn get(world: &World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let view = match call.argument.split_once('/') {
        Some(("heads", name)) => world.history.branches.get(name).map(|sha| ("commit", sha)),
        Some(("tags", name)) => world.history.tags.get(name).map(|tag| match &tag.object {
            Some(object) => ("tag", object),
            None => ("commit", &tag.commit),
        }),
        _ => None,
    };
    let (kind, sha) = view.ok_or_else(Refusal::not_found)?;
    Ok(Answer::json(200, &views::reference(&call.links, &call.argument, kind, sha)))
}

pub(super) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let members = Members::of(call)?;
    let (name, sha) = (members.required_text("ref")?, members.required_text("sha")?);
    let short = name.strip_prefix("refs/").ok_or_else(|| {
        Refusal::new(422, "Reference name must start with 'refs/' and have at least two slashes")
    })?;
    let hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if sha.len() != 40 || !sha.bytes().all(hexadecimal) {
        let told = "The sha parameter must be exactly 40 characters and contain only [0-9a-f].";
        return Err(Refusal::new(422, told));
    }
    let history = &mut world.history;
    let object = history.tags.values().find(|tag| tag.object.as_deref() == Some(sha)).cloned();
    let target = match (object, history.commit(sha)) {
        (Some(tag), _) => tag,
        (None, Some(commit)) => Tag { commit: commit.sha.clone(), object: None },
        (None, None) => return Err(Refusal::new(422, "Object does not exist")),
    };
    let exists = || Refusal::new(422, "Reference already exists");
    match short.split_once('/') {
        Some((_, "")) | None => return Err(Refusal::new(422, "Reference name is not valid")),
        Some(("heads", branch)) if history.branches.contains_key(branch) => return Err(exists()),
        Some(("tags", tag)) if history.tags.contains_key(tag) => return Err(exists()),
        Some(("heads", branch)) => {
            history.branches.insert(branch.to_owned(), target.commit);
        }
        Some(("tags", tag)) => {
            history.tags.insert(tag.to_owned(), target.clone());
        }
        // Other namespaces exist; nobody here asks for them.
        Some(_) => return Err(Refusal::new(422, "Reference update failed")),
    }
    let kind = if history.commit(sha).is_some() { "commit" } else { "tag" };
    let view = views::reference(&call.links, short, kind, sha);
    Ok(Answer::json(201, &view).with("location", views::text(&view["url"])))
}
