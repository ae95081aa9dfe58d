//! Git tags: which commit one names, and a new one.

use serde::Deserialize;
use serde_json::json;

use super::client::GitHub;
use super::error::{CallError, Cause};

const FIND: &str = "looking for a commit";
const CREATE: &str = "creating the git tag";

/// What came of a tag that was to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tagged {
    Created,
    There,
    /// It names another commit, and stays so.
    Elsewhere(String),
}

#[derive(Deserialize)]
struct Named {
    sha: String,
}

#[derive(Deserialize)]
struct Created {}

impl GitHub {
    /// The commit that a tag names, through a tag object where there is one; `None`
    /// where there is no such tag, or this token may not know of it.
    pub async fn tagged_commit(&self, tag: &str) -> Result<Option<String>, CallError> {
        self.resolved(&format!("tags/{tag}")).await
    }

    /// Whether there is such a branch or commit, as far as this token may know.
    pub async fn has_commit(&self, name: &str) -> Result<bool, CallError> {
        Ok(self.resolved(name).await?.is_some())
    }

    async fn resolved(&self, name: &str) -> Result<Option<String>, CallError> {
        match self.get::<Named>(FIND, &self.path(["commits", name]), &[]).await {
            Ok(named) => Ok(Some(named.sha)),
            // 422 says that there is no commit of that name.
            Err(error) if matches!(error.cause, Cause::Missing | Cause::Refused) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes `tag` name `commit`. One that names something else is left alone.
    pub async fn tag(&self, tag: &str, commit: &str) -> Result<Tagged, CallError> {
        let there = |found: Option<String>| {
            found.map(|it| if it == commit { Tagged::There } else { Tagged::Elsewhere(it) })
        };
        if let Some(there) = there(self.tagged_commit(tag).await?) {
            return Ok(there);
        }
        let body = json!({ "ref": format!("refs/tags/{tag}"), "sha": commit });
        match self.post::<Created>(CREATE, &self.path(["git", "refs"]), &body).await {
            Ok(_) => Ok(Tagged::Created),
            // Somebody was faster, or the answer got lost.
            Err(error) if matches!(error.cause, Cause::Refused | Cause::Unclear) => {
                let found = self.tagged_commit(tag).await.ok().flatten();
                there(found).ok_or(error)
            }
            Err(error) => Err(error),
        }
    }
}
