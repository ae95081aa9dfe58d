//! `CreateDeployment`. What ECS itself would refuse, such as a container that is not
//! in the task definition, it accepts: the deployment then fails at Install.

use serde_json::json;

use crate::codedeploy::app_spec::AppSpec;
use crate::codedeploy::deployment::Deployment;
use crate::codedeploy::group_calls::{named_group, no_config};
use crate::codedeploy::model::{Content, Group, GroupKey, RevisionType};
use crate::codedeploy::{configs, life};
use crate::ecs::model::{Controller, ServiceKey, ServiceStatus};
use crate::wire::{Answered, AwsError, Params, bail};
use crate::world::World;

/// Members of a request that nobody sends here, or that say nothing about ECS.
const UNPLAYED: &[&str] = &[
    "targetInstances",
    "updateOutdatedInstancesOnly",
    "ec2DeploymentOptions",
    "deploymentMode",
    "autoRollbackConfiguration",
    "overrideAlarmConfiguration",
];

pub(super) fn create(world: &mut World, params: Params<'_>) -> Answered {
    let (application, group) = named_group(world, params)?;
    if application.platform != "ECS" {
        bail!(
            "InvalidComputePlatformException",
            "The compute platform {} is not played.",
            application.platform
        );
    }
    if let Some(name) = UNPLAYED.iter().find(|name| params.has(name)) {
        bail!("InvalidInputException", "{name} is not played.");
    }
    let (content, spec) = revision(params)?;
    let description = params.text("description")?;
    if description.is_some_and(|it| it.chars().count() > 512) {
        bail!(
            "DescriptionTooLongException",
            "The description is too long: it may have 512 characters."
        );
    }
    let config = params.text("deploymentConfigName")?;
    let config = config.unwrap_or_else(|| group.config()).to_owned();
    if configs::routing(&world.codedeploy, &config).is_none() {
        return Err(no_config(&config));
    }
    let service = service(world, group, params.region)?;
    let key = GroupKey::new(params.region, &application.name, &group.name);
    if let Some(active) = world.codedeploy.active(&key) {
        let message = format!(
            "The Deployment Group '{}' already has an active Deployment '{}'",
            key.group, active.id
        );
        return Err(AwsError::new("DeploymentLimitExceededException", message));
    }
    let id = world.ids.deployment();
    let group = (&key, key.find(&world.codedeploy).expect("it was just found"));
    let mut deployment = Deployment::new(id.clone(), group, service, (content, spec), world.now);
    deployment.config = config;
    deployment.description = description.map(str::to_owned);
    life::begin(world, deployment);
    Ok(json!({ "deploymentId": id }))
}

/// The revision of a request, whose checksum is that of the exact content.
fn revision(params: Params<'_>) -> Answered<(Content, AppSpec)> {
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

/// The service of a group, if it is one that CodeDeploy can deploy to.
fn service(world: &World, group: &Group, region: &str) -> Answered<ServiceKey> {
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
