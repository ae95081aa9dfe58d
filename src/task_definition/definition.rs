//! A definition as the JSON object that it is.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::normal;
use super::number;
use super::origin::Origin;
use super::read::{self, Read, Source};
use crate::image::RuntimePlatform;
use crate::problem::Problem;

/// What `DescribeTaskDefinition` adds to what was registered and
/// `RegisterTaskDefinition` does not take. A list of what to leave out, never of
/// what to keep: it cannot lose a field that it doesn't know.
pub(super) const READ_ONLY: [&str; 9] = [
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
    "deleteRequestedAt",
];

/// A task definition that can be registered.
///
/// Its shape has been checked as far as patching needs it; whether ECS accepts
/// it is for ECS to say. There is no `==`: two definitions are compared with
/// [`TaskDefinition::same_as`].
#[derive(Clone)]
pub struct TaskDefinition {
    /// The request body of `RegisterTaskDefinition`.
    pub(super) body: Map<String, Value>,
    registered: Option<Registered>,
    /// The file that it was read from, also after it was patched.
    pub(super) origin: Option<Arc<Origin>>,
}

/// What ECS says about a revision, next to what was registered.
#[derive(Debug, Clone)]
struct Registered {
    arn: String,
    status: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Container<'a> {
    /// Its name, not empty and unique within the definition.
    pub name: &'a str,
    /// The image reference as it is written, if there is one.
    pub image: Option<&'a str>,
}

impl TaskDefinition {
    /// Reads a file of the checkout, `name` as the user gave it: YAML where it
    /// ends in `.yml` or `.yaml`, JSON otherwise; a bare definition, or what
    /// `aws ecs describe-task-definition` prints.
    ///
    /// # Errors
    /// With the place in the file: more than 1 MiB, not UTF-8, a syntax error, a
    /// key that appears twice in one object, or a shape that is no definition's.
    pub fn from_file(name: &str, bytes: &[u8]) -> Result<Self, Problem> {
        read::read(Source::File(name), bytes).map(Self::unregistered)
    }

    /// Reads the body of ECS's answer to `DescribeTaskDefinition`. Tags are in
    /// it only if they were asked for (`include: ["TAGS"]`).
    ///
    /// # Errors
    /// As [`TaskDefinition::from_file`], and if no ARN is in it.
    pub fn from_describe(bytes: &[u8]) -> Result<Self, Problem> {
        Self::from_answer("DescribeTaskDefinition", bytes)
    }

    /// Reads the body of ECS's answer to `RegisterTaskDefinition`.
    ///
    /// # Errors
    /// As [`TaskDefinition::from_describe`].
    pub fn from_register_answer(bytes: &[u8]) -> Result<Self, Problem> {
        Self::from_answer("RegisterTaskDefinition", bytes)
    }

    fn from_answer(operation: &'static str, bytes: &[u8]) -> Result<Self, Problem> {
        let described = read::read(Source::Answer(operation), bytes)?;
        let text = |key| described.definition.get(key).and_then(Value::as_str).map(str::to_owned);
        let arn = text("taskDefinitionArn").ok_or_else(|| {
            Problem::new(format!("the answer to {operation} has no usable `taskDefinitionArn`"))
        })?;
        let registered = Registered { arn, status: text("status") };
        Ok(Self { registered: Some(registered), ..Self::unregistered(described) })
    }

    /// Leaves out what can't be registered: the read-only members, and the tags
    /// that only AWS itself may set.
    fn unregistered(Read { definition: mut body, origin }: Read) -> Self {
        for key in READ_ONLY {
            body.shift_remove(key);
        }
        if let Some(Value::Array(tags)) = body.get_mut("tags") {
            tags.retain(|tag| !tag["key"].as_str().is_some_and(|key| key.starts_with("aws:")));
        }
        let says_nothing =
            |tags: &Value| tags.is_null() || tags.as_array().is_some_and(Vec::is_empty);
        if body.get("tags").is_some_and(says_nothing) {
            body.shift_remove("tags");
        }
        Self { body, registered: None, origin }
    }

    /// The family under which revisions are numbered.
    pub fn family(&self) -> &str {
        self.text("family").unwrap_or_default()
    }

    /// The ARN of the revision, if this is an answer of ECS and unchanged.
    pub fn arn(&self) -> Option<&str> {
        self.registered.as_ref().map(|registered| registered.arn.as_str())
    }

    /// `ACTIVE`, `INACTIVE` or `DELETE_IN_PROGRESS`, if ECS said so.
    pub fn status(&self) -> Option<&str> {
        self.registered.as_ref()?.status.as_deref()
    }

    /// Whether ECS starts tasks from it: a revision that was deregistered runs on,
    /// but nothing new is started from it.
    pub fn can_be_started(&self) -> bool {
        self.status().is_none_or(|status| status == "ACTIVE")
    }

    /// The containers, in their order; at least one.
    pub fn containers(&self) -> impl Iterator<Item = Container<'_>> {
        self.container_values().map(|container| Container {
            name: container["name"].as_str().unwrap_or_default(),
            image: container["image"].as_str(),
        })
    }

    pub(super) fn container_values(&self) -> impl Iterator<Item = &Value> {
        let list = self.body.get("containerDefinitions").and_then(Value::as_array);
        list.into_iter().flatten()
    }

    /// Whether a container takes its task down when it ends; without a word it does.
    pub fn is_essential(&self, container: &str) -> bool {
        let container = self.container_values().find(|it| it["name"] == container);
        container.is_none_or(|it| it["essential"].as_bool() != Some(false))
    }

    /// How often each container with a health check of its own is checked, where that is said.
    pub fn health_check_intervals(&self) -> impl Iterator<Item = (&str, Duration)> {
        self.container_values().filter_map(|container| {
            let interval = container["healthCheck"]["interval"].as_u64()?;
            Some((container["name"].as_str()?, Duration::from_secs(interval)))
        })
    }

    /// A volume that whoever starts a task has to configure.
    pub fn volume_configured_at_launch(&self) -> Option<&str> {
        let volumes = self.body.get("volumes").and_then(Value::as_array);
        let at_launch = |it: &&Value| it["configuredAtLaunch"].as_bool() == Some(true);
        volumes.into_iter().flatten().find(at_launch)?["name"].as_str()
    }

    /// Whether a container has a mapping for this port, or one that can't be read;
    /// `None` where there is no such container.
    pub fn has_port(&self, container: &str, port: u16) -> Option<bool> {
        let container = self.container_values().find(|it| it["name"] == container)?;
        let mappings = container["portMappings"].as_array().map(Vec::as_slice).unwrap_or_default();
        Some(mappings.iter().any(|mapping| match &mapping["containerPortRange"] {
            Value::Null => match &mapping["containerPort"] {
                Value::Number(number) => number::canonical(number).as_u64() == Some(port.into()),
                _ => true,
            },
            range => {
                let range = range.as_str().and_then(number::port_range);
                range.is_none_or(|(first, last)| (first..=last).contains(&port.into()))
            }
        }))
    }

    /// The platform that the definition asks for, as far as it names one.
    pub fn runtime_platform(&self) -> RuntimePlatform<'_> {
        let text = |key| self.body.get("runtimePlatform")?.get(key)?.as_str();
        RuntimePlatform {
            cpu_architecture: text("cpuArchitecture"),
            operating_system_family: text("operatingSystemFamily"),
        }
    }

    /// Whether `requiresCompatibilities` names `FARGATE` and nothing else. Beside others it
    /// only says what ECS holds the definition against, not where it runs.
    pub fn is_for_fargate_alone(&self) -> bool {
        let list = self.body.get("requiresCompatibilities").and_then(Value::as_array);
        list.is_some_and(|list| !list.is_empty() && list.iter().all(|entry| entry == "FARGATE"))
    }

    /// The request body for `RegisterTaskDefinition`: JSON in UTF-8. It holds
    /// environment values, so it must not be printed.
    pub fn register_body(&self) -> Vec<u8> {
        Value::Object(self.body.clone()).to_string().into_bytes()
    }

    /// Whether registering one would bring nothing over the other: equality in
    /// the form that the server keeps, whatever the spelling.
    ///
    /// It errs towards "different": that costs one more revision, whereas a
    /// wrong "same" would lose a change.
    pub fn same_as(&self, other: &Self) -> bool {
        let (this, other) = normal::pair(&self.body, &other.body);
        this == other
    }

    /// The same with another body: something that ECS has not registered yet.
    pub(super) fn with_body(&self, body: Map<String, Value>) -> Self {
        Self { body, registered: None, origin: self.origin.clone() }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.body.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
    }
}

/// Names and images only: the rest may hold secrets.
impl fmt::Debug for TaskDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskDefinition")
            .field("family", &self.family())
            .field("arn", &self.arn())
            .field("containers", &self.containers().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
