//! The service deployments that ECS lists, those of the last 90 days.

use std::collections::HashSet;

use super::optional::optional;
use crate::aws::{Answer, Ecs};
use crate::ecs::{Service, ServiceDeployment, ServiceDeploymentArn, ServiceRevisionArn};
use crate::plan::Fact;
use crate::request::Target;

/// `ListServiceDeployments` gives at most so many at once.
pub(super) const PAGE: i32 = 100;
/// A service with more deployments than these pages hold in 90 days has no
/// history that can be read in time.
const PAGES: usize = 10;

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

/// The permission that is missing to see how a deployment stands.
pub(super) fn unseen(
    listed: &Fact<DeploymentList>,
    current: &Fact<ServiceDeployment>,
) -> Option<&'static str> {
    match (listed, current) {
        (Fact::Denied(permission), _) | (_, Fact::Denied(permission)) => Some(permission),
        _ => None,
    }
}

/// Those of which the list leaves out what matters: where a rollback led to, and what the
/// oldest one replaced.
pub(super) fn told_in_short(list: &DeploymentList) -> impl Iterator<Item = ServiceDeploymentArn> {
    let oldest = list.deployments.last().filter(|_| !list.is_cut).map(|it| &it.arn);
    let matters = move |it: &&ServiceDeployment| it.status.is_rollback() || Some(&it.arn) == oldest;
    list.deployments.iter().filter(matters).map(|it| it.arn.clone())
}

/// The revisions that `deployments` brought, or were rolled back to.
pub(super) fn named_by(
    deployments: &[ServiceDeployment],
) -> impl Iterator<Item = &ServiceRevisionArn> {
    deployments
        .iter()
        .flat_map(|it| it.target.iter().chain(it.rollback.as_ref().and_then(|it| it.to.as_ref())))
}

pub(super) fn each_once<'a>(
    revisions: impl Iterator<Item = &'a ServiceRevisionArn>,
) -> Vec<ServiceRevisionArn> {
    let mut seen = HashSet::new();
    revisions.filter(|it| seen.insert(*it)).cloned().collect()
}
