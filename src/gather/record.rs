//! What ECS has on record of a service: its deployments of the last 90 days and
//! the revisions that they brought.

use futures_util::future::try_join_all;

use crate::aws::{Answer, Ecs};
use crate::history::{History, Keeper, Reach, Record, revisions_named};
use crate::names::ContainerName;
use crate::request::Target;
use crate::service::{
    DeploymentId, Service, ServiceDeployment, ServiceDeploymentArn, ServiceRevision,
    ServiceRevisionArn,
};

/// `ListServiceDeployments` gives at most so many at once.
pub(super) const PAGE: i32 = 100;
/// A service with more deployments than these pages hold in 90 days has no
/// history that can be read in time.
const PAGES: usize = 10;
/// `DescribeServiceDeployments` and `DescribeServiceRevisions` take so many ARNs.
const AT_ONCE: usize = 20;

/// Service deployments, newest first, and whether there are older ones.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Listed {
    pub(super) deployments: Vec<ServiceDeployment>,
    pub(super) is_cut: bool,
}

/// The record, as far as it was read.
#[derive(Debug, Clone, Default)]
pub(super) struct Read {
    pub(super) deployments: Vec<ServiceDeployment>,
    pub(super) revisions: Vec<ServiceRevision>,
    pub(super) sources: Vec<ServiceRevisionArn>,
    pub(super) is_cut: bool,
    /// The service as this record names its deployments, where that is not how ECS
    /// names them.
    pub(super) moving: Option<Service>,
    /// What brought what runs, where that is not the primary deployment.
    pub(super) running: Option<DeploymentId>,
}

impl Read {
    /// What it means for `service`.
    pub(super) fn history(&self, service: &Service, containers: &[ContainerName]) -> History {
        let (reach, keeper) = match (&self.moving, self.is_cut) {
            (None, true) => (Reach::Cut, Keeper::Ecs),
            (None, false) => (Reach::End { sources: &self.sources }, Keeper::Ecs),
            (Some(_), true) => (Reach::Newest, Keeper::CodeDeploy),
            (Some(_), false) => (Reach::End { sources: &self.sources }, Keeper::CodeDeploy),
        };
        let record =
            Record { deployments: &self.deployments, revisions: &self.revisions, reach, keeper };
        let history = History::new(record, self.moving.as_ref().unwrap_or(service), containers);
        match &self.running {
            Some(deployment) => history.running(deployment),
            None => history,
        }
    }
}

/// All that ECS lists, page by page.
pub(super) async fn list(ecs: &Ecs, target: &Target) -> Answer<Listed> {
    let mut listed = Listed::default();
    let mut next = None;
    for _ in 0..PAGES {
        let (page, token) = ecs.list_service_deployments(target, PAGE, next).await?;
        listed.deployments.extend(page);
        next = token;
        if next.is_none() {
            return Ok(listed);
        }
    }
    Ok(Listed { is_cut: true, ..listed })
}

/// Describes what was listed, side by side: every revision, and of the
/// deployments those of which the list leaves out what matters (where a rollback
/// led to, and what the oldest one replaced).
pub(super) async fn describe(ecs: &Ecs, listed: Answer<Listed>) -> Answer<Read> {
    let Listed { mut deployments, is_cut } = listed?;
    let oldest = deployments.last().filter(|_| !is_cut).map(|it| it.arn.clone());
    let telling: Vec<ServiceDeploymentArn> = deployments
        .iter()
        .filter(|it| it.status.starts_with("ROLLBACK") || Some(&it.arn) == oldest.as_ref())
        .map(|it| it.arn.clone())
        .collect();
    let asked = revisions_named(&deployments, Reach::Cut);
    let (described, revisions) = tokio::join!(
        try_join_all(telling.chunks(AT_ONCE).map(|some| ecs.service_deployments(some))),
        try_join_all(asked.chunks(AT_ONCE).map(|some| ecs.service_revisions(some))),
    );
    let (described, mut revisions) = (described?.concat(), revisions?.concat());
    let oldest = oldest.and_then(|arn| described.iter().find(|it| it.arn == arn));
    let sources = oldest.map(|it| it.sources.clone()).unwrap_or_default();
    for deployment in &mut deployments {
        if let Some(whole) = described.iter().find(|it| it.arn == deployment.arn) {
            deployment.clone_from(whole);
        }
    }
    // Only now is it known where the oldest one came from.
    let unknown: Vec<ServiceRevisionArn> =
        revisions_named(&deployments, Reach::End { sources: &sources })
            .into_iter()
            .filter(|named| revisions.iter().all(|it| it.arn != *named))
            .collect();
    // One that was asked for already is not to be had.
    let missing: Vec<_> = unknown.into_iter().filter(|it| !asked.contains(it)).collect();
    for some in missing.chunks(AT_ONCE) {
        revisions.extend(ecs.service_revisions(some).await?);
    }
    Ok(Read { deployments, revisions, sources, is_cut, moving: None, running: None })
}
