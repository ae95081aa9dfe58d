//! What has nothing to do with who deploys is the same: checks, dry runs, records.

use super::{assert_serves, ready};

#[tokio::test(start_paused = true)]
async fn a_dry_run_says_what_counts_as_done_and_writes_nothing() {
    let scene = ready();
    let step = scene.deploy(&[("dry-run", "true")]).await;
    assert_eq!((step.result(), step.writes().len()), ("planned", 0), "{}", step.said("error"));
    let done = "done when all traffic is on the new tasks and the last hook has passed";
    step.says("log", done);
    assert_serves(&scene, "1.4.1");
}

#[tokio::test(start_paused = true)]
async fn a_check_holds_the_version_and_the_setup() {
    let scene = ready();
    let step = scene.deploy(&[("command", "verify")]).await;
    assert_eq!((step.result(), step.writes().len()), ("verified", 0), "{}", step.said("error"));
    let scene = super::without_group();
    let step = scene.deploy(&[("command", "verify")]).await;
    assert_eq!((step.result(), step.writes().len()), ("refused", 0));
    step.says("error", "no deployment group");
}
