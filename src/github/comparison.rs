//! The commits that lie between two, as values.

use std::fmt;

/// What is between what runs and what shall run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What comes, newest first.
    pub added: Vec<Commit>,
    /// What goes, newest first.
    pub removed: Vec<Commit>,
    /// How many there are of both beside those above.
    pub more: usize,
    /// How many older ones were not looked at, so that nobody knows whether they
    /// touch the folder.
    pub unread: usize,
    /// The page that shows it all.
    pub page: String,
    /// The files and folders whose commits these are; none: the whole repository's.
    pub folders: Vec<String>,
    /// How many more there are, whose commits were not looked for.
    pub unread_folders: usize,
}

impl Comparison {
    /// How many come beside the first so many.
    pub fn further(&self, shown: usize) -> Count {
        let is_known = self.folders.is_empty();
        let unread = if is_known { self.unread } else { 0 };
        let count = (self.added.len() + self.more + unread).saturating_sub(shown);
        // Those that were not looked at may be of other folders.
        Count { count, is_least: !is_known && (self.unread > 0 || self.unread_folders > 0) }
    }

    /// How many come.
    pub fn count(&self) -> Count {
        self.further(0)
    }
}

/// So many commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub count: usize,
    /// And perhaps more.
    pub is_least: bool,
}

impl Count {
    pub fn is_none(self) -> bool {
        self.count == 0 && !self.is_least
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let least = if self.is_least { "at least " } else { "" };
        match self.count {
            1 => write!(f, "{least}1 commit"),
            count => write!(f, "{least}{count} commits"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    pub id: String,
    /// The first line of its message, by whoever wrote it.
    pub title: String,
    /// By the name of the account, else the one that git has.
    pub author: Option<String>,
    pub page: String,
    /// The pull request that brought it.
    pub pull_request: Option<Linked>,
}

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    pub number: u64,
    pub page: String,
}
