use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::plan::VersionInfo;
use crate::problem::Problem;
use crate::report::message::laws::{SHAPES, asked, is_harmless};
use crate::report::samples::diagnosed::crashed;
use crate::report::samples::{deployed, hostile, planned, refused, report, timed_out};
use crate::report::{AppReport, Outcome};
use crate::request::Command;
use crate::url::Url;

fn at_end(apps: &[AppReport]) -> Message {
    Message::at_end(&asked(Command::Deploy, "Release of Friday"), apps)
}

fn text(message: &Message) -> String {
    message.body(Shape::Json)["text"].as_str().expect("a text").to_owned()
}

#[track_caller]
fn reads(message: &Message, expected: &Expect) {
    expected.assert_eq(&text(message));
}

#[test]
fn a_success_is_told_in_a_few_lines() {
    reads(
        &at_end(&[deployed()]),
        &expect![[r#"
            ✅ web1 runs 1.4.2 (before: 1.4.1)
            service web1 in cluster prod, eu-central-1: 1.4.1 → 1.4.2
            By: octocat
            Reason: Release of Friday
            https://github.example/octo-org/shop/actions/runs/4711"#]],
    );
}

#[test]
fn a_failure_is_told_with_its_cause_and_the_next_move() {
    reads(
        &at_end(&[crashed()]),
        &expect![[r#"
            ❌ 1.4.2 failed on web1, which is back on 1.4.1
            service web1 in cluster prod, eu-central-1: 1.4.1 → 1.4.2
            Why: The container web exited with code 1; the deployment counts as failed: 4 tasks failed in a row, which reaches the limit of 3
            Next: Read its last log lines
            Undo: 1.4.1 was restored by ECS's own rollback
            By: octocat
            Reason: Release of Friday
            https://github.example/octo-org/shop/actions/runs/4711"#]],
    );
}

#[test]
fn several_services_are_one_message_the_worst_first() {
    let apps = [deployed(), crashed(), report(Outcome::Held)];
    reads(
        &at_end(&apps),
        &expect![[r#"
            ❌ 3 services: 1 undone, 1 held, 1 deployed
            ❌ 1.4.2 failed on web1, which is back on 1.4.1: The container web exited with code 1; the deployment counts as failed: 4 tasks failed in a row, which reaches the limit of 3. Read its last log lines
            ❌ 1.4.2 was not deployed to web1
            ✅ web1 runs 1.4.2 (before: 1.4.1)
            By: octocat
            Reason: Release of Friday
            https://github.example/octo-org/shop/actions/runs/4711"#]],
    );
    let many = vec![deployed(); 20];
    assert!(text(&at_end(&many)).contains("\n… and 5 more\n"), "{}", text(&at_end(&many)));
}

#[test]
fn before_the_first_write_it_says_what_is_about_to_happen() {
    let told = |command, apps: &[AppReport]| {
        let message = Message::at_start(&asked(command, "why"), apps);
        text(&message).lines().take(2).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        told(Command::Deploy, &[planned()]),
        "▶️ 1.4.2 is being deployed to web1 (now: 1.4.1)\n\
         service web1 in cluster prod, eu-central-1: 1.4.1 → 1.4.2"
    );
    let mut back = planned();
    back.asked.is_rollback = true;
    assert_eq!(
        told(Command::Rollback, &[back.clone(), back]),
        "▶️ 2 services are being rolled back\n▶️ web1 is being rolled back to 1.4.2 (now: 1.4.1)"
    );
    let fields = Message::at_start(&asked(Command::Deploy, "why"), &[deployed()]).body(Shape::Json);
    assert_eq!((&fields["event"], fields.get("result")), (&json!("start"), None));
    assert_eq!(fields["report"][0].get("result"), None, "{fields}");
}

#[test]
fn each_receiver_gets_its_own_shape() {
    let message = at_end(&[deployed()]);
    let slack = message.body(Shape::Slack);
    assert_eq!(slack["text"], "✅ web1 runs 1.4.2 (before: 1.4.1)");
    assert_eq!(slack["blocks"][0]["text"]["type"], "plain_text");
    let link = "<https://github.example/octo-org/shop/actions/runs/4711|Details of this run>";
    assert_eq!(slack["blocks"][1]["elements"][0]["text"], link);

    let discord = message.body(Shape::Discord);
    assert_eq!(discord["allowed_mentions"], json!({ "parse": [] }));
    let content = discord["content"].as_str().expect("a text");
    assert!(content.starts_with(r"✅ web1 runs 1.4.2 \(before: 1.4.1\)"), "{content}");
    assert!(content.ends_with("<https://github.example/octo-org/shop/actions/runs/4711>"));

    let teams = message.body(Shape::Teams);
    let card = &teams["attachments"][0];
    assert_eq!(
        (&teams["type"], &card["contentType"]),
        (&json!("message"), &json!("application/vnd.microsoft.card.adaptive"))
    );
    let first = &card["content"]["body"][0]["inlines"][0];
    assert_eq!(first["text"], "✅ web1 runs 1.4.2 (before: 1.4.1)");

    let own = message.body(Shape::Json);
    let report = &own["report"][0];
    assert_eq!((&own["event"], &own["result"]), (&json!("end"), &json!("deployed")));
    assert_eq!((&report["service"], &report["version"]), (&json!("web1"), &json!("1.4.2")));
    assert_eq!(own["run"], "https://github.example/octo-org/shop/actions/runs/4711");
}

#[test]
fn the_shape_is_told_by_the_host() {
    for (url, expected) in [
        ("https://hooks.slack.com/services/T0/B0/x", Shape::Slack),
        ("https://HOOKS.slack.com./services", Shape::Json),
        ("https://hooks.slack-gov.com/services/T0/B0/x", Shape::Slack),
        ("https://discord.com/api/webhooks/1/x", Shape::Discord),
        ("https://canary.discordapp.com/api/webhooks/1/x", Shape::Discord),
        ("https://prod-12.westeurope.logic.azure.com:443/workflows/x?sig=y", Shape::Teams),
        ("https://default0.d1.environment.api.powerplatform.com/x", Shape::Teams),
        ("https://octo.webhook.office.com/webhookb2/x", Shape::Teams),
        ("https://notdiscord.com/", Shape::Json),
        ("https://discord.com.evil.example/", Shape::Json),
        ("http://127.0.0.1:8080/", Shape::Json),
    ] {
        assert_eq!(Shape::of(&Url::parse(url).expect("an address")), expected, "{url}");
    }
}

/// What no receiver may get, and nothing that only the log may hold.
fn assert_harmless(message: &Message) {
    is_harmless(message, "");
    for shape in SHAPES {
        let whole = message.body(shape).to_string();
        for never in ["123456789012", "LOGGED", "VALUE"] {
            assert!(!whole.contains(never), "{never} in {shape:?}: {whole}");
        }
    }
}

#[test]
fn hostile_texts_stay_texts_for_every_receiver() {
    let text = "@everyone <!channel> <@U123> [a](https://evil.example) *b* & <https://c|d>";
    let message = Message::at_end(&asked(Command::Deploy, text), &[hostile()]);
    assert_harmless(&message);
    let slack = message.body(Shape::Slack).to_string();
    assert!(slack.contains("&lt;\u{200b}!channel&gt;") && slack.contains("&amp;"), "{slack}");
    let discord = message.body(Shape::Discord).to_string();
    assert!(!discord.contains("[a](") && discord.contains(r"\\[a\\]\\("), "{discord}");
    assert_eq!(message.body(Shape::Json)["reason"], text, "programs get what was written");
}

#[test]
fn no_line_of_a_log_no_value_and_no_account_is_told() {
    let mut app = crashed();
    let logs = &mut app.failure.diagnosis.as_mut().expect("it was diagnosed").logs;
    logs[0].lines = vec!["LOGGED".to_owned()];
    if let Some(diagnosis) = &mut app.failure.diagnosis {
        diagnosis.last_words = Some("LOGGED".to_owned());
    }
    app.rollout.timeline = vec![(std::time::Duration::ZERO, "LOGGED".to_owned())];
    app.versions.changes = vec!["environment variable A: VALUE".to_owned()];
    for apps in [vec![app.clone()], vec![app, timed_out(), refused()], vec![timed_out()]] {
        assert_harmless(&at_end(&apps));
        assert_harmless(&Message::at_start(&asked(Command::Deploy, "123456789012"), &apps));
    }
    let tagged = {
        let mut app = deployed();
        app.versions.to = app.versions.to.map(|to| VersionInfo {
            version: None,
            tag: Some("202601010000".to_owned()),
            ..to
        });
        text(&at_end(&[app]))
    };
    assert!(tagged.contains("1.4.1 → 202601010000"), "a tag is no account: {tagged}");
}

#[test]
fn what_is_left_of_a_longer_number_is_no_account_either() {
    for length in 260..300 {
        let reason = format!("{}_9999999999999", "x".repeat(length));
        assert_harmless(&Message::at_end(&asked(Command::Deploy, &reason), &[deployed()]));
    }
}

fn piece() -> impl Strategy<Value = String> {
    let known = [
        "@everyone",
        "@here",
        "<!channel>",
        "<@U1>",
        "<@&1>",
        "<#C1>",
        "&",
        "<",
        ">",
        "`",
        "*",
        "[",
        "](",
        "123456789012",
        "arn:aws:ecs:eu-central-1:123456789012:service/a",
        "x123456789012y",
        "999999999999",
        "\n",
        "\u{202e}",
        "🦀",
        " ",
        "a",
        "_",
        "\\",
        "é",
    ];
    prop::sample::select(known.map(str::to_owned).to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn whatever_stands_in_a_report_every_receiver_gets_a_harmless_body(
        pieces in prop::collection::vec(piece(), 0..60),
        copies in 1..20usize,
    ) {
        let text = pieces.concat();
        let mut app = crashed();
        app.failure.problem = Some(Problem::new(text.clone()).hint(text.clone()));
        app.failure.undo = Some(text.clone());
        app.asked.app = Some(text.clone());
        app.versions.from = Some(VersionInfo { image: Some(text.clone()), ..VersionInfo::default() });
        let apps = vec![app; copies];
        assert_harmless(&Message::at_end(&asked(Command::Deploy, &text), &apps));
        assert_harmless(&Message::at_start(&asked(Command::Rollback, &text), &apps));
    }
}
