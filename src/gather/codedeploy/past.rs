//! What CodeDeploy has on record of a service: the newest deployments of its group, what
//! each of them deployed, and which images that is.
//!
//! CodeDeploy keeps no digests. The image of an earlier deployment is what the tag in its
//! definition names now, but for what still runs, whose tasks know.

use std::collections::{BTreeMap, HashMap};

use futures_util::future::{join_all, try_join_all};

use super::revisions::{self, Unread};
use crate::aws::{Answer, Clients, CodeDeploy, DEPLOYMENTS, ImageId};
use crate::codedeploy::{Deployment, DeploymentGroup, Past, Recorded, Revision, record};
use crate::gather::record::Read;
use crate::image::{Digest, EcrRepository, ImageReference};
use crate::request::Target;
use crate::service::{ContainerImage, DeploymentId, Service, ServiceRevision, TaskDefinitionArn};
use crate::task_definition::TaskDefinition;

/// So many deployments are looked at, the newest; each costs up to two reads.
const NEWEST: usize = 50;
/// So many reads are sent at once: CodeDeploy throttles early.
const AT_ONCE: usize = 10;
/// `BatchGetImage` takes so many ids.
const IMAGES: usize = 100;

/// Reads the record of `service`.
pub(in crate::gather) async fn read(
    clients: &Clients,
    target: &Target,
    service: &Service,
    group: &DeploymentGroup,
) -> Answer<Read> {
    let codedeploy = clients.codedeploy(&target.region);
    let (deployments, is_cut) = deployments(&codedeploy, group).await?;
    let past = what_they_deployed(&codedeploy, group, deployments).await?;
    let Recorded { deployments, mut revisions, before, moving, running } = record(service, &past);
    let (images, from_tasks) =
        tokio::join!(images_of(clients, target, &revisions), from_tasks(clients, target, service));
    for revision in &mut revisions {
        let arn = revision.task_definition.as_ref();
        revision.images = arn.and_then(|arn| images.get(arn.as_str()).cloned()).unwrap_or_default();
    }
    pin_what_runs(&mut revisions, &from_tasks);
    let sources = before.into_iter().map(|it| it.arn).collect();
    Ok(Read { deployments, revisions, sources, is_cut, moving: Some(moving), running })
}

/// The newest deployments of a group, and whether there are older ones.
async fn deployments(
    codedeploy: &CodeDeploy,
    group: &DeploymentGroup,
) -> Answer<(Vec<Deployment>, bool)> {
    let mut ids: Vec<DeploymentId> = Vec::new();
    let mut next = None;
    loop {
        let (page, token) = codedeploy.deployment_ids(&group.name, next).await?;
        ids.extend(page);
        next = token;
        if next.is_none() || ids.len() >= NEWEST {
            break;
        }
    }
    let is_cut = next.is_some() || ids.len() > NEWEST;
    ids.truncate(NEWEST);
    let read = ids.chunks(DEPLOYMENTS).map(|some| codedeploy.deployments(some));
    Ok((try_join_all(read).await?.concat(), is_cut))
}

/// What the AppSpec of each names, each AppSpec read once. One that is no longer there
/// leaves its deployment without a definition.
async fn what_they_deployed(
    codedeploy: &CodeDeploy,
    group: &DeploymentGroup,
    deployments: Vec<Deployment>,
) -> Answer<Vec<Past>> {
    let mut named: HashMap<Revision, Option<TaskDefinitionArn>> = HashMap::new();
    let mut asked: Vec<&Deployment> = Vec::new();
    for deployment in deployments.iter().filter(|it| it.rolls_back.is_none()) {
        let is_known = |it: &&Deployment| it.revision == deployment.revision;
        if !asked.iter().any(is_known) {
            asked.push(deployment);
        }
    }
    for some in asked.chunks(AT_ONCE) {
        let application = &group.name.application;
        let read = join_all(some.iter().map(|it| revisions::of(codedeploy, application, it))).await;
        for (deployment, app_spec) in some.iter().zip(read) {
            let definition = match app_spec {
                Ok(app_spec) => app_spec.task_definition().and_then(|arn| arn.parse().ok()),
                Err(Unread::Call(error)) => return Err(error),
                Err(
                    Unread::Elsewhere(_)
                    | Unread::Gone
                    | Unread::OnlyWayBack
                    | Unread::Illegible(_),
                ) => None,
            };
            named.extend(deployment.revision.clone().map(|revision| (revision, definition)));
        }
    }
    let of = |deployment: &Deployment| named.get(deployment.revision.as_ref()?).cloned().flatten();
    Ok(deployments
        .into_iter()
        .map(|deployment| Past { definition: of(&deployment), deployment })
        .collect())
}

/// The images in the definitions of `revisions`, by the definition.
async fn images_of(
    clients: &Clients,
    target: &Target,
    revisions: &[ServiceRevision],
) -> HashMap<String, Vec<ContainerImage>> {
    let ecs = clients.ecs(&target.region);
    let mut names: Vec<&str> =
        revisions.iter().filter_map(|it| Some(it.task_definition.as_ref()?.as_str())).collect();
    names.sort_unstable();
    names.dedup();
    let mut images: HashMap<String, Vec<ContainerImage>> = HashMap::new();
    for some in names.chunks(AT_ONCE) {
        let read = join_all(some.iter().map(|name| ecs.task_definition(name))).await;
        for (name, raw) in some.iter().zip(read) {
            let definition = raw.ok().and_then(|raw| TaskDefinition::from_describe(&raw).ok());
            let containers = definition.iter().flat_map(TaskDefinition::containers);
            let own = containers.map(|container| ContainerImage {
                container: container.name.to_owned(),
                image: container.image.unwrap_or_default().to_owned(),
                digest: None,
            });
            images.insert((*name).to_owned(), own.collect());
        }
    }
    let now = tags_now(clients, images.values().flatten()).await;
    for image in images.values_mut().flatten() {
        image.digest = now.get(&image.image).cloned();
    }
    images
}

/// What the tags of these images name now, by the reference; what is not there, or may
/// not be read, is left out.
async fn tags_now(
    clients: &Clients,
    images: impl Iterator<Item = &ContainerImage>,
) -> HashMap<String, Digest> {
    let mut wanted: BTreeMap<String, (EcrRepository, Vec<(String, ImageId)>)> = BTreeMap::new();
    for image in images {
        let Ok(reference) = image.image.parse::<ImageReference>() else { continue };
        let (Some(repository), Some(tag)) = (EcrRepository::of_image(&reference), reference.tag())
        else {
            continue;
        };
        let key = reference.repository_uri();
        let (_, ids) = wanted.entry(key).or_insert_with(|| (repository, Vec::new()));
        let id = (image.image.clone(), ImageId::Tag(tag.clone()));
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let mut now = HashMap::new();
    for (repository, ids) in wanted.into_values() {
        for some in ids.chunks(IMAGES) {
            let asked: Vec<ImageId> = some.iter().map(|(_, id)| id.clone()).collect();
            let ecr = clients.ecr(&repository.region);
            let found = ecr.images(&repository, &asked).await.unwrap_or_default();
            for (reference, id) in some {
                let ImageId::Tag(tag) = id else { continue };
                let named = found.iter().find(|it| it.tag.as_ref() == Some(tag));
                now.extend(named.map(|it| (reference.clone(), it.digest.clone())));
            }
        }
    }
    now
}

/// What the tasks of the service's task sets were started from, by their definition.
async fn from_tasks(
    clients: &Clients,
    target: &Target,
    service: &Service,
) -> Vec<(TaskDefinitionArn, Vec<ContainerImage>)> {
    let ecs = clients.ecs(&target.region);
    let read = service.deployments.iter().map(|set| {
        let ecs = &ecs;
        async move {
            let images = ecs.images_of_tasks(target, &set.id).await;
            Some((set.task_definition.clone()?, images.ok()?))
        }
    });
    join_all(read).await.into_iter().flatten().collect()
}

/// Tasks know better than tags, which may have moved since.
fn pin_what_runs(
    revisions: &mut [ServiceRevision],
    from_tasks: &[(TaskDefinitionArn, Vec<ContainerImage>)],
) {
    for revision in revisions {
        let of_it = |(definition, _): &&(TaskDefinitionArn, _)| {
            revision.task_definition.as_ref() == Some(definition)
        };
        let Some((_, started)) = from_tasks.iter().find(of_it) else { continue };
        for image in &mut revision.images {
            let same = started.iter().find(|it| it.container == image.container);
            image.digest = same.and_then(|it| it.digest.clone()).or(image.digest.take());
        }
    }
}
