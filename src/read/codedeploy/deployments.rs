//! What CodeDeploy has on record of a service: the newest deployments of its group, what
//! each of them deployed, and which images that is.
//!
//! CodeDeploy keeps no digests: see [`images`].

use std::cmp::Reverse;
use std::collections::HashMap;

use futures_util::{StreamExt as _, TryStreamExt as _};

use super::images;
use super::revisions::{self, Unread};
use crate::aws::{Answer, CallError, Cause, Clients, CodeDeploy, DEPLOYMENTS, side_by_side};
use crate::codedeploy::{Deployment, DeploymentGroup, Revision};
use crate::ecs::{CodeDeployId, Service, TaskDefinitionArn};
use crate::history::{DeploymentRecord, GroupDeployment, RevisionId, record_of_group};
use crate::read::service_reads::ServiceReads;

/// So many deployments are looked at, the newest; each costs up to two reads.
const NEWEST: usize = 50;
/// A group that does not list the newest first has no record that can be read in time if it
/// has more than these.
const MOST: usize = 1000;

/// Reads the record of `service`.
pub(crate) async fn record(
    clients: &Clients,
    reads: &ServiceReads<'_>,
    service: &Service,
    group: &DeploymentGroup,
) -> Answer<DeploymentRecord> {
    let (of_group, started) =
        tokio::join!(newest_of(clients, reads, group), images::by_tasks(reads, service));
    let (all, is_cut) = of_group?;
    let (mut record, task_sets) = record_of_group(service, &all, is_cut);
    let started = |revision: &RevisionId| started.get(task_sets.get(revision)?).map(Vec::as_slice);
    images::look(clients, reads, started, &mut record.revisions).await?;
    Ok(record)
}

/// The newest deployments of the group, with what each deployed and whether it succeeded;
/// and whether there are older ones.
async fn newest_of(
    clients: &Clients,
    reads: &ServiceReads<'_>,
    group: &DeploymentGroup,
) -> Answer<(Vec<GroupDeployment>, bool)> {
    let codedeploy = clients.codedeploy(&reads.target.region);
    let (deployments, is_cut) = Box::pin(newest(&codedeploy, group)).await?;
    let succeeded = deployments.iter().map(|it| codedeploy.succeeded(it, reads.target));
    let (definitions, succeeded) = tokio::join!(
        what_they_deployed(&codedeploy, group, &deployments),
        side_by_side(succeeded).collect::<Vec<_>>(),
    );
    let definitions = definitions?;
    let all = deployments
        .into_iter()
        .zip(succeeded)
        .map(|(deployment, succeeded)| {
            let revision = deployment.revision.as_ref();
            let definition = revision.and_then(|it| definitions.get(it).cloned().flatten());
            GroupDeployment { deployment, definition, succeeded }
        })
        .collect();
    Ok((all, is_cut))
}

/// The newest deployments of a group, and whether there are older ones. That the newest are
/// listed first is not documented: where they are not, all are read. The very newest one may
/// not be listed yet, and is named by the group.
pub(super) async fn newest(
    codedeploy: &CodeDeploy,
    group: &DeploymentGroup,
) -> Answer<(Vec<Deployment>, bool)> {
    let mut listed = DeploymentIds::default();
    listed.read(codedeploy, group, NEWEST).await?;
    let attempted = group.last_attempted.as_ref().map(|(id, _)| id.clone());
    let named = attempted.filter(|id| !listed.ids.contains(id));
    let first: Vec<CodeDeployId> =
        named.iter().chain(listed.ids.iter().take(NEWEST)).cloned().collect();
    let mut found = described(codedeploy, &first).await?;
    if !are_newest_first(&first, &found) && (listed.has_more() || listed.ids.len() > NEWEST) {
        listed.read(codedeploy, group, MOST).await?;
        if listed.has_more() {
            return Err(CallError {
                action: "codedeploy:ListDeployments",
                cause: Cause::Unclear,
                code: None,
                message: "more than 1,000 deployments, and not the newest first".to_owned(),
                hint: None,
            });
        }
        found.extend(described(codedeploy, listed.ids.get(NEWEST..).unwrap_or_default()).await?);
    }
    let is_cut = listed.has_more() || named.iter().len() + listed.ids.len() > NEWEST;
    found.sort_by_key(|it| Reverse(it.created_at));
    found.truncate(NEWEST);
    Ok((found, is_cut))
}

/// The ids that `ListDeployments` gave, in its order.
#[derive(Default)]
struct DeploymentIds {
    ids: Vec<CodeDeployId>,
    has_begun: bool,
    next: Option<String>,
}

impl DeploymentIds {
    fn has_more(&self) -> bool {
        self.next.is_some()
    }

    /// Reads on until there are so many, or all.
    async fn read(
        &mut self,
        codedeploy: &CodeDeploy,
        group: &DeploymentGroup,
        until: usize,
    ) -> Answer<()> {
        while self.ids.len() < until && (self.has_more() || !self.has_begun) {
            let (page, next) = codedeploy.deployment_ids(&group.name, self.next.take()).await?;
            self.ids.extend(page);
            (self.next, self.has_begun) = (next, true);
        }
        Ok(())
    }
}

async fn described(codedeploy: &CodeDeploy, ids: &[CodeDeployId]) -> Answer<Vec<Deployment>> {
    let parts = ids.chunks(DEPLOYMENTS).map(|some| codedeploy.deployments(some));
    side_by_side(parts).try_concat().await
}

/// Whether the times of `found` fall, in the order of `ids`.
fn are_newest_first(ids: &[CodeDeployId], found: &[Deployment]) -> bool {
    let created = |id: &CodeDeployId| found.iter().find(|it| it.id == *id)?.created_at;
    ids.iter().filter_map(created).is_sorted_by(|one, next| one >= next)
}

/// What the AppSpec of each revision names, each AppSpec read once. One that is no longer
/// there names nothing.
async fn what_they_deployed(
    codedeploy: &CodeDeploy,
    group: &DeploymentGroup,
    deployments: &[Deployment],
) -> Answer<HashMap<Revision, Option<TaskDefinitionArn>>> {
    let mut asked: Vec<&Deployment> = Vec::new();
    for deployment in deployments.iter().filter(|it| it.rolls_back.is_none()) {
        let is_known = |it: &&Deployment| it.revision == deployment.revision;
        if !asked.iter().any(is_known) {
            asked.push(deployment);
        }
    }
    let named = asked.into_iter().map(async |deployment| {
        let app_spec = revisions::of(codedeploy, &group.name.application, deployment).await;
        let definition = match app_spec {
            Ok(app_spec) => app_spec.task_definition().and_then(|arn| arn.parse().ok()),
            Err(Unread::Call(error)) => return Err(error),
            Err(
                Unread::Elsewhere(_) | Unread::Gone | Unread::OnlyWayBack | Unread::Illegible(_),
            ) => None,
        };
        Ok(deployment.revision.clone().map(|revision| (revision, definition)))
    });
    let named: Vec<_> = side_by_side(named).try_collect().await?;
    Ok(named.into_iter().flatten().collect())
}
