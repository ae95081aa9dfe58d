//! What the tracker says, and that whatever it is told stays text.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use expect_test::expect;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::*;
use crate::github::{Comparison, Linked};
use crate::report::app::AppReport;
use crate::report::listing::{Brought, Period, Version};
use crate::report::outcome::Outcome;
use crate::report::rollback_form::RollbackForm;
use crate::report::samples::{deployed, verified};
use crate::version::VersionName;

const EVIL: &str = "</details><img src=x onerror=pwned> [click](https://evil.example) ![](x) --> | \
                    @octocat fixes #1 octo-org/shop#2 https://github.com/a/b/pull/3 0123abcdef \
                    GH-4 `@all`\n# heading \u{202e}\u{0}";

fn at(hours: u64) -> Option<SystemTime> {
    Some(UNIX_EPOCH + Duration::from_secs(1_767_225_600 + 3_600 * hours))
}

fn version(name: &str, letter: char) -> Version {
    let digest = format!("sha256:{}", letter.to_string().repeat(64)).parse().expect("a digest");
    Version {
        tags: vec![name.to_owned()],
        pushed_at: at(1),
        ..Version::new(VersionName::Other(name.to_owned()), digest)
    }
}

fn period(from: Option<SystemTime>, ended: &str) -> Period {
    Period { from, ended: ended.to_owned(), ..Period::default() }
}

/// What the sample of a check has.
fn commits() -> Comparison {
    verified().github.commits.and_then(Result::ok).expect("it has commits")
}

fn run_page() -> Option<String> {
    Some("https://github.com/octo-org/shop/actions/runs/123456789013".to_owned())
}

/// 1.4.2 runs, 1.4.3 was rolled back from, 1.4.0 is gone.
fn listed() -> AppReport {
    let brought = Brought { since: VersionName::Other("1.4.1".to_owned()), commits: Ok(commits()) };
    let asked = Period {
        by: Some("octocat".to_owned()),
        reason: Some("Ship it".to_owned()),
        run: run_page(),
        ..period(at(5), "succeeded")
    };
    let versions = vec![
        Version {
            runs: vec![Period { until: at(8), ..period(at(7), "rolled back by ECS") }],
            rolled_back_from: true,
            brought: Some(Brought { commits: Err("why".to_owned()), ..brought.clone() }),
            ..version("1.4.3", 'c')
        },
        Version {
            runs: vec![asked],
            running: true,
            brought: Some(brought),
            ..version("1.4.2", 'b')
        },
        version("1.5.0", 'd'),
        Version {
            runs: vec![Period { until: at(5), ..period(None, "ran before") }],
            unusable: Some("the image is ARCHIVED".to_owned()),
            ..version("1.4.0", 'a')
        },
    ];
    AppReport { listing: Some(versions), outcome: Outcome::Listed, ..deployed() }
}

fn form() -> RollbackForm {
    RollbackForm::At("https://github.com/octo-org/shop/actions/workflows/rollback.yml".to_owned())
}

fn comment(report: &AppReport) -> String {
    section(report, &Row::new(report).expect("its versions are known"), &form())
}

#[test]
fn the_comment_of_a_service_says_what_ran_what_it_brought_and_how_to_go_back() {
    expect![[r#"
        ### web1

        Service web1 (cluster prod, eu-central-1) runs `1.4.2` since 2026-01-01 05:00 UTC

        | version | commits | ran from | until | ended | requested by | roll back |
        | --- | --- | --- | --- | --- | --- | --- |
        | `1.4.3` rolled back | not known | 2026-01-01 07:00 | 2026-01-01 08:00 | rolled back by ECS |  | [Roll back](https://github.com/octo-org/shop/actions/workflows/rollback.yml) to `1.4.3` |
        | `1.4.2` runs now | [`0000000`](https://github.example/octo-org/shop/commit/0000000000000000000000000000000000000003) Fix the cart `#12`, by octocat<br>and at least 7 more<br>since `1.4.1`: [compare](https://github.example/octo-org/shop/compare/1...3) | 2026-01-01 05:00 | now | succeeded | octocat; Ship it; [Run](https://github.com/octo-org/shop/actions/runs/123456789013) |  |
        | `1.4.0` |  |  | 2026-01-01 05:00 | ran before |  | the image is ARCHIVED |
    "#]].assert_eq(&comment(&listed()));
    let row = Row::new(&listed()).expect("its versions are known");
    let without =
        section(&listed(), &row, &RollbackForm::Missing(".github/workflows/back.yml".to_owned()));
    assert!(!without.contains("Roll back"), "{without}");
    assert!(without.contains("Save the rollback workflow as `.github/workflows/back.yml`"));
}

#[test]
fn the_table_has_a_row_for_each_service_and_no_column_without_a_cell() {
    let row = Row::new(&listed()).expect("its versions are known");
    assert_eq!(Row::of(&row.object()), Some(row.clone()));
    let other = Row { service: "cart".to_owned(), runs: None, since: None, ..row.clone() };
    expect![[r#"
        | service | cluster | region | runs | since | requested by | newest deployment |  |
        | --- | --- | --- | --- | --- | --- | --- | --- |
        | cart | prod | eu-central-1 |  |  | octocat | 1.4.3: rolled back by ECS | [Versions](#issuecomment-1001) |
        | web1 | prod | eu-central-1 | `1.4.2` | 2026-01-01 05:00 | octocat | 1.4.3: rolled back by ECS | [Versions](#issuecomment-1002) |

        Times are in UTC. Each row is made from its comment: after you delete the comment, the next deployment removes the row."#]].assert_eq(&table(&[(row, 1002), (other, 1001)], 65_536));
}

#[test]
fn what_knows_of_a_later_deployment_or_who_asked_does_not_give_way() {
    let row = Row::new(&listed()).expect("its versions are known");
    let newest = |at: Option<u64>, ended: &str| Row {
        newest: Some(format!("a: b: {ended}")),
        newest_at: at,
        ..row.clone()
    };
    let began = row.newest_at;
    assert_eq!(began, Some(1_767_225_600 + 7 * 3_600));
    let over = newest(began, "succeeded");
    assert!(over.stays(&newest(began, "in progress")), "it is over meanwhile");
    assert!(over.stays(&newest(began.map(|it| it - 1), "succeeded")));
    for new in [newest(began.map(|it| it + 1), "in progress"), newest(None, "failed"), over.clone()]
    {
        assert!(!over.stays(&new), "{new:?}");
    }
    let without = Row { by: None, ..row.clone() };
    assert!(row.stays(&without) && !without.stays(&row) && !row.stays(&row));
    let other = Row { runs: Some("1.4.3".to_owned()), ..without };
    assert!(!row.stays(&other), "what runs is news whoever asked for it");
}

#[test]
fn the_rows_of_what_has_run_the_longest_go_first_where_not_all_fit() {
    let row = Row::new(&listed()).expect("its versions are known");
    // What AWS does not show yet is the newest.
    let since = |at: u64| (at < 23).then(|| format!("2026-01-01 {at:02}:00"));
    let rows: Vec<(Row, u64)> = (0..24)
        .map(|at| (Row { service: format!("s{at:02}"), since: since(at), ..row.clone() }, at))
        .collect();
    let whole = table(&rows, 65_536);
    for room in [whole.chars().count() - 1, 2_000, 1_000] {
        let cut = table(&rows, room);
        assert!(cut.chars().count() <= room, "{room}: {}", cut.len());
        let shown = rows.iter().filter(|(row, _)| cut.contains(&format!("| {} |", row.service)));
        let shown: Vec<u64> = shown.map(|(_, at)| *at).collect();
        let left_out = rows.len() - shown.len();
        assert!(!shown.is_empty() && left_out > 0);
        assert_eq!(shown, (left_out as u64..24).collect::<Vec<_>>(), "the newest stay");
        assert!(cut.contains(&format!("Services that do not fit here: {left_out},")), "{cut}");
    }
    assert_eq!(table(&rows, 100), "", "not even a sentence fits");
}

/// Every text that somebody could write, 10,000 characters of it.
fn hostile() -> AppReport {
    let text = || EVIL.repeat(10_000 / EVIL.len());
    let mut report = listed();
    report.asked.app = Some(text());
    report.asked.environment = Some(text());
    let mut commits = commits();
    commits.added = vec![commits.added[0].clone(); 9];
    for commit in &mut commits.added {
        commit.title = text();
        commit.author = Some(text());
        commit.pull_request =
            Some(Linked { number: 3, page: "https://github.com/a/b/pull/3".to_owned() });
    }
    let name = VersionName::Other("1.4.2-`@octocat`|<b>".to_owned());
    let hostile = |at| Version {
        name: name.clone(),
        runs: vec![Period {
            by: Some(text()),
            reason: Some(text()),
            run: run_page(),
            ..period(at, &text())
        }],
        unusable: Some(text()),
        brought: Some(Brought { since: name.clone(), commits: Ok(commits.clone()) }),
        ..version("", 'e')
    };
    let versions: Vec<Version> = (0..40).map(|hours| hostile(at(hours))).collect();
    report.listing = Some(versions);
    report
}

/// The texts that are not code, every HTML, and where links lead.
fn parsed(markdown: &str) -> (String, Vec<String>, Vec<String>) {
    let (mut texts, mut html, mut links) = (String::new(), Vec::new(), Vec::new());
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Text(text) => texts.push_str(&text),
            Event::End(TagEnd::TableCell) => texts.push('\n'),
            Event::Html(it) | Event::InlineHtml(it) => html.push(it.trim().to_owned()),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                links.push(dest_url.to_string());
            }
            _ => {}
        }
    }
    (texts, html, links)
}

#[test]
fn whatever_somebody_wrote_stays_text_mentions_nobody_and_links_no_issue() {
    let report = hostile();
    let row = Row::new(&report).expect("its versions are known");
    let all = table(&[(row.clone(), 1)], 65_536);
    for page in [section(&report, &row, &form()), all] {
        assert!(page.len() < 65_536 && !page.contains('\u{202e}'), "{}", page.len());
        let (texts, html, links) = parsed(&page);
        assert!(html.iter().all(|it| it == "<br>"), "{html:?}");
        for word in ["@", "#1", "#2", "pull/3", "0123abcdef", "GH-4"] {
            assert!(!texts.contains(word), "{word} is not in code: {texts}");
        }
        for link in links {
            let is_quiet = link.starts_with("https://redirect.github.com/a/b/pull/3")
                || link.contains("/actions/")
                || link.contains("/compare/")
                || link.contains("/commit/")
                || link.starts_with("#issuecomment-");
            assert!(is_quiet, "{link}");
        }
    }
}

#[test]
fn a_pull_request_is_linked_only_where_it_hears_nothing_of_it() {
    let page = comment(&hostile());
    assert!(page.contains("[`#3`](https://redirect.github.com/a/b/pull/3)"), "{page}");
    let enterprise = comment(&listed());
    assert!(enterprise.contains("Fix the cart `#12`") && !enterprise.contains("/pull/12"));
}

#[test]
fn the_id_of_an_account_stays_out_of_it_and_the_number_of_a_run_does_not() {
    let mut report = listed();
    let versions = report.listing.as_mut().expect("it has some");
    versions[0].runs[0].reason = Some("See 111122223333 and 123456789012".to_owned());
    versions[0].name = VersionName::Other("202601011200".to_owned());
    let page = comment(&report);
    assert!(!page.contains("111122223333") && !page.contains("123456789012"), "{page}");
    assert!(page.contains("202601011200") && page.contains("runs/123456789013"), "{page}");
}

fn caught_up(report: &AppReport, seen: Option<char>) -> Vec<Version> {
    let mut versions = listed().listing.expect("it has some");
    let digest = seen.map(|letter| version("", letter).digest);
    let asked = Period { by: Some("mona".to_owned()), run: run_page(), ..Period::default() };
    catch_up(&mut versions, report, digest.as_ref(), asked);
    versions
}

/// A deployment of 1.5.0.
fn asked_for(outcome: Outcome, running: char) -> AppReport {
    let mut report = AppReport { outcome, ..deployed() };
    let side = |letter| {
        let mut side = report.versions.to.clone().unwrap_or_default();
        side.digest = Some(version("", letter).digest);
        Some(side)
    };
    (report.versions.to, report.versions.running) = (side('d'), side(running));
    report
}

#[test]
fn a_deployment_that_aws_does_not_show_yet_is_what_this_run_knows_of_it() {
    for (outcome, running, ended, runs) in [
        (Outcome::Deployed, 'd', "succeeded", "1.5.0"),
        (Outcome::Undone, 'b', "failed", "1.4.2"),
        (Outcome::Started, 'b', "in progress", "1.4.2"),
    ] {
        let report = asked_for(outcome, running);
        let versions = caught_up(&report, None);
        let run = &versions[2].runs[0];
        assert_eq!((run.ended.as_str(), run.by.as_deref()), (ended, Some("mona")), "{outcome}");
        let report = AppReport { listing: Some(versions), ..report };
        let row = Row::new(&report).expect("its versions are known");
        assert_eq!(row.runs.as_deref(), Some(runs), "{outcome}");
        assert_eq!(row.newest, Some(format!("1.5.0: {ended}")), "{outcome}");
    }
}

#[test]
fn what_aws_shows_is_said_once_and_its_end_is_aws_own() {
    let report = asked_for(Outcome::Deployed, 'b');
    for (shown, expected) in
        [("in progress", "succeeded"), ("rolled back by ECS", "rolled back by ECS")]
    {
        let mut versions = listed().listing.expect("it has some");
        versions[2].runs = vec![period(at(9), shown)];
        let digest = versions[2].digest.clone();
        let asked = Period { by: Some("mona".to_owned()), run: run_page(), ..Period::default() };
        catch_up(&mut versions, &report, Some(&digest), asked);
        let [run] = versions[2].runs.as_slice() else { panic!("it ran once") };
        let known = (run.ended.as_str(), run.from, run.by.as_deref());
        assert_eq!(known, (expected, at(9), Some("mona")));
    }
    // A deployment that was rolled back is not that of what it was rolled back to.
    let report = asked_for(Outcome::RolledBack, 'd');
    let versions = caught_up(&report, Some('c'));
    assert_eq!(versions[0].runs[0].ended, "rolled back by ECS");
    assert_eq!((&versions[0].runs[0].by, versions[2].runs.len()), (&None, 0));
    assert!(versions[2].running && !versions[1].running);
}
