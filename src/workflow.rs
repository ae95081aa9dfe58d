//! The run of the workflow that asks, as GitHub describes it to a step.
//!
//! Plain values: nothing here reads a variable or calls GitHub.

use std::fmt;
use std::path::{Path, PathBuf};

/// The run that this step is a part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// The address of GitHub's REST API, without a slash at its end.
    pub api: String,
    /// The address of its pages, without a slash at its end.
    pub server: String,
    /// The repository that the workflow runs in.
    pub repository: RepositoryName,
    /// The id of the run: its page is found by it.
    pub run: String,
    /// How often the run was started, counted from 1.
    pub attempt: String,
    /// The folder of the checkout.
    pub workspace: Option<PathBuf>,
    /// What set the workflow off.
    pub occasion: Occasion,
    /// What may be asked of GitHub is decided by this.
    pub token: Option<Token>,
}

/// What set the workflow off, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occasion {
    /// A pull request.
    PullRequest(PullRequest),
    /// A merge queue tries out what it is about to merge.
    MergeQueue {
        /// What it is to be merged onto: the base branch, or what stands before it in
        /// the queue.
        base: String,
    },
    /// A push, a schedule, a person, …: the event's name.
    Other(String),
}

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number in the repository.
    pub number: u64,
    /// The branch that it is to be merged into.
    pub base: String,
    /// It comes from a fork or from Dependabot: its workflows get no secrets, no
    /// OIDC token and a GitHub token that can only read.
    pub is_from_outside: bool,
}

/// `owner/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryName {
    /// The user or organisation.
    pub owner: String,
    /// The repository's own name.
    pub name: String,
}

impl RepositoryName {
    /// Reads `owner/name`; `None` where that is not what it is.
    pub fn parse(text: &str) -> Option<Self> {
        let (owner, name) = text.split_once('/')?;
        let is_word = |text: &str| {
            let is_legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            !text.is_empty() && text.bytes().all(is_legal) && !matches!(text, "." | "..")
        };
        (is_word(owner) && is_word(name))
            .then(|| Self { owner: owner.to_owned(), name: name.to_owned() })
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// A token for GitHub. It is printed as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Takes a token as it is.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// For the one who sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// It belongs to an app's installation, as the one that each job gets does, and
    /// not to a person.
    pub fn is_installations(&self) -> bool {
        self.0.starts_with("ghs_")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Workflow {
    /// The page of the run.
    pub fn run_page(&self) -> String {
        format!("{}/{}/actions/runs/{}", self.server, self.repository, self.run)
    }

    /// The pull request that set it off.
    pub fn pull_request(&self) -> Option<&PullRequest> {
        match &self.occasion {
            Occasion::PullRequest(pull_request) => Some(pull_request),
            Occasion::MergeQueue { .. } | Occasion::Other(_) => None,
        }
    }

    /// What a change is made to: a branch or commit, and how people call it.
    pub fn base(&self) -> Option<(String, String)> {
        match &self.occasion {
            Occasion::PullRequest(pull_request) => {
                Some((pull_request.base.clone(), pull_request.base.clone()))
            }
            Occasion::MergeQueue { base } => {
                Some((base.clone(), "what it is to be merged onto".to_owned()))
            }
            Occasion::Other(_) => None,
        }
    }

    /// Whether the code that runs was written by somebody who gets no credentials.
    pub fn is_from_outside(&self) -> bool {
        self.pull_request().is_some_and(|it| it.is_from_outside)
    }

    /// A file or folder of the checkout as the repository calls it, with slashes;
    /// empty for its root. `None` for what lies elsewhere.
    pub fn in_repository(&self, path: &Path) -> Option<String> {
        let path = match &self.workspace {
            Some(workspace) => path.strip_prefix(workspace).unwrap_or(path),
            None => path,
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in path.components() {
            match part {
                std::path::Component::CurDir => {}
                std::path::Component::ParentDir => {
                    parts.pop()?;
                }
                std::path::Component::Normal(part) => parts.push(part.to_str()?),
                std::path::Component::RootDir | std::path::Component::Prefix(_) => return None,
            }
        }
        Some(parts.join("/"))
    }
}
