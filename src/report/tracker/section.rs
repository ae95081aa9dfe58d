//! The comment of one service.

use std::cmp::Reverse;
use std::time::SystemTime;

use super::row::{LONGEST, Row, age};
use crate::github::Commit;
use crate::report::accounts::without_accounts;
use crate::report::app::AppReport;
use crate::report::listing::{Brought, Period, Version, minute, more};
use crate::report::markdown::{Document, Inline};
use crate::report::rollback_form::RollbackForm;
use crate::text::cut;

/// Versions that it shows.
const VERSIONS: usize = 15;
/// Commits of each.
const COMMITS: usize = 5;
/// Its bytes: of the 65,536 characters of a comment some are for what is not shown.
const LONGEST_COMMENT: usize = 50_000;

/// The comment of a service.
pub(crate) fn section(report: &AppReport, row: &Row, form: &RollbackForm) -> String {
    let mut versions: Vec<&Version> =
        report.listing.iter().flatten().filter(|it| !it.runs.is_empty()).collect();
    versions.sort_by_key(|it| Reverse(it.runs.first().map(age)));
    let of = |shown: usize| {
        let text = page(row, &versions[..shown], versions.len() - shown, form).to_string();
        without_accounts(&text, std::slice::from_ref(report))
    };
    let fits = |text: &String| text.len() <= LONGEST_COMMENT;
    let most = versions.len().min(VERSIONS);
    (0..=most).rev().map(of).find(fits).unwrap_or_default()
}

fn page(row: &Row, versions: &[&Version], older: usize, form: &RollbackForm) -> Document {
    let mut page = Document::default();
    let name = row.app.as_ref().unwrap_or(&row.service);
    let place = row.environment.as_ref().map(|it| format!(" in {it}")).unwrap_or_default();
    page.heading(3, &Inline::text(&format!("{name}{place}")));
    let Row { service, cluster, region, .. } = row;
    let runs = match &row.runs {
        Some(runs) => Inline::text(" runs ").then(Inline::code(runs)),
        None => Inline::text(" runs nothing, as far as is known"),
    };
    let since = row.since.as_ref().map(|it| format!(" since {it} UTC")).unwrap_or_default();
    let service = Inline::text(&format!("Service {service} (cluster {cluster}, {region})"));
    page.paragraph(&service.then(runs).then(Inline::text(&since)));
    if versions.is_empty() {
        page.paragraph(&Inline::text("What ran before is not known."));
    } else {
        let titles =
            ["version", "commits", "ran from", "until", "ended", "requested by", "roll back"];
        let rows: Vec<Vec<Inline>> = versions.iter().map(|it| cells(it, form)).collect();
        page.table(&titles.map(Inline::text), &rows);
    }
    let mut below = Vec::new();
    if older > 0 {
        below.push(Inline::prose(&format!(
            "Older versions that are not shown: {older}. `command: list` shows them."
        )));
    }
    below.extend(match form {
        RollbackForm::At(_) => None,
        RollbackForm::Missing(path) => Some(Inline::prose(&format!(
            "Save the rollback workflow as `{path}`, and each version gets a link to its form."
        ))),
        RollbackForm::Unknown(path) => Some(Inline::prose(&format!(
            "It is not known whether `{path}` exists, so no version has a link to its form."
        ))),
    });
    if !below.is_empty() {
        page.paragraph(&Inline::joined(below, " "));
    }
    page
}

fn cells(version: &Version, form: &RollbackForm) -> Vec<Inline> {
    let time = |at: Option<SystemTime>| Inline::text(&at.and_then(minute).unwrap_or_default());
    let name = Inline::code(&version.name.to_string());
    let note = match (version.running, version.rolled_back_from) {
        (true, _) => " runs now",
        (false, true) => " rolled back",
        (false, false) => "",
    };
    let run = version.runs.first().cloned().unwrap_or_default();
    let until = match run.until {
        None if version.running => Inline::text("now"),
        until => time(until),
    };
    vec![
        name.clone().then(Inline::text(note)),
        version.brought.as_ref().map(brought).unwrap_or_default(),
        time(run.from),
        until,
        Inline::text(&cut(&run.ended, LONGEST)),
        asked(&run),
        match (form, &version.unusable) {
            _ if version.running => Inline::default(),
            (_, Some(why)) => Inline::text(&cut(why, LONGEST)),
            (RollbackForm::At(address), None) => {
                Inline::link("Roll back", address).then(Inline::text(" to ")).then(name)
            }
            (RollbackForm::Missing(_) | RollbackForm::Unknown(_), None) => Inline::default(),
        },
    ]
}

/// By whom, why, and the run.
fn asked(run: &Period) -> Inline {
    let by = run.by.as_ref().map(|it| Inline::text(&cut(it, LONGEST)));
    let reason = run.reason.as_ref().map(|it| Inline::text(&cut(it, LONGEST)));
    let page = run.run.as_ref().map(|it| Inline::link("Run", it));
    Inline::joined(by.into_iter().chain(reason).chain(page).collect(), "; ")
}

fn brought(brought: &Brought) -> Inline {
    let Ok(commits) = &brought.commits else { return Inline::text("not known") };
    let mut lines: Vec<Inline> = commits.added.iter().take(COMMITS).map(commit).collect();
    let further = commits.further(lines.len());
    if !further.is_none() {
        lines.push(Inline::text(&format!("and {}", more(further))));
    }
    let since = Inline::text("since ").then(Inline::code(&brought.since.to_string()));
    lines.push(since.then(Inline::text(": ")).then(Inline::link("compare", &commits.page)));
    let mut lines = lines.into_iter();
    let first = lines.next().unwrap_or_default();
    lines.fold(first, |cell, line| cell.then(Inline::markup("<br>")).then(line))
}

fn commit(commit: &Commit) -> Inline {
    let id: String = commit.id.chars().take(7).collect();
    let line = Inline::linked_code(&id, &commit.page).then(Inline::text(" "));
    let title = cut(commit.title.trim(), LONGEST);
    let by = commit.author.as_ref().map(|it| format!(", by {}", cut(it, LONGEST)));
    let by = Inline::text(&by.unwrap_or_default());
    let Some(pull_request) = &commit.pull_request else {
        return line.then(Inline::text(&title)).then(by);
    };
    let number = format!("#{}", pull_request.number);
    let title = title.strip_suffix(&format!("({number})")).unwrap_or(&title).trim_end();
    let link = match quiet(&pull_request.page) {
        Some(address) => Inline::linked_code(&number, &address),
        None => Inline::code(&number),
    };
    line.then(Inline::text(title)).then(Inline::text(" ")).then(link).then(by)
}

/// The address under which the linked page hears nothing of it ("Avoiding backlinks to linked
/// references", GitHub documentation); only github.com has one.
fn quiet(page: &str) -> Option<String> {
    let path = page.strip_prefix("https://github.com/")?;
    Some(format!("https://redirect.github.com/{path}"))
}
