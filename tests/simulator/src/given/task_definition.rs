//! Task definitions to register.

use serde_json::{Map, Value, json};

use crate::Simulator;
use crate::world::{ACCOUNT, REGION};

impl Simulator {
    /// The next revision of a family, for Fargate.
    pub fn task_definition(&self, family: &str) -> TaskDefinitionBuilder {
        let body = json!({
            "family": family,
            "executionRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/ecsTaskExecutionRole"),
            "networkMode": "awsvpc",
            "containerDefinitions": [],
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
        });
        let body = body.as_object().cloned().unwrap_or_default();
        TaskDefinitionBuilder { sim: self.clone(), body, revision: None }
    }
}

#[derive(Debug, Clone)]
#[must_use]
pub struct TaskDefinitionBuilder {
    sim: Simulator,
    body: Map<String, Value>,
    revision: Option<u32>,
}

impl TaskDefinitionBuilder {
    /// Adds a container with this image.
    pub fn container(self, name: &str, image: &str) -> Self {
        self.container_with(&json!({
            "name": name,
            "image": image,
            "essential": true,
            "portMappings": [{ "containerPort": 8080 }],
            "logConfiguration": { "logDriver": "awslogs", "options": {
                "awslogs-group": format!("/ecs/{name}"), "awslogs-region": REGION,
                "awslogs-stream-prefix": "ecs" } },
        }))
    }

    /// Adds a container as it is written here.
    pub fn container_with(mut self, container: &Value) -> Self {
        let list = self.body["containerDefinitions"].as_array_mut().expect("a list");
        list.push(container.clone());
        self
    }

    /// Sets a member, known to an SDK or not.
    pub fn member(mut self, name: &str, value: Value) -> Self {
        self.body.insert(name.to_owned(), value);
        self
    }

    /// For EC2 instances, in this network mode: `bridge` or `host`.
    pub fn on_instances(mut self, network_mode: &str) -> Self {
        self.body.shift_remove("cpu");
        self = self.member("requiresCompatibilities", json!(["EC2"]));
        self.member("networkMode", json!(network_mode))
    }

    pub fn arm64(self) -> Self {
        let platform = json!({ "cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX" });
        self.member("runtimePlatform", platform)
    }

    /// With this number in place of the next one.
    pub fn revision(mut self, revision: u32) -> Self {
        self.revision = Some(revision);
        self
    }

    /// Registers it; returns its ARN.
    pub fn register(self) -> String {
        let mut world = self.sim.world();
        let now = world.now;
        world.definitions.register(REGION, self.body, self.revision, now).arn.clone()
    }
}
