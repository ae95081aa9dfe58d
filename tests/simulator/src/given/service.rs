//! Services to start.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::Simulator;
use crate::ecs::events::Events;
use crate::ecs::model::{Controller, Retry, Service, ServiceKey, ServiceStatus};
use crate::ecs::rollout;
use crate::ecs::task_sets::Balancer;
use crate::given::past::{self, Past};
use crate::world::{ACCOUNT, REGION, World};

impl Simulator {
    /// A service of the default Region.
    pub fn service(&self, cluster: &str, name: &str) -> ServiceBuilder {
        let key = ServiceKey { region: REGION.into(), cluster: cluster.into(), name: name.into() };
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
        }
    }
}

/// A service to start.
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
        let arn = definition.in_region(&self.key.region).register();
        self.running(&arn)
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

    /// Behind a load balancer.
    pub fn load_balancer(self) -> Self {
        let region = &self.key.region;
        let name = self.key.name.clone();
        let group = format!(
            "arn:aws:elasticloadbalancing:{region}:{ACCOUNT}:targetgroup/{name}/0123456789abcdef"
        );
        let balancer =
            json!([{ "targetGroupArn": group, "containerName": name, "containerPort": 8080 }]);
        self.with("loadBalancers", balancer)
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

    /// In another Region.
    pub fn in_region(mut self, region: &str) -> Self {
        self.key.region = region.to_owned();
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

    /// The two target groups of a service under CodeDeploy.
    fn target_group_pair(&self) -> Vec<String> {
        let ServiceKey { region, name, .. } = &self.key;
        let group = |place: u8| {
            format!(
                "arn:aws:elasticloadbalancing:{region}:{ACCOUNT}:targetgroup/{name}-{place}/\
                 000000000000000{place}"
            )
        };
        match self.controller {
            Controller::CodeDeploy => vec![group(1), group(2)],
            Controller::Absent | Controller::Ecs | Controller::External => Vec::new(),
        }
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

    /// Deleted.
    pub fn inactive(mut self) -> Self {
        self.status = ServiceStatus::Inactive;
        self
    }

    /// Puts it into the world.
    ///
    /// # Panics
    /// If a task definition is not registered.
    pub fn start(mut self) {
        let target_group_pair = self.target_group_pair();
        if let Some(first) = target_group_pair.first() {
            let first = first.clone();
            self = self.load_balancer();
            self.settings["loadBalancers"][0]["targetGroupArn"] = json!(first);
        }
        let mut world = self.sim.world();
        let find = |world: &World, reference: &str| {
            let found = world.definitions.find(&self.key.region, reference);
            found.expect("the task definition was registered").clone()
        };
        let last = self.past.last().map(|(reference, _)| find(&world, reference));
        let times = past::times(self.past.len());
        let mut service = Service {
            key: self.key.clone(),
            account: ACCOUNT.to_owned(),
            status: self.status,
            controller: self.controller,
            resource_management: self.resource_management,
            own_task_definition: last.as_ref().map(|definition| definition.arn.clone()),
            desired: self.desired,
            created: times.first().copied().unwrap_or(world.now),
            settings: self.settings,
            configuration: self.configuration,
            revisions: Vec::new(),
            rollouts: Vec::new(),
            task_sets: Vec::new(),
            traffic: Vec::new(),
            target_group_pair,
            is_ipv6: self.is_ipv6,
            tasks: Vec::new(),
            events: Events::default(),
            retry: Retry::default(),
            alarms: BTreeSet::new(),
            stale: None,
        };
        match (self.controller, last) {
            (Controller::Absent | Controller::Ecs, _) => {
                for ((reference, end), created) in self.past.iter().zip(times) {
                    let definition = find(&world, reference);
                    past::deployed(&mut world, &mut service, &definition, *end, created);
                }
                let running = service.primary().map(|it| find(&world, &it.task_definition));
                if let Some(definition) = running.filter(|_| self.status == ServiceStatus::Active) {
                    past::settle(&mut world, &mut service, &definition);
                }
            }
            (Controller::CodeDeploy, Some(definition))
                if self.status != ServiceStatus::Inactive =>
            {
                let balancer = Balancer::of(&definition, &service.target_group_pair[0]);
                let created = times.last().copied().unwrap_or(world.now);
                past::first_task_set(&mut world, &mut service, &definition, balancer, created);
                if self.status == ServiceStatus::Active {
                    past::settle(&mut world, &mut service, &definition);
                }
            }
            (Controller::External, Some(definition)) => {
                let set = past::task_set(&mut world, &service, &definition.arn);
                service.settings.insert("taskSets".to_owned(), json!([set]));
            }
            (Controller::CodeDeploy, _) | (Controller::External, None) => {}
        }
        let first = self.first.as_deref().map(|reference| find(&world, reference));
        world.clusters.insert((self.key.region.clone(), self.key.cluster.clone()));
        world.services.insert(self.key.clone(), service);
        if let Some(first) = first {
            world.with_service(&self.key, |service, scene| {
                rollout::begin(service, scene, &first.arn);
            });
        }
    }
}
