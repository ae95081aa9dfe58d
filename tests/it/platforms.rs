//! Sentences about platforms: an image that is proved not to run where the task
//! runs is refused, and nothing else is.

use std::time::Duration;

use expect_test::{Expect, expect};
use simulator::{Fault, Image, When};

use crate::scene::{Scene, Told};

fn started(told: &Told) {
    assert_eq!(told.result(), "started", "{}", told.said("error"));
}

#[tokio::test(start_paused = true)]
async fn an_image_that_is_proved_to_be_for_another_platform_is_refused() {
    let cases: [(Image, Expect); 3] = [
        (
            Image::linux_arm64(),
            expect![[r#"
                the image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.5.0 holds linux/arm64, and the task runs on linux/amd64
                Build it for linux/amd64 (docker build --platform), or set runtimePlatform in the task definition; `platform-check: false` deploys it all the same."#]],
        ),
        (
            Image::multi_arch(&["linux/arm64/v8", "linux/arm/v7"]).attested(),
            expect![[r#"
                the image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.5.0 holds linux/arm64/v8, linux/arm/v7, and the task runs on linux/amd64
                Build it for linux/amd64 (docker build --platform), or set runtimePlatform in the task definition; `platform-check: false` deploys it all the same."#]],
        ),
        (
            Image::linux_arm64().docker(),
            expect![[r#"
                the image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.5.0 holds linux/arm64, and the task runs on linux/amd64
                Build it for linux/amd64 (docker build --platform), or set runtimePlatform in the task definition; `platform-check: false` deploys it all the same."#]],
        ),
    ];
    for (image, expected) in cases {
        let scene = Scene::ready();
        scene.sim.repository("web1").push("1.5.0", image.clone());
        expected.assert_eq(&scene.refusal(&[("version", "1.5.0")]).await);
        // The way out that it names: a notice in place of the refusal.
        let inputs = [("version", "1.5.0"), ("platform-check", "false"), ("wait", "false")];
        let told = scene.deploy(&inputs).await;
        started(&told);
        let notice = told.said("notice");
        assert!(notice.contains("and the task runs on linux/amd64"), "{notice}");
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
        let told = scene.deploy(&[]).await;
        assert_eq!(told.result(), "deployed", "{image:?}: {}", told.said("error"));
        assert_eq!(told.said("notice"), "", "{image:?}");
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
        let told = scene.deploy(&[("wait", "false")]).await;
        started(&told);
        expected.assert_eq(&told.said("notice"));
        // tokio's timer is exact to the millisecond.
        let took = told.took.as_millis();
        let allowed = u128::from(seconds) * 1_000;
        assert!((allowed..=allowed + 10).contains(&took), "{operation} {fault:?}: {took} ms");
    }
}
