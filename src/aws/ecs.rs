//! The calls to Amazon ECS.

use aws_config::SdkConfig;
use aws_sdk_ecs::Client;
use aws_sdk_ecs::config::retry::RetryConfig;
use aws_sdk_ecs::operation::list_tasks::builders::ListTasksFluentBuilder;
use aws_sdk_ecs::operation::register_task_definition::RegisterTaskDefinitionError;
use aws_sdk_ecs::operation::update_service::UpdateServiceError;
use aws_sdk_ecs::types::{DesiredStatus, SortOrder, TaskDefinitionField, TaskDefinitionStatus};

use futures_util::TryStreamExt as _;

use super::call::{Answer, send};
use super::error::CallError;
use super::patience::{Attempts, Patience, partition};
use super::raw::{RawAnswer, RawBody};
use super::side_by_side::side_by_side;
use super::translate;
use super::write::OnlyWhenThrottled;
use crate::ecs::{
    ContainerImage, Service, ServiceDeployment, ServiceDeploymentArn, ServiceRevision,
    ServiceRevisionArn, Task, TaskDefinitionArn, TaskSetId,
};
use crate::names::{ClusterName, Region, ServiceName};
use crate::request::Target;

/// `DescribeTasks` takes so many ARNs.
pub(crate) const TASKS: usize = 100;
/// Pages of `ListTasks` that are read, a hundred tasks each. Their order is not promised,
/// so that the last may hold what matters; a service that loses more than a thousand tasks
/// in an hour shows enough of them.
const TASK_PAGES: usize = 10;

#[derive(Debug, Clone)]
pub struct Ecs {
    pub(super) client: Client,
    patience: Patience,
}

/// One `UpdateService`: only what is set is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateService<'a> {
    pub target: &'a Target,
    /// The definition to deploy; absent where only the count changes.
    pub task_definition: Option<&'a TaskDefinitionArn>,
    /// Start a deployment although the definition is the same.
    pub force_new_deployment: bool,
    pub desired_count: Option<i32>,
}

/// What `DescribeServices` says of the services that it was asked for.
#[derive(Debug, Clone)]
pub struct Services {
    found: Vec<Service>,
    /// The names of those that it says there are not.
    missing: Vec<String>,
}

impl Services {
    const ACTION: &str = "ecs:DescribeServices";

    /// One of them; `None` where ECS says that there is none.
    ///
    /// # Errors
    /// The answer says neither that it is there nor that it is not.
    pub fn find(&self, name: &ServiceName) -> Answer<Option<Service>> {
        let is_it = |it: &&Service| it.arn.as_str().ends_with(&format!("/{name}"));
        match self.found.iter().find(is_it) {
            Some(service) => Ok(Some(service.clone())),
            None if self.missing.iter().any(|it| it == name.as_str()) => Ok(None),
            None => Err(CallError::without(Self::ACTION, "the service")),
        }
    }
}

/// The service as `UpdateService` answered it.
pub(crate) type Updated = Service;

impl Ecs {
    pub(super) fn new(config: &SdkConfig, region: &Region, patience: Patience) -> Self {
        let config = aws_sdk_ecs::config::Builder::from(config)
            .region(aws_sdk_ecs::config::Region::new(region.as_str().to_owned()))
            .retry_config(RetryConfig::standard())
            .retry_partition(partition())
            .build();
        Self { client: Client::from_conf(config), patience }
    }

    pub(super) fn reading(&self) -> aws_sdk_ecs::config::Builder {
        let attempts = Attempts::of(self.patience);
        aws_sdk_ecs::config::Builder::new()
            .retry_config(self.patience.retries())
            .interceptor(attempts.clone())
            .retry_classifier(attempts)
    }

    /// One service; `None` where the cluster has none of that name.
    pub async fn service(&self, target: &Target) -> Answer<Option<Service>> {
        let names = std::slice::from_ref(&target.service);
        self.services(&target.cluster, names).await?.find(&target.service)
    }

    /// The services of one cluster; at most 10 names a call.
    pub async fn services(&self, cluster: &ClusterName, names: &[ServiceName]) -> Answer<Services> {
        let call = self
            .client
            .describe_services()
            .cluster(cluster.as_str())
            .set_services(Some(names.iter().map(ToString::to_string).collect()))
            .customize()
            .config_override(self.reading())
            .send();
        let answer = send(Services::ACTION, call).await?;
        Ok(Services {
            found: answer.services().iter().filter_map(translate::service).collect(),
            missing: answer.failures().iter().filter_map(translate::missing).collect(),
        })
    }

    /// A task definition, as ECS sent it, with its tags; `name` is a family,
    /// `family:revision` or an ARN.
    pub async fn task_definition(&self, name: &str) -> Answer<Vec<u8>> {
        let raw = RawAnswer::default();
        let call = self
            .client
            .describe_task_definition()
            .task_definition(name)
            .include(TaskDefinitionField::Tags)
            .customize()
            .interceptor(raw.clone())
            .config_override(self.reading())
            .send();
        send("ecs:DescribeTaskDefinition", call).await?;
        Ok(raw.take())
    }

    /// The newest ACTIVE revision of a family.
    pub async fn newest_revision(&self, family: &str) -> Answer<Option<TaskDefinitionArn>> {
        let call = self
            .client
            .list_task_definitions()
            .family_prefix(family)
            .status(TaskDefinitionStatus::Active)
            .sort(SortOrder::Desc)
            .max_results(1)
            .customize()
            .config_override(self.reading())
            .send();
        let answer = send("ecs:ListTaskDefinitions", call).await?;
        Ok(translate::parsed(answer.task_definition_arns().first().map(String::as_str)))
    }

    /// A page of service deployments in their short form, newest first, at most
    /// 100, and the token of the page with older ones.
    pub async fn list_service_deployments(
        &self,
        target: &Target,
        most: i32,
        page: Option<String>,
    ) -> Answer<(Vec<ServiceDeployment>, Option<String>)> {
        let call = self
            .client
            .list_service_deployments()
            .cluster(target.cluster.as_str())
            .service(target.service.as_str())
            .max_results(most)
            .set_next_token(page)
            .customize()
            .config_override(self.reading())
            .send();
        let answer = send("ecs:ListServiceDeployments", call).await?;
        let mut listed: Vec<_> =
            answer.service_deployments().iter().filter_map(translate::listed_deployment).collect();
        listed.sort_by_key(|deployment| std::cmp::Reverse(deployment.created_at));
        Ok((listed, answer.next_token().map(str::to_owned)))
    }

    /// Service deployments that exist, whole; at most 20 a call.
    pub async fn service_deployments(
        &self,
        arns: &[ServiceDeploymentArn],
    ) -> Answer<Vec<ServiceDeployment>> {
        let call = self
            .client
            .describe_service_deployments()
            .set_service_deployment_arns(Some(arns.iter().map(ToString::to_string).collect()))
            .customize()
            .config_override(self.reading())
            .send();
        let answer = send("ecs:DescribeServiceDeployments", call).await?;
        Ok(answer.service_deployments().iter().filter_map(translate::service_deployment).collect())
    }

    /// Service revisions that exist; at most 20 a call.
    pub async fn service_revisions(
        &self,
        arns: &[ServiceRevisionArn],
    ) -> Answer<Vec<ServiceRevision>> {
        let call = self
            .client
            .describe_service_revisions()
            .set_service_revision_arns(Some(arns.iter().map(ToString::to_string).collect()))
            .customize()
            .config_override(self.reading())
            .send();
        let answer = send("ecs:DescribeServiceRevisions", call).await?;
        Ok(answer.service_revisions().iter().filter_map(translate::service_revision).collect())
    }

    /// What the containers of the running tasks of one deployment were started
    /// from: the second source of digests.
    pub async fn images_of_tasks(
        &self,
        target: &Target,
        deployment: &TaskSetId,
    ) -> Answer<Vec<ContainerImage>> {
        let arns = self.tasks_started_by(&target.cluster, deployment).await?;
        if arns.is_empty() {
            return Ok(Vec::new());
        }
        let tasks = self.tasks(&target.cluster, &arns).await?;
        Ok(tasks.into_iter().flat_map(|task| task.containers).map(translate::resolved).collect())
    }

    /// The ARNs of stopped tasks of a service; ECS keeps them for an hour at least.
    pub async fn stopped_tasks(&self, target: &Target) -> Answer<Vec<String>> {
        let list = self
            .client
            .list_tasks()
            .cluster(target.cluster.as_str())
            .service_name(target.service.as_str())
            .desired_status(DesiredStatus::Stopped);
        self.listed_tasks(list).await
    }

    /// The ARNs of the tasks that a deployment started and that are to run.
    pub async fn tasks_started_by(
        &self,
        cluster: &ClusterName,
        deployment: &TaskSetId,
    ) -> Answer<Vec<String>> {
        self.running_of(cluster, deployment.as_str()).await
    }

    /// All pages of a list; what was read before a page that fails counts.
    pub(super) async fn listed_tasks(&self, list: ListTasksFluentBuilder) -> Answer<Vec<String>> {
        let mut arns: Vec<String> = Vec::new();
        let mut token = None;
        for page in 0..TASK_PAGES {
            let call = list
                .clone()
                .set_next_token(token)
                .customize()
                .config_override(self.reading())
                .send();
            let answer = match send("ecs:ListTasks", call).await {
                Ok(answer) => answer,
                Err(_) if page > 0 => break,
                Err(error) => return Err(error),
            };
            arns.extend_from_slice(answer.task_arns());
            token = answer.next_token().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        Ok(arns)
    }

    /// Tasks of one cluster, a hundred a call.
    pub async fn tasks(&self, cluster: &ClusterName, arns: &[String]) -> Answer<Vec<Task>> {
        let calls = arns.chunks(TASKS).map(async |some| {
            let call = self
                .client
                .describe_tasks()
                .cluster(cluster.as_str())
                .set_tasks(Some(some.to_vec()))
                .customize()
                .config_override(self.reading())
                .send();
            let answer = send("ecs:DescribeTasks", call).await?;
            Ok(answer.tasks().iter().map(translate::task).collect::<Vec<_>>())
        });
        side_by_side(calls).try_concat().await
    }

    /// Registers a revision from this very body, once, and gives ECS's answer
    /// as it came.
    pub async fn register(&self, body: Vec<u8>) -> Answer<Vec<u8>> {
        let raw = RawAnswer::default();
        let call = self
            .client
            .register_task_definition()
            .family("replaced-by-the-raw-body")
            .customize()
            .config_override(
                aws_sdk_ecs::config::Builder::new()
                    .retry_classifier(OnlyWhenThrottled::<RegisterTaskDefinitionError>::new()),
            )
            .interceptor(RawBody(body))
            .interceptor(raw.clone())
            .send();
        send("ecs:RegisterTaskDefinition", call).await?;
        Ok(raw.take())
    }

    /// Marks a revision INACTIVE. Doing it twice is no harm, so it is repeated
    /// like a read.
    pub async fn deregister(&self, arn: &TaskDefinitionArn) -> Answer<()> {
        let call = self
            .client
            .deregister_task_definition()
            .task_definition(arn.as_str())
            .customize()
            .config_override(self.reading())
            .send();
        send("ecs:DeregisterTaskDefinition", call).await?;
        Ok(())
    }

    /// Updates a service, once.
    pub async fn update_service(&self, update: &UpdateService<'_>) -> Answer<Updated> {
        const ACTION: &str = "ecs:UpdateService";
        let call = self
            .client
            .update_service()
            .cluster(update.target.cluster.as_str())
            .service(update.target.service.as_str())
            .set_task_definition(update.task_definition.map(ToString::to_string))
            .set_force_new_deployment(update.force_new_deployment.then_some(true))
            .set_desired_count(update.desired_count)
            .customize()
            .config_override(
                aws_sdk_ecs::config::Builder::new()
                    .retry_classifier(OnlyWhenThrottled::<UpdateServiceError>::new()),
            )
            .send();
        let answer = send(ACTION, call).await?;
        let updated = answer.service().and_then(translate::service);
        updated.ok_or_else(|| CallError::without(ACTION, "the service"))
    }
}
