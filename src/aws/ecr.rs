//! The calls to Amazon ECR.

use std::collections::HashMap;
use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_sdk_ecr::Client;
use aws_sdk_ecr::config::Builder;
use aws_sdk_ecr::config::retry::RetryConfig;
use aws_sdk_ecr::types::{
    DescribeImagesFilter, FindingSeverity, ImageFailure, ImageIdentifier, ImageStatusFilter,
    LifecyclePolicyPreviewStatus, TagStatus,
};
use bytes::Bytes;

use super::call::{Answer, send};
use super::error::{CallError, Cause};
use super::patience::{Attempts, Patience, partition};
use super::{blob, translate};
use crate::http::HttpClient;
use crate::image::{ACCEPTED_MEDIA_TYPES, Digest, EcrRepository, Findings, images_of_index};
use crate::names::Region;
use crate::problem::Problem;
use crate::version::ImageTag;

#[derive(Debug, Clone)]
pub struct Ecr {
    pub(super) client: Client,
    patience: Patience,
    transport: HttpClient,
}

/// How an image is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageId {
    Tag(ImageTag),
    Digest(Digest),
}

/// One image that `BatchGetImage` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundImage {
    /// The tag it was asked for by.
    pub tag: Option<ImageTag>,
    /// Its digest; of the index, where it is one.
    pub digest: Digest,
    /// The manifest, byte for byte.
    pub manifest: String,
    pub media_type: Option<String>,
}

impl FoundImage {
    /// Whether it is what ECS shows as this digest: itself, or one that its index lists.
    pub fn holds(&self, digest: &Digest) -> bool {
        self.digest == *digest || images_of_index(&self.manifest).contains(digest)
    }
}

/// What `DescribeImages` says of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageDetail {
    pub digest: Digest,
    pub tags: Vec<ImageTag>,
    /// `ACTIVE`, `ARCHIVED` or `ACTIVATING`; absent means active.
    pub status: Option<String>,
    /// When it was pushed, by AWS's clock.
    pub pushed_at: Option<SystemTime>,
    /// In bytes, compressed as it lies in ECR.
    pub size: Option<u64>,
}

/// What `DescribeImageScanFindings` says of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// `COMPLETE`, `IN_PROGRESS`, `ACTIVE`, …
    pub status: String,
    pub findings: Findings,
}

/// What the last preview of a lifecycle policy says of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Whether it says all that it will.
    pub is_complete: bool,
    /// `EXPIRE` or `TRANSITION`; `None` where it leaves the image alone.
    pub action: Option<String>,
}

impl ImageDetail {
    /// Whether a task can pull it. An archived image describes well and pulls
    /// with a 404.
    pub fn can_be_pulled(&self) -> bool {
        matches!(self.status.as_deref(), None | Some("ACTIVE"))
    }
}

impl Ecr {
    pub(super) fn new(
        config: &SdkConfig,
        region: &Region,
        transport: &HttpClient,
        patience: Patience,
    ) -> Self {
        let config = Builder::from(config)
            .region(aws_sdk_ecr::config::Region::new(region.as_str().to_owned()))
            .retry_config(RetryConfig::standard())
            .retry_partition(partition())
            .build();
        Self { client: Client::from_conf(config), patience, transport: transport.clone() }
    }

    fn reading(&self) -> Builder {
        let attempts = Attempts::of(self.patience);
        Builder::new()
            .retry_config(self.patience.retries())
            .interceptor(attempts.clone())
            .retry_classifier(attempts)
    }

    /// The images that exist among up to 100 ids, in one call; what is missing
    /// is left out. An image of which ECR can't tell is an error, because it may
    /// well exist.
    pub async fn images(
        &self,
        repository: &EcrRepository,
        ids: &[ImageId],
    ) -> Answer<Vec<FoundImage>> {
        let call = self
            .client
            .batch_get_image()
            .set_registry_id(repository.account.as_ref().map(ToString::to_string))
            .repository_name(&repository.name)
            .set_image_ids(Some(ids.iter().map(identifier).collect()))
            .set_accepted_media_types(Some(
                ACCEPTED_MEDIA_TYPES.iter().map(ToString::to_string).collect(),
            ))
            .customize()
            .config_override(self.reading())
            .send();
        let answer = send(BATCH_GET_IMAGE, call).await?;
        if let Some(error) = answer.failures().iter().find_map(untold) {
            return Err(error);
        }
        Ok(answer
            .images()
            .iter()
            .filter_map(|image| {
                let id = image.image_id()?;
                Some(FoundImage {
                    tag: translate::parsed(id.image_tag()),
                    digest: translate::parsed(id.image_digest())?,
                    manifest: image.image_manifest().unwrap_or_default().to_owned(),
                    media_type: image.image_manifest_media_type().map(str::to_owned),
                })
            })
            .collect())
    }

    /// What ECR knows of one image; `None` where there is none.
    pub async fn detail(
        &self,
        repository: &EcrRepository,
        id: &ImageId,
    ) -> Answer<Option<ImageDetail>> {
        let call = self
            .client
            .describe_images()
            .set_registry_id(repository.account.as_ref().map(ToString::to_string))
            .repository_name(&repository.name)
            .image_ids(identifier(id))
            .filter(any_status().build())
            .customize()
            .config_override(self.reading())
            .send();
        match send("ecr:DescribeImages", call).await {
            Ok(answer) => Ok(answer.image_details().iter().find_map(detail)),
            Err(error) if error.is("ImageNotFoundException") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// When these images were pushed, which all exist: at most 100 a call.
    pub async fn pushed_at(
        &self,
        repository: &EcrRepository,
        digests: &[Digest],
    ) -> Answer<HashMap<Digest, SystemTime>> {
        let ids = digests.iter().cloned().map(ImageId::Digest);
        let call = self
            .client
            .describe_images()
            .set_registry_id(repository.account.as_ref().map(ToString::to_string))
            .repository_name(&repository.name)
            .set_image_ids(Some(ids.map(|id| identifier(&id)).collect()))
            .customize()
            .config_override(self.reading())
            .send();
        let answer = send("ecr:DescribeImages", call).await?;
        let details = answer.image_details().iter().filter_map(detail);
        Ok(details.filter_map(|it| Some((it.digest, it.pushed_at?))).collect())
    }

    /// The tagged images of a repository, archived ones included, at most
    /// `pages` of 1,000; `true` where there are more. ECR gives them in no order.
    pub async fn tagged(
        &self,
        repository: &EcrRepository,
        pages: usize,
    ) -> Answer<(Vec<ImageDetail>, bool)> {
        let mut found = Vec::new();
        let mut next = None;
        for _ in 0..pages {
            let call = self
                .client
                .describe_images()
                .set_registry_id(repository.account.as_ref().map(ToString::to_string))
                .repository_name(&repository.name)
                .filter(any_status().tag_status(TagStatus::Tagged).build())
                .max_results(1_000)
                .set_next_token(next)
                .customize()
                .config_override(self.reading())
                .send();
            let answer = send("ecr:DescribeImages", call).await?;
            found.extend(answer.image_details().iter().filter_map(detail));
            next = answer.next_token().map(str::to_owned);
            if next.is_none() {
                return Ok((found, false));
            }
        }
        Ok((found, true))
    }

    /// What the last preview of the repository's lifecycle policy does to an image. Tried
    /// once: it is worth no wait.
    pub async fn lifecycle_preview(
        &self,
        repository: &EcrRepository,
        digest: &Digest,
    ) -> Answer<Preview> {
        let call = self
            .client
            .get_lifecycle_policy_preview()
            .set_registry_id(repository.account.as_ref().map(ToString::to_string))
            .repository_name(&repository.name)
            .image_ids(identifier(&ImageId::Digest(digest.clone())))
            .customize()
            .config_override(Builder::new().retry_config(RetryConfig::disabled()))
            .send();
        let answer = send("ecr:GetLifecyclePolicyPreview", call).await?;
        let is_it = |digest_of: Option<&str>| digest_of == Some(digest.as_str());
        let result = answer.preview_results().iter().find(|it| is_it(it.image_digest()));
        let action = result.and_then(|it| it.action()).and_then(|it| it.r#type());
        Ok(Preview {
            is_complete: answer.status() == Some(&LifecyclePolicyPreviewStatus::Complete),
            action: action.map(|action| action.as_str().to_owned()),
        })
    }

    /// What the last scan of an image found; its status says so where there is none.
    pub async fn scan(&self, repository: &EcrRepository, digest: &Digest) -> Answer<Scan> {
        let call = self
            .client
            .describe_image_scan_findings()
            .set_registry_id(repository.account.as_ref().map(ToString::to_string))
            .repository_name(&repository.name)
            .image_id(identifier(&ImageId::Digest(digest.clone())))
            // The counts of all are on every page.
            .max_results(1)
            .customize()
            .config_override(self.reading())
            .send();
        let answer = match send("ecr:DescribeImageScanFindings", call).await {
            Ok(answer) => answer,
            Err(error) if error.is("ScanNotFoundException") => {
                return Ok(Scan { status: "there is none".to_owned(), findings: Findings::new() });
            }
            Err(error) => return Err(error),
        };
        let status = answer.image_scan_status().and_then(|it| it.status());
        let counts = answer.image_scan_findings().and_then(|it| it.finding_severity_counts());
        let count = |(severity, count): (&FindingSeverity, &i32)| {
            (severity.as_str().to_owned(), u64::try_from(*count).unwrap_or_default())
        };
        Ok(Scan {
            status: status.map_or("unknown", |it| it.as_str()).to_owned(),
            findings: counts.into_iter().flatten().map(count).collect(),
        })
    }

    /// The address of a blob, signed by ECR and good for some minutes.
    pub async fn blob_address(&self, repository: &EcrRepository, blob: &Digest) -> Answer<String> {
        let call = self
            .client
            .get_download_url_for_layer()
            .set_registry_id(repository.account.as_ref().map(ToString::to_string))
            .repository_name(&repository.name)
            .layer_digest(blob.as_str())
            .customize()
            .config_override(self.reading())
            .send();
        let answer = send("ecr:GetDownloadUrlForLayer", call).await?;
        Ok(answer.download_url().unwrap_or_default().to_owned())
    }

    /// The bytes behind such an address, which are those of the digest.
    pub async fn download(&self, address: &str, blob: &Digest) -> Result<Bytes, Problem> {
        blob::download(&self.transport, address, blob).await
    }
}

const BATCH_GET_IMAGE: &str = "ecr:BatchGetImage";

/// A failure that says nothing of whether the image exists: its key can't be
/// used, or the registry behind a pull-through cache did not give it.
fn untold(failure: &ImageFailure) -> Option<CallError> {
    let code = failure.failure_code()?.as_str();
    (code == "KmsError" || code.starts_with("Upstream")).then(|| CallError {
        action: BATCH_GET_IMAGE,
        cause: Cause::Refused,
        code: Some(code.to_owned()),
        message: failure.failure_reason().unwrap_or("ECR gives no reason").to_owned(),
        hint: None,
    })
}

fn any_status() -> aws_sdk_ecr::types::builders::DescribeImagesFilterBuilder {
    DescribeImagesFilter::builder().image_status(ImageStatusFilter::Any)
}

fn identifier(id: &ImageId) -> ImageIdentifier {
    let builder = ImageIdentifier::builder();
    match id {
        ImageId::Tag(tag) => builder.image_tag(tag.as_str()),
        ImageId::Digest(digest) => builder.image_digest(digest.as_str()),
    }
    .build()
}

fn detail(from: &aws_sdk_ecr::types::ImageDetail) -> Option<ImageDetail> {
    Some(ImageDetail {
        digest: translate::parsed(from.image_digest())?,
        tags: from.image_tags().iter().filter_map(|tag| tag.parse().ok()).collect(),
        status: from.image_status().map(|it| it.as_str().to_owned()),
        size: from.image_size_in_bytes().and_then(|size| size.try_into().ok()),
        pushed_at: from.image_pushed_at().and_then(|at| SystemTime::try_from(*at).ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_is_no_answer_about_the_image_is_not_taken_for_its_absence() {
        let cases = [
            ("ImageNotFound", false),
            ("InvalidImageTag", false),
            ("ImageTagDoesNotMatchDigest", false),
            ("ImageInaccessible", false),
            ("KmsError", true),
            ("UpstreamAccessDenied", true),
            ("UpstreamTooManyRequests", true),
            ("UpstreamUnavailable", true),
        ];
        for (code, is_untold) in cases {
            let failure = ImageFailure::builder().failure_code(code.into()).build();
            assert_eq!(untold(&failure).is_some(), is_untold, "{code}");
        }
    }
}
