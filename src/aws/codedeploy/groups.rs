//! Applications and deployment groups.

use super::{CodeDeploy, translate};
use crate::aws::call::{Answer, send};
use crate::aws::error::CallError;
use crate::codedeploy::{DeploymentGroup, GroupName};

/// `BatchGetApplications` and `BatchGetDeploymentGroups` take so many names.
const NAMES: usize = 100;

impl CodeDeploy {
    /// One group; `None` where there is no such application or group.
    pub async fn group(&self, name: &GroupName) -> Answer<Option<DeploymentGroup>> {
        let call = self
            .client
            .get_deployment_group()
            .application_name(&name.application)
            .deployment_group_name(&name.group)
            .customize()
            .config_override(self.reading())
            .send();
        let answer = send("codedeploy:GetDeploymentGroup", call).await;
        match answer {
            Ok(answer) => Ok(answer.deployment_group_info().and_then(translate::group)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The names of the applications of this Region that deploy to ECS, page by page.
    pub async fn applications(&self) -> Answer<Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        let mut next = None;
        loop {
            let call = self
                .client
                .list_applications()
                .set_next_token(next)
                .customize()
                .config_override(self.reading())
                .send();
            let page = send("codedeploy:ListApplications", call).await?;
            names.extend_from_slice(page.applications());
            next = page.next_token().map(str::to_owned);
            if next.is_none() {
                break;
            }
        }
        let mut on_ecs = Vec::new();
        for some in names.chunks(NAMES) {
            let call = self
                .client
                .batch_get_applications()
                .set_application_names(Some(some.to_vec()))
                .customize()
                .config_override(self.reading())
                .send();
            let answer = send("codedeploy:BatchGetApplications", call).await?;
            on_ecs.extend(
                answer
                    .applications_info()
                    .iter()
                    .filter(|it| it.compute_platform().is_some_and(|it| it.as_str() == "ECS"))
                    .filter_map(|it| it.application_name().map(str::to_owned)),
            );
        }
        Ok(on_ecs)
    }

    /// All groups of an application, page by page; none where there is no such
    /// application.
    pub async fn groups(&self, application: &str) -> Answer<Vec<DeploymentGroup>> {
        let mut names: Vec<String> = Vec::new();
        let mut next = None;
        loop {
            let call = self
                .client
                .list_deployment_groups()
                .application_name(application)
                .set_next_token(next)
                .customize()
                .config_override(self.reading())
                .send();
            let page = send("codedeploy:ListDeploymentGroups", call).await;
            let page = match page {
                Ok(page) => page,
                Err(error) if is_absent(&error) => return Ok(Vec::new()),
                Err(error) => return Err(error),
            };
            names.extend_from_slice(page.deployment_groups());
            next = page.next_token().map(str::to_owned);
            if next.is_none() {
                break;
            }
        }
        let mut groups = Vec::new();
        for some in names.chunks(NAMES) {
            let call = self
                .client
                .batch_get_deployment_groups()
                .application_name(application)
                .set_deployment_group_names(Some(some.to_vec()))
                .customize()
                .config_override(self.reading())
                .send();
            let answer = send("codedeploy:BatchGetDeploymentGroups", call).await?;
            groups.extend(answer.deployment_groups_info().iter().filter_map(translate::group));
        }
        Ok(groups)
    }
}

/// There is no application or no group of that name.
fn is_absent(error: &CallError) -> bool {
    error.is("ApplicationDoesNotExistException") || error.is("DeploymentGroupDoesNotExistException")
}
