//! The issue that says what runs where: one of a repository, with a comment for each service.
//!
//! Each run writes the comments of its own services, and makes the body of what all comments
//! say. Whoever writes a body looks afterwards whether the comments still say that: of two runs
//! at once, the last one to write a body has seen the comments of both.

mod body;
mod row;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::client::GitHub;
use super::comment::{Comment, Doing, LONGEST, Myself, Thread, Written};
use super::error::{CallError, Cause};
use crate::names::AccountId;
use crate::request::Target;
use body::{has_mark, room, with_part};

/// By this the issue is found.
const LABEL: &str = "ecs-release";
const TITLE: &str = "What runs where";
/// Pages of a hundred issues with the label that are searched.
const PAGES: usize = 3;
/// How often the body is written, where others write theirs at the same time.
const ROUNDS: usize = 3;

const FIND: &str = "looking for the tracker issue";
const CREATE: &str = "creating the tracker issue";
const WRITE: &str = "writing the tracker issue";
const COMMENTS: Doing = Doing {
    look: "reading the comments of the tracker",
    write: "writing a comment of the tracker",
};

/// One service, as its comment says it.
#[derive(Debug, Clone)]
pub struct Section {
    /// Tells it from others, as that of a comment on a pull request does.
    pub about: String,
    /// What the table of all services needs to know of it.
    pub row: Value,
    /// Markdown.
    pub body: String,
}

/// What a comment says for the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub row: Value,
    /// The id of the comment.
    pub comment: u64,
}

#[derive(Deserialize)]
struct Issue {
    number: u64,
    body: Option<String>,
    labels: Vec<Label>,
    /// Only pull requests have it.
    pull_request: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Label {
    name: String,
}

/// What tells a service from others: where it is, and of its account sixteen bits, which say
/// little of it and keep two accounts with the same names apart.
pub(crate) fn about(account: &AccountId, target: &Target) -> String {
    let [a, b, ..] = <[u8; 32]>::from(Sha256::digest(account.as_str()));
    let Target { region, cluster, service } = target;
    format!("tracker {a:02x}{b:02x} {region}/{cluster}/{service}")
}

impl Section {
    fn comment(&self) -> Comment {
        let body = format!("{}\n{}", row::hidden(&self.row), self.body);
        Comment { about: self.about.clone(), body }
    }
}

impl GitHub {
    /// Brings the comments of these services up to date, and the table, which `table` makes of
    /// what all comments say, with so many characters at most. `stays`: whether the row of a
    /// comment is not to give way to a new one. The issue is created where there is none.
    ///
    /// # Errors
    /// The first of them; what was written stands, and the next run writes the rest.
    pub async fn keep_tracker(
        &self,
        sections: &[Section],
        stays: impl Fn(&Value, &Value) -> bool,
        table: impl Fn(&[Kept], usize) -> String,
    ) -> Result<(), CallError> {
        let issue = match self.tracker().await? {
            Some(issue) => issue,
            None => self.create_tracker().await?,
        };
        let thread = self.thread(issue.number, COMMENTS).await?;
        let found = thread.own().await?;
        let is_said = |comment: &Comment, row: &Value| {
            let stays = |it: &Written| row::shown(it.body()).is_some_and(|(_, it)| stays(&it, row));
            let mut old = found.iter().filter(|it| it.has_mark_of(comment));
            old.any(|it| it.says(comment) || stays(it))
        };
        let comments = sections.iter().map(|it| (it.comment(), &it.row));
        let news: Vec<Comment> =
            comments.filter(|(it, row)| !is_said(it, row)).map(|(it, _)| it).collect();
        let mut failed = None;
        for comment in &news {
            let Err(error) = thread.write(&found, comment).await else { continue };
            let goes_on = !matches!(error.cause, Cause::Limited(_) | Cause::Denied);
            failed.get_or_insert(error);
            if !goes_on {
                break;
            }
        }
        let found = if news.is_empty() { found } else { thread.own().await? };
        let body = issue.body.unwrap_or_default();
        if news.is_empty() && tabulated(&body, &kept(&found), &table) == body {
            return Ok(());
        }
        let tabled = self.keep_table(issue.number, &thread, kept(&found), table).await;
        failed.map_or(tabled, Err)
    }

    async fn keep_table(
        &self,
        number: u64,
        thread: &Thread<'_>,
        mut rows: Vec<Kept>,
        table: impl Fn(&[Kept], usize) -> String,
    ) -> Result<(), CallError> {
        for _ in 0..ROUNDS {
            // Read right before it is written: a person may be at it, too.
            let body = self.tracker_body(number).await?;
            let wanted = tabulated(&body, &rows, &table);
            if wanted == body {
                return Ok(());
            }
            self.write_tracker(number, &wanted).await?;
            let now = kept(&thread.own().await?);
            if now == rows {
                return Ok(());
            }
            rows = now;
        }
        let message = "its comments kept changing while it was written".to_owned();
        Err(CallError { what: WRITE, cause: Cause::Refused, status: None, message })
    }

    /// The oldest issue with the label and a mark of ours, open or closed.
    async fn tracker(&self) -> Result<Option<Issue>, CallError> {
        let path = self.path(["issues"]);
        let query =
            [("labels", LABEL), ("state", "all"), ("sort", "created"), ("direction", "asc")];
        let has_it = |found: &[Issue]| found.iter().any(Issue::is_tracker);
        let (found, is_cut) = self.pages::<Issue>(FIND, &path, &query, PAGES, has_it).await?;
        match found.into_iter().find(Issue::is_tracker) {
            // Created anew, it would be created anew each time.
            None if is_cut => {
                let message =
                    format!("there are more than {} issues with label {LABEL}", PAGES * 100);
                Err(CallError { what: FIND, cause: Cause::Refused, status: None, message })
            }
            found => Ok(found),
        }
    }

    /// A tracker whose label GitHub dropped, because the account of the token may not push.
    async fn without_label(&self) -> Result<Option<Issue>, CallError> {
        let Myself::Login(login) = self.myself(COMMENTS).await? else { return Ok(None) };
        let query = [("creator", login.as_str()), ("state", "all")];
        let has_it = |found: &[Issue]| found.iter().any(Issue::is_tracker);
        let path = self.path(["issues"]);
        let (found, _) = self.pages::<Issue>(FIND, &path, &query, PAGES, has_it).await?;
        Ok(found.into_iter().find(Issue::is_tracker))
    }

    async fn create_tracker(&self) -> Result<Issue, CallError> {
        if let Some(created) = self.without_label().await? {
            return Err(unlabelled(created.number));
        }
        let new = json!({ "title": TITLE, "body": with_part("", ""), "labels": [LABEL] });
        let created = match self.post::<Issue>(CREATE, &self.path(["issues"]), &new).await {
            Ok(created) => created,
            // It may have been created: look, and never create two.
            Err(error) if error.is_unclear() => {
                return self.tracker().await.ok().flatten().ok_or(error);
            }
            Err(error) => return Err(error),
        };
        if !created.labels.iter().any(|it| it.name.eq_ignore_ascii_case(LABEL)) {
            return Err(unlabelled(created.number));
        }
        match self.tracker().await? {
            // Another run has created one at the same time.
            Some(older) if older.number < created.number => {
                let closed = json!({ "state": "closed", "state_reason": "not_planned" });
                self.change_tracker(created.number, &closed).await?;
                Ok(older)
            }
            _ => Ok(created),
        }
    }

    async fn tracker_body(&self, number: u64) -> Result<String, CallError> {
        let path = self.path(["issues", &number.to_string()]);
        Ok(self.get::<Issue>(FIND, &path, &[]).await?.body.unwrap_or_default())
    }

    async fn write_tracker(&self, number: u64, body: &str) -> Result<(), CallError> {
        match self.change_tracker(number, &json!({ "body": body })).await {
            Err(error) if error.is_unclear() => match self.tracker_body(number).await {
                Ok(now) if now == body => Ok(()),
                Ok(_) | Err(_) => Err(error),
            },
            written => written,
        }
    }

    async fn change_tracker(&self, number: u64, change: &Value) -> Result<(), CallError> {
        let path = self.path(["issues", &number.to_string()]);
        self.patch::<Issue>(WRITE, &path, change).await.map(|_| ())
    }
}

impl Issue {
    fn is_tracker(&self) -> bool {
        self.pull_request.is_none() && self.body.as_deref().is_some_and(has_mark)
    }
}

fn unlabelled(number: u64) -> CallError {
    let message = format!(
        "issue {number} was created without its label {LABEL}, by which it is found: the account of the token may not set labels, so somebody with push access must set it"
    );
    CallError { what: CREATE, cause: Cause::Refused, status: None, message }
}

/// The body with the table in it.
fn tabulated(body: &str, rows: &[Kept], table: impl Fn(&[Kept], usize) -> String) -> String {
    with_part(body, &table(rows, room(body, LONGEST)))
}

/// What the comments say for the table. Where one was written twice the newest word counts.
fn kept(found: &[Written]) -> Vec<Kept> {
    let mut newest: Vec<(&str, &Written, Value)> = Vec::new();
    for comment in found {
        let Some((mark, row)) = row::shown(comment.body()) else { continue };
        let age = |it: &Written| (it.updated_at.clone(), it.id);
        match newest.iter_mut().find(|(known, ..)| *known == mark) {
            Some(known) if age(known.1) < age(comment) => *known = (mark, comment, row),
            Some(_) => {}
            None => newest.push((mark, comment, row)),
        }
    }
    newest.into_iter().map(|(_, it, row)| Kept { row, comment: it.id }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_names_in_two_accounts_are_two_services_and_show_neither_account() {
        let target = Target {
            region: "eu-central-1".parse().expect("a Region"),
            cluster: "prod".parse().expect("a cluster"),
            service: "web1".parse().expect("a service"),
        };
        let about = |account: &str| about(&account.parse().expect("an account"), &target);
        // The first digits of the SHA-256 of the account's.
        assert_eq!(about("123456789012"), "tracker 2a33 eu-central-1/prod/web1");
        assert_ne!(about("123456789012"), about("123456789013"));
    }
}
