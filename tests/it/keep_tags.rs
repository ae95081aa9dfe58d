//! Sentences about `keep-tag`: the tags that spare what runs, and what ran before it, from the
//! lifecycle rules of their repository.

use serde_json::json;
use simulator::{Act, Fault, Image, When};

use crate::codedeploy;
use crate::points::{blue_green, pause};
use crate::scene::{Scene, Step, crashes, secs, when_it};

const KEEP: (&str, &str) = ("keep-tag", "keep-{environment}-{name}");
const PRODUCTION: (&str, &str) = ("environment", "production");
const RUNNING: &str = "keep-production-web1";
const PREVIOUS: &str = "keep-production-web1-previous";
const BACK: (&str, &str) = ("command", "rollback");

/// Proves what the two tags name.
#[track_caller]
fn assert_kept(scene: &Scene, running: &str, previous: &str) {
    let repository = scene.sim.repository("web1");
    let name = |tag: &str| {
        let tags = repository.tags(tag);
        tags.into_iter().find(|it| !it.starts_with("keep-")).unwrap_or_default()
    };
    assert_eq!((name(RUNNING).as_str(), name(PREVIOUS).as_str()), (running, previous));
}

fn is_kept<'a>(writes: &[&'a str]) -> Vec<&'a str> {
    writes.iter().filter(|it| **it == "PutImage").copied().collect()
}

async fn keeping(scene: &Scene, with: &[(&str, &str)]) -> Step {
    scene.deploy(&[&[KEEP, PRODUCTION], with].concat()).await
}

#[tokio::test(start_paused = true)]
async fn the_tags_go_with_what_runs_and_with_what_ran_before() {
    let scene = Scene::ready();
    let step = keeping(&scene, &[]).await;
    step.ended("deployed", &["PutImage", "PutImage"]);
    assert_kept(&scene, "1.4.2", "1.4.1");
    let tagged: Vec<_> = step.requests.iter().filter(|it| it.operation == "PutImage").collect();
    // The bytes are those that ECR gave.
    for (put, version) in tagged.iter().zip(["1.4.1", "1.4.2"]) {
        assert_eq!(put.body["imageDigest"], json!(scene.digest(version)));
        assert_eq!(put.response()["image"]["imageId"]["imageDigest"], scene.digest(version));
    }
    step.says("log", "keep-production-web1 is on ");

    let again = keeping(&scene, &[]).await;
    again.is("unchanged");
    assert_eq!(again.writes(), [""; 0]);
    assert_kept(&scene, "1.4.2", "1.4.1");

    let back = keeping(&scene, &[BACK]).await;
    back.is("rolled-back");
    assert_kept(&scene, "1.4.1", "1.4.2");

    scene.push("1.4.3");
    keeping(&scene, &[("version", "1.4.3")]).await.is("deployed");
    assert_kept(&scene, "1.4.3", "1.4.1");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_a_person_lets_go_on_is_kept_at_its_end() {
    let (scene, id) = waiting().await;
    let step = keeping(&scene, &[("command", "continue"), ("deployment", &id)]).await;
    step.is("deployed");
    assert_kept(&scene, "1.4.2", "1.4.1");
}

/// The deployment of 1.4.2 at its pause, and its id.
async fn waiting() -> (Scene, String) {
    let scene = blue_green(30, &[pause("POST_TEST_TRAFFIC_SHIFT", "ROLLBACK")]);
    let step = scene.deploy(&[("wait-until", "paused")]).await;
    step.is("reached");
    let id = step.output("deployment-id").to_owned();
    (scene, id)
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_tags_nothing_where_a_person_has_answered_already() {
    for (command, result) in [("continue", "deployed"), ("stop", "rolled-back")] {
        let (scene, id) = waiting().await;
        let with = [("command", command), ("deployment", id.as_str())];
        scene.deploy(&with).await.is(result);
        let step = keeping(&scene, &[&with[..], &[("dry-run", "true")]].concat()).await;
        step.is("unchanged");
        assert_eq!(step.writes(), [""; 0]);
        assert_kept(&scene, "", "");
        keeping(&scene, &with).await.is("unchanged");
        assert!(scene.sim.repository("web1").digest(RUNNING).is_some(), "{command}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_it_is_not_known_what_a_person_let_go_on_the_tags_stay() {
    let scene = blue_green(30, &[pause("POST_TEST_TRAFFIC_SHIFT", "ROLLBACK")]);
    let by_tag = scene.register("1.4.2");
    scene.sim.act(Act::deploy("prod", "web1", &by_tag));
    tokio::time::sleep(secs(600)).await;
    let id = scene.sim.truth("prod", "web1").newest().deployment_id.clone();
    scene.sim.fault("DescribeServiceRevisions", When::Always, Fault::AccessDenied);
    let step = keeping(&scene, &[("command", "continue"), ("deployment", &id)]).await;
    step.is("deployed");
    assert_eq!(is_kept(&step.writes()), [""; 0]);
    step.says("notice", "keep-production-web1 was not moved: which image runs is not known");
}

#[tokio::test(start_paused = true)]
async fn what_codedeploy_deploys_is_kept_as_well() {
    let scene = codedeploy::ready();
    keeping(&scene, &[]).await.is("deployed");
    assert_kept(&scene, "1.4.2", "1.4.1");
    keeping(&scene, &[BACK]).await.is("rolled-back");
    assert_kept(&scene, "1.4.1", "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn an_index_is_kept_whole() {
    let scene = Scene::empty();
    for tag in ["1.4.1", "1.4.2"] {
        let image = Image::multi_arch(&["linux/amd64", "linux/arm64"]).attested().content(tag);
        scene.sim.repository("web1").push(tag, image);
    }
    scene.sim.service("prod", "web1").running_version("1.4.1").desired(2).start();
    let digests = ["1.4.2", "1.4.1"].map(|tag| scene.digest(tag));
    keeping(&scene, &[]).await.is("deployed");
    assert_eq!([RUNNING, PREVIOUS].map(|tag| scene.digest(tag)), digests);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_tagged_that_has_not_succeeded() {
    let scene = Scene::ready();
    let planned = keeping(&scene, &[("dry-run", "true")]).await;
    planned.is("planned");
    assert_eq!(planned.writes(), [""; 0]);

    let scene = when_it(crashes());
    let undone = keeping(&scene, &[]).await;
    undone.is("undone");
    assert_eq!(is_kept(&undone.writes()), [""; 0]);
    assert_kept(&scene, "", "");
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_a_notice_and_no_failure() {
    let scene = Scene::ready();
    scene.sim.fault("PutImage", When::Always, Fault::AccessDenied);
    let step = keeping(&scene, &[]).await;
    step.ended("deployed", &["PutImage"]);
    step.says("notice", "keep-production-web1-previous was not moved: ecr:PutImage");
    step.says("notice", "Allow ecr:PutImage");
    step.says("notice", "in the repository's policy");

    let scene = Scene::ready();
    scene.sim.fault("BatchGetImage", When::FromNth(2), Fault::AccessDenied);
    let step = keeping(&scene, &[]).await;
    step.ended("deployed", &[]);
    step.says("notice", "keep-production-web1 was not moved: ecr:BatchGetImage");
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_and_cannot_be_looked_for_is_not_known() {
    let scene = Scene::ready();
    scene.sim.fault("PutImage", When::Nth(1), Fault::Reset { applied: true });
    scene.sim.fault("BatchGetImage", When::FromNth(3), Fault::AccessDenied);
    let step = keeping(&scene, &[]).await;
    step.is("deployed");
    assert_eq!(scene.sim.repository("web1").digest(PREVIOUS), Some(scene.digest("1.4.1")));
    step.says("notice", "it is not known whether keep-production-web1-previous was moved");
}

#[tokio::test(start_paused = true)]
async fn immutable_tags_are_said_once_with_the_way_out() {
    let scene = Scene::ready();
    let repository = scene.sim.repository("web1");
    repository.immutable_but_for(&[]);
    keeping(&scene, &[]).await.is("deployed");
    assert_kept(&scene, "1.4.2", "1.4.1");
    let back = keeping(&scene, &[BACK]).await;
    back.is("rolled-back");
    assert_eq!(is_kept(&back.writes()), ["PutImage"]);
    assert_kept(&scene, "1.4.2", "1.4.1");
    back.says("notice", "tags of the ECR repository web1");
    back.says("notice", "filterType=WILDCARD,filter=keep-production-web1*");

    repository.immutable_but_for(&["keep-"]);
    let again = keeping(&scene, &[("version", "1.4.1")]).await;
    again.is("unchanged");
    assert_kept(&scene, "1.4.1", "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn what_was_cut_off_is_done_by_the_next_run() {
    // The first tag has moved when ECR no longer answers.
    for at in [1, 2] {
        let scene = Scene::ready();
        scene.sim.repository("web1").tag(RUNNING, &scene.digest("1.4.1"));
        scene.sim.fault("PutImage", When::FromNth(at), Fault::Status(500));
        let step = keeping(&scene, &[]).await;
        step.is("deployed");
        step.says("notice", "was not moved: ecr:PutImage");
        scene.sim.clear_faults();
        let again = keeping(&scene, &[]).await;
        again.is("unchanged");
        assert_kept(&scene, "1.4.2", "1.4.1");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_lost_is_looked_for_and_throttling_is_waited_out() {
    for fault in [Fault::StatusAfter(500), Fault::Throttle] {
        let scene = Scene::ready();
        scene.sim.fault("PutImage", When::Nth(1), fault);
        let step = keeping(&scene, &[]).await;
        step.is("deployed");
        assert_eq!(step.said("notice"), "");
        assert_kept(&scene, "1.4.2", "1.4.1");
    }
}

#[tokio::test(start_paused = true)]
async fn an_ecr_that_does_not_answer_holds_nothing_up() {
    let scene = Scene::ready();
    scene.sim.fault("BatchGetImage", When::FromNth(2), Fault::Slow(secs(600)));
    let step = keeping(&scene, &[]).await;
    step.is("deployed");
    step.says("notice", "it is not known whether keep-");
    let plain = Scene::ready().deploy(&[]).await;
    assert!(step.took < plain.took + secs(35), "{:?} {:?}", step.took, plain.took);
}

#[tokio::test(start_paused = true)]
async fn a_cancel_while_the_tags_move_leaves_the_deployment_told_as_it_is() {
    let scene = Scene::ready();
    scene.sim.fault("PutImage", When::Always, Fault::Timeout { applied: false });
    let took = keeping(&Scene::ready(), &[]).await.took;
    let cancelled = scene.cancel_after(took + secs(2));
    let (step, ()) = tokio::join!(Box::pin(keeping(&scene, &[])), cancelled);
    step.is("deployed");
    step.says("notice", "it is not known whether keep-production-web1 was moved: the workflow was");
    assert!(step.took < took + secs(4), "{:?} {took:?}", step.took);
}

#[tokio::test(start_paused = true)]
async fn the_image_that_ran_before_may_be_gone() {
    let scene = Scene::ready();
    scene.sim.repository("web1").delete("1.4.1");
    let step = keeping(&scene, &[]).await;
    step.ended("deployed", &["PutImage"]);
    assert_kept(&scene, "1.4.2", "");
    step.says("notice", "keep-production-web1-previous was not moved");
}

#[tokio::test(start_paused = true)]
async fn a_keep_tag_is_never_the_name_of_a_version() {
    let scene = Scene::with_images(&["1.4.1", "build-7", "build-8"]);
    scene.sim.service("prod", "web1").running_version("1.4.1").desired(2).start();
    keeping(&scene, &[("version", "build-7")]).await.is("deployed");
    scene.sim.repository("web1").tag("keep-staging-web1", &scene.digest("build-8"));
    let list = keeping(&scene, &[("command", "list")]).await;
    list.is("listed");
    assert!(!list.output("versions").contains("keep-"), "{}", list.output("versions"));
    assert!(!list.summary.contains("keep-"), "{}", list.summary);
    let missing = scene.refusal(&[KEEP, PRODUCTION, ("version", "build-9")]).await;
    assert!(missing.contains("build-8") && !missing.contains("keep-"), "{missing}");
    let back = keeping(&scene, &[BACK]).await;
    back.is("rolled-back");
    assert_eq!(back.output("version"), "1.4.1");

    // What only a keep tag names still lies there.
    scene.sim.repository("web1").push("build-8", Image::linux_amd64().content("another"));
    let list = keeping(&scene, &[("command", "list")]).await;
    assert!(list.summary.contains(&scene.digest("keep-staging-web1")[7..19]), "{}", list.summary);
}

#[tokio::test(start_paused = true)]
async fn an_image_by_its_digest_is_kept_by_it() {
    let scene = Scene::ready();
    let image = scene.sim.image(&format!("web1@{}", scene.digest("1.4.2")));
    keeping(&scene, &[("image", &image)]).await.is("deployed");
    assert_kept(&scene, "1.4.2", "1.4.1");
}

#[tokio::test(start_paused = true)]
async fn each_image_of_several_is_kept_in_its_own_repository() {
    let scene = Scene::with_images(&["1.4.1", "1.4.2"]);
    let nginx = scene.sim.repository("nginx");
    for tag in ["3", "4"] {
        nginx.push(tag, Image::linux_amd64().content(tag));
    }
    let image = |short: &str| scene.sim.image(short);
    let definition = scene.sim.task_definition("web1").container("web1", &image("web1:1.4.1"));
    let definition = definition.container("nginx", &image("nginx:3")).register();
    scene.sim.service("prod", "web1").running(&definition).desired(2).start();
    let images = format!("web1={}\nnginx={}", image("web1:1.4.2"), image("nginx:4"));
    let step = keeping(&scene, &[("images", &images)]).await;
    step.ended("deployed", &["PutImage"; 4]);
    assert_kept(&scene, "1.4.2", "1.4.1");
    assert_eq!(nginx.digest(RUNNING), nginx.digest("4"));
    assert_eq!(nginx.digest(PREVIOUS), nginx.digest("3"));
}

#[tokio::test(start_paused = true)]
async fn two_images_of_one_repository_do_not_take_the_tag_from_each_other() {
    let scene = Scene::with_images(&["1.4.1", "1.4.2", "proxy-1", "proxy-2"]);
    let image = |tag: &str| scene.sim.image(&format!("web1:{tag}"));
    let definition = scene.sim.task_definition("web1").container("web1", &image("1.4.1"));
    let definition = definition.container("proxy", &image("proxy-1")).register();
    scene.sim.service("prod", "web1").running(&definition).desired(2).start();
    let images = format!("web1={}\nproxy={}", image("1.4.2"), image("proxy-2"));
    let step = keeping(&scene, &[("images", &images)]).await;
    step.ended("deployed", &[]);
    assert_kept(&scene, "", "");
    step.says(
        "notice",
        "keep-production-web1 was not moved: several images of the ECR repository web1",
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_no_tag_of_its_own_is_refused_before_anything_is_read() {
    for (with, said) in [
        (&[("keep-tag", "1.0.0")][..], "input `keep-tag`: 1.0.0 could be mistaken for a version"),
        (&[("keep-tag", "latest")], "input `keep-tag`: latest could be mistaken for a version"),
        (&[("keep-tag", "keep/{name}")], "is not an image tag: character 5 is '/'"),
        (&[("keep-tag", "keep-{version}")], "unknown placeholder"),
        (
            &[PRODUCTION, ("keep-tag", "{name}-{environment}")],
            "input `keep-tag`: \"{name}-{environment}\" has no word besides its placeholders",
        ),
        (&[("keep-tag", "keep-{environment}")], "no environment is given"),
        (&[KEEP, ("environment", "prod/eu")], "character 10 is '/'"),
        (
            &[KEEP, PRODUCTION, ("wait", "false")],
            "input `keep-tag` and `wait: false` can't be used together",
        ),
        (
            &[("keep-tag", "in-use"), ("service", "web1\nworker")],
            "`keep-tag` gives web1 and worker the same tag: in-use",
        ),
    ] {
        let scene = Scene::ready();
        let step = scene.deploy(with).await;
        assert_eq!((step.result(), step.code), ("refused", 2), "{with:?}");
        step.says("error", said);
        assert!(step.requests.is_empty(), "{with:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_service_of_several_has_tags_of_its_own() {
    let scene = Scene::ready();
    let image = scene.sim.image("web1:1.4.1");
    let worker = scene.sim.task_definition("worker").container("worker", &image).register();
    scene.sim.service("prod", "worker").running(&worker).desired(1).start();
    let with = [("service", "web1\nworker"), ("keep-tag", "keep-{service}")];
    scene.deploy(&with).await.is("deployed");
    let tags = scene.sim.repository("web1").tags("1.4.2");
    assert_eq!(tags, ["1.4.2", "keep-web1", "keep-worker"]);
}

#[tokio::test(start_paused = true)]
async fn the_file_of_many_apps_fills_its_own_names() {
    let scene = Scene::ready();
    scene.file(
        ".github/ecs-release.yml",
        "cluster: prod\nkeep-tag: 'keep-{environment}-{name}'\nenvironments: { production: {} }\n\
         apps: { shop: { package: ., services: web1 } }\n",
    );
    scene.deploy(&[("apps", "all"), PRODUCTION]).await.is("deployed");
    let tags = scene.sim.repository("web1").tags("1.4.2");
    assert_eq!(tags, ["1.4.2", "keep-production-shop"]);
}
