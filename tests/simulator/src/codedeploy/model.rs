//! What CodeDeploy knows: applications, their groups and revisions, and deployments.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::clock::Time;
use crate::codedeploy::app_spec::sha256;
use crate::codedeploy::configs::{ALL_AT_ONCE, Routing};
use crate::codedeploy::deployment::{At, Deployment, Status};
use crate::ecs::model::ServiceKey;
use crate::words::words;

#[derive(Debug, Default)]
pub(crate) struct CodeDeploy {
    /// By Region and name.
    pub(crate) applications: BTreeMap<(String, String), Application>,
    /// In the order in which they were made.
    pub(crate) deployments: Vec<Deployment>,
    /// Those that somebody made, by name.
    pub(crate) configs: BTreeMap<String, Routing>,
    pub(crate) answers: CodeDeployAnswers,
}

/// Details of CodeDeploy's answers that are not documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeDeployAnswers {
    /// A target lists every event from the start, Pending; otherwise one that has begun.
    pub pending_events: bool,
    /// The task sets of a target have their `taskSetLabel`.
    pub task_set_labels: bool,
    /// `ListDeployments` begins with the newest; otherwise with the oldest.
    pub newest_first: bool,
    /// The tasks of a task set are `startedBy` it; otherwise by nobody.
    pub started_by: bool,
}

impl Default for CodeDeployAnswers {
    fn default() -> Self {
        Self { pending_events: true, task_set_labels: true, newest_first: true, started_by: true }
    }
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

/// An AppSpec as a revision.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    pub(crate) text: String,
    pub(crate) sha256: String,
    pub(crate) kind: RevisionType,
}

words! {
    /// `revisionType`.
    pub(crate) enum RevisionType {
        AppSpecContent = "AppSpecContent",
        /// What came before it: deprecated, and still answered.
        String = "String",
        /// Only in histories that are given.
        S3 = "S3",
    }
}

impl RevisionType {
    /// The member of a `RevisionLocation` that it comes in.
    pub(crate) fn member(self) -> &'static str {
        match self {
            Self::AppSpecContent => "appSpecContent",
            Self::String => "string",
            Self::S3 => "s3Location",
        }
    }

    /// The one that brings its text, by its name.
    pub(crate) fn of(name: Option<&str>) -> Option<Self> {
        [Self::AppSpecContent, Self::String].into_iter().find(|it| Some(it.as_str()) == name)
    }
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

impl Fault {
    pub(crate) fn new(code: &'static str, message: &str) -> Self {
        Self { code, message: message.to_owned() }
    }

    pub(crate) fn not_steady() -> Self {
        let message = "The deployment timed out while waiting for the replacement task set to \
                       become healthy. This time out period is 60 minutes.";
        Self::new("TIMEOUT", message)
    }

    pub(crate) fn stopped_by_a_user() -> Self {
        Self::new("MANUAL_STOP", "The deployment was stopped by a user.")
    }
}

impl Content {
    pub(crate) fn new(text: String) -> Self {
        let sha256 = sha256(&text);
        Self { text, sha256, kind: RevisionType::AppSpecContent }
    }
}

impl GroupKey {
    pub(crate) fn new(region: &str, application: &str, group: &str) -> Self {
        let (region, application) = (region.to_owned(), application.to_owned());
        Self { region, application, group: group.to_owned() }
    }

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
    pub(crate) fn of_group<'a>(&'a self, group: &GroupKey) -> impl Iterator<Item = &'a Deployment> {
        self.deployments.iter().filter(move |it| it.group == *group)
    }

    /// The one that keeps its group busy. A rollback that is due does so, too.
    pub(crate) fn active(&self, group: &GroupKey) -> Option<&Deployment> {
        let mut newest = self.deployments.iter().rev();
        newest.find(|it| it.group == *group && (it.at != At::Over || it.rollback_due))
    }

    pub(crate) fn last_successful(&self, group: &GroupKey) -> Option<&Deployment> {
        let succeeded = self.of_group(group).filter(|it| it.status == Status::Succeeded);
        succeeded.max_by_key(|it| it.completed)
    }

    /// Adds a deployment, and notes that its group uses its revision.
    pub(crate) fn add(&mut self, mut deployment: Deployment) {
        let (group, now) = (&deployment.group, deployment.created);
        deployment.previous = self.last_successful(group).map(|it| it.content.clone());
        let key = (group.region.clone(), group.application.clone());
        let Some(application) = self.applications.get_mut(&key) else { return };
        let content = &deployment.content;
        let is_it = |it: &&mut Registered| {
            (it.content.kind, &it.content.sha256) == (content.kind, &content.sha256)
        };
        match application.revisions.iter_mut().find(is_it) {
            Some(registered) => {
                registered.last_used = now;
                if !registered.groups.contains(&group.group) {
                    registered.groups.push(group.group.clone());
                }
            }
            None => application.revisions.push(Registered {
                content: content.clone(),
                description: deployment.description.clone(),
                groups: vec![group.group.clone()],
                first_used: now,
                last_used: now,
            }),
        }
        self.deployments.push(deployment);
    }
}

impl Group {
    /// The names of the services, each with its cluster.
    pub(crate) fn services(&self, region: &str) -> Vec<ServiceKey> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let listed = self.members.get("ecsServices").and_then(Value::as_array);
        let keys = listed.into_iter().flatten().map(|entry| {
            ServiceKey::new(region, &text(&entry["clusterName"]), &text(&entry["serviceName"]))
        });
        keys.collect()
    }

    /// `deploymentConfigName`.
    pub(crate) fn config(&self) -> &str {
        let given = self.members.get("deploymentConfigName").and_then(Value::as_str);
        given.unwrap_or(ALL_AT_ONCE)
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
