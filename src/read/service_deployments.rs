//! What ECS has on record of a service: its deployments of the last 90 days and
//! the revisions that they brought.

use std::collections::HashSet;

use super::optional::optional;
use super::side_by_side::side_by_side;
use crate::aws::{Answer, Ecs};
use crate::ecs::{
    Service, ServiceDeployment, ServiceDeploymentArn, ServiceRevisionArn, TaskDefinitionArn,
};
use crate::history::{Coverage, DeploymentRecord, RevisionId, record_of_service};
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
pub(super) struct DeploymentList {
    pub(super) deployments: Vec<ServiceDeployment>,
    pub(super) is_cut: bool,
}

impl DeploymentList {
    /// Whether the deployment that the service names as its newest is among them. ECS
    /// promises no order, so a page that is not all need not be the newest one.
    pub(super) fn has_the_newest(&self, service: &Service) -> bool {
        let newest = service.current_service_deployment.as_ref();
        newest.is_none_or(|newest| self.deployments.iter().any(|it| it.arn == *newest))
    }
}

/// The newest service deployments: one page.
pub(super) async fn newest_page(ecs: &Ecs, target: &Target) -> Fact<DeploymentList> {
    optional(async {
        let (deployments, older) = ecs.list_service_deployments(target, PAGE, None).await?;
        Ok(Some(DeploymentList { deployments, is_cut: older.is_some() }))
    })
    .await
}

/// The page, if it has what the service names as its newest deployment, or is all there is;
/// else all pages.
pub(super) async fn with_the_newest(
    ecs: &Ecs,
    target: &Target,
    service: &Service,
    page: Fact<DeploymentList>,
) -> Fact<DeploymentList> {
    match &page {
        Fact::Known(listed) if listed.is_cut && !listed.has_the_newest(service) => {
            optional(async { list(ecs, target).await.map(Some) }).await
        }
        Fact::Known(_) | Fact::Denied(_) | Fact::Absent => page,
    }
}

/// All that ECS lists, page by page; each page by itself may be in any order.
pub(super) async fn list(ecs: &Ecs, target: &Target) -> Answer<DeploymentList> {
    let mut listed = DeploymentList::default();
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
pub(super) async fn describe(
    ecs: &Ecs,
    service: &Service,
    listed: Answer<DeploymentList>,
) -> Answer<DeploymentRecord> {
    let DeploymentList { mut deployments, is_cut } = listed?;
    let oldest = deployments.last().filter(|_| !is_cut).map(|it| it.arn.clone());
    let telling: Vec<ServiceDeploymentArn> = deployments
        .iter()
        .filter(|it| it.status.is_rollback() || Some(&it.arn) == oldest.as_ref())
        .map(|it| it.arn.clone())
        .collect();
    let asked = each_once(named_by(&deployments));
    let (described, revisions) = tokio::join!(
        in_parts(&telling, |some| ecs.service_deployments(some)),
        in_parts(&asked, |some| ecs.service_revisions(some)),
    );
    let (described, mut revisions) = (described?, revisions?);
    let oldest = oldest.and_then(|arn| described.iter().find(|it| it.arn == arn));
    let sources = oldest.map(|it| it.sources.as_slice()).unwrap_or_default();
    for deployment in &mut deployments {
        if let Some(whole) = described.iter().find(|it| it.arn == deployment.arn) {
            deployment.clone_from(whole);
        }
    }
    // Only now is it known where the oldest one came from. Those that were asked for
    // already don't exist any more.
    let mut missing = each_once(named_by(&deployments).chain(sources));
    missing.retain(|it| !asked.contains(it));
    revisions.extend(in_parts(&missing, |some| ecs.service_revisions(some)).await?);
    let coverage = match is_cut {
        true => Coverage::Cut,
        false => Coverage::End { sources: sources.iter().map(RevisionId::from).collect() },
    };
    Ok(record_of_service(service, &deployments, revisions, coverage))
}

/// The revisions that `deployments` brought, or were rolled back to.
fn named_by(deployments: &[ServiceDeployment]) -> impl Iterator<Item = &ServiceRevisionArn> {
    deployments
        .iter()
        .flat_map(|it| it.target.iter().chain(it.rollback.as_ref().and_then(|it| it.to.as_ref())))
}

fn each_once<'a>(
    revisions: impl Iterator<Item = &'a ServiceRevisionArn>,
) -> Vec<ServiceRevisionArn> {
    let mut seen = HashSet::new();
    revisions.filter(|it| seen.insert(*it)).cloned().collect()
}

/// Whether the newest revision, which the service does not run, was deployed here before.
pub(super) async fn was_left(
    ecs: &Ecs,
    service: &Service,
    newest: Option<&TaskDefinitionArn>,
    history: &Fact<DeploymentList>,
) -> bool {
    let (Some(newest), Some(listed)) = (newest, history.known()) else { return false };
    if service.task_definition.as_ref() == Some(newest) {
        return false;
    }
    let named = each_once(named_by(&listed.deployments));
    let read = in_parts(&named, |some| ecs.service_revisions(some));
    let read = optional(async { read.await.map(Some) }).await;
    read.known().is_some_and(|all| all.iter().any(|it| it.task_definition.as_ref() == Some(newest)))
}

/// Asks for `all` in as many calls as it takes.
async fn in_parts<'a, A, T, F>(all: &'a [A], ask: impl FnMut(&'a [A]) -> F) -> Answer<Vec<T>>
where
    F: Future<Output = Answer<Vec<T>>>,
{
    Ok(side_by_side(SIDE_BY_SIDE, all.chunks(AT_ONCE).map(ask))
        .await?
        .into_iter()
        .flatten()
        .collect())
}
