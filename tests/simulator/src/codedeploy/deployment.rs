//! One deployment: its settings, its phase and its end.

use serde_json::{Map, Value};

use crate::clock::Time;
use crate::codedeploy::app_spec::AppSpec;
use crate::codedeploy::events::{Event, Progress};
use crate::codedeploy::model::{Content, Fault, Group, GroupKey, alarm_names};
use crate::ecs::model::ServiceKey;
use crate::words::words;

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
    /// `autoRollbackConfiguration` of the group.
    pub(crate) auto_rollback: Option<Value>,
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
    pub(crate) events: [Progress; Event::ALL.len()],
    pub(crate) replacement: Replacement,
    /// Number of the task set that it replaces.
    pub(crate) blue: Option<String>,
    /// Number of the replacement task set.
    pub(crate) green: Option<String>,
    pub(crate) stopping: Option<Stopping>,
    /// Whether a rollback is about to be made.
    pub(crate) rollback_due: bool,
    pub(crate) rolled_back_by: Option<String>,
    pub(crate) rolls_back: Option<String>,
    /// `taskSetsInfo` when it was over.
    pub(crate) sets_at_end: Option<Value>,
}

/// How a deployment gets its replacement task set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Replacement {
    New,
    /// A rollback uses the one that is still there, by its number.
    Existing(String),
}

/// The phase that a deployment is in.
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

words! {
    /// `status` of a deployment.
    pub(crate) enum Status {
        Created = "Created",
        Queued = "Queued",
        InProgress = "InProgress",
        Ready = "Ready",
        Succeeded = "Succeeded",
        Failed = "Failed",
        Stopped = "Stopped",
    }
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
            replacement: Replacement::New,
            blue: None,
            green: None,
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

    /// Whether its load balancer can show the replacement to testers. Where it cannot,
    /// the two events about that do not exist.
    pub(crate) fn has_test_listener(&self) -> bool {
        let pairs = self.group_members.get("loadBalancerInfo");
        let pair = pairs.and_then(|it| it.get("targetGroupPairInfoList")?.get(0));
        pair.is_some_and(|it| it.get("testTrafficRoute").is_some())
    }

    pub(crate) fn events(&self) -> impl Iterator<Item = (Event, &Progress)> {
        let tested = self.has_test_listener();
        let all = Event::ALL.iter().copied().zip(&self.events);
        all.filter(move |(event, _)| tested || !event.is_about_tests())
    }

    pub(crate) fn next(&self, event: Event) -> Option<Event> {
        self.events().map(|(it, _)| it).find(|it| *it > event)
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
