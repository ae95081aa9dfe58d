//! `DescribeServices` and `UpdateService`.

use serde_json::{Map, Value, json};

use crate::ecs::model::{Controller, ServiceStatus};
use crate::ecs::names::{cluster, required_service, service_key};
use crate::ecs::{rollout, scheduler, views};
use crate::wire::{Answered, AwsError, Params, bail};
use crate::world::{ACCOUNT, World};

/// Members of UpdateService whose change starts a deployment.
const DEPLOYING: &[&str] = &[
    "platformVersion",
    "networkConfiguration",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
    "capacityProviderStrategy",
];

/// Members of UpdateService whose change starts nothing.
const QUIET: &[&str] = &[
    "healthCheckGracePeriodSeconds",
    "placementConstraints",
    "placementStrategy",
    "enableExecuteCommand",
    "enableECSManagedTags",
    "propagateTags",
    "availabilityZoneRebalancing",
];

pub(super) fn describe(world: &World, params: Params<'_>) -> Answered {
    let references = params.required_texts("services")?;
    if references.len() > 10 {
        bail!("InvalidParameterException", "Services cannot be more than 10.");
    }
    let cluster = cluster(world, params)?;
    let with_tags = params.texts("include")?.unwrap_or_default().contains(&"TAGS");
    let mut found = Vec::new();
    let mut failures = Vec::new();
    for reference in references {
        let key = service_key(params.region, &cluster, reference);
        match world.services.get(&key).filter(|service| service.key.cluster == cluster) {
            Some(service) => {
                let stale = service.stale.as_ref().filter(|(until, _)| world.now < *until);
                let mut view = match stale {
                    Some((_, view)) => view.clone(),
                    None => views::service(service, world.viewpoint()),
                };
                if let Some(map) = view.as_object_mut() {
                    if with_tags {
                        map.entry("tags").or_insert_with(|| json!([]));
                    } else {
                        map.shift_remove("tags");
                    }
                }
                found.push(view);
            }
            None => {
                let (region, name) = (params.region, &key.name);
                let arn = format!("arn:aws:ecs:{region}:{ACCOUNT}:service/{cluster}/{name}");
                failures.push(json!({ "arn": arn, "reason": "MISSING" }));
            }
        }
    }
    Ok(json!({ "services": found, "failures": failures }))
}

pub(super) fn update(world: &mut World, params: Params<'_>) -> Answered {
    let key = required_service(world, params)?;
    let before = world.services.get(&key).map(|service| views::service(service, world.viewpoint()));
    let service = &world.services[&key];
    if service.status != ServiceStatus::Active {
        bail!("ServiceNotActiveException", "Service was not ACTIVE.");
    }
    check_controller(service.controller, params)?;
    let definition = params.text("taskDefinition")?;
    let definition = definition
        .map(|reference| usable_definition(world, params.region, reference))
        .transpose()?;
    let current = service.primary().map(|primary| primary.task_definition.clone());
    let forced = params.flag("forceNewDeployment")?.unwrap_or(false);
    let desired = params.number("desiredCount")?;
    let is_daemon = service.settings.get("schedulingStrategy") == Some(&json!("DAEMON"));
    if is_daemon && desired.is_some() {
        bail!(
            "InvalidParameterException",
            "The daemon scheduling strategy does not support a desired count for services. Remove \
             the desired count value and try again"
        );
    }
    let configuration = params.object("deploymentConfiguration")?.map(|it| it.members.clone());
    let changed = DEPLOYING
        .iter()
        .any(|name| differs(service.settings.get(*name), params.members.get(*name)));
    let new_definition = definition.is_some() && definition != current;
    let deploys = forced || changed || new_definition;
    let target = definition.or(current);
    let stale_until = world.now.saturating_add(world.lag.describe_services);
    let settings: Map<String, Value> = params
        .members
        .iter()
        .filter(|(name, _)| QUIET.contains(&name.as_str()) || DEPLOYING.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    world.with_service(&key, |service, scene| {
        service.stale = before.map(|view| (stale_until, view));
        service.settings.extend(settings);
        if let Some(desired) = desired {
            service.desired = u32::try_from(desired).unwrap_or(u32::MAX);
        }
        if let Some(configuration) = configuration {
            service.configuration.extend(configuration);
        }
        match target {
            Some(target) if deploys => rollout::begin(service, scene, &target),
            _ => scheduler::reconcile(service, scene),
        }
    });
    Ok(json!({ "service": views::service(&world.services[&key], world.viewpoint()) }))
}

fn differs(there: Option<&Value>, given: Option<&Value>) -> bool {
    given.is_some_and(|given| {
        let empty = given.as_array().is_some_and(Vec::is_empty);
        there != Some(given) && !(there.is_none() && empty)
    })
}

/// What each controller lets UpdateService change, in AWS's words.
fn check_controller(controller: Controller, params: Params<'_>) -> Answered<()> {
    let has = |name: &str| params.has(name);
    let force = params.flag("forceNewDeployment")?.unwrap_or(false);
    match controller {
        Controller::Absent | Controller::Ecs => Ok(()),
        Controller::CodeDeploy if has("taskDefinition") => Err(AwsError::invalid(
            "Unable to update task definition on services with a CODE_DEPLOY deployment \
             controller. Use AWS CodeDeploy to trigger a new deployment.",
        )),
        Controller::CodeDeploy if force => Err(AwsError::invalid(
            "Cannot force a new deployment on services with a CODE_DEPLOY deployment controller. \
             Use AWS CodeDeploy to trigger a new deployment.",
        )),
        Controller::CodeDeploy if DEPLOYING.iter().any(|name| has(name)) => Err(AwsError::invalid(
            "Unable to update network parameters on services with a CODE_DEPLOY deployment \
                 controller. Use AWS CodeDeploy to trigger a new deployment.",
        )),
        Controller::External
            if force || has("taskDefinition") || DEPLOYING.iter().any(|name| has(name)) =>
        {
            Err(AwsError::invalid(
                "Unable to update the task definition or network parameters on services with an \
                 EXTERNAL deployment controller. Use CreateTaskSet.",
            ))
        }
        Controller::CodeDeploy | Controller::External => Ok(()),
    }
}

/// The ARN of an ACTIVE task definition.
fn usable_definition(world: &World, region: &str, reference: &str) -> Answered<String> {
    let definition = world
        .definitions
        .find(region, reference)
        .ok_or_else(|| AwsError::client("TaskDefinition not found."))?;
    if definition.is_active() {
        Ok(definition.arn.clone())
    } else {
        Err(AwsError::client("TaskDefinition is inactive"))
    }
}
