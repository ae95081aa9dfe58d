//! The calls to AWS CodeDeploy.

mod groups;
mod translate;

use aws_config::SdkConfig;
use aws_sdk_codedeploy::Client;
use aws_sdk_codedeploy::config::Builder;
use aws_sdk_codedeploy::config::retry::RetryConfig;
use aws_sdk_codedeploy::operation::continue_deployment::ContinueDeploymentError;
use aws_sdk_codedeploy::operation::create_deployment::CreateDeploymentError;
use aws_sdk_codedeploy::operation::stop_deployment::StopDeploymentError;
use aws_sdk_codedeploy::types::{
    AppSpecContent, DeploymentStatus, DeploymentWaitType, RevisionLocation, RevisionLocationType,
};

use super::call::{Answer, send};
use super::error::{CallError, Cause};
use super::once::Once;
use super::patience::{Attempts, Patience, partition};
use super::write::OnlyWhenThrottled;
use crate::codedeploy::app_spec::Content;
use crate::codedeploy::{Deployment, EcsTarget, GroupName, Revision, Served};
use crate::ecs::CodeDeployId;
use crate::names::Region;
use crate::request::Target;
use std::sync::Arc;
use std::time::Duration;

/// `BatchGetDeployments` takes so many ids.
pub(crate) const DEPLOYMENTS: usize = 25;

#[derive(Debug, Clone)]
pub struct CodeDeploy {
    client: Client,
    patience: Patience,
    app_specs: AppSpecs,
}

/// The AppSpecs that were read, by their revision.
type AppSpecs = Arc<Once<Revision, String>>;

/// One `CreateDeployment`: only what is set is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateDeployment<'a> {
    pub group: &'a GroupName,
    pub content: &'a Content,
    /// How traffic moves, where it is not to be the group's way.
    pub config: Option<&'a str>,
    /// For the record.
    pub description: Option<&'a str>,
}

impl CodeDeploy {
    pub(super) fn new(config: &SdkConfig, region: &Region, patience: Patience) -> Self {
        let config = Builder::from(config)
            .region(aws_sdk_codedeploy::config::Region::new(region.as_str().to_owned()))
            .retry_config(RetryConfig::standard())
            .retry_partition(partition())
            .build();
        Self { client: Client::from_conf(config), patience, app_specs: AppSpecs::default() }
    }

    pub(super) fn reading(&self) -> Builder {
        let attempts = Attempts::of(self.patience);
        Builder::new()
            .retry_config(self.patience.retries())
            .interceptor(attempts.clone())
            .retry_classifier(attempts)
    }

    /// The newest deployment of a group that has not ended; there is one at most, but
    /// for the moment in which one takes another's place. `named` is what the group
    /// itself calls its newest one: it is looked at, too, because a list may show it
    /// late, or not be allowed.
    pub async fn under_way(
        &self,
        group: &GroupName,
        named: Option<&CodeDeployId>,
    ) -> Answer<Option<Deployment>> {
        use DeploymentStatus as Status;
        let statuses =
            [Status::Created, Status::Queued, Status::InProgress, Status::Baking, Status::Ready];
        let mut ids = match self.list(group, Some(statuses.to_vec()), None).await {
            Ok((ids, _)) => ids,
            Err(error) if error.cause == Cause::Denied => Vec::new(),
            Err(error) => return Err(error),
        };
        if let Some(named) = named.filter(|named| !ids.contains(named)) {
            ids.push(named.clone());
        }
        let mut newest: Option<Deployment> = None;
        for id in ids {
            let found = self.deployment(&id).await?;
            let is_newer = newest.as_ref().is_none_or(|it| it.created_at < found.created_at);
            if found.is_under_way() && is_newer {
                newest = Some(found);
            }
        }
        Ok(newest)
    }

    /// A page of the ids of a group's deployments, and the token of the next one.
    pub async fn deployment_ids(
        &self,
        group: &GroupName,
        page: Option<String>,
    ) -> Answer<(Vec<CodeDeployId>, Option<String>)> {
        self.list(group, None, page).await
    }

    async fn list(
        &self,
        group: &GroupName,
        statuses: Option<Vec<DeploymentStatus>>,
        page: Option<String>,
    ) -> Answer<(Vec<CodeDeployId>, Option<String>)> {
        let call = self
            .client
            .list_deployments()
            .application_name(&group.application)
            .deployment_group_name(&group.group)
            .set_include_only_statuses(statuses)
            .set_next_token(page)
            .customize()
            .config_override(self.reading())
            .send();
        let answer = send("codedeploy:ListDeployments", call).await?;
        let ids = answer.deployments().iter().filter_map(|id| id.parse().ok()).collect();
        Ok((ids, answer.next_token().map(str::to_owned)))
    }

    pub async fn deployment(&self, id: &CodeDeployId) -> Answer<Deployment> {
        const ACTION: &str = "codedeploy:GetDeployment";
        let call = self
            .client
            .get_deployment()
            .deployment_id(id.as_str())
            .customize()
            .config_override(self.reading())
            .send();
        let answer = send(ACTION, call).await?;
        let deployment = answer.deployment_info().and_then(translate::deployment);
        deployment.ok_or_else(|| CallError::without(ACTION, "the deployment"))
    }

    /// Deployments that exist; at most [`DEPLOYMENTS`] a call.
    pub async fn deployments(&self, ids: &[CodeDeployId]) -> Answer<Vec<Deployment>> {
        let call = self
            .client
            .batch_get_deployments()
            .set_deployment_ids(Some(ids.iter().map(ToString::to_string).collect()))
            .customize()
            .config_override(self.reading())
            .send();
        let answer = send("codedeploy:BatchGetDeployments", call).await?;
        Ok(answer.deployments_info().iter().filter_map(translate::deployment).collect())
    }

    /// Whether a deployment has [succeeded](Deployment::succeeded). Its target is asked for
    /// only where nothing else tells.
    pub async fn succeeded(&self, deployment: &Deployment, of: &Target) -> Served {
        if !deployment.needs_its_target() {
            return deployment.succeeded(None);
        }
        match self.target(&deployment.id, of).await {
            Ok(Some(target)) => deployment.succeeded(Some(&target)),
            // It has not begun, and if it is over, it never did.
            Ok(None) => Served::No,
            Err(error) => Served::Unknown(error.to_string()),
        }
    }

    /// The service as a deployment sees it; `None` before the deployment has begun.
    pub async fn target(&self, id: &CodeDeployId, of: &Target) -> Answer<Option<EcsTarget>> {
        let call = self
            .client
            .get_deployment_target()
            .deployment_id(id.as_str())
            .target_id(format!("{}:{}", of.cluster, of.service))
            .customize()
            .config_override(self.reading())
            .send();
        let answer = send("codedeploy:GetDeploymentTarget", call).await;
        match answer {
            Ok(answer) => {
                let target = answer.deployment_target().and_then(|it| it.ecs_target());
                Ok(target.map(translate::target))
            }
            // Then there is nothing to see yet.
            Err(error) if error.is("DeploymentNotStartedException") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The text of the AppSpec of this revision, read once; `None` where CodeDeploy does
    /// not have it.
    pub async fn app_spec(&self, application: &str, revision: &Revision) -> Answer<Option<String>> {
        let read = async {
            match self.read_app_spec(application, revision).await {
                Ok(text) => text.ok_or(None),
                Err(error) => Err(Some(error)),
            }
        };
        match self.app_specs.get(revision, read).await {
            Ok(text) => Ok(Some(text)),
            Err(None) => Ok(None),
            Err(Some(error)) => Err(error),
        }
    }

    async fn read_app_spec(
        &self,
        application: &str,
        revision: &Revision,
    ) -> Answer<Option<String>> {
        let Some(revision) = translate::by_checksum(revision) else { return Ok(None) };
        let call = self
            .client
            .get_application_revision()
            .application_name(application)
            .revision(revision)
            .customize()
            .config_override(self.reading())
            .send();
        let answer = send("codedeploy:GetApplicationRevision", call).await;
        match answer {
            Ok(answer) => Ok(answer.revision().and_then(translate::text)),
            Err(error) if error.is("RevisionDoesNotExistException") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How long a configuration takes to move all traffic.
    pub async fn time_to_shift(&self, config: &str) -> Answer<Duration> {
        let call = self
            .client
            .get_deployment_config()
            .deployment_config_name(config)
            .customize()
            .config_override(self.reading())
            .send();
        let answer = send("codedeploy:GetDeploymentConfig", call).await?;
        Ok(answer.deployment_config_info().map(translate::time_to_shift).unwrap_or_default())
    }

    /// Creates a deployment, once, and gives its id.
    pub async fn create(&self, create: &CreateDeployment<'_>) -> Answer<CodeDeployId> {
        const ACTION: &str = "codedeploy:CreateDeployment";
        let content = AppSpecContent::builder()
            .content(&create.content.text)
            .sha256(&create.content.sha256)
            .build();
        let revision = RevisionLocation::builder()
            .revision_type(RevisionLocationType::AppSpecContent)
            .app_spec_content(content)
            .build();
        let once = OnlyWhenThrottled::<CreateDeploymentError>::new();
        let call = self
            .client
            .create_deployment()
            .application_name(&create.group.application)
            .deployment_group_name(&create.group.group)
            .revision(revision)
            .set_deployment_config_name(create.config.map(str::to_owned))
            .set_description(create.description.map(str::to_owned))
            .customize()
            .config_override(Builder::new().retry_classifier(once))
            .send();
        let answer = send(ACTION, call).await?;
        let id = answer.deployment_id().and_then(|id| id.parse().ok());
        id.ok_or_else(|| CallError::without(ACTION, "the id"))
    }

    /// Stops a deployment, once, and lets CodeDeploy bring back what it replaces.
    pub async fn stop_and_roll_back(&self, id: &CodeDeployId) -> Answer<()> {
        let once = OnlyWhenThrottled::<StopDeploymentError>::new();
        let call = self
            .client
            .stop_deployment()
            .deployment_id(id.as_str())
            .auto_rollback_enabled(true)
            .customize()
            .config_override(
                Builder::new().retry_config(Patience::Patient.retries()).retry_classifier(once),
            )
            .send();
        send("codedeploy:StopDeployment", call).await?;
        Ok(())
    }

    /// Removes the tasks of before at once, where a deployment waits to do so; sent once.
    pub async fn end_termination_wait(&self, id: &CodeDeployId) -> Answer<()> {
        self.end_wait(id, DeploymentWaitType::TerminationWait).await
    }

    /// Lets the traffic move, where a deployment waits for a person to say so; sent once.
    pub async fn let_traffic_move(&self, id: &CodeDeployId) -> Answer<()> {
        self.end_wait(id, DeploymentWaitType::ReadyWait).await
    }

    async fn end_wait(&self, id: &CodeDeployId, wait: DeploymentWaitType) -> Answer<()> {
        let once = OnlyWhenThrottled::<ContinueDeploymentError>::new();
        let call = self
            .client
            .continue_deployment()
            .deployment_id(id.as_str())
            .deployment_wait_type(wait)
            .customize()
            .config_override(
                Builder::new().retry_config(Patience::Patient.retries()).retry_classifier(once),
            )
            .send();
        send("codedeploy:ContinueDeployment", call).await?;
        Ok(())
    }
}
