//! Numbers and booleans that are written as text: JSON of ECS tells them apart (the
//! `SerializationException` of every AWS JSON service), people and YAML don't.

use serde_json::Value;

use super::findings::Findings;
use super::node::Node;
use super::task::Task;

/// ECS API reference, `ContainerDefinition`: `Integer`.
const NUMBERS: [&str; 5] = ["cpu", "memory", "memoryReservation", "startTimeout", "stopTimeout"];
/// The same: `Boolean`.
const BOOLEANS: [&str; 6] = [
    "essential",
    "privileged",
    "readonlyRootFilesystem",
    "interactive",
    "pseudoTerminal",
    "disableNetworking",
];
/// ECS API reference, `PortMapping` and `HealthCheck`: `Integer`.
const PORTS: [&str; 2] = ["containerPort", "hostPort"];
const HEALTH: [&str; 4] = ["interval", "timeout", "retries", "startPeriod"];

pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    for container in &task.containers {
        for key in NUMBERS {
            number(&container.member(key), found);
        }
        for key in BOOLEANS {
            boolean(&container.member(key), found);
        }
        for mapping in container.member("portMappings").items() {
            for key in PORTS {
                number(&mapping.member(key), found);
            }
        }
        for key in HEALTH {
            number(&container.member("healthCheck").member(key), found);
        }
    }
    number(&task.top("ephemeralStorage").member("sizeInGiB"), found);
}

fn number(node: &Node<'_>, found: &mut Findings) {
    if matches!(node.value(), Some(Value::String(_) | Value::Bool(_))) {
        found.error(node, "is no number", "Write it without quotes.");
    }
}

fn boolean(node: &Node<'_>, found: &mut Findings) {
    if matches!(node.value(), Some(Value::String(_) | Value::Number(_))) {
        found.error(node, "is neither true nor false", "Write true or false, without quotes.");
    }
}
