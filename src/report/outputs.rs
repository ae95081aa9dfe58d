//! The values of a report: the outputs of the step, and what the JSON report is made of.

use serde_json::Value;

use super::app::AppReport;
use crate::ecs::DeploymentId;
use crate::plan::VersionInfo;
use crate::reporter::OutputName;

impl AppReport {
    /// The outputs that are known so far, in their documented order; all but
    /// [`OutputName::Report`], which is for all apps together.
    pub(crate) fn outputs(&self) -> Vec<(OutputName, String)> {
        let text = |value| match value {
            Value::String(text) => text,
            number => number.to_string(),
        };
        self.values().into_iter().map(|(name, value)| (name, text(value))).collect()
    }

    /// Everything that is wrong, in one line.
    pub(crate) fn failure_reason(&self) -> Option<String> {
        let all = self.failure.problem.iter().chain(&self.failure.findings);
        let messages: Vec<&str> = all.map(|problem| problem.message.as_str()).collect();
        (!messages.is_empty()).then(|| messages.join("; "))
    }

    /// The one table behind the outputs and the JSON report.
    pub(super) fn values(&self) -> Vec<(OutputName, Value)> {
        let from = self.versions.from.as_ref();
        let to = self.versions.to.as_ref();
        let definition = to.and_then(|to| to.task_definition.as_ref());
        let previous = from.and_then(|from| from.task_definition.as_ref());
        let version = |side: Option<&VersionInfo>| Some(side?.version.as_ref()?.to_string());
        let duration = (!self.duration.is_zero()).then_some(self.duration.as_secs());
        let deployment = self.rollout.deployment.as_ref();
        let by_codedeploy = deployment.and_then(DeploymentId::codedeploy);
        let table: [(OutputName, Option<Value>); 18] = [
            (OutputName::Result, Some(self.outcome.as_str().into())),
            (OutputName::Version, version(to).map(Value::from)),
            (OutputName::PreviousVersion, version(from).map(Value::from)),
            (OutputName::RunningVersion, version(self.versions.running.as_ref()).map(Value::from)),
            (OutputName::Image, to.and_then(|to| to.image.as_deref()).map(Value::from)),
            (OutputName::ImageTag, to.and_then(|to| to.tag.as_deref()).map(Value::from)),
            (
                OutputName::ImageDigest,
                to.and_then(|to| to.digest.as_ref()).map(|it| it.as_str().into()),
            ),
            (OutputName::TaskDefinitionArn, definition.map(|it| it.as_str().into())),
            (OutputName::TaskDefinitionFamily, definition.map(|it| it.family().into())),
            (OutputName::TaskDefinitionRevision, definition.map(|it| it.revision().into())),
            (OutputName::PreviousTaskDefinitionArn, previous.map(|it| it.as_str().into())),
            (OutputName::OneOffTaskArn, self.one_off.as_ref().map(|it| it.task.as_str().into())),
            (OutputName::DeploymentId, deployment.map(|it| it.as_str().into())),
            (
                OutputName::ServiceDeploymentArn,
                self.rollout.service_deployment.as_ref().map(|it| it.as_str().into()),
            ),
            (OutputName::CodedeployDeploymentId, by_codedeploy.map(|it| it.as_str().into())),
            (OutputName::GithubDeploymentId, self.github.deployment.map(Value::from)),
            (OutputName::DurationSeconds, duration.map(Value::from)),
            (OutputName::FailureReason, self.failure_reason().map(Value::from)),
        ];
        table.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{deployed, is_said_elsewhere, migrated, planned, refused, target};

    #[test]
    fn what_is_known_is_set_in_the_documented_order_and_the_rest_is_left_out() {
        let names = |app: &AppReport| -> Vec<&str> {
            app.outputs().into_iter().map(|(name, _)| name.as_str()).collect()
        };
        assert_eq!(names(&AppReport::new(target(), None)), ["result"]);
        assert_eq!(names(&refused()), ["result", "duration-seconds", "failure-reason"]);
        let planned = names(&planned());
        assert!(planned.contains(&"image-digest"), "{planned:?}");
        assert!(!planned.contains(&"task-definition-arn"), "{planned:?}");

        let mut everything = deployed();
        everything.failure = refused().failure;
        everything.one_off = Some(migrated());
        everything.rollout.deployment = "d-ABCDEF123".parse().ok().map(DeploymentId::CodeDeploy);
        let found: Vec<OutputName> =
            everything.outputs().into_iter().map(|(name, _)| name).collect();
        let all: Vec<OutputName> =
            OutputName::ALL.iter().copied().filter(|name| !is_said_elsewhere(*name)).collect();
        assert_eq!(found, all);
    }

    #[test]
    fn outputs_are_plain_values() {
        let outputs = deployed().outputs();
        for (name, expected) in [
            (OutputName::Result, "deployed"),
            (OutputName::Version, "1.4.2"),
            (OutputName::PreviousVersion, "1.4.1"),
            (OutputName::RunningVersion, "1.4.2"),
            (OutputName::ImageTag, "v1.4.2"),
            (OutputName::TaskDefinitionFamily, "web1"),
            (OutputName::TaskDefinitionRevision, "42"),
            (OutputName::DeploymentId, "ecs-svc/0000000000000000042"),
            (OutputName::DurationSeconds, "252"),
        ] {
            let value = outputs.iter().find(|(found, _)| *found == name).map(|(_, value)| value);
            assert_eq!(value.map(String::as_str), Some(expected), "{name}");
        }
    }
}
