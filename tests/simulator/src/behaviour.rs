//! How container images behave once ECS starts them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::ecr::image::Manifest;

/// How every task of an image behaves.
#[derive(Debug, Clone, PartialEq)]
pub enum Behaviour {
    /// Runs, and counts as healthy so long after it reached RUNNING.
    Healthy {
        /// Measured from RUNNING.
        ready_after: Duration,
    },
    /// Reaches RUNNING and exits: `EssentialContainerExited`.
    Crashes {
        /// Measured from RUNNING. If it is longer than ECS waits for a task
        /// without health checks, or under CodeDeploy at all, the task counts as
        /// healthy in between.
        after: Duration,
        exit_code: i32,
    },
    /// Reaches RUNNING and is killed for its memory: exit code 137 and the
    /// reason `OutOfMemoryError`.
    RunsOutOfMemory {
        /// Measured from RUNNING.
        after: Duration,
    },
    /// The image is there, but the pull fails: `TaskFailedToStart`.
    CannotPull,
    /// Fails before any container starts, for this reason, for instance
    /// `ResourceInitializationError: …`: `TaskFailedToStart`.
    FailsToStart {
        /// The task's `stoppedReason`.
        reason: String,
    },
    /// Runs, but a health check finds it unhealthy and ECS stops the task.
    FailsHealthChecks {
        /// Measured from RUNNING.
        after: Duration,
        check: HealthCheck,
    },
    /// Runs and never becomes healthy, without ever failing a check.
    Hangs,
    /// No task is placed at all; the service only says so in its events.
    CannotBePlaced {
        /// The end of the event's sentence.
        reason: String,
    },
}

/// How a task ends that no service started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OneOff {
    /// The container whose command was given exits, measured from RUNNING; those beside it
    /// are killed.
    Exits {
        after: Duration,
        code: i32,
    },
    /// The same, and ECS's agent never learns with which code.
    LosesItsExitCode {
        after: Duration,
        reason: String,
    },
    /// Fails before any container starts: `TaskFailedToStart`.
    FailsToStart {
        reason: String,
    },
    /// There is no room: `failures` in the answer of `RunTask`.
    CannotBePlaced {
        reason: String,
    },
    RunsForEver,
}

impl Default for OneOff {
    fn default() -> Self {
        Self::Exits { after: Duration::from_secs(5), code: 0 }
    }
}

/// What a Lambda function does as a lifecycle hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hook {
    Succeeds,
    Fails {
        /// The end of its log, as CodeDeploy shows it.
        log_tail: String,
    },
    /// It never says anything. Only CodeDeploy's hooks do so.
    Hangs,
}

/// Who finds out that a task is unhealthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthCheck {
    /// The load balancer's target group.
    LoadBalancer,
    /// The container's own `healthCheck`.
    Container,
}

/// The behaviour of every image, by digest or, for images that lie outside the
/// simulated registries, by reference. Healthy unless somebody said otherwise.
#[derive(Debug, Default)]
pub(crate) struct Behaviours {
    images: BTreeMap<String, Behaviour>,
    /// What the containers of an image write, by the same names.
    lines: BTreeMap<String, Vec<String>>,
    /// What Lambda functions say as lifecycle hooks, by ARN or name.
    hooks: BTreeMap<String, Hook>,
    pub(crate) one_off: OneOff,
    /// What such a task writes.
    pub(crate) one_off_lines: Vec<String>,
    /// Whether ECS shows the image that a task took of an index, and not the index.
    pub(crate) shows_what_an_index_lists: bool,
}

impl Behaviours {
    pub(crate) fn set(&mut self, image: String, behaviour: Behaviour) {
        self.images.insert(image, behaviour);
    }

    pub(crate) fn of(&self, image: &str) -> Option<&Behaviour> {
        self.images.get(image)
    }

    pub(crate) fn set_of_container(&mut self, container: &str, image: &str, behaviour: Behaviour) {
        self.set(format!("{container} {image}"), behaviour);
    }

    pub(crate) fn of_container(&self, container: &str, image: &str) -> Option<&Behaviour> {
        self.of(&format!("{container} {image}"))
    }

    /// The digest as which ECS shows an image that runs on a platform.
    pub(crate) fn shown(&self, manifest: &Manifest, (os, architecture): (&str, &str)) -> String {
        let listed = || {
            let index: Value = serde_json::from_str(&manifest.text).ok()?;
            let is_it = |entry: &&Value| {
                let platform = &entry["platform"];
                platform["os"] == os && platform["architecture"] == architecture
            };
            let entry = index["manifests"].as_array()?.iter().find(is_it)?;
            Some(entry["digest"].as_str()?.to_owned())
        };
        let listed = if self.shows_what_an_index_lists { listed() } else { None };
        listed.unwrap_or_else(|| manifest.digest.clone())
    }

    pub(crate) fn set_lines(&mut self, image: String, lines: Vec<String>) {
        self.lines.insert(image, lines);
    }

    pub(crate) fn lines_of(&self, image: &str) -> Vec<String> {
        self.lines.get(image).cloned().unwrap_or_default()
    }

    pub(crate) fn set_hook(&mut self, function: &str, hook: Hook) {
        self.hooks.insert(function.to_owned(), hook);
    }

    pub(crate) fn hook(&self, function: &str) -> Hook {
        self.hooks.get(function).cloned().unwrap_or(Hook::Succeeds)
    }
}
