//! ECR's reading operations.

use serde_json::{Map, Value, json};

use crate::ecr::registry::{Place, Repository, Stored};
use crate::wire::{Answered, AwsError, Params, bail, page, present};
use crate::world::{ACCOUNT, World};

pub(super) fn place(params: Params<'_>) -> Answered<Place> {
    let account = params.text("registryId")?.unwrap_or(ACCOUNT);
    Ok(Place::new(account, params.region, params.required_text("repositoryName")?))
}

fn repository<'a>(world: &'a World, place: &Place) -> Answered<&'a Repository> {
    world.registry.repository(place).ok_or_else(|| {
        AwsError::new(
            "RepositoryNotFoundException",
            format!(
                "The repository with name '{}' does not exist in the registry with id '{}'",
                place.repository, place.account
            ),
        )
    })
}

/// An `imageId` of a request.
struct ImageId<'a> {
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> ImageId<'a> {
    fn all(params: Params<'a>) -> Result<Option<Vec<Self>>, AwsError> {
        let Some(list) = params.list("imageIds")? else { return Ok(None) };
        if list.len() > 100 {
            bail!("InvalidParameterException", "imageIds: at most 100 image identifiers");
        }
        let read = |value: &'a Value| {
            let map = value.as_object().ok_or_else(|| {
                AwsError::new("SerializationException", "imageIds holds something else")
            })?;
            let id = Params { members: map, ..params };
            Ok(Self { tag: id.text("imageTag")?, digest: id.text("imageDigest")? })
        };
        list.iter().map(read).collect::<Result<_, _>>().map(Some)
    }

    fn json(&self) -> Value {
        present(json!({ "imageDigest": self.digest, "imageTag": self.tag }))
    }

    /// The image, or the failure code and reason of `BatchGetImage`.
    fn find<'r>(
        &self,
        repository: &'r Repository,
    ) -> Result<&'r Stored, (&'static str, &'static str)> {
        let not_found = ("ImageNotFound", "Requested image not found");
        if self.digest.is_some_and(|digest| !is_digest(digest)) {
            return Err(("InvalidImageDigest", "Invalid request parameters: image digest"));
        }
        if self.tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(("InvalidImageTag", "Invalid request parameters: image tag"));
        }
        let digest = match (self.tag, self.digest) {
            (None, None) => {
                return Err(("MissingDigestAndTag", "Either an image digest or a tag is needed"));
            }
            (None, Some(digest)) => digest,
            (Some(tag), given) => match (repository.resolve(tag), given) {
                (None, _) => return Err(not_found),
                (Some(there), Some(given)) if there != given => {
                    return Err(("ImageTagDoesNotMatchDigest", "Tag and digest do not match"));
                }
                (Some(there), _) => there,
            },
        };
        repository.find(digest).ok_or(not_found)
    }
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:")
        .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The grammar of an OCI tag.
pub(super) fn is_tag(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let mut bytes = text.bytes();
    bytes.next().is_some_and(word)
        && bytes.all(|b| word(b) || b == b'.' || b == b'-')
        && text.len() <= 128
}

/// Answers for each image by itself. An archived image cannot be pulled, and is
/// reported as one that is not there.
pub(super) fn batch_get_image(world: &World, params: Params<'_>) -> Answered {
    let place = place(params)?;
    let repository = repository(world, &place)?;
    let ids = ImageId::all(params)?
        .filter(|ids| !ids.is_empty())
        .ok_or_else(|| AwsError::invalid("imageIds is required and was not given"))?;
    let accepted = params.texts("acceptedMediaTypes")?;
    let mut images = Vec::new();
    let mut failures = Vec::new();
    for id in &ids {
        let found = id.find(repository).and_then(|stored| {
            let kind = stored.manifest.media_type.as_str();
            let refused = accepted.as_ref().is_some_and(|accepted| !accepted.contains(&kind));
            if refused || stored.archived.is_some() {
                return Err(("ImageNotFound", "Requested image not found"));
            }
            Ok(stored)
        });
        match found {
            Ok(Stored { manifest, .. }) => {
                let mut image_id = id.json();
                image_id["imageDigest"] = json!(manifest.digest);
                images.push(json!({
                    "registryId": place.account,
                    "repositoryName": place.repository,
                    "imageId": image_id,
                    "imageManifest": manifest.text,
                    "imageManifestMediaType": manifest.media_type,
                }));
            }
            Err((code, reason)) => failures.push(json!({
                "imageId": id.json(), "failureCode": code, "failureReason": reason,
            })),
        }
    }
    Ok(json!({ "images": images, "failures": failures }))
}

/// The last scan of one image: how many findings of each severity, and none of them.
pub(super) fn describe_image_scan_findings(world: &World, params: Params<'_>) -> Answered {
    let place = place(params)?;
    let repository = repository(world, &place)?;
    let id = params.object("imageId")?.ok_or_else(|| AwsError::invalid("imageId is required"))?;
    let id = ImageId { tag: id.text("imageTag")?, digest: id.text("imageDigest")? };
    let stored = id
        .find(repository)
        .map_err(|(_, reason)| AwsError::new("ImageNotFoundException", reason))?;
    let digest = &stored.manifest.digest;
    let Some(scan) = repository.scans.get(digest) else {
        bail!("ScanNotFoundException", "Image scan does not exist for the image with '{digest}'");
    };
    let counts: Map<String, Value> =
        scan.counts.iter().map(|(severity, count)| (severity.clone(), json!(count))).collect();
    let mut answer = json!({
        "registryId": place.account,
        "repositoryName": place.repository,
        "imageId": { "imageDigest": digest },
        "imageScanStatus": { "status": scan.status },
    });
    if matches!(scan.status.as_str(), "COMPLETE" | "ACTIVE") {
        answer["imageScanFindings"] = json!({ "findingSeverityCounts": counts });
    }
    Ok(answer)
}

/// The last preview; with `imageIds`, of these images only.
pub(super) fn get_lifecycle_policy_preview(world: &World, params: Params<'_>) -> Answered {
    let place = place(params)?;
    let repository = repository(world, &place)?;
    let Some(preview) = &repository.preview else {
        bail!(
            "LifecyclePolicyPreviewNotFoundException",
            "There is no preview of the lifecycle policy of {}",
            place.repository
        );
    };
    let asked = ImageId::all(params)?;
    let is_asked = |digest: &String| {
        let is_it = |id: &ImageId<'_>| {
            id.find(repository).is_ok_and(|stored| stored.manifest.digest == *digest)
        };
        asked.as_ref().is_none_or(|ids| ids.iter().any(is_it))
    };
    let results: Vec<Value> = preview
        .iter()
        .filter(|digest| is_asked(digest))
        .map(|digest| {
            json!({ "imageDigest": digest, "action": { "type": "EXPIRE" }, "appliedRulePriority": 1 })
        })
        .collect();
    Ok(json!({
        "registryId": place.account,
        "repositoryName": place.repository,
        "status": "COMPLETE",
        "previewResults": results,
    }))
}

/// Fails as a whole if one of `imageIds` is missing. Archived images are told
/// when asked for by id or by filter.
pub(super) fn describe_images(world: &World, params: Params<'_>) -> Answered {
    let place = place(params)?;
    let repository = repository(world, &place)?;
    if let Some(ids) = ImageId::all(params)? {
        if params.has("maxResults") || params.has("nextToken") {
            bail!("InvalidParameterException", "maxResults and nextToken do not go with imageIds");
        }
        let details = ids
            .iter()
            .map(|id| match id.find(repository) {
                Ok(stored) => Ok(detail(world, &place, repository, stored)),
                Err(_) => Err(AwsError::new(
                    "ImageNotFoundException",
                    format!(
                        "The image with imageId {{imageDigest:'{}', imageTag:'{}'}} does not exist \
                         within the repository with name '{}' in the registry with id '{}'",
                        id.digest.unwrap_or("null"),
                        id.tag.unwrap_or("null"),
                        place.repository,
                        place.account
                    ),
                )),
            })
            .collect::<Result<Vec<_>, _>>()?;
        return Ok(json!({ "imageDetails": details }));
    }
    let chosen: Vec<&Stored> = filtered(repository, params)?;
    let (chosen, next) = page(&chosen, params, params.page_size(1000, 100)?)?;
    let details: Vec<_> =
        chosen.into_iter().map(|image| detail(world, &place, repository, image)).collect();
    Ok(present(json!({ "imageDetails": details, "nextToken": next })))
}

fn filtered<'a>(repository: &'a Repository, params: Params<'_>) -> Answered<Vec<&'a Stored>> {
    let filter = params.object("filter")?;
    let read = |name| filter.map_or(Ok(None), |filter| filter.text(name));
    let tagged = match read("tagStatus")?.unwrap_or("ANY") {
        "ANY" => None,
        "TAGGED" => Some(true),
        "UNTAGGED" => Some(false),
        other => return Err(AwsError::invalid(format!("tagStatus {other:?}"))),
    };
    let archived = match read("imageStatus")?.unwrap_or("ACTIVE") {
        "ANY" => None,
        "ACTIVE" => Some(false),
        "ARCHIVED" => Some(true),
        "ACTIVATING" => return Ok(Vec::new()),
        other => return Err(AwsError::invalid(format!("imageStatus {other:?}"))),
    };
    let with_tags = repository.tagged();
    let matches = |image: &&Stored| {
        let is_tagged = with_tags.contains(image.manifest.digest.as_str());
        tagged.is_none_or(|wanted| wanted == is_tagged)
            && archived.is_none_or(|wanted| wanted == image.archived.is_some())
    };
    Ok(repository.images.iter().filter(matches).collect())
}

fn detail(world: &World, place: &Place, repository: &Repository, image: &Stored) -> Value {
    let digest = image.manifest.digest.as_str();
    let tags = repository.tags_of(digest);
    let artifact = image.manifest.artifact_type.as_str();
    present(json!({
        "registryId": place.account,
        "repositoryName": place.repository,
        "imageDigest": digest,
        "imageTags": (!tags.is_empty()).then_some(tags),
        "imageSizeInBytes": image.bytes,
        "imagePushedAt": world.calendar.stamp(image.pushed),
        "imageManifestMediaType": image.manifest.media_type,
        "artifactMediaType": (!artifact.is_empty()).then_some(artifact),
        "imageStatus": image.archived.map_or("ACTIVE", |_| "ARCHIVED"),
        "lastArchivedAt": image.archived.map(|at| world.calendar.stamp(at)),
    }))
}

/// Works for layers and config blobs alike.
pub(super) fn get_download_url(world: &World, params: Params<'_>, base: Option<&str>) -> Answered {
    let place = place(params)?;
    let repository = repository(world, &place)?;
    let digest = params.required_text("layerDigest")?;
    if !repository.blobs.contains(digest) {
        return Err(AwsError::new(
            "LayersNotFoundException",
            format!(
                "The layer with digest '{digest}' does not exist in the repository with name '{}' \
                 in the registry with id '{}'",
                place.repository, place.account
            ),
        ));
    }
    let region = params.region;
    let host = base.map_or_else(
        || format!("https://prod-{region}-starport-layer-bucket.s3.{region}.amazonaws.com"),
        str::to_owned,
    );
    let url = format!(
        "{host}/{account}/{digest}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=3600\
         &X-Amz-Signature=0123456789abcdef",
        account = place.account
    );
    Ok(json!({ "downloadUrl": url, "layerDigest": digest }))
}
