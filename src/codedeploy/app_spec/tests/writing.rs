use serde_json::{Value, json};

use super::{ARN, arn, file, parsed, with_definitions};
use crate::codedeploy::app_spec::AppSpec;

/// AWS's own example, with every member of its guide.
const GUIDE: &str = r#"version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: "arn:aws:ecs:us-east-1:111222333444:task-definition/my-family:1"
        LoadBalancerInfo:
          ContainerName: "SampleApplicationName"
          ContainerPort: 80
# Optional properties
        PlatformVersion: "LATEST"
        NetworkConfiguration:
          AwsvpcConfiguration:
            Subnets: ["subnet-1234abcd","subnet-5678abcd"]
            SecurityGroups: ["sg-12345678"]
            AssignPublicIp: "ENABLED"
        CapacityProviderStrategy:
          - Base: 1
            CapacityProvider: "FARGATE_SPOT"
            Weight: 2
Hooks:
  - BeforeInstall: "LambdaFunctionToValidateBeforeInstall"
  - AfterAllowTraffic: "LambdaFunctionToValidateAfterAllowingProductionTraffic"
"#;

#[test]
fn the_example_of_the_guide_is_sent_as_compact_json_with_its_hash() {
    let content = file(GUIDE).content(&arn());
    assert_eq!(
        content.text,
        r#"{"version":0.0,"Resources":[{"TargetService":{"Type":"AWS::ECS::Service","Properties":{"TaskDefinition":"arn:aws:ecs:eu-central-1:111122223333:task-definition/shop:42","LoadBalancerInfo":{"ContainerName":"SampleApplicationName","ContainerPort":80},"PlatformVersion":"LATEST","NetworkConfiguration":{"AwsvpcConfiguration":{"Subnets":["subnet-1234abcd","subnet-5678abcd"],"SecurityGroups":["sg-12345678"],"AssignPublicIp":"ENABLED"}},"CapacityProviderStrategy":[{"Base":1,"CapacityProvider":"FARGATE_SPOT","Weight":2}]}}}],"Hooks":[{"BeforeInstall":"LambdaFunctionToValidateBeforeInstall"},{"AfterAllowTraffic":"LambdaFunctionToValidateAfterAllowingProductionTraffic"}]}"#
    );
    // By sha256sum.
    assert_eq!(content.sha256, "58da8bc6919d8b9186c931f98e308155253b3ca3fb6627973dd3e9c83698919e");
}

#[test]
fn an_appspec_in_yaml_means_the_same_in_json() {
    let resource =
        |properties: Value| json!({ "Type": "AWS::ECS::Service", "Properties": properties });
    let balanced = |name: &str, port: u16| json!({ "ContainerName": name, "ContainerPort": port });
    let cases = [
        (
            "comments everywhere",
            "# first\nversion: 0.0 # the only one\nResources: # a list\n  # of one\n  - A: #named\n      Type: AWS::ECS::Service\n      Properties: {TaskDefinition: 'a#b', LoadBalancerInfo: {ContainerName: web, ContainerPort: 80}}\n# last",
            json!({ "version": 0.0, "Resources": [{ "A": resource(json!({
                "TaskDefinition": ARN, "LoadBalancerInfo": balanced("web", 80),
            })) }] }),
        ),
        (
            "an anchor and its alias",
            "version: 0.0\nResources:\n- A: &a\n    Type: AWS::ECS::Service\n    Properties:\n      TaskDefinition: <TASK_DEFINITION>\n      LoadBalancerInfo: &lb {ContainerName: web, ContainerPort: 80}\n- B: *a\n- C:\n    Type: AWS::ECS::Service\n    Properties: {TaskDefinition: x, LoadBalancerInfo: *lb}\n",
            {
                let one = resource(json!({
                    "TaskDefinition": ARN, "LoadBalancerInfo": balanced("web", 80),
                }));
                json!({ "version": 0.0, "Resources": [{ "A": one }, { "B": one }, { "C": one }] })
            },
        ),
        (
            "a merge, whose members give way to what stands beside it",
            "version: 0.0\nx-base: &base {TaskDefinition: x, PlatformVersion: LATEST, AB: 1}\nResources:\n- A:\n    Type: AWS::ECS::Service\n    Properties:\n      <<: *base\n      PlatformVersion: 1.4.0\n",
            json!({
                "version": 0.0,
                "x-base": { "TaskDefinition": "x", "PlatformVersion": "LATEST", "AB": 1 },
                "Resources": [{ "A": resource(json!({
                    "PlatformVersion": "1.4.0", "TaskDefinition": ARN, "AB": 1,
                })) }],
            }),
        ),
        (
            "one list of two merges, the first of which wins",
            "version: 0.0\na: &a {TaskDefinition: x, P: a}\nb: &b {P: b, Q: b}\nResources:\n- A:\n    Type: AWS::ECS::Service\n    Properties: {<<: [*a, *b]}\n",
            json!({
                "version": 0.0,
                "a": { "TaskDefinition": "x", "P": "a" },
                "b": { "P": "b", "Q": "b" },
                "Resources": [{ "A": resource(json!({ "TaskDefinition": ARN, "P": "a", "Q": "b" })) }],
            }),
        ),
        (
            "several resources, also in one entry, with and without a definition",
            "version: 0.0\nResources:\n- A: {Type: AWS::ECS::Service, Properties: {TaskDefinition: x}}\n  B: {Type: AWS::ECS::Service, Properties: {}}\n- C: {Type: AWS::ECS::Service, Properties: {TaskDefinition: }}\n",
            {
                let one = resource(json!({ "TaskDefinition": ARN }));
                json!({ "version": 0.0, "Resources": [{ "A": one, "B": one }, { "C": one }] })
            },
        ),
        (
            "keys in any case",
            "VERSION: 0.0\nRESOURCES:\n- A: {TYPE: aws::ecs::service, properties: {TASKDEFINITION: x, loadbalancerinfo: {containerName: web, CONTAINERPORT: '80'}}}\nhooks: []\n",
            json!({
                "VERSION": 0.0,
                "RESOURCES": [{ "A": {
                    "TYPE": "aws::ecs::service",
                    "properties": {
                        "TASKDEFINITION": ARN,
                        "loadbalancerinfo": { "containerName": "web", "CONTAINERPORT": "80" },
                    },
                } }],
                "hooks": [],
            }),
        ),
        (
            "text outside of ASCII",
            "version: 0.0\nNotiz: Grüße 🚀\nResources:\n- Käse: {Type: AWS::ECS::Service, Properties: {TaskDefinition: ü}}\n",
            json!({
                "version": 0.0,
                "Notiz": "Grüße 🚀",
                "Resources": [{ "Käse": resource(json!({ "TaskDefinition": ARN })) }],
            }),
        ),
        (
            "JSON as YAML takes it, with tabs, a comment and a comma too many",
            "{\n\t\"version\": 0.0, # the only one\n\t\"Resources\": [\n\t\t{\"A\": {\"Type\": \"AWS::ECS::Service\", \"Properties\": {\"TaskDefinition\": \"x\",},},},\n\t],\n}\n",
            json!({
                "version": 0.0,
                "Resources": [{ "A": resource(json!({ "TaskDefinition": ARN })) }],
            }),
        ),
        (
            "text that YAML 1.1 takes for something else, and nothing",
            "version: '0.0'\nResources:\n- A: {Type: AWS::ECS::Service, Properties: {TaskDefinition: x, a: yes, b: on, c: ~, d: 2026-01-02, e: 0x10, f: true}}\n",
            json!({
                "version": "0.0",
                "Resources": [{ "A": resource(json!({
                    "TaskDefinition": ARN,
                    "a": "yes", "b": "on", "c": null, "d": "2026-01-02", "e": 16, "f": true,
                })) }],
            }),
        ),
    ];
    for (what, text, expected) in cases {
        let with_crlf = text.replace('\n', "\r\n");
        let with_mark = format!("\u{feff}{text}");
        for text in [text, &with_crlf, &with_mark] {
            let content = file(text).content(&arn());
            assert_eq!(parsed(&content), expected, "{what}");
            assert!(!content.text.contains('\n'), "{what}: {}", content.text);
        }
    }
}

#[test]
fn json_keeps_its_order_its_numbers_and_what_nobody_knows() {
    let text = r#"{ "zeta": [1.00, 1e-7, 12345678901234567890123, -0], "Resources": [ { "A": { "New": {"b": "\u00fc\u0007", "a": null}, "Type": "AWS::ECS::Service", "Properties": { "Later": {}, "TaskDefinition": {"no": "text"} } } } ], "version": 0.0 }"#;
    let expected = r#"{"zeta":[1.00,1e-7,12345678901234567890123,-0],"Resources":[{"A":{"New":{"b":"ü\u0007","a":null},"Type":"AWS::ECS::Service","Properties":{"Later":{},"TaskDefinition":"ARN"}}}],"version":0.0}"#
        .replace("ARN", ARN);
    let revision = AppSpec::from_revision(text).expect(text);
    for app_spec in [file(text), revision] {
        let content = app_spec.content(&arn());
        assert_eq!(content.text, expected);
        let original = serde_json::from_str(text).expect("JSON");
        assert_eq!(parsed(&content), with_definitions(original, ARN));
    }
}

#[test]
fn a_hash_belongs_to_the_text_as_utf8() {
    let text = r#"{"version":0.0,"Resources":[{"Käse":{"Type":"AWS::ECS::Service","Properties":{"TaskDefinition":"🚀"}}}]}"#;
    let content = file(text).content(&arn());
    assert_eq!(content.text, text.replace("🚀", ARN));
    // By sha256sum.
    assert_eq!(content.sha256, "003baffd69d80b0c7a71825ae67b80e5482833188df04a9a8f53f5d820e62012");
}

#[test]
fn a_definition_that_is_missing_is_put_first() {
    let text = r#"{"Resources":[{"A":{"Type":"AWS::ECS::Service","Properties":{"LoadBalancerInfo":{}}}}]}"#;
    let with_it = text.replace(r#"{"Load"#, &format!(r#"{{"TaskDefinition":"{ARN}","Load"#));
    assert_eq!(file(text).content(&arn()).text, with_it);
}
