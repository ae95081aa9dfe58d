//! How a person stops a deployment that continues, in a command that can be pasted.

use crate::deploy::apply;
use crate::ecs::{Controller, DeploymentId};
use crate::report::AppReport;

/// The next step for somebody who does not want the deployment to continue.
pub(super) fn how_to_stop(report: &AppReport) -> String {
    if report.rollout.is_rolling_back {
        return format!(
            "It returns to what ran before; the {} console shows when it is done.",
            report.service.controller
        );
    }
    let Some(target) = report.asked.subject.target() else { return String::new() };
    if let Some(arn) = &report.rollout.service_deployment {
        let back = match &report.versions.from {
            // Back would be where the bad release is.
            Some(from) if report.asked.is_rollback => {
                format!("To stop it and return to {}", from.name())
            }
            Some(_) | None => "To stop it and roll back".to_owned(),
        };
        return format!("{back}: {}", apply::stop_ecs_by_hand(arn, None));
    }
    if let Some(id) = report.rollout.deployment.as_ref().and_then(DeploymentId::codedeploy) {
        return apply::stop_by_hand(&target.region, id);
    }
    match report.versions.from.as_ref().and_then(|from| from.task_definition.as_ref()) {
        Some(definition) if report.service.controller != Controller::CodeDeploy => format!(
            "To roll back: `aws ecs update-service --region {} --cluster {} --service {} --task-definition {}`",
            target.region,
            target.cluster,
            target.service,
            definition.short()
        ),
        Some(_) | None => "To roll back, deploy the version that ran before.".to_owned(),
    }
}
