//! Releases: the notes of a git tag.

use serde::Deserialize;
use serde_json::json;

use super::client::GitHub;
use super::error::{CallError, Cause};

const FIND: &str = "looking for the GitHub Release";
const CREATE: &str = "creating the GitHub Release";

/// What came of a release that was to be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Released {
    Created,
    /// There was one, and it stays as it is.
    There,
    /// The same of one that is not published.
    Drafted,
}

#[derive(Deserialize)]
struct Release {
    tag_name: String,
    draft: bool,
}

impl GitHub {
    /// Makes a release of a tag that is there; `notes` are Markdown.
    pub async fn release(
        &self,
        tag: &str,
        notes: &str,
        is_pre_release: bool,
    ) -> Result<Released, CallError> {
        if let Some(found) = self.find_release(tag).await? {
            return Ok(found);
        }
        // By default the newest would be the latest one, also where it is an older version.
        let body = json!({
            "tag_name": tag, "body": notes, "prerelease": is_pre_release, "make_latest": "legacy",
        });
        match self.post::<Release>(CREATE, &self.path(["releases"]), &body).await {
            Ok(_) => Ok(Released::Created),
            // Somebody was faster, or the answer got lost.
            Err(error) if matches!(error.cause, Cause::Refused | Cause::Unclear) => {
                self.find_release(tag).await.ok().flatten().ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// A published one is found by its tag; a draft, which GitHub lists only for those who may
    /// publish it, among the newest 100.
    async fn find_release(&self, tag: &str) -> Result<Option<Released>, CallError> {
        match self.get::<Release>(FIND, &self.path(["releases", "tags", tag]), &[]).await {
            Ok(_) => return Ok(Some(Released::There)),
            Err(error) if error.cause == Cause::Missing => {}
            Err(error) => return Err(error),
        }
        let releases = self.path(["releases"]);
        let (newest, _) = self.pages::<Release>(FIND, &releases, &[], 1, |_| true).await?;
        let is_draft = newest.iter().any(|it| it.draft && it.tag_name == tag);
        Ok(is_draft.then_some(Released::Drafted))
    }
}
