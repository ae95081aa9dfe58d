//! The one comment on a pull request.

use std::time::Duration;

use serde_json::json;
use simulator::When;
use simulator::github::{Fault, Grants, JOB_LOGIN, Kind, May, TOKEN};

use super::{conforms, pull_request};
use crate::scene::{Scene, Step};

/// A pull request whose version has no image yet.
fn opened() -> Scene {
    let scene = Scene::ready().on("pull_request", &pull_request(7));
    scene.github.commit("Begin");
    scene.github.branch("fix", "main");
    scene.github.pull_request(7, "Fix", "fix", "main");
    scene
}

async fn verify(scene: &Scene, with: &[(&str, &str)]) -> Step {
    let step = scene.deploy(&[&[("command", "verify")][..], with].concat()).await;
    conforms(&step);
    step
}

fn bodies(scene: &Scene) -> Vec<String> {
    scene.github.comments(7).into_iter().map(|it| it.body).collect()
}

#[tokio::test(start_paused = true)]
async fn it_is_written_once_and_kept_up_to_date() {
    let scene = opened();
    let step = verify(&scene, &[("version", "1.4.3")]).await;
    assert_eq!(step.result(), "refused");
    let [first] = &bodies(&scene)[..] else { panic!("one comment: {:?}", bodies(&scene)) };
    assert!(first.contains("❌ 1.4.3 cannot be deployed to web1"), "{first}");
    assert!(first.contains("https://github.example/octo-org/shop/actions/runs/4711"), "{first}");
    let step = verify(&scene, &[]).await;
    assert_eq!(step.github_writes(), ["issues/update-comment"]);
    let [second] = &bodies(&scene)[..] else { panic!("one comment: {:?}", bodies(&scene)) };
    assert!(second.contains("✅ 1.4.2 can be deployed to web1"), "{second}");
    assert!(!second.contains("1.4.3"), "{second}");
}

#[tokio::test(start_paused = true)]
async fn every_check_of_a_pull_request_has_its_own() {
    let scene = opened();
    scene.sim.service("prod", "web2").running_version("1.4.1").desired(1).start();
    verify(&scene, &[]).await;
    verify(&scene, &[("service", "web2"), ("repository", "web1")]).await;
    verify(&scene, &[("expect", "absent"), ("version", "1.5.0")]).await;
    assert_eq!(bodies(&scene).len(), 3, "{:?}", bodies(&scene));
    verify(&scene, &[]).await;
    assert_eq!(bodies(&scene).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_mark_in_somebody_elses_comment_is_only_text() {
    let scene = opened();
    verify(&scene, &[]).await;
    let ours = bodies(&scene).remove(0);
    let other = opened();
    for (login, kind) in [("mallory", Kind::User), ("other-app[bot]", Kind::Bot)] {
        other.github.comment(7, login, kind, &ours);
    }
    let quoted = format!("> {ours}");
    other.github.comment(7, JOB_LOGIN, Kind::Bot, &quoted);
    let step = verify(&other, &[]).await;
    assert_eq!(step.result(), "verified");
    assert_eq!(bodies(&other).len(), 4, "a new one is written");
    assert_eq!(other.github.comments(7)[3].author.login, JOB_LOGIN);
    assert_eq!(bodies(&other)[..2], [ours.clone(), ours], "theirs stay as they are");
    assert_eq!(step.said("notice"), "");
}

#[tokio::test(start_paused = true)]
async fn it_is_found_behind_hundreds_of_others_and_by_a_persons_token() {
    let scene = opened();
    scene.github.token("ghp_a-person", Grants::all().person("hubot"));
    let token = [("github-token", "ghp_a-person")];
    verify(&scene, &token).await;
    assert_eq!(scene.github.comments(7)[0].author.login, "hubot");
    let filled = opened();
    for number in 0..250 {
        filled.github.comment(7, "octocat", Kind::User, &format!("Comment {number}"));
    }
    filled.github.token("ghp_a-person", Grants::all().person("hubot"));
    verify(&filled, &token).await;
    verify(&filled, &[("version", "1.4.1"), token[0]]).await;
    assert_eq!(filled.github.comments(7).len(), 251);
}

#[tokio::test(start_paused = true)]
async fn a_comment_whose_answer_got_lost_is_not_written_twice() {
    for fault in [
        Fault::Reset { applied: true },
        Fault::Timeout { applied: true },
        Fault::BadGateway { applied: true },
        Fault::Garbage,
    ] {
        let scene = opened();
        scene.github.fault("issues/create-comment", When::Always, fault.clone());
        let step = scene.deploy(&[("command", "verify")]).await;
        assert_eq!((step.result(), step.said("notice")), ("verified", String::new()), "{fault:?}");
        assert_eq!(bodies(&scene).len(), 1, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_it_can_not_be_written_a_notice_says_so_and_the_check_counts() {
    let cases = [
        (
            Grants::all().pull_requests(May::Read).issues(May::Read),
            None,
            "Add `pull-requests: write` to the `permissions` of the job",
        ),
        (Grants::all(), Some(Fault::BadCredentials), "`github-token` is not valid"),
        (Grants::all(), Some(Fault::NotFound), "pull-requests: write"),
        (Grants::all(), Some(Fault::Unprocessable(json!([]))), "HTTP status 422"),
        (Grants::all(), Some(Fault::BadGateway { applied: false }), "HTTP status 502"),
        (Grants::all(), Some(Fault::Timeout { applied: false }), "no answer within 10 s"),
        (Grants::all(), Some(Fault::RateLimit { reset: Duration::from_secs(3_000) }), "rate limit"),
    ];
    for (grants, fault, words) in cases {
        for (version, result, code) in [("1.4.2", "verified", 0), ("1.4.3", "refused", 1)] {
            let scene = opened();
            scene.github.token(TOKEN, grants.clone());
            if let Some(fault) = &fault {
                scene.github.fault("issues/create-comment", When::Always, fault.clone());
            }
            let step = verify(&scene, &[("version", version)]).await;
            assert_eq!((step.result(), step.code), (result, code), "{fault:?}");
            assert!(step.said("notice").contains(words), "{fault:?}: {}", step.said("notice"));
            assert!(bodies(&scene).is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_pull_request_or_where_it_is_not_wanted_nobody_is_asked() {
    let wanted = [("comment", "false")];
    assert_eq!(verify(&opened(), &wanted).await.github_writes(), [""; 0]);
    for event in ["push", "workflow_dispatch", "schedule", "merge_group"] {
        let scene = Scene::ready().on(event, &json!({}));
        scene.github.commit("Begin");
        assert_eq!(verify(&scene, &[]).await.github_writes(), [""; 0], "{event}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_id_of_an_account_stays_out_of_it() {
    let scene = opened();
    let step = verify(&scene, &[]).await;
    step.says("summary", simulator::ACCOUNT);
    let body = bodies(&scene).remove(0);
    assert!(!body.contains(simulator::ACCOUNT) && body.contains("############"), "{body}");
    // Not even where it is what tells the comment from others, or of another account.
    let with = [("account", simulator::ACCOUNT), ("version", "1.4.3")];
    verify(&scene, &with).await;
    let repository = format!("{}.dkr.ecr.eu-central-1.amazonaws.com/web1", simulator::ACCOUNT);
    verify(&scene, &[("cluster", ""), ("service", ""), ("repository", &repository)]).await;
    verify(&scene, &[("account", "999988887777")]).await;
    scene.sim.repository("web1").archive("1.4.2");
    verify(&scene, &[]).await;
    for body in bodies(&scene) {
        assert!(!body.contains(simulator::ACCOUNT) && !body.contains("999988887777"), "{body}");
    }
    assert_eq!(bodies(&scene).len(), 4);
}
