//! A GitHub that denies, limits, hangs or loses answers: the deployment is what ECS made of it,
//! and nothing is written twice.

use std::time::Duration;

use serde_json::json;
use simulator::When;
use simulator::github::{Fault, Grants, May, TOKEN};

use super::{
    LIST, RECORDED, ROLLBACK, TRACKED, asked, comments, issue, rows, shop_with_a_form, step,
};

#[tokio::test(start_paused = true)]
async fn whatever_github_answers_is_a_notice_and_no_more() {
    let seconds = Duration::from_secs;
    let cases = [
        (Fault::BadCredentials, "`github-token` is not valid"),
        (Fault::NotAccessible, "Add `issues: write` to the `permissions` of the job"),
        (Fault::NotFound, "issues: write"),
        (Fault::Unprocessable(json!([])), "HTTP status 422"),
        (Fault::RateLimit { reset: seconds(1_800) }, "rate limit"),
        (Fault::SecondaryRateLimit { status: 403, retry_after: seconds(60) }, "rate limit"),
        (Fault::BadGateway { applied: false }, "HTTP status 502"),
        (Fault::Status(500), "HTTP status 500"),
        (Fault::Reset { applied: false }, "failed"),
        (Fault::Timeout { applied: false }, "no answer within 10 s"),
    ];
    for operation in ["issues/create", "issues/create-comment", "issues/update"] {
        for (fault, words) in &cases {
            let scene = shop_with_a_form();
            scene.github.fault(operation, When::Always, fault.clone());
            let step = scene.deploy(&[TRACKED]).await;
            step.is("deployed");
            let notice = step.said("notice");
            assert!(notice.contains(words), "{operation} {fault:?}: {notice}");
            assert!(!notice.contains('<'), "no page of HTML: {notice}");
            assert_eq!((step.said("warning"), step.said("error")), (String::new(), String::new()));
            let sent = asked(&step).iter().filter(|it| **it == operation).count();
            assert_eq!(sent, 1, "{operation} {fault:?}: sent once");
            // The next run writes the rest.
            scene.github.clear_faults();
            scene.deploy(&[TRACKED, LIST]).await.is("listed");
            assert_eq!(rows(&issue(&scene).body, "`1.4.2`").len(), 1, "{operation} {fault:?}");
            assert_eq!(comments(&scene).len(), 1, "{operation} {fault:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_got_lost_is_looked_for_and_never_done_twice() {
    let faults = [
        Fault::Reset { applied: true },
        Fault::Timeout { applied: true },
        Fault::BadGateway { applied: true },
        Fault::Garbage,
    ];
    let writes =
        ["issues/create", "issues/create-comment", "issues/update", "issues/update-comment"];
    for operation in writes {
        for fault in &faults {
            let scene = shop_with_a_form();
            if operation == "issues/update-comment" {
                scene.deploy(&[TRACKED]).await.is("deployed");
            }
            scene.github.fault(operation, When::Always, fault.clone());
            let with = match operation {
                "issues/update-comment" => &[("command", "rollback")][..],
                _ => &[],
            };
            let step = scene.deploy(&[&[TRACKED], with].concat()).await;
            assert!(!step.said("notice").contains("GitHub"), "{operation} {fault:?}: {step:?}");
            let sent = asked(&step).iter().filter(|it| **it == operation).count();
            assert_eq!(sent, 1, "{operation} {fault:?}");
            assert_eq!(comments(&scene).len(), 1, "{operation} {fault:?}");
            assert_eq!(rows(&issue(&scene).body, "web1").len(), 1, "{operation} {fault:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_may_not_write_issues_gets_a_notice_and_none_is_said_to_be_missing() {
    for (grants, words) in [
        (Grants::all().issues(May::Read), "Add `issues: write` to the `permissions` of the job"),
        (Grants::all().issues(May::Nothing), "issues: write"),
    ] {
        let scene = shop_with_a_form();
        scene.github.token(TOKEN, grants);
        let step = step(&scene, &[]).await;
        step.is("deployed");
        step.says("notice", words);
        assert!(scene.github.issues().is_empty());
    }
    let scene = shop_with_a_form();
    let step = step(&scene, &[("github-token", "")]).await;
    step.is("deployed");
    step.says("notice", "the tracker was not updated: there is no `github-token`");
    assert_eq!(step.github.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_issue_without_its_label_is_said_because_it_would_not_be_found() {
    let scene = shop_with_a_form();
    let person = Grants::all().contents(May::Read).person("mona");
    scene.github.token("ghp_mona", person);
    let step = step(&scene, &[("github-token", "ghp_mona")]).await;
    step.is("deployed");
    step.says("notice", "issue 1 was created without its label ecs-release, by which it is found");
    // Another one would have none either.
    let again = self::step(&scene, &[("github-token", "ghp_mona"), ROLLBACK]).await;
    again.says("notice", "issue 1 was created without its label ecs-release");
    assert_eq!(again.github_writes(), [""; 0]);
    scene.github.edit_issue(1, |issue| issue.labels.push("ecs-release".to_owned()));
    self::step(&scene, &[("github-token", "ghp_mona"), LIST]).await.is("listed");
    assert_eq!(rows(&issue(&scene).body, "`1.4.1`").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn none_is_opened_where_not_all_issues_with_the_label_were_looked_at() {
    let scene = shop_with_a_form();
    for _ in 0..301 {
        scene.github.issue("mona", "Of another kind", "Hello", &["ecs-release"]);
    }
    let step = step(&scene, &[]).await;
    step.is("deployed");
    step.says("notice", "there are more than 300 issues with label ecs-release");
    assert_eq!(step.github_writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_comment_that_github_does_not_take_keeps_neither_the_others_nor_the_table_back() {
    for (fault, written, words) in [
        (Fault::Unprocessable(json!([])), 1, "HTTP status 422"),
        (Fault::RateLimit { reset: Duration::from_secs(1_800) }, 0, "rate limit"),
    ] {
        let scene = shop_with_a_form();
        scene.sim.service("prod", "web2").running_version("1.4.1").desired(1).start();
        scene.github.fault("issues/create-comment", When::Nth(1), fault);
        let both = [("service", "web1\nweb2"), ("repository", "web1")];
        let step = step(&scene, &both).await;
        step.is("deployed");
        step.says("notice", words);
        assert_eq!(comments(&scene).len(), written, "{words}");
        let body = issue(&scene).body;
        assert_eq!(rows(&body, "`1.4.2`").len(), written, "{words}: {body}");
        assert!(body.contains("Times are in UTC"), "{words}: {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_has_one_comment_too_and_more_than_a_page_of_others_is_read() {
    let scene = shop_with_a_form();
    scene.github.token("ghp_mona", Grants::all().person("mona"));
    let token = ("github-token", "ghp_mona");
    step(&scene, &[token]).await.is("deployed");
    let number = issue(&scene).number;
    for at in 0..150 {
        scene.github.comment(number, "octocat", simulator::github::Kind::User, &format!("{at}"));
    }
    step(&scene, &[token, ("command", "rollback")]).await.is("rolled-back");
    let own = comments(&scene).into_iter().filter(|it| it.author.login == "mona");
    assert_eq!(own.count(), 1);
    assert_eq!(rows(&issue(&scene).body, "`1.4.1`").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_github_that_hangs_is_not_waited_for_for_long() {
    let alone = shop_with_a_form();
    let plain = alone.deploy(&[]).await.took;
    for operation in ["issues/list-for-repo", "issues/list-comments", "issues/get"] {
        let scene = shop_with_a_form();
        let slow = Fault::Slow(Duration::from_secs(8));
        scene.github.fault("*", When::From(plain), slow);
        scene.github.fault(operation, When::Always, Fault::Timeout { applied: true });
        let step = scene.deploy(&[TRACKED]).await;
        step.is("deployed");
        assert!(step.took < plain + Duration::from_secs(35), "{operation}: {:?}", step.took);
        assert_ne!(step.said("notice"), "", "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_finds_nothing_to_do_makes_up_for_what_was_not_written() {
    let scene = shop_with_a_form();
    scene.github.fault("issues/create", When::Always, Fault::Status(500));
    step(&scene, &RECORDED).await.is("deployed");
    scene.github.clear_faults();
    let dry = step(&scene, &[&RECORDED[..], &[("dry-run", "true")]].concat()).await;
    dry.is("planned");
    assert_eq!(asked(&dry), [""; 0]);
    step(&scene, &RECORDED).await.is("unchanged");
    let body = comments(&scene)[0].body.clone();
    assert_eq!(rows(&body, "runs now")[0][4], "succeeded", "{body}");
    assert_eq!(rows(&issue(&scene).body, "`1.4.2`")[0][5], "octocat", "by the record");
}
