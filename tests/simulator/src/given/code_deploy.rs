//! Applications and deployment groups of CodeDeploy.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::Simulator;
use crate::clock::Time;
use crate::codedeploy::app_spec::{self, AppSpec};
use crate::codedeploy::configs::Routing;
use crate::codedeploy::deployment::{At, Deployment, Status};
use crate::codedeploy::events::EventStatus;
use crate::codedeploy::model::{Application, Content, Fault, Group, GroupKey, RevisionType};
use crate::ecs::model::ServiceKey;
use crate::ecs::task_sets::Balancer;
use crate::given::past;
use crate::wire::present;
use crate::world::{ACCOUNT, REGION, World};

/// How long each earlier deployment took.
const TOOK: Duration = Duration::from_secs(600);

impl Simulator {
    /// An application in the default Region, with this compute platform: `ECS`,
    /// `Lambda` or `Server`.
    pub fn application(&self, name: &str, compute_platform: &str) {
        make_application(&mut self.world(), name).platform = compute_platform.to_owned();
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
            key: GroupKey::new(REGION, application, name),
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

fn make_application<'w>(world: &'w mut World, name: &str) -> &'w mut Application {
    let id = world.ids.uuid();
    let key = (REGION.to_owned(), name.to_owned());
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
    key: GroupKey,
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
        self.broken = Some(Fault::new(code, message));
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

    pub fn then_failed(self, task_definition: &str) -> Self {
        self.before(task_definition, Status::Failed, RevisionType::AppSpecContent)
    }

    pub fn then_stopped(self, task_definition: &str) -> Self {
        self.before(task_definition, Status::Stopped, RevisionType::AppSpecContent)
    }

    /// Puts it into the world. Services that exist lend it their target groups.
    pub fn create(self) {
        let mut world = self.sim.world();
        let key = &self.key;
        let mut group = Group {
            name: key.group.clone(),
            id: world.ids.uuid(),
            members: self.members,
            broken: self.broken,
            queue: self.queue,
        };
        let service = group.services(REGION).into_iter().next();
        let pair = service.as_ref().and_then(|it| world.services.get(it));
        let pair = pair.map(|it| it.target_group_pair.clone()).unwrap_or_default();
        if !pair.is_empty() {
            let balancer = load_balancer(&pair, self.tested);
            group.members.entry("loadBalancerInfo").or_insert(balancer);
        }
        let application = make_application(&mut world, &key.application);
        application.groups.insert(key.group.clone(), group);
        let service = service.unwrap_or_else(|| ServiceKey::new(REGION, "", ""));
        for (before, created) in self.past.iter().zip(past::times(self.past.len())) {
            deployed(&mut world, key, &service, before, created);
        }
    }
}

/// `loadBalancerInfo` of two target groups behind one listener, and perhaps a test listener.
fn load_balancer(pair: &[String], tested: bool) -> Value {
    let names = pair.iter().filter_map(|arn| arn.split('/').nth(1));
    let names: Vec<Value> = names.map(|name| json!({ "name": name })).collect();
    let listener = |which: &str| {
        let id = "50dc6c495c0c9188";
        let arn = format!(
            "arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener/app/shop/{id}/{which}"
        );
        json!({ "listenerArns": [arn] })
    };
    json!({ "targetGroupPairInfoList": [present(json!({
        "targetGroups": names,
        "prodTrafficRoute": listener("0000000000000080"),
        "testTrafficRoute": tested.then(|| listener("0000000000008080")),
    }))] })
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
    let text = app_spec::write(&definition.arn, &container, port);
    let content = Content { kind: *kind, ..Content::new(text) };
    let spec = AppSpec::read(&content.text).expect("the simulator's own is sound");
    let id = world.ids.deployment();
    let group = key.find(&world.codedeploy).expect("the group was made");
    let group = (key, group);
    let mut it = Deployment::new(id.clone(), group, service.clone(), (content, spec), created);
    it.at = At::Over;
    it.status = status;
    it.started = Some(created);
    it.completed = Some(created + TOOK);
    it.updated = created + TOOK;
    it.sets_at_end = Some(json!([]));
    for (place, progress) in it.events.iter_mut().enumerate() {
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
        Status::Failed => Some(Fault::not_steady()),
        Status::Stopped => Some(Fault::stopped_by_a_user()),
        _ => None,
    };
    world.codedeploy.add(it);
    if status == Status::Succeeded
        && let Some(there) = world.services.get_mut(service)
        && let Some(number) = there.primary().map(|primary| primary.number.clone())
        && there.primary().is_some_and(|it| it.task_definition == definition.arn)
    {
        let sets = there.task_sets.iter_mut().filter(|set| set.number == number);
        sets.for_each(|set| set.external_id = Some(id.clone()));
    }
}
