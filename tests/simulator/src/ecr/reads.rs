//! ECR's reading operations.

use serde_json::{Map, Value, json};

use crate::ecr::Call;
use crate::ecr::registry::{Place, Repository, Stored};
use crate::wire::{AwsError, Params, page, put};

fn place(call: &Call<'_>, params: Params<'_>) -> Result<Place, AwsError> {
    Ok(Place {
        account: params.text("registryId")?.unwrap_or(call.account).to_owned(),
        region: call.region.to_owned(),
        repository: params.required_text("repositoryName")?.to_owned(),
    })
}

fn repository<'a>(call: &Call<'a>, place: &Place) -> Result<&'a Repository, AwsError> {
    call.registry.repository(place).ok_or_else(|| {
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
            return Err(AwsError::invalid("imageIds: at most 100 image identifiers"));
        }
        let read = |value: &'a Value| {
            let map = value.as_object().ok_or_else(|| {
                AwsError::new("SerializationException", "imageIds holds something else")
            })?;
            let id = Params(map);
            Ok(Self { tag: id.text("imageTag")?, digest: id.text("imageDigest")? })
        };
        list.iter().map(read).collect::<Result<_, _>>().map(Some)
    }

    fn json(&self) -> Map<String, Value> {
        let mut map = Map::new();
        put(&mut map, "imageDigest", self.digest);
        put(&mut map, "imageTag", self.tag);
        map
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
fn is_tag(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let mut bytes = text.bytes();
    bytes.next().is_some_and(word)
        && bytes.all(|b| word(b) || b == b'.' || b == b'-')
        && text.len() <= 128
}

/// Answers for each image by itself. An archived image cannot be pulled, and is
/// reported as one that is not there.
pub(super) fn batch_get_image(call: &Call<'_>, params: Params<'_>) -> Result<Value, AwsError> {
    let place = place(call, params)?;
    let repository = repository(call, &place)?;
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
                image_id.insert("imageDigest".into(), json!(manifest.digest));
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
pub(super) fn describe_image_scan_findings(
    call: &Call<'_>,
    params: Params<'_>,
) -> Result<Value, AwsError> {
    let place = place(call, params)?;
    let repository = repository(call, &place)?;
    let id = params.object("imageId")?.ok_or_else(|| AwsError::invalid("imageId is required"))?;
    let id = ImageId { tag: id.text("imageTag")?, digest: id.text("imageDigest")? };
    let stored = id
        .find(repository)
        .map_err(|(_, reason)| AwsError::new("ImageNotFoundException", reason))?;
    let digest = &stored.manifest.digest;
    let Some(scan) = repository.scans.get(digest) else {
        let message = format!("Image scan does not exist for the image with '{digest}'");
        return Err(AwsError::new("ScanNotFoundException", message));
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
pub(super) fn get_lifecycle_policy_preview(
    call: &Call<'_>,
    params: Params<'_>,
) -> Result<Value, AwsError> {
    let place = place(call, params)?;
    let repository = repository(call, &place)?;
    let Some(preview) = &repository.preview else {
        return Err(AwsError::new(
            "LifecyclePolicyPreviewNotFoundException",
            format!("There is no preview of the lifecycle policy of {}", place.repository),
        ));
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
pub(super) fn describe_images(call: &Call<'_>, params: Params<'_>) -> Result<Value, AwsError> {
    let place = place(call, params)?;
    let repository = repository(call, &place)?;
    if let Some(ids) = ImageId::all(params)? {
        if params.0.contains_key("maxResults") || params.0.contains_key("nextToken") {
            return Err(AwsError::invalid("maxResults and nextToken do not go with imageIds"));
        }
        let details = ids
            .iter()
            .map(|id| match id.find(repository) {
                Ok(stored) => Ok(detail(call, &place, repository, stored)),
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
    let mut answer = Map::new();
    let details: Vec<_> =
        chosen.into_iter().map(|image| detail(call, &place, repository, image)).collect();
    answer.insert("imageDetails".into(), Value::Array(details));
    put(&mut answer, "nextToken", next);
    Ok(Value::Object(answer))
}

fn filtered<'a>(
    repository: &'a Repository,
    params: Params<'_>,
) -> Result<Vec<&'a Stored>, AwsError> {
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

fn detail(call: &Call<'_>, place: &Place, repository: &Repository, image: &Stored) -> Value {
    let mut detail = Map::new();
    put(&mut detail, "registryId", Some(place.account.as_str()));
    put(&mut detail, "repositoryName", Some(place.repository.as_str()));
    put(&mut detail, "imageDigest", Some(image.manifest.digest.as_str()));
    let tags = repository.tags_of(&image.manifest.digest);
    put(&mut detail, "imageTags", (!tags.is_empty()).then_some(tags));
    put(&mut detail, "imageSizeInBytes", Some(image.bytes));
    put(&mut detail, "imagePushedAt", Some(call.calendar.stamp(image.pushed)));
    put(&mut detail, "imageManifestMediaType", Some(image.manifest.media_type.as_str()));
    let artifact = image.manifest.artifact_type.as_str();
    put(&mut detail, "artifactMediaType", (!artifact.is_empty()).then_some(artifact));
    put(&mut detail, "imageStatus", Some(image.archived.map_or("ACTIVE", |_| "ARCHIVED")));
    put(&mut detail, "lastArchivedAt", image.archived.map(|at| call.calendar.stamp(at)));
    Value::Object(detail)
}

pub(super) fn list_images(call: &Call<'_>, params: Params<'_>) -> Result<Value, AwsError> {
    let place = place(call, params)?;
    let repository = repository(call, &place)?;
    let mut ids = Vec::new();
    for image in filtered(repository, params)? {
        let digest = image.manifest.digest.as_str();
        let tags = repository.tags_of(digest);
        if tags.is_empty() {
            ids.push(json!({ "imageDigest": digest }));
        }
        for tag in tags {
            ids.push(json!({ "imageDigest": digest, "imageTag": tag }));
        }
    }
    let (ids, next) = page(&ids, params, params.page_size(1000, 100)?)?;
    let mut answer = Map::new();
    answer.insert("imageIds".into(), Value::Array(ids));
    put(&mut answer, "nextToken", next);
    Ok(Value::Object(answer))
}

pub(super) fn describe_repositories(
    call: &Call<'_>,
    params: Params<'_>,
) -> Result<Value, AwsError> {
    let account = params.text("registryId")?.unwrap_or(call.account);
    let names = params.texts("repositoryNames")?.unwrap_or_default();
    let mut found = Vec::new();
    for name in names {
        let place = Place {
            account: account.to_owned(),
            region: call.region.to_owned(),
            repository: name.to_owned(),
        };
        let immutable = repository(call, &place)?.is_immutable();
        let region = call.region;
        found.push(json!({
            "repositoryArn": format!("arn:aws:ecr:{region}:{account}:repository/{name}"),
            "registryId": account,
            "repositoryName": name,
            "repositoryUri": format!("{account}.dkr.ecr.{region}.amazonaws.com/{name}"),
            "imageTagMutability": if immutable { "IMMUTABLE" } else { "MUTABLE" },
        }));
    }
    Ok(json!({ "repositories": found }))
}

/// Works for layers and config blobs alike.
pub(super) fn get_download_url(call: &Call<'_>, params: Params<'_>) -> Result<Value, AwsError> {
    let place = place(call, params)?;
    let repository = repository(call, &place)?;
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
    let region = call.region;
    let host = call.base.map_or_else(
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
