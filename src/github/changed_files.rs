//! The files that differ between two commits.

use serde::Deserialize;

use super::client::GitHub;
use super::error::CallError;

const WHAT: &str = "comparing the files of two commits";

/// "It includes up to 300 changed files for the entire comparison" ("Compare two commits",
/// REST API documentation).
const MOST: usize = 300;

#[derive(Deserialize)]
struct Compared {
    #[serde(default)]
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    filename: String,
    /// Of one that was renamed.
    previous_filename: Option<String>,
}

impl GitHub {
    /// The files that `to` has changed since it left `from`, of those renamed both names;
    /// `None` where there are so many that GitHub does not name them all.
    pub async fn changed_files(
        &self,
        from: &str,
        to: &str,
    ) -> Result<Option<Vec<String>>, CallError> {
        let path = self.path(["compare", &format!("{from}...{to}")]);
        // The files come with the first page, of commits that nobody asks for here.
        let query = [("per_page", "1"), ("page", "1")];
        let Compared { files } = self.get(WHAT, &path, &query).await?;
        if files.len() >= MOST {
            return Ok(None);
        }
        let names = files.into_iter().flat_map(|it| [Some(it.filename), it.previous_filename]);
        Ok(Some(names.flatten().collect()))
    }
}
