//! What holds for every page, whatever was listed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::page;
use crate::github::{Commit, Comparison};
use crate::report::app::{AppReport, Subject};
use crate::report::listing::{Brought, Period, Version, Went};
use crate::report::outcome::Outcome;
use crate::request::Target;
use crate::version::VersionName;

fn at(hours: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_767_225_600 + 3_600 * hours)
}

fn version(name: &str, from: u64) -> Version {
    let run = Period {
        from: Some(at(from)),
        until: Some(at(from + 1)),
        ended: "succeeded".to_owned(),
        went: Went::Well,
        ..Period::default()
    };
    let digest = format!("sha256:{from:064}").parse().expect("a digest");
    Version {
        tags: vec![name.to_owned()],
        pushed_at: Some(at(0)),
        runs: vec![run],
        ..Version::new(VersionName::Other(name.to_owned()), digest)
    }
}

fn listed(service: &str, versions: Vec<Version>) -> AppReport {
    let target = Target {
        region: "eu-central-1".parse().expect("a Region"),
        cluster: "prod".parse().expect("a cluster"),
        service: service.parse().expect("a service"),
    };
    let mut report = AppReport::new(Subject::Service(target), None);
    report.outcome = Outcome::Listed;
    report.listing = Some(versions);
    report
}

fn whole(reports: &[AppReport]) -> String {
    page(reports, None, None, Some(at(100)))
}

#[test]
fn a_bar_begins_and_ends_where_its_time_does() {
    let mut running = version("2", 50);
    running.running = true;
    running.runs[0].until = None;
    let page = whole(&[listed("web", vec![running, version("1", 0)])]);
    for style in ["--at:0.00%;--for:1.00%", "--at:50.00%;--for:50.00%"] {
        assert!(page.contains(style), "{style}: {page}");
    }
}

#[test]
fn a_version_without_a_time_has_no_place_on_the_line() {
    let mut version = version("1", 0);
    version.runs.clear();
    let page = whole(&[listed("web", vec![version])]);
    assert!(!page.contains("<figure>") && page.contains("never ran here"), "{page}");
}

#[test]
fn a_page_never_exceeds_its_size_and_says_what_it_left_out() {
    let commit = |number: usize| Commit {
        id: format!("{number:040}"),
        title: "<".repeat(10_000),
        author: Some("\u{202e}".repeat(1_000)),
        page: String::new(),
        pull_request: None,
    };
    let commits = Comparison { added: (0..30).map(commit).collect(), ..Comparison::default() };
    let large = |number: u64| {
        let since = VersionName::Other("0".to_owned());
        let brought = Some(Brought { since, commits: Ok(commits.clone()) });
        Version { brought, ..version(&format!("1.{number}"), number) }
    };
    let reports: Vec<AppReport> =
        (0..9).map(|it| listed(&format!("web{it}"), (0..20).map(large).collect())).collect();
    let page = whole(&reports);
    assert!(page.len() <= super::LARGEST, "{}", page.len());
    assert!(page.len() > super::LARGEST / 2, "{}", page.len());
    assert_eq!(page.matches("more versions are left out").count(), 9);
    let missing = page.split("href=\"#").skip(1).filter_map(|it| it.split('"').next());
    let missing: Vec<&str> = missing.filter(|id| !page.contains(&format!("id=\"{id}\""))).collect();
    assert!(missing.is_empty(), "{missing:?}");

    let many: Vec<AppReport> =
        (0..3_000).map(|it| listed(&format!("web{it}"), vec![version("1", 0)])).collect();
    let page = whole(&many);
    assert!(page.len() <= super::LARGEST, "{}", page.len());
    assert!(page.contains("more apps are left out"));
}

#[test]
fn an_account_is_masked_and_a_date_in_a_tag_is_not() {
    let mut dated = version("202601010000", 0);
    dated.runs[0].reason = Some("see 123456789012 and arn:aws:iam::123456789012:role/a".to_owned());
    let page = whole(&[listed("web", vec![dated])]);
    assert!(page.contains("202601010000") && !page.contains("123456789012"), "{page}");
    assert!(page.contains("see ############ and an ARN"), "{page}");
}

#[test]
fn what_ended_in_no_known_way_is_no_success() {
    let mut open = version("1", 0);
    open.runs[0].went = Went::Open;
    let page = whole(&[listed("web", vec![open])]);
    assert!(page.contains("<li class=\"open\""), "{page}");
}
