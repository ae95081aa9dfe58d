//! Sentences about platforms: an image that is proved not to run where the task
//! runs is refused, and nothing else is.

use std::time::Duration;

use expect_test::{Expect, expect};
use serde_json::json;
use simulator::{Act, Fault, Image, When};

use crate::scene::{Scene, Step};

fn started(step: &Step) {
    step.is("started");
}

#[tokio::test(start_paused = true)]
async fn an_image_that_is_proved_to_be_for_another_platform_is_refused() {
    let cases: [(Image, Expect); 3] = [
        (
            Image::linux_arm64(),
            expect![[r#"
                the image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.5.0 is built for linux/arm64, but the task runs on linux/amd64
                Build it for linux/amd64 (docker build --platform), or set runtimePlatform in the task definition; `platform-check: false` deploys it anyway."#]],
        ),
        (
            Image::multi_arch(&["linux/arm64/v8", "linux/arm/v7"]).attested(),
            expect![[r#"
                the image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.5.0 is built for linux/arm64/v8, linux/arm/v7, but the task runs on linux/amd64
                Build it for linux/amd64 (docker build --platform), or set runtimePlatform in the task definition; `platform-check: false` deploys it anyway."#]],
        ),
        (
            Image::linux_arm64().docker(),
            expect![[r#"
                the image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.5.0 is built for linux/arm64, but the task runs on linux/amd64
                Build it for linux/amd64 (docker build --platform), or set runtimePlatform in the task definition; `platform-check: false` deploys it anyway."#]],
        ),
    ];
    for (image, expected) in cases {
        let scene = Scene::ready();
        scene.sim.repository("web1").push("1.5.0", image.clone());
        expected.assert_eq(&scene.refusal(&[("version", "1.5.0")]).await);
        // The way out that it names: a notice in place of the refusal.
        let inputs = [("version", "1.5.0"), ("platform-check", "false"), ("wait", "false")];
        let step = scene.deploy(&inputs).await;
        started(&step);
        step.says("notice", "but the task runs on linux/amd64");
    }
}

#[tokio::test(start_paused = true)]
async fn an_image_for_the_platform_of_the_task_passes_without_a_word() {
    for (definition_is_arm, image) in [
        (true, Image::linux_arm64()),
        (true, Image::multi_arch(&["linux/amd64", "linux/arm64"]).attested()),
        (false, Image::multi_arch(&["linux/amd64", "linux/arm64"]).docker()),
        (false, Image::linux_amd64().attested()),
    ] {
        let scene = Scene::empty();
        let repository = scene.sim.repository("web1");
        repository.push("1.4.1", image.clone().content("old"));
        repository.push("1.4.2", image.clone().content("new"));
        let old = scene.sim.image("web1:1.4.1");
        let definition = scene.sim.task_definition("web1").container("web1", &old);
        let definition = if definition_is_arm { definition.arm64() } else { definition };
        scene.sim.service("prod", "web1").running(&definition.register()).start();
        let step = scene.deploy(&[]).await;
        step.is("deployed");
        assert_eq!(step.said("notice"), "", "{image:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_cannot_be_looked_at_is_a_notice_and_three_seconds() {
    let cases: [(&str, Fault, u64, Expect); 4] = [
        (
            "GetBlob",
            Fault::Timeout { applied: false },
            3,
            expect![
                "the platform of 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.4.2 could not be checked: the blob store of ECR did not answer within 3 s"
            ],
        ),
        (
            "GetBlob",
            Fault::Slow(Duration::from_secs(60)),
            3,
            expect![
                "the platform of 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.4.2 could not be checked: the blob store of ECR did not answer within 3 s"
            ],
        ),
        (
            "GetBlob",
            Fault::Reset { applied: false },
            0,
            expect![
                "the platform of 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.4.2 could not be checked: the blob store of ECR did not answer: connection reset by peer"
            ],
        ),
        (
            "GetDownloadUrlForLayer",
            Fault::AccessDenied,
            0,
            expect![
                "the platform of 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.4.2 could not be checked: ecr:GetDownloadUrlForLayer is not allowed"
            ],
        ),
    ];
    for (operation, fault, seconds, expected) in cases {
        let scene = Scene::ready();
        scene.sim.fault(operation, When::Always, fault.clone());
        let step = scene.deploy(&[("wait", "false")]).await;
        started(&step);
        expected.assert_eq(&step.said("notice"));
        // tokio's timer is exact to the millisecond.
        let took = step.took.as_millis();
        let allowed = u128::from(seconds) * 1_000;
        assert!((allowed..=allowed + 10).contains(&took), "{operation} {fault:?}: {took} ms");
    }
}

/// `requiresCompatibilities` says what ECS holds a definition against. Where it runs the
/// service says, and on instances an absent platform is any.
#[tokio::test(start_paused = true)]
async fn on_instances_any_platform_fits_also_where_the_definition_would_do_for_fargate() {
    let provider = |name: &str| json!([{ "capacityProvider": name, "weight": 1 }]);
    for (compatible, strategy, result) in [
        (json!(["EC2", "FARGATE"]), None, "started"),
        (json!(["EC2", "FARGATE"]), Some(provider("my-instances")), "started"),
        (json!(["EC2", "FARGATE"]), Some(provider("FARGATE_SPOT")), "refused"),
        (json!(["FARGATE", "MANAGED_INSTANCES"]), Some(provider("managed")), "started"),
        (json!(["FARGATE"]), Some(provider("by-some-other-name")), "refused"),
        (json!([]), Some(provider("FARGATE")), "refused"),
    ] {
        let scene = Scene::empty();
        scene.sim.repository("web1").push("1.4.1", Image::linux_arm64().content("old"));
        scene.sim.repository("web1").push("1.4.2", Image::linux_arm64().content("new"));
        let image = scene.sim.image("web1:1.4.1");
        let definition = scene.sim.task_definition("web1").container("web1", &image);
        let definition = definition.member("requiresCompatibilities", compatible.clone());
        let service = scene.sim.service("prod", "web1").running(&definition.register());
        match strategy.clone() {
            None => service.on_instances(),
            Some(strategy) => {
                service.without("launchType").with("capacityProviderStrategy", strategy)
            }
        }
        .start();
        let step = scene.deploy(&[("wait", "false")]).await;
        assert_eq!(step.result(), result, "{compatible} {strategy:?}: {}", step.said("error"));
    }
}

/// On EC2 the index's digest is shown, on Fargate nobody knows.
#[tokio::test(start_paused = true)]
async fn what_an_index_lists_is_as_good_as_the_index() {
    for shows_what_it_lists in [false, true] {
        let scene = Scene::empty();
        let image = Image::multi_arch(&["linux/amd64", "linux/arm64"]).attested();
        scene.sim.repository("web1").push("1.4.1", image.clone().content("old"));
        scene.sim.repository("web1").push("1.4.2", image.content("new"));
        if shows_what_it_lists {
            scene.sim.shows_what_an_index_lists();
        }
        scene.sim.service("prod", "web1").running_version("1.4.1").desired(2).start();
        let step = scene.deploy(&[]).await;
        step.is("deployed");
        assert_eq!(step.writes(), ["RegisterTaskDefinition", "UpdateService"]);
        let again = scene.deploy(&[]).await;
        again.is("unchanged");
        let back = scene.deploy(&[("command", "rollback"), ("version", "1.4.1")]).await;
        back.is("rolled-back");
        assert_eq!(back.writes(), ["UpdateService"], "its own revision is used again");
        let again = scene.deploy(&[]).await;
        again.is("refused");
        let reason = again.output("failure-reason");
        assert!(reason.contains("rolled back"), "{reason}");
        let typed = scene.deploy(&[("version", "1.4.2")]).await;
        typed.is("deployed");
    }
}

/// The tag is moved while the deployment begins: then it is another image, indeed.
#[tokio::test(start_paused = true)]
async fn what_another_index_lists_is_the_wrong_image() {
    let scene = Scene::empty();
    let image = Image::multi_arch(&["linux/amd64", "linux/arm64"]);
    scene.sim.repository("web1").push("1.4.1", image.clone().content("old"));
    scene.sim.repository("web1").push("1.4.2", image.clone().content("new"));
    let other = scene.sim.repository("web1").push("other", image.content("other"));
    scene.sim.shows_what_an_index_lists();
    scene.sim.service("prod", "web1").running_version("1.4.1").start();
    scene.sim.at(Duration::from_secs(5), Act::move_tag("web1", "1.4.2", &other));
    let step = scene.deploy(&[]).await;
    step.is("failed");
    step.says("error", "calls the deployment successful, but the container web1 runs");
}
