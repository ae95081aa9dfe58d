//! Sentences about task definitions: where they come from, which of them can't
//! be used, and what is merged into them.

use expect_test::{Expect, expect};
use serde_json::json;
use simulator::{Act, Fault, Image, When};

use crate::scene::{Scene, Step, definition};

fn started(step: &Step) {
    step.is("started");
}

#[tokio::test(start_paused = true)]
async fn a_registered_definition_is_named_by_family_revision_or_arn() {
    for (name, memory) in [("base", "1024"), ("base:1", "512"), (&*definition("base:1"), "512")] {
        let scene = Scene::ready();
        let image = scene.sim.image("web1:1.4.1");
        for memory in ["512", "1024"] {
            let builder = scene.sim.task_definition("base").container("web1", &image);
            builder.member("memory", json!(memory)).register();
        }
        let step = scene.deploy(&[("task-definition", name), ("wait", "false")]).await;
        started(&step);
        let body = &step.only("RegisterTaskDefinition").body;
        assert_eq!((&body["family"], &body["memory"]), (&json!("base"), &json!(memory)), "{name}");
        assert_eq!(step.only("UpdateService").body["taskDefinition"], definition("base:3"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_already_has_the_image_is_used_as_it_is() {
    let scene = Scene::ready();
    let arn = scene.register("1.4.2");
    let step = scene.deploy(&[("task-definition", "web1")]).await;
    step.is("deployed");
    assert_eq!(step.writes(), ["UpdateService"]);
    let body = json!({ "cluster": "prod", "service": "web1", "taskDefinition": arn });
    assert_eq!(step.only("UpdateService").body, body);
}

#[tokio::test(start_paused = true)]
async fn an_inactive_revision_that_has_the_image_is_registered_again() {
    let scene = Scene::ready();
    let arn = scene.register("1.4.2");
    scene.sim.act(Act::deregister(&arn));
    let step = scene.deploy(&[("task-definition", &arn)]).await;
    step.is("deployed");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "UpdateService"]);

    // The running one likewise: it runs on, but nothing new can be started from it.
    let scene = Scene::ready();
    scene.sim.act(Act::deregister(&definition("web1:1")));
    let step = scene.deploy(&[("version", "1.4.1")]).await;
    step.is("unchanged");
    let inputs = [("version", "1.4.1"), ("force-new-deployment", "true")];
    let step = scene.deploy(&inputs).await;
    step.is("deployed");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "UpdateService"]);
    assert_eq!(step.only("UpdateService").body["taskDefinition"], definition("web1:2"));
    expect![[r#"
        the same definition and image are deployed again, because force-new-deployment is set
        web1:1 is no longer active, so the same definition is registered again"#]]
    .assert_eq(&step.said("notice"));
}

#[tokio::test(start_paused = true)]
async fn a_definition_that_cannot_be_used_is_refused_with_its_place() {
    let cases: [(&str, &str, Expect); 6] = [
        (
            "twice.json",
            "{\n  \"family\": \"web1\",\n  \"family\": \"web2\"\n}\n",
            expect![[r#"
                twice.json: the key "family" appears twice in one object at line 3 column 10
                (at twice.json, line 3)"#]],
        ),
        (
            "deep.json",
            "{\"family\": \"web1\", \"containerDefinitions\": [{\"name\": \"web1\",\n\
             \"environment\": [{\"name\": \"A\",\n\"value\": \"secret\",\n\"value\": \"s2\"}]}]}",
            expect![[r#"
                deep.json: the key "value" appears twice in one object at line 4 column 7
                (at deep.json, line 4)"#]],
        ),
        (
            "twice.yaml",
            "family: web1\ncpu: '256'\nfamily: web2\n",
            expect![[r#"
                twice.yaml: the key "family" appears twice in one object at line 3 column 1
                (at twice.yaml, line 3)"#]],
        ),
        (
            "broken.json",
            "{\n  \"family\": \"web1\"\n  \"cpu\": \"secret\"\n}\n",
            expect![[r#"
                broken.json: expected `,` or `}` at line 3 column 3
                A file whose name ends in .yml or .yaml is read as YAML, any other as JSON.
                (at broken.json, line 3)"#]],
        ),
        (
            "empty.json",
            "{\n  \"family\": \"web1\",\n  \"containerDefinitions\": []\n}",
            expect![[r#"
                empty.json: `containerDefinitions` has no container
                (at empty.json, line 3)"#]],
        ),
        (
            "other.json",
            "{\n  \"name\": \"web1\",\n  \"version\": \"1.4.2\"\n}",
            expect![[r#"
                other.json: `family` is missing
                Add the name under which ECS numbers the revisions.
                (at other.json, line 1)"#]],
        ),
    ];
    for (name, text, expected) in cases {
        let scene = Scene::ready();
        let file = scene.file(name, text);
        let said = scene.refusal(&[("task-definition", &file)]).await;
        assert!(!said.contains("secret"), "no text of the file is quoted: {said}");
        expected.assert_eq(&said);
        assert_eq!(scene.sim.requests().len(), 0, "AWS is not asked in vain");
    }
}

#[tokio::test(start_paused = true)]
async fn a_definition_that_is_not_there_is_refused() {
    let scene = Scene::ready();
    let file = scene.file("x", "").replace("/x", "/task.json");
    expect![[r#"
        there is no file task.json
        Check the path in `task-definition`."#]]
    .assert_eq(&scene.refusal(&[("task-definition", &file)]).await);
    for (name, expected) in [
        (
            "web3",
            expect![[r#"
                there is no task definition web3: Unable to describe task definition.
                Check `task-definition`: a file, a family, family:revision or an ARN."#]],
        ),
        (
            "web1:9",
            expect![[r#"
                there is no task definition web1:9: Unable to describe task definition.
                Check `task-definition`: a file, a family, family:revision or an ARN."#]],
        ),
    ] {
        expected.assert_eq(&scene.refusal(&[("task-definition", name)]).await);
    }
}

#[tokio::test(start_paused = true)]
async fn variables_and_secrets_are_merged_and_their_values_never_told() {
    let scene = Scene::empty();
    for tag in ["1.4.1", "1.4.2"] {
        scene.sim.repository("web1").push(tag, Image::linux_amd64());
    }
    let arn = scene
        .sim
        .task_definition("web1")
        .container_with(&json!({
            "name": "web1",
            "image": scene.sim.image("web1:1.4.1"),
            "environment": [
                { "name": "KEPT", "value": "hush-kept" },
                { "name": "CHANGED", "value": "hush-before" },
                { "name": "MOVED", "value": "hush-moved" },
            ],
            "secrets": [{ "name": "TOKEN", "valueFrom": "arn:hush-token-before" }],
        }))
        .container("log", "fluent/fluent-bit:3")
        .register();
    scene.sim.service("prod", "web1").running(&arn).start();
    let inputs = [
        ("environment-variables", "CHANGED=hush-after=1\nNEW=hush-new\nEMPTY="),
        ("secrets", "TOKEN=arn:hush-token-after\nMOVED=arn:hush-secret"),
        ("container", "web1"),
    ];
    let step = scene.deploy(&inputs).await;
    step.is("deployed");
    let containers = &step.only("RegisterTaskDefinition").body["containerDefinitions"];
    assert_eq!(
        containers[0]["environment"],
        json!([
            { "name": "KEPT", "value": "hush-kept" },
            { "name": "CHANGED", "value": "hush-after=1" },
            { "name": "NEW", "value": "hush-new" },
            { "name": "EMPTY", "value": "" },
        ])
    );
    assert_eq!(
        containers[0]["secrets"],
        json!([
            { "name": "TOKEN", "valueFrom": "arn:hush-token-after" },
            { "name": "MOVED", "valueFrom": "arn:hush-secret" },
        ])
    );
    assert_eq!(containers[1]["environment"], json!([]), "only the chosen containers");
    for name in ["CHANGED", "NEW", "EMPTY", "TOKEN", "MOVED"] {
        assert!(step.log().contains(name), "{name} is named in the plan: {}", step.log());
    }
    let everything =
        format!("{} {:?} {} {:?}", step.log(), step.annotations, step.summary, step.outputs);
    assert!(!everything.contains("hush"), "{everything}");
}

#[tokio::test(start_paused = true)]
async fn a_value_that_ecs_quotes_is_masked() {
    let scene = Scene::ready();
    let quoting = Fault::Error {
        code: "ClientException",
        message: "Invalid value 'hush-1' (hush-and-more) for container web1.",
    };
    scene.sim.fault("RegisterTaskDefinition", When::Always, quoting);
    let step = scene.deploy(&[("environment-variables", "A=hush-1\nB=hush-and-more")]).await;
    assert_eq!(step.result(), "failed");
    step.says("error", "Invalid value '***' (***) for container web1.");
    let everything =
        format!("{} {:?} {} {:?}", step.log(), step.annotations, step.summary, step.outputs);
    assert!(!everything.contains("hush"), "{everything}");
}

/// `RegisterTaskDefinition` refuses more than 65,536 bytes.
#[tokio::test(start_paused = true)]
async fn a_definition_that_is_too_large_is_refused_by_its_size_before_anything_is_written() {
    for (letters, fits) in [(60_000, true), (66_000, false)] {
        let scene = Scene::ready();
        let file = scene.file(
            "task.json",
            json!({ "family": "web1", "containerDefinitions": [{
                "name": "web1", "image": "", "memory": 512,
                "environment": [{ "name": "LARGE", "value": "x".repeat(letters) }] }] })
            .to_string(),
        );
        let mut said = Vec::new();
        for more in [("command", "verify"), ("dry-run", "true"), ("wait", "false")] {
            let inputs = [("task-definition", &*file), ("repository", "web1"), more];
            let step = scene.deploy(&inputs).await;
            let good = ["verified", "planned", "started"].contains(&step.result());
            assert_eq!(good, fits, "{more:?}: {}", step.said("error"));
            let writes = step.writes();
            assert_eq!(writes.is_empty(), !fits || more.0 != "wait", "{more:?}: {writes:?}");
            said.push(step.output("failure-reason").replace(&file, "task.json"));
        }
        if fits {
            continue;
        }
        for reason in said {
            expect!["the task definition web1 has 66184 bytes, but ECS accepts at most 65536"]
                .assert_eq(&reason);
        }
    }
    // Where nothing is registered nothing can be too large.
    let scene = Scene::ready();
    let step = scene.deploy(&[("version", "1.4.1")]).await;
    step.is("unchanged");
}
