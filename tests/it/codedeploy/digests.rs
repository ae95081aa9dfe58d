//! Which image an earlier deployment brought. CodeDeploy keeps no digests: running tasks know
//! theirs, and of all else there is what the tag names by now, and since when that is there.

use simulator::{Fault, Image, When};

use super::{ROLLBACK, after, assert_serves, ready, stage};
use crate::scene::{Scene, Step};

/// Another image under a tag that is in use.
fn push_anew(scene: &Scene, tag: &str) {
    let image = Image::linux_amd64().content(&format!("{tag} anew"));
    scene.sim.repository("web1").push(tag, image);
}

fn said(step: &Step) -> String {
    format!("{}{}{}", step.said("notice"), step.said("warning"), step.log())
}

#[tokio::test(start_paused = true)]
async fn an_image_that_was_pushed_later_is_not_what_succeeded_here() {
    let scene = after(ready(), &["1.4.2", "1.5.0"]).await;
    push_anew(&scene, "1.4.2");
    let refusal = scene.refusal(&[ROLLBACK]).await;
    let why = "the image of the previous version, 1.4.2 (web1:2), is not known: its tag now names an image that was pushed later, at ";
    assert!(refusal.starts_with(why), "{refusal}");
    // Whoever names it gets what the tag names now, and is told what that is.
    let step = scene.deploy(&[ROLLBACK, ("version", "1.4.2")]).await;
    step.is("rolled-back");
    assert!(
        said(&step)
            .contains("no deployment on record succeeded on this service with only this image"),
        "{}",
        said(&step)
    );
    assert_serves(&scene, "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn what_a_tag_names_now_is_not_called_the_very_image_that_succeeded() {
    let scene = after(ready(), &["1.4.2", "1.5.0"]).await;
    let step = scene.deploy(&[ROLLBACK, ("dry-run", "true")]).await;
    let how = "web1:2 succeeded here and is used again as it is; which image its tag named then \
               is not on record";
    assert!(said(&step).contains(how), "{}", said(&step));
    assert_eq!(step.output("image-digest"), scene.digest("1.4.2"));
}

#[tokio::test(start_paused = true)]
async fn an_image_whose_tasks_still_run_is_the_very_image_that_succeeded() {
    let scene = after(stage(|group| group.keeps_blue()), &["1.4.2"]).await;
    let step = scene.deploy(&[ROLLBACK, ("dry-run", "true")]).await;
    let how = "web1:1 succeeded here with this very image and is used again as it is";
    assert!(said(&step).contains(how), "{}", said(&step));
}

#[tokio::test(start_paused = true)]
async fn an_image_that_is_assumed_is_proved_to_fit_the_platform() {
    let scene = after(ready(), &["1.4.2", "1.5.0"]).await;
    // An older one, so that nothing shows that the tag has moved.
    let arm = Image::linux_arm64().content("arm");
    let older = scene.sim.repository("web1").push_days_ago(400, "arm", arm);
    scene.sim.repository("web1").tag("1.4.2", &older);
    let refusal = scene.refusal(&[ROLLBACK]).await;
    assert!(refusal.contains("is built for linux/arm64"), "{refusal}");
}

#[tokio::test(start_paused = true)]
async fn one_definition_deployed_with_two_images_goes_back_to_the_first() {
    let scene = after(ready(), &["1.4.2"]).await;
    let good = scene.digest("1.4.2");
    push_anew(&scene, "1.4.2");
    let step = scene.deploy(&[("version", "1.4.2")]).await;
    step.is("deployed");
    // The old tasks are still there, with the good image.
    let step = scene.deploy(&[ROLLBACK]).await;
    assert_eq!(step.result(), "rolled-back", "{}\n{}", step.said("error"), step.log());
    assert_eq!(step.output("image-digest"), good, "{}", step.log());
    assert_eq!(step.writes(), ["StopDeployment"], "what CodeDeploy returns to needs no revision");
}

#[tokio::test(start_paused = true)]
async fn one_definition_whose_first_image_is_gone_is_not_skipped() {
    let scene = after(ready(), &["1.4.2"]).await;
    push_anew(&scene, "1.4.2");
    let scene = after(scene, &["1.4.2"]).await;
    let refusal = scene.refusal(&[ROLLBACK]).await;
    let why = "the image of the previous version, 1.4.2 (web1:2), is not known";
    assert!(refusal.starts_with(why), "{refusal}");
}

#[tokio::test(start_paused = true)]
async fn a_fixed_image_under_the_same_tag_was_not_rolled_back_from() {
    let scene = stage(|group| group.terminates_after(60));
    scene.deploy(&[]).await;
    scene.deploy(&[ROLLBACK]).await;
    super::minutes(5).await;
    push_anew(&scene, "1.4.2");
    let step = scene.deploy(&[("dry-run", "true")]).await;
    step.is("planned");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_refused_on_an_image_that_is_assumed_only() {
    let scene = stage(|group| group.terminates_after(60));
    scene.deploy(&[]).await;
    scene.deploy(&[ROLLBACK]).await;
    super::minutes(5).await;
    scene.sim.fault("DescribeImages", When::Always, Fault::AccessDenied);
    let step = scene.deploy(&[("dry-run", "true")]).await;
    step.is("planned");
}

#[tokio::test(start_paused = true)]
async fn an_image_that_could_not_be_looked_for_is_not_told_as_gone() {
    for (fault, why) in [
        (Fault::Throttle, "ecr:BatchGetImage"),
        (Fault::AccessDenied, "ecr:BatchGetImage is not allowed"),
    ] {
        let scene = after(ready(), &["1.4.2", "1.5.0"]).await;
        scene.sim.fault("BatchGetImage", When::Always, fault);
        let step = scene.deploy(&[ROLLBACK]).await;
        let error = step.said("error");
        let of = "the image of the previous version, 1.4.2 (web1:2), is not known: ";
        assert!(error.contains(of) && error.contains(why), "{error}");
        assert!(!error.contains("not in ECR"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_definition_that_could_not_be_read_is_not_told_as_gone() {
    let scene = after(ready(), &["1.4.2", "1.5.0"]).await;
    scene.sim.fault("DescribeTaskDefinition", When::Nth(2), Fault::AccessDenied);
    let step = scene.deploy(&[ROLLBACK]).await;
    let why =
        "it is not known which version is `previous`: ecs:DescribeTaskDefinition is not allowed";
    step.says("error", why);
}
