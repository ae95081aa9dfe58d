//! The operations on applications, their revisions and groups, and configurations.

use serde_json::{Value, json};

use crate::codedeploy::model::{Application, Group, RevisionType};
use crate::codedeploy::{batch, configs, listing, required, views};
use crate::wire::{Answered, AwsError, Params, bail};
use crate::world::World;

/// Names of applications and groups.
fn is_name(name: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "+=,.@_-".contains(letter);
    name.len() <= 100 && name.chars().all(fits)
}

fn find_application<'w>(world: &'w World, region: &str, name: &str) -> Answered<&'w Application> {
    if !is_name(name) {
        bail!("InvalidApplicationNameException", "{name} is not a valid application name.");
    }
    world.codedeploy.application(region, name).ok_or_else(|| {
        let message = format!("No application found for name: {name}");
        AwsError::new("ApplicationDoesNotExistException", message)
    })
}

pub(super) fn named_application<'w>(
    world: &'w World,
    params: Params<'_>,
) -> Answered<&'w Application> {
    let name = required(params, "applicationName", "ApplicationNameRequiredException")?;
    find_application(world, params.region, name)
}

fn find_group<'w>(application: &'w Application, name: &str) -> Answered<&'w Group> {
    if !is_name(name) {
        bail!(
            "InvalidDeploymentGroupNameException",
            "{name} is not a valid deployment group name."
        );
    }
    application.groups.get(name).ok_or_else(|| {
        let message = format!("No Deployment Group found for name: {name}");
        AwsError::new("DeploymentGroupDoesNotExistException", message)
    })
}

/// The application and the group of a request.
pub(super) fn named_group<'w>(
    world: &'w World,
    params: Params<'_>,
) -> Answered<(&'w Application, &'w Group)> {
    let application = named_application(world, params)?;
    let name = required(params, "deploymentGroupName", "DeploymentGroupNameRequiredException")?;
    Ok((application, find_group(application, name)?))
}

pub(super) fn application(world: &World, params: Params<'_>) -> Answered {
    let found = named_application(world, params)?;
    Ok(json!({ "application": views::application(found, world.calendar) }))
}

pub(super) fn list_applications(world: &World, params: Params<'_>) -> Answered {
    let all = world.codedeploy.applications.iter();
    let here = all.filter(|((region, _), _)| *region == params.region);
    let names: Vec<String> = here.map(|((_, name), _)| name.clone()).collect();
    listing(&names, params, "applications")
}

pub(super) fn applications(world: &World, params: Params<'_>) -> Answered {
    let errors = ("ApplicationNameRequiredException", "BatchLimitExceededException");
    let names = batch(params, "applicationNames", errors, 100)?;
    let views: Vec<Value> = names
        .into_iter()
        .map(|name| {
            Ok(views::application(find_application(world, params.region, name)?, world.calendar))
        })
        .collect::<Answered<_>>()?;
    Ok(json!({ "applicationsInfo": views }))
}

pub(super) fn group(world: &World, params: Params<'_>) -> Answered {
    let found = named_group(world, params)?;
    let view = views::group(&world.codedeploy, found, params.region, world.calendar);
    Ok(json!({ "deploymentGroupInfo": view }))
}

pub(super) fn list_groups(world: &World, params: Params<'_>) -> Answered {
    let application = named_application(world, params)?;
    let names: Vec<String> = application.groups.keys().cloned().collect();
    let mut answer = listing(&names, params, "deploymentGroups")?;
    answer["applicationName"] = json!(application.name);
    Ok(answer)
}

pub(super) fn groups(world: &World, params: Params<'_>) -> Answered {
    let application = named_application(world, params)?;
    let errors = ("DeploymentGroupNameRequiredException", "BatchLimitExceededException");
    let names = batch(params, "deploymentGroupNames", errors, 100)?;
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for name in names {
        match find_group(application, name) {
            Ok(group) => {
                let both = (application, group);
                let region = params.region;
                found.push(views::group(&world.codedeploy, both, region, world.calendar));
            }
            Err(error) if error.code == "DeploymentGroupDoesNotExistException" => {
                missing.push(error.message);
            }
            Err(error) => return Err(error),
        }
    }
    let mut answer = json!({ "deploymentGroupsInfo": found });
    if !missing.is_empty() {
        answer["errorMessage"] = json!(missing.join(" "));
    }
    Ok(answer)
}

/// The content of a revision, by its checksum.
pub(super) fn revision(world: &World, params: Params<'_>) -> Answered {
    let application = named_application(world, params)?;
    let asked = params.object("revision")?;
    let asked = asked.ok_or_else(|| AwsError::new("RevisionRequiredException", "No revision."))?;
    let invalid = |message: &str| AwsError::new("InvalidRevisionException", message);
    let kind = RevisionType::of(asked.text("revisionType")?);
    let kind = kind.ok_or_else(|| invalid("Revisions of this type are not played."))?;
    let content = asked.object(kind.member())?;
    let content = content.ok_or_else(|| invalid("The revision has no content."))?;
    let (sha256, text) = (content.text("sha256")?, content.text("content")?);
    if sha256.is_none() && text.is_none() {
        return Err(invalid("Neither content nor sha256 was given."));
    }
    let known = application.revisions.iter().find(|it| {
        it.content.kind == kind
            && sha256.is_none_or(|sha256| it.content.sha256 == sha256)
            && text.is_none_or(|text| it.content.text == text)
    });
    let known = known.ok_or_else(|| {
        AwsError::new("RevisionDoesNotExistException", "The revision does not exist.")
    })?;
    Ok(json!({
        "applicationName": application.name,
        "revision": views::revision(&known.content, true),
        "revisionInfo": views::registered(known, world.calendar),
    }))
}

pub(super) fn config(world: &World, params: Params<'_>) -> Answered {
    let name = required(params, "deploymentConfigName", "DeploymentConfigNameRequiredException")?;
    let routing = configs::routing(&world.codedeploy, name).ok_or_else(|| no_config(name))?;
    let made = world.calendar.stamp(crate::clock::Time::ZERO);
    Ok(json!({ "deploymentConfigInfo": configs::view(name, routing, made) }))
}

pub(super) fn no_config(name: &str) -> AwsError {
    let message = format!("No Deployment Configuration found for name: {name}");
    AwsError::new("DeploymentConfigDoesNotExistException", message)
}
