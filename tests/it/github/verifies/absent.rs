//! `expect: absent`: whether a version can still be given to an image.

use serde_json::json;
use simulator::github::Fault;
use simulator::{Fault as AwsFault, Image, When};

use super::{VERIFY, errors, verify};
use crate::github::pull_request;
use crate::scene::Scene;

const ABSENT: (&str, &str) = ("expect", "absent");

/// A pull request that raises the version to 1.4.3, onto a main with this one.
fn raising(base: &str) -> Scene {
    let scene = Scene::ready().on("pull_request", &pull_request(7));
    let commit = scene.github.commit("Begin");
    scene.github.file(&commit, "package.json", &format!("{{ \"version\": \"{base}\" }}"));
    scene.github.branch("fix", "main");
    scene.github.pull_request(7, "Raise", "fix", "main");
    scene.file("package.json", "{\n  \"name\": \"web1\",\n  \"version\": \"1.4.3\"\n}\n");
    scene
}

#[tokio::test(start_paused = true)]
async fn a_higher_version_whose_tag_is_free_passes() {
    let scene = raising("1.4.2");
    let step = verify(&scene, &[ABSENT]).await;
    step.is("verified");
    assert_eq!(
        step.lines.last().map(String::as_str),
        Some(
            "1.4.3 can be released: higher than 1.4.2 on main, and no image in web1 is tagged v1.4.3 or 1.4.3"
        )
    );
    assert_eq!(step.said("notice") + &step.said("warning"), "");
}

#[tokio::test(start_paused = true)]
async fn a_version_that_is_not_higher_than_on_the_base_branch_fails_on_its_line() {
    for (base, words) in [
        ("1.4.3", "the version is 1.4.3, the same as on main"),
        ("1.5.0", "the version is 1.4.3, which is lower than 1.5.0 on main"),
        ("1.4.3+b7", "no higher than 1.4.3+b7 on main: build metadata after the + does not count"),
    ] {
        let scene = raising(base);
        let step = verify(&scene, &[ABSENT]).await;
        let said = errors(&step);
        assert!(said[0].0.contains(words), "{said:?}");
        assert_eq!(said[0].1, Some(("package.json".to_owned(), 3)));
        assert_eq!((step.result(), step.code), ("refused", 1));
    }
    assert_eq!(verify(&raising("1.4.3-rc.1"), &[ABSENT]).await.result(), "verified");
}

#[tokio::test(start_paused = true)]
async fn a_tag_that_is_taken_fails_unless_it_names_the_image_of_this_build() {
    let scene = raising("1.4.2");
    let digest = scene.sim.repository("web1").push("v1.4.3", Image::linux_amd64());
    let step = verify(&scene, &[ABSENT]).await;
    let said = errors(&step);
    assert!(said[0].0.starts_with("the tag v1.4.3 in web1 already names an image"), "{said:?}");
    assert_eq!(said[0].1, Some(("package.json".to_owned(), 3)));
    let built = format!("{}@{digest}", scene.sim.repository("web1").uri());
    let package = scene.file("package.json", "{\n  \"version\": \"1.4.3\"\n}\n");
    let built = [ABSENT, ("image", &built), ("package", &package)];
    let step = verify(&scene, &built).await;
    step.is("verified");
    let verdict = "1.4.3 can be released: higher than 1.4.2 on main, and its tag is on the image of this build";
    step.says("log", verdict);
    let other = format!("{}@sha256:{}", scene.sim.repository("web1").uri(), "0".repeat(64));
    let step = verify(&scene, &[ABSENT, ("image", &other), ("package", &package)]).await;
    assert_eq!(step.result(), "refused");
    let step = scene.deploy(&[VERIFY, ABSENT, ("image", "web1:1.4.3")]).await;
    step.says("error", "it has no digest");
}

#[tokio::test(start_paused = true)]
async fn all_that_is_wrong_is_said_at_once() {
    let scene = raising("1.4.3");
    scene.sim.repository("web1").push("1.4.3", Image::linux_amd64());
    let step = verify(&scene, &[ABSENT]).await;
    assert_eq!(errors(&step).len(), 2, "{:?}", errors(&step));
    step.says("summary", "2 problems");
}

#[tokio::test(start_paused = true)]
async fn a_merge_queue_compares_with_what_stands_before_it() {
    let scene = Scene::ready();
    let before = scene.github.commit("Raise to 1.4.3 as well");
    scene.github.file(&before, "package.json", "{ \"version\": \"1.4.3\" }");
    let scene = scene.on(
        "merge_group",
        &json!({ "merge_group": { "base_sha": before, "base_ref": "refs/heads/main" } }),
    );
    scene.file("package.json", "{\n  \"name\": \"web1\",\n  \"version\": \"1.4.3\"\n}\n");
    let step = verify(&scene, &[ABSENT]).await;
    step.says("error", "the same as on main or before it in the merge queue");
}

#[tokio::test(start_paused = true)]
async fn where_there_is_nothing_to_compare_with_that_is_said_and_the_tag_counts() {
    for (event, payload) in
        [("push", json!({})), ("workflow_dispatch", json!({})), ("schedule", json!({}))]
    {
        let scene = Scene::ready().on(event, &payload);
        scene.file("package.json", "{\n  \"name\": \"web1\",\n  \"version\": \"1.4.3\"\n}\n");
        let step = verify(&scene, &[ABSENT]).await;
        assert_eq!(step.result(), "verified");
        assert!(step.said("notice").contains("not for a pull request or a merge queue"), "{event}");
        assert_eq!(step.github.len(), 0, "{event}");
    }
    // A new package.
    let scene = raising("1.4.2");
    scene.github.fault("repos/get-content", When::Always, Fault::NotFound);
    let step = verify(&scene, &[ABSENT, ("comment", "false")]).await;
    assert_eq!(step.result(), "verified");
    step.says("notice", "there is no package.json on main");
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_compared_is_not_verified() {
    let all = "*";
    for (operation, fault, words) in [
        ("repos/get-content", Fault::NotAccessible, "Add `contents: read`"),
        ("repos/get-content", Fault::BadGateway { applied: false }, "HTTP status 502"),
        ("repos/get-content", Fault::Timeout { applied: false }, "no answer within 10 s"),
        // What a private repository answers to who may not read it.
        (all, Fault::NotFound, "the token cannot see main on GitHub"),
    ] {
        let scene = raising("1.4.2");
        scene.github.fault(operation, When::Always, fault.clone());
        let step = verify(&scene, &[ABSENT, ("comment", "false")]).await;
        assert_eq!((step.result(), step.code), ("refused", 1), "{fault:?}");
        let said = step.said("error");
        assert!(
            said.contains("could not check whether the version is higher than on main"),
            "{said}"
        );
        assert!(said.contains(words), "{fault:?}: {said}");
    }
    let step = verify(&raising("1.4.2"), &[ABSENT, ("github-token", "")]).await;
    step.says("error", "there is no `github-token`");
}

#[tokio::test(start_paused = true)]
async fn a_version_that_was_typed_is_compared_with_the_package_that_was_named() {
    let scene = raising("1.4.2");
    let step = verify(&scene, &[ABSENT, ("version", "1.4.0")]).await;
    step.says("error", "1.4.0, which is lower than 1.4.2 on main");
    let step = verify(&scene, &[ABSENT, ("version", "1.5.0")]).await;
    assert_eq!((step.result(), step.said("notice")), ("verified", String::new()));
    // In a repository of many packages, the one at its root is another's.
    let step = verify(&scene, &[ABSENT, ("version", "1.4.0"), ("package", "")]).await;
    step.is("verified");
    step.says("notice", "`package` does not name");
}

#[tokio::test(start_paused = true)]
async fn a_typed_version_whose_tag_is_taken_is_no_fault_of_package_json() {
    let scene = raising("1.4.2");
    let step = errors(&verify(&scene, &[ABSENT, ("version", "1.4.2")]).await);
    assert!(step.iter().any(|(said, _)| said.contains("already names an image")), "{step:?}");
    assert!(step.iter().all(|(_, place)| place.is_none()), "{step:?}");
}

#[tokio::test(start_paused = true)]
async fn an_archived_image_that_can_not_be_looked_for_is_no_free_tag() {
    for (fault, result) in [
        (AwsFault::AccessDenied, "verified"),
        (AwsFault::Throttle, "refused"),
        (AwsFault::Timeout { applied: false }, "refused"),
    ] {
        let scene = raising("1.4.2");
        scene.sim.fault("DescribeImages", When::Always, fault);
        let step = verify(&scene, &[ABSENT]).await;
        assert_eq!(step.result(), result, "{}", step.log());
        assert_eq!(step.said("warning").contains("is not allowed"), result == "verified");
    }
}

#[tokio::test(start_paused = true)]
async fn the_tag_of_an_archived_image_is_not_free() {
    let scene = raising("1.4.2");
    scene.sim.repository("web1").push("1.4.3", Image::linux_amd64());
    scene.sim.repository("web1").archive("1.4.3");
    let step = verify(&scene, &[ABSENT]).await;
    step.says("error", "the tag 1.4.3 in web1 already names an image");
    // Who may not see it is told so.
    scene.sim.fault("DescribeImages", When::Always, simulator::Fault::AccessDenied);
    let step = verify(&scene, &[ABSENT]).await;
    assert_eq!(step.result(), "verified");
    step.says("warning", "ecr:DescribeImages is not allowed");
}

#[tokio::test(start_paused = true)]
async fn a_repository_that_can_not_be_asked_is_no_fault_of_package_json() {
    let scene = raising("1.4.2");
    scene.sim.fault("BatchGetImage", When::Always, simulator::Fault::AccessDenied);
    let step = verify(&scene, &[ABSENT]).await;
    let said = errors(&step);
    assert!(said[0].0.contains("ecr:BatchGetImage") && said[0].1.is_none(), "{said:?}");
}

#[tokio::test(start_paused = true)]
async fn without_a_service_the_repository_is_enough() {
    let scene = raising("1.4.2");
    let step =
        verify(&scene, &[ABSENT, ("cluster", ""), ("service", ""), ("repository", "web1")]).await;
    step.is("verified");
    let called: Vec<&str> = step.requests.iter().map(|it| it.operation.as_str()).collect();
    assert_eq!(called, ["BatchGetImage", "DescribeImages", "DescribeImages"]);
}
