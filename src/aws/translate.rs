//! The SDK's structs of ECS as the plain values of `service/`.
//!
//! Every enumeration goes through its text: a value younger than the SDK must
//! arrive as what it is, not as an error or as something else.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types;

use super::placement::placement;
use crate::ecs::{
    BreakerCount, CircuitBreaker, ContainerImage, Controller, Counts, Deployment, DigestSource,
    Event, Lifecycle, Overlap, Pause, Rollback, Service, ServiceArn, ServiceDeployment,
    ServiceRevision, Task, TaskContainer,
};

/// `None` where the answer names no service, which AWS's model allows and AWS
/// does not do.
pub(super) fn service(from: &types::Service) -> Option<Service> {
    let configuration = from.deployment_configuration();
    let breaker =
        configuration.and_then(types::DeploymentConfiguration::deployment_circuit_breaker);
    let arn: ServiceArn = parsed(from.service_arn())?;
    let cluster = from.cluster_arn().and_then(|arn| arn.rsplit('/').next()).unwrap_or_default();
    let sets = from.task_sets().iter().filter_map(task_set);
    let mut deployments: Vec<Deployment> =
        from.deployments().iter().filter_map(deployment).chain(sets).collect();
    deployments.sort_by_key(|it| !it.is_primary());
    Some(Service {
        arn: arn.in_cluster(cluster),
        status: from.status().unwrap_or("UNKNOWN").into(),
        controller: controller(from),
        express: from.resource_management_type().is_some_and(|kind| kind.as_str() == "ECS"),
        overlap: overlap(from),
        strategy_waits: configuration.map(strategy_waits).unwrap_or_default(),
        lifecycle: configuration.map_or_else(rolling, lifecycle),
        target_groups: target_groups(from),
        served: served(from),
        alarms_roll_back: configuration
            .and_then(types::DeploymentConfiguration::alarms)
            .is_some_and(|alarms| alarms.enable() && alarms.rollback()),
        is_daemon: from.scheduling_strategy().is_some_and(|it| it.as_str() == "DAEMON"),
        circuit_breaker: breaker
            .map(|it| CircuitBreaker { enabled: it.enable(), rollback: it.rollback() })
            .unwrap_or_default(),
        counts: match deployments.first() {
            // The service's own counts have the tasks of all its task sets.
            Some(primary) if !from.task_sets().is_empty() => {
                Counts { desired: from.desired_count(), ..primary.counts }
            }
            Some(_) | None => Counts {
                desired: from.desired_count(),
                running: from.running_count(),
                pending: from.pending_count(),
                failed: 0,
            },
        },
        placement: placement(from),
        is_on_fargate: is_on_fargate(from),
        // What a service with task sets was created with is not what it runs now.
        task_definition: match deployments.first() {
            Some(primary) if !from.task_sets().is_empty() => primary.task_definition.clone(),
            Some(_) | None => parsed(from.task_definition()),
        },
        deployments,
        current_service_deployment: parsed(from.current_service_deployment()),
        events: from
            .events()
            .iter()
            .map(|event| Event {
                id: event.id().unwrap_or_default().to_owned(),
                at: event.created_at().and_then(time),
                message: event.message().unwrap_or_default().to_owned(),
            })
            .collect(),
    })
}

fn controller(from: &types::Service) -> Controller {
    match from.deployment_controller().map(|controller| controller.r#type().as_str()) {
        None | Some("ECS") => Controller::Ecs,
        Some("CODE_DEPLOY") => Controller::CodeDeploy,
        Some("EXTERNAL") => Controller::External,
        Some(other) => Controller::Unknown(other.to_owned()),
    }
}

/// The percentages are ECS's defaults where the configuration leaves them out (API
/// reference, `DeploymentConfiguration`). A daemon has one task on each instance, and the new
/// one starts once the old one has stopped.
fn overlap(from: &types::Service) -> Overlap {
    if controller(from) == Controller::CodeDeploy {
        return Overlap::Always("blue/green".to_owned());
    }
    let configuration = from.deployment_configuration();
    let strategy = configuration.and_then(types::DeploymentConfiguration::strategy);
    match strategy.map(types::DeploymentStrategy::as_str) {
        None | Some("ROLLING") => {}
        Some(other) => return Overlap::Always(other.to_lowercase().replace('_', "/")),
    }
    let minimum_healthy = configuration.and_then(|it| it.minimum_healthy_percent()).unwrap_or(100);
    let maximum = configuration.and_then(|it| it.maximum_percent()).unwrap_or(200);
    let is_daemon = from.scheduling_strategy().is_some_and(|it| it.as_str() == "DAEMON");
    if is_daemon || (minimum_healthy == 0 && maximum <= 100) {
        return Overlap::None;
    }
    Overlap::Rolling { minimum_healthy, maximum }
}

/// The name of a service that is not there.
pub(super) fn missing(from: &types::Failure) -> Option<String> {
    let name = from.arn()?.rsplit('/').next()?;
    (from.reason() == Some("MISSING")).then(|| name.to_owned())
}

/// Without a configuration it is what a service is by default.
fn rolling() -> Lifecycle {
    Lifecycle { is_rolling: true, ..Lifecycle::default() }
}

fn lifecycle(from: &types::DeploymentConfiguration) -> Lifecycle {
    let is_rolling = from.strategy().is_none_or(|it| it.as_str() == "ROLLING");
    let stages = |of: fn(&types::DeploymentLifecycleHook) -> bool| {
        let hooks = from.lifecycle_hooks().iter().filter(move |hook| of(hook));
        let stages = hooks.flat_map(types::DeploymentLifecycleHook::lifecycle_stages);
        without_twins(stages.map(|stage| stage.as_str().to_owned()))
    };
    let pauses = |hook: &types::DeploymentLifecycleHook| {
        hook.target_type().is_some_and(|kind| kind.as_str() == "PAUSE")
    };
    Lifecycle { is_rolling, hooks_at: stages(|_| true), pauses_at: stages(pauses) }
}

/// The steps and bake times of a native strategy; ECS's defaults where the
/// configuration leaves them out (facts of the API reference:
/// `LinearConfiguration`, `CanaryConfiguration`).
fn strategy_waits(from: &types::DeploymentConfiguration) -> Duration {
    let minutes =
        |minutes: i32| Duration::from_secs(60 * u64::try_from(minutes).unwrap_or_default());
    let bake = minutes(from.bake_time_in_minutes().unwrap_or_default());
    let steps = match from.strategy().map(types::DeploymentStrategy::as_str) {
        Some("LINEAR") => {
            let linear = from.linear_configuration();
            let percent = linear.and_then(|it| it.step_percent()).unwrap_or(10.0).clamp(3.0, 100.0);
            let each = linear.and_then(|it| it.step_bake_time_in_minutes()).unwrap_or(6);
            minutes(each).mul_f64((100.0 / percent).ceil())
        }
        Some("CANARY") => minutes(
            from.canary_configuration()
                .and_then(|it| it.canary_bake_time_in_minutes())
                .unwrap_or(10),
        ),
        _ => Duration::ZERO,
    };
    bake + steps
}

/// Under CodeDeploy each task set has its own, and the primary one's are those that
/// hold.
fn load_balancers(from: &types::Service) -> impl Iterator<Item = &types::LoadBalancer> {
    let of = |is_primary: bool| {
        let sets = from.task_sets().iter();
        let sets = sets.filter(move |set| (set.status() == Some("PRIMARY")) == is_primary);
        sets.flat_map(types::TaskSet::load_balancers)
    };
    of(true).chain(from.load_balancers()).chain(of(false))
}

fn served(from: &types::Service) -> Vec<(String, u16)> {
    let port = |balancer: &types::LoadBalancer| {
        let port = balancer.container_port().and_then(|port| u16::try_from(port).ok())?;
        Some((balancer.container_name()?.to_owned(), port))
    };
    without_twins(load_balancers(from).filter_map(port))
}

fn target_groups(from: &types::Service) -> Vec<String> {
    let groups = load_balancers(from)
        .flat_map(|balancer| {
            let alternate =
                balancer.advanced_configuration().and_then(|it| it.alternate_target_group_arn());
            [balancer.target_group_arn(), alternate]
        })
        .flatten()
        .map(str::to_owned);
    without_twins(groups)
}

fn without_twins<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut single = Vec::new();
    for one in all {
        if !single.contains(&one) {
            single.push(one);
        }
    }
    single
}

/// Under CodeDeploy the primary task set says it, else the service. Capacity providers of
/// Fargate and of instances do not go together.
fn is_on_fargate(from: &types::Service) -> bool {
    let primary = from.task_sets().iter().find(|set| set.status() == Some("PRIMARY"));
    let by_set = primary.map(|set| (set.launch_type(), set.capacity_provider_strategy()));
    let (launch_type, strategy) =
        by_set.unwrap_or((from.launch_type(), from.capacity_provider_strategy()));
    launch_type.is_some_and(|it| it.as_str() == "FARGATE")
        || strategy.iter().any(|it| matches!(it.capacity_provider(), "FARGATE" | "FARGATE_SPOT"))
}

/// A task set is to CodeDeploy what a deployment is to ECS.
fn task_set(from: &types::TaskSet) -> Option<Deployment> {
    Some(Deployment {
        id: parsed(from.id())?,
        made_by: parsed(from.external_id()),
        status: from.status().unwrap_or_default().into(),
        rollout_state: None,
        rollout_reason: None,
        task_definition: parsed(from.task_definition()),
        counts: Counts {
            desired: from.computed_desired_count(),
            running: from.running_count(),
            pending: from.pending_count(),
            failed: 0,
        },
        created_at: from.created_at().and_then(time),
    })
}

fn deployment(from: &types::Deployment) -> Option<Deployment> {
    Some(Deployment {
        id: parsed(from.id())?,
        made_by: None,
        status: from.status().unwrap_or_default().into(),
        rollout_state: from.rollout_state().map(|it| it.as_str().into()),
        rollout_reason: from.rollout_state_reason().map(str::to_owned),
        task_definition: parsed(from.task_definition()),
        counts: Counts {
            desired: from.desired_count(),
            running: from.running_count(),
            pending: from.pending_count(),
            failed: from.failed_tasks(),
        },
        created_at: from.created_at().and_then(time),
    })
}

pub(super) fn service_deployment(from: &types::ServiceDeployment) -> Option<ServiceDeployment> {
    let target = from.target_service_revision();
    let breaker = from.deployment_circuit_breaker();
    Some(ServiceDeployment {
        arn: parsed(from.service_deployment_arn())?,
        status: from.status().map_or("UNKNOWN", |it| it.as_str()).into(),
        status_reason: from.status_reason().map(str::to_owned),
        sources: from.source_service_revisions().iter().filter_map(|it| parsed(it.arn())).collect(),
        target: target.and_then(|it| parsed(it.arn())),
        counts: target.map_or_else(Counts::default, |it| Counts {
            desired: it.requested_task_count(),
            running: it.running_task_count(),
            pending: it.pending_task_count(),
            failed: breaker.map_or(0, types::ServiceDeploymentCircuitBreaker::failure_count),
        }),
        production_traffic: target.and_then(|it| it.requested_production_traffic_weight()),
        lifecycle_stage: from.lifecycle_stage().map(|it| it.as_str().to_owned()),
        pauses: from
            .lifecycle_hook_details()
            .iter()
            .filter(|hook| hook.status().is_some_and(|status| status.as_str() == "AWAITING_ACTION"))
            .map(|hook| Pause {
                hook: hook.hook_id().unwrap_or_default().to_owned(),
                expires_at: hook.expires_at().and_then(time),
                on_timeout: hook.timeout_action().map(|action| action.as_str().to_owned()),
            })
            .collect(),
        rollback: from.rollback().map(|it| Rollback {
            reason: it.reason().map(str::to_owned),
            to: parsed(it.service_revision_arn()),
        }),
        breaker: breaker
            .filter(|it| it.threshold() > 0)
            .map(|it| BreakerCount { failures: it.failure_count(), threshold: it.threshold() }),
        triggered_alarms: from
            .alarms()
            .map(|it| it.triggered_alarm_names().to_vec())
            .unwrap_or_default(),
        alarms_are_off: alarms_are_off(from),
        created_at: from.created_at().and_then(time),
        finished_at: from.finished_at().or(from.stopped_at()).and_then(time),
    })
}

/// `DISABLED` is also what alarms are that were never configured.
fn alarms_are_off(from: &types::ServiceDeployment) -> bool {
    let configured = from.deployment_configuration().and_then(|it| it.alarms());
    let status = from.alarms().and_then(|it| it.status());
    configured.is_some_and(types::DeploymentAlarms::enable)
        && status.is_some_and(|it| it.as_str() == "DISABLED")
}

/// The short form that `ListServiceDeployments` gives.
pub(super) fn listed_deployment(from: &types::ServiceDeploymentBrief) -> Option<ServiceDeployment> {
    Some(ServiceDeployment {
        arn: parsed(from.service_deployment_arn())?,
        status: from.status().map_or("UNKNOWN", |it| it.as_str()).into(),
        status_reason: from.status_reason().map(str::to_owned),
        sources: Vec::new(),
        target: parsed(from.target_service_revision_arn()),
        counts: Counts::default(),
        production_traffic: None,
        lifecycle_stage: None,
        pauses: Vec::new(),
        rollback: None,
        breaker: None,
        triggered_alarms: Vec::new(),
        alarms_are_off: false,
        created_at: from.created_at().and_then(time),
        finished_at: from.finished_at().and_then(time),
    })
}

pub(super) fn service_revision(from: &types::ServiceRevision) -> Option<ServiceRevision> {
    Some(ServiceRevision {
        arn: parsed(from.service_revision_arn())?,
        task_definition: parsed(from.task_definition()),
        images: from
            .container_images()
            .iter()
            .map(|image| ContainerImage {
                container: image.container_name().unwrap_or_default().to_owned(),
                image: image.image().unwrap_or_default().to_owned(),
                digest: parsed(image.image_digest()),
                source: DigestSource::Ecs,
                pushed_at: None,
            })
            .collect(),
    })
}

pub(super) fn task(from: &types::Task) -> Task {
    let arn = from.task_arn().unwrap_or_default();
    let details = from.attachments().iter().flat_map(types::Attachment::details);
    let reasons = details.filter(|detail| detail.name() == Some("statusReason"));
    Task {
        id: arn.rsplit('/').next().unwrap_or_default().to_owned(),
        arn: arn.to_owned(),
        definition: parsed(from.task_definition_arn()),
        started_by: from.started_by().map(str::to_owned),
        last_status: from.last_status().map(Into::into),
        stop_code: from.stop_code().map(|code| code.as_str().to_owned()),
        stopped_reason: from.stopped_reason().map(str::to_owned),
        created_at: from.created_at().and_then(time),
        started_at: from.started_at().and_then(time),
        stopped_at: from.stopped_at().and_then(time),
        health: from.health_status().map(|health| health.as_str().into()),
        containers: from
            .containers()
            .iter()
            .map(|container| TaskContainer {
                name: container.name().unwrap_or_default().to_owned(),
                exit_code: container.exit_code(),
                reason: container.reason().map(str::to_owned),
                health: container.health_status().map(|health| health.as_str().into()),
                runtime_id: container.runtime_id().map(str::to_owned),
                image: container.image().map(str::to_owned),
                digest: container.image_digest().map(str::to_owned),
            })
            .collect(),
        addresses: addresses(from),
        host_ports: from
            .containers()
            .iter()
            .flat_map(types::Container::network_bindings)
            .filter_map(types::NetworkBinding::host_port)
            .collect(),
        attachment_reasons: reasons.filter_map(|it| it.value().map(str::to_owned)).collect(),
    }
}

/// Only containers say the IPv6 ones, and a task that is not placed yet has none.
fn addresses(from: &types::Task) -> Vec<IpAddr> {
    let interfaces = from.containers().iter().flat_map(types::Container::network_interfaces);
    let texts = interfaces.flat_map(|it| [it.private_ipv4_address(), it.ipv6_address()]).flatten();
    without_twins(texts.filter_map(|text| text.parse().ok()))
}

/// What a container of a running task was started from.
pub(super) fn resolved(from: TaskContainer) -> ContainerImage {
    ContainerImage {
        container: from.name,
        image: from.image.unwrap_or_default(),
        digest: parsed(from.digest.as_deref()),
        source: DigestSource::Ecs,
        pushed_at: None,
    }
}

pub(super) fn time(from: &DateTime) -> Option<SystemTime> {
    SystemTime::try_from(*from).ok()
}

/// A value whose text is not of its grammar is as good as absent: nothing can
/// be decided on it.
pub(super) fn parsed<T: std::str::FromStr>(text: Option<&str>) -> Option<T> {
    text?.parse().ok()
}
