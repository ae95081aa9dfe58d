//! The commits that a version adds and removes.

use super::super::app::AppReport;
use super::super::markdown::{Document, Inline};
use crate::github::{Commit, Comparison};
use crate::report::listing::{self, Brought, Version};
use crate::text::cut;

/// Characters of a commit's id that people use.
const SHORT: usize = 7;

/// Commits that are shown of each of many versions.
const OF_EACH_VERSION: usize = 8;

/// Characters of a reason, where there are many.
const LONGEST_REASON: usize = 200;

/// Bytes of a release's notes; GitHub takes 125,000 characters.
const LONGEST_NOTES: usize = 120_000;

pub(super) fn section(page: &mut Document, app: &AppReport) {
    match &app.github.commits {
        None => {}
        Some(Err(why)) => {
            let mut inside = Document::default();
            inside.paragraph(&Inline::prose(why));
            page.folded("Commits are not listed", &inside);
        }
        Some(Ok(comparison)) => listed(page, comparison),
    }
}

/// The notes of a GitHub Release. Why commits are not known is for the summary: it may name
/// images, and with them accounts.
pub(crate) fn release_notes(commits: Option<&Result<Comparison, String>>) -> String {
    let mut page = Document::default();
    match commits {
        None => page.paragraph(&Inline::text("The image of this version ran before.")),
        Some(Err(_)) => {
            page.paragraph(&Inline::text("The commits that this version adds are not known."));
        }
        Some(Ok(comparison)) => {
            listed(&mut page, comparison);
            if page.len() > LONGEST_NOTES {
                page = Document::default();
                let told = Inline::text("The commits do not fit here.");
                page.paragraph(&told.then(whole(comparison)));
            }
        }
    }
    page.to_string()
}

fn listed(page: &mut Document, comparison: &Comparison) {
    let folders = comparison.folders.iter().map(|it| Inline::code(it)).collect();
    let of = match comparison.folders.as_slice() {
        [] => Inline::default(),
        _ => Inline::text(" in ").then(Inline::joined(folders, ", ")),
    };
    if comparison.added.is_empty() && comparison.removed.is_empty() {
        let nothing = Inline::markup("**Commits:** none").then(of);
        page.paragraph(&nothing.then(whole(comparison)));
        return;
    }
    for (title, commits) in
        [("**Commits added", &comparison.added), ("**Commits removed", &comparison.removed)]
    {
        if !commits.is_empty() {
            let title = Inline::markup(title).then(of.clone()).then(Inline::markup("**"));
            page.paragraph(&title);
            page.list(commits.iter().map(line));
        }
    }
    let mut rest = Vec::new();
    if comparison.more > 0 {
        rest.push(Inline::text(&format!("and {} more", comparison.more)));
    }
    if comparison.unread > 0 {
        rest.push(Inline::text(&format!("{} older ones were not read", comparison.unread)));
    }
    if comparison.unread_folders > 0 {
        let folders = comparison.unread_folders;
        rest.push(Inline::text(&format!("{folders} more folders were not read")));
    }
    page.paragraph(&Inline::joined(rest, "; ").then(whole(comparison)));
}

/// What each version brought, who asked for it last and why; and why it is not known of
/// the others.
pub(super) fn of_versions(page: &mut Document, versions: &[Version]) {
    for version in versions {
        let name = Inline::code(&version.name.to_string());
        let asked = asked(version);
        match &version.brought {
            Some(Brought { since, commits: Ok(commits) }) => {
                let brought = Inline::text(&format!(" added {} since ", commits.count()));
                let since = brought.then(Inline::code(&since.to_string()));
                page.paragraph(&Inline::joined(
                    [name.then(since)].into_iter().chain(asked).collect(),
                    "; ",
                ));
                let shown = commits.added.len().min(OF_EACH_VERSION);
                page.list(commits.added[..shown].iter().map(with_author));
                page.paragraph(&whole(commits));
            }
            Some(Brought { commits: Err(_), .. }) | None => {
                if let Some(asked) = asked {
                    page.paragraph(&name.then(Inline::text(" was ")).then(asked));
                }
            }
        }
    }
    for (why, names) in listing::unknown(versions) {
        let names = names.iter().map(|it| Inline::code(&it.to_string())).collect();
        let names = Inline::text("What ").then(Inline::joined(names, ", "));
        let why = Inline::text(" added is not known: ").then(Inline::prose(why));
        page.paragraph(&names.then(why));
    }
}

/// Who asked for the last run of a version, and why.
fn asked(version: &Version) -> Option<Inline> {
    let last = version.runs.first()?;
    let by = Inline::text("requested by ").then(Inline::code(last.by.as_ref()?));
    let reason = last
        .reason
        .as_ref()
        .map(|reason| Inline::text(&format!(": {}", cut(reason, LONGEST_REASON))));
    let run = last.run.as_ref().map(|run| Inline::text(" ").then(Inline::link("(its run)", run)));
    Some([reason, run].into_iter().flatten().fold(by, Inline::then))
}

fn with_author(commit: &Commit) -> Inline {
    let by = commit.author.as_ref().map(|by| Inline::text(" by ").then(Inline::code(by)));
    line(commit).then(by.unwrap_or_default())
}

fn whole(comparison: &Comparison) -> Inline {
    Inline::text(" ").then(Inline::link("Compare on GitHub", &comparison.page))
}

fn line(commit: &Commit) -> Inline {
    let id: String = commit.id.chars().take(SHORT).collect();
    let line = Inline::linked_code(&id, &commit.page).then(Inline::text(" "));
    let Some(pull_request) = &commit.pull_request else {
        return line.then(Inline::text(&commit.title));
    };
    // GitHub puts the number into the title of a squash; once is enough.
    let number = format!("#{}", pull_request.number);
    let title = commit.title.trim_end();
    let title = title.strip_suffix(&format!("({number})")).unwrap_or(title).trim_end();
    line.then(Inline::text(title))
        .then(Inline::text(" "))
        .then(Inline::linked_code(&number, &pull_request.page))
}
