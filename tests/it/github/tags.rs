//! The git tag of a version that was deployed.

use std::time::Duration;

use serde_json::json;
use simulator::When;
use simulator::github::{Fault, Grants, May, TOKEN};

use super::{Shop, conforms, shop};
use crate::scene::Scene;

const TAG: (&str, &str) = ("git-tag", "v{version}");

#[tokio::test(start_paused = true)]
async fn a_successful_deployment_tags_the_commit_of_its_image() {
    let Shop { scene, commits } = shop();
    let step = scene.deploy(&[("git-tag", "{name}@{version}")]).await;
    step.is("deployed");
    assert_eq!(scene.github.tags().get("web1@1.4.2"), Some(&commits[1]));
    assert_eq!(step.github_writes(), ["git/create-ref"]);
    conforms(&step);
    // Run twice, the second changes nothing.
    let step = scene.deploy(&[("git-tag", "{name}@{version}")]).await;
    assert_eq!((step.result(), step.github_writes()), ("unchanged", vec![]));
    assert_eq!(step.said("warning"), "");
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn a_tag_that_is_there_is_fine_on_the_same_commit_and_a_warning_on_another() {
    for (at, warns) in [(1, false), (0, true)] {
        let Shop { scene, commits } = shop();
        scene.github.annotated_tag("v1.4.2", &commits[at]);
        let step = scene.deploy(&[TAG]).await;
        assert_eq!((step.result(), step.github_writes()), ("deployed", vec![]));
        assert_eq!(step.said("warning").contains("the tag was left unchanged"), warns);
        assert_eq!(scene.github.tags().get("v1.4.2"), Some(&commits[at]));
        conforms(&step);
    }
}

#[tokio::test(start_paused = true)]
async fn neither_a_rollback_nor_a_failure_nor_a_plan_tags_anything() {
    let Shop { scene, .. } = shop();
    assert_eq!(scene.deploy(&[TAG, ("dry-run", "true")]).await.result(), "planned");
    assert_eq!(scene.deploy(&[]).await.result(), "deployed");
    let step = scene.deploy(&[TAG, ("command", "rollback")]).await;
    assert_eq!((step.result(), step.github_writes()), ("rolled-back", vec![]));
    assert_eq!(scene.github.tags().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_tag_that_can_not_be_made_is_a_warning_that_says_why() {
    for (grants, fault, words) in [
        (Grants::all().contents(May::Read), None, "Add `contents: write` to the `permissions`"),
        (Grants::all(), Some(Fault::Unprocessable(json!([]))), "HTTP status 422"),
        (Grants::all(), Some(Fault::Reset { applied: false }), "creating the git tag failed"),
    ] {
        let Shop { scene, .. } = shop();
        scene.github.token(TOKEN, grants);
        if let Some(fault) = fault {
            scene.github.fault("git/create-ref", When::Always, fault);
        }
        let step = scene.deploy(&[TAG]).await;
        assert_eq!((step.result(), step.code), ("deployed", 0));
        step.says("warning", words);
        assert_eq!(step.github_writes(), ["git/create-ref"], "sent once");
        conforms(&step);
    }
}

#[tokio::test(start_paused = true)]
async fn a_tag_whose_answer_got_lost_is_there_and_nothing_is_said() {
    let Shop { scene, commits } = shop();
    scene.github.fault("git/create-ref", When::Always, Fault::Timeout { applied: true });
    let step = scene.deploy(&[TAG]).await;
    assert_eq!(step.said("warning"), "");
    assert_eq!(scene.github.tags().get("v1.4.2"), Some(&commits[1]));
}

#[tokio::test(start_paused = true)]
async fn a_version_or_commit_that_makes_no_tag_is_a_warning() {
    let Shop { scene, .. } = shop();
    let digest = scene.digest("1.4.2");
    scene.sim.repository("web1").tag("nightly", &digest);
    let step = scene.deploy(&[TAG, ("version", "nightly")]).await;
    step.says("warning", "\"nightly\" is not a semantic version");
    let scene = Scene::ready().on("push", &json!({}));
    let step = scene.deploy(&[TAG]).await;
    step.says("warning", "no git tag was created: the commit of 1.4.2 is not known");
    assert_eq!(step.github_writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_tag_that_github_does_not_take_in_time_is_not_forgotten() {
    for runs_it_already in [false, true] {
        let Shop { scene, .. } = shop();
        if runs_it_already {
            assert_eq!(scene.deploy(&[]).await.result(), "deployed");
        }
        let busy = Fault::SecondaryRateLimit { status: 403, retry_after: Duration::from_secs(9) };
        scene.github.fault("git/create-ref", When::Nth(1), busy);
        scene.github.fault("git/create-ref", When::Nth(2), Fault::Timeout { applied: false });
        let step = scene.deploy(&[TAG]).await;
        let result = if runs_it_already { "unchanged" } else { "deployed" };
        assert_eq!((step.result(), step.code), (result, 0));
        step.says("warning", "it is not known whether the git tag v1.4.2 was created");
        step.says("warning", "Run the step again");
    }
}
