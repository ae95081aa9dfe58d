//! The state of a service as the API shows it, in the older and the newer view.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::clock::{Calendar, Time};
use crate::ecs::model::{
    Controller, Revision, Rollout, RolloutState, Service, ServiceStatus, Standing, Status,
};
use crate::ecs::monitors::Watch;
use crate::ecs::native;
use crate::ecs::task::Phase;
use crate::ecs::task_set_view;
use crate::pace::Lag;
use crate::wire::put;

/// How long service deployments are kept.
const HISTORY: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// When, by which calendar, and how late something is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Light {
    pub(crate) now: Time,
    pub(crate) calendar: Calendar,
    pub(crate) lag: Lag,
}

impl Light {
    /// Whether something made then is visible by now.
    pub(crate) fn has_shown(self, made: Time, lag: Duration) -> bool {
        self.now >= made.saturating_add(lag)
    }
}

/// `Service`, as `DescribeServices` and `UpdateService` answer it.
pub(crate) fn service(service: &Service, light: Light) -> Value {
    let stamp = |time| light.calendar.stamp(time);
    let mut view = Map::new();
    view.insert("serviceArn".into(), json!(service.arn()));
    view.insert("serviceName".into(), json!(service.key.name));
    view.insert("clusterArn".into(), json!(service.cluster_arn()));
    for name in ["loadBalancers", "serviceRegistries"] {
        view.insert(name.into(), json!([]));
    }
    let status = match service.status {
        ServiceStatus::Active => "ACTIVE",
        ServiceStatus::Draining => "DRAINING",
        ServiceStatus::Inactive => "INACTIVE",
    };
    view.insert("status".into(), json!(status));
    view.insert("desiredCount".into(), json!(service.desired));
    let live = || service.tasks.iter().filter(|task| task.is_live());
    let running = live().filter(|task| task.phase == Phase::Running).count();
    view.insert("runningCount".into(), json!(running));
    view.insert("pendingCount".into(), json!(live().count() - running));
    let primary = service.primary().map(|primary| primary.task_definition.as_str());
    put(&mut view, "taskDefinition", primary.or(service.own_task_definition.as_deref()));
    view.insert("deploymentConfiguration".into(), json!(service.configuration));
    let own = matches!(service.controller, Controller::Absent | Controller::Ecs);
    view.insert("deployments".into(), if own { deployments(service, light) } else { json!([]) });
    let controller = match service.controller {
        Controller::Absent => None,
        Controller::Ecs => Some("ECS"),
        Controller::CodeDeploy => Some("CODE_DEPLOY"),
        Controller::External => Some("EXTERNAL"),
    };
    put(&mut view, "deploymentController", controller.map(|kind| json!({ "type": kind })));
    view.insert("events".into(), Value::Array(service.events.view(light.calendar)));
    view.insert("createdAt".into(), stamp(service.created));
    let lag = light.lag.current_service_deployment;
    let shown = |rollout: &&Rollout| light.has_shown(rollout.created, lag);
    if let Some(current) = service.rollouts.iter().rev().find(shown) {
        view.insert("currentServiceDeployment".into(), json!(service.rollout_arn(current)));
        view.insert("currentServiceRevisions".into(), current_revisions(service));
    }
    for name in ["placementConstraints", "placementStrategy"] {
        view.insert(name.into(), json!([]));
    }
    view.insert("schedulingStrategy".into(), json!("REPLICA"));
    view.insert("enableECSManagedTags".into(), json!(false));
    view.insert("propagateTags".into(), json!("NONE"));
    view.insert("enableExecuteCommand".into(), json!(false));
    view.insert("availabilityZoneRebalancing".into(), json!("DISABLED"));
    put(&mut view, "resourceManagementType", service.resource_management);
    // What was given wins over the defaults above.
    view.extend(service.settings.clone());
    if service.controller == Controller::CodeDeploy {
        view.insert("taskSets".into(), task_set_view::task_sets(service, light.calendar));
    }
    // CodeDeploy changes them with the primary task set.
    if let Some(primary) = service.primary_set() {
        let balancer = task_set_view::balancer(&primary.balancer);
        view.insert("loadBalancers".into(), json!([balancer]));
    }
    Value::Object(view)
}

/// `service.deployments[]`: the older view, the primary first.
fn deployments(service: &Service, light: Light) -> Value {
    let shown = service.revisions.iter().rev().filter(|it| it.standing != Standing::Gone);
    let (primary, others): (Vec<_>, Vec<_>) =
        shown.partition(|it| it.standing == Standing::Primary);
    let all = primary.into_iter().chain(others);
    all.map(|revision| deployment(service, revision, light)).collect()
}

fn deployment(service: &Service, revision: &Revision, light: Light) -> Value {
    let counts = service.counts(&revision.number);
    let primary = revision.standing == Standing::Primary;
    let mut view = Map::new();
    view.insert("id".into(), json!(format!("ecs-svc/{}", revision.number)));
    view.insert("status".into(), json!(if primary { "PRIMARY" } else { "ACTIVE" }));
    view.insert("taskDefinition".into(), json!(revision.task_definition));
    view.insert("desiredCount".into(), json!(if primary { service.desired } else { counts.live }));
    view.insert("pendingCount".into(), json!(counts.pending));
    view.insert("runningCount".into(), json!(counts.running));
    view.insert("failedTasks".into(), json!(revision.failed_tasks));
    view.insert("createdAt".into(), light.calendar.stamp(revision.deployed));
    view.insert("updatedAt".into(), light.calendar.stamp(revision.updated));
    for name in ["launchType", "platformVersion", "networkConfiguration"] {
        put(&mut view, name, service.settings.get(name).cloned());
    }
    let state = match revision.state {
        RolloutState::InProgress => "IN_PROGRESS",
        RolloutState::Completed => "COMPLETED",
        RolloutState::Failed => "FAILED",
    };
    view.insert("rolloutState".into(), json!(state));
    view.insert("rolloutStateReason".into(), json!(revision.state_reason));
    Value::Object(view)
}

fn current_revisions(service: &Service) -> Value {
    let primary = service.primary().map(|primary| primary.number.as_str());
    let current = service.revisions.iter().rev().filter(|revision| {
        Some(revision.number.as_str()) == primary || service.counts(&revision.number).unfinished > 0
    });
    current.map(|revision| Value::Object(summary(service, &revision.number))).collect()
}

/// `ServiceRevisionSummary` without traffic.
fn summary(service: &Service, number: &str) -> Map<String, Value> {
    let counts = service.counts(number);
    let primary = service.primary().is_some_and(|primary| primary.number == number);
    let mut view = Map::new();
    view.insert("arn".into(), json!(service.revision_arn(number)));
    let requested = if primary { service.desired } else { counts.live };
    view.insert("requestedTaskCount".into(), json!(requested));
    view.insert("runningTaskCount".into(), json!(counts.running));
    view.insert("pendingTaskCount".into(), json!(counts.pending));
    view
}

/// `ServiceDeploymentBrief`.
pub(crate) fn rollout_brief(service: &Service, rollout: &Rollout, light: Light) -> Value {
    let stamp = |time| light.calendar.stamp(time);
    let mut view = Map::new();
    view.insert("serviceDeploymentArn".into(), json!(service.rollout_arn(rollout)));
    view.insert("serviceArn".into(), json!(service.arn()));
    view.insert("clusterArn".into(), json!(service.cluster_arn()));
    put(&mut view, "startedAt", rollout.started.map(stamp));
    view.insert("createdAt".into(), stamp(rollout.created));
    put(&mut view, "finishedAt", rollout.finished.map(stamp));
    let target = service.revision_arn(&rollout.target);
    view.insert("targetServiceRevisionArn".into(), json!(target));
    view.insert("status".into(), json!(rollout.status.as_str()));
    put(&mut view, "statusReason", rollout.status_reason.clone());
    Value::Object(view)
}

/// `ServiceDeployment`.
pub(crate) fn rollout(service: &Service, rollout: &Rollout, light: Light) -> Value {
    let stamp = |time| light.calendar.stamp(time);
    let mut view = Map::new();
    view.insert("serviceDeploymentArn".into(), json!(service.rollout_arn(rollout)));
    view.insert("serviceArn".into(), json!(service.arn()));
    view.insert("clusterArn".into(), json!(service.cluster_arn()));
    view.insert("createdAt".into(), stamp(rollout.created));
    put(&mut view, "startedAt", rollout.started.map(stamp));
    put(&mut view, "finishedAt", rollout.finished.map(stamp));
    put(&mut view, "stoppedAt", rollout.stopped.map(stamp));
    view.insert("updatedAt".into(), stamp(rollout.updated));
    let weighted = |number: &String, is_target: bool| {
        let mut view = summary(service, number);
        native::add_weights(&mut view, rollout, is_target);
        Value::Object(view)
    };
    let sources: Vec<_> = rollout.sources.iter().map(|number| weighted(number, false)).collect();
    view.insert("sourceServiceRevisions".into(), Value::Array(sources));
    view.insert("targetServiceRevision".into(), weighted(&rollout.target, true));
    view.insert("status".into(), json!(rollout.status.as_str()));
    put(&mut view, "statusReason", rollout.status_reason.clone());
    native::add_stage(&mut view, rollout, light.calendar);
    view.insert("deploymentConfiguration".into(), json!(rollout.configuration));
    if let Some(rollback) = &rollout.rollback {
        view.insert(
            "rollback".into(),
            json!({
                "reason": rollback.reason,
                "startedAt": stamp(rollback.started),
                "serviceRevisionArn": service.revision_arn(&rollback.revision),
            }),
        );
    }
    view.insert(
        "deploymentCircuitBreaker".into(),
        json!({
            "status": watch(rollout.breaker.status),
            "failureCount": rollout.breaker.failures,
            "threshold": rollout.breaker.threshold,
        }),
    );
    let mut alarms = Map::new();
    alarms.insert("status".into(), json!(watch(rollout.alarms.status)));
    if !rollout.alarms.names.is_empty() {
        alarms.insert("alarmNames".into(), json!(rollout.alarms.names));
    }
    if !rollout.alarms.triggered.is_empty() {
        alarms.insert("triggeredAlarmNames".into(), json!(rollout.alarms.triggered));
    }
    view.insert("alarms".into(), Value::Object(alarms));
    Value::Object(view)
}

fn watch(status: Watch) -> &'static str {
    match status {
        Watch::Disabled => "DISABLED",
        Watch::Monitoring => "MONITORING",
        Watch::Triggered => "TRIGGERED",
        Watch::Complete => "MONITORING_COMPLETE",
    }
}

/// `ServiceRevision`.
pub(crate) fn revision(service: &Service, revision: &Revision, light: Light) -> Value {
    let images: Vec<Value> = revision
        .images
        .iter()
        .map(|image| {
            let mut view = Map::new();
            view.insert("containerName".into(), json!(image.container));
            put(&mut view, "imageDigest", image.digest.clone());
            view.insert("image".into(), json!(image.image));
            Value::Object(view)
        })
        .collect();
    let mut view = Map::new();
    view.insert("serviceRevisionArn".into(), json!(service.revision_arn(&revision.number)));
    view.insert("serviceArn".into(), json!(service.arn()));
    view.insert("clusterArn".into(), json!(service.cluster_arn()));
    view.insert("taskDefinition".into(), json!(revision.task_definition));
    for name in ["launchType", "platformVersion", "networkConfiguration", "loadBalancers"] {
        put(&mut view, name, service.settings.get(name).cloned());
    }
    view.insert("containerImages".into(), Value::Array(images));
    view.insert("guardDutyEnabled".into(), json!(false));
    view.insert("createdAt".into(), light.calendar.stamp(revision.created));
    Value::Object(view)
}

/// Whether the listing shows a service deployment: no longer after 90 days.
pub(crate) fn is_listed(rollout: &Rollout, light: Light) -> bool {
    light.has_shown(rollout.created, light.lag.listing) && light.now < rollout.created + HISTORY
}

/// A status by its name.
pub(crate) fn status_is_known(name: &str) -> bool {
    let played = [
        Status::Pending,
        Status::InProgress,
        Status::Successful,
        Status::Stopped,
        Status::RollbackRequested,
        Status::RollbackInProgress,
        Status::RollbackSuccessful,
        Status::RollbackFailed,
    ];
    name == "STOP_REQUESTED" || played.iter().any(|status| status.as_str() == name)
}
