//! Members that ECS has not, and that are nearly ones that it has.
//!
//! The lists serve for nothing but this guess: a member that is like none of them may
//! be younger than they are, and is no finding.

use super::findings::Findings;
use super::node::Node;
use super::task::Task;

/// ECS API reference, `RegisterTaskDefinition`, and what wraps it.
const AT_TOP: [&str; 18] = [
    "family",
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "containerDefinitions",
    "volumes",
    "placementConstraints",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "tags",
    "pidMode",
    "ipcMode",
    "proxyConfiguration",
    "inferenceAccelerators",
    "ephemeralStorage",
    "runtimePlatform",
    "enableFaultInjection",
];

/// ECS API reference, `ContainerDefinition`.
const IN_CONTAINER: [&str; 43] = [
    "name",
    "image",
    "repositoryCredentials",
    "cpu",
    "memory",
    "memoryReservation",
    "links",
    "portMappings",
    "essential",
    "restartPolicy",
    "entryPoint",
    "command",
    "environment",
    "environmentFiles",
    "mountPoints",
    "volumesFrom",
    "linuxParameters",
    "secrets",
    "dependsOn",
    "startTimeout",
    "stopTimeout",
    "versionConsistency",
    "hostname",
    "user",
    "workingDirectory",
    "disableNetworking",
    "privileged",
    "readonlyRootFilesystem",
    "dnsServers",
    "dnsSearchDomains",
    "extraHosts",
    "dockerSecurityOptions",
    "interactive",
    "pseudoTerminal",
    "dockerLabels",
    "ulimits",
    "logConfiguration",
    "healthCheck",
    "systemControls",
    "resourceRequirements",
    "firelensConfiguration",
    "credentialSpecs",
    "trustedExecutionConfiguration",
];

/// ECS API reference, `PortMapping`.
const IN_PORT_MAPPING: [&str; 6] =
    ["containerPort", "hostPort", "protocol", "name", "appProtocol", "containerPortRange"];

pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    for key in task.keys() {
        if let Some(meant) = meant(key, &AT_TOP).filter(|meant| !task.top(meant).exists()) {
            warn(&task.unknown(key), meant, found);
        }
    }
    for container in &task.containers {
        look(container, &IN_CONTAINER, found);
        for mapping in container.member("portMappings").items() {
            look(&mapping, &IN_PORT_MAPPING, found);
        }
    }
}

fn look(node: &Node<'_>, known: &[&'static str], found: &mut Findings) {
    for key in node.keys() {
        if let Some(meant) = meant(key, known).filter(|meant| !node.member(meant).exists()) {
            warn(&node.unknown(key), meant, found);
        }
    }
}

fn warn(unknown: &Node<'_>, meant: &str, found: &mut Findings) {
    found.warning(unknown, "is nothing that ECS knows", format_args!("Did you mean `{meant}`?"));
}

/// The one of `known` that `key` nearly is; `None` where it is one, or none of them is
/// near.
fn meant(key: &str, known: &[&'static str]) -> Option<&'static str> {
    if known.contains(&key) {
        return None;
    }
    let near = |it: &&&'static str| {
        let most = if it.len() > 5 { 2 } else { 1 };
        it.eq_ignore_ascii_case(key) || strsim::damerau_levenshtein(key, it) <= most
    };
    known.iter().filter(near).min_by_key(|it| strsim::damerau_levenshtein(key, it)).copied()
}
