//! What CodeDeploy has on record of a service: the newest deployments of its group, what
//! each of them deployed, and which images that is.
//!
//! CodeDeploy keeps no digests: see [`images`].

use std::collections::HashMap;

use futures_util::future::{join_all, try_join_all};

use super::images;
use super::revisions::{self, Unread};
use crate::aws::{Answer, Clients, CodeDeploy, DEPLOYMENTS};
use crate::codedeploy::{Deployment, DeploymentGroup, Past, Recorded, Revision, record};
use crate::gather::record::Read;
use crate::request::Target;
use crate::service::{DeploymentId, Service, TaskDefinitionArn};

/// So many deployments are looked at, the newest; each costs up to two reads.
const NEWEST: usize = 50;
/// So many reads are sent at once: CodeDeploy throttles early.
pub(super) const AT_ONCE: usize = 10;

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
    let Recorded { deployments, mut revisions, before, moving, running, task_sets } =
        record(service, &past);
    images::look(clients, target, &task_sets, &mut revisions).await?;
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
