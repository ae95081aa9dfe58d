//! Sentences about what a task is told of its own image: `{version}`, `{tag}`, `{digest}` and
//! `{commit}` in variables and labels.

use expect_test::expect;
use serde_json::{Value, json};
use simulator::{Act, Image};

use crate::scene::{Scene, Step, crashes, definition, secs};

const REVISION: &str = "org.opencontainers.image.revision";

const VARIABLES: (&str, &str) = (
    "environment-variables",
    "DD_VERSION={version}\nIMAGE={tag}@{digest}\nCOMMIT={commit}\nFLAGS={\"of\":\"{version}\",\"x\":{}}\nSPRING=${version}\nLITERAL={{version}}",
);
const LABELS: (&str, &str) = ("docker-labels", "com.example/v=v{version}\ncom.example.fixed=1");
const INSIDE: [(&str, &str); 2] = [VARIABLES, LABELS];
const PREVIOUS: (&str, &str) = ("command", "rollback");

/// The whole id of a commit, as the image of a version names it.
fn commit(version: &str) -> String {
    version.replace('.', "").repeat(14)[..40].to_owned()
}

fn push(scene: &Scene, tag: &str, content: &str, commit: &str) {
    let image = Image::linux_amd64().content(content).label(REVISION, commit);
    scene.sim.repository("web1").push(tag, image);
}

/// 1.4.0 runs, with a proxy beside it; 1.4.1 and 1.4.2 lie in ECR.
fn shop() -> Scene {
    let scene = Scene::empty();
    for version in ["1.4.0", "1.4.1", "1.4.2"] {
        push(&scene, version, version, &commit(version));
    }
    let definition = scene.sim.task_definition("web1");
    let definition = definition.container("web1", &scene.sim.image("web1:1.4.0"));
    let definition = definition.container("proxy", "public.ecr.aws/docker/library/envoy:1.30");
    scene.sim.service("prod", "web1").running(&definition.register()).desired(2).start();
    scene
}

/// 1.4.1 and then 1.4.2 were deployed, and each was told what it is.
async fn with_a_past() -> Scene {
    let scene = shop();
    for version in ["1.4.1", "1.4.2"] {
        let step = scene.deploy(&[&INSIDE[..], &[("version", version)]].concat()).await;
        step.ended("deployed", &[]);
    }
    scene
}

/// What a version is told of itself.
fn told(scene: &Scene, version: &str) -> [Value; 2] {
    let variables = [
        ("DD_VERSION", version.to_owned()),
        ("IMAGE", format!("{version}@{}", scene.digest(version))),
        ("COMMIT", commit(version)),
        ("FLAGS", format!("{{\"of\":\"{version}\",\"x\":{{}}}}")),
        ("SPRING", "${version}".to_owned()),
        ("LITERAL", "{version}".to_owned()),
    ];
    let variables = variables.map(|(name, value)| json!({ "name": name, "value": value }));
    let labels = json!({ "com.example/v": format!("v{version}"), "com.example.fixed": "1" });
    [json!(variables), labels]
}

/// What a container of a registered definition has.
fn has(body: &Value, container: usize) -> [Value; 2] {
    let container = &body["containerDefinitions"][container];
    ["environment", "dockerLabels"].map(|member| container[member].clone())
}

/// The bodies of all registrations.
fn registered(step: &Step) -> Vec<&Value> {
    let all = step.requests.iter().filter(|it| it.operation == "RegisterTaskDefinition");
    all.map(|it| &it.body).collect()
}

#[tokio::test(start_paused = true)]
async fn the_patched_container_is_told_what_it_runs_and_the_second_run_changes_nothing() {
    let scene = shop();
    let step = scene.deploy(&INSIDE).await;
    step.ended("deployed", &[]);
    let body = &step.only("RegisterTaskDefinition").body;
    assert_eq!(has(body, 0), told(&scene, "1.4.2"));
    assert_eq!(has(body, 1), [json!([]), Value::Null], "the proxy is left alone");
    step.says("log", "web1: environment variable DD_VERSION added");
    step.says("log", "web1: dockerLabels added");
    assert_eq!(step.said("notice"), "");
    let said = format!("{}{}{:?}", step.log(), step.summary, step.outputs);
    assert!(!said.contains("{\"of\"") && !said.contains("v1.4.2"), "no value is told: {said}");

    let again = scene.deploy(&INSIDE).await;
    again.is("unchanged");
    assert_eq!(again.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_was_told_what_it_is_comes_back_as_it_was() {
    let scene = with_a_past().await;
    let with = [&INSIDE[..], &[PREVIOUS]].concat();
    let step = scene.deploy(&with).await;
    step.is("rolled-back");
    assert_eq!(step.writes(), ["UpdateService"]);
    let body =
        json!({ "cluster": "prod", "service": "web1", "taskDefinition": definition("web1:2") });
    assert_eq!(step.only("UpdateService").body, body);
    assert_eq!(has(&json!(scene.revision(2)), 0), told(&scene, "1.4.1"));

    let again = scene.deploy(&[&with[..], &[("version", "1.4.1")]].concat()).await;
    again.is("unchanged");
    assert_eq!(again.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn in_the_running_definition_an_earlier_image_is_told_its_own_version() {
    let scene = with_a_past().await;
    scene.sim.act(Act::deregister("web1:2"));
    let with = [&INSIDE[..], &[PREVIOUS]].concat();
    let step = scene.deploy(&with).await;
    step.ended("rolled-back", &[]);
    assert_eq!(has(&step.only("RegisterTaskDefinition").body, 0), told(&scene, "1.4.1"));
    let again = scene.deploy(&[&with[..], &[("version", "1.4.1")]].concat()).await;
    again.is("unchanged");
    assert_eq!(again.writes(), [""; 0]);
}

/// It comes back by its digest, and is called what it was.
#[tokio::test(start_paused = true)]
async fn a_version_whose_tag_has_moved_is_told_the_tag_that_it_ran_by() {
    let scene = with_a_past().await;
    let told = told(&scene, "1.4.1");
    let digest = scene.digest("1.4.1");
    push(&scene, "1.4.1", "another 1.4.1", &commit("9.9.9"));
    let step = scene.deploy(&[&INSIDE[..], &[PREVIOUS]].concat()).await;
    step.ended("rolled-back", &[]);
    let body = &step.only("RegisterTaskDefinition").body;
    assert_eq!(step.registered_images()[0], format!("web1@{digest}"));
    assert_eq!(has(body, 0), told);
}

#[tokio::test(start_paused = true)]
async fn an_undo_brings_back_what_the_version_before_was_told() {
    for tag_moves in [false, true] {
        let scene = shop();
        let first = scene.deploy(&[&INSIDE[..], &[("version", "1.4.1")]].concat()).await;
        first.ended("deployed", &[]);
        let told = told(&scene, "1.4.1");
        scene.sim.behaves(&scene.digest("1.4.2"), crashes());
        // Else ECS's own rollback would do it.
        scene.sim.fault(
            "StopServiceDeployment",
            simulator::When::Always,
            simulator::Fault::AccessDenied,
        );
        if tag_moves {
            let another = Image::linux_amd64().content("another 1.4.1");
            scene.sim.after(secs(5), Act::push("web1", "1.4.1", another));
        }
        let step = scene.deploy(&INSIDE).await;
        step.is("undone");
        let back = step.updates()[1]["taskDefinition"].as_str().unwrap_or_default().to_owned();
        match registered(&step)[..] {
            [_] => assert_eq!((back, tag_moves), (definition("web1:2"), false)),
            [_, body] => {
                assert_eq!((back, tag_moves), (definition("web1:4"), true));
                assert_eq!(has(body, 0), told);
            }
            ref others => panic!("{others:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_known_of_the_image_is_refused_before_anything_is_written() {
    let scene = shop();
    scene.push("1.4.3");
    let with = [("version", "1.4.3"), ("environment-variables", "A=hush\nSHA={commit}")];
    expect![[r#"
        `SHA` in `environment-variables` uses {commit}, but the commit of 1.4.3 is not known: its label `org.opencontainers.image.revision` is missing or not a full commit id
        Build the image with that label, as docker/metadata-action does, or take {version}."#]]
    .assert_eq(&scene.refusal(&with).await);

    let step = scene.deploy(&[&with[..], &[("command", "verify")]].concat()).await;
    step.is("refused");
    step.says("error", "`SHA` in `environment-variables` uses {commit}");

    scene.sim.fault(
        "GetDownloadUrlForLayer",
        simulator::When::Always,
        simulator::Fault::AccessDenied,
    );
    let said = scene.refusal(&with).await;
    assert!(said.contains("not known: ecr:GetDownloadUrlForLayer is not allowed"), "{said}");

    let scene = shop();
    scene.sim.repository("web1").push("main-3f2a91c", Image::linux_amd64().content("1.4.3"));
    let pinned = scene.digest("main-3f2a91c");
    let image = scene.sim.image(&format!("web1@{pinned}"));
    for value in ["{tag}", "{version}"] {
        let label = format!("com.example.v={value}");
        let said = scene.refusal(&[("image", &image), ("docker-labels", &label)]).await;
        let expected = format!(
            "`com.example.v` in `docker-labels` uses {value}, but {image} is deployed by its digest and has none\nDeploy it by its tag, or take {{digest}}."
        );
        assert_eq!(said, expected);
    }
    let step = scene.deploy(&[("image", &image), ("docker-labels", "v={digest}")]).await;
    step.ended("deployed", &[]);
    assert_eq!(has(&step.only("RegisterTaskDefinition").body, 0)[1], json!({ "v": pinned }));
}

/// What somebody needs now does not wait for a label.
#[tokio::test(start_paused = true)]
async fn a_rollback_goes_ahead_without_what_is_not_known() {
    let scene = Scene::with_images(&["1.4.1", "1.4.2"]);
    let [first, second] = ["1.4.1", "1.4.2"].map(|tag| scene.register(tag));
    scene.sim.service("prod", "web1").running(&first).running(&second).desired(2).start();
    let variables = ("environment-variables", "SHA={commit}\nDD_VERSION={version}");
    let step = scene.deploy(&[PREVIOUS, variables]).await;
    step.ended("rolled-back", &[]);
    let expected = json!([{ "name": "DD_VERSION", "value": "1.4.1" }]);
    assert_eq!(has(&step.only("RegisterTaskDefinition").body, 0)[0], expected);
    expect!["`SHA` in `environment-variables` uses {commit}, but the commit of 1.4.1 is not known: its label `org.opencontainers.image.revision` is missing or not a full commit id: the value is not changed"].assert_eq(&step.said("warning"));
}

#[tokio::test(start_paused = true)]
async fn a_tag_that_is_no_version_is_the_version_too() {
    let scene = shop();
    push(&scene, "main-3f2a91c", "main", &commit("1.5.0"));
    let with = [("version", "main-3f2a91c"), ("environment-variables", "A={version} {tag}")];
    let step = scene.deploy(&with).await;
    step.ended("deployed", &[]);
    let expected = json!([{ "name": "A", "value": "main-3f2a91c main-3f2a91c" }]);
    assert_eq!(has(&step.only("RegisterTaskDefinition").body, 0)[0], expected);
}

#[tokio::test(start_paused = true)]
async fn what_still_names_the_version_before_is_a_notice_without_its_value() {
    let scene = Scene::with_images(&["v1.4.1", "v1.4.2"]);
    let arn = scene
        .sim
        .task_definition("web1")
        .container_with(&json!({
            "name": "web1", "image": scene.sim.image("web1:v1.4.1"), "essential": true,
            "dockerLabels": { "com.example.v": "v1.4.1", "com.example.other": "hush" },
            "environment": [
                { "name": "DD_VERSION", "value": "1.4.1" },
                { "name": "SENTRY_RELEASE", "value": "v1.4.1" },
                { "name": "BASE", "value": "web1-1.4.1" },
                { "name": "SET", "value": "1.4.1" },
            ],
        }))
        .container_with(&json!({ "name": "log", "image": "fluent/fluent-bit:3",
            "environment": [{ "name": "DD_VERSION", "value": "1.4.1" }] }))
        .register();
    scene.sim.service("prod", "web1").running(&arn).desired(2).start();
    let with = [("environment-variables", "SET=1.4.1"), ("container", "web1")];
    let step = scene.deploy(&with).await;
    step.ended("deployed", &[]);
    expect![[r#"
        these still name the version before: DD_VERSION of web1, SENTRY_RELEASE of web1, the label com.example.v of web1
        With `NAME={version}` in `environment-variables` or `docker-labels` they follow the image."#]].assert_eq(&step.said("notice"));
    // As the notice says.
    let with = [
        ("environment-variables", "DD_VERSION={version}\nSENTRY_RELEASE={tag}\nSET=1.4.1"),
        ("docker-labels", "com.example.v={tag}"),
        ("container", "web1"),
    ];
    let step = scene.deploy(&with).await;
    step.ended("deployed", &[]);
    assert_eq!(step.said("notice"), "");
}

#[tokio::test(start_paused = true)]
async fn a_word_that_is_almost_a_placeholder_is_passed_on_with_a_notice() {
    let scene = shop();
    let step = scene.deploy(&[("environment-variables", "A=hush {verison}\nB={name}")]).await;
    step.ended("deployed", &[]);
    let expected =
        json!([{ "name": "A", "value": "hush {verison}" }, { "name": "B", "value": "{name}" }]);
    assert_eq!(has(&step.only("RegisterTaskDefinition").body, 0)[0], expected);
    expect![[r#"
        the value of `A` in `environment-variables` has something like {version} in it, which is taken literally
        Did you mean {version}?"#]]
    .assert_eq(&step.said("notice"));
}

#[tokio::test(start_paused = true)]
async fn containers_with_images_of_their_own_are_each_told_their_own() {
    let scene = Scene::with_images(&["1.4.1", "1.4.2"]);
    for tag in ["3.0.0", "4.0.0"] {
        scene.sim.repository("nginx").push(tag, Image::linux_amd64().content(tag));
    }
    let image = |short: &str| scene.sim.image(short);
    let definition = scene.sim.task_definition("web1").container("web1", &image("web1:1.4.1"));
    let definition = definition.container("nginx", &image("nginx:3.0.0")).register();
    scene.sim.service("prod", "web1").running(&definition).desired(2).start();
    let images = format!("web1={}\nnginx={}", image("web1:1.4.2"), image("nginx:4.0.0"));
    let with = [("images", images.as_str()), ("environment-variables", "V={version}")];
    let step = scene.deploy(&with).await;
    step.ended("deployed", &[]);
    let body = &step.only("RegisterTaskDefinition").body;
    for (at, version) in ["1.4.2", "4.0.0"].into_iter().enumerate() {
        assert_eq!(has(body, at)[0], json!([{ "name": "V", "value": version }]));
    }
    let again = scene.deploy(&with).await;
    again.is("unchanged");
    assert_eq!(again.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn in_the_file_of_many_apps_both_kinds_of_placeholders_have_their_places() {
    let scene = Scene::empty();
    let file = "\
cluster: '{environment}'
tag-template: '{name}-v{version}'
environment-variables: ['DD_VERSION={version}', 'APP={name} {environment}']
docker-labels: |
  com.example.tag={tag}
environments: { prod: }
apps:
  api: { package: 'apps/{name}' }
  web1: { package: 'apps/{name}', docker-labels: ['com.example.of={version}'] }
";
    scene.file(".github/ecs-release.yml", file);
    for (app, versions) in [("api", ["2.2.1", "2.3.0"]), ("web1", ["1.4.1", "1.4.2"])] {
        let package = json!({ "name": format!("@shop/{app}"), "version": versions[1] });
        scene.file(&format!("apps/{app}/package.json"), package.to_string());
        let tags = versions.map(|version| format!("{app}-v{version}"));
        for tag in &tags {
            scene.sim.repository(app).push(tag, Image::linux_amd64().content(tag));
        }
        scene.sim.service("prod", app).running_version(&tags[0]).desired(1).start();
    }
    let step = scene.deploy(&[("apps", "all"), ("environment", "prod")]).await;
    step.is("deployed");
    let label = |name: &str, value: &str| json!({ name: value });
    for (app, version, labels) in [
        ("api", "2.3.0", label("com.example.tag", "api-v2.3.0")),
        ("web1", "1.4.2", label("com.example.of", "1.4.2")),
    ] {
        let all = registered(&step);
        let body = all.iter().find(|it| it["family"] == app).expect("it is registered");
        let variables = json!([
            { "name": "DD_VERSION", "value": version },
            { "name": "APP", "value": "{name} {environment}" },
        ]);
        assert_eq!(has(body, 0), [variables, labels]);
    }
}
