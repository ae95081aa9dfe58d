//! What ECS has on record of a service: its deployments and the revisions that they brought.

use std::collections::HashMap;

use super::optional::optional;
use super::service_deployments::{DeploymentList, each_once, named_by, told_in_short};
use super::service_reads::ServiceReads;
use crate::aws::Answer;
use crate::ecs::{Service, ServiceDeploymentArn, TaskDefinitionArn};
use crate::history::{Coverage, DeploymentRecord, RevisionId, record_of_service};
use crate::plan::Fact;

/// Describes what was listed: every revision, and the deployments that are told in short.
pub(super) async fn describe(
    reads: &ServiceReads<'_>,
    service: &Service,
    listed: Answer<DeploymentList>,
) -> Answer<DeploymentRecord> {
    let listed = listed?;
    let in_short: Vec<ServiceDeploymentArn> = told_in_short(&listed).collect();
    let named = each_once(named_by(&listed.deployments));
    let (described, revisions) =
        tokio::join!(reads.deployments(&in_short), reads.revisions(&named));
    revisions?;
    let mut described: HashMap<_, _> =
        described?.into_iter().map(|it| (it.arn.clone(), it)).collect();
    let DeploymentList { mut deployments, is_cut } = listed;
    for deployment in &mut deployments {
        if let Some(whole) = described.remove(&deployment.arn) {
            *deployment = whole;
        }
    }
    let oldest = deployments.last().filter(|_| !is_cut);
    let sources = oldest.map(|it| it.sources.as_slice()).unwrap_or_default();
    // Only now is it known where the oldest one came from.
    let revisions = reads.revisions(&each_once(named_by(&deployments).chain(sources))).await?;
    let coverage = match is_cut {
        true => Coverage::Cut,
        false => Coverage::End { sources: sources.iter().map(RevisionId::from).collect() },
    };
    Ok(record_of_service(service, &deployments, revisions, coverage))
}

/// Whether the newest revision, which the service does not run, was deployed here before.
pub(super) async fn was_left(
    reads: &ServiceReads<'_>,
    service: &Service,
    newest: Option<&TaskDefinitionArn>,
    history: &Fact<DeploymentList>,
) -> bool {
    let (Some(newest), Some(listed)) = (newest, history.known()) else { return false };
    if service.task_definition.as_ref() == Some(newest) {
        return false;
    }
    let named = each_once(named_by(&listed.deployments));
    let read = optional(async { reads.revisions(&named).await.map(Some) }).await;
    read.known().is_some_and(|all| all.iter().any(|it| it.task_definition.as_ref() == Some(newest)))
}
