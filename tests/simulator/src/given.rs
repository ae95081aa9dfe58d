//! What is there before a test begins, in sentences.
//!
//! `sim.service("prod", "web1").running("web1:41").desired(2).start()`

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::Simulator;
use crate::clock::{LEAD, Time};
use crate::ecr::image::Image;
use crate::ecr::reference::Reference;
use crate::ecr::registry::Place;
use crate::ecs::events::Events;
use crate::ecs::model::{
    Alarms, Breaker, Container, Controller, Health, Phase, Retry, Revision, RevisionImage,
    Rollback, Rollout, RolloutState, Service, ServiceKey, ServiceStatus, Standing, Status, Task,
};
use crate::ecs::rollout;
use crate::world::{ACCOUNT, REGION, World};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Simulator {
    /// A repository in the default account and Region, made if need be.
    pub fn repository(&self, name: &str) -> Repository {
        self.repository_in(ACCOUNT, REGION, name)
    }

    /// A repository elsewhere.
    pub fn repository_in(&self, account: &str, region: &str, name: &str) -> Repository {
        let place =
            Place { account: account.into(), region: region.into(), repository: name.into() };
        self.world().registry.create(&place);
        Repository { sim: self.clone(), place }
    }

    /// The full reference of `repository:tag` or `repository@digest` in the
    /// default account and Region.
    pub fn image(&self, short: &str) -> String {
        format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{short}")
    }

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
        TaskDefinitionBuilder { sim: self.clone(), region: REGION.into(), body, revision: None }
    }

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
        }
    }
}

/// A repository to push to.
#[derive(Debug, Clone)]
pub struct Repository {
    sim: Simulator,
    place: Place,
}

impl Repository {
    /// Pushes an image under a tag, now; returns its digest.
    ///
    /// # Panics
    /// If the repository is immutable and the tag names another image.
    pub fn push(&self, tag: &str, image: Image) -> String {
        self.push_days_ago(0, tag, image)
    }

    /// The same, so many days before the simulator was made.
    ///
    /// # Panics
    /// As [`push`](Self::push).
    pub fn push_days_ago(&self, days: u32, tag: &str, image: Image) -> String {
        let mut world = self.sim.world();
        let now = world.now.saturating_sub(DAY * days);
        world.registry.push(&self.place, Some(tag), &image, now).expect("the tag may be set")
    }

    /// Pushes an image without a tag; returns its digest.
    ///
    /// # Panics
    /// Never.
    pub fn push_untagged(&self, image: Image) -> String {
        let mut world = self.sim.world();
        let now = world.now;
        world.registry.push(&self.place, None, &image, now).expect("nothing forbids it")
    }

    /// Lets a tag point to a digest.
    ///
    /// # Panics
    /// If there is no such image, or the repository forbids it.
    pub fn tag(&self, tag: &str, digest: &str) {
        let mut world = self.sim.world();
        let there = world.registry.create(&self.place);
        there.tag(tag, digest).expect("the image is there and the tag may be set");
    }

    /// From now on no tag may move.
    #[must_use]
    pub fn immutable(self) -> Self {
        self.sim.world().registry.create(&self.place).set_immutable();
        self
    }

    /// Archives an image, by tag or digest.
    pub fn archive(&self, which: &str) {
        let mut world = self.sim.world();
        let now = world.now;
        world.registry.create(&self.place).archive(which, Some(now));
    }

    /// Deletes an image, by tag or digest.
    pub fn delete(&self, which: &str) {
        self.sim.world().registry.create(&self.place).delete(which);
    }

    /// The digest a tag points to.
    pub fn digest(&self, tag: &str) -> Option<String> {
        let world = self.sim.world();
        world.registry.repository(&self.place)?.resolve(tag).map(str::to_owned)
    }

    /// `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME`.
    pub fn uri(&self) -> String {
        let Place { account, region, repository } = &self.place;
        format!("{account}.dkr.ecr.{region}.amazonaws.com/{repository}")
    }
}

/// A task definition to register.
#[derive(Debug, Clone)]
#[must_use]
pub struct TaskDefinitionBuilder {
    sim: Simulator,
    region: String,
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
    ///
    /// # Panics
    /// Never: the builder's body has a list of containers.
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

    /// Runs on ARM64.
    pub fn arm64(self) -> Self {
        let platform = json!({ "cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX" });
        self.member("runtimePlatform", platform)
    }

    /// In another Region.
    pub fn in_region(mut self, region: &str) -> Self {
        self.region = region.to_owned();
        self
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
        let place = (ACCOUNT, self.region.as_str());
        world.definitions.register(place, self.body, self.revision, now).arn.clone()
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
}

/// How an earlier deployment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Past {
    Succeeded,
    RolledBack,
    Superseded,
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

    /// Under CodeDeploy: a task set in place of deployments.
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

    /// Deleted, with tasks still stopping.
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
    pub fn start(self) {
        let mut world = self.sim.world();
        let now = world.now;
        let past = u32::try_from(self.past.len()).unwrap_or(u32::MAX);
        let gap = DAY.min(190 * DAY / past.max(1));
        let region = self.key.region.clone();
        let arn_of = |world: &World, reference: &str| {
            let found = world.definitions.find(&region, reference);
            found.expect("the task definition was registered").arn.clone()
        };
        let last = self.past.last().map(|(reference, _)| arn_of(&world, reference));
        let mut service = Service {
            key: self.key.clone(),
            account: ACCOUNT.to_owned(),
            status: self.status,
            controller: self.controller,
            resource_management: self.resource_management,
            own_task_definition: last.clone(),
            desired: self.desired,
            created: LEAD.saturating_sub(gap * (past + 1)),
            settings: self.settings,
            configuration: self.configuration,
            revisions: Vec::new(),
            rollouts: Vec::new(),
            tasks: Vec::new(),
            events: Events::default(),
            retry: Retry::default(),
            alarms: Default::default(),
            stale: None,
        };
        if matches!(self.controller, Controller::Absent | Controller::Ecs) {
            for (index, (reference, end)) in self.past.iter().enumerate() {
                let index = u32::try_from(index).unwrap_or(u32::MAX);
                let arn = arn_of(&world, reference);
                let created = LEAD.saturating_sub(gap * (past - index));
                deployed_before(&mut world, &mut service, &arn, *end, created);
            }
            if self.status == ServiceStatus::Active {
                settle(&mut world, &mut service);
            }
        } else if let Some(arn) = last {
            let set = task_set(&mut world, &service, &arn);
            service.settings.insert("taskSets".to_owned(), json!([set]));
        }
        world.clusters.insert((region.clone(), self.key.cluster.clone()));
        world.services.insert(self.key.clone(), service);
        if let Some(first) = self.first {
            let arn = arn_of(&world, &first);
            world.with_service(&self.key, |service, scene| rollout::begin(service, scene, &arn));
        }
        debug_assert_eq!(world.now, now);
    }
}

/// Writes one earlier deployment into the history.
fn deployed_before(world: &mut World, service: &mut Service, arn: &str, end: Past, created: Time) {
    let finished = created + Duration::from_secs(150);
    let number = world.ids.revision();
    let back = service.primary().map(|primary| primary.number.clone());
    let succeeded = end == Past::Succeeded;
    if succeeded {
        for revision in &mut service.revisions {
            revision.standing = Standing::Gone;
        }
    }
    service.revisions.push(Revision {
        number: number.clone(),
        task_definition: arn.to_owned(),
        images: resolved_images(world, &service.key.region, arn),
        created,
        updated: finished,
        standing: if succeeded { Standing::Primary } else { Standing::Gone },
        state: if succeeded { RolloutState::Completed } else { RolloutState::Failed },
        state_reason: format!("ECS deployment ecs-svc/{number} completed."),
        failed_tasks: 0,
    });
    let mut breaker = Breaker::from_configuration(&service.configuration, service.desired);
    let mut alarms = Alarms::from_configuration(&service.configuration, &service.alarms);
    for watch in [&mut breaker.status, &mut alarms.status] {
        if *watch == crate::ecs::model::Watch::Monitoring {
            *watch = crate::ecs::model::Watch::Complete;
        }
    }
    let (status, reason) = match end {
        Past::Succeeded => (Status::Successful, None),
        Past::RolledBack => {
            breaker.status = crate::ecs::model::Watch::Triggered;
            breaker.failures = breaker.threshold;
            (Status::RollbackSuccessful, Some(rollout::BREAKER))
        }
        Past::Superseded => (Status::Stopped, Some(rollout::REPLACED)),
    };
    let rollback = back.clone().filter(|_| end == Past::RolledBack).map(|revision| Rollback {
        reason: rollout::BREAKER.to_owned(),
        started: finished,
        revision,
    });
    service.rollouts.push(Rollout {
        id: world.ids.service_deployment(),
        sources: back.iter().cloned().collect(),
        target: number,
        way_back: back,
        status,
        status_reason: reason.map(str::to_owned),
        created,
        started: Some(created + Duration::from_secs(3)),
        finished: Some(finished),
        stopped: (end == Past::Superseded).then_some(finished),
        updated: finished,
        configuration: service.configuration.clone(),
        rollback,
        breaker,
        alarms,
        native: None,
    });
}

/// The images of a definition with the digests they have now.
fn resolved_images(world: &World, region: &str, arn: &str) -> Vec<RevisionImage> {
    let definition = world.definitions.find(region, arn).expect("it was just found");
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let image = |container: &Map<String, Value>| {
        let image = text(container.get("image"));
        let digest = match Reference::parse(&image) {
            Some(reference) => reference.pull(&world.registry).map(|it| it.digest.clone()),
            None => Some(crate::ecr::image::digest_of(image.as_bytes())),
        };
        RevisionImage { container: text(container.get("name")), image, digest, pinned: true }
    };
    definition.containers().map(image).collect()
}

/// Fills the service with healthy tasks of its primary revision.
fn settle(world: &mut World, service: &mut Service) {
    let Some(primary) = service.primary().cloned() else { return };
    let at = primary.created + Duration::from_secs(60);
    for _ in 0..service.desired {
        let containers = primary.images.iter().map(|image| Container {
            name: image.container.clone(),
            image: match &image.digest {
                Some(digest) if !image.image.contains('@') => format!("{}@{digest}", image.image),
                _ => image.image.clone(),
            },
            digest: image.digest.clone(),
            runtime_id: Some(world.ids.task()),
            exit_code: None,
            reason: None,
        });
        let containers = containers.collect();
        service.tasks.push(Task {
            id: world.ids.task(),
            revision: primary.number.clone(),
            task_definition: primary.task_definition.clone(),
            phase: Phase::Running,
            wanted: true,
            health: Health::Healthy,
            created: primary.created,
            pull_started: Some(at),
            pull_stopped: Some(at),
            started: Some(at),
            stopping: None,
            stopped: None,
            stop_code: None,
            stopped_reason: None,
            containers,
        });
    }
    let name = service.key.name.clone();
    let message = format!("(service {name}) has reached a steady state.");
    service.events.tell(&mut world.ids, primary.updated, message);
}

/// The task set that a CodeDeploy or external service runs.
fn task_set(world: &mut World, service: &Service, arn: &str) -> Value {
    let number = world.ids.revision();
    let id = format!("ecs-svc/{number}");
    let ServiceKey { region, cluster, name } = &service.key;
    let created = world.calendar.stamp(service.created);
    json!({
        "id": id,
        "taskSetArn": format!("arn:aws:ecs:{region}:{ACCOUNT}:task-set/{cluster}/{name}/{id}"),
        "serviceArn": service.arn(),
        "clusterArn": service.cluster_arn(),
        "startedBy": "CODE_DEPLOY",
        "externalId": "d-0123ABCDE",
        "status": "PRIMARY",
        "taskDefinition": arn,
        "computedDesiredCount": service.desired,
        "pendingCount": 0,
        "runningCount": service.desired,
        "createdAt": created,
        "updatedAt": created,
        "launchType": "FARGATE",
        "scale": { "value": 100.0, "unit": "PERCENT" },
        "stabilityStatus": "STEADY_STATE",
        "stabilityStatusAt": created,
    })
}
