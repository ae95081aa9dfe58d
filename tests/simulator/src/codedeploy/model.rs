//! What CodeDeploy knows: applications, their groups and revisions, deployments.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::clock::Time;
use crate::codedeploy::app_spec::{AppSpec, sha256};
use crate::codedeploy::configs::Routing;
use crate::codedeploy::events::{EVENTS, Event, Progress};
use crate::ecs::model::ServiceKey;

#[derive(Debug, Default)]
pub(crate) struct CodeDeploy {
    /// By Region and name.
    pub(crate) applications: BTreeMap<(String, String), Application>,
    /// In the order in which they were made.
    pub(crate) deployments: Vec<Deployment>,
    /// Those that somebody made, by name.
    pub(crate) configs: BTreeMap<String, Routing>,
}

#[derive(Debug)]
pub(crate) struct Application {
    pub(crate) name: String,
    /// A UUID.
    pub(crate) id: String,
    /// `ECS`, `Lambda` or `Server`.
    pub(crate) platform: String,
    pub(crate) created: Time,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) revisions: Vec<Registered>,
}

/// A revision that was deployed at least once.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) content: Content,
    pub(crate) description: Option<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) first_used: Time,
    pub(crate) last_used: Time,
}

/// `appSpecContent`.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    pub(crate) text: String,
    pub(crate) sha256: String,
}

#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    /// A UUID.
    pub(crate) id: String,
    /// Members that are shown as they were given: ecsServices, alarmConfiguration, …
    pub(crate) members: Map<String, Value>,
    /// Why no deployment gets as far as its first event.
    pub(crate) broken: Option<Fault>,
    /// How long its deployments are queued.
    pub(crate) queue: Duration,
}

/// Where a group is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupKey {
    pub(crate) region: String,
    pub(crate) application: String,
    pub(crate) group: String,
}

/// `errorInformation`.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    /// `d-` and nine letters or digits.
    pub(crate) id: String,
    pub(crate) group: GroupKey,
    pub(crate) service: ServiceKey,
    pub(crate) config: String,
    pub(crate) description: Option<String>,
    pub(crate) content: Content,
    pub(crate) spec: AppSpec,
    /// The revision of the last deployment that succeeded before.
    pub(crate) previous: Option<Content>,
    /// `autoRollbackConfiguration`, its own or the group's.
    pub(crate) auto_rollback: Option<Value>,
    pub(crate) override_alarms: Option<Value>,
    /// The alarms that stop it.
    pub(crate) alarms: Vec<String>,
    /// Members of the group as they were when it was made.
    pub(crate) group_members: Map<String, Value>,
    pub(crate) status: Status,
    pub(crate) fault: Option<Fault>,
    pub(crate) created: Time,
    pub(crate) started: Option<Time>,
    pub(crate) completed: Option<Time>,
    pub(crate) updated: Time,
    pub(crate) at: At,
    /// Tells a planned step from those that were overtaken.
    pub(crate) turn: u32,
    /// Whether a function was asked and does not answer.
    pub(crate) hung: bool,
    /// How many steps of its traffic were taken.
    pub(crate) steps: usize,
    pub(crate) events: [Progress; EVENTS.len()],
    pub(crate) way: Way,
    /// Number of the task set that was the primary one.
    pub(crate) blue: Option<String>,
    /// Number of the task set that is to be the primary one.
    pub(crate) green: Option<String>,
    pub(crate) wait_started: bool,
    pub(crate) stopping: Option<Stopping>,
    /// Whether a rollback is about to be made.
    pub(crate) rollback_due: bool,
    pub(crate) rolled_back_by: Option<String>,
    pub(crate) rolls_back: Option<String>,
    /// `taskSetsInfo` when it was over.
    pub(crate) sets_at_end: Option<Value>,
}

/// How a deployment gets its task set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Way {
    /// It starts one.
    Replace,
    /// It is a rollback to one that is still there.
    BringBack(String),
}

/// Where a deployment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Created,
    Queued,
    Event(Event),
    /// Before the traffic is shifted, until somebody says so.
    Ready,
    /// Before the old task set is terminated.
    Termination,
    Over,
}

/// Why a deployment is about to stop.
#[derive(Debug, Clone)]
pub(crate) enum Stopping {
    /// `autoRollbackEnabled` of the request.
    Request(Option<bool>),
    Alarms(Vec<String>),
}

/// `status` of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Created,
    Queued,
    InProgress,
    Ready,
    Succeeded,
    Failed,
    Stopped,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Queued => "Queued",
            Self::InProgress => "InProgress",
            Self::Ready => "Ready",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Stopped => "Stopped",
        }
    }
}

impl Content {
    pub(crate) fn new(text: String) -> Self {
        let sha256 = sha256(&text);
        Self { text, sha256 }
    }
}

impl GroupKey {
    /// Finds it; `None` if it was never made.
    pub(crate) fn find<'a>(&self, codedeploy: &'a CodeDeploy) -> Option<&'a Group> {
        codedeploy.application(&self.region, &self.application)?.groups.get(&self.group)
    }
}

impl CodeDeploy {
    pub(crate) fn application(&self, region: &str, name: &str) -> Option<&Application> {
        self.applications.get(&(region.to_owned(), name.to_owned()))
    }

    pub(crate) fn deployment(&self, id: &str) -> Option<&Deployment> {
        self.deployments.iter().find(|it| it.id == id)
    }

    pub(crate) fn deployment_mut(&mut self, id: &str) -> Option<&mut Deployment> {
        self.deployments.iter_mut().find(|it| it.id == id)
    }

    /// The deployments of a group, oldest first.
    pub(crate) fn of_group<'a>(
        &'a self,
        group: &'a GroupKey,
    ) -> impl Iterator<Item = &'a Deployment> {
        self.deployments.iter().filter(move |it| it.group == *group)
    }

    /// The one that keeps its group busy. A rollback that is due does so, too.
    pub(crate) fn active(&self, group: &GroupKey) -> Option<&Deployment> {
        let mut newest = self.deployments.iter().rev();
        newest.find(|it| it.group == *group && (it.at != At::Over || it.rollback_due))
    }

    pub(crate) fn last_successful(&self, group: &GroupKey) -> Option<&Deployment> {
        let all = self.deployments.iter().filter(|it| it.group == *group);
        all.filter(|it| it.status == Status::Succeeded).max_by_key(|it| it.completed)
    }

    /// Notes that a group uses a revision.
    pub(crate) fn register(
        &mut self,
        group: &GroupKey,
        content: &Content,
        description: Option<&str>,
        now: Time,
    ) {
        let key = (group.region.clone(), group.application.clone());
        let Some(application) = self.applications.get_mut(&key) else { return };
        let known = application.revisions.iter_mut();
        match known.into_iter().find(|it| it.content.sha256 == content.sha256) {
            Some(registered) => {
                registered.last_used = now;
                if !registered.groups.contains(&group.group) {
                    registered.groups.push(group.group.clone());
                }
            }
            None => application.revisions.push(Registered {
                content: content.clone(),
                description: description.map(str::to_owned),
                groups: vec![group.group.clone()],
                first_used: now,
                last_used: now,
            }),
        }
    }
}

impl Group {
    /// The names of the services, each with its cluster.
    pub(crate) fn services(&self, region: &str) -> Vec<ServiceKey> {
        let short = |value: &Value| {
            value.as_str().and_then(|it| it.rsplit('/').next()).unwrap_or_default().to_owned()
        };
        let listed = self.members.get("ecsServices").and_then(Value::as_array);
        let keys = listed.into_iter().flatten().map(|entry| ServiceKey {
            region: region.to_owned(),
            cluster: short(&entry["clusterName"]),
            name: short(&entry["serviceName"]),
        });
        keys.collect()
    }

    /// `deploymentConfigName`.
    pub(crate) fn config(&self) -> &str {
        let given = self.members.get("deploymentConfigName").and_then(Value::as_str);
        given.unwrap_or(crate::codedeploy::configs::ALL_AT_ONCE)
    }
}

/// The names in an `alarmConfiguration` that is enabled.
pub(crate) fn alarm_names(configuration: Option<&Value>) -> Vec<String> {
    let Some(enabled) = configuration.filter(|it| it["enabled"] == true) else {
        return Vec::new();
    };
    let alarms = enabled["alarms"].as_array().into_iter().flatten();
    alarms.filter_map(|alarm| alarm["name"].as_str().map(str::to_owned)).collect()
}

impl Deployment {
    /// A deployment of a group that was just made.
    pub(crate) fn new(
        id: String,
        (key, group): (&GroupKey, &Group),
        service: ServiceKey,
        (content, spec): (Content, AppSpec),
        now: Time,
    ) -> Self {
        Self {
            id,
            group: key.clone(),
            service,
            config: group.config().to_owned(),
            description: None,
            content,
            spec,
            previous: None,
            auto_rollback: group.members.get("autoRollbackConfiguration").cloned(),
            override_alarms: None,
            alarms: alarm_names(group.members.get("alarmConfiguration")),
            group_members: group.members.clone(),
            status: Status::Created,
            fault: None,
            created: now,
            started: None,
            completed: None,
            updated: now,
            at: At::Created,
            turn: 0,
            hung: false,
            steps: 0,
            events: Default::default(),
            way: Way::Replace,
            blue: None,
            green: None,
            wait_started: false,
            stopping: None,
            rollback_due: false,
            rolled_back_by: None,
            rolls_back: None,
            sets_at_end: None,
        }
    }

    pub(crate) fn progress(&mut self, event: Event) -> &mut Progress {
        &mut self.events[event as usize]
    }

    /// A member of `blueGreenDeploymentConfiguration`.
    fn blue_green(&self, name: &str) -> Option<&Value> {
        self.group_members.get("blueGreenDeploymentConfiguration")?.get(name)
    }

    /// How many minutes it waits for a person before it shifts the traffic.
    pub(crate) fn ready_wait(&self) -> Option<u32> {
        let option = self.blue_green("deploymentReadyOption")?;
        let waits = self.rolls_back.is_none() && option["actionOnTimeout"] == "STOP_DEPLOYMENT";
        waits.then(|| minutes(&option["waitTimeInMinutes"]))
    }

    /// How many minutes the old task set stays; `None` if it is kept alive.
    pub(crate) fn termination_wait(&self) -> Option<u32> {
        if self.rolls_back.is_some() {
            return Some(0);
        }
        match self.blue_green("terminateBlueInstancesOnDeploymentSuccess") {
            Some(option) if option["action"] == "KEEP_ALIVE" => None,
            Some(option) => Some(minutes(&option["terminationWaitTimeInMinutes"])),
            None => Some(0),
        }
    }

    /// Whether it is to be rolled back after this.
    pub(crate) fn rolls_back_on(&self, event: &str) -> bool {
        self.auto_rollback.as_ref().is_some_and(|it| {
            let events = it["events"].as_array();
            it["enabled"] == true && events.is_some_and(|all| all.iter().any(|one| one == event))
        })
    }
}

fn minutes(value: &Value) -> u32 {
    value.as_u64().and_then(|it| u32::try_from(it).ok()).unwrap_or(0)
}
