//! What lies at GitHub before anybody asks, and what lies there afterwards.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::github::GitHub;
use crate::github::access::{Author, JOB_LOGIN, Kind};
use crate::github::history::{DEFAULT_BRANCH, Tag, sha_of};
use crate::github::state::{Comment, Deployment, PullRequest, Status};
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
    ///
    /// # Panics
    /// If there is no such branch.
    pub fn merge(&self, branch: &str, title: &str) -> String {
        let mut world = self.world();
        let (now, head) = (world.now, resolved(&world, branch));
        world.history.add(DEFAULT_BRANCH, title, &[], Some(&head), now)
    }

    /// Lets a branch point to a SHA, a tag or another branch.
    ///
    /// # Panics
    /// If there is no such commit.
    pub fn branch(&self, name: &str, at: &str) {
        let mut world = self.world();
        let sha = resolved(&world, at);
        world.history.branches.insert(name.to_owned(), sha);
    }

    /// Deletes a branch. Its commits stay, as SHAs.
    pub fn delete_branch(&self, name: &str) {
        self.world().history.branches.remove(name);
    }

    /// A lightweight tag.
    ///
    /// # Panics
    /// If there is no such commit.
    pub fn tag(&self, name: &str, sha: &str) {
        let mut world = self.world();
        let commit = resolved(&world, sha);
        world.history.tags.insert(name.to_owned(), Tag { commit, object: None });
    }

    /// An annotated tag; returns the SHA of the tag object, which is not that of
    /// the commit.
    ///
    /// # Panics
    /// If there is no such commit.
    pub fn annotated_tag(&self, name: &str, sha: &str) -> String {
        let mut world = self.world();
        let commit = resolved(&world, sha);
        let object = sha_of(&format!("tag {name} {commit}"));
        let tag = Tag { commit, object: Some(object.clone()) };
        world.history.tags.insert(name.to_owned(), tag);
        object
    }

    /// What a file holds from a commit on: a SHA, a tag, or a branch's newest one.
    ///
    /// # Panics
    /// If there is no such commit.
    pub fn file(&self, at: &str, path: &str, content: &str) {
        let mut world = self.world();
        let sha = resolved(&world, at);
        world.history.write(&sha, path, content);
    }

    /// A check of a commit: its name and its state, such as `pending` or `success`.
    ///
    /// # Panics
    /// If there is no such commit.
    pub fn check(&self, at: &str, name: &str, state: &str) {
        let mut world = self.world();
        let sha = resolved(&world, at);
        let checks = world.things.checks.entry(sha).or_default();
        checks.insert(name.to_owned(), state.to_owned());
    }

    /// An open pull request.
    ///
    /// # Panics
    /// If there is no such branch.
    pub fn pull_request(&self, number: u64, title: &str, head: &str, base: &str) {
        let mut world = self.world();
        let pull = PullRequest {
            number,
            title: title.to_owned(),
            head: head.to_owned(),
            base: base.to_owned(),
            opened_at: resolved(&world, head),
            merged_as: Vec::new(),
            created: world.now,
            merged: None,
        };
        world.things.pull_requests.insert(number, pull);
    }

    /// A commit came by a pull request, which is made if need be and merged.
    ///
    /// # Panics
    /// If there is no such commit.
    pub fn merged_by(&self, sha: &str, number: u64, title: &str) {
        let mut world = self.world();
        let (now, sha) = (world.now, resolved(&world, sha));
        let pull = world.things.pull_requests.entry(number).or_insert_with(|| PullRequest {
            number,
            title: title.to_owned(),
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

    /// A comment on a pull request; returns its id.
    ///
    /// # Panics
    /// If there is no such pull request.
    pub fn comment(&self, pull_request: u64, login: &str, kind: Kind, body: &str) -> u64 {
        let mut world = self.world();
        assert!(world.things.pull_requests.contains_key(&pull_request), "it was opened");
        let (id, now) = (world.things.next_id(), world.now);
        world.things.comments.push(Comment {
            id,
            author: Author::new(login, kind),
            body: body.to_owned(),
            pull_request,
            created: now,
            updated: now,
        });
        id
    }

    /// A deployment without statuses, made by the job's token; returns its id.
    ///
    /// # Panics
    /// If there is no such commit.
    pub fn deployment(&self, environment: &str, at: &str, payload: Value) -> u64 {
        let mut world = self.world();
        let (id, now) = (world.things.next_id(), world.now);
        let deployment = Deployment {
            id,
            sha: resolved(&world, at),
            reference: at.to_owned(),
            task: "deploy".to_owned(),
            environment: environment.to_owned(),
            description: None,
            payload,
            transient: false,
            production: environment == "production",
            creator: Author::new(JOB_LOGIN, Kind::Bot),
            statuses: Vec::new(),
            original_environment: environment.to_owned(),
            created: now,
            updated: now,
        };
        world.things.deployments.push(deployment);
        id
    }

    /// A status of a deployment, set by the job's token, with its effect on the
    /// deployments before.
    ///
    /// # Panics
    /// If there is no such deployment.
    pub fn deployment_status(&self, deployment: u64, state: &str) {
        let mut world = self.world();
        let (id, created) = (world.things.next_id(), world.now);
        let found = world.things.deployment(deployment).expect("it was made");
        let status = Status {
            id,
            state: state.to_owned(),
            description: String::new(),
            environment: found.environment.clone(),
            environment_url: String::new(),
            log_url: String::new(),
            creator: Author::new(JOB_LOGIN, Kind::Bot),
            created,
        };
        world.things.set_status(deployment, status, true);
    }

    /// The comments of a pull request, the oldest first.
    pub fn comments(&self, pull_request: u64) -> Vec<Comment> {
        let world = self.world();
        let of = world.things.comments.iter().filter(|it| it.pull_request == pull_request);
        of.cloned().collect()
    }

    /// Every deployment with its statuses, the oldest first.
    pub fn deployments(&self) -> Vec<Deployment> {
        self.world().things.deployments.clone()
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
