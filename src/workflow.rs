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
    /// Who set it off, by the name of the account.
    pub actor: Option<String>,
    pub workspace: Option<PathBuf>,
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
        /// The commit that it is to be merged onto: the base branch's, or what is
        /// before it in the queue.
        base: String,
        branch: String,
    },
    /// A push, a schedule, a person, …: the event's name.
    Other(String),
}

/// What a change is made to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The branch or commit, as the `ref` of a file.
    pub at: String,
    /// The same as a name among commits, where branches stand below `heads/`.
    pub commit: String,
    pub name: String,
}

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    pub number: u64,
    /// The branch that it is to be merged into.
    pub base: String,
    /// Its newest commit.
    pub head: String,
    /// It comes from a fork or from Dependabot: its workflows get no secrets, no
    /// OIDC token and a GitHub token that can only read.
    pub is_from_outside: bool,
}

/// `owner/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryName {
    pub owner: String,
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

    /// What a change is made to.
    pub fn base(&self) -> Option<Base> {
        match &self.occasion {
            Occasion::PullRequest(pull_request) => Some(Base {
                at: pull_request.base.clone(),
                commit: format!("heads/{}", pull_request.base),
                name: pull_request.base.clone(),
            }),
            Occasion::MergeQueue { base, branch } => Some(Base {
                at: base.clone(),
                commit: base.clone(),
                name: format!("{branch} or before it in the merge queue"),
            }),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn workflow() -> Workflow {
        Workflow {
            api: "https://api.github.example".to_owned(),
            server: "https://github.example".to_owned(),
            repository: RepositoryName::parse("octo-org/shop").expect("a repository"),
            run: "4711".to_owned(),
            actor: None,
            workspace: Some(PathBuf::from("/home/runner/work/shop/shop")),
            occasion: Occasion::Other("push".to_owned()),
            token: Some(Token::new("ghs_hush")),
        }
    }

    #[test]
    fn a_path_is_what_the_repository_calls_it_and_never_leads_out_of_it() {
        for (path, expected) in [
            ("package.json", Some("package.json")),
            ("./apps/shop/../cart", Some("apps/cart")),
            ("", Some("")),
            (".", Some("")),
            ("/home/runner/work/shop/shop/apps/shop", Some("apps/shop")),
            ("/etc/passwd", None),
            ("../other/package.json", None),
            ("apps/../../other", None),
        ] {
            assert_eq!(workflow().in_repository(Path::new(path)).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn a_repository_is_an_owner_and_a_name() {
        for text in ["shop", "/shop", "octo-org/", "a/b/c", "octo org/shop", "octo-org/..", "a/b?c"]
        {
            assert_eq!(RepositoryName::parse(text), None, "{text}");
        }
        let name = RepositoryName::parse("Octo_Org/shop.js").expect("a repository");
        assert_eq!(name.to_string(), "Octo_Org/shop.js");
    }

    #[test]
    fn the_token_is_not_printed() {
        let text = format!("{:?}", workflow());
        assert!(text.contains("***") && !text.contains("hush"), "{text}");
    }
}
