//! One comment on a pull request, found again by a mark that nobody sees.
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

const LOOK: &str = "looking for the comment on the pull request";
const WRITE: &str = "writing the comment on the pull request";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Tells it from this action's other comments on the same pull request. Its hash is
    /// written down, and of an account's id only eight bits count in that.
    pub about: String,
    pub body: String,
}

#[derive(Deserialize)]
struct Written {
    id: u64,
    body: Option<String>,
    user: Option<User>,
}

#[derive(Deserialize)]
struct User {
    login: String,
    #[serde(rename = "type")]
    kind: String,
}

/// Whose comments are this token's own.
enum Myself {
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

/// With eight bits in place of twelve digits. There are so few accounts, and all else
/// is public, that the marks of two comments would tell which one it is.
fn blurred(about: &str) -> String {
    AccountId::replaced(about, |account| format!("{:02x}", Sha256::digest(account)[0]))
}

impl GitHub {
    /// Writes the comment, or brings the one that is there up to date.
    ///
    /// # Errors
    /// Also where the answer to a new comment got lost and it is not found then.
    pub async fn comment(&self, pull_request: u64, comment: &Comment) -> Result<(), CallError> {
        let number = pull_request.to_string();
        let comments = self.path(["issues", &number, "comments"]);
        if self.update(&comments, comment).await? {
            return Ok(());
        }
        let body = json!({ "body": comment.whole() });
        match self.post::<Written>(WRITE, &comments, &body).await {
            Ok(_) => Ok(()),
            // It may have been written: look again, and never write twice.
            Err(error) if error.is_unclear() => match self.update(&comments, comment).await {
                Ok(true) => Ok(()),
                Ok(false) | Err(_) => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// `false` where there is no comment of ours yet.
    async fn update(&self, comments: &str, comment: &Comment) -> Result<bool, CallError> {
        let myself = self.myself().await?;
        let mark = comment.mark();
        let is_ours = |it: &Written| {
            let has_mark = it.body.as_deref().is_some_and(|body| body.starts_with(&mark));
            has_mark && it.user.as_ref().is_some_and(|user| myself.is(user))
        };
        let has_one = |found: &[Written]| found.iter().any(is_ours);
        let (found, is_cut) = self.pages::<Written>(LOOK, comments, &[], PAGES, has_one).await?;
        if is_cut && !has_one(&found) {
            // Written anew, it would be written anew each time.
            let message = format!("there are more than {} comments", PAGES * 100);
            return Err(CallError { what: LOOK, cause: Cause::Refused, status: None, message });
        }
        let whole = comment.whole();
        for ours in found.iter().filter(|it| is_ours(it)) {
            let id = ours.id.to_string();
            let path = self.path(["issues", "comments", &id]);
            match self.patch::<Written>(WRITE, &path, &json!({ "body": whole })).await {
                Ok(_) => return Ok(true),
                // Another app's, or deleted just now.
                Err(error) if matches!(error.cause, Cause::Missing) => {}
                Err(error) if error.cause == Cause::Denied && matches!(myself, Myself::AnApp) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    async fn myself(&self) -> Result<Myself, CallError> {
        let token = self.workflow().token.as_ref();
        if token.is_some_and(|token| token.is_installations()) {
            return Ok(Myself::AnApp);
        }
        match self.get::<User>(LOOK, "/user", &[]).await {
            Ok(user) => Ok(Myself::Login(user.login)),
            Err(error) if error.cause == Cause::Denied && error.status == Some(403) => {
                Ok(Myself::AnApp)
            }
            Err(error) => Err(error),
        }
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
