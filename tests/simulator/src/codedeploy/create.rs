//! `CreateDeployment`. What ECS itself would refuse, such as a container that is not
//! in the task definition, it accepts: the deployment then fails at Install.

use serde_json::{Value, json};

use crate::codedeploy::app_spec::AppSpec;
use crate::codedeploy::deployment::Deployment;
use crate::codedeploy::group_calls::{named_group, no_config};
use crate::codedeploy::model::{Content, Group, GroupKey, RevisionType, alarm_names};
use crate::codedeploy::{configs, life};
use crate::ecs::model::{Controller, ServiceKey, ServiceStatus};
use crate::wire::{AwsError, Params};
use crate::world::{Caller, World};

/// Members of a request that say nothing here, or nothing about ECS.
const UNPLAYED: &[&str] =
    &["targetInstances", "updateOutdatedInstancesOnly", "ec2DeploymentOptions", "deploymentMode"];

pub(super) fn create(
    world: &mut World,
    caller: &Caller,
    params: Params<'_>,
) -> Result<Value, AwsError> {
    let (application, group) = named_group(world, caller, params)?;
    if application.platform != "ECS" {
        let message = format!("The compute platform {} is not played.", application.platform);
        return Err(AwsError::new("InvalidComputePlatformException", message));
    }
    if let Some(name) = UNPLAYED.iter().find(|name| params.0.contains_key(**name)) {
        return Err(AwsError::new("InvalidInputException", format!("{name} is not played.")));
    }
    let (content, spec) = revision(params)?;
    let description = params.text("description")?;
    if description.is_some_and(|it| it.chars().count() > 512) {
        let message = "The description is too long: it may have 512 characters.";
        return Err(AwsError::new("DescriptionTooLongException", message));
    }
    let config = params.text("deploymentConfigName")?;
    let config = config.unwrap_or_else(|| group.config()).to_owned();
    if configs::routing(&world.codedeploy, &config).is_none() {
        return Err(no_config(&config));
    }
    let auto_rollback = auto_rollback(params)?;
    let override_alarms = alarms(params)?;
    let service = service(world, group, &caller.region)?;
    let key = GroupKey {
        region: caller.region.clone(),
        application: application.name.clone(),
        group: group.name.clone(),
    };
    if let Some(active) = world.codedeploy.active(&key) {
        let message = format!(
            "The Deployment Group '{}' already has an active Deployment '{}'",
            key.group, active.id
        );
        return Err(AwsError::new("DeploymentLimitExceededException", message));
    }
    let id = world.ids.deployment();
    let group = key.find(&world.codedeploy).expect("it was just found");
    let both = (&key, group);
    let mut deployment = Deployment::new(id.clone(), both, service, (content, spec), world.now);
    deployment.config = config;
    deployment.description = description.map(str::to_owned);
    deployment.auto_rollback = auto_rollback.or(deployment.auto_rollback);
    if let Some(alarms) = override_alarms {
        deployment.alarms = alarm_names(Some(&alarms));
        deployment.override_alarms = Some(alarms);
    }
    deployment.previous = world.codedeploy.last_successful(&key).map(|it| it.content.clone());
    let content = deployment.content.clone();
    world.codedeploy.register(&key, &content, description, world.now);
    world.codedeploy.deployments.push(deployment);
    life::begin(world, &id);
    Ok(json!({ "deploymentId": id }))
}

/// The revision of a request, whose checksum is that of the exact content.
fn revision(params: Params<'_>) -> Result<(Content, AppSpec), AwsError> {
    let invalid = |message: &str| AwsError::new("InvalidRevisionException", message);
    let revision = params.object("revision")?.ok_or_else(|| {
        AwsError::new("RevisionRequiredException", "The revision ID was not specified.")
    })?;
    let kind = RevisionType::of(revision.text("revisionType")?);
    let kind = kind.ok_or_else(|| invalid("Revisions of this type are not played."))?;
    let given = revision.object(kind.member())?;
    let given = given.ok_or_else(|| invalid("The revision has no content."))?;
    let text = given.text("content")?.filter(|text| !text.is_empty());
    let content = Content::new(text.ok_or_else(|| invalid("The content is empty."))?.to_owned());
    if given.text("sha256")?.is_some_and(|sha256| sha256 != content.sha256) {
        return Err(invalid("The sha256 is not that of the content."));
    }
    let spec = AppSpec::read(&content.text).map_err(|why| invalid(&why))?;
    Ok((Content { kind, ..content }, spec))
}

fn auto_rollback(params: Params<'_>) -> Result<Option<Value>, AwsError> {
    let Some(given) = params.object("autoRollbackConfiguration")? else { return Ok(None) };
    let known = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"];
    let events = given.texts("events")?.unwrap_or_default();
    let enabled = given.flag("enabled")?.unwrap_or(false);
    if enabled && events.is_empty() || events.iter().any(|event| !known.contains(event)) {
        let message = "An enabled automatic rollback needs events that exist.";
        return Err(AwsError::new("InvalidAutoRollbackConfigException", message));
    }
    Ok(Some(Value::Object(given.0.clone())))
}

fn alarms(params: Params<'_>) -> Result<Option<Value>, AwsError> {
    let Some(given) = params.object("overrideAlarmConfiguration")? else { return Ok(None) };
    let alarms = given.list("alarms")?.map_or(0, Vec::len);
    if given.flag("enabled")?.unwrap_or(false) && alarms == 0 {
        let message = "An enabled alarm configuration needs alarms.";
        return Err(AwsError::new("InvalidAlarmConfigException", message));
    }
    if alarms > 10 {
        let message = "There cannot be more than 10 alarms.";
        return Err(AwsError::new("AlarmsLimitExceededException", message));
    }
    Ok(Some(Value::Object(given.0.clone())))
}

/// The service of a group, if it is one that CodeDeploy can deploy to.
fn service(world: &World, group: &Group, region: &str) -> Result<ServiceKey, AwsError> {
    let invalid = |message: String| AwsError::new("InvalidECSServiceException", message);
    let [service] = &group.services(region)[..] else {
        return Err(invalid("The deployment group must have one ECS service.".to_owned()));
    };
    let name = format!("{}:{}", service.cluster, service.name);
    let found = world.services.get(service);
    let found = found.filter(|it| it.status == ServiceStatus::Active);
    let found = found.ok_or_else(|| invalid(format!("The ECS service {name} is not ACTIVE.")))?;
    if found.controller != Controller::CodeDeploy {
        let message = format!("The deployment controller of {name} is not CODE_DEPLOY.");
        return Err(invalid(message));
    }
    Ok(service.clone())
}
