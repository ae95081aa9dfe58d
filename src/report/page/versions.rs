//! The versions of one service: each opens, and says all that is known of it.

use super::html::Html;
use super::line::{during, kind, runs, time};
use crate::github::{Commit, Comparison};
use crate::report::listing::{Brought, Period, Version, more, note};

/// Periods of one version that are told: the newest.
const PERIODS: usize = 20;
/// Characters of a commit's id that people use.
const SHORT: usize = 7;

/// One version; its id is what bars link to. `home` is where the repository's pages begin.
pub(super) fn version(id: &str, version: &Version, home: Option<&str>) -> Html {
    let facts = Html::element("dl", &[], facts(version));
    let inside = facts.then(periods(version, home)).then(brought(version, home));
    let inside = Html::element("div", &[("id", id)], inside);
    let opened: &[_] = if version.running { &[("open", "")] } else { &[] };
    Html::element("li", &[], Html::element("details", opened, summary(version).then(inside)))
}

/// What it is called, how it stands, and when it ran last.
fn summary(version: &Version) -> Html {
    let last = version.runs.first();
    let (class, sign) = match last {
        Some(last) => kind(runs(version, last), last.went),
        None => ("none", "·"),
    };
    let sign = Html::element(
        "span",
        &[("class", class), ("aria-hidden", "true")],
        Html::of("span", "sign", sign),
    );
    let note = note(version);
    let note = if note.is_empty() { note } else { format!(" ({note})") };
    let ran = last.map_or_else(|| Html::text("never ran here"), |last| during(version, last));
    let name = Html::of("strong", "name", &version.name.to_string());
    let line = sign.then(Html::text(" ")).then(name).then(Html::text(&note)).then(Html::text(" "));
    Html::element("summary", &[], line.then(Html::element("span", &[("class", "soft")], ran)))
}

fn facts(version: &Version) -> Html {
    let name = version.name.to_string();
    let others: Vec<&str> =
        version.tags.iter().map(String::as_str).filter(|tag| *tag != name).collect();
    let others = (!others.is_empty()).then(|| others.join(", "));
    let platforms = (!version.platforms.is_empty()).then(|| version.platforms.join(", "));
    [
        ("digest", Some(Html::of("code", "digest", version.digest.as_str()))),
        ("tags", others.as_deref().map(Html::text)),
        ("pushed", version.pushed_at.map(time)),
        ("platforms", platforms.as_deref().map(Html::text)),
        ("cannot be deployed", version.unusable.as_deref().map(Html::text)),
    ]
    .into_iter()
    .filter_map(|(name, value)| {
        let name = Html::element("dt", &[], Html::markup(name));
        Some(name.then(Html::element("dd", &[], value?)))
    })
    .collect()
}

/// When it ran, who asked for it and why.
fn periods(version: &Version, home: Option<&str>) -> Html {
    if version.runs.is_empty() {
        return Html::default();
    }
    let shown = version.runs.iter().take(PERIODS);
    let items: Html = shown.map(|period| item(period_of(version, period, home))).collect();
    let more = version.runs.len().saturating_sub(PERIODS);
    let more = (more > 0).then(|| item(Html::text(&format!("and {more} earlier ones"))));
    heading("Ran here").then(list(items.then(more.unwrap_or_default())))
}

fn period_of(version: &Version, period: &Period, home: Option<&str>) -> Html {
    let by = period.by.as_ref().map(|by| Html::text("; requested by ").then(Html::text(by)));
    let reason = period
        .reason
        .as_ref()
        .map(|it| Html::text("; reason given: ").then(Html::of("q", "reason", it)));
    let run = period
        .run
        .as_ref()
        .map(|run| Html::text("; ").then(Html::link(home, run, "the workflow run")));
    let further = [by, reason, run].into_iter().flatten();
    further.fold(during(version, period), Html::then)
}

/// The commits since the version that ran here before.
fn brought(version: &Version, home: Option<&str>) -> Html {
    let Some(Brought { since, commits }) = &version.brought else { return Html::default() };
    let title = heading("Commits").then(Html::element(
        "p",
        &[],
        Html::text("Since ").then(Html::of("b", "name", &since.to_string())).then(Html::text(":")),
    ));
    match commits {
        Err(why) => title.then(Html::of("p", "unknown", &format!("not known, because {why}"))),
        Ok(commits) => title.then(listed(commits, home)),
    }
}

fn listed(commits: &Comparison, home: Option<&str>) -> Html {
    let items: Html = commits.added.iter().map(|it| item(commit(it, home))).collect();
    let further = commits.further(commits.added.len());
    let rest = match (commits.added.is_empty(), further.is_none()) {
        (true, true) => "no commits; ".to_owned(),
        (true, false) => "none of the newest commits; ".to_owned(),
        (false, true) => String::new(),
        (false, false) => format!("and {}; ", more(further)),
    };
    let whole = Html::text(&rest).then(Html::link(home, &commits.page, "compare on GitHub"));
    let list = if items.is_empty() { items } else { list(items) };
    list.then(Html::element("p", &[], whole))
}

fn commit(commit: &Commit, home: Option<&str>) -> Html {
    let id: String = commit.id.chars().take(SHORT).collect();
    let line = Html::link(home, &commit.page, &id).then(Html::text(" "));
    let by = commit.author.as_ref().map(|by| Html::text(" by ").then(Html::text(by)));
    let Some(pull_request) = &commit.pull_request else {
        return line.then(Html::text(&commit.title)).then(by.unwrap_or_default());
    };
    // GitHub puts the number into the title of a squash; once is enough.
    let number = format!("#{}", pull_request.number);
    let title = commit.title.trim_end();
    let title = title.strip_suffix(&format!("({number})")).unwrap_or(title).trim_end();
    line.then(Html::text(title))
        .then(Html::text(" "))
        .then(Html::link(home, &pull_request.page, &number))
        .then(by.unwrap_or_default())
}

fn heading(title: &'static str) -> Html {
    Html::element("h4", &[], Html::markup(title))
}

fn list(items: Html) -> Html {
    Html::element("ul", &[], items)
}

fn item(inside: Html) -> Html {
    Html::element("li", &[], inside)
}
