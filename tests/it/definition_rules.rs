//! One set of rules for a task definition file: `verify`, a dry run and `deploy` refuse the
//! same, in the same words and at the same lines.

use serde_json::{Value, json};
use simulator::Image;

use crate::scene::{Scene, Step};

/// The three that hold a file against the rules.
const WAYS: [&[(&str, &str)]; 3] =
    [&[("command", "verify")], &[("dry-run", "true")], &[("wait", "false")]];

/// A definition for Fargate in which nothing is wrong.
fn sound() -> Value {
    json!({
        "family": "web1",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": "arn:aws:iam::123456789012:role/exec",
        "containerDefinitions": [{
            "name": "web1",
            "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.4.1",
            "portMappings": [{ "containerPort": 8080, "protocol": "tcp" }],
            "environment": [{ "name": "A", "value": "b" }],
            "logConfiguration": { "logDriver": "awslogs", "options": {
                "awslogs-group": "/ecs/web1",
                "awslogs-region": "eu-central-1",
                "awslogs-stream-prefix": "web1",
            } },
        }],
    })
}

/// The same with another value at this place.
fn with(place: &str, value: &Value) -> String {
    let mut definition = sound();
    let (around, last) = place.rsplit_once('/').expect("a pointer");
    let parent = definition.pointer_mut(around).unwrap_or_else(|| panic!("{around} is there"));
    parent[last] = value.clone();
    serde_json::to_string_pretty(&definition).expect("JSON")
}

/// What is said of a kind, without the headline, each with its line.
fn said(step: &Step, kind: &str) -> Vec<(String, Option<usize>)> {
    let of_kind = step.annotations.iter().filter(|(it, _)| *it == kind);
    of_kind
        .map(|(_, it)| {
            let message = it
                .message
                .rsplit_once(": `")
                .map_or(it.message.clone(), |(_, rest)| format!("`{rest}"));
            (message, it.location.as_ref().map(|place| place.line))
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn what_one_refuses_all_refuse_at_the_same_lines_and_write_nothing() {
    let container = "/containerDefinitions/0";
    let cases: [(&str, Value, &str); 26] = [
        ("/volumes", json!({ "name": "x" }), "an object, but ECS expects a list"),
        ("/0/portMappings", json!({ "containerPort": 443 }), "an object, but ECS expects a list"),
        ("/0/mountPoints", json!({ "sourceVolume": "x" }), "an object, but ECS expects a list"),
        ("/0/command", json!("npm start"), "text, but ECS expects a list"),
        (
            "/0/healthCheck",
            json!({ "command": "curl -f localhost" }),
            "text, but ECS expects a list",
        ),
        (
            "/0/linuxParameters",
            json!({ "capabilities": { "add": "SYS_PTRACE" } }),
            "text, but ECS expects a list",
        ),
        ("/requiresCompatibilities", json!("FARGATE"), "text, but ECS expects a list"),
        (
            "/0/logConfiguration/options/max-buffer-size",
            json!(25),
            "a number, but ECS expects text",
        ),
        ("/0/dockerLabels", json!({ "a": 1 }), "a number, but ECS expects text"),
        ("/0/volumesFrom", json!([{ "readOnly": "false" }]), "text, but ECS expects true or false"),
        (
            "/0/ulimits",
            json!([{ "name": "nofile", "softLimit": 1, "hardLimit": "2048" }]),
            "text, but ECS expects a number",
        ),
        ("/cpu", json!(256), "a number, but ECS expects text"),
        ("/0/environment/0/value", json!(5), "a number, but ECS expects text"),
        ("/ipcMode", json!(""), "is empty, which ECS refuses"),
        ("/networkMode", json!(""), "is missing, and must be awsvpc on Fargate"),
        ("/0/logConfiguration/options/awslogs-group", json!(""), "is empty, which ECS refuses"),
        (
            "/0/repositoryCredentials",
            json!({ "credentialsParameter": "" }),
            "is empty, which ECS refuses",
        ),
        ("/0/portMappings/0/appProtocol", json!(""), "is empty, which ECS refuses"),
        ("/0/versionConsistency", json!(""), "is empty, which ECS refuses"),
        ("/0/environment/0/name", json!(""), "is empty, which ECS refuses"),
        (
            "/volumes",
            json!([{ "name": "x", "efsVolumeConfiguration": {
                "fileSystemId": "fs-12345678", "authorizationConfig": { "iam": "ENABLED" },
            } }]),
            "needs `transitEncryption`, which is not enabled",
        ),
        ("/0/logConfiguration", json!({ "options": {} }), "is missing"),
        ("/0/restartPolicy", json!({ "restartAttemptPeriod": 60 }), "is missing"),
        (
            "/0/restartPolicy",
            json!({ "enabled": true, "restartAttemptPeriod": 10 }),
            "is 10, but ECS accepts 60 to 1800 seconds",
        ),
        ("/taskRoleArn", json!("arn:aws:iam::123:role"), "which is not the ARN of a role"),
        ("/memory", json!("300"), "is 300 MiB"),
    ];
    for (place, value, words) in cases {
        let in_container = place.strip_prefix("/0/").map(|rest| format!("{container}/{rest}"));
        let place = in_container.unwrap_or_else(|| place.to_owned());
        let scene = Scene::ready();
        let file = scene.file("td.json", with(&place, &value));
        let mut all = Vec::new();
        for way in WAYS {
            let step = scene.deploy(&[way, &[("task-definition", &file)]].concat()).await;
            assert_eq!((step.result(), step.code), ("refused", 1), "{place}: {}", step.log());
            assert_eq!(step.writes(), [""; 0], "{place}");
            assert!(step.output("failure-reason").contains(words), "{place}: {}", step.log());
            let errors = said(&step, "error");
            assert!(errors.iter().all(|(_, line)| line.is_some_and(|line| line > 1)), "{errors:?}");
            all.push((errors, step.output("failure-reason").to_owned()));
        }
        assert_eq!(all[0], all[1], "{place}: a dry run");
        assert_eq!(all[0], all[2], "{place}: a deployment");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_only_doubtful_is_a_warning_everywhere_and_is_deployed() {
    let container = "/containerDefinitions/0";
    let cases = [
        (
            "/0/environmentFiles",
            json!([{ "value": "arn:aws:s3:::b/x.txt", "type": "s3" }]),
            "ends in .env",
        ),
        (
            "/0/secrets",
            json!([{ "name": "S", "valueFrom": "arn:aws:ssm:::parameter/x" }]),
            "is an ARN without a Region",
        ),
        (
            "/containerDefinitions/1",
            json!({ "name": "proxy", "image": "<PROXY_IMAGE>", "essential": false }),
            "still contains the placeholder \"<PROXY_IMAGE>\"",
        ),
    ];
    for (place, value, words) in cases {
        let in_container = place.strip_prefix("/0/").map(|rest| format!("{container}/{rest}"));
        let place = in_container.unwrap_or_else(|| place.to_owned());
        let scene = Scene::ready();
        let text = match place.as_str() {
            "/containerDefinitions/1" => {
                let mut definition = sound();
                definition["containerDefinitions"].as_array_mut().expect("a list").push(value);
                serde_json::to_string_pretty(&definition).expect("JSON")
            }
            place => with(place, &value),
        };
        let file = scene.file("td.json", text);
        for (way, result) in WAYS.into_iter().zip(["verified", "planned", "started"]) {
            let step = scene
                .deploy(&[way, &[("task-definition", &file), ("container", "web1")]].concat())
                .await;
            assert_eq!(step.result(), result, "{place}: {}", step.said("error"));
            let warnings = said(&step, "warning");
            let [(message, Some(line))] = &warnings[..] else { panic!("{place}: {warnings:?}") };
            assert!(message.contains(words) && *line > 1, "{place}: {warnings:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_changes_the_image_of_another_container_says_so() {
    let scene = Scene::empty();
    for tag in ["1.4.1", "1.4.2"] {
        scene.sim.repository("web1").push(tag, Image::linux_amd64());
    }
    let web = scene.sim.image("web1:1.4.1");
    let definition = scene.sim.task_definition("web1").container("web1", &web);
    let arn = definition.container("proxy", "nginx:n1").register();
    scene.sim.service("prod", "web1").running(&arn).start();
    let file = |proxy: &str| {
        let mut definition = sound();
        let proxy = json!({ "name": "proxy", "image": proxy, "essential": false });
        definition["containerDefinitions"].as_array_mut().expect("a list").push(proxy);
        scene.file("td.json", definition.to_string())
    };
    for way in WAYS {
        let path = file("nginx:n0");
        let with = [("task-definition", path.as_str()), ("container", "web1")];
        let step = scene.deploy(&[way, &with].concat()).await;
        assert_eq!(step.code, 0, "{}", step.said("error"));
        assert_eq!(
            said(&step, "warning"),
            [(
                "`containerDefinitions[1].image` (container \"proxy\") is \"nginx:n0\", but this container runs \"nginx:n1\": the file changes it too".to_owned(),
                Some(1)
            )]
        );
    }
    let same = file("nginx:n0");
    let step = scene.deploy(&[("command", "verify"), ("task-definition", &same)]).await;
    assert_eq!(step.said("warning"), "", "it runs by now: {}", step.said("error"));
}

#[tokio::test(start_paused = true)]
async fn a_port_that_a_load_balancer_needs_is_missed_by_all() {
    for way in WAYS {
        let scene = Scene::ready();
        scene.sim.service("prod", "web2").running("web1:1").load_balancer().desired(2).start();
        let file = scene.file("td.json", sound().to_string());
        let with = [("service", "web2"), ("task-definition", file.as_str())];
        let step = scene.deploy(&[way, &with].concat()).await;
        assert_eq!((step.result(), step.writes()), ("refused", vec![]), "{}", step.log());
        let why = step.output("failure-reason");
        assert_eq!(
            why,
            "there is no container web2, and a load balancer of web2 sends traffic to web2:8080"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn all_mistakes_of_a_file_are_told_at_once() {
    let mut definition = sound();
    definition["memory"] = json!("300");
    definition["containerDefinitions"][0]["command"] = json!("npm start");
    definition["containerDefinitions"][0]["stopTimeout"] = json!("30");
    let text = serde_json::to_string_pretty(&definition).expect("JSON");
    for way in WAYS {
        let scene = Scene::ready();
        let file = scene.file("td.json", &text);
        let step = scene.deploy(&[way, &[("task-definition", &file)]].concat()).await;
        let errors = said(&step, "error");
        assert_eq!(errors.len(), 3, "{errors:?}");
        for (message, _) in &errors {
            step.says("summary", message.rsplit("` ").next().unwrap_or_default());
        }
    }
}
