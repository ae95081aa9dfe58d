//! Amazon ECR: which operation is which function.

pub(crate) mod image;
mod reads;
pub(crate) mod reference;
pub(crate) mod registry;
mod writes;

use crate::ecr::registry::Registry;
use crate::wire::{Answer, Answered, Params};
use crate::world::World;

/// Carries an operation out; `None` if there is no such operation here. `base` is the
/// server's address if the request came over a socket.
pub(crate) fn answer(
    operation: &str,
    world: &mut World,
    params: Params<'_>,
    base: Option<&str>,
) -> Option<Answered> {
    Some(match operation {
        "BatchGetImage" => reads::batch_get_image(world, params),
        "DescribeImages" => reads::describe_images(world, params),
        "GetDownloadUrlForLayer" => reads::get_download_url(world, params, base),
        "PutImage" => writes::put_image(world, params),
        "DescribeImageScanFindings" => reads::describe_image_scan_findings(world, params),
        "GetLifecyclePolicyPreview" => reads::get_lifecycle_policy_preview(world, params),
        _ => return None,
    })
}

/// A GET on an address that `GetDownloadUrlForLayer` gave out. Like S3 it
/// refuses a request that is signed twice.
pub(crate) fn blob(registry: &Registry, path: &str, authorized: bool) -> Answer {
    let refuse = |status: u16, code: &str| {
        let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>");
        Answer::plain(status, "application/xml", body.into())
    };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if !query.contains("X-Amz-Signature=") {
        return refuse(403, "AccessDenied");
    }
    if authorized {
        return refuse(400, "InvalidArgument");
    }
    match path.rsplit('/').next().and_then(|digest| registry.blob(&digest.replace("%3A", ":"))) {
        Some(bytes) => Answer::plain(200, "application/octet-stream", bytes.clone()),
        None => refuse(404, "NoSuchKey"),
    }
}
