//! The SDK's structs of CodeDeploy as the plain values of `codedeploy/`. Every
//! enumeration goes through its text, as with ECS's.

use std::time::Duration;

use aws_sdk_codedeploy::types;

use crate::aws::translate::{parsed, time};
use crate::codedeploy::{
    Deployment, DeploymentGroup, Diagnostics, EcsTarget, Failure, GroupName, LifecycleEvent,
    ManualApproval, Revision, TaskSet,
};
use crate::ecs::Counts;

/// `None` where the answer names no group, which AWS's model allows and AWS does not do.
pub(super) fn group(from: &types::DeploymentGroupInfo) -> Option<DeploymentGroup> {
    let codedeploy = from.blue_green_deployment_configuration();
    let attempted = from.last_attempted_deployment();
    Some(DeploymentGroup {
        name: GroupName {
            application: from.application_name()?.to_owned(),
            group: from.deployment_group_name()?.to_owned(),
        },
        platform: from.compute_platform().map(|it| it.as_str().to_owned()),
        services: from
            .ecs_services()
            .iter()
            .map(|it| {
                let text = |name: Option<&str>| name.unwrap_or_default().to_owned();
                (text(it.cluster_name()), text(it.service_name()))
            })
            .collect(),
        config: from.deployment_config_name().map(str::to_owned),
        gate: codedeploy.and_then(gate),
        keeps_old_tasks: keeps_old_tasks(codedeploy),
        last_successful: parsed(
            from.last_successful_deployment().and_then(|it| it.deployment_id()),
        ),
        last_attempted: attempted.and_then(|it| {
            let status = it.status().map_or("Unknown", |it| it.as_str());
            Some((parsed(it.deployment_id())?, status.into()))
        }),
    })
}

fn gate(from: &types::BlueGreenDeploymentConfiguration) -> Option<ManualApproval> {
    let ready = from.deployment_ready_option()?;
    let waits = ready.action_on_timeout().is_some_and(|it| it.as_str() == "STOP_DEPLOYMENT");
    waits.then(|| ManualApproval { within: minutes(ready.wait_time_in_minutes()) })
}

fn keeps_old_tasks(from: Option<&types::BlueGreenDeploymentConfiguration>) -> Option<Duration> {
    let option = from.and_then(|it| it.terminate_blue_instances_on_deployment_success());
    match option {
        Some(option) if option.action().is_some_and(|it| it.as_str() == "KEEP_ALIVE") => None,
        Some(option) => Some(minutes(option.termination_wait_time_in_minutes())),
        None => Some(Duration::ZERO),
    }
}

fn minutes(minutes: i32) -> Duration {
    Duration::from_secs(60 * u64::try_from(minutes).unwrap_or_default())
}

pub(super) fn deployment(from: &types::DeploymentInfo) -> Option<Deployment> {
    let rollback = from.rollback_info();
    Some(Deployment {
        id: parsed(from.deployment_id())?,
        group: from.application_name().zip(from.deployment_group_name()).map(
            |(application, group)| GroupName {
                application: application.to_owned(),
                group: group.to_owned(),
            },
        ),
        status: from.status().map_or("Unknown", |it| it.as_str()).into(),
        error: from.error_information().map(|it| Failure {
            code: it.code().map(|it| it.as_str().to_owned()).unwrap_or_default(),
            message: it.message().unwrap_or_default().to_owned(),
        }),
        rolled_back_by: parsed(rollback.and_then(|it| it.rollback_deployment_id())),
        rolls_back: parsed(rollback.and_then(|it| it.rollback_triggering_deployment_id())),
        rolls_back_on: from
            .auto_rollback_configuration()
            .filter(|it| it.enabled())
            .map(|it| it.events().iter().map(|it| it.as_str().to_owned()).collect())
            .unwrap_or_default(),
        revision: from.revision().map(revision),
        description: from.description().map(str::to_owned),
        gate: from.blue_green_deployment_configuration().and_then(gate),
        created_at: from.create_time().and_then(time),
        finished_at: from.complete_time().and_then(time),
    })
}

fn revision(from: &types::RevisionLocation) -> Revision {
    let kind = from.revision_type().map_or("an unknown place", |it| it.as_str());
    let content = || from.app_spec_content()?.sha256().map(str::to_owned);
    // What the first AppSpecs for ECS and Lambda were sent as; the SDK calls it deprecated.
    #[allow(deprecated, reason = "CodeDeploy still answers with it")]
    let string = || from.string()?.sha256().map(str::to_owned);
    let found = match kind {
        "AppSpecContent" => content().map(|sha256| Revision::Content { sha256 }),
        "String" => string().map(|sha256| Revision::String { sha256 }),
        _ => None,
    };
    found.unwrap_or_else(|| Revision::Elsewhere(kind.to_owned()))
}

/// What a revision is asked for by; `None` where CodeDeploy does not have its text.
#[allow(deprecated, reason = "a revision of the type `String` is found as that alone")]
pub(super) fn by_checksum(revision: &Revision) -> Option<types::RevisionLocation> {
    use types::RevisionLocationType as Type;
    let asked = types::RevisionLocation::builder();
    Some(match revision {
        Revision::Content { sha256 } => {
            let content = types::AppSpecContent::builder().sha256(sha256).build();
            asked.revision_type(Type::AppSpecContent).app_spec_content(content).build()
        }
        Revision::String { sha256 } => {
            let string = types::RawString::builder().sha256(sha256).build();
            asked.revision_type(Type::String).string(string).build()
        }
        Revision::Elsewhere(_) => return None,
    })
}

/// The text of a revision, of whichever type.
#[allow(deprecated, reason = "CodeDeploy still answers with it")]
pub(super) fn text(revision: &types::RevisionLocation) -> Option<String> {
    let content = revision.app_spec_content().and_then(|it| it.content());
    let text = content.or_else(|| revision.string()?.content());
    text.map(str::to_owned)
}

pub(super) fn target(from: &types::EcsTarget) -> EcsTarget {
    EcsTarget {
        status: from.status().map_or("Unknown", |it| it.as_str()).into(),
        events: from.lifecycle_events().iter().map(event).collect(),
        task_sets: from.task_sets_info().iter().map(task_set).collect(),
    }
}

fn event(from: &types::LifecycleEvent) -> LifecycleEvent {
    LifecycleEvent {
        name: from.lifecycle_event_name().unwrap_or_default().to_owned(),
        status: from.status().map_or("Unknown", |it| it.as_str()).into(),
        diagnostics: from.diagnostics().map(|it| Diagnostics {
            code: it.error_code().map(|it| it.as_str().to_owned()).unwrap_or_default(),
            function: it.script_name().filter(|it| !it.is_empty()).map(str::to_owned),
            message: it.message().filter(|it| !it.is_empty()).map(str::to_owned),
            log: it.log_tail().unwrap_or_default().lines().map(str::to_owned).collect(),
        }),
    }
}

fn task_set(from: &types::EcsTaskSet) -> TaskSet {
    let count = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
    TaskSet {
        id: parsed(from.identifer()),
        label: from.task_set_label().map(|it| it.as_str().to_owned()).unwrap_or_default(),
        traffic: from.traffic_weight(),
        counts: Counts {
            desired: count(from.desired_count()),
            running: count(from.running_count()),
            pending: count(from.pending_count()),
            failed: 0,
        },
    }
}

/// The sum of the waits between the steps of a linear or canary configuration.
pub(super) fn time_to_shift(from: &types::DeploymentConfigInfo) -> Duration {
    let Some(routing) = from.traffic_routing_config() else { return Duration::ZERO };
    if let Some(linear) = routing.time_based_linear() {
        let percent = linear.linear_percentage().clamp(1, 100);
        let steps = (100 + percent - 1) / percent;
        return minutes(linear.linear_interval().saturating_mul(steps - 1));
    }
    routing.time_based_canary().map(|it| minutes(it.canary_interval())).unwrap_or_default()
}
