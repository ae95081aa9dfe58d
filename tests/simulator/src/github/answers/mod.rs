//! What each operation answers and does, a file for each family of them.

mod comments;
mod contents;
mod deployments;
mod history;
mod issues;
mod refs;
mod releases;
mod statuses;

use serde_json::{Map, Value};

use crate::github::operation::Operation;
use crate::github::wire::{Answer, Page, Refusal};
use crate::github::world::{Call, World};

/// Carries out an operation that the caller may do.
pub(crate) fn answer(
    world: &mut World,
    operation: Operation,
    call: &Call<'_>,
) -> Result<Answer, Refusal> {
    match operation {
        Operation::AuthenticatedUser => Ok(Answer::json(200, &call.author.profile(&call.links))),
        Operation::Content => contents::get(world, call),
        Operation::ListIssues => Ok(issues::list(world, call)),
        Operation::CreateIssue => issues::create(world, call),
        Operation::Issue => issues::get(world, call),
        Operation::UpdateIssue => issues::update(world, call),
        Operation::ListComments => comments::list(world, call),
        Operation::CreateComment => comments::create(world, call),
        Operation::UpdateComment => comments::update(world, call),
        Operation::CreateDeployment => deployments::create(world, call),
        Operation::ListDeployments => deployments::list(world, call),
        Operation::CreateStatus => statuses::create(world, call),
        Operation::ListStatuses => statuses::list(world, call),
        Operation::Compare => history::compare(world, call),
        Operation::ListCommits => history::list(world, call),
        Operation::PullsOfCommit => history::pulls(world, call),
        Operation::Commit => history::get(world, call),
        Operation::Ref => refs::get(world, call),
        Operation::CreateRef => refs::create(world, call),
        Operation::Release => releases::get(world, call),
        Operation::ListReleases => Ok(releases::list(world, call)),
        Operation::CreateRelease => releases::create(world, call),
    }
}

/// One page of a list, with the addresses of the others.
fn page_of<T: Clone>(call: &Call<'_>, items: &[T], view: impl Fn(&T) -> Value) -> Answer {
    let page = Page::of(&call.incoming.query);
    let shown: Vec<Value> = page.cut(items).iter().map(view).collect();
    let answer = Answer::json(200, &Value::Array(shown));
    match page.links(call.incoming, items.len()) {
        Some(links) => answer.with("link", links),
        None => answer,
    }
}

/// The id in a path; what is no number is not found.
fn id_of(call: &Call<'_>) -> Result<u64, Refusal> {
    call.argument.parse().map_err(|_| Refusal::not_found())
}

/// The members of a JSON body, read by name and type.
struct Members(Map<String, Value>);

impl Members {
    fn of(call: &Call<'_>) -> Result<Self, Refusal> {
        match serde_json::from_slice(&call.incoming.body) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            Ok(_) => Err(Refusal::new(400, "Body should be a JSON object")),
            Err(_) => Err(Refusal::new(400, "Problems parsing JSON")),
        }
    }

    fn typed<'a, T>(
        &'a self,
        name: &str,
        wanted: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let told = || format!("For 'properties/{name}', {} is not {wanted}.", shown(value));
        read(value).map(Some).ok_or_else(|| Refusal::invalid_request(&told()))
    }

    fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        self.typed(name, "a string", Value::as_str)
    }

    fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        self.typed(name, "a boolean", Value::as_bool)
    }

    fn texts(&self, name: &str) -> Result<Option<Vec<&str>>, Refusal> {
        self.typed(name, "an array", |value| value.as_array()?.iter().map(Value::as_str).collect())
    }

    fn required_text(&self, name: &str) -> Result<&str, Refusal> {
        let missing = || Refusal::invalid_request(&format!("\"{name}\" wasn't supplied."));
        self.text(name)?.ok_or_else(missing)
    }
}

/// A value as GitHub's refusals write it.
fn shown(value: &Value) -> String {
    if value.is_null() { "nil".to_owned() } else { value.to_string() }
}
