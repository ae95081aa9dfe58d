//! The summary as a comment on a pull request: shorter, and without the ids of accounts.

use super::page::{answers, headings, whole};
use crate::names::AccountId;
use crate::report::app::AppReport;
use crate::report::markdown::{Document, Inline};

/// Bytes of a comment; GitHub takes 65,536 characters.
const LONGEST_COMMENT: usize = 60_000;
/// Stands for an account. The texts of a [`Document`] have every number of seven digits
/// or more in code, where this is no mark of a heading.
const MASK: &str = "############";

/// The comment on a pull request: as the summary, without the ids of accounts. `run` is
/// the page of the run that says so.
pub(crate) fn comment(apps: &[AppReport], run: &str) -> String {
    // Characters, of which one can have several bytes: this is on the safe side.
    let fits = |page: &Document| page.len() <= LONGEST_COMMENT;
    let whole = whole(apps);
    let page = if fits(&whole) {
        whole
    } else {
        let answers = Some(answers(apps)).filter(fits);
        let mut page = answers.unwrap_or_else(|| headings(apps));
        page.paragraph(&Inline::text("The rest does not fit here."));
        page
    };
    let mut from = Document::default();
    from.paragraph(&Inline::link("Details of this run", run));
    format!("{}\n{from}", without_accounts(&page.to_string(), apps))
}

/// GitHub masks in logs what a workflow has masked; a comment it does not. Twelve
/// digits are taken for an account, but for those of the app's versions and commits.
fn without_accounts(markdown: &str, apps: &[AppReport]) -> String {
    let is_own = |number: &str| {
        let is_account = |app: &AppReport| is_account(app, number);
        !apps.iter().any(is_account) && apps.iter().any(|app| is_apps_own(app, number))
    };
    let shown = |number: &str| if is_own(number) { number } else { MASK }.to_owned();
    AccountId::replaced(markdown, shown)
}

/// Whether a number is a part of what the app's versions and commits are called.
fn is_apps_own(app: &AppReport, number: &str) -> bool {
    let is_in = |text: &String| text.contains(number);
    let is_sides = [&app.versions.from, &app.versions.to, &app.versions.running]
        .into_iter()
        .flatten()
        .any(|side| {
            side.version.as_ref().is_some_and(|it| it.to_string().contains(number))
                || side.tag.as_ref().is_some_and(is_in)
                || side.digest.as_ref().is_some_and(|digest| digest.short() == number)
        });
    let commits = app.github.commits.iter().flatten();
    let mut commits = commits.flat_map(|it| it.added.iter().chain(&it.removed));
    is_sides || commits.any(|commit| is_in(&commit.title))
}

fn is_account(app: &AppReport, number: &str) -> bool {
    app.service.arn.as_ref().is_some_and(|arn| arn.account().as_str() == number)
}
