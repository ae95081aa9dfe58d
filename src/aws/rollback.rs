//! The two calls that let ECS return from a deployment, or go on with it; each is sent once.

use aws_sdk_ecs::config::Builder;
use aws_sdk_ecs::operation::continue_service_deployment::ContinueServiceDeploymentError;
use aws_sdk_ecs::operation::stop_service_deployment::StopServiceDeploymentError;
use aws_sdk_ecs::types::{DeploymentLifecycleHookAction, StopServiceDeploymentStopType};

use super::call::{Answer, send};
use super::ecs::Ecs;
use super::patience::Patience;
use super::write::OnlyWhenThrottled;
use crate::ecs::{Pause, ServiceDeploymentArn};

impl Ecs {
    /// Asks ECS to return from a deployment to the revision before it; works where
    /// no rollback is configured, too.
    pub async fn roll_back(&self, deployment: &ServiceDeploymentArn) -> Answer<()> {
        let once = OnlyWhenThrottled::<StopServiceDeploymentError>::new();
        let call = self
            .client
            .stop_service_deployment()
            .service_deployment_arn(deployment.as_str())
            .stop_type(StopServiceDeploymentStopType::Rollback)
            .customize()
            .config_override(
                Builder::new().retry_config(Patience::Patient.retries()).retry_classifier(once),
            )
            .send();
        send("ecs:StopServiceDeployment", call).await?;
        Ok(())
    }

    /// The same for a deployment that waits for a person, which ECS does not stop:
    /// gives the answer "roll back".
    pub async fn roll_back_paused(
        &self,
        deployment: &ServiceDeploymentArn,
        pause: &Pause,
    ) -> Answer<()> {
        self.answer(deployment, pause, DeploymentLifecycleHookAction::Rollback).await
    }

    /// Gives a deployment that waits for a person the answer "continue".
    pub async fn let_go_on(&self, deployment: &ServiceDeploymentArn, pause: &Pause) -> Answer<()> {
        self.answer(deployment, pause, DeploymentLifecycleHookAction::Continue).await
    }

    async fn answer(
        &self,
        deployment: &ServiceDeploymentArn,
        pause: &Pause,
        action: DeploymentLifecycleHookAction,
    ) -> Answer<()> {
        let once = OnlyWhenThrottled::<ContinueServiceDeploymentError>::new();
        let call = self
            .client
            .continue_service_deployment()
            .service_deployment_arn(deployment.as_str())
            .hook_id(&pause.hook)
            .action(action)
            .customize()
            .config_override(
                Builder::new().retry_config(Patience::Patient.retries()).retry_classifier(once),
            )
            .send();
        send("ecs:ContinueServiceDeployment", call).await?;
        Ok(())
    }
}
