//! Amazon ECR: which operation is which function.

pub(crate) mod image;
mod reads;
pub(crate) mod reference;
pub(crate) mod registry;

use serde_json::Value;

use crate::clock::Calendar;
use crate::ecr::registry::Registry;
use crate::wire::{Answer, AwsError, Params};

/// The caller and the surroundings of one request to ECR.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    /// Where this server listens, if the request came over a socket.
    pub(crate) base: Option<&'a str>,
    pub(crate) calendar: Calendar,
    pub(crate) registry: &'a Registry,
}

/// Carries an operation out; `None` if there is no such operation here.
pub(crate) fn answer(
    operation: &str,
    call: &Call<'_>,
    params: Params<'_>,
) -> Option<Result<Value, AwsError>> {
    Some(match operation {
        "BatchGetImage" => reads::batch_get_image(call, params),
        "DescribeImages" => reads::describe_images(call, params),
        "DescribeRepositories" => reads::describe_repositories(call, params),
        "GetDownloadUrlForLayer" => reads::get_download_url(call, params),
        "DescribeImageScanFindings" => reads::describe_image_scan_findings(call, params),
        "GetLifecyclePolicyPreview" => reads::get_lifecycle_policy_preview(call, params),
        "ListImages" => reads::list_images(call, params),
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
