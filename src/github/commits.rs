//! What lies between two commits, for people who want to know what changes.

use std::collections::HashSet;

use futures_util::future::{join_all, try_join_all};
use serde::Deserialize;

use super::client::GitHub;
use super::comparison::{Commit, Comparison, Linked};
use super::error::CallError;

/// Commits that are shown of each direction; the page behind the link has them all.
const SHOWN: usize = 30;
/// GitHub gives at most so many at once.
const PAGE: usize = 100;
/// Pages that are searched for the commits of a folder.
const PAGES: usize = 5;
/// The same of each of many versions.
const PAGES_OF_EACH: usize = 1;
/// Folders whose commits are searched for. With their pages that makes 40 calls at most for
/// each direction, and 8 for most.
const FOLDERS: usize = 8;
/// Commits of each direction whose pull request is asked for: a job's token has a
/// thousand calls an hour for all that a repository does.
const ASKED: usize = 10;
/// The same of each of many versions.
const ASKED_OF_EACH: usize = 3;
const AT_ONCE: usize = 5;

const COMPARE: &str = "comparing two commits";
const LIST: &str = "listing the commits of a folder";
const PULLS: &str = "looking for the pull requests of a commit";

#[derive(Deserialize)]
struct Compared {
    total_commits: usize,
    /// Oldest first.
    commits: Vec<Listed>,
}

#[derive(Clone, Deserialize)]
struct Listed {
    sha: String,
    commit: Message,
    /// Absent where no account has the address that git has.
    author: Option<Account>,
}

#[derive(Clone, Deserialize)]
struct Message {
    message: String,
    author: Option<Author>,
    committer: Option<Dated>,
}

#[derive(Clone, Deserialize)]
struct Dated {
    /// By RFC 3339 in UTC, so that the order of the texts is that of the times.
    date: String,
}

impl Listed {
    fn date(&self) -> Option<&str> {
        self.commit.committer.as_ref().map(|it| it.date.as_str())
    }
}

#[derive(Clone, Deserialize)]
struct Author {
    name: String,
}

#[derive(Clone, Deserialize)]
struct Account {
    /// Absent where the answer has `{}` for nobody.
    login: Option<String>,
}

#[derive(Deserialize)]
struct Pull {
    number: u64,
    merged_at: Option<String>,
}

struct Touching {
    ids: HashSet<String>,
    /// So many of the commits, from the newest on, touch the folder only if they are among
    /// these.
    looked_at: usize,
}

struct Direction {
    /// Newest first.
    commits: Vec<Listed>,
    more: usize,
    unread: usize,
    /// The ids of those that touch one of the folders, and of older ones; `None` where
    /// nothing was asked.
    touching: Option<HashSet<String>>,
}

impl GitHub {
    /// What `to` has and `from` has not, and no more: for many versions at once.
    pub async fn added(
        &self,
        from: &str,
        to: &str,
        folders: &[String],
    ) -> Result<Comparison, CallError> {
        let (folders, unread_folders) = shown(folders);
        let mut added = self.commits(from, to, folders, PAGES_OF_EACH).await?;
        let is_filtered = added.is_of_folders();
        added.narrow(is_filtered);
        let comparison = self.comparison((from, to), folders, unread_folders, is_filtered);
        let Direction { commits, more, unread, .. } = added;
        let added = self.linked(commits, ASKED_OF_EACH).await;
        Ok(Comparison { added, more, unread, ..comparison })
    }

    /// What changes between two commits, both ways; of these files and folders, the most
    /// important first, unless the repository itself is one.
    pub async fn compare(
        &self,
        from: &str,
        to: &str,
        folders: &[String],
    ) -> Result<Comparison, CallError> {
        let (folders, unread_folders) = shown(folders);
        let (added, removed) = tokio::join!(
            self.commits(from, to, folders, PAGES),
            self.commits(to, from, folders, PAGES)
        );
        let (mut added, mut removed) = (added?, removed?);
        let is_filtered = added.is_of_folders() || removed.is_of_folders();
        added.narrow(is_filtered);
        removed.narrow(is_filtered);
        let (more, unread) = (added.more + removed.more, added.unread + removed.unread);
        let (added, removed) =
            tokio::join!(self.linked(added.commits, ASKED), self.linked(removed.commits, ASKED));
        let comparison = self.comparison((from, to), folders, unread_folders, is_filtered);
        Ok(Comparison { added, removed, more, unread, ..comparison })
    }

    /// One without commits.
    fn comparison(
        &self,
        (from, to): (&str, &str),
        folders: &[String],
        unread_folders: usize,
        is_filtered: bool,
    ) -> Comparison {
        Comparison {
            page: self.page("compare", &format!("{from}...{to}")),
            folders: if is_filtered { folders.to_vec() } else { Vec::new() },
            unread_folders: if is_filtered { unread_folders } else { 0 },
            ..Comparison::default()
        }
    }

    /// Those that `to` has and `from` has not, newest first.
    async fn commits(
        &self,
        from: &str,
        to: &str,
        folders: &[String],
        pages: usize,
    ) -> Result<Direction, CallError> {
        let range = format!("{from}...{to}");
        let path = self.path(["compare", &range]);
        let page = async |number: usize| {
            let number = number.to_string();
            let query = [("per_page", "100"), ("page", number.as_str())];
            self.get::<Compared>(COMPARE, &path, &query).await
        };
        let first = page(1).await?;
        let total = first.total_commits;
        // Oldest first, and what is newest matters most; the last page may have few.
        let commits = match total.div_ceil(PAGE) {
            0 | 1 => first.commits,
            2 => [first.commits, page(2).await?.commits].concat(),
            last => {
                let (before, last) = tokio::join!(page(last - 1), page(last));
                [before?.commits, last?.commits].concat()
            }
        };
        let commits: Vec<Listed> = commits.into_iter().rev().collect();
        if folders.is_empty() || total == 0 {
            let unread = total.saturating_sub(commits.len());
            return Ok(Direction { commits, more: 0, unread, touching: None });
        }
        let found = folders.iter().map(|folder| self.touching(to, folder, &commits, pages));
        let found = try_join_all(found).await?;
        let looked_at = found.iter().map(|it| it.looked_at).min().unwrap_or_default();
        let unread = total.saturating_sub(looked_at);
        let touching = Some(found.into_iter().flat_map(|it| it.ids).collect());
        let commits = commits.into_iter().take(looked_at).collect();
        Ok(Direction { commits, more: 0, unread, touching })
    }

    /// The commits before `to` that touch a folder, as far back as the oldest of `commits` or
    /// as so many pages reach.
    async fn touching(
        &self,
        to: &str,
        folder: &str,
        commits: &[Listed],
        pages: usize,
    ) -> Result<Touching, CallError> {
        let query = [("sha", to), ("path", folder)];
        // What is listed is in the order of time: past the range nothing is of use. Those of
        // a branch that lived long are as old as they are.
        let range: HashSet<&str> = commits.iter().map(|it| it.sha.as_str()).collect();
        let oldest = commits.iter().filter_map(Listed::date).min();
        let is_past = |found: &[Listed]| {
            let page = found.chunks(100).last().unwrap_or_default();
            let is_older =
                page.last().and_then(Listed::date).zip(oldest).is_none_or(|(it, of)| it <= of);
            is_older && !page.iter().any(|commit| range.contains(commit.sha.as_str()))
        };
        let path = self.path(["commits"]);
        let (found, is_cut) = self.pages::<Listed>(LIST, &path, &query, pages, is_past).await?;
        let ids: HashSet<String> = found.iter().map(|it| it.sha.clone()).collect();
        let oldest = commits.iter().rposition(|it| ids.contains(&it.sha));
        let looked_at = match is_cut && !is_past(&found) {
            true => oldest.map_or(0, |at| at + 1),
            false => commits.len(),
        };
        Ok(Touching { ids, looked_at })
    }

    /// With the pull requests that they came by: by the number that GitHub puts into
    /// a title, else by asking, a few at a time and until that is not allowed.
    async fn linked(&self, commits: Vec<Listed>, asked: usize) -> Vec<Commit> {
        let mut linked: Vec<Commit> = commits
            .into_iter()
            .map(|listed| {
                let Message { message, author, .. } = listed.commit;
                let title = message.lines().next().unwrap_or_default().to_owned();
                let account = listed.author.and_then(|it| it.login);
                Commit {
                    author: account.or(author.map(|it| it.name)),
                    page: self.page("commit", &listed.sha),
                    pull_request: number_in(&title).map(|number| self.link(number)),
                    id: listed.sha,
                    title,
                }
            })
            .collect();
        let unknown = linked.iter_mut().filter(|it| it.pull_request.is_none());
        let mut unknown: Vec<&mut Commit> = unknown.take(asked).collect();
        for some in unknown.chunks_mut(AT_ONCE) {
            let found = join_all(some.iter().map(|it| self.merged_by(&it.id))).await;
            for (commit, found) in some.iter_mut().zip(found) {
                match found {
                    Ok(number) => commit.pull_request = number.map(|it| self.link(it)),
                    // Only a link: without it the commit is shown all the same.
                    Err(_) => return linked,
                }
            }
        }
        linked
    }

    fn page(&self, kind: &str, id: &str) -> String {
        let workflow = self.workflow();
        format!("{}/{}/{kind}/{id}", workflow.server, workflow.repository)
    }

    fn link(&self, number: u64) -> Linked {
        Linked { number, page: self.page("pull", &number.to_string()) }
    }

    async fn merged_by(&self, commit: &str) -> Result<Option<u64>, CallError> {
        let path = self.path(["commits", commit, "pulls"]);
        let pulls: Vec<Pull> = self.get(PULLS, &path, &[]).await?;
        Ok(pulls.iter().find(|it| it.merged_at.is_some()).map(|it| it.number))
    }
}

/// The folders that are looked at, and how many are not; none where it is the whole
/// repository.
fn shown(folders: &[String]) -> (&[String], usize) {
    if folders.iter().any(String::is_empty) {
        return (&[], 0);
    }
    let (shown, unread) = folders.split_at(folders.len().min(FOLDERS));
    (shown, unread.len())
}

impl Direction {
    /// If no commit ever touched them, they are no folders of the repository's.
    fn is_of_folders(&self) -> bool {
        self.touching.as_ref().is_some_and(|ids| !ids.is_empty())
    }

    /// Leaves what touches the folders, if that `is_filtered`, and what is shown.
    fn narrow(&mut self, is_filtered: bool) {
        if let Some(touching) = self.touching.as_ref().filter(|_| is_filtered) {
            self.commits.retain(|it| touching.contains(&it.sha));
        }
        self.more = self.commits.len().saturating_sub(SHOWN);
        self.commits.truncate(SHOWN);
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
