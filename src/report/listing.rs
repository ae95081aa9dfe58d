//! The versions that one can go back to, as a table, as lines and as JSON.
//!
//! Pure, like its neighbours; which versions there are was found out elsewhere.

use std::time::SystemTime;

use serde_json::Value;

use super::json::commits::commits;
use super::markdown::{Document, Inline};
use super::object::object;
use crate::github::{Comparison, Count};
use crate::image::Digest;
use crate::problem::utc;
use crate::text::{cut, one_line};
use crate::version::VersionName;

/// One version, that is one image: whatever is said of it is said of its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    pub name: VersionName,
    pub tags: Vec<String>,
    pub digest: Digest,
    /// By AWS's clock.
    pub pushed_at: Option<SystemTime>,
    /// When it ran on this service, the newest first.
    pub runs: Vec<Period>,
    /// `linux/amd64` and the like, where they are known.
    pub platforms: Vec<String>,
    /// Bytes, as ECR counts them.
    pub size: Option<u64>,
    pub running: bool,
    /// The service is set to it, while no task of it runs.
    pub set: bool,
    /// The service was rolled back from it and has not succeeded with it since.
    pub rolled_back_from: bool,
    /// Why one can't go back to it; nothing stands in the way where there is none.
    pub unusable: Option<String>,
    /// The commits since the version that ran here before it, or why they are not known;
    /// `None` where nobody looked, or it never ran.
    pub brought: Option<Brought>,
}

impl Version {
    /// A version of which no more is known.
    pub(crate) fn new(name: VersionName, digest: Digest) -> Self {
        Self {
            name,
            tags: Vec::new(),
            digest,
            pushed_at: None,
            runs: Vec::new(),
            platforms: Vec::new(),
            size: None,
            running: false,
            set: false,
            rolled_back_from: false,
            unusable: None,
            brought: None,
        }
    }
}

/// What a version brought when it first ran here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Brought {
    /// The version that ran here before it.
    pub since: VersionName,
    /// Or, in words, why they are not known.
    pub commits: Result<Comparison, String>,
}

/// A time in which a version ran, or was to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Period {
    pub from: Option<SystemTime>,
    /// When another took its place; absent while it runs.
    pub until: Option<SystemTime>,
    /// How its deployment ended, in one or two words.
    pub ended: String,
    pub went: Went,
    /// Who asked for it, by the name of the account; like the reason and the page of the
    /// run, as its GitHub Deployment has it.
    pub by: Option<String>,
    pub reason: Option<String>,
    pub run: Option<String>,
}

/// How a period went, as far as a sign tells it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Went {
    /// It ran.
    Well,
    /// It ran, and the service was rolled back from it.
    Back,
    /// Its deployment failed or was rolled back.
    Wrong,
    /// Its deployment has not ended, or something else took its place before.
    #[default]
    Open,
}

/// What a table of versions has as its columns; the last two only where GitHub knows them.
const TITLES: [&str; 10] = [
    "version",
    "note",
    "digest",
    "pushed",
    "ran from",
    "until",
    "ended",
    "platform",
    "requested by",
    "commits",
];
const ALWAYS: usize = 8;
/// Characters of a commit's title in a cell.
const LONGEST_TITLE: usize = 50;

pub(super) fn table(page: &mut Document, versions: &[Version]) {
    let (titles, rows) = columns(versions);
    let text = |row: &Vec<String>| row.iter().map(|cell| Inline::text(cell)).collect();
    let rows: Vec<Vec<Inline>> = rows.iter().map(text).collect();
    page.table(&text(&titles), &rows);
}

/// The same for the log, in columns.
pub(crate) fn lines(versions: &[Version]) -> Vec<String> {
    let (titles, rows) = columns(versions);
    let rows: Vec<Vec<String>> = [titles].into_iter().chain(rows).collect();
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    rows.iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect()
}

/// What each version brought, as a title and lines, and why that is not known of the others.
pub(crate) fn brought_lines(versions: &[Version]) -> Vec<(String, Vec<String>)> {
    let mut all = Vec::new();
    for version in versions {
        let Some(Brought { since, commits: Ok(commits) }) = &version.brought else { continue };
        let rest = commits.further(commits.added.len());
        let more = (!rest.is_none()).then(|| format!("and {}", more(rest)));
        let lines = commits.added.iter().map(|commit| {
            let id: String = commit.id.chars().take(7).collect();
            let by = commit.author.as_ref().map(|it| format!(", by {it}")).unwrap_or_default();
            format!("{id} {}{by}", commit.title)
        });
        let lines = lines.chain(more).chain([commits.page.clone()]).collect();
        let title = format!("{} added {} since {since}", version.name, commits.count());
        all.push((title, lines));
    }
    for (why, names) in unknown(versions) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        all.push((format!("What {} added is not known", names.join(", ")), vec![why.to_owned()]));
    }
    all
}

/// Why it is not known what versions brought, each reason with those of which it is the one.
pub(super) fn unknown(versions: &[Version]) -> Vec<(&str, Vec<&VersionName>)> {
    let mut unknown: Vec<(&str, Vec<&VersionName>)> = Vec::new();
    for version in versions {
        let Some(Brought { commits: Err(why), .. }) = &version.brought else { continue };
        match unknown.iter_mut().find(|(known, _)| *known == why.as_str()) {
            Some((_, names)) => names.push(&version.name),
            None => unknown.push((why, vec![&version.name])),
        }
    }
    unknown
}

/// `3 more`.
pub(super) fn more(count: Count) -> String {
    match count {
        Count { count: 0, .. } => "perhaps more".to_owned(),
        Count { count, is_least: false } => format!("{count} more"),
        Count { count, is_least: true } => format!("at least {count} more"),
    }
}

/// The output `versions`: a JSON list, newest first, on one line; what is not
/// known is left out. Times are RFC 3339 in UTC, the size is in bytes.
pub(crate) fn versions(versions: &[Version]) -> String {
    Value::Array(versions.iter().map(version_object).collect()).to_string()
}

/// The titles, and the cells of each version.
fn columns(versions: &[Version]) -> (Vec<String>, Vec<Vec<String>>) {
    let rows: Vec<Vec<String>> = versions.iter().map(cells).collect();
    let is_shown = |at: usize| at < ALWAYS || rows.iter().any(|row| !row[at].is_empty());
    let shown: Vec<usize> = (0..TITLES.len()).filter(|at| is_shown(*at)).collect();
    let of = |row: &[String]| shown.iter().map(|at| row[*at].clone()).collect();
    (of(&TITLES.map(str::to_owned)), rows.iter().map(|row| of(row)).collect())
}

fn cells(version: &Version) -> Vec<String> {
    let time = |at: Option<SystemTime>| at.and_then(minute).unwrap_or_default();
    let last = version.runs.first();
    let until = match last {
        Some(run) if run.until.is_none() && version.running => "now".to_owned(),
        run => time(run.and_then(|run| run.until)),
    };
    vec![
        version.name.to_string(),
        note(version),
        version.digest.short().to_owned(),
        time(version.pushed_at),
        time(last.and_then(|run| run.from)),
        until,
        last.map(|run| run.ended.clone()).unwrap_or_default(),
        version.platforms.join(", "),
        last.and_then(|run| run.by.clone()).unwrap_or_default(),
        version.brought.as_ref().and_then(in_short).unwrap_or_default(),
    ]
}

/// `Fix the cart (#12) and 2 more`.
fn in_short(brought: &Brought) -> Option<String> {
    let commits = brought.commits.as_ref().ok()?;
    let Some(newest) = commits.added.first() else {
        return Some(match commits.count() {
            count if count.is_none() => format!("no commits since {}", brought.since),
            _ => format!("none of the newest commits since {}", brought.since),
        });
    };
    let title = cut(&one_line(&newest.title), LONGEST_TITLE);
    Some(match commits.further(1) {
        further if further.is_none() => title,
        further => format!("{title} and {}", more(further)),
    })
}

pub(super) fn note(version: &Version) -> String {
    let mut notes = Vec::new();
    if version.running {
        notes.push("runs now".to_owned());
    }
    if version.set {
        notes.push("set, but no task runs".to_owned());
    }
    if version.rolled_back_from {
        notes.push("rolled back".to_owned());
    }
    notes.extend(version.unusable.clone());
    notes.join("; ")
}

/// `2026-01-01 10:03`, in UTC: seconds say nothing here.
pub(super) fn minute(at: SystemTime) -> Option<String> {
    Some(utc(at)?.get(..16)?.replace('T', " "))
}

fn version_object(version: &Version) -> Value {
    let time = |at: Option<SystemTime>| at.and_then(utc).map(Value::from);
    let period = |run: &Period| {
        object([
            ("from", time(run.from)),
            ("until", time(run.until)),
            ("ended", Some(run.ended.as_str().into())),
            ("by", run.by.as_deref().map(Value::from)),
            ("reason", run.reason.as_deref().map(Value::from)),
            ("run", run.run.as_deref().map(Value::from)),
        ])
    };
    object([
        ("version", Some(version.name.to_string().into())),
        ("tags", Some(version.tags.iter().map(String::as_str).collect())),
        ("image-digest", Some(version.digest.as_str().into())),
        ("pushed-at", time(version.pushed_at)),
        ("runs", Some(version.runs.iter().map(period).collect())),
        ("platforms", Some(version.platforms.iter().map(String::as_str).collect())),
        ("size-bytes", version.size.map(Value::from)),
        ("running", Some(version.running.into())),
        ("rolled-back-from", Some(version.rolled_back_from.into())),
        ("usable", Some(version.unusable.is_none().into())),
        ("unusable-because", version.unusable.as_deref().map(Value::from)),
        ("brought", version.brought.as_ref().map(brought)),
    ])
}

/// `since`, and what the object of a service has of its commits.
fn brought(brought: &Brought) -> Value {
    let (commits, unknown) = commits(Some(&brought.commits));
    object([
        ("since", Some(brought.since.to_string().into())),
        ("commits", commits),
        ("commits-unknown", unknown),
    ])
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use expect_test::expect;

    use super::*;

    fn at(hours: u64) -> Option<SystemTime> {
        Some(UNIX_EPOCH + Duration::from_secs(1_767_225_600 + 3_600 * hours))
    }

    fn version(name: &str, letter: char) -> Version {
        let digest = format!("sha256:{}", letter.to_string().repeat(64));
        let digest = digest.parse().expect("a digest");
        Version {
            tags: vec![format!("v{name}")],
            pushed_at: at(1),
            platforms: vec!["linux/amd64".to_owned()],
            size: Some(1_000),
            ..Version::new(VersionName::Other(name.to_owned()), digest)
        }
    }

    fn samples() -> Vec<Version> {
        let period = |from, until, ended: &str| Period {
            from,
            until,
            ended: ended.to_owned(),
            ..Period::default()
        };
        vec![
            Version {
                runs: vec![period(at(5), at(6), "rolled back by ECS")],
                rolled_back_from: true,
                ..version("1.4.2", 'a')
            },
            Version {
                runs: vec![period(at(2), None, "succeeded")],
                running: true,
                ..version("1.4.1", 'b')
            },
            Version {
                unusable: Some("the image is archived".to_owned()),
                pushed_at: None,
                platforms: Vec::new(),
                size: None,
                ..version("| ::error::x", 'c')
            },
        ]
    }

    #[test]
    fn the_log_has_columns() {
        expect![[r#"
            version       note                   digest        pushed            ran from          until             ended               platform
            1.4.2         rolled back            aaaaaaaaaaaa  2026-01-01 01:00  2026-01-01 05:00  2026-01-01 06:00  rolled back by ECS  linux/amd64
            1.4.1         runs now               bbbbbbbbbbbb  2026-01-01 01:00  2026-01-01 02:00  now               succeeded           linux/amd64
            | ::error::x  the image is archived  cccccccccccc"#]]
        .assert_eq(&lines(&samples()).join("\n"));
    }

    #[test]
    fn the_page_is_a_table_in_which_hostile_names_are_text() {
        let mut page = Document::default();
        table(&mut page, &samples());
        let page = page.to_string();
        assert_eq!(page.lines().filter(|line| line.starts_with('|')).count(), 5, "{page}");
        assert!(!page.contains("| | ::error"), "{page}");
    }

    #[test]
    fn the_json_says_all_of_it() {
        let list: Value = serde_json::from_str(&versions(&samples())).expect("JSON");
        assert_eq!(list[0]["runs"][0]["ended"], "rolled back by ECS");
        assert_eq!(list[0]["rolled-back-from"], true);
        assert_eq!(list[1]["runs"][0].get("until"), None);
        assert_eq!(list[1]["running"], true);
        assert_eq!(list[1]["size-bytes"], 1_000);
        assert_eq!(list[1]["pushed-at"], "2026-01-01T01:00:00Z");
        assert_eq!(list[2]["usable"], false);
        assert_eq!(list[2]["unusable-because"], "the image is archived");
        assert_eq!(list[2].get("pushed-at"), None);
    }
}
