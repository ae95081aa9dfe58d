//! The state of a service as the API shows it, in the older and the newer view.

use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::{Calendar, Time};
use crate::ecs::model::{Controller, DeploymentStatus, Revision, Rollout, Service};
use crate::ecs::native;
use crate::ecs::task::Phase;
use crate::ecs::task_set_view;
use crate::pace::Lag;
use crate::wire::{extend, present};

/// How long service deployments are kept.
const HISTORY: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// When, by which calendar, and how late something is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Viewpoint {
    pub(crate) now: Time,
    pub(crate) calendar: Calendar,
    pub(crate) lag: Lag,
}

impl Viewpoint {
    /// Whether something made then is visible by now.
    pub(crate) fn has_shown(self, made: Time, lag: Duration) -> bool {
        self.now >= made.saturating_add(lag)
    }
}

/// `Service`, as `DescribeServices` and `UpdateService` answer it.
pub(crate) fn service(service: &Service, viewpoint: Viewpoint) -> Value {
    let live = || service.tasks.iter().filter(|task| task.is_live());
    let running = live().filter(|task| task.phase == Phase::Running).count();
    let primary = service.primary().map(|primary| &primary.task_definition);
    let (controller, deployments) = match service.controller {
        Controller::Absent => (None, deployments(service, viewpoint)),
        Controller::Ecs => (Some("ECS"), deployments(service, viewpoint)),
        Controller::CodeDeploy => (Some("CODE_DEPLOY"), json!([])),
        Controller::External => (Some("EXTERNAL"), json!([])),
    };
    let lag = viewpoint.lag.current_service_deployment;
    let current = service.rollouts.iter().rev().find(|it| viewpoint.has_shown(it.created, lag));
    let mut view = present(json!({
        "serviceArn": service.arn(),
        "serviceName": service.key.name,
        "clusterArn": service.cluster_arn(),
        "loadBalancers": [],
        "serviceRegistries": [],
        "status": service.status.as_str(),
        "desiredCount": service.desired,
        "runningCount": running,
        "pendingCount": live().count() - running,
        "taskDefinition": primary.or(service.own_task_definition.as_ref()),
        "deploymentConfiguration": service.configuration,
        "deployments": deployments,
        "deploymentController": controller.map(|kind| json!({ "type": kind })),
        "events": service.events.view(viewpoint.calendar),
        "createdAt": viewpoint.calendar.stamp(service.created),
        "currentServiceDeployment": current.map(|it| service.rollout_arn(it)),
        "currentServiceRevisions": current.map(|_| current_revisions(service)),
        "placementConstraints": [],
        "placementStrategy": [],
        "schedulingStrategy": "REPLICA",
        "enableECSManagedTags": false,
        "propagateTags": "NONE",
        "enableExecuteCommand": false,
        "availabilityZoneRebalancing": "DISABLED",
        "resourceManagementType": service.resource_management,
    }));
    // What was given wins over the defaults above.
    extend(&mut view, &service.settings);
    if service.controller == Controller::CodeDeploy {
        view["taskSets"] = task_set_view::task_sets(service, viewpoint.calendar);
    }
    // CodeDeploy changes them with the primary task set.
    if let Some(primary) = service.primary_set() {
        view["loadBalancers"] = json!([task_set_view::balancer(&primary.balancer)]);
    }
    view
}

/// `service.deployments[]`: the older view, the primary first.
fn deployments(service: &Service, viewpoint: Viewpoint) -> Value {
    let shown = service.revisions.iter().rev().filter(|it| it.status != DeploymentStatus::Inactive);
    let (primary, others): (Vec<_>, Vec<_>) =
        shown.partition(|it| it.status == DeploymentStatus::Primary);
    let all = primary.into_iter().chain(others);
    all.map(|revision| deployment(service, revision, viewpoint)).collect()
}

fn deployment(service: &Service, revision: &Revision, viewpoint: Viewpoint) -> Value {
    let counts = service.counts(&revision.number);
    let primary = revision.status == DeploymentStatus::Primary;
    let given = |name: &str| service.settings.get(name);
    present(json!({
        "id": format!("ecs-svc/{}", revision.number),
        "status": revision.status.as_str(),
        "taskDefinition": revision.task_definition,
        "desiredCount": if primary { service.desired } else { counts.live },
        "pendingCount": counts.pending,
        "runningCount": counts.running,
        "failedTasks": revision.failed_tasks,
        "createdAt": viewpoint.calendar.stamp(revision.deployed),
        "updatedAt": viewpoint.calendar.stamp(revision.updated),
        "launchType": given("launchType"),
        "platformVersion": given("platformVersion"),
        "networkConfiguration": given("networkConfiguration"),
        "rolloutState": revision.state.as_str(),
        "rolloutStateReason": revision.state_reason,
    }))
}

fn current_revisions(service: &Service) -> Value {
    let primary = service.primary().map(|primary| primary.number.as_str());
    let current = service.revisions.iter().rev().filter(|revision| {
        Some(revision.number.as_str()) == primary || service.counts(&revision.number).unfinished > 0
    });
    current.map(|revision| summary(service, &revision.number)).collect()
}

/// `ServiceRevisionSummary` without traffic.
fn summary(service: &Service, number: &str) -> Value {
    let counts = service.counts(number);
    let primary = service.primary().is_some_and(|primary| primary.number == number);
    json!({
        "arn": service.revision_arn(number),
        "requestedTaskCount": if primary { service.desired } else { counts.live },
        "runningTaskCount": counts.running,
        "pendingTaskCount": counts.pending,
    })
}

/// `ServiceDeploymentBrief`.
pub(crate) fn rollout_brief(service: &Service, rollout: &Rollout, viewpoint: Viewpoint) -> Value {
    let stamp = |time| viewpoint.calendar.stamp(time);
    present(json!({
        "serviceDeploymentArn": service.rollout_arn(rollout),
        "serviceArn": service.arn(),
        "clusterArn": service.cluster_arn(),
        "startedAt": rollout.started.map(stamp),
        "createdAt": stamp(rollout.created),
        "finishedAt": rollout.finished.map(stamp),
        "targetServiceRevisionArn": service.revision_arn(&rollout.target),
        "status": rollout.status.as_str(),
        "statusReason": rollout.status_reason,
    }))
}

/// `ServiceDeployment`.
pub(crate) fn rollout(service: &Service, rollout: &Rollout, viewpoint: Viewpoint) -> Value {
    let stamp = |time| viewpoint.calendar.stamp(time);
    let weighted = |number: &String, is_target: bool| {
        let mut view = summary(service, number);
        native::add_weights(&mut view, rollout, is_target);
        view
    };
    let sources: Vec<_> = rollout.sources.iter().map(|number| weighted(number, false)).collect();
    let (breaker, alarms) = (&rollout.breaker, &rollout.alarms);
    let listed = |names: &Vec<String>| (!names.is_empty()).then(|| json!(names));
    let mut view = present(json!({
        "serviceDeploymentArn": service.rollout_arn(rollout),
        "serviceArn": service.arn(),
        "clusterArn": service.cluster_arn(),
        "createdAt": stamp(rollout.created),
        "startedAt": rollout.started.map(stamp),
        "finishedAt": rollout.finished.map(stamp),
        "stoppedAt": rollout.stopped.map(stamp),
        "updatedAt": stamp(rollout.updated),
        "sourceServiceRevisions": sources,
        "targetServiceRevision": weighted(&rollout.target, true),
        "status": rollout.status.as_str(),
        "statusReason": rollout.status_reason,
        "deploymentConfiguration": rollout.configuration,
        "rollback": rollout.rollback.as_ref().map(|rollback| json!({
            "reason": rollback.reason,
            "startedAt": stamp(rollback.started),
            "serviceRevisionArn": service.revision_arn(&rollback.revision),
        })),
        "deploymentCircuitBreaker": {
            "status": breaker.status.as_str(),
            "failureCount": breaker.failures,
            "threshold": breaker.threshold,
        },
        "alarms": present(json!({
            "status": alarms.status.as_str(),
            "alarmNames": listed(&alarms.names),
            "triggeredAlarmNames": listed(&alarms.triggered),
        })),
    }));
    native::add_stage(&mut view, rollout, viewpoint.calendar);
    view
}

/// `ServiceRevision`.
pub(crate) fn revision(service: &Service, revision: &Revision, viewpoint: Viewpoint) -> Value {
    let images = revision.images.iter().map(|image| {
        present(json!({
            "containerName": image.container,
            "imageDigest": image.digest,
            "image": image.image,
        }))
    });
    let given = |name: &str| service.settings.get(name);
    present(json!({
        "serviceRevisionArn": service.revision_arn(&revision.number),
        "serviceArn": service.arn(),
        "clusterArn": service.cluster_arn(),
        "taskDefinition": revision.task_definition,
        "launchType": given("launchType"),
        "platformVersion": given("platformVersion"),
        "networkConfiguration": given("networkConfiguration"),
        "loadBalancers": given("loadBalancers"),
        "containerImages": images.collect::<Vec<_>>(),
        "guardDutyEnabled": false,
        "createdAt": viewpoint.calendar.stamp(revision.created),
    }))
}

/// Whether the listing shows a service deployment: no longer after 90 days.
pub(crate) fn is_listed(rollout: &Rollout, viewpoint: Viewpoint) -> bool {
    viewpoint.has_shown(rollout.created, viewpoint.lag.listing)
        && viewpoint.now < rollout.created + HISTORY
}
