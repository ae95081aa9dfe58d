//! What lies between two commits, for people who want to know what changes.

use std::collections::HashSet;

use futures_util::future::join_all;
use serde::Deserialize;

use super::{CallError, GitHub};

/// Commits that are shown of each direction; the page behind the link has them all.
const SHOWN: usize = 30;
/// Pages of a hundred commits that are searched for those of a folder.
const PAGES: usize = 5;

const COMPARE: &str = "comparing two commits";
const LIST: &str = "listing the commits of a folder";
const PULLS: &str = "looking for the pull requests of a commit";

/// What is between what runs and what shall run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What comes, newest first.
    pub added: Vec<Commit>,
    /// What goes, newest first.
    pub removed: Vec<Commit>,
    /// How many there are of both beside those above.
    pub more: usize,
    /// The page that shows it all.
    pub page: String,
    /// The folder whose commits these are; `None`: the whole repository's.
    pub folder: Option<String>,
}

/// One commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its whole id.
    pub id: String,
    /// The first line of its message, by whoever wrote it.
    pub title: String,
    /// Its page.
    pub page: String,
    /// The pull request that brought it.
    pub pull_request: Option<Linked>,
}

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// Its number.
    pub number: u64,
    /// Its page.
    pub page: String,
}

#[derive(Deserialize)]
struct Compared {
    total_commits: usize,
    /// Oldest first.
    commits: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    sha: String,
    commit: Message,
}

#[derive(Deserialize)]
struct Message {
    message: String,
}

#[derive(Deserialize)]
struct Pull {
    number: u64,
    merged_at: Option<String>,
}

/// One direction.
struct Way {
    commits: Vec<Listed>,
    more: usize,
}

impl GitHub {
    /// What changes between two commits, both ways; of `folder`, if that is not
    /// empty.
    pub async fn compare(
        &self,
        from: &str,
        to: &str,
        folder: &str,
    ) -> Result<Comparison, CallError> {
        let (added, removed) =
            tokio::join!(self.commits(from, to, folder), self.commits(to, from, folder));
        let (added, removed) = (added?, removed?);
        let more = added.more + removed.more;
        let (added, removed) =
            tokio::join!(self.linked(added.commits), self.linked(removed.commits));
        let workflow = self.workflow();
        Ok(Comparison {
            added,
            removed,
            more,
            page: format!("{}/{}/compare/{from}...{to}", workflow.server, workflow.repository),
            folder: (!folder.is_empty()).then(|| folder.to_owned()),
        })
    }

    /// Those that `to` has and `from` has not, newest first.
    async fn commits(&self, from: &str, to: &str, folder: &str) -> Result<Way, CallError> {
        let range = format!("{from}...{to}");
        let path = self.path(["compare", &range]);
        let mut compared: Compared = self.get(COMPARE, &path, &[("per_page", "100")]).await?;
        let total = compared.total_commits;
        if total > compared.commits.len() {
            // Oldest first, and what is newest matters most.
            let last = total.div_ceil(100).to_string();
            let query = [("per_page", "100"), ("page", last.as_str())];
            let newest: Compared = self.get(COMPARE, &path, &query).await?;
            let first = std::mem::replace(&mut compared.commits, newest.commits);
            // One page may have few: what the first two pages hold is without a gap.
            if total <= 200 {
                compared.commits.splice(0..0, first);
            }
        }
        let mut commits = compared.commits;
        commits.reverse();
        let mut total = total;
        if !folder.is_empty() && total > 0 {
            let touching = self.touching(to, folder, &commits).await?;
            let unseen = total - commits.len();
            commits.retain(|it| touching.contains(&it.sha));
            // Of what was not read nobody knows whether it touches the folder.
            total = commits.len() + unseen;
        }
        let shown = commits.len().min(SHOWN);
        commits.truncate(shown);
        Ok(Way { commits, more: total - shown })
    }

    /// The ids of the commits before `to` that touch a folder, as far back as the
    /// oldest of `commits`.
    async fn touching(
        &self,
        to: &str,
        folder: &str,
        commits: &[Listed],
    ) -> Result<HashSet<String>, CallError> {
        let query = [("sha", to), ("path", folder)];
        // What is listed is in the order of time: past the range nothing is of use.
        let range: HashSet<&str> = commits.iter().map(|it| it.sha.as_str()).collect();
        let is_past = |found: &[Listed]| {
            found
                .chunks(100)
                .last()
                .is_some_and(|page| !page.iter().any(|commit| range.contains(commit.sha.as_str())))
        };
        let path = self.path(["commits"]);
        let (found, _) = self.pages::<Listed>(LIST, &path, &query, PAGES, is_past).await?;
        Ok(found.into_iter().map(|it| it.sha).collect())
    }

    /// With the pull requests that they came by: by the number that GitHub puts into
    /// a title, else by asking, where that is allowed.
    async fn linked(&self, commits: Vec<Listed>) -> Vec<Commit> {
        join_all(commits.into_iter().map(async |listed| {
            let title = listed.commit.message.lines().next().unwrap_or_default().to_owned();
            let number = match number_in(&title) {
                Some(number) => Some(number),
                None => self.merged_by(&listed.sha).await,
            };
            let workflow = self.workflow();
            let page = |kind: &str, id: &str| {
                format!("{}/{}/{kind}/{id}", workflow.server, workflow.repository)
            };
            let pull_request =
                number.map(|number| Linked { number, page: page("pull", &number.to_string()) });
            Commit { page: page("commit", &listed.sha), id: listed.sha, title, pull_request }
        }))
        .await
    }

    async fn merged_by(&self, commit: &str) -> Option<u64> {
        let path = self.path(["commits", commit, "pulls"]);
        // Only a link: without it the commit is shown all the same.
        let pulls: Vec<Pull> = self.get(PULLS, &path, &[]).await.ok()?;
        pulls.iter().find(|it| it.merged_at.is_some()).map(|it| it.number)
    }
}

/// `Fix the cart (#12)` as GitHub titles a squash, `Merge pull request #12 from …`
/// as it titles a merge.
fn number_in(title: &str) -> Option<u64> {
    let squashed = || title.trim_end().strip_suffix(')')?.rsplit_once("(#").map(|(_, it)| it);
    let merged = || title.strip_prefix("Merge pull request #")?.split(' ').next();
    squashed().or_else(merged)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_read_where_github_writes_it_and_nowhere_else() {
        for (title, number) in [
            ("Fix the cart (#12)", Some(12)),
            ("Fix (#3) the cart (#12)", Some(12)),
            ("Merge pull request #7 from octo-org/fix", Some(7)),
            ("Fix #12", None),
            ("Fix the cart (#12) again", None),
            ("Fix (#x)", None),
            ("(#99999999999999999999999)", None),
            ("", None),
        ] {
            assert_eq!(number_in(title), number, "{title}");
        }
    }
}
