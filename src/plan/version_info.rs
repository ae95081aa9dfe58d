//! The two sides of a plan: what runs now, and what will run.

use super::codedeploy::Active;
use super::fact::Fact;
use super::state::CurrentState;
use super::steps::VersionInfo;
use crate::ecs::{ContainerImage, TaskDefinitionArn};
use crate::image::{Digest, ImageReference};
use crate::names::ContainerName;
use crate::request::AppRequest;
use crate::task_definition::TaskDefinition;
use crate::version::VersionName;

/// What runs, and what is asked for, before anything is decided.
pub(crate) fn versions(request: &AppRequest, found: &CurrentState) -> (VersionInfo, VersionInfo) {
    let running = digests_of(found, &found.running, &found.running_images);
    (from_sides(request, found, running.as_deref()).0, to_side(found))
}

/// What runs, and what the service is set to where that is something else.
pub(super) fn from_sides(
    request: &AppRequest,
    found: &CurrentState,
    running: Option<&[Digest]>,
) -> (VersionInfo, Option<VersionInfo>) {
    let definition = found.service.task_definition.clone();
    let set_to = side_of(request, found, &found.running, definition, running);
    let Some(serving) = &found.serving else { return (set_to, None) };
    let arn = serving.arn.clone();
    let runs = match &serving.definition {
        Some(definition) => {
            let digests = digests_of(found, definition, &serving.images);
            side_of(request, found, definition, arn, digests.as_deref())
        }
        None => VersionInfo { task_definition: arn, ..VersionInfo::default() },
    };
    (runs, Some(set_to))
}

/// What the chosen containers run by a definition whose tags were resolved to `images`;
/// `None` where one of them is not known. A digest in the definition itself needs nobody
/// to resolve it.
pub(super) fn digests_of(
    found: &CurrentState,
    definition: &TaskDefinition,
    images: &Fact<Vec<ContainerImage>>,
) -> Option<Vec<Digest>> {
    let images = images.known().map(Vec::as_slice).unwrap_or_default();
    let resolved =
        |name: &str| images.iter().find(|it| it.container == name).and_then(|it| it.digest.clone());
    let pinned = |name: &str| {
        let image = definition.containers().find(|it| it.name == name)?.image?;
        image.parse::<ImageReference>().ok()?.digest().cloned()
    };
    let names = found.containers.iter().map(ContainerName::as_str);
    names.map(|name| resolved(name).or_else(|| pinned(name))).collect()
}

/// What a deployment by CodeDeploy that is under way brings, where that is known. Its
/// digests are not.
pub(super) fn brought_by(
    request: &AppRequest,
    found: &CurrentState,
    active: &Active,
) -> Option<VersionInfo> {
    let definition = active.definition.known()?;
    let arn = definition.arn().and_then(|arn| arn.parse().ok());
    Some(side_of(request, found, definition, arn, None))
}

fn side_of(
    request: &AppRequest,
    found: &CurrentState,
    definition: &TaskDefinition,
    arn: Option<TaskDefinitionArn>,
    running: Option<&[Digest]>,
) -> VersionInfo {
    let reference: Option<ImageReference> = definition
        .containers()
        .find(|container| found.containers.iter().any(|name| name.as_str() == container.name))
        .and_then(|container| container.image)
        .and_then(|image| image.parse().ok());
    let tag = reference.as_ref().and_then(ImageReference::tag).cloned();
    let template = request.wanted.tag_template();
    let name = found.package_name.as_deref();
    VersionInfo {
        version: tag.as_ref().map(|tag| VersionName::of(tag, template, name)),
        image: reference.as_ref().map(ToString::to_string),
        digest: running
            .and_then(|digests| digests.first().cloned())
            .or_else(|| reference.as_ref().and_then(ImageReference::digest).cloned()),
        tag: tag.map(|tag| tag.to_string()),
        task_definition: arn,
    }
}

pub(super) fn to_side(found: &CurrentState) -> VersionInfo {
    let image = &found.image;
    VersionInfo {
        version: image.version.clone(),
        image: Some(image.reference.to_string()),
        tag: image.tag.as_ref().map(ToString::to_string),
        digest: Some(image.digest.clone()),
        task_definition: None,
    }
}
