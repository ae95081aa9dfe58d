//! The AppSpec that is sent: its content, and the hash of exactly that.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use simulator::DeploymentGroupBuilder;

use super::{APPLICATION, GROUP, app_spec, minutes, ready, without_group};
use crate::scene::{Scene, Step};

/// Asserts that the hash that was sent is that of the content, byte for byte.
fn assert_hashed(step: &Step) {
    let sent = &step.only("CreateDeployment").body["revision"]["appSpecContent"];
    let content = sent["content"].as_str().expect("a text");
    let hash: String =
        Sha256::digest(content.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(sent["sha256"], hash);
}

#[tokio::test(start_paused = true)]
async fn a_file_comes_through_whole_but_for_the_definition_however_odd_it_is() {
    let cases: [(&str, &str, Value); 3] = [
        (
            "appspec.yaml",
            "# the shop\nversion: 0.0\nresources: # in lower case\n- targetService: &target\n    type: AWS::ECS::Service\n    \
             properties:\n      taskDefinition: <TASK_DEFINITION>\n      loadBalancerInfo: {containerName: web1, containerPort: 8080}\n      \
             capacityProviderStrategy:\n      - {base: 1, capacityProvider: FARGATE_SPOT, weight: 1}\n\
             hooks:\n- AfterAllowTraffic: \"prüfung-日本\"\n",
            json!({ "version": 0.0, "resources": [{ "targetService": {
                "type": "AWS::ECS::Service",
                "properties": {
                    "taskDefinition": "",
                    "loadBalancerInfo": { "containerName": "web1", "containerPort": 8080 },
                    "capacityProviderStrategy":
                        [{ "base": 1, "capacityProvider": "FARGATE_SPOT", "weight": 1 }],
                },
            } }], "hooks": [{ "AfterAllowTraffic": "prüfung-日本" }] }),
        ),
        (
            "appspec.yml",
            "VERSION: 0.0\r\nRESOURCES:\r\n- TARGETSERVICE:\r\n    TYPE: AWS::ECS::Service\r\n    PROPERTIES:\r\n      \
             LOADBALANCERINFO: &lb\r\n        CONTAINERNAME: web1\r\n        CONTAINERPORT: 8080\r\n      PLATFORMVERSION: 1.4.0\r\n",
            json!({ "VERSION": 0.0, "RESOURCES": [{ "TARGETSERVICE": {
                "TYPE": "AWS::ECS::Service",
                "PROPERTIES": {
                    "TaskDefinition": "",
                    "LOADBALANCERINFO": { "CONTAINERNAME": "web1", "CONTAINERPORT": 8080 },
                    "PLATFORMVERSION": "1.4.0",
                },
            } }] }),
        ),
        (
            "appspec.json",
            r#"{"version":0.0,"Resources":[{"TargetService":{"Type":"AWS::ECS::Service","Properties":{"TaskDefinition":"old","LoadBalancerInfo":{"ContainerName":"web1","ContainerPort":8080}}}}],"Hooks":[]}"#,
            json!({ "version": 0.0, "Resources": [{ "TargetService": {
                "Type": "AWS::ECS::Service",
                "Properties": {
                    "TaskDefinition": "",
                    "LoadBalancerInfo": { "ContainerName": "web1", "ContainerPort": 8080 },
                },
            } }], "Hooks": [] }),
        ),
    ];
    for (name, text, mut expected) in cases {
        let scene = ready();
        let path = scene.file(name, text);
        let step = scene.deploy(&[("codedeploy-appspec", &path)]).await;
        step.is("deployed");
        assert_hashed(&step);
        put_definition(&mut expected, step.output("task-definition-arn"));
        assert_eq!(app_spec(&step), expected, "{name}");
    }
}

/// Puts it where the expectation has an empty one.
fn put_definition(value: &mut Value, arn: &str) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                if key.eq_ignore_ascii_case("TaskDefinition") {
                    *member = arn.into();
                } else {
                    put_definition(member, arn);
                }
            }
        }
        Value::Array(entries) => entries.iter_mut().for_each(|it| put_definition(it, arn)),
        _ => {}
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_last_revision_said_beside_its_definition_is_carried_over() {
    let scene = ready();
    let path = scene.file(
        "appspec.yaml",
        "version: 0.0\nResources:\n- TargetService:\n    Type: AWS::ECS::Service\n    Properties:\n      \
         LoadBalancerInfo: {ContainerName: web1, ContainerPort: 8080}\n      PlatformVersion: 1.4.0\n      \
         CapacityProviderStrategy: [{CapacityProvider: FARGATE_SPOT, Weight: 2}]\nHooks:\n- AfterAllowTraffic: checks\n",
    );
    scene.deploy(&[("codedeploy-appspec", &path)]).await;
    minutes(10).await;
    let step = scene.deploy(&[("version", "1.5.0")]).await;
    step.is("deployed");
    assert_hashed(&step);
    assert_eq!(
        app_spec(&step),
        json!({ "version": 0.0, "Resources": [{ "TargetService": {
            "Type": "AWS::ECS::Service",
            "Properties": {
                "TaskDefinition": step.output("task-definition-arn"),
                "LoadBalancerInfo": { "ContainerName": "web1", "ContainerPort": 8080 },
                "PlatformVersion": "1.4.0",
                "CapacityProviderStrategy": [{ "CapacityProvider": "FARGATE_SPOT", "Weight": 2 }],
            },
        } }], "Hooks": [{ "AfterAllowTraffic": "checks" }] })
    );
}

/// A group that has deployed web1:1 by this kind of revision.
fn after_one(kind: impl FnOnce(DeploymentGroupBuilder, &str) -> DeploymentGroupBuilder) -> Scene {
    let scene = without_group();
    let group = scene.sim.deployment_group(APPLICATION, GROUP).service("prod", "web1");
    kind(group, "web1:1").create();
    scene
}

#[tokio::test(start_paused = true)]
async fn an_app_spec_of_the_deprecated_type_is_read_like_any_other() {
    let scene = after_one(DeploymentGroupBuilder::deployed_as_string);
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    minutes(10).await;
    let step = scene.deploy(&[("command", "rollback")]).await;
    assert_eq!((step.result(), step.output("version")), ("rolled-back", "1.4.1"), "{}", step.log());
}

#[tokio::test(start_paused = true)]
async fn an_app_spec_in_s3_is_said_not_to_be_readable() {
    let scene = after_one(DeploymentGroupBuilder::deployed_from_s3);
    let step = scene.deploy(&[]).await;
    assert_eq!((step.result(), step.writes().len()), ("refused", 0));
    step.says("error", "its AppSpec is in S3");
    step.says("error", "codedeploy-appspec");
}

/// The line of the annotation that says this.
fn line_of(step: &Step, words: &str) -> Option<usize> {
    let mut annotations = step.annotations.iter();
    let (_, problem) = annotations.find(|(_, problem)| problem.message.contains(words))?;
    Some(problem.location.as_ref()?.line)
}

/// A file for a service on another port than its load balancer has.
fn on_port(scene: &Scene, port: u16) -> (String, String) {
    let image = scene.sim.image("web1:1.4.1");
    let definition = json!({ "family": "web1", "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
        "executionRoleArn": "arn:aws:iam::123456789012:role/exec",
        "containerDefinitions": [{ "name": "web1",
        "image": image, "portMappings": [{ "containerPort": port }] }] });
    let definition = scene.file("task-definition.json", definition.to_string());
    let app_spec = scene.file("appspec.yaml",
        "version: 0.0\nResources:\n- TargetService:\n    Type: AWS::ECS::Service\n    Properties:\n      \
         LoadBalancerInfo: { ContainerName: web1, ContainerPort: 3000 }\n",
    );
    (definition, app_spec)
}

#[tokio::test(start_paused = true)]
async fn the_port_changes_with_the_app_spec_for_verify_dry_run_and_deploy_alike() {
    for port in [3000, 3001] {
        for with in [("command", "verify"), ("dry-run", "true"), ("command", "deploy")] {
            let scene = ready();
            let (definition, path) = on_port(&scene, port);
            let files =
                [("task-definition", definition.as_str()), ("codedeploy-appspec", path.as_str())];
            let step = scene.deploy(&[&files[..], &[with]].concat()).await;
            let is_refused = step.result() == "refused";
            assert_eq!(is_refused, port == 3001, "{port} {with:?}: {}", step.said("error"));
            if is_refused {
                step.says("error", "sends traffic to port 3000");
                step.says("error", "appspec.yaml");
                assert_eq!(line_of(&step, "sends traffic to port 3000"), Some(6), "{with:?}");
                assert_eq!(step.writes(), [""; 0]);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn hooks_of_servers_are_warned_of_by_verify_dry_run_and_deploy_alike() {
    for with in [("command", "verify"), ("dry-run", "true"), ("wait", "false")] {
        let scene = ready();
        let path = scene.file(
            "appspec.yaml",
            "version: 0.0\nResources:\n- TargetService:\n    Type: AWS::ECS::Service\n    Properties:\n      \
             LoadBalancerInfo: { ContainerName: web1, ContainerPort: 8080 }\nHooks:\n- AfterInstall: scripts/start.sh\n",
        );
        let step = scene.deploy(&[("codedeploy-appspec", path.as_str()), with]).await;
        assert_eq!(step.code, 0, "{with:?}: {}", step.said("error"));
        step.says("warning", "the hook `AfterInstall` names no Lambda function");
        assert_eq!(line_of(&step, "names no Lambda function"), Some(8), "{with:?}");
    }
}
