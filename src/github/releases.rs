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
}

#[derive(Deserialize)]
struct Release {}

impl GitHub {
    /// Makes a release of a tag that is there; `notes` are Markdown.
    pub async fn release(
        &self,
        tag: &str,
        notes: &str,
        is_pre_release: bool,
    ) -> Result<Released, CallError> {
        if self.has_release(tag).await? {
            return Ok(Released::There);
        }
        // By default the newest would be the latest one, also where it is an older version.
        let body = json!({
            "tag_name": tag, "body": notes, "prerelease": is_pre_release, "make_latest": "legacy",
        });
        match self.post::<Release>(CREATE, &self.path(["releases"]), &body).await {
            Ok(_) => Ok(Released::Created),
            // Somebody was faster, or the answer got lost.
            Err(error) if matches!(error.cause, Cause::Refused | Cause::Unclear) => {
                let is_there = self.has_release(tag).await.is_ok_and(|it| it);
                if is_there { Ok(Released::There) } else { Err(error) }
            }
            Err(error) => Err(error),
        }
    }

    async fn has_release(&self, tag: &str) -> Result<bool, CallError> {
        match self.get::<Release>(FIND, &self.path(["releases", "tags", tag]), &[]).await {
            Ok(_) => Ok(true),
            Err(error) if error.cause == Cause::Missing => Ok(false),
            Err(error) => Err(error),
        }
    }
}
