//! Sentences about many apps, as the file of the checkout describes them.

use simulator::Image;

use crate::scene::Scene;

const FILE: &str = "\
tag-template: '{name}-v{version}'
cluster: '{environment}'
environments: { prod: }
apps:
  api: { version-file: services/api/VERSION }
  web1: { package: apps/web1, requires: { api: '>=2.3.0' } }
";

const ALL: [(&str, &str); 2] = [("apps", "all"), ("environment", "prod")];

/// The file above, and each app on the version before its own.
fn scene() -> Scene {
    let scene = Scene::empty();
    scene.file(".github/ecs-release.yml", FILE);
    scene.file("services/api/VERSION", "2.3.0\n");
    scene.file("apps/web1/package.json", r#"{ "name": "@shop/web1", "version": "1.4.2" }"#);
    for (app, versions) in [("api", ["2.2.1", "2.3.0"]), ("web1", ["1.4.1", "1.4.2"])] {
        let tags = versions.map(|version| format!("{app}-v{version}"));
        for tag in &tags {
            scene.sim.repository(app).push(tag, Image::linux_amd64().content(tag));
        }
        scene.sim.service("prod", app).running_version(&tags[0]).desired(1).start();
    }
    scene
}

#[tokio::test(start_paused = true)]
async fn all_apps_of_the_file_are_deployed_each_with_its_own_version() {
    let scene = scene();
    let step = scene.deploy(&ALL).await;
    step.is("deployed");
    for (app, tag) in [("api", "api-v2.3.0"), ("web1", "web1-v1.4.2")] {
        let running = scene.sim.truth("prod", app).running;
        let digest = scene.sim.repository(app).digest(tag).expect("it was pushed");
        assert!(!running.is_empty(), "{app}");
        assert!(running.iter().all(|task| task.digests.get(app) == Some(&digest)), "{app}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_app_leaves_the_others_alone() {
    let scene = scene();
    let step = scene.deploy(&[("apps", "api"), ("environment", "prod")]).await;
    step.is("deployed");
    assert_eq!(step.only("UpdateService").body["service"], "api");
}

#[tokio::test(start_paused = true)]
async fn everything_that_is_wrong_with_the_file_is_said_before_any_call() {
    let scene = scene();
    let wrong = FILE.replace("package:", "pakcage:").replace(">=2.3.0", ">=two");
    scene.file(".github/ecs-release.yml", wrong);
    let step = scene.deploy(&ALL).await;
    step.is("refused");
    assert_eq!(step.requests.len(), 0);
    step.says("error", "app web1 has an unknown key `pakcage`\ndid you mean `package`?");
    step.says("error", "`requires` of app web1: \">=two\" is not a range of versions");
    assert!(step.summary.contains("(`.github/ecs-release.yml:6:11`)"), "{}", step.summary);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_brings_all_apps_back_to_what_ran_before_each() {
    let scene = scene();
    scene.deploy(&ALL).await.is("deployed");
    let step = scene.deploy(&[ALL[0], ALL[1], ("command", "rollback")]).await;
    step.is("rolled-back");
    for (app, tag) in [("api", "api-v2.2.1"), ("web1", "web1-v1.4.1")] {
        let running = scene.sim.truth("prod", app).running;
        let digest = scene.sim.repository(app).digest(tag).expect("it was pushed");
        assert!(running.iter().all(|task| task.digests.get(app) == Some(&digest)), "{app}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_app_without_its_version_stops_all_before_anything_is_written() {
    let scene = scene();
    scene.file("services/api/VERSION", "two\n");
    let step = scene.deploy(&ALL).await;
    assert_eq!(step.code, 1);
    assert_eq!(step.writes(), [""; 0]);
    step.says("error", "the version in services/api/VERSION is \"two\"");
}
