//! The summary as a comment on a pull request: shorter, and without the ids of accounts.

use super::page::{answers, headings, whole};
use crate::report::accounts::without_accounts;
use crate::report::app::AppReport;
use crate::report::markdown::{Document, Inline};

/// Bytes of a comment; GitHub takes 65,536 characters.
const LONGEST_COMMENT: usize = 60_000;

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
