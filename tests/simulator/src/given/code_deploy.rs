//! Applications and deployment groups of CodeDeploy.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::Simulator;
use crate::clock::Time;
use crate::codedeploy::deployment::{At, Deployment, Status};
use crate::codedeploy::model::{Application, Content, Fault, Group, GroupKey, RevisionType};
use crate::codedeploy::{AppSpec, EVENTS, EventStatus, Routing, write_app_spec};
use crate::ecs::model::ServiceKey;
use crate::ecs::task_sets::Balancer;
use crate::given::past;
use crate::world::{ACCOUNT, REGION, World};

/// How long each earlier deployment took.
const TOOK: Duration = Duration::from_secs(600);

impl Simulator {
    /// An application in the default Region, with this compute platform: `ECS`,
    /// `Lambda` or `Server`.
    pub fn application(&self, name: &str, compute_platform: &str) {
        make_application(&mut self.world(), REGION, name).platform = compute_platform.to_owned();
    }

    /// A deployment group in the default Region; its application is made if need be.
    pub fn deployment_group(&self, application: &str, name: &str) -> DeploymentGroupBuilder {
        let members = json!({
            "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce",
            "serviceRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/codedeploy"),
            "autoRollbackConfiguration": { "enabled": false, "events": [] },
            "alarmConfiguration": { "enabled": false, "ignorePollAlarmFailure": false,
                "alarms": [] },
            "deploymentStyle": { "deploymentType": "BLUE_GREEN",
                "deploymentOption": "WITH_TRAFFIC_CONTROL" },
            "blueGreenDeploymentConfiguration": {
                "terminateBlueInstancesOnDeploymentSuccess":
                    { "action": "TERMINATE", "terminationWaitTimeInMinutes": 5 },
                "deploymentReadyOption":
                    { "actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0 },
            },
            "ecsServices": [],
        });
        DeploymentGroupBuilder {
            sim: self.clone(),
            region: REGION.to_owned(),
            application: application.to_owned(),
            name: name.to_owned(),
            members: members.as_object().cloned().unwrap_or_default(),
            tested: true,
            broken: None,
            queue: Duration::ZERO,
            past: Vec::new(),
        }
    }

    /// A deployment configuration of one's own: so many percent every so many minutes.
    pub fn linear_deployment_config(&self, name: &str, percent: u32, minutes: u32) {
        let routing = Routing::Linear { percent, minutes };
        self.world().codedeploy.configs.insert(name.to_owned(), routing);
    }

    /// The same with one step before all of it.
    pub fn canary_deployment_config(&self, name: &str, percent: u32, minutes: u32) {
        let routing = Routing::Canary { percent, minutes };
        self.world().codedeploy.configs.insert(name.to_owned(), routing);
    }
}

fn make_application<'w>(world: &'w mut World, region: &str, name: &str) -> &'w mut Application {
    let id = world.ids.uuid();
    let key = (region.to_owned(), name.to_owned());
    world.codedeploy.applications.entry(key).or_insert_with(|| Application {
        name: name.to_owned(),
        id,
        platform: "ECS".to_owned(),
        created: Time::ZERO,
        groups: Default::default(),
        revisions: Vec::new(),
    })
}

/// A deployment group to make. Unless said otherwise it shifts the traffic all at
/// once, keeps the old task set for five minutes, and rolls nothing back.
#[derive(Debug, Clone)]
#[must_use]
pub struct DeploymentGroupBuilder {
    sim: Simulator,
    region: String,
    application: String,
    name: String,
    members: Map<String, Value>,
    tested: bool,
    broken: Option<Fault>,
    queue: Duration,
    past: Vec<(String, Status, RevisionType)>,
}

impl DeploymentGroupBuilder {
    /// Deploys to this service. Several calls make a group with several.
    pub fn service(mut self, cluster: &str, service: &str) -> Self {
        if let Some(Value::Array(services)) = self.members.get_mut("ecsServices") {
            services.push(json!({ "serviceName": service, "clusterName": cluster }));
        }
        self
    }

    /// `deploymentConfigName`.
    pub fn config(self, name: &str) -> Self {
        self.with("deploymentConfigName", json!(name))
    }

    /// Rolls back after these, such as `DEPLOYMENT_FAILURE`.
    pub fn auto_rollback(self, events: &[&str]) -> Self {
        self.with("autoRollbackConfiguration", json!({ "enabled": true, "events": events }))
    }

    /// Stops when one of these alarms goes off. They are the service's:
    /// [`Act::alarm`](crate::Act::alarm).
    pub fn alarms(self, names: &[&str]) -> Self {
        let alarms: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
        let alarms = json!({ "enabled": true, "ignorePollAlarmFailure": false, "alarms": alarms });
        self.with("alarmConfiguration", alarms)
    }

    /// Waits so long before the traffic is shifted, and stops if nobody says so.
    pub fn waits_for_a_person(self, minutes: u32) -> Self {
        let option = json!({ "actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": minutes });
        self.blue_green("deploymentReadyOption", option)
    }

    /// Terminates the old task set so long after the traffic was shifted.
    pub fn terminates_after(self, minutes: u32) -> Self {
        let option = json!({ "action": "TERMINATE", "terminationWaitTimeInMinutes": minutes });
        self.blue_green("terminateBlueInstancesOnDeploymentSuccess", option)
    }

    /// Never terminates the old task set.
    pub fn keeps_blue(self) -> Self {
        let option = json!({ "action": "KEEP_ALIVE" });
        self.blue_green("terminateBlueInstancesOnDeploymentSuccess", option)
    }

    fn blue_green(mut self, name: &str, option: Value) -> Self {
        let all = self.members.entry("blueGreenDeploymentConfiguration").or_insert(json!({}));
        all[name] = option;
        self
    }

    /// Sets a member of `deploymentGroupInfo`; null leaves it out.
    pub fn with(mut self, name: &str, value: Value) -> Self {
        if value.is_null() {
            self.members.shift_remove(name);
        } else {
            self.members.insert(name.to_owned(), value);
        }
        self
    }

    /// Nothing shows the replacement to testers: no test listener, and no events about
    /// it.
    pub fn without_test_listener(mut self) -> Self {
        self.tested = false;
        self
    }

    /// Every deployment fails before its first event, with this `errorInformation`.
    pub fn broken(mut self, code: &'static str, message: &str) -> Self {
        self.broken = Some(Fault { code, message: message.to_owned() });
        self
    }

    /// Every deployment is Queued for so long.
    pub fn queues_for(mut self, time: Duration) -> Self {
        self.queue = time;
        self
    }

    /// Deployed this task definition with success, before the simulator was made.
    /// Several calls, of whatever end, make a history with a day between them.
    pub fn deployed(self, task_definition: &str) -> Self {
        self.before(task_definition, Status::Succeeded, RevisionType::AppSpecContent)
    }

    /// The same, by a revision of the deprecated type `String`.
    pub fn deployed_as_string(self, task_definition: &str) -> Self {
        self.before(task_definition, Status::Succeeded, RevisionType::String)
    }

    /// The same, by an AppSpec that lies in S3.
    pub fn deployed_from_s3(self, task_definition: &str) -> Self {
        self.before(task_definition, Status::Succeeded, RevisionType::S3)
    }

    fn before(mut self, task_definition: &str, status: Status, kind: RevisionType) -> Self {
        self.past.push((task_definition.to_owned(), status, kind));
        self
    }

    /// A deployment that failed.
    pub fn then_failed(self, task_definition: &str) -> Self {
        self.before(task_definition, Status::Failed, RevisionType::AppSpecContent)
    }

    /// A deployment that somebody stopped.
    pub fn then_stopped(self, task_definition: &str) -> Self {
        self.before(task_definition, Status::Stopped, RevisionType::AppSpecContent)
    }

    /// In another Region.
    pub fn in_region(mut self, region: &str) -> Self {
        self.region = region.to_owned();
        self
    }

    /// Puts it into the world. Services that exist lend it their target groups.
    ///
    /// # Panics
    /// If a task definition is not registered.
    pub fn create(self) {
        let mut world = self.sim.world();
        let key = GroupKey {
            region: self.region.clone(),
            application: self.application.clone(),
            group: self.name.clone(),
        };
        let mut group = Group {
            name: self.name.clone(),
            id: world.ids.uuid(),
            members: self.members.clone(),
            broken: self.broken.clone(),
            queue: self.queue,
        };
        let service = group.services(&self.region).into_iter().next();
        let pair = service.as_ref().and_then(|it| world.services.get(it));
        let pair = pair.map(|it| it.target_group_pair.clone()).unwrap_or_default();
        if !pair.is_empty() {
            let mut balancer = load_balancer(&self.region, &pair);
            if !self.tested
                && let Some(pair) = balancer["targetGroupPairInfoList"][0].as_object_mut()
            {
                pair.shift_remove("testTrafficRoute");
            }
            group.members.entry("loadBalancerInfo").or_insert(balancer);
        }
        let application = make_application(&mut world, &self.region, &self.application);
        application.groups.insert(self.name.clone(), group);
        let times = past::times(self.past.len());
        let service = service.unwrap_or_else(|| ServiceKey {
            region: self.region.clone(),
            cluster: String::new(),
            name: String::new(),
        });
        for (before, created) in self.past.iter().zip(times) {
            deployed(&mut world, &key, &service, before, created);
        }
    }
}

/// `loadBalancerInfo` of two target groups behind one listener, and a test listener.
fn load_balancer(region: &str, pair: &[String]) -> Value {
    let names = pair.iter().filter_map(|arn| arn.split('/').nth(1));
    let names: Vec<Value> = names.map(|name| json!({ "name": name })).collect();
    let listener = |which: &str| {
        let id = "50dc6c495c0c9188";
        let arn = format!(
            "arn:aws:elasticloadbalancing:{region}:{ACCOUNT}:listener/app/shop/{id}/{which}"
        );
        json!({ "listenerArns": [arn] })
    };
    json!({ "targetGroupPairInfoList": [{
        "targetGroups": names,
        "prodTrafficRoute": listener("0000000000000080"),
        "testTrafficRoute": listener("0000000000008080"),
    }] })
}

/// Writes one earlier deployment into the history.
fn deployed(
    world: &mut World,
    key: &GroupKey,
    service: &ServiceKey,
    (reference, status, kind): &(String, Status, RevisionType),
    created: Time,
) {
    let status = *status;
    let definition = world.definitions.find(&key.region, reference);
    let definition = definition.expect("the task definition was registered").clone();
    let Balancer { container, port, .. } = Balancer::of(&definition, "");
    let text = write_app_spec(&definition.arn, &container, port);
    let content = Content { kind: *kind, ..Content::new(text) };
    let spec = AppSpec::read(&content.text).expect("the simulator's own is sound");
    let id = world.ids.deployment();
    let group = key.find(&world.codedeploy).expect("the group was made");
    let revision = (content.clone(), spec);
    let mut it = Deployment::new(id.clone(), (key, group), service.clone(), revision, created);
    it.previous = world.codedeploy.last_successful(key).map(|it| it.content.clone());
    it.at = At::Over;
    it.status = status;
    it.started = Some(created);
    it.completed = Some(created + TOOK);
    it.updated = created + TOOK;
    it.sets_at_end = Some(json!([]));
    for (place, event) in EVENTS.into_iter().enumerate() {
        let progress = it.progress(event);
        progress.status = match (status, place) {
            (Status::Succeeded, _) | (_, 0) => EventStatus::Succeeded,
            (_, 1) => EventStatus::Failed,
            _ => EventStatus::Skipped,
        };
        if progress.status != EventStatus::Skipped {
            progress.started = Some(created);
            progress.ended = Some(created + TOOK);
        }
    }
    it.fault = match status {
        Status::Failed => Some(Fault {
            code: "TIMEOUT",
            message: "The deployment timed out while waiting for the replacement task set to \
                      become healthy. This time out period is 60 minutes."
                .to_owned(),
        }),
        Status::Stopped => Some(Fault {
            code: "MANUAL_STOP",
            message: "The deployment was stopped by a user.".to_owned(),
        }),
        _ => None,
    };
    world.codedeploy.register(key, &content, None, created);
    world.codedeploy.deployments.push(it);
    if status == Status::Succeeded
        && let Some(there) = world.services.get_mut(service)
        && let Some(number) = there.primary().map(|primary| primary.number.clone())
        && there.primary().is_some_and(|it| it.task_definition == definition.arn)
    {
        let sets = there.task_sets.iter_mut().filter(|set| set.number == number);
        sets.for_each(|set| set.external_id = Some(id.clone()));
    }
}
