//! The two sides of a plan: what runs now, and what will run.

use super::codedeploy::Active;
use super::fact::Fact;
use super::images::{ChosenImage, Images};
use super::state::CurrentState;
use super::version_info::VersionInfo;
use crate::ecs::{ContainerImage, TaskDefinitionArn};
use crate::image::{Digest, ImageReference};
use crate::names::ContainerName;
use crate::request::AppRequest;
use crate::task_definition::TaskDefinition;
use crate::version::VersionName;

/// What runs, and what is asked for, before anything is decided.
pub(crate) fn versions(request: &AppRequest, found: &CurrentState) -> (VersionInfo, VersionInfo) {
    (from_sides(request, found).0, to_side(&found.images))
}

/// What runs, and what the service is set to where that is something else.
pub(super) fn from_sides(
    request: &AppRequest,
    found: &CurrentState,
) -> (VersionInfo, Option<VersionInfo>) {
    let definition = found.service.task_definition.clone();
    let asked = (found.package_name.as_deref(), &found.images);
    let set_to = side_of(request, asked, &found.running, definition, &found.running_images);
    let Some(serving) = &found.serving else { return (set_to, None) };
    let arn = serving.arn.clone();
    let runs = match &serving.definition {
        Some(definition) => side_of(request, asked, definition, arn, &serving.images),
        None => VersionInfo { task_definition: arn, ..VersionInfo::default() },
    };
    (runs, Some(set_to))
}

/// What each chosen container runs by a definition whose tags were resolved to `images`;
/// `None` where one of them is not known.
pub(super) fn digests_of<'a>(
    found: &'a CurrentState,
    definition: &TaskDefinition,
    images: &Fact<Vec<ContainerImage>>,
) -> Option<Vec<(&'a ContainerName, Digest)>> {
    let digests = found.images.containers().map(|name| {
        let digest = digest_of(definition, images, name.as_str())?;
        Some((name, digest))
    });
    digests.collect()
}

/// What a container runs. A digest in the definition itself needs nobody to resolve it.
fn digest_of(
    definition: &TaskDefinition,
    images: &Fact<Vec<ContainerImage>>,
    container: &str,
) -> Option<Digest> {
    let images = images.known().map(Vec::as_slice).unwrap_or_default();
    let resolved = images.iter().find(|it| it.container == container);
    let pinned = || {
        let image = definition.containers().find(|it| it.name == container)?.image?;
        image.parse::<ImageReference>().ok()?.digest().cloned()
    };
    resolved.and_then(|it| it.digest.clone()).or_else(pinned)
}

/// What a deployment by CodeDeploy that is in progress brings, where that is known. Its
/// digests are not.
pub(super) fn brought_by(
    request: &AppRequest,
    found: &CurrentState,
    active: &Active,
) -> Option<VersionInfo> {
    let definition = active.definition.known()?;
    let arn = definition.arn().and_then(|arn| arn.parse().ok());
    let asked = (found.package_name.as_deref(), &found.images);
    Some(side_of(request, asked, definition, arn, &Fact::Absent))
}

/// What a definition whose tags were resolved to `resolved` is of what is asked for; `name`
/// stands for `{name}`.
pub(super) fn side_of<T>(
    request: &AppRequest<T>,
    (name, asked): (Option<&str>, &Images),
    definition: &TaskDefinition,
    arn: Option<TaskDefinitionArn>,
    resolved: &Fact<Vec<ContainerImage>>,
) -> VersionInfo {
    let template = request.wanted.tag_template();
    let side = |chosen: &ChosenImage| {
        let reference: Option<ImageReference> = definition
            .containers()
            .find(|container| chosen.is_for(container.name))
            .and_then(|container| container.image)
            .and_then(|image| image.parse().ok());
        let tag = reference.as_ref().and_then(ImageReference::tag).cloned();
        let first = chosen.containers.first();
        VersionInfo {
            version: tag.as_ref().map(|tag| VersionName::of(tag, template, name)),
            image: reference.as_ref().map(ToString::to_string),
            digest: first
                .and_then(|first| digest_of(definition, resolved, first.as_str()))
                .or_else(|| reference.as_ref().and_then(ImageReference::digest).cloned()),
            tag: tag.map(|tag| tag.to_string()),
            ..VersionInfo::default()
        }
    };
    asked.told(arn, side)
}

pub(super) fn to_side(images: &Images) -> VersionInfo {
    let side = |ChosenImage { image, .. }: &ChosenImage| VersionInfo {
        version: image.version.clone(),
        image: Some(image.reference.to_string()),
        tag: image.tag.as_ref().map(ToString::to_string),
        digest: Some(image.digest.clone()),
        ..VersionInfo::default()
    };
    images.told(None, side)
}
