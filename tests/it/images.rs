//! Sentences about images: where they lie, whether they are there, and which
//! containers get them.

use expect_test::expect;
use serde_json::json;
use simulator::{ACCOUNT, Fault, Image, REGION, Recorded, When};

use crate::scene::{Scene, Step};

fn started(step: &Step) {
    step.is("started");
}

/// The image of the only container that was registered, host included.
fn registered_image(step: &Step) -> &str {
    let body = &step.only("RegisterTaskDefinition").body;
    body["containerDefinitions"][0]["image"].as_str().expect("an image")
}

#[tokio::test(start_paused = true)]
async fn a_repository_of_another_account_and_region_is_asked_there() {
    let scene = Scene::ready();
    let elsewhere = scene.sim.repository_in("444455556666", "us-west-2", "team/web1");
    elsewhere.push("v1.4.2", Image::linux_amd64());
    let step = scene.deploy(&[("repository", &elsewhere.uri()), ("wait", "false")]).await;
    started(&step);
    assert_eq!(registered_image(&step), format!("{}:v1.4.2", elsewhere.uri()));
    let ecr = ["BatchGetImage", "DescribeImages", "GetDownloadUrlForLayer"];
    for request in step.requests.iter().filter(|it| it.operation != "GetBlob") {
        let Recorded { operation, region, body, .. } = request;
        if ecr.contains(&operation.as_str()) {
            assert_eq!(region, "us-west-2", "{operation}");
            assert_eq!(body["registryId"], "444455556666", "{operation}");
        } else {
            assert_eq!(region, REGION, "{operation}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_host_that_a_container_uses_is_kept() {
    for host in [
        format!("{ACCOUNT}.dkr.ecr-fips.{REGION}.amazonaws.com"),
        format!("{ACCOUNT}.dkr-ecr.{REGION}.on.aws"),
    ] {
        let plain = format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/web1");
        for repository in ["", "web1", &plain] {
            let scene = Scene::empty();
            scene.sim.repository("web1").push("1.4.2", Image::linux_amd64());
            let old = format!("{host}/web1:1.4.1");
            let arn = scene.sim.task_definition("web1").container("web1", &old).register();
            scene.sim.service("prod", "web1").running(&arn).start();
            let step = scene.deploy(&[("repository", repository), ("wait", "false")]).await;
            started(&step);
            assert_eq!(registered_image(&step), format!("{host}/web1:1.4.2"), "{repository:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_tag_is_refused_with_the_nearest_and_the_newest() {
    let scene = Scene::ready();
    for (days, tag) in [(40, "1.4.0"), (30, "2.0.0"), (20, "1.5.0"), (9, "main"), (8, "1.4.12")] {
        scene.sim.repository("web1").push_days_ago(days, tag, Image::linux_amd64());
    }
    scene.sim.repository("web1").push_days_ago(7, "1.4.9", Image::linux_amd64());
    scene.sim.repository("web1").archive("1.4.9");
    let said = scene.refusal(&[("version", "1.4.8")]).await;
    expect![[r#"
        there is no image v1.4.8 or 1.4.8 in the ECR repository web1 (account 123456789012, eu-central-1)
        Use another version, or push this image first. Nearest: 1.4.12, 1.4.2, 1.4.1, 1.4.0, 1.5.0. Newest: 1.4.1, 1.4.2, 1.4.12, main, 1.5.0."#]].assert_eq(&said);
    assert!(!said.contains("1.4.9"), "an archived image is no way out");

    expect![[r#"
        there is no image latest in the ECR repository web1 (account 123456789012, eu-central-1)
        Use another version, or push this image first. Newest: 1.4.1, 1.4.2, 1.4.12, main, 1.5.0."#]]
    .assert_eq(&scene.refusal(&[("version", "latest")]).await);

    let image = format!("{}:1.4.8", scene.sim.repository("web1").uri());
    expect![[r#"
        there is no image 1.4.8 in the ECR repository web1 (account 123456789012, eu-central-1)
        Use another version, or push this image first. Nearest: 1.4.12, 1.4.2, 1.4.1, 1.4.0, 1.5.0. Newest: 1.4.1, 1.4.2, 1.4.12, main, 1.5.0."#]]
    .assert_eq(&scene.refusal(&[("image", &image)]).await);
    let digest = format!("sha256:{}", "0".repeat(64));
    let image = format!("{}@{digest}", scene.sim.repository("web1").uri());
    expect![[r#"
        there is no image sha256:0000000000000000000000000000000000000000000000000000000000000000 in the ECR repository web1 (account 123456789012, eu-central-1)
        Newest: 1.4.1, 1.4.2, 1.4.12, main, 1.5.0."#]].assert_eq(&scene.refusal(&[("image", &image)]).await);
}

#[tokio::test(start_paused = true)]
async fn an_empty_repository_says_that_something_has_to_be_built() {
    let scene = Scene::ready();
    scene.sim.repository("fresh").push_untagged(Image::linux_amd64());
    expect![[r#"
        there is no image v1.4.2 or 1.4.2 in the ECR repository fresh (eu-central-1)
        The repository has no tagged image. Build and push the image before this step.
        (at package.json, line 3)"#]]
    .assert_eq(&scene.refusal(&[("repository", "fresh")]).await);
}

#[tokio::test(start_paused = true)]
async fn more_than_a_thousand_images_are_searched_page_by_page_up_to_five() {
    for (images, pages, expected) in [
        (
            1_200,
            2,
            expect![[r#"
                there is no image v0.1.9999 or 0.1.9999 in the ECR repository many (eu-central-1)
                Use another version, or push this image first. Nearest: 0.1.1199, 0.1.1198, 0.1.1197, 0.1.1196, 0.1.1195. Newest: 0.1.1101, 0.1.1102, 0.1.1103, 0.1.1104, 0.1.1105."#]],
        ),
        (
            5_100,
            5,
            expect![[r#"
                there is no image v0.1.9999 or 0.1.9999 in the ECR repository many (eu-central-1)
                Use another version, or push this image first. Nearest: 0.1.4999, 0.1.4998, 0.1.4997, 0.1.4996, 0.1.4995. Newest: 0.1.4901, 0.1.4902, 0.1.4903, 0.1.4904, 0.1.4905. Only the first 5000 images were searched."#]],
        ),
    ] {
        let scene = Scene::ready();
        let repository = scene.sim.repository("many");
        for number in 0..images {
            // Pushed from old to new, as ECR answers in no order that helps.
            let days = u32::try_from((images - number) / 100).expect("few");
            let image = Image::linux_amd64().content(&number.to_string());
            repository.push_days_ago(days, &format!("0.1.{number}"), image);
        }
        let seen = scene.sim.requests().len();
        let inputs = [("repository", "many"), ("version", "0.1.9999")];
        expected.assert_eq(&scene.refusal(&inputs).await);
        let requests = scene.sim.requests().split_off(seen);
        let asked = requests.iter().filter(|it| it.operation == "DescribeImages");
        assert_eq!(asked.count(), pages, "{images} images");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_and_what_may_not_be_seen_are_told_apart() {
    let scene = Scene::ready();
    let elsewhere = format!("444455556666.dkr.ecr.{REGION}.amazonaws.com/web1");
    expect![[r#"
        there is no ECR repository nope (eu-central-1)
        Check `repository` (and the account and Region in it, if it is a URI). These credentials are assumed-role/deployer/session of account 123456789012."#]]
    .assert_eq(&scene.refusal(&[("repository", "nope")]).await);
    expect![[r#"
        there is no ECR repository web1 (account 444455556666, eu-central-1)
        Check `repository` (and the account and Region in it, if it is a URI). These credentials are assumed-role/deployer/session of account 123456789012."#]]
    .assert_eq(&scene.refusal(&[("repository", &elsewhere)]).await);

    scene.sim.fault("DescribeImages", When::Always, Fault::AccessDenied);
    expect![[r#"
        there is no image v1.4.8 or 1.4.8 in the ECR repository web1 (account 123456789012, eu-central-1)
        Allow ecr:DescribeImages to see which tags there are."#]].assert_eq(&scene.refusal(&[("version", "1.4.8")]).await);

    scene.sim.fault("BatchGetImage", When::Always, Fault::AccessDenied);
    let said = scene.refusal(&[]).await;
    expect![[r#"
        ecr:BatchGetImage on the ECR repository web1 (account 123456789012, eu-central-1) failed: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/deployer/session is not authorized to perform: ecr:BatchGetImage on resource: * because no identity-based policy allows the ecr:BatchGetImage action
        Allow ecr:BatchGetImage in the IAM policy of the role that this step uses, and, where another account owns the repository, in the repository's policy too."#]].assert_eq(&said);
    assert!(!said.contains("there is no image"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn an_archived_image_is_refused_with_the_way_to_restore_it() {
    let scene = Scene::ready();
    let digest = scene.digest("1.4.2");
    scene.sim.repository("web1").archive("1.4.2");
    let said = scene.refusal(&[]).await.replace(&digest, "DIGEST");
    expect![[r#"
        the image 1.4.2 in web1 is ARCHIVED and can't be pulled
        Restore it first: aws ecr update-image-storage-class --region eu-central-1 --registry-id 123456789012 --repository-name web1 --image-id imageDigest=DIGEST --target-storage-class STANDARD
        (at package.json, line 3)"#]].assert_eq(&said);

    // By its digest too, even where no tag is left on it.
    let image = format!("{}@{digest}", scene.sim.repository("web1").uri());
    let by_digest = scene.refusal(&[("image", &image)]).await.replace(&digest, "DIGEST");
    let said = said.replace("image 1.4.2", "image DIGEST");
    assert_eq!(Some(by_digest.as_str()), said.strip_suffix("\n(at package.json, line 3)"));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_container_image_is_refused() {
    let scene = Scene::ready();
    let chart = Image::artifact("application/vnd.cncf.helm.config.v1+json");
    scene.sim.repository("web1").push("1.5.0", chart);
    expect![[r#"
        1.5.0 in web1 is not a container image: its configuration is of the type "application/vnd.cncf.helm.config.v1+json"
        Name the repository that the app's images are pushed to in `repository`."#]].assert_eq(&scene.refusal(&[("version", "1.5.0")]).await);
}

#[tokio::test(start_paused = true)]
async fn images_outside_private_ecr_are_refused() {
    for (image, expected) in [
        (
            "public.ecr.aws/nginx/nginx:1.27",
            expect![[r#"
                the image public.ecr.aws/nginx/nginx:1.27 is in public ECR; only images in a private Amazon ECR can be confirmed
                Name the ECR repository in `repository`, the full reference of an image there in `image`, or the container that has one in `container`."#]],
        ),
        (
            "nginx:1.27",
            expect![[r#"
                the image nginx:1.27 is in docker.io; only images in a private Amazon ECR can be confirmed
                Name the ECR repository in `repository`, the full reference of an image there in `image`, or the container that has one in `container`."#]],
        ),
        (
            "ghcr.io/org/web1:1.4.1",
            expect![[r#"
                the image ghcr.io/org/web1:1.4.1 is in ghcr.io; only images in a private Amazon ECR can be confirmed
                Name the ECR repository in `repository`, the full reference of an image there in `image`, or the container that has one in `container`."#]],
        ),
    ] {
        let scene = Scene::empty();
        let arn = scene.sim.task_definition("web1").container("web1", image).register();
        scene.sim.service("prod", "web1").running(&arn).start();
        let said = scene.refusal(&[]).await;
        expected.assert_eq(&said);
        // Given by hand it is the same.
        assert_eq!(scene.refusal(&[("image", image)]).await, said);
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_containers_of_the_repository_get_the_image() {
    let scene = Scene::empty();
    for (repository, tag) in [("web1", "1.4.1"), ("web1", "1.4.2"), ("proxy", "3"), ("other", "9")]
    {
        scene.sim.repository(repository).push(tag, Image::linux_amd64().content(tag));
    }
    let image = |short: &str| scene.sim.image(short);
    let sidecar = json!({ "name": "log", "image": "fluent/fluent-bit:3", "essential": false,
        "environment": [{ "name": "A", "value": "1" }] });
    let arn = scene
        .sim
        .task_definition("web1")
        .container_with(&sidecar)
        .container("app", &image("web1:1.4.1"))
        .container("worker", &image("web1:1.4.1"))
        .container("proxy", &image("proxy:3"))
        .register();
    scene.sim.service("prod", "web1").running(&arn).start();

    let tags = scene.sim.task_definition("tags").container("app", &image("web1:1.4.1"));
    let tags = tags.container("worker", &image("web1:1.4.2")).register();
    let inputs = [("task-definition", tags.as_str()), ("repository", "web1")];
    expect![[r#"
        different tags of web1 are used by the containers of the task definition tags
        Its containers: app, worker. Name the ones to update in `container`."#]]
    .assert_eq(&scene.refusal(&inputs).await);

    expect![[r#"
        the task definition web1 has 4 containers, and it is not clear which of them to update
        Its containers: log, app, worker, proxy. Name the ones to update in `container`."#]]
    .assert_eq(&scene.refusal(&[]).await);
    expect![[r#"
        the task definition web1 has no container nope
        Its containers: log, app, worker, proxy."#]]
    .assert_eq(&scene.refusal(&[("container", "app\nnope")]).await);
    expect![[r#"
        the containers app and proxy come from different repositories (web1 and proxy)
        Name one of them, or one `repository`; `deploy` sets several by `images`."#]]
    .assert_eq(&scene.refusal(&[("container", "app\nproxy")]).await);
    expect![[r#"
        the repository other is not used by any container of the task definition web1
        Its containers: log, app, worker, proxy. Name the ones to update in `container`."#]]
    .assert_eq(&scene.refusal(&[("repository", "other"), ("version", "9")]).await);

    let inputs = [("repository", "web1"), ("environment-variables", "B=2"), ("wait", "false")];
    let step = scene.deploy(&inputs).await;
    started(&step);
    let expected = ["fluent/fluent-bit:3", "web1:1.4.2", "web1:1.4.2", "proxy:3"];
    assert_eq!(step.registered_images()[1..], expected[1..]);
    let containers = &step.only("RegisterTaskDefinition").body["containerDefinitions"];
    for (field, value) in sidecar.as_object().expect("an object") {
        assert_eq!(containers[0][field], *value, "the sidecar is untouched");
    }
    assert_eq!(containers[3]["environment"], json!([]), "so is the other one");
}

#[tokio::test(start_paused = true)]
async fn what_is_deployed_by_its_digest_runs_without_being_confirmed() {
    let scene = Scene::ready();
    for operation in ["DescribeServiceRevisions", "ListTasks"] {
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
    }
    let notice = "which digest runs could not be confirmed";
    let pinned = scene.sim.image(&format!("web1@{}", scene.digest("1.4.2")));
    let step = scene.deploy(&[("image", &pinned)]).await;
    step.is("deployed");
    assert!(!step.said("notice").contains(notice), "{}", step.said("notice"));
    // A tag may name something else by now.
    let step = scene.deploy(&[("image", &scene.sim.image("web1:1.4.1"))]).await;
    step.is("deployed");
    step.says("notice", notice);
}
