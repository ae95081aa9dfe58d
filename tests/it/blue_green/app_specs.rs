//! The AppSpec that is sent: its content, and the hash of exactly that.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{app_spec, minutes, ready};
use crate::scene::Told;

/// Asserts that the hash that was sent is that of the content, byte for byte.
fn assert_hashed(told: &Told) {
    let sent = &told.only("CreateDeployment").body["revision"]["appSpecContent"];
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
        let told = scene.deploy(&[("codedeploy-appspec", &path)]).await;
        assert_eq!(told.result(), "deployed", "{name}: {}", told.said("error"));
        assert_hashed(&told);
        put_definition(&mut expected, told.output("task-definition-arn"));
        assert_eq!(app_spec(&told), expected, "{name}");
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
    let told = scene.deploy(&[("version", "1.5.0")]).await;
    assert_eq!(told.result(), "deployed", "{}", told.log());
    assert_hashed(&told);
    assert_eq!(
        app_spec(&told),
        json!({ "version": 0.0, "Resources": [{ "TargetService": {
            "Type": "AWS::ECS::Service",
            "Properties": {
                "TaskDefinition": told.output("task-definition-arn"),
                "LoadBalancerInfo": { "ContainerName": "web1", "ContainerPort": 8080 },
                "PlatformVersion": "1.4.0",
                "CapacityProviderStrategy": [{ "CapacityProvider": "FARGATE_SPOT", "Weight": 2 }],
            },
        } }], "Hooks": [{ "AfterAllowTraffic": "checks" }] })
    );
}
