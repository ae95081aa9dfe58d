//! Sentences about task definitions on their way to ECS: every member arrives,
//! also those that no SDK knows, and only what was asked for changes.

use serde_json::{Value, json};

use crate::scene::{Scene, Step};

/// Members that no SDK knows at every depth, keys in no alphabetical order, and
/// numbers in every spelling that JSON has.
const FROM_THE_FUTURE: &str = r#"{
  "zeta": {"b": 1.50, "a": [1e+3, {"y": -0, "x": 10.0}]},
  "family": "web1",
  "containerDefinitions": [
    {
      "future": {"deep": {"deeper": [{"n": 1e-7}, 12345678901234567890123]}},
      "name": "web1",
      "image": "written-by/somebody:else",
      "portMappings": [{"futurePort": 8080.00, "containerPort": 8080}],
      "environment": [{"name": "EMPTY", "value": "", "future": true}]
    }
  ],
  "requiresCompatibilities": ["FARGATE"],
  "networkMode": "awsvpc",
  "executionRoleArn": "arn:aws:iam::123456789012:role/web1-execution",
  "cpu": "256",
  "memory": "512",
  "alpha": null
}"#;

/// What answers have and registrations have not.
const READ_ONLY: [&str; 9] = [
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
    "deleteRequestedAt",
];

fn started(step: &Step) {
    step.is("started");
}

/// What was registered, with its order and spelling.
fn registered(step: &Step) -> String {
    let raw = &step.only("RegisterTaskDefinition").raw;
    String::from_utf8(raw.to_vec()).expect("the body is UTF-8")
}

/// `text` with the image of its first container set, otherwise as it is.
fn with_image(text: &str, image: &str) -> String {
    let mut value: Value = serde_json::from_str(text).expect("JSON");
    value["containerDefinitions"][0]["image"] = json!(image);
    value.to_string()
}

#[tokio::test(start_paused = true)]
async fn every_member_of_a_file_arrives_as_it_was_written() {
    let scene = Scene::ready();
    let file = scene.file("task.json", FROM_THE_FUTURE);
    let inputs = [("task-definition", file.as_str()), ("repository", "web1"), ("wait", "false")];
    let step = scene.deploy(&inputs).await;
    started(&step);
    let body = registered(&step);
    assert_eq!(body, with_image(FROM_THE_FUTURE, &scene.sim.image("web1:1.4.2")));
    // Said without any parser: spelling and order.
    for text in [
        r#"{"zeta":{"b":1.50,"a":[1e+3,{"y":-0,"x":10.0}]},"family""#,
        r#"[{"n":1e-7},12345678901234567890123]"#,
        r#"{"futurePort":8080.00,"containerPort":8080}"#,
    ] {
        assert!(body.contains(text), "{text} in {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_member_of_the_running_definition_arrives_as_ecs_gave_it() {
    let scene = Scene::ready();
    let future: Value = serde_json::from_str(FROM_THE_FUTURE).expect("JSON");
    let mut container = future["containerDefinitions"][0].clone();
    container["image"] = json!(scene.sim.image("web1:1.4.1"));
    let arn = scene
        .sim
        .task_definition("web2")
        .container_with(&container)
        .member("zeta", future["zeta"].clone())
        .member("alpha", Value::Null)
        .register();
    scene.sim.service("prod", "web2").running(&arn).start();
    let step = scene.deploy(&[("service", "web2"), ("wait", "false")]).await;
    started(&step);
    let mut described = step.only("DescribeTaskDefinition").response()["taskDefinition"].clone();
    for name in READ_ONLY {
        described.as_object_mut().expect("an object").shift_remove(name);
    }
    let image = scene.sim.image("web1:1.4.2");
    assert_eq!(registered(&step), with_image(&described.to_string(), &image));
    assert!(registered(&step).contains("12345678901234567890123"));
}

#[tokio::test(start_paused = true)]
async fn json_yaml_and_what_the_cli_prints_are_the_same_definition() {
    let bare = json!({
        "family": "web1",
        "containerDefinitions": [{ "name": "web1", "image": "x", "cpu": 10, "command": ["on"] }],
        "cpu": "256",
        "memory": "512",
    });
    let mut printed = bare.clone();
    for name in READ_ONLY {
        printed[name] = json!("only in answers");
    }
    let yaml = "\
# Kept by hand.
family: web1
containerDefinitions:
  - name: web1
    image: x
    cpu: 10
    command: [on]
cpu: '256'
memory: '512'
";
    let expected = |scene: &Scene| with_image(&bare.to_string(), &scene.sim.image("web1:1.4.2"));
    for (name, text) in [
        ("task.json", bare.to_string()),
        ("task", format!("\u{feff}{bare:#}")),
        ("printed.json", json!({ "taskDefinition": printed }).to_string()),
        ("task.yaml", yaml.to_owned()),
        ("task.yml", yaml.replace('\n', "\r\n")),
    ] {
        let scene = Scene::ready();
        let file = scene.file(name, &text);
        // A name without an extension is told from a family by its path.
        let inputs =
            [("task-definition", file.as_str()), ("repository", "web1"), ("wait", "false")];
        let step = scene.deploy(&inputs).await;
        started(&step);
        assert_eq!(registered(&step), expected(&scene), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn tags_are_kept_but_for_those_that_only_aws_may_set() {
    let tags = json!([{ "key": "team", "value": "a" },
                      { "key": "aws:cloudformation:stack-name", "value": "b" },
                      { "key": "awsome", "value": "c" }]);
    let kept = json!([{ "key": "team", "value": "a" }, { "key": "awsome", "value": "c" }]);
    let scene = Scene::ready();
    let image = scene.sim.image("web1:1.4.1");
    let define = |family: &str, tags: &Value| {
        let builder = scene.sim.task_definition(family).container("web1", &image);
        builder.member("tags", tags.clone()).register()
    };
    for (family, given, expected) in
        [("kept", &tags, &kept), ("dropped", &json!([tags[1]]), &Value::Null)]
    {
        let arn = define(family, given);
        let step = scene.deploy(&[("task-definition", &arn), ("wait", "false")]).await;
        started(&step);
        assert_eq!(step.only("RegisterTaskDefinition").body["tags"], *expected, "{family}");
    }
    let printed = json!({ "tags": tags, "taskDefinition": {
        "family": "web1", "memory": "512",
        "containerDefinitions": [{ "name": "web1", "image": image }] } });
    let file = scene.file("printed.json", printed.to_string());
    let inputs = [("task-definition", file.as_str()), ("in-flight", "replace"), ("wait", "false")];
    let step = scene.deploy(&inputs).await;
    started(&step);
    assert_eq!(step.only("RegisterTaskDefinition").body["tags"], kept);
}
