//! Texts that others than those of the account see: GitHub masks in logs what a workflow has
//! masked, and nowhere else.

use std::collections::BTreeSet;

use super::app::AppReport;
use crate::names::AccountId;

/// Stands for an account. The texts of a page of Markdown have every number of seven digits
/// or more in code, where this is no mark of a heading.
const MASK: &str = "############";

/// `text` without ids of accounts. Twelve digits are taken for one, but for those of the
/// apps' versions and commits.
pub(super) fn without_accounts(text: &str, apps: &[AppReport]) -> String {
    masked(text, apps, |number| apps.iter().any(|app| is_apps_own(app, number)))
}

/// The same, but for numbers that are `own`.
pub(super) fn masked(text: &str, apps: &[AppReport], own: impl Fn(&str) -> bool) -> String {
    let accounts: BTreeSet<&AccountId> = apps.iter().filter_map(AppReport::account).collect();
    let text =
        accounts.into_iter().fold(text.to_owned(), |text, it| text.replace(it.as_str(), MASK));
    AccountId::replaced(&text, |number| if own(number) { number } else { MASK }.to_owned())
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
    let listed = app.listing.iter().flatten();
    let is_listed = listed.clone().any(|version| {
        version.name.to_string().contains(number)
            || version.digest.short() == number
            // A run has a number, too.
            || version.runs.iter().any(|it| it.run.as_ref().is_some_and(is_in))
    });
    let brought = listed.filter_map(|version| version.brought.as_ref()?.commits.as_ref().ok());
    let commits = app.github.commits.iter().flatten().chain(brought);
    let mut commits = commits.flat_map(|it| it.added.iter().chain(&it.removed));
    is_sides || is_listed || commits.any(|commit| is_in(&commit.title))
}
