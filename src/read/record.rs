//! What ECS has on record of a service: its deployments of the last 90 days and
//! the revisions that they brought.

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::optional;
use crate::aws::{Answer, Ecs};
use crate::ecs::{
    DeploymentId, Service, ServiceDeployment, ServiceDeploymentArn, ServiceRevision,
    ServiceRevisionArn, TaskDefinitionArn,
};
use crate::history::{Coverage, History, Record, RecordSource, revisions_named};
use crate::names::ContainerName;
use crate::plan::Fact;
use crate::request::Target;

/// `ListServiceDeployments` gives at most so many at once.
pub(super) const PAGE: i32 = 100;
/// A service with more deployments than these pages hold in 90 days has no
/// history that can be read in time.
const PAGES: usize = 10;
/// `DescribeServiceDeployments` and `DescribeServiceRevisions` take so many ARNs.
const AT_ONCE: usize = 20;
/// So many calls of each of the two are on their way at a time: a long history sent all
/// at once would be throttled.
const SIDE_BY_SIDE: usize = 4;

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
    pub(super) source: RecordSource,
    /// What the service is set to or on its way to, where this record has a name of its own
    /// for it.
    pub(super) primary: Option<DeploymentId>,
    /// What brought what runs, where that is not the primary deployment.
    pub(super) running: Option<DeploymentId>,
}

impl Listed {
    /// Whether the deployment that the service names as its newest is among them. ECS
    /// promises no order, so a page that is not all need not be the newest one.
    pub(super) fn has_the_newest(&self, service: &Service) -> bool {
        let newest = service.current_service_deployment.as_ref();
        newest.is_none_or(|newest| self.deployments.iter().any(|it| it.arn == *newest))
    }
}

impl Read {
    /// What it means for `service`.
    pub(super) fn history(&self, service: &Service, containers: &[ContainerName]) -> History {
        let coverage = match (self.source, self.is_cut) {
            (_, false) => Coverage::End { sources: &self.sources },
            (RecordSource::Ecs, true) => Coverage::Cut,
            (RecordSource::CodeDeploy, true) => Coverage::Newest,
        };
        let record = Record {
            deployments: &self.deployments,
            revisions: &self.revisions,
            coverage,
            primary: self.primary.as_ref(),
            source: self.source,
        };
        let history = History::new(record, service, containers);
        match &self.running {
            Some(deployment) => history.running(std::slice::from_ref(deployment)),
            None => history,
        }
    }
}

/// The newest service deployments: one page.
pub(super) async fn newest(ecs: &Ecs, target: &Target) -> Fact<Listed> {
    optional(async {
        let (deployments, older) = ecs.list_service_deployments(target, PAGE, None).await?;
        Ok(Some(Listed { deployments, is_cut: older.is_some() }))
    })
    .await
}

/// The page, if it has what the service names as its newest deployment, or is all there is;
/// else all pages.
pub(super) async fn with_the_newest(
    ecs: &Ecs,
    target: &Target,
    service: &Service,
    page: Fact<Listed>,
) -> Fact<Listed> {
    match &page {
        Fact::Known(listed) if listed.is_cut && !listed.has_the_newest(service) => {
            optional(async { list(ecs, target).await.map(Some) }).await
        }
        Fact::Known(_) | Fact::Denied(_) | Fact::Absent => page,
    }
}

/// All that ECS lists, page by page; each page by itself may be in any order.
pub(super) async fn list(ecs: &Ecs, target: &Target) -> Answer<Listed> {
    let mut listed = Listed::default();
    let mut next = None;
    for _ in 0..PAGES {
        let (page, token) = ecs.list_service_deployments(target, PAGE, next).await?;
        listed.deployments.extend(page);
        next = token;
        if next.is_none() {
            break;
        }
    }
    listed.is_cut = next.is_some();
    listed.deployments.sort_by_key(|it| std::cmp::Reverse(it.created_at));
    Ok(listed)
}

/// Describes what was listed, several calls at a time: every revision, and of the
/// deployments those of which the list leaves out what matters (where a rollback
/// led to, and what the oldest one replaced).
pub(super) async fn describe(ecs: &Ecs, listed: Answer<Listed>) -> Answer<Read> {
    let Listed { mut deployments, is_cut } = listed?;
    let oldest = deployments.last().filter(|_| !is_cut).map(|it| it.arn.clone());
    let telling: Vec<ServiceDeploymentArn> = deployments
        .iter()
        .filter(|it| it.status.is_rollback() || Some(&it.arn) == oldest.as_ref())
        .map(|it| it.arn.clone())
        .collect();
    let asked = revisions_named(&deployments, Coverage::Cut);
    let (described, revisions) = tokio::join!(
        in_parts(&telling, |some| ecs.service_deployments(some)),
        in_parts(&asked, |some| ecs.service_revisions(some)),
    );
    let (described, mut revisions) = (described?, revisions?);
    let oldest = oldest.and_then(|arn| described.iter().find(|it| it.arn == arn));
    let sources = oldest.map(|it| it.sources.clone()).unwrap_or_default();
    for deployment in &mut deployments {
        if let Some(whole) = described.iter().find(|it| it.arn == deployment.arn) {
            deployment.clone_from(whole);
        }
    }
    // Only now is it known where the oldest one came from.
    let unknown: Vec<ServiceRevisionArn> =
        revisions_named(&deployments, Coverage::End { sources: &sources })
            .into_iter()
            .filter(|named| revisions.iter().all(|it| it.arn != *named))
            .collect();
    // One that was asked for already is not to be had.
    let missing: Vec<_> = unknown.into_iter().filter(|it| !asked.contains(it)).collect();
    revisions.extend(in_parts(&missing, |some| ecs.service_revisions(some)).await?);
    Ok(Read { deployments, revisions, sources, is_cut, ..Read::default() })
}

/// Whether the newest revision, which the service does not run, was deployed here before.
pub(super) async fn was_left(
    ecs: &Ecs,
    service: &Service,
    newest: Option<&TaskDefinitionArn>,
    history: &Fact<Listed>,
) -> bool {
    let (Some(newest), Some(listed)) = (newest, history.known()) else { return false };
    if service.task_definition.as_ref() == Some(newest) {
        return false;
    }
    let read = optional(async { revisions(ecs, &listed.deployments).await.map(Some) });
    let read = read.await;
    read.known().is_some_and(|all| all.iter().any(|it| it.task_definition.as_ref() == Some(newest)))
}

async fn revisions(ecs: &Ecs, deployments: &[ServiceDeployment]) -> Answer<Vec<ServiceRevision>> {
    let named = revisions_named(deployments, Coverage::Cut);
    in_parts(&named, |some| ecs.service_revisions(some)).await
}

/// Asks for `all` in as many calls as it takes.
async fn in_parts<'a, A, T, F>(all: &'a [A], ask: impl FnMut(&'a [A]) -> F) -> Answer<Vec<T>>
where
    F: Future<Output = Answer<Vec<T>>>,
{
    stream::iter(all.chunks(AT_ONCE)).map(ask).buffered(SIDE_BY_SIDE).try_concat().await
}
