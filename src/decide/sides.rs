//! The two sides of a plan: what runs now, and what will run.

use super::{Active, Found, Side};
use crate::image::{Digest, ImageReference};
use crate::request::AppRequest;
use crate::service::TaskDefinitionArn;
use crate::task_definition::TaskDefinition;
use crate::version::{ImageTag, TagTemplate, version_of};

pub(super) fn from_side(request: &AppRequest, found: &Found, running: Option<&[Digest]>) -> Side {
    let definition = found.service.task_definition.clone();
    side_of(request, found, &found.running, definition, running)
}

/// What a deployment by CodeDeploy that is under way brings, where that is known. Its
/// digests are not.
pub(super) fn brought_by(request: &AppRequest, found: &Found, active: &Active) -> Option<Side> {
    let definition = active.definition.known()?;
    let arn = definition.arn().and_then(|arn| arn.parse().ok());
    Some(side_of(request, found, definition, arn, None))
}

fn side_of(
    request: &AppRequest,
    found: &Found,
    definition: &TaskDefinition,
    arn: Option<TaskDefinitionArn>,
    running: Option<&[Digest]>,
) -> Side {
    let reference: Option<ImageReference> = definition
        .containers()
        .find(|container| found.containers.iter().any(|name| name.as_str() == container.name))
        .and_then(|container| container.image)
        .and_then(|image| image.parse().ok());
    let tag = reference.as_ref().and_then(ImageReference::tag).cloned();
    let template = request.wanted.tag_template();
    let name = found.package_name.as_deref();
    Side {
        version: tag.as_ref().map(|tag| version_name(tag, template, name)),
        image: reference.as_ref().map(ToString::to_string),
        digest: running
            .and_then(|digests| digests.first().cloned())
            .or_else(|| reference.as_ref().and_then(ImageReference::digest).cloned()),
        tag: tag.map(|tag| tag.to_string()),
        task_definition: arn,
    }
}

/// A tag as people call it: its version, where it is made of one. A tag that was
/// typed, or pushed before there was a template, may have a default spelling.
pub fn version_name(tag: &ImageTag, template: Option<&TagTemplate>, name: Option<&str>) -> String {
    let under_any_name = || template.filter(|_| name.is_none())?.version_under_any_name(tag);
    version_of(tag, template, name)
        .or_else(|| version_of(tag, None, None))
        .or_else(under_any_name)
        .map_or_else(|| tag.to_string(), |version| version.to_string())
}

pub(super) fn to_side(found: &Found) -> Side {
    let image = &found.image;
    Side {
        version: image.version.clone(),
        image: Some(image.reference.to_string()),
        tag: image.tag.as_ref().map(ToString::to_string),
        digest: Some(image.digest.clone()),
        task_definition: None,
    }
}
