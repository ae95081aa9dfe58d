//! The repository's history: commits, what they touched, branches and tags.
//!
//! Commits know their parents and stand in the order in which they were made, so
//! that a parent stands before its children.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use crate::clock::Time;

/// The branch that everything is measured against.
pub const DEFAULT_BRANCH: &str = "main";

#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) sha: String,
    pub(crate) message: String,
    pub(crate) parents: Vec<String>,
    pub(crate) touched: BTreeSet<String>,
    /// What files hold from here on, where a test said so.
    pub(crate) files: BTreeMap<String, String>,
    pub(crate) at: Time,
}

/// What a tag points to.
#[derive(Debug, Clone)]
pub(crate) struct Tag {
    pub(crate) commit: String,
    /// The tag object of an annotated one.
    pub(crate) object: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct History {
    commits: Vec<Commit>,
    pub(crate) branches: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, Tag>,
}

/// What lies between two commits.
#[derive(Debug)]
pub(crate) struct Between {
    pub(crate) merge_base: Commit,
    /// The oldest first.
    pub(crate) ahead: Vec<Commit>,
    pub(crate) behind: usize,
}

impl Between {
    pub(crate) fn status(&self) -> &'static str {
        match (self.ahead.is_empty(), self.behind) {
            (true, 0) => "identical",
            (false, 0) => "ahead",
            (true, _) => "behind",
            (false, _) => "diverged",
        }
    }
}

/// 40 hexadecimal digits that nothing else has.
pub(crate) fn sha_of(what: &str) -> String {
    let digest = Sha256::digest(what.as_bytes());
    digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}

impl History {
    pub(crate) fn is_empty(&self) -> bool {
        self.commits.is_empty()
    }

    pub(crate) fn commit(&self, sha: &str) -> Option<&Commit> {
        self.commits.iter().find(|commit| commit.sha == sha)
    }

    /// A new commit at the end of a branch, which begins here if it is new.
    pub(crate) fn add(
        &mut self,
        branch: &str,
        message: &str,
        touched: &[&str],
        merged: Option<&str>,
        at: Time,
    ) -> String {
        let sha = sha_of(&format!("commit {} {message}", self.commits.len()));
        let head = self.branches.insert(branch.to_owned(), sha.clone());
        self.commits.push(Commit {
            sha: sha.clone(),
            message: message.to_owned(),
            parents: head.into_iter().chain(merged.map(str::to_owned)).collect(),
            touched: touched.iter().map(|&path| path.to_owned()).collect(),
            files: BTreeMap::new(),
            at,
        });
        sha
    }

    /// Says what a file holds from a commit on.
    pub(crate) fn write(&mut self, sha: &str, path: &str, content: &str) {
        if let Some(commit) = self.commits.iter_mut().find(|commit| commit.sha == sha) {
            commit.files.insert(path.to_owned(), content.to_owned());
            commit.touched.insert(path.to_owned());
        }
    }

    /// The commit of a SHA, also a short one, of a branch or of a tag, with or
    /// without `heads/` and `tags/`.
    pub(crate) fn resolve(&self, name: &str) -> Option<&Commit> {
        let short = name.strip_prefix("refs/").unwrap_or(name);
        let branch = |name: &str| self.branches.get(name).and_then(|sha| self.commit(sha));
        let tag = |name: &str| self.tags.get(name).and_then(|tag| self.commit(&tag.commit));
        let by_kind = match short.split_once('/') {
            Some(("heads", name)) => branch(name),
            Some(("tags", name)) => tag(name),
            _ => None,
        };
        by_kind.or_else(|| branch(name)).or_else(|| tag(name)).or_else(|| self.by_sha(name))
    }

    fn by_sha(&self, name: &str) -> Option<&Commit> {
        let is_sha = name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut found = self.commits.iter().filter(|commit| is_sha && commit.sha.starts_with(name));
        found.next().filter(|_| found.next().is_none())
    }

    /// A commit and all before it, the oldest first.
    pub(crate) fn up_to(&self, sha: &str) -> Vec<Commit> {
        let mut wanted = BTreeSet::from([sha]);
        let mut found = Vec::new();
        for commit in self.commits.iter().rev() {
            if wanted.contains(commit.sha.as_str()) {
                wanted.extend(commit.parents.iter().map(String::as_str));
                found.push(commit.clone());
            }
        }
        found.reverse();
        found
    }

    pub(crate) fn contains(&self, head: &str, sha: &str) -> bool {
        self.up_to(head).iter().any(|commit| commit.sha == sha)
    }

    /// `None` if they have no commit in common.
    pub(crate) fn between(&self, base: &str, head: &str) -> Option<Between> {
        let (base, head) = (self.up_to(base), self.up_to(head));
        let known: BTreeSet<_> = base.iter().map(|commit| commit.sha.as_str()).collect();
        let merge_base =
            head.iter().rev().find(|commit| known.contains(commit.sha.as_str()))?.clone();
        let common = head.iter().filter(|commit| known.contains(commit.sha.as_str())).count();
        let ahead = head.iter().filter(|commit| !known.contains(commit.sha.as_str())).cloned();
        Some(Between { merge_base, ahead: ahead.collect(), behind: base.len() - common })
    }

    /// Every file at a commit: what was said of it last, or, where a commit only
    /// touched it, the title of that commit.
    pub(crate) fn tree(&self, sha: &str) -> BTreeMap<String, String> {
        let mut tree = BTreeMap::new();
        for commit in self.up_to(sha) {
            for path in &commit.touched {
                tree.entry(path.clone()).or_insert_with(|| format!("{}\n", commit.message));
            }
            tree.extend(commit.files);
        }
        tree
    }
}
