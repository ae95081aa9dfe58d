//! Versions that there is no way back to: refused before anything is written.

use expect_test::expect;

use super::{PREVIOUS, to, with_a_past};

#[tokio::test(start_paused = true)]
async fn an_image_that_was_deleted_is_refused_with_what_there_is() {
    for wanted in ["previous", "1.4.1"] {
        let scene = with_a_past();
        scene.sim.repository("web1").delete("1.4.1");
        let said = scene.refusal(&to(wanted)).await;
        assert!(said.contains("there is no image"), "{said}");
        assert!(said.contains("1.4.1"), "{said}");
        assert!(said.contains("Newest: 1.4.0, 1.4.2."), "{said}");
    }
    // What succeeded comes before what merely lies there.
    let scene = with_a_past();
    scene.sim.repository("web1").delete("1.4.1");
    let said = scene.refusal(PREVIOUS).await;
    assert!(said.starts_with("1.4.1 (web1:2) can't be restored: there is no image"), "{said}");
    assert!(said.contains("\nAlso succeeded here: 1.4.0 (web1:1). Newest:"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_named_revision_whose_image_is_gone_is_refused() {
    let scene = with_a_past();
    scene.sim.repository("web1").delete("1.4.1");
    let said = scene.refusal(&to("web1:2")).await;
    assert!(said.contains("there is no image 1.4.1"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn an_archived_image_is_refused_with_the_way_to_restore_it() {
    for wanted in ["previous", "1.4.1", "web1:2"] {
        let scene = with_a_past();
        scene.sim.repository("web1").archive("1.4.1");
        let said = scene.refusal(&to(wanted)).await;
        assert!(said.contains("is ARCHIVED and can't be pulled"), "{wanted}: {said}");
        assert!(said.contains("update-image-storage-class"), "{wanted}: {said}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_that_was_never_pushed_is_refused_with_the_nearest() {
    let scene = with_a_past();
    scene.push("main");
    expect![[r#"
        there is no image v1.4.3 or 1.4.3 in the ECR repository web1 (account 123456789012, eu-central-1)
        Use another version, or push this image first. Nearest: 1.4.2, 1.4.1, 1.4.0. Newest: 1.4.0, 1.4.1, 1.4.2, main."#]].assert_eq(&scene.refusal(&to("1.4.3")).await);
}

#[tokio::test(start_paused = true)]
async fn a_digest_or_revision_that_is_not_there_is_refused() {
    let digest = format!("sha256:{}", "0".repeat(64));
    for (wanted, part) in [
        (digest.as_str(), "there is no image sha256:0000"),
        ("web1:99", "there is no task definition web1:99"),
        ("web9:1", "there is no task definition web9:1"),
    ] {
        let said = with_a_past().refusal(&to(wanted)).await;
        assert!(said.contains(part), "{said}");
    }
}

/// What is typed into a form is text: nothing of it is asked for, run or told to
/// the runner.
#[tokio::test(start_paused = true)]
async fn what_can_not_be_a_version_is_refused_before_anything_is_asked() {
    let long = "1".repeat(300);
    for wanted in [
        "$(rm -rf /)",
        "1.4.1; rm -rf /",
        "`id`",
        "1.4.1 && id",
        "::error::x",
        "::set-output name=result::deployed",
        "1.4.1\n::error::x",
        "1.4.1\r::add-mask::web1",
        "../../1.4.1",
        "-1.4.1",
        "1.4.1'--",
        "web1:latest",
        "sha256:abc",
        "prev ious",
        "１.4.1",
        long.as_str(),
    ] {
        let scene = with_a_past();
        let step = scene.deploy(&to(wanted)).await;
        assert_eq!((step.result(), step.code), ("refused", 2), "{wanted:?}: {}", step.log());
        assert_eq!(step.requests.len(), 0, "{wanted:?}: nothing is asked");
        let error = step.said("error");
        assert!(error.contains("`version`"), "{wanted:?} names the input: {error}");
        let own_lines = error.lines().chain(step.summary.lines());
        assert!(own_lines.clone().all(|line| !line.trim_start().starts_with("::")), "{error}");
        assert!(error.len() < 700, "{} characters: {error}", error.len());
    }
}

#[tokio::test(start_paused = true)]
async fn an_image_has_no_place_in_a_rollback() {
    let scene = with_a_past();
    let image = scene.sim.image("web1:1.4.1");
    let step = scene.deploy(&[PREVIOUS, &[("image", image.as_str())]].concat()).await;
    assert_eq!((step.result(), step.code), ("refused", 2));
    step.says("error", "input `image` can't be used with this command");
}

#[tokio::test(start_paused = true)]
async fn who_types_last_or_a_count_is_told_of_previous() {
    for typed in ["last", "Prev", "2"] {
        let said = with_a_past().refusal(&to(typed)).await;
        let hint = "To roll back one version, use `command: rollback` with `version: previous`.";
        assert!(said.contains(hint), "{typed}: {said}");
    }
    let said = with_a_past().refusal(&to("1.4.9")).await;
    assert!(!said.contains("`previous`"), "{said}");
}
