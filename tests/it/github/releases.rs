//! The GitHub Release of a version that was deployed.

use std::time::Duration;

use serde_json::json;
use simulator::github::{Fault, Grants, JOB_LOGIN, May, TOKEN};
use simulator::{Image, When};

use super::{REVISION, Shop, conforms, shop};
use crate::scene::Step;

const WITH: [(&str, &str); 2] = [("git-tag", "{name}@{version}"), ("github-release", "true")];

async fn deploy(shop: &Shop) -> Step {
    let step = shop.scene.deploy(&WITH).await;
    conforms(&step);
    step
}

/// The releases: tag and notes.
fn releases(shop: &Shop) -> Vec<(String, String)> {
    let releases = shop.scene.github.releases().into_iter();
    releases.map(|it| (it.tag, it.notes.unwrap_or_default())).collect()
}

#[tokio::test(start_paused = true)]
async fn the_notes_of_a_release_are_the_commits_of_the_summary() {
    let shop = shop();
    let step = deploy(&shop).await;
    step.is("deployed");
    assert_eq!(step.github_writes(), ["git/create-ref", "repos/create-release"]);
    let [release] = &shop.scene.github.releases()[..] else { panic!("one release") };
    assert_eq!((release.tag.as_str(), release.prerelease), ("web1@1.4.2", false));
    assert_eq!(release.author.login, JOB_LOGIN);
    let notes = release.notes.as_deref().unwrap_or_default();
    assert!(notes.contains("Release 1.4.2") && notes.contains("Add to 1.4.2"), "{notes}");
    assert!(step.summary.contains(notes.trim_end()), "{notes}");
    step.says("log", "created the GitHub Release web1@1.4.2");

    // Run again, and from another environment, nothing is made twice or changed.
    let again = deploy(&shop).await;
    again.is("unchanged");
    assert_eq!(again.github_writes(), [""; 0]);
    assert_eq!(again.said("notice") + &again.said("warning"), "");
}

#[tokio::test(start_paused = true)]
async fn a_second_run_makes_up_for_a_release_that_is_missing() {
    let shop = shop();
    shop.scene.github.fault("repos/create-release", When::Nth(1), Fault::Status(500));
    let step = deploy(&shop).await;
    step.is("deployed");
    step.says("notice", "the GitHub Release web1@1.4.2 was not created");
    step.says("notice", "Run the step again");
    assert_eq!(releases(&shop), []);
    deploy(&shop).await.is("unchanged");
    let ran = "The image of this version ran before.\n".to_owned();
    assert_eq!(releases(&shop), [("web1@1.4.2".to_owned(), ran)]);
}

#[tokio::test(start_paused = true)]
async fn titles_of_commits_stay_text_in_a_release_and_mention_nobody() {
    let shop = shop();
    let title = "Thanks @octocat, closes #7 <img src=x> ](https://evil.example)";
    shop.scene.github.commit(title);
    let commit = shop.scene.github.commit("Release 1.5.0-rc.1");
    let image = Image::linux_amd64().content("1.5.0-rc.1").label(REVISION, &commit);
    shop.scene.sim.repository("web1").push("1.5.0-rc.1", image);
    let step = shop.scene.deploy(&[WITH[0], WITH[1], ("version", "1.5.0-rc.1")]).await;
    step.is("deployed");
    let [release] = &shop.scene.github.releases()[..] else { panic!("one release") };
    assert!(release.prerelease);
    let notes = release.notes.as_deref().unwrap_or_default();
    for text in ["`@octocat`", "`#7`", "&lt;img", "`](https://evil.example`"] {
        assert!(notes.contains(text), "{text:?} in {notes}");
    }
    for live in [" @octocat", " #7", "<img", " ](https://evil"] {
        assert!(!notes.contains(live), "{live:?} in {notes}");
    }
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn neither_a_plan_nor_a_failed_tag_nor_a_rollback_makes_a_release() {
    let Shop { scene, commits } = shop();
    let dry_run = scene.deploy(&[WITH[0], WITH[1], ("dry-run", "true")]).await;
    assert_eq!((dry_run.result(), dry_run.github_writes()), ("planned", vec![]));
    scene.github.tag("web1@1.4.2", &commits[0]);
    let step = scene.deploy(&WITH).await;
    step.is("deployed");
    step.says("warning", "the tag was left unchanged");
    let back = scene.deploy(&[WITH[0], WITH[1], ("command", "rollback")]).await;
    back.is("rolled-back");
    assert_eq!(scene.github.releases().len(), 0);
    assert_eq!(step.github_writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_release_that_github_does_not_take_is_a_notice_and_fails_nothing() {
    let refusals: [(Fault, &str); 3] = [
        (Fault::NotAccessible, "Add `contents: write` to the `permissions`"),
        (Fault::Unprocessable(json!([])), "HTTP status 422"),
        (Fault::Timeout { applied: false }, "no answer within 10 s"),
    ];
    for (fault, words) in refusals {
        let shop = shop();
        shop.scene.github.fault("repos/create-release", When::Always, fault);
        let step = deploy(&shop).await;
        step.is("deployed");
        step.says("notice", words);
        assert_eq!(step.said("warning"), "");
        assert_eq!(shop.scene.github.tags().len(), 1);
        assert_eq!(step.github_writes(), ["git/create-ref", "repos/create-release"], "sent once");
    }
}

/// GitHub finds only published ones by their tag.
#[tokio::test(start_paused = true)]
async fn a_draft_of_the_release_is_left_and_no_second_one_made() {
    let shop = shop();
    let draft = json!({ "tag_name": "web1@1.4.2", "draft": true, "body": "Mine" });
    let path = "/repos/octo-org/shop/releases";
    shop.scene.github.call_as(TOKEN, "POST", path, &draft).expect("it is created");
    let step = deploy(&shop).await;
    step.is("deployed");
    assert_eq!(step.github_writes(), ["git/create-ref"]);
    assert_eq!(releases(&shop), [("web1@1.4.2".to_owned(), "Mine".to_owned())]);
    step.says("notice", "the GitHub Release web1@1.4.2 was not created: a draft of it exists");
}

#[tokio::test(start_paused = true)]
async fn a_release_whose_answer_got_lost_is_there_and_nothing_is_said() {
    let shop = shop();
    shop.scene.github.fault("repos/create-release", When::Always, Fault::Reset { applied: true });
    let step = deploy(&shop).await;
    assert_eq!(step.said("notice") + &step.said("warning"), "");
    assert_eq!(releases(&shop).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_release_that_is_not_reached_in_time_is_said() {
    let shop = shop();
    let busy = Fault::SecondaryRateLimit { status: 403, retry_after: Duration::from_secs(9) };
    shop.scene.github.fault("repos/create-release", When::Nth(1), busy);
    let late = Fault::Timeout { applied: false };
    shop.scene.github.fault("repos/create-release", When::Nth(2), late);
    let step = deploy(&shop).await;
    step.is("deployed");
    step.says("notice", "it is not known whether the GitHub Release web1@1.4.2 was created");
}

#[tokio::test(start_paused = true)]
async fn a_release_needs_a_tag() {
    let Shop { scene, .. } = shop();
    let step = scene.deploy(&[("github-release", "true")]).await;
    step.is("refused");
    step.says("error", "input `github-release` needs `git-tag`");
    scene.github.token(TOKEN, Grants::all().contents(May::Read));
    let step = scene.deploy(&WITH).await;
    step.is("deployed");
    assert_eq!((scene.github.releases().len(), scene.github.tags().len()), (0, 0));
}
