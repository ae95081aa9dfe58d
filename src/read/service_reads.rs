//! What several parts of a decision need of one service: each is asked for once, and what
//! one call can bring is asked for in one.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::pin::pin;

use futures_util::StreamExt as _;
use tokio::sync::Mutex;

use super::service_deployments::{DeploymentList, named_by, told_in_short};
use crate::aws::{Answer, CallError, Cause, Ecs, Once, side_by_side};
use crate::ecs::{
    ContainerImage, Controller, Service, ServiceDeployment, ServiceDeploymentArn, ServiceRevision,
    ServiceRevisionArn, TaskSetId,
};
use crate::history::last_good;
use crate::plan::Fact;
use crate::request::Target;

/// `DescribeServiceDeployments` and `DescribeServiceRevisions` take so many ARNs.
const A_CALL: usize = 20;

/// Its futures are on the heap: each of the many readers would hold its own.
pub(super) struct ServiceReads<'a> {
    ecs: Ecs,
    pub(super) target: &'a Target,
    deployments: Parts<ServiceDeploymentArn, ServiceDeployment>,
    revisions: Parts<ServiceRevisionArn, ServiceRevision>,
    definitions: Once<String, Vec<u8>>,
    images: Once<TaskSetId, Vec<ContainerImage>>,
}

impl<'a> ServiceReads<'a> {
    pub(super) fn new(ecs: &Ecs, target: &'a Target) -> Self {
        Self {
            ecs: ecs.clone(),
            target,
            deployments: Parts::default(),
            revisions: Parts::default(),
            definitions: Once::default(),
            images: Once::default(),
        }
    }

    /// Makes the first call bring what a decision about `service` will ask for. `record` is
    /// what is read of the past, if anything is.
    pub(super) fn expect(
        &mut self,
        service: &Service,
        listed: &Fact<DeploymentList>,
        record: Option<&DeploymentList>,
    ) {
        // CodeDeploy's services have none of it.
        if service.controller == Controller::CodeDeploy {
            return;
        }
        let listed = listed.known().map(|it| it.deployments.as_slice()).unwrap_or_default();
        let of_tasks = [service.primary(), service.running()].into_iter().flatten();
        self.revisions.expected = of_tasks
            .map(|it| service.arn.revision(&it.id))
            .chain(last_good(service, listed))
            .chain(record.iter().flat_map(|it| named_by(&it.deployments)).cloned())
            .collect();
        self.deployments.expected = service
            .current_service_deployment
            .iter()
            .cloned()
            .chain(record.into_iter().flat_map(told_in_short))
            .collect();
    }

    /// Service deployments that exist, whole.
    pub(super) async fn deployments(
        &self,
        arns: &[ServiceDeploymentArn],
    ) -> Answer<Vec<ServiceDeployment>> {
        let ask = async |some: &[_]| self.ecs.service_deployments(some).await;
        Box::pin(self.deployments.get(arns, |it| &it.arn, ask)).await
    }

    /// Service revisions that exist.
    pub(super) async fn revisions(
        &self,
        arns: &[ServiceRevisionArn],
    ) -> Answer<Vec<ServiceRevision>> {
        let ask = async |some: &[_]| self.ecs.service_revisions(some).await;
        Box::pin(self.revisions.get(arns, |it| &it.arn, ask)).await
    }

    /// A task definition, as ECS sent it.
    pub(super) async fn task_definition(&self, name: &str) -> Answer<Vec<u8>> {
        let reading = Box::pin(self.ecs.task_definition(name));
        self.definitions.get(&name.to_owned(), reading).await
    }

    /// What the containers of the running tasks of a deployment were started from.
    pub(super) async fn images_of_tasks(
        &self,
        deployment: &TaskSetId,
    ) -> Answer<Vec<ContainerImage>> {
        let reading = Box::pin(self.ecs.images_of_tasks(self.target, deployment));
        self.images.get(deployment, reading).await
    }
}

/// Parts of a record, by name.
struct Parts<K, V> {
    /// What will be asked for, the most needed first.
    expected: Vec<K>,
    known: Mutex<Known<K, V>>,
}

struct Known<K, V> {
    /// `None` where there is none of that name.
    parts: HashMap<K, Option<V>>,
    /// Nothing is asked again that is not allowed.
    denied: Option<CallError>,
}

impl<K, V> Default for Parts<K, V> {
    fn default() -> Self {
        let known = Known { parts: HashMap::new(), denied: None };
        Self { expected: Vec::new(), known: Mutex::new(known) }
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Parts<K, V> {
    /// Those that exist among `names`. Who asks while another does waits for what comes.
    async fn get(
        &self,
        names: &[K],
        name_of: impl Fn(&V) -> &K,
        ask: impl AsyncFn(&[K]) -> Answer<Vec<V>>,
    ) -> Answer<Vec<V>> {
        let mut known = self.known.lock().await;
        let Known { parts, denied } = &mut *known;
        let mut failed = denied.clone();
        if failed.is_none() {
            let mut seen = HashSet::new();
            let all = self.expected.iter().chain(names);
            let missing: Vec<K> =
                all.filter(|it| !parts.contains_key(*it) && seen.insert(*it)).cloned().collect();
            let calls = missing.chunks(A_CALL).map(async |some| (some, ask(some).await));
            let mut answers = pin!(side_by_side(calls));
            while let Some((some, answer)) = answers.next().await {
                match answer {
                    Ok(found) => {
                        parts.extend(some.iter().map(|name| (name.clone(), None)));
                        parts.extend(found.into_iter().map(|it| (name_of(&it).clone(), Some(it))));
                    }
                    Err(error) => {
                        failed = Some(error);
                        break;
                    }
                }
            }
            *denied = failed.clone().filter(|it| it.cause == Cause::Denied);
        }
        let of = |name| match parts.get(name) {
            Some(found) => found.clone().map(Ok),
            None => failed.clone().map(Err),
        };
        names.iter().filter_map(of).collect()
    }
}
