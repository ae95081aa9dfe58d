//! By which definition an earlier image comes back, and what is said of it.

use expect_test::expect;
use serde_json::json;
use simulator::{Act, Image, Simulator};

use super::{PREVIOUS, back, to, update, with_a_past, with_a_past_of};
use crate::scene::{Scene, Step, definition};

const BOTH: [&str; 2] = ["RegisterTaskDefinition", "UpdateService"];

/// The only notice that is said.
fn notice(step: &Step) -> String {
    step.said("notice")
}

#[tokio::test(start_paused = true)]
async fn what_succeeded_is_used_again_as_it_was() {
    let scene = with_a_past();
    let step = scene.deploy(PREVIOUS).await;
    back(&step, &["UpdateService"]);
    expect!["web1:2 succeeded here with this very image and is used again as it is"]
        .assert_eq(&notice(&step));
}

#[tokio::test(start_paused = true)]
async fn where_its_revision_was_deregistered_the_running_definition_gets_the_image() {
    for wanted in ["previous", "1.4.1"] {
        let scene = with_a_past();
        scene.sim.act(Act::deregister("web1:2"));
        let step = scene.deploy(&to(wanted)).await;
        back(&step, &BOTH);
        assert_eq!(step.registered_images(), ["web1:1.4.1"]);
        assert_eq!(step.only("UpdateService").body, update("web1:4"));
        expect!["web1:2 is INACTIVE: the running task definition gets it"]
            .assert_eq(&notice(&step));
    }
}

/// 1.4.1 ran on amd64; since then the service has moved to arm64.
#[tokio::test(start_paused = true)]
async fn an_image_that_does_not_fit_the_running_definition_is_refused() {
    let scene = Scene::empty();
    let sim = &scene.sim;
    sim.repository("web1").push("1.4.1", Image::linux_amd64());
    sim.repository("web1").push("1.4.2", Image::linux_arm64());
    let container = |tag: &str| {
        sim.task_definition("web1").container("web1", &sim.image(&format!("web1:{tag}")))
    };
    let (old, new) = (container("1.4.1").register(), container("1.4.2").arm64().register());
    sim.service("prod", "web1").running(&old).running(&new).start();
    sim.act(Act::deregister(&old));
    let said = scene.refusal(PREVIOUS).await;
    assert!(said.contains("is built for linux/amd64, but the task runs on linux/arm64"), "{said}");

    // By its own definition it comes back without being asked.
    let scene = Scene::empty();
    let sim = &scene.sim;
    sim.repository("web1").push("1.4.1", Image::linux_amd64());
    sim.repository("web1").push("1.4.2", Image::linux_arm64());
    let container = |tag: &str| {
        sim.task_definition("web1").container("web1", &sim.image(&format!("web1:{tag}")))
    };
    let (old, new) = (container("1.4.1").register(), container("1.4.2").arm64().register());
    sim.service("prod", "web1").running(&old).running(&new).start();
    back(&scene.deploy(PREVIOUS).await, &["UpdateService"]);
}

#[tokio::test(start_paused = true)]
async fn a_task_definition_that_is_named_gets_the_image() {
    let scene = with_a_past();
    let image = scene.sim.image("web1:1.4.0");
    let text = json!({ "family": "web1", "cpu": "512", "memory": "1024",
        "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
        "executionRoleArn": "arn:aws:iam::123456789012:role/web1-execution",
        "containerDefinitions": [{ "name": "web1", "image": "replaced" }] });
    let file = scene.file("task.json", text.to_string());
    scene.sim.task_definition("next").container("web1", &image).register();
    for (source, version, comes, then) in [
        (file.as_str(), "previous", "1.4.1", "(a new revision of web1)"),
        ("next", "1.4.0", "1.4.0", "next:1"),
        ("next", "web1:2", "1.4.1", "(a new revision of next)"),
    ] {
        let inputs =
            [to(version), vec![("task-definition", source), ("repository", "web1")]].concat();
        let step = scene.deploy(&[&inputs[..], &[("dry-run", "true")]].concat()).await;
        step.is("planned");
        assert_eq!(step.output("version"), comes, "{source} {version}");
        let plan = step.lines.iter().find(|line| line.starts_with("then: ")).expect("a plan");
        assert!(plan.ends_with(then), "{source} {version}: {plan}");
        assert!(notice(&step).contains("the task definition that was given"), "{}", notice(&step));
    }
    let inputs = [PREVIOUS, &[("task-definition", file.as_str()), ("repository", "web1")]].concat();
    let step = scene.deploy(&inputs).await;
    back(&step, &BOTH);
    let registered = &step.only("RegisterTaskDefinition").body;
    assert_eq!((&registered["cpu"], &registered["memory"]), (&json!("512"), &json!("1024")));
    assert_eq!(step.registered_images(), ["web1:1.4.1"]);
}

#[tokio::test(start_paused = true)]
async fn variables_are_merged_into_what_comes_back() {
    let scene = with_a_past();
    let step = scene
        .deploy(
            &[PREVIOUS, &[("environment-variables", "FEATURE=off"), ("secrets", "KEY=arn:k")]]
                .concat(),
        )
        .await;
    back(&step, &BOTH);
    let container = &step.only("RegisterTaskDefinition").body["containerDefinitions"][0];
    assert_eq!(container["environment"], json!([{ "name": "FEATURE", "value": "off" }]));
    assert_eq!(container["secrets"], json!([{ "name": "KEY", "valueFrom": "arn:k" }]));
    assert_eq!(step.registered_images(), ["web1:1.4.1"]);
    expect![
        "web1:2 succeeded here with this very image and is used again with the inputs merged into it"
    ]
    .assert_eq(&notice(&step));
}

/// A worker that shares the image, and a proxy that does not.
fn in_three_containers(sim: &Simulator, tag: &str, proxy: &str) -> String {
    let image = sim.image(&format!("web1:{tag}"));
    let proxy = format!("public.ecr.aws/docker/library/envoy:{proxy}");
    let definition = sim.task_definition("web1").container("web1", &image);
    let definition = definition.container("worker", &image);
    definition.container_with(&json!({ "name": "proxy", "image": proxy })).register()
}

fn with_sidecars() -> Scene {
    let scene = Scene::with_images(&["1.4.1", "1.4.2"]);
    let first = in_three_containers(&scene.sim, "1.4.1", "1.30");
    let second = in_three_containers(&scene.sim, "1.4.2", "1.31");
    scene.sim.service("prod", "web1").running(&first).running(&second).desired(2).start();
    scene
}

#[tokio::test(start_paused = true)]
async fn containers_that_share_the_image_come_back_together_and_sidecars_with_their_revision() {
    let scene = with_sidecars();
    let step = scene.deploy(PREVIOUS).await;
    back(&step, &["UpdateService"]);
    assert_eq!(step.only("UpdateService").body, update("web1:1"));

    // In the running definition the sidecar stays what it is.
    let scene = with_sidecars();
    scene.sim.act(Act::deregister("web1:1"));
    let step = scene.deploy(PREVIOUS).await;
    back(&step, &BOTH);
    let images = &step.only("RegisterTaskDefinition").body["containerDefinitions"];
    let images: Vec<_> = images.as_array().into_iter().flatten().map(|it| &it["image"]).collect();
    let own = json!(scene.sim.image("web1:1.4.1"));
    assert_eq!(images, [&own, &own, &json!("public.ecr.aws/docker/library/envoy:1.31")]);
}

/// Two apps in one task; each is released by itself.
#[tokio::test(start_paused = true)]
async fn of_two_apps_in_one_task_the_named_container_decides_what_previous_means() {
    let scene = Scene::empty();
    let sim = &scene.sim;
    for (repository, tag) in [("web1", "1.0.0"), ("web1", "1.1.0"), ("jobs", "7"), ("jobs", "8")] {
        sim.repository(repository).push(tag, Image::linux_amd64().content(tag));
    }
    let task = |web1: &str, jobs: &str| {
        let definition = sim.task_definition("web1");
        let definition = definition.container("web1", &sim.image(&format!("web1:{web1}")));
        definition.container("jobs", &sim.image(&format!("jobs:{jobs}"))).register()
    };
    let revisions = [task("1.0.0", "7"), task("1.1.0", "7"), task("1.1.0", "8")];
    let service = sim.service("prod", "web1").desired(2);
    revisions.iter().fold(service, |service, it| service.running(it)).start();

    let said = scene.refusal(PREVIOUS).await;
    assert!(said.contains("it is not clear which of them to update"), "{said}");

    // For jobs that is 7 with what ran beside it; for web1 only its configuration.
    let dry = |container| [PREVIOUS, &[("container", container), ("dry-run", "true")]].concat();
    let jobs = scene.deploy(&dry("jobs")).await;
    assert_eq!((jobs.result(), jobs.output("version")), ("planned", "7"), "{}", jobs.said("error"));
    let web1 = scene.deploy(&dry("web1")).await;
    assert_eq!(web1.output("task-definition-arn"), definition("web1:2"), "{}", web1.log());
}

/// 1.4.1, and 1.4.1 with more memory.
fn with_another_configuration() -> Scene {
    let scene = Scene::with_images(&["1.4.1"]);
    let lean = scene.register("1.4.1");
    let image = scene.sim.image("web1:1.4.1");
    let ample = scene.sim.task_definition("web1").container("web1", &image);
    let ample = ample.member("memory", json!("1024")).register();
    scene.sim.service("prod", "web1").running(&lean).running(&ample).desired(2).start();
    scene
}

#[tokio::test(start_paused = true)]
async fn a_previous_that_differs_in_its_configuration_is_said_to_and_comes_back() {
    let scene = with_another_configuration();
    let step = scene.deploy(PREVIOUS).await;
    back(&step, &["UpdateService"]);
    assert_eq!(step.only("UpdateService").body, update("web1:1"));
    assert!(notice(&step).contains("only the configuration changes"), "{}", notice(&step));
    assert!(step.log().contains("memory"), "the plan shows it: {}", step.log());
    assert_eq!(step.headline(), "✅ web1 is back on an earlier configuration of 1.4.1");
}

/// A copy would be one more configuration: the next `previous` would bring back what
/// was left.
#[tokio::test(start_paused = true)]
async fn a_configuration_whose_revision_can_not_be_used_again_is_refused() {
    let scene = with_another_configuration();
    scene.sim.act(Act::deregister("web1:1"));
    expect![[r#"
        1.4.1 (web1:1) can't be restored as it was: web1:1 is INACTIVE
        Give an exact `version`, or a definition in `task-definition`."#]]
    .assert_eq(&scene.refusal(PREVIOUS).await);

    let scene = with_another_configuration();
    scene.sim.repository("web1").push("1.4.1", Image::linux_amd64().content("another"));
    let said = scene.refusal(PREVIOUS).await;
    assert!(said.contains("the tag in web1:1 now names another image"), "{said}");

    // Named, it comes back by a copy.
    let scene = with_another_configuration();
    let was = scene.digest("1.4.1");
    scene.sim.repository("web1").push("1.4.1", Image::linux_amd64().content("another"));
    let step = scene.deploy(&to("web1:1")).await;
    back(&step, &BOTH);
    assert_eq!(step.registered_images(), [format!("web1@{was}")]);
    assert_eq!(step.only("RegisterTaskDefinition").body["memory"], "512");
    assert!(notice(&step).contains("a copy of it is registered"), "{}", notice(&step));
}

/// As a pipeline leaves it that registers a revision for every run.
#[tokio::test(start_paused = true)]
async fn a_previous_that_differs_in_nothing_is_refused_with_what_does() {
    let scene = with_a_past();
    let copy = scene.register("1.4.2");
    scene.sim.act(Act::deploy("prod", "web1", &copy));
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    expect![[r#"
        what ran before, 1.4.2 (web1:3), is identical to what runs now
        Give an exact `version`. Succeeded here: 1.4.1 (web1:2), 1.4.0 (web1:1)."#]]
    .assert_eq(&scene.refusal(PREVIOUS).await);
}

#[tokio::test(start_paused = true)]
async fn roles_and_secrets_that_go_back_are_a_warning() {
    let scene = Scene::empty();
    let sim = &scene.sim;
    for tag in ["1.4.1", "1.4.2"] {
        sim.repository("web1").push(tag, Image::linux_amd64().content(tag));
    }
    let task = |tag: &str, role: &str, secret: &str| {
        let definition = sim.task_definition("web1").container_with(&json!({ "name": "web1",
            "image": sim.image(&format!("web1:{tag}")), "essential": true,
            "secrets": [{ "name": "KEY", "valueFrom": secret }] }));
        definition
            .member("taskRoleArn", json!(format!("arn:aws:iam::123456789012:role/{role}")))
            .register()
    };
    let (old, new) = (task("1.4.1", "then", "arn:then"), task("1.4.2", "now", "arn:now"));
    sim.service("prod", "web1").running(&old).running(&new).start();
    let step = scene.deploy(&[PREVIOUS, &[("dry-run", "true")]].concat()).await;
    let warning = step.said("warning");
    assert!(warning.contains("roles or secrets are restored with the configuration"), "{warning}");
    assert!(warning.contains("taskRoleArn") && warning.contains("KEY"), "{warning}");
    assert!(!format!("{warning}{}{}", step.log(), step.summary).contains("arn:then"), "no value");
    // What differs in nothing of the kind warns of nothing.
    let step = with_a_past().deploy(PREVIOUS).await;
    assert_eq!(step.said("warning"), "");
}

#[tokio::test(start_paused = true)]
async fn a_name_that_sounds_like_a_role_or_a_secret_is_none() {
    let scene = Scene::empty();
    let sim = &scene.sim;
    for tag in ["1.4.1", "1.4.2"] {
        sim.repository("web1").push(tag, Image::linux_amd64().content(tag));
    }
    let task = |tag: &str, proxy: &str| {
        let definition = sim.task_definition("web1").container_with(&json!({ "name": "web1",
            "image": sim.image(&format!("web1:{tag}")), "essential": true,
            "environment": [{ "name": "SECRET_ROTATION_RoleArn", "value": tag }] }));
        let proxy = format!("public.ecr.aws/docker/library/envoy:{proxy}");
        definition
            .container_with(&json!({ "name": "secret-proxy", "image": proxy, "essential": false }))
            .register()
    };
    let (old, new) = (task("1.4.1", "1.30"), task("1.4.2", "1.31"));
    sim.service("prod", "web1").running(&old).running(&new).start();
    let step = scene.deploy(&[PREVIOUS, &[("dry-run", "true")]].concat()).await;
    assert!(step.log().contains("SECRET_ROTATION_RoleArn"), "it differs: {}", step.log());
    assert_eq!((step.result(), step.said("warning")), ("planned", String::new()));
}

#[tokio::test(start_paused = true)]
async fn a_tag_that_moved_since_it_succeeded_brings_back_what_succeeded() {
    let scene = with_a_past();
    let repository = scene.sim.repository("web1");
    let was = repository.digest("1.4.0").expect("pushed");
    repository.push("1.4.0", Image::linux_amd64().content("another"));
    let step = scene.deploy(&to("1.4.0")).await;
    back(&step, &BOTH);
    assert_eq!(step.registered_images(), [format!("web1@{was}")]);
    let warning = step.said("warning");
    assert!(
        warning.starts_with("the tag 1.4.0 has moved since 1.4.0 (web1:1) succeeded here"),
        "{warning}"
    );
    assert_eq!(scene.sim.truth("prod", "web1").newest().digests["web1"], was);
}

/// Where every revision says `latest`, the revision alone brings nothing back.
#[tokio::test(start_paused = true)]
async fn a_named_revision_comes_back_with_the_image_that_it_ran() {
    let scene = with_a_past();
    let repository = scene.sim.repository("web1");
    let was = repository.digest("1.4.0").expect("pushed");
    repository.push("1.4.0", Image::linux_amd64().content("another"));
    let step = scene.deploy(&to("web1:1")).await;
    back(&step, &BOTH);
    assert_eq!(step.registered_images(), [format!("web1@{was}")]);
    let warning = step.said("warning");
    assert!(warning.starts_with("the tag in web1:1 has moved since 1.4.0 (web1:1)"), "{warning}");
}

#[tokio::test(start_paused = true)]
async fn a_newer_version_is_called_a_roll_forward() {
    let scene = with_a_past();
    scene.push("1.5.0");
    let step = scene.deploy(&to("1.5.0")).await;
    back(&step, &BOTH);
    assert_eq!(
        step.headline(),
        "✅ web1 was rolled forward to 1.5.0; 1.4.2 was removed (it ran since `2025-12-31T00:00:00Z`)"
    );
}

#[tokio::test(start_paused = true)]
async fn what_runs_already_is_left_alone() {
    for version in ["1.4.2", "v1.4.2", "web1:3"] {
        let scene = with_a_past();
        let step = scene.deploy(&to(version)).await;
        step.is("unchanged");
        assert_eq!(step.writes(), [""; 0], "{version}");
        assert_eq!(step.headline(), "✅ web1 already runs 1.4.2; nothing was changed");
    }
}

#[tokio::test(start_paused = true)]
async fn without_tasks_the_service_goes_back_and_nothing_is_proved() {
    let scene = with_a_past_of(|service| service.desired(0));
    let step = scene.deploy(PREVIOUS).await;
    back(&step, &["UpdateService"]);
    step.says("warning", "no task is started, so the image stays untested");
    assert!(!notice(&step).contains("only the configuration"), "not known: {}", notice(&step));
    assert_eq!(scene.sim.truth("prod", "web1").desired, 0, "the count is not ours");
}
