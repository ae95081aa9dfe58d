//! Task definitions: every member is kept as it was registered, also those that
//! no SDK knows yet.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::clock::{Calendar, Time};
use crate::ecs::model::RevisionImage;
use crate::wire::extend;
use crate::world::ACCOUNT;

/// Every task definition of an account, by Region and family.
#[derive(Debug, Default)]
pub(crate) struct Definitions(BTreeMap<(String, String), Vec<Definition>>);

#[derive(Debug, Clone)]
pub(crate) struct Definition {
    pub(crate) arn: String,
    pub(crate) family: String,
    pub(crate) revision: u32,
    /// As registered, in normal form, without tags.
    pub(crate) body: Map<String, Value>,
    pub(crate) tags: Vec<Value>,
    pub(crate) registered: Time,
    pub(crate) registered_by: String,
    pub(crate) deregistered: Option<Time>,
}

impl Definitions {
    /// Registers the next revision of `body`'s family, or the one that is given.
    pub(crate) fn register(
        &mut self,
        region: &str,
        mut body: Map<String, Value>,
        revision: Option<u32>,
        now: Time,
    ) -> &Definition {
        let family = body.get("family").and_then(Value::as_str).unwrap_or_default().to_owned();
        let tags = match body.shift_remove("tags") {
            Some(Value::Array(tags)) => tags,
            _ => Vec::new(),
        };
        normalise(&mut body);
        let known = self.0.entry((region.to_owned(), family.clone())).or_default();
        let newest = known.last().map_or(0, |definition| definition.revision);
        let revision = revision.unwrap_or(newest + 1);
        assert!(revision > newest, "{family}:{revision} is not newer than {family}:{newest}");
        known.push(Definition {
            arn: format!("arn:aws:ecs:{region}:{ACCOUNT}:task-definition/{family}:{revision}"),
            family,
            revision,
            body,
            tags,
            registered: now,
            registered_by: format!("arn:aws:sts::{ACCOUNT}:assumed-role/deployer/session"),
            deregistered: None,
        });
        known.last().expect("one was pushed")
    }

    /// By ARN, `family:revision`, or family (its newest ACTIVE revision).
    pub(crate) fn find(&self, region: &str, reference: &str) -> Option<&Definition> {
        let name = reference.rsplit_once(":task-definition/").map_or(reference, |(_, name)| name);
        if name.len() != reference.len() && reference.split(':').nth(3) != Some(region) {
            return None;
        }
        let (family, revision) = match name.split_once(':') {
            Some((family, revision)) => (family, Some(revision.parse::<u32>().ok()?)),
            None => (name, None),
        };
        let known = self.0.get(&(region.to_owned(), family.to_owned()))?;
        match revision {
            Some(revision) => known.iter().find(|definition| definition.revision == revision),
            None => known.iter().rev().find(|definition| definition.is_active()),
        }
    }

    pub(crate) fn find_mut(&mut self, region: &str, reference: &str) -> Option<&mut Definition> {
        let found = self.find(region, reference)?;
        let (family, revision) = (found.family.clone(), found.revision);
        let known = self.0.get_mut(&(region.to_owned(), family))?;
        known.iter_mut().find(|definition| definition.revision == revision)
    }

    /// Oldest first, families in alphabetical order.
    pub(crate) fn all<'a>(&'a self, region: &'a str) -> impl Iterator<Item = &'a Definition> {
        self.0.iter().filter(move |((r, _), _)| r == region).flat_map(|(_, known)| known)
    }
}

impl Definition {
    pub(crate) fn is_active(&self) -> bool {
        self.deregistered.is_none()
    }

    pub(crate) fn containers(&self) -> impl Iterator<Item = &Map<String, Value>> {
        let containers = self.body.get("containerDefinitions").and_then(Value::as_array);
        containers.into_iter().flatten().filter_map(Value::as_object)
    }

    /// Whether a container takes its task down when it exits; without a word it does.
    pub(crate) fn is_essential(&self, at: usize) -> bool {
        let essential = self.containers().nth(at).and_then(|it| it.get("essential")?.as_bool());
        essential.unwrap_or(true)
    }

    /// Its images as they are written; no digest is known yet.
    pub(crate) fn images(&self) -> Vec<RevisionImage> {
        let text =
            |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let images = self.containers().map(|container| RevisionImage {
            container: text(container.get("name")),
            image: text(container.get("image")),
            digest: None,
            pinned: text(container.get("versionConsistency")) != "disabled",
            checked: container.contains_key("healthCheck"),
        });
        images.collect()
    }

    /// Whether each task has a network interface of its own.
    pub(crate) fn is_awsvpc(&self) -> bool {
        self.body.get("networkMode").and_then(Value::as_str) == Some("awsvpc")
    }

    /// `cpu` and `memory` of the task.
    pub(crate) fn size(&self) -> [Option<String>; 2] {
        ["cpu", "memory"].map(|name| self.body.get(name)?.as_str().map(str::to_owned))
    }

    /// `("linux", "amd64")`, in the words of container images.
    pub(crate) fn platform(&self) -> (&'static str, &'static str) {
        let platform = self.body.get("runtimePlatform");
        let read = |name: &str| platform?.get(name)?.as_str();
        let windows = read("operatingSystemFamily").is_some_and(|os| os.starts_with("WINDOWS"));
        let arm = read("cpuArchitecture") == Some("ARM64");
        (if windows { "windows" } else { "linux" }, if arm { "arm64" } else { "amd64" })
    }

    /// `taskDefinition` of an answer: what was registered, and the members that
    /// only answers have.
    pub(crate) fn view(&self, calendar: Calendar) -> Value {
        let mut view = json!({ "taskDefinitionArn": self.arn });
        extend(&mut view, &self.body);
        view["revision"] = json!(self.revision);
        view["status"] = json!(if self.is_active() { "ACTIVE" } else { "INACTIVE" });
        view["requiresAttributes"] = self.required_attributes();
        view["compatibilities"] = self.compatibilities();
        view["registeredAt"] = calendar.stamp(self.registered);
        view["registeredBy"] = json!(self.registered_by);
        if let Some(at) = self.deregistered {
            view["deregisteredAt"] = calendar.stamp(at);
        }
        view
    }

    fn required_attributes(&self) -> Value {
        let mut names = vec!["com.amazonaws.ecs.capability.docker-remote-api.1.18"];
        if self.body.contains_key("executionRoleArn") {
            names.push("ecs.capability.execution-role-ecr-pull");
        }
        if self.is_awsvpc() {
            names.push("ecs.capability.task-eni");
        }
        names.into_iter().map(|name| json!({ "name": name })).collect()
    }

    fn compatibilities(&self) -> Value {
        let required = self.body.get("requiresCompatibilities").and_then(Value::as_array);
        let fargate = required.is_some_and(|list| list.contains(&json!("FARGATE")));
        if fargate { json!(["EC2", "FARGATE"]) } else { json!(["EC2"]) }
    }
}

/// Adds the defaults that ECS adds; nothing that was given is touched.
fn normalise(body: &mut Map<String, Value>) {
    let awsvpc = body.get("networkMode").and_then(Value::as_str) == Some("awsvpc");
    for name in ["volumes", "placementConstraints"] {
        body.entry(name).or_insert_with(|| json!([]));
    }
    let containers = body.get_mut("containerDefinitions").and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
        container.entry("cpu").or_insert_with(|| json!(0));
        container.entry("essential").or_insert_with(|| json!(true));
        for name in ["environment", "mountPoints", "volumesFrom", "portMappings", "systemControls"]
        {
            container.entry(name).or_insert_with(|| json!([]));
        }
        let ports = container.get_mut("portMappings").and_then(Value::as_array_mut);
        for port in ports.into_iter().flatten().filter_map(Value::as_object_mut) {
            port.entry("protocol").or_insert_with(|| json!("tcp"));
            if let Some(inner) = port.get("containerPort").cloned() {
                port.entry("hostPort").or_insert(if awsvpc { inner } else { json!(0) });
            }
        }
        if let Some(Value::Object(check)) = container.get_mut("healthCheck") {
            for (name, default) in [("interval", 30), ("timeout", 5), ("retries", 3)] {
                check.entry(name).or_insert_with(|| json!(default));
            }
        }
        if let Some(Value::Object(logs)) = container.get_mut("logConfiguration") {
            logs.entry("secretOptions").or_insert_with(|| json!([]));
        }
    }
}
