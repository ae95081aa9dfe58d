//! A task and its containers, as ECS knows them.

use serde_json::{Map, Value};

use crate::clock::Time;
use crate::ecs::definitions::Definition;
use crate::ecs::model::Revision;
use crate::words::words;

#[derive(Debug, Clone)]
pub(crate) struct Task {
    /// 32 hexadecimal digits.
    pub(crate) id: String,
    pub(crate) revision: String,
    pub(crate) task_definition: String,
    pub(crate) phase: Phase,
    /// Whether ECS wants it to run: `desiredStatus`.
    pub(crate) wanted: bool,
    pub(crate) health: Health,
    pub(crate) created: Time,
    pub(crate) pull_started: Option<Time>,
    pub(crate) pull_stopped: Option<Time>,
    pub(crate) started: Option<Time>,
    pub(crate) stopping: Option<Time>,
    pub(crate) stopped: Option<Time>,
    pub(crate) stop_code: Option<&'static str>,
    pub(crate) stopped_reason: Option<String>,
    /// From when on the load balancer's checks find it unhealthy.
    pub(crate) refused_from: Option<Time>,
    /// Whether it has a network interface of its own.
    pub(crate) awsvpc: bool,
    /// The ports of the instance that lead to its containers; none with an interface of
    /// its own.
    pub(crate) bindings: Vec<Binding>,
    /// `cpu` and `memory` of the task definition.
    pub(crate) size: [Option<String>; 2],
    pub(crate) containers: Vec<Container>,
}

words! {
    /// `lastStatus`.
    pub(crate) enum Phase {
        Provisioning = "PROVISIONING",
        Pending = "PENDING",
        Running = "RUNNING",
        Deactivating = "DEACTIVATING",
        Stopped = "STOPPED",
    }
}

/// What ECS believes about a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    Unknown,
    Healthy,
    Unhealthy,
}

#[derive(Debug, Clone)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) image: String,
    /// Known once the image is pulled.
    pub(crate) digest: Option<String>,
    /// Whether it has a health check of its own.
    pub(crate) checked: bool,
    /// Known once it ran: the container engine's id.
    pub(crate) runtime_id: Option<String>,
    pub(crate) exit_code: Option<i32>,
    pub(crate) reason: Option<String>,
    /// What it writes to its log once it runs.
    pub(crate) writes: Vec<String>,
}

/// `NetworkBinding`.
#[derive(Debug, Clone)]
pub(crate) struct Binding {
    pub(crate) container: String,
    pub(crate) container_port: u64,
    pub(crate) host_port: u64,
}

impl Task {
    /// Counts as part of its revision: neither stopped nor told to.
    pub(crate) fn is_live(&self) -> bool {
        self.wanted && self.phase != Phase::Stopped
    }

    pub(crate) fn is_healthy(&self) -> bool {
        self.is_live() && self.phase == Phase::Running && self.health == Health::Healthy
    }

    /// The private address of its network interface, once it is attached: one of
    /// 10.0.0.0/16 made of the task's id.
    pub(crate) fn address(&self) -> Option<String> {
        let byte = |range| u8::from_str_radix(&self.id[range], 16).unwrap_or(1);
        let attached = self.awsvpc && self.phase != Phase::Provisioning;
        attached.then(|| format!("10.0.{}.{}", byte(0..2), byte(2..4)))
    }

    /// The same where its subnet has IPv6 only, as it stands in an answer about a task.
    pub(crate) fn ipv6_address(&self) -> Option<String> {
        let attached = self.awsvpc && self.phase != Phase::Provisioning;
        attached.then(|| format!("2001:db8:0:0:0:0:{}:{}", &self.id[0..4], &self.id[4..8]))
    }

    /// The EC2 instance that it was placed on, one of two, where it shares its network.
    pub(crate) fn instance(&self) -> Option<&'static str> {
        let first = self.id.as_bytes().first().is_some_and(|digit| digit % 2 == 0);
        let instance = if first { "i-0123456789abcdef0" } else { "i-0fedcba9876543210" };
        (!self.awsvpc && self.phase != Phase::Provisioning).then_some(instance)
    }

    /// The port of its instance behind which a container listens on `container_port`.
    pub(crate) fn host_port(&self, container_port: u64) -> Option<u64> {
        let found = self.bindings.iter().find(|it| it.container_port == container_port);
        found.map(|binding| binding.host_port)
    }
}

impl Task {
    /// A task of a revision, not placed yet.
    pub(crate) fn new(id: String, revision: &Revision, definition: &Definition, now: Time) -> Self {
        let containers = revision.images.iter().map(|image| Container {
            name: image.container.clone(),
            image: image.image.clone(),
            digest: None,
            checked: image.checked,
            runtime_id: None,
            exit_code: None,
            reason: None,
            writes: Vec::new(),
        });
        Self {
            bindings: bindings(&id, definition),
            id,
            revision: revision.number.clone(),
            task_definition: revision.task_definition.clone(),
            phase: Phase::Provisioning,
            wanted: true,
            health: Health::Unknown,
            created: now,
            pull_started: None,
            pull_stopped: None,
            started: None,
            stopping: None,
            stopped: None,
            stop_code: None,
            stopped_reason: None,
            refused_from: None,
            awsvpc: definition.is_awsvpc(),
            size: definition.size(),
            containers: containers.collect(),
        }
    }
}

/// A host port of 0 is one that Docker chooses (ephemeral, from 32768 on); in the
/// network of the host there is only the container's own.
fn bindings(id: &str, definition: &Definition) -> Vec<Binding> {
    if definition.is_awsvpc() {
        return Vec::new();
    }
    let in_host = definition.body.get("networkMode").and_then(Value::as_str) == Some("host");
    let ephemeral = 32_768 + u64::from_str_radix(&id[2..6], 16).unwrap_or_default() % 28_000;
    let of = |container: &Map<String, Value>| -> Vec<Binding> {
        let name = container.get("name").and_then(Value::as_str).unwrap_or_default();
        let ports = container.get("portMappings").and_then(Value::as_array);
        let ports = ports.into_iter().flatten();
        ports
            .filter_map(|port| {
                let container_port = port["containerPort"].as_u64()?;
                let host_port = match port["hostPort"].as_u64() {
                    _ if in_host => container_port,
                    Some(0) | None => ephemeral,
                    Some(fixed) => fixed,
                };
                Some(Binding { container: name.to_owned(), container_port, host_port })
            })
            .collect()
    };
    definition.containers().flat_map(of).collect()
}

impl Container {
    /// The image was pulled. Where ECS keeps to one digest, it writes it behind
    /// the tag.
    pub(crate) fn pulled(&mut self, digest: &str, pinned: bool) {
        if pinned && !self.image.contains('@') {
            self.image = format!("{}@{digest}", self.image);
        }
        self.digest = Some(digest.to_owned());
    }
}
