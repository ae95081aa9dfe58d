//! Issues: found by their labels, made, changed, closed.

use serde_json::Value;

use crate::github::access::May;
use crate::github::answers::{Members, id_of, page_of};
use crate::github::state::{Issue, PullRequest};
use crate::github::views;
use crate::github::wire::{Answer, Refusal, param};
use crate::github::world::{Call, World};

/// The most characters that a body may have.
const LIMIT: usize = 65_536;

/// To this part of the API a pull request is an issue, too.
#[derive(Clone, Copy)]
enum Listed<'a> {
    Issue(&'a Issue),
    PullRequest(&'a PullRequest),
}

impl Listed<'_> {
    fn number(&self) -> u64 {
        match self {
            Self::Issue(it) => it.number,
            Self::PullRequest(it) => it.number,
        }
    }

    fn labels(&self) -> &[String] {
        match self {
            Self::Issue(it) => &it.labels,
            Self::PullRequest(it) => &it.labels,
        }
    }

    fn login(&self) -> &str {
        match self {
            Self::Issue(it) => &it.author.login,
            Self::PullRequest(_) => views::OPENS_PULL_REQUESTS,
        }
    }

    fn is_open(&self) -> bool {
        match self {
            Self::Issue(it) => it.closed.is_none(),
            Self::PullRequest(it) => it.merged.is_none(),
        }
    }

    fn view(&self, world: &World, call: &Call<'_>) -> Value {
        match self {
            Self::Issue(it) => views::issue(world, &call.links, it),
            Self::PullRequest(it) => views::issue_of_pull_request(world, &call.links, it),
        }
    }
}

/// By the time at which they were made, which is the order of their numbers here; the newest
/// first unless that is asked otherwise.
pub(super) fn list(world: &World, call: &Call<'_>) -> Answer {
    let query = &call.incoming.query;
    let state = param(query, "state").unwrap_or_else(|| "open".to_owned());
    let labels = param(query, "labels").unwrap_or_default();
    let labels: Vec<&str> = labels.split(',').filter(|it| !it.is_empty()).collect();
    let issues = world.state.issues.values().map(Listed::Issue);
    let pulls = world.state.pull_requests.values().map(Listed::PullRequest);
    let creator = param(query, "creator");
    let mut listed: Vec<Listed<'_>> = issues
        .chain(pulls)
        .filter(|it| match state.as_str() {
            "all" => true,
            "closed" => !it.is_open(),
            _ => it.is_open(),
        })
        .filter(|it| creator.as_deref().is_none_or(|creator| it.login() == creator))
        // The names of labels know no case.
        .filter(|it| labels.iter().all(|name| has_label(it.labels(), name)))
        .collect();
    listed.sort_by_key(Listed::number);
    if param(query, "direction").as_deref() != Some("asc") {
        listed.reverse();
    }
    page_of(call, &listed, |it| it.view(world, call))
}

fn has_label(labels: &[String], name: &str) -> bool {
    labels.iter().any(|it| it.eq_ignore_ascii_case(name))
}

pub(super) fn get(world: &World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let number = id_of(call)?;
    let issue = world.state.issues.get(&number).map(Listed::Issue);
    let pull = world.state.pull_requests.get(&number).map(Listed::PullRequest);
    let listed = issue.or(pull).ok_or_else(Refusal::not_found)?;
    Ok(Answer::json(200, &listed.view(world, call)))
}

pub(super) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let members = Members::of(call)?;
    let title = members.required_text("title")?;
    let body = body_of(&members)?.unwrap_or_default();
    let labels = members.texts("labels")?.unwrap_or_default();
    // "Only users with push access can set labels for new issues. Labels are silently dropped
    // otherwise." An app needs no more than to write issues.
    let may_label =
        world.grants(call.incoming).is_some_and(|it| !it.is_person() || it.contents == May::Write);
    let issue = world.state.issue(title, call.author.clone(), world.now);
    body.clone_into(&mut issue.body);
    if may_label {
        issue.labels = labels.into_iter().map(str::to_owned).collect();
    }
    let issue = issue.clone();
    let view = views::issue(world, &call.links, &issue);
    Ok(Answer::json(201, &view).with("location", views::text(&view["url"])))
}

pub(super) fn update(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (number, now) = (id_of(call)?, world.now);
    let members = Members::of(call)?;
    let body = body_of(&members)?;
    let state = members.text("state")?;
    let reason = members.text("state_reason")?.unwrap_or("completed");
    let title = members.text("title")?;
    let issue = world.state.issues.get_mut(&number).ok_or_else(Refusal::not_found)?;
    if let Some(title) = title {
        title.clone_into(&mut issue.title);
    }
    if let Some(body) = body {
        body.clone_into(&mut issue.body);
    }
    match state {
        Some("closed") if issue.closed.is_none() => issue.closed = Some(reason.to_owned()),
        Some("open") => issue.closed = None,
        _ => {}
    }
    issue.updated = now;
    let issue = issue.clone();
    Ok(Answer::json(200, &views::issue(world, &call.links, &issue)))
}

fn body_of(members: &Members) -> Result<Option<&str>, Refusal> {
    let body = members.text("body")?;
    if body.is_some_and(|it| it.chars().count() > LIMIT) {
        let told = "body is too long (maximum is 65536 characters)";
        return Err(Refusal::invalid("Issue", "body", "custom", told));
    }
    Ok(body)
}
