//! What a test puts into the repository, and what it reads there afterwards.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::github::GitHub;
use crate::github::access::{Author, JOB_LOGIN, Kind};
use crate::github::history::{DEFAULT_BRANCH, Tag, sha_of};
use crate::github::state::{Comment, Deployment, Issue, PullRequest, Release};
use crate::github::world::World;

impl GitHub {
    /// A new commit on `main`; returns its SHA.
    pub fn commit(&self, title: &str) -> String {
        self.commit_on(DEFAULT_BRANCH, title, &[])
    }

    /// The same with the files it changes.
    pub fn commit_touching(&self, title: &str, files: &[&str]) -> String {
        self.commit_on(DEFAULT_BRANCH, title, files)
    }

    /// A new commit on a branch. A branch that does not exist yet begins with it,
    /// at the end of `main`.
    pub fn commit_on(&self, branch: &str, title: &str, files: &[&str]) -> String {
        let mut world = self.world();
        let now = world.now;
        if !world.history.branches.contains_key(branch)
            && let Some(main) = world.history.branches.get(DEFAULT_BRANCH).cloned()
        {
            world.history.branches.insert(branch.to_owned(), main);
        }
        world.history.add(branch, title, files, None, now)
    }

    /// A commit on `main` that merges a branch; returns its SHA.
    pub fn merge(&self, branch: &str, title: &str) -> String {
        let mut world = self.world();
        let (now, head) = (world.now, resolved(&world, branch));
        world.history.add(DEFAULT_BRANCH, title, &[], Some(&head), now)
    }

    /// Lets a branch point to a SHA, a tag or another branch.
    pub fn branch(&self, name: &str, at: &str) {
        let mut world = self.world();
        let sha = resolved(&world, at);
        world.history.branches.insert(name.to_owned(), sha);
    }

    /// A lightweight tag.
    pub fn tag(&self, name: &str, sha: &str) {
        let mut world = self.world();
        let commit = resolved(&world, sha);
        world.history.tags.insert(name.to_owned(), Tag { commit, object: None });
    }

    /// An annotated tag; returns the SHA of the tag object, which is not that of
    /// the commit.
    pub fn annotated_tag(&self, name: &str, sha: &str) -> String {
        let mut world = self.world();
        let commit = resolved(&world, sha);
        let object = sha_of(&format!("tag {name} {commit}"));
        let tag = Tag { commit, object: Some(object.clone()) };
        world.history.tags.insert(name.to_owned(), tag);
        object
    }

    /// What a file holds from a commit on: a SHA, a tag, or a branch's newest one.
    pub fn file(&self, at: &str, path: &str, content: &str) {
        let mut world = self.world();
        let sha = resolved(&world, at);
        world.history.write(&sha, path, content);
    }

    /// A check of a commit: its name and its state, such as `pending` or `success`.
    pub fn check(&self, at: &str, name: &str, state: &str) {
        let mut world = self.world();
        let sha = resolved(&world, at);
        let checks = world.state.checks.entry(sha).or_default();
        checks.insert(name.to_owned(), state.to_owned());
    }

    /// An open pull request.
    pub fn pull_request(&self, number: u64, title: &str, head: &str, base: &str) {
        let mut world = self.world();
        let pull = PullRequest {
            number,
            title: title.to_owned(),
            body: String::new(),
            labels: Vec::new(),
            head: head.to_owned(),
            base: base.to_owned(),
            opened_at: resolved(&world, head),
            merged_as: Vec::new(),
            created: world.now,
            merged: None,
        };
        world.state.pull_requests.insert(number, pull);
    }

    /// A commit came by a pull request, which is made if need be and merged.
    pub fn merged_by(&self, sha: &str, number: u64, title: &str) {
        let mut world = self.world();
        let (now, sha) = (world.now, resolved(&world, sha));
        let pull = world.state.pull_requests.entry(number).or_insert_with(|| PullRequest {
            number,
            title: title.to_owned(),
            body: String::new(),
            labels: Vec::new(),
            head: format!("pull-{number}"),
            base: DEFAULT_BRANCH.to_owned(),
            opened_at: sha.clone(),
            merged_as: Vec::new(),
            created: now,
            merged: None,
        });
        title.clone_into(&mut pull.title);
        pull.merged = Some(now);
        pull.merged_as.push(sha);
    }

    /// What a pull request says of itself.
    pub fn describe_pull_request(&self, number: u64, body: &str, labels: &[&str]) {
        let mut world = self.world();
        let pull = world.state.pull_requests.get_mut(&number).expect("it was opened");
        body.clone_into(&mut pull.body);
        pull.labels = labels.iter().map(|it| (*it).to_owned()).collect();
    }

    /// An issue that somebody opened; returns its number.
    pub fn issue(&self, login: &str, title: &str, body: &str, labels: &[&str]) -> u64 {
        let mut world = self.world();
        let (author, now) = (Author::new(login, Kind::User), world.now);
        let issue = world.state.issue(title, author, now);
        body.clone_into(&mut issue.body);
        issue.labels = labels.iter().map(|it| (*it).to_owned()).collect();
        issue.number
    }

    /// Somebody edits an issue.
    pub fn edit_issue(&self, number: u64, edit: impl FnOnce(&mut Issue)) {
        edit(self.world().state.issues.get_mut(&number).expect("it was opened"));
    }

    /// A comment on a pull request or an issue; returns its id.
    pub fn comment(&self, issue: u64, login: &str, kind: Kind, body: &str) -> u64 {
        let mut world = self.world();
        assert!(world.state.has_issue(issue), "it was opened");
        let (author, now) = (Author::new(login, kind), world.now);
        world.state.comment(issue, author, body, now).id
    }

    /// Somebody deletes a comment.
    pub fn delete_comment(&self, id: u64) {
        self.world().state.comments.retain(|it| it.id != id);
    }

    /// A deployment without statuses, made by the job's token; returns its id.
    pub fn deployment(&self, environment: &str, at: &str, payload: Value) -> u64 {
        let mut world = self.world();
        let (id, sha) = (world.state.next_id(), resolved(&world, at));
        let creator = Author::new(JOB_LOGIN, Kind::Bot);
        let deployment = Deployment::new(id, (at, sha), environment, creator, world.now);
        world.state.deployments.push(Deployment { payload, ..deployment });
        id
    }

    /// Every issue that is no pull request, the oldest first.
    pub fn issues(&self) -> Vec<Issue> {
        self.world().state.issues.values().cloned().collect()
    }

    /// The comments of a pull request or an issue, the oldest first.
    pub fn comments(&self, issue: u64) -> Vec<Comment> {
        let world = self.world();
        let of = world.state.comments.iter().filter(|it| it.issue == issue);
        of.cloned().collect()
    }

    /// Every deployment with its statuses, the oldest first.
    pub fn deployments(&self) -> Vec<Deployment> {
        self.world().state.deployments.clone()
    }

    /// Every release, the oldest first.
    pub fn releases(&self) -> Vec<Release> {
        self.world().state.releases.clone()
    }

    /// Every tag and the commit it leads to.
    pub fn tags(&self) -> BTreeMap<String, String> {
        let world = self.world();
        world.history.tags.iter().map(|(name, tag)| (name.clone(), tag.commit.clone())).collect()
    }
}

fn resolved(world: &World, name: &str) -> String {
    world.history.resolve(name).expect("the commit is there").sha.clone()
}
