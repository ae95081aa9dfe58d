use std::time::Duration;

use pulldown_cmark::{Event, Options, Parser, Tag};

use super::facts::console;
use super::versions::registry_of_all;
use super::*;
use crate::plan::VersionInfo;
use crate::report::outcome::Outcome;
use crate::report::samples::diagnosed::crashed;
use crate::report::samples::{deployed, hostile, report, service_arn, target, unchanged, verified};
use crate::text::duration;
use crate::version::VersionName;

#[test]
fn hostile_texts_add_no_link_and_no_html_to_the_page() {
    let page = summary(&[hostile()]);
    let (mut html, mut links) = (Vec::new(), Vec::new());
    for event in Parser::new_ext(&page, Options::ENABLE_TABLES) {
        match event {
            Event::Html(it) | Event::InlineHtml(it) => html.push(it.trim().to_owned()),
            Event::Start(Tag::Link { dest_url: to, .. } | Tag::Image { dest_url: to, .. }) => {
                links.push(to.to_string());
            }
            _ => {}
        }
    }
    let folded = ["Events of this deployment", "Timeline"]
        .map(|title| [format!("<details><summary>{title}</summary>"), "</details>".to_owned()]);
    assert_eq!(html, folded.concat());
    let (_, console) = console(&hostile()).expect("the console of aws is known");
    let [commit, whole] = ["https://github.example/commit", "https://github.example/compare"];
    assert_eq!(links, [console.as_str(), commit, whole]);
}

#[test]
fn a_comment_that_would_be_too_long_keeps_its_answer() {
    let mut app = verified();
    let run = "https://github.example/octo-org/shop/actions/runs/4711";
    let whole = comment(std::slice::from_ref(&app), run);
    assert!(whole.contains("Commits added"), "{whole}");
    app.rollout.timeline = vec![(Duration::ZERO, "x".repeat(400)); 400];
    let cut = comment(std::slice::from_ref(&app), run);
    assert!(cut.starts_with("### ✅ 1.4.2 can be deployed to web1"), "{cut}");
    assert!(cut.contains("The rest does not fit here.") && cut.contains(run), "{cut}");
    assert!(cut.chars().count() < 65_536, "{}", cut.len());
}

#[test]
fn only_a_registry_that_all_images_share_is_left_out() {
    for (images, expected) in [
        (&["a.b/web1:1", "a.b/web1:2"][..], "a.b/"),
        (&["a.b/web1:1", "c.d/web1:2"], ""),
        (&["a.b/web1:1", "web1:2"], ""),
        (&["web1:1"], ""),
        (&["team/web1:1", "team/web1:2"], ""),
        (&["a.b/team/web1:1"], "a.b/"),
        (&[], ""),
    ] {
        assert_eq!(registry_of_all(images.iter().copied()), expected, "{images:?}");
    }
}

#[test]
fn several_services_are_counted_and_listed_and_the_bad_come_first() {
    let worst = AppReport::new(target(), None);
    let page = summary(&[unchanged(), worst, unchanged()]);
    let headings: Vec<&str> = page.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(
        headings,
        [
            "### ❌ 3 services: 1 failed, 2 unchanged",
            "#### ❌ the new version could not be deployed to web1",
            "#### ✅ web1 already runs 1.4.2; nothing was deployed",
            "#### ✅ web1 already runs 1.4.2; nothing was deployed",
        ]
    );
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| web1")).collect();
    assert_eq!(
        rows,
        [
            "| web1 | ✅ unchanged | `1.4.2` | `1.4.2` | `1.4.2` |",
            "| web1 | ❌ failed |  |  |  |",
            "| web1 | ✅ unchanged | `1.4.2` | `1.4.2` | `1.4.2` |",
        ]
    );
}

#[test]
fn the_console_is_that_of_the_partition() {
    for (partition, expected) in [
        ("aws", Some("https://eu-central-1.console.aws.amazon.com/ecs/v2/")),
        ("aws-cn", Some("https://eu-central-1.console.amazonaws.cn/ecs/v2/")),
        ("aws-us-gov", Some("https://eu-central-1.console.amazonaws-us-gov.com/ecs/v2/")),
        ("aws-iso", None),
    ] {
        let mut app = deployed();
        app.service.arn = service_arn(partition, "123456789012");
        let path = "clusters/prod/services/web1/deployments?region=eu-central-1";
        let address = expected.map(|start| format!("{start}{path}"));
        let page = "deployments in the ECS console";
        assert_eq!(console(&app), address.map(|address| (page, address)), "{partition}");
    }
    let mut app = deployed();
    app.rollout.deployment = "d-ABCDEF123".parse().ok().map(crate::ecs::DeploymentId::CodeDeploy);
    let address = "https://eu-central-1.console.aws.amazon.com/codesuite/codedeploy/deployments/\
                   d-ABCDEF123?region=eu-central-1";
    let page = "deployment in the CodeDeploy console";
    assert_eq!(console(&app), Some((page, address.to_owned())));
    app.service.arn = None;
    assert_eq!(console(&app), None);
}

#[test]
fn a_duration_is_in_the_units_that_it_has() {
    for (milliseconds, expected) in [
        (999, "under 1 s"),
        (1_000, "1 s"),
        (60_000, "1 m"),
        (252_400, "4 m 12 s"),
        (3_605_000, "1 h 5 s"),
        (90_061_000, "25 h 1 m 1 s"),
    ] {
        assert_eq!(duration(Duration::from_millis(milliseconds)), expected);
    }
}

#[test]
fn a_long_timeline_keeps_its_beginning_and_its_end() {
    let mut app = deployed();
    app.rollout.timeline =
        (0..1_000).map(|second| (Duration::from_secs(second), format!("line {second}."))).collect();
    let page = summary(&[app]);
    let lines = page.lines().filter(|line| line.contains("  line ")).count();
    assert_eq!(lines, 200);
    for shown in ["line 0.", "line 19.", "… 800 lines left out …", "line 820.", "line 999."] {
        assert!(page.contains(shown), "{shown} is missing");
    }
    for cut in ["line 20.", "line 819."] {
        assert!(!page.contains(cut), "{cut} is shown");
    }
}

#[test]
fn a_summary_never_outgrows_what_github_takes() {
    let long = "|".repeat(2_000);
    let problem = Problem::new(long.as_str()).hint(long.as_str());
    let mut app = report(Outcome::Failed);
    app.failure.problem = Some(problem.clone());
    app.warnings = vec![problem.clone(); 60];
    app.notices = vec![problem; 60];
    app.versions.changes = vec![long.clone(); 60];
    app.rollout.timeline = vec![(Duration::ZERO, long.clone()); 250];
    app.asked.reason = Some(long);
    for count in [1, 3] {
        let page = summary(&vec![app.clone(); count]);
        assert!(page.len() < 700 * 1024, "{count} apps: {} bytes", page.len());
        let answers = page.matches("1.4.2 could not be deployed to web1").count();
        assert_eq!(answers, count);
    }
    let page = summary(&vec![AppReport::new(target(), None); 10_000]);
    assert!(page.len() < 700 * 1024, "{} bytes", page.len());
    assert!(page.contains("more; all are in the output `report`."), "nothing says that it is cut");
}

#[test]
fn a_service_too_long_for_the_page_keeps_its_answer() {
    let line = "x".repeat(999);
    let mut app = crashed();
    app.warnings = vec![Problem::new(line.as_str()).hint(line.as_str()); 50];
    let page = summary(&vec![app; 20]);
    for kept in ["#### ❌ 1.4.2 failed on web1, ", "**Why:** ", "**Next:** ", "**Undo:** "] {
        assert_eq!(page.matches(kept).count(), 20, "{kept}");
    }
    assert!(page.matches("**Warnings**").count() < 20);
}

#[test]
fn a_comment_masks_accounts_and_nothing_else_of_twelve_digits() {
    let mut app = AppReport::new(target(), None);
    app.service.arn = service_arn("aws", "111122223333");
    let named = |name: &str| VersionInfo {
        version: Some(VersionName::Other(name.to_owned())),
        ..VersionInfo::default()
    };
    app.versions.to = Some(named("build-202511201530"));
    let run = "https://github.example/octo-org/shop/actions/runs/111122223333";
    for (text, is_masked) in [
        ("444455556666.dkr.ecr.eu-central-1.amazonaws.com/web1 is gone", true),
        ("arn:aws:iam::444455556666:role/deploy may not do that", true),
        ("web1 (account 444455556666, eu-central-1)", true),
        ("it belongs to account 444455556666", true),
        ("in the registry with id '444455556666'", true),
        ("aws ecr describe-images --registry-id 444455556666 --repository-name web1", true),
        ("there is no image build-202511201530", false),
        ("there is no image web1:202511201530", false),
    ] {
        app.failure.findings = vec![Problem::new(text)];
        let comment = comment(std::slice::from_ref(&app), run);
        assert!(!comment.contains("444455556666"), "{comment}");
        assert_eq!(
            comment.matches("202511201530").count(),
            2 + usize::from(!is_masked),
            "{comment}"
        );
        assert_eq!(comment.matches("111122223333").count(), 1, "only in the link: {comment}");
        assert!(comment.contains(run), "{comment}");
        // That of the app, which is in all of them, and the one in `text`.
        assert_eq!(
            masks_shown(&comment),
            1 + usize::from(text.contains("444455556666")),
            "{comment}"
        );
    }
    // What ends a heading would be taken for a mark of it.
    app.failure.findings = Vec::new();
    app.verdict = Some("it belongs to account 444455556666".to_owned());
    let comment = comment(std::slice::from_ref(&app), run);
    assert!(comment.starts_with("### ") && masks_shown(&comment) == 2, "{comment}");
}

/// What stands for an account, as often as a reader of the Markdown sees it.
fn masks_shown(markdown: &str) -> usize {
    let shown = Parser::new_ext(markdown, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(text),
        _ => None,
    });
    shown.map(|text| text.matches("############").count()).sum()
}
