//! Services to start.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::Simulator;
use crate::ecs::definitions::Definition;
use crate::ecs::events::Events;
use crate::ecs::model::{Controller, Retry, Service, ServiceKey, ServiceStatus};
use crate::ecs::rollout;
use crate::elb::TargetGroup;
use crate::given::past::{self, Past};
use crate::world::{ACCOUNT, REGION, World};

impl Simulator {
    /// A cluster without services.
    pub fn cluster(&self, name: &str) {
        self.world().clusters.insert((REGION.to_owned(), name.to_owned()));
    }

    /// A service of the default Region.
    pub fn service(&self, cluster: &str, name: &str) -> ServiceBuilder {
        let key = ServiceKey::new(REGION, cluster, name);
        let configuration = json!({ "maximumPercent": 200, "minimumHealthyPercent": 100,
            "deploymentCircuitBreaker": { "enable": false, "rollback": false } });
        let settings = json!({ "launchType": "FARGATE", "platformVersion": "LATEST",
            "networkConfiguration": { "awsvpcConfiguration": {
                "subnets": ["subnet-1"], "securityGroups": ["sg-1"],
                "assignPublicIp": "DISABLED" } } });
        ServiceBuilder {
            sim: self.clone(),
            key,
            past: Vec::new(),
            first: None,
            desired: 1,
            configuration: configuration.as_object().cloned().unwrap_or_default(),
            settings: settings.as_object().cloned().unwrap_or_default(),
            controller: Controller::Absent,
            status: ServiceStatus::Active,
            resource_management: None,
            is_ipv6: false,
            target_group_settings: None,
        }
    }
}

fn target_group(name: &str) -> String {
    format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/{name}")
}

#[derive(Debug, Clone)]
#[must_use]
pub struct ServiceBuilder {
    sim: Simulator,
    key: ServiceKey,
    past: Vec<(String, Past)>,
    first: Option<String>,
    desired: u32,
    configuration: Map<String, Value>,
    settings: Map<String, Value>,
    controller: Controller,
    status: ServiceStatus,
    resource_management: Option<&'static str>,
    is_ipv6: bool,
    target_group_settings: Option<TargetGroup>,
}

impl ServiceBuilder {
    /// Runs this task definition since yesterday, or since the day after the
    /// one given before. Several calls make a history.
    pub fn running(mut self, task_definition: &str) -> Self {
        self.past.push((task_definition.to_owned(), Past::Succeeded));
        self
    }

    /// A deployment that ECS rolled back.
    pub fn then_rolled_back(mut self, task_definition: &str) -> Self {
        self.past.push((task_definition.to_owned(), Past::RolledBack));
        self
    }

    /// A deployment that was replaced before it was done.
    pub fn then_superseded(mut self, task_definition: &str) -> Self {
        self.past.push((task_definition.to_owned(), Past::Superseded));
        self
    }

    /// Registers a task definition of the service's name with one container of
    /// that name and image `NAME:tag`, and runs it.
    pub fn running_version(self, tag: &str) -> Self {
        let name = self.key.name.clone();
        let image = self.sim.image(&format!("{name}:{tag}"));
        let definition = self.sim.task_definition(&name).container(&name, &image);
        self.running(&definition.register())
    }

    /// Starts with a deployment of this task definition that has just begun.
    pub fn deploying(mut self, task_definition: &str) -> Self {
        self.first = Some(task_definition.to_owned());
        self
    }

    /// How many tasks; one unless said.
    pub fn desired(mut self, count: u32) -> Self {
        self.desired = count;
        self
    }

    /// With a circuit breaker that rolls back, or only stops.
    pub fn circuit_breaker(self, rollback: bool) -> Self {
        let breaker = json!({ "enable": true, "rollback": rollback });
        self.configured("deploymentCircuitBreaker", breaker)
    }

    /// With alarms that are watched during deployments.
    pub fn alarms(self, names: &[&str], rollback: bool) -> Self {
        let alarms = json!({ "alarmNames": names, "enable": true, "rollback": rollback });
        self.configured("alarms", alarms)
    }

    /// `minimumHealthyPercent` and `maximumPercent`.
    pub fn percentages(self, minimum: u32, maximum: u32) -> Self {
        self.configured("minimumHealthyPercent", json!(minimum))
            .configured("maximumPercent", json!(maximum))
    }

    /// Sets a member of `deploymentConfiguration`.
    pub fn configured(mut self, name: &str, value: Value) -> Self {
        self.configuration.insert(name.to_owned(), value);
        self
    }

    /// Sets a member that is shown as it is given.
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.settings.insert(name.to_owned(), value);
        self
    }

    /// Leaves out a member that is shown otherwise.
    pub fn without(mut self, name: &str) -> Self {
        self.settings.shift_remove(name);
        self
    }

    pub fn load_balancer(self) -> Self {
        let name = self.key.name.clone();
        let group = target_group(&format!("{name}/0123456789abcdef"));
        let balancer =
            json!([{ "targetGroupArn": group, "containerName": name, "containerPort": 8080 }]);
        self.with("loadBalancers", balancer)
    }

    /// The same with a target group that is set so, and takes as long as that says: for its
    /// health checks, where the image says nothing else, and to let a target go.
    pub fn target_group(self, settings: TargetGroup) -> Self {
        Self { target_group_settings: Some(settings), ..self.load_balancer() }
    }

    /// On EC2 instances, without a network configuration of its own.
    pub fn on_instances(self) -> Self {
        let without = self.without("networkConfiguration").without("platformVersion");
        without.with("launchType", json!("EC2"))
    }

    /// In subnets and target groups that have IPv6 only.
    pub fn ipv6(mut self) -> Self {
        self.is_ipv6 = true;
        self
    }

    /// `deploymentController` says ECS in so many words.
    pub fn controller_spelled_out(mut self) -> Self {
        self.controller = Controller::Ecs;
        self
    }

    /// Under CodeDeploy: task sets in place of deployments, behind a load balancer
    /// with two target groups, `NAME-1` and `NAME-2`.
    pub fn code_deploy(mut self) -> Self {
        self.controller = Controller::CodeDeploy;
        self
    }

    /// Under a controller outside AWS.
    pub fn external(mut self) -> Self {
        self.controller = Controller::External;
        self
    }

    /// An Express service: ECS manages its resources.
    pub fn express(mut self) -> Self {
        self.resource_management = Some("ECS");
        self
    }

    /// Deleted, and not empty yet.
    pub fn draining(mut self) -> Self {
        self.status = ServiceStatus::Draining;
        self
    }

    pub fn inactive(mut self) -> Self {
        self.status = ServiceStatus::Inactive;
        self
    }

    /// Puts it into the world.
    pub fn start(mut self) {
        let mut pair = Vec::new();
        if self.controller == Controller::CodeDeploy {
            let name = &self.key.name;
            let group = |place: u8| target_group(&format!("{name}-{place}/000000000000000{place}"));
            pair = vec![group(1), group(2)];
            self = self.load_balancer();
            self.settings["loadBalancers"][0]["targetGroupArn"] = json!(pair[0]);
        }
        let sim = self.sim.clone();
        let world = &mut *sim.world();
        let past: Vec<(Definition, Past)> =
            self.past.iter().map(|(name, end)| (find(world, name), *end)).collect();
        let first = self.first.as_deref().map(|name| find(world, name));
        let key = self.key.clone();
        let service = self.with_past(world, &past, pair);
        world.clusters.insert((key.region.clone(), key.cluster.clone()));
        world.services.insert(key.clone(), service);
        if let Some(first) = first {
            world.with_service(&key, |service, scene| rollout::begin(service, scene, &first.arn));
        }
    }

    fn with_past(
        self,
        world: &mut World,
        past: &[(Definition, Past)],
        pair: Vec<String>,
    ) -> Service {
        let (status, controller) = (self.status, self.controller);
        let times = past::times(past.len());
        let newest = past.last().zip(times.last()).map(|((definition, _), at)| (definition, *at));
        let mut service = Service {
            key: self.key,
            status,
            controller,
            resource_management: self.resource_management,
            own_task_definition: newest.map(|(definition, _)| definition.arn.clone()),
            desired: self.desired,
            created: times.first().copied().unwrap_or(world.now),
            settings: self.settings,
            configuration: self.configuration,
            revisions: Vec::new(),
            rollouts: Vec::new(),
            task_sets: Vec::new(),
            traffic: Vec::new(),
            target_group_pair: pair,
            is_ipv6: self.is_ipv6,
            target_group_settings: self.target_group_settings,
            tasks: Vec::new(),
            events: Events::default(),
            retry: Retry::default(),
            alarms: BTreeSet::new(),
            stale: None,
        };
        match (controller, newest) {
            (Controller::Absent | Controller::Ecs, _) => {
                for ((definition, end), created) in past.iter().zip(times) {
                    past::deployed(world, &mut service, definition, *end, created);
                }
            }
            (Controller::CodeDeploy, Some((definition, created)))
                if status != ServiceStatus::Inactive =>
            {
                past::first_task_set(world, &mut service, definition, created);
            }
            (Controller::External, Some((definition, _))) => {
                let set = past::task_set(world, &service, &definition.arn);
                service.settings.insert("taskSets".to_owned(), json!([set]));
            }
            (Controller::CodeDeploy, _) | (Controller::External, None) => {}
        }
        if status == ServiceStatus::Active {
            past::settle(world, &mut service);
        }
        service
    }
}

fn find(world: &World, reference: &str) -> Definition {
    let found = world.definitions.find(REGION, reference);
    found.expect("the task definition was registered").clone()
}
