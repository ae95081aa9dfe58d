//! Which images earlier deployments by CodeDeploy brought, which keeps no digests.
//!
//! The tasks of what still runs show theirs. Of all else only what the tag in its
//! definition names now is known, and when that was pushed: it may have been another image
//! then.

use std::collections::{BTreeMap, HashMap};
use std::time::SystemTime;

use futures_util::{StreamExt as _, TryStreamExt as _};

use crate::aws::{Answer, Cause, Clients, ImageId, side_by_side};
use crate::ecs::{ContainerImage, DigestSource, Service, TaskSetId};
use crate::history::{PastRevision, RevisionId};
use crate::image::{Digest, EcrRepository, ImageReference};
use crate::read::optional::why;
use crate::read::service_reads::ServiceReads;
use crate::task_definition::TaskDefinition;
use crate::version::ImageTag;

/// `BatchGetImage` and `DescribeImages` take so many ids.
const IMAGES: usize = 100;

/// What ECR has of an image.
struct Stored {
    tag: Option<ImageTag>,
    digest: Digest,
    pushed_at: Option<SystemTime>,
}

/// Gives `revisions` their images, with what is known of each. `started` is what the tasks
/// of a revision were started from, where that was read.
pub(super) async fn look<'a>(
    clients: &Clients,
    reads: &ServiceReads<'_>,
    started: impl Fn(&RevisionId) -> Option<&'a [ContainerImage]>,
    revisions: &mut [PastRevision],
) -> Answer<()> {
    let spelled = in_definitions(reads, revisions).await?;
    for revision in revisions.iter_mut() {
        let arn = revision.definition.as_ref();
        let images = arn.and_then(|arn| spelled.get(arn.as_str()));
        revision.images = images.cloned().unwrap_or_default();
        let started = started(&revision.id).unwrap_or_default();
        for image in &mut revision.images {
            let own = started.iter().find(|it| it.container == image.container);
            image.digest = own.and_then(|it| it.digest.clone()).or(image.digest.take());
        }
    }
    let stored = in_ecr(clients, revisions.iter().flat_map(|it| &it.images)).await;
    for image in revisions.iter_mut().flat_map(|it| &mut it.images) {
        settle(image, &stored);
    }
    Ok(())
}

/// The images in the definitions of `revisions`, by the definition. One that is gone has
/// none; where one can't be read, it is not known what was deployed.
async fn in_definitions(
    reads: &ServiceReads<'_>,
    revisions: &[PastRevision],
) -> Answer<HashMap<String, Vec<ContainerImage>>> {
    let mut names: Vec<&str> =
        revisions.iter().filter_map(|it| Some(it.definition.as_ref()?.as_str())).collect();
    names.sort_unstable();
    names.dedup();
    let images = names.into_iter().map(async |name| {
        let definition = match reads.task_definition(name).await {
            Ok(raw) => TaskDefinition::from_describe(&raw).ok(),
            Err(error) if error.cause == Cause::Refused => None,
            Err(error) => return Err(error),
        };
        let containers = definition.iter().flat_map(TaskDefinition::containers);
        let own = containers.map(|it| spelled(it.name, it.image.unwrap_or_default()));
        Ok((name.to_owned(), own.collect()))
    });
    side_by_side(images).try_collect().await
}

/// An image as a definition spells it.
fn spelled(container: &str, image: &str) -> ContainerImage {
    let reference: Option<ImageReference> = image.parse().ok();
    ContainerImage {
        container: container.to_owned(),
        image: image.to_owned(),
        digest: reference.and_then(|it| it.digest().cloned()),
        source: DigestSource::Ecs,
        pushed_at: None,
    }
}

/// What the tasks of the service's task sets were started from. Where they can't be read,
/// there is still the tag.
pub(super) async fn by_tasks(
    reads: &ServiceReads<'_>,
    service: &Service,
) -> HashMap<TaskSetId, Vec<ContainerImage>> {
    let sets = service.deployments.iter().map(|set| &set.id);
    let read = sets.map(async |set| Some((set.clone(), reads.images_of_tasks(set).await.ok()?)));
    side_by_side(read).collect::<Vec<_>>().await.into_iter().flatten().collect()
}

/// How an image is asked for, and where: by its digest where that is known, else by its
/// tag; `None` where it does not lie in ECR.
fn place(image: &ContainerImage) -> Option<(String, EcrRepository, ImageId)> {
    let reference: ImageReference = image.image.parse().ok()?;
    let repository = EcrRepository::of_image(&reference)?;
    let id = match &image.digest {
        Some(digest) => ImageId::Digest(digest.clone()),
        None => ImageId::Tag(reference.tag()?.clone()),
    };
    Some((reference.repository_uri(), repository, id))
}

/// What ECR has of these images, by their repository.
async fn in_ecr(
    clients: &Clients,
    images: impl Iterator<Item = &ContainerImage>,
) -> HashMap<String, Answer<Vec<Stored>>> {
    let mut wanted: BTreeMap<String, (EcrRepository, Vec<ImageId>)> = BTreeMap::new();
    for (key, repository, id) in images.filter_map(place) {
        let (_, ids) = wanted.entry(key).or_insert_with(|| (repository, Vec::new()));
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let read = wanted.into_iter().map(|(key, (repository, ids))| async move {
        (key, in_repository(clients, &repository, &ids).await)
    });
    side_by_side(read).collect().await
}

async fn in_repository(
    clients: &Clients,
    repository: &EcrRepository,
    ids: &[ImageId],
) -> Answer<Vec<Stored>> {
    let ecr = clients.ecr(&repository.region);
    let mut stored = Vec::new();
    for some in ids.chunks(IMAGES) {
        let found = ecr.images(repository, some).await?;
        let mut digests: Vec<Digest> = found.iter().map(|it| it.digest.clone()).collect();
        digests.sort_unstable();
        digests.dedup();
        if digests.is_empty() {
            continue;
        }
        // Without it nothing more is certain, but nothing is wrong.
        let pushed = ecr.pushed_at(repository, &digests).await.unwrap_or_default();
        stored.extend(found.into_iter().map(|it| Stored {
            pushed_at: pushed.get(&it.digest).copied(),
            tag: it.tag,
            digest: it.digest,
        }));
    }
    Ok(stored)
}

fn settle(image: &mut ContainerImage, stored: &HashMap<String, Answer<Vec<Stored>>>) {
    let is_known = image.digest.is_some();
    let Some((key, _, id)) = place(image) else {
        if !is_known {
            image.source = DigestSource::Nobody("its image is not in ECR".to_owned());
        }
        return;
    };
    let found = match stored.get(&key) {
        Some(Ok(found)) => found.iter().find(|it| match &id {
            ImageId::Tag(tag) => it.tag.as_ref() == Some(tag),
            ImageId::Digest(digest) => it.digest == *digest,
        }),
        Some(Err(error)) if !is_known => {
            image.source = DigestSource::Nobody(why(error));
            return;
        }
        Some(Err(_)) | None => None,
    };
    image.pushed_at = found.and_then(|it| it.pushed_at);
    if !is_known {
        image.digest = found.map(|it| it.digest.clone());
        image.source = match found {
            Some(_) => DigestSource::Tag,
            None => DigestSource::Nobody("its tag is not in ECR".to_owned()),
        };
    }
}
