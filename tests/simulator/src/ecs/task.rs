//! A task and its containers, as ECS knows them.

use crate::clock::Time;
use crate::ecs::definitions::Definition;
use crate::ecs::model::Revision;

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
    /// `cpu` and `memory` of the task definition.
    pub(crate) size: [Option<String>; 2],
    pub(crate) containers: Vec<Container>,
}

/// `lastStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Provisioning,
    Pending,
    Running,
    Deactivating,
    Stopped,
}

impl Phase {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Provisioning => "PROVISIONING",
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Deactivating => "DEACTIVATING",
            Self::Stopped => "STOPPED",
        }
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
