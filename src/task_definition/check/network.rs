//! How containers are attached to a network.

use super::findings::Findings;
use super::task::{Network, Task};

/// ECS API reference, `RegisterTaskDefinition`, member `networkMode`; the console and
/// the pages about Windows also speak of `default`.
const MODES: [&str; 5] = ["awsvpc", "bridge", "host", "none", "default"];

/// What ECS refuses with awsvpc, as in "Extra hosts are not supported on container
/// when networkMode=awsvpc." (ECS API reference, `ContainerDefinition`).
const NOT_WITH_AWSVPC: [&str; 4] = ["hostname", "extraHosts", "dnsServers", "disableNetworking"];

pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    let mode = task.top("networkMode");
    match mode.text() {
        Some("awsvpc") => {}
        // ECS: "Fargate only supports network mode 'awsvpc'."
        Some(other) if task.is_fargate => found.error(
            &mode,
            format_args!("is {other:?}, but Fargate supports only awsvpc"),
            "Set it to \"awsvpc\".",
        ),
        None if task.is_fargate => {
            let what = "is missing, and must be awsvpc on Fargate";
            found.error(&mode, what, "Set it to \"awsvpc\".");
        }
        Some(other) if !MODES.contains(&other) => {
            let what = format!("is {other:?}, which is not a network mode");
            found.error(&mode, what, "Choose awsvpc, bridge, host or none.");
        }
        Some(_) | None => {}
    }
    for container in &task.containers {
        // ECS API reference, `ContainerDefinition`, member `links`: bridge only.
        let links = container.member("links");
        if links.is_set() && !matches!(task.network, Network::Bridge | Network::Other) {
            let what = format!("need the network mode bridge, but it is {}", task.network);
            found.error(&links, what, "Leave them out, or choose another network mode.");
        }
        if task.network == Network::Awsvpc {
            for key in NOT_WITH_AWSVPC {
                let node = container.member(key);
                if node.is_set() {
                    let what = "is not allowed with the network mode awsvpc";
                    found.error(&node, what, "Leave it out.");
                }
            }
        }
        // `RegisterTaskDefinition`: with none there can be no port mappings.
        let ports = container.member("portMappings");
        if task.network == Network::None && ports.is_set() {
            let what = "is not allowed with the network mode none";
            found.error(&ports, what, "Leave them out, or choose another network mode.");
        }
    }
}
