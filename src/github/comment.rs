//! A comment on a pull request or an issue, found again by a mark that nobody sees.
//!
//! A mark alone proves nothing, because anybody can write it: the comment must also
//! be this token's own.

use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::client::GitHub;
use super::error::{CallError, Cause};
use crate::names::AccountId;

/// The longest body that GitHub takes, in characters.
pub(crate) const LONGEST: usize = 65_536;
/// Pages of a hundred comments that are searched.
const PAGES: usize = 30;

const ON_PULL_REQUEST: Doing = Doing {
    look: "looking for the comment on the pull request",
    write: "writing the comment on the pull request",
};

/// What is done to comments, in the words of a [`CallError`].
#[derive(Clone, Copy)]
pub(super) struct Doing {
    pub look: &'static str,
    pub write: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Tells it from this action's other comments on the same pull request. Its hash is
    /// written down, and of an account's id only eight bits count in that.
    pub about: String,
    pub body: String,
}

/// A comment as it stands there.
#[derive(Deserialize)]
pub(super) struct Written {
    pub id: u64,
    body: Option<String>,
    user: Option<User>,
    /// By GitHub's clock, in a form whose order is that of time.
    pub updated_at: String,
}

#[derive(Deserialize)]
struct User {
    login: String,
    #[serde(rename = "type")]
    kind: String,
}

/// Whose comments are this token's own.
pub(super) enum Myself {
    Login(String),
    /// An app can't ask for its own name: those of any app. GitHub lets it change
    /// none but its own.
    AnApp,
}

impl Comment {
    /// The whole body: an HTML comment that GitHub does not show, and the Markdown.
    fn whole(&self) -> String {
        let whole = format!("{}\n{}", self.mark(), self.body);
        let mut cut: String = whole.chars().take(LONGEST).collect();
        // GitHub keeps no white space at the end.
        cut.truncate(cut.trim_end().len());
        cut
    }

    fn mark(&self) -> String {
        let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(blurred(&self.about)));
        format!("<!-- ecs-release {:08x} -->", u32::from_be_bytes([a, b, c, d]))
    }
}

impl Written {
    pub(super) fn body(&self) -> &str {
        self.body.as_deref().unwrap_or_default()
    }

    /// Whether it is this one, be it out of date or not.
    pub(super) fn has_mark_of(&self, comment: &Comment) -> bool {
        self.body().starts_with(&comment.mark())
    }

    /// Whether nothing is to be changed.
    pub(super) fn says(&self, comment: &Comment) -> bool {
        self.body() == comment.whole()
    }
}

/// `text` with eight bits in place of twelve digits. There are so few accounts, and all else
/// is public, that the marks of two comments would tell which one it is.
pub(crate) fn blurred(about: &str) -> String {
    AccountId::replaced(about, |account| format!("{:02x}", Sha256::digest(account)[0]))
}

/// The comments of one issue or pull request, as their author sees them.
pub(super) struct Thread<'a> {
    github: &'a GitHub,
    path: String,
    myself: Myself,
    doing: Doing,
}

impl GitHub {
    /// Writes the comment, or brings the one that is there up to date.
    ///
    /// # Errors
    /// Also where the answer to a write got lost and what it wrote is not found then.
    pub async fn comment(&self, pull_request: u64, comment: &Comment) -> Result<(), CallError> {
        let thread = self.thread(pull_request, ON_PULL_REQUEST).await?;
        thread.write(&thread.find(comment).await?, comment).await
    }

    pub(super) async fn thread(&self, number: u64, doing: Doing) -> Result<Thread<'_>, CallError> {
        let path = self.path(["issues", &number.to_string(), "comments"]);
        Ok(Thread { github: self, path, myself: self.myself(doing).await?, doing })
    }

    pub(super) async fn myself(&self, doing: Doing) -> Result<Myself, CallError> {
        let token = self.workflow().token.as_ref();
        if token.is_some_and(|token| token.is_installations()) {
            return Ok(Myself::AnApp);
        }
        match self.get::<User>(doing.look, "/user", &[]).await {
            Ok(user) => Ok(Myself::Login(user.login)),
            Err(error) if error.cause == Cause::Denied && error.status == Some(403) => {
                Ok(Myself::AnApp)
            }
            Err(error) => Err(error),
        }
    }
}

impl Thread<'_> {
    /// This token's own comments, oldest first.
    ///
    /// # Errors
    /// Also where there are so many comments that not all were read.
    pub(super) async fn own(&self) -> Result<Vec<Written>, CallError> {
        self.own_until(|_| false).await
    }

    /// The same as far as those that are this one, by its mark.
    async fn find(&self, comment: &Comment) -> Result<Vec<Written>, CallError> {
        self.own_until(|it| it.has_mark_of(comment)).await
    }

    async fn own_until(&self, is_it: impl Fn(&Written) -> bool) -> Result<Vec<Written>, CallError> {
        let look = self.doing.look;
        let is_own = |it: &Written| it.user.as_ref().is_some_and(|user| self.myself.is(user));
        let has_it = |found: &[Written]| found.iter().any(|it| is_own(it) && is_it(it));
        let pages = self.github.pages::<Written>(look, &self.path, &[], PAGES, has_it).await?;
        let (mut found, is_cut) = pages;
        if is_cut && !has_it(&found) {
            // Written anew, it would be written anew each time.
            let message = format!("there are more than {} comments", PAGES * 100);
            return Err(CallError { what: look, cause: Cause::Refused, status: None, message });
        }
        found.retain(is_own);
        Ok(found)
    }

    /// Writes the comment, or brings the one among those `found` up to date.
    pub(super) async fn write(
        &self,
        found: &[Written],
        comment: &Comment,
    ) -> Result<(), CallError> {
        match self.send(found, comment).await {
            // It may have been written: look again, and never write twice.
            Err(error) if error.is_unclear() => match self.find(comment).await {
                Ok(found) if found.iter().any(|it| it.says(comment)) => Ok(()),
                Ok(_) | Err(_) => Err(error),
            },
            sent => sent,
        }
    }

    async fn send(&self, found: &[Written], comment: &Comment) -> Result<(), CallError> {
        let (github, write) = (self.github, self.doing.write);
        let body = json!({ "body": comment.whole() });
        for ours in found.iter().filter(|it| it.has_mark_of(comment)) {
            let path = github.path(["issues", "comments", &ours.id.to_string()]);
            match github.patch::<Written>(write, &path, &body).await {
                Ok(_) => return Ok(()),
                // Another app's, or deleted just now.
                Err(error) if matches!(error.cause, Cause::Missing) => {}
                Err(error)
                    if error.cause == Cause::Denied && matches!(self.myself, Myself::AnApp) => {}
                Err(error) => return Err(error),
            }
        }
        github.post::<Written>(write, &self.path, &body).await.map(|_| ())
    }
}

impl Myself {
    fn is(&self, user: &User) -> bool {
        match self {
            Self::Login(login) => *login == user.login,
            Self::AnApp => user.kind == "Bot",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_mark_shows_nothing_of_what_the_comment_is_about() {
        let mark = |about: &str| Comment { about: about.to_owned(), body: "x".to_owned() }.whole();
        // The first digits of the SHA-256 of "abc" (FIPS 180-2).
        assert_eq!(mark("abc"), "<!-- ecs-release ba7816bf -->\nx");
        assert_ne!(mark("123456789012/prod/web1"), mark("123456789013/prod/web1"));
        // However many services of an account have comments, they show eight bits of it.
        let marks = |service: &str| -> HashSet<String> {
            let accounts = 100_000_000_000_u64..100_000_002_000;
            accounts.map(|it| mark(&format!("{it}/prod/{service}"))).collect()
        };
        assert_eq!([marks("web1").len(), marks("web2").len()], [256, 256]);
    }

    #[test]
    fn a_body_is_cut_at_what_github_takes() {
        let comment = Comment { about: String::new(), body: "ä".repeat(LONGEST) };
        assert_eq!(comment.whole().chars().count(), LONGEST);
    }
}
