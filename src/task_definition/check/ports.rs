//! Port mappings: each by itself, and all of a task together.

use std::collections::HashMap;

use super::findings::{Findings, spelled};
use super::node::Node;
use super::task::{Network, Task};
use crate::task_definition::number::{PORTS, port_range};

/// ECS API reference, `PortMapping`, member `appProtocol`.
const APP_PROTOCOLS: [&str; 3] = ["http", "http2", "grpc"];

/// The ports that one mapping takes.
struct Taken<'a> {
    node: Node<'a>,
    is_udp: bool,
    first: i64,
    last: i64,
}

pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    let mappings: Vec<_> =
        task.containers.iter().flat_map(|it| it.member("portMappings").items()).collect();
    for mapping in &mappings {
        check_numbers(mapping, task.network, found);
        check_protocols(mapping, found);
    }
    check_collisions(&mappings, task.network, found);
    check_names(&mappings, task.network, found);
}

fn check_numbers(mapping: &Node<'_>, network: Network, found: &mut Findings) {
    let [port, range, host] =
        ["containerPort", "containerPortRange", "hostPort"].map(|key| mapping.member(key));
    if let Some(number) = host.number().filter(|it| *it != 0 && !PORTS.contains(it)) {
        found.error(&host, format_args!("is {number}, which is not a port"), NUMBERS);
    }
    if range.exists() {
        // ECS: "cannot specify both single port and port range".
        if port.is_set() || host.is_set() {
            let what = "cannot be combined with `containerPort` and `hostPort`";
            found.error(&range, what, "Split it into two mappings.");
        }
        // ECS: "Invalid 'containerPortRange' setting".
        if let Some(text) = range.text()
            && port_range(text).is_none()
        {
            let what = format!("is {text:?}, which is not a range of ports");
            found.error(&range, what, "Write it as \"8000-8010\", the lower port first.");
        }
        return;
    }
    let Some(number) = port.number() else {
        // ECS: "Invalid 'containerPort' setting for container 'web'."
        if !port.exists() {
            found.error(&port, "is missing", "Name the port on which the container listens.");
        }
        return;
    };
    if number == 0 {
        found.warning(&port, "is 0, which is not a port to listen on", NUMBERS);
    } else if !PORTS.contains(&number) {
        found.error(&port, format_args!("is {number}, which is not a port"), NUMBERS);
    }
    // ECS: "When networkMode=awsvpc, the host ports and container ports in port
    // mappings must match." An absent one, or 0, is filled in.
    if matches!(network, Network::Awsvpc | Network::Host)
        && let Some(other) = host.number().filter(|it| *it != 0 && *it != number)
    {
        let what = format!(
            "is {other}, but with the network mode {network} it must be the same as `containerPort`, {number}"
        );
        found.error(&host, what, "Leave it out, or set it to the same port.");
    }
}

const NUMBERS: &str = "Ports range from 1 to 65535.";

fn check_protocols(mapping: &Node<'_>, found: &mut Findings) {
    // ECS API reference, `PortMapping`: any other value is treated as tcp.
    let protocol = mapping.member("protocol");
    if let Some(text) = protocol.text().filter(|text| !["tcp", "udp"].contains(text)) {
        let what = format!("is {text:?}, which ECS treats as tcp");
        found.warning(&protocol, what, "Write tcp or udp, in lower case.");
    }
    found.warn_of_unknown(&mapping.member("appProtocol"), &APP_PROTOCOLS);
}

/// ECS: "TCP host port '3000' is mapped multiple times in task", and with awsvpc "TCP
/// container port '8085' is used multiple times in task". One port for both protocols
/// is accepted.
fn check_collisions(mappings: &[Node<'_>], network: Network, found: &mut Findings) {
    let mut earlier: Vec<Taken<'_>> = Vec::new();
    for mapping in mappings {
        let Some(taken) = taken(mapping, network) else { continue };
        if let Some(other) = earlier.iter().find(|other| other.meets(&taken)) {
            let protocol = if taken.is_udp { "udp" } else { "tcp" };
            let what =
                format!("uses a {protocol} port that `{}` already uses", spelled(&other.node.path));
            found.error(&taken.node, what, "Give each mapping of the task its own port.");
        }
        earlier.push(taken);
    }
}

/// What a mapping takes of that which the containers of a task share: with awsvpc and
/// host their one network, with bridge the ports of the instance.
fn taken<'a>(mapping: &Node<'a>, network: Network) -> Option<Taken<'a>> {
    let is_udp = mapping.member("protocol").text() == Some("udp");
    let single = |node: Node<'a>| {
        let port = node.number().filter(|it| PORTS.contains(it))?;
        Some(Taken { node, is_udp, first: port, last: port })
    };
    match network {
        Network::Awsvpc | Network::Host => {
            let range = mapping.member("containerPortRange");
            match range.text() {
                Some(text) => {
                    let (first, last) = port_range(text)?;
                    Some(Taken { node: range, is_udp, first, last })
                }
                None => single(mapping.member("containerPort")),
            }
        }
        Network::Bridge => single(mapping.member("hostPort")),
        Network::None | Network::Other => None,
    }
}

impl Taken<'_> {
    fn meets(&self, other: &Self) -> bool {
        self.is_udp == other.is_udp && self.first <= other.last && other.first <= self.last
    }
}

/// ECS: "When networkMode=awsvpc, port mapping name is already used". Service Connect
/// finds a port by it in every mode.
fn check_names(mappings: &[Node<'_>], network: Network, found: &mut Findings) {
    let mut earlier = HashMap::new();
    for mapping in mappings {
        let node = mapping.member("name");
        let Some(text) = node.text() else { continue };
        if let Some(other) = earlier.get(text) {
            let what = format!("is {text:?}, the same as `{other}`");
            let hint = "Give each mapping of the task its own name.";
            if network == Network::Awsvpc {
                found.error(&node, what, hint);
            } else {
                found.warning(&node, what, hint);
            }
        } else {
            earlier.insert(text, spelled(&node.path));
        }
    }
}
