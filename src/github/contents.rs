//! A file of the repository as it is at some commit, without a checkout of it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::client::GitHub;
use super::error::{CallError, Cause};

const WHAT: &str = "reading a file of the repository";

#[derive(Deserialize)]
struct File {
    content: Option<String>,
    encoding: Option<String>,
}

impl GitHub {
    /// Whether the default branch has a file of this path.
    pub async fn has_file(&self, path: &str) -> Result<bool, CallError> {
        match self.get::<IgnoredAny>(WHAT, &self.path(["contents", path]), &[]).await {
            Ok(_) => Ok(true),
            Err(error) if error.cause == Cause::Missing => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The content of `path`, slashes between its folders, at a branch, tag or
    /// commit; `None` where there is no such file, or no such commit.
    pub async fn file(&self, path: &str, at: &str) -> Result<Option<Vec<u8>>, CallError> {
        let found = self.get::<File>(WHAT, &self.path(["contents", path]), &[("ref", at)]).await;
        let file = match found {
            Ok(file) => file,
            Err(error) if error.cause == Cause::Missing => return Ok(None),
            Err(error) => return Err(error),
        };
        let unreadable = |why: &str| CallError {
            what: WHAT,
            cause: Cause::Refused,
            status: None,
            message: format!("{path} {why}"),
        };
        // A file of more than 1 MB comes without its content.
        let (Some(content), Some("base64")) = (file.content, file.encoding.as_deref()) else {
            return Err(unreadable("is too large"));
        };
        let content: String = content.split_ascii_whitespace().collect();
        BASE64_STANDARD.decode(content).map(Some).map_err(|_malformed| unreadable("can't be read"))
    }
}
