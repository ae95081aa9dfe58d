//! Sentences about `version: from …`: what another service runs is deployed here, if that has
//! proved to be good there.

use std::time::Duration;

use expect_test::expect;
use serde_json::json;
use simulator::{Act, Behaviour, Fault, Image, ServiceBuilder, When};

use crate::scene::{Scene, Step, crashes, definition, secs};

const FROM: (&str, &str) = ("version", "from staging/shop");

/// `web1` in `prod` runs 1.4.1, `shop` in `staging` 1.4.2 of the same repository.
fn shops() -> Scene {
    shops_of(|service| service)
}

/// The same where that in `staging` is `made` otherwise.
fn shops_of(made: impl FnOnce(ServiceBuilder) -> ServiceBuilder) -> Scene {
    let scene = Scene::ready();
    let staging = staging(&scene, "1.4.2");
    made(scene.sim.service("staging", "shop").running(&staging).desired(2)).start();
    scene
}

/// A definition of `shop`; its ARN.
fn staging(scene: &Scene, tag: &str) -> String {
    let image = scene.sim.image(&format!("web1:{tag}"));
    scene.sim.task_definition("shop").container("app", &image).register()
}

/// Everything that was written is about `prod`.
#[track_caller]
fn writes_to_prod(step: &Step) {
    let updates = step.updates();
    assert!(updates.iter().all(|it| it["cluster"] == "prod"), "{updates:?}");
}

#[tokio::test(start_paused = true)]
async fn what_staging_runs_is_deployed_and_the_second_run_finds_nothing_to_do() {
    let scene = shops();
    let step = scene.deploy(&[FROM]).await;
    step.ended("deployed", &[]);
    writes_to_prod(&step);
    assert_eq!(step.registered_images(), ["web1:1.4.2"]);
    let body =
        json!({ "cluster": "prod", "service": "web1", "taskDefinition": definition("web1:2") });
    assert_eq!(step.only("UpdateService").body, body);
    assert_eq!(step.output("version"), "1.4.2");
    expect![
        "1.4.2 is what service shop (cluster staging, eu-central-1) runs since 2025-12-31T00:02:30Z"
    ]
    .assert_eq(&step.said("notice"));
    let again = scene.deploy(&[FROM]).await;
    again.is("unchanged");
    assert_eq!(again.writes(), [""; 0]);
    for more in [("dry-run", "true"), ("command", "verify"), ("command", "plan")] {
        let step = shops().deploy(&[FROM, more]).await;
        assert_eq!((step.code, step.writes().len()), (0, 0), "{more:?}: {}", step.said("error"));
        assert_eq!(step.output("version"), "1.4.2", "{more:?}");
    }
}

/// The tag may have moved since staging pulled it.
#[tokio::test(start_paused = true)]
async fn it_is_the_digest_that_is_deployed_whatever_its_tag_names_by_now() {
    let scene = shops();
    let runs = scene.digest("1.4.2");
    scene.sim.repository("web1").push("1.4.2", Image::linux_amd64().content("another"));
    let step = scene.deploy(&[FROM]).await;
    step.ended("deployed", &[]);
    assert_eq!(step.registered_images(), [format!("web1@{runs}")]);
    assert_eq!(step.output("version"), "1.4.2");
    assert_eq!(scene.sim.truth("prod", "web1").newest().digests["web1"], runs);
}

#[tokio::test(start_paused = true)]
async fn in_a_repository_of_its_own_the_same_image_is_found_by_its_digest() {
    let own = |tag: Option<&str>| {
        let scene = shops();
        let repository = scene.sim.repository("prod/web1");
        repository.push("1.4.1", Image::linux_amd64().content("1.4.1"));
        if let Some(tag) = tag {
            let digest = repository.push(tag, Image::linux_amd64().content("1.4.2"));
            assert_eq!(digest, scene.digest("1.4.2"), "the same image");
        }
        scene
    };
    let with = [FROM, ("repository", "prod/web1")];
    for tag in ["1.4.2", "copied"] {
        let scene = own(Some(tag));
        let step = scene.deploy(&with).await;
        step.ended("deployed", &[]);
        let expected = match tag {
            "1.4.2" => "prod/web1:1.4.2".to_owned(),
            _ => format!("prod/web1@{}", scene.digest("1.4.2")),
        };
        assert_eq!(step.registered_images(), [expected]);
        assert_eq!(step.output("version"), "1.4.2");
    }
    let scene = own(None);
    let said = scene.refusal(&with).await.replace(&scene.digest("1.4.2"), "DIGEST");
    expect![[r#"
        there is no image DIGEST in the ECR repository prod/web1 (eu-central-1)
        1.4.2 is what service shop (cluster staging, eu-central-1) runs since 2025-12-31T00:02:30Z; it has to be in this repository, too. Newest: 1.4.1."#]].assert_eq(&said);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_proved_there_is_refused_with_what_is_seen() {
    // Under way.
    let scene = shops();
    let hangs = scene.push("1.4.3");
    scene.sim.behaves(&hangs, Behaviour::Hangs);
    scene.sim.act(Act::deploy("staging", "shop", &staging(&scene, "1.4.3")));
    tokio::time::sleep(secs(60)).await;
    expect![[r#"
        what service shop (cluster staging, eu-central-1) runs can't be deployed here: its newest deployment is IN_PROGRESS
        Wait for it to finish, or give the version in `version`."#]]
    .assert_eq(&scene.refusal(&[FROM]).await);

    // The new tasks run already, and the old ones drain.
    let scene = shops_of(|service| {
        service
            .configured("bakeTimeInMinutes", json!(30))
            .configured("strategy", json!("BLUE_GREEN"))
    });
    scene.push("1.4.3");
    scene.sim.act(Act::deploy("staging", "shop", &staging(&scene, "1.4.3")));
    tokio::time::sleep(secs(300)).await;
    let said = scene.refusal(&[FROM]).await;
    assert!(said.contains("its newest deployment is IN_PROGRESS"), "{said}");

    let scene = shops_of(|service| service.desired(0));
    let said = scene.refusal(&[FROM]).await;
    assert!(said.contains("no task of it runs"), "{said}");

    let scene = shops();
    scene.sim.act(Act::kill_tasks("staging", "shop", 1));
    let said = scene.refusal(&[FROM]).await;
    assert!(said.contains("no task of it runs"), "{said}");

    // A scale-out says nothing of the version.
    let scene = shops();
    scene.sim.act(Act::desired_count("staging", "shop", 6));
    scene.deploy(&[FROM, ("dry-run", "true")]).await.is("planned");

    let scene = shops();
    for operation in ["DescribeServiceRevisions", "ListTasks"] {
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
    }
    let said = scene.refusal(&[FROM]).await;
    assert!(said.contains("the digest of 1.4.2 is not known"), "{said}");

    // It failed, and the breaker has left it where it is.
    let scene = shops_of(|service| service.circuit_breaker(false));
    let bad = scene.push("1.4.3");
    scene.sim.behaves(&bad, crashes());
    scene.sim.act(Act::deploy("staging", "shop", &staging(&scene, "1.4.3")));
    tokio::time::sleep(secs(900)).await;
    let said = scene.refusal(&[FROM]).await;
    assert!(said.contains("most of its tasks run 1.4.2, but it is set to 1.4.3"), "{said}");

    let said = shops_of(ServiceBuilder::code_deploy).refusal(&[FROM]).await;
    assert!(said.contains("it is not known whether the deployment of 1.4.2 succeeded (CodeDeploy makes its deployments)"), "{said}");

    // What was rolled back there runs no more, and what runs has proved itself.
    let scene = shops_of(|service| service.circuit_breaker(true));
    let bad = scene.push("1.4.3");
    scene.sim.behaves(&bad, crashes());
    scene.sim.act(Act::deploy("staging", "shop", &staging(&scene, "1.4.3")));
    tokio::time::sleep(secs(900)).await;
    let step = scene.deploy(&[FROM]).await;
    step.ended("deployed", &[]);
    assert_eq!(step.output("version"), "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_there_is_told() {
    let scene = Scene::ready();
    let said = scene.refusal(&[("version", "from staging/shopp")]).await;
    assert!(said.starts_with("what service shopp (cluster staging, eu-central-1) runs is not known: there is no cluster staging"), "{said}");
    let scene = shops();
    scene.sim.fault("DescribeServices", When::Nth(1), Fault::AccessDenied);
    let said = scene.refusal(&[FROM]).await;
    assert!(
        said.contains("runs is not known: ") && said.contains("ecs:DescribeServices"),
        "{said}"
    );
}

#[tokio::test(start_paused = true)]
async fn it_must_have_been_stable_for_as_long_as_is_asked_for() {
    let scene = shops().at_its_own_time();
    scene.push("1.4.3");
    scene.sim.act(Act::deploy("staging", "shop", &staging(&scene, "1.4.3")));
    tokio::time::sleep(secs(1_800)).await;
    let asked = |time| [FROM, ("from-stable-for", time)];
    let said = scene.refusal(&asked("1h")).await;
    assert!(said.contains("1.4.3 has been stable there for 2"), "{said}");
    assert!(said.contains("but `from-stable-for` asks for 1h\nWait until then"), "{said}");
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    scene.sim.fault("ListServiceDeployments", When::Nth(1), Fault::AccessDenied);
    let said = scene.refusal(&asked("1h")).await;
    assert!(said.contains("it is not known since when 1.4.3 has been stable there"), "{said}");
    let step = scene.deploy(&asked("1h")).await;
    step.ended("deployed", &[]);
    assert_eq!(step.output("version"), "1.4.3");
}

/// The worker decides again once it is its turn.
#[tokio::test(start_paused = true)]
async fn all_services_of_a_run_get_the_same_wherever_the_source_moves_meanwhile() {
    let scene = shops();
    let image = scene.sim.image("web1:1.4.1");
    let worker = scene.sim.task_definition("worker").container("worker", &image).register();
    scene.sim.service("prod", "worker").running(&worker).start();
    scene.push("1.4.3");
    let next = staging(&scene, "1.4.3");
    let with = [FROM, ("service", "web1\nworker"), ("repository", "web1"), ("max-parallel", "1")];
    let step = Box::pin(scene.deploy(&with));
    let (step, ()) = tokio::join!(step, async {
        tokio::time::sleep(secs(10)).await;
        scene.sim.act(Act::deploy("staging", "shop", &next));
    });
    step.is("deployed");
    for service in ["web1", "worker"] {
        let digests = scene.sim.truth("prod", service).newest().digests.clone();
        assert_eq!(digests[service], scene.digest("1.4.2"), "{service}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_rolled_back_from_here_is_not_brought_again_by_the_next_run() {
    let scene = shops();
    scene.deploy(&[FROM]).await.is("deployed");
    scene.deploy(&[("command", "rollback")]).await.is("rolled-back");
    let said = scene.refusal(&[FROM]).await;
    assert!(said.starts_with("this service was rolled back from 1.4.2"), "{said}");
    assert!(said.contains("Deploy a new version with the fix."), "{said}");
    scene.deploy(&[FROM, ("allow-rolled-back", "true")]).await.is("deployed");
}

#[tokio::test(start_paused = true)]
async fn apps_of_the_file_take_what_each_runs_in_another_environment() {
    let scene = Scene::empty();
    let file = "\
cluster: '{environment}'
tag-template: '{name}-v{version}'
environment-variables: ['V={version}']
environments: { prod: , staging: { services: ['{name}-staging'] } }
apps:
  api: { package: 'apps/{name}' }
  web: { package: 'apps/{name}' }
";
    scene.file(".github/ecs-release.yml", file);
    for (app, versions) in [("api", ["2.2.1", "2.3.0"]), ("web", ["1.4.1", "1.4.2"])] {
        let [old, new] = versions.map(|version| {
            let tag = format!("{app}-v{version}");
            scene.sim.repository(app).push(&tag, Image::linux_amd64().content(&tag));
            let image = scene.sim.image(&format!("{app}:{tag}"));
            scene.sim.task_definition(app).container(app, &image).register()
        });
        scene.sim.service("prod", app).running(&old).start();
        scene.sim.service("staging", &format!("{app}-staging")).running(&new).start();
    }
    let with = [("apps", "all"), ("environment", "prod"), ("version", "from staging")];
    let step = scene.deploy(&with).await;
    step.is("deployed");
    writes_to_prod(&step);
    for (app, tag, version) in [("api", "api-v2.3.0", "2.3.0"), ("web", "web-v1.4.2", "1.4.2")] {
        let digest = scene.sim.repository(app).digest(tag).expect("it was pushed");
        let running = scene.sim.truth("prod", app).running;
        assert!(running.iter().all(|task| task.digests.get(app) == Some(&digest)), "{app}");
        let registered = step
            .requests
            .iter()
            .find(|it| it.operation == "RegisterTaskDefinition" && it.body["family"] == app);
        let variables = &registered.expect("it is").body["containerDefinitions"][0]["environment"];
        assert_eq!(*variables, json!([{ "name": "V", "value": version }]));
    }
    let again = scene.deploy(&with).await;
    again.is("unchanged");
    assert_eq!(again.writes(), [""; 0]);
}
