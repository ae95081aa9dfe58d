//! Everything but the history: pull requests, issues, comments, deployments, releases. Tests
//! read all but the first directly.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::clock::Time;
use crate::github::access::Author;
use crate::github::history::History;

#[derive(Debug, Clone)]
pub(crate) struct PullRequest {
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) labels: Vec<String>,
    pub(crate) head: String,
    pub(crate) base: String,
    /// Where the head stood when it was opened.
    pub(crate) opened_at: String,
    /// The commits it brought to its base; empty while it is open.
    pub(crate) merged_as: Vec<String>,
    pub(crate) created: Time,
    pub(crate) merged: Option<Time>,
}

impl PullRequest {
    /// The head's commit: an open one follows its branch.
    pub(crate) fn head_sha<'a>(&'a self, history: &'a History) -> &'a str {
        let now = history.branches.get(&self.head).filter(|_| self.merged.is_none());
        now.unwrap_or(&self.opened_at)
    }
}

/// An issue that is no pull request.
#[derive(Debug, Clone)]
pub struct Issue {
    pub number: u64,
    pub title: String,
    pub body: String,
    pub labels: Vec<String>,
    /// Such as `completed`; `None` while it is open.
    pub closed: Option<String>,
    pub author: Author,
    pub(crate) created: Time,
    pub(crate) updated: Time,
}

#[derive(Debug, Clone)]
pub struct Comment {
    pub id: u64,
    pub author: Author,
    pub body: String,
    /// The number of the issue or pull request.
    pub(crate) issue: u64,
    pub(crate) created: Time,
    pub(crate) updated: Time,
}

/// A deployment as GitHub keeps it: a record, nothing that runs.
#[derive(Debug, Clone)]
pub struct Deployment {
    pub id: u64,
    /// The commit of the ref when it was made.
    pub sha: String,
    /// The ref it was made for, as it was named.
    pub reference: String,
    /// What is done, such as `deploy`.
    pub task: String,
    /// Where to: a status may have changed it.
    pub environment: String,
    pub description: Option<String>,
    /// What was given to it, unchanged.
    pub payload: Value,
    /// Whether the environment goes away again.
    pub transient: bool,
    /// Whether users work in the environment.
    pub production: bool,
    pub creator: Author,
    pub statuses: Vec<Status>,
    pub(crate) original_environment: String,
    pub(crate) created: Time,
    pub(crate) updated: Time,
}

#[derive(Debug, Clone)]
pub struct Status {
    pub id: u64,
    /// Such as `in_progress`.
    pub state: String,
    /// Its description; empty if it has none.
    pub description: String,
    pub environment: String,
    /// Where the environment is; empty if that was not said.
    pub environment_url: String,
    /// Where the log is; empty if that was not said.
    pub log_url: String,
    pub creator: Author,
    pub(crate) created: Time,
}

/// What GitHub shows on its page of releases.
#[derive(Debug, Clone)]
pub struct Release {
    pub id: u64,
    pub tag: String,
    pub name: Option<String>,
    /// Its text, Markdown.
    pub notes: Option<String>,
    pub prerelease: bool,
    pub author: Author,
    pub(crate) draft: bool,
    /// What its tag was to be made of.
    pub(crate) target: String,
    pub(crate) created: Time,
}

impl Deployment {
    /// One of a ref and its commit.
    pub(crate) fn new(
        id: u64,
        (reference, sha): (&str, String),
        environment: &str,
        creator: Author,
        now: Time,
    ) -> Self {
        Self {
            id,
            sha,
            reference: reference.to_owned(),
            task: "deploy".to_owned(),
            environment: environment.to_owned(),
            description: None,
            payload: json!({}),
            transient: false,
            production: environment == "production",
            creator,
            statuses: Vec::new(),
            original_environment: environment.to_owned(),
            created: now,
            updated: now,
        }
    }

    /// The state of the newest status, if there is one.
    pub fn state(&self) -> Option<&str> {
        self.statuses.last().map(|status| status.state.as_str())
    }
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) pull_requests: BTreeMap<u64, PullRequest>,
    pub(crate) issues: BTreeMap<u64, Issue>,
    /// In the order in which they were made, as are the deployments and releases.
    pub(crate) comments: Vec<Comment>,
    pub(crate) deployments: Vec<Deployment>,
    pub(crate) releases: Vec<Release>,
    /// The states of a commit's checks, by their names.
    pub(crate) checks: BTreeMap<String, BTreeMap<String, String>>,
    last_id: u64,
}

impl State {
    /// An id that nothing else has.
    pub(crate) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        1000 + self.last_id
    }

    /// Issues and pull requests share their numbers.
    pub(crate) fn has_issue(&self, number: u64) -> bool {
        self.issues.contains_key(&number) || self.pull_requests.contains_key(&number)
    }

    /// A new issue.
    pub(crate) fn issue(&mut self, title: &str, author: Author, now: Time) -> &mut Issue {
        let last = self.issues.keys().chain(self.pull_requests.keys()).max();
        let number = last.map_or(1, |last| last + 1);
        let issue = Issue {
            number,
            title: title.to_owned(),
            body: String::new(),
            labels: Vec::new(),
            closed: None,
            author,
            created: now,
            updated: now,
        };
        self.issues.entry(number).or_insert(issue)
    }

    pub(crate) fn comment(&mut self, issue: u64, author: Author, body: &str, now: Time) -> Comment {
        let (id, body) = (self.next_id(), body.to_owned());
        let comment = Comment { id, author, body, issue, created: now, updated: now };
        self.comments.push(comment.clone());
        comment
    }

    pub(crate) fn deployment(&mut self, id: u64) -> Option<&mut Deployment> {
        self.deployments.iter_mut().find(|deployment| deployment.id == id)
    }

    /// Sets a status on a deployment. A success ends what came before it: "Adds a
    /// new `inactive` status to all prior non-transient, non-production
    /// environment deployments with the same repository and `environment` name
    /// [...]. An `inactive` status is only added to deployments that had a
    /// `success` state."
    pub(crate) fn set_status(&mut self, id: u64, status: Status, auto_inactive: bool) {
        let Some(deployment) = self.deployment(id) else { return };
        deployment.environment.clone_from(&status.environment);
        deployment.updated = status.created;
        deployment.statuses.push(status.clone());
        if status.state != "success" || !auto_inactive {
            return;
        }
        let outlived: Vec<u64> = self
            .deployments
            .iter()
            .filter(|it| it.id < id && !it.transient && !it.production)
            .filter(|it| it.environment == status.environment && it.state() == Some("success"))
            .map(|it| it.id)
            .collect();
        for prior in outlived {
            let id = self.next_id();
            let Some(prior) = self.deployment(prior) else { continue };
            prior.updated = status.created;
            prior.statuses.push(Status {
                id,
                state: "inactive".to_owned(),
                description: String::new(),
                ..status.clone()
            });
        }
    }
}
