//! The folder's rules, one sentence each. What holds for every definition is in
//! `properties.rs`.

mod comparing;
mod patching;
mod reading;

use serde_json::{Value, json};

use super::TaskDefinition;

/// The definition that `value` is.
pub(super) fn definition(value: &Value) -> TaskDefinition {
    TaskDefinition::from_file("td.json", value.to_string().as_bytes()).expect("a definition")
}

/// What would be sent to ECS.
fn body(definition: &TaskDefinition) -> Value {
    serde_json::from_slice(&definition.register_body()).expect("register_body is JSON")
}

/// A service with a sidecar, as ECS describes it.
pub(super) fn shop() -> Value {
    json!({
        "family": "shop",
        "taskRoleArn": "arn:aws:iam::111122223333:role/apps/shop",
        "executionRoleArn": "arn:aws:iam::111122223333:role/ecsTaskExecutionRole",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "1024",
        "memory": "2048",
        "containerDefinitions": [
            {
                "name": "web",
                "image": "registry.example/shop:1.4.1",
                "cpu": 0,
                "essential": true,
                "portMappings": [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}],
                "environment": [
                    {"name": "LOG_LEVEL", "value": "info"},
                    {"name": "MODE", "value": "blue"}
                ],
                "secrets": [{"name": "PASSWORD", "valueFrom": "arn:of:the:password"}],
                "mountPoints": []
            },
            {
                "name": "proxy",
                "image": "registry.example/proxy:7",
                "cpu": 0,
                "essential": true,
                "environment": [{"name": "LOG_LEVEL", "value": "warn"}]
            }
        ],
        "volumes": []
    })
}

#[test]
fn a_port_is_there_by_itself_in_a_range_or_in_what_can_not_be_read() {
    for (mappings, has_it) in [
        (json!([{ "containerPort": 80 }]), true),
        (json!([{ "containerPort": 80.0 }]), true),
        (json!([{ "containerPort": 8080, "hostPort": 80 }]), false),
        (json!([{ "containerPort": 8080 }, { "containerPort": 80 }]), true),
        (json!([{ "containerPortRange": "70 - 80" }]), true),
        (json!([{ "containerPortRange": "81-90" }]), false),
        (json!([{ "containerPortRange": "80" }]), true),
        (json!([{ "containerPort": "80" }]), true),
        (json!([]), false),
    ] {
        let containers = json!([{ "name": "web", "portMappings": mappings }]);
        let definition =
            definition(&json!({ "family": "shop", "containerDefinitions": containers }));
        assert_eq!(definition.has_port("web", 80), Some(has_it), "{mappings}");
        assert_eq!(definition.has_port("api", 80), None);
    }
}
